"""Values that change at instants, for many keys at once, and what they are at any minute."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
FRAME_EVERY = 1024
"""Changes between two frames: seeking copies one frame and applies fewer changes than this."""


class Timeline:
    """The value of each of n keys over time, given by its changes.

    Parameters
    ----------
    n : keys. start : value of all of them before their first change.
    at, key, value : (n_changes,) the changes, `at` ascending; of several changes of one key at one instant the
    last holds.
    """

    def __init__(self, n: int, at: ArrayLike, key: ArrayLike, value: ArrayLike, start: float = 0) -> None:
        self.at_min: FloatArray = np.asarray(at, np.float64)
        self.key: IntArray = np.asarray(key, np.int64)
        self.value: NDArray[Any] = np.asarray(value)
        self.n = n
        frame = np.full(n, start, self.value.dtype)
        self._frames = [frame]
        for first in range(0, len(self.key) - FRAME_EVERY + 1, FRAME_EVERY):
            frame = frame.copy()
            part = slice(first, first + FRAME_EVERY)
            frame[self.key[part]] = self.value[part]  # of repeated keys NumPy keeps the last
            self._frames.append(frame)

    def __len__(self) -> int:
        return len(self.key)

    def __call__(self, at: float) -> NDArray[Any]:
        """Return the values (n,) at a minute; a change at that very minute has happened."""
        n = int(np.searchsorted(self.at_min, at, side="right"))
        frame = n // FRAME_EVERY
        out = self._frames[frame].copy()
        rest = slice(frame * FRAME_EVERY, n)
        out[self.key[rest]] = self.value[rest]
        return out

    def total(self, weight: ArrayLike, *wanted: int) -> Counter:
        """Return over time the weight, (n_keys,) or one for all, of the keys that have one of the values wanted.

        The value that keys start with must not be among them.
        """
        order = np.argsort(self.key, kind="stable")
        has = np.isin(self.value, wanted)
        had = np.zeros(len(has), bool)
        had[order[1:]] = has[order[:-1]] & (self.key[order[1:]] == self.key[order[:-1]])
        weights = np.broadcast_to(np.asarray(weight, np.int64), self.n)[self.key]
        return Counter(self.at_min, weights * (has.astype(np.int64) - had.astype(np.int64)))


class Counter:
    """A running count: `change` (n,) is added at each of the instants `at` (n,), ascending."""

    def __init__(self, at: ArrayLike, change: ArrayLike) -> None:
        self.at_min: FloatArray = np.asarray(at, np.float64)
        self.total: IntArray = np.concatenate(([0], np.cumsum(np.asarray(change, np.int64))))

    def __call__(self, at: ArrayLike) -> NDArray[Any]:
        """Return the count at each minute; a change at that very minute is in it."""
        return np.asarray(self.total[np.searchsorted(self.at_min, at, side="right")])
