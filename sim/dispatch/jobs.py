"""Open jobs as columns: one table per kind of crew, scored in one array expression for one free crew."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.dispatch.rules import Rule
from sim.dispatch.view import View

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

_FLOATS = ("opened_at", "x", "y", "expected_min", "customers", "shared_by", "critical", "backup_end_at")
_INTS = ("job", "area", "attempts")


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
        self._added: list[int] = []  # jobs in order of being added; -1 where wind or roads changed
        self._all_new = 0  # versions before this one know nothing of the present wind and roads
        self.is_held: BoolArray = np.zeros(n_areas, bool)
        self._floats = {name: np.zeros(room) for name in _FLOATS}
        self._ints = {name: np.zeros(room, np.int64) for name in _INTS}
        self._held: BoolArray = np.zeros(room, bool)
        self._row: dict[int, int] = {}
        self._n_held = 0

    def __contains__(self, job: int) -> bool:
        return job in self._row

    @property
    def version(self) -> int:
        """Number of changes so far that may give work to a crew that found none."""
        return len(self._added)

    @property
    def n_workable(self) -> int:
        """Open jobs in areas where the wind allows work."""
        return self.n - self._n_held

    def add(self, job: int, area: int, attempts: int = 0, **columns: float) -> None:
        """Add a job; `columns` are opened_at, x, y, expected_min, customers, shared_by, critical, backup_end_at."""
        row = self.n
        if row == len(self._held):
            self._grow()
        self.n += 1
        self._added.append(job)
        self._row[job] = row
        self._ints["job"][row], self._ints["area"][row], self._ints["attempts"][row] = job, area, attempts
        for name in _FLOATS:
            self._floats[name][row] = columns[name]
        self._held[row] = self.is_held[area]
        self._n_held += bool(self._held[row])

    def remove(self, job: int) -> None:
        """Remove a job; KeyError when it is not open."""
        row, last = self._row.pop(job), self.n - 1
        self._n_held -= bool(self._held[row])
        if row != last:
            for column in (*self._floats.values(), *self._ints.values(), self._held):
                column[row] = column[last]
            self._row[int(self._ints["job"][row])] = row
        self.n = last

    def change(self, job: int, **columns: float) -> None:
        """Set columns of a job."""
        row = self._row[job]
        for name, value in columns.items():
            self._floats[name][row] = value

    def hold(self, is_held: BoolArray) -> None:
        """Say in which areas the wind forbids work, (n_areas,), or that the roads are faster or slower now."""
        self.is_held = is_held
        self._added.append(-1)
        self._all_new = len(self._added)
        self._held[: self.n] = is_held[self._ints["area"][: self.n]]
        self._n_held = int(np.count_nonzero(self._held[: self.n]))

    def has_new(self, since: int, x: float, y: float, reach_km: float) -> bool:
        """Say whether a crew that found nothing at version `since` might find a job within its reach now."""
        if since < self._all_new:
            return self.n_workable > 0
        floats = self._floats
        for job in self._added[since:]:
            row = self._row.get(job, -1)
            if row < 0 or self._held[row]:
                continue
            if (floats["x"][row] - x) ** 2 + (floats["y"][row] - y) ** 2 <= reach_km * reach_km:
                return True
        return False

    def view(self, x: float, y: float, now: float, min_per_km: float, mobilise_min: float, kind: str) -> View:
        """Return the view of a crew at (x, y), km, that needs so many minutes per km and before each trip."""
        n, floats, ints = self.n, self._floats, self._ints
        dx, dy = floats["x"][:n] - x, floats["y"][:n] - y
        distance = np.sqrt(dx * dx + dy * dy)
        out = View(
            job=ints["job"][:n],
            opened_at=floats["opened_at"][:n],
            customers=floats["customers"][:n],
            shared_by=floats["shared_by"][:n],
            expected_min=floats["expected_min"][:n],
            distance_km=distance,
            travel_min=distance * min_per_km + mobilise_min,
            critical=floats["critical"][:n],
            backup_end_at=floats["backup_end_at"][:n],
            area=ints["area"][:n],
            attempts=ints["attempts"][:n],
            now=now,
            crew_kind=kind,
        )
        for column in (out.job, out.opened_at, out.customers, out.shared_by, out.expected_min, distance,
                       out.travel_min, out.critical, out.backup_end_at, out.area, out.attempts):  # fmt: skip
            column.flags.writeable = False
        return out

    def choose(self, rule: Rule, view: View, minutes_left: float) -> int:
        """Return the job with the highest score that may be worked and reached within `minutes_left`, -1 for none.

        Among equal scores the job opened first, that is with the lowest number, is taken.
        """
        scores = rule(view)
        best = int(scores.argmax())
        if self._held[best] or view.travel_min[best] > minutes_left or scores[best] == -np.inf:
            may = ~self._held[: self.n] & (view.travel_min <= minutes_left)
            scores = np.where(may, scores, -np.inf)
            best = int(scores.argmax())
            if scores[best] == -np.inf:
                return -1
            ties = np.flatnonzero(scores == scores[best])
        else:
            ties = np.flatnonzero(scores == scores[best])
            if len(ties) > 1:
                ties = ties[~self._held[ties] & (view.travel_min[ties] <= minutes_left)]
        return int(view.job[ties].min())

    def _grow(self) -> None:
        self._floats = {name: np.concatenate([c, np.zeros(len(c))]) for name, c in self._floats.items()}
        self._ints = {name: np.concatenate([c, np.zeros(len(c), np.int64)]) for name, c in self._ints.items()}
        self._held = np.concatenate([self._held, np.zeros(len(self._held), bool)])
