"""Shared factors: what one replication has in common everywhere, the same for all plans.

Without them thousands of independent faults average out and every interval is falsely narrow.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from sim import rng
from sim.scenario.model import Scenario


@dataclass(frozen=True)
class Factors:
    """Levels of one replication; each factor has median or mean 1, each shift mean 0.

    intensity multiplies the wind; track_x_km, track_y_km shift the track; fragility multiplies strengths;
    repair and travel multiply durations; burst multiplies the share of customers who call; aid_delay is a standard
    half-normal number, scaled by each aid group's `delay_sd_h`.
    """

    intensity: float
    track_x_km: float
    track_y_km: float
    fragility: float
    repair: float
    travel: float
    burst: float
    aid_delay: float


NOMINAL = Factors(1.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 0.0)


def draw(scenario: Scenario, seed: int, replication: int) -> Factors:
    """Draw the shared factors of one replication; a pure function of the scenario's spreads and the key."""

    def normal(name: str) -> float:
        return float(rng.stream(seed, replication, f"factor.{name}").standard_normal())

    storm, work, customers = scenario.storm, scenario.work, scenario.customers
    cv = customers.burst_cv
    burst = 1.0 if cv == 0 else float(rng.stream(seed, replication, "factor.burst").gamma(1 / cv**2, cv**2))
    return Factors(
        intensity=max(0.1, 1.0 + storm.intensity_sd * normal("intensity")),
        track_x_km=storm.track_sd_km * normal("track_x"),
        track_y_km=storm.track_sd_km * normal("track_y"),
        fragility=math.exp(scenario.damage.fragility_log_sd * normal("fragility")),
        repair=math.exp(work.repair_level_log_sd * normal("repair")),
        travel=math.exp(work.travel_level_log_sd * normal("travel")),
        burst=burst,
        aid_delay=abs(normal("aid_delay")),
    )
