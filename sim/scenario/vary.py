"""`--vary key.path=values`: keys that a plan may set, tried at several values after the plan is merged."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import product
from typing import Any

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from sim.errors import InputError, Problem
from sim.scenario.consistency import check_means, check_settings
from sim.scenario.declared import adapter, allowed, key_paths
from sim.scenario.finding import Finding, dotted, nearest_key, quoted, shown
from sim.scenario.model import OPERATIONAL, PLAN_DAMAGE_KEYS, Scenario
from sim.scenario.plans import Plan, merge, plan
from sim.scenario.sets import as_fits, key_parts, reach, toml_value

OPTION = "--vary"
MOST_VALUES = 1000
"""Values of one key; a finer question than this is not answered by trying them all."""

_FORM = "key=values, such as crews.line.count=60:300:20 (from:to:step) or hotline.agents=40,80,120"
_RANGE = re.compile(r"\s*:\s*".join([r"(-?\d{1,18}(?:\.\d{1,9})?)"] * 2) + r"(?:\s*:\s*(-?\d{1,18}(?:\.\d{1,9})?))?")

Value = str | int | float | bool


@dataclass(frozen=True)
class Vary:
    """One key of a plan and the values to try, in the order given: the least effort first."""

    path: tuple[str, ...]
    values: tuple[Value, ...]

    @property
    def key(self) -> str:
        """Return the key as written, `crews.line.count`."""
        return dotted(self.path)

    @property
    def is_numeric(self) -> bool:
        """Return whether all values are numbers."""
        return all(isinstance(value, int | float) and not isinstance(value, bool) for value in self.values)


def read_varies(texts: Sequence[str], scenario: Scenario, plans: Sequence[str]) -> tuple[Vary, ...]:
    """Read `key=values` texts against the plans that shall be varied.

    Parameters
    ----------
    texts : each `key=from:to[:step]` (numbers; step 1 for whole numbers) or `key=value,value,...`.
    scenario : checked. plans : names of the plans; every key must be one that each of them may set.

    Raises
    ------
    InputError : with every problem of the texts and of the values taken together with the plans.
    """
    problems: list[Problem] = []
    found: list[Vary] = []
    for text in texts:
        read = _read(text, scenario, plans)
        if isinstance(read, Finding):
            problems.append(_problem(read))
        elif any(read.path == other.path for other in found):
            problems.append(Problem(OPTION, read.key, "", "each key once; list all its values in one --vary"))
        else:
            found.append(read)
    if not texts:
        problems.append(Problem(OPTION, "", "", f"at least one {_FORM}"))
    if problems:
        raise InputError(problems)
    for name in plans:
        problems += _unfit(found, scenario, name)
    if problems:
        raise InputError(list(dict.fromkeys(problems)))
    return tuple(found)


def combinations(varies: Sequence[Vary]) -> Iterator[tuple[Value, ...]]:
    """Yield every combination of the values, the last key changing fastest."""
    return product(*(vary.values for vary in varies))


def varied(scenario: Scenario, name: str, varies: Sequence[Vary], values: Sequence[Value]) -> Plan:
    """Return the plan with the varied keys set to `values` after everything else; actions stay as they are."""
    entry = scenario.plans[name]
    over: Mapping[str, Any] = entry.overrides
    for vary, value in zip(varies, values, strict=True):
        over = merge(over, _nested(vary.path, value))
    changed = entry.model_copy(update={"overrides": dict(over)})
    return plan(scenario.model_copy(update={"plans": {**scenario.plans, name: changed}}), name)


def _read(text: str, scenario: Scenario, plans: Sequence[str]) -> Vary | Finding:
    key, equals, rest = text.partition("=")
    path = key_parts(key.strip())
    if not equals or not path or not rest.strip():
        return Finding((), quoted(text), _FORM)
    if path[0] not in OPERATIONAL or (path[0] == "damage" and path[1:] not in [(k,) for k in PLAN_DAMAGE_KEYS]):
        return _not_a_plans(path, rest)
    field: FieldInfo | None = None
    for name in plans:
        # a plan holds its tables directly, beside those of the scenario
        raw = scenario.model_dump() | {"plans": {name: scenario.plans[name].overrides}}
        reached = reach(raw, ("plans", name, *path), rest.strip())
        if isinstance(reached, Finding):
            near = reached.nearest.removeprefix(f"plans.{dotted((name,))}.")
            said = reached.allowed.replace(f"plans.{dotted((name,))}.", "")
            return Finding(path, shown(rest.strip()), said, near)
        field = reached[0]
    if field is None:
        return Finding(path, shown(rest.strip()), "a table; name one key in it")
    values = _values(rest, field, path)
    return values if isinstance(values, Finding) else Vary(path, values)


def _not_a_plans(path: tuple[str, ...], rest: str) -> Finding:
    if path[0] == "damage":
        near = nearest_key(path[-1], PLAN_DAMAGE_KEYS)
        may = "of damage a plan may set " + ", ".join(PLAN_DAMAGE_KEYS)
        return Finding(path, shown(rest.strip()), may, f"damage.{near}" if near else "")
    if path[0] in Scenario.model_fields:
        may = "; a plan may set parts of the tables " + ", ".join(OPERATIONAL)
        return Finding(path, shown(rest.strip()), f"the same for all plans, so it cannot be varied{may}")
    known = [key for key in key_paths() if key.partition(".")[0] in OPERATIONAL]
    near = nearest_key(path[0], OPERATIONAL, known) if len(path) > 1 else nearest_key(path[0], [], known)
    near = ".".join([near, *path[1:]]) if near in OPERATIONAL and len(path) > 1 else near
    return Finding(path, shown(rest.strip()), "unknown key", near)


def _values(text: str, field: FieldInfo, path: tuple[str, ...]) -> tuple[Value, ...] | Finding:
    """Return the values that a text lists, each of them one that the key may hold."""
    form = allowed(field)
    found = _RANGE.fullmatch(text.strip()) if "number" in form else None
    values: list[Any] | Finding
    if found is not None:
        values = _range(found, "whole number" in form, text, path)
    else:
        values = [as_fits(field, toml_value(part.strip()), part.strip()) for part in text.split(",")]
    if isinstance(values, Finding):
        return values
    for value in values:
        try:
            adapter(field).validate_python(value)
        except (ValidationError, OverflowError):
            return Finding(path, shown(value), form)
    if len(values) > MOST_VALUES:
        return Finding(path, text.strip(), f"at most {MOST_VALUES:,} values, and these are {len(values):,}")
    twice = next((value for i, value in enumerate(values) if value in values[:i]), None)
    return Finding(path, shown(twice), "each value once") if twice is not None else tuple(values)


def _range(found: re.Match[str], whole: bool, text: str, path: tuple[str, ...]) -> list[Value] | Finding:
    """Return the numbers from:to:step, both ends among them where the step meets them."""
    low, high = Decimal(found[1]), Decimal(found[2])
    if found[3] is None and not whole:
        return Finding(path, text.strip(), "from:to:step; without a step only whole numbers can be counted through")
    step = Decimal(found[3]) if found[3] is not None else Decimal(1 if high >= low else -1)
    if step == 0 or (high - low) * step < 0:
        return Finding(path, text.strip(), "from:to:step with a step that leads from the first to the second")
    n = int((high - low) / step) + 1
    if n > MOST_VALUES:
        return Finding(path, text.strip(), f"at most {MOST_VALUES:,} values, and these are {n:,}; take a larger step")
    numbers = [low + i * step for i in range(n)]
    return [int(x) if whole and x == x.to_integral_value() else float(x) for x in numbers]


def _unfit(varies: Sequence[Vary], scenario: Scenario, name: str) -> list[Problem]:
    """Return what speaks against values together with the rest of a plan; each key at its values in turn.

    Every combination is checked when there are few; else every value of a key with the others' first values.
    """
    if math.prod(len(vary.values) for vary in varies) <= MOST_VALUES:
        tried = list(combinations(varies))
    else:
        first = [vary.values[0] for vary in varies]
        tried = [(*first[:i], v, *first[i + 1 :]) for i, vary in enumerate(varies) for v in vary.values]
    known = plan(scenario, name).settings
    problems: list[Problem] = []
    for values in tried:
        settings = varied(scenario, name, varies, values).settings
        for vary in varies:
            if not _has(settings, vary.path) and vary.path[-1] != "enabled":
                problems.append(Problem(OPTION, vary.key, "", f"the plan '{name}' removes it (enabled = false)"))
        for finding in [*check_settings(settings), *check_means(settings)]:
            if finding not in [*check_settings(known), *check_means(known)]:
                problems.append(_problem(finding, f"with {described(varies, values)}: "))
        if len(problems) > 4:
            break
    return problems


def described(varies: Sequence[Vary], values: Sequence[Value]) -> str:
    """Return a combination as text: `crews.line.count=60, hotline.agents=40`."""
    return ", ".join(f"{vary.key}={_plain(value)}" for vary, value in zip(varies, values, strict=True))


def _plain(value: Value) -> str:
    return value if isinstance(value, str) else shown(value)


def _has(settings: Scenario, path: tuple[str, ...]) -> bool:
    node: Any = settings
    for part in path:
        node = node.get(part) if isinstance(node, dict) else getattr(node, part, None)
        if node is None:
            return part == path[-1]  # a key may be empty, an entry that is gone may not
    return True


def _nested(path: Sequence[str], value: Value) -> dict[str, Any]:
    nested: Any = value
    for part in reversed(path):
        nested = {part: nested}
    return {path[0]: nested[path[0]]}


def _problem(finding: Finding, prefix: str = "") -> Problem:
    return Problem(OPTION, dotted(finding.path), finding.value, prefix + finding.allowed, finding.nearest)
