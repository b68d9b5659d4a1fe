"""The beginning that several plans have in common, served once.

Until the first consequence of their differences, plans tell the hotline the same and hear the same: the storm itself,
with most of all calls. Their runs grow one tree of slices. A run follows the tree for as long as it says what a run
before it said, and takes over a copy of the hotline where it leaves the tree.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from weakref import ref

import numpy as np
from numpy.typing import ArrayLike

from sim.hotline.batch import IntArray
from sim.hotline.hotline import NO_REPORTS, USED, Calls, Hotline, MayWait, Reports
from sim.scenario.model import Scenario

if TYPE_CHECKING:
    from sim.damage import Drawn

# A copy of the hotline is kept when things have calmed down: when so many calls have come since the copy before, and
# this many times as many as in the slice just served. Another choice changes only the speed.
_COPY_AFTER, _COPY_TIMES = 5000, 20

Event = tuple[Any, ...]  # name of a method of `Hotline`, and what it is given


class _Slice:
    """A slice of calls served: what was said before it, up to when it reaches, what was reported, what came next.

    `hotline`, if any, is as it was after the slice. A slice holds those that follow; they only know the one before, so
    that a tree with its copies of the hotline, which are large, is gone as soon as nobody needs it.
    """

    __slots__ = ("__weakref__", "before", "following", "hotline", "reports", "said", "to")

    def __init__(self, before: _Slice | None, said: list[Event], to: float, reports: Reports) -> None:
        self.before = None if before is None else ref(before)
        self.said, self.to, self.reports = said, to, reports
        self.following: list[_Slice] = []
        self.hotline: Hotline | None = None

    def after(self, said: list[Event], to: float) -> _Slice | None:
        """Return the slice that was served when next this was said, None: nobody has said it."""
        if not self.following:
            return None
        key = _key(said, to)
        return next((each for each in self.following if _key(each.said, each.to) == key), None)

    def revived(self) -> Hotline:
        """Return a hotline of one's own as it was after the slice."""
        trail: list[_Slice] = []
        last = self
        while last.hotline is None:  # a run has more slices than calls may be nested
            trail.append(last)
            before = None if last.before is None else last.before()
            assert before is not None  # the first slice has a hotline, and the tree is there as long as a run is
            last = before
        line = last.hotline.copy()
        for each in reversed(trail):
            _say(line, each.said)
            line.advance(each.to, lambda _: True)
        line.catch_up()
        return line


class SharedHotlines:
    """Hotlines for all plans of one replication."""

    def __init__(self, drawn: Drawn) -> None:
        self._drawn = drawn
        self._first: list[tuple[list[Any], _Slice]] = []

    def of(self, settings: Scenario) -> SharedHotline:
        """Return the hotline of a plan; it gives the very calls that `Hotline` gives."""
        used = [getattr(settings, name) for name in USED]
        first = next((first for known, first in self._first if known == used), None)
        if first is None:
            first = _Slice(None, [], 0.0, NO_REPORTS)
            first.hotline = Hotline(self._drawn, settings)
            self._first.append((used, first))
        return SharedHotline(first)


