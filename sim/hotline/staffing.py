"""How many agents sit at the desk, over the local day and with those called in, and at the second site."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from sim.hotline.batch import FloatArray, IntArray
from sim.scenario.instants import at_minutes, clock_minutes, local_minute_of_day
from sim.scenario.model import Hotline, Scenario
from sim.units import MIN_PER_DAY, MIN_PER_H


class Shift(NamedTuple):
    """Agents at a desk every day: from a minute of the local day, for so many minutes, so many."""

    start: float
    length: float
    agents: int


def shifts_of(desk: Hotline) -> list[Shift]:
    """Return the usual staffing of a day: the shifts where there are any, else agents by day and by night."""
    if not desk.shifts:
        return _day_and_night(desk, desk.agents, desk.night_agents)
    clocks = [(clock_minutes(shift.start), clock_minutes(shift.end), shift.agents) for shift in desk.shifts.values()]
    return [Shift(start, (end - start) % MIN_PER_DAY or MIN_PER_DAY, agents) for start, end, agents in clocks]


def staffing(settings: Scenario) -> tuple[FloatArray, IntArray]:
    """Return (at, agents): from minute `at[i]` on there are `agents[i]`; at[0] is -inf.

    The usual shifts go by the local clock; agents called in sit down `surge_lead_h` after `surge_called_at` and stay
    `surge_for_h`; never more than `seats`.
    """
    desk = settings.hotline
    surge_at = at_minutes(desk.surge_called_at, settings) + MIN_PER_H * desk.surge_lead_h
    surge_end = surge_at + MIN_PER_H * desk.surge_for_h
    at, agents = _by_clock(shifts_of(desk), settings, (surge_at, surge_end))
    agents = agents + np.where((at >= surge_at) & (at < surge_end), desk.surge_agents, 0)
    return _changes(at, np.minimum(agents, desk.seats))


def second_site(settings: Scenario) -> tuple[FloatArray, IntArray]:
    """Return (at, agents) as in `staffing`: agents of the provincial centre whom other cities leave free."""
    centre, desk = settings.province, settings.hotline
    at, agents = _by_clock(_day_and_night(desk, centre.agents, centre.night_agents), settings, ())
    return _changes(at, np.floor(agents * (1.0 - centre.other_cities_fraction)))


def agents_at(settings: Scenario, at: Sequence[float] | FloatArray) -> IntArray:
    """Return the number of agents at the desk at each instant, (n,)."""
    since, agents = staffing(settings)
    return agents[np.searchsorted(since, np.asarray(at, np.float64), side="right") - 1]


def _day_and_night(desk: Hotline, agents: int, night_agents: int) -> list[Shift]:
    start, end = clock_minutes(desk.day_start), clock_minutes(desk.day_end)
    length = (end - start) % MIN_PER_DAY or MIN_PER_DAY
    return [Shift(start, length, agents), Shift(end, MIN_PER_DAY - length, night_agents)]


def _by_clock(shifts: list[Shift], settings: Scenario, others: tuple[float, ...]) -> tuple[FloatArray, IntArray]:
    """Return instants, in ascending order and with `others` among them, and the agents on shift from each of them on."""
    midnight = -float(local_minute_of_day(0.0, settings))
    days = midnight + MIN_PER_DAY * np.arange(-1, math.ceil(settings.horizon_h / 24.0) + 3)
    ends = [days + minute for shift in shifts for minute in (shift.start, (shift.start + shift.length) % MIN_PER_DAY)]
    at = np.unique(np.concatenate([*ends, np.array(others)]))
    agents = np.zeros(len(at), np.int64)
    for shift in shifts:
        agents += np.where(np.mod(at - midnight - shift.start, MIN_PER_DAY) < shift.length, shift.agents, 0)
    return at, agents


def _changes(at: FloatArray, agents: FloatArray | IntArray) -> tuple[FloatArray, IntArray]:
    """Return only the instants at which the number changes, the first one before all time."""
    at[0] = -np.inf
    keep = np.concatenate([[True], agents[1:] != agents[:-1]])
    return at[keep], agents[keep].astype(np.int64)
