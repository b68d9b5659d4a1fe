"""The report as one HTML file that needs nothing else: no network, no other file."""

from __future__ import annotations

import base64
import hashlib
import os
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from sim.experiment.chances import LEAST_STORMS, best_plans
from sim.experiment.compare import JUDGED, Comparison, verdict
from sim.experiment.replicate import Experiment
from sim.experiment.spending import is_open
from sim.report import assumptions, service
from sim.report.answer import sentences
from sim.report.checked import check_cells
from sim.report.clock import Clock
from sim.report.differences_text import difference_cell, measured
from sim.report.figures import APPENDIX, MAIN
from sim.report.frame import Drawn
from sim.report.live import as_script, charts
from sim.report.material import Material
from sim.report.terminal import COLUMNS, line_title, plan_cell, verdict_cell
from sim.scenario.model import Scenario
from sim.words import Words

if TYPE_CHECKING:
    from sim.results.together import Together

_SVG_LIMIT = 160_000  # bytes; a heavier drawing goes into the page as PNG
_LIVE = {"1-customers-out": "customers_out", "4-complaints": "complaints"}
_CHOICE = ("8-cost", "21-cost-parts", "9-choice")
_ELSEWHERE = ("tornado", "storms")
"""What other commands show."""
_NARROW_IN = 9.0  # narrower drawings are not blown up
_TEMPLATES = Path(__file__).parent / "templates"
_HTML_LANG = {"en": "en", "zh": "zh-Hans"}


def report_page(
    material: Material, sheets: Sequence[Drawn], page: Path, w: Words, command: Sequence[str], figures: Path,
    joined: Together | None = None,
) -> str:  # fmt: skip
    """Return report.html, which will lie at `page`.

    sheets : as drawn; their files lie in the folder `figures`. command : what to type to make the same again.
    joined : the runs compared, where there are several. Tables are linked where they lie beside the page.
    """
    comparison, scenario = material.comparison, material.scenario
    clock = Clock(scenario, w)
    live = {chart["name"]: as_script(chart) for chart in charts(material, w)}
    shown = [_figure(sheet, figures, page, live) for sheet in sheets]
    from markupsafe import Markup

    script = (_TEMPLATES / "live.js").read_text(encoding="utf-8")
    return render(
        "report.html.j2", w,
        scenario=scenario,
        n=comparison.n,
        seed=material.experiment.seed,
        answer=sentences(comparison, scenario, material.check, w, material.experiment),
        joined=joined,
        plans=list(zip(material.experiment.plans, material.experiment.titles, strict=True)),
        reference=comparison.reference,
        table=_plans_table(comparison, scenario, w, is_open(material.experiment, scenario.cost)),
        paired=_paired_table(comparison, w),
        withheld=withheld(comparison, w),
        judged=[w(f"measure.{measure}") for measure in JUDGED],
        chances=_chances_table(material.experiment, scenario, w),
        least_storms=LEAST_STORMS,
        dropped=_dropped_table(comparison, w),
        standards=service.standards_shown(material.experiment, scenario, w),
        grades=service.grades_shown(material.experiment, scenario, w),
        cost=service.cost_shown(material.experiment, scenario, w),
        tables=_tables(page.parent),
        figures=[each for each in shown if each["name"] in MAIN and each["name"] not in _CHOICE],
        choice=[each for each in shown if each["name"] in _CHOICE],
        appendix=[each for each in shown if each["name"] in APPENDIX],
        left_out=_left_out([sheet.name for sheet in sheets], comparison, w),
        check=[check_cells(row, clock, w) for row in material.check],
        check_ok=[row.ok for row in material.check],
        passed=sum(row.ok for row in material.check),
        checked_plan=scenario.observed.plan if scenario.observed else "",
        assumptions=assumptions.assumptions(scenario, material.experiment.plans, w),
        command=shlex.join(command),
        script=Markup(script),
        script_hash=f"sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}",
    )  # fmt: skip


