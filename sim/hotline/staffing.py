"""How many agents sit at the desk, over the local day and with those called in."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from sim.hotline.batch import FloatArray, IntArray
from sim.scenario.instants import at_minutes, clock_minutes, local_minute_of_day
from sim.scenario.model import Scenario
from sim.units import MIN_PER_DAY, MIN_PER_H


def staffing(settings: Scenario) -> tuple[FloatArray, IntArray]:
    """Return (at, agents): from minute `at[i]` on there are `agents[i]`; at[0] is -inf.

    Day and night agents change at `day_start` and `day_end` on the local clock; agents called in sit down
    `surge_lead_h` after `surge_called_at` and stay `surge_for_h`; never more than `seats`.
    """
    desk = settings.hotline
    day_start, day_end = clock_minutes(desk.day_start), clock_minutes(desk.day_end)
    midnight = -float(local_minute_of_day(0.0, settings))
    surge_at = at_minutes(desk.surge_called_at, settings) + MIN_PER_H * desk.surge_lead_h
    surge_end = surge_at + MIN_PER_H * desk.surge_for_h
    days = midnight + MIN_PER_DAY * np.arange(-1, math.ceil(settings.horizon_h / 24.0) + 3)
    at = np.unique(np.concatenate([days + day_start, days + day_end, [surge_at, surge_end]]))

    since_start = np.mod(at - midnight - day_start, MIN_PER_DAY)
    length = np.mod(day_end - day_start, MIN_PER_DAY) or MIN_PER_DAY
    agents = np.where(since_start < length, desk.agents, desk.night_agents)
    agents = agents + np.where((at >= surge_at) & (at < surge_end), desk.surge_agents, 0)
    agents = np.minimum(agents, desk.seats)
    at[0] = -np.inf
    keep = np.concatenate([[True], agents[1:] != agents[:-1]])
    return at[keep], agents[keep].astype(np.int64)


def agents_at(settings: Scenario, at: Sequence[float] | FloatArray) -> IntArray:
    """Return the number of agents at the desk at each instant, (n,)."""
    since, agents = staffing(settings)
    return agents[np.searchsorted(since, np.asarray(at, np.float64), side="right") - 1]
