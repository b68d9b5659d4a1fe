"""What is measured beyond MEASURES: cost by part, energy not served, and how each clause of the standards fared.

The names depend on the scenario: `used_PART` and `cost_PART` for every part of the cost, and for a clause NAME
`standard_NAME` (the mean, or share of cases within the limit, that is held against it), `standard_NAME_met`, `_missed` and
`_exempt` (shares of its cases) and `standard_NAME_kept` (1 or 0; nan: nothing to judge).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.hotline import ABANDONED, VOICE, WAITING, Calls, is_answered
from sim.log import Log
from sim.metrics.clauses import Evidence, judge_clauses
from sim.metrics.complaints import Handled
from sim.metrics.cost import PARTS, amounts, committed, total, used
from sim.metrics.crews import CrewTime
from sim.metrics.energy import load_out_fraction, payments, unserved
from sim.metrics.intervals import Dark
from sim.metrics.measures import MEASURE_NAMES
from sim.scenario.model import Scenario
from sim.standards import LEVELS, graded
from sim.units import MIN_PER_H

if TYPE_CHECKING:
    from sim.damage import Drawn
    from sim.grid.network import Network

ENERGY, LOST_LOAD = "energy_not_served_mwh", "value_of_lost_load"
EVENT = ("event_load_out_fraction", "event_customers_out_fraction", "event_grade")
"""Of the graded areas: largest shares out, and the grade, 1 (I, the gravest) to 4 (IV), 0 for none."""
CLAUSE_COLUMNS = ("", "_met", "_missed", "_exempt", "_kept")


def further_names(scenario: Scenario) -> tuple[str, ...]:
    """Return the names of what is measured beyond MEASURES under a scenario."""
    names = [*(f"used_{part}" for part in PARTS), *(f"cost_{part}" for part in PARTS), ENERGY, LOST_LOAD]
    names += [f"standard_{name}{column}" for name in scenario.standards.judged for column in CLAUSE_COLUMNS]
    return (*names, *(EVENT if scenario.standards.area_class else ()))


def measure_names(scenario: Scenario) -> tuple[str, ...]:
    """Return all columns of a scenario's replications: MEASURES first, then what is measured beyond them."""
    return (*MEASURE_NAMES, *further_names(scenario))


def costs(
    log: Log, calls: Calls, dark: Dark, network: Network, settings: Scenario, ends_at: float, most_out: float
) -> tuple[dict[str, float], set[str]]:
    """Return cost, its parts, what is spent if the storm turns away and the energy not served; and what may still grow.

    ends_at : minute at which the emergency ends. most_out : most customers out at one time.
    """
    prices, by_agents = settings.cost, int(np.count_nonzero(is_answered(calls.result)))
    by_voice = by_agents + int(np.isin(calls.result, (VOICE, ABANDONED, WAITING)).sum())
    paid, grows = payments(dark, network, settings, most_out)
    quantities = used(settings, log, by_agents, by_voice, ends_at, paid)
    parts, energy = amounts(quantities, prices), unserved(dark, network, prices)
    values = {
        "cost": total(parts),
        "cost_if_storm_turns_away": total(amounts(committed(settings, log), prices)),
        **{f"used_{part}": n for part, n in quantities.items()},
        **{f"cost_{part}": amount for part, amount in parts.items()},
        ENERGY: energy.mwh,
        LOST_LOAD: energy.value(prices),
    }
    return values, {"used_payments", "cost_payments", "cost"} if grows else set()


def standards(
    log: Log, calls: Calls, dark: Dark, crews: CrewTime, complaints: Handled, drawn: Drawn, settings: Scenario
) -> tuple[dict[str, float], set[str]]:
    """Return how each clause fared and how grave the event was; and which means are lower bounds."""
    values: dict[str, float] = {}
    bounds = set()
    for name, judged in judge_clauses(Evidence(log, calls, dark, crews, complaints, drawn, settings)).items():
        shares = (judged.figure, judged.met, judged.missed, judged.exempt, judged.kept)
        values |= {f"standard_{name}{column}": value for column, value in zip(CLAUSE_COLUMNS, shares, strict=True)}
        bounds |= {f"standard_{name}"} if judged.is_bound else set()
    return values | _event(dark, drawn.network, settings), bounds


def _event(dark: Dark, network: Network, settings: Scenario) -> dict[str, float]:
    standards = settings.standards
    if not standards.area_class:
        return {}
    graded_names = standards.graded_areas or tuple(network.area_name.tolist())
    sections = np.isin(network.area_name, graded_names)[network.area]
    load, customers = load_out_fraction(dark, network, settings.cost, sections)
    rule = standards.grades[standards.area_class]
    found = [graded(load, rule.levels, rule.load_fraction), graded(customers, rule.levels, rule.customers_fraction)]
    gravest = min((LEVELS.index(level) + 1 for level in found if level), default=0)
    return dict(zip(EVENT, (load, customers, float(gravest)), strict=True))


def emergency_ends_at(t99_h: float, settings: Scenario) -> float:
    """Return the minute at which the emergency ends: when fewer than 1 % of those interrupted are still out."""
    return settings.landfall_at + t99_h * MIN_PER_H
