"""The register: every risk under every plan with likelihood, impact, tail, loss, level and how sure that is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.errors import InputError
from sim.experiment.replicate import Experiment
from sim.experiment.statistics import t_interval, wilson_interval
from sim.risk.grade import (
    Range,
    combined,
    grade_range,
    impact_cut_offs,
    runs_for_impact,
    runs_for_likelihood,
)
from sim.risk.judge import Judged, judge, unfit, unit_of
from sim.scenario.expressions import parse
from sim.scenario.model import Scenario
from sim.scenario.risks import LEVELS, Level, Risk, Risks

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Assessed:
    """One risk under one plan.

    n : storms in which it could be judged; n_happened : in which it happened.
    likelihood, lo, hi : share of storms with Wilson's 95 % interval; per year, of at least one in a year.
    in_a_year : the likelihood of at least one in a year; nan without storms per year.
    impact, impact_lo, impact_hi : mean where it happened with its 95 % t-interval; impact_tail : mean of the worst
    tenth of those (`risk.tail_fraction`). loss, loss_tail : the same over all storms, 0 where it did not happen.
    at_least : some of those impacts are cut off by the end of the simulation.
    needed : storms after which likely only one level is left; 0: so already; inf: no number helps, or over a million.
    """

    name: str
    plan: str
    unit: str
    n: int
    n_happened: int
    likelihood: float
    lo: float
    hi: float
    in_a_year: float
    impact: float
    impact_lo: float
    impact_hi: float
    impact_tail: float
    loss: float
    loss_lo: float
    loss_hi: float
    loss_tail: float
    at_least: bool
    likelihood_grade: Range
    impact_grade: Range
    level: Range
    needed: float


@dataclass(frozen=True)
class Register:
    """All risks under all plans, the reference first; `risks` are those in force, in the scenario's order."""

    plans: tuple[str, ...]
    risks: dict[str, Risk]
    rules: Risks
    rows: tuple[Assessed, ...]
    n: int
    seed: int
    per_year: float | None

    def of(self, plan: str) -> list[Assessed]:
        """Return the rows of a plan, in the scenario's order."""
        return [row for row in self.rows if row.plan == plan]

    def row(self, name: str, plan: str) -> Assessed:
        """Return one row."""
        return next(row for row in self.rows if (row.name, row.plan) == (name, plan))

    def ranked(self, plan: str) -> list[Assessed]:
        """Return the rows of a plan, the highest level first, then the likeliest."""

        def key(row: Assessed) -> tuple[int, int, float]:
            return -LEVELS.index(row.level.best), -LEVELS.index(row.level.high), -_number(row.likelihood)

        return sorted(self.of(plan), key=key)

    def is_accepted(self, row: Assessed) -> bool:
        """Return whether a risk is surely within the appetite, so that it may stay as it is."""
        return LEVELS.index(row.level.high) <= LEVELS.index(self.rules.appetite)

    def number(self, name: str) -> int:
        """Return the number of a risk in the register, from 1."""
        return list(self.risks).index(name) + 1


def assess(
    experiment: Experiment, scenario: Scenario, served: int, plans: Sequence[str] = (), file: str = "scenario"
) -> Register:
    """Grade every risk of the scenario under every plan.

    Parameters
    ----------
    served : customers of the network. plans : of the experiment; empty: all. file : named in messages.

    Raises
    ------
    InputError : for measures that the run does not have, a division by zero, or a year without storms per year.
    """
    risks = {name: risk for name, risk in scenario.risks.items() if risk.enabled}
    if problems := unfit(risks, file, experiment.measures):
        raise InputError(problems)
    rules, per_year = scenario.risk, scenario.storm.per_year
    if rules.likelihood_per == "year" and per_year is None:
        raise InputError.one(file, "risk.likelihood_per", '"year"', "needs storm.per_year, which is not given")
    chosen = tuple(plans) or experiment.plans
    rows = []
    for plan in chosen:
        values = measures_of(experiment, plan)
        cut = {name: experiment.is_censored(name)[experiment.plans.index(plan)] for name in experiment.measures}
        for name, risk in risks.items():
            judged = judge(name, risk, values, plan, file)
            cut_here = any(cut[word][judged.happens == 1].any() for word in impact_names(risk))
            rows.append(_assessed(name, plan, risk, judged, rules, served, per_year, cut_here))
    return Register(chosen, risks, rules, tuple(rows), len(experiment.replications), experiment.seed, per_year)


