"""Intervals for means of a few replications."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike


def t_interval(values: ArrayLike, level: float = 0.95, n_comparisons: int = 1) -> tuple[float, float, float]:
    """Return (mean, lo, hi): Student's t-interval of the mean.

    With `n_comparisons` intervals of this kind all hold together with at least probability `level`
    (Bonferroni). The replications are independent storms; a mean of 20 or more of them is close enough to
    normal for this use, and the t-quantile widens the interval for fewer. nan bounds for fewer than two
    values.
    """
    x = np.asarray(values, float)
    if len(x) == 0:
        return math.nan, math.nan, math.nan
    mean = float(x.mean())
    if len(x) < 2:
        return mean, math.nan, math.nan
    from scipy.special import stdtrit

    quantile = float(stdtrit(len(x) - 1, 1 - (1 - level) / 2 / n_comparisons))
    half = quantile * float(x.std(ddof=1)) / math.sqrt(len(x))
    return mean, mean - half, mean + half
