"""The parts of the network between any two devices: the smallest parts that have one state.

A part has no device inside, so that all its sections are always alike. Where every device acts by itself, the parts
are the zones of protection; disconnectors divide a zone further.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.grid.network import DEVICES, Network

IntArray = NDArray[np.int64]


class Zones:
    """Parts between devices, in feeder preorder: everything below and including z is the slice [z, end[z]).

    Attributes
    ----------
    head : (n_zones,) the section whose device it is. end : one past the last one below.
    of_section : (n_sections,) the one that each section is in. protected_at : (n_sections,) the one at whose head the
    device stands that cuts off a fault of the section. feeder, area : of the head. customers : in the zone itself.
    pairs : (zone, area, customers), each (n_pairs,): a zone that reaches into several areas stands once for each.
    """

    def __init__(self, network: Network) -> None:
        has_device = network.device != DEVICES.index("none")
        self.head: IntArray = np.flatnonzero(has_device)
        of = np.cumsum(has_device) - 1
        for section in np.flatnonzero(~has_device).tolist():
            of[section] = of[network.parent[section]]
        self.of_section: IntArray = of
        self.protected_at: IntArray = of[network.zone]
        self.end: IntArray = np.searchsorted(self.head, network.end[self.head])
        self.feeder: IntArray = network.feeder[self.head]
        self.area: IntArray = network.area[self.head]
        self.customers: IntArray = np.bincount(self.of_section, network.customers, len(self)).astype(np.int64)
        self.n_areas = len(network.area_name)
        pair = self.of_section * self.n_areas + network.area
        pairs, where = np.unique(pair, return_inverse=True)
        customers = np.bincount(where.ravel(), network.customers, len(pairs)).astype(np.int64)
        self.pairs: tuple[IntArray, IntArray, IntArray] = pairs // self.n_areas, pairs % self.n_areas, customers

    def __len__(self) -> int:
        return len(self.head)

    def by_area(self, chosen: ArrayLike) -> IntArray:
        """Return the customers (n_areas,) of the chosen zones, a mask (n_zones,)."""
        zone, area, customers = self.pairs
        weight = customers * np.asarray(chosen, bool)[zone]
        return np.bincount(area, weight, self.n_areas).astype(np.int64)
