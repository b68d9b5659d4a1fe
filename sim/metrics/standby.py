"""Crews that stand by because of the wind: on shift without a task while it forbids their kind to work anywhere."""

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
    """Return the stretches with waiting told apart: it is the wind's while no area is calm enough for the crew's kind.

    As long as one area is calm enough, a crew that waits is counted as waiting, since it could have been sent there.
    """
    kinds = crew_kinds(settings)
    for kind in np.unique(kinds).tolist():
        start, end = stand_downs(drawn, settings.wind_limit_of(kind))
        first, last = float(start.max(initial=-np.inf)), float(end.min(initial=np.inf))  # nan: an area without
        if len(start) and first < last:
            for at in (first, last):
                time = _cut(time, (time.state == WAITING) & (kinds[time.crew] == kind), at)
            windy = (kinds[time.crew] == kind) & (time.start >= first) & (time.end <= last)
            time = replace(time, state=np.where(windy & (time.state == WAITING), STOOD_DOWN, time.state))
    return time


def crew_kinds(settings: Scenario) -> NDArray[np.str_]:
    """Return the kind of every crew by its number, (n_crews,): own groups, then aid agreements, in file order."""
    kinds = [*(own.kind for own in settings.crews.values()), *(aid.kind for aid in settings.aid.values())]
    counts = [*(own.count for own in settings.crews.values()), *(aid.count for aid in settings.aid.values())]
    return np.repeat(np.array(kinds, np.str_), counts)


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
