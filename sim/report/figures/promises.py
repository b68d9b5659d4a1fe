"""What was promised against what came, in one replication, and how promises fared over all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.grid.network import Network
from sim.log import Log
from sim.metrics.intervals import Dark, dark_intervals
from sim.metrics.promises import STAGES, promises_published, stages_published
from sim.report import style
from sim.report.clock import Clock
from sim.report.frame import Sheet, footer, framed, shortened
from sim.report.material import Material
from sim.report.style import Look
from sim.results.writing import Cell

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

    from sim.words import Words

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
HEADER = ["plan", "replication", "stage", "area", "published_h", "promised_h", "restored_h", "customers"]
_LOOK = {"global": ("#E2711D", "s", "////"), "area": ("#12344D", "o", ""), "individual": ("#8FBEDD", "^", "")}
_LABELLED = 16  # bars with their numbers beside them
_LEAST = 5.0  # bars for which there is room


def draw(material: Material, look: Look) -> Sheet | None:
    """Draw promised against true instants of restoration; None without a log, or where nothing was promised."""
    w, log, shown, network = look.words, material.log, material.worst_hour, material.network
    if log is None or shown is None or network is None:
        return None
    made = given(log, network, dark_intervals(log, network.customers, material.scenario.horizon_min))
    if not len(made.at):
        return None
    clock = Clock(material.scenario, w)
    hours = [clock.after_landfall_h(minutes) for minutes in (made.at, made.promised, made.restored)]
    p = material.experiment.plans.index(shown.plan)
    kept = float(np.nanmean(material.experiment.of("etr_kept_fraction")[p]))
    off = float(np.nanmean(material.experiment.of("etr_off_h")[p]))
    title = w("promised.title", plan=shown.plan, share=w.percent(kept), hours=w.number(off))
    subtitle = w("promised.subtitle", plan=shown.plan, replication=shown.replication)
    with style.styled(look):
        figure = framed(look, title, subtitle, footer(material, w), 11.0, 4.4, _keys(material, made, w))
        left, right = figure.subplots(1, 2, width_ratios=(1.35, 1))
        _against(left, hours, made, w)
        _fared(right, material, w)
    rows: list[list[Cell]] = [
        [
            shown.plan, shown.replication, STAGES[made.stage[i]], str(network.area_name[made.area[i]]),
            *(float(column[i]) for column in hours), int(made.customers[i]),
        ]
        for i in range(len(made.at))
    ]  # fmt: skip
    late = float(np.average(made.restored > made.promised, weights=made.customers))
    alt = w("promised.alt", n=w.number(len(made.at)), late=w.percent(late))
    return Sheet("34-promises", figure, title, w("promised.says"), alt, HEADER, rows)


class Given(NamedTuple):
    """Promises that somebody in the dark heard, (n,): minutes of publication, promised, and when half had power again.

    stage : index into STAGES. area : where. customers : told.
    """

    at: FloatArray
    promised: FloatArray
    restored: FloatArray
    stage: IntArray
    area: IntArray
    customers: FloatArray


def given(log: Log, network: Network, dark: Dark) -> Given:
    """Return all promises of a log with what came of them; those to one outage's customers count as one."""
    at, area, promised = promises_published(log)
    stage = stages_published(log)
    rows: list[tuple[float, ...]] = []
    place = network.area[dark.section]
    for name in np.unique(area):
        mine = np.flatnonzero(place == name)
        for i in np.flatnonzero((area == name) & (promised >= 0)).tolist():
            rows.append((at[i], promised[i], *half(dark, mine, at[i]), int(stage[i]), int(name)))
    own = np.flatnonzero(log.of("own_etr_published"))
    first = np.searchsorted(dark.section, np.arange(network.n_sections + 1))
    new = np.flatnonzero(np.diff(log["outage"][own], prepend=-1) | (np.diff(log["at"][own], prepend=-1.0) != 0))
    for told in np.split(own, new[1:]) if len(own) else []:
        when, sections = float(log["at"][told[0]]), log["section"][told].tolist()
        mine = np.concatenate([np.arange(first[s], first[s + 1]) for s in sections])
        head = int(network.area[sections[0]])
        rows.append((when, float(log["value"][told[0]]), *half(dark, mine, when), STAGES.index("individual"), head))
    table = np.array([row for row in rows if row[3] > 0], float).reshape(-1, 6).T
    return Given(table[0], table[1], table[2], table[4].astype(int), table[5].astype(int), table[3])


