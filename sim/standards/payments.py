"""Payments to customers for a long interruption."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]


def payment(
    hours: ArrayLike, after_h: float, first: float, further: float, further_h: float | None, cap: float | None
) -> FloatArray:
    """Return what one customer is paid for an interruption of so many hours, (n,), in the currency of the amounts.

    Nothing up to and at `after_h`: power that is back within the time is back in time. Beyond it `first`, and `further`
    for every whole `further_h` more (None: nothing more); at most `cap` (None: no cap).
    """
    beyond = np.asarray(hours, float) - after_h
    steps = np.floor(beyond / further_h) if further_h is not None else np.zeros(beyond.shape)
    due = np.where(beyond > 0, first + further * np.maximum(steps, 0.0), 0.0)
    return np.asarray(due if cap is None else np.minimum(due, cap))
