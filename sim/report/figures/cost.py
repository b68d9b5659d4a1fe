"""What each plan costs more or less than the reference, against the customer-hours that it avoids."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from sim.experiment.spending import Deal, deals
from sim.report import style
from sim.report.frame import Sheet, footer, framed, scaled, shortened
from sim.report.headlines import with_verdict
from sim.report.material import Material
from sim.report.style import Look
from sim.results.writing import Cell
from sim.words import Words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

HEADER = [
    "plan", "cost_difference", "cost_lo", "cost_hi", "customer_hours_avoided", "avoided_lo", "avoided_hi",
    "cost_per_customer_hour_avoided", "not_dominated",
]  # fmt: skip
_WIDTH, _HEIGHT = 8.6, 4.4  # inches


def draw(material: Material, look: Look) -> Sheet | None:
    """Draw one point per plan with both intervals; None with a single plan, or where nothing is priced."""
    w, made = look.words, deals(material.experiment, material.scenario.cost)
    if len(made) < 2 or not all(math.isfinite(deal.cost[0]) for deal in made):
        return None
    front = [not any(other.beats(deal) for other in made) for deal in made]
    title, lacking = _title(material, made, w), list(dict.fromkeys(part for deal in made for part in deal.lacking))
    subtitle = w("cost.subtitle")
    if lacking:
        subtitle = w("cost.subtitle_open", parts=w.listed([w(f"cost_part.{part}") for part in lacking]))
    currency = material.scenario.cost.currency
    with style.styled(look):
        figure = framed(look, title, subtitle, footer(material, w), _WIDTH, _HEIGHT)
        axes = figure.subplots()
        _scale(axes, made, currency, bool(lacking), w)
        for deal, best in zip(made, front, strict=True):
            _point(axes, deal, best, w)
        _names(axes, made, front, w)
    rows: list[list[Cell]] = [
        [deal.plan, *deal.cost, *deal.avoided, deal.price, best] for deal, best in zip(made, front, strict=True)
    ]
    parts = [
        w("cost.alt_plan", plan=deal.plan, cost=w.big(deal.cost[0]), hours=w.big(deal.avoided[0]), currency=currency)
        for deal in made[1:]
    ]
    alt = w("cost.alt_open" if lacking else "cost.alt", plans=w("list.semicolon").join(parts))
    return Sheet("8-cost", figure, title, w("cost.says_open" if lacking else "cost.says"), alt, HEADER, rows)


def _point(axes: Axes, deal: Deal, best: bool, w: Words) -> None:
    (x, left, right), (y, low, high) = ([v / w.big_unit for v in part] for part in (deal.cost, deal.avoided))
    colour = style.PLAN if best else style.REFERENCE
    if math.isfinite(left) and math.isfinite(low):
        axes.plot([left, right], [y, y], color=colour, linewidth=1.2, alpha=0.7, zorder=2)
        axes.plot([x, x], [low, high], color=colour, linewidth=1.2, alpha=0.7, zorder=2)
    axes.plot([x], [y], "o", color=colour, markerfacecolor=colour if best else "#FFFFFF", markersize=8, zorder=3)


def _names(axes: Axes, made: list[Deal], front: list[bool], w: Words) -> None:
    """Write each plan's name at the first corner of its point where it meets no other name, and no other point is as near."""
    width, height = (_WIDTH - 0.9) * 72, _HEIGHT * 72 * 0.85  # of the panel, about, points
    (x0, x1), (y0, y1) = axes.get_xlim(), axes.get_ylim()
    points = [
        ((deal.cost[0] / w.big_unit - x0) / (x1 - x0) * width, (deal.avoided[0] / w.big_unit - y0) / (y1 - y0) * height)
        for deal in made
    ]
    taken = [(x - 5, y - 5, x + 5, y + 5) for x, y in points]
    for p, (deal, best, (x, y)) in enumerate(zip(made, front, points, strict=True)):
        name = shortened(deal.plan, 130, 9.0)
        long = 6.2 * len(name)
        corners = [(side, up) for up in (6, -16, 18, -28) for side in (1, -1)]
        boxes = [(x + 7, y + up, x + 7 + long, y + up + 11) if side > 0 else (x - 7 - long, y + up, x - 7, y + up + 11)
                 for side, up in corners]  # fmt: skip
        free = [i for i, box in enumerate(boxes) if box[0] > 0 and not any(_overlap(box, other) for other in taken)]
        others = [point for q, point in enumerate(points) if q != p]
        own = [i for i in free if all(_apart(boxes[i], (x, y)) < _apart(boxes[i], point) for point in others)]
        best_corner = [*own, *free, 0][0]
        side, up = corners[best_corner]
        taken.append(boxes[best_corner])
        axes.annotate(
            name, (deal.cost[0] / w.big_unit, deal.avoided[0] / w.big_unit), xytext=(7 * side, up),
            textcoords="offset points", ha="left" if side > 0 else "right", size=9, weight="bold" if best else "normal",
            bbox=style.NOTE_BOX, zorder=4,
        )  # fmt: skip


