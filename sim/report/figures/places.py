"""Hours without power per customer in cities, in the country and in remote places, by plan."""

from __future__ import annotations

import numpy as np

from sim.experiment.statistics import t_interval
from sim.grid.network import LAND_CLASSES
from sim.report import style
from sim.report.frame import Sheet, footer, framed, scaled, shortened
from sim.report.material import Material
from sim.report.style import Look
from sim.results.writing import Cell

HEADER = ["plan", "place", "hours_per_customer", "lo", "hi"]


def draw(material: Material, look: Look) -> Sheet | None:
    """Draw one group of bars per plan; None where the run knows no kinds of place, or only one is inhabited."""
    from matplotlib.patches import Patch

    w, experiment = look.words, material.experiment
    names = [f"saidi_h_{land}" for land in LAND_CLASSES]
    if not set(names) <= set(experiment.measures):
        return None
    kept = [land for land, name in zip(LAND_CLASSES, names, strict=True) if np.isfinite(experiment.of(name)).any()]
    if len(kept) < 2:
        return None
    made = {
        (plan, land): t_interval(experiment.of(f"saidi_h_{land}")[p])
        for p, plan in enumerate(experiment.plans)
        for land in kept
    }
    pieces = {
        plan: [w("places.piece", place=w(f"land.{land}"), hours=w.number(made[plan, land][0], 1)) for land in kept]
        for plan in experiment.plans
    }
    title = w("places.title", plan=experiment.plans[0], pieces=w.listed(pieces[experiment.plans[0]]))
    n, tall = len(experiment.plans), 0.78 / len(kept)
    with style.styled(look):
        keys = [
            (Patch(facecolor=style.PLACES[land][0], hatch=style.PLACES[land][1], edgecolor="#FFFFFF"), w(f"land.{land}"))
            for land in kept
        ]
        figure = framed(look, title, w("places.subtitle"), footer(material, w), 8.6, 0.7 + 0.22 * n * len(kept) + 0.12 * n, keys)
        axes = figure.subplots()
        longest = max(max(mean, hi if np.isfinite(hi) else 0.0) for mean, _, hi in made.values())
        for p, plan in enumerate(experiment.plans):
            for k, land in enumerate(kept):
                mean, lo, hi = made[plan, land]
                y = p + (k - (len(kept) - 1) / 2) * tall
                colour, hatch = style.PLACES[land]
                axes.barh(y, mean, tall * 0.92, color=colour, hatch=hatch, edgecolor="#FFFFFF", linewidth=0)
                if np.isfinite(lo):
                    axes.plot([lo, hi], [y, y], color=style.INK, linewidth=1.0)
                end = hi if np.isfinite(hi) else mean
                axes.annotate(
                    w.number(mean, 1), (end, y), xytext=(4, 0), textcoords="offset points", va="center_baseline",
                    size=7.5, color=style.INK,
                )  # fmt: skip
        axes.set_yticks(range(n), [shortened(plan, 130, style.LABEL_PT) for plan in experiment.plans])
        axes.set_ylim(n - 0.5, -0.5)
        axes.set_xlim(0, max(longest, 0.1) * 1.1)
        scaled(axes.xaxis, w)
        axes.set_xlabel(w("places.x"))
        axes.grid(axis="x")
        axes.grid(visible=False, axis="y")
        axes.tick_params(axis="y", length=0)
    rows: list[list[Cell]] = [[plan, land, *made[plan, land]] for plan in experiment.plans for land in kept]
    parts = [
        w("places.alt_plan", plan=plan, pieces=w("list.comma").join(told)) for plan, told in pieces.items()
    ]
    alt = w("places.alt", plans=w("list.semicolon").join(parts))
    return Sheet("13-places", figure, title, w("places.says"), alt, HEADER, rows)
