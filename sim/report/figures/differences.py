"""Paired differences: how each plan differs from the reference in the same storms, and whether that matters."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sim.experiment.compare import JUDGED, PairedRow
from sim.report import headlines, style
from sim.report.differences_text import share_text
from sim.report.frame import Sheet, footer, framed, scaled, shortened
from sim.report.material import Material
from sim.report.style import Look
from sim.results.writing import Cell

if TYPE_CHECKING:
    from matplotlib.axes import Axes

HEADER = ["plan", "measure", "unit", "difference", "lo", "hi", "threshold", "share_of_runs_better", "verdict"]
_SHORT = 5  # characters of a tick label: six such labels stand side by side in a panel


def shown(row: PairedRow) -> tuple[float, float, float, float]:
    """Return (difference, lo, hi, threshold) as drawn: hours for t95_h, per cent of the reference for the others."""
    if row.measure == "t95_h":
        return row.difference, row.lo, row.hi, row.threshold
    base = row.reference_mean
    threshold = 100 * row.threshold / base if base > 0 else math.nan
    return 100 * row.relative, 100 * row.relative_lo, 100 * row.relative_hi, threshold


def draw(material: Material, look: Look) -> Sheet | None:
    """Draw the three judged measures side by side; None when there is nothing to compare."""
    comparison, w = material.comparison, look.words
    shown_plans = _rows(material, look)
    if not shown_plans:
        return None
    title = headlines.differences(material, w)
    level = w.percent(comparison.level)
    subtitle = w("differences.subtitle", reference=comparison.reference, level=level, m=comparison.n_comparisons)
    with style.styled(look):
        figure = framed(look, title, subtitle, footer(material, w), 11.0, 1.1 + 0.52 * len(shown_plans))
        grid = figure.subplots(1, len(JUDGED), sharey=True, squeeze=False).ravel().tolist()
        for axes, measure in zip(grid, JUDGED, strict=True):
            _panel(axes, [row for _, each in shown_plans for row in each if row.measure == measure], measure, look)
        grid[0].set_yticks(range(len(shown_plans)), [label for label, _ in shown_plans])
        grid[0].set_ylim(len(shown_plans) - 0.45, -0.55)
    rows: list[list[Cell]] = [
        [row.plan, row.measure, "h" if row.measure == "t95_h" else "%", *shown(row), row.share_better, row.verdict]
        for _, each in shown_plans
        for row in each
    ]
    return Sheet("2-differences", figure, title, w("differences.says"), _alt(material, look), HEADER, rows)


def _rows(material: Material, look: Look) -> list[tuple[str, list[PairedRow]]]:
    """Return label and rows of each plan beside the reference; those out of the race last, with the runs that they had."""
    comparison = material.comparison
    rows = [
        (shortened(plan, 110, style.LABEL_PT), [comparison.pair(plan, measure) for measure in JUDGED])
        for plan in comparison.plans[1:]
    ]
    for out in comparison.dropped:
        label = f"{shortened(out.plan, 110, style.LABEL_PT)}\n{look.words('differences.out', n=out.n)}"
        rows.append((label, [row for row in comparison.dropped_paired if row.plan == out.plan]))
    return rows


def _panel(axes: Axes, rows: list[PairedRow], measure: str, look: Look) -> None:
    w = look.words
    places = [shown(row) for row in rows]
    threshold = next((place[3] for place in places if math.isfinite(place[3])), 0.0)
    axes.axvspan(-threshold, threshold, color="#EDEDED", linewidth=0, zorder=0)
    axes.axvline(0, color=style.MUTED, linewidth=0.9, zorder=1)
    for y, (row, (mean, lo, hi, _)) in enumerate(zip(rows, places, strict=True)):
        marker, face, edge = style.VERDICTS[row.verdict]
        if math.isfinite(lo) and math.isfinite(hi):
            axes.plot([lo, hi], [y, y], color=edge, linewidth=1.8, solid_capstyle="butt", zorder=2)
        if math.isfinite(mean):
            axes.plot(
                [mean], [y], marker, color=edge, markerfacecolor=face, markersize=6.5, markeredgewidth=1.4, zorder=3
            )
        axes.text(
            1.02, y, w(f"verdict.{row.verdict}"), transform=axes.get_yaxis_transform(), va="bottom", ha="left",
            size=8, weight="bold" if row.verdict in ("better", "worse") else "normal", color=style.INK,
        )  # fmt: skip
        axes.text(
            1.02, y + 0.03, share_text(row, w), va="top", ha="left",
            transform=axes.get_yaxis_transform(), size=7, color=style.MUTED,
        )  # fmt: skip
    axes.set_xlim(*_reach(places, threshold))
    axes.set_title(w(f"differences.panel_{measure}"))
    axes.set_xlabel(w(f"differences.x_{measure}"))
    axes.grid(axis="x")
    axes.grid(visible=False, axis="y")
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    _ticks(axes, look)


def _reach(places: list[tuple[float, float, float, float]], threshold: float) -> tuple[float, float]:
    """Return axis limits that hold every interval, zero, and the zone that is too small to matter."""
    finite = [v for place in places for v in place[:3] if math.isfinite(v)]
    low, high = min([-2 * threshold, *finite]), max([2 * threshold, *finite])
    spare = 0.1 * (high - low) or 1.0
    return low - spare, high + spare


def _ticks(axes: Axes, look: Look) -> None:
    w = look.words
    longest = max(len(w.number(end, 0 if abs(end) >= 1 else 2)) + (end > 0) for end in axes.get_xlim())
    scaled(axes.xaxis, w, ticks=5 if longest <= _SHORT else 3, signed=True)


def _alt(material: Material, look: Look) -> str:
    w = look.words
    parts = [
        w(
            "differences.alt_row",
            plan=row.plan,
            measure=w(f"measure.{row.measure}"),
            verdict=w(f"verdict.{row.verdict}"),
        )
        for row in (*material.comparison.paired, *material.comparison.dropped_paired)
    ]
    return w("differences.alt", rows=w("list.semicolon").join(parts))
