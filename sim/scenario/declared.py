"""What each key may hold, read from its declaration: in words, as a check, a key reference, a JSON Schema."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator
from datetime import date
from functools import cache
from typing import Any, Literal, NamedTuple

from pydantic import ConfigDict, TypeAdapter
from pydantic.fields import FieldInfo

from sim.scenario.fields import LONGEST_LINE, Table, facts, one_line
from sim.scenario.instants import FORMS
from sim.scenario.model import OPERATIONAL, PLAN_DAMAGE_KEYS, PlanEntry, Scenario

Holds = Literal["value", "table", "named", "array"]


class Declaration(NamedTuple):
    """One key of the scenario file; `NAME` in `key` stands for a name of one's own."""

    key: str
    allowed: str
    unit: str
    default: Any
    grade: str
    source: str
    cause: str
    nominal: Any
    doc: str
    required: bool
    low: float | None
    high: float | None


def declarations() -> list[Declaration]:
    """Return every key of the scenario file, in the model's order; `default` is None where it is required."""
    return list(_walk(Scenario, ""))


def _walk(model: type[Table], prefix: str) -> Iterator[Declaration]:
    for name, field in model.model_fields.items():
        key = prefix + name
        holds, table = inside(field)
        if model is PlanEntry and name == "overrides":
            continue
        if table is not None:
            yield from _walk(table, key + {"table": ".", "named": ".NAME.", "array": "[]."}[holds])
            continue
        extra = facts(field)
        default = None if field.is_required() else field.get_default(call_default_factory=True)
        yield Declaration(
            key, allowed(field), extra["unit"], default, extra["grade"], extra["source"], extra["cause"],
            extra["nominal"], field.description or "", field.is_required(), extra["low"], extra["high"],
        )  # fmt: skip


@cache
def key_paths() -> tuple[str, ...]:
    """Return the keys and tables outside collections, for the nearest name in another table."""
    tables = [f"{name}" for name in Scenario.model_fields]
    return (*tables, *(d.key for d in declarations() if "NAME" not in d.key and "[]" not in d.key))


def inside(field: FieldInfo) -> tuple[Holds, type[Table] | None]:
    """Return what a field holds (a value, a table, tables by name, an array) and the tables' model."""
    kind = _without_none(field.annotation)
    if _is_table(kind):
        return "table", kind
    origin, args = typing.get_origin(kind), typing.get_args(kind)
    if origin is dict and _is_table(args[1]):
        return "named", args[1]
    if origin is tuple and _is_table(args[0]):
        return "array", args[0]
    return "value", None


def adapter(field: FieldInfo) -> TypeAdapter[Any]:
    """Return the check of one value field, the same that the model applies to it."""
    key = id(field)
    if key not in _ADAPTERS:
        kind: Any = typing.Annotated[(field.annotation, *field.metadata)] if field.metadata else field.annotation
        made: TypeAdapter[Any] = TypeAdapter[Any](kind, config=ConfigDict(strict=True, allow_inf_nan=False))
        _ADAPTERS[key] = (field, made)
    return _ADAPTERS[key][1]


_ADAPTERS: dict[int, tuple[FieldInfo, TypeAdapter[Any]]] = {}


def allowed(field: FieldInfo) -> str:
    """Return in words what a field may hold: type, unit, choices, limits."""
    holds, table = inside(field)
    if table is not None:
        return {"table": "a table", "named": "tables by name", "array": "an array of tables"}[holds]
    form = next((FORMS[f] for m in field.metadata if (f := getattr(m, "func", None)) in FORMS), "")
    kind = _without_none(field.annotation)
    if not form:
        form = _optional_form(field.annotation)
    if form:
        return form
    if typing.get_origin(kind) is Literal:
        return "one of " + ", ".join(str(choice) for choice in typing.get_args(kind))
    if kind is bool:
        return "true or false"
    if kind in (int, float):
        unit = facts(field)["unit"]
        noun = "a whole number" if kind is int else "a number"
        return noun + (f" of {unit}" if unit and kind is int else f" in {unit}" if unit else "") + _limits(field)
    if typing.get_origin(kind) is tuple and typing.get_args(kind)[0] is float:
        return "an array of numbers, such as [0.5, 0.3]"
    if typing.get_origin(kind) is tuple:
        return _array(typing.get_args(kind)[0], facts(field).get("names", ""))
    return "a text" + _lengths(field)


