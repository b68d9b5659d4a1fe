"""Causes: what each group of causes adds to the harm, by playing the same storms with the group at its nominal values.

A field's nominal value is what it would be if that cause played no part (no spread, no delay, everything reported). With
all 16 coalitions of the four groups the reduction is shared out by Shapley's value (1953, A value for n-person games),
which adds up to the whole whatever the order; with single groups only, the reductions overlap and do not add up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from math import factorial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.experiment.series import Setting
from sim.experiment.statistics import t_interval
from sim.experiment.sweep import Scores
from sim.risk.judge import judge
from sim.scenario.declared import Declaration, declarations
from sim.scenario.model import Scenario
from sim.scenario.risks import Risk

FloatArray = NDArray[np.float64]
Coalition = frozenset[str]

GROUPS = ("people", "process", "environment", "technology")
SHOWN = ("customer_hours", "t95_h", "complaints", "critical_beyond_backup")
"""Measures that are shared out beside the risks' losses."""


@dataclass(frozen=True)
class Change:
    """A field of a group at its value in force and its nominal one; `NAME` in `key` stands for every entry."""

    group: str
    key: str
    unit: str
    values: tuple[float, ...]
    nominal: float


@dataclass(frozen=True)
class Share:
    """What a group adds: the mean reduction over the storms with its 95 % t-interval."""

    group: str
    mean: float
    lo: float
    hi: float


@dataclass(frozen=True)
class Attribution:
    """One measure or one risk's loss, shared out.

    what : a measure's name, or a risk's with `is_risk`. as_is, nominal : means as it stands and with all groups nominal
    (nan where that was not played). n : storms in which it has a meaning in every play.
    """

    what: str
    is_risk: bool
    as_is: float
    nominal: float
    shares: tuple[Share, ...]
    n: int


@dataclass(frozen=True)
class Causes:
    """All attributions of a plan; adds_up : by Shapley's value, else single differences."""

    plan: str
    adds_up: bool
    changes: tuple[Change, ...]
    rows: tuple[Attribution, ...]
    n: int
    seed: int


def coalitions(single: bool) -> tuple[Coalition, ...]:
    """Return the groups to set together: all 16 sets, the empty one first, or the empty one and the four single ones."""
    sizes = (0, 1) if single else range(len(GROUPS) + 1)
    return tuple(frozenset(chosen) for size in sizes for chosen in combinations(GROUPS, size))


def changes(settings: Scenario) -> list[Change]:
    """Return the fields that differ from their nominal value under a plan's settings."""
    raw = settings.model_dump()
    found = []
    for declared in _with_nominal():
        values = tuple(table[last] for table, last in _places(raw, declared.key))
        if any(value != declared.nominal for value in values):
            found.append(Change(declared.cause, declared.key, declared.unit, values, declared.nominal))
    return found


def nominal_setting(setting: Setting, groups: Coalition) -> Setting:
    """Return the setting with the fields of some groups at their nominal values, in the scenario and in every plan."""
    if not groups:
        return setting
    plans = tuple(replace(plan, settings=_nominal(plan.settings, groups)) for plan in setting.plans)
    return replace(setting, scenario=_nominal(setting.scenario, groups), plans=plans)


def shapley(worth: Callable[[Coalition], FloatArray]) -> dict[str, FloatArray]:
    """Return each group's share of worth(all groups) - worth(none), storm by storm.

    Parameters
    ----------
    worth : coalition -> (n_rep,). The value is linear in it, so that it holds storm by storm and in the mean.
    """
    n = len(GROUPS)
    shares = {}
    for group in GROUPS:
        others = [other for other in GROUPS if other != group]
        parts = []
        for size in range(n):
            weight = factorial(size) * factorial(n - size - 1) / factorial(n)
            for chosen in combinations(others, size):
                without = frozenset(chosen)
                parts.append(weight * (worth(without | {group}) - worth(without)))
        shares[group] = np.sum(parts, axis=0)
    return shares


def attribute(
    plan: str, played: Mapping[Coalition, Scores], measures: Sequence[str], found: Sequence[Change],
    risks: Mapping[str, Risk], seed: int,
) -> Causes:  # fmt: skip
    """Share out the measures and every risk's loss among the groups.

    Parameters
    ----------
    played : coalition -> scores of the plan, (1, n_rep, n_measures), the same storms everywhere. measures : names of
        the columns.

    Raises
    ------
    InputError for a risk that divides by zero.
    """
    adds_up = len(played) == len(coalitions(single=False))
    rows = []
    for what, is_risk, values in _quantities(plan, played, measures, risks):
        known = np.all([np.isfinite(array) for array in values.values()], axis=0)
        kept = {coalition: array[known] for coalition, array in values.items()}
        if not known.any():
            continue
        none, every = kept[frozenset()], kept.get(frozenset(GROUPS))
        if adds_up:
            shares = shapley(lambda coalition, kept=kept, none=none: none - kept[coalition])  # type: ignore[misc]
        else:
            shares = {group: none - kept[frozenset({group})] for group in GROUPS}
        told = tuple(Share(group, *t_interval(array)) for group, array in shares.items())
        nominal = float(every.mean()) if every is not None else float("nan")
        rows.append(Attribution(what, is_risk, float(none.mean()), nominal, told, int(known.sum())))
    n = next(iter(played.values())).values.shape[1]
    return Causes(plan, adds_up, tuple(found), tuple(rows), n, seed)


def _quantities(
    plan: str, played: Mapping[Coalition, Scores], measures: Sequence[str], risks: Mapping[str, Risk]
) -> Iterator[tuple[str, bool, dict[Coalition, FloatArray]]]:
    by_name = {
        coalition: {name: scores.values[0, :, i] for i, name in enumerate(measures)}
        for coalition, scores in played.items()
    }
    for measure in SHOWN:
        yield measure, False, {coalition: values[measure] for coalition, values in by_name.items()}
    for name, risk in risks.items():
        if risk.enabled:
            losses = {c: judge(name, risk, values, plan).every_loss for c, values in by_name.items()}
            yield name, True, losses


def _with_nominal() -> list[Declaration]:
    return [declared for declared in declarations() if declared.cause and declared.nominal is not None]


def _nominal(settings: Scenario, groups: Coalition) -> Scenario:
    raw = settings.model_dump()
    for declared in _with_nominal():
        if declared.cause in groups:
            for table, last in _places(raw, declared.key):
                table[last] = declared.nominal
    return Scenario.model_validate(raw)


def _places(raw: dict[str, Any], key: str) -> list[tuple[dict[str, Any], str]]:
    """Return the tables in which a key stands, with its last part; one per entry where `NAME` stands for several."""
    *path, last = key.split(".")
    tables = [raw]
    for part in path:
        tables = [inner for table in tables for inner in (table.values() if part == "NAME" else [table[part]])]
    return [(table, last) for table in tables]
