"""Treatments compared: what each plan costs, what harm it leaves on average and in the worst storms, and who is at risk.

Money and harm stay apart. A transfer (contract, insurance) moves money only. A plan that breaks a safety floor is told,
and never recommended, however cheap it is.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sim.errors import Problem, nearest_name
from sim.experiment.replicate import Experiment
from sim.experiment.spending import lacking, no_more, part_rows
from sim.experiment.statistics import t_interval
from sim.metrics.measures import MEASURES
from sim.risk.judge import judge
from sim.risk.register import Register, measures_of, tail_mean
from sim.scenario.model import Scenario
from sim.scenario.plans import plan as plan_of
from sim.scenario.risks import LEVELS, Level, Treatment

FloatArray = NDArray[np.float64]
Safety = Literal["kept", "unsure", "broken"]


@dataclass(frozen=True)
class Mean:
    """A mean with its 95 % t-interval."""

    mean: float
    lo: float
    hi: float


@dataclass(frozen=True)
class Compared:
    """One plan as a treatment, per storm.

    kind : avoid, transfer, mitigate or accept. cash : cost of the storm, of the treatment and of insurance, less what the
    insurer pays; more : cash minus that of the reference, paired. besides, premium, recovered : parts of it.
    hours, hours_tail : customer-hours in the dark, mean and mean of the worst part; saved : fewer than under the reference.
    lacking : what cash does not hold for want of a price: by part, how much more of it than under the reference.
    price : currency per customer-hour saved, nan unless hours are saved beyond chance and cash holds all that differs.
    total, total_tail : cash and valued customer-hours together; nan without a value.
    safety : whether the floors for risks to people hold; endangered : those for which they may not.
    levels : number of risks left at each level. is_dominated : an admissible plan is no worse in cash, parts without a
    price, hours and tail, and better in one.
    """

    plan: str
    kind: str
    cash: Mean
    more: Mean
    besides: float
    premium: float
    recovered: float
    hours: Mean
    hours_tail: float
    saved: Mean
    lacking: dict[str, float]
    price: float
    total: Mean
    total_tail: float
    safety: Safety
    endangered: tuple[str, ...]
    levels: dict[Level, int]
    is_dominated: bool

    @property
    def residual(self) -> Level:
        """The highest level that is left."""
        return next((level for level in reversed(LEVELS) if self.levels[level]), "low")


def uninsurable(scenario: Scenario, file: str, known: Sequence[str] = tuple(MEASURES)) -> list[Problem]:
    """Return the insured measures that there are not, of the scenario and of every plan."""
    found = []
    for name in scenario.plans:
        own = "treatment" in scenario.plans[name].overrides
        where = f"plans.{name}.treatment.insured" if own else "treatment.insured"
        treatment = plan_of(scenario, name).settings.treatment
        if treatment.limit > 0 and treatment.insured not in known:
            near = nearest_name(treatment.insured, list(known))
            found.append(Problem(file, where, f'"{treatment.insured}"', f"not among the {len(known)} measures", near))
    return list(dict.fromkeys(found))


def paid_out(treatment: Treatment, insured: FloatArray) -> FloatArray:
    """Return what the insurer pays in every storm: what lies above the excess, up to the limit."""
    return np.clip(insured - treatment.excess, 0.0, treatment.limit)


def compare(experiment: Experiment, scenario: Scenario, register: Register) -> tuple[Compared, ...]:
    """Compare the register's plans against the experiment's reference plan.

    `uninsurable` has refused insured measures that the experiment does not have.
    """
    rows = [_compared(experiment, scenario, register, plan) for plan in register.plans]
    return tuple(_marked(row, rows) for row in rows)


def best(rows: Sequence[Compared]) -> list[Compared]:
    """Return the plans to choose among: safe and least in total where harm is valued, else safe and not dominated.

    A total that lacks what has no price is none.
    """
    safe = [row for row in rows if row.safety != "broken"]
    valued = [row for row in safe if math.isfinite(row.total.mean)]
    if valued and not any(row.lacking for row in rows):
        return [min(valued, key=lambda row: row.total.mean)]
    return [row for row in safe if not row.is_dominated]


def _compared(experiment: Experiment, scenario: Scenario, register: Register, plan: str) -> Compared:
    mine = measures_of(experiment, plan)
    base = measures_of(experiment, experiment.reference)
    treatment = _treatment(scenario, plan)
    cash, base_cash = _cash(mine, treatment), _cash(base, _treatment(scenario, experiment.reference))
    hours, base_hours = mine["customer_hours"], base["customer_hours"]
    more, saved = Mean(*t_interval(cash - base_cash)), Mean(*t_interval(base_hours - hours))
    value = register.rules.customer_hour_value
    total = cash + value * hours if value is not None else np.full(len(cash), math.nan)
    safety, endangered = _safety(register, mine, base, plan)
    levels: dict[Level, int] = dict.fromkeys(LEVELS, 0)
    for row in register.of(plan):
        levels[row.level.best] += 1
    share = register.rules.tail_fraction
    without = lacking(part_rows(experiment, scenario.cost), plan, experiment.reference)
    return Compared(
        plan, treatment.kind, Mean(*t_interval(cash)), more, treatment.cost, treatment.premium,
        float(np.mean(_recovered(mine, treatment))), Mean(*t_interval(hours)), tail_mean(hours, share), saved,
        without, more.mean / saved.mean if saved.lo > 0 and not without else math.nan, Mean(*t_interval(total)),
        tail_mean(total, share) if value is not None else math.nan, safety, endangered, levels, False,
    )  # fmt: skip


def _treatment(scenario: Scenario, plan: str) -> Treatment:
    return plan_of(scenario, plan).settings.treatment


def _cash(values: Mapping[str, FloatArray], treatment: Treatment) -> FloatArray:
    return values["cost"] + treatment.cost + treatment.premium - _recovered(values, treatment)


def _recovered(values: Mapping[str, FloatArray], treatment: Treatment) -> FloatArray:
    if treatment.limit == 0:
        return np.zeros(len(values["cost"]))
    return paid_out(treatment, values[treatment.insured])


def _safety(
    register: Register, mine: Mapping[str, FloatArray], base: Mapping[str, FloatArray], plan: str
) -> tuple[Safety, tuple[str, ...]]:
    """Return whether the floors hold, and the risks to people for which they may not.

    With `safety_likelihood_max` the share found decides; without, that of the reference plan in the same storms: broken
    where it is higher beyond chance, unsure where it is higher.
    """
    most = register.rules.safety_likelihood_max
    verdicts: dict[str, Safety] = {}
    for name, risk in register.risks.items():
        if not risk.safety:
            continue
        happens = judge(name, risk, mine, plan).happens
        if most is not None:
            known = happens[np.isfinite(happens)]
            verdicts[name] = "broken" if len(known) and known.mean() > most else "kept"
            continue
        change = happens - judge(name, risk, base, plan).happens
        mean, lo, _ = t_interval(change[np.isfinite(change)])
        verdicts[name] = "broken" if lo > 0 else "unsure" if mean > 0 else "kept"
    endangered = tuple(name for name, verdict in verdicts.items() if verdict != "kept")
    if "broken" in verdicts.values():
        return "broken", endangered
    return ("unsure" if endangered else "kept"), endangered


def _marked(row: Compared, rows: Sequence[Compared]) -> Compared:
    def numbers(each: Compared) -> tuple[float, float, float]:
        return each.cash.mean, each.hours.mean, each.hours_tail

    mine = numbers(row)
    dominated = any(
        other.safety != "broken"
        and all(a <= b for a, b in zip(numbers(other), mine, strict=True))
        and no_more(other.lacking, row.lacking)
        and (numbers(other) != mine or other.lacking != row.lacking)
        for other in rows
    )
    return replace(row, is_dominated=dominated)
