"""Standards and cost in words and cells: what the page and the terminal say of them."""

from __future__ import annotations

import math
from typing import Any

from sim.experiment.replicate import Experiment
from sim.experiment.service import Chance, ClauseRow, GradeRow, clause_rows, grade_rows
from sim.experiment.spending import deals, part_rows, unpriced
from sim.experiment.statistics import t_interval
from sim.metrics.further import WEATHER
from sim.scenario.model import Scenario
from sim.scenario.standards import BY_FAULTS, Clause
from sim.words import Words


def clause_text(clause: Clause, w: Words) -> str:
    """Return a clause in words: what, the limit, where, and of which cases it must hold."""
    about = f"{clause.about}_day" if clause.per_day else clause.about
    number = w.percent(clause.limit) if clause.unit == "fraction" else f"{clause.limit:g}"
    key = f"clause.{about}_one" if clause.limit == 1 and f"clause.{about}_one" in w else f"clause.{about}"
    parts = [w(key, limit=number)]
    if clause.land != "all":
        parts.append(w(f"clause.in_{clause.land}"))
    if clause.mean:
        parts.append(w("clause.mean"))
    elif clause.about not in ("abandoned", "busy") and clause.at_least_fraction < 1:
        parts.append(w("clause.share", share=w.percent(clause.at_least_fraction)))
    return w("clause.join").join(parts)


def standards_shown(experiment: Experiment, scenario: Scenario, w: Words) -> list[dict[str, Any]]:
    """Return what the page shows of each clause: its words and source, and a row of cells for every plan."""
    shown: dict[str, dict[str, Any]] = {}
    for row in clause_rows(experiment, scenario):
        each = shown.setdefault(row.clause, {
            "name": row.clause, "text": clause_text(row.terms, w), "source": row.terms.source,
            "grade": row.terms.grade, "rows": [],
        })  # fmt: skip
        each["rows"].append({"plan": row.plan, "cells": _clause_cells(row, w)})
    return list(shown.values())


def _clause_cells(row: ClauseRow, w: Words) -> list[str]:
    """Return met, missed, exempt with their intervals, the figure, and the shares of cases."""
    if not row.n:
        return [w("standards.nothing"), "", "", "", ""]
    figure = w.percent(row.figure, 1) if row.figure_unit == "fraction" else w.number(row.figure, 1)
    if row.figure_unit != "fraction" and math.isfinite(row.figure):
        figure = w("standards.figure", n=figure, unit=w(f"unit.{row.figure_unit}"))
    at_least = w("table.at_least") if row.n_bound else ""
    cases = (row.cases_met, row.cases_missed, row.cases_exempt)
    return [
        *(_chance_cell(chance, w) for chance in (row.met, row.missed, row.exempt)),
        at_least + figure,
        " / ".join(w.percent(share) for share in cases),
    ]


def _chance_cell(chance: Chance, w: Words) -> str:
    lo, hi = w.number(100 * chance.lo), w.number(100 * chance.hi)
    return w("standards.chance", share=w.percent(chance.share), lo=lo, hi=hi)


def grades_shown(experiment: Experiment, scenario: Scenario, w: Words) -> dict[str, Any] | None:
    """Return what the page shows of event grades: a column per grade, a row per plan; None where none is asked for."""
    rows = grade_rows(experiment, scenario)
    if not rows:
        return None
    standards = scenario.standards
    levels = list(dict.fromkeys(row.grade for row in rows))
    where = w.listed(standards.graded_areas) if standards.graded_areas else w("standards.whole_network")
    return {
        "note": w("standards.grades_note", where=where, kind=standards.area_class),
        "source": standards.grades[standards.area_class].source,
        "columns": [w("standards.grade", grade=level) if level else w("standards.no_grade") for level in levels],
        "rows": [
            {
                "plan": plan,
                "cells": [(_chance_cell(row.chance, w), _response_end(row, w)) for row in rows if row.plan == plan],
            }
            for plan in experiment.plans
        ],
    }


def _response_end(row: GradeRow, w: Words) -> str:
    known = math.isfinite(row.response_end_h)
    return w("standards.response_end", n=w.number(row.response_end_h)) if known else ""