def _array(entry: Any, names: str) -> str:
    """Return what an array may hold, in words; `names`: what its texts name, if they name anything."""
    if typing.get_origin(entry) is Literal:
        return "an array of " + ", ".join(f'"{choice}"' for choice in typing.get_args(entry)) + ", at least one"
    for part in typing.get_args(entry)[1:]:
        if (f := getattr(part, "func", None)) in FORMS:
            return f"an array, each {FORMS[f]}"
    if entry is date:
        return "an array of dates, such as [2019-09-16]"
    return "an array of texts, such as " + _EXAMPLES.get(names, '["Tateyama", "Futtsu"]')


_EXAMPLES = {"crews": '["line", "tree"]', "critical": '["Ichihara-hospital-1"]'}


def _optional_form(annotation: Any) -> str:
    """Return the form of `Instant | None` and the like, whose check sits inside the union."""
    if typing.get_origin(annotation) is tuple:
        return ""
    for part in typing.get_args(annotation):
        for m in typing.get_args(part)[1:]:
            if (f := getattr(m, "func", None)) in FORMS:
                return FORMS[f]
    return ""


def _limits(field: FieldInfo) -> str:
    bound = {sign: getattr(m, sign) for m in field.metadata for sign in ("ge", "gt", "le", "lt") if hasattr(m, sign)}
    if "ge" in bound and "le" in bound:
        return f", {bound['ge']:,} to {bound['le']:,}"
    words = {"ge": "at least", "gt": "above", "le": "at most", "lt": "below"}
    text = " and ".join(f"{words[sign]} {bound[sign]:,}" for sign in ("ge", "gt", "le", "lt") if sign in bound)
    return f", {text}" if text else ""


def _lengths(field: FieldInfo) -> str:
    low = max((m.min_length for m in field.metadata if hasattr(m, "min_length")), default=0)
    if any(getattr(m, "func", None) is one_line for m in field.metadata):
        return f" of {low} to {LONGEST_LINE} characters in one line"
    high = min((m.max_length for m in field.metadata if hasattr(m, "max_length")), default=None)
    if high is not None:
        return f" of {low} to {high} characters"
    return " that is not empty" if low else ""


def _without_none(annotation: Any) -> Any:
    if typing.get_origin(annotation) in (types.UnionType, typing.Union):
        annotation = next(arg for arg in typing.get_args(annotation) if arg is not type(None))
    return typing.get_args(annotation)[0] if typing.get_origin(annotation) is typing.Annotated else annotation


def _is_table(kind: Any) -> typing.TypeGuard[type[Table]]:
    return isinstance(kind, type) and issubclass(kind, Table)


def schema() -> dict[str, Any]:
    """Return the JSON Schema of the scenario file; a plan holds partial operational tables directly."""
    whole = Scenario.model_json_schema()
    definitions = whole["$defs"]
    entry = definitions["PlanEntry"]["properties"]
    del entry["overrides"]
    for table in OPERATIONAL:
        part = _partial(whole["properties"][table], definitions)
        if table == "damage":
            part["properties"] = {key: part["properties"][key] for key in PLAN_DAMAGE_KEYS}
        entry[table] = part
    whole["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    return whole


def _partial(part: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    """Return a copy of a table's schema in which no key is required and none has a default."""
    if "$ref" in part:
        target = definitions[part["$ref"].rpartition("/")[2]]
        copy = {key: value for key, value in target.items() if key != "required"}
        copy["properties"] = {
            key: {k: v for k, v in value.items() if k != "default"} for key, value in target["properties"].items()
        }
        return copy
    if "additionalProperties" in part:
        return part | {"additionalProperties": _partial(part["additionalProperties"], definitions)}
    return part
