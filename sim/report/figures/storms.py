"""Plans by the storm that came: the storms on the map, curves by plan and strength, and the regret table."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from sim.experiment.replicate import Experiment
from sim.experiment.storms import STRENGTHS, Class, Regret, Storm
from sim.grid.coast import Coast
from sim.metrics.measures import MEASURES
from sim.report import basemap, style
from sim.report.clock import Clock
from sim.report.differences_text import bounded
from sim.report.figures.sweep import measure_name
from sim.report.frame import Sheet, framed, shortened
from sim.report.style import Look
from sim.report.sweep import with_unit
from sim.results.writing import Cell
from sim.scenario.model import Scenario
from sim.words import Words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from sim.experiment.series import Setting
    from sim.grid.network import Network

COLOURS = dict(zip((name for name, _ in STRENGTHS), ("#56B4E9", "#00507F", "#D55E00", "#5A1208"), strict=True))
_STYLES = dict(zip(COLOURS, (":", "-", "--", "-"), strict=True))
_AROUND = (
    1.6  # the tracks' map reaches this many times the network's own width to every side, as far as the coast is known
)
_QUIET = 0.005  # of the peak: below it a curve lies on the axis


def draw_tracks(setting: Setting, storms: Sequence[Storm], coast: Coast | None, look: Look) -> Sheet:
    """Draw every storm's track as it came, by its strength, over the network."""
    w, network = look.words, setting.network
    frame = _surroundings(network, coast)
    lead = setting.scenario.storm.forecast_lead_h
    title = w("storms.title_tracks", n=len(storms))
    subtitle = w("storms.subtitle_best" if lead is None else "storms.subtitle_lead", hours=f"{lead or 0:g}")
    with style.styled(look):
        foot = _footer(setting.scenario, len(storms), setting.seed, w) + "  " + w("map.attribution")
        figure = framed(look, title, subtitle, foot, 7.6, 7.3 * frame.height_over_width)
        axes = figure.subplots()
        basemap.draw_land(axes, frame, coast)
        basemap.draw_lines(axes, network, np.ones(network.n_sections, bool), style.MUTED, 0.3, 0.4)
        for name in COLOURS:
            mine = [storm for storm in storms if storm.strength == name]
            for i, storm in enumerate(mine):
                label = w("storms.of_strength", strength=w(f"storms.strength_{name}"), n=len(mine)) if i == 0 else None
                axes.plot(
                    storm.lon, storm.lat, color=COLOURS[name], linestyle=_STYLES[name], linewidth=1.1, alpha=0.85,
                    label=label, zorder=5,
                )  # fmt: skip
        basemap.draw_scale(axes, frame, "{km} km")
        axes.legend(loc="upper left", facecolor=style.PAPER, framealpha=0.85, frameon=True, edgecolor="none")
    header = ["storm", "strength", "place", "wind_mps", "distance_km", "local_time"]
    times = Clock(setting.scenario, w).iso([storm.at for storm in storms])
    rows: list[list[Cell]] = [
        [storm.number, storm.strength, storm.place, storm.wind_mps, storm.distance_km, time]
        for storm, time in zip(storms, times, strict=True)
    ]
    return Sheet("storms-tracks", figure, title, w("storms.says_tracks"), w("storms.alt_tracks"), header, rows)


def draw_curves(experiment: Experiment, groups: Sequence[Class], scenario: Scenario, look: Look) -> Sheet:
    """Draw customers out, a row per plan and a column per strength: median, and nine in ten storms."""
    w = look.words
    strengths = [group for group in groups if group.kind == "strength"]
    clock = Clock(scenario, w)
    curves = experiment.curves["customers_out"].astype(float)
    at = experiment.grid_at
    window = clock.window(at, (curves.max(axis=1) > _QUIET * max(1.0, float(curves.max()))).any(axis=0), 0.0)
    title = w("storms.title_curves")
    header = ["plan", "strength", "storms", "local_time", "p05", "median", "p95"]
    times, rows = clock.iso(at), list[list[Cell]]()
    with style.styled(look):
        foot = _footer(scenario, len(experiment.replications), experiment.seed, w)
        width = min(12.0, 2.2 + 3.2 * len(strengths))
        figure = framed(look, title, w("storms.subtitle_curves"), foot, width, 1.6 * len(experiment.plans) + 0.6)
        grid = figure.subplots(len(experiment.plans), len(strengths), sharex=True, sharey=True, squeeze=False)
        for p, plan in enumerate(experiment.plans):
            for c, group in enumerate(strengths):
                chosen = curves[p][[experiment.replications.index(number) for number in group.numbers]]
                low, middle, high = np.quantile(chosen, (0.05, 0.5, 0.95), axis=0)
                axes: Axes = grid[p, c]
                axes.fill_between(at, low, high, color=style.PLAN_LIGHT_BAND, linewidth=0)
                axes.plot(at, middle, color=style.PLAN, linewidth=1.7)
                clock.mark(axes, window, 4)
                clock.landfall(axes, label=False)
                if p == 0:
                    axes.set_title(w("storms.of_strength", strength=w(f"storms.strength_{group.name}"), n=len(group.numbers)))
                if c == 0:
                    axes.set_ylabel(shortened(plan, 85, style.LABEL_PT))
                axes.yaxis.set_major_formatter(lambda value, _: w.number(value))
                cells = zip(times, low.tolist(), middle.tolist(), high.tolist(), strict=True)
                rows += [[plan, group.name, len(group.numbers), time, a, b, d] for time, a, b, d in cells]
        grid[0, 0].set_ylim(bottom=0)
    return Sheet("storms-curves", figure, title, w("storms.says_curves"), w("storms.alt_curves"), header, rows)


