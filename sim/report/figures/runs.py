"""Customers out of several finished runs: one panel per plan and run, against hours after landfall."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from sim.report import style
from sim.report.figures.customers_out import SHARES
from sim.report.frame import Sheet, columns_for, framed, panels, shortened
from sim.report.style import Look
from sim.results.writing import Cell
from sim.units import MIN_PER_H

if TYPE_CHECKING:
    from sim.results.read import Run

HEADER = ["run", "plan", "hours_after_landfall", "p05", "p25", "median", "p75", "p95"]
_BEFORE_H, _AFTER_H = 12.0, 24.0


def draw(runs: Sequence[Run], look: Look) -> Sheet:
    """Draw median and bands of every plan of every run on one scale."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    w = look.words
    curves = []
    for run in runs:
        hours = (run.experiment.grid_at - run.scenario.landfall_at) / MIN_PER_H
        bands = np.quantile(run.experiment.curves["customers_out"].astype(float), SHARES, axis=1)
        curves += [(run.name, plan, hours, bands[:, p]) for p, plan in enumerate(run.experiment.plans)]
    top = max(1.0, *(float(band[4].max()) for *_, band in curves))
    busy = [float(hours[band[4] > 0.005 * top].max(initial=0.0)) for _, _, hours, band in curves]
    title = w("compare.figure_title", n=len(curves), runs=len(runs))
    foot = w("compare.footer", runs=w("list.comma").join(run.name for run in runs))
    columns = columns_for(len(curves))
    rows: list[list[Cell]] = []
    with style.styled(look):
        height = 2.4 * -(-len(curves) // columns) + 0.4
        figure = framed(look, title, w("compare.figure_subtitle"), foot, 11.0, height)
        for i, (axes, (run_name, plan, hours, band)) in enumerate(
            zip(panels(figure, len(curves)), curves, strict=True)
        ):
            axes.fill_between(hours, band[0], band[4], color=style.PLAN_LIGHT_BAND, linewidth=0)
            axes.fill_between(hours, band[1], band[3], color=style.PLAN_DARK_BAND, linewidth=0)
            axes.plot(hours, band[2], color=style.PLAN, linewidth=1.9)
            axes.set_title(shortened(plan, 11.0 / columns * 60, style.PANEL_PT, bold=True))
            label = shortened(run_name, 11.0 / columns * 55, 7.5)
            axes.text(0.98, 0.97, label, transform=axes.transAxes, ha="right", va="top", size=7.5, color=style.MUTED)
            axes.set_xlim(-_BEFORE_H, max(busy) + _AFTER_H)
            axes.set_ylim(0, top * 1.15)
            axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
            axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: w.number(value)))
            if i % columns == 0:
                axes.set_ylabel(w("customers_out.y"))
            if i >= len(curves) - columns:
                axes.set_xlabel(w("compare.figure_x"))
            rows += [[run_name, plan, hours[g], *band[:, g].tolist()] for g in range(len(hours))]
    alt = w("compare.figure_alt", plans=w("list.comma").join(f"{plan} ({name})" for name, plan, *_ in curves))
    return Sheet("customers-out", figure, title, w("compare.figure_says"), alt, HEADER, rows)
