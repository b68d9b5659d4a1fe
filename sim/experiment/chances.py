"""What the mean does not say: percentiles with their own error, and how likely each plan is the best one."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim import rng
from sim.experiment.compare import JUDGED, LEVEL, smallest_that_matters
from sim.experiment.replicate import Experiment
from sim.experiment.statistics import percentile_interval, wilson_interval
from sim.metrics.measures import MEASURES
from sim.scenario.model import Scenario

FloatArray = NDArray[np.float64]
SHARES = (0.05, 0.5, 0.95)
LEAST_STORMS = 10
"""Resampled from fewer storms, who won each of them is as good as certain to win: chances would be 0 or 100 %."""
_DRAWS = 4000  # of the resampling: its own error of a probability is below 0.008
_AT_ONCE = 1_000_000  # weights held in memory


@dataclass(frozen=True)
class PercentileRow:
    """One percentile of one measure of one plan; `lo`, `hi` its 95 % interval by order statistics, nan where open."""

    plan: str
    measure: str
    share: float
    n: int
    value: float
    lo: float
    hi: float


@dataclass(frozen=True)
class BestRow:
    """How likely a plan is as good as the best one: no more than `zone` behind it, in the measure's unit.

    probability : that its mean over all storms like these is; by Bayesian bootstrap, nan below LEAST_STORMS. share : of
    the storms drawn in which it was, with Wilson's 95 % interval `share_lo`, `share_hi`. Several plans can be as good as
    the best one.
    """

    plan: str
    measure: str
    n: int
    zone: float
    probability: float
    share: float
    share_lo: float
    share_hi: float


def percentiles(experiment: Experiment) -> tuple[PercentileRow, ...]:
    """Return percentiles of every measure that has a better direction, plan by plan."""
    rows: list[PercentileRow] = []
    for p, plan in enumerate(experiment.plans):
        for measure in experiment.measures:
            if measure not in MEASURES or not MEASURES[measure].better:
                continue
            values = experiment.of(measure)[p]
            known = values[np.isfinite(values)]
            for share in SHARES:
                value, lo, hi = (
                    number if math.isfinite(number) else math.nan for number in percentile_interval(known, share, LEVEL)
                )
                rows.append(PercentileRow(plan, measure, share, len(known), value, lo, hi))
    return tuple(rows)


def best_plans(experiment: Experiment, scenario: Scenario) -> tuple[BestRow, ...]:
    """Return for each judged measure and plan how likely it is as good as the best.

    The zone of indifference is the smallest difference that matters. The Bayesian bootstrap (Rubin 1981) gives every
    storm a random weight, the same for all plans, so that what the plans have in common cancels as in the paired
    differences, and asks how often the weighted mean is within the zone of the lowest one.
    """
    n = len(experiment.replications)
    rows: list[BestRow] = []
    for measure in JUDGED:
        values = experiment.of(measure)
        zone = smallest_that_matters(scenario.matters, measure, float(values[0].mean()))
        probability = np.full(len(values), np.nan)
        if n >= LEAST_STORMS:
            probability = _as_good(_weighted_means(values, experiment.seed, measure), zone).mean(axis=1)
        as_good = _as_good(values, zone)
        for p, plan in enumerate(experiment.plans):
            held = int(as_good[p].sum())
            share = wilson_interval(held, n, LEVEL)
            rows.append(BestRow(plan, measure, n, zone, float(probability[p]), held / n, *share))
    return tuple(rows)


def _as_good(values: FloatArray, zone: float) -> NDArray[np.bool_]:
    """Return where each plan (n_plans, m) is within the zone of the lowest of its column; less is better."""
    return np.asarray(values <= values.min(axis=0) + zone)


def _weighted_means(values: FloatArray, seed: int, measure: str) -> FloatArray:
    """Return means of (n_plans, n_rep) under random weights of the replications, (n_plans, _DRAWS)."""
    return np.concatenate(list(_blocks(values, seed, measure)), axis=1)


def _blocks(values: FloatArray, seed: int, measure: str) -> Iterator[FloatArray]:
    n = values.shape[1]
    at_once = max(1, _AT_ONCE // n)
    for start in range(0, _DRAWS, at_once):
        draws = np.arange(start, min(start + at_once, _DRAWS))
        weights = rng.exponentials(seed, 0, f"best plan {measure}", draws[:, None], np.arange(n)[None, :])
        total = weights.sum(axis=1)
        yield np.stack([(weights * row).sum(axis=1) / total for row in values])
