"""What complaints are about: one panel per plan, one bar per cause, against the reference plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.metrics.measures import COMPLAINTS_BY_CAUSE
from sim.report import style
from sim.report.frame import Sheet, columns_for, footer, framed, panels, shortened
from sim.report.material import Material
from sim.report.style import Look
from sim.results.writing import Cell

if TYPE_CHECKING:
    from matplotlib.axes import Axes

HEADER = ["plan", *COMPLAINTS_BY_CAUSE]
_ROOM = 0.25  # a number fits between a bar and the reference's line when they are this far apart, share of the axis


def draw(material: Material, look: Look) -> Sheet:
    """Draw the mean number of complaints by cause."""
    experiment, w = material.experiment, look.words
    mean = np.stack([experiment.of(cause).mean(axis=1) for cause in COMPLAINTS_BY_CAUSE], axis=1)  # (n_plans, 8)
    title, n = _title(mean, material, look), len(experiment.plans)
    columns = columns_for(n)
    with style.styled(look):
        subtitle = w("causes.subtitle", reference=material.comparison.reference)
        height = 2.3 * -(-n // columns) + (1.4 if n < 3 else 0.3)
        figure = framed(look, title, subtitle, footer(material, w), 11.0, height)
        grid = panels(figure, n)
        for p, (axes, plan) in enumerate(zip(grid, experiment.plans, strict=True)):
            _bars(axes, mean[p], mean[0], float(mean.max()), look)
            name = plan if p else w("figure.reference", plan=plan)
            axes.set_title(shortened(name, 11.0 / columns * 60, style.PANEL_PT, bold=True))
            axes.set_yticks(range(len(COMPLAINTS_BY_CAUSE)), [w(f"cause.{cause}") for cause in COMPLAINTS_BY_CAUSE])
            axes.tick_params(axis="y", length=0, labelleft=p % columns == 0)
        grid[-1].set_xlabel(w("causes.x"))
    rows: list[list[Cell]] = [[plan, *mean[p].tolist()] for p, plan in enumerate(experiment.plans)]
    return Sheet("16-complaint-causes", figure, title, w("causes.says"), _alt(mean, material, look), HEADER, rows)


def _bars(axes: Axes, values: NDArray[np.float64], reference: NDArray[np.float64], top: float, look: Look) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    w, places = look.words, np.arange(len(values))
    axes.barh(places, values, 0.66, color=style.PLAN_DARK_BAND)
    axes.vlines(reference, places - 0.42, places + 0.42, color=style.INK, linewidth=1.4)
    for y, (value, other) in enumerate(zip(values.tolist(), reference.tolist(), strict=True)):
        beside = max(value, other) if other - value < _ROOM * top else value
        axes.annotate(w.number(value), (beside, y), xytext=(4, 0), textcoords="offset points", va="center", size=7.5)
    axes.set_ylim(len(values) - 0.4, -0.6)
    axes.set_xlim(0, max(top, 1.0) * 1.18)
    axes.xaxis.set_major_locator(MaxNLocator(4, integer=True))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: w.number(value)))


def _title(mean: NDArray[np.float64], material: Material, look: Look) -> str:
    w, reference = look.words, material.comparison.reference
    total = float(mean[0].sum())
    if total <= 0:
        return w("causes.title_none", reference=reference)
    most = int(mean[0].argmax())
    phrase = w(f"cause_phrase.{COMPLAINTS_BY_CAUSE[most]}")
    return w("causes.title", reference=reference, cause=phrase, share=w.percent(float(mean[0, most]) / total))


def _alt(mean: NDArray[np.float64], material: Material, look: Look) -> str:
    w = look.words
    parts = []
    for p, plan in enumerate(material.experiment.plans):
        pieces = [f"{w(f'cause.{c}')} {w.number(float(mean[p, i]))}" for i, c in enumerate(COMPLAINTS_BY_CAUSE)]
        parts.append(w("causes.alt_plan", plan=plan, pieces=w("list.comma").join(pieces)))
    return w("causes.alt", plans=w("list.semicolon").join(parts))
