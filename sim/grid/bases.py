"""Where crews can be based: the depots of a plan, then the middles of the areas."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from sim.grid.network import Network
from sim.scenario.utility import Depot
from sim.units import project_km


class Base(NamedTuple):
    """One base: its number, as in the log, its name, and its place in km."""

    number: int
    name: str
    x: float
    y: float

    @property
    def place(self) -> tuple[float, float]:
        """Return the place, km."""
        return self.x, self.y


def bases(depots: Mapping[str, Depot], network: Network) -> list[Base]:
    """Return all bases in order of their numbers: the depots in the plan's order, then the areas in the network's."""
    named = [(name, depot.lon, depot.lat) for name, depot in depots.items()]
    named += zip(network.area_name.tolist(), network.area_lon.tolist(), network.area_lat.tolist(), strict=True)
    out = []
    for number, (name, lon, lat) in enumerate(named):
        x, y = project_km(lon, lat, network.lon0, network.lat0)
        out.append(Base(number, name, float(x), float(y)))
    return out
