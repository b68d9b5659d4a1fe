"""Use by depot: crews there and at work over time, what their hours went to, and material drawn; plan by plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.damage import WORK_CLASSES
from sim.metrics.crews import ON_SHIFT, RESTING, STATES, WAITING
from sim.report import style
from sim.report.clock import BEFORE_LANDFALL_MIN, Clock
from sim.report.frame import Sheet, footer, framed, shortened
from sim.report.material import Material
from sim.report.style import Look
from sim.results.depot_tables import depots_table
from sim.units import MIN_PER_DAY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

    from sim.experiment.depots import DepotUse
    from sim.words import Words

FloatArray = NDArray[np.float64]
_PLANS, _PLACES = 6, 12  # drawn; the table holds all
_ROW_IN, _HEAD_IN = 0.3, 0.42
_SHOWN = (*ON_SHIFT, RESTING)
_MATERIAL = {"wire": ("#8FBEDD", ""), "pole": ("#8A6D3B", ""), "transformer": ("#F0C060", "////")}
_THERE, _AT_WORK = "#C9DCE8", style.CREWS["crews_working"][0]


def draw(material: Material, look: Look) -> Sheet | None:
    """Draw a row of panels for each plan that differs in the field; None without logs, or any crew."""
    w = look.words
    uses = [use for use in material.uses if use.hours.sum() > 0]
    shown = [use for use in uses if not use.like][:_PLANS]
    if not shown:
        return None
    kept = [_kept(use) for use in shown]
    has_stock = any(use.supplies for use in shown)
    had = max([1.0, *(each.at_start + each.delivered for use in shown for each in use.supplies)])
    clock = Clock(material.scenario, w)
    last = max(use.until for use in shown)
    window = (
        max(0.0, material.scenario.landfall_at - BEFORE_LANDFALL_MIN),
        min(max(last + MIN_PER_DAY / 4, material.scenario.landfall_at + MIN_PER_DAY), material.scenario.horizon_min),
    )
    body = sum(_HEAD_IN + _ROW_IN * len(places) for places in kept) + 0.35
    with style.styled(look):
        title, subtitle = _title(shown[0], w), _subtitle(uses, shown, w, is_of_several=material.is_of_several)
        figure = framed(look, title, subtitle, footer(material, w), 11.0, body, _keys(shown, w))
        grid = figure.subplots(
            len(shown), 3 if has_stock else 2, squeeze=False, height_ratios=[_HEAD_IN + _ROW_IN * len(k) for k in kept],
            width_ratios=(1.15, 1.35, 0.8) if has_stock else (1.0, 1.2),
        )  # fmt: skip
        for row, (use, places) in enumerate(zip(shown, kept, strict=True)):
            is_last = row == len(shown) - 1
            _over_time(grid[row, 0], use, places, material.experiment.grid_at, w)
            clock.landfall(grid[row, 0], label=row == 0)
            clock.mark(grid[row, 0], window, 5)
            _hours(grid[row, 1], use, places, w)
            if has_stock:
                _material(grid[row, 2], use, places, had, w)
            for axes in grid[row]:
                axes.tick_params(labelbottom=is_last)
            if row == 0:
                for axes, name in zip(grid[0, 1:], ("depots.panel_hours", "depots.panel_stock"), strict=False):
                    axes.set_title(w(name))
                grid[0, 1].text(
                    1.0, 1.02, w("depots.panel_jobs"), transform=grid[0, 1].transAxes, ha="right", va="bottom", size=7.5
                )
        grid[-1, 0].set_xlabel(w("axis.local_time", zone=material.scenario.timezone))
        grid[-1, 1].set_xlabel(w("depots.x_hours"))
        if has_stock:
            grid[-1, 2].set_xlabel(w("depots.x_stock"))
    header, rows = depots_table(material.uses)
    return Sheet("23-depots", figure, title, w("depots.says"), _alt(shown, w), header, rows)


def _kept(use: DepotUse) -> list[int]:
    """Return the places drawn, those with the most crews where there are too many, in the plan's order."""
    most = use.crews.max(axis=1)
    busy = [i for i in range(len(use.names)) if most[i] > 0 or use.jobs[i] or any(s.depot == i for s in use.supplies)]
    return sorted(sorted(busy, key=lambda i: (-most[i], i))[:_PLACES])


