"""The desk per plan: calls by kind against what it can take, the wait in the queue, the share given up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.metrics.measures import GRID_MIN
from sim.report import style
from sim.report.clock import Clock
from sim.report.figures.calls import KINDS
from sim.report.frame import Sheet, counted, footer, framed, shortened
from sim.report.material import Material, mean_over_runs
from sim.report.style import Look
from sim.results.writing import Cell
from sim.scenario.model import Hotline, Scenario
from sim.scenario.plans import merge
from sim.units import MIN_PER_H, S_PER_MIN

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLUMNS = (*KINDS, "capacity", "wait_min", "given_up_fraction")
HEADER = [
    "plan", "local_time", "hours_after_landfall", *(f"{name}_per_h" for name in (*KINDS, "capacity")), "wait_min",
    "given_up_fraction",
]  # fmt: skip
_FEW_PER_H = 2.0  # calls queued per hour below which neither a mean wait nor a share says anything
_CAPACITY: dict[str, Any] = {
    "color": style.INK,
    "linewidth": 1.3,
    "linestyle": (0, (3, 1.2)),
    "drawstyle": "steps-post",
}
Curves = dict[str, NDArray[np.float64]]


def draw(material: Material, look: Look) -> Sheet | None:
    """Draw three panels per plan; None where the run's curves do not have the desk."""
    w, experiment = look.words, material.experiment
    if "queued_min" not in experiment.curves:
        return None
    clock, curves, n = Clock(material.scenario, w), _curves(material), len(experiment.plans)
    calls = np.sum([curves[name] for name in KINDS], axis=0)
    window = clock.around(experiment.grid_at, (calls > 0.02 * max(calls.max(), 1e-9)).any(axis=0))
    title = _title(material, look, calls, curves["capacity"])
    with style.styled(look):
        figure = framed(look, title, w("desk.subtitle"), footer(material, w), 11.0, 0.8 + 1.35 * n, _keys(look))
        grid = figure.subplots(n, 3, sharex=True, sharey="col", squeeze=False)
        for p, plan in enumerate(experiment.plans):
            name = plan if p else w("figure.reference", plan=plan)
            grid[p, 0].set_title(shortened(name, 210, style.PANEL_PT, bold=True))
            _row(grid[p].tolist(), experiment.grid_at, {key: value[p] for key, value in curves.items()}, look)
            for axes in grid[p]:
                clock.mark(axes, window, 5)
                clock.landfall(axes, label=False)
        for axes in grid.ravel():
            axes.set_ylim(0, max(axes.get_ylim()[1], 1.0))
            counted(axes.yaxis, w, 3)
        grid[-1, 1].set_xlabel(w("axis.local_time", zone=material.scenario.timezone))
    alt = w("desk.alt", plans=w("list.semicolon").join(_told(material, look, calls, curves)))
    return Sheet("18-desk", figure, title, _says(material, look), alt, HEADER, _rows(material, clock, curves))


def _curves(material: Material) -> Curves:
    """Return mean curves, (n_plans, n_grid): calls and capacity per hour, mean wait, share given up; nan: no queue."""
    found, per_h = material.experiment.curves, MIN_PER_H / GRID_MIN
    curves = {name: mean_over_runs(found[name]) * per_h for name in KINDS}
    queued, waited = (mean_over_runs(found[name]) * per_h for name in ("calls_queued", "queued_min"))
    lost = mean_over_runs(found["calls_abandoned"]) * per_h
    agents = mean_over_runs(found["agents_on_duty"])
    desks = [_hotline(material.scenario, plan) for plan in material.experiment.plans]
    taken = np.array(
        [MIN_PER_H * S_PER_MIN / desk.handling_s / max(1.0 - desk.containment_fraction, 0.01) for desk in desks]
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        wait, share = (np.where(queued >= _FEW_PER_H, part / queued, np.nan) for part in (waited, lost))
    return curves | {"capacity": agents * taken[:, None], "wait_min": wait, "given_up_fraction": share}


def _hotline(scenario: Scenario, plan: str) -> Hotline:
    """Return the hotline of a plan; of one that the scenario does not have, the scenario's own."""
    over = scenario.plans[plan].overrides.get("hotline", {}) if plan in scenario.plans else {}
    return Hotline.model_validate(merge(scenario.hotline.model_dump(), over))


def _row(axes: list[Axes], at: NDArray[np.float64], curves: Curves, look: Look) -> None:
    axes[0].stackplot(
        at, *(curves[name] for name in KINDS), colors=[style.CALLS[name][0] for name in KINDS],
        hatch=[style.CALLS[name][1] for name in KINDS], linewidth=0, edgecolor="#9A9A9A",
    )  # fmt: skip
    axes[0].plot(at, curves["capacity"], **_CAPACITY)
    axes[1].plot(at, curves["wait_min"], color=style.PLAN, linewidth=1.4)
    axes[2].plot(at, 100.0 * curves["given_up_fraction"], color=style.OBSERVED, linewidth=1.4)
    for panel, key in zip(axes, ("calls.y_calls", "desk.y_wait", "desk.y_given_up"), strict=True):
        panel.set_ylabel(look.words(key))


def _keys(look: Look) -> list[tuple[Any, str]]:
    """Return what is drawn over time on the left, with its names."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    line = {key: value for key, value in _CAPACITY.items() if key != "drawstyle"}
    kinds: list[tuple[Any, str]] = [
        (
            Patch(facecolor=style.CALLS[name][0], hatch=style.CALLS[name][1], edgecolor="#9A9A9A", linewidth=0),
            look.words(f"calls.{name}"),
        )
        for name in KINDS
    ]
    return [*kinds, (Line2D([], [], **line), look.words("desk.capacity"))]


def _title(material: Material, look: Look, calls: NDArray[np.float64], capacity: NDArray[np.float64]) -> str:
    w, reference = look.words, material.comparison.reference
    p = material.experiment.plans.index(reference)
    worst = int(np.argmax(calls[p]))
    if not calls[p, worst] > 0:
        return w("calls.title_none", reference=reference)
    most, taken = w.about(calls[p, worst]), w.about(capacity[p, worst])
    return w("desk.title", plan=reference, calls=most, capacity=taken)


def _says(material: Material, look: Look) -> str:
    """Return what the figure is for, with calls per customer beside those of real storms."""
    w, reference = look.words, material.comparison.reference
    calls = material.comparison.row(reference, "calls_per_affected").mean
    return w("desk.says", plan=reference, calls=w.number(calls, 3) if np.isfinite(calls) else "–")


def _told(material: Material, look: Look, calls: NDArray[np.float64], curves: Curves) -> list[str]:
    w = look.words
    return [
        w(
            "desk.alt_plan", plan=plan, calls=w.number(calls[p].max()), capacity=w.number(curves["capacity"][p].max()),
            wait=w.number(np.nan_to_num(curves["wait_min"][p]).max(), 1),
        )
        for p, plan in enumerate(material.experiment.plans)
    ]  # fmt: skip


def _rows(material: Material, clock: Clock, curves: Curves) -> list[list[Cell]]:
    at = material.experiment.grid_at
    times, hours = clock.iso(at), clock.after_landfall_h(at).tolist()
    rows: list[list[Cell]] = []
    for p, plan in enumerate(material.experiment.plans):
        columns = np.stack([curves[name][p] for name in COLUMNS], axis=1).tolist()
        rows += [[plan, times[g], hours[g], *columns[g]] for g in range(len(at))]
    return rows
