"""Complaints lodged so far, per plan, with the band that the assumption about anger leaves open."""

from __future__ import annotations

import numpy as np

from sim.report import headlines, style
from sim.report.clock import Clock
from sim.report.frame import Sheet, columns_for, footer, framed, panels, shortened
from sim.report.material import Material, mean_over_runs
from sim.report.style import Look
from sim.results.writing import Cell

HEADER = ["plan", "local_time", "hours_after_landfall", "complaints_low", "complaints", "complaints_high"]
_ENDS = ("complaints_low", "complaints", "complaints_high")


def draw(material: Material, look: Look) -> Sheet:
    """Draw the mean number of complaints lodged up to each instant, one panel per plan."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    w, experiment = look.words, material.experiment
    clock = Clock(material.scenario, w)
    sums = np.stack([np.cumsum(mean_over_runs(experiment.curves[end]), axis=1) for end in _ENDS])  # (3, P, G)
    unfinished = sums[1] < 0.995 * sums[1][:, -1:]
    window = clock.window(experiment.grid_at, unfinished.any(axis=0))
    title = headlines.complaints(material, w)
    anger = material.scenario.complaints
    subtitle = w("complaints.subtitle", low=f"{anger.low_factor:g}", high=f"{anger.high_factor:g}")
    n = len(experiment.plans)
    columns = columns_for(n)
    with style.styled(look):
        figure = framed(
            look, title, subtitle, footer(material, w), 11.0, 2.2 * -(-n // columns) + (1.4 if n < 3 else 0.3)
        )
        grid = panels(figure, n)
        seen, top = clock.seen(experiment.grid_at, window), max(float(sums[2].max()), 1.0) * 1.06
        at, drawn = experiment.grid_at[seen], sums[:, :, seen]
        for p, (axes, plan) in enumerate(zip(grid, experiment.plans, strict=True)):
            axes.fill_between(at, drawn[0, p], drawn[2, p], color=style.PLAN_LIGHT_BAND, linewidth=0)
            if p:
                axes.plot(at, drawn[1, 0], color=style.REFERENCE, linewidth=1.2, linestyle=(0, (4, 1.6)))
            axes.plot(at, drawn[1, p], color=style.PLAN, linewidth=1.9)
            name = plan if p else w("figure.reference", plan=plan)
            axes.set_title(shortened(name, 11.0 / columns * 60, style.PANEL_PT, bold=True))
            low, total, high = (material.comparison.row(plan, end).mean for end in _ENDS)
            note = w("complaints.note", n=w.number(total), low=w.number(low), high=w.number(high))
            axes.annotate(
                note, (material.scenario.landfall_at, 0.96), xycoords=("data", "axes fraction"), xytext=(5, 0),
                textcoords="offset points", va="top", size=7.5, linespacing=1.35, bbox=style.NOTE_BOX,
            )  # fmt: skip
            clock.landfall(axes, label=False)
            axes.set_ylim(0, top)
            axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
            axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: w.number(value)))
            if p % columns == 0:
                axes.set_ylabel(w("complaints.y"))
        clock.mark(grid[0], window, 8 if columns == 1 else 5)
        grid[-1].set_xlabel(w("axis.local_time", zone=material.scenario.timezone))
    times, hours = clock.iso(experiment.grid_at), clock.after_landfall_h(experiment.grid_at).tolist()
    rows: list[list[Cell]] = [
        [plan, times[g], hours[g], *sums[:, p, g].tolist()]
        for p, plan in enumerate(experiment.plans)
        for g in range(len(times))
    ]
    parts = [f"{plan} {w.number(material.comparison.row(plan, 'complaints').mean)}" for plan in experiment.plans]
    alt = w("complaints.alt", plans=w("list.semicolon").join(parts))
    return Sheet("4-complaints", figure, title, w("complaints.says"), alt, HEADER, rows)
