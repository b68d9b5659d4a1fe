"""How precision grew with the number of storms: half the width of each plan's interval, batch by batch."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sim.experiment.stopping import Growth, growth
from sim.metrics.measures import MEASURES
from sim.report import style
from sim.report.frame import Sheet, footer, framed, panels, shortened
from sim.report.material import Material
from sim.report.style import Look
from sim.results.writing import Cell
from sim.words import Words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

HEADER = ["measure", "n", "plan", "difference", "half_width", "goal"]
_COLUMNS = 3


def draw(material: Material, look: Look) -> Sheet | None:
    """Draw a panel per plan other than the reference; None when there was but one batch or one plan."""
    w = look.words
    found = growth(material.experiment, material.scenario.precision)
    plans = list(dict.fromkeys(row.plan for row in found.rows))
    if len(found.rows) < 2 * len(plans) or len(material.experiment.plans) < 2:
        return None
    title = ended(found, w)
    subtitle = w("precision.subtitle", measure=w(f"measure.{found.measure}"), reference=material.comparison.reference)
    columns = min(_COLUMNS, len(plans))
    with style.styled(look):
        figure = framed(look, title, subtitle, footer(material, w), 11.0, 2.0 * math.ceil(len(plans) / columns) + 0.3)
        for i, (axes, plan) in enumerate(zip(panels(figure, len(plans), columns), plans, strict=True)):
            axes.set_title(shortened(plan, 11.0 / columns * 60, style.PANEL_PT, bold=True))
            _panel(axes, found, plan, w)
            if i % columns == 0:
                axes.set_ylabel(w("precision.y", unit=MEASURES[found.measure].unit))
            if i >= len(plans) - columns:
                axes.set_xlabel(w("precision.x"))
    rows: list[list[Cell]] = [
        [found.measure, row.n, row.plan, row.difference, row.half_width, row.goal] for row in found.rows
    ]
    return Sheet("15-precision", figure, title, w("precision.says"), _alt(found, plans, w), HEADER, rows)


def ended(found: Growth, w: Words) -> str:
    """Return in one sentence how many storms were drawn, and why no more."""
    n, goal = found.rows[-1].n, found.rows[-1].goal
    if found.ended == "number" and math.isfinite(goal):
        return w("precision.ended_before", n=n)
    return w(f"precision.ended_{found.ended}", n=n)


def _panel(axes: Axes, found: Growth, plan: str, w: Words) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    rows = [row for row in found.rows if row.plan == plan and math.isfinite(row.half_width)]
    axes.plot([row.n for row in rows], [row.half_width for row in rows], "o-", color=style.PLAN, linewidth=1.6, markersize=4)
    goal = found.rows[-1].goal
    if math.isfinite(goal):
        axes.axhline(goal, color=style.OBSERVED, linewidth=1.2, linestyle="--")
        axes.annotate(
            w("precision.goal"), (1, goal), xycoords=("axes fraction", "data"), xytext=(-2, 3), size=7.5,
            textcoords="offset points", ha="right", color=style.OBSERVED,
        )  # fmt: skip
    axes.set_xlim(0, found.rows[-1].n * 1.04)
    reach = [height for row in found.rows for height in (row.half_width, row.goal) if math.isfinite(height)]
    axes.set_ylim(0, max(reach, default=1.0) * 1.15)
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: _number(value, w)))
    axes.grid(axis="y")


def _number(value: float, w: Words) -> str:
    return w.big(value) if value >= 1e6 else w.number(value, 1 if value < 10 else 0)


def _alt(found: Growth, plans: list[str], w: Words) -> str:
    last = {row.plan: row for row in found.rows}
    first = {row.plan: row for row in reversed(found.rows) if math.isfinite(row.half_width)}
    parts = [
        w(
            "precision.alt_plan",
            plan=plan,
            first=w.number(first[plan].half_width, 1),
            n=first[plan].n,
            last=w.number(last[plan].half_width, 1),
            m=last[plan].n,
        )
        for plan in plans
        if math.isfinite(last[plan].half_width)
    ]
    return w("precision.alt", measure=w(f"measure.{found.measure}"), plans=w("list.semicolon").join(parts))
