"""Where the customer-hours went: one stacked bar per plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.metrics.measures import HOURS_BY_STAGE
from sim.report import style
from sim.report.frame import Sheet, footer, framed, scaled, shortened
from sim.report.material import Material
from sim.report.style import Look
from sim.results.writing import Cell

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

HEADER = ["plan", *HOURS_BY_STAGE, "customer_hours"]
_LABELLED = 0.034  # of the longest bar: a number fits into a piece at least this long


def draw(material: Material, look: Look) -> Sheet:
    """Draw the mean customer-hours of each plan, cut by what people were waiting for."""
    experiment, w = material.experiment, look.words
    hours = np.stack([experiment.of(stage).mean(axis=1) for stage in HOURS_BY_STAGE], axis=1)  # (n_plans, n_stages)
    total = hours.sum(axis=1)
    title = _title(hours, material, look)
    with style.styled(look):
        n = len(experiment.plans)
        figure = framed(look, title, w("hours.subtitle"), footer(material, w), 11.0, 0.8 + 0.5 * n, _keys(hours, look))
        axes = figure.subplots()
        _bars(axes, hours, look)
        axes.set_yticks(range(n), [shortened(plan, 130, style.LABEL_PT) for plan in experiment.plans])
        axes.set_ylim(n - 0.5, -0.55)
        for y, value in enumerate(total):
            axes.annotate(
                w("hours.total", n=w.big(float(value))), (value, y), xytext=(5, 0), textcoords="offset points",
                va="center", size=8.5, weight="bold",
            )  # fmt: skip
        _scale(axes, float(total.max()), look)
    rows: list[list[Cell]] = [[plan, *hours[p].tolist(), float(total[p])] for p, plan in enumerate(experiment.plans)]
    return Sheet("3-customer-hours", figure, title, w("hours.says"), _alt(hours, material, look), HEADER, rows)


def _bars(axes: Axes, hours: np.ndarray[tuple[int, int], np.dtype[np.float64]], look: Look) -> None:
    w = look.words
    left = np.zeros(len(hours))
    longest = max(float(hours.sum(axis=1).max()), 1e-9)
    places = np.arange(len(hours))
    for s, stage in _shown(hours):
        colour, hatch = style.STAGES[stage]
        axes.barh(places, hours[:, s], 0.62, left=left, color=colour, hatch=hatch, edgecolor="#FFFFFF", linewidth=0.6)
        for y, value in enumerate(hours[:, s].tolist()):
            if value >= _LABELLED * longest:
                share = w.percent(value / hours[y].sum())
                axes.text(
                    left[y] + value / 2, y, share, ha="center", va="center", size=8, color=style.text_on(colour),
                    bbox={"facecolor": colour, "edgecolor": "none", "pad": 1.2} if hatch else None,
                )  # fmt: skip
        left = left + hours[:, s]


def _shown(hours: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> list[tuple[int, str]]:
    """Return the stages to speak of with their places: switching off only where a plan does it."""
    return [(i, s) for i, s in enumerate(HOURS_BY_STAGE) if s != "hours_switched_off" or hours[:, i].any()]


def _keys(hours: np.ndarray[tuple[int, int], np.dtype[np.float64]], look: Look) -> list[tuple[Artist, str]]:
    from matplotlib.patches import Patch

    named = [(look.words(f"stage.{stage}"), *style.STAGES[stage]) for _, stage in _shown(hours)]
    return [(Patch(facecolor=colour, hatch=hatch, edgecolor="#FFFFFF"), name) for name, colour, hatch in named]


def _scale(axes: Axes, longest: float, look: Look) -> None:
    w = look.words
    unit = w.big_unit if longest >= w.big_unit else 1.0
    axes.set_xlim(0, max(longest, 1.0) * 1.2)
    scaled(axes.xaxis, w, unit)
    axes.set_xlabel(w("hours.x_big" if unit > 1 else "hours.x"))
    axes.grid(axis="x")
    axes.grid(visible=False, axis="y")
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)


def _title(hours: np.ndarray[tuple[int, int], np.dtype[np.float64]], material: Material, look: Look) -> str:
    w, reference = look.words, material.comparison.reference
    if hours[0].sum() <= 0:
        return w("hours.title_none", reference=reference)
    most = int(hours[0].argmax())
    share = w.percent(float(hours[0, most] / hours[0].sum()))
    return w("hours.title", reference=reference, share=share, stage=w(f"stage_phrase.{HOURS_BY_STAGE[most]}"))


def _alt(hours: np.ndarray[tuple[int, int], np.dtype[np.float64]], material: Material, look: Look) -> str:
    w = look.words
    parts = []
    for p, plan in enumerate(material.experiment.plans):
        total = max(float(hours[p].sum()), 1e-9)
        pieces = [f"{w(f'stage.{s}')} {w.percent(hours[p, i] / total)}" for i, s in _shown(hours)]
        parts.append(
            w("hours.alt_plan", plan=plan, total=w.big(float(hours[p].sum())), pieces=w("list.comma").join(pieces))
        )
    return w("hours.alt", plans=w("list.semicolon").join(parts))
