"""One declaration per scenario field: unit, default, evidence grade, source, cause group, nominal value.

The JSON Schema, the key reference, sweeps and risk attribution are made from these declarations.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal
from unicodedata import category

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

Grade = Literal["A", "B", "C", "D", "X", ""]
"""Evidence: A regulator, statute or operator statistics, B press or paper, C vendor or consultant,
D arithmetic on A-C, X assumption; empty where the field is a choice or a name and not a fact."""

Cause = Literal["people", "process", "environment", "technology", ""]


LONGEST_LINE = 200


def is_line(text: str) -> bool:
    """Return whether a text can stand in a title or a table: not long, no line break, no control character."""
    return len(text) <= LONGEST_LINE and not any(category(c) in ("Cc", "Zl", "Zp", "Cs") for c in text)


def one_line(value: object) -> object:
    """Return the value; refuse a text that is no line."""
    if isinstance(value, str) and not is_line(value):
        raise ValueError("no line")
    return value


Line = Annotated[str, BeforeValidator(one_line)]
"""A text that readers see, in one line."""


class Table(BaseModel):
    """A table of the scenario file: frozen, and strict about names and types."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


def as_tuple(value: object) -> object:
    """Return a TOML array as a tuple; strict pydantic takes no list for one."""
    return tuple(value) if isinstance(value, list) else value


def param(
    default: Any = PydanticUndefined,
    *,
    doc: str,
    unit: str = "",
    grade: Grade = "",
    source: str = "",
    cause: Cause = "",
    nominal: Any = None,
    low: float | None = None,
    high: float | None = None,
    names: str = "",
    **limits: Any,
) -> Any:
    """Declare a field: `doc` says what it means, `limits` are pydantic's (ge, gt, le, lt, min_length).

    `low` and `high` are the ends between which an assumption is thought to lie: at one of them it would be
    surprising, beyond them it would not be believed. `names`: what a text (or each of an array) names, such as a
    depot or a section.
    """
    extra: dict[str, Any] = {
        "unit": unit,
        "grade": grade,
        "source": source,
        "cause": cause,
        "nominal": nominal,
        "low": low,
        "high": high,
    } | ({"names": names} if names else {})
    if default is not PydanticUndefined and not callable(default):
        return Field(default, description=doc, json_schema_extra=extra, **limits)
    if callable(default):
        return Field(default_factory=default, description=doc, json_schema_extra=extra, **limits)
    return Field(description=doc, json_schema_extra=extra, **limits)


def facts(field: FieldInfo) -> dict[str, Any]:
    """Return unit, grade, source, cause and nominal value of a field."""
    extra = field.json_schema_extra
    assert isinstance(extra, dict)
    return dict(extra)