def _apart(box: tuple[float, ...], point: tuple[float, float]) -> float:
    """Return how far a point is from a box, points."""
    x, y = point
    return math.hypot(max(box[0] - x, x - box[2], 0.0), max(box[1] - y, y - box[3], 0.0))


def _overlap(a: tuple[float, ...], b: tuple[float, ...]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _scale(axes: Axes, made: list[Deal], currency: str, is_open: bool, w: Words) -> None:
    """Set the axes; left of the reference and above it is named the cheaper and better only where the cost holds all.

    is_open : what plans use differently has no price.
    """
    axes.set_xlim(*_reach([v / w.big_unit for deal in made for v in deal.cost]))
    axes.set_ylim(*_reach([v / w.big_unit for deal in made for v in deal.avoided]))
    axes.axhline(0, color=style.MUTED, linewidth=0.9, zorder=1)
    axes.axvline(0, color=style.MUTED, linewidth=0.9, zorder=1)
    if not is_open:
        axes.axvspan(axes.get_xlim()[0], 0, ymin=-axes.get_ylim()[0] / np.ptp(axes.get_ylim()), color="#EFEFEF", zorder=0)
        axes.text(
            0.01, 0.985, w("cost.cheaper"), transform=axes.transAxes, va="top", size=8, color=style.MUTED, zorder=1
        )
    for axis in (axes.xaxis, axes.yaxis):
        scaled(axis, w, signed=True)
    unit = w("number.big_unit_name")
    axes.set_xlabel(w("cost.x_open" if is_open else "cost.x", unit=unit, currency=currency))
    axes.set_ylabel(w("cost.y", unit=unit))
    axes.grid(axis="both")


def _reach(values: list[float]) -> tuple[float, float]:
    """Return axis limits that hold zero and all finite values, with room for names at the upper end."""
    finite = [0.0, *(value for value in values if math.isfinite(value))]
    spare = 0.12 * (max(finite) - min(finite)) or 1.0
    return min(finite) - spare, max(finite) + 1.6 * spare


def _title(material: Material, made: list[Deal], w: Words) -> str:
    better = with_verdict(material.comparison, "customer_hours", "better")
    reference, currency = material.comparison.reference, material.scenario.cost.currency
    if not better:
        return w("cost.title_none", reference=reference)
    deal = next(deal for deal in made if deal.plan == better[0].plan)
    told = {"plan": deal.plan, "hours": w.big(deal.avoided[0]), "currency": currency, "reference": reference}
    if deal.lacking:
        surely_more = deal.cost[1] > 0 and min(deal.lacking.values()) > 0
        surely_less = deal.cost[2] < 0 and max(deal.lacking.values()) < 0
        key = "cost.title_at_least_more" if surely_more else "cost.title_at_least_less" if surely_less else "cost.title_open"
        return w(key, **told, cost=w.big(abs(deal.cost[0])))
    if not (deal.cost[1] > 0 or deal.cost[2] < 0):
        return w("cost.title_alike", plan=deal.plan, hours=w.big(deal.avoided[0]), reference=reference)
    key = "cost.title_less" if deal.cost[0] < 0 else "cost.title_more"
    return w(key, cost=w.big(abs(deal.cost[0])), **told)
