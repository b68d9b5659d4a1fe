"""The journey of customers per plan, as a flow: cut off, noticed, in touch, told, and whether the promise held."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.metrics.measures import AREAS
from sim.report import style
from sim.report.frame import Sheet, footer, framed, shortened
from sim.report.material import Material
from sim.report.style import Look
from sim.results.writing import Cell

if TYPE_CHECKING:
    from matplotlib.axes import Axes

STEPS = tuple(name for name in AREAS if name.startswith("journey_"))
HEADER = ["plan", *(name.removeprefix("journey_") for name in STEPS), "complaints"]
STAGES = (
    ("out",),
    ("aware", "unaware"),
    ("answered", "in_vain", "silent"),
    ("told", "untold", "unreached"),
    ("held", "missed"),
)
"""What customers are parted into, from left to right, each from above."""
_LOOK = {
    "out": ("#12344D", ""), "aware": ("#4AA3DC", ""), "unaware": ("#E4E4E4", ""), "answered": ("#12344D", ""),
    "in_vain": ("#E2711D", "////"), "silent": ("#D5D5D5", ""), "told": ("#8FBEDD", ""), "untold": ("#E69F00", "////"),
    "unreached": ("#5A1208", ""), "held": ("#4FA88B", ""), "missed": ("#D55E00", "////"),
}  # fmt: skip
_BAR, _STEP = 0.07, 1.0  # width of a bar, and from one to the next
_WORTH_NAMING = 5e-4  # smallest share with a label
_LINE = 0.115  # room of one label, in shares of the panel's height


class Flow(NamedTuple):
    """A share of the customers cut off, from one part to another of the next stage."""

    start: str
    end: str
    share: float


def draw(material: Material, look: Look) -> Sheet | None:
    """Draw one flow per plan; None where the run does not have the journey, or nobody was cut off."""
    w, experiment = look.words, material.experiment
    if not set(STEPS) <= set(experiment.areas):
        return None
    totals = {name.removeprefix("journey_"): experiment.areas[name].sum(axis=2).mean(axis=1) for name in STEPS}
    if not totals["out"].min() > 0:
        return None
    plans = [{name: float(values[p]) for name, values in totals.items()} for p in range(len(experiment.plans))]
    complaints = [material.comparison.row(plan, "complaints").mean for plan in experiment.plans]
    lost = [plan["unreached"] / plan["out"] for plan in plans]
    title = _title(material, look, lost)
    with style.styled(look):
        figure = framed(look, title, w("journey.subtitle"), footer(material, w), 11.0, 0.25 + 1.62 * len(plans))
        grid = figure.subplots(len(plans), 1, squeeze=False)[:, 0].tolist()
        for axes, plan, name, n in zip(grid, plans, experiment.plans, complaints, strict=True):
            label = name if name != experiment.plans[0] else w("figure.reference", plan=name)
            told = w("journey.panel", plan=label, n=w.about(plan["out"]), complaints=w.number(n))
            axes.set_title(shortened(told, 700, style.PANEL_PT, bold=True))
            _flow(axes, flows(plan), plan["out"], look)
    rows: list[list[Cell]] = [
        [name, *plan.values(), n] for name, plan, n in zip(experiment.plans, plans, complaints, strict=True)
    ]
    parts = [
        w(
            "journey.alt_plan",
            plan=name,
            share=w.percent(share),
            told=w.percent(_told(plan)),
            missed=w.percent(plan["missed"] / plan["out"]),
        )
        for name, plan, share in zip(experiment.plans, plans, lost, strict=True)
    ]
    alt = w("journey.alt", plans=w("list.semicolon").join(parts))
    return Sheet("19-journey", figure, title, w("journey.says"), alt, HEADER, rows)


def flows(plan: dict[str, float]) -> list[Flow]:
    """Return the flows of one plan by the numbers of its journey; those into a part sum to those out of it."""
    share = {name: number / plan["out"] for name, number in plan.items()}
    aware, answered, silent = share["aware"], share["answered"], 1.0 - share["in_touch"]
    in_vain, untold = share["in_touch"] - answered, share["answered"] - share["told_answered"]
    told, others = share["told_answered"] + share["told_others"], max(in_vain + silent, 1e-12)
    among = share["told_others"] / others
    return [
        Flow("out", "aware", aware), Flow("out", "unaware", 1.0 - aware),
        Flow("aware", "answered", answered), Flow("aware", "in_vain", in_vain),
        Flow("aware", "silent", aware - share["in_touch"]), Flow("unaware", "silent", 1.0 - aware),
        Flow("answered", "told", share["told_answered"]), Flow("answered", "untold", untold),
        Flow("in_vain", "told", in_vain * among), Flow("in_vain", "unreached", in_vain * (1.0 - among)),
        Flow("silent", "told", silent * among), Flow("silent", "unreached", silent * (1.0 - among)),
        Flow("told", "held", told - share["missed"]), Flow("told", "missed", share["missed"]),
    ]  # fmt: skip


def _told(plan: dict[str, float]) -> float:
    return (plan["told_answered"] + plan["told_others"]) / plan["out"]


def _flow(axes: Axes, found: list[Flow], out: float, look: Look) -> None:
    """Draw bars of parts and bands between them, from above in the order of STAGES."""
    sizes = {"out": 1.0} | {end: sum(f.share for f in found if f.end == end) for stage in STAGES[1:] for end in stage}
    top: dict[str, float] = {}
    for stage in STAGES:
        heights = np.cumsum([0.0, *(sizes[part] for part in stage)])
        top |= {part: 1.0 - float(above) for part, above in zip(stage, heights, strict=False)}
    x = {part: _STEP * i for i, stage in enumerate(STAGES) for part in stage}
    leaving, coming = dict(top), dict(top)
    for start, end, share in found:
        colour, _ = _LOOK[end]
        _band(axes, (x[start] + _BAR, leaving[start]), (x[end], coming[end]), share, colour)
        leaving[start] -= share
        coming[end] -= share
    for stage in STAGES:
        for part in stage:
            colour, hatch = _LOOK[part]
            axes.bar(
                x[part], sizes[part], _BAR, top[part] - sizes[part], align="edge", color=colour, hatch=hatch,
                edgecolor="#FFFFFF", linewidth=0,
            )  # fmt: skip
        _label(
            axes, stage, x[stage[0]], {part: (top[part] - sizes[part] / 2, sizes[part]) for part in stage}, out, look
        )
    axes.set_xlim(-0.02, x["held"] + 0.75 * _STEP)
    axes.set_ylim(-0.02, 1.02)
    axes.axis("off")


def _band(axes: Axes, start: tuple[float, float], end: tuple[float, float], share: float, colour: str) -> None:
    """Draw a band that leaves one bar and comes to another, as smooth as a half wave."""
    if share <= 0:
        return
    t = np.linspace(0.0, 1.0, 40)
    upper = start[1] + (end[1] - start[1]) * (1.0 - np.cos(np.pi * t)) / 2.0
    axes.fill_between(start[0] + (end[0] - start[0]) * t, upper - share, upper, color=colour, alpha=0.3, linewidth=0)


def _label(
    axes: Axes, stage: tuple[str, ...], x: float, middles: dict[str, tuple[float, float]], out: float, look: Look
) -> None:
    """Name the parts of a stage beside their bars, none above another's line."""
    w = look.words
    shown = [part for part in stage if middles[part][1] > _WORTH_NAMING]
    at = [middles[part][0] for part in shown]
    for i, j in pairwise(range(len(at))):  # from above; then back up where the lowest has gone below the panel
        at[j] = min(at[j], at[i] - _LINE)
    if at:
        at[-1] = max(at[-1], _LINE / 2)
    for j, i in pairwise(range(len(at) - 1, -1, -1)):
        at[i] = max(at[i], at[j] + _LINE)
    for part, y in zip(shown, at, strict=True):
        share = middles[part][1]
        text = w(f"journey.{part}", n=w.about(share * out), share=w.percent(share))
        axes.text(x + _BAR + 0.03, y, text, va="center", size=7.5, color=style.INK, bbox=style.NOTE_BOX)


def _title(material: Material, look: Look, lost: list[float]) -> str:
    w, plans = look.words, material.experiment.plans
    best = int(np.argmin(lost))
    if best == 0:
        return w("journey.title_one", plan=plans[0], share=w.percent(lost[0]))
    return w("journey.title", plan=plans[0], share=w.percent(lost[0]), best=plans[best], least=w.percent(lost[best]))
