"""Several finished runs as one experiment: possible when they differ in nothing but what a plan may decide."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from sim.errors import InputError, Problem
from sim.experiment.replicate import Experiment
from sim.results.read import Run
from sim.scenario.model import OPERATIONAL, PLAN_DAMAGE_KEYS, Observed, Scenario

_MAY_DIFFER = {*OPERATIONAL, "name", "seed", "replications", "reference_plan", "plans", "observed", "risk", "risks"}
_MOST = 60  # characters of a value shown
_FILES = ("storm.track", "network.settlements", "network.coast")


@dataclass(frozen=True)
class Difference:
    """A key whose value is not the same in all runs; `values` as JSON text, run by run, empty where it is absent."""

    key: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Together:
    """Several runs read as one.

    experiment : all plans in the replications that every run has. A plan that several runs played with the same
    result stands once; plans that only share a name are numbered by run, as in `balanced (2)`. labels : what the first
    run's plans are called here, by their own names. scenario : the first run's with all those plans. differences : what
    the runs' operational tables and plans of one name differ in.
    """

    runs: tuple[Run, ...]
    experiment: Experiment
    labels: Mapping[str, str]
    scenario: Scenario
    differences: tuple[Difference, ...]


def together(runs: Sequence[Run]) -> Together:
    """Join two or more runs of the same storms.

    Raises
    ------
    InputError naming every run, key and value that keeps the runs from being compared.
    """
    problems = [*_twice(runs)]
    for run in runs[1:]:
        problems += _not_comparable(runs[0], run)
    if problems:
        raise InputError(problems)
    common = sorted(set.intersection(*(set(run.experiment.replications) for run in runs)))
    cut = [run.experiment.cut(range(len(run.experiment.plans)), _places(run.experiment, common)) for run in runs]
    picked = _pick(cut)
    experiment = _join(cut, picked)
    labels = {cut[e].plans[p]: label for e, p, label in picked if e == 0}  # a plan stands first where it stands once
    scenario = _scenario(runs, cut, picked, labels)
    return Together(tuple(runs), experiment, labels, scenario, tuple(_differences(runs)))


def _twice(runs: Sequence[Run]) -> list[Problem]:
    seen: set[Path] = set()
    problems = []
    for run in runs:
        place = run.path.resolve()
        if place in seen:
            problems.append(Problem(str(run.path), "", "", "named twice: a run is compared with other runs"))
        seen.add(place)
    return problems


def _not_comparable(first: Run, other: Run) -> list[Problem]:
    """Return what keeps `other` from being compared with the first run."""
    where = str(other.path)

    def problem(key: str, value: object, allowed: object) -> Problem:
        return Problem(where, key, _short(value), f"must be {_short(allowed)} as in {first.path}")

    problems = []
    if other.experiment.seed != first.experiment.seed:
        problems.append(problem("seed", other.experiment.seed, first.experiment.seed))
    for name in ("program", "log_version"):
        if other.manifest.get(name) != first.manifest.get(name):
            problems.append(problem(f"manifest.{name}", other.manifest.get(name), first.manifest.get(name)))
    ours, theirs = _fixed(first.scenario), _fixed(other.scenario)
    problems += [
        problem(key, theirs.get(key), ours.get(key))
        for key in dict.fromkeys((*ours, *theirs))
        if ours.get(key) != theirs.get(key)
    ]
    if other.scenario.observed != first.scenario.observed:
        problems.append(problem("observed", *(_dumped(run.scenario.observed) for run in (other, first))))
    for key in _FILES:
        one, two = (_file(run, key) for run in (first, other))
        if one[1] != two[1]:
            problems.append(Problem(where, key, _short(two[0]), f"must be the same file as in {first.path}"))
    if not problems:
        problems += _other_customers(first, other)
    return problems


def _other_customers(first: Run, other: Run) -> list[Problem]:
    """Refuse runs whose reference plans cut off other customers: times to 95 % count from those."""
    n = min(len(first.experiment.replications), len(other.experiment.replications))
    ours, theirs = (run.experiment.of("affected")[0, :n] for run in (first, other))
    if np.array_equal(ours, theirs):
        return []
    text = f"cuts off other customers than {first.experiment.reference}, the reference plan of {first.path}"
    return [Problem(str(other.path), "reference_plan", _short(other.experiment.reference), text)]


def _dumped(observed: Observed | None) -> object:
    return observed.model_dump(mode="json") if observed is not None else None


def _fixed(scenario: Scenario) -> dict[str, Any]:
    """Return what no plan may decide, flat."""
    dumped = scenario.model_dump(mode="json")
    kept = {name: value for name, value in dumped.items() if name not in _MAY_DIFFER}
    kept["damage"] = {name: value for name, value in dumped["damage"].items() if name not in PLAN_DAMAGE_KEYS}
    return {key: value for key, value in _flat(kept).items() if key not in _FILES}


def _file(run: Run, key: str) -> tuple[str, str]:
    """Return the name and the SHA-256 of a data file of a run."""
    table, name = key.split(".")
    path = str(getattr(getattr(run.scenario, table), name))
    return path, str(run.manifest["sha256"].get(path))


def _pick(experiments: Sequence[Experiment]) -> list[tuple[int, int, str]]:
    """Return (run, plan within the run, label) of all plans; the first run's reference comes first."""
    by_name: dict[str, list[tuple[int, int]]] = {}
    for e, experiment in enumerate(experiments):
        for p, name in enumerate(experiment.plans):
            others = by_name.setdefault(name, [])
            if not any(_same(experiments[i], q, experiment, p) for i, q in others):
                others.append((e, p))
    return [
        (e, p, name if len(places) == 1 else f"{name} ({e + 1})")
        for name, places in by_name.items()
        for e, p in places
    ]  # fmt: skip


