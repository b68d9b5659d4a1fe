"""Calls a part at a time: arrays over all callers of a city are large, those over the callers of some sections are not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.hotline.batch import IntArray

_AT_ONCE = 50_000  # calls, about


def by_sections(section: NDArray[Any], n_sections: int) -> Iterator[IntArray]:
    """Yield the rows of the calls of some sections, in their order, until all sections have had their turn.

    The sections of one part come before those of the next. `section` (n_calls,): of each call.
    """
    upto = np.cumsum(np.bincount(section, minlength=n_sections))
    part = (upto // _AT_ONCE).astype(np.int32)
    of_call = part[section]
    for number in np.unique(part).tolist():
        rows = np.flatnonzero(of_call == number)
        if len(rows):
            yield rows
