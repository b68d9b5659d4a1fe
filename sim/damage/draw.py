"""Nature's draws of one replication: what is so whatever the utility plans."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from sim import factors
from sim.factors import NOMINAL, Factors
from sim.grid.network import Network
from sim.once import Once
from sim.scenario.model import Scenario
from sim.storm import Track, WindField, wind_at

if TYPE_CHECKING:
    from sim.damage.faults import Faults


@dataclass(frozen=True)
class Drawn(Once):
    """One replication: the world before anything is decided.

    Asset strengths, difficulties and callers are not held here: they are pure functions of (seed,
    replication, purpose, ids). `wind` has one column per wind cell of the network. `given` are faults that
    happen whatever the wind does, instead of those that it would cause: a damage picture laid down by hand. `track` is
    the storm as it was forecast. What no plan moves is made once for all plans (`once`).
    """

    scenario: Scenario
    network: Network
    factors: Factors
    wind: WindField
    seed: int
    replication: int
    given: Faults | None = None
    track: Track | None = None

    @cached_property
    def expected(self) -> WindField:
        """The wind that the forecast leads to expect, which is known beforehand: the track as it stands, nothing drawn.

        Calm where no track is given.
        """
        network, storm = self.network, self.scenario.storm
        if self.track is None:
            return WindField(np.zeros(0), np.zeros((0, len(network.cell_lon)), np.float32), storm.gust_factor)
        plain = storm.model_copy(update={"forecast_lead_h": None, "gust_residual_sd": 0.0})
        return wind_at(
            self.track, self.scenario.model_copy(update={"storm": plain}), NOMINAL, network.cell_lon, network.cell_lat,
            network.cell_land, network.cell_coast_km, self.seed, self.replication,
        )  # fmt: skip


def draw(scenario: Scenario, network: Network, track: Track, replication: int, seed: int | None = None) -> Drawn:
    """Draw one replication; `seed` is the scenario's unless given."""
    seed = scenario.seed if seed is None else seed
    shared = factors.draw(scenario, seed, replication)
    wind = wind_at(
        track,
        scenario,
        shared,
        network.cell_lon,
        network.cell_lat,
        network.cell_land,
        network.cell_coast_km,
        seed,
        replication,
    )
    return Drawn(scenario, network, shared, wind, seed, replication, track=track)
