"""How sure a percentile of a few replications is."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike


def percentile_interval(values: ArrayLike, share: float, level: float = 0.95) -> tuple[float, float, float]:
    """Return (quantile, lo, hi): a quantile and its interval between two order statistics.

    The number of n independent values below the true quantile is binomial(n, share), so that any two order statistics
    hold it with a known probability whatever the distribution (David and Nagaraja 2003, Order Statistics, 7.1). Each
    end leaves out at most (1 - level) / 2; an end that no value can bound is infinite. nan for no values.
    """
    x = np.sort(np.asarray(values, float))
    n = len(x)
    if n == 0:
        return math.nan, math.nan, math.nan
    below = [math.comb(n, k) * share**k * (1 - share) ** (n - k) for k in range(n + 1)]
    cumulated = np.cumsum(below)
    tail = (1 - level) / 2
    # the r-th value lies above the quantile with probability P(K < r); the last r that keeps the tail is the low end
    low = int(np.searchsorted(cumulated, tail, side="right"))
    high = int(np.searchsorted(cumulated, 1 - tail, side="left"))
    lo = float(x[low - 1]) if low >= 1 else -math.inf
    hi = float(x[high]) if high < n else math.inf
    return float(np.quantile(x, share)), lo, hi
