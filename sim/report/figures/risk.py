"""Pictures of the risk register: the 3x3 table of levels, and expected losses ranked, with their tails."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sim.report import style
from sim.report.frame import Sheet, framed, shortened, wrapped
from sim.report.style import Look
from sim.results.risk_tables import title_of, unit_text
from sim.results.writing import Cell
from sim.risk.grade import TABLE
from sim.risk.register import Assessed, Register
from sim.scenario.risks import LEVELS
from sim.words import Words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS = {"low": "#EEF3EC", "medium": "#FBDFA0", "high": "#E58A5B"}
MOST_PLANS = 6
_PER_LINE = 3


def draw_all(register: Register, scenario_name: str, look: Look) -> list[Sheet]:
    """Return both pictures."""
    return [matrix(register, scenario_name, look), losses(register, scenario_name, look)]


def matrix(register: Register, scenario_name: str, look: Look) -> Sheet:
    """Draw the 3x3 table of each plan, at most six: numbers of risks where their best estimate lies."""
    w = look.words
    plans = register.plans[:MOST_PLANS]
    columns = len(plans) if len(plans) <= 3 else (len(plans) + 1) // 2
    grid_rows = -(-len(plans) // columns)
    names = list(register.risks)
    n_high = sum(row.level.best == "high" for row in register.of(plans[0]))
    title = w("risk.matrix_title", plan=plans[0], n=n_high, total=len(names))
    key_rows = -(-len(names) // 2)
    key_in = 0.21 * key_rows + 0.15
    with style.styled(look):
        foot = w("risk.footer", scenario=scenario_name, n=register.n, seed=register.seed)
        figure = framed(look, title, w("risk.matrix_subtitle"), foot, 10.0, 3.1 * grid_rows + key_in)
        grid = figure.add_gridspec(grid_rows + 1, columns, height_ratios=[*[3.1] * grid_rows, key_in])
        for i, plan in enumerate(plans):
            _cells(figure.add_subplot(grid[i // columns, i % columns]), register, plan, w)
        names_in = figure.add_subplot(grid[-1, :])
        names_in.set_axis_off()
        for i, name in enumerate(names):
            x, y = 0.5 * (i // key_rows), 1 - (i % key_rows + 0.5) / key_rows
            text = shortened(f"{i + 1}. {title_of(register, name, w)}", 4.75 * 72, style.LABEL_PT)
            names_in.text(x, y, text, size=style.LABEL_PT, va="center", transform=names_in.transAxes)
    rows: list[list[Cell]] = [
        [row.plan, register.number(row.name), row.name, row.likelihood_grade.best, row.impact_grade.best, row.level.best,
         row.level.low, row.level.high]
        for row in register.rows
    ]  # fmt: skip
    header = ["plan", "no", "risk", "likelihood_grade", "impact_grade", "level", "level_low", "level_high"]
    return Sheet("risk-matrix", figure, title, w("risk.matrix_says"), w("risk.matrix_alt", title=title), header, rows)


def _cells(axes: Axes, register: Register, plan: str, w: Words) -> None:
    from matplotlib.patches import Rectangle

    rows = register.of(plan)
    for y, likelihood in enumerate(LEVELS):
        for x, impact in enumerate(LEVELS):
            axes.add_patch(Rectangle((x, y), 1, 1, facecolor=COLOURS[TABLE[y][x]], edgecolor=style.PAPER, linewidth=2))
            here = [r for r in rows if (r.likelihood_grade.best, r.impact_grade.best) == (likelihood, impact)]
            told = [f"{register.number(r.name)}{'' if r.level.is_sure else '?'}" for r in here]
            lines = ["  ".join(told[i : i + _PER_LINE]) for i in range(0, len(told), _PER_LINE)]
            axes.text(
                x + 0.5, y + 0.5, "\n".join(lines), ha="center", va="center", size=10, linespacing=1.5, color=style.INK
            )
            axes.text(x + 0.04, y + 0.04, w(f"risk.{TABLE[y][x]}"), size=7, color=style.MUTED, va="bottom")
    axes.set_xlim(0, 3)
    axes.set_ylim(0, 3)
    axes.set_xticks([0.5, 1.5, 2.5], [w(f"risk.{level}") for level in LEVELS])
    axes.set_yticks([0.5, 1.5, 2.5], [w(f"risk.{level}") for level in LEVELS], rotation=90, va="center")
    axes.set_xlabel(w("risk.impact_axis"))
    axes.set_ylabel(w("risk.likelihood_axis"))
    axes.set_title(plan)
    axes.grid(visible=False)
    axes.tick_params(length=0)
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)


def losses(register: Register, scenario_name: str, look: Look) -> Sheet:
    """Draw the expected loss of every risk under the reference plan, largest first, a panel per unit, with tail."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    w = look.words
    plan, others = register.plans[0], register.plans[1 : 1 + len(style.LINES)]
    groups = _by_unit(register, plan)
    n_bars = [len(group) for group in groups]
    title = w("risk.loss_title", plan=plan)
    keys = [
        (Patch(facecolor=style.PLAN_DARK_BAND), w("risk.expected_of", plan=plan)),
        (Line2D([], [], color=style.INK, marker="D", markersize=5, linestyle="none"), w("risk.tail_of", plan=plan)),
        *(
            (Line2D([], [], linestyle="none", markersize=5, markerfacecolor="none", **_marker(i)), other)
            for i, other in enumerate(others)
        ),
    ]
    with style.styled(look):
        foot = w("risk.footer", scenario=scenario_name, n=register.n, seed=register.seed)
        body = sum(0.36 * n + 0.75 for n in n_bars) + 0.2
        figure = framed(look, title, w("risk.loss_subtitle"), foot, 10.0, max(body, 1.5), keys)
        ratios = [0.36 * n + 0.4 for n in n_bars] or [1.0]
        grid = figure.subplots(max(len(groups), 1), 1, squeeze=False, height_ratios=ratios).ravel().tolist()
        for axes, group in zip(grid, groups, strict=False):
            _bars(axes, register, group, others, w)
        if not groups:
            grid[0].set_visible(False)
    header = ["plan", "risk", "unit", "expected_loss", "expected_loss_lo", "expected_loss_hi", "loss_tail"]
    rows: list[list[Cell]] = [
        [row.plan, row.name, row.unit, row.loss, row.loss_lo, row.loss_hi, row.loss_tail] for row in register.rows
    ]
    return Sheet("risk-loss", figure, title, w("risk.loss_says"), w("risk.loss_alt"), header, rows)


