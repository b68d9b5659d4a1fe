"""Grades: from likelihood and impact to low, medium or high, by stated cut-offs and a stated table.

The table is looked up and no scores are multiplied: ordinal numbers have no product (Cox 2008, What's wrong with risk
matrices?, Risk Analysis 28). A grade whose inputs straddle a cut-off is told as the range of grades that it may be.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from sim.experiment.statistics import wilson_interval
from sim.scenario.risks import IMPACT_UNITS, LEVELS, Level, Risk, Risks

TABLE: tuple[tuple[Level, Level, Level], ...] = (
    ("low", "low", "medium"),
    ("low", "medium", "high"),
    ("medium", "high", "high"),
)
"""Level by likelihood (rows: low, medium, high) and impact (columns)."""
MOST_RUNS = 1_000_000


@dataclass(frozen=True)
class Range:
    """The grades between which the truth lies with 95 % confidence, and the one of the best estimate."""

    low: Level
    best: Level
    high: Level

    @property
    def is_sure(self) -> bool:
        """Return whether there is only one."""
        return self.low == self.high


def grade(value: float, medium: float, high: float) -> Level:
    """Return the grade of a value: a cut-off itself belongs to the upper grade."""
    return "high" if value >= high else "medium" if value >= medium else "low"


def grade_range(value: float, lo: float, hi: float, cut_offs: tuple[float, float], floor: Level = "low") -> Range:
    """Return the grades of an estimate and of the ends of its interval, none below the floor.

    An estimate that is not known (nan) may be anything from the floor up; unknown ends may be anything too.
    """
    if math.isnan(value):
        return Range(floor, floor, "high")
    ends = (
        "low" if math.isnan(lo) else grade(lo, *cut_offs),
        grade(value, *cut_offs),
        "high" if math.isnan(hi) else grade(hi, *cut_offs),
    )
    return Range(*(LEVELS[max(LEVELS.index(end), LEVELS.index(floor))] for end in ends))


def combined(likelihood: Range, impact: Range) -> Range:
    """Return the level by the table, at both ends and at the best estimate."""
    pairs = ((likelihood.low, impact.low), (likelihood.best, impact.best), (likelihood.high, impact.high))
    return Range(*(TABLE[LEVELS.index(a)][LEVELS.index(b)] for a, b in pairs))


def impact_cut_offs(risk: Risk, unit: str, rules: Risks, served: int) -> tuple[float, float]:
    """Return from which impact on a risk is medium and high, in the unit of its impact; `served`: all customers."""
    if risk.impact_medium is not None and risk.impact_high is not None:
        return risk.impact_medium, risk.impact_high
    stem, per_customer = IMPACT_UNITS[unit]
    scale = served if per_customer else 1
    return getattr(rules, f"{stem}_medium") * scale, getattr(rules, f"{stem}_high") * scale


def runs_for_likelihood(held: int, n: int, cut_offs: tuple[float, float]) -> float:
    """Return how many storms it takes until Wilson's interval, at the share found, holds no cut-off.

    `cut_offs` are of the probability in one storm. inf where the share found is a cut-off, or more than a million
    storms are needed; 0 where so many are there already.
    """
    if n == 0:
        return math.inf
    share = held / n

    def is_sure(size: int) -> bool:
        lo, hi = wilson_interval(share * size, size)
        return not any(lo < cut <= hi for cut in cut_offs)

    if is_sure(n):
        return 0
    return _least(n, is_sure)


def runs_for_impact(mean: float, half: float, n: int, share: float, cut_offs: tuple[float, float]) -> float:
    """Return how many storms it takes until the interval of the mean impact holds no cut-off.

    Its half width shrinks as one over the root of the number of storms in which the risk happens.

    Parameters
    ----------
    mean, half : of the impact where it happens, over n storms. share : of storms in which it happens.
    """
    if not math.isfinite(half) or n < 2:
        return math.inf
    away = min(abs(mean - cut) for cut in cut_offs)
    if not any(mean - half < cut <= mean + half for cut in cut_offs):
        return 0
    if away == 0:
        return math.inf
    needed = math.ceil(n * (half / away) ** 2 / share) + 1
    return needed if needed <= MOST_RUNS else math.inf


def _least(n: int, is_sure: Callable[[int], bool]) -> float:
    """Return about the least size from n on that is sure: doubled until it is, then halved in between."""
    size = n
    while size <= MOST_RUNS:
        size *= 2
        if is_sure(size):
            break
    else:
        return math.inf
    low, high = size // 2, size
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if is_sure(middle) else (middle, high)
    return high
