"""Packages that only some readers need."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from sim.errors import InputError


def wanted(module: str, extra: str, file: str) -> Any:
    """Import a package of an extra, or raise `InputError` that says how to install it."""
    try:
        return import_module(module)
    except ImportError:
        text = f"needs the extra '{extra}': pip install 'drill[{extra}]'"
        raise InputError.one(file, "", None, text) from None
