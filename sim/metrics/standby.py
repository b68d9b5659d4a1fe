"""Crews that stand by because of the wind: on shift without a task while it forbids their group to work anywhere."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.damage import stand_downs
from sim.metrics.crews import STOOD_DOWN, WAITING, CrewTime
from sim.scenario.model import Scenario

if TYPE_CHECKING:
    from sim.damage import Drawn


def held_by_wind(time: CrewTime, drawn: Drawn, settings: Scenario) -> CrewTime:
    """Return the stretches with waiting told apart: it is the wind's while no area is calm enough for the crew's group.

    As long as one area is calm enough, a crew that waits is counted as waiting, since it could have been sent there.

    Only the wind that was drawn counts: crews without a task in a second one, which an inject brings (`wind_returned`),
    stay waiting, while those with a task are held by it as the log says.
    """
    limits = crew_limits(settings)
    for limit in np.unique(limits).tolist():
        start, end = stand_downs(drawn, limit)
        first, last = float(start.max(initial=-np.inf)), float(end.min(initial=np.inf))  # nan: an area without
        if len(start) and first < last:
            for at in (first, last):
                time = _cut(time, (time.state == WAITING) & (limits[time.crew] == limit), at)
            windy = (limits[time.crew] == limit) & (time.start >= first) & (time.end <= last)
            time = replace(time, state=np.where(windy & (time.state == WAITING), STOOD_DOWN, time.state))
    return time


def crew_limits(settings: Scenario) -> NDArray[np.float64]:
    """Return the wind limit of every crew by its number, m/s, (n_crews,): own groups, then aid agreements, in file order."""
    limits = [settings.wind_limit_of_group(group) for group in settings.groups]
    return np.repeat(limits, [group.count for group in settings.groups])


def _cut(time: CrewTime, which: NDArray[np.bool_], at: float) -> CrewTime:
    """Cut the stretches marked that run across a minute there."""
    across = which & (time.start < at) & (at < time.end)
    take = np.repeat(np.arange(len(across)), 1 + across)
    second = np.zeros(len(take), bool)
    second[1:] = take[1:] == take[:-1]
    start, end = time.start[take], time.end[take]
    first = across[take] & ~second
    return CrewTime(
        time.crew[take], time.state[take], np.where(second, at, start), np.where(first, at, end), time.section[take],
        time.mends[take],
    )  # fmt: skip
