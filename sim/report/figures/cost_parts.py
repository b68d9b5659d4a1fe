"""What each plan's money goes to: one stacked bar per plan."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.experiment.spending import part_rows, unpriced
from sim.metrics.cost import PARTS
from sim.report import style
from sim.report.frame import Sheet, footer, framed, scaled, shortened
from sim.report.material import Material
from sim.report.style import Look
from sim.results.writing import Cell
from sim.words import Words

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

FloatArray = NDArray[np.float64]

GROUPS: dict[str, tuple[str, ...]] = {
    "own_crews": (*(part for part in PARTS if part.startswith("own_")), "contractors"),
    "aid_crews": tuple(part for part in PARTS if part.startswith("aid_")),
    "aid_ready": ("mobilisation", "standby", "lodging"),
    "generators": ("generators", "fuel", "refuelling"),
    "hotline": ("agents", "agent_calls", "voice_calls", "notices"),
    "payments": ("payments",),
}
"""Parts that share a colour; every part of the cost is in one of them."""
_LOOKS = {  # neighbours differ in grey too
    "own_crews": ("#12344D", ""),
    "aid_crews": ("#8FBEDD", ""),
    "aid_ready": ("#E2711D", "////"),
    "generators": ("#F6DFA8", ""),
    "hotline": ("#4FA88B", ""),
    "payments": ("#5A1208", ""),
}
HEADER = ["plan", *GROUPS, "cost"]
_LABELLED = 0.05  # of the longest bar: a share fits into a piece at least this long


def draw(material: Material, look: Look) -> Sheet | None:
    """Draw the mean cost of each plan by groups of parts; None where no part is priced."""
    w, experiment, prices = look.words, material.experiment, material.scenario.cost
    rows = part_rows(experiment, prices)
    priced = [row for row in rows if row.is_priced and row.amount]
    if not priced:
        return None
    spent = np.array([
        [sum(row.amount for row in priced if row.plan == plan and row.part in parts) for parts in GROUPS.values()]
        for plan in experiment.plans
    ])  # fmt: skip
    shown = [g for g in range(len(GROUPS)) if spent[:, g].any()]
    lacking = unpriced(rows)
    title, subtitle = _title(spent, material, w, bool(lacking)), subtitle_of(lacking, w)
    with style.styled(look):
        n = len(experiment.plans)
        figure = framed(look, title, subtitle, footer(material, w), 11.0, 0.8 + 0.5 * n, _keys(shown, w))
        axes = figure.subplots()
        _bars(axes, spent, w)
        axes.set_yticks(range(n), [shortened(plan, 130, style.LABEL_PT) for plan in experiment.plans])
        axes.set_ylim(n - 0.5, -0.55)
        _scale(axes, float(spent.sum(axis=1).max()), prices.currency, w)
    table: list[list[Cell]] = [
        [plan, *spent[p].tolist(), float(spent[p].sum())] for p, plan in enumerate(experiment.plans)
    ]
    return Sheet("21-cost-parts", figure, title, w("cost_parts.says"), _alt(spent, material, w), HEADER, table)


def subtitle_of(lacking: list[str], w: Words) -> str:
    """Return what the bars are, and which parts they lack for want of a price."""
    told = w("cost_parts.subtitle")
    if not lacking:
        return told
    return f"{told} {w('cost_parts.lacking', parts=w.listed([w(f'cost_part.{part}') for part in lacking]))}"


def _bars(axes: Axes, spent: FloatArray, w: Words) -> None:
    left, places = np.zeros(len(spent)), np.arange(len(spent))
    totals = spent.sum(axis=1)
    for g, group in enumerate(GROUPS):
        colour, hatch = _LOOKS[group]
        axes.barh(places, spent[:, g], 0.62, left=left, color=colour, hatch=hatch, edgecolor="#FFFFFF", linewidth=0.6)
        for y, value in enumerate(spent[:, g].tolist()):
            if value >= _LABELLED * totals.max():
                axes.text(
                    left[y] + value / 2, y, w.percent(value / totals[y]), ha="center", va="center", size=8,
                    color=style.text_on(colour),
                    bbox={"facecolor": colour, "edgecolor": "none", "pad": 1.2} if hatch else None,
                )  # fmt: skip
        left = left + spent[:, g]
    for y, value in enumerate(totals.tolist()):
        axes.annotate(
            w.big(value), (value, y), xytext=(5, 0), textcoords="offset points", va="center", size=8.5, weight="bold"
        )


def _keys(shown: list[int], w: Words) -> list[tuple[Artist, str]]:
    from matplotlib.patches import Patch

    named = [(group, *_LOOKS[group]) for g, group in enumerate(GROUPS) if g in shown]
    return [
        (Patch(facecolor=colour, hatch=hatch, edgecolor="#FFFFFF"), w(f"cost_group.{group}"))
        for group, colour, hatch in named
    ]


def _scale(axes: Axes, longest: float, currency: str, w: Words) -> None:
    unit = w.big_unit if longest >= w.big_unit else 1.0
    axes.set_xlim(0, longest * 1.15)
    scaled(axes.xaxis, w, unit)
    axes.set_xlabel(w("cost_parts.x_big" if unit > 1 else "cost_parts.x", currency=currency))
    axes.grid(axis="x")
    axes.grid(visible=False, axis="y")
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)


def _title(spent: FloatArray, material: Material, w: Words, is_lacking: bool = False) -> str:
    totals = spent.sum(axis=1)
    dearest = int(totals.argmax())
    most = int(spent[dearest].argmax())
    group = w(f"cost_group.{[*GROUPS][most]}")
    share = w.percent(float(spent[dearest, most] / max(totals[dearest], math.ulp(0.0))))
    is_alone = len(totals) > 1 and [w.big(total) for total in totals].count(w.big(totals[dearest])) == 1
    key = "cost_parts.title" if is_alone else "cost_parts.title_one"  # of several that cost as much none is the dearest
    if is_lacking:  # then the dearest bar need not be the dearest plan
        key = "cost_parts.title_priced"
    return w(key, plan=material.experiment.plans[dearest], group=group, share=share)


def _alt(spent: FloatArray, material: Material, w: Words) -> str:
    parts = []
    for p, plan in enumerate(material.experiment.plans):
        pieces = [f"{w(f'cost_group.{group}')} {w.big(float(spent[p, g]))}" for g, group in enumerate(GROUPS)]
        parts.append(w("cost_parts.alt_plan", plan=plan, pieces=w.listed(pieces)))
    return w("cost_parts.alt", currency=material.scenario.cost.currency, plans=w("list.semicolon").join(parts))
