"""How fast crews and tankers are on the road."""

from __future__ import annotations

from dataclasses import dataclass

from sim.scenario.model import Scenario
from sim.units import MIN_PER_DAY, MIN_PER_H


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

    def per_km(self, at: float) -> float:
        """Return minutes per km for a trip that starts at `at`."""
        return self.slow_min_per_km if self.slow_from <= at < self.slow_until else self.min_per_km
