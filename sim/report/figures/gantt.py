"""What single crews did hour by hour in one replication, and how each depot's crews spent their shifts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.metrics.crews import OFF, STATES, CrewTime, crew_time
from sim.report import style
from sim.report.clock import Clock
from sim.report.frame import Sheet, footer, framed, shortened
from sim.report.material import Material, WorstHour
from sim.report.style import Look
from sim.results.writing import Cell
from sim.units import MIN_PER_DAY, MIN_PER_H, project_km

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

    from sim.scenario.model import Scenario
    from sim.words import Words

HEADER = ["depot", "crews", *(f"{state}_h" for state in STATES)]
_SHOWN = 36  # crews
_DAYS = 5.0


def draw(material: Material, look: Look) -> Sheet | None:
    """Draw a Gantt chart of some crews of every kind and the use of crews by depot; None without a log."""
    w, log, shown, network = look.words, material.log, material.worst_hour, material.network
    if log is None or shown is None or network is None:
        return None
    times = crew_time(log, material.scenario.horizon_min)
    if not len(times.crew):
        return None
    kinds, depots, names = roster(material, shown.plan)
    start = material.scenario.landfall_at
    until = _until(material, shown)
    hours = use(times, depots, len(names), start, until)
    on_shift = np.delete(hours, OFF, axis=1).sum()
    share = float(hours[:, STATES.index("working")].sum() / max(on_shift, 1e-9))
    title = w("gantt.title", share=w.percent(share))
    subtitle = w("gantt.subtitle", plan=shown.plan, replication=shown.replication + 1)
    picked = pick(times, kinds)
    end = min(max(until, start + MIN_PER_DAY), start + _DAYS * MIN_PER_DAY)
    with style.styled(look):
        figure = framed(look, title, subtitle, footer(material, w), 11.0, 5.2, _keys(w))
        left, right = figure.subplots(1, 2, width_ratios=(2.1, 1))
        _chart(left, times, picked, kinds, Clock(material.scenario, w), (start, end), w)
        _bars(right, hours, names, w)
    rows: list[list[Cell]] = [
        [name, int((depots == d).sum()), *hours[d].tolist()] for d, name in enumerate(names) if (depots == d).any()
    ]
    parts = [f"{row[0]} {w.percent(_working(hours[names.index(str(row[0]))]))}" for row in rows]
    return Sheet("14-gantt", figure, title, w("gantt.says"), w("gantt.alt", depots=w.listed(parts)), HEADER, rows)


def _until(material: Material, shown: WorstHour) -> float:
    """Return the minute at which 95 % are back in the shown replication; of runs compared it may not be among them."""
    experiment, start = material.experiment, material.scenario.landfall_at
    if shown.replication not in experiment.replications:
        return start + _DAYS * MIN_PER_DAY
    run, plan = experiment.replications.index(shown.replication), experiment.plans.index(shown.plan)
    return start + float(experiment.of("t95_h")[plan, run]) * MIN_PER_H


def roster(material: Material, plan: str) -> tuple[list[str], NDArray[np.int64], list[str]]:
    """Return kind and depot of every crew by its number, and the depots' names, under a plan."""
    from sim.factors import NOMINAL
    from sim.scenario.plans import plan as plan_of
    from sim.world.crews import muster

    network = material.network
    assert network is not None
    settings: Scenario = plan_of(material.scenario, plan).settings
    groups = muster(settings, network, NOMINAL)
    crews = sorted((crew for group in groups for crew in group.crews), key=lambda crew: crew.number)
    names = [name for name, depot in settings.depots.items() if depot.enabled]
    places = np.array([
        project_km(settings.depots[name].lon, settings.depots[name].lat, network.lon0, network.lat0) for name in names
    ]).reshape(-1, 2)  # fmt: skip
    where = np.array([int(np.hypot(*(places - np.array(crew.depot)).T).argmin()) for crew in crews], np.int64)
    return [crew.kind for crew in crews], where, names


