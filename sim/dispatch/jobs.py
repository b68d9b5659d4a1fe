"""Open jobs as columns: one table per kind of crew, scored in one array expression for one free crew."""

from __future__ import annotations

import math
from collections.abc import Callable
from heapq import heappop, heappush
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.dispatch.rules import NEVER_REFUSE, Rule, most_customers
from sim.dispatch.view import Asking, Outlook, View

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

_FLOATS = ("opened_at", "x", "y", "expected_min", "customers", "shared_by", "critical", "backup_end_at")
_INTS = ("job", "area", "attempts", "head", "work", "at_substation")
_CHANGING = slice(_FLOATS.index("shared_by"), None)  # the last three: what `change` sets
_FEW = 8  # jobs of the highest score looked at one by one; changes only the speed


class JobTable:
    """The jobs that wait for crews of one kind. Rows are compact: the last row takes the place of one removed.

    Parameters
    ----------
    n_areas : number of areas; `is_held` (n_areas,) says where the wind forbids work.

    Attributes
    ----------
    n : open jobs. version : grows whenever a crew that found nothing might find something now.
    """

    def __init__(self, n_areas: int, room: int = 256) -> None:
        self.n = 0
        self.version = 0
        self._all_new = 0  # versions before this one know nothing of the present wind and roads
        self._new: list[int] = []  # jobs added since, one a version
        self.is_held: BoolArray = np.zeros(n_areas, bool)
        self._cells: IntArray = np.zeros((len(_FLOATS) + len(_INTS), room), np.int64)  # a column of the table is a row here
        self._held: BoolArray = np.zeros(room, bool)
        self._show()
        self._row: dict[int, int] = {}
        self._by_customers: list[tuple[float, int]] | None = None  # heap of (-customers, job), with jobs no longer open
        self._n_held = 0

    def __contains__(self, job: int) -> bool:
        return job in self._row

    @property
    def n_workable(self) -> int:
        """Open jobs in areas where the wind allows work."""
        return self.n - self._n_held

    def add(
        self, job: int, area: int, attempts: int = 0, head: int = -1, work: int = -1, *, opened_at: float, x: float,
        y: float, expected_min: float, customers: float, shared_by: float, critical: float, backup_end_at: float,
        at_substation: bool = False,
    ) -> None:  # fmt: skip
        """Add a job; what its columns mean is told by `View`."""
        row = self.n
        if row == len(self._held):
            self._grow()
        self.n += 1
        self.version += 1
        self._new.append(job)
        self._row[job] = row
        self._ints[:, row] = job, area, attempts, head, work, at_substation
        self._floats[:, row] = opened_at, x, y, expected_min, customers, shared_by, critical, backup_end_at
        is_held = self.is_held.item(area)
        self._held[row] = is_held
        self._n_held += is_held
        if self._by_customers is not None:
            heappush(self._by_customers, (-customers, job))

    def remove(self, job: int) -> None:
        """Remove a job; KeyError when it is not open."""
        row, last = self._row.pop(job), self.n - 1
        self._n_held -= self._held.item(row)
        if row != last:
            self._cells[:, row] = self._cells[:, last]
            self._held[row] = self._held[last]
            self._row[self._ints.item(0, row)] = row
        self.n = last

    def change(self, job: int, *, shared_by: float, critical: float, backup_end_at: float) -> None:
        """Say anew what may change while a job is open; its customers, by which jobs are kept in order, may not."""
        self._floats[_CHANGING, self._row[job]] = shared_by, critical, backup_end_at

    def hold(self, is_held: BoolArray) -> None:
        """Say in which areas the wind forbids work, (n_areas,), or that the roads are faster or slower now."""
        self.is_held = is_held
        self.version += 1
        self._all_new, self._new = self.version, []
        self._held[: self.n] = is_held[self._ints[_INTS.index("area"), : self.n]]
        self._n_held = int(np.count_nonzero(self._held[: self.n]))

    def has_new(self, since: int, x: float, y: float, reach_km: float) -> bool:
        """Say whether a crew that found nothing at version `since` might find a job within its reach now."""
        if since < self._all_new:
            return self.n_workable > 0
        columns = self._shown
        for job in self._new[since - self._all_new :]:
            row = self._row.get(job)
            if row is None or self._held.item(row):
                continue
            dx, dy = columns["x"].item(row) - x, columns["y"].item(row) - y
            if dx * dx + dy * dy <= reach_km * reach_km:
                return True
        return False

    def view(self, asking: Asking, look: Callable[[], Outlook] | None = None) -> View:
        """Return the view of a crew that asks for work; `look` tells rules that look ahead what else is known."""
        return View(self._shown, self.n, asking, look)

    def choose(self, rule: Rule, view: View) -> int:
        """Return the job with the highest score of those that the crew may take, -1 for none.

        Among equal scores the job opened first, that is with the lowest number, is taken.
        """
        if self.n == 1 and rule in NEVER_REFUSE:  # nothing to compare
            return view.job.item(0) if view.may_take(0) else -1
        if rule is most_customers:
            job = self._largest(view)
            if job is not None:
                return job
        scores = rule(view)
        top = scores.item(scores.argmax())
        if top > -math.inf:
            ties = (scores == top).nonzero()[0]
            if len(ties) > 1:
                ties = ties[view.job[ties].argsort()]
            for row in ties[:_FEW].tolist():  # most often the first may be taken, and all others need not be looked at
                if view.may_take(row):
                    return view.job.item(row)
        scores = np.where(view.may, scores, -np.inf)
        top = scores.item(scores.argmax())
        return int(view.job[scores == top].min()) if top > -math.inf else -1

    def _largest(self, view: View) -> int | None:
        """Return the job with most customers that the crew may take, -1 for none; None: it is not among the first few."""
        if self._by_customers is None:  # nobody has asked by this rule before
            customers, numbers = self._shown["customers"][: self.n].tolist(), self._shown["job"][: self.n].tolist()
            self._by_customers = sorted((-n, job) for n, job in zip(customers, numbers, strict=True))
        jobs, found = self._by_customers, None
        passed: list[tuple[float, int]] = []
        while jobs and found is None and len(passed) < _FEW:
            one = jobs[0]
            row = self._row.get(one[1])
            if row is not None and view.may_take(row):
                found = one[1]
            else:
                heappop(jobs)
                if row is not None:
                    passed.append(one)
        if not jobs:  # all have been looked at
            found = -1
        for one in passed:
            heappush(jobs, one)
        return found

    def _grow(self) -> None:
        self._cells = np.concatenate([self._cells, np.zeros_like(self._cells)], axis=1)
        self._held = np.concatenate([self._held, np.zeros_like(self._held)])
        self._show()

    def _show(self) -> None:
        """Make the columns, numbers of either kind in eight bytes each, and those that rules may read but not write."""
        self._floats: FloatArray = self._cells[: len(_FLOATS)].view(np.float64)
        self._ints = self._cells[len(_FLOATS) :]
        self._shown: dict[str, NDArray[Any]] = dict(zip((*_FLOATS, *_INTS), (*self._floats, *self._ints), strict=True))
        self._shown["is_held"] = self._held[:]
        for column in self._shown.values():
            column.flags.writeable = False
