"""The check against what happened, in words and numbers for tables."""

from __future__ import annotations

import math

from sim.experiment.check import CheckRow
from sim.report.clock import Clock
from sim.words import Words

_DIGITS = {"calls_per_affected": 3}


def check_cells(row: CheckRow, clock: Clock, w: Words) -> tuple[str, str, str, str, str]:
    """Return what, simulated (median and 90 % range, rounded), observed, what is believable, and whether it fits."""

    def text(value: float, *, is_exact: bool = True) -> str:
        if not math.isfinite(value):
            return "–"
        if row.what == "peak_at":
            return clock.date_time(value)
        digits = _DIGITS.get(row.what, 0)
        return w.number(value, digits) if is_exact or digits else w.about(value)

    def end(value: float, beside: float, *, is_exact: bool = True) -> str:
        """Return an end of a range; on the day of what stands beside it the clock alone will do."""
        if row.what != "peak_at" or not math.isfinite(value) or clock.date(value) != clock.date(beside):
            return text(value, is_exact=is_exact)
        return f"{clock.local(value):%H:%M}"

    when = clock.date_time(row.at_min) if math.isfinite(row.at_min) else ""
    middle, allowed_lo = row.median, row.allowed_lo
    lo, hi = (end(value, middle, is_exact=False) for value in (row.lo, row.hi))
    simulated = w("check.range", median=text(middle, is_exact=False), lo=lo, hi=hi)
    allowed = w("check.allowed_range", lo=text(allowed_lo), hi=end(row.allowed_hi, allowed_lo))
    fits = w("check.yes" if row.ok else "check.no")
    return w(f"check_what.{row.what}", when=when), simulated, text(row.observed), allowed, fits
