"""What single crews did hour by hour in one replication."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.experiment.depots import restored_at, roster
from sim.metrics.crews import ON_SHIFT, STATES, CrewTime, crew_time, gone_home
from sim.metrics.standby import held_by_wind
from sim.report import style
from sim.report.clock import BEFORE_LANDFALL_MIN, Clock
from sim.report.frame import Sheet, footer, framed
from sim.report.material import Material, WorstHour
from sim.report.style import Look
from sim.results.writing import Cell
from sim.scenario.plans import plan as plan_of
from sim.units import MIN_PER_DAY, MIN_PER_H

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

    from sim.experiment.replicate import Experiment
    from sim.log import Log
    from sim.words import Words

HEADER = ["plan", "replication", "crew", "kind", "state", "local_time", "hours_after_landfall", "hours"]
_SHOWN = 36  # crews
_DAYS = 5.0


def draw(material: Material, look: Look) -> Sheet | None:
    """Draw a Gantt chart of some crews of every kind; None without a log."""
    w, log, shown, network = look.words, material.log, material.worst_hour, material.network
    if log is None or shown is None or network is None:
        return None
    times = _times(material, log, shown)
    if not len(times.crew):
        return None
    kinds = roster(plan_of(material.scenario, shown.plan).settings, network).kinds
    start = material.scenario.landfall_at
    until = restored_at(material.experiment, material.scenario, shown.plan, shown.replication)
    hours = spent(times, start, until)
    key = "gantt.title_cut" if _is_cut(material.experiment, shown.plan, shown.replication) else "gantt.title"
    title = w(key, share=w.percent(hours["working"] / max(sum(hours.values()), 1e-9)))
    subtitle = w("gantt.subtitle", plan=shown.plan, replication=shown.replication)
    picked = pick(times, kinds)
    end = min(max(until, start + MIN_PER_DAY), start + _DAYS * MIN_PER_DAY)
    window, clock = (max(0.0, start - BEFORE_LANDFALL_MIN), end), Clock(material.scenario, w)
    with style.styled(look):
        figure = framed(look, title, subtitle, footer(material, w), 11.0, 0.9 + 0.145 * len(picked), _keys(times, w))
        _chart(figure.subplots(), times, picked, kinds, clock, window, w)
    drawn = np.isin(times.crew, picked) & (times.end > times.start) & (times.end > window[0]) & (times.start < end)
    rows: list[list[Cell]] = [
        [
            shown.plan, shown.replication, int(times.crew[i]), kinds[times.crew[i]], STATES[times.state[i]],
            clock.iso([times.start[i]])[0], float(clock.after_landfall_h(times.start[i])),
            float(times.end[i] - times.start[i]) / MIN_PER_H,
        ]
        for i in np.flatnonzero(drawn).tolist()
    ]  # fmt: skip
    parts = [f"{w(f'crew_state.crews_{name}')} {w.percent(h / max(sum(hours.values()), 1e-9))}" for name, h in hours.items()]
    alt = w("gantt.alt", states=w("list.comma").join(parts))
    return Sheet("14-gantt", figure, title, w("gantt.says"), alt, HEADER, rows)


def _is_cut(experiment: Experiment, plan: str, replication: int) -> bool:
    """Whether fewer than 95 % were back when the run ended."""
    if replication not in experiment.replications:
        return False
    place = experiment.plans.index(plan), experiment.replications.index(replication)
    return bool(experiment.is_censored("t95_h")[place])


def _times(material: Material, log: Log, shown: WorstHour) -> CrewTime:
    """Return what the crews did when; what the wind kept them from is known where the storm is."""
    from sim.damage import draw as draw_storm

    settings, network = plan_of(material.scenario, shown.plan).settings, material.network
    times = crew_time(log, settings.horizon_min, gone_home(log, settings))
    if network is None or material.track is None:
        return times
    drawn = draw_storm(material.scenario, network, material.track, shown.replication, material.experiment.seed)
    return held_by_wind(times, drawn, settings)


def spent(times: CrewTime, start: float, until: float) -> dict[str, float]:
    """Return the crew-hours on shift between two minutes by state."""
    hours = np.clip(np.minimum(times.end, until) - np.maximum(times.start, start), 0, None) / MIN_PER_H
    return {STATES[state]: float(hours[times.state == state].sum()) for state in ON_SHIFT}


def pick(times: CrewTime, kinds: Sequence[str]) -> list[int]:
    """Return up to 36 crews that ever were there, evenly spread over each kind; kinds share by their number."""
    there = np.unique(times.crew)
    out: list[int] = []
    for kind in dict.fromkeys(kinds):
        mine = [int(crew) for crew in there if kinds[crew] == kind]
        if mine:
            n = min(len(mine), max(2, round(_SHOWN * len(mine) / len(there))))
            out += [mine[i] for i in np.linspace(0, len(mine) - 1, n).astype(int)]
    return out


def _keys(times: CrewTime, w: Words) -> list[tuple[Artist, str]]:
    from matplotlib.patches import Patch

    return [
        (Patch(facecolor=c, hatch=h, edgecolor="#FFFFFF" if h else style.FAINT), w(f"crew_state.{s}"))
        for s, (c, h) in style.CREWS.items()
        if times.of(STATES.index(s.removeprefix("crews_"))).any()
    ]


def draw_bars(axes: Axes, times: CrewTime, picked: Sequence[int], window: tuple[float, float]) -> None:
    """Draw what the picked crews did between two minutes, a line of bars for each: all bars of a state at once."""
    from matplotlib.collections import PolyCollection

    line = np.full(int(times.crew.max(initial=max(picked, default=0))) + 1, -1)
    line[list(picked)] = np.arange(len(picked))
    y = line[times.crew]
    seen = (y >= 0) & (times.end > window[0]) & (times.start < window[1])
    for state, name in enumerate(STATES):
        at = seen & (times.state == state)
        left, right, top, bottom = times.start[at], times.end[at], y[at] - 0.42, y[at] + 0.42
        corners = np.stack([left, top, left, bottom, right, bottom, right, top], axis=1).reshape(-1, 4, 2)
        colour, hatch = style.CREWS[f"crews_{name}"]
        axes.add_collection(
            PolyCollection(list(corners), facecolor=colour, hatch=hatch, edgecolor="#FFFFFF", linewidth=0, rasterized=True),
            autolim=False,
        )  # fmt: skip


def _chart(
    axes: Axes, times: CrewTime, picked: list[int], kinds: Sequence[str], clock: Clock, window: tuple[float, float], w: Words
) -> None:
    draw_bars(axes, times, picked, window)
    edges = [y for y in range(len(picked)) if y == 0 or kinds[picked[y]] != kinds[picked[y - 1]]]
    for first, end in zip(edges, [*edges[1:], len(picked)], strict=True):
        axes.annotate(
            w(f"gantt.kind_{kinds[picked[first]]}"), (-0.012, (first + end - 1) / 2), xycoords=("axes fraction", "data"),
            ha="right", va="center", size=8,
        )  # fmt: skip
        if first:
            axes.axhline(first - 0.5, color=style.INK, linewidth=0.8)
    axes.set_ylim(len(picked) - 0.5, -1.7)  # room for the word at the instant of landfall
    axes.set_yticks([])
    axes.grid(visible=False)
    clock.mark(axes, window)
    clock.landfall(axes)
    axes.set_title(w("gantt.panel_crews", n=len(picked)))
    axes.set_xlabel(w("axis.local_time", zone=clock.scenario.timezone))
