"""The time axis of figures: minutes since the scenario's start, labelled with local dates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.scenario.model import Scenario
from sim.units import MIN_PER_DAY, MIN_PER_H, instant_at, minutes_since
from sim.words import Words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BEFORE_LANDFALL_MIN = 12 * MIN_PER_H
_MOST_TICKS = 8


@dataclass(frozen=True)
class Clock:
    """Turns minutes since the scenario's start into local dates, in the words of a language."""

    scenario: Scenario
    words: Words

    def local(self, at_min: float) -> datetime:
        """Return the local instant."""
        return instant_at(self.scenario.start, at_min, self.scenario.timezone)

    def iso(self, at: ArrayLike) -> list[str]:
        """Return local instants as ISO text to the minute, with offset."""
        return [self.local(minute).isoformat(timespec="minutes") for minute in np.asarray(at, float).tolist()]

    def date(self, at_min: float) -> str:
        """Return the local date, such as 9 Sep."""
        return self._date(self.local(at_min))

    def date_time(self, at_min: float) -> str:
        """Return the local date and clock time, such as 9 Sep 07:30."""
        local = self.local(at_min)
        return self.words("date.time", date=self._date(local), clock=f"{local:%H:%M}")

    def after_landfall_h(self, at: ArrayLike) -> NDArray[np.float64]:
        """Return hours after landfall."""
        return (np.asarray(at, float) - self.scenario.landfall_at) / MIN_PER_H

    def window(self, grid_at: NDArray[np.float64], active: ArrayLike, reach_to: float = 0.0) -> tuple[float, float]:
        """Return the stretch worth showing: from just before landfall to half a day after the last activity.

        active : (n_grid,) whether something still happens. reach_to : show at least up to this minute.
        """
        start = max(0.0, self.scenario.landfall_at - BEFORE_LANDFALL_MIN)
        busy = grid_at[np.asarray(active, bool)]
        last = max(float(busy[-1]) if len(busy) else 0.0, reach_to, self.scenario.landfall_at + MIN_PER_DAY)
        return start, min(last + MIN_PER_DAY / 2, float(grid_at[-1]) if grid_at[-1] > start else last)

    def midnights(self, start: float, end: float) -> list[float]:
        """Return the local midnights between two instants, minutes since the start."""
        zone = ZoneInfo(self.scenario.timezone)
        day = self.local(start).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
        out = []
        for _ in range(int((end - start) / MIN_PER_DAY) + 3):
            minute = minutes_since(self.scenario.start, day.replace(tzinfo=zone))
            if start <= minute <= end:
                out.append(minute)
            day += timedelta(days=1)
        return out

    def mark(self, axes: Axes, window: tuple[float, float], most: int = _MOST_TICKS) -> None:
        """Give an axis the window and its local dates; small ticks at every midnight, labels at some."""
        days = self.midnights(*window)
        every = max(1, -(-len(days) // most))
        labels = {day: self.date(day) for day in days[::every]}
        if len(days) <= most // 2:
            noons = [day + MIN_PER_DAY / 2 for day in (days[0] - MIN_PER_DAY, *days)] if days else []
            labels |= {noon: f"{self.local(noon):%H:%M}" for noon in noons if window[0] <= noon <= window[1]}
        axes.set_xlim(*window)
        axes.set_xticks(list(labels), list(labels.values()))
        axes.set_xticks(days, minor=True)

    def landfall(self, axes: Axes, label: bool = True) -> None:
        """Draw the instant of landfall."""
        at = self.scenario.landfall_at
        axes.axvline(at, color="#555555", linewidth=0.8, linestyle=(0, (1, 1.5)), zorder=1)
        if label:
            axes.annotate(
                self.words("axis.landfall"), (at, 1.0), xycoords=("data", "axes fraction"), xytext=(3, -1),
                textcoords="offset points", va="top", ha="left", size=7, color="#555555",
            )  # fmt: skip

    def _date(self, local: datetime) -> str:
        month = self.words(f"date.month_{local.month}")
        return self.words("date.day", day=local.day, month=month)
