"""Area commanders with crews of their own: crews go to the area with the largest backlog and stay for a period."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.dispatch.view import View

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
Rule = Callable[[View], FloatArray]


@dataclass(frozen=True)
class Term:
    """For how long a crew of a kind belongs to the commander of an area."""

    area: int
    until: float
    kind: str


class LargestBacklogArea:
    """Crews belong to the commander of an area, who orders them by an index rule within the area.

    A crew that asks and belongs to nobody, or whose commander has no work for it, is given to the area with the most
    minutes of waiting work for its kind per crew of that kind, itself counted: the highest averages of D'Hondt. It
    stays for `period_min`.

    Parameters
    ----------
    base : the index rule. period_min : length of a term.

    Attributes
    ----------
    note : called with minute, crew, area and the end of the term whenever a crew is given to an area.
    """

    def __init__(self, base: Rule, period_min: float) -> None:
        self._base, self._period = base, period_min
        self._terms: dict[int, Term] = {}
        self.note: Callable[[float, int, int, float], None] | None = None

    def __call__(self, view: View) -> FloatArray:
        """Score the jobs of the crew's area by the index rule, all others lowest."""
        may = view.may
        if not may.any():
            return self._base(view)
        return np.where(view.area == self._area(view, may), self._base(view), -np.inf)

    def _area(self, view: View, may: BoolArray) -> int:
        term = self._terms.get(view.crew)
        if term is not None and view.now < term.until and bool((may & (view.area == term.area)).any()):
            return term.area
        waiting = np.bincount(view.area[may], view.expected_min[may])
        crews = np.ones(len(waiting))
        for crew, other in self._terms.items():
            counts = crew != view.crew and other.kind == view.crew_kind and view.now < other.until
            if counts and other.area < len(crews):
                crews[other.area] += 1
        area = int((waiting / crews).argmax())
        until = view.now + self._period
        self._terms[view.crew] = Term(area, until, view.crew_kind)
        if self.note is not None:
            self.note(view.now, view.crew, area, until)
        return area
