"""When crews may not work, area by area: the wind above their kind's or their own limit, and the night."""

from __future__ import annotations

import math
from bisect import bisect_right
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


Terms = tuple[str, float]
"""A kind of crew and a wind limit, m/s: crews alike in both may not work at the same times."""


class WorkPauses:
    """Pauses of field work by kind of crew, wind limit and area.

    Attributes
    ----------
    road, site : by terms, for each area, when crews are held on the road, and on site (at night, too). Those of every
    kind are there, and those of every group of crews.
    limits_mps : the wind limits of all of them, from the lowest.
    """

    def __init__(self, drawn: Drawn, settings: Scenario) -> None:
        of_groups = {(group.kind, settings.wind_limit_of_group(group)) for group in settings.groups if group.count}
        terms = sorted(of_groups | {(kind, settings.wind_limit_of(kind)) for kind in KINDS})
        self.limits_mps = sorted({limit for _, limit in terms})
        self._wind = {limit: stand_downs(drawn, limit) for limit in self.limits_mps}
        self._blown: FloatArray = np.zeros(len(drawn.network.area_name))  # the highest limit that a second wind is above
        holds = {
            limit: [Hold(a, b) for a, b in zip(start.tolist(), end.tolist(), strict=True)]
            for limit, (start, end) in self._wind.items()
        }
        self.road: dict[Terms, Sequence[Hold]] = {one: holds[one[1]] for one in terms}
        self.site: dict[Terms, Sequence[Hold | Pauses]] = dict(self.road)
        highest = {kind: settings.highest_limit_of(kind) for kind in KINDS}
        self._usual = settings.usual_limit_of("line")
        work = settings.work
        self._night = shift_start_at(work.night_from, settings)
        self._night_min = (clock_minutes(work.night_until) - clock_minutes(work.night_from)) % MIN_PER_DAY
        self._own: dict[str, tuple[float, bool]] = {}  # limit, and whether they stop at night, of kinds unlike most line crews
        self._stops = {kind for kind, rules in work.kinds.items() if rules.night_stop}
        for one in terms:
            if one[0] in self._stops:
                last = settings.horizon_min + MIN_PER_DAY
                self.site[one] = [Pauses.of(hold, self._night, self._night_min, last) for hold in self.road[one]]
        for kind in KINDS:
            if kind in self._stops or highest[kind] != self._usual:
                self._own[kind] = highest[kind], kind in self._stops
        self._stricter = sorted(one for one in of_groups if one[1] < highest[one[0]])
        instants = np.unique(np.concatenate([at for span in self._wind.values() for at in span]))
        self._instants: list[float] = instants[~np.isnan(instants)].tolist()  # at which a wind begins or ends somewhere

    def steady_until(self, at: float) -> float:
        """Return the first minute after `at` at which a pause may begin or end, unless a second wind does."""
        after = bisect_right(self._instants, at)
        until = self._instants[after] if after < len(self._instants) else math.inf
        if not self._stops:
            return until
        since = (at - self._night) % MIN_PER_DAY  # the fall of night
        return min(until, at - since + (self._night_min if since < self._night_min else MIN_PER_DAY))

    def blow(self, areas: Sequence[int], limit_mps: float) -> None:
        """Let a second wind be above one of `limits_mps` in areas."""
        self._blown[areas] = np.maximum(self._blown[areas], limit_mps)

    def calm(self, areas: Sequence[int], limit_mps: float) -> None:
        """Let a second wind be no longer above one of `limits_mps` in areas."""
        lower = max((limit for limit in self.limits_mps if limit < limit_mps), default=0.0)
        self._blown[areas] = np.minimum(self._blown[areas], lower)

    def is_windy(self, at: float) -> BoolArray:
        """Return the areas in which the wind forbids most line crews to work, (n_areas,)."""
        return self._held(self._usual, at, stops=False)

    def own_held(self, at: float) -> Iterator[tuple[str, BoolArray]]:
        """Yield the areas, (n_areas,), in which no crew of a kind may work, for each kind unlike most line crews."""
        for kind, (limit, stops) in self._own.items():
            yield kind, self._held(limit, at, stops=stops)

    def stricter_held(self, at: float) -> Iterator[tuple[Terms, BoolArray]]:
        """Yield the areas, (n_areas,), in which crews may not work, for each group with a limit below its kind's highest."""
        for kind, limit in self._stricter:
            yield (kind, limit), self._held(limit, at, stops=kind in self._stops)

    def _held(self, limit: float, at: float, *, stops: bool) -> BoolArray:
        start, end = self._wind[limit]
        is_night = stops and (at - self._night) % MIN_PER_DAY < self._night_min
        return np.asarray((start <= at) & (at < end) | (self._blown >= limit) | is_night)
