"""Calls to come, in buckets of time."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from sim.hotline.queue import FloatArray, IntArray

_BUCKET_MIN = 15.0  # the usual slice; another width changes only the speed


class Agenda:
    """Calls to come: when, and two whole numbers that say which."""

    def __init__(self) -> None:
        self._buckets: dict[int, list[tuple[FloatArray, IntArray]]] = {}
        self._first = 0  # buckets before this one are empty

    def push(self, at: FloatArray, keys: IntArray) -> None:
        """Add calls: at (n,), keys (2, n); not earlier than the last `pop`."""
        if not len(at):
            return
        bucket = np.floor_divide(at, _BUCKET_MIN).astype(np.int64)
        order = np.argsort(bucket, kind="stable")
        at, keys, bucket = at[order], keys[:, order], bucket[order]
        starts = np.concatenate([[0], np.flatnonzero(np.diff(bucket)) + 1, [len(bucket)]]).tolist()
        for start, end in pairwise(starts):
            self._buckets.setdefault(int(bucket[start]), []).append((at[start:end], keys[:, start:end]))

    def pop(self, to: float) -> tuple[FloatArray, IntArray]:
        """Remove and return the calls before `to`, in order of time."""
        last = int(to // _BUCKET_MIN)
        parts = [part for number in range(self._first, last + 1) for part in self._buckets.pop(number, ())]
        self._first = last
        if not parts:
            return np.empty(0), np.empty((2, 0), np.int64)
        at = np.concatenate([part[0] for part in parts])
        keys = np.concatenate([part[1] for part in parts], axis=1)
        order = np.argsort(at, kind="stable")
        due = int(np.searchsorted(at, to, sorter=order))
        if due < len(order):
            rest = order[due:]
            self._buckets[last] = [(at[rest], keys[:, rest])]
            order = order[:due]
        return at[order], keys[:, order]