def use(times: CrewTime, depots: NDArray[np.int64], n: int, start: float, until: float) -> NDArray[np.float64]:
    """Return hours of crews by depot and state between two minutes, (n_depots, n_states)."""
    spent = np.clip(np.minimum(times.end, until) - np.maximum(times.start, start), 0, None) / MIN_PER_H
    cell = depots[times.crew] * len(STATES) + times.state
    return np.bincount(cell, spent, n * len(STATES)).astype(np.float64).reshape(n, len(STATES))


def pick(times: CrewTime, kinds: list[str]) -> list[int]:
    """Return up to 36 crews that ever were there, evenly spread over each kind; kinds share by their number."""
    there = np.unique(times.crew)
    out: list[int] = []
    for kind in dict.fromkeys(kinds):
        mine = [int(crew) for crew in there if kinds[crew] == kind]
        if mine:
            n = min(len(mine), max(2, round(_SHOWN * len(mine) / len(there))))
            out += [mine[i] for i in np.linspace(0, len(mine) - 1, n).astype(int)]
    return out


def _working(hours: NDArray[np.float64]) -> float:
    return float(hours[STATES.index("working")] / max(np.delete(hours, OFF).sum(), 1e-9))


def _keys(w: Words) -> list[tuple[Artist, str]]:
    from matplotlib.patches import Patch

    return [
        (Patch(facecolor=c, hatch=h, edgecolor="#FFFFFF" if h else style.FAINT), w(f"crew_state.{s}"))
        for s, (c, h) in style.CREWS.items()
    ]


def _chart(
    axes: Axes, times: CrewTime, picked: list[int], kinds: list[str], clock: Clock, window: tuple[float, float], w: Words
) -> None:
    for y, crew in enumerate(picked):
        mine = times.crew == crew
        for state, name in enumerate(STATES):
            at = mine & (times.state == state) & (times.end > window[0]) & (times.start < window[1])
            spans = list(zip(times.start[at].tolist(), (times.end - times.start)[at].tolist(), strict=True))
            colour, hatch = style.CREWS[f"crews_{name}"]
            axes.broken_barh(spans, (y - 0.42, 0.84), facecolor=colour, hatch=hatch, edgecolor="#FFFFFF", linewidth=0,
                             rasterized=True)  # fmt: skip
    edges = [y for y in range(len(picked)) if y == 0 or kinds[picked[y]] != kinds[picked[y - 1]]]
    for first, end in zip(edges, [*edges[1:], len(picked)], strict=True):
        axes.annotate(
            w(f"gantt.kind_{kinds[picked[first]]}"), (-0.012, (first + end - 1) / 2), xycoords=("axes fraction", "data"),
            ha="right", va="center", size=8,
        )  # fmt: skip
        if first:
            axes.axhline(first - 0.5, color=style.INK, linewidth=0.8)
    axes.set_ylim(len(picked) - 0.5, -0.5)
    axes.set_yticks([])
    axes.grid(visible=False)
    clock.mark(axes, window, 6)
    axes.set_title(w("gantt.panel_crews", n=len(picked)))
    axes.set_xlabel(w("axis.local_time", zone=clock.scenario.timezone))


def _bars(axes: Axes, hours: NDArray[np.float64], names: list[str], w: Words) -> None:
    from matplotlib.ticker import FuncFormatter

    kept = [d for d in range(len(names)) if hours[d].sum() > 0]
    left = np.zeros(len(kept))
    on_shift = np.delete(hours[kept], OFF, axis=1).sum(axis=1)
    for name in ("working", "travelling", "waiting", "stood_down"):
        part = hours[kept, STATES.index(name)] / np.maximum(on_shift, 1e-9)
        colour, hatch = style.CREWS[f"crews_{name}"]
        axes.barh(range(len(kept)), part, 0.7, left=left, color=colour, hatch=hatch, edgecolor="#FFFFFF", linewidth=0)
        left = left + part
    axes.set_yticks(range(len(kept)), [shortened(names[d], 90, style.LABEL_PT) for d in kept])
    axes.set_ylim(len(kept) - 0.4, -0.6)
    axes.set_xlim(0, 1)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: w.percent(value)))
    axes.set_title(w("gantt.panel_depots"))
    axes.set_xlabel(w("gantt.x_depots"))
    axes.grid(visible=False)
    axes.tick_params(axis="y", length=0)
