"""What is wrong at a key path, and names and values as a reader of the file knows them."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time

from sim.errors import nearest_name

Path = tuple[str | int, ...]
"""Keys from the top of the file; an int is a place in an array, counted from 0."""

NAME_FORM = "a name is at most 60 letters, digits, '_' and '-', and does not start with '-'"
_SHOWN = 60
_UNITS = "h|min|s|d|day|days|km|m|kmh|mph|mps|ms|kt|hpa|sd|fraction|share|percent|pct|factor"
_UNIT = re.compile(rf"_({_UNITS}|per_({_UNITS}))$", re.IGNORECASE)


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, before it is known which file or option to blame."""

    path: Path
    value: str
    allowed: str
    nearest: str = ""


def dotted(path: Path) -> str:
    """Return a key path as text: `crews.line.count`; places in arrays count from 1, `actions[#1].at`."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[#{part + 1}]"
        else:
            text += f".{_key(part)}" if text else _key(part)
    return text


def _key(part: str) -> str:
    return part if part and all(c in "_-" or c.isalnum() for c in part) else quoted(part)


def quoted(text: str) -> str:
    """Return a text in double quotes, unprintable characters escaped, cut when long."""
    escaped = "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in json.dumps(text, ensure_ascii=False)[1:-1])
    return f'"{_cut(escaped)}"'


def shown(value: object, depth: int = 0) -> str:
    """Return a value as it stands in a TOML file, cut when long."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, int):
        return _cut(hex(value)) if abs(value) >= 1 << 128 else str(value)
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, dict):
        inside = (
            "..." if depth > 2 else ", ".join(f"{_key(k)} = {shown(v, depth + 1)}" for k, v in [*value.items()][:4])
        )
        return _cut(f"{{ {inside} }}" if value else "{}")
    if isinstance(value, list | tuple):
        parts = ["..."] if depth > 2 else [shown(v, depth + 1) for v in value[:7]] + ["..."] * (len(value) > 7)
        return _cut("[" + ", ".join(parts) + "]")
    return _cut(str(value))


def nearest_key(name: str, known: Iterable[str], elsewhere: Iterable[str] = ()) -> str:
    """Return the known key that `name` means: in another unit, spelt alike, or in another table."""
    known = list(known)
    stem = _UNIT.sub("", name.lower())
    same = [key for key in known if _UNIT.sub("", key) == stem]
    if same:
        return nearest_name(name, same) or same[0]
    near = nearest_name(name.lower(), known)
    if near and sum(a == b for a, b in zip(near, name.lower(), strict=False)) * 2 > len(name):
        return near
    exact = [path for path in elsewhere if path.rpartition(".")[2] == name]
    return exact[0] if exact else near


def is_name(text: str) -> bool:
    """Return whether `text` may name a plan or a group; see NAME_FORM."""
    fits = all(c in "_-" or unicodedata.category(c)[0] in "LMN" for c in text)
    return bool(text) and fits and len(text) <= 60 and not text.startswith("-")


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."
