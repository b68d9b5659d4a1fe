"""Causes told: which group adds most, the table of shares, what was set to what."""

from __future__ import annotations

import sys
from typing import IO

from sim.report.figures.risk_causes import headline
from sim.report.risk import plain_table
from sim.report.terminal import console_for, say
from sim.results.risk_tables import what_text
from sim.risk.causes import GROUPS, Causes
from sim.risk.register import Register
from sim.words import Words


def print_causes(causes: Causes, register: Register, w: Words, file: IO[str] | None = None) -> None:
    """Print which group adds most, then the shares of every measure and risk."""
    console = console_for(file or sys.stdout)
    console.print()
    if text := headline(causes, w):
        say(console, text)
    console.print()
    title = w("risk_causes.table" if causes.adds_up else "risk_causes.table_single", plan=causes.plan, n=causes.n)
    console.print(plain_table(title, share_cells(causes, register, w, brief=True), console.width))
    say(console, causes_note(causes, w), "dim")


def causes_note(causes: Causes, w: Words) -> str:
    """Return what the shares mean."""
    return w("risk_causes.note" if causes.adds_up else "risk_causes.note_single")


def share_cells(causes: Causes, register: Register, w: Words, brief: bool = False) -> tuple[list[str], list[list[str]]]:
    """Return heading and rows: as it stands, what each group adds, what remains; `brief`: as shares only."""
    header = [w("risk_causes.what"), w("risk_causes.as_is"), *(w(f"risk.cause_{group}") for group in GROUPS)]
    header += [w("risk_causes.nominal")] if causes.adds_up else []
    rows = []
    for row in causes.rows:
        cells = [what_text(row, register, w), _amount(row.as_is, w)]
        for share in row.shares:
            part = w.percent(share.mean / row.as_is) if row.as_is else "–"
            cells.append(part if brief else w("risk_causes.amount", n=_amount(share.mean, w), share=part))
        rows.append([*cells, *([_amount(row.nominal, w)] if causes.adds_up else [])])
    return header, rows


def change_cells(causes: Causes, w: Words) -> tuple[list[str], list[list[str]]]:
    """Return heading and rows: each field that was set, its value in force and the nominal one."""
    header = [w(f"risk_causes.{name}") for name in ("group", "key", "in_force", "set_to")]
    rows = []
    for change in causes.changes:
        values = "–".join(f"{value:g}" for value in sorted({min(change.values), max(change.values)}))
        cells = [
            w(f"risk.cause_{change.group}"),
            change.key,
            f"{values} {change.unit}",
            f"{change.nominal:g} {change.unit}",
        ]
        rows.append(cells)
    return header, rows


def _amount(value: float, w: Words) -> str:
    if abs(value) >= 1e6:
        return w.big(value)
    return w.number(value, 0 if abs(value) >= 100 or value == 0 else 1 if abs(value) >= 1 else 2)