def _marker(i: int) -> dict[str, Any]:
    colour, _, marker = style.LINES[i]
    return {"marker": marker, "color": colour, "markeredgecolor": colour}


def _by_unit(register: Register, plan: str) -> list[list[Assessed]]:
    """Return the rows of a plan by unit of impact, each by expected loss; risks never seen in any storm are left out."""
    groups: dict[str, list[Assessed]] = {}
    for row in register.of(plan):
        if any(register.row(row.name, other).loss > 0 for other in register.plans):
            groups.setdefault(row.unit, []).append(row)
    return [sorted(group, key=lambda row: -_finite(row.loss)) for group in groups.values()]


def _bars(axes: Axes, register: Register, group: Sequence[Assessed], others: Sequence[str], w: Words) -> None:
    for y, row in enumerate(group):
        axes.barh(y, _finite(row.loss), height=0.6, color=style.PLAN_DARK_BAND, zorder=2)
        if math.isfinite(row.loss_lo):
            axes.plot([max(row.loss_lo, 0.0), row.loss_hi], [y, y], color=style.INK, linewidth=1.0, zorder=4)
        axes.plot(_finite(row.loss_tail), y, marker="D", color=style.INK, markersize=5, linestyle="none", zorder=5)
        for i, other in enumerate(others):
            value = _finite(register.row(row.name, other).loss)
            axes.plot(value, y, markersize=5, markerfacecolor="none", linestyle="none", zorder=6, **_marker(i))
    labels = [
        "\n".join(
            wrapped(f"{register.number(row.name)}. {title_of(register, row.name, w)}", 230, style.LABEL_PT, most=2)
        )
        for row in group
    ]
    axes.set_yticks(range(len(group)), labels)
    axes.set_ylim(len(group) - 0.4, -0.6)
    axes.set_xlim(left=0)
    axes.set_xlabel(unit_text(group[0].unit, w))
    axes.xaxis.set_major_formatter(
        lambda value, _: w.big(value) if abs(value) >= 1e6 else w.number(value, _digits(value))
    )
    axes.grid(axis="x")
    axes.grid(visible=False, axis="y")
    axes.tick_params(axis="y", length=0)


def _digits(value: float) -> int:
    return 0 if value == 0 or abs(value) >= 10 or float(value).is_integer() else 1


def _finite(value: float) -> float:
    return value if math.isfinite(value) else 0.0
