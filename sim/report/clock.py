"""The time axis of figures: minutes since the scenario's start, labelled with local dates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.dates import Dates
from sim.units import MIN_PER_DAY, MIN_PER_H

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BEFORE_LANDFALL_MIN = 12 * MIN_PER_H
_MOST_TICKS = 8
_EDGE = 0.04


class Clock(Dates):
    """Local dates, and what figures need to draw them on an axis."""

    def iso(self, at: ArrayLike) -> list[str]:
        """Return local instants as ISO text to the minute, with offset."""
        return [self.local(minute).isoformat(timespec="minutes") for minute in np.asarray(at, float).tolist()]

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

    def seen(self, grid_at: NDArray[np.float64], window: tuple[float, float]) -> slice:
        """Return which grid instants to draw in a window: those in it, and one to each side for the lines to its edge."""
        first, last = np.searchsorted(grid_at, window[0], "right") - 1, np.searchsorted(grid_at, window[1])
        return slice(max(0, int(first)), int(last) + 1)

    def around(self, grid_at: NDArray[np.float64], active: ArrayLike) -> tuple[float, float]:
        """Return the stretch in which something happens, and landfall, with some room; (n_grid,) `active`."""
        busy = np.append(grid_at[np.asarray(active, bool)], self.scenario.landfall_at)
        first, last = float(busy.min()), float(busy.max())
        room = max(0.08 * (last - first), 3 * MIN_PER_H)
        return max(0.0, first - room), last + room

    def mark(self, axes: Axes, window: tuple[float, float], most: int = _MOST_TICKS) -> None:
        """Give an axis the window and its local dates; small ticks at every midnight, labels at some."""
        days = self.midnights(*window)
        every = max(1, -(-len(days) // most))
        edge = window[1] - _EDGE * (window[1] - window[0])  # a label there would run into the next panel's first
        labels = {day: self.date(day) for day in days[::every] if day <= edge}
        if days and len(days) <= most // 2:
            step = MIN_PER_DAY / (4 if window[1] - window[0] < 1.5 * MIN_PER_DAY else 2)
            count = int(MIN_PER_DAY / step)
            between = [day + i * step for day in (days[0] - MIN_PER_DAY, *days) for i in range(1, count)]
            labels |= {at: f"{self.local(at):%H:%M}" for at in between if window[0] <= at <= edge}
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
