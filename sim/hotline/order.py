"""Many instants in order, soonest first: rough first, then exact, which is several times as fast as at one go."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_WORTH_TWO_STEPS = 400  # instants; changes only the speed
_N_ROUGH = 1 << 16  # as many as are sorted by counting


def time_order(at: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return the places of instants, (n,), in order of time, those of one instant as they stand."""
    if len(at) < _WORTH_TWO_STEPS:
        return at.argsort(kind="stable")
    first = at.min()
    span = at.max() - first
    if not 0.0 < span < np.inf:
        return at.argsort(kind="stable")
    rough = ((at - first) * ((_N_ROUGH - 1) / span)).astype(np.uint16).argsort(kind="stable")
    order: NDArray[np.intp] = rough[at[rough].argsort(kind="stable")]
    return order
