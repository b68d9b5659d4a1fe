"""Critical customers as the control room knows them: who is believed dark, since when, and how long backup lasts.

Small zones that a mobile generator is ordered for stand behind them: they have no backup, and come after all of them.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sim.grid.network import Network

IntArray = NDArray[np.int64]
_AFTER_ALL = 1e9
"""Minute at which the backup of a zone is said to end, after that of every critical customer."""


class Backups:
    """Critical customers in order of their section, then those added, and zones.

    Attributes
    ----------
    ends_at : minute at which each one's own backup is believed to end, inf while it is believed to have supply.
    is_covered : a mobile generator is connected or on its way. place : index in the network's table of critical
    customers and of those added; -1 for a zone. zones : customers of each zone, by index.
    """

    def __init__(self, network: Network) -> None:
        order = np.argsort(network.critical_section, kind="stable")
        self.place: list[int] = order.tolist()
        self.section: list[int] = network.critical_section[order].tolist()
        self._sections: IntArray = network.critical_section[order]
        self._backup_min: list[float] = network.critical_backup_min[order].tolist()
        self._end: list[int] = network.listed("end")
        self.ends_at = [math.inf] * len(order)
        self.is_covered = [False] * len(order)
        self._added_at: list[int] = []  # sections of customers that became critical meanwhile, and of zones, in order
        self._added: list[int] = []  # and their indices
        self.zones: dict[int, int] = {}
        self._first = network.once("critical customers before", lambda: _critical_before(network))

    def add(self, section: int, backup_min: float) -> int:
        """Add a critical customer, believed to have supply, and return its index."""
        return self._enter(section, backup_min, self.n_places)

    def add_zone(self, section: int, customers: int) -> int:
        """Add a zone that is believed dark, and return its index."""
        index = self._enter(section, 0.0, -1)
        self.zones[index] = customers
        self.ends_at[index] = _AFTER_ALL
        return index

    def _enter(self, section: int, backup_min: float, place: int) -> int:
        index = len(self.section)
        self.place.append(place)
        self.section.append(section)
        self._backup_min.append(backup_min)
        self.ends_at.append(math.inf)
        self.is_covered.append(False)
        place_in_order = bisect_right(self._added_at, section)
        self._added_at.insert(place_in_order, section)
        self._added.insert(place_in_order, index)
        return index

    @property
    def n_places(self) -> int:
        """Critical customers, those added among them."""
        return len(self.section) - len(self.zones)

    @property
    def n_dark(self) -> int:
        """Critical customers that are believed dark."""
        return sum(end < math.inf for i, end in enumerate(self.ends_at) if i not in self.zones)

    def behind(self, head: int) -> Sequence[int]:
        """Return the critical customers, and zones, in the slice below and including a section."""
        end = self._end[head]
        known = range(self._first[head], self._first[end])
        if not self._added:
            return known
        added = self._added[bisect_left(self._added_at, head) : bisect_left(self._added_at, end)]
        return [*known, *sorted(added)] if added else known

    def at(self, sections: IntArray) -> list[int]:
        """Return the critical customers, and zones, at sections (n,), in order."""
        here = np.zeros(len(self._end), bool)
        here[sections] = True
        known = here[self._sections].nonzero()[0].tolist()
        added = zip(self._added_at, self._added, strict=True)
        return [*known, *sorted(index for section, index in added if here[section])]

    def went_dark(self, head: int, since: float) -> list[int]:
        """Believe dark the critical customers below `head` since that minute; return those not believed dark before."""
        new = [i for i in self.behind(head) if math.isinf(self.ends_at[i]) and i not in self.zones]
        for i in new:
            self.ends_at[i] = since + self._backup_min[i]
        return new

    def lost_supply(self, index: int, at: float) -> None:
        """Believe one dark from a minute on."""
        self.ends_at[index] = at + self._backup_min[index]

    def came_back(self, index: int) -> None:
        """Believe that one has supply."""
        self.ends_at[index] = math.inf

    def need(self, head: int) -> tuple[int, float]:
        """Return how many below `head` are believed dark without a generator, and the earliest end of backup."""
        if self._first[head] == self._first[self._end[head]] and not self._added:  # as behind most devices
            return 0, math.inf
        behind = self.behind(head)
        if not behind:
            return 0, math.inf
        ends = [self.ends_at[i] for i in behind if not self.is_covered[i]]
        ends = [end for end in ends if end < _AFTER_ALL]
        return len(ends), min(ends, default=math.inf)


def _critical_before(network: Network) -> list[int]:
    """Return how many critical customers lie before each section and before the end, (n_sections + 1)."""
    n_at = np.bincount(network.critical_section, minlength=network.n_sections)
    before: list[int] = np.concatenate(([0], np.cumsum(n_at))).tolist()
    return before