class SharedHotline:
    """The hotline of one run; the same as `Hotline` from outside."""

    def __init__(self, first: _Slice) -> None:
        self._first = self._latest = first
        self._said: list[Event] = []
        self._own: Hotline | None = None  # since the run left the tree
        self._put_off: list[tuple[list[Event], float]] = []  # slices not served yet: what was said before, to when
        self._n_copied = self._n_before = 0

    def went_dark(self, sections: ArrayLike, at: float) -> None:
        """Say that sections (n,) lost supply at `at`."""
        self._said.append(("went_dark", np.array(sections, np.int64), at))

    def restored(self, sections: ArrayLike, at: float) -> None:
        """Say that sections (n,) have supply again at `at`."""
        self._said.append(("restored", np.array(sections, np.int64), at))

    def etr(self, area: int, at: float, promised_at: float) -> None:
        """Say that an area was promised supply by `promised_at`."""
        self._said.append(("etr", area, at, promised_at))

    def own_etr(self, sections: ArrayLike, at: float, promised_at: float) -> None:
        """Say that the customers of sections (n,) alone were promised supply by `promised_at`."""
        self._said.append(("own_etr", np.array(sections, np.int64), at, promised_at))

    def notice(self, area: int, at: float, reach: float) -> None:
        """Say that a notice went to an area, reaching this share of its customers."""
        self._said.append(("notice", area, at, reach))

    def warn(self, sections: ArrayLike, at: float, reach: float) -> None:
        """Say that sections (n,) were warned of being switched off, reaching this share."""
        self._said.append(("warn", np.array(sections, np.int64), at, reach))

    def set_lines(self, lines: int, at: float) -> None:
        """Say that from `at` on so many telephone lines work."""
        self._said.append(("set_lines", lines, at))

    def call_in(self, n: int, at: float, from_at: float, until: float) -> None:
        """Say at `at` that n more agents will sit at the desk from an instant on until another."""
        self._said.append(("call_in", n, at, from_at, until))

    def surge(self, sections: ArrayLike, first_at: ArrayLike, at: float) -> None:
        """Say at `at` that people of sections (n,) will phone with questions at instants (n,) after it."""
        self._said.append(("surge", np.array(sections, np.int64), np.array(first_at, np.float64), at))

    def left_dark(self, sections: ArrayLike, at: float) -> None:
        """Say at `at` that sections (n,) are dark though their outage was declared over."""
        self._said.append(("left_dark", np.array(sections, np.int64), at))

    def rung_up(self, sections: ArrayLike, callers: ArrayLike, at: float) -> None:
        """Say that the order desk rings up customers (n,), by section and number, at an instant."""
        self._said.append(("rung_up", np.array(sections, np.int64), np.array(callers, np.int64), at))

    def advance(self, to: float, may_wait: MayWait | None = None) -> Reports:
        """Serve all calls before `to`, or put that off; see `Hotline.advance`."""
        said, self._said = self._said, []
        if self._own is None:
            known = self._latest.after(said, to)
            if known is not None:
                self._latest = known
                return known.reports
            self._own = self._latest.revived()
            self._n_before = self._own.n_calls
        own = self._own
        _say(own, said)
        reports = own.advance(to, may_wait)
        self._put_off.append((said, to))
        if not own.is_behind:
            self._grow(own, reports)
        return reports

    def catch_up(self, sections: IntArray) -> Reports:
        """Serve what was put off, unless none of it matters; see `Hotline.catch_up`."""
        if self._own is None or not self._put_off:
            return NO_REPORTS
        reports = self._own.catch_up(sections)
        if not self._own.is_behind:
            self._grow(self._own, reports)
        return reports

    def finish(self) -> Calls:
        """Return all calls; see `Hotline.finish`."""
        return (self._own or self._latest.revived()).finish()

    def _grow(self, own: Hotline, reports: Reports) -> None:
        """Add the slices just served, which no run has had before, to the tree."""
        ends = reports.at.searchsorted([to for _, to in self._put_off]).tolist()
        for (said, to), first, end in zip(self._put_off, [0, *ends], ends, strict=False):
            new = _Slice(self._latest, said, to, reports.part(first, end))
            self._latest.following.append(new)
            self._latest = new
        self._put_off.clear()
        n_new, self._n_before = own.n_calls - self._n_before, own.n_calls
        if own.n_calls - self._n_copied > max(_COPY_AFTER, _COPY_TIMES * n_new):
            self._latest.hotline, self._n_copied = own.copy(), own.n_calls


def _say(line: Hotline, said: list[Event]) -> None:
    for name, *given in said:
        getattr(line, name)(*given)


def _key(said: list[Event], to: float) -> tuple[str | bytes, ...]:
    parts = [part.tobytes() if isinstance(part, np.ndarray) else repr(part) for event in said for part in event]
    return (repr(to), *parts)
