"""When a clause is kept: cases (jobs, customers, calls, days) against a limit, the exempt ones left out."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

State = Literal["met", "missed", "exempt", "none"]
STATES: tuple[State, ...] = ("met", "missed", "exempt", "none")


@dataclass(frozen=True)
class Cases:
    """What a clause is about, one row per case, (n,).

    value : in the unit of the limit. weight : customers of the case, or 1. exempt : the weather forbade to keep it.
    open : not ended by the horizon, so that the truth is at least `value`.
    """

    value: FloatArray
    weight: FloatArray
    exempt: BoolArray
    open: BoolArray

    @classmethod
    def of(
        cls, value: FloatArray, weight: FloatArray | None = None, exempt: BoolArray | None = None,
        is_open: BoolArray | None = None,
    ) -> Cases:  # fmt: skip
        """Return cases of which what is not given is plain: each counts once, none is exempt, all have ended."""
        n = len(value)
        return cls(
            np.asarray(value, float),
            np.ones(n) if weight is None else np.asarray(weight, float),
            np.zeros(n, bool) if exempt is None else exempt,
            np.zeros(n, bool) if is_open is None else is_open,
        )


@dataclass(frozen=True)
class Judged:
    """How a clause fared in one replication.

    figure : what is held against the clause: the mean, or the share of cases within the limit; nan without a case
    that counts. met, missed, exempt : shares of the cases, which add up to 1; nan without any case. kept : 1 or 0, nan
    where there is nothing to judge. is_bound : an open case makes the mean a lower bound.
    """

    figure: float
    met: float
    missed: float
    exempt: float
    kept: float
    is_bound: bool = False


def judge(cases: Cases, limit: float, *, mean: bool = False, strict: bool = False, at_least: float = 1.0) -> Judged:
    """Hold cases against a limit.

    Parameters
    ----------
    mean : the mean of the cases must be within the limit, instead of a share of them. strict : the limit itself is not
    within. at_least : share of the cases that count which must be within; it is kept at that very share.

    An open case beyond the limit has missed it; one not yet there cannot be judged and is left out of the shares, but
    counts into a mean, which it makes a lower bound: such a mean is missed when beyond the limit, else not judged.
    """
    counts = ~cases.exempt
    within = cases.value < limit if strict else cases.value <= limit
    sure = ~(cases.open & within)
    met, missed, exempt = (
        float(cases.weight[mask].sum()) for mask in (counts & within & sure, counts & ~within, cases.exempt)
    )
    total, judged = met + missed + exempt, met + missed
    met_of, missed_of, exempt_of = (part / total if total > 0 else math.nan for part in (met, missed, exempt))
    if not mean:
        figure = met / judged if judged > 0 else math.nan
        return Judged(figure, met_of, missed_of, exempt_of, _flag(figure >= at_least, judged > 0))
    weight = cases.weight[counts]
    figure = float((cases.value[counts] * weight).sum() / weight.sum()) if weight.sum() > 0 else math.nan
    is_bound = bool((counts & cases.open).any())
    is_within = figure < limit if strict else figure <= limit
    is_known = bool(weight.sum() > 0) and not (is_bound and is_within)
    return Judged(figure, met_of, missed_of, exempt_of, _flag(is_within, is_known), is_bound)


def judge_share(bad: FloatArray, weight: FloatArray, limit: float, *, strict: bool = False) -> Judged:
    """Hold the share of bad cases against the most that is allowed; `bad` is 1 or 0 for each case, (n,)."""
    total = float(weight.sum())
    if not total > 0:
        return Judged(math.nan, math.nan, math.nan, math.nan, math.nan)
    figure = float((bad * weight).sum()) / total
    return Judged(figure, 1.0 - figure, figure, 0.0, float(figure < limit if strict else figure <= limit))


def state(kept: float, exempt: float) -> State:
    """Return in one word how a clause fared: met, missed, exempt (every case was) or none (no case to judge)."""
    if not math.isnan(kept):
        return "met" if kept else "missed"
    return "exempt" if exempt == 1.0 else "none"


def _flag(is_kept: bool, is_known: bool) -> float:
    return float(is_kept) if is_known else math.nan