def idle(use: DepotUse, place: int) -> float:
    """Return the share of time on shift in which crews of a place wait for work; nan where none is on shift."""
    on_shift = float(use.hours[place, list(ON_SHIFT)].sum())
    return float(use.hours[place, WAITING]) / on_shift if on_shift > 0 else np.nan


def _title(use: DepotUse, w: Words) -> str:
    """Say where crews wait most and least for work, or what the only place's crews do."""
    shares = {i: idle(use, i) for i in range(len(use.names)) if np.isfinite(idle(use, i))}
    if not shares:
        return w("depots.title_none", plan=use.plan)
    most, least = max(shares, key=lambda i: shares[i]), min(shares, key=lambda i: shares[i])
    if len(shares) == 1:
        return w("depots.title_one", plan=use.plan, place=use.names[most], share=w.percent(shares[most]))
    return w(
        "depots.title", plan=use.plan, most=use.names[most], high=w.percent(shares[most]), least=use.names[least],
        low=w.percent(shares[least]),
    )  # fmt: skip


def _subtitle(uses: Sequence[DepotUse], shown: Sequence[DepotUse], w: Words, *, is_of_several: bool) -> str:
    parts = [w("depots.subtitle")]
    if is_of_several:
        parts.append(w("depots.first_run"))
    if len(shown) > 1:
        parts.append(w("depots.storms"))
    same = [w("depots.like", plan=use.plan, like=use.like) for use in uses if use.like]
    if same:
        parts.append(w("depots.same", plans=w("list.comma").join(same)))
    if len(shown) + len(same) < len(uses) or any(len(_kept(use)) < len(use.names) for use in shown):
        parts.append(w("depots.more"))
    return w("answer.join").join(parts)


def _keys(shown: Sequence[DepotUse], w: Words) -> list[tuple[Artist, str]]:
    from matplotlib.patches import Patch

    out: list[tuple[Artist, str]] = []
    spent = sum(use.hours.sum(axis=0) for use in shown)
    for state in _SHOWN:
        colour, hatch = style.CREWS[f"crews_{STATES[state]}"]
        if float(spent[state]) > 0:
            out.append((Patch(facecolor=colour, hatch=hatch, edgecolor="#FFFFFF"), w(f"crew_state.crews_{STATES[state]}")))
    for work in sorted({each.work for use in shown for each in use.supplies}):
        colour, hatch = _MATERIAL[WORK_CLASSES[work]]
        out.append((Patch(facecolor=colour, hatch=hatch, edgecolor="#FFFFFF"), w(f"stock.material_{WORK_CLASSES[work]}")))
    return out


def _rows(axes: Axes, n: int) -> None:
    axes.set_ylim(n - 0.45, -0.6)
    axes.set_yticks([])
    axes.grid(visible=False)


def draw_steps(axes: Axes, at: FloatArray, floor: float, height: FloatArray, colour: str) -> None:
    """Fill the steps between a floor and a height that lasts from instant to instant; only where it turns are there corners.

    Corners stay where they are, not on whole pixels, however few of them there are.
    """
    turns = np.union1d(np.flatnonzero(np.diff(height, prepend=np.nan)), len(at) - 1)
    axes.fill_between(at[turns], floor, height[turns], step="post", color=colour, linewidth=0, snap=False)


def _over_time(axes: Axes, use: DepotUse, places: list[int], at: FloatArray, w: Words) -> None:
    """Draw a strip for each place: crews there, light, and those at work, dark, on one scale."""
    top = max(float(use.crews.max()), 1.0)
    for y, place in enumerate(places):
        floor = y + 0.42
        draw_steps(axes, at, floor, floor - 0.84 * use.crews[place] / top, _THERE)
        draw_steps(axes, at, floor, floor - 0.84 * use.on_site[place] / top, _AT_WORK)
        axes.axhline(floor, color=style.MUTED, linewidth=0.5)
    _rows(axes, len(places))
    axes.set_yticks(
        range(len(places)),
        [
            shortened(w("depots.place", name=use.names[i], n=w.number(float(use.crews[i].max()))), 120, style.LABEL_PT)
            for i in places
        ],
    )
    axes.tick_params(axis="y", length=0)
    axes.set_title(shortened(w("depots.panel", plan=use.plan, replication=use.replication), 290, style.PANEL_PT, bold=True))


