"""Textbook reliability of a network: indices from failure rates, repair and switching times."""

from sim.reliability.analytic import point_indices
from sim.reliability.indices import PointIndices, SystemIndices, system_indices
from sim.reliability.simulated import Estimate, Simulated, simulated_indices

__all__ = [
    "Estimate", "PointIndices", "Simulated", "SystemIndices", "point_indices", "simulated_indices", "system_indices",
]  # fmt: skip
