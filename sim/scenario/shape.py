"""The shape of a scenario file: known keys, right types, values within limits; all findings at once."""

from __future__ import annotations

from typing import Any, TypeVar, cast

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from sim.scenario.declared import adapter, allowed, inside, key_paths
from sim.scenario.fields import Table
from sim.scenario.finding import NAME_FORM, Finding, Path, is_name, nearest_key, shown

T = TypeVar("T", bound=Table)
Raw = dict[str, Any]

_BAD = object()
_WHOLE = 1 << 63  # TOML integers have 64 bits


def build(model: type[T], raw: Raw, path: Path, findings: list[Finding]) -> T:
    """Return `raw` as a table of the model as far as it is right, and add what is wrong to `findings`.

    A key whose value is wrong, or that is required and missing, has no attribute in the result: what needs it
    raises AttributeError.
    """
    known = list(model.model_fields)
    meant = set()
    for key in raw:
        if key not in model.model_fields:
            near = nearest_key(key, known, key_paths())
            meant.add(near)
            keys = "; the keys here are " + ", ".join(known) if len(known) <= 12 else ""
            findings.append(Finding((*path, key), shown(raw[key]), f"unknown key{keys}", near))
    values: Raw = {}
    bad = []
    for name, field in model.model_fields.items():
        if name in raw:
            values[name] = _part(field, raw[name], (*path, name), findings)
            if values[name] is _BAD:
                bad.append(name)
        elif field.is_required():
            bad.append(name)
            if name not in meant:
                findings.append(Finding((*path, name), "", f"missing; {allowed(field)}: {field.description}"))
    made = model.model_construct(**values)
    for name in bad:
        made.__dict__.pop(name, None)
    return cast(T, made)


def _part(field: FieldInfo, value: Any, path: Path, findings: list[Finding]) -> Any:
    """Return the value of one field, or _BAD with what is wrong added to `findings`."""
    holds, table = inside(field)
    if table is None:
        return _value(field, value, path, findings)
    if holds == "array":
        if not isinstance(value, list | tuple):
            return _wrong(path, value, f"an array of tables, each written [[{_header(path)}]]", findings)
        return tuple(_table(table, item, (*path, i), findings) for i, item in enumerate(value))
    if not isinstance(value, dict):
        name = ".NAME" if holds == "named" else ""
        return _wrong(path, value, f"a table, written [{_header(path)}{name}]", findings)
    if holds == "table":
        return _table(table, value, path, findings)
    for name in value:
        if not is_name(name):
            findings.append(Finding((*path, name), "", NAME_FORM))
    return {name: _table(table, entry, (*path, name), findings) for name, entry in value.items()}


def _table(model: type[Table], value: Any, path: Path, findings: list[Finding]) -> Table:
    if isinstance(value, dict):
        return build(model, value, path, findings)
    keys = [key for key in model.model_fields if key != "overrides"]  # of plans: the program's own, no key of the file
    _wrong(path, value, "a table with the keys " + ", ".join(keys), findings)
    empty = model.model_construct()
    empty.__dict__.clear()
    return empty


def _value(field: FieldInfo, value: object, path: Path, findings: list[Finding]) -> Any:
    fits = not (isinstance(value, int) and abs(value) >= _WHOLE)
    if fits:
        try:
            return adapter(field).validate_python(value)
        except (ValidationError, OverflowError):
            pass
    form = allowed(field)
    if isinstance(value, str) and "number" in form:
        form += "; without quotes and without a unit"
    return _wrong(path, value, form, findings)


def _wrong(path: Path, value: object, form: str, findings: list[Finding]) -> Any:
    near = ""
    if isinstance(value, str) and form.startswith("one of "):
        near = nearest_key(value, form.removeprefix("one of ").split(", "))
    findings.append(Finding(path, shown(value), form, near))
    return _BAD


def _header(path: Path) -> str:
    return ".".join(str(part) for part in path)