def _hours(axes: Axes, use: DepotUse, places: list[int], w: Words) -> None:
    from matplotlib.ticker import FuncFormatter

    total = np.maximum(use.hours[:, list(_SHOWN)].sum(axis=1), 1e-9)
    left = np.zeros(len(places))
    for state in _SHOWN:
        part = use.hours[places, state] / total[places]
        colour, hatch = style.CREWS[f"crews_{STATES[state]}"]
        axes.barh(range(len(places)), part, 0.74, left=left, color=colour, hatch=hatch, edgecolor="#FFFFFF", linewidth=0)
        left = left + part
    for y, place in enumerate(places):
        wait = float(use.wait_h[place])
        if use.jobs[place]:
            hours = w("depots.not_begun") if np.isinf(wait) else w("depots.wait", hours=w.number(wait, 1))
            text = w("depots.jobs", n=w.number(int(use.jobs[place])), hours=hours)
            axes.text(1.015, y, text, va="center", size=7.5)
    _rows(axes, len(places))
    axes.spines["bottom"].set_bounds(0.0, 1.0)
    axes.set_xlim(0, 1.45)
    axes.set_xticks(np.linspace(0.0, 1.0, 5))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: w.percent(value)))


def _material(axes: Axes, use: DepotUse, places: list[int], had: float, w: Words) -> None:
    """Draw what was drawn of each limited material, in the outline of what there was and came; `had` is the most of all."""
    from matplotlib.ticker import MaxNLocator

    works = sorted({each.work for each in use.supplies})
    height = 0.8 / max(len(works), 1)
    for each in use.supplies:
        if each.depot not in places:
            continue
        y = places.index(each.depot) - 0.4 + height * (works.index(each.work) + 0.5)
        colour, hatch = _MATERIAL[WORK_CLASSES[each.work]]
        axes.barh(y, each.at_start + each.delivered, height * 0.86, facecolor="none", edgecolor=style.MUTED, linewidth=0.6)
        axes.barh(y, each.drawn, height * 0.86, color=colour, hatch=hatch, edgecolor="#FFFFFF", linewidth=0)
        text = w("depots.drawn", n=w.number(each.drawn), had=w.number(each.at_start + each.delivered))
        if each.out_h > 0:
            text += w("list.comma") + w("depots.out", hours=w.number(each.out_h))
        axes.text(each.at_start + each.delivered + 0.02 * had, y, text, va="center", size=7.5 if len(works) < 3 else 5.5)
    if not use.supplies:
        axes.text(0.02, 0.5, w("depots.unlimited"), transform=axes.transAxes, va="center", size=7.5, color=style.MUTED)
    _rows(axes, len(places))
    axes.set_xlim(0, had * 2.4)
    axes.spines["bottom"].set_bounds(0.0, had)
    ticks = [float(tick) for tick in MaxNLocator(3, integer=True).tick_values(0.0, had) if 0 <= tick <= had]
    axes.set_xticks(ticks, [w.number(tick) for tick in ticks])


def _alt(shown: Sequence[DepotUse], w: Words) -> str:
    plans = []
    for use in shown:
        parts = [
            w(
                "depots.alt_place", place=use.names[i], n=w.number(float(use.crews[i].max())),
                share=w.percent(float(use.hours[i, STATES.index("working")] / max(use.hours[i, list(ON_SHIFT)].sum(), 1e-9))),
                idle=w.percent(np.nan_to_num(idle(use, i))),
            )
            for i in _kept(use)
        ]  # fmt: skip
        plans.append(w("depots.alt_plan", plan=use.plan, places=w("list.comma").join(parts)))
    return w("depots.alt", plans=w("list.semicolon").join(plans))
