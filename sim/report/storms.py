"""Results by the storm that came, told: the robust choice, what it costs on average, the figures, and JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from sim.experiment.replicate import Experiment
from sim.experiment.series import Setting
from sim.experiment.storms import Class, Regret, Storm
from sim.grid.coast import Coast
from sim.report.differences_text import bounded
from sim.report.figures import storms as figures
from sim.report.figures.sweep import measure_name
from sim.report.style import look_for
from sim.report.sweep import amount, with_unit
from sim.report.terminal import console_for, say
from sim.report.write import cleaned, write_sheets
from sim.results.writing import writing
from sim.words import Words, words

if TYPE_CHECKING:
    from rich.table import Table

    from sim.results.study import StudyFolder


@dataclass(frozen=True)
class ByStorm:
    """A series of replications seen by the storm of each; `regrets` one per measure shown."""

    setting: Setting
    experiment: Experiment
    storms: tuple[Storm, ...]
    classes: tuple[Class, ...]
    regrets: tuple[Regret, ...]


def write_storms(found: ByStorm, coast: Coast | None, folder: StudyFolder, lang: str = "en") -> list[str]:
    """Write the figures (PNG, SVG, CSV) into the study's folder; return messages for the user."""
    text = words(lang)
    look, messages = look_for(lang)
    scenario = found.setting.scenario
    sheets = [
        figures.draw_tracks(found.setting, found.storms, coast, look),
        figures.draw_curves(found.experiment, found.classes, scenario, look),
        *(figures.draw_regret(found.experiment, table, scenario, look) for table in found.regrets),
    ]
    with writing(folder.path, folder.kind):
        _, missing = write_sheets(sheets, folder.figures, look)
    if missing:
        messages.append(text("message.missing_glyphs"))
    return messages


def print_storms(found: ByStorm, w: Words, file: IO[str] | None = None) -> None:
    """Print the robust choice by each measure, then the regret table of each."""
    console = console_for(file or sys.stdout)
    if found.setting.scenario.storm.forecast_lead_h is None:
        say(console, w("storms.no_lead"))
    for table in found.regrets:
        say(console, sentence(table, w, found.setting.scenario.cost.currency))
    for table in found.regrets:
        console.print()
        console.print(_table(table, found.experiment.plans, w, found.setting.scenario.cost.currency))
    cut = any(table.n_censored for table in found.regrets)
    say(console, w("storms.note") + (w("table.cut_note") if cut else ""), "dim")


def sentence(table: Regret, w: Words, currency: str = "") -> str:
    """Return which plan is regretted least, whether beyond chance, and how the plan with the best mean compares."""
    name = w(f"measure.{table.measure}")
    if not table.robust:
        return w("storms.no_choice", measure=name)
    if table.is_open:
        return w("storms.cannot_tell", measure=name, k=table.n_censored, n=table.n)
    most = {plan: with_unit(value, table.measure, w, currency) for plan, value in table.greatest.items()}
    caution = w("storms.by_chance", plan=table.robust, plans=w.listed(table.alike)) if table.alike else ""
    caution += w("storms.counted") if table.n_censored else ""
    where = max((r for r in table.rows if r.counts and r.plan == table.robust), key=lambda row: row.regret)
    if table.least == 0:
        return w("storms.always_best", measure=name, plan=table.robust) + caution
    told = w(
        "storms.robust", measure=name, plan=table.robust, most=most[table.robust], group=w(f"storms.{where.kind}_{where.name}")
    )
    if table.best not in ("", table.robust):
        told += w("storms.best_mean", plan=table.best, most=most[table.best])
    return told + caution


def storms_json(found: ByStorm, folder: Path) -> str:
    """Return storms, classes and regret tables for scripts; nan as null."""
    said = {
        "folder": str(folder),
        "forecast_lead_h": found.setting.scenario.storm.forecast_lead_h,
        "seed": found.setting.seed,
        "storms": [
            {key: value for key, value in asdict(storm).items() if key not in ("lon", "lat")} for storm in found.storms
        ],
        "classes": [asdict(group) for group in found.classes],
        "regret": [asdict(table) for table in found.regrets],
    }
    return json.dumps(cleaned(said), ensure_ascii=False, indent=1)


def _table(table: Regret, plans: Sequence[str], w: Words, currency: str = "") -> Table:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    made = Table(
        title=Text(w("storms.table", measure=measure_name(table.measure, w, currency))), title_justify="left", title_style="bold",
        box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0),
    )  # fmt: skip
    made.add_column(w("storms.class"), overflow="fold")
    for plan in plans:
        made.add_column(plan + (" *" if plan == table.robust and not table.is_open else ""), justify="right", overflow="fold")
    for kind, name, n in dict.fromkeys((row.kind, row.name, row.n) for row in table.rows):
        of_class = [table.row(kind, name, plan) for plan in plans]
        regrets = [bounded(amount(row.regret, table.measure, w), row.bound, w) for row in of_class]
        cells = [w("storms.column", name=w(f"storms.{kind}_{name}"), n=n).replace("\n", " ")]
        made.add_row(*(Text(cell) for cell in [*cells, *regrets]))
    most = [bounded(amount(table.greatest[plan], table.measure, w), table.bound(plan), w) for plan in plans]
    made.add_row(*(Text(cell, style="bold") for cell in [w("storms.greatest"), *most]))
    return made
