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
from sim.events import action_in_words, place_of, sentence, told
from sim.experiment.branching import Course, Effect, Turn, said
from sim.hotline import RESULTS
from sim.log import KINDS, NONE
from sim.report.figures import branch as picture
from sim.report.figures import branch_areas
from sim.report.figures.sweep import measure_name
from sim.report.style import look_for
from sim.report.sweep import amount
from sim.report.terminal import console_for, say
from sim.report.write import cleaned, write_sheets
from sim.results.writing import Cell, writing
from sim.scenario.model import Scenario
from sim.units import MIN_PER_H
from sim.words import Words, words

if TYPE_CHECKING:
    from rich.table import Table

    from sim.grid.network import Network
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
class AreaChange:
    """Customer-hours without power in an area, in the parent and in the branch."""

    area: str
    before: float
    after: float

    @property
    def change(self) -> float:
        """Branch minus parent."""
        return self.after - self.before


@dataclass(frozen=True)
class Fork:
    """A branch beside its parent, ready to be told.

    settings : the scenario under the plan. parent_name : empty for the run itself. parent, child : the two courses.
    turn : None when the courses are the same. effects : of the measures in SHOWN.
    """

    name: str
    parent_name: str
    plan: str
    replication: int
    seed: int
    settings: Scenario
    network: Network
    grid_at: picture.FloatArray
    parent: Course
    child: Course
    said: tuple[Said, ...]
    turn: Turn | None
    effects: tuple[Effect, ...]

    def effect(self, measure: str) -> Effect:
        """Return the effect on one measure."""
        return next(effect for effect in self.effects if effect.measure == measure)

    def by_area(self) -> list[AreaChange]:
        """Return the areas whose customer-hours change, those that gain most first."""
        before, after = (course.measures.areas["customer_hours"] for course in (self.parent, self.child))
        order = np.argsort(after - before, kind="stable")
        names = self.network.area_name
        rows = [AreaChange(str(names[i]), float(before[i]), float(after[i])) for i in order.tolist()]
        return [row for row in rows if row.change]


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
        what = w(f"branch.{action.kind}", what=action_in_words(action.text, w, dates))
        say(console, w("branch.said", at=dates.date_time(action.at), what=what))
    if not fork.said:
        say(console, w("branch.no_action"))
    if fork.turn is None:
        say(console, w("branch.same_else" if fork.said else "branch.same"))
        return
    for line in turn_told(fork, w):
        say(console, line)
    console.print()
    console.print(effects_table(fork, w))
    say(console, w("branch.luck", n=fork.effects[0].n) if fork.effects[0].n else w("branch.one_draw"), "dim")
    for line in areas_told(fork, w):
        say(console, line)


def turn_told(fork: Fork, w: Words) -> list[str]:
    """Return where the courses part, and what happens next in each, a sentence each; empty where they do not."""
    turn, dates = fork.turn, Dates(fork.settings, w)
    if turn is None:
        return []
    out = [w("branch.turn", at=dates.date_time(turn.at), hours=w.number(turn.at / MIN_PER_H, 1))]
    for key, course, row in (
        ("branch.turn_parent", fork.parent, turn.parent), ("branch.turn_child", fork.child, turn.child),
    ):  # fmt: skip
        if row == NONE:
            out.append(w(key, event=w("event.nothing")))
            continue
        at, event = _happened(fork, course, row, w, dates)
        out.append(w(key, event=w("branch.turn_event", at=dates.date_time(at), event=event)))
    return out


def _happened(fork: Fork, course: Course, row: int, w: Words, dates: Dates) -> tuple[float, str]:
    """Return the minute of the event at which a course parts from the other, and the event in a sentence."""
    assert fork.turn is not None
    if fork.turn.table == "log":
        log = course.log
        return float(log["at"][row]), told(log, row, fork.network, fork.settings, w, dates)
    calls = course.calls
    kind = f"call_{RESULTS[calls.result[row]]}"
    return float(calls.at[row]), sentence(kind, w, dates, place=place_of(fork.network, int(calls.section[row])))


def areas_told(fork: Fork, w: Words) -> list[str]:
    """Return which areas win and which lose most by customer-hours, a sentence each."""
    changed = fork.by_area()
    win = [row for row in changed if row.change < 0]
    lose = [row for row in changed if row.change > 0][::-1]
    return [
        w(key, n=w.number(len(rows)), areas=w("list.semicolon").join(_area(row, w) for row in rows[:MOST_AREAS]))
        for key, rows in (("branch.win", win), ("branch.lose", lose))
        if rows
    ]


def _area(row: AreaChange, w: Words) -> str:
    change = f"{'−' if row.change < 0 else '+'}{w.big(abs(row.change))}"
    return w("branch.area", area=row.area, change=change, before=w.big(row.before), after=w.big(row.after))


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
    facts: dict[str, Any] = {
        "branch": fork.name,
        "parent": fork.parent_name,
        "plan": fork.plan,
        "replication": fork.replication,
        "seed": fork.seed,
        "said": [asdict(action) for action in fork.said],
        "is_same": fork.turn is None,
        "first_difference": None if fork.turn is None else _turn_facts(fork, fork.turn),
        "measures": [asdict(effect) | {"difference": effect.difference} for effect in fork.effects],
        "areas": {row.area: round(row.change, 3) for row in fork.by_area()},
    }
    if folder is not None:
        facts = {"folder": str(folder)} | facts
    return json.dumps(cleaned(facts), ensure_ascii=False, indent=1)


def _turn_facts(fork: Fork, turn: Turn) -> dict[str, Any]:
    """Return the minute, and the event there in each course with the names and numbers that its kind has."""
    events: dict[str, Any] = {}
    for name, course, row in (("parent", fork.parent, turn.parent), ("child", fork.child, turn.child)):
        if row == NONE:
            events[name] = None
        elif turn.table == "log":
            kind, log = KINDS[course.log["kind"][row]], course.log
            ids = {column: int(log[column][row]) for column in kind.columns if log[column][row] != NONE}
            events[name] = {"at": float(log["at"][row]), "kind": kind.name, **ids}
        else:
            calls = course.calls
            events[name] = {
                "at": float(calls.at[row]), "kind": "call", "section": int(calls.section[row]),
                "result": RESULTS[calls.result[row]],
            }  # fmt: skip
    return {"at": turn.at, **events}


def write_fork(fork: Fork, folder: BranchFolder, lang: str = "en") -> list[str]:
    """Write comparison, tables and figure into a branch's folder; return messages for the user."""
    look, messages = look_for(lang)
    folder.add_comparison(fork_json(fork) + "\n")
    header = ["measure", "parent", "branch", "difference", "expected", "lo", "hi", "share_better", "n"]
    rows: list[list[Cell]] = [
        [e.measure, e.parent, e.child, e.difference, e.mean, e.lo, e.hi, e.share_better, e.n] for e in fork.effects
    ]
    folder.add_table("effects", header, rows)
    folder.add_table("areas", branch_areas.HEADER, [[row.area, row.before, row.after, row.change] for row in fork.by_area()])
    with writing(folder.path, "branch"):
        sheets = [picture.draw(fork, look), branch_areas.draw(fork, look)]
        _, missing = write_sheets([sheet for sheet in sheets if sheet is not None], folder.figures, look)
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
    acts = [
        w("branch.said", at=dates.date_time(action["at"]), what=action_in_words(action["text"], w, dates))
        for action in found["said"]
    ]
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
