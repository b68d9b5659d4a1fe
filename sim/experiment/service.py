"""How each plan fared against the standards: probabilities that a clause is met, missed or exempt, and of each grade."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sim.experiment.replicate import Experiment
from sim.experiment.statistics import wilson_interval
from sim.scenario.model import Scenario
from sim.scenario.standards import Clause
from sim.standards import LEVELS, state

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Chance:
    """A probability over the storms with its 95 % Wilson interval."""

    share: float
    lo: float
    hi: float


@dataclass(frozen=True)
class ClauseRow:
    """One clause under one plan.

    n : storms in which there was something to judge; n_none : others. met, missed, exempt : probabilities that a storm
    ends so; exempt means that every case was. figure : mean over the storms of what is held against the clause, in
    `figure_unit`. cases_* : mean shares of the cases. information : the clause is for a mean over more than one storm.
    n_bound : storms whose figure is a lower bound, for cases still open at the horizon.
    """

    plan: str
    clause: str
    terms: Clause
    n: int
    n_none: int
    met: Chance
    missed: Chance
    exempt: Chance
    figure: float
    cases_met: float
    cases_missed: float
    cases_exempt: float
    n_bound: int

    @property
    def information(self) -> bool:
        """Whether one storm cannot decide: the clause is for a mean."""
        return self.terms.mean

    @property
    def form(self) -> Literal["mean", "share", "most"]:
        """What is held against the clause: a mean, the share of cases within the limit, or the share of bad ones."""
        return "mean" if self.terms.mean else "most" if self.terms.about in ("abandoned", "busy") else "share"

    @property
    def figure_unit(self) -> str:
        """Unit of `figure`."""
        return self.terms.unit if self.terms.mean else "fraction"


@dataclass(frozen=True)
class GradeRow:
    """How likely an event grade, and the response level of that name, is under one plan; empty: none.

    response_end_h : mean hours from landfall until the response may end, in storms of that grade; nan without any.
    """

    plan: str
    grade: str
    n: int
    chance: Chance
    response_end_h: float


def clause_rows(experiment: Experiment, scenario: Scenario) -> tuple[ClauseRow, ...]:
    """Return every enabled clause under every plan, clause by clause; empty for a run that did not judge them."""
    return tuple(
        _clause(experiment, plan, name, terms)
        for name, terms in scenario.standards.judged.items()
        if f"standard_{name}" in experiment.measures
        for plan in experiment.plans
    )


def grade_rows(experiment: Experiment, scenario: Scenario) -> tuple[GradeRow, ...]:
    """Return the probability of each event grade of the place's kind under every plan, "" standing for no grade."""
    if "event_grade" not in experiment.measures:
        return ()
    levels = (*scenario.standards.grades[scenario.standards.area_class].levels, "")
    rows = []
    for p, plan in enumerate(experiment.plans):
        found = experiment.of("event_grade")[p]
        for level in levels:
            code = LEVELS.index(level) + 1 if level else 0
            such = found == code
            chance = _chance(int(np.count_nonzero(such)), len(found))
            end_h = _mean(experiment.of("event_response_end_h")[p][such])
            rows.append(GradeRow(plan, level, len(found), chance, end_h))
    return tuple(rows)


def _clause(experiment: Experiment, plan: str, name: str, terms: Clause) -> ClauseRow:
    p = experiment.plans.index(plan)

    def column(ending: str) -> FloatArray:
        values: FloatArray = experiment.of(f"standard_{name}{ending}")[p]
        return values

    states = [state(kept, exempt) for kept, exempt in zip(column("_kept"), column("_exempt"), strict=True)]
    n_none = states.count("none")
    n = len(states) - n_none
    met, missed, exempt = (_chance(states.count(each), n) for each in ("met", "missed", "exempt"))
    figure, cases_met, cases_missed, cases_exempt = (_mean(column(e)) for e in ("", "_met", "_missed", "_exempt"))
    n_bound = int(experiment.is_censored(f"standard_{name}")[p].sum())
    return ClauseRow(
        plan, name, terms, n, n_none, met, missed, exempt, figure, cases_met, cases_missed, cases_exempt, n_bound
    )


def _chance(held: int, n: int) -> Chance:
    return Chance(held / n if n else math.nan, *wilson_interval(held, n))


def _mean(values: Sequence[float] | FloatArray) -> float:
    known = np.asarray(values)[np.isfinite(values)]
    return float(known.mean()) if len(known) else math.nan
