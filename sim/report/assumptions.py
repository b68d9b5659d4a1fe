"""The assumptions that matter most, with their values, grades and whether plans change them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sim.scenario.model import Scenario
from sim.words import Words

MATTERING = (
    "damage.tree_median_mps",
    "damage.fragility_log_sd",
    "storm.intensity_sd",
    "storm.track_sd_km",
    "storm.gust_residual_sd",
    "work.wind_limit_mps",
    "work.wire_h",
    "work.pole_h",
    "work.duration_log_sd",
    "work.repair_level_log_sd",
    "work.hard_access_fraction",
    "work.first_day_speed_fraction",
    "knowledge.calls_to_infer",
    "knowledge.patrol_scope",
    "network.zone_sections",
    "customers.caller_fraction",
    "customers.followup_per_h",
    "hotline.patience_s",
    "complaints.per_1000_customer_h_48",
    "complaints.missed_etr_factor",
    "complaints.failed_contact_factor",
    "notices.reach_fraction",
)
"""Keys on which the conclusions rest, in the order of the flow."""


@dataclass(frozen=True)
class Assumption:
    """One key: value in force, unit (of a share: none, it is in per cent), evidence grade, meaning, source, and who changes it."""

    key: str
    value: str
    unit: str
    grade: str
    meaning: str
    source: str
    changed_by: tuple[str, ...]


def assumptions(scenario: Scenario, plans: tuple[str, ...], w: Words) -> list[Assumption]:
    """Return the assumptions that matter, as declared and in force."""
    out = []
    for key in MATTERING:
        table, name = key.split(".")
        field = type(getattr(scenario, table)).model_fields[name]
        extra: dict[str, Any] = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
        value = getattr(getattr(scenario, table), name)
        changed = tuple(p for p in plans if p in scenario.plans and name in scenario.plans[p].overrides.get(table, {}))
        unit = str(extra.get("unit", ""))
        shown = f"{value:g}" if isinstance(value, (int, float)) else str(value)
        if unit == "fraction" and isinstance(value, (int, float)):
            shown, unit = w("number.percent", n=f"{100 * value:g}"), ""
        out.append(
            Assumption(
                key,
                shown,
                w(f"unit.{unit}") if f"unit.{unit}" in w else unit,
                str(extra.get("grade", "")),
                w(f"assumption.{key}"),
                str(extra.get("source", "")),
                changed,
            )
        )
    return out
