"""What would change the choice: how plans do in mild and severe storms, and if people complain less or more readily."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sim.experiment.compare import Comparison
from sim.report import style
from sim.report.frame import Sheet, footer, framed, scaled, shortened
from sim.report.material import Material
from sim.report.style import Look
from sim.report.trials import FEWEST, Trial, trials
from sim.results.writing import Cell
from sim.words import Words

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

HEADER = ["measure", "case", "plan", "runs", "gain", "unit"]

def draw(material: Material, look: Look) -> Sheet | None:
    """Draw one line per plan over the cases of each trial; None with one plan, or with too few runs to split."""
    experiment, w = material.experiment, look.words
    if len(experiment.plans) < 2 or len(experiment.replications) < FEWEST:
        return None
    made = trials(experiment, material.comparison)
    title = _title(made, material.comparison, w)
    subtitle = w("choice.subtitle", reference=experiment.reference)
    with style.styled(look):
        figure = framed(look, title, subtitle, footer(material, w), 11.0, 3.6, _keys(experiment.plans))
        for axes, trial in zip(figure.subplots(1, 3), made, strict=True):
            _panel(axes, trial, experiment.plans, w)
    rows: list[list[Cell]] = [
        [trial.measure, case, plan, trial.runs[c], float(trial.gain[c, p]), trial.unit]
        for trial in made
        for c, case in enumerate(trial.cases)
        for p, plan in enumerate(experiment.plans[1:])
    ]
    parts = [
        w("choice.alt_case", measure=w(f"measure.{trial.measure}"), case=w(f"choice.{case}"), plan=first)
        for trial in made
        for case, first in zip(trial.cases, trial.first(experiment.plans), strict=True)
    ]
    alt = w("choice.alt", cases=w("list.semicolon").join(parts))
    return Sheet("9-choice", figure, title, w("choice.says"), alt, HEADER, rows)


def _keys(plans: Sequence[str]) -> list[tuple[Artist, str]]:
    from matplotlib.lines import Line2D

    room = 700 / max(len(plans) - 1, 1) - 40
    return [
        (Line2D([], [], **style.line_of(p), markersize=6), shortened(plan, room, style.LABEL_PT))
        for p, plan in enumerate(plans[1:])
    ]


def _panel(axes: Axes, trial: Trial, plans: Sequence[str], w: Words) -> None:
    for p in range(len(plans) - 1):
        axes.plot(range(len(trial.cases)), trial.gain[:, p], **style.line_of(p), markersize=6, linewidth=1.6)
    axes.axhline(0, color=style.MUTED, linewidth=0.9, zorder=1)
    axes.set_xticks(range(len(trial.cases)), [w(f"choice.{case}") for case in trial.cases])
    axes.set_xlim(-0.3, len(trial.cases) - 0.7)
    axes.set_title(w(f"choice.panel_{trial.measure}"))
    axes.set_xlabel(w("choice.x_readiness" if trial.measure == "complaints" else "choice.x_storm"))
    axes.set_ylabel(w(f"choice.y_{trial.measure}"))
    scaled(axes.yaxis, w)


def _title(made: Sequence[Trial], comparison: Comparison, w: Words) -> str:
    firsts = {trial.measure: trial.first(comparison.plans) for trial in made}
    every = {first for row in firsts.values() for first in row}
    if len(every) == 1:
        plan = every.pop()
        sure = all(row.verdict == "better" for row in comparison.paired if row.plan == plan)
        return w("choice.title_same" if sure else "choice.title_means", plan=plan)
    open_ones = [w(f"measure_in_text.{measure}") for measure, row in firsts.items() if len(set(row)) > 1]
    return w("choice.title_changes", measures=w.listed(open_ones)) if open_ones else w("choice.title_measure")
