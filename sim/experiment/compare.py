"""Plans side by side: means with intervals, paired differences against the reference, verdicts."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from sim.experiment.cut_off import had_it_gone_on
from sim.experiment.replicate import Dropped, Experiment
from sim.experiment.statistics import t_interval
from sim.metrics.measures import MEASURES
from sim.scenario.model import Matters, Scenario
from sim.units import MIN_PER_H

Verdict = Literal["better", "worse", "too_small", "cannot_tell"]

LEVEL = 0.95
JUDGED = ("t95_h", "customer_hours", "complaints")
"""The three measures that get a verdict."""


@dataclass(frozen=True)
class SummaryRow:
    """One measure of one plan over the replications.

    `lo`, `hi` is the 95 % t-interval of the mean, nan when n < 2.
    """

    plan: str
    measure: str
    n: int  # replications in which the measure has a meaning
    mean: float
    lo: float
    hi: float
    sd: float
    median: float
    p05: float
    p95: float
    n_censored: int


@dataclass(frozen=True)
class PairedRow:
    """Plan minus reference, replication by replication, in the measure's unit: negative is less.

    `lo`, `hi` is the simultaneous 95 % interval of the mean difference; `relative*` the same over the
    reference's mean; `threshold` the smallest difference that matters, in the measure's unit; `share_better`
    the share of simulated runs of this storm in which the plan is better, ties counted half; `n_censored` the
    replications in which either value is cut off by the horizon.
    """

    plan: str
    measure: str
    n: int
    reference_mean: float
    plan_mean: float
    difference: float
    lo: float
    hi: float
    relative: float
    relative_lo: float
    relative_hi: float
    threshold: float
    share_better: float
    n_censored: int
    verdict: Verdict


@dataclass(frozen=True)
class ComplaintBand:
    """The complaint verdict at the low end, the middle and the high end of the complaint hazard.

    `rows[end]` are PairedRows (one per plan other than the reference); `ranking[end]` all plans, fewest mean
    complaints first; `ranking_changes` whether those orders differ; `verdict_changes` the plans whose verdict
    differs between the ends.
    """

    rows: dict[str, tuple[PairedRow, ...]]  # "low" | "middle" | "high"
    ranking: dict[str, tuple[str, ...]]
    ranking_changes: bool
    verdict_changes: tuple[str, ...]


@dataclass(frozen=True)
class Comparison:
    """Everything the answer and the tables say about the plans."""

    reference: str
    plans: tuple[str, ...]  # reference first
    n: int
    level: float  # 0.95
    n_comparisons: int  # intervals that hold together with that level (Bonferroni)
    summary: tuple[SummaryRow, ...]  # plan by plan, measures in the order of MEASURES
    paired: tuple[PairedRow, ...]  # plans other than the reference, JUDGED measures
    complaint_band: ComplaintBand
    best: dict[str, str]  # measure -> plan with the best mean
    dropped: tuple[Dropped, ...]  # plans out of the race early; their rows are of the storms that they were played in
    dropped_summary: tuple[SummaryRow, ...]
    dropped_paired: tuple[PairedRow, ...]

    def row(self, plan: str, measure: str) -> SummaryRow:
        """Return the summary of one measure of one plan."""
        return next(r for r in self.summary if r.plan == plan and r.measure == measure)

    def pair(self, plan: str, measure: str) -> PairedRow:
        """Return the paired difference of one judged measure of one plan."""
        return next(r for r in self.paired if r.plan == plan and r.measure == measure)


def compare(experiment: Experiment, scenario: Scenario, level: float = LEVEL) -> Comparison:
    """Set all plans against the reference plan.

    The intervals of the paired differences hold together: Bonferroni over the plans other than the reference
    times the three judged measures, plans that dropped out counted. The complaint rows at the low and high end are
    widened in the same way, each end for itself.
    """
    plans = experiment.plans
    summary = tuple(_summary(experiment, plan, name, level) for plan in plans for name in _known(experiment))
    limits = (level, n_comparisons(experiment.n_raced))
    paired = tuple(_pair(experiment, scenario.matters, p, name, *limits) for p in plans[1:] for name in JUDGED)
    return Comparison(
        reference=experiment.reference,
        plans=plans,
        n=len(experiment.replications),
        level=level,
        n_comparisons=n_comparisons(experiment.n_raced),
        summary=summary,
        paired=paired,
        complaint_band=_complaint_band(experiment, scenario.matters, *limits),
        best=_best(summary),
        dropped=experiment.dropped,
        dropped_summary=tuple(
            _summary(out.beside, out.plan, name, level) for out in experiment.dropped for name in _known(experiment)
        ),
        dropped_paired=tuple(
            _pair(out.beside, scenario.matters, out.plan, name, *limits)
            for out in experiment.dropped
            for name in JUDGED
        ),
    )


def _known(experiment: Experiment) -> list[str]:
    """Return the measures that have a unit and a direction; cost parts and standards have tables of their own."""
    return [name for name in experiment.measures if name in MEASURES]


def n_comparisons(n_plans: int) -> int:
    """Return how many intervals hold together: the plans other than the reference times the judged measures.

    Bonferroni is kept because what it promises needs nothing but each interval's own coverage. The measures of a plan
    are strongly dependent, and Dunnett's or a resampled max-t quantile would shorten the intervals by some per cent,
    but rest on a joint normal model or on resampling 20 storms; Holm's steps would give more verdicts, but none that
    the printed intervals show.
    """
    return max(1, (n_plans - 1) * len(JUDGED))


def verdict(mean: float, lo: float, hi: float, threshold: float) -> Verdict:
    """Judge a difference (plan minus reference, less is better) by its interval and a threshold.

    * too_small: the whole interval lies strictly between -threshold and +threshold, or no replication differs
      at all;
    * better: the whole interval lies below zero and the mean is at or below -threshold: it is sure that the
      plan is better, and the best estimate is that it matters;
    * worse: the mirror image;
    * cannot_tell: everything else: the interval holds zero and reaches to a threshold, or it leaves out zero
      while the mean is short of the threshold that part of the interval passes, or there is no interval.
    """
    if not (math.isfinite(lo) and math.isfinite(hi)):
        return "cannot_tell"
    if (-threshold < lo and hi < threshold) or lo == hi == 0.0:
        return "too_small"
    if hi < 0 and mean <= -threshold:
        return "better"
    if lo > 0 and mean >= threshold:
        return "worse"
    return "cannot_tell"


def _summary(experiment: Experiment, plan: str, measure: str, level: float) -> SummaryRow:
    index = experiment.plans.index(plan)
    values = experiment.of(measure)[index]
    known = values[np.isfinite(values)]
    mean, lo, hi = t_interval(known, level)
    sd = float(known.std(ddof=1)) if len(known) > 1 else math.nan
    median, p05, p95 = np.quantile(known, (0.5, 0.05, 0.95)).tolist() if len(known) else [math.nan] * 3
    n_censored = int(experiment.is_censored(measure)[index].sum())
    return SummaryRow(plan, measure, len(known), mean, lo, hi, sd, median, p05, p95, n_censored)


def _pair(
    experiment: Experiment,
    matters: Matters,
    plan: str,
    measure: str,
    level: float,
    n_intervals: int,
) -> PairedRow:
    """Return the paired row of one measure; values cut off by the horizon may not decide in their own favour.

    A verdict that rests on values cut off by the horizon stands only if it is the same without the cut: see the
    comment on times below, and `had_it_gone_on`.
    """
    index = experiment.plans.index(plan)
    ours, theirs = experiment.of(measure)[index], experiment.of(measure)[0]
    ours_cut, theirs_cut = experiment.is_censored(measure)[index], experiment.is_censored(measure)[0]
    base = float(theirs.mean())
    threshold = smallest_that_matters(matters, measure, base)
    difference = ours - theirs
    mean, lo, hi = t_interval(difference, level, n_intervals)
    said = verdict(mean, lo, hi, threshold)
    if measure == "t95_h":
        # a time that was not reached may be any longer one: it may undo what speaks for its plan
        against = {"better": ours_cut, "worse": theirs_cut, "too_small": ours_cut | theirs_cut}
        unsure = said in against and bool(against[said].any())
    else:
        horizon_h = float(experiment.grid_at[-1]) / MIN_PER_H
        gone_on = had_it_gone_on(experiment.values, experiment.censored, measure, horizon_h)
        unsure = verdict(*t_interval(gone_on[index] - gone_on[0], level, n_intervals), threshold) != said
    if unsure:
        said = "cannot_tell"
    scale = base if base > 0 else math.nan
    return PairedRow(
        plan=plan,
        measure=measure,
        n=len(difference),
        reference_mean=base,
        plan_mean=float(ours.mean()),
        difference=mean,
        lo=lo,
        hi=hi,
        relative=mean / scale,
        relative_lo=lo / scale,
        relative_hi=hi / scale,
        threshold=threshold,
        share_better=float(np.mean((difference < 0) + 0.5 * (difference == 0))),
        n_censored=int((ours_cut | theirs_cut).sum()),
        verdict=said,
    )


def smallest_that_matters(matters: Matters, measure: str, reference_mean: float) -> float:
    """Return the smallest difference that matters, in the measure's unit."""
    if measure == "t95_h":
        return matters.t95_h
    if measure == "customer_hours":
        return matters.customer_hours_fraction * reference_mean
    return matters.complaints_fraction * reference_mean


