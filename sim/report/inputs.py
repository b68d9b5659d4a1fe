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
    from sim.storm.track import Track


@dataclass(frozen=True)
class Inputs:
    """A scenario with its network, its storm as reported, and the damage to expect from it.

    gust : greatest 3-second gust at each wind cell, m/s, (n_cells,). expected : work class -> expected faults per
    area, (n_areas,).
    """

    scenario: Scenario
    network: Network
    coast: Coast | None
    track: Track
    gust: NDArray[np.float64]
    expected: dict[str, NDArray[np.float64]]

    @property
    def windiest_area(self) -> str:
        """Return the area of the section with the greatest gust."""
        network = self.network
        return str(network.area_name[network.area[np.argmax(self.gust[network.cell])]])


def inputs_of(scenario: Scenario, network: Network, coast: Coast | None, track: Track) -> Inputs:
    """Return the inputs of a scenario: the storm as reported, at nominal level, without the spread between runs."""
    from sim.damage import expected_faults
    from sim.factors import NOMINAL
    from sim.storm import wind_at

    plain = scenario.storm.model_copy(update={"gust_residual_sd": 0.0, "forecast_lead_h": None})
    smooth = scenario.model_copy(update={"storm": plain})
    places = (network.cell_lon, network.cell_lat, network.cell_land, network.cell_coast_km)
    wind = wind_at(track, smooth, NOMINAL, *places, scenario.seed, 0)
    return Inputs(scenario, network, coast, track, wind.peak, expected_faults(network, wind, scenario.damage))
