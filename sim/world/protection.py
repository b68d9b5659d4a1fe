"""Protection that may fail: which devices do not clear a fault, and which one then does.

One draw for each device and faulted section, the same for every plan: a fuse that does not blow for a fault of a section
does not blow for the next one there either. Devices that always clear are not drawn.
"""

from __future__ import annotations

import numpy as np

from sim import rng
from sim.supply import Blocks

_SURE = 1.0


class Protection:
    """Devices and their probability to clear a fault, by block (sim.supply.Blocks)."""

    def __init__(self, tree: Blocks, seed: int, replication: int) -> None:
        self._tree, self._seed, self._replication = tree, seed, replication
        self._success: list[float] = tree.switchgear.success[tree.head].tolist()
        self._head: list[int] = tree.head.tolist()

    @property
    def may_fail(self) -> bool:
        """Whether any device may fail."""
        return min(self._success) < _SURE

    def fails(self, section: int) -> frozenset[int]:
        """Return the blocks above a section whose device would not clear a fault there; the feeder head always does."""
        tree, failing = self._tree, []
        at = tree.acting(int(tree.of[section]))
        while tree.parent[at] >= 0:
            if self._success[at] < _SURE and self._draw(section, at) >= self._success[at]:
                failing.append(at)
            at = tree.acting(tree.parent[at])
        return frozenset(failing)

    def clears(self, section: int) -> int:
        """Return the section at whose upstream end the device stands that clears a fault, the feeder as it was built."""
        failing = self.fails(section)
        at = self._tree.acting(int(self._tree.of[section]))
        while at in failing:
            at = self._tree.acting(self._tree.parent[at])
        return self._head[at]

    def _draw(self, section: int, block: int) -> float:
        ids = np.array([section]), np.array([self._head[block]])
        return float(rng.uniforms(self._seed, self._replication, "protection", *ids)[0])
