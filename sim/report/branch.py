"""A branch told: what was done, where the courses part, what it changed, and who wins and loses."""

from __future__ import annotations

import json
import math
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from sim.dates import Dates
from sim.experiment.branching import Course, Effect, Turn, said
from sim.metrics.measures import Measures
from sim.report.figures import branch as picture
from sim.report.figures.sweep import measure_name
from sim.report.style import look_for
from sim.report.sweep import amount
from sim.report.terminal import console_for, say
from sim.report.write import cleaned, write_sheets
from sim.results.writing import Cell, writing
from sim.scenario.model import Scenario
from sim.words import Words, words

if TYPE_CHECKING:
    from rich.table import Table

    from sim.results.branches import Branch, BranchFolder

SHOWN = (
    "t80_h", "t95_h", "customer_hours", "peak_out", "critical_beyond_backup", "calls_offered", "abandoned_fraction",
    "etr_kept_fraction", "complaints", "cost",
)  # fmt: skip
"""Measures told of a branch."""
MOST_AREAS = 5


@dataclass(frozen=True)
class Said:
    """An action of the branch that its parent lacks: minute, kind of event, and what the log says."""

    at: float
    kind: str
    text: str


@dataclass(frozen=True)
class Fork:
    """A branch beside its parent, ready to be told.

    settings : the scenario under the plan. parent_name : empty for the run itself. areas : names (n_areas,).
    turn : None when the courses are the same. effects : of the measures in SHOWN.
    """

    name: str
    parent_name: str
    plan: str
    replication: int
    seed: int
    settings: Scenario
    areas: tuple[str, ...]
    grid_at: picture.FloatArray
    parent: Measures
    child: Measures
    said: tuple[Said, ...]
    turn: Turn | None
    effects: tuple[Effect, ...]

    def effect(self, measure: str) -> Effect:
        """Return the effect on one measure."""
        return next(effect for effect in self.effects if effect.measure == measure)

    def by_area(self) -> list[tuple[str, float]]:
        """Return (area, change of its customer-hours) of the areas in which they change, those that gain first."""
        change = self.child.areas["customer_hours"] - self.parent.areas["customer_hours"]
        order = np.argsort(change, kind="stable")
        return [(self.areas[i], float(change[i])) for i in order.tolist() if change[i] != 0]


def new_said(parent: Course, child: Course) -> tuple[Said, ...]:
    """Return the actions done or refused in the child and not in the parent."""
    before = Counter(said(parent.log))
    new = []
    for row in said(child.log):
        if before[row]:
            before[row] -= 1
        else:
            new.append(Said(*row))
    return tuple(new)


def print_fork(fork: Fork, w: Words, file: IO[str] | None = None) -> None:
    """Print the branch."""
    console, dates = console_for(file or sys.stdout), Dates(fork.settings, w)
    parent = fork.parent_name or w("branch.the_run")
    say(console, w("branch.head", name=fork.name, parent=parent, plan=fork.plan, n=fork.replication), "bold")
    for action in fork.said:
        say(console, w("branch.said", at=dates.date_time(action.at), what=w(f"branch.{action.kind}", what=action.text)))
    if not fork.said:
        say(console, w("branch.no_action"))
    if fork.turn is None:
        say(console, w("branch.same_else" if fork.said else "branch.same"))
        return
    hours = fork.turn.at / 60
    say(console, w("branch.turn", at=dates.date_time(fork.turn.at), hours=w.number(hours, 2)))
    say(console, w("branch.turn_parent", event=fork.turn.parent or "–"), "dim")
    say(console, w("branch.turn_child", event=fork.turn.child or "–"), "dim")
    console.print()
    console.print(effects_table(fork, w))
    say(console, w("branch.luck", n=fork.effects[0].n) if fork.effects[0].n else w("branch.one_draw"), "dim")
    for sentence in areas_told(fork, w):
        say(console, sentence)


def areas_told(fork: Fork, w: Words) -> list[str]:
    """Return which areas win and which lose most by customer-hours, a sentence each."""
    changed = fork.by_area()
    win = [row for row in changed if row[1] < 0][:MOST_AREAS]
    lose = [row for row in changed if row[1] > 0][::-1][:MOST_AREAS]
    return [
        w(key, areas=w("list.comma").join(f"{area} {'−' if h < 0 else '+'}{w.number(abs(h))}" for area, h in rows))
        for key, rows in (("branch.win", win), ("branch.lose", lose))
        if rows
    ]


