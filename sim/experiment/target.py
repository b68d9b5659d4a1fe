"""A target: the least of a key at which a condition holds in the stated share of storms, found by search."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.errors import InputError, Problem, nearest_name
from sim.experiment.cut_off import Bound, bound_of_mean
from sim.experiment.statistics import wilson_interval
from sim.experiment.sweep import Scores
from sim.metrics.measures import MEASURE_NAMES, MEASURES
from sim.scenario.vary import Value, Vary, varied

if TYPE_CHECKING:
    from sim.experiment.series import Setting
    from sim.scenario.plans import Plan

BoolArray = NDArray[np.bool_]

COARSE = 9
"""Values tried in the first round, evenly spaced, both ends among them."""
BETWEEN = 3
"""Values tried between a failing and a holding one in each further round."""
BESIDE = 2
"""Neighbours tried on each side of the answer, since more of a key need not help."""

_OPTION = "--until"
_FORM = 'a measure, <=, <, >= or >, and a number, as in "t95_h <= 48"; several are joined by "and"'
_PART = re.compile(r"\s*(\w+)\s*(<=|>=|<|>)\s*([+-]?[\d_]*\.?\d+(?:[eE][+-]?\d+)?)\s*")


@dataclass(frozen=True)
class Condition:
    """One comparison of a measure with a limit, in the measure's unit."""

    measure: str
    relation: str
    limit: float

    def holds(self, scores: Scores, row: int) -> BoolArray:
        """Return in which storms it holds, (n_rep,); never where the value has no meaning or is cut off.

        A value cut off by the horizon is a bound of an unknown one, so it fulfils nothing.
        """
        column = MEASURE_NAMES.index(self.measure)
        values, cut = scores.values[row, :, column], scores.censored[row, :, column]
        compare = {"<=": np.less_equal, "<": np.less, ">=": np.greater_equal, ">": np.greater}[self.relation]
        return np.asarray(compare(values, self.limit) & np.isfinite(values) & ~cut)

    def __str__(self) -> str:
        return f"{self.measure} {self.relation} {self.limit:,.10g}"


@dataclass(frozen=True)
class Goal:
    """Conditions that must hold together in the same storm, in at least the share `confidence` of storms."""

    conditions: tuple[Condition, ...]
    confidence: float

    def holds(self, scores: Scores, row: int) -> BoolArray:
        """Return in which storms all conditions hold, (n_rep,)."""
        return np.asarray(np.all([condition.holds(scores, row) for condition in self.conditions], axis=0))

    def is_met(self, held: BoolArray) -> bool:
        """Return whether the share of the simulated storms in which it held is at least the confidence."""
        return int(held.sum()) >= math.ceil(self.confidence * len(held) - 1e-9)

    @property
    def storms_to_be_sure(self) -> int:
        """Return the fewest storms that can show it: with all of them held, the interval clears the confidence.

        Wilson's lower bound of n out of n is n / (n + z^2), so n >= z^2 confidence / (1 - confidence).
        """
        z2 = 1 / wilson_interval(1, 1)[0] - 1
        return math.ceil(z2 * self.confidence / (1 - self.confidence))

    @property
    def measures(self) -> tuple[str, ...]:
        """Return the measures worth showing beside it: its own, and the cost."""
        return tuple(dict.fromkeys((*(condition.measure for condition in self.conditions), "cost")))

    def __str__(self) -> str:
        return " and ".join(map(str, self.conditions))


@dataclass(frozen=True)
class Tried:
    """One value that was tried: in how many storms the goal held, and the Wilson 95 % interval of the share."""

    index: int
    held: int
    n: int
    lo: float
    hi: float
    met: bool

    @property
    def share(self) -> float:
        """Return the share of the simulated storms in which the goal held."""
        return self.held / self.n


@dataclass(frozen=True)
class Found:
    """What a search found along one key; indices count the key's values.

    tried : every value tried, in the key's order. least : the first value at which the goal is met, None when it
    is met nowhere. steady : the first value from which on it is met at every value tried; beyond `least` when
    more of the key made it fail again. best : the tried value with the greatest share, the first of several.
    """

    tried: tuple[Tried, ...]
    least: int | None
    steady: int | None
    best: int

    def at(self, index: int) -> Tried:
        """Return what was found at a value that was tried."""
        return next(tried for tried in self.tried if tried.index == index)

    @property
    def failed_beyond(self) -> tuple[int, ...]:
        """Return the values tried beyond `least` at which the goal is not met."""
        return () if self.least is None else tuple(t.index for t in self.tried if t.index > self.least and not t.met)


def read_goal(text: str, confidence: float, horizon_h: float) -> Goal:
    """Read conditions such as `t95_h <= 48 and complaints <= 3000`.

    Parameters
    ----------
    text : the conditions. confidence : above 0 and below 1.
    horizon_h : from landfall to the end of the run; a time to restoration beyond it cannot be seen.

    Raises
    ------
    InputError : with every condition that is none.
    """
    problems, conditions = [], []
    if not 0 < confidence < 1:
        problems.append(Problem("--confidence", "", f"{confidence:g}", "a share above 0 and below 1, such as 0.9"))
    for part in re.split(r"\band\b", text):
        found = _PART.fullmatch(part)
        if found is None:
            problems.append(Problem(_OPTION, "", f'"{part.strip()}"', _FORM))
            continue
        measure, relation, limit = found[1], found[2], float(found[3])
        if measure not in MEASURES:
            near = nearest_name(measure, list(MEASURES))
            problems.append(Problem(_OPTION, "", f'"{measure}"', "one of " + ", ".join(MEASURES), near))
        elif re.fullmatch(r"t\d+_h", measure) and limit >= horizon_h:
            allowed = f"below {horizon_h:g} h, where the simulation ends; lengthen horizon_h to see farther"
            problems.append(Problem(_OPTION, measure, f"{limit:g} h", allowed))
        else:
            conditions.append(Condition(measure, relation, limit))
    if problems:
        raise InputError(problems)
    return Goal(tuple(conditions), confidence)


