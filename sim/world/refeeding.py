"""What can be fed again by what is known, kept up to date part by part.

Dark blocks without known damage that closed devices or ties join can only be fed together; what is fed in one such
cluster does not hang on another one, as long as nothing but ties limits the load. So only clusters are reckoned anew in
which, or beside which, something became known or was switched. The times of devices operated by hand, which are learned,
count as they were when the cluster was last reckoned.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Set
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from sim.etr import Learner
from sim.scenario.model import Switching
from sim.supply import Blocks, PickUp, SwitchedSupply, refeed
from sim.world.control import ControlRoom, Outage

_NEXT = 1e-9  # minutes by which every other way comes after a tie that was ordered


class _Minutes:
    """Minutes by device or tie, reckoned when they are asked for."""

    __slots__ = ("_of",)

    def __init__(self, of: Callable[[int], float]) -> None:
        self._of = of

    def __getitem__(self, number: int) -> float:
        return self._of(number)


class _Known(NamedTuple):
    """What is known of a feeder, in blocks: without supply, those of them not known to be bad, and sound below an open device.

    Bad is what is damaged or not yet looked at.
    """

    dark: frozenset[int] = frozenset()
    pending: frozenset[int] = frozenset()
    sound_tops: frozenset[int] = frozenset()


_NOTHING = _Known()


@dataclass(eq=False, slots=True)
class _Cluster:
    blocks: frozenset[int]
    near: frozenset[int]  # feeders of its blocks and of those beside them
    is_beside_supply: bool  # else no way leads in
    is_fed: bool  # in whole or in part


class Refeeding:
    """The pick-ups that knowledge asks for now.

    Attributes
    ----------
    ordered : ties that come before every other way; kept_open : ties that stay open. Call `forget` when they change.
    """

    def __init__(
        self, settings: Switching, tree: Blocks, beliefs: SwitchedSupply, control: ControlRoom, learner: Learner
    ) -> None:
        self._settings, self._tree, self._beliefs = settings, tree, beliefs
        self._control, self._learner = control, learner
        self.ordered: set[int] = set()
        self.kept_open: set[int] = set()
        gear = tree.switchgear
        self._is_remote: list[bool] = gear.is_remote[tree.head].tolist()
        self._tie_is_remote: list[bool] = gear.tie_is_remote.tolist()
        self._head, self._block_of, self._zone_blocks = tree.head_list, tree.of_list, tree.zone_blocks
        rated = gear.capacity_kw, gear.substation_capacity_kw
        self._is_one = any(bool(np.isfinite(each).any()) for each in rated)
        self._outages_in: dict[int, set[int]] = {}  # heads by feeder
        self._known: dict[int, _Known] = {}  # by feeder
        self._dark: set[int] = set()
        self._pending: set[int] = set()
        self._clusters: dict[int, set[_Cluster]] = {}  # by feeder that is near
        self._fed: dict[int, list[PickUp]] = {}  # of the clusters that can be fed at all, by their first block
        self._plan: list[PickUp] | None = []
        self._touched: set[int] = set()  # feeders

    def touch(self, blocks: Iterable[int]) -> None:
        """Take note that something was switched at blocks."""
        self._touched.update(self._tree.feeder[block] for block in blocks)

    def forget(self) -> None:
        """Reckon everything anew next time."""
        self._touched.update(self._known)

    def is_stale(self) -> bool:
        """Say whether something became known or was switched since the last plan."""
        return bool(self._control.changed or self._touched)

    def plan(self) -> list[PickUp]:
        """Return what can be fed again by what is known, as if nothing were switched yet, in order of time."""
        self._take_in()
        if self._touched:
            self._reckon(self._touched)
            self._touched = set()
        if self._plan is None:
            in_order = (self._fed[first] for first in sorted(self._fed))
            self._plan = sorted((p for pick_ups in in_order for p in pick_ups), key=lambda p: p.at)
        return self._plan

    def plan_with(self, tie: int = -1) -> list[PickUp]:
        """Return the same reckoned all at once, as if a tie were ordered to be closed before all else (-1: none)."""
        known = [self._of_feeder(heads) for heads in self._by_feeder().values()]
        dark = {block for each in known for block in each.dark}
        pending = {block for each in known for block in each.pending}
        tops = {block for each in known for block in each.sound_tops}
        return self._refeed(dark, pending, tops, self.ordered | ({tie} - {-1}))

    # -- what is known -----------------------------------------------------------------------------------------

    def _by_feeder(self) -> dict[int, set[int]]:
        out: dict[int, set[int]] = {}
        for head in self._control.outages:
            out.setdefault(self._feeder(head), set()).add(head)
        return out

    def _feeder(self, head: int) -> int:
        return self._tree.feeder[self._block_of[head]]

    def _take_in(self) -> None:
        """Bring up to date what is known of the feeders of which something became known.

        What leaves the same blocks dark and sound, where no way leads in, is no reason to reckon anew.
        """
        changed: set[int] = set()
        for head in self._control.changed:
            feeder = self._feeder(head)
            heads = self._outages_in.setdefault(feeder, set())
            (heads.add if head in self._control.outages else heads.discard)(head)
            changed.add(feeder)
        self._control.changed.clear()
        for feeder in changed | self._touched:
            before = self._known.get(feeder, _NOTHING)
            now = self._known[feeder] = self._of_feeder(self._outages_in.get(feeder, set()))
            if now != before:
                self._dark.difference_update(before.dark)
                self._dark.update(now.dark)
                self._pending.difference_update(before.pending)
                self._pending.update(now.pending)
            if now != before or self._is_one or any(c.is_beside_supply for c in self._clusters.get(feeder, ())):
                self._touched.add(feeder)

    def _of_feeder(self, heads: Set[int]) -> _Known:
        if not heads:
            return _NOTHING
        tree, block_of = self._tree, self._block_of
        dark: set[int] = set()
        bad: set[int] = set()
        tops: set[int] = set()
        for head in heads:
            outage = self._control.outages[head]
            if not is_sure(outage):
                continue
            top = block_of[head]
            dark.update(range(top, tree.end[top]))
            if outage.is_planned:  # switched off beforehand: not to be fed another way either
                bad.update(range(top, tree.end[top]))
            elif not is_located(outage):
                bad |= self._zone_blocks[top]
            elif known := self._control.repairs.get(head):
                bad.update([block_of[job.section] for job in known])
            else:
                tops.add(top)
        return _Known(frozenset(dark), frozenset(dark - bad), frozenset(tops))

    # -- what follows ------------------------------------------------------------------------------------------

    def _reckon(self, touched: set[int]) -> None:
        """Reckon the clusters anew that lie in or beside feeders."""
        if self._is_one:
            touched = set(self._known)
        old: set[_Cluster] = set()
        seeds: set[int] = set()
        for feeder in touched:
            old.update(self._clusters.get(feeder, ()))
            seeds.update(self._known.get(feeder, _NOTHING).pending)
        for cluster in old:
            seeds.update(cluster.blocks)
            for feeder in cluster.near:
                self._clusters[feeder].discard(cluster)
            if cluster.is_fed:
                del self._fed[min(cluster.blocks)]
                self._plan = None
        seeds &= self._pending
        tops = {block for feeder in self._known for block in self._known[feeder].sound_tops} if self._is_one else None
        while seeds:
            blocks, near, is_beside_supply = self._flood(seeds if self._is_one else {min(seeds)})
            seeds -= blocks
            pick_ups: list[PickUp] = []
            if is_beside_supply:
                own = tops
                if own is None:
                    own = {block for feeder in near for block in self._known.get(feeder, _NOTHING).sound_tops}
                pick_ups = self._refeed(self._dark, blocks, own, self.ordered)
            cluster = _Cluster(frozenset(blocks), frozenset(near), is_beside_supply, bool(pick_ups))
            if pick_ups:
                self._fed[min(blocks)] = pick_ups
                self._plan = None
            for feeder in near:
                self._clusters.setdefault(feeder, set()).add(cluster)

    def _flood(self, start: set[int]) -> tuple[set[int], set[int], bool]:
        """Return the pending blocks that devices or ties join with some, and what lies beside them.

        That is the feeders of all blocks beside, and whether one of those, or a source, has supply: else no way leads in.
        """
        tree, pending, dark = self._tree, self._pending, self._dark
        blocks, queue, near, is_beside_supply = set(start), list(start), set(), False
        for block in queue:
            near.add(tree.feeder[block])
            beside = list(tree.children[block])
            if tree.parent[block] >= 0:
                beside.append(tree.parent[block])
            else:
                is_beside_supply = True
            for tie in tree.ties_at[block]:
                a, b = tree.ties[tie]
                beside.append(b if a == block else a)
            for other in beside:
                near.add(tree.feeder[other])
                if other not in dark:
                    is_beside_supply = True
                elif other in pending and other not in blocks:
                    blocks.add(other)
                    queue.append(other)
        return blocks, near, is_beside_supply

    def _refeed(self, dark: set[int], pending: set[int], sound_tops: set[int], ordered: set[int]) -> list[PickUp]:
        if not pending:
            return []
        settings, beliefs = self._settings, self._beliefs
        by_hand = self._learner.trip.mean + settings.manual_min
        closed, holds, opened = beliefs.closed_ties, beliefs.holds, beliefs.opened

        def to_operate(block: int) -> float:
            return settings.remote_min if self._is_remote[block] else by_hand

        def to_open(block: int) -> float:
            return 0.0 if block in opened or holds[self._head[block]] else to_operate(block)

        def to_close(block: int) -> float:  # where nothing is known to be broken, closing is no matter of isolation
            return math.inf if block in sound_tops else to_operate(block)

        def to_tie(tie: int) -> float:
            if tie in ordered:
                return 0.0
            if tie in self.kept_open:
                return math.inf
            is_remote = self._tie_is_remote[tie]
            minutes = 0.0 if tie in closed else settings.remote_min if is_remote else by_hand
            return max(minutes, _NEXT) if ordered else minutes

        return refeed(
            self._tree, dark, pending, _Minutes(to_open), _Minutes(to_close), _Minutes(to_tie), settings.cold_load_factor
        )


def is_sure(outage: Outage) -> bool:
    """Say whether a device or a crew has told that an outage is one."""
    return outage.is_confirmed or outage.n_patrols > 0


def is_located(outage: Outage) -> bool:
    """Say whether it is known where in its zone the damage of an outage lies, or that there is none."""
    return outage.is_of_source or (outage.n_patrols > 0 and outage.patrol is None)