def _complaint_band(experiment: Experiment, matters: Matters, level: float, n_intervals: int) -> ComplaintBand:
    names = {"low": "complaints_low", "middle": "complaints", "high": "complaints_high"}
    rows = {
        end: tuple(_pair(experiment, matters, p, name, level, n_intervals) for p in experiment.plans[1:])
        for end, name in names.items()
    }
    ranking = {}
    for end, name in names.items():
        means = experiment.of(name).mean(axis=1)
        ranking[end] = tuple(experiment.plans[i] for i in np.argsort(means, kind="stable"))
    verdicts = {plan: {rows[end][i].verdict for end in names} for i, plan in enumerate(experiment.plans[1:])}
    return ComplaintBand(
        rows=rows,
        ranking=ranking,
        ranking_changes=len(set(ranking.values())) > 1,
        verdict_changes=tuple(plan for plan, said in verdicts.items() if len(said) > 1),
    )


def _best(summary: tuple[SummaryRow, ...]) -> dict[str, str]:
    """Return the plan with the best mean of each measure that has a better direction."""
    best: dict[str, SummaryRow] = {}
    for row in summary:
        direction = MEASURES[row.measure].better if row.measure in MEASURES else ""
        if not direction or math.isnan(row.mean):
            continue
        leader = best.get(row.measure)
        sign = 1.0 if direction == "low" else -1.0
        if leader is None or sign * row.mean < sign * leader.mean:
            best[row.measure] = row
    return {measure: row.plan for measure, row in best.items()}
