"""Numbers of people who do something, each with the same chance, by inversion: one level, one number."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from sim.hotline.batch import IntArray


def binomial_quantile(u: ArrayLike, n: ArrayLike, p: float) -> IntArray:
    """Return the least k with P(Binomial(n, p) <= k) >= u, by summing the probabilities from 0 upwards.

    Parameters
    ----------
    u, n : levels in (0, 1) and numbers of trials, (m,).
    p : chance of each trial.
    """
    level, trials = np.asarray(u, np.float64), np.asarray(n, np.int64)
    if p >= 1.0:
        return trials.copy()
    k = np.zeros(len(trials), np.int64)
    if p <= 0.0:
        return k
    log_none = trials * math.log1p(-p)
    huge = log_none < -600.0  # the chance of none would underflow
    if huge.any():
        from scipy.special import bdtr, bdtrik

        guess = np.ceil(bdtrik(level[huge], trials[huge], p))
        below = np.maximum(guess - 1, 0)
        k[huge] = np.where(bdtr(below, trials[huge], p) >= level[huge], below, guess)
    mass = np.exp(np.where(huge, 0.0, log_none))
    active = np.flatnonzero((mass < level) & (trials > 0) & ~huge)
    mass, level, trials = mass[active], level[active], trials[active]
    reached, done = mass.copy(), 0
    while len(active):
        mass *= (trials - done) / (done + 1.0) * (p / (1.0 - p))
        reached += mass
        done += 1
        # the last clause: levels so close to one that rounding keeps the sum below them
        more = (reached < level) & (done < trials) & (mass > 1e-18 * reached)
        k[active[~more]] = done
        active, trials = active[more], trials[more]
        mass, reached, level = mass[more], reached[more], level[more]
    return k
