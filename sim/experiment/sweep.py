"""A sweep: plans played at every combination of varied keys, against the same storms."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.experiment.compare import JUDGED, smallest_that_matters
from sim.experiment.cut_off import GROWING, Bound, bound_of_difference, had_it_gone_on
from sim.experiment.pool import Engine, Processes
from sim.experiment.series import Setting, replicate
from sim.experiment.statistics import t_interval
from sim.metrics.measures import MEASURE_NAMES, MEASURES
from sim.scenario.vary import Value, Vary, combinations, described, varied

if TYPE_CHECKING:
    from sim.scenario.model import Scenario
    from sim.scenario.plans import Plan

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True)
class Point:
    """One plan with one combination of values, in the order of the varied keys."""

    plan: str
    values: tuple[Value, ...]


@dataclass(frozen=True)
class Design:
    """What a sweep plays.

    `setting` has the scenario's reference plan first, then each swept plan as it stands, then a plan per
    point that differs from its own. `row` and `own_row` say where in `setting.plans` a point, and the plan
    of a point as it stands, are found.
    """

    setting: Setting
    varies: tuple[Vary, ...]
    plans: tuple[str, ...]
    points: tuple[Point, ...]
    row: tuple[int, ...]
    own_row: tuple[int, ...]


@dataclass(frozen=True)
class Scores:
    """All measures of all that was played; arrays (n_rows, n_rep, n_measures), columns as MEASURE_NAMES."""

    values: FloatArray
    censored: BoolArray


@dataclass(frozen=True)
class SweepRow:
    """One measure at one point: mean and 95 % interval over the storms, and paired against the plan as it stands.

    `difference`, `difference_lo`, `difference_hi`: point minus plan as it stands, storm by storm. Every interval
    holds for itself alone. `n_censored`: storms in which the point is cut off by the horizon; `difference_bound`: what
    the difference is really.
    """

    plan: str
    values: tuple[Value, ...]
    measure: str
    n: int
    mean: float
    lo: float
    hi: float
    p05: float
    median: float
    p95: float
    difference: float
    difference_lo: float
    difference_hi: float
    n_censored: int
    difference_bound: Bound


@dataclass(frozen=True)
class Sweep:
    """A finished sweep: `scores` of everything in `design.setting.plans`, `numbers` of the storms."""

    design: Design
    numbers: tuple[int, ...]
    scores: Scores

    def of(self, measure: str) -> FloatArray:
        """Return one measure at every point, (n_points, n_rep)."""
        return self.scores.values[list(self.design.row), :, MEASURE_NAMES.index(measure)]

    def own(self, measure: str) -> FloatArray:
        """Return one measure of every point's plan as it stands, (n_points, n_rep)."""
        return self.scores.values[list(self.design.own_row), :, MEASURE_NAMES.index(measure)]

    def is_censored(self, measure: str) -> BoolArray:
        """Return where a point's measure is cut off by the horizon, (n_points, n_rep)."""
        return self.scores.censored[list(self.design.row), :, MEASURE_NAMES.index(measure)]

    def rows(self, measure: str) -> list[SweepRow]:
        """Return the rows of one measure, point by point."""
        values, own, cut = self.of(measure), self.own(measure), self.is_censored(measure)
        own_cut = self.scores.censored[list(self.design.own_row), :, MEASURE_NAMES.index(measure)]
        out = []
        for i, point in enumerate(self.design.points):
            known = values[i][np.isfinite(values[i])]
            paired = (values[i] - own[i])[np.isfinite(values[i] - own[i])]
            of_cut = [bool(each[i].any()) and self.design.row[i] != self.design.own_row[i] for each in (cut, own_cut)]
            ours, theirs = of_cut if MEASURES[measure].better != "high" else reversed(of_cut)
            p05, median, p95 = np.quantile(known, (0.05, 0.5, 0.95)).tolist() if len(known) else [math.nan] * 3
            out.append(
                SweepRow(
                    point.plan, point.values, measure, len(known), *t_interval(known), p05, median, p95,
                    *t_interval(paired), int(cut[i].sum()), bound_of_difference(ours, theirs),
                )
            )  # fmt: skip
        return out


@dataclass(frozen=True)
class Enough:
    """The least value of the first key beyond which more of it no longer matters, all else fixed.

    `others` are the values of the other keys. `value` is the first in the order given whose mean is within
    `threshold` of the best mean, that at `best`; `first` and `last` are the ends of what was tried. `gain`:
    how much lower the mean is at `best` than at `value`. `at_most`: the most by which any value beyond `value` may
    be better, the greatest upper end of the paired 95 % intervals, which hold together (Bonferroni); nan for one
    storm. `gained`: the least by which `value` may be better than any value before it, the least lower end of such
    intervals; nan for one storm, 0 where none is before it.
    `at_least`: the mean at `value` rests on storms that the horizon cuts off; `is_open`: so `value` may be another, as a
    time that was not reached may be any longer one, or as a sum would have it had the runs gone on. `worse_at`: the first value beyond
    it at which the mean is worse by more than the threshold, which can be so though nothing was taken away.
    """

    plan: str
    measure: str
    others: tuple[Value, ...]
    value: Value
    best: Value
    first: Value
    last: Value
    first_mean: float
    mean: float
    best_mean: float
    gain: float
    at_most: float
    gained: float
    threshold: float
    at_least: bool
    is_open: bool
    worse_at: Value | None


