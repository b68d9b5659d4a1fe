"""The report as one HTML file that needs nothing else: no network, no other file."""

from __future__ import annotations

import base64
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.experiment.compare import Comparison
from sim.report import assumptions
from sim.report.answer import sentences
from sim.report.checked import check_cells
from sim.report.clock import Clock
from sim.report.differences_text import difference_cell
from sim.report.frame import Sheet
from sim.report.material import Material
from sim.report.terminal import COLUMNS, column_title, plan_cell, verdict_cell
from sim.scenario.model import Scenario
from sim.words import Words

if TYPE_CHECKING:
    from sim.results.together import Together

_SVG_LIMIT = 600_000  # bytes; a heavier drawing goes into the page as PNG
_HTML_LANG = {"en": "en", "zh": "zh-Hans"}


def report_page(
    material: Material, sheets: Sequence[Sheet], folder: Path, w: Words, command: Sequence[str],
    joined: Together | None = None,
) -> str:  # fmt: skip
    """Return report.html.

    sheets : as drawn; their files lie in `folder`. command : what to type to make the same again. joined : the runs
    compared, where there are several.
    """
    comparison, scenario = material.comparison, material.scenario
    clock = Clock(scenario, w)
    return _render(
        "report.html.j2", w,
        scenario=scenario,
        n=comparison.n,
        seed=material.experiment.seed,
        answer=sentences(comparison, scenario, material.check, w, material.experiment),
        joined=joined,
        plans=list(zip(material.experiment.plans, material.experiment.titles, strict=True)),
        reference=comparison.reference,
        table=_plans_table(comparison, scenario, w),
        paired=_paired_table(comparison, w),
        figures=[{"sheet": sheet, "source": picture(folder, sheet.name)} for sheet in sheets],
        check=[check_cells(row, clock, w) for row in material.check],
        check_ok=[row.ok for row in material.check],
        passed=sum(row.ok for row in material.check),
        checked_plan=scenario.observed.plan if scenario.observed else "",
        assumptions=assumptions.assumptions(scenario, material.experiment.plans, w),
        command=shlex.join(command),
    )  # fmt: skip


def picture(folder: Path, name: str) -> str:
    """Return a figure as a data address: the drawing when it is light, else the PNG."""
    svg, png = folder / f"{name}.svg", folder / f"{name}.png"
    light = svg.stat().st_size <= _SVG_LIMIT
    kind, path = ("image/svg+xml", svg) if light else ("image/png", png)
    return f"data:{kind};base64,{base64.b64encode(path.read_bytes()).decode()}"


def _render(template: str, w: Words, **values: Any) -> str:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,  # names and titles come from the user's file
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template(template).render(w=w, html_lang=_HTML_LANG[w.lang], **values)


def _plans_table(comparison: Comparison, scenario: Scenario, w: Words) -> dict[str, Any]:
    rows = []
    for plan in comparison.plans:
        cells = []
        for measure in COLUMNS:
            text, best = plan_cell(comparison, plan, measure, w)
            cells.append({"text": text, "best": best, "verdict": verdict_cell(comparison, plan, measure, w)})
        rows.append({"plan": plan, "cells": cells})
    return {"columns": [column_title(measure, scenario, w).replace("-\n", "-") for measure in COLUMNS], "rows": rows}


def _paired_table(comparison: Comparison, w: Words) -> list[dict[str, Any]]:
    out = []
    for row in comparison.paired:
        out.append({
            "plan": row.plan,
            "measure": w(f"measure.{row.measure}"),
            "difference": difference_cell(row, w),
            "share": w.percent(row.share_better),
            "verdict": row.verdict,
            "said": w(f"verdict.{row.verdict}"),
        })  # fmt: skip
    return out
