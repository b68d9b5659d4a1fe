"""Calls to come, in buckets of time."""

from __future__ import annotations

import math
from copy import copy
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.hotline.batch import FloatArray, IntArray
from sim.hotline.order import time_order

_BUCKET_MIN = 15.0


class Due(NamedTuple):
    """Calls: instants, two whole numbers that say which, and a number that goes with them; (n,) each."""

    at: FloatArray
    row: IntArray
    code: IntArray
    chance: FloatArray

    def in_order(self) -> Due:
        """Return the calls by time, those of one instant as they are."""
        return self.part(time_order(self.at))

    def part(self, rows: slice | NDArray[Any]) -> Due:
        """Return some of the calls."""
        return Due(self.at[rows], self.row[rows], self.code[rows], self.chance[rows])


_NOTHING = Due(np.empty(0), np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))


def joined(parts: list[Due]) -> Due:
    """Return the calls of several parts, one part after the other."""
    if len(parts) == 1:
        return parts[0]
    return Due._make(np.concatenate(column) for column in zip(*parts, strict=True)) if parts else _NOTHING


class Agenda:
    """Calls to come.

    Parameters
    ----------
    width_min : time held together, by default the usual slice; another one changes only the speed.
    """

    def __init__(self, width_min: float = _BUCKET_MIN) -> None:
        self._width = width_min
        self._buckets: dict[int, list[Due]] = {}
        self._first = 0  # buckets before this one are empty

    def copy(self) -> Agenda:
        """Return the same calls, to be added to and taken from apart."""
        other = copy(self)
        other._buckets = {number: parts.copy() for number, parts in self._buckets.items()}
        return other

    def push(self, calls: Due) -> None:
        """Add calls, in order of time; not earlier than the last `pop`."""
        if not len(calls.at):
            return
        first, last = int(calls.at[0] // self._width), int(calls.at[-1] // self._width)
        begins = calls.at.searchsorted(np.arange(first + 1, last + 1) * self._width).tolist()
        for number, (start, end) in enumerate(pairwise([0, *begins, len(calls.at)]), first):
            if start < end:
                self._buckets.setdefault(number, []).append(calls.part(slice(start, end)))

    def count(self, since: float, to: float) -> int:
        """Count the calls between two instants, and perhaps some others near by."""
        return sum(len(part.at) for part in self._near(since, to))

    def look(self, since: float, to: float) -> tuple[FloatArray, IntArray]:
        """Return when and which (`row`) are the calls between two instants, in no order, and perhaps some others near by."""
        parts = self._near(since, to)
        if not parts:
            return _NOTHING.at, _NOTHING.row
        if len(parts) == 1:
            return parts[0].at, parts[0].row
        return np.concatenate([part.at for part in parts]), np.concatenate([part.row for part in parts])

    def _near(self, since: float, to: float) -> list[Due]:
        last = math.ceil(to / self._width)
        return [part for number in range(int(since // self._width), last) for part in self._buckets.get(number, ())]

    def pop(self, to: float) -> Due:
        """Remove and return the calls before `to`, in order of time, those of one instant as they were pushed."""
        last = int(to // self._width)
        split = to > last * self._width
        parts = [part for number in range(self._first, last + split) for part in self._buckets.pop(number, ())]
        self._first = last
        if not parts:
            return _NOTHING
        calls = parts[0] if len(parts) == 1 else joined(parts).in_order()
        if calls.at[-1] >= to:
            due = int(np.searchsorted(calls.at, to))
            self._buckets[last] = [calls.part(slice(due, None))]
            calls = calls.part(slice(due))
        return calls