def measures_of(experiment: Experiment, plan: str) -> dict[str, FloatArray]:
    """Return name -> (n_rep,) of all measures of a plan."""
    values = experiment.values[experiment.plans.index(plan)]
    return {name: values[:, i] for i, name in enumerate(experiment.measures)}


def impact_names(risk: Risk) -> frozenset[str]:
    """Return the measures of which a risk's impact is made."""
    return parse(risk.impact, "number").names


def tail_mean(values: ArrayLike, share: float) -> float:
    """Return the mean of the worst `share` of the values, the expected shortfall; nan without any.

    Where that is no whole number of values the last one counts in part (Acerbi and Tasche 2002, On the coherence of
    expected shortfall, definition 2.6), and at least the worst one counts whole.
    """
    x = -np.sort(-np.asarray(values, float))
    if not len(x):
        return math.nan
    size = max(share * len(x), 1.0)
    weight = np.clip(size - np.arange(len(x)), 0.0, 1.0)
    return float((weight * x).sum() / size)


def in_a_year(probability: float, per_year: float) -> float:
    """Return the probability of at least one in a year, storms coming independently at a steady rate (Poisson)."""
    return -math.expm1(-per_year * probability)


def in_a_storm(probability: float, per_year: float) -> float:
    """Return the probability in one storm that makes one of `probability` in a year."""
    return -math.log1p(-probability) / per_year


def _assessed(
    name: str, plan: str, risk: Risk, judged: Judged, rules: Risks, served: int, per_year: float | None, cut: bool
) -> Assessed:
    known = judged.happens[np.isfinite(judged.happens)]
    n, held = len(known), int(known.sum())
    share = held / n if n else math.nan
    chance = (share, *wilson_interval(held, n))
    yearly = math.nan if per_year is None else in_a_year(share, per_year)
    rate = per_year if rules.likelihood_per == "year" else None
    if rate is not None:
        chance = (in_a_year(chance[0], rate), in_a_year(chance[1], rate), in_a_year(chance[2], rate))
    at_cut = (rules.likelihood_medium, rules.likelihood_high)
    per_storm = at_cut if rate is None else (in_a_storm(at_cut[0], rate), in_a_storm(at_cut[1], rate))
    likelihood = grade_range(*chance, at_cut)
    done, loss = judged.impact[np.isfinite(judged.impact)], judged.loss
    mean = t_interval(done)
    unit = unit_of(risk)
    cut_offs = impact_cut_offs(risk, unit, rules, served)
    floor: Level = rules.safety_floor if risk.safety else "low"
    impact = grade_range(*mean, cut_offs, floor)
    level = combined(likelihood, impact)
    needed = 0.0
    if not level.is_sure:
        needed = max(
            runs_for_likelihood(held, n, per_storm) if not likelihood.is_sure else 0.0,
            _runs_for_impact(mean, len(done), share, cut_offs, floor) if not impact.is_sure else 0.0,
        )
    return Assessed(
        name, plan, unit, n, held, *chance, yearly, *mean, tail_mean(done, rules.tail_fraction), *t_interval(loss),
        tail_mean(loss, rules.tail_fraction), cut, likelihood, impact, level, needed,
    )  # fmt: skip


def _runs_for_impact(
    mean: tuple[float, float, float], n: int, share: float, cut_offs: tuple[float, float], floor: Level
) -> float:
    """Return the storms needed for one grade of impact; cut-offs that the floor makes idle do not count."""
    counting = cut_offs if floor == "low" else cut_offs[1:] if floor == "medium" else ()
    if not n or not counting:
        return math.inf
    return runs_for_impact(mean[0], mean[2] - mean[0], n, share, (counting[0], counting[-1]))


def _number(value: float) -> float:
    return value if math.isfinite(value) else -1.0
