"""Which dark blocks can be fed again before the repair, by which way, and how soon.

A way is the closing of one open device: a normally-open tie, or the device above a block that tripped. A part that
is fed again must first be cut off from the faulted blocks: the devices at its border are opened. Ways are taken in
order of time, of equal ones that with more capacity first; what a way cannot carry as a whole it carries in part,
block by block from its end outwards, and the rest is left to other ways.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from sim.supply.blocks import Blocks


class Minutes(Protocol):
    """Minutes by number of a device or tie, as a list or reckoned when they are asked for."""

    def __getitem__(self, number: int, /) -> float:
        """Return the minutes of one."""


@dataclass(frozen=True)
class PickUp:
    """A part fed again by closing one device.

    `tie` is the tie that is closed, or -1 where the device above block `into` is; `host` the block (-1: the substation) from
    which supply comes; `blocks` what is fed; `opens` the blocks whose upstream device is open while it lasts; `at` the
    minute at which it is done, `load_kw` what it adds to the host.
    """

    tie: int
    host: int
    into: int
    blocks: tuple[int, ...]
    opens: tuple[int, ...]
    at: float
    load_kw: float


def refeed(
    blocks: Blocks,
    dark: set[int],
    pending: set[int],
    open_min: Minutes,
    close_min: Minutes,
    tie_min: Minutes,
    cold_load_factor: float = 1.0,
    lost_sources: frozenset[int] = frozenset(),
) -> list[PickUp]:
    """Return what is fed again, in order of time.

    Parameters
    ----------
    dark : all blocks without supply; the others are fed as normal. pending : those of them that may be fed again:
        without fault.
    open_min, close_min : by block, minutes until the device above it is opened, closed; tie_min : minutes until a tie
        is closed. Infinite: never.
    cold_load_factor : load when it comes back over load at peak.
    lost_sources : substations without supply themselves.
    """
    search = _Search(blocks, dark, set(pending), open_min, close_min, tie_min, cold_load_factor, lost_sources)
    try:
        return search.run()
    finally:
        del search.room  # it points back to the search, and a run of the world does not collect cycles


class _Search:
    def __init__(
        self, blocks: Blocks, dark: set[int], pending: set[int], open_min: Minutes,
        close_min: Minutes, tie_min: Minutes, cold: float, lost_sources: frozenset[int],
    ) -> None:  # fmt: skip
        self.blocks, self.dark, self.pending = blocks, dark, pending
        self.open_min, self.close_min, self.tie_min = open_min, close_min, tie_min
        self.cold, self.lost_sources = cold, lost_sources
        self.live_at: dict[int, float] = {}  # blocks fed again
        self.fed_by: dict[int, int] = {}  # block -> number of its pick-up by a tie
        self.done: list[PickUp] = []
        self.queue: list[tuple[float, float, int, int, int, int]] = []
        self.room = Room(blocks, self)

    def run(self) -> list[PickUp]:
        for into in sorted(self.pending):
            self._offer_ways_into(into)
        while self.queue:
            at, _, tie, host, into, _ = heapq.heappop(self.queue)
            if into not in self.pending:
                continue
            chosen, load = self._carried(tie, host, into)
            if not chosen:
                continue
            inside = set(chosen)
            opens = self._border(inside, into if tie < 0 else None)
            ready = max([at, *(self.open_min[b] for b in opens)])
            if ready > at:  # the border takes longer: come back to it when its time has come
                self._push(ready, tie, host, into)
            elif math.isfinite(ready):
                self._take(PickUp(tie, host, into, tuple(chosen), tuple(sorted(opens)), ready, load))
        return self.done

    def is_live(self, block: int) -> bool:
        """Say whether a block has supply, as normal or again."""
        return block in self.live_at or block not in self.dark

    def _offer_ways_into(self, into: int) -> None:
        """Queue every way from what has supply into a pending block."""
        above = self.blocks.parent[into]
        source = self.blocks.network.feeder_substation[self.blocks.feeder[into]]
        if self.is_live(above) if above >= 0 else source not in self.lost_sources:
            self._push(max(self.close_min[into], self.live_at.get(above, 0.0)), -1, above, into)
        for tie in self.blocks.ties_at[into]:
            a, b = self.blocks.ties[tie]
            host = b if a == into else a
            if host != into and self.is_live(host):
                self._push(max(self.tie_min[tie], self.live_at.get(host, 0.0)), tie, host, into)

    def _push(self, at: float, tie: int, host: int, into: int) -> None:
        if math.isfinite(at):
            heapq.heappush(self.queue, (at, -self.room.of(tie, host), tie, host, into, len(self.queue)))

    def _carried(self, tie: int, host: int, into: int) -> tuple[list[int], float]:
        """Return the blocks that a way can carry, and their load when they come back."""
        part = self.blocks.joined(into, self.pending)
        load = self.cold * sum(self.blocks.load_kw[b] for b in part)
        room = self.room.of(tie, host)
        if load <= room:
            return part, load
        chosen: set[int] = set()
        order, load = [], 0.0
        for block in part:
            beside = [self.blocks.parent[block], *self.blocks.children[block]]
            own = self.cold * self.blocks.load_kw[block]
            if load + own <= room and (block == into or any(other in chosen for other in beside)):
                chosen.add(block)
                order.append(block)
                load += own
        return order, load

    def _border(self, inside: set[int], closed: int | None) -> set[int]:
        """Return the blocks whose upstream device parts `inside` from the rest, without the one to be closed."""
        border = {b for b in inside if self.blocks.parent[b] not in inside}
        border |= {c for b in inside for c in self.blocks.children[b] if c not in inside}
        return border - {closed}

    def _take(self, pick_up: PickUp) -> None:
        self.pending.difference_update(pick_up.blocks)
        self.live_at |= dict.fromkeys(pick_up.blocks, pick_up.at)
        if pick_up.tie >= 0:
            self.fed_by |= dict.fromkeys(pick_up.blocks, len(self.done))
        elif pick_up.host in self.fed_by:
            self.fed_by |= dict.fromkeys(pick_up.blocks, self.fed_by[pick_up.host])
        self.done.append(pick_up)
        self.room.taken(pick_up)
        for block in pick_up.blocks:
            for into in self.blocks.children[block]:
                if into in self.pending:
                    self._offer_ways_into(into)
            for tie in self.blocks.ties_at[block]:
                a, b = self.blocks.ties[tie]
                other = b if a == block else a
                if other in self.pending:
                    self._push(max(self.tie_min[tie], pick_up.at), tie, block, other)


class Room:
    """Capacity left on the way to a tie, kW: of the tie, of the sections that feed its host, of the substation.

    What a section carries is the load of the blocks below it that it feeds as normal, and all that is fed again
    through it. Unlimited where nothing is rated.
    """

    def __init__(self, blocks: Blocks, search: _Search) -> None:
        self._blocks, self._search = blocks, search
        self._through: dict[int, float] = {}  # kW fed again through each tie

    def of(self, tie: int, host: int) -> float:
        """Return the room on a way; a part that comes back to its feeder as normal is not limited."""
        if not self._blocks.is_rated:
            return math.inf
        if tie < 0:
            number = self._search.fed_by.get(host)
            if number is None:
                return math.inf
            tie, host = self._search.done[number].tie, self._search.done[number].host
        gear, network = self._blocks.switchgear, self._blocks.network
        room = math.inf
        while True:
            room = min(room, float(gear.tie_capacity_kw[tie]) - self._through.get(tie, 0.0))
            section = self._end_of(tie, host)
            number = self._search.fed_by.get(host)
            if number is not None:  # the host is itself fed through a tie: go on from there
                pick_up = self._search.done[number]
                tie, host = pick_up.tie, pick_up.host
                continue
            while section >= 0:
                if math.isfinite(gear.capacity_kw[section]):
                    room = min(room, float(gear.capacity_kw[section]) - self._through_section(section))
                section = int(network.parent[section])
            station = int(network.feeder_substation[self._blocks.feeder[host]])
            if math.isfinite(gear.substation_capacity_kw[station]):
                room = min(room, float(gear.substation_capacity_kw[station]) - self._from_substation(station))
            return room

    def _end_of(self, tie: int, host: int) -> int:
        """Return the section of the host at which a tie ends."""
        a, b = self._blocks.network.tie[tie].tolist()
        return int(a if self._blocks.of[a] == host else b)

    def taken(self, pick_up: PickUp) -> None:
        """Count a pick-up at the ties through which it is fed."""
        for tie in set(self._chain(pick_up)):
            self._through[tie] = self._through.get(tie, 0.0) + pick_up.load_kw

    def _chain(self, pick_up: PickUp) -> list[int]:
        """Return the ties through which a pick-up is fed, from itself to the source."""
        ties = []
        while True:
            if pick_up.tie >= 0:
                ties.append(pick_up.tie)
            number = self._search.fed_by.get(pick_up.host)
            if number is None:
                return ties
            pick_up = self._search.done[number]

    def _normal(self, first: int, last: int) -> float:
        """Return the load of the blocks of a slice that are fed as normal, kW."""
        search, load = self._search, self._blocks.load_kw
        return sum(load[b] for b in range(first, last) if search.is_live(b) and b not in search.fed_by)

    def _again(self, passes: Callable[[int], bool]) -> float:
        """Return the load fed again that leaves the normal trees at a section of which `passes` holds, kW."""
        total = 0.0
        for p in self._search.done:
            root = p
            while (number := self._search.fed_by.get(root.host)) is not None:
                root = self._search.done[number]
            if root.tie >= 0 and passes(self._end_of(root.tie, root.host)):
                total += p.load_kw
        return total

    def _through_section(self, section: int) -> float:
        blocks, end = self._blocks, int(self._blocks.network.end[section])
        own = int(blocks.of[section])
        rest = np.flatnonzero(blocks.of[section:end] == own) + section
        first, last = np.searchsorted(blocks.head, (section + 1, end)).tolist()
        normal = float(blocks.switchgear.peak_kw[rest].sum()) + self._normal(first, last)
        return normal + self._again(lambda at: section <= at < end)

    def _from_substation(self, station: int) -> float:
        blocks, network = self._blocks, self._blocks.network
        heads = [b for b in range(blocks.n) if blocks.parent[b] < 0
                 and network.feeder_substation[blocks.feeder[b]] == station]  # fmt: skip
        normal = sum(self._normal(head, blocks.end[head]) for head in heads)
        return normal + self._again(lambda at: network.feeder_substation[network.feeder[at]] == station)
