"""The tornado: by how much each assumption, at its ends, moves the difference between plans."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.experiment.tornado import Effect, Swing, Tornado
from sim.report import style
from sim.report.figures.sweep import measure_name
from sim.report.frame import Sheet, framed
from sim.report.style import Look
from sim.results.writing import Cell
from sim.scenario.model import Scenario
from sim.words import Words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_BARS = 20
LOW, HIGH = "#8FBEDD", "#12344D"  # light for the low end, dark for the high one


def draw(found: Tornado, measure: str, scenario: Scenario, look: Look) -> Sheet:
    """Draw the largest swings, at most twenty, the largest on top."""
    from matplotlib.patches import Patch

    w = look.words
    base = found.base[measure]
    swings = [swing for swing in found.swings[measure] if swing.size > 0][:MOST_BARS]
    changing = [swing for swing in found.swings[measure] if swing.changes(base.best)]
    name = w(f"measure.{measure}")
    is_cut = any(swing.is_cut for swing in swings)
    if base.is_open:
        title = w("tornado.title_cut", measure=name)
    elif changing:
        title = w("tornado.title_changes", measure=name, n=len(changing), best=base.best)
    elif any(swing.n_open for swing in found.swings[measure]):
        title = w("tornado.title_holds_where_told", measure=name, best=base.best)
    else:
        title = w("tornado.title_holds", measure=name, best=base.best)
    plans = {"plan": found.watched, "reference": found.plans[0]}
    subtitle = w("tornado.subtitle", measure=measure_name(measure, w), **plans) + (w("tornado.cut_bars") if is_cut else "")
    foot = w("tornado.footer", scenario=scenario.name, n=found.n, seed=found.seed)
    with style.styled(look):
        keys = [(Patch(facecolor=colour), w(f"tornado.{end}")) for end, colour in (("low", LOW), ("high", HIGH))]
        figure = framed(look, title, subtitle, foot, 10.0, 0.34 * max(len(swings), 2) + 1.0, keys)
        axes = figure.subplots()
        for y, swing in enumerate(swings):
            _bar(axes, y, swing, base, w)
        axes.axvline(base.difference, color=style.INK, linewidth=1.0, zorder=3)
        axes.axvline(0, color=style.OBSERVED, linewidth=1.0, linestyle="--", zorder=1)
        axes.set_yticks(range(len(swings)), [label(swing, w) for swing in swings])
        axes.set_ylim(max(len(swings), 2) - 0.4, -0.6)
        axes.set_xlabel(w("tornado.x", measure=measure_name(measure, w), **plans))
        axes.xaxis.set_major_formatter(lambda value, _: w.big(value) if abs(value) >= 1e6 else w.number(value))
        axes.grid(axis="x")
        axes.grid(visible=False, axis="y")
        axes.tick_params(axis="y", length=0)
        if not base.is_open and any(swing.changes(base.best) for swing in swings):  # room for the notes
            low, high = axes.get_xlim()
            axes.set_xlim(low, high + 0.2 * (high - low))
    header = ["assumption", "unit", "low", "high", "difference_at_low", "difference_in_force", "difference_at_high",
              "bound_at_low", "bound_in_force", "bound_at_high"]  # fmt: skip
    rows: list[list[Cell]] = [
        [
            swing.assumption.key, swing.assumption.unit, swing.assumption.low, swing.assumption.high,
            swing.low.difference, base.difference, swing.high.difference, swing.low.bound, base.bound, swing.high.bound,
        ]
        for swing in swings
    ]  # fmt: skip
    return Sheet(f"tornado-{measure}", figure, title, w("tornado.says"), w("tornado.alt", title=title), header, rows)


def label(swing: Swing, w: Words) -> str:
    """Return an assumption with its ends, `work.travel_kmh: 20 to 40 km/h`."""
    one = swing.assumption
    return w("tornado.label", name=one.key, low=f"{one.low:g}", high=f"{one.high:g}", unit=one.unit)


def _bar(axes: Axes, y: int, swing: Swing, at: Effect, w: Words) -> None:
    """Draw both ends from the difference in force; hatched where cut off, named where another plan has the best mean."""
    base = at.difference
    ends = ((swing.low, LOW), (swing.high, HIGH))
    # where both lie on one side, the longer bar goes below
    for effect, colour in sorted(ends, key=lambda end: -abs(end[0].difference - base)):
        hatch = "////" if effect.bound or at.bound else ""
        axes.barh(
            y, effect.difference - base, left=base, height=0.62, facecolor=colour, edgecolor=style.PAPER, linewidth=0.0,
            hatch=hatch, zorder=2,
        )  # fmt: skip
    changes = [] if at.is_open else swing.changes(at.best)
    if changes:
        right = max(base, swing.low.difference, swing.high.difference)
        said = w("list.semicolon").join(
            w("tornado.change", end=w(f"tornado.{end}"), plan=effect.best) for end, effect in changes
        )
        axes.annotate(
            said, (right, y), xytext=(5, 0), textcoords="offset points", va="center", size=7.5,
            weight="bold" if any(effect.clear for _, effect in changes) else "normal", color="#A04600",
        )  # fmt: skip
