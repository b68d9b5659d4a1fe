"""A search for a target as pictures: in how many storms the goal held, value by value, with its interval."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.experiment.target import Case, Target
from sim.report import style
from sim.report.figures.sweep import mark_bound, measure_name, value_text
from sim.report.frame import Sheet, framed
from sim.report.style import Look
from sim.results.writing import Cell
from sim.scenario.model import Scenario

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_CASES = 6


def draw_all(target: Target, scenario: Scenario, look: Look) -> list[Sheet]:
    """Return a sheet per case, at most six of them."""
    return [_draw(target, case, i, scenario, look) for i, case in enumerate(target.cases[:MOST_CASES])]


def _draw(target: Target, case: Case, number: int, scenario: Scenario, look: Look) -> Sheet:
    w, vary, found = look.words, target.varies[0], case.found
    named = [f"{other.key} = {value_text(v, w)}" for other, v in zip(target.varies[1:], case.others, strict=True)]
    held = {"goal": str(target.goal), "confidence": w.percent(target.goal.confidence), "name": vary.key}
    if found.least is None:
        title = w("target.title_none", **held)
    else:
        title = w("target.title", value=value_text(vary.values[found.least], w), **held)
    subtitle = w("target.subtitle", plan=", ".join([case.plan, *named]))
    if any(case.n_censored[one.index][target.goal.conditions[0].measure] for one in found.tried):
        subtitle += w("target.cut_points")
    foot = w("sweep.footer", scenario=scenario.name, n=target.n, seed=target.seed)
    with style.styled(look):
        figure = framed(look, title, subtitle, foot, 8.6, 5.4)
        upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=[3, 2])
        x = [float(v) if vary.is_numeric else float(one.index) for one in found.tried for v in [vary.values[one.index]]]
        _shares(upper, target, case, x, look)
        measure = target.goal.conditions[0].measure
        means = [case.means[one.index][measure] for one in found.tried]
        lower.plot(x, means, "o-", color=style.PLAN, markersize=4)
        lower.margins(y=0.2)  # room for the arrows
        for at, mean, one in zip(x, means, found.tried, strict=True):
            mark_bound(lower, at, mean, case.bound(one.index, measure), style.PLAN, "o")
        lower.axhline(target.goal.conditions[0].limit, color=style.OBSERVED, linewidth=1.2, linestyle="--")
        lower.set_title(w("target.panel_mean", measure=measure_name(measure, w), goal=str(target.goal.conditions[0])))
        lower.yaxis.set_major_formatter(lambda v, _: w.big(v) if abs(v) >= 1e6 else w.number(v, w.digits(v, 2)))
        lower.set_xlabel(vary.key)
        if not vary.is_numeric:
            lower.set_xticks(x, [value_text(vary.values[one.index], w) for one in found.tried])
    header = [vary.key, "share", "lo", "hi", "met", f"mean_{measure}", f"n_censored_{measure}"]
    rows: list[list[Cell]] = [
        [
            vary.values[one.index], one.share, one.lo, one.hi, one.met, case.means[one.index][measure],
            case.n_censored[one.index][measure],
        ]
        for one in found.tried
    ]  # fmt: skip
    return Sheet(f"target-{number + 1}", figure, title, w("target.says"), w("target.alt", title=title), header, rows)


def _shares(axes: Axes, target: Target, case: Case, x: list[float], look: Look) -> None:
    """Draw the share of storms with its interval; filled where the goal is met, ringed at the answer."""
    w, found = look.words, case.found
    for at, one in zip(x, found.tried, strict=True):
        axes.plot([at, at], [100 * one.lo, 100 * one.hi], color=style.PLAN_DARK_BAND, linewidth=2, zorder=2)
        face = style.PLAN if one.met else style.PAPER
        axes.plot([at], [100 * one.share], "o", color=style.PLAN, markerfacecolor=face, markersize=6.5, zorder=3)
        if one.index == found.least:
            value = value_text(target.varies[0].values[one.index], w)
            axes.plot(
                [at], [100 * one.share], "o", markersize=14, markerfacecolor="none",
                markeredgecolor=style.OBSERVED, markeredgewidth=1.6, zorder=4,
            )  # fmt: skip
            axes.annotate(
                w("target.least_here", value=value), (at, 100 * one.share), xytext=(10, -16),
                textcoords="offset points", size=style.LABEL_PT, bbox=style.NOTE_BOX,
            )  # fmt: skip
    axes.axhline(100 * target.goal.confidence, color=style.OBSERVED, linewidth=1.2, linestyle="--")
    axes.set_ylim(-3, 103)
    axes.set_title(w("target.panel_share", confidence=w.percent(target.goal.confidence)))
    axes.yaxis.set_major_formatter(lambda value, _: w.percent(value / 100))
