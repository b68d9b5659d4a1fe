"""In which storms a risk happens, and what it does there: expressions applied to the measures of every storm."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.errors import InputError, Problem, nearest_name
from sim.metrics.further import unit_of_measure
from sim.metrics.measures import MEASURES
from sim.scenario.expressions import Expression, parse
from sim.scenario.risks import IMPACT_UNITS, Risk

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Judged:
    """One risk under one plan, storm by storm; arrays (n_rep,).

    happens : 1 or 0, nan where it cannot be said because a measure has no meaning in that storm.
    impact : what it does where it happens, nan elsewhere and where that has no meaning.
    """

    happens: FloatArray
    impact: FloatArray

    @property
    def every_loss(self) -> FloatArray:
        """Return the impact where it happens, 0 where it does not, and nan where either cannot be said, (n_rep,)."""
        return np.where(self.happens == 1, self.impact, self.happens)

    @property
    def loss(self) -> FloatArray:
        """Return the losses of the storms in which they can be said."""
        return self.every_loss[np.isfinite(self.every_loss)]


def unfit(risks: Mapping[str, Risk], file: str, known: Sequence[str] = tuple(MEASURES)) -> list[Problem]:
    """Return the risks over measures that there are not, or whose impact has no unit with cut-offs.

    Parameters
    ----------
    file : named in the message. known : names of measures at hand; by default all that a run takes.

    Raises
    ------
    InputError with every problem.
    """
    problems: list[Problem] = []
    for name, risk in risks.items():
        if not risk.enabled:
            continue
        used = {"when": parse(risk.when, "truth").names, "impact": parse(risk.impact, "number").names}
        for key, names in used.items():
            problems += [
                Problem(file, f"risks.{name}.{key}", word, f"not among the {len(known)} measures", nearest_name(word, list(known)))
                for word in sorted(names - set(known))
            ]  # fmt: skip
        if not problems and unit_of(risk) not in IMPACT_UNITS and risk.impact_medium is None:
            allowed = "one of " + ", ".join(IMPACT_UNITS) + "; or give impact_medium and impact_high"
            problems.append(Problem(file, f"risks.{name}.unit", unit_of(risk), allowed))
    return problems


def unit_of(risk: Risk) -> str:
    """Return the unit of a risk's impact: its own, else that of the measures of which it is made, if they agree."""
    if risk.unit:
        return risk.unit
    units = {unit_of_measure(name) for name in parse(risk.impact, "number").names}
    return units.pop() if len(units) == 1 else ""


def judge(name: str, risk: Risk, values: Mapping[str, FloatArray], plan: str, file: str = "scenario") -> Judged:
    """Apply a risk to the measures of every storm of a plan.

    Parameters
    ----------
    values : name of each measure -> (n_rep,). name, plan, file : for messages.

    Raises
    ------
    InputError naming risk, plan and storm of a division by zero or a number beyond all measure.
    """
    when, impact = parse(risk.when, "truth"), parse(risk.impact, "number")
    n = len(next(iter(values.values())))
    happens, done = np.full(n, math.nan), np.full(n, math.nan)
    for i in range(n):
        happens[i] = _at(when, values, i, f"risks.{name}.when", plan, file)
        if happens[i] == 1:
            done[i] = _at(impact, values, i, f"risks.{name}.impact", plan, file)
    return Judged(happens, done)


def _at(expression: Expression, values: Mapping[str, FloatArray], i: int, where: str, plan: str, file: str) -> float:
    try:
        return expression({name: float(values[name][i]) for name in expression.names})
    except ZeroDivisionError:
        allowed = f"division by zero in storm {i} under {plan}; put what must hold first, as in `x > 0 and y / x > 2`"
        raise InputError.one(file, where, f'"{expression.text}"', allowed) from None
    except OverflowError:
        allowed = f"too large a number in storm {i} under {plan}"
        raise InputError.one(file, where, f'"{expression.text}"', allowed) from None
