"""Calls to come, in buckets of time."""

from __future__ import annotations

import math
from copy import copy
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from sim.hotline.batch import FloatArray, IntArray

_BUCKET_MIN = 15.0  # the usual slice; another width changes only the speed


class Due(NamedTuple):
    """Calls by time: instants, two whole numbers that say which, and a number that goes with them; (n,) each."""

    at: FloatArray
    row: IntArray
    code: IntArray
    chance: FloatArray


_NOTHING = Due(np.empty(0), np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))


class Agenda:
    """Calls to come."""

    def __init__(self) -> None:
        self._buckets: dict[int, list[Due]] = {}
        self._first = 0  # buckets before this one are empty

    def copy(self) -> Agenda:
        """Return the same calls, to be added to and taken from apart."""
        other = copy(self)
        other._buckets = {number: parts.copy() for number, parts in self._buckets.items()}
        return other

    def push(self, at: FloatArray, row: IntArray, code: IntArray, chance: FloatArray) -> None:
        """Add calls, (n,) each; not earlier than the last `pop`."""
        if not len(at):
            return
        order = at.argsort(kind="stable")
        calls = Due(at[order], row[order], code[order], chance[order])
        bucket = np.floor_divide(calls.at, _BUCKET_MIN).astype(np.int64)
        starts = [0, *(np.flatnonzero(bucket[1:] != bucket[:-1]) + 1).tolist(), len(bucket)]
        numbers = bucket[starts[:-1]].tolist()
        for number, (start, end) in zip(numbers, pairwise(starts), strict=True):
            self._buckets.setdefault(number, []).append(Due._make(column[start:end] for column in calls))

    def look(self, since: float, to: float) -> tuple[FloatArray, IntArray]:
        """Return when and which (`row`) are the calls between two instants, in no order, and perhaps some later ones."""
        last = math.ceil(to / _BUCKET_MIN)
        parts = [part for n in range(int(since // _BUCKET_MIN), last) for part in self._buckets.get(n, ())]
        if not parts:
            return _NOTHING.at, _NOTHING.row
        if len(parts) == 1:
            return parts[0].at, parts[0].row
        return np.concatenate([part.at for part in parts]), np.concatenate([part.row for part in parts])

    def pop(self, to: float, most: int) -> tuple[Due, float]:
        """Remove the calls before `to`, or the first `most` of them; return them and up to when they reach.

        They are in order of time, those of one instant as they were pushed; calls of one instant stay together.
        """
        last = int(to // _BUCKET_MIN)
        split = to > last * _BUCKET_MIN
        parts = [part for number in range(self._first, last + split) for part in self._buckets.pop(number, ())]
        self._first = last
        if not parts:
            return _NOTHING, to
        calls = parts[0]
        if len(parts) > 1:
            calls = Due._make(np.concatenate(column) for column in zip(*parts, strict=True))
            order = calls.at.argsort(kind="stable")
            calls = Due._make(column[order] for column in calls)
        if len(calls.at) > most:
            to = min(to, float(np.nextafter(calls.at[most], np.inf)))
            self._first = int(to // _BUCKET_MIN)
        if calls.at[-1] >= to:
            due = int(np.searchsorted(calls.at, to))
            rest = Due._make(column[due:] for column in calls)
            self._buckets.setdefault(self._first, []).insert(0, rest)
            calls = Due._make(column[:due] for column in calls)
        return calls, to
