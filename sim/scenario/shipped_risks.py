"""The risks that ship, laid below a scenario's own before it is checked."""

from __future__ import annotations

import tomllib
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

from sim.scenario.plans import merge

Raw = dict[str, Any]


@cache
def _shipped() -> Raw:
    with (Path(__file__).parent / "risks.toml").open("rb") as file:
        return tomllib.load(file)


def shipped_names() -> tuple[str, ...]:
    """Return the names of the risks that ship."""
    return tuple(_shipped())


def with_shipped(raw: Raw) -> Raw:
    """Return a scenario file's tables with the shipped risks below its own."""
    own = raw.get("risks", {})
    return raw | {"risks": merge(deepcopy(_shipped()), own) if isinstance(own, dict) else own}


def without_shipped(raw: Raw) -> Raw:
    """Return the tables without the shipped risks that nothing changed, where risk.preset says that none shall be."""
    grading, risks = raw.get("risk"), raw.get("risks")
    if not isinstance(grading, dict) or grading.get("preset") != "none" or not isinstance(risks, dict):
        return raw
    return raw | {"risks": {name: entry for name, entry in risks.items() if entry != _shipped().get(name)}}
