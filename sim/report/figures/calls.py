"""The hotline per plan: calls per hour by kind, calls that got nowhere, calls waiting."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.metrics.measures import GRID_MIN, LOST_CALLS
from sim.report import style
from sim.report.clock import Clock
from sim.report.frame import Sheet, footer, framed, shortened
from sim.report.material import Material, mean_over_runs
from sim.report.style import Look
from sim.results.writing import Cell
from sim.units import MIN_PER_H

if TYPE_CHECKING:
    from matplotlib.axes import Axes

KINDS = ("calls_first", "calls_redial", "calls_followup")
LOST = ("calls_abandoned", "calls_busy")
HEADER = ["plan", "local_time", "hours_after_landfall", *(f"{name}_per_h" for name in KINDS + LOST), "queue"]
Curves = dict[str, NDArray[np.float64]]


def draw(material: Material, look: Look) -> Sheet:
    """Draw three panels per plan, all means over the runs: calls by kind, lost calls, calls waiting."""
    w, experiment = look.words, material.experiment
    clock = Clock(material.scenario, w)
    hourly = {name: mean_over_runs(experiment.curves[name]) * (MIN_PER_H / GRID_MIN) for name in KINDS + LOST}
    curves: Curves = {**hourly, "queue": mean_over_runs(experiment.curves["queue"])}
    calls = np.sum([curves[name] for name in KINDS], axis=0)
    window = clock.around(experiment.grid_at, (calls > 0.02 * max(calls.max(), 1e-9)).any(axis=0))
    title = _title(material, look)
    n, seen = len(experiment.plans), clock.seen(experiment.grid_at, window)
    with style.styled(look):
        figure = framed(look, title, w("calls.subtitle"), footer(material, w), 11.0, 0.8 + 1.35 * n)
        grid = figure.subplots(n, 3, sharex=True, sharey="col", squeeze=False)
        for p, plan in enumerate(experiment.plans):
            name = plan if p else w("figure.reference", plan=plan)
            grid[p, 0].set_title(shortened(name, 210, style.PANEL_PT, bold=True))
            _row(grid[p].tolist(), experiment.grid_at[seen], {key: value[p, seen] for key, value in curves.items()})
            for axes in grid[p]:
                clock.landfall(axes, label=False)
        clock.mark(grid[0, 0], window, 5)
        _scale(grid.ravel().tolist(), look)
        _name_columns(grid, curves, look)
        grid[-1, 1].set_xlabel(w("axis.local_time", zone=material.scenario.timezone))
    return Sheet(
        "5-calls", figure, title, w("calls.says"), _alt(material, look), HEADER, _rows(material, clock, curves)
    )


def _row(axes: list[Axes], at: NDArray[np.float64], curves: Curves) -> None:
    colours = [style.CALLS[name][0] for name in KINDS]
    axes[0].stackplot(
        at, *(curves[name] for name in KINDS), colors=colours, hatch=[style.CALLS[name][1] for name in KINDS],
        linewidth=0, edgecolor="#9A9A9A",
    )  # fmt: skip
    axes[1].plot(at, curves["calls_abandoned"], color=style.OBSERVED, linewidth=1.5)
    axes[1].plot(at, curves["calls_busy"], color=style.INK, linewidth=1.1, linestyle=(0, (3, 1.2)))
    axes[2].fill_between(at, curves["queue"], color=style.PLAN_DARK_BAND, linewidth=0)
    axes[2].plot(at, curves["queue"], color=style.PLAN, linewidth=1.1)


def _scale(grid: list[Axes], look: Look) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    for axes in grid:
        top = axes.get_ylim()[1]
        axes.set_ylim(0, max(top, 1.0))
        axes.yaxis.set_major_locator(MaxNLocator(3, integer=True))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: look.words.number(value)))


def _name_columns(grid: NDArray[np.object_], curves: Curves, look: Look) -> None:
    """Put the key of each column above its first panel, where the eye is."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    w = look.words
    kinds = [
        Patch(facecolor=style.CALLS[name][0], hatch=style.CALLS[name][1], edgecolor="#9A9A9A", linewidth=0)
        for name in KINDS
    ]
    lost = [
        Line2D([], [], color=style.OBSERVED, linewidth=1.5),
        Line2D([], [], color=style.INK, linewidth=1.1, linestyle=(0, (3, 1.2))),
    ]
    place = {"loc": "upper right", "borderaxespad": 0.0, "handlelength": 1.6, "labelspacing": 0.2, "fontsize": 7.5}
    grid[0, 0].legend(kinds, [w(f"calls.{name}") for name in KINDS], **place)
    grid[0, 1].legend(lost, [w(f"calls.{name}") for name in LOST], **place)
    for axes, key in zip(grid[:, 0], ["calls.y_calls"] * len(grid), strict=True):
        axes.set_ylabel(w(key))
    for row in grid:
        row[1].set_ylabel(w("calls.y_lost"))
        row[2].set_ylabel(w("calls.y_queue"))


def _title(material: Material, look: Look) -> str:
    w, comparison = look.words, material.comparison

    def lost(plan: str) -> float:
        return sum(comparison.row(plan, name).mean for name in LOST_CALLS)

    reference = comparison.reference
    if not comparison.row(reference, "calls_offered").mean > 0:
        return w("calls.title_none", reference=reference)
    best = min(comparison.plans, key=lambda plan: (lost(plan), comparison.plans.index(plan)))
    share = w.percent(lost(reference))
    if best == reference:
        return w("calls.title_one", reference=reference, share=share)
    return w("calls.title", reference=reference, share=share, best=best, least=w.percent(lost(best)))


def _rows(material: Material, clock: Clock, curves: Curves) -> list[list[Cell]]:
    at = material.experiment.grid_at
    times, hours = clock.iso(at), clock.after_landfall_h(at).tolist()
    rows: list[list[Cell]] = []
    for p, plan in enumerate(material.experiment.plans):
        columns = np.stack([curve[p] for curve in curves.values()], axis=1).tolist()
        rows += [[plan, times[g], hours[g], *columns[g]] for g in range(len(at))]
    return rows


def _alt(material: Material, look: Look) -> str:
    w, comparison = look.words, material.comparison
    parts = [
        w(
            "calls.alt_plan", plan=plan, calls=w.number(comparison.row(plan, "calls_offered").mean),
            abandoned=w.percent(comparison.row(plan, "abandoned_fraction").mean),
            busy=w.percent(comparison.row(plan, "busy_fraction").mean),
        )
        for plan in comparison.plans
    ]  # fmt: skip
    return w("calls.alt", plans=w("list.semicolon").join(parts))