@dataclass(frozen=True)
class Case:
    """A search along the first key, under one plan and one combination of the other keys' values.

    `means` holds, per index tried, the mean over the storms of each measure shown, `n_censored` in how many of them
    it is cut off by the horizon.
    """

    plan: str
    others: tuple[Value, ...]
    found: Found
    means: dict[int, dict[str, float]]
    n_censored: dict[int, dict[str, int]]

    def bound(self, index: int, measure: str) -> Bound:
        """Return what a mean is really."""
        return bound_of_mean(measure, self.n_censored[index][measure])


@dataclass(frozen=True)
class Target:
    """A finished search for a target: the goal, the keys, and a case per plan and per values of the other keys."""

    goal: Goal
    varies: tuple[Vary, ...]
    cases: tuple[Case, ...]
    n: int
    seed: int

    @property
    def cheapest(self) -> int | None:
        """Return the case whose answer has the least mean cost, None when no case has an answer."""
        met = [i for i, case in enumerate(self.cases) if case.found.least is not None]
        return min(met, key=lambda i: self.cases[i].means[self.cases[i].found.least or 0]["cost"], default=None)


def find(
    setting: Setting, plan: str, varies: Sequence[Vary], others: Sequence[Value], goal: Goal,
    play: Callable[[Mapping[int, Plan]], Mapping[int, Scores]],
) -> Case:  # fmt: skip
    """Search along the first key, with the other keys at `others`.

    `play` is given index -> plan and returns index -> scores (1, n_rep, n_measures), the same storms each time.
    """
    scores: dict[int, Scores] = {}

    def held_at(indices: Sequence[int]) -> dict[int, BoolArray]:
        values = {i: (varies[0].values[i], *others) for i in indices}
        scores.update(play({i: varied(setting.scenario, plan, varies, values[i]) for i in indices}))
        return {i: goal.holds(scores[i], 0) for i in indices}

    found = search(len(varies[0].values), goal, held_at)
    means = {
        index: {name: float(of.values[0, :, MEASURE_NAMES.index(name)].mean()) for name in goal.measures}
        for index, of in scores.items()
    }
    n_censored = {
        index: {name: int(of.censored[0, :, MEASURE_NAMES.index(name)].sum()) for name in goal.measures}
        for index, of in scores.items()
    }
    return Case(plan, tuple(others), found, means, n_censored)


def search(n_values: int, goal: Goal, held_at: Callable[[Sequence[int]], Mapping[int, BoolArray]]) -> Found:
    """Find the least value at which the goal is met, without taking it for granted that more always helps.

    First a coarse round over the whole range; then, as long as values between a failing and a holding one are
    untried, more of them; last the neighbours of the answer. Whatever is found lower becomes the answer and its
    neighbours are tried too, so the answer's own neighbours below always fail.

    Parameters
    ----------
    n_values : values of the key, least effort first. goal : what must hold.
    held_at : plays the values with these indices and returns for each in which storms the goal held.
    """
    tried: dict[int, Tried] = {}

    def try_all(indices: Sequence[int]) -> None:
        new = sorted({i for i in indices if 0 <= i < n_values} - set(tried))
        for index, held in (held_at(new) if new else {}).items():
            n, k = len(held), int(held.sum())
            tried[index] = Tried(index, k, n, *wilson_interval(k, n), goal.is_met(held))

    def least() -> int | None:
        return min((i for i, one in tried.items() if one.met), default=None)

    try_all(_spread(0, n_values - 1, COARSE))
    while (answer := least()) is not None:
        below = max((i for i in tried if i < answer), default=-1)
        if answer - below > 1 + BESIDE:
            try_all(_spread(below, answer, BETWEEN + 2))
            continue
        beside = [i for i in range(answer - BESIDE, answer + BESIDE + 1) if 0 <= i < n_values and i not in tried]
        if not beside:
            break
        try_all(beside)
    best = max(sorted(tried), key=lambda i: tried[i].held)
    ordered = tuple(tried[i] for i in sorted(tried))
    steady = None
    for one in reversed(ordered):
        if not one.met:
            break
        steady = one.index
    return Found(ordered, least(), steady, best)


def most_tried(n_values: int) -> int:
    """Return about how many values a search tries, for an estimate of its length."""
    rounds = math.ceil(math.log(max(n_values / COARSE, 1.0), BETWEEN + 1))
    return min(n_values, COARSE + rounds * BETWEEN + 2 * BESIDE)


def _spread(first: int, last: int, n: int) -> list[int]:
    """Return up to n whole numbers from first to last, evenly spaced, both ends among them."""
    return sorted({round(x) for x in np.linspace(first, last, n)})
