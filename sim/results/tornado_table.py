"""The table of a tornado: every assumption at both ends, by measure, the largest effect first."""

from __future__ import annotations

from sim.experiment.tornado import Tornado
from sim.results.tables import Table
from sim.results.writing import Cell


def tornado_table(found: Tornado) -> Table:
    """Return a row per measure, assumption and end."""
    header = [
        "measure", "assumption", "unit", "end", "value", "in_force_min", "in_force_max", "swing", "difference", "lo",
        "hi", "difference_in_force", "best", "best_in_force", "clear", "n_censored",
        "bound", "is_open",
    ]  # fmt: skip
    rows: list[list[Cell]] = []
    for measure, swings in found.swings.items():
        base = found.base[measure]
        for swing in swings:
            one = swing.assumption
            for end, effect in (("low", swing.low), ("high", swing.high)):
                rows.append(
                    [
                        measure, one.key, one.unit, end, one.low if end == "low" else one.high, min(one.base),
                        max(one.base), swing.size, effect.difference, effect.lo, effect.hi, base.difference,
                        effect.best, base.best, effect.clear, effect.n_censored, effect.bound, effect.is_open,
                    ]
                )  # fmt: skip
    return header, rows
