"""Plans that are out of the race: no more storms are played for a plan that cannot be the best by what matters.

The rule is that of Kim and Nelson (2001, A fully sequential procedure for indifference-zone selection in simulation,
ACM TOMACS 11(3), 251), which allows for judging again and again, and for the plans meeting the same storms. It is
applied to each judged measure by itself, with a third of the 5 %: with a probability of 95 % none of the plans that are
best in one of them, by the smallest difference that matters, is dropped. A plan is out when it is behind in all of them.
Looking at fixed batch ends only, less often than the rule allows, makes it no less safe.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sim.experiment.compare import JUDGED, LEVEL, smallest_that_matters
from sim.experiment.replicate import Dropped, Experiment, Loss, Replication
from sim.metrics.measures import MEASURE_NAMES
from sim.scenario.model import Matters, Scenario

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True)
class _Out:
    plan: int
    losses: tuple[tuple[int, float], ...]  # of each judged measure: rival, and how far behind it


class Race:
    """Which plans are still in the race after the replications so far; `standing` holds their places."""

    def __init__(self, scenario: Scenario, n_plans: int, measures: Sequence[str] = MEASURE_NAMES) -> None:
        self._scenario = scenario
        self._columns = [list(measures).index(name) for name in JUDGED]
        self.standing = tuple(range(n_plans))

    def __call__(self, done: Sequence[Replication]) -> tuple[int, ...]:
        """Return the places of the plans that go on, after the replications 0 to len(done) - 1."""
        if _is_judged(len(done), self._scenario):
            values = np.stack([replication.values[:, self._columns] for replication in done], axis=1)
            cut = np.stack([replication.censored[:, self._columns] for replication in done], axis=1)
            out = {each.plan for each in judged(values, cut, self.standing, self._scenario)}
            self.standing = tuple(place for place in self.standing if place not in out)
        return self.standing


def is_run(scenario: Scenario) -> bool:
    """Whether plans can drop out: where [precision] is open and judges a measure for which there is a zone."""
    precision = scenario.precision
    return precision.is_open and precision.drop_plans and precision.measure in JUDGED


def settle(played: Experiment, scenario: Scenario) -> Experiment:
    """Return the plans that were in the race to the end, with those that dropped out; a function of the values alone."""
    if not is_run(scenario):
        return played
    columns = [played.measures.index(name) for name in JUDGED]
    values, cut = played.values[:, :, columns], played.censored[:, :, columns]
    standing, found = tuple(range(len(played.plans))), []
    last = len(played.replications)
    for n in range(1, last):  # after the last one there is nothing to drop out of
        if not _is_judged(n, scenario):
            continue
        zones = _zones(values[:, :n], scenario)
        for out in judged(values[:, :n], cut[:, :n], standing, scenario):
            standing = tuple(place for place in standing if place != out.plan)
            losses = tuple(
                Loss(name, played.plans[rival], behind, float(zone))
                for name, (rival, behind), zone in zip(JUDGED, out.losses, zones, strict=True)
            )
            beside = played.cut((0, out.plan), range(n))
            found.append(Dropped(played.plans[out.plan], out.plan, played.titles[out.plan], n, losses, beside))
    if _is_judged(last, scenario):
        at_last = {out.plan for out in judged(values, cut, standing, scenario)}
        is_decided = {0, *at_last} == set(standing) and len(played.plans) > 1
    else:
        is_decided = standing == (0,) and len(played.plans) > 1
    return replace(played.cut(standing, range(last)), dropped=tuple(found), is_decided=is_decided)


def judged(values: FloatArray, cut: BoolArray, standing: Sequence[int], scenario: Scenario) -> list[_Out]:
    """Return the plans that are out after n replications.

    values, cut : (n_plans, n, 3), the judged measures, less being better, and where the horizon cut them off: a plan
    that looks better than it is drops no other. The reference plan, at 0, is never out: all are compared with it, and a
    plan that is level with it when nothing is left to allow for is behind.
    """
    zones = _zones(values, scenario)
    out = []
    for plan in standing[1:]:
        found = [
            _loss(values[:, :, m], plan, [each for each in standing if each != plan and not cut[each, :, m].any()],
                  first_judgement(scenario), float(zones[m]))
            for m in range(len(JUDGED))
        ]  # fmt: skip
        losses = tuple(loss for loss in found if loss is not None)
        if len(losses) == len(JUDGED):
            out.append(_Out(plan, losses))
    return out


def _loss(values: FloatArray, plan: int, rivals: Sequence[int], m: int, zone: float) -> tuple[int, float] | None:
    """Return the rival that a plan is furthest behind in a measure, (n_plans, n), and how far; None if it may be best."""
    losses = []
    for rival in rivals:
        difference = values[plan] - values[rival]
        behind = float(difference.mean())
        allowed = allowance(difference[:m], len(difference), len(values), zone)
        if behind > allowed or (rival == 0 and behind == allowed):
            losses.append((rival, behind))
    return max(losses, key=lambda loss: loss[1], default=None)


def allowance(first: FloatArray, n: int, n_plans: int, zone: float) -> float:
    """Return how far a plan's mean over n storms may be behind a rival's before it is out.

    first : the differences in the first storms, whose variance is held to for good. zone : of indifference. With alpha a
    third of 5 % and m first storms, eta = ((2 alpha / (n_plans - 1))^(-2 / (m - 1)) - 1) / 2 and h^2 = 2 eta (m - 1), the
    allowance is zone / (2 n) (h^2 S^2 / zone^2 - n), never below 0 (Kim and Nelson 2001, with c = 1). Infinite without
    a zone, unless the differences are all the same.
    """
    m = len(first)
    if not np.ptp(first) > 0 and np.isfinite(first).all():
        return 0.0
    if not zone > 0 or m < 2 or not np.isfinite(first).all():
        return math.inf
    alpha = (1 - LEVEL) / len(JUDGED)
    eta = ((2 * alpha / (n_plans - 1)) ** (-2 / (m - 1)) - 1) / 2
    reach = 2 * eta * (m - 1) * float(first.var(ddof=1)) / zone**2
    return float(max(0.0, zone / (2 * n) * (reach - n)))


def first_judgement(scenario: Scenario) -> int:
    """Return the first batch end at which plans are judged."""
    precision = scenario.precision
    return -(-precision.minimum // precision.batch) * precision.batch


def _is_judged(n: int, scenario: Scenario) -> bool:
    return n >= first_judgement(scenario) and n % scenario.precision.batch == 0


def _zones(values: FloatArray, scenario: Scenario) -> FloatArray:
    """Return the smallest difference that matters of each judged measure, from the reference's first storms."""
    matters: Matters = scenario.matters
    means = values[0, : first_judgement(scenario)].mean(axis=0).tolist()
    return np.array([smallest_that_matters(matters, name, mean) for name, mean in zip(JUDGED, means, strict=True)])
