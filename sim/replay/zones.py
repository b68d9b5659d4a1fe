"""The zones of the network: what one device cuts off together, and so the smallest part that has one state.

A device that opens makes the whole slice below it dark; a zone has no device inside, so that all its sections are
always alike.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.grid.network import Network

IntArray = NDArray[np.int64]


class Zones:
    """Zones in feeder preorder: everything below and including zone z is the slice [z, end[z]).

    Attributes
    ----------
    head : (n_zones,) the section whose device it is. end : one past the last zone below.
    of_section : (n_sections,) zone of each section. feeder, area : of the head. customers : in the zone itself.
    pairs : (zone, area, customers), each (n_pairs,): a zone that reaches into several areas stands once for each.
    """

    def __init__(self, network: Network) -> None:
        n = network.n_sections
        self.head: IntArray = np.flatnonzero(network.zone == np.arange(n))
        rank = np.full(n, -1)
        rank[self.head] = np.arange(len(self.head))
        self.of_section: IntArray = rank[network.zone]
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
