"""How soon a crew was on site after an outage was known, by kind of place, against what the standards allow."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.grid.network import LAND_CLASSES
from sim.metrics.outages import outages
from sim.report import style
from sim.report.frame import Sheet, footer, framed
from sim.report.material import Material
from sim.report.style import Look
from sim.results.writing import Cell
from sim.scenario.standards import Clause
from sim.units import MIN_PER_H

FloatArray = NDArray[np.float64]
HEADER = ["plan", "replication", "land", "outage_share", "minutes_to_first_crew"]
_DASH = {"city": (0, (1, 1.2)), "rural": (0, (4, 1.4)), "remote": (0, (6, 2, 1, 2))}


def draw(material: Material, look: Look) -> Sheet | None:
    """Draw the share of outages with a crew on site by time since the report; None without a log, or any crew there."""
    from matplotlib.ticker import FuncFormatter

    w, log, shown, network = look.words, material.log, material.worst_hour, material.network
    if log is None or shown is None or network is None:
        return None
    known = outages(log)
    waited = known.on_site_at - known.reported_at
    cases = ~np.isnan(waited) | np.isnan(known.closed_at)  # closed before any crew came: no case
    if not np.isfinite(waited[cases]).any():
        return None
    land = network.land_class[known.section]
    clauses = allowed(material)
    median = float(np.median(np.where(np.isnan(waited[cases]), np.inf, waited[cases])))
    title = w("arrival.title", plan=shown.plan, hours=w.number(median / MIN_PER_H, 1))
    subtitle = w("answer.join").join([
        w("arrival.subtitle", plan=shown.plan, replication=shown.replication),
        w("arrival.allowed" if clauses else "arrival.no_limit"),
    ])
    rows: list[list[Cell]] = []
    parts = []
    with style.styled(look):
        figure = framed(look, title, subtitle, footer(material, w), 11.0, 3.7)
        axes = figure.subplots()
        longest = float(np.nanmax(waited[cases])) / MIN_PER_H
        for code, name in enumerate(LAND_CLASSES):
            mine = cases & (land == code)
            if not mine.any():
                continue
            minutes = np.sort(waited[mine & ~np.isnan(waited)])
            share = np.arange(1, len(minutes) + 1) / int(mine.sum())
            colour = style.PLACES[name][0]
            axes.step(
                np.append(0.0, minutes / MIN_PER_H), np.append(0.0, share), where="post", color=colour, linewidth=1.8,
                linestyle=_DASH[name] if name != "city" else "-", label=w(f"arrival.{name}", n=w.number(int(mine.sum()))),
            )  # fmt: skip
            rows += [
                [shown.plan, shown.replication, name, float(s), float(m)] for s, m in zip(share, minutes, strict=True)
            ]
            parts.append(f"{name} {w.number(float(np.median(minutes)) / MIN_PER_H, 1) if len(minutes) else '-'}")
        for row, (clause, names) in enumerate(clauses):
            hours = clause.limit / MIN_PER_H
            axes.axvline(hours, color=style.OBSERVED, linewidth=1.0, linestyle=(0, (3, 1.5)))
            axes.annotate(
                w("arrival.limit", minutes=w.number(clause.limit), name=names), (hours, 0.97 - 0.09 * row),
                xycoords=("data", "axes fraction"), xytext=(4, 0), textcoords="offset points", va="top", size=7.5,
                color=style.INK, bbox=style.NOTE_BOX,
            )  # fmt: skip
        axes.set_xscale("symlog", linthresh=1.0)
        ticks = [t for t in (0, 0.5, 1, 2, 4, 8, 24, 48, 96, 192, 384) if t <= max(longest * 1.2, 2.0)]
        axes.set_xticks(ticks, [w.number(t, 1 if t == 0.5 else 0) for t in ticks])
        axes.minorticks_off()
        axes.set_xlim(0, max(longest * 1.1, 2.0))
        axes.set_ylim(0, 1.02)
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: w.percent(value)))
        axes.set_xlabel(w("arrival.x"))
        axes.set_ylabel(w("arrival.y"))
        axes.legend(loc="upper left")
    told = (
        w("arrival.none") if not clauses else w("list.comma").join(f"{names} {c.limit:g} min" for c, names in clauses)
    )
    alt = w("arrival.alt", medians=w("list.comma").join(parts), limits=told)
    return Sheet("35-arrival", figure, title, w("arrival.says"), alt, HEADER, rows)


def allowed(material: Material) -> list[tuple[Clause, str]]:
    """Return the clauses about arrival with their names, those of one limit together, the shortest first."""
    found: dict[float, tuple[Clause, list[str]]] = {}
    for name, clause in material.scenario.standards.judged.items():
        if clause.about == "arrival":
            found.setdefault(clause.limit, (clause, []))[1].append(name)
    return [(clause, ", ".join(names)) for _, (clause, names) in sorted(found.items())]
