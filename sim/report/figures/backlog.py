"""How far the backlog was, hour by hour, in one replication: unknown, probable, confirmed, assigned, in work."""

from __future__ import annotations

import numpy as np

from sim.metrics.crews import crew_time
from sim.metrics.outages import BACKLOG, backlog
from sim.report import style
from sim.report.clock import Clock
from sim.report.frame import Sheet, counted, footer, framed
from sim.report.material import Material
from sim.report.style import Look
from sim.results.writing import Cell

HEADER = ["plan", "replication", "local_time", "hours_after_landfall", *BACKLOG]
_LOOK = {  # told apart in grey too: what is alike there is hatched the other way
    "unknown": ("#12344D", ""), "probable": ("#E2711D", "////"), "confirmed": ("#F6DFA8", ""),
    "assigned": ("#4AA3DC", ""), "in_work": ("#4FA88B", "\\\\\\\\"),
}  # fmt: skip


def draw(material: Material, look: Look) -> Sheet | None:
    """Draw the parts of the network that are broken or suspected, stacked by stage; None without a log, or any of them."""
    from matplotlib.patches import Patch

    w, log, shown, network = look.words, material.log, material.worst_hour, material.network
    if log is None or shown is None or network is None:
        return None
    clock, at, horizon = Clock(material.scenario, w), material.experiment.grid_at, material.scenario.horizon_min
    stages = backlog(log, network, crew_time(log, horizon), at, horizon)
    table = np.stack([stages[stage] for stage in BACKLOG])
    total = table.sum(axis=0)
    if not total.max(initial=0.0) > 0:
        return None
    most = int(np.argmax(total))
    peak = clock.date_time(float(at[most]))
    title = w("backlog.title", n=w.number(float(total[most])), peak=peak, unknown=w.number(float(table[0, most])))
    subtitle = w("backlog.subtitle", plan=shown.plan, replication=shown.replication)
    window = clock.window(at, total > 0.02 * total.max())
    keys = [
        (Patch(facecolor=c, hatch=h, edgecolor="#FFFFFF" if h else style.FAINT), w(f"backlog.{s}"))
        for s, (c, h) in _LOOK.items()
    ]
    with style.styled(look):
        figure = framed(look, title, subtitle, footer(material, w), 11.0, 3.6, keys)
        axes, seen = figure.subplots(), clock.seen(at, window)
        axes.stackplot(
            at[seen], *table[:, seen], colors=[_LOOK[s][0] for s in BACKLOG], hatch=[_LOOK[s][1] for s in BACKLOG],
            edgecolor="#FFFFFF", linewidth=0,
        )  # fmt: skip
        axes.set_ylim(0, max(float(total.max()), 1.0) * 1.05)
        counted(axes.yaxis, w)
        axes.set_ylabel(w("backlog.y"))
        clock.landfall(axes)
        clock.mark(axes, window)
        axes.set_xlabel(w("axis.local_time", zone=material.scenario.timezone))
    times, hours = clock.iso(at), clock.after_landfall_h(at).tolist()
    rows: list[list[Cell]] = [
        [shown.plan, shown.replication, times[g], hours[g], *table[:, g].tolist()] for g in range(len(times))
    ]
    parts = [f"{w(f'backlog.{stage}')} {w.number(float(table[i, most]))}" for i, stage in enumerate(BACKLOG)]
    alt = w("backlog.alt", peak=peak, stages=w("list.comma").join(parts))
    return Sheet("33-backlog", figure, title, w("backlog.says"), alt, HEADER, rows)
