"""Who has supply where devices are operated and ties closed: traced over closed devices.

What is open follows from what is ordered and what is broken, never from the order of events. Orders open devices and
close ties. A fault keeps open the nearest device that acts by itself on the way by which its block is fed; where an
opened device parts it from every source it keeps nothing open. A closed tie acts as well: it opens when a fault lies
behind it and nothing nearer acts. So a repair gives back at once what the fault alone kept dark, and when all is
repaired and all orders are taken back the network is in its normal state.

Feeders where nothing is ordered keep the counters on slices of `Supply`; only those that are joined by closed ties,
have opened devices or have lost their source are traced.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.supply.blocks import Blocks
from sim.supply.radial import Supply

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
NOTHING: frozenset[int] = frozenset()
_NO_SECTIONS: IntArray = np.empty(0, np.int64)


@dataclass(frozen=True)
class Order:
    """Devices, named by the block below them, and ties to be operated at one instant."""

    opens: frozenset[int] = NOTHING
    closes: frozenset[int] = NOTHING
    tie_opens: frozenset[int] = NOTHING
    tie_closes: frozenset[int] = NOTHING

    def __bool__(self) -> bool:
        return bool(self.opens or self.closes or self.tie_opens or self.tie_closes)


class SwitchedSupply(Supply):
    """Supply under faults and orders. Devices are named by the block below them.

    Attributes
    ----------
    opened : blocks whose device is open on order. closed_ties : ties closed on order.
    tripped_ties : closed ties that a fault keeps open. holds : as in Supply; in a traced feeder 1 where protection
        keeps the device at a section open.
    """

    def __init__(self, blocks: Blocks) -> None:
        super().__init__(blocks.network)
        self.tree, network = blocks, blocks.network
        self.opened: set[int] = set()
        self.closed_ties: set[int] = set()
        self.tripped_ties: set[int] = set()
        self.lost_sources: set[int] = set()
        self._faults: dict[int, list[frozenset[int]]] = {}  # by block: of each fault, the devices that fail to clear it
        self._trips: dict[int, int] = {}  # by block
        self._traced: set[int] = set()  # feeders
        self._opened_in: defaultdict[int, set[int]] = defaultdict(set)  # by feeder: blocks of devices opened on order
        self._closed_at: defaultdict[int, set[int]] = defaultdict(set)  # and closed ties
        # of traced feeders, by block: what feeds it (-1: source) through which tie (-1: a device), what it feeds, and how
        # many faults keep the way into it open
        self._above: dict[int, tuple[int, int]] = {}
        self._below: dict[int, list[int]] = {}
        self._n_stops: dict[int, int] = {}
        self._source: list[int] = network.listed("feeder_substation")
        self._first_block, self._sections = blocks.first, blocks.sections
        self._head, self._block_of = blocks.head_list, blocks.of_list
        self._feeder: list[int] = network.listed("feeder")

    # -- what happens ------------------------------------------------------------------------------------------

    def fault(self, section: int, fails: frozenset[int] = NOTHING) -> IntArray:
        """Put a fault on a section; `fails` are blocks whose device does not clear it. Returns who lost supply."""
        block = self._block_of[section]
        self._faults.setdefault(block, []).append(fails)
        self.zone_faults[self._head[self._clearing(block, fails)]] += 1
        if self.tree.feeder[block] not in self._traced:
            return super()._block(self._head[self._clearing(block, fails)])
        if block not in self._above:  # parted from every source: it keeps nothing open
            return _NO_SECTIONS
        return self._stop(self._stops(block, fails))

    def repair(self, section: int, fails: frozenset[int] = NOTHING) -> IntArray:
        """Take a fault off a section. Returns who gained supply.

        Raises
        ------
        ValueError when there is no such fault.
        """
        block = self._block_of[section]
        if fails not in self._faults.get(block, ()):
            raise ValueError(f"no such fault on section {section}")
        self._faults[block].remove(fails)
        self.zone_faults[self._head[self._clearing(block, fails)]] -= 1
        if self.tree.feeder[block] not in self._traced:
            return super()._release(self._head[self._clearing(block, fails)])
        return self._let_go(self._stops(block, fails)) if block in self._above else _NO_SECTIONS

    def trip(self, section: int) -> tuple[IntArray, IntArray]:
        """Open the device of the section's zone without a fault. Returns who gained and who lost supply.

        Who gains it was kept dark by a fault that this device had not cleared, and is parted from it now.
        """
        block = self._block_of[self._zone[section]]
        self._trips[block] = self._trips.get(block, 0) + 1
        feeder = self.tree.feeder[block]
        return self._retrace({feeder}) if feeder in self._traced else super().trip(section)

    def untrip(self, section: int) -> tuple[IntArray, IntArray]:
        """Take back one trip. Returns who gained and who lost supply; ValueError when there is none.

        A device that was opened on order besides stays open, and so does one below which a tie feeds meanwhile. Who
        loses supply is joined again with a fault that the device does not clear.
        """
        head = self._zone[section]
        block = self._block_of[head]
        if not self._trips.get(block):
            raise ValueError(f"the device at section {head} is not held open")
        self._trips[block] -= 1
        feeder = self.tree.feeder[block]
        if feeder not in self._traced:
            return super().untrip(section)
        if self._trips[block]:
            return _NO_SECTIONS, _NO_SECTIONS
        self.holds[head] = 0  # nothing but what is ordered keeps it open now
        if block in self.opened:
            return _NO_SECTIONS, _NO_SECTIONS
        self._take_in(Order(opens=frozenset({block})))
        try:
            return self.switch(Order(closes=frozenset({block})))
        except ValueError:
            return _NO_SECTIONS, _NO_SECTIONS

    def lose_source(self, substation: int) -> IntArray:
        """Take supply from a substation. Returns who lost it."""
        self.lost_sources.add(substation)
        return self._retrace(self._fed_by(substation))[1]

    def regain_source(self, substation: int) -> IntArray:
        """Give supply back to a substation. Returns who gained it."""
        self.lost_sources.discard(substation)
        return self._retrace(self._fed_by(substation))[0]

    # -- what is ordered ---------------------------------------------------------------------------------------

    def switch(self, order: Order) -> tuple[IntArray, IntArray]:
        """Operate devices and ties at one instant. Returns who gained and who lost supply.

        Raises
        ------
        ValueError when closed devices would form a loop or join two sources; nothing is then changed.
        """
        self._check(order)
        return self.operate(order)

    def operate(self, order: Order) -> tuple[IntArray, IntArray]:
        """Do the same with an order of which `allows` has just said that it may be given."""
        touched = self._joined(self._touched(order))
        self._take_in(order)
        return self._retrace(touched)

    def allows(self, order: Order) -> bool:
        """Say whether an order leaves no loop of closed devices and joins no two sources."""
        try:
            self._check(order)
        except ValueError:
            return False
        return True

    def _check(self, order: Order) -> None:
        """Raise ValueError for an order that closes a loop or joins two sources; nothing is changed."""
        if not order.closes and not order.tie_closes:
            return
        above, below = self._above, self._below
        back = self._take_in(order)
        self._above, self._below = {}, {}
        try:
            self._feed(self._joined(self._touched(order)))
        finally:
            self._take_in(back)
            self._above, self._below = above, below

    def _touched(self, order: Order) -> set[int]:
        """Return the feeders in which an order operates something."""
        touched = {self.tree.feeder[b] for b in order.opens | order.closes}
        return touched | {self.tree.feeder[b] for t in order.tie_opens | order.tie_closes for b in self.tree.ties[t]}

    def _take_in(self, order: Order) -> Order:
        """Let what an order says be ordered; return the order that takes back what it changed."""
        opened = order.opens - self.opened
        closed = (order.closes & self.opened) - order.opens
        tie_closed = order.tie_closes - self.closed_ties
        tie_opened = (order.tie_opens & self.closed_ties) - order.tie_closes
        for block in opened | closed:
            self._opened_in[self.tree.feeder[block]] ^= {block}
        for tie in tie_opened | tie_closed:
            for feeder in {self.tree.feeder[b] for b in self.tree.ties[tie]}:
                self._closed_at[feeder] ^= {tie}
        self.opened ^= opened | closed
        self.closed_ties ^= tie_opened | tie_closed
        return Order(opens=closed, closes=opened, tie_opens=tie_closed, tie_closes=tie_opened)

    def is_normal(self) -> bool:
        """Say whether nothing is switched or broken: every device as it was built to stand."""
        is_switched = self.opened or self.closed_ties or self.lost_sources
        return not is_switched and not self.blocks.any() and not any(self._faults.values())

    def is_open(self, block: int) -> bool:
        """Say whether the device above a block is open, on order or by protection."""
        return block in self.opened or self.holds.item(self._head[block]) > 0

    def fronts(self, head: int) -> list[int]:
        """Return the devices from `head` downwards that protection keeps open with supply above them, in order."""
        if self._feeder[head] not in self._traced:
            return super().fronts(head)
        held: list[int] = self.holds[head : self._end[head]].nonzero()[0].tolist()
        return [head + below for below in held if self.is_fed(head + below)]

    def tripping(self, section: int, fails: frozenset[int] = NOTHING) -> int:
        """Return the section whose device opens if a fault occurs on a section now; -1: none, or a tie.

        `fails` are blocks whose device does not clear it.
        """
        block = self._block_of[section]
        if not self._is_alive(block):
            return -1
        if self.tree.feeder[block] not in self._traced:
            return self._head[self._clearing(block, fails)]
        at = self._stops(block, fails)
        host, tie = self._above[at]
        return self._head[self._device(at, host)] if tie < 0 else -1

    def is_fed(self, head: int) -> bool:
        """Say whether there is supply on the upstream side of the device at a section."""
        if self._parent[head] < 0:
            return self._source[self._feeder[head]] not in self.lost_sources
        return super().is_fed(head)

    # -- tracing -----------------------------------------------------------------------------------------------

    def _clearing(self, block: int, fails: frozenset[int]) -> int:
        """Return the block whose device clears a fault when the feeder stands as it was built."""
        at = self.tree.acting(block)
        while at in fails and self.tree.parent[at] >= 0:
            at = self.tree.acting(self.tree.parent[at])
        return at

    def _fed_by(self, substation: int) -> set[int]:
        return {feeder for feeder, source in enumerate(self._source) if source == substation}

    def _joined(self, feeders: set[int]) -> set[int]:
        """Return the feeders and all that closed ties join with them."""
        out, queue = set(feeders), list(feeders)
        for feeder in queue:
            for tie in self._closed_at.get(feeder, NOTHING):
                for other in self.tree.ties[tie]:
                    beside = self.tree.feeder[other]
                    if beside not in out:
                        out.add(beside)
                        queue.append(beside)
        return out

    def _is_switched(self, feeder: int) -> bool:
        is_ordered = bool(self._opened_in.get(feeder) or self._closed_at.get(feeder))
        return is_ordered or self._source[feeder] in self.lost_sources

    def _retrace(self, feeders: set[int]) -> tuple[IntArray, IntArray]:
        """Find out anew who has supply on feeders and those joined with them. Returns who gained and who lost it."""
        if not feeders:
            return _NO_SECTIONS, _NO_SECTIONS
        everything = self._joined(feeders)
        self.version += 1
        self.tripped_ties &= self.closed_ties
        spans = [
            slice(self._head[self._first_block[f]], self._end[self._head[self._first_block[f]]])
            for f in sorted(everything)
        ]
        before = [self.blocks[span] > 0 for span in spans]
        rest = set(everything)
        while rest:
            group = self._joined({min(rest)})
            rest -= group
            if any(self._is_switched(f) for f in group):
                self._trace(group)
                self._traced |= group
            else:
                self._count(group)
                self._traced -= group
        gained, lost = [_NO_SECTIONS], [_NO_SECTIONS]
        for was_dark, span in zip(before, spans, strict=True):
            changed = (was_dark != (self.blocks[span] > 0)).nonzero()[0]
            if len(changed):
                gains = was_dark[changed]
                gained.append(changed[gains] + span.start)
                lost.append(changed[~gains] + span.start)
        return np.concatenate(gained), np.concatenate(lost)

    def _count(self, group: set[int]) -> None:
        """Set the counters of feeders that stand as they were built."""
        for feeder in group:
            first = self._first_block[feeder]
            head = self._head[first]
            span = slice(head, self._end[head])
            self.holds[span] = 0
            self.blocks[span] = 0
            for block in range(first, self.tree.end[first]):
                for fails in self._faults.get(block, ()):
                    self.holds[self._head[self._clearing(block, fails)]] += 1
                if n_trips := self._trips.get(block):
                    self.holds[self._head[block]] += n_trips
            for section in (np.flatnonzero(self.holds[span]) + head).tolist():
                self.blocks[section : self._end[section]] += 1

    def _trace(self, group: set[int]) -> None:
        """Trace feeders over closed devices and ties, and let protection act."""
        for feeder in group:
            first = self._first_block[feeder]
            head = self._head[first]
            self.holds[head : self._end[head]] = 0
            self.blocks[head : self._end[head]] = 1
            for block in range(first, self.tree.end[first]):
                self._above.pop(block, None)
                self._below.pop(block, None)
                self._n_stops.pop(block, None)
                if self._trips.get(block):
                    self.holds[self._head[block]] = 1
        self.tripped_ties.difference_update(*(self._closed_at.get(feeder, NOTHING) for feeder in group))
        order = self._feed(group)
        for block in order:
            if self._faults.get(block):
                for fails in self._faults[block]:
                    self._count_stop(self._stops(block, fails), 1)
        alive: dict[int, IntArray] = {}
        for block in order:
            host = self._above[block][0]
            if not self._n_stops.get(block) and (host < 0 or host in alive):
                alive[block] = self._sections[block]
        if alive:
            self.blocks[np.concatenate(list(alive.values()))] = 0

    def _count_stop(self, block: int, change: int) -> int:
        """Let one fault more or less keep open the way into a block; return how many do."""
        n = self._n_stops.get(block, 0) + change
        self._n_stops[block] = n
        host, tie = self._above[block]
        if tie >= 0:
            (self.tripped_ties.add if n else self.tripped_ties.discard)(tie)
        else:
            self.holds[self._head[self._device(block, host)]] = int(n > 0)
        return n

    def _stop(self, block: int) -> IntArray:
        """Open the way into a block for one fault more. Returns who lost supply."""
        if self._count_stop(block, 1) > 1 or not self._is_alive(block):
            return _NO_SECTIONS
        return self._set(block, alive=False)

    def _let_go(self, block: int) -> IntArray:
        """Close the way into a block if this was the last fault. Returns who gained supply."""
        host = self._above[block][0]
        if self._count_stop(block, -1) or (host >= 0 and not self._is_alive(host)):
            return _NO_SECTIONS
        return self._set(block, alive=True)

    def _set(self, block: int, *, alive: bool) -> IntArray:
        """Give or take supply to a block and all that it feeds; return their sections."""
        reached = [block]
        for one in reached:
            for other in self._below.get(one, ()):
                if self._n_stops.get(other, 0) == 0:
                    reached.append(other)
        sections = np.sort(np.concatenate([self._sections[one] for one in reached]))
        self.blocks[sections] = int(not alive)
        self.version += 1
        return sections

    def _is_alive(self, block: int) -> bool:
        return self.blocks.item(self._head[block]) == 0

    def _device(self, block: int, host: int) -> int:
        """Return the block that names the device between a block and the one that feeds it."""
        return block if self.tree.parent[block] == host else host

    def _feed(self, group: set[int]) -> list[int]:
        """Find out which block feeds which, protection left out of account; return the blocks from above.

        ValueError when closed devices form a loop.
        """
        above, order = self._above, []
        for feeder in sorted(group):
            first = self._first_block[feeder]
            if self._is_open(first) or self._source[feeder] in self.lost_sources:
                continue
            if first in above:
                raise ValueError(f"feeder {feeder} would be fed from two sides")
            above[first] = (-1, -1)
            queue = [first]
            for block in queue:
                order.append(block)
                below, came_by = [], above[block]
                for way in self._beside(block):
                    if way == came_by:
                        continue
                    other, tie = way
                    if other in above:
                        raise ValueError(f"block {other} would be fed from two sides")
                    above[other] = (block, tie)
                    below.append(other)
                queue += below
                self._below[block] = below
        return order

    def _beside(self, block: int) -> list[tuple[int, int]]:
        """Return the blocks that closed devices and ties join with one, and the tie of each or -1."""
        tree, opened, trips = self.tree, self.opened, self._trips
        out = [(child, -1) for child in tree.children[block] if child not in opened and not trips.get(child)]
        if tree.parent[block] >= 0 and not self._is_open(block):
            out.append((tree.parent[block], -1))
        for tie in tree.ties_at[block]:
            if tie in self.closed_ties:
                a, b = tree.ties[tie]
                out.append((b if a == block else a, tie))
        return out

    def _is_open(self, block: int) -> bool:
        """Say whether a device is open on order or on purpose."""
        return block in self.opened or bool(self._trips.get(block))

    def _stops(self, block: int, fails: frozenset[int]) -> int:
        """Return the block whose way in opens on a fault: the nearest towards the source that acts and does not fail."""
        at = block
        while True:
            host, tie = self._above[at]
            device = self._device(at, host)
            if host < 0 or tie >= 0 or (self.tree.acts[device] and device not in fails):
                return at
            at = host
