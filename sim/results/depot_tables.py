"""Tables of the use by depot as header and rows."""

from __future__ import annotations

from collections.abc import Sequence

from sim.damage import WORK_CLASSES
from sim.experiment.depots import DepotUse
from sim.metrics.crews import STATES
from sim.results.tables import Table
from sim.results.writing import Cell


def depots_table(uses: Sequence[DepotUse]) -> Table:
    """Plan by place: most crews there, their hours by state from landfall until 95 % were back, and jobs nearest to it.

    Each plan in the replication of its own median customer-hours. first_crew_h : median hours from a job to the first
    crew that sets out for it, infinite where most were not begun.
    """
    header = ["plan", "replication", "depot", "crews_at_most", *(f"{state}_h" for state in STATES), "jobs", "first_crew_h"]
    rows: list[list[Cell]] = [
        [
            use.plan, use.replication, name, int(use.crews[i].max()), *use.hours[i].tolist(), int(use.jobs[i]),
            float(use.wait_h[i]),
        ]
        for use in uses
        for i, name in enumerate(use.names)
    ]  # fmt: skip
    return header, rows


def depot_stock_table(uses: Sequence[DepotUse]) -> Table:
    """Plan by depot and limited material: pieces at the start, drawn, ordered, delivered, left and least, hours without."""
    header = [
        "plan", "replication", "depot", "material", "at_start", "drawn", "ordered", "delivered", "left", "lowest", "out_h",
    ]  # fmt: skip
    rows: list[list[Cell]] = [
        [
            use.plan, use.replication, use.names[each.depot], WORK_CLASSES[each.work], each.at_start, each.drawn,
            each.ordered, each.delivered, each.left, each.lowest, each.out_h,
        ]
        for use in uses
        for each in use.supplies
    ]  # fmt: skip
    return header, rows
