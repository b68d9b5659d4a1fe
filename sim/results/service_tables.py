"""Tables of standards and cost as header and rows."""

from __future__ import annotations

import math

from sim.experiment.replicate import Experiment
from sim.experiment.service import Chance, clause_rows, grade_rows
from sim.experiment.spending import deals, part_rows, unpriced
from sim.experiment.statistics import t_interval
from sim.results.writing import Cell
from sim.scenario.model import Scenario

Table = tuple[list[str], list[list[Cell]]]


def service_tables(experiment: Experiment, scenario: Scenario) -> dict[str, Table]:
    """Return the tables that the run has data for: standards, event_grades, cost, cost_parts."""
    made = {
        "standards": standards_table(experiment, scenario),
        "event_grades": grades_table(experiment, scenario),
        "cost": cost_table(experiment, scenario),
        "cost_parts": cost_parts_table(experiment, scenario),
    }
    return {name: table for name, table in made.items() if table[1]}


def standards_table(experiment: Experiment, scenario: Scenario) -> Table:
    """Clause by plan: probabilities met, missed, exempt with Wilson intervals, the figure, shares of cases, source."""
    header = [
        "clause", "plan", "about", "land", "held", "limit", "unit", "at_least_fraction", "exempt_by", "information", "n",
        *(f"{name}{end}" for name in ("met", "missed", "exempt") for end in ("", "_lo", "_hi")),
        "n_none", "figure", "figure_unit", "n_bound", "cases_met", "cases_missed", "cases_exempt", "source", "grade",
    ]  # fmt: skip
    rows: list[list[Cell]] = []
    for row in clause_rows(experiment, scenario):
        terms = row.terms
        rows.append([
            row.clause, row.plan, terms.about, terms.land, row.form, terms.limit, terms.unit,
            terms.at_least_fraction if row.form == "share" else math.nan, terms.exempt, row.information, row.n,
            *_cells(row.met), *_cells(row.missed), *_cells(row.exempt),
            row.n_none, row.figure, row.figure_unit, row.n_bound, row.cases_met, row.cases_missed, row.cases_exempt,
            terms.source, terms.grade,
        ])  # fmt: skip
    return header, rows


def grades_table(experiment: Experiment, scenario: Scenario) -> Table:
    """Plan by event grade: its probability with Wilson interval; the response level is the grade's; "none": no grade."""
    header = ["plan", "grade", "probability", "lo", "hi", "n", "response_end_h", "kind_of_place", "areas", "source", "evidence"]
    standards, rows = scenario.standards, []
    for row in grade_rows(experiment, scenario):
        rule = standards.grades[standards.area_class]
        areas = " ".join(standards.graded_areas)
        cells: list[Cell] = [row.plan, row.grade or "none", *_cells(row.chance), row.n, row.response_end_h]
        rows.append([*cells, standards.area_class, areas, rule.source, rule.grade])
    return header, rows


def cost_table(experiment: Experiment, scenario: Scenario) -> Table:
    """Plan: the utility's cash, what it buys over the reference, what is lost if the storm turns away; and energy.

    `not_priced` names parts that are used and that the cost does not hold; where a plan uses more or less of them than the
    reference, there is no cost per customer-hour. The value of lost load is the customers', not
    the utility's.
    """
    header = [
        "plan", "currency", "cost", "cost_lo", "cost_hi", "not_priced", "lost_if_storm_turns_away", "cost_difference",
        "customer_hours_avoided", "cost_per_customer_hour_avoided", "energy_not_served_mwh", "value_of_lost_load",
    ]  # fmt: skip
    parts = part_rows(experiment, scenario.cost)
    if not parts:
        return header, []
    rows: list[list[Cell]] = []
    lacking = " ".join(unpriced(parts))
    for p, deal in enumerate(deals(experiment, scenario.cost)):
        cost, lost, energy, value = (
            experiment.of(name)[p]
            for name in ("cost", "cost_if_storm_turns_away", "energy_not_served_mwh", "value_of_lost_load")
        )
        rows.append([
            deal.plan, scenario.cost.currency, *t_interval(cost), lacking, float(lost.mean()), deal.cost[0],
            deal.avoided[0], deal.price, float(energy.mean()), float(value.mean()),
        ])  # fmt: skip
    return header, rows


def cost_parts_table(experiment: Experiment, scenario: Scenario) -> Table:
    """Plan by part: mean quantity, price and mean amount with its interval, none where there is no price.

    lost_* : of it, what is spent for nothing if the storm turns away.
    """
    header = ["plan", "part", "quantity", "unit", "price", "currency", "amount", "lo", "hi", "priced"]
    header += ["lost_quantity", "lost_amount"]
    rows: list[list[Cell]] = [
        [
            row.plan, row.part, row.quantity, row.unit, row.price, scenario.cost.currency, row.amount, row.lo, row.hi,
            row.is_priced, row.lost, row.lost_amount,
        ]
        for row in part_rows(experiment, scenario.cost)
    ]  # fmt: skip
    return header, rows


def _cells(chance: Chance) -> list[Cell]:
    return [chance.share, chance.lo, chance.hi]
