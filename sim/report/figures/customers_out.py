"""Customers out over time: one panel per plan, median and bands, with what was observed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.report import headlines, style
from sim.report.clock import Clock
from sim.report.frame import Sheet, columns_for, footer, framed, panels, shortened
from sim.report.material import Material
from sim.report.style import Look
from sim.results.writing import Cell
from sim.units import minutes_since

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SHARES = (0.05, 0.25, 0.5, 0.75, 0.95)
HEADER = ["kind", "plan", "local_time", "hours_after_landfall", "p05", "p25", "median", "p75", "p95"]
_QUIET = 0.005  # of the peak: below it the curve lies on the axis


def draw(material: Material, look: Look) -> Sheet:
    """Draw customers without supply under every plan, with the checkpoints in the panel of the plan that was done."""
    w, experiment = look.words, material.experiment
    clock = Clock(material.scenario, w)
    bands = np.quantile(experiment.curves["customers_out"].astype(float), SHARES, axis=1)  # (5, n_plans, n_grid)
    observed = _observed(material)
    window = clock.window(
        experiment.grid_at, (bands[4] > _QUIET * max(1.0, bands[4].max())).any(axis=0), max(observed[0], default=0.0)
    )
    n, single = len(experiment.plans), len(experiment.replications) == 1
    title = headlines.restoration(material, w)
    subtitle = w("customers_out.subtitle_single" if single else "customers_out.subtitle")
    columns = columns_for(n)
    with style.styled(look):
        figure = framed(
            look, title, subtitle, footer(material, w), 11.0, 2.5 * -(-n // columns) + (1.6 if n < 3 else 0.3)
        )
        grid = panels(figure, n)
        room = 11.0 / columns * 60
        for p, (axes, plan) in enumerate(zip(grid, experiment.plans, strict=True)):
            name = plan if p else w("figure.reference", plan=plan)
            axes.set_title(shortened(name, room, style.PANEL_PT, bold=True))
            _panel(axes, material, clock.seen(experiment.grid_at, window), bands[:, p], bands[2, 0], p)
            clock.landfall(axes, label=p == 0)
            _note(axes, material, look, plan)
            if observed[0] and material.scenario.observed and plan == material.scenario.observed.plan:
                _points(axes, look, *observed)
        clock.mark(grid[0], window, 8 if columns == 1 else 5)
        _scale(grid, material, look, columns, float(max(bands[4].max(), *observed[1], 1.0)))
    return Sheet(
        "1-customers-out", figure, title, w("customers_out.says"), _alt(material, look), HEADER,
        _rows(material, clock, bands, observed),
    )  # fmt: skip


def _panel(
    axes: Axes, material: Material, seen: slice, band: NDArray[np.float64], reference: NDArray[np.float64], p: int
) -> None:
    at, band, reference = material.experiment.grid_at[seen], band[:, seen], reference[seen]
    if len(material.experiment.replications) > 1:
        axes.fill_between(at, band[0], band[4], color=style.PLAN_LIGHT_BAND, linewidth=0)
        axes.fill_between(at, band[1], band[3], color=style.PLAN_DARK_BAND, linewidth=0)
    if p:
        axes.plot(at, reference, color=style.REFERENCE, linewidth=1.2, linestyle=(0, (4, 1.6)))
    axes.plot(at, band[2], color=style.PLAN, linewidth=1.9)


def _points(axes: Axes, look: Look, at: list[float], out: list[float], below: list[bool]) -> None:
    near = [i for i, bound in enumerate(below) if not bound]
    axes.plot(
        [at[i] for i in near], [out[i] for i in near], "o", markersize=4.6, markerfacecolor="#FFFFFF",
        markeredgecolor=style.OBSERVED, markeredgewidth=1.4, zorder=5,
    )  # fmt: skip
    capped = [i for i, bound in enumerate(below) if bound]
    axes.plot(
        [at[i] for i in capped], [out[i] for i in capped], "v", markersize=5, markerfacecolor="#FFFFFF",
        markeredgecolor=style.OBSERVED, markeredgewidth=1.4, zorder=5,
    )  # fmt: skip


def _note(axes: Axes, material: Material, look: Look, plan: str) -> None:
    """Write the panel's result into its empty upper right corner."""
    w, row = look.words, material.comparison.row(plan, "t95_h")
    t95 = "customers_out.t95" if row.n > 1 else "customers_out.t95_single"
    lines = [w(t95, hours=w.number(row.mean, 0 if row.mean >= 10 else 1))] if row.n else []
    if row.n and row.n_censored:
        lines = [w("customers_out.t95_cut", hours=w.number(row.mean, 0))]
    hours = material.comparison.row(plan, "customer_hours")
    lines.append(w("customers_out.hours_cut" if hours.n_censored else "customers_out.hours", hours=w.big(hours.mean)))
    observed = material.scenario.observed
    if observed and observed.checkpoints and observed.plan == plan:
        lines.append(w("customers_out.observed"))
    if plan != material.comparison.reference:
        lines.append(w("customers_out.dashed", plan=shortened(material.comparison.reference, 90, 7.5)))
    axes.text(
        0.98, 0.98, "\n".join(lines), transform=axes.transAxes, ha="right", va="top", size=7.5, color=style.INK,
        linespacing=1.35, bbox=style.NOTE_BOX,
    )  # fmt: skip


def _scale(grid: list[Axes], material: Material, look: Look, columns: int, highest: float) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    w = look.words
    for p, axes in enumerate(grid):
        axes.set_ylim(0, highest * 1.22)  # room for the notes
        axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: w.number(value)))
        if p % columns == 0:
            axes.set_ylabel(w("customers_out.y"))
    grid[-1].set_xlabel(w("axis.local_time", zone=material.scenario.timezone))


def _observed(material: Material) -> tuple[list[float], list[float], list[bool]]:
    """Return minutes since start, customers out, and whether it is only an upper bound, of the checkpoints."""
    scenario = material.scenario
    points = scenario.observed.checkpoints if scenario.observed else ()
    at = [minutes_since(scenario.start, point.at) for point in points]
    return at, [float(point.customers_out) for point in points], [point.bound == "below" for point in points]


def _rows(
    material: Material, clock: Clock, bands: NDArray[np.float64], observed: tuple[list[float], list[float], list[bool]]
) -> list[list[Cell]]:
    at = material.experiment.grid_at
    times, hours = clock.iso(at), clock.after_landfall_h(at).tolist()
    rows: list[list[Cell]] = []
    for p, plan in enumerate(material.experiment.plans):
        values = bands[:, p].T.tolist()
        rows += [["simulated", plan, times[g], hours[g], *values[g]] for g in range(len(at))]
    for minute, out, below in zip(*observed, strict=True):
        kind = "observed, at most" if below else "observed"
        after = float(clock.after_landfall_h(minute))
        rows.append([kind, "", clock.iso([minute])[0], after, None, None, out, None, None])
    return rows


def _alt(material: Material, look: Look) -> str:
    w, comparison = look.words, material.comparison
    parts = []
    for plan in comparison.plans:
        peak, t95 = comparison.row(plan, "peak_out"), comparison.row(plan, "t95_h")
        parts.append(w("customers_out.alt_plan", plan=plan, peak=w.number(peak.median), hours=w.number(t95.mean)))
    return w("customers_out.alt", plans=w("list.semicolon").join(parts))
