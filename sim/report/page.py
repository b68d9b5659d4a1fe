"""The report as one HTML file that needs nothing else: no network, no other file."""

from __future__ import annotations

import base64
import math
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.experiment.compare import Comparison
from sim.report import assumptions
from sim.report.answer import answer
from sim.report.checked import check_cells
from sim.report.clock import Clock
from sim.report.differences_text import difference_cell
from sim.report.frame import Sheet
from sim.report.material import Material
from sim.report.terminal import COLUMNS, column_title, plan_cell, verdict_cell
from sim.scenario.model import Scenario
from sim.words import Words

if TYPE_CHECKING:
    from sim.results.read import Run

_SVG_LIMIT = 600_000  # bytes; a heavier drawing goes into the page as PNG
_HTML_LANG = {"en": "en", "zh": "zh-Hans"}


def report_page(material: Material, sheets: Sequence[Sheet], folder: Path, w: Words, command: Sequence[str]) -> str:
    """Return report.html.

    sheets : as drawn; their files lie in `folder`. command : what to type to make the same run again.
    """
    comparison, scenario = material.comparison, material.scenario
    clock = Clock(scenario, w)
    return _render(
        "report.html.j2", w,
        scenario=scenario,
        n=comparison.n,
        seed=material.experiment.seed,
        answer=answer(comparison, scenario, material.check, w, material.experiment),
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


def compare_page(runs: Sequence[Run], sheets: Sequence[Sheet], folder: Path, w: Words) -> str:
    """Return the page that sets the plans of two or more finished runs side by side.

    The runs may differ in storm, network and seed, so nothing is paired and no verdict is given across runs.
    """
    tables = [{"name": run.name, "scenario": run.scenario, "run": run, "rows": _run_rows(run, w)} for run in runs]
    same = len({(r.experiment.seed, r.scenario.name, len(r.experiment.replications)) for r in runs}) == 1
    return _render(
        "compare.html.j2", w,
        tables=tables,
        columns=[w(f"compare.column_{name}", unit=w("number.big_unit_name")) for name in COMPARED],
        same=same,
        figures=[{"sheet": sheet, "source": picture(folder, sheet.name)} for sheet in sheets],
    )  # fmt: skip


COMPARED = ("t95_h", "customer_hours", "peak_out", "complaints")


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


def _run_rows(run: Run, w: Words) -> list[list[str]]:
    """Return plan by measure of one run: mean and range of nine in ten runs."""
    rows = []
    for p, plan in enumerate(run.experiment.plans):
        cells = [plan]
        for name in COMPARED:
            values = run.experiment.of(name)[p]
            known = values[np.isfinite(values)]
            if not len(known):
                cells.append("–")
                continue
            scale = w.big_unit if name == "customer_hours" else 1.0
            lo, mean, hi = (v / scale for v in (*np.quantile(known, [0.05]), known.mean(), *np.quantile(known, [0.95])))
            digits = (w.digits(mean) if scale > 1 else 1 if name == "t95_h" else 0) if math.isfinite(mean) else 0
            cells.append(
                w("compare.cell", mean=w.number(mean, digits), lo=w.number(lo, digits), hi=w.number(hi, digits))
            )
        rows.append(cells)
    return rows
