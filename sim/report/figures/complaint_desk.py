"""How the complaint desk copes: complaints not yet answered over time, one panel per plan."""

from __future__ import annotations

import numpy as np

from sim.report import style
from sim.report.clock import Clock
from sim.report.frame import Sheet, columns_for, footer, framed, panels, shortened
from sim.report.material import Material, mean_over_runs
from sim.report.style import Look
from sim.results.writing import Cell

_TOLD = (
    "complaints_contacted_late_fraction", "complaints_answered_late_fraction", "complaints_taken_further",
    "complaints_to_government", "complaints_to_regulator",
)  # fmt: skip
HEADER = ["plan", "local_time", "hours_after_landfall", "complaints_open"]


def draw(material: Material, look: Look) -> Sheet:
    """Draw the mean number of complaints lodged and not answered, with what was late and what went further."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    w, experiment, desk = look.words, material.experiment, material.scenario.complaint_desk
    clock, at = Clock(material.scenario, w), experiment.grid_at
    waiting = mean_over_runs(experiment.curves["complaints_open"])  # (n_plans, n_grid)
    top = max(float(waiting.max()), 1.0) * 1.55
    window = clock.window(at, (waiting > 0.02 * waiting.max()).any(axis=0))
    n = len(experiment.plans)
    columns = columns_for(n)
    told = [[float(np.nanmean(values)) if np.isfinite(values := experiment.of(name)[p]).any() else 0.0 for name in _TOLD]
            for p in range(n)]  # fmt: skip
    title = _title(told, waiting, material, look)
    subtitle = w("complaint_desk.subtitle", contact=desk.contact_days, answer=desk.answer_days)
    with style.styled(look):
        height = 2.2 * -(-n // columns) + (1.4 if n < 3 else 0.3)
        figure = framed(look, title, subtitle, footer(material, w), 11.0, height)
        grid = panels(figure, n)
        for p, (axes, plan) in enumerate(zip(grid, experiment.plans, strict=True)):
            axes.fill_between(at, 0.0, waiting[p], color=style.PLAN_LIGHT_BAND, linewidth=0)
            if p:
                axes.plot(at, waiting[0], color=style.REFERENCE, linewidth=1.2, linestyle=(0, (4, 1.6)))
            axes.plot(at, waiting[p], color=style.PLAN, linewidth=1.9)
            name = plan if p else w("figure.reference", plan=plan)
            axes.set_title(shortened(name, 11.0 / columns * 60, style.PANEL_PT, bold=True))
            contact, answer, further, government, regulator = told[p]
            note = w(
                "complaint_desk.note", contact=w.percent(contact), answer=w.percent(answer), further=w.number(further),
                government=w.number(government), regulator=w.number(regulator),
            )  # fmt: skip
            axes.annotate(
                note, (material.scenario.landfall_at, 0.96), xycoords=("data", "axes fraction"), xytext=(5, 0),
                textcoords="offset points", va="top", size=7.5, linespacing=1.35, bbox=style.NOTE_BOX,
            )  # fmt: skip
            clock.mark(axes, window, 8 if columns == 1 else 5)
            clock.landfall(axes, label=False)
            axes.set_ylim(0, top)
            axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
            axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: w.number(value)))
            if p % columns == 0:
                axes.set_ylabel(w("complaint_desk.y"))
        grid[-1].set_xlabel(w("axis.local_time", zone=material.scenario.timezone))
    times, hours = clock.iso(at), clock.after_landfall_h(at).tolist()
    rows: list[list[Cell]] = [
        [plan, times[g], hours[g], float(waiting[p, g])] for p, plan in enumerate(experiment.plans) for g in range(len(at))
    ]
    parts = [
        w("complaint_desk.alt_plan", plan=plan, n=w.number(float(waiting[p].max())), answer=w.percent(told[p][1]))
        for p, plan in enumerate(experiment.plans)
    ]
    alt = w("complaint_desk.alt", plans=w("list.semicolon").join(parts))
    return Sheet("17-complaint-desk", figure, title, w("complaint_desk.says"), alt, HEADER, rows)


def _title(told: list[list[float]], waiting: np.ndarray, material: Material, look: Look) -> str:
    w, reference = look.words, material.comparison.reference
    if waiting[0].max() == 0:
        return w("causes.title_none", reference=reference)
    late = told[0][1]
    if late < 0.005:
        return w("complaint_desk.title_kept", reference=reference)
    return w("complaint_desk.title", reference=reference, share=w.percent(late))
