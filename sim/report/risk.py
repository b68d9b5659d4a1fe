"""The risk register told: what is high, the table of one plan, the levels of all plans, JSON."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from sim.report.terminal import console_for, say
from sim.report.wrapping import columns
from sim.report.write import cleaned
from sim.results.risk_tables import owner_of, title_of, unit_text
from sim.risk.grade import Range
from sim.risk.register import Assessed, Register
from sim.words import Words

if TYPE_CHECKING:
    from rich.table import Table

_MOST_NAMED = 3
_MOST_BESIDE = 4
_BETWEEN = 2  # characters between columns
_LONGEST_WORD, _LONGEST_NAME = 14, 20


def answer(register: Register, w: Words) -> list[str]:
    """Return what a manager has to know first: which risks are high, which may be, what would settle it."""
    plan = register.plans[0]
    rows = register.ranked(plan)
    high = [row for row in rows if row.level.low == "high"]
    maybe = [row for row in rows if row.level.low != "high" and row.level.high == "high"]
    told = [_named("risk.answer_high", high, register, w) if high else w("risk.answer_none_high", plan=plan)]
    if maybe:
        told.append(_named("risk.answer_maybe", maybe, register, w))
    open_levels = [row for row in rows if not row.level.is_sure]
    settle = [row.needed for row in open_levels if 0 < row.needed < math.inf]
    if settle:
        storms, most = w.number(register.n), w.number(max(settle))
        told.append(w("risk.answer_more", n=len(open_levels), storms=storms, k=len(settle), most=most))
    better = _best_plan(register)
    if better is not None:
        told.append(w("risk.answer_plans", plan=better[0], n=better[1], reference=plan, m=better[2]))
    never = [row for row in rows if row.n and not row.n_happened]
    if never:
        told.append(_named("risk.answer_never", never, register, w))
    return told


def _named(key: str, rows: list[Assessed], register: Register, w: Words) -> str:
    names = [w("risk.quoted", title=title_of(register, row.name, w)) for row in rows[:_MOST_NAMED]]
    if len(rows) > _MOST_NAMED:
        names.append(w("risk.and_more", n=len(rows) - _MOST_NAMED))
    return w(
        key, plan=register.plans[0], risks=w.listed(names), n=len(rows), total=len(register.risks),
        storms=w.number(register.n),
    )  # fmt: skip


def _best_plan(register: Register) -> tuple[str, int, int] | None:
    """Return the plan with the fewest high levels where that is fewer than under the reference, and both numbers."""
    high = {plan: sum(row.level.best == "high" for row in register.of(plan)) for plan in register.plans}
    best = min(register.plans, key=lambda plan: high[plan])
    return (best, high[best], high[register.plans[0]]) if high[best] < high[register.plans[0]] else None


def print_register(register: Register, w: Words, file: IO[str] | None = None) -> None:
    """Print the answer, the reference plan's register, and the levels of all plans."""
    console = console_for(file or sys.stdout)
    for sentence in answer(register, w):
        say(console, sentence)
    console.print()
    console.print(_register_table(register, w))
    if len(register.plans) > 1:
        console.print(_levels_table(register, w))
    say(console, note(register, w), "dim")


def note(register: Register, w: Words) -> str:
    """Return how to read the register: what the numbers mean and by which cut-offs the grades were given."""
    rules = register.rules
    text = w(
        "risk.note", tail=w.percent(rules.tail_fraction), medium=w.percent(rules.likelihood_medium),
        high=w.percent(rules.likelihood_high), hours_medium=f"{rules.hours_medium:g}", hours_high=f"{rules.hours_high:g}",
        per=w(f"risk.per_{rules.likelihood_per}"),
    )  # fmt: skip
    if any(risk.safety for risk in register.risks.values()):
        text += w("answer.join") + w("risk.note_safety", floor=w(f"risk.{rules.safety_floor}"))
    return text


def register_rows(register: Register, plan: str, w: Words) -> list[dict[str, Any]]:
    """Return the rows of a plan as texts by column, for terminal and page, the highest level first."""
    return [
        {
            "no": register.number(row.name),
            "title": title_of(register, row.name, w)
            + (w("risk.safety_mark") if register.risks[row.name].safety else ""),
            "belongs": _belongs(register, row.name, w),
            "when": register.risks[row.name].when,
            "unit": unit_text(row.unit, w),
            "likelihood": likelihood_text(row, w),
            "impact": impact_text(row.impact, row, w),
            "tail": impact_text(row.impact_tail, row, w),
            "loss": impact_text(row.loss, row, w),
            "level": level_text(row.level, w),
            "level_best": row.level.best,
            "needed": needed_text(row, w),
        }
        for row in register.ranked(plan)
    ]


def _belongs(register: Register, name: str, w: Words) -> str:
    """Return whose risk it is: source, group of causes, owner, what is meant to be done."""
    risk = register.risks[name]
    return w(
        "risk.belongs", source=w(f"risk.{risk.source}"), cause=w(f"risk.cause_{risk.cause}"),
        owner=owner_of(register, name, w), treatment=w(f"risk.{risk.treatment}"),
    )  # fmt: skip


def column(name: str, register: Register, w: Words) -> str:
    """Return the heading of a column of the register."""
    return w("risk.tail", share=w.percent(register.rules.tail_fraction)) if name == "tail" else w(f"risk.{name}")


