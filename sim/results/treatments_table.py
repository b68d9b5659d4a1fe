"""The table of treatments for spreadsheets."""

from __future__ import annotations

from collections.abc import Sequence

from sim.results.tables import Table
from sim.results.writing import Cell
from sim.risk.treatments import Compared


def treatments_table(rows: Sequence[Compared]) -> Table:
    """Return a row per plan: money, harm, safety, levels left."""
    header = [
        "plan", "treatment", "cash", "cash_lo", "cash_hi", "cash_more", "cash_more_lo", "cash_more_hi", "besides",
        "premium", "recovered", "customer_hours", "customer_hours_lo", "customer_hours_hi", "customer_hours_tail",
        "saved", "saved_lo", "saved_hi", "not_priced", "price_per_hour_saved", "total", "total_lo", "total_hi", "total_tail", "safety",
        "endangered", "high", "medium", "low", "residual", "dominated",
    ]  # fmt: skip
    out: list[list[Cell]] = []
    for row in rows:
        cells: list[Cell] = [row.plan, row.kind, row.cash.mean, row.cash.lo, row.cash.hi]
        cells += [row.more.mean, row.more.lo, row.more.hi, row.besides, row.premium, row.recovered]
        cells += [
            row.hours.mean,
            row.hours.lo,
            row.hours.hi,
            row.hours_tail,
            row.saved.mean,
            row.saved.lo,
            row.saved.hi,
        ]
        cells += [" ".join(row.lacking), row.price, row.total.mean, row.total.lo, row.total.hi, row.total_tail, row.safety]
        cells += [" ".join(row.endangered), *(row.levels[level] for level in ("high", "medium", "low"))]
        out.append([*cells, row.residual, row.is_dominated])
    return header, out
