"""A sweep as pictures, one per measure: a line with intervals for one key, heat maps for two or more."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.experiment.cut_off import Bound, bound_of_mean
from sim.experiment.sweep import Enough, Sweep, SweepRow, enough
from sim.metrics.measures import MEASURES
from sim.report import style
from sim.report.differences_text import bounded
from sim.report.frame import Sheet, framed, panels
from sim.report.style import Look
from sim.results.writing import Cell
from sim.scenario.model import Scenario
from sim.scenario.vary import Value, Vary
from sim.words import Words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap, Normalize

LINES = (  # colour, marker, line style: plans differ in all three
    (style.PLAN, "o", "-"),
    (style.OBSERVED, "s", "--"),
    ("#4FA88B", "^", "-."),
    ("#7F55A6", "D", ":"),
    (style.REFERENCE, "v", "-"),
    ("#E69F00", "P", "--"),
)
MOST_PANELS = 12
_MOST_TEXTS = 150  # cells that still have room for numbers


@dataclass(frozen=True)
class _Slice:
    """The rows of one panel: one plan and one combination of all keys after the second."""

    plan: str
    others: tuple[Value, ...]
    rows: list[SweepRow]


def draw_all(sweep: Sweep, measures: tuple[str, ...], scenario: Scenario, look: Look) -> list[Sheet]:
    """Return a sheet per measure; none for more than two keys when they would need more than 12 panels."""
    if len(sweep.design.varies) == 1:
        return [_one_key(sweep, measure, scenario, look) for measure in measures]
    if len(_slices(sweep, measures[0])) > MOST_PANELS:
        return []
    return [_two_keys(sweep, measure, scenario, look) for measure in measures]


def measure_name(measure: str, w: Words, currency: str = "") -> str:
    """Return a measure with its unit where its name does not say it; that of costs where it is given."""
    unit = {"h": "h", "s": "s", "currency": currency}.get(MEASURES[measure].unit)
    return f"{w(f'measure.{measure}')} [{unit}]" if unit else w(f"measure.{measure}")


def value_text(value: Value, w: Words) -> str:
    """Return a value as shown at an axis."""
    if isinstance(value, (bool, str)):
        return str(value)
    return w.number(value, Words.digits(value) if isinstance(value, float) and not value.is_integer() else 0)


def _one_key(sweep: Sweep, measure: str, scenario: Scenario, look: Look) -> Sheet:
    w, vary = look.words, sweep.design.varies[0]
    rows = sweep.rows(measure)
    limits = {found.plan: found for found in enough(sweep, measure, scenario)}
    title = _title(sweep, measure, limits, w)
    alone = len(sweep.design.plans) == 1
    is_cut = any(row.n_censored or row.difference_bound for row in rows)
    subtitle = w("sweep.subtitle_one" if alone else "sweep.subtitle_several") + (w("sweep.cut_points") if is_cut else "")
    with style.styled(look):
        figure = framed(look, title, subtitle, _footer(sweep, scenario, w), 8.6, 5.6)
        upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=[3, 2])
        for number, plan in enumerate(sweep.design.plans):
            mine = [row for row in rows if row.plan == plan]
            places = _places(vary, number, len(sweep.design.plans))
            _line(upper, lower, mine, places, number, vary.is_numeric, alone)
            if plan in limits:
                _mark(upper, limits[plan], places, LINES[number % len(LINES)][0], look)
        _x_axis(lower, vary, w)
        lower.set_xlabel(vary.key)
        lower.axhline(0, color=style.MUTED, linewidth=0.9, zorder=1)
        upper.set_title(measure_name(measure, w))
        lower.set_title(w("sweep.panel_difference"))
        for axes in (upper, lower):
            if is_cut:
                axes.margins(y=0.15)  # room for the arrows
            axes.yaxis.set_major_formatter(lambda value, _: w.big(value) if abs(value) >= 1e6 else w.number(value))
        if all(row.mean >= 0 for row in rows):
            upper.set_ylim(bottom=0)
        if not alone:
            upper.legend()
    return _sheet(sweep, measure, rows, title, figure, look)


def _line(
    upper: Axes, lower: Axes, rows: list[SweepRow], places: dict[Value, float], number: int, joined: bool, band: bool
) -> None:
    """Draw one plan's means above and its paired differences below, each with its interval."""
    colour, marker, line = LINES[number % len(LINES)]
    ordered = sorted(rows, key=lambda row: places[row.values[0]])
    x = [places[row.values[0]] for row in ordered]
    if band:
        low, high = [row.p05 for row in ordered], [row.p95 for row in ordered]
        upper.fill_between(x, low, high, color=style.PLAN_LIGHT_BAND, linewidth=0)
    for axes, mean, lo, hi in (
        (upper, "mean", "lo", "hi"),
        (lower, "difference", "difference_lo", "difference_hi"),
    ):
        middle = [getattr(row, mean) for row in ordered]
        reach = [
            [m - getattr(row, lo) for m, row in zip(middle, ordered, strict=True)],
            [getattr(row, hi) - m for m, row in zip(middle, ordered, strict=True)],
        ]
        axes.errorbar(
            x, middle, reach, color=colour, marker=marker, linestyle=line if joined else "none", markersize=5,
            linewidth=1.8, elinewidth=1.2, capsize=3, label=ordered[0].plan,
        )  # fmt: skip
    for at, row in zip(x, ordered, strict=True):
        mark_bound(upper, at, row.mean, bound_of_mean(row.measure, row.n_censored), colour, marker)
        mark_bound(lower, at, row.difference, row.difference_bound, colour, marker)