def effects_table(fork: Fork, w: Words) -> Table:
    """Return the measures: as it was, with the new actions, the change here and the one to be expected."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    n = fork.effects[0].n
    table = Table(title=Text(w("branch.table")), title_justify="left", title_style="bold", box=box.SIMPLE_HEAD,
                  pad_edge=False, padding=(0, 1, 0, 0))  # fmt: skip
    table.add_column(w("branch.measure"), overflow="fold")
    for name in ("before", "after", "change"):
        table.add_column(w(f"branch.{name}"), justify="right", overflow="fold")
    if n:
        table.add_column(w("branch.expected", n=n), justify="right", overflow="fold")
        table.add_column(w("branch.better_in"), justify="right", overflow="fold")
    for effect in fork.effects:
        cells = [amount(effect.parent, effect.measure, w), amount(effect.child, effect.measure, w)]
        cells.append(_signed(effect.difference, effect.measure, w))
        if n:
            cells += [_expected(effect, w), w.percent(effect.share_better)]
        unit = f" [{fork.settings.cost.currency}]" if effect.measure == "cost" else ""
        table.add_row(*(Text(cell) for cell in [measure_name(effect.measure, w) + unit, *cells]))
    return table


def _expected(effect: Effect, w: Words) -> str:
    if not effect.n:
        return "–"
    mean = _signed(effect.mean, effect.measure, w)
    if not math.isfinite(effect.lo):
        return mean
    return w("branch.interval", mean=mean, lo=_signed(effect.lo, effect.measure, w),
             hi=_signed(effect.hi, effect.measure, w))  # fmt: skip


def _signed(value: float, measure: str, w: Words) -> str:
    text = amount(value, measure, w)
    return f"+{text}" if value > 0 and text.strip("0.,") else text


def fork_json(fork: Fork, folder: Path | None = None) -> str:
    """Return the branch for scripts; numbers that are none become null."""
    told: dict[str, Any] = {
        "branch": fork.name,
        "parent": fork.parent_name,
        "plan": fork.plan,
        "replication": fork.replication,
        "seed": fork.seed,
        "said": [asdict(action) for action in fork.said],
        "is_same": fork.turn is None,
        "first_difference": None if fork.turn is None else asdict(fork.turn),
        "measures": [asdict(effect) | {"difference": effect.difference} for effect in fork.effects],
        "areas": {area: round(change, 3) for area, change in fork.by_area()},
    }
    if folder is not None:
        told = {"folder": str(folder)} | told
    return json.dumps(cleaned(told), ensure_ascii=False, indent=1)


def write_fork(fork: Fork, folder: BranchFolder, lang: str = "en") -> list[str]:
    """Write comparison, tables and figure into a branch's folder; return messages for the user."""
    look, messages = look_for(lang)
    folder.add_comparison(fork_json(fork) + "\n")
    header = ["measure", "parent", "branch", "difference", "expected", "lo", "hi", "share_better", "n"]
    rows: list[list[Cell]] = [
        [e.measure, e.parent, e.child, e.difference, e.mean, e.lo, e.hi, e.share_better, e.n] for e in fork.effects
    ]
    folder.add_table("effects", header, rows)
    folder.add_table("areas", ["area", "customer_hours_change"], [[area, change] for area, change in fork.by_area()])
    with writing(folder.path, "branch"):
        _, missing = write_sheets([picture.draw(fork, look)], folder.figures, look)
    return [*messages, *([words(lang)("message.missing_glyphs")] if missing else [])]


def print_tree(known: Mapping[str, Branch], scenario: Scenario, w: Words, file: IO[str] | None = None) -> None:
    """Print the branches of a run as trees, one per plan and storm, with what each adds and changed."""
    console = console_for(file or sys.stdout)
    if not known:
        say(console, w("branch.none"))
        return
    roots = sorted({(b.plan, b.replication) for b in known.values()})
    for plan, replication in roots:
        say(console, w("branch.root", plan=plan, n=replication), "bold")
        mine = [b for b in known.values() if (b.plan, b.replication) == (plan, replication)]
        for line in _tree_lines(mine, "", "", Dates(scenario, w), w):
            console.print(line, markup=False, highlight=False, overflow="fold")


def _tree_lines(branches: Sequence[Branch], parent: str, indent: str, dates: Dates, w: Words) -> list[str]:
    children = [b for b in branches if b.parent == parent]
    lines = []
    for i, branch in enumerate(children):
        is_last = i == len(children) - 1
        lines.append(f"{indent}{'└─ ' if is_last else '├─ '}{branch.name}  {_changed(branch, dates, w)}")
        lines += _tree_lines(branches, branch.name, indent + ("   " if is_last else "│  "), dates, w)
    return lines


def _changed(branch: Branch, dates: Dates, w: Words) -> str:
    found = branch.comparison()
    acts = [f"{dates.date_time(action['at'])} {action['text']}" for action in found["said"]]
    hours = next(m["difference"] for m in found["measures"] if m["measure"] == "customer_hours")
    what = w("list.semicolon").join(acts) or w("branch.no_action")
    return w("branch.tree_line", what=what, hours=_signed(hours or 0.0, "customer_hours", w))


def tree_json(known: Mapping[str, Branch]) -> str:
    """Return all branches for scripts."""
    told = [
        {"branch": b.name, "parent": b.parent, "plan": b.plan, "replication": b.replication,
         "actions": b.manifest["actions"], "folder": str(b.path)}
        for b in known.values()
    ]  # fmt: skip
    return json.dumps(told, ensure_ascii=False, indent=1)
