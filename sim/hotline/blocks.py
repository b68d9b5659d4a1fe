"""Calls a part at a time: arrays over all callers of a city are large, those over the callers of some sections are not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.hotline.batch import IntArray
from sim.hotline.kinds import group_and_number

_AT_ONCE = 50_000  # calls, about


def by_sections(section: NDArray[Any], n_sections: int) -> Iterator[IntArray]:
    """Yield the rows of the calls of some sections, in their order, until all sections have had their turn.

    The sections of one part come before those of the next. `section` (n_calls,): of each call.
    """
    upto = np.cumsum(np.bincount(section, minlength=n_sections))
    part = (upto // _AT_ONCE).astype(np.int32)
    of_call = part[section]
    for number in range(int(part.max(initial=-1)) + 1):
        rows = np.flatnonzero(of_call == number)
        if len(rows):
            yield rows


def number_people(section: IntArray, caller: NDArray[np.int32]) -> tuple[IntArray, IntArray]:
    """Return a number for the person behind each call, (n_calls,), and for each number its section, group by group.

    Numbers are in the order of `person_of`; there are some for nobody. No caller may be a stranger.
    """
    group, number = group_and_number(caller)
    n_groups = int(group.max(initial=0)) + 1
    first = int(section.min(initial=0)) * n_groups
    group += section * n_groups - first
    most = np.zeros(int(group.max(initial=-1)) + 1, np.int64)
    np.maximum.at(most, group, number + 1)
    upto = np.cumsum(most)
    return (upto - most)[group] + number, (np.repeat(np.arange(len(most)), most) + first) // n_groups
