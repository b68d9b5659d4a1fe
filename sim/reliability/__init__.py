"""Textbook reliability of a network: indices from failure rates, repair and switching times."""

from sim.reliability.analytic import point_indices
from sim.reliability.indices import PointIndices, SystemIndices, system_indices

__all__ = ["PointIndices", "SystemIndices", "point_indices", "system_indices"]
