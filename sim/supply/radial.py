"""Who has supply: exact for radial feeders, by counters on slices of the preorder.

A device that is open makes everything from it downwards dark: the slice [head, end[head]). Each section counts the
open devices at and above it and is dark while that count is positive, so that several faults above one customer take
supply away once and give it back once.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from sim.grid.network import SELF_ACTING, Network

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

_NO_SECTIONS: IntArray = np.empty(0, np.int64)
_NO_SECTIONS.flags.writeable = False


class Supply:
    """Open devices and the sections that they make dark.

    A device may be open for several reasons at once (faults in its zone, a trip); it closes when the last is gone.

    Attributes
    ----------
    blocks : (n_sections,) open devices at and above each section.
    holds : (n_sections,) reasons for which the device at each zone head is open; 0 elsewhere.
    zone_faults : (n_sections,) open faults by the zone head whose device clears them; 0 elsewhere.
    version : grows whenever `blocks` changes.
    """

    def __init__(self, network: Network) -> None:
        n = network.n_sections
        self._zone: list[int] = network.listed("zone")
        self._end: list[int] = network.listed("end")
        self._parent: list[int] = network.listed("parent")
        self._all: IntArray = network.once("sections", lambda: _numbers(n))
        self.blocks: IntArray = np.zeros(n, np.int64)
        self.holds: IntArray = np.zeros(n, np.int64)
        self.zone_faults: list[int] = [0] * n
        self.version = 0

    @property
    def dark(self) -> BoolArray:
        """Which sections have no supply, (n_sections,)."""
        return np.asarray(self.blocks > 0)

    def _block(self, section: int) -> IntArray:
        """Add a reason to hold open the device of the section's zone; return the sections that lost supply."""
        head = self._zone[section]
        n = self.holds.item(head) + 1
        self.holds[head] = n
        if n > 1:
            return _NO_SECTIONS
        part = self.blocks[head : self._end[head]]
        newly = self._alive(part, head)
        part += 1
        self.version += 1
        return newly

    def _release(self, section: int) -> IntArray:
        """Remove one reason to hold that device open; return the sections that gained supply.

        Raises
        ------
        ValueError when there is none to remove.
        """
        head = self._zone[section]
        n = self.holds.item(head) - 1
        if n < 0:
            raise ValueError(f"the device at section {head} is not open")
        self.holds[head] = n
        if n > 0:
            return _NO_SECTIONS
        part = self.blocks[head : self._end[head]]
        part -= 1
        self.version += 1
        return self._alive(part, head)

    def fault(self, section: int) -> IntArray:
        """Put a fault on a section; its zone's device opens. Returns the sections that lost supply."""
        self.zone_faults[self._zone[section]] += 1
        return self._block(section)

    def repair(self, section: int) -> IntArray:
        """Take a fault off a section. Returns the sections that gained supply.

        Raises
        ------
        ValueError when the section's zone has no fault.
        """
        head = self._zone[section]
        if self.zone_faults[head] == 0:
            raise ValueError(f"no fault is open in the zone of section {head}")
        self.zone_faults[head] -= 1
        return self._release(section)

    def trip(self, section: int) -> tuple[IntArray, IntArray]:
        """Open the device of the section's zone without a fault. Returns the sections that gained and lost supply.

        None gains any here; in `SwitchedSupply` those do that the device parts from a fault that it had not cleared.
        """
        return _NO_SECTIONS, self._block(section)

    def untrip(self, section: int) -> tuple[IntArray, IntArray]:
        """Take back one trip. Returns the sections that gained and lost supply, as `trip` does."""
        return self._release(section), _NO_SECTIONS

    def is_fed(self, head: int) -> bool:
        """Say whether there is supply on the upstream side of a zone head's device."""
        parent = self._parent[head]
        return parent < 0 or bool(self.blocks[parent] == 0)

    def alive_below(self, head: int) -> IntArray:
        """Return the sections from `head` downwards that have supply, (n,), in order; not to be changed."""
        return self._alive(self.blocks[head : self._end[head]], head)

    def _alive(self, part: IntArray, head: int) -> IntArray:
        """Return the sections that have supply of a part of `blocks` that begins at `head`."""
        if not np.count_nonzero(part):  # most often all have
            return self._all[head : head + len(part)]
        alive: IntArray = (part == 0).nonzero()[0] + head
        return alive

    def dark_below(self, head: int) -> IntArray:
        """Return the sections from `head` downwards that have none, (n,), in order; not to be changed."""
        part = self.blocks[head : self._end[head]]
        if not np.count_nonzero(part):
            return _NO_SECTIONS
        dark: IntArray = part.nonzero()[0] + head
        return dark

    def tripping(self, section: int) -> int:
        """Return the section whose device opens if a fault occurs on a section now, -1 when nothing there is fed."""
        head = self._zone[section]
        return head if self.is_fed(head) and not self.holds[head] else -1

    def fronts(self, head: int) -> list[int]:
        """Return the open devices from `head` downwards that have supply on their upstream side, in order."""
        is_open: list[int] = self.holds[head : self._end[head]].nonzero()[0].tolist()
        # an open device counts itself, so that a count of one means: nothing above it is open
        return [head + below for below in is_open if self.blocks.item(head + below) == 1]

    def blocking_head(self, section: int) -> int:
        """Return the topmost open device above a section, -1 when the section has supply."""
        found, head = -1, self._zone[section]
        while True:
            if self.holds[head]:
                found = head
            if self._parent[head] < 0:
                return found
            head = self._zone[self._parent[head]]


def dark_by_search(network: Network, open_faults: Iterable[int], open_trips: Iterable[int] = ()) -> BoolArray:
    """Return which sections are dark, (n_sections,), by a graph search: the slow, plain oracle.

    The search starts at the feeder heads and passes every closed device. A fault or trip opens the nearest device at
    or above its section.
    """
    is_open = set()
    for section in [*open_faults, *open_trips]:
        while not SELF_ACTING[network.device[section]]:
            section = int(network.parent[section])
        is_open.add(int(section))
    below: list[list[int]] = [[] for _ in range(network.n_sections)]
    reached = []
    for section, parent in enumerate(network.parent.tolist()):
        if parent >= 0:
            below[parent].append(section)
        elif section not in is_open:
            reached.append(section)
    dark = np.ones(network.n_sections, bool)
    while reached:
        section = reached.pop()
        dark[section] = False
        reached += [child for child in below[section] if child not in is_open]
    return dark


def _numbers(n: int) -> IntArray:
    """Return 0 to n - 1, read-only."""
    numbers = np.arange(n)
    numbers.flags.writeable = False
    return numbers
