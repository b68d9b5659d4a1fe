"""How grave a storm is beside an ordinary day, by its number of faults."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.log import Log
from sim.scenario.standards import Standards
from sim.units import MIN_PER_DAY

if TYPE_CHECKING:
    from sim.grid.network import Network

DAYS_PER_YEAR = 365.25


def times_ordinary(log: Log, network: Network, standards: Standards) -> float:
    """Return the faults of a storm's worst 24 hours over those of an ordinary day."""
    at = np.sort(log["at"][log.of("fault_occurred")])
    most = (np.searchsorted(at, at + MIN_PER_DAY) - np.arange(len(at))).max(initial=0)
    return float(most) / ordinary_per_day(network, standards)


def ordinary_per_day(network: Network, standards: Standards) -> float:
    """Return the faults of an ordinary day: as given, or from the length of line."""
    if standards.ordinary_faults_per_day is not None:
        return standards.ordinary_faults_per_day
    return float(network.length_km.sum()) * standards.ordinary_faults_per_km_year / DAYS_PER_YEAR
