"""A paired difference as text: the mean and its interval, in hours or per cent of the reference."""

from __future__ import annotations

import math

from sim.experiment.compare import PairedRow
from sim.experiment.cut_off import Bound
from sim.words import Words


def difference_cell(row: PairedRow, w: Words) -> str:
    """Return `-12.1 h (-15.3 to -8.9)`, or per cent of the reference; the mean alone with a single run."""
    in_hours = row.measure == "t95_h"
    scale = 1.0 if in_hours else 100.0
    values = (row.difference, row.lo, row.hi) if in_hours else (row.relative, row.relative_lo, row.relative_hi)
    mean, lo, hi = (_signed(scale * value, w) for value in values)
    unit = w("differences.unit_hours" if in_hours else "differences.unit_percent", n=mean)
    if not math.isfinite(values[1]):
        return unit
    return w("differences.cell", mean=unit, lo=lo, hi=hi)


def measured(measure: str, value: float, w: Words) -> str:
    """Return an amount of a judged measure: hours with their unit, customer-hours and complaints as plain counts."""
    if measure == "t95_h":
        return w("differences.unit_hours", n=w.number(value, 1))
    return w.big(value) if value >= w.big_unit else w.number(value)


def bounded(text: str, bound: Bound, w: Words) -> str:
    """Return a number's text, marked where runs that were cut off make it really more, less, or either."""
    marks = {"": "", "more": w("table.at_least"), "less": w("table.at_most"), "either": w("table.either")}
    return marks[bound] + text


def share_text(row: PairedRow, w: Words) -> str:
    """Return in how many runs the plan is better; or that no run differs, where ties would read as half."""
    if row.difference == row.lo == row.hi == 0:
        return w("differences.share_none")
    return w("differences.share", share=w.percent(row.share_better))


def _signed(value: float, w: Words) -> str:
    text = w.number(value, 1)
    return f"+{text}" if value > 0 and text.strip("0.") else text
