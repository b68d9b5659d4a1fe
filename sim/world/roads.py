"""How fast crews and tankers are on the road, and when roads are closed."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from sim.damage import Drawn, joined_spans, stand_downs
from sim.grid.network import Network
from sim.scenario.instants import at_minutes, clock_minutes
from sim.scenario.model import Closure, Scenario
from sim.scenario.timed import Action
from sim.units import MIN_PER_DAY, MIN_PER_H
from sim.world.crews import shift_start_at

Span = tuple[float, float]


@dataclass(frozen=True)
class Roads:
    """How fast crews are on the road: minutes per km of straight distance, and minutes before each trip."""

    slow_from: float
    slow_until: float
    min_per_km: float
    slow_min_per_km: float
    mobilise_min: float

    @classmethod
    def of(cls, settings: Scenario, level: float) -> Roads:
        """Return the roads of a plan; the day after landfall is slower, `level` is the replication's."""
        work, landfall = settings.work, settings.landfall_at
        usual = work.road_factor / work.travel_kmh * MIN_PER_H * level
        slow = usual / work.first_day_speed_fraction
        return cls(landfall, landfall + MIN_PER_DAY, usual, slow, work.mobilise_min)

    def steady_until(self, at: float) -> float:
        """Return the first minute after `at` at which they become slower or faster."""
        return min((instant for instant in (self.slow_from, self.slow_until) if instant > at), default=math.inf)

    def per_km(self, at: float) -> float:
        """Return minutes per km for a trip that starts at `at`."""
        return self.slow_min_per_km if self.slow_from <= at < self.slow_until else self.min_per_km


def closures(drawn: Drawn, settings: Scenario) -> list[Action]:
    """Return the closures of one replication, each as the inject that an exercise lead could give.

    Where closures of an area overlap or follow one another it stays closed throughout.
    """
    spans: dict[int, list[Span]] = {}
    for closure in settings.closures.values():
        for area in closed_areas(closure, drawn.network):
            spans.setdefault(area, []).extend(_closed(closure, area, drawn, settings))
    by_span: dict[Span, list[int]] = {}
    for area, closed in sorted(spans.items()):
        for span in joined_spans(closed):
            by_span.setdefault(span, []).append(area)
    names = drawn.network.area_name
    return [
        Action(start, "road_closed", {"areas": tuple(names[areas].tolist()), "for_min": end - start}, "closure")
        for (start, end), areas in sorted(by_span.items())
        if start < settings.horizon_min
    ]


def closed_areas(closure: Closure, network: Network) -> list[int]:
    """Return the areas that a closure names or whose middle lies in its rectangle; unknown names are left out."""
    areas = np.isin(network.area_name, closure.areas)
    west, south, east, north = closure.rectangle
    if west is not None and south is not None and east is not None and north is not None:
        lon, lat = network.area_lon, network.area_lat
        areas |= (west <= lon) & (lon <= east) & (south <= lat) & (lat <= north)
    return np.flatnonzero(areas).tolist()


def _closed(closure: Closure, area: int, drawn: Drawn, settings: Scenario) -> Iterator[Span]:
    """Yield the times in which a closure cuts an area off, minutes."""
    start = max(0.0, at_minutes(closure.closed_from, settings))
    end = settings.horizon_min if closure.open_at is None else at_minutes(closure.open_at, settings)
    if not closure.is_ferry:
        yield start, end
        return
    if closure.ferry_wind_limit_mps is not None:
        windy_from, windy_to = (float(at[area]) for at in stand_downs(drawn, closure.ferry_wind_limit_mps))
        if not math.isnan(windy_from) and max(start, windy_from) < min(end, windy_to):
            yield max(start, windy_from), min(end, windy_to)
    if closure.ferry_from is not None and closure.ferry_until is not None:
        last = shift_start_at(closure.ferry_until, settings)
        pause = (clock_minutes(closure.ferry_from) - clock_minutes(closure.ferry_until)) % MIN_PER_DAY
        while last < end:
            if max(start, last) < min(end, last + pause):
                yield max(start, last), min(end, last + pause)
            last += MIN_PER_DAY