def mark_bound(axes: Axes, x: float, y: float, bound: Bound, colour: str, marker: str) -> None:
    """Open a point that runs cut off make really more or less, with an arrow to where it really lies if that is known."""
    if not bound:
        return
    axes.plot([x], [y], marker, markersize=6, markerfacecolor=style.PAPER, markeredgecolor=colour, zorder=3.5)
    if bound != "either":
        away = (0, 18 if bound == "more" else -18)
        line = {"arrowstyle": "<-", "color": colour, "linewidth": 1.4, "shrinkA": 0, "shrinkB": 3}
        axes.annotate("", (x, y), xytext=away, textcoords="offset points", arrowprops=line)


def _mark(axes: Axes, found: Enough, places: dict[Value, float], colour: str, look: Look) -> None:
    """Ring the value beyond which more no longer matters."""
    if found.is_open or found.value in (found.first, found.last):
        return
    x = places[found.value]
    axes.plot([x], [found.mean], "o", markersize=13, markerfacecolor="none", markeredgecolor=colour, zorder=4)
    axes.annotate(
        look.words("sweep.enough_here", value=value_text(found.value, look.words)), (x, found.mean),
        xytext=(8, 12), textcoords="offset points", size=style.LABEL_PT, bbox=style.NOTE_BOX,
    )  # fmt: skip


