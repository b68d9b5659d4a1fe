"""A tornado told: whether the choice holds at the ends of every assumption, the table by effect, figures, JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import IO, TYPE_CHECKING

from sim.experiment.tornado import Tornado
from sim.report.differences_text import bounded
from sim.report.figures.tornado import draw, label
from sim.report.style import look_for
from sim.report.sweep import amount
from sim.report.terminal import console_for, say
from sim.report.write import cleaned, write_sheets
from sim.results.writing import writing
from sim.scenario.model import Scenario
from sim.words import Words, words

if TYPE_CHECKING:
    from rich.table import Table

    from sim.results.study import StudyFolder

_MOST_ROWS = 15
_MOST_CHANGES = 5


def write_tornado(found: Tornado, scenario: Scenario, folder: StudyFolder, lang: str = "en") -> list[str]:
    """Write a figure per measure (PNG, SVG, CSV) into the study's folder; return messages for the user."""
    text = words(lang)
    look, messages = look_for(lang)
    with writing(folder.path, folder.kind):
        sheets = [draw(found, measure, scenario, look) for measure in found.base]
        _, missing = write_sheets(sheets, folder.figures, look)
    if missing:
        messages.append(text("message.missing_glyphs"))
    return messages


def print_tornado(found: Tornado, w: Words, file: IO[str] | None = None) -> None:
    """Print by each measure whether the choice holds, then the assumptions by their effect."""
    console = console_for(file or sys.stdout)
    for measure in found.base:
        for sentence in answer(found, measure, w):
            say(console, sentence)
    for measure in found.base:
        console.print()
        console.print(_table(found, measure, w))
    cut = any(swing.is_cut for swings in found.swings.values() for swing in swings)
    say(console, w("tornado.note", n=len(found.left_out)) + (w("table.cut_note") if cut else ""), "dim")


def answer(found: Tornado, measure: str, w: Words) -> list[str]:
    """Return whether the plan with the best mean stays the best at the ends of every assumption, and where not."""
    base, swings = found.base[measure], found.swings[measure]
    name = w(f"measure.{measure}")
    if base.is_open:
        return [w("tornado.cannot_tell", measure=name, k=base.n_censored, n=found.n)]
    changing = [swing for swing in swings if swing.changes(base.best)]
    n_open = sum(swing.n_open for swing in swings)
    if not changing and n_open:
        return [w("tornado.holds_where_told", measure=name, best=base.best, k=2 * len(swings) - n_open, n=2 * len(swings))]
    if not changing:
        return [w("tornado.holds", measure=name, best=base.best, n=len(swings))]
    told = [w("tornado.depends", measure=name, best=base.best, k=len(changing), n=len(swings))]
    for swing in changing[:_MOST_CHANGES]:
        for end, effect in swing.changes(base.best):
            value = f"{swing.assumption.at(end):g}"
            key = "tornado.changes_clearly" if effect.clear else "tornado.changes_by_chance"
            told.append(w(key, name=swing.assumption.key, value=value, unit=swing.assumption.unit, plan=effect.best))
    if len(changing) > _MOST_CHANGES:
        told.append(w("tornado.more", n=len(changing) - _MOST_CHANGES))
    if n_open:
        told.append(w("tornado.open", k=n_open, n=2 * len(swings)))
    return told


def tornado_json(found: Tornado, folder: Path) -> str:
    """Return base, swings by effect and what was left out, for scripts; nan as null."""
    said = {
        "folder": str(folder),
        "storms": found.n,
        "seed": found.seed,
        "plans": found.plans,
        "watched": found.watched,
        "base": {measure: asdict(effect) for measure, effect in found.base.items()},
        "swings": {
            measure: [asdict(swing) | {"size": swing.size} for swing in swings]
            for measure, swings in found.swings.items()
        },
        "left_out": found.left_out,
    }
    return json.dumps(cleaned(said), ensure_ascii=False, indent=1)


def _table(found: Tornado, measure: str, w: Words) -> Table:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    base = found.base[measure]
    name = w(f"measure.{measure}")
    title = w(
        "tornado.table", measure=name, plan=found.watched, reference=found.plans[0],
        base=bounded(amount(base.difference, measure, w), base.bound, w),
    )  # fmt: skip
    made = Table(
        title=Text(title), title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False,
        padding=(0, 1, 0, 0),
    )  # fmt: skip
    made.add_column(w("tornado.assumption"), overflow="fold")
    columns: Sequence[str] = ("in_force", "at_low", "at_high", "swing")
    for column in columns:
        made.add_column(w(f"tornado.{column}"), justify="right", overflow="fold")
    for swing in found.swings[measure][:_MOST_ROWS]:
        values = "–".join(f"{value:g}" for value in sorted({min(swing.assumption.base), max(swing.assumption.base)}))
        mark = " *" if swing.changes(base.best) and not base.is_open else ""
        ends = [bounded(amount(effect.difference, measure, w), effect.bound, w) for effect in (swing.low, swing.high)]
        size = bounded(amount(swing.size, measure, w), "either" if swing.is_cut else "", w)
        made.add_row(*(Text(cell) for cell in [label(swing, w) + mark, values, *ends, size]))
    return made