def likelihood_text(row: Assessed, w: Words) -> str:
    """Return the likelihood with its interval in brackets."""
    if not row.n:
        return w("risk.not_judged")
    digits = 0 if row.likelihood >= 0.01 or row.likelihood == 0 else 1
    text = w("risk.chance", p=w.percent(row.likelihood, digits), lo=w.number(100 * row.lo, digits),
             hi=w.number(100 * row.hi, digits))  # fmt: skip
    if math.isfinite(row.in_a_year) and row.in_a_year != row.likelihood:
        text += w("list.semicolon") + w("risk.in_a_year", p=w.percent(row.in_a_year, 0 if row.in_a_year >= 0.01 else 1))
    return text


def impact_text(value: float, row: Assessed, w: Words) -> str:
    """Return an amount in the unit of the impact, marked where it is really more."""
    if not math.isfinite(value):
        return "–"
    digits = 0 if abs(value) >= 10 or value == 0 else 1 if abs(value) >= 1 else 2
    least = w("table.at_least") if row.at_least and value > 0 else ""
    return least + (w.big(value) if abs(value) >= 1e6 else w.number(value, digits))


def level_text(level: Range, w: Words) -> str:
    """Return a level, or the levels between which it lies."""
    if level.is_sure:
        return w(f"risk.{level.best}")
    return w("risk.between", low=w(f"risk.{level.low}"), high=w(f"risk.{level.high}"))


def needed_text(row: Assessed, w: Words) -> str:
    """Return the storms that would settle the level; a dash where it is settled or no number would."""
    if row.needed == 0:
        return "–"
    return w.number(row.needed) if math.isfinite(row.needed) else w("risk.no_number")


def register_json(register: Register, folder: Path | None = None, **more: Any) -> str:
    """Return the register for scripts; nan and infinity as null."""
    told: dict[str, Any] = {} if folder is None else {"folder": str(folder)}
    told |= {
        "storms": register.n,
        "seed": register.seed,
        "storms_per_year": register.per_year,
        "plans": register.plans,
        "rules": register.rules.model_dump(),
        "risks": {name: risk.model_dump() for name, risk in register.risks.items()},
        "register": [asdict(row) for row in register.rows],
        **more,
    }
    return json.dumps(cleaned(told), ensure_ascii=False, indent=1)


def _register_table(register: Register, w: Words) -> Table:
    from rich.text import Text

    plan = register.plans[0]
    table = _plain(w("risk.table", plan=plan, n=register.n))
    table.add_column(w("risk.no"), justify="right", width=4)
    table.add_column(w("risk.what"), overflow="fold", width=25)
    for name, width in (("likelihood", 14), ("impact", 9), ("tail", 9), ("loss", 10)):
        table.add_column(column(name, register, w), justify="right", overflow="fold", width=width)
    table.add_column(w("risk.level"), overflow="fold", width=8)
    table.add_column(w("risk.needed"), justify="right", overflow="fold", width=9)
    for row in register_rows(register, plan, w):
        what = Text(row["title"]) + Text("\n" + row["unit"], style="dim")
        style = {"high": "bold red", "medium": "yellow", "low": ""}[row["level_best"]]
        cells = [Text(row[key]) for key in ("likelihood", "impact", "tail", "loss")]
        table.add_row(str(row["no"]), what, *cells, Text(row["level"], style=style), Text(row["needed"]))
    return table


def _levels_table(register: Register, w: Words) -> Table:
    from rich.text import Text

    table = _plain(w("risk.levels_table"))
    table.add_column(w("risk.no"), justify="right")
    titled = len(register.plans) <= _MOST_BESIDE  # else the numbers have to do: titles stand in the table above
    if titled:
        table.add_column(w("risk.what"), overflow="fold", min_width=20)
    for plan in register.plans:
        table.add_column(plan, overflow="fold")
    for row in register.ranked(register.plans[0]):
        cells = [Text(level_text(register.row(row.name, plan).level, w)) for plan in register.plans]
        title = [Text(title_of(register, row.name, w))] if titled else []
        table.add_row(str(register.number(row.name)), *title, *cells)
    return table


def _plain(title: str) -> Table:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    return Table(
        title=Text(title), title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False,
        padding=(0, 1, 0, 0),
    )  # fmt: skip


def plain_table(title: str, cells: tuple[Sequence[str], Sequence[Sequence[str]]], room: int) -> Table:
    """Return a table for the terminal of heading and rows of text, in so many columns of characters.

    The widest columns are narrowed first, none below its longest word; the table itself would cut off the last one.
    """
    from rich.text import Text

    table = _plain(title)
    header = [name.replace("-", "-\n") for name in cells[0]]
    texts = list(zip(header, *cells[1], strict=True))
    widths = [max(int(columns(line)) for text in column for line in text.split("\n")) for column in texts]
    most = [_LONGEST_NAME, *[_LONGEST_WORD] * (len(widths) - 1)]
    least = [min(a, _longest_word(column, b)) for a, column, b in zip(widths, texts, most, strict=True)]
    while sum(widths) + _BETWEEN * len(widths) > room and any(a > b for a, b in zip(widths, least, strict=True)):
        widest = max((i for i in range(len(widths)) if widths[i] > least[i]), key=lambda i: widths[i])
        widths[widest] -= 1
    for name, width in zip(header, widths, strict=True):
        table.add_column(name, overflow="fold", width=width)
    for row in cells[1]:
        table.add_row(*(Text(cell) for cell in row))
    return table


def _longest_word(texts: Sequence[str], most: int) -> int:
    """Return the width of the longest word in a column; a longer one than `most` may be broken."""
    return min(most, max(int(columns(word)) for text in texts for word in text.split()))
