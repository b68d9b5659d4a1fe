"""The presets: what regulators and companies have laid down, one data file each, every clause with its source."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

PRESETS = ("sgcc", "csg", "japan", "maryland", "michigan", "california-go166", "gb", "ny")
_FOLDER = Path(__file__).parent / "presets"
_NATIONAL = {"sgcc": "china", "csg": "china"}
"""Presets of companies that are also under a file of rules for their whole country."""


@cache
def preset(name: str) -> dict[str, Any]:
    """Return a preset as the table `[standards]` of a scenario file would hold it; not to be changed.

    name : one of PRESETS.
    """
    found = _read(name)
    return _read(_NATIONAL[name]) | found if name in _NATIONAL else found


def _read(name: str) -> dict[str, Any]:
    with (_FOLDER / f"{name}.toml").open("rb") as file:
        return tomllib.load(file)
