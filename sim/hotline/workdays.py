"""When an office is open: working days of a calendar, and time counted in opening minutes."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.scenario.public import CALENDAR_DAYS
from sim.units import minutes_since

FloatArray = NDArray[np.float64]


class OpeningHours:
    """The opening hours of an office from a start on, exact across changes of daylight saving time.

    Parameters
    ----------
    start : instant from which minutes count. timezone : IANA name of the office's clock.
    opens, closes : local minutes of the day, opens < closes <= 1440.
    weekdays : days of the week on which it opens, 0 for Monday. holidays : dates on which it does not.

    Attributes
    ----------
    closing_at : (n_days,) closing minute of each working day; the last is the end of the calendar.

    Raises
    ------
    ValueError when the calendar has no working day.
    """

    def __init__(
        self, start: datetime, timezone: str, opens: float, closes: float, weekdays: Collection[int],
        holidays: Collection[date] = (),
    ) -> None:  # fmt: skip
        zone, first = ZoneInfo(timezone), start.astimezone(ZoneInfo(timezone)).date()
        every = [first + timedelta(days=i) for i in range(CALENDAR_DAYS)]
        days = [day for day in every if day.weekday() in weekdays and day not in holidays]
        if not days:
            raise ValueError("no working day")

        def at(minute: float) -> FloatArray:
            clock = [datetime(d.year, d.month, d.day) + timedelta(minutes=minute) for d in days]
            return np.array([minutes_since(start, instant.replace(tzinfo=zone)) for instant in clock])

        self._midnight, self._opening, self.closing_at = at(0.0), at(opens), at(closes)
        self._before = np.concatenate([[0.0], np.cumsum(self.closing_at - self._opening)])

    @property
    def end(self) -> float:
        """Opening minutes in the whole calendar."""
        return float(self._before[-1])

    def worked(self, at: ArrayLike) -> FloatArray:
        """Return the opening minutes from the start of the calendar's first day up to instants."""
        at = np.asarray(at, float)
        day = np.searchsorted(self._opening, at, "right") - 1
        inside = np.clip(at - self._opening[day], 0.0, self.closing_at[day] - self._opening[day])
        return np.where(day < 0, 0.0, self._before[day] + inside)

    def instant(self, worked: ArrayLike) -> FloatArray:
        """Return the earliest instant by which so many opening minutes have passed; inf past the calendar."""
        worked = np.asarray(worked, float)
        return self._at(np.searchsorted(self._before, worked, "left") - 1, worked)

    def next_open(self, worked: ArrayLike) -> FloatArray:
        """Return the instant at which the opening minute after so many begins; inf past the calendar."""
        worked = np.asarray(worked, float)
        return self._at(np.searchsorted(self._before, worked, "right") - 1, worked)

    def _at(self, day: NDArray[np.int64], worked: FloatArray) -> FloatArray:
        known = np.clip(day, 0, len(self._opening) - 1)
        return np.where(day < len(self._opening), self._opening[known] + (worked - self._before[known]), np.inf)

    def days_after(self, at: ArrayLike, n: int) -> FloatArray:
        """Return the end of the n-th working day after the day of each instant; inf past the calendar."""
        day = np.searchsorted(self._midnight, np.asarray(at, float), "right") + n - 1
        return np.where(day < len(self.closing_at), self.closing_at[np.minimum(day, len(self.closing_at) - 1)], np.inf)

    def days_until(self, at: ArrayLike, until: ArrayLike) -> FloatArray:
        """Return the least n for which `until` is not after the end of the n-th working day after the day of `at`.

        It is 0 on the same day, or on days before the next working day; inf past the calendar.
        """
        until = np.asarray(until, float)
        day = np.searchsorted(self.closing_at, until, "left")
        n = day - np.searchsorted(self._midnight, np.asarray(at, float), "right") + 1
        return np.where(until <= self.closing_at[-1], np.maximum(n, 0), np.inf)
