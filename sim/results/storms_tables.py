"""The tables of results by the storm that came: the storms, and the regret of every plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

from sim.experiment.storms import Regret, RegretRow, Storm
from sim.results.tables import Table, local_time
from sim.results.writing import Cell
from sim.scenario.model import Scenario


def storms_tables(storms: Sequence[Storm], regrets: Sequence[Regret], scenario: Scenario) -> dict[str, Table]:
    """Return name -> table: storms (one row each), regret (measure, class, plan)."""
    rows: list[list[Cell]] = [
        [s.number, s.strength, s.place, s.wind_mps, s.distance_km, local_time(s.at, scenario)] for s in storms
    ]
    names = [field.name for field in fields(RegretRow)]
    regret: list[list[Cell]] = [
        [table.measure, *(getattr(row, name) for name in names)] for table in regrets for row in table.rows
    ]
    header = ["storm", "strength", "place", "wind_mps", "distance_km", "local_time"]
    return {"storms": (header, rows), "regret": (["measure", *names], regret)}
