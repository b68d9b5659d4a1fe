"""What a dispatch rule sees: the control room's knowledge of the open jobs, as read-only columns."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


class View:
    """All open jobs for crews of one kind, as known when one crew asks for work.

    Columns are arrays (n_jobs,), read-only; most rules look at few of them, so each is cut out or reckoned when it is
    asked for. Use a view at once: it shows the table as it is, not as it was.

    Parameters
    ----------
    columns : read-only columns of the table, at least n_jobs long. n : open jobs.
    x, y : where the asking crew is, km. min_per_km, mobilise_min : minutes per km of straight distance and before a trip.

    Attributes
    ----------
    now : present minute. crew_kind : the asking crew's kind.
    """

    __slots__ = ("_columns", "_distance", "_min_per_km", "_mobilise", "_n", "_travel", "_x", "_y", "crew_kind", "now")

    def __init__(
        self, columns: Mapping[str, NDArray[Any]], n: int, x: float, y: float, now: float, min_per_km: float,
        mobilise_min: float, crew_kind: str,
    ) -> None:  # fmt: skip
        self._columns, self._n, self._x, self._y = columns, n, x, y
        self._min_per_km, self._mobilise = min_per_km, mobilise_min
        self._distance: FloatArray | None = None
        self._travel: FloatArray | None = None
        self.now, self.crew_kind = now, crew_kind

    def __len__(self) -> int:
        return self._n

    @property
    def job(self) -> IntArray:
        """Number of the job."""
        return self._columns["job"][: self._n]

    @property
    def opened_at(self) -> FloatArray:
        """Minute at which the job was opened."""
        return self._columns["opened_at"][: self._n]

    @property
    def customers(self) -> FloatArray:
        """Customers believed dark behind the job's device."""
        return self._columns["customers"][: self._n]

    @property
    def shared_by(self) -> FloatArray:
        """Known open faults in that device's zone, at least 1: only when all are repaired is supply back."""
        return self._columns["shared_by"][: self._n]

    @property
    def expected_min(self) -> FloatArray:
        """Expected minutes on site, from learned means."""
        return self._columns["expected_min"][: self._n]

    @property
    def critical(self) -> FloatArray:
        """Critical customers believed dark behind the device and without a mobile generator."""
        return self._columns["critical"][: self._n]

    @property
    def backup_end_at(self) -> FloatArray:
        """Earliest minute at which the backup of one of those ends, inf where there is none."""
        return self._columns["backup_end_at"][: self._n]

    @property
    def area(self) -> IntArray:
        """Index of the job's area."""
        return self._columns["area"][: self._n]

    @property
    def attempts(self) -> IntArray:
        """Visits that an earlier crew has ended without finishing the zone."""
        return self._columns["attempts"][: self._n]

    @property
    def distance_km(self) -> FloatArray:
        """Straight distance to the asking crew."""
        if self._distance is None:
            dx, dy = self._columns["x"][: self._n] - self._x, self._columns["y"][: self._n] - self._y
            self._distance = np.sqrt(dx * dx + dy * dy)
            self._distance.flags.writeable = False
        return self._distance

    @property
    def travel_min(self) -> FloatArray:
        """Minutes of travel over that distance, briefing included."""
        if self._travel is None:
            self._travel = self.distance_km * self._min_per_km + self._mobilise
            self._travel.flags.writeable = False
        return self._travel

    def travel_min_to(self, row: int) -> float:
        """Return `travel_min[row]`, the same number, without reckoning all others."""
        dx, dy = self._columns["x"].item(row) - self._x, self._columns["y"].item(row) - self._y
        return math.sqrt(dx * dx + dy * dy) * self._min_per_km + self._mobilise
