"""`--set key.path=value`: edits of the scenario as written, before plans are merged."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from sim.scenario.declared import adapter, inside, key_paths
from sim.scenario.fields import Table
from sim.scenario.finding import Finding, Path, dotted, nearest_key, quoted, shown
from sim.scenario.model import OPERATIONAL, PLAN_DAMAGE_KEYS, CrewKind, PlanEntry, Scenario
from sim.scenario.preset import with_preset

Raw = dict[str, Any]


@dataclass(frozen=True)
class Edit:
    """One value set from outside the file."""

    path: tuple[str, ...]
    value: Any


def apply(raw: Raw, sets: Sequence[str]) -> tuple[list[Edit], list[Finding]]:
    """Change `raw` in place by each `key.path=value`; return the edits made and what is wrong with others."""
    edits: list[Edit] = []
    findings: list[Finding] = []
    for text in sets:
        key, equals, value = text.partition("=")
        path = key_parts(key.strip())
        if not equals or not path:
            findings.append(Finding((), quoted(text), "key.path=value, such as hotline.agents=80"))
            continue
        reached = reach(raw, path, toml_value(value.strip()))
        if isinstance(reached, Finding):
            findings.append(reached)
            continue
        edit = Edit(path, as_fits(*reached, value.strip()))
        _put(raw, edit)
        edits.append(edit)
    return edits, findings


def overruled(edits: Sequence[Edit], overrides: dict[str, Raw]) -> tuple[str, ...]:
    """Return a line for each value of a plan that wins over a --set, by the plans' overrides."""
    lines = []
    for edit in edits:
        for path, value in _leaves(edit.path, edit.value):
            told = f"wins over --set {dotted(path)}={shown(value)}"
            for name, over in overrides.items():
                for own, won in _winners(over, path):
                    lines.append(f"{dotted(('plans', name, *own))} = {shown(won)} {told}")
    return tuple(dict.fromkeys(lines))


def _winners(over: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield the plan's own value at `path`, and an `enabled = false` above it."""
    node = over
    for i, part in enumerate(path):
        if not isinstance(node, dict) or part not in node:
            if isinstance(node, dict) and node.get("enabled") is False and part != "enabled":
                yield (*path[:i], "enabled"), False
            return
        node = node[part]
    yield path, node


def _leaves(path: tuple[str, ...], value: Any) -> Iterator[tuple[tuple[str, ...], Any]]:
    if not isinstance(value, dict):
        yield path, value
        return
    for key, below in value.items():
        yield from _leaves((*path, key), below)


def key_parts(key: str) -> tuple[str, ...]:
    """Return the parts of a dotted key, empty when it is none; letters beyond ASCII need no quotes here."""
    parts: list[str] = []
    if "\n" not in key:
        try:
            node: Any = tomllib.loads(f"{key} = 0")
            while isinstance(node, dict) and len(node) == 1:
                ((part, node),) = node.items()
                parts.append(part)
            return tuple(parts)
        except (ValueError, RecursionError):
            pass
    parts = [part.strip() for part in key.split(".")]
    return tuple(parts) if all(parts) and not any(set(part) & set("\"'[]#\n") for part in parts) else ()


def toml_value(text: str) -> Any:
    """Return `text` read as a TOML value, or itself where it is none."""
    try:
        read = tomllib.loads(f"v = {text}")
    except (ValueError, RecursionError):
        return text
    return read["v"] if list(read) == ["v"] else text


def as_fits(field: FieldInfo | None, value: Any, text: str) -> Any:
    """Return the value, or its text where only that fits the key, as in `--set name=2019`."""
    if field is None or isinstance(value, str):
        return value
    check = adapter(field)
    for candidate in (value, text):
        try:
            check.validate_python(candidate)
        except (ValidationError, OverflowError):
            continue
        return candidate
    return value


def reach(raw: Raw, path: tuple[str, ...], value: Any) -> tuple[FieldInfo | None, Any] | Finding:
    """Return the field at `path` (None for a whole table) with the value, or what is wrong with the path."""
    model: type[Table] = Scenario
    here: tuple[str, ...] = ()
    rest = path
    while rest:
        key, *more = rest
        fields = _fields(model, here)
        if key not in fields:
            near = nearest_key(key, fields, [] if here else key_paths())
            near = ".".join([dotted((*here, near)), *more]) if near in fields else near
            return Finding(path, shown(value), "unknown key", near)
        here, rest = (*here, key), tuple(more)
        holds, table = inside(fields[key])
        if table is None or holds == "array":
            if rest:
                what = "an array, which is replaced whole" if holds == "array" else "a value"
                return Finding(path, shown(value), f"unknown key; {dotted(here)} is {what}")
            return (fields[key] if table is None else None), value
        if holds == "named" and rest:
            entry, *more = rest
            names = _names(raw, here)
            if entry not in names and not (isinstance(value, dict) and not more):
                near = nearest_key(entry, names)
                allowed = f"{dotted(here)} has no '{entry}'; it has {', '.join(names)}"
                if not names:
                    allowed = f"a key of a table that is in the file: write [{dotted((*here, entry))}] into it first"
                return Finding(path, shown(value), allowed, dotted((*here, near, *more)) if near else "")
            here, rest = (*here, entry), tuple(more)
        model = table
    return None, value


def _fields(model: type[Table], here: tuple[str, ...]) -> dict[str, FieldInfo]:
    """Return the keys of a table as the file has them: a plan holds operational tables directly."""
    fields = dict(model.model_fields)
    if model is PlanEntry:
        del fields["overrides"]
        fields |= {table: Scenario.model_fields[table] for table in OPERATIONAL}
    if here[:1] == ("plans",) and here[2:] == ("damage",):
        fields = {key: fields[key] for key in PLAN_DAMAGE_KEYS}
    return fields


def _names(raw: Raw, here: tuple[str, ...]) -> list[str]:
    """Return the names in a collection; inside a plan also those of the scenario's own. Of kinds of crews, all there are."""
    places: list[Path] = [here]
    if here[:1] == ("plans",) and len(here) > 2:
        places.append(here[2:])
    names: list[str] = []
    for place in places:
        node: Any = with_preset(raw)
        for part in place:
            node = node.get(part) if isinstance(node, dict) else None
        names += [name for name in node if name not in names] if isinstance(node, dict) else []
    if here[-2:] == ("work", "kinds"):
        names += [kind for kind in get_args(CrewKind) if kind not in names]
    return names


def _put(raw: Raw, edit: Edit) -> None:
    """Set the value; where the file has no table on the way, that is told when the file is checked."""
    node: Any = raw
    for part in edit.path[:-1]:
        node = node.setdefault(part, {})
        if not isinstance(node, dict):
            return
    node[edit.path[-1]] = edit.value