def _two_keys(sweep: Sweep, measure: str, scenario: Scenario, look: Look) -> Sheet:
    from matplotlib.colors import LinearSegmentedColormap, Normalize

    w = look.words
    first, second = sweep.design.varies[:2]
    slices = _slices(sweep, measure)
    rows = [row for part in slices for row in part.rows]
    means = [row.mean for row in rows if math.isfinite(row.mean)]
    colours = LinearSegmentedColormap.from_list("measure", style.SHARE_OUT)
    scale = Normalize(min(means, default=0.0), max(means, default=1.0))
    texts = len(slices[0].rows) <= _MOST_TEXTS
    title = _title(sweep, measure, {}, w)
    width = min(14.0, 2.4 + max(0.95 * len(first.values), 3.0) * min(len(slices), 2))
    height = max(2.4, 0.55 * len(second.values) + 1.0) * -(-len(slices) // 2)
    with style.styled(look):
        subtitle = w("sweep.subtitle_map" if texts else "sweep.subtitle_map_plain", measure=measure_name(measure, w))
        if texts and any(row.n_censored for row in rows):
            subtitle += w("table.cut_note")
        figure = framed(look, title, subtitle, _footer(sweep, scenario, w), width, height)
        grid = panels(figure, len(slices), min(len(slices), 2))
        for axes, part in zip(grid, slices, strict=True):
            _map(axes, part, sweep, colours, scale, texts, w)
            named = [part.plan] if len(sweep.design.plans) > 1 else []
            named += [
                f"{vary.key} = {value_text(value, w)}"
                for vary, value in zip(sweep.design.varies[2:], part.others, strict=True)
            ]
            axes.set_title(", ".join(named))
        for axes in grid[-min(len(slices), 2) :]:
            axes.set_xlabel(first.key)
        for axes in grid[::2]:
            axes.set_ylabel(second.key)
    return _sheet(sweep, measure, rows, title, figure, look)


def _map(axes: Axes, part: _Slice, sweep: Sweep, colours: Colormap, scale: Normalize, texts: bool, w: Words) -> None:
    from matplotlib.colors import to_rgb
    from matplotlib.patches import Rectangle

    first, second = sweep.design.varies[:2]
    column = {value: i for i, value in enumerate(first.values)}
    line = {value: i for i, value in enumerate(second.values)}
    known = [row for row in part.rows if math.isfinite(row.mean)]
    sign = -1.0 if MEASURES[part.rows[0].measure].better == "high" else 1.0
    best = min(known, key=lambda row: sign * row.mean, default=None)
    for row in part.rows:
        x, y = column[row.values[0]], line[row.values[1]]
        face = colours(scale(row.mean)) if math.isfinite(row.mean) else style.FAINT
        is_best = row is best and bool(MEASURES[row.measure].better)
        edge = style.INK if is_best else style.PAPER
        width, order = (2.0, 3) if is_best else (1.0, 2)
        axes.add_patch(
            Rectangle((x - 0.5, y - 0.5), 1, 1, facecolor=face, edgecolor=edge, linewidth=width, zorder=order)
        )
        if texts:
            dark = math.dist(to_rgb(face), (0.0, 0.0, 0.0)) < 0.9
            axes.text(
                x, y, _cell(row, w), ha="center", va="center", size=7.5, zorder=4,
                color=style.PAPER if dark else style.INK, linespacing=1.15,
            )  # fmt: skip
    axes.set_xticks(range(len(first.values)), [value_text(value, w) for value in first.values])
    axes.set_yticks(range(len(second.values)), [value_text(value, w) for value in second.values])
    axes.set_xlim(-0.5, len(first.values) - 0.5)
    axes.set_ylim(-0.5, len(second.values) - 0.5)
    axes.grid(visible=False)
    axes.tick_params(length=0)


def _cell(row: SweepRow, w: Words) -> str:
    half = row.hi - row.mean
    digits = max(MEASURES[row.measure].digits, 0)
    mean = w.big(row.mean) if abs(row.mean) >= 1e6 else w.number(row.mean, digits)
    mean = bounded(mean, bound_of_mean(row.measure, row.n_censored), w)
    if not (math.isfinite(half) and half > 0):
        return mean
    return f"{mean}\n± {w.big(half) if abs(half) >= 1e6 else w.number(half, digits)}"


def _title(sweep: Sweep, measure: str, limits: dict[str, Enough], w: Words) -> str:
    keys = w.listed([vary.key for vary in sweep.design.varies])
    inside = [found for found in limits.values() if not found.is_open and found.value not in (found.first, found.last)]
    if len(sweep.design.plans) == 1 and inside:
        value = value_text(inside[0].value, w)
        said = "sweep.title_enough" if inside[0].at_most <= inside[0].threshold else "sweep.title_looks_enough"
        return w(said, measure=w(f"measure.{measure}"), name=keys, value=value)
    return w("sweep.title", measure=w(f"measure.{measure}"), keys=keys)


def _slices(sweep: Sweep, measure: str) -> list[_Slice]:
    found: dict[tuple[str, tuple[Value, ...]], list[SweepRow]] = {}
    for row in sweep.rows(measure):
        found.setdefault((row.plan, row.values[2:]), []).append(row)
    return [_Slice(plan, others, rows) for (plan, others), rows in found.items()]


def _places(vary: Vary, number: int = 0, of: int = 1) -> dict[Value, float]:
    """Return where values stand on the axis: numbers at themselves, names side by side; plans a little apart."""
    at = [float(value) if vary.is_numeric else float(i) for i, value in enumerate(vary.values)]
    apart = 0.012 * (max(at) - min(at)) * (number - (of - 1) / 2)
    return {value: x + apart for value, x in zip(vary.values, at, strict=True)}


def _x_axis(axes: Axes, vary: Vary, w: Words) -> None:
    places = _places(vary)
    shown = vary.values if len(vary.values) <= 12 else vary.values[:: -(-len(vary.values) // 12)]
    axes.set_xticks([places[value] for value in shown], [value_text(value, w) for value in shown])
    spare = 0.05 * (max(places.values()) - min(places.values())) or 0.5
    axes.set_xlim(min(places.values()) - spare, max(places.values()) + spare)


def _footer(sweep: Sweep, scenario: Scenario, w: Words) -> str:
    return w("sweep.footer", scenario=scenario.name, n=len(sweep.numbers), seed=sweep.design.setting.seed)


def _sheet(sweep: Sweep, measure: str, rows: list[SweepRow], title: str, figure: object, look: Look) -> Sheet:
    from matplotlib.figure import Figure

    assert isinstance(figure, Figure)
    w = look.words
    header = ["plan", *(vary.key for vary in sweep.design.varies), "mean", "lo", "hi", "p05", "median", "p95",
              "n_censored"]  # fmt: skip
    cells: list[list[Cell]] = [
        [row.plan, *row.values, row.mean, row.lo, row.hi, row.p05, row.median, row.p95, row.n_censored] for row in rows
    ]
    alt = w("sweep.alt", measure=w(f"measure.{measure}"), keys=w.listed([vary.key for vary in sweep.design.varies]))
    return Sheet(f"sweep-{measure}", figure, title, w("sweep.says"), alt, header, cells)