def standards_lines(experiment: Experiment, scenario: Scenario, w: Words) -> list[str]:
    """Return one short line per clause, and one for the event grades: how often each is met under which plan."""
    rows = clause_rows(experiment, scenario)
    lines = [w("standards.head", n=len(experiment.replications))] if rows else []
    for name in dict.fromkeys(row.clause for row in rows):
        mine = [row for row in rows if row.clause == name]
        said = {row.plan: _said(row, w) for row in mine}
        lines.append(w("standards.line", clause=clause_text(mine[0].terms, w), said=_by_plan(said, w)))
    grades = grade_rows(experiment, scenario)
    if grades:
        said = {
            plan: w.listed([
                f"{row.grade or w('standards.no_grade')} {w.percent(row.chance.share)}"
                for row in grades if row.plan == plan and row.chance.share > 0
            ])
            for plan in experiment.plans
        }  # fmt: skip
        lines.append(w("standards.line", clause=w("standards.event"), said=_by_plan(said, w)))
    return lines


def _said(row: ClauseRow, w: Words) -> str:
    if not row.n:
        return w("standards.nothing")
    told = w.percent(row.met.share)
    return w("standards.with_exempt", met=told, exempt=w.percent(row.exempt.share)) if row.exempt.share else told


def _by_plan(said: dict[str, str], w: Words) -> str:
    """Return what is said of each plan, once where it is the same for all."""
    if len(set(said.values())) == 1:
        text = next(iter(said.values()))
        return w("standards.all_plans", said=text) if len(said) > 1 else text
    return w("list.comma").join(f"{plan} {text}" for plan, text in said.items())


def weather_line(experiment: Experiment, scenario: Scenario, w: Words) -> str:
    """Return which class of weather payments go by, and whether it is given or found; empty where nothing is paid."""
    rules = scenario.standards
    if rules.weather != BY_FAULTS:
        return w("standards.weather_given", name=rules.weather) if rules.weather else ""
    found, times = (experiment.of(name)[0] for name in WEATHER[::-1])
    places = [*enumerate(rules.classes), (-1, w("standards.no_grade"))]
    shares = [
        f"{name} {w.percent(float((found == place).mean()))}"
        for place, name in places
        if (found == place).any()
    ]
    return w(
        "standards.weather_found", plan=experiment.plans[0], times=w.number(float(times.mean())), shares=w.listed(shares)
    )


def cost_shown(experiment: Experiment, scenario: Scenario, w: Words) -> dict[str, Any] | None:
    """Return what the page shows of the cost: a row per plan, a table of parts, and what is not priced; None without."""
    rows = part_rows(experiment, scenario.cost)
    if not rows:
        return None
    parts = list(dict.fromkeys(row.part for row in rows))
    by_part = [
        {
            "name": w(f"cost_part.{part}"),
            "unit": w(f"unit.{next(row.unit for row in rows if row.part == part)}"),
            "cells": [
                {
                    "amount": w.big(row.amount) if row.is_priced else w("cost_parts.unpriced"),
                    "used": w.big(row.quantity),
                    "lost": w("cost_parts.lost_of_it", n=w.big(row.lost)) if row.lost else "",
                }
                for row in rows
                if row.part == part
            ],
        }
        for part in parts
    ]
    return {
        "currency": scenario.cost.currency,
        "plans": [{"plan": plan, "cells": cells} for plan, cells in _plan_cells(experiment, scenario, w)],
        "parts": by_part,
        "lacking": lacking_line(experiment, scenario, w),
        "weather": weather_line(experiment, scenario, w),
    }


def _plan_cells(experiment: Experiment, scenario: Scenario, w: Words) -> list[tuple[str, list[str]]]:
    """Return per plan: cost with interval, cost per customer-hour avoided, lost if away, energy, value of lost load."""
    out = []
    for p, deal in enumerate(deals(experiment, scenario.cost)):
        mean, _, hi = t_interval(experiment.of("cost")[p])
        at_least = w("table.at_least") if experiment.is_censored("cost")[p].any() and math.isfinite(mean) else ""
        cost = at_least + w.big(mean) + (f" ± {w.big(hi - mean)}" if math.isfinite(hi) and hi > mean else "")
        price = w.number(deal.price, Words.digits(deal.price)) if p else w("table.reference")
        others = [
            float(experiment.of(name)[p].mean())
            for name in ("cost_if_storm_turns_away", "energy_not_served_mwh", "value_of_lost_load")
        ]
        out.append((deal.plan, [cost, price, *(w.big(value) for value in others)]))
    return out


def lacking_line(experiment: Experiment, scenario: Scenario, w: Words) -> str:
    """Return which parts are used and not priced, empty when all are."""
    rows, currency = part_rows(experiment, scenario.cost), scenario.cost.currency
    lacking = unpriced(rows)
    if not lacking:
        return ""
    if all(not row.amount for row in rows if row.is_priced):
        return w("cost_parts.none_priced", currency=currency)
    return w("cost_parts.lacking_note", parts=w.listed([w(f"cost_part.{part}") for part in lacking]), currency=currency)
