"""The tables of a sweep: every point, every storm, how much is enough."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

from sim.experiment.sweep import Enough, Sweep, SweepRow, enough
from sim.metrics.measures import MEASURE_NAMES, MEASURES
from sim.results.tables import Table
from sim.results.writing import Cell
from sim.scenario.model import Scenario

_POINT = ("plan", "values")


def sweep_tables(sweep: Sweep, measures: Sequence[str], scenario: Scenario) -> dict[str, Table]:
    """Return name -> table: sweep (all measures), storms (every point in every storm), enough (`measures`)."""
    return {
        "sweep": _points(sweep),
        "storms": _storms(sweep),
        "enough": _enough(sweep, measures, scenario),
    }


def _points(sweep: Sweep) -> Table:
    numbers = [field.name for field in fields(SweepRow) if field.name not in (*_POINT, "measure")]
    header = ["plan", *(vary.key for vary in sweep.design.varies), "measure", "unit", *numbers]
    rows: list[list[Cell]] = [
        [row.plan, *row.values, measure, MEASURES[measure].unit, *(getattr(row, name) for name in numbers)]
        for measure in MEASURE_NAMES
        for row in sweep.rows(measure)
    ]
    return header, rows


def _storms(sweep: Sweep) -> Table:
    header = ["plan", *(vary.key for vary in sweep.design.varies), "storm", *MEASURE_NAMES, "censored"]
    rows: list[list[Cell]] = []
    for point, row in zip(sweep.design.points, sweep.design.row, strict=True):
        values, censored = sweep.scores.values[row], sweep.scores.censored[row]
        for number, of_storm, cut in zip(sweep.numbers, values.tolist(), censored, strict=True):
            names = " ".join(name for name, is_cut in zip(MEASURE_NAMES, cut, strict=True) if is_cut)
            rows.append([point.plan, *point.values, number, *of_storm, names])
    return header, rows


def _enough(sweep: Sweep, measures: Sequence[str], scenario: Scenario) -> Table:
    numbers = [field.name for field in fields(Enough) if field.name not in ("plan", "measure", "others")]
    header = ["plan", "measure", "key", *(vary.key for vary in sweep.design.varies[1:]), *numbers]
    key = sweep.design.varies[0].key
    rows: list[list[Cell]] = [
        [found.plan, measure, key, *found.others, *(getattr(found, name) for name in numbers)]
        for measure in measures
        for found in enough(sweep, measure, scenario)
    ]
    return header, rows
