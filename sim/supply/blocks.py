"""Blocks: the parts of a network between any two devices, which are fed or dark as one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.grid.network import SELF_ACTING, Network
from sim.grid.plant import Switchgear

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]


class Blocks:
    """The sections between devices as one tree of blocks for each feeder, in preorder.

    All blocks below and including b are the slice [b, end[b]). The device at the upstream end of a block carries the
    block's number.

    Attributes
    ----------
    of : (n_sections,) block of each section. head : (n_blocks,) its first section. parent, end : as in Network.
    of_list, head_list : the same as lists. first : (n_feeders,) first block of each feeder. sections : those of a block.
    zone_blocks : by block whose device cuts off a fault by itself: the blocks whose faults it cuts off.
    acts : whether the device at its upstream end cuts off a fault by itself.
    is_rated : whether anything limits what a part fed again may take.
    load_kw : peak load of a block. ties : (n_ties, 2) blocks that a tie joins.
    children : blocks that hang on a block. ties_at : ties that end at a block, numbers into `ties`.
    """

    def __init__(self, network: Network, switchgear: Switchgear) -> None:
        self.network, self.switchgear = network, switchgear
        starts = network.device > 0
        of: list[int] = []
        number = -1
        for is_start, up in zip(starts.tolist(), network.parent.tolist(), strict=True):
            number += is_start
            of.append(number if is_start else of[up])
        self.of: IntArray = np.array(of, np.int64)
        self.of_list = of
        self.head: IntArray = np.flatnonzero(starts)
        self.head_list: list[int] = self.head.tolist()
        self.first: list[int] = self.of[network.parent < 0].tolist()
        up = network.parent[self.head]
        parent = np.where(up >= 0, self.of[up], -1)
        self.n = len(self.head)
        self.parent: list[int] = parent.tolist()
        self.end: list[int] = np.searchsorted(self.head, network.end[self.head]).tolist()
        order = np.argsort(self.of, kind="stable")
        self.sections: list[IntArray] = np.split(order, np.searchsorted(self.of[order], np.arange(1, self.n)))
        self.acts: list[bool] = np.array(SELF_ACTING)[network.device[self.head]].tolist()
        self.feeder: list[int] = network.feeder[self.head].tolist()
        rated = switchgear.capacity_kw, switchgear.tie_capacity_kw, switchgear.substation_capacity_kw
        self.is_rated = any(bool(np.isfinite(capacity).any()) for capacity in rated)
        self.load_kw: list[float] = np.bincount(self.of, switchgear.peak_kw, self.n).tolist()
        self.ties: list[list[int]] = self.of[network.tie].tolist()
        self.children: list[list[int]] = [[] for _ in range(self.n)]
        for block, above in enumerate(self.parent):
            if above >= 0:
                self.children[above].append(block)
        self.ties_at: list[list[int]] = [[] for _ in range(self.n)]
        for tie, (a, b) in enumerate(self.ties):
            self.ties_at[a].append(tie)
            if b != a:
                self.ties_at[b].append(tie)
        self.zone_blocks: dict[int, set[int]] = {}
        for block in range(self.n):
            self.zone_blocks.setdefault(self.acting(block), set()).add(block)

    def acting(self, block: int) -> int:
        """Return the nearest block upstream, or itself, whose device cuts off a fault by itself."""
        while not self.acts[block]:
            block = self.parent[block]
        return block

    def joined(self, start: int, among: set[int]) -> list[int]:
        """Return the blocks that closed devices join with `start` inside a set, nearest first, then by number."""
        found, seen = [start], {start}
        for block in found:
            beside = self.children[block]
            if self.parent[block] >= 0:
                beside = [self.parent[block], *beside]
            for other in beside:
                if other in among and other not in seen:
                    seen.add(other)
                    found.append(other)
        return found