def _figure(sheet: Drawn, folder: Path, page: Path, live: dict[str, str]) -> dict[str, Any]:
    """Return what the template shows of one figure: its picture, its data to hover over, the folder of its files."""
    from markupsafe import Markup

    data = live.get(_LIVE.get(sheet.name, ""), "")
    return {
        "name": sheet.name,
        "sheet": sheet,
        "source": picture(folder, sheet.name),
        "narrow": sheet.width < _NARROW_IN,
        "live": Markup(data),  # made by as_script: nothing in it can end the element
        "folder": quote(os.path.relpath(folder, page.parent).replace(os.sep, "/")),
    }


def _tables(folder: Path) -> list[tuple[str, str]]:
    """Return name and link of the tables beside the page, the workbook first."""
    found = sorted((folder / "tables").glob("*.csv"))
    book = folder / "tables" / "tables.xlsx"
    return [(path.name, f"tables/{quote(path.name)}") for path in ([book] if book.is_file() else []) + found]


def _left_out(drawn: Sequence[str], comparison: Comparison, w: Words) -> list[str]:
    """Return what this report does not show, and why: data that are not there, what other commands show."""
    absent = [name for name in MAIN | APPENDIX if name not in drawn]
    out = [w("race.left_out", plans=w.listed([each.plan for each in comparison.dropped]))] if comparison.dropped else []
    return out + [w(f"left_out.{name.partition('-')[2]}") for name in absent] + [w(f"left_out.{name}") for name in _ELSEWHERE]


def picture(folder: Path, name: str) -> str:
    """Return a figure as a data address: the drawing when it is light, else the PNG."""
    svg = folder / f"{name}.svg"
    if svg.stat().st_size <= _SVG_LIMIT:
        return f"data:image/svg+xml;base64,{base64.b64encode(svg.read_bytes()).decode()}"
    return f"data:image/png;base64,{base64.b64encode((folder / f'{name}.png').read_bytes()).decode()}"


def render(template: str, w: Words, **values: Any) -> str:
    """Return a page made from a template of this folder; whatever comes from the user's file is escaped."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,  # names and titles come from the user's file
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template(template).render(w=w, html_lang=_HTML_LANG[w.lang], **values)


def _plans_table(comparison: Comparison, scenario: Scenario, w: Words, cost_open: bool) -> dict[str, Any]:
    rows = []
    for plan in comparison.plans:
        cells = []
        for measure in COLUMNS:
            text, best = plan_cell(comparison, plan, measure, w, cost_open)
            cells.append({"text": text, "best": best, "verdict": verdict_cell(comparison, plan, measure, w)})
        rows.append({"plan": plan, "cells": cells})
    return {"columns": [line_title(measure, scenario, w) for measure in COLUMNS], "rows": rows}


def _chances_table(experiment: Experiment, scenario: Scenario, w: Words) -> list[dict[str, Any]]:
    """Return a row per plan: how likely it is as good as the best one, in each judged measure; none where that is not told."""
    if len(experiment.plans) < 2 or len(experiment.replications) < LEAST_STORMS:
        return []
    likely = {(row.plan, row.measure): w.percent(row.probability) for row in best_plans(experiment, scenario)}
    return [{"plan": plan, "cells": [likely[plan, measure] for measure in JUDGED]} for plan in experiment.plans]


def _dropped_table(comparison: Comparison, w: Words) -> list[dict[str, Any]]:
    """Return a row for each judged measure of each plan that was out of the race."""
    rows = []
    for out in comparison.dropped:
        for loss in out.losses:
            pair = next(r for r in comparison.dropped_paired if (r.plan, r.measure) == (out.plan, loss.measure))
            rows.append({
                "plan": out.plan,
                "title": out.title,
                "n": out.n,
                "measure": w(f"measure.{loss.measure}"),
                "behind": w("race.behind", rival=loss.rival, amount=measured(loss.measure, loss.behind, w)),
                "zone": measured(loss.measure, loss.zone, w),
                "difference": difference_cell(pair, w),
            })  # fmt: skip
    return rows


def withheld(comparison: Comparison, w: Words) -> str:
    """Say which verdicts the intervals alone would give, and cut-off runs forbid; empty where there is none."""
    pieces = [
        w("page.withheld_piece", plan=row.plan, measure=w(f"measure.{row.measure}"))
        for row in comparison.paired
        if row.verdict != verdict(row.difference, row.lo, row.hi, row.threshold)
    ]
    return w("page.withheld", pieces=w.listed(pieces)) if pieces else ""


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
