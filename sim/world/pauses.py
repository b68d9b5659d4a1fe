"""When crews of each kind may not work, area by area: the wind above their limit, and the night."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from sim.damage import Drawn, stand_downs
from sim.scenario.instants import clock_minutes
from sim.scenario.model import Scenario
from sim.units import MIN_PER_DAY
from sim.world.book import KINDS
from sim.world.crews import shift_start_at
from sim.world.visits import Hold, Pauses

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


class WorkPauses:
    """Pauses of field work by kind of crew and area.

    Attributes
    ----------
    road, site : by kind, for each area, when crews are held on the road, and on site (at night, too).
    lowest_limit_mps : the lowest wind limit of any kind.
    """

    def __init__(self, drawn: Drawn, settings: Scenario) -> None:
        limits = {kind: settings.wind_limit_of(kind) for kind in KINDS}
        self.lowest_limit_mps = min(limits.values())
        self._wind = {limit: stand_downs(drawn, limit) for limit in dict.fromkeys(limits.values())}
        holds = {
            limit: [Hold(a, b) for a, b in zip(start.tolist(), end.tolist(), strict=True)]
            for limit, (start, end) in self._wind.items()
        }
        self.road: dict[str, Sequence[Hold]] = {kind: holds[limits[kind]] for kind in KINDS}
        self.site: dict[str, Sequence[Hold | Pauses]] = dict(self.road)
        self._usual = self._wind[limits["line"]]
        work = settings.work
        self._night = shift_start_at(work.night_from, settings)
        self._night_min = (clock_minutes(work.night_until) - clock_minutes(work.night_from)) % MIN_PER_DAY
        self._own: dict[
            str, tuple[float, bool]
        ] = {}  # limit, and whether they stop at night, of kinds unlike line crews
        last = settings.horizon_min + MIN_PER_DAY
        for kind in KINDS:
            stops = kind in work.kinds and work.kinds[kind].night_stop
            if stops:
                self.site[kind] = [Pauses.of(hold, self._night, self._night_min, last) for hold in self.road[kind]]
            if stops or limits[kind] != limits["line"]:
                self._own[kind] = limits[kind], stops

    def is_windy(self, at: float) -> BoolArray:
        """Return the areas in which the wind forbids line crews to work, (n_areas,)."""
        start, end = self._usual
        return np.asarray((start <= at) & (at < end))

    def own_held(self, at: float) -> Iterator[tuple[str, BoolArray]]:
        """Yield the areas, (n_areas,), in which crews may not work, for each kind that goes by rules of its own."""
        for kind, (limit, stops) in self._own.items():
            start, end = self._wind[limit]
            is_night = stops and (at - self._night) % MIN_PER_DAY < self._night_min
            yield kind, np.asarray((start <= at) & (at < end) | is_night)
