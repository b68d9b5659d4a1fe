"""What is measured beyond MEASURES: cost by part, energy not served, and how each clause of the standards fared.

The names depend on the scenario: `used_PART` and `cost_PART` for every part of the cost, `lost_PART` for how much of it is
spent for nothing if the storm turns away, and for a clause NAME
`standard_NAME` (the mean, or share of cases within the limit, that is held against it), `standard_NAME_met`, `_missed` and
`_exempt` (shares of its cases) and `standard_NAME_kept` (1 or 0; nan: nothing to judge).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from sim.hotline import ABANDONED, VOICE, WAITING, Calls, was_answered
from sim.log import Log
from sim.metrics.clauses import Evidence, judge_clauses
from sim.metrics.complaints import Dealt
from sim.metrics.cost import LOST, PARTS, amounts, committed, total, used
from sim.metrics.crews import CrewTime
from sim.metrics.energy import back_at, load_w, lost, most_lost_fraction, payments, unserved
from sim.metrics.intervals import Dark
from sim.metrics.measures import MEASURE_NAMES, MEASURES
from sim.metrics.weather import times_ordinary
from sim.scenario.model import Scenario
from sim.scenario.standards import BY_FAULTS
from sim.standards import LEVELS, graded
from sim.units import MIN_PER_H

if TYPE_CHECKING:
    from sim.damage import Drawn
    from sim.grid.network import Network

ENERGY, LOST_LOAD = "energy_not_served_mwh", "value_of_lost_load"
EVENT = ("event_load_out_fraction", "event_customers_out_fraction", "event_grade", "event_response_end_h")
"""Of the graded areas: largest shares out; the grade, 1 (I, the gravest) to 4 (IV), 0 for none; hours from landfall until
the response may end, nan where there is none."""
WEATHER = ("weather_faults_times", "weather_class")
"""Where payments go by the faults of each storm: those of its worst 24 hours over an ordinary day's, and the class that this
comes to, a place in `Standards.classes`; -1 for none."""
CLAUSE_COLUMNS = ("", "_met", "_missed", "_exempt", "_kept")


def further_names(scenario: Scenario) -> tuple[str, ...]:
    """Return the names of what is measured beyond MEASURES under a scenario."""
    names = [*(f"used_{part}" for part in PARTS), *(f"cost_{part}" for part in PARTS)]
    names += [*(f"lost_{part}" for part in LOST), ENERGY, LOST_LOAD]
    names += [f"standard_{name}{column}" for name in scenario.standards.judged for column in CLAUSE_COLUMNS]
    names += WEATHER if scenario.standards.weather == BY_FAULTS else ()
    return (*names, *(EVENT if scenario.standards.area_class else ()))


def measure_names(scenario: Scenario) -> tuple[str, ...]:
    """Return all columns of a scenario's replications: MEASURES first, then what is measured beyond them."""
    return (*MEASURE_NAMES, *further_names(scenario))


def unit_of_measure(name: str) -> str:
    """Return the unit of any measure; empty where it has none that can be set beside others."""
    if name in MEASURES:
        return MEASURES[name].unit
    return "currency" if name.startswith("cost_") or name == LOST_LOAD else ""


def costs(
    log: Log, calls: Calls, dark: Dark, network: Network, settings: Scenario, ends_at: float, most_out: float
) -> tuple[dict[str, float], set[str]]:
    """Return cost, its parts, what is spent if the storm turns away and the energy not served; and what may still grow.

    ends_at : minute at which the emergency ends. most_out : most customers out at one time.
    """
    prices, by_agents = settings.cost, int(np.count_nonzero(was_answered(calls.result)))
    by_voice = by_agents + int(np.isin(calls.result, (VOICE, ABANDONED, WAITING)).sum())
    weather = _weather(log, network, settings)
    paid, grows = payments(dark, network, settings, most_out, weather.get(WEATHER[0], 0.0))
    quantities = used(settings, log, by_agents, by_voice, ends_at, paid)
    parts, energy = amounts(quantities, prices), unserved(dark, network, prices)
    wasted = committed(settings, log)
    values = {
        "cost": total(parts),
        "cost_if_storm_turns_away": total(amounts(wasted, prices)),
        **{f"used_{part}": n for part, n in quantities.items()},
        **{f"cost_{part}": amount for part, amount in parts.items()},
        **{f"lost_{part}": n for part, n in wasted.items()},
        ENERGY: energy.mwh,
        LOST_LOAD: energy.value(prices),
        **weather,
    }
    return values, {"used_payments", "cost_payments", "cost"} if grows else set()


def _weather(log: Log, network: Network, settings: Scenario) -> dict[str, float]:
    """Return the measures of WEATHER; nothing where the class of weather is given."""
    rules = settings.standards
    if rules.weather != BY_FAULTS:
        return {}
    times = times_ordinary(log, network, rules)
    name = rules.class_of(times)
    return dict(zip(WEATHER, (times, float(rules.classes.index(name) if name else -1)), strict=True))


def standards(
    log: Log, calls: Calls, dark: Dark, crews: CrewTime, dealt: Dealt, drawn: Drawn, settings: Scenario
) -> tuple[dict[str, float], set[str]]:
    """Return how each clause fared and how grave the event was; and which means are lower bounds."""
    values: dict[str, float] = {}
    bounds = set()
    for name, judged in judge_clauses(Evidence(log, calls, dark, crews, dealt, drawn, settings)).items():
        shares = (judged.figure, judged.met, judged.missed, judged.exempt, judged.kept)
        values |= {f"standard_{name}{column}": value for column, value in zip(CLAUSE_COLUMNS, shares, strict=True)}
        bounds |= {f"standard_{name}"} if judged.is_bound else set()
    event, is_open = _event(dark, drawn.network, settings)
    return values | event, bounds | ({EVENT[-1]} if is_open else set())


def _event(dark: Dark, network: Network, settings: Scenario) -> tuple[dict[str, float], bool]:
    """Return the measures of EVENT, and whether the response is not over by the horizon; nothing where none is asked for."""
    standards = settings.standards
    if not standards.area_class:
        return {}, False
    rule, load = standards.grades[standards.area_class], load_w(network, settings.cost)
    sections = _within(network, standards.graded_areas or tuple(network.area_name.tolist()))
    shares = [most_lost_fraction(dark, weight, sections) for weight in (load, network.customers)]
    edges = (rule.load_fraction, rule.customers_fraction)
    found = [graded(share, rule.levels, each) for share, each in zip(shares, edges, strict=True)]
    gravest = min((LEVELS.index(level) + 1 for level in found if level), default=0)
    end_h, is_open = math.nan, False
    if gravest and rule.end_load_fraction is not None:
        key = lost(dark, load, _within(network, standards.key_areas))
        ends = (
            back_at(lost(dark, load, sections), rule.end_load_fraction, settings.horizon_min),
            back_at(key, rule.end_key_fraction, settings.horizon_min),
        )
        end_h = max(0.0, max(at for at, _ in ends) - settings.landfall_at) / MIN_PER_H
        is_open = any(each for _, each in ends)
    return dict(zip(EVENT, (*shares, float(gravest), end_h), strict=True)), is_open


def _within(network: Network, areas: tuple[str, ...]) -> np.ndarray:
    """Return which sections lie in areas, (n_sections,)."""
    return np.asarray(np.isin(network.area_name, areas)[network.area])


def emergency_ends_at(t99_h: float, settings: Scenario) -> float:
    """Return the minute at which the emergency ends: when fewer than 1 % of those interrupted are still out."""
    return settings.landfall_at + t99_h * MIN_PER_H
