"""What the crews do over time: working, on the road, waiting, held by wind or night, resting between shifts."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.metrics.crews import ON_SHIFT
from sim.metrics.crews import STATES as CREW_STATES
from sim.report import style
from sim.report.clock import Clock
from sim.report.frame import Sheet, columns_for, footer, framed, panels, shortened
from sim.report.material import Material, mean_over_runs
from sim.report.style import Look
from sim.results.writing import Cell
from sim.units import MIN_PER_H

STATES = tuple(style.CREWS)
HEADER = ["plan", "local_time", "hours_after_landfall", *STATES]
_ON_SHIFT = tuple(f"crews_{CREW_STATES[state]}" for state in ON_SHIFT)  # the first of STATES
_THERE = (*_ON_SHIFT, "crews_resting")


def draw(material: Material, look: Look) -> Sheet:
    """Draw the mean number of crews in each state, stacked, one panel per plan; those that are off are not there."""
    from matplotlib.patches import Patch
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    w, experiment = look.words, material.experiment
    clock = Clock(material.scenario, w)
    crews = np.stack([mean_over_runs(experiment.curves[state]) for state in STATES])  # (n_states, n_plans, n_grid)
    there = crews[: len(_THERE)]
    busy = (crews[0] + crews[1] > 0.02 * max(float(there.sum(axis=0).max()), 1e-9)).any(axis=0)
    window = clock.window(experiment.grid_at, busy)
    title = _title(material, crews, look)
    n = len(experiment.plans)
    columns = columns_for(n)
    with style.styled(look):
        figure = framed(
            look, title, w("crews.subtitle"), footer(material, w), 11.0, 2.2 * -(-n // columns) + (1.6 if n < 3 else 0.3),
            [
                (Patch(facecolor=c, hatch=h, edgecolor="#FFFFFF" if h else style.FAINT), w(f"crew_state.{s}"))
                for s, (c, h) in style.CREWS.items()
                if s in _THERE and crews[STATES.index(s)].any()
            ],
        )  # fmt: skip
        grid, seen = panels(figure, n), clock.seen(experiment.grid_at, window)
        top = max(float(there.sum(axis=0).max()), 1.0) * 1.04
        for p, (axes, plan) in enumerate(zip(grid, experiment.plans, strict=True)):
            axes.stackplot(
                experiment.grid_at[seen], *there[:, p, seen], colors=[style.CREWS[s][0] for s in _THERE],
                hatch=[style.CREWS[s][1] for s in _THERE], edgecolor="#FFFFFF", linewidth=0,
            )  # fmt: skip
            name = plan if p else w("figure.reference", plan=plan)
            axes.set_title(shortened(name, 11.0 / columns * 60, style.PANEL_PT, bold=True))
            axes.set_ylim(0, top)
            axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
            axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: w.number(value)))
            clock.landfall(axes, label=False)
            if p % columns == 0:
                axes.set_ylabel(w("crews.y"))
        clock.mark(grid[0], window, 8 if columns == 1 else 5)
        grid[-1].set_xlabel(w("axis.local_time", zone=material.scenario.timezone))
    times, hours = clock.iso(experiment.grid_at), clock.after_landfall_h(experiment.grid_at).tolist()
    rows: list[list[Cell]] = [
        [plan, times[g], hours[g], *crews[:, p, g].tolist()]
        for p, plan in enumerate(experiment.plans)
        for g in range(len(times))
    ]
    return Sheet("7-crews", figure, title, w("crews.says"), _alt(material, crews, look), HEADER, rows)


def shares(material: Material, crews: NDArray[np.float64], p: int) -> NDArray[np.float64]:
    """Return the share of on-shift crew time in each of the on-shift states, until 95 % are back."""
    at, landfall = material.experiment.grid_at, material.scenario.landfall_at
    hours = material.comparison.row(material.experiment.plans[p], "t95_h").mean
    end = landfall + hours * MIN_PER_H if np.isfinite(hours) else at[-1]
    span = (at >= landfall) & (at <= end)
    spent = crews[: len(_ON_SHIFT), p, span].sum(axis=1)
    return np.asarray(spent / max(float(spent.sum()), 1e-9))


def _title(material: Material, crews: NDArray[np.float64], look: Look) -> str:
    w = look.words
    first = shares(material, crews, 0)
    plans = material.experiment.plans
    if first.sum() <= 0:
        return w("crews.title_none", reference=plans[0])
    told = {"reference": plans[0], "share": w.percent(float(first[0]))}
    if len(plans) == 1:
        return w("crews.title_one", **told)
    others = [float(shares(material, crews, p)[0]) for p in range(1, len(plans))]
    low, high = w.percent(min(others)), w.percent(max(others))
    if len(plans) == 2:
        return w("crews.title_two", **told, other=high, plan=plans[1])
    return w("crews.title_same" if low == high else "crews.title", **told, low=low, high=high)


def _alt(material: Material, crews: NDArray[np.float64], look: Look) -> str:
    w = look.words
    parts = []
    for p, plan in enumerate(material.experiment.plans):
        spent = shares(material, crews, p)
        pieces = [f"{w(f'crew_state.{s}')} {w.percent(spent[i])}" for i, s in enumerate(_ON_SHIFT)]
        parts.append(w("crews.alt_plan", plan=plan, pieces=w("list.comma").join(pieces)))
    return w("crews.alt", plans=w("list.semicolon").join(parts))
