"""Where harm comes from: what each group of causes adds, and what remains with all of them at their nominal values."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sim.report import style
from sim.report.frame import Sheet, framed, wrapped
from sim.report.style import Look
from sim.results.risk_tables import causes_table, what_text
from sim.risk.causes import GROUPS, Attribution, Causes
from sim.risk.register import Register
from sim.words import Words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS = {
    "people": ("#12344D", ""),
    "process": ("#8FBEDD", ""),
    "environment": ("#E69F00", ""),
    "technology": ("#4FA88B", "////"),
}
REST = "#E4E4E4"


def draw(causes: Causes, register: Register, scenario_name: str, look: Look) -> Sheet:
    """Draw a bar per measure and risk that there is any harm of: shares of the groups in per cent, and the rest."""
    from matplotlib.patches import Patch

    w = look.words
    rows = [row for row in causes.rows if row.as_is > 0]
    title = w("risk_causes.title" if causes.adds_up else "risk_causes.title_single", plan=causes.plan)
    with style.styled(look):
        keys = [
            (Patch(facecolor=colour, hatch=hatch), w(f"risk.cause_{group}"))
            for group, (colour, hatch) in COLOURS.items()
        ]
        if causes.adds_up:
            keys.append((Patch(facecolor=REST), w("risk_causes.rest")))
        foot = w("risk.footer", scenario=scenario_name, n=causes.n, seed=causes.seed)
        subtitle = w("risk_causes.subtitle" if causes.adds_up else "risk_causes.subtitle_single")
        figure = framed(look, title, subtitle, foot, 10.0, 0.38 * max(len(rows), 2) + 0.7, keys)
        axes = figure.subplots()
        for y, row in enumerate(rows):
            _bar(axes, y, row, causes.adds_up)
        axes.axvline(0, color=style.INK, linewidth=0.8, zorder=4)
        labels = ["\n".join(wrapped(what_text(row, register, w), 250, style.LABEL_PT, most=2)) for row in rows]
        axes.set_yticks(range(len(rows)), labels)
        axes.set_ylim(max(len(rows), 2) - 0.4, -0.6)
        low, high = axes.get_xlim()
        axes.set_xlim(max(low, -1.0), min(high, 2.0))  # a harm that all but vanishes has shares without measure
        axes.xaxis.set_major_formatter(lambda value, _: w.percent(value))
        axes.set_xlabel(w("risk_causes.x"))
        axes.grid(axis="x")
        axes.grid(visible=False, axis="y")
        axes.tick_params(axis="y", length=0)
    header, cells = causes_table(causes)
    return Sheet("risk-causes", figure, title, w("risk_causes.says"), w("risk_causes.alt"), header, cells)


def _bar(axes: Axes, y: int, row: Attribution, stacked: bool) -> None:
    right = left = 0.0
    for i, share in enumerate(row.shares):
        size = share.mean / row.as_is
        if not math.isfinite(size):
            continue
        colour, hatch = COLOURS[GROUPS[i]]
        if not stacked:
            axes.barh(y - 0.27 + 0.18 * i, size, height=0.17, color=colour, hatch=hatch, zorder=3)
            continue
        axes.barh(y, size, left=right if size > 0 else left, height=0.62, color=colour, hatch=hatch, zorder=3)
        right, left = right + max(size, 0.0), left + min(size, 0.0)
    if stacked:
        axes.barh(y, row.nominal / row.as_is, left=right, height=0.62, color=REST, zorder=2)


def headline(causes: Causes, w: Words) -> str:
    """Return what adds most to customer-hours, in a sentence; empty where nothing was lost."""
    row = next((row for row in causes.rows if not row.is_risk and row.as_is > 0), None)
    if row is None:
        return ""
    most = max(row.shares, key=lambda share: share.mean)
    key = "risk_causes.answer" if causes.adds_up else "risk_causes.answer_single"
    if not most.lo > 0:
        key = "risk_causes.answer_unsure"
    return w(
        key, plan=causes.plan, group=w(f"risk.cause_{most.group}"), share=w.percent(most.mean / row.as_is),
        lo=w.number(100 * most.lo / row.as_is), hi=w.number(100 * most.hi / row.as_is),
        rest=w.percent(row.nominal / row.as_is), n=row.n,
    )  # fmt: skip
