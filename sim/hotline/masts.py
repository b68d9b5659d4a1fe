"""Mobile masts: in an area that is dark for longer than their batteries last, phones fall silent.

One mast stands in each wind cell, a square of 3 km in networks that are grown or read from tables, and is fed from the
cell's section with the most customers. Where masts really stand is not known to the program.
"""

from __future__ import annotations

from copy import copy

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.grid.network import Network

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


class Masts:
    """Which masts are silent at an instant, given who went dark and came back.

    Parameters
    ----------
    battery_min : minutes that a mast works without supply.
    """

    def __init__(self, network: Network, battery_min: float) -> None:
        self._battery_min = battery_min
        self.fed_from = fed_from(network)
        self._feeds: BoolArray = np.zeros(network.n_sections, bool)
        self._feeds[self.fed_from] = True
        self._dark_at: FloatArray = np.full(network.n_sections, np.inf)
        self._over: list[tuple[int, float, float]] = []  # spells of silence that have ended: fed from, start, end

    def copy(self) -> Masts:
        """Return the same state, to go on by itself."""
        other = copy(self)
        other._dark_at, other._over = self._dark_at.copy(), self._over.copy()
        return other

    def went_dark(self, sections: ArrayLike, at: float) -> None:
        """Take note that sections (n,) lost supply."""
        self._dark_at[np.asarray(sections, np.int64)] = at

    def restored(self, sections: ArrayLike, at: float) -> None:
        """Take note that sections (n,) have supply again."""
        back = np.asarray(sections, np.int64)
        silent_at = self._dark_at[back] + self._battery_min
        for i in np.flatnonzero(self._feeds[back] & (silent_at < at)).tolist():
            self._over.append((int(back[i]), float(silent_at[i]), at))
        self._dark_at[back] = np.inf

    def silent(self, section: IntArray, at: FloatArray | float) -> BoolArray:
        """Say whether the mast that serves sections was silent at instants, (n,), later than the last `forget`."""
        mast = self.fed_from[section]
        found = np.asarray(self._dark_at[mast] + self._battery_min <= at)
        for fed, start, end in self._over:
            found |= (mast == fed) & (start <= at) & (at < end)
        return found

    def forget(self, until: float) -> None:
        """Forget what was before a minute; nobody will ask."""
        self._over = [spell for spell in self._over if spell[2] > until]


def fed_from(network: Network) -> IntArray:
    """Return the section that feeds the mast serving each section, (n_sections,): of its cell the one with most customers.

    Of equal ones the first counts.
    """
    order = np.lexsort((np.arange(network.n_sections), -network.customers, network.cell))
    cell, first = np.unique(network.cell[order], return_index=True)
    feeder = np.zeros(int(network.cell.max(initial=-1)) + 1, np.int64)
    feeder[cell] = order[first]
    return feeder[network.cell]
