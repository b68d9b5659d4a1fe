"""Means and percentiles with their own error, run by run: the mean is not the risk (a MORE plot, Nelson 2008)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.experiment.statistics import percentile_interval, t_interval
from sim.report import style
from sim.report.frame import Sheet, footer, framed, scaled, shortened
from sim.report.headlines import hours_text
from sim.report.material import Material
from sim.report.style import Look
from sim.results.writing import Cell
from sim.words import Words

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

HEADER = ["plan", "measure", "statistic", "value", "lo", "hi"]
MEASURES = ("t95_h", "customer_hours")
_FEWEST = 5  # runs
_ONE_IN_TWENTY = 20  # runs; of fewer none is the twentieth, and the worst one is told instead
_SHARES = {"p05": 0.05, "median": 0.5, "p95": 0.95}
_TALL = 0.17


@dataclass(frozen=True)
class Spread:
    """One measure of one plan: the value of every run, and statistics as (value, lo, hi); an open end is infinite."""

    plan: str
    measure: str
    values: NDArray[np.float64]
    statistics: dict[str, tuple[float, float, float]]


def spreads(material: Material) -> list[Spread]:
    """Return mean with Student's interval, 5, 50 and 95 % with intervals between order statistics, each at 95 %."""
    out = []
    for measure in MEASURES:
        for p, plan in enumerate(material.experiment.plans):
            values = material.experiment.of(measure)[p]
            said = {name: percentile_interval(values, share) for name, share in _SHARES.items()}
            out.append(Spread(plan, measure, values, {"mean": t_interval(values), **said}))
    return out


def draw(material: Material, look: Look) -> Sheet | None:
    """Draw dots for runs, a bar for the mean, boxes for the percentiles' intervals; None with fewer than five runs."""
    experiment, w = material.experiment, look.words
    if len(experiment.replications) < _FEWEST:
        return None
    made = spreads(material)
    first = made[0]
    told = {"plan": first.plan, "mean": hours_text(first.statistics["mean"][0], w), "n": len(first.values)}
    enough = len(first.values) >= _ONE_IN_TWENTY
    high = first.statistics["p95"][0] if enough else first.values.max()
    key = "percentiles.title" if enough else "percentiles.title_few"
    if material.comparison.row(first.plan, "t95_h").n_censored:
        key += "_cut"
    title = w(key, high=hours_text(high, w), **told)
    n = len(experiment.plans)
    with style.styled(look):
        figure = framed(
            look, title, w("percentiles.subtitle"), footer(material, w), 11.0, 0.9 + 0.55 * n, _keys(w)
        )  # fmt: skip
        for axes, measure in zip(figure.subplots(1, 2, sharey=True), MEASURES, strict=True):
            _panel(axes, [spread for spread in made if spread.measure == measure], measure, w)
        figure.axes[0].set_yticks(range(n), [shortened(plan, 120, style.LABEL_PT) for plan in experiment.plans])
    rows: list[list[Cell]] = [
        [spread.plan, spread.measure, name, value, *(end if math.isfinite(end) else None for end in (lo, hi))]
        for spread in made
        for name, (value, lo, hi) in spread.statistics.items()
    ]
    parts = [
        w("percentiles.alt_plan", plan=spread.plan, **{k: w.number(v[0]) for k, v in spread.statistics.items()})
        for spread in made
        if spread.measure == "t95_h"
    ]
    alt = w("percentiles.alt", plans=w("list.semicolon").join(parts))
    return Sheet("10-percentiles", figure, title, w("percentiles.says"), alt, HEADER, rows)


def _keys(w: Words) -> list[tuple[Artist, str]]:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    dot = Line2D([], [], linestyle="none", marker="o", color=style.REFERENCE, markersize=3.5)
    mean = Line2D([], [], color=style.OBSERVED, linewidth=3.5)
    box = Patch(facecolor=style.PLAN_DARK_BAND, edgecolor=style.PLAN)
    return [(dot, w("percentiles.run")), (mean, w("percentiles.mean")), (box, w("percentiles.box"))]


def _panel(axes: Axes, made: list[Spread], measure: str, w: Words) -> None:
    from matplotlib.patches import Rectangle

    scale = w.big_unit if measure == "customer_hours" else 1.0
    top = max(float(spread.values.max()) for spread in made) / scale
    for y, spread in enumerate(made):
        axes.plot(spread.values / scale, np.full(len(spread.values), y + 0.28), "o", color=style.REFERENCE,
                  markersize=2.6, alpha=0.8)  # fmt: skip
        for name in _SHARES:
            value, lo, hi = (v / scale for v in spread.statistics[name])
            left, right = max(lo, 0.0), min(hi, top * 1.08)
            axes.add_patch(
                Rectangle(
                    (left, y - _TALL), right - left, 2 * _TALL, facecolor=style.PLAN_DARK_BAND, edgecolor="none",
                    alpha=0.65,
                )
            )  # fmt: skip
            axes.plot([value, value], [y - _TALL, y + _TALL], color=style.PLAN, linewidth=2.0, zorder=3)
            if not math.isfinite(hi):
                axes.annotate("", (top * 1.12, y), (top * 1.07, y), arrowprops={"arrowstyle": "->", "color": style.PLAN})
        mean, lo, hi = (v / scale for v in spread.statistics["mean"])
        axes.plot([lo, hi], [y - _TALL - 0.09] * 2, color=style.OBSERVED, linewidth=3.0, solid_capstyle="butt", zorder=4)
        axes.plot([mean], [y - _TALL - 0.09], "|", color=style.INK, markersize=7, zorder=5)
    axes.set_ylim(len(made) - 0.5, -0.6)
    axes.set_xlim(0, max(top, 1e-9) * 1.14)
    axes.set_title(w(f"choice.panel_{measure}"))
    axes.set_xlabel(w("percentiles.x_t95_h" if measure == "t95_h" else "hours.x_big"))
    scaled(axes.xaxis, w)
    axes.grid(axis="x")
    axes.grid(visible=False, axis="y")
    axes.tick_params(axis="y", length=0)
