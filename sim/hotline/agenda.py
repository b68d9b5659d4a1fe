"""Calls to come, in buckets of time."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from sim.hotline.queue import FloatArray, IntArray

_BUCKET_MIN = 15.0  # the usual slice; another width changes only the speed


class Agenda:
    """Columns of calls to come; row 0 of `floats` is the instant.

    Parameters
    ----------
    n_floats, n_ints : rows of the two column blocks.
    """

    def __init__(self, n_floats: int, n_ints: int) -> None:
        self._shape = n_floats, n_ints
        self._buckets: dict[int, list[tuple[FloatArray, IntArray]]] = {}
        self._first = 0  # buckets before this one are empty

    def push(self, floats: FloatArray, ints: IntArray) -> None:
        """Add calls: floats (n_floats, n), ints (n_ints, n); not earlier than the last `pop`."""
        if not floats.shape[1]:
            return
        bucket = np.floor_divide(floats[0], _BUCKET_MIN).astype(np.int64)
        order = np.argsort(bucket, kind="stable")
        floats, ints, bucket = floats[:, order], ints[:, order], bucket[order]
        starts = np.concatenate([[0], np.flatnonzero(np.diff(bucket)) + 1, [len(bucket)]]).tolist()
        for start, end in pairwise(starts):
            part = floats[:, start:end], ints[:, start:end]
            self._buckets.setdefault(int(bucket[start]), []).append(part)

    def pop(self, to: float) -> tuple[FloatArray, IntArray]:
        """Remove and return the calls before `to`, in order of time."""
        last = int(to // _BUCKET_MIN)
        parts = [part for number in range(self._first, last + 1) for part in self._buckets.pop(number, ())]
        self._first = last
        if not parts:
            return np.empty((self._shape[0], 0)), np.empty((self._shape[1], 0), np.int64)
        floats = np.concatenate([part[0] for part in parts], axis=1)
        ints = np.concatenate([part[1] for part in parts], axis=1)
        order = np.argsort(floats[0], kind="stable")
        due = int(np.searchsorted(floats[0], to, sorter=order))
        if due < len(order):
            rest = order[due:]
            self._buckets[last] = [(floats[:, rest], ints[:, rest])]
            order = order[:due]
        return floats[:, order], ints[:, order]
