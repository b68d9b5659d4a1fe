"""A plan: the scenario's settings with what the plan changes, and its timed actions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sim.errors import InputError, nearest_name
from sim.scenario.model import Scenario
from sim.scenario.timed import Action, action_of
from sim.scenario.training import trained

REMOVABLE = ("depots", "crews", "aid", "closures")
"""Collections whose entries `enabled = false` removes."""


@dataclass(frozen=True)
class Plan:
    """What the utility decides; `settings` is the whole scenario as the plan and its training have it, without `plans`."""

    name: str
    title: str
    settings: Scenario
    actions: tuple[Action, ...]


def plan(scenario: Scenario, name: str) -> Plan:
    """Return the plan of that name: overrides merged, removed entries gone, actions in order of time.

    Raises
    ------
    InputError : when the scenario has no such plan.
    pydantic.ValidationError : when the overrides do not fit; `read` has refused such a file.
    """
    if name not in scenario.plans:
        known = list(scenario.plans)
        raise InputError.one("plan", "", f'"{name}"', f"one of {', '.join(known)}", nearest_name(name, known))
    entry = scenario.plans[name]
    merged = merge(scenario.model_dump(), entry.overrides) | {"plans": {}}
    settings = trained(without_removed(Scenario.model_validate(merged)))
    actions = sorted((action_of(a, scenario) for a in entry.actions), key=lambda action: action.at)
    return Plan(name, entry.title or name, settings, tuple(actions))


def merge(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Return `under` with `over` laid upon it: tables merge, scalars and arrays replace; both stay as are."""
    merged = dict(under)
    for key, value in over.items():
        below = merged.get(key)
        both = isinstance(below, Mapping) and isinstance(value, Mapping)
        merged[key] = merge(below, value) if both else value  # type: ignore[arg-type]
    return merged


def without_removed(scenario: Scenario) -> Scenario:
    """Return the scenario without the depots, crews and aid that say `enabled = false`."""
    kept = {
        table: {key: entry for key, entry in entries.items() if getattr(entry, "enabled", True)}
        for table in REMOVABLE
        if (entries := getattr(scenario, table, None)) is not None
    }
    return scenario.model_copy(update=kept)