def draw_regret(experiment: Experiment, table: Regret, scenario: Scenario, look: Look) -> Sheet:
    """Draw the regret table: a row per plan, a column per class of storms, last the greatest that counts."""
    from matplotlib.colors import LinearSegmentedColormap, Normalize, to_rgb
    from matplotlib.patches import Rectangle

    w = look.words
    groups = list(dict.fromkeys((row.kind, row.name, row.n, row.counts) for row in table.rows))
    top = max((row.regret for row in table.rows if row.counts), default=0.0)
    colours = LinearSegmentedColormap.from_list("regret", style.SHARE_OUT)
    scale = Normalize(0.0, top or 1.0)
    name, currency = w(f"measure.{table.measure}"), scenario.cost.currency
    if table.robust and table.is_open:
        title = w("storms.title_cut", measure=name)
    elif table.least == 0:
        title = w("storms.title_always", measure=name, plan=table.robust)
    elif table.robust:
        title = w("storms.title_regret", measure=name, plan=table.robust, most=with_unit(table.least, table.measure, w, currency))
    else:
        title = w("storms.title_regret_none", measure=name)
    if table.alike and not table.is_open:
        title = w("storms.title_by_chance", title=title)
    plans = experiment.plans
    with style.styled(look):
        foot = _footer(scenario, len(experiment.replications), experiment.seed, w)
        width = max(7.0, 2.0 + 1.25 * (len(groups) + 1))
        subtitle = w("storms.subtitle_regret", measure=measure_name(table.measure, w, currency))
        subtitle += w("table.cut_note") if table.n_censored else ""
        figure = framed(look, title, subtitle, foot, width, 0.52 * len(plans) + 1.0)
        axes = figure.subplots()

        def cell(x: int, y: int, value: float, text: str, framed_cell: bool, counts: bool = True) -> None:
            face = to_rgb(colours(scale(value))) if counts and math.isfinite(value) else to_rgb(style.PAPER)
            edge = style.INK if framed_cell else style.FAINT
            axes.add_patch(
                Rectangle((x - 0.5, y - 0.5), 1, 1, facecolor=face, edgecolor=edge, linewidth=2.0 if framed_cell else 1.0,
                          zorder=3 if framed_cell else 2)
            )  # fmt: skip
            ink = style.PAPER if math.dist(face, (0.0, 0.0, 0.0)) < 0.9 else style.INK if counts else style.MUTED
            axes.text(x, y, text, ha="center", va="center", size=8, color=ink, zorder=4)

        for y, plan in enumerate(plans):
            for x, (kind, group, _, counts) in enumerate(groups):
                row = table.row(kind, group, plan)
                text = w("storms.best_here") if row.regret == 0 else f"+{_number(row.regret, table.measure, w)}"
                cell(x, y, row.regret, bounded(text, row.bound, w), False, counts)
            most = table.greatest[plan]
            text = "–" if not math.isfinite(most) else f"+{_number(most, table.measure, w)}" if most else "0"
            cell(len(groups), y, most, bounded(text, table.bound(plan), w), plan == table.robust and not table.is_open)
        labels = [
            w("storms.column", name=w(f"storms.{kind}_{group}"), n=n) for kind, group, n, _ in groups
        ] + [w("storms.greatest")]  # fmt: skip
        axes.set_xticks(range(len(labels)), labels)
        axes.set_yticks(range(len(plans)), [shortened(plan, 110, style.LABEL_PT) for plan in plans])
        axes.set_xlim(-0.5, len(groups) + 0.5)
        axes.set_ylim(len(plans) - 0.5, -0.5)
        axes.xaxis.tick_top()
        axes.tick_params(length=0)
        axes.grid(visible=False)
        for spine in axes.spines.values():
            spine.set_visible(False)
    header = ["kind", "class", "storms", "plan", "mean", "regret", "lo", "hi", "counts", "n_censored", "bound"]
    rows: list[list[Cell]] = [
        [
            row.kind, row.name, row.n, row.plan, row.mean, row.regret, row.lo, row.hi, row.counts, row.n_censored,
            row.bound,
        ]
        for row in table.rows
    ]  # fmt: skip
    alt = w("storms.alt_regret", title=title)
    return Sheet(f"storms-regret-{table.measure}", figure, title, w("storms.says_regret"), alt, header, rows)


def _surroundings(network: Network, coast: Coast | None) -> basemap.Frame:
    """Return a box around the network that shows where storms come from, no larger than the coast that is known."""
    inner = basemap.frame_of(network)
    wide, high = (inner.east - inner.west) * _AROUND, (inner.north - inner.south) * _AROUND
    if coast is None or not coast.rings:
        return basemap.Frame(inner.west - wide, inner.south - high, inner.east + wide, inner.north + high)
    points = np.concatenate(coast.rings)
    (west, south), (east, north) = points.min(axis=0).tolist(), points.max(axis=0).tolist()
    return basemap.Frame(
        max(inner.west - wide, min(west, inner.west)),
        max(inner.south - high, min(south, inner.south)),
        min(inner.east + wide, max(east, inner.east)),
        min(inner.north + high, max(north, inner.north)),
    )


def _number(value: float, measure: str, w: Words) -> str:
    return w.big(value) if abs(value) >= 1e6 else w.number(value, MEASURES[measure].digits)


def _footer(scenario: Scenario, n: int, seed: int, w: Words) -> str:
    return w("figure.footer", scenario=scenario.name, n=n, seed=seed)
