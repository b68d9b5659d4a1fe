"""A branch as a picture: customers out and complaints, as it was and with the new actions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.report import style
from sim.report.clock import Clock
from sim.report.frame import Sheet, framed
from sim.report.style import Look
from sim.results.writing import Cell

if TYPE_CHECKING:
    from sim.report.branch import Fork

FloatArray = NDArray[np.float64]
HEADER = ["local_time", "hours_after_landfall", "customers_out_parent", "customers_out_branch", "complaints_parent",
          "complaints_branch"]  # fmt: skip


def draw(fork: Fork, look: Look) -> Sheet:
    """Draw both courses of the storm, one above the other, with the instants of the new actions."""
    w, clock = look.words, Clock(fork.settings, look.words)
    at = fork.grid_at
    curves = [_curves(course.measures.curves) for course in (fork.parent, fork.child)]
    out = np.stack([curves[0][0], curves[1][0]])
    last = max((action.at for action in fork.said), default=0.0)
    window = clock.window(at, (out > 0.005 * max(1.0, float(out.max()))).any(axis=0), last)
    hours = fork.effect("customer_hours")
    change = w(
        "branch.fewer" if hours.difference < 0 else "branch.more" if hours.difference > 0 else "branch.as_many",
        n=w.big(abs(hours.difference)),
    )
    title = w("branch.title", name=fork.name, change=change)
    foot = w("branch.footer", scenario=fork.settings.name, plan=fork.plan, n=fork.replication, seed=fork.seed)
    with style.styled(look):
        figure = framed(look, title, w("branch.subtitle"), foot, 9.0, 5.4)
        upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=[3, 2])
        for axes, i, name in ((upper, 0, "branch.out"), (lower, 1, "branch.complaints")):
            axes.plot(at, curves[0][i], color=style.REFERENCE, linewidth=1.4, linestyle=(0, (4, 1.6)),
                      label=w("branch.parent", name=fork.parent_name or w("branch.the_run")))  # fmt: skip
            axes.plot(at, curves[1][i], color=style.PLAN, linewidth=1.9, label=w("branch.child", name=fork.name))
            axes.set_title(w(name))
            axes.set_ylim(bottom=0)
            axes.yaxis.set_major_formatter(lambda value, _: w.number(value))
            for instant in sorted({action.at for action in fork.said}):
                axes.axvline(instant, color=style.OBSERVED, linewidth=1.0)
            clock.mark(axes, window)
            clock.landfall(axes, label=i == 0)
        upper.legend()
        lower.set_xlabel(w("axis.local_time", zone=fork.settings.timezone))
    rows: list[list[Cell]] = [
        [time, after, *values]
        for time, after, *values in zip(
            clock.iso(at), clock.after_landfall_h(at).tolist(), *(
                curve.tolist() for pair in zip(*curves, strict=True) for curve in pair
            ), strict=True,
        )
    ]  # fmt: skip
    alt = w("branch.alt", before=w.big(hours.parent), after=w.big(hours.child), peak=w.number(float(out.max())))
    return Sheet("1-branch", figure, title, w("branch.subtitle"), alt, HEADER, rows)


def _curves(curves: dict[str, FloatArray]) -> list[FloatArray]:
    """Return customers out, and complaints added up from the start."""
    return [curves["customers_out"], np.cumsum(curves["complaints"])]
