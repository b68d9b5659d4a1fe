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


def wilson_interval(held: int, n: int, level: float = 0.95) -> tuple[float, float]:
    """Return (lo, hi): Wilson's (1927) score interval of a probability, from `held` of n independent trials.

    (0, 1) for no trial. It stays within 0 and 1 and keeps near its level for few trials and for shares near 0
    and 1, where mean plus or minus two standard errors does not.
    """
    if n == 0:
        return 0.0, 1.0
    from scipy.special import ndtri

    z2 = float(ndtri(1 - (1 - level) / 2)) ** 2
    share = held / n
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = math.sqrt(z2 * (share * (1 - share) / n + z2 / (4 * n * n))) / (1 + z2 / n)
    return max(0.0, middle - half), min(1.0, middle + half)