def design(setting: Setting, varies: Sequence[Vary], plans: Sequence[str]) -> Design:
    """Lay out a sweep; `setting` holds the reference plan first and the swept plans as they stand."""
    played = list(setting.plans)
    index = {plan.name: i for i, plan in enumerate(played)}
    points, row, own_row = [], [], []
    for name in plans:
        own = played[index[name]]
        for values in combinations(varies):
            point = varied(setting.scenario, name, varies, values)
            if point.settings != own.settings:
                played.append(replace(point, name=f"{name}: {described(varies, values)}"))
            points.append(Point(name, values))
            row.append(index[name] if point.settings == own.settings else len(played) - 1)
            own_row.append(index[name])
    full = replace(setting, plans=tuple(played))
    return Design(full, tuple(varies), tuple(plans), tuple(points), tuple(row), tuple(own_row))


def score(setting: Setting, number: int, n: int | None = len(MEASURE_NAMES)) -> Scores:
    """Play one storm under all plans of the setting and keep its first n measures, by default MEASURES; None: all.

    Returns (n_plans, 1, n_measures).
    """
    played = replicate(setting, number)
    return Scores(played.values[:, None, :n], played.censored[:, None, :n])


def play_points(
    setting: Setting,
    points: Sequence[Plan],
    storms: int,
    progress: Callable[[int, int], None] | None = None,
    engine: Engine | None = None,
) -> list[Scores]:
    """Play storms 0 to `storms` - 1 under each of the points; return one Scores per point, (1, n_rep, n_measures).

    The reference plan, first in the setting, is played too, since measures are taken against it.
    """
    full = replace(setting, plans=(setting.plans[0], *points))
    done: dict[int, Scores] = {}
    with closing((engine or Processes(1)).in_order(score, full, range(storms))) as played:
        for scores in played:
            done[len(done)] = scores
            if progress is not None:
                progress(len(done), storms)
    both = gather_scores(done)
    return [Scores(both.values[[row]], both.censored[[row]]) for row in range(1, len(full.plans))]


def gather(design: Design, by_number: Mapping[int, Scores]) -> Sweep:
    """Put the storms of a sweep side by side, in order of their numbers."""
    return Sweep(design, tuple(sorted(by_number)), gather_scores(by_number))


def gather_scores(by_number: Mapping[int, Scores]) -> Scores:
    """Put the scores of single storms side by side, in order of their numbers."""
    ordered = [by_number[number] for number in sorted(by_number)]
    values = np.concatenate([scores.values for scores in ordered], axis=1)
    return Scores(values, np.concatenate([scores.censored for scores in ordered], axis=1))


def seconds_per_play(setting: Setting, clock: Callable[[], float] = time.perf_counter) -> float:
    """Return how long one storm under one plan takes here: the reference plan in the first storm, once warm."""
    alone = replace(setting, plans=setting.plans[:1])
    replicate(alone, 0)
    begun = clock()
    replicate(alone, 0)
    return clock() - begun


def enough(sweep: Sweep, measure: str, scenario: Scenario) -> list[Enough]:
    """Return the least value of the first key beyond which more no longer matters, per plan and other values.

    Empty unless the first key's values are numbers and the measure is a judged one, of which less is better and
    which has a smallest difference that matters.
    """
    first = sweep.design.varies[0]
    if measure not in JUDGED or not first.is_numeric:
        return []
    slices: dict[tuple[str, tuple[Value, ...]], list[int]] = {}
    for i, point in enumerate(sweep.design.points):
        slices.setdefault((point.plan, point.values[1:]), []).append(i)
    values, cut = sweep.of(measure), sweep.is_censored(measure)
    rows = list(sweep.design.row)
    growing, scores = measure in GROWING, sweep.scores
    gone_on = had_it_gone_on(scores.values[rows], scores.censored[rows], measure, scenario.horizon_h) if growing else values
    found = []
    for (name, others), mine in slices.items():
        means = values[mine].mean(axis=1)
        threshold = smallest_that_matters(scenario.matters, measure, float(sweep.own(measure)[mine[0]].mean()))
        best = int(np.argmin(means))
        least = int(np.flatnonzero(means - means[best] <= threshold)[0])
        longer = gone_on[mine].mean(axis=1)
        changes = int(np.flatnonzero(longer - longer.min() <= threshold)[0]) != least
        at_least = bool(cut[mine[least]].any())
        worse = np.flatnonzero(means[least:] - means[least] > threshold)
        beyond = [values[mine[least]] - values[i] for i in mine[least + 1 :]]
        at_most = max((t_interval(x, n_comparisons=len(beyond))[2] for x in beyond), default=0.0)
        before = [values[i] - values[mine[least]] for i in mine[:least]]
        gained = min((t_interval(x, n_comparisons=len(before))[1] for x in before), default=0.0)
        found.append(
            Enough(
                plan=name,
                measure=measure,
                others=others,
                value=first.values[least],
                best=first.values[best],
                first=first.values[0],
                last=first.values[-1],
                first_mean=float(means[0]),
                mean=float(means[least]),
                best_mean=float(means[best]),
                gain=float(means[least] - means[best]),
                at_most=at_most,
                gained=gained,
                threshold=threshold,
                at_least=at_least,
                is_open=changes if growing else at_least,
                worse_at=first.values[least + worse[0]] if len(worse) else None,
            )
        )
    return found