def half(dark: Dark, rows: IntArray, at: float) -> tuple[float, float]:
    """Return when half of the customers dark at a minute had power again, of some intervals, and how many were dark."""
    told = rows[(dark.start[rows] <= at) & (dark.end[rows] > at)]
    if not len(told):
        return np.nan, 0.0
    told = told[np.argsort(dark.end[told], kind="stable")]
    so_far = np.cumsum(dark.customers[told])
    return float(dark.end[told[int(np.searchsorted(so_far, so_far[-1] / 2))]]), float(so_far[-1])


def _keys(material: Material, made: Given, w: Words) -> list[tuple[Artist, str]]:
    from matplotlib.lines import Line2D

    kept = {name: material.experiment.of(f"etr_kept_fraction_{name}") for name in _LOOK}

    return [
        (
            Line2D([], [], linestyle="", marker=marker, color=colour, markersize=7, markeredgecolor=style.INK, markeredgewidth=0.4),
            w(f"promised.{name}"),
        )
        for name, (colour, marker, _) in _LOOK.items()
        if np.isfinite(kept[name]).any() or (made.stage == STAGES.index(name)).any()
    ]


def _against(axes: Axes, hours: list[FloatArray], made: Given, w: Words) -> None:
    _, promised, restored = hours
    top = 1.06 * float(max(promised.max(), restored.max(), 1.0))
    low = min(0.0, float(promised.min()), float(restored.min()))
    axes.plot([low, top], [low, top], color=style.INK, linewidth=0.9, linestyle=(0, (4, 1.6)))
    sizes = 10 + 90 * made.customers / max(float(made.customers.max()), 1.0)
    for code in (STAGES.index("individual"), STAGES.index("global"), STAGES.index("area")):
        mine = made.stage == code
        colour, marker, _ = _LOOK[STAGES[code]]
        axes.scatter(
            promised[mine], restored[mine], s=sizes[mine], marker=marker, facecolor=colour, alpha=0.6,
            edgecolor=style.INK, linewidth=0.3, rasterized=True,
        )  # fmt: skip
    axes.set_xlim(low, top)
    axes.set_ylim(low, top)
    axes.grid(visible=True, axis="both")
    axes.set_title(w("promised.panel_against"))
    axes.set_xlabel(w("promised.x"))
    axes.set_ylabel(w("promised.y"))
    axes.text(0.98, 0.03, w("promised.note"), transform=axes.transAxes, ha="right", va="bottom", size=7.5, bbox=style.NOTE_BOX)


def _fared(axes: Axes, material: Material, w: Words) -> None:
    """Draw the share of promises kept per plan and stage, with how far they were off."""
    from matplotlib.ticker import FuncFormatter

    experiment = material.experiment
    bars: list[tuple[int, str, float, float]] = []
    plans: list[str] = []
    for p, plan in enumerate(experiment.plans):
        for stage in STAGES:
            kept = experiment.of(f"etr_kept_fraction_{stage}")[p]
            if np.isfinite(kept).any():
                plans += [] if plan in plans else [plan]
                off = float(np.nanmean(experiment.of(f"etr_off_h_{stage}")[p]))
                bars.append((plans.index(plan), stage, float(np.nanmean(kept)), off))
    ticks = []
    y, last = 0.0, 0
    for n, (group, stage, share, hours) in enumerate(bars):
        y += 0.0 if n == 0 else 1.0 if group == last else 1.6
        last = group
        ticks.append((group, y))
        colour, _, hatch = _LOOK[stage]
        axes.barh(y, share, 0.8, color=colour, hatch=hatch, edgecolor=style.INK, linewidth=0.3)
        if len(bars) <= _LABELLED:
            label = w("promised.bar", share=w.percent(share), hours=w.number(hours, 1))
            axes.text(share + 0.02, y, label, va="center", size=7.5)
    middles = [float(np.mean([y for group, y in ticks if group == g])) for g in range(len(plans))]
    axes.set_yticks(middles, [shortened(plan, 100, style.LABEL_PT) for plan in plans])
    room = max(0.8, (_LEAST - y) / 2)  # few bars stay slender
    axes.set_ylim(y + room, -room)
    axes.spines["bottom"].set_bounds(0.0, 1.0)
    axes.spines["left"].set_bounds(y + 0.5, -0.5)
    axes.set_xlim(0, 1.45 if len(bars) <= _LABELLED else 1.0)
    axes.set_xticks(np.linspace(0.0, 1.0, 5))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: w.percent(value)))
    axes.set_title(w("promised.panel_fared"))
    axes.set_xlabel(w("promised.x_fared"))
    axes.grid(visible=False)
    axes.tick_params(axis="y", length=0)
