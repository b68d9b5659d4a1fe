"""Treatments: money beside harm, plan by plan, with the worst storms; plans that break a safety floor are marked."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from sim.report import style
from sim.report.frame import Sheet, framed
from sim.report.style import Look
from sim.results.treatments_table import treatments_table
from sim.risk.register import Register
from sim.risk.treatments import Compared
from sim.words import Words

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

COLOURS = {
    "avoid": ("#4FA88B", "////"), "transfer": ("#E69F00", ""), "mitigate": ("#8FBEDD", ""), "accept": ("#D5D5D5", ""),
}  # fmt: skip


def draw(rows: Sequence[Compared], register: Register, scenario_name: str, currency: str, look: Look) -> Sheet:
    """Draw cash and customer-hours of every plan side by side, and beyond the hours the mean of the worst storms.

    Where nothing is priced the hours stand alone.
    """
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    w = look.words
    is_priced = any(math.isfinite(row.cash.mean) for row in rows)
    is_open = any(row.lacking for row in rows)
    key = ("title_priced" if is_open else "title") if is_priced else "title_unpriced"
    title = w(f"treatments.{key}", currency=currency)
    tail = w.percent(register.rules.tail_fraction)
    with style.styled(look):
        keys: list[tuple[Artist, str]] = [
            (Patch(facecolor=colour, hatch=hatch), w(f"risk.{kind}"))
            for kind, (colour, hatch) in COLOURS.items()
            if any(row.kind == kind for row in rows)
        ]
        keys.append(
            (
                Line2D([], [], color=style.INK, marker="D", markersize=5, linestyle="none"),
                w("treatments.tail", share=tail),
            )
        )
        foot = w("risk.footer", scenario=scenario_name, n=register.n, seed=register.seed)
        figure = framed(look, title, w("treatments.subtitle"), foot, 10.0, 0.4 * max(len(rows), 2) + 0.7, keys)
        panels = figure.subplots(1, 1 + is_priced, sharey=True, squeeze=False)[0]
        first, harm = panels[0], panels[-1]
        for y, row in enumerate(rows):
            colour, hatch = COLOURS[row.kind]
            for axes, mean in zip(panels, (row.cash, row.hours) if is_priced else (row.hours,), strict=True):
                axes.barh(y, mean.mean, height=0.6, color=colour, hatch=hatch, zorder=2)
                if math.isfinite(mean.lo):
                    axes.plot([mean.lo, mean.hi], [y, y], color=style.INK, linewidth=1.0, zorder=3)
            harm.plot(row.hours_tail, y, marker="D", color=style.INK, markersize=5, linestyle="none", zorder=4)
        first.set_yticks(range(len(rows)), [_label(row, w) for row in rows])
        first.set_ylim(max(len(rows), 2) - 0.4, -0.6)
        first.set_xlabel(w("treatments.x_priced" if is_open else "treatments.x", currency=currency))
        harm.set_xlabel(w("treatments.y"))
        for axes in panels:
            _plain(axes, w)
    header, cells = treatments_table(rows)
    return Sheet("risk-treatments", figure, title, w("treatments.says"), w("treatments.alt"), header, cells)


def _label(row: Compared, w: Words) -> str:
    return w("treatments.breaks_mark", plan=row.plan) if row.safety == "broken" else row.plan


def _plain(axes: Axes, w: Words) -> None:
    axes.xaxis.set_major_formatter(lambda value, _: w.big(value) if abs(value) >= 1e6 else w.number(value))
    axes.locator_params(axis="x", nbins=5)
    axes.grid(axis="x")
    axes.grid(visible=False, axis="y")
    axes.tick_params(axis="y", length=0)
