"""What a dispatch rule sees: the control room's knowledge of the open jobs, as read-only columns."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


class Asking(NamedTuple):
    """Who asks for work: a crew at (x, y), km, that needs so many minutes per km and before each trip.

    now : present minute. minutes_left : the job must be reached within. kind, crew : the crew's kind and number.
    """

    x: float
    y: float
    now: float
    min_per_km: float
    mobilise_min: float
    kind: str
    minutes_left: float = math.inf
    crew: int = -1


@dataclass(frozen=True)
class Outlook:
    """What is known beyond the open jobs themselves, for rules that look ahead.

    Attributes
    ----------
    upper : for each zone's head, the head of the zone above it, -1 at the top of a feeder. behind : for each section,
    the customers behind it. others : the other crews of the asking crew's kind, (minute at which each is expected to
    be free, x, y), the earliest first. pending_at : called with a zone's head and some jobs, returns the minute at
    which all other work in that zone is expected to be done: -inf where there is none, inf where a job waits for a
    crew of the asking crew's kind. busy_below : called with a zone's head, returns the heads of the zones below it in
    which crews are at work or on their way, in order.
    """

    upper: list[int]
    behind: list[int]
    others: list[tuple[float, float, float]]
    pending_at: Callable[[int, frozenset[int]], float]
    busy_below: Callable[[int], list[int]]


class View:
    """All open jobs for crews of one kind, as known when one crew asks for work.

    Columns are arrays (n_jobs,), read-only; most rules look at few of them, so each is cut out or reckoned when it is
    asked for. Use a view at once: it shows the table as it is, not as it was.

    Parameters
    ----------
    columns : read-only columns of the table, at least n_jobs long. n : open jobs. asking : the crew.
    look : returns what is known beyond these jobs, for rules that look ahead; None: nothing is.

    Attributes
    ----------
    now : present minute. crew_kind, crew : the asking crew's kind and number. minutes_left : until it must be there.
    """

    __slots__ = (
        "_asking", "_columns", "_distance", "_look", "_n", "_travel", "_wanted", "crew", "crew_kind", "minutes_left", "now",
    )  # fmt: skip

    def __init__(
        self, columns: Mapping[str, NDArray[Any]], n: int, asking: Asking, look: Callable[[], Outlook] | None = None
    ) -> None:
        self._columns, self._n, self._asking, self._look = columns, n, asking, look
        self._distance: FloatArray | None = None
        self._travel: FloatArray | None = None
        self._wanted: BoolArray | None = None
        self.now, self.minutes_left = asking.now, asking.minutes_left
        self.crew_kind, self.crew = asking.kind, asking.crew

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
    def head(self) -> IntArray:
        """Section at whose upper end the device of the job's zone stands."""
        return self._columns["head"][: self._n]

    @property
    def work(self) -> IntArray:
        """Class of work of a fault that was found (sim.damage.WORK_CLASSES), -1 for all other jobs."""
        return self._columns["work"][: self._n]

    @property
    def at_substation(self) -> IntArray:
        """1 where the zone's device is a feeder's own breaker at its substation, else 0."""
        return self._columns["at_substation"][: self._n]

    @property
    def x(self) -> FloatArray:
        """Place of the job, km east."""
        return self._columns["x"][: self._n]

    @property
    def y(self) -> FloatArray:
        """Place of the job, km north."""
        return self._columns["y"][: self._n]

    @property
    def distance_km(self) -> FloatArray:
        """Straight distance to the asking crew."""
        if self._distance is None:
            dx, dy = self.x - self._asking.x, self.y - self._asking.y
            dx *= dx
            dy *= dy
            dx += dy
            self._distance = np.sqrt(dx, out=dx)
            self._distance.setflags(write=False)
        return self._distance

    @property
    def travel_min(self) -> FloatArray:
        """Minutes of travel over that distance, briefing included."""
        if self._travel is None:
            self._travel = self.distance_km * self._asking.min_per_km
            self._travel += self._asking.mobilise_min
            self._travel.setflags(write=False)
        return self._travel

    @property
    def may(self) -> BoolArray:
        """Whether the crew may take the job: the wind and its orders allow it, and it can be there in time."""
        may = ~self._columns["is_held"][: self._n] & (self.travel_min <= self.minutes_left)
        return may if self._wanted is None else may & self._wanted

    @property
    def outlook(self) -> Outlook | None:
        """What is known beyond these jobs; None where nothing is told."""
        return None if self._look is None else self._look()

    @property
    def asking(self) -> Asking:
        """The crew that asks."""
        return self._asking

    def narrowed(self, wanted: BoolArray) -> View:
        """Return the view in which the crew may take only the jobs wanted, (n_jobs,), of those that it may in this one."""
        out = View(self._columns, self._n, self._asking, self._look)
        out._distance, out._travel = self._distance, self._travel
        out._wanted = wanted if self._wanted is None else self._wanted & wanted
        return out

    def may_take(self, row: int) -> bool:
        """Return `may[row]`, without reckoning all others."""
        if self._columns["is_held"].item(row) or (self._wanted is not None and not self._wanted[row]):
            return False
        asking = self._asking
        dx, dy = self._columns["x"].item(row) - asking.x, self._columns["y"].item(row) - asking.y
        return math.sqrt(dx * dx + dy * dy) * asking.min_per_km + asking.mobilise_min <= asking.minutes_left
