"""A preset of standards laid under what a scenario file says itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sim.scenario.plans import merge
from sim.standards import PRESETS, preset


def with_preset(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return a file's tables with the preset that it names laid under its `[standards]`; as they are without one."""
    own = raw.get("standards")
    name = own.get("preset") if isinstance(own, dict) else None
    if not isinstance(own, dict) or not isinstance(name, str) or name not in PRESETS:
        return dict(raw)
    return {**raw, "standards": merge(preset(name), own)}