def _same(one: Experiment, p: int, two: Experiment, q: int) -> bool:
    return np.array_equal(one.values[p], two.values[q], equal_nan=True)


def _places(experiment: Experiment, replications: Sequence[int]) -> list[int]:
    return [experiment.replications.index(number) for number in replications]


def _join(experiments: Sequence[Experiment], picked: Sequence[tuple[int, int, str]]) -> Experiment:
    """Return the picked plans side by side."""
    first = experiments[0]

    def stacked(arrays: Sequence[np.ndarray[Any, Any]]) -> np.ndarray[Any, Any]:
        return np.stack([arrays[e][p] for e, p, _ in picked])

    return replace(
        first,
        plans=tuple(label for _, _, label in picked),
        titles=tuple(experiments[e].titles[p] for e, p, _ in picked),
        reference=picked[0][2],
        values=stacked([each.values for each in experiments]),
        censored=stacked([each.censored for each in experiments]),
        curves={name: stacked([each.curves[name] for each in experiments]) for name in first.curves},
        areas={name: stacked([each.areas[name] for each in experiments]) for name in first.areas},
        observed_out=stacked([each.observed_out for each in experiments]),
        peak_at=stacked([each.peak_at for each in experiments]),
    )


def _scenario(
    runs: Sequence[Run], cut: Sequence[Experiment], picked: Sequence[tuple[int, int, str]], labels: Mapping[str, str]
) -> Scenario:
    """Return the first run's scenario with all the picked plans under their labels."""
    first = runs[0].scenario
    plans = {label: runs[e].scenario.plans[cut[e].plans[p]] for e, p, label in picked}
    observed = first.observed
    if observed is not None and observed.plan in labels:
        observed = observed.model_copy(update={"plan": labels[observed.plan]})
    changed = {"plans": plans, "reference_plan": picked[0][2], "observed": observed}
    return first.model_copy(update=changed)


def _differences(runs: Sequence[Run]) -> list[Difference]:
    """Return what the runs differ in: operational tables, and plans that several of them have."""
    tables = []
    for run in runs:
        dumped = run.scenario.model_dump(mode="json")
        table = {name: dumped[name] for name in OPERATIONAL}
        table["plans"] = {name: dumped["plans"][name] for name in run.experiment.plans}
        tables.append(_flat(table))
    shared = set.intersection(*(set(run.experiment.plans) for run in runs))
    out = []
    for key in dict.fromkeys(key for table in tables for key in table):
        parts = key.split(".")
        if parts[0] == "plans" and parts[1] not in shared:
            continue
        values = tuple(_short(table[key]) if key in table else "" for table in tables)
        if len(set(values)) > 1:
            out.append(Difference(key, values))
    return out


def _flat(table: Mapping[str, Any], above: str = "") -> dict[str, Any]:
    """Return nested tables as dotted keys."""
    out: dict[str, Any] = {}
    for name, value in table.items():
        if isinstance(value, Mapping) and value:
            out |= _flat(value, f"{above}{name}.")
        else:
            out[f"{above}{name}"] = value
    return out


def _short(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _MOST else text[: _MOST - 1] + "…"
