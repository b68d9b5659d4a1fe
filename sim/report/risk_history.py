"""What became of the risks since the last exercise, and their levels from exercise to exercise."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO

from sim.report.risk import level_text, plain_table
from sim.report.terminal import console_for, say
from sim.results.risk_tables import risk_name
from sim.results.tables import Table as Rows
from sim.results.writing import Cell
from sim.risk.history import Estimate, Exercise, Kept, Moved, changed_rules, moved
from sim.words import Words

_MOST_EXERCISES = 8


@dataclass(frozen=True)
class Past:
    """All registers kept, the oldest first, the present one last."""

    exercises: tuple[Exercise, ...]

    @property
    def now(self) -> Exercise:
        """The present one."""
        return self.exercises[-1]

    @property
    def before(self) -> Exercise | None:
        """The one before it; None when this is the first."""
        return self.exercises[-2] if len(self.exercises) > 1 else None

    def moved(self) -> list[Moved]:
        """Return what moved since the one before; empty when this is the first."""
        return moved(self.before, self.now) if self.before is not None else []


def told(past: Past, w: Words) -> list[str]:
    """Return what became of the risks, in sentences."""
    if past.before is None:
        return [w("risk_history.first")]
    changes = past.moved()
    count = {verdict: sum(each.verdict == verdict for each in changes) for verdict in _VERDICTS}
    said = [w("risk_history.since", run=past.before.run, when=past.before.started_utc[:10], n=len(changes), **count)]
    rules = changed_rules(past.before, past.now)
    if rules:
        said.append(w("risk_history.rules", rules=w("list.semicolon").join(rules)))
    return said


_VERDICTS = ("better", "worse", "cannot_tell", "new", "gone", "redefined")


def print_history(past: Past, w: Words, file: IO[str] | None = None) -> None:
    """Print what moved, then the levels from exercise to exercise."""
    console = console_for(file or sys.stdout)
    console.print()
    for sentence in told(past, w):
        say(console, sentence)
    if past.before is None:
        return
    console.print()
    console.print(plain_table(w("risk_history.table"), moved_cells(past, w), console.width))
    console.print(plain_table(w("risk_history.levels", plan=past.now.reference), level_cells(past, w), console.width))
    say(console, w("risk_history.note"), "dim")


def moved_cells(past: Past, w: Words) -> tuple[list[str], list[list[str]]]:
    """Return heading and rows of what moved, what moved beyond chance first."""
    header = [w(f"risk_history.{name}") for name in ("risk", "plan", "level", "likelihood", "loss", "verdict")]
    order = {verdict: i for i, verdict in enumerate(("worse", "better", "new", "gone", "redefined", "cannot_tell"))}
    rows = [
        [
            risk_name(each.name, each.title, w), each.plan, _pair(each, lambda kept: level_text(kept.level, w)),
            _pair(each, lambda kept: _share(kept.likelihood, w)), _pair(each, lambda kept: _amount(kept.loss, w)),
            w(f"risk_history.{each.verdict}"),
        ]
        for each in sorted(past.moved(), key=lambda each: order[each.verdict])
        if each.is_worth_telling
    ]  # fmt: skip
    return header, rows


def level_cells(past: Past, w: Words) -> tuple[list[str], list[list[str]]]:
    """Return heading and rows of levels under each exercise's reference plan, at most the last eight exercises."""
    shown = past.exercises[-_MOST_EXERCISES:]
    header = [w("risk_history.risk"), *(f"{each.run}" for each in shown)]
    names = dict.fromkeys(name for each in reversed(shown) for name, plan in each.rows if plan == each.reference)
    rows = []
    for name in names:
        kept = [each.rows.get((name, each.reference)) for each in shown]
        title = next(one.title for one in reversed(kept) if one is not None)
        rows.append([risk_name(name, title, w), *("–" if one is None else level_text(one.level, w) for one in kept)])
    return header, rows


def moved_table(past: Past) -> Rows:
    """Return what moved for a spreadsheet."""
    header = [
        "risk", "plan", "verdict", "level_before", "level_after", "likelihood_before", "likelihood_after",
        "likelihood_change", "likelihood_change_lo", "likelihood_change_hi", "loss_before", "loss_after", "loss_change",
        "loss_change_lo", "loss_change_hi",
    ]  # fmt: skip
    rows: list[list[Cell]] = []
    for each in past.moved():
        row: list[Cell] = [each.name, each.plan, each.verdict]
        row += [kept.level.best if kept is not None else None for kept in (each.before, each.after)]
        row += [kept.likelihood.value if kept is not None else None for kept in (each.before, each.after)]
        row += [each.likelihood.value, each.likelihood.lo, each.likelihood.hi]
        row += [kept.loss.value if kept is not None else None for kept in (each.before, each.after)]
        rows.append([*row, each.loss.value, each.loss.lo, each.loss.hi])
    return header, rows


def _pair(each: Moved, text: Callable[[Kept], str]) -> str:
    before, after = ("–" if kept is None else text(kept) for kept in (each.before, each.after))
    return before if before == after else f"{before} → {after}"


def _share(estimate: Estimate, w: Words) -> str:
    return w.percent(estimate.value)


def _amount(estimate: Estimate, w: Words) -> str:
    if not math.isfinite(estimate.value):
        return "–"
    return (
        w.big(estimate.value)
        if abs(estimate.value) >= 1e6
        else w.number(estimate.value, 0 if estimate.value >= 10 or estimate.value == 0 else 1)
    )
