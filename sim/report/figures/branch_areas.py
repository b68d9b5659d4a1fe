"""Which areas win and which lose by a branch: customer-hours without power as they were and as they are now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.report import style
from sim.report.frame import Sheet, framed
from sim.report.style import Look
from sim.results.writing import Cell

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from sim.report.branch import AreaChange, Fork

HEADER = ["area", "customer_hours_parent", "customer_hours_branch", "change"]
MOST = 8
"""Areas drawn of those that win, and of those that lose."""


def draw(fork: Fork, look: Look) -> Sheet | None:
    """Draw the areas that change most, those that gain most on top; None when no area changes."""
    w, changed = look.words, fork.by_area()
    if not changed:
        return None
    win, lose = ([row for row in changed if (row.change < 0) is gains] for gains in (True, False))
    rows = [*win[:MOST], *lose[-MOST:]]
    title = w("branch.areas_title", name=fork.name, win=w.number(len(win)), lose=w.number(len(lose)))
    foot = w("branch.footer", scenario=fork.settings.name, plan=fork.plan, n=fork.replication, seed=fork.seed)
    with style.styled(look):
        figure = framed(look, title, w("branch.areas_subtitle"), foot, 9.0, 1.0 + 0.29 * len(rows))
        axes = figure.subplots()
        parent = w("branch.parent", name=fork.parent_name or w("branch.the_run"))
        _rows(axes, rows, look, parent, w("branch.child", name=fork.name))
    told: list[list[Cell]] = [[row.area, row.before, row.after, row.change] for row in changed]
    ends = [(key, named[0].area) for key, named in (("win", win), ("lose", lose[::-1])) if named]
    alt = w("list.semicolon").join(w(f"branch.areas_alt_{key}", area=area) for key, area in ends)
    return Sheet("2-areas", figure, title, w("branch.areas_subtitle"), alt, HEADER, told)


def _rows(axes: Axes, rows: list[AreaChange], look: Look, parent: str, child: str) -> None:
    """Draw an arrow per area from what was to what is, the change written beside."""
    w = look.words
    for y, row in enumerate(rows):
        colour = style.PLAN if row.change < 0 else style.OBSERVED
        axes.plot([row.before, row.after], [y, y], color=colour, linewidth=2.2, solid_capstyle="butt", zorder=2)
        sign = "−" if row.change < 0 else "+"
        axes.text(
            1.01, y, f"{sign}{w.big(abs(row.change))}", transform=axes.get_yaxis_transform(), va="center", ha="left",
            size=style.LABEL_PT, color=style.INK,
        )  # fmt: skip
    places = range(len(rows))
    axes.plot([row.before for row in rows], places, "o", color=style.REFERENCE, markerfacecolor=style.PAPER,
              markersize=6, markeredgewidth=1.4, zorder=3, label=parent)  # fmt: skip
    for gains, face, marker in ((True, style.PLAN, "<"), (False, style.OBSERVED, ">")):
        mine = [(row.after, y) for y, row in enumerate(rows) if (row.change < 0) is gains]
        if mine:
            axes.plot(*zip(*mine, strict=True), marker, color=face, markersize=7, linestyle="none", zorder=4,
                      label=child if gains or all(row.change > 0 for row in rows) else None)  # fmt: skip
    n_gain = sum(row.change < 0 for row in rows)
    if 0 < n_gain < len(rows):
        axes.axhline(n_gain - 0.5, color=style.FAINT, linewidth=1.0)
    axes.set_yticks(list(places), [row.area for row in rows])
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_xlim(left=0)
    axes.set_xlabel(w("branch.areas_axis"))
    axes.xaxis.set_major_formatter(lambda value, _: w.big(value))
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x")
    axes.grid(visible=False, axis="y")
    axes.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=2, borderaxespad=0.2)
