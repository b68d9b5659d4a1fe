"""Titles that say what a figure shows, from the comparison."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.experiment.compare import Comparison, PairedRow
from sim.words import Words

if TYPE_CHECKING:
    from sim.report.material import Material


def with_verdict(comparison: Comparison, measure: str, verdict: str) -> list[PairedRow]:
    """Return the paired rows of a measure with that verdict, the lowest difference first."""
    rows = [row for row in comparison.paired if row.measure == measure and row.verdict == verdict]
    return sorted(rows, key=lambda row: row.difference)


def hours_text(hours: float, w: Words) -> str:
    """Return hours with one decimal below ten."""
    return w.number(hours, 0 if abs(hours) >= 10 else 1)


def restoration(material: Material, w: Words) -> str:
    """Return what happens to the time until 95 % are back."""
    comparison = material.comparison
    reference = comparison.reference
    t95 = comparison.row(reference, "t95_h")
    if not comparison.row(reference, "affected").mean > 0:
        return w("customers_out.title_none")
    if len(comparison.plans) == 1:
        key = "customers_out.title_cut" if t95.n_censored else "customers_out.title_one"
        key = "customers_out.title_cut_single" if t95.n_censored and comparison.n == 1 else key
        return w(key, plan=reference, hours=hours_text(t95.mean, w))
    better = with_verdict(comparison, "t95_h", "better")
    if not better:
        return w("customers_out.title_no_better", reference=reference)
    gain = hours_text(-better[0].difference, w)
    return w("customers_out.title_better", plan=better[0].plan, reference=reference, hours=gain)


def differences(material: Material, w: Words) -> str:
    """Return how many plans are better than the reference, by measure."""
    comparison = material.comparison
    n = {m: len(with_verdict(comparison, m, "better")) for m in ("t95_h", "customer_hours", "complaints")}
    counts = {"sooner": n["t95_h"], "hours": n["customer_hours"], "complaints": n["complaints"]}
    return w("differences.title", reference=comparison.reference, plans=w.count("plans", len(comparison.plans) - 1), **counts)


def complaints(material: Material, w: Words) -> str:
    """Return who draws the fewest complaints, and whether that rests on an assumption."""
    comparison, band = material.comparison, material.comparison.complaint_band
    mean = comparison.row(comparison.reference, "complaints").mean
    if len(comparison.plans) == 1 or not mean > 0:
        return w("complaints.title_one", plan=comparison.reference, n=w.number(mean))
    if band.ranking_changes and len({order[0] for order in band.ranking.values()}) > 1:
        return w("complaints.title_depends")
    better = with_verdict(comparison, "complaints", "better")
    if not better:
        return w("complaints.title_no_better", reference=comparison.reference)
    first = better[0]
    share = w.percent(-first.relative)
    return w("complaints.title_better", plan=first.plan, reference=comparison.reference, share=share)
