"""What `drill check` draws and says: the inputs of a drill, before anything is played."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.grid.coast import Coast
from sim.grid.network import Network
from sim.scenario.model import Scenario

if TYPE_CHECKING:
    from sim.storm import Track, WindField

RADIUS_FACTORS = (0.75, 1.35)
"""The believable range of `storm.rmax_factor`: 0.3 in the logarithm, as the formula for the radius is off (see there)."""


@dataclass(frozen=True)
class Inputs:
    """A scenario with its network, its storm as reported, and the damage to expect from it.

    gust : greatest 3-second gust at each wind cell, m/s, (n_cells,). expected : work class -> expected faults per
    area, (n_areas,). radius_km, radius_from : radius of maximum wind at landfall, and where it comes from
    (`sim.storm.size_at_landfall`). faults_by_radius : expected faults in all where that radius is multiplied by each of
    the factors in `RADIUS_FACTORS`.
    """

    scenario: Scenario
    network: Network
    coast: Coast | None
    track: Track
    gust: NDArray[np.float64]
    expected: dict[str, NDArray[np.float64]]
    radius_km: float
    radius_from: str
    faults_by_radius: tuple[float, ...]

    @property
    def windiest_area(self) -> str:
        """Return the area of the section with the greatest gust."""
        network = self.network
        return str(network.area_name[network.area[np.argmax(self.gust[network.cell])]])


def inputs_of(scenario: Scenario, network: Network, coast: Coast | None, track: Track) -> Inputs:
    """Return the inputs of a scenario: the storm as reported, at nominal level, without the spread between runs."""
    from sim.damage import expected_faults
    from sim.factors import NOMINAL
    from sim.storm import size_at_landfall, wind_at

    plain = scenario.storm.model_copy(update={"gust_residual_sd": 0.0, "forecast_lead_h": None})
    places = (network.cell_lon, network.cell_lat, network.cell_land, network.cell_coast_km)

    def wind_of(factor: float) -> WindField:
        storm = plain.model_copy(update={"rmax_factor": plain.rmax_factor * factor})
        smooth = scenario.model_copy(update={"storm": storm})
        return wind_at(track, smooth, NOMINAL, *places, scenario.seed, 0)

    def expected(wind: WindField) -> dict[str, NDArray[np.float64]]:
        return expected_faults(network, wind, scenario.damage)

    wind = wind_of(1.0)
    others = tuple(float(sum(n.sum() for n in expected(wind_of(factor)).values())) for factor in RADIUS_FACTORS)
    return Inputs(
        scenario, network, coast, track, wind.peak, expected(wind), *size_at_landfall(track, scenario), faults_by_radius=others
    )
