"""Critical customers against their own backup power: who outlasts the outage, and how many do under each plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.metrics.critical import minutes_beyond_backup
from sim.metrics.intervals import dark_intervals
from sim.report import style
from sim.report.frame import Sheet, counted, footer, framed, shortened
from sim.report.material import Material
from sim.report.style import Look
from sim.results.writing import Cell
from sim.units import MIN_PER_H

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from sim.grid.network import Network
    from sim.log import Log
    from sim.words import Words

HEADER = ["customer", "kind", "backup_h", "longest_outage_h", "without_any_supply_h"]
Found = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]


def against_backup(log: Log, network: Network, horizon: float) -> Found:
    """Return hours of backup, of the longest outage, and without any supply, each (n_critical,)."""
    dark = dark_intervals(log, network.customers, horizon)  # all of them, however short
    beyond = minutes_beyond_backup(log, dark, network, horizon)
    longest = np.zeros(network.n_sections)
    np.maximum.at(longest, dark.section, dark.minutes)
    return network.critical_backup_min / MIN_PER_H, longest[network.critical_section] / MIN_PER_H, beyond / MIN_PER_H


def draw(material: Material, look: Look) -> Sheet | None:
    """Draw outage against backup in the shown replication, and the number of plans whose backup ran out, by run."""
    w, network, log = look.words, material.network, material.log
    if network is None or log is None or material.worst_hour is None or not len(network.critical_section):
        return None
    found = against_backup(log, network, material.scenario.horizon_min)
    experiment, shown = material.experiment, material.worst_hour
    counts = experiment.of("critical_beyond_backup")
    means = counts.mean(axis=1)
    told = {"reference": experiment.plans[0], "n": w.number(float(means[0])), "all": w.number(len(network.critical_section))}
    least = int(means.argmin())
    title = w("critical.title_one", **told)
    if means[least] < means[0]:
        title = w("critical.title", **told, plan=experiment.plans[least], least=w.number(float(means[least])))
    subtitle = w("critical.subtitle", plan=shown.plan, replication=shown.replication)
    with style.styled(look):
        figure = framed(look, title, subtitle, footer(material, w), 11.0, max(3.6, 1.0 + 0.42 * len(experiment.plans)))
        left, right = figure.subplots(1, 2)
        _scatter(left, found, w)
        _counts(right, experiment.plans, counts, w)
    rows: list[list[Cell]] = [
        [str(network.critical_name[i]), str(network.critical_kind[i]), *(float(part[i]) for part in found)]
        for i in range(len(network.critical_section))
    ]
    parts = [f"{plan} {w.number(float(mean), 1)}" for plan, mean in zip(experiment.plans, means, strict=True)]
    return Sheet(
        "12-critical", figure, title, w("critical.says"), w("critical.alt", plans=w.listed(parts)), HEADER, rows
    )


def _scatter(axes: Axes, found: Found, w: Words) -> None:
    backup, outage, beyond = found
    top = max(float(outage.max()), 1.0)
    right = max(float(backup.max()), 1.0) * 1.15
    bad = beyond > 0
    for chosen, marker, face, key in ((bad, "s", style.OBSERVED, "ran_out"), (~bad, "o", "#FFFFFF", "lasted")):
        number = w.number(int(chosen.sum()))
        edge = style.INK if key == "lasted" else "#A04600"
        axes.plot(
            backup[chosen], outage[chosen], marker, markersize=4, color=face, markeredgecolor=edge, markeredgewidth=0.7,
            alpha=0.85, label=w(f"critical.{key}", n=number), rasterized=True,
        )  # fmt: skip
    axes.plot([0, right], [0, right], color=style.MUTED, linewidth=1.0, linestyle=(0, (4, 1.6)), zorder=1)
    axes.set_xlim(0, right)
    axes.set_ylim(-0.02 * top, top * 1.25)
    axes.set_title(w("critical.panel_backup"))
    axes.set_xlabel(w("critical.x_backup"))
    axes.set_ylabel(w("critical.y_outage"))
    axes.legend(loc="upper right", borderaxespad=0.1, handletextpad=0.3)
    counted(axes.xaxis, w)
    counted(axes.yaxis, w)


def _counts(axes: Axes, plans: tuple[str, ...], counts: NDArray[np.float64], w: Words) -> None:
    for y, row in enumerate(counts):
        axes.plot(row, np.full(len(row), y + 0.16), "o", color=style.REFERENCE, markersize=2.6, alpha=0.7)
        axes.barh(y - 0.1, row.mean(), 0.34, color=style.PLAN, linewidth=0)
        axes.annotate(w.number(float(row.mean()), 0 if row.mean() >= 10 else 1), (float(row.mean()), y - 0.1), xytext=(4, 0),
                      textcoords="offset points", va="center", size=8, weight="bold")  # fmt: skip
    axes.set_yticks(range(len(plans)), [shortened(plan, 110, style.LABEL_PT) for plan in plans])
    axes.set_ylim(len(plans) - 0.5, -0.6)
    axes.set_xlim(0, max(float(counts.max()), 1.0) * 1.1)
    axes.set_title(w("critical.panel_plans"))
    axes.set_xlabel(w("critical.x_plans"))
    counted(axes.xaxis, w)
    axes.grid(axis="x")
    axes.grid(visible=False, axis="y")
    axes.tick_params(axis="y", length=0)
