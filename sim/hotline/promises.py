"""What each area was told, and when: promises and notices, looked up at many instants at once."""

from __future__ import annotations

from copy import copy
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.hotline.batch import FloatArray, IntArray

_SPAN = float(2**24)  # minutes set aside per area, 31 years, so that (area, minute) sorts as one number


class Announcements:
    """Values announced to areas over time; announcements may come in any order.

    Parameters
    ----------
    area, at, value : one announcement each, (n,); minutes.
    """

    def __init__(self, area: ArrayLike = (), at: ArrayLike = (), value: ArrayLike = ()) -> None:
        self.area: IntArray = np.asarray(area, np.int64)
        self.at: FloatArray = np.asarray(at, np.float64)
        self.value: FloatArray = np.asarray(value, np.float64)
        self._new: list[tuple[int, float, float]] = []  # not yet among these
        self._sorted = False
        self._key: FloatArray = np.empty(0)

    def __len__(self) -> int:
        return len(self.at) + len(self._new)

    def copy(self) -> Self:
        """Return the same announcements, to be added to apart."""
        other = copy(self)
        other._new = self._new.copy()
        return other

    def announce(self, area: int, at: float, value: float) -> None:
        """Add one announcement."""
        self._new.append((area, at, value))
        self._sorted = False

    def sort(self) -> None:
        """Bring `area`, `at`, `value` up to date, in order of area and time."""
        if self._sorted:
            return
        area, at, value = self.area, self.at, self.value
        if self._new:
            new = zip(*self._new, strict=True)
            area, at, value = (np.append(old, more) for old, more in zip((area, at, value), new, strict=True))
            self._new = []
        order = np.lexsort((at, area))  # those of one minute stay in the order in which they were announced
        self.area, self.at, self.value = area[order], at[order], value[order]
        self._key = self.area * _SPAN + self.at
        self._sorted = True

    def position(self, area: IntArray, at: FloatArray) -> IntArray:
        """Return the index of the latest announcement to `area` not after `at`, -1 where there is none."""
        self.sort()
        found = self._key.searchsorted(area * _SPAN + at, side="right") - 1
        known = (found >= 0) & (self.area[found] == area) if len(self.area) else np.zeros(len(found), bool)
        return np.where(known, found, -1)

    def latest(self, area: IntArray, at: FloatArray) -> FloatArray:
        """Return the value last announced to `area` at `at`, nan where nothing was."""
        found = self.position(area, at)
        if not len(self.area):
            return np.full(len(found), np.nan)
        return np.where(found >= 0, self.value[found], np.nan)


class Promises(Announcements):
    """Promised instants of restoration per area; nan or negative means "assessing", which ends a promise.

    A promise is missed for those still dark when it comes due and nothing else has been said since.
    """

    def __init__(self, area: ArrayLike = (), at: ArrayLike = (), value: ArrayLike = ()) -> None:
        super().__init__(area, at, value)
        self._missed_before: FloatArray = np.empty(0)

    def sort(self) -> None:
        """Bring the table up to date, with the instants at which promises came due unrevoked."""
        if self._sorted:
            return
        super().sort()
        self.value = np.where(self.value < 0, np.nan, self.value)
        due = np.maximum(self.value, self.at)
        missed = due < self.revoked_at()  # false for nan
        latest = np.maximum.accumulate(np.where(missed, self.area * _SPAN + due, -np.inf))
        before = np.concatenate([[-np.inf], latest[:-1]])[: len(due)] - self.area * _SPAN
        self._missed_before = np.where(before >= 0, before, -np.inf)

    def revoked_at(self) -> FloatArray:
        """Return the instant of the next announcement to the same area, inf where none follows."""
        next_at = np.full(len(self.at), np.inf)
        same = self.area[1:] == self.area[:-1]
        next_at[:-1][same] = self.at[1:][same]
        return next_at

    def running(self, area: IntArray, at: FloatArray) -> NDArray[np.bool_]:
        """Say where the promise last made is still to come due."""
        return np.asarray(self.latest(area, at) > at)

    def due_unkept(self, area: IntArray, at: FloatArray) -> NDArray[np.bool_]:
        """Say where the promise last made has come due."""
        return np.asarray(self.latest(area, at) <= at)

    def missed_at(self, area: IntArray, at: FloatArray) -> FloatArray:
        """Return when a promise last came due unrevoked, not after `at`; -inf where none did."""
        return self.standing(area, at)[1]

    def standing(self, area: IntArray, at: FloatArray) -> tuple[NDArray[np.bool_], FloatArray]:
        """Return `running` and `missed_at` together."""
        found = self.position(area, at)
        if not len(self.area):
            return np.zeros(len(found), bool), np.full(len(found), -np.inf)
        known, promised = found >= 0, self.value[found]
        due = np.maximum(promised, self.at[found])
        missed = np.where(due <= at, due, self._missed_before[found])
        return known & (promised > at), np.where(known, missed, -np.inf)


class OwnPromises:
    """Promises to the customers of single sections: the one that stands, and when one was last missed.

    Another promise comes when the one before has come due, or in place of it.
    """

    def __init__(self, n_sections: int) -> None:
        self._from, self._until = np.full((2, n_sections), np.inf)
        self._missed: FloatArray = np.full(n_sections, -np.inf)  # before the one that stands
        self._any = False

    def __len__(self) -> int:
        return int(self._any)

    def copy(self) -> OwnPromises:
        """Return the same promises, to be added to apart."""
        other = copy(self)
        other._from, other._until, other._missed = self._from.copy(), self._until.copy(), self._missed.copy()
        return other

    def announce(self, sections: IntArray, at: float, promised_at: float) -> None:
        """Promise something to sections from a minute on."""
        before = self._until[sections]
        self._missed[sections] = np.where(before <= at, before, self._missed[sections])
        self._from[sections], self._until[sections] = at, promised_at
        self._any = True

    def standing(self, section: IntArray, at: FloatArray) -> tuple[NDArray[np.bool_], FloatArray]:
        """Return where a promise is still to come due, and when one last came due, not after `at`; -inf: none did."""
        until, is_told = self._until[section], self._from[section] <= at
        missed_at = np.where(is_told & (until <= at), until, self._missed[section])
        return is_told & (until > at), missed_at

    def due_unkept(self, section: IntArray, at: FloatArray) -> NDArray[np.bool_]:
        """Say where the promise last made has come due."""
        return np.asarray((self._from[section] <= at) & (self._until[section] <= at))
