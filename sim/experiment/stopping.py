"""Enough storms: stopping by the half-width of the paired differences, judged at fixed batch ends.

The judgement looks at the replications 0 to n - 1 for n a multiple of the batch, whatever the order in which workers
finished them, so that it depends on the scenario alone; only the time budget looks at the clock. A run of exactly the
n at which another one stopped gives the same results.

A series that stops at the first interval that is narrow enough stops too often on one that is narrow by chance (Chow
and Robbins 1965 show the right coverage only as the width shrinks to nothing). A fixed number of storms more makes good
for that (Simons 1968): here one batch is drawn after the goal is met. With it the last interval holds the truth in 93 %
of series or more, where it claims 95 %, for differences of skewness up to 1: see the tests.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sim.experiment.compare import LEVEL, n_comparisons
from sim.experiment.replicate import Experiment, Replication
from sim.experiment.statistics import t_interval
from sim.scenario.model import Precision

Ending = Literal["reached", "maximum", "number", "alone"]
FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class GrowthRow:
    """How sure one plan's difference was after n storms: `half_width` of its simultaneous 95 % t-interval.

    `plan` minus reference, in the measure's unit; `goal` is what the half-width has to come down to, nan without
    one. Where the reference plan is alone, its own mean stands for the difference.
    """

    n: int
    plan: str
    difference: float
    half_width: float
    goal: float


@dataclass(frozen=True)
class Growth:
    """How precision grew, batch by batch, and why it ended there.

    ended : "reached": one batch was drawn after every half-width came within the goal; "maximum": as many storms as allowed;
    "alone": every other plan was out of the race; "number": the number was given, or the time was up, which is one:
    results do not depend on the clock.
    """

    measure: str
    rows: tuple[GrowthRow, ...]
    ended: Ending


class Enough:
    """Say after each replication whether to stop; `why` tells which rule stopped it: "goal", "time" or "race"."""

    def __init__(
        self, precision: Precision, measures: Sequence[str], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._precision = precision
        self._column = list(measures).index(precision.measure)
        self._clock = clock
        self._started = self._batch_started = clock()
        self.why = ""

    def __call__(self, done: Sequence[Replication], standing: Sequence[int]) -> bool:
        """Return whether the replications 0 to len(done) - 1 are enough, for the plans at these places."""
        if len(done) % self._precision.batch:
            return False
        now = self._clock()
        taken, self._batch_started = now - self._batch_started, now
        if len(done) < self._precision.minimum:
            return False
        values = np.stack([replication.values[:, self._column] for replication in done], axis=1)
        if len(standing) == 1 < len(values):
            self.why = "race"
        elif was_reached(values[list(standing)], self._precision, len(values)):
            self.why = "goal"
        elif self._precision.time_budget_min is not None:
            late = now - self._started + taken > 60.0 * self._precision.time_budget_min
            self.why = "time" if late else ""
        return bool(self.why)


def growth(experiment: Experiment, precision: Precision) -> Growth:
    """Return how precision grew over the batches of an experiment; a function of its values alone."""
    values, n = experiment.of(precision.measure), len(experiment.replications)
    plans = experiment.plans[1:] or experiment.plans
    rows: list[GrowthRow] = []
    for end in sorted({*range(precision.batch, n + 1, precision.batch), n}):
        goal = _goal(values[:, :end], precision)
        found = _half_widths(values[:, :end], experiment.n_raced)
        rows += [GrowthRow(end, plan, mean, half, goal) for plan, (mean, half) in zip(plans, found, strict=True)]
    ended: Ending = "number"
    if experiment.is_decided:
        ended = "alone"
    elif n % precision.batch == 0 and was_reached(values, precision, experiment.n_raced):
        ended = "reached"
    elif precision.is_open and n == precision.maximum:
        ended = "maximum"
    return Growth(precision.measure, tuple(rows), ended)


def was_reached(values: FloatArray, precision: Precision, n_raced: int = 0) -> bool:
    """Return whether every half-width was within the goal one batch ago; `values` (n_plans, n_rep), reference first.

    n_raced : how many plans there were at the start, if more.
    """
    before = values[:, : values.shape[1] - precision.batch]
    if before.shape[1] < precision.minimum:
        return False
    goal = _goal(before, precision)
    return all(half <= goal for _, half in _half_widths(before, max(n_raced, len(values))))


def _goal(values: FloatArray, precision: Precision) -> float:
    if precision.half_width is None:
        return math.nan
    return precision.half_width * (float(np.abs(values[0].mean())) if precision.relative else 1.0)


def _half_widths(values: FloatArray, n_raced: int) -> list[tuple[float, float]]:
    """Return (mean difference, half-width) of each plan other than the reference; of the reference where alone."""
    differences = values[1:] - values[0] if len(values) > 1 else values
    found = [t_interval(difference, LEVEL, n_comparisons(n_raced)) for difference in differences]
    return [(mean, hi - mean) for mean, _, hi in found]
