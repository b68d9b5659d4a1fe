"""The resilience trapezoid of each plan: how deep supply falls, how long it stays down, how fast it comes back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.report import style
from sim.report.clock import Clock
from sim.report.frame import Sheet, columns_for, footer, framed, panels, shortened
from sim.report.material import Material, mean_over_runs
from sim.report.style import Look
from sim.results.writing import Cell
from sim.units import MIN_PER_H

HEADER = ["plan", "depth_fraction", "fall_per_h", "degraded_h", "recovery_per_h", "lost_h", "falls_at_h", "down_at_h",
          "rises_at_h", "back_at_h"]  # fmt: skip
_NEAR = 0.95  # of the depth: the fall is over, the rise has not begun
_BACK = 0.05  # of the depth: power is back


@dataclass(frozen=True)
class Trapezoid:
    """Corners and the four numbers of a trapezoid (Panteli et al. 2017, IEEE Trans. Power Syst. 32(6), 4732).

    falls, down, rises, back : minutes of its corners. depth : largest share of customers without supply. lost_h :
    hours without supply per customer served, the area. is_cut : supply is not back when the curve ends, which then
    stands for `back`.
    """

    falls: float
    down: float
    rises: float
    back: float
    depth: float
    lost_h: float
    is_cut: bool = False

    @property
    def numbers(self) -> tuple[float, float, float, float]:
        """Return depth, fall per h, hours degraded, recovery per h; the share of customers is the measure."""
        fall, rise = max(self.down - self.falls, 1.0), max(self.back - self.rises, 1.0)
        hours = (self.rises - self.down) / MIN_PER_H
        return self.depth, self.depth * MIN_PER_H / fall, hours, self.depth * MIN_PER_H / rise


def trapezoid(at: NDArray[np.float64], share_out: NDArray[np.float64]) -> Trapezoid:
    """Return the trapezoid of one curve of the share of customers without supply, (n_grid,)."""
    depth = float(share_out.max())
    lost = float(((share_out[1:] + share_out[:-1]) / 2 * np.diff(at)).sum()) / MIN_PER_H
    if not depth > 0:
        return Trapezoid(at[0], at[0], at[0], at[0], 0.0, 0.0)
    low = np.flatnonzero(share_out >= _NEAR * depth)
    before = np.flatnonzero(share_out[: low[0] + 1] <= _BACK * depth)
    after = np.flatnonzero(share_out[low[-1] :] <= _BACK * depth)
    falls = at[before[-1]] if len(before) else at[0]
    back = at[low[-1] + after[0]] if len(after) else at[-1]
    return Trapezoid(float(falls), float(at[low[0]]), float(at[low[-1]]), float(back), depth, lost, not len(after))


def draw(material: Material, look: Look) -> Sheet | None:
    """Draw the mean share of customers with supply and its trapezoid, one panel per plan; None without a network."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    if material.network is None:
        return None
    w, experiment = look.words, material.experiment
    clock, at = Clock(material.scenario, w), experiment.grid_at
    out = mean_over_runs(experiment.curves["customers_out"]) / max(material.network.n_customers, 1)
    made = [trapezoid(at, curve) for curve in out]
    window = clock.window(at, (out > 0.005 * max(float(out.max()), 1e-9)).any(axis=0))
    first = made[0]
    title = w(
        "trapezoid.title_cut" if first.is_cut else "trapezoid.title", plan=experiment.plans[0],
        depth=w.percent(first.depth), back=w.number(_hours(first.back, clock)),
    )  # fmt: skip
    n, columns = len(experiment.plans), columns_for(len(experiment.plans))
    deepest = max(0.01, *(each.depth for each in made))
    seen = clock.seen(at, window)
    with style.styled(look):
        figure = framed(
            look, title, w("trapezoid.subtitle"), footer(material, w), 11.0, 2.3 * -(-n // columns) + (1.4 if n < 3 else 0.3)
        )
        for p, (axes, plan, each) in enumerate(zip(panels(figure, n), experiment.plans, made, strict=True)):
            axes.fill_between(at[seen], 1 - out[p, seen], 1, color=style.PLAN_LIGHT_BAND, linewidth=0)
            axes.plot(at[seen], 1 - out[p, seen], color=style.PLAN, linewidth=1.8)
            corners = [window[0], each.falls, each.down, each.rises, each.back, window[1]]
            axes.plot(corners, [1, 1, 1 - each.depth, 1 - each.depth, 1, 1], color=style.INK, linewidth=1.0,
                      linestyle=(0, (4, 1.6)))  # fmt: skip
            axes.set_title(shortened(plan if p else w("figure.reference", plan=plan), 11.0 / columns * 60, style.PANEL_PT, True))
            depth, fall, hours, rise = each.numbers
            key = "trapezoid.note_cut" if each.is_cut else "trapezoid.note"
            note = w(key, depth=w.percent(depth), fall=w.percent(fall, 1), hours=w.number(hours),
                     rise=w.percent(rise, 2), lost=w.number(each.lost_h, 1))  # fmt: skip
            axes.text(0.98, 0.04, note, transform=axes.transAxes, ha="right", va="bottom", size=7.5, linespacing=1.35,
                      bbox=style.NOTE_BOX)  # fmt: skip
            axes.set_ylim(1 - 1.75 * deepest, 1 + 0.06 * deepest)
            axes.yaxis.set_major_locator(MaxNLocator(5))
            axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: w.percent(value, 0 if deepest > 0.05 else 1)))
            if p % columns == 0:
                axes.set_ylabel(w("trapezoid.y"))
        clock.mark(figure.axes[0], window, 8 if columns == 1 else 5)
        figure.axes[n - 1].set_xlabel(w("axis.local_time", zone=material.scenario.timezone))
    rows: list[list[Cell]] = [
        [plan, *each.numbers, each.lost_h, *(_hours(m, clock) for m in (each.falls, each.down, each.rises, each.back))]
        for plan, each in zip(experiment.plans, made, strict=True)
    ]
    parts = [
        w(
            "trapezoid.alt_plan_cut" if each.is_cut else "trapezoid.alt_plan", plan=plan, depth=w.percent(each.depth),
            back=w.number(_hours(each.back, clock)),
        )
        for plan, each in zip(experiment.plans, made, strict=True)
    ]
    alt = w("trapezoid.alt", plans=w("list.semicolon").join(parts))
    return Sheet("11-trapezoid", figure, title, w("trapezoid.says"), alt, HEADER, rows)


def _hours(at: float, clock: Clock) -> float:
    return float(clock.after_landfall_h(at))
