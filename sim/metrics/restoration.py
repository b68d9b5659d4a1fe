"""Customers out as a step function of time: the peak, and the times from landfall until enough are back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.metrics.intervals import Dark
from sim.units import MIN_PER_H

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

SHARES_RESTORED = (0.50, 0.80, 0.90, 0.95, 0.99, 1.00)


@dataclass(frozen=True)
class StepCurve:
    """A count that changes at instants: `value[i]` holds from `at[i]` up to `at[i + 1]`, 0 before the first.

    All changes of one instant are taken together.
    """

    at: FloatArray
    value: IntArray

    def __call__(self, at: ArrayLike) -> IntArray:
        """Return the value at each instant; a change at that very instant has happened."""
        before = np.searchsorted(self.at, np.asarray(at, float), side="right")
        return np.concatenate(([0], self.value))[before]


def step_curve(start: ArrayLike, end: ArrayLike, weight: ArrayLike, still: ArrayLike | None = None) -> StepCurve:
    """Return the sum of the weights of the intervals that are running, as a step curve.

    `still` (n,) marks intervals that do not end at `end` because the horizon cut them off.
    """
    start, end = np.asarray(start, float), np.asarray(end, float)
    weight = np.broadcast_to(np.asarray(weight, np.int64), start.shape)
    ends = np.ones(len(start), bool) if still is None else ~np.asarray(still, bool)
    at, where = np.unique(np.concatenate((start, end[ends])), return_inverse=True)
    change = np.zeros(len(at), np.int64)
    np.add.at(change, where.ravel(), np.concatenate((weight, -weight[ends])))
    return StepCurve(at, np.cumsum(change))


def customers_out(dark: Dark) -> StepCurve:
    """Return customers without supply over time; those dark at the horizon stay out."""
    return step_curve(dark.start, dark.end, dark.customers, dark.censored)


def peak(out: StepCurve) -> tuple[float, float]:
    """Return the most customers out and the first minute of it; (0, nan) when nobody ever was."""
    if len(out.at) == 0 or out.value.max() == 0:
        return 0.0, float("nan")
    top = int(out.value.argmax())
    return float(out.value[top]), float(out.at[top])


def time_to_restore_h(
    out: StepCurve, share: float, ever_interrupted: float, landfall_at: float, horizon: float
) -> tuple[float, bool]:
    """Return hours from landfall until customers out stay below (1 - share) of those ever interrupted.

    For share 1 that is until nobody is out. Zero when it was so from landfall on. The second value tells that
    it was not reached by the horizon: the first is then the hours to the horizon, and the truth is later.
    """
    limit = round((1.0 - share) * ever_interrupted, 6)
    high = out.value >= limit if limit > 0 else out.value > 0
    last = np.flatnonzero(high)
    if len(last) == 0:
        return 0.0, False
    if last[-1] == len(out.at) - 1:
        return (horizon - landfall_at) / MIN_PER_H, True
    return max(0.0, float(out.at[last[-1] + 1]) - landfall_at) / MIN_PER_H, False
