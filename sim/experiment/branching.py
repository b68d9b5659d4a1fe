"""One storm played twice: as it was and with further actions; what that changes there, and in other storms."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from sim.experiment.pool import in_order
from sim.experiment.series import Kept, keep
from sim.experiment.statistics import t_interval
from sim.hotline import Calls
from sim.log import KINDS, NONE, Log
from sim.metrics.measures import MEASURES, Measures
from sim.scenario.plans import Plan
from sim.scenario.timed import Action

if TYPE_CHECKING:
    from sim.experiment.series import Setting

FloatArray = NDArray[np.float64]
SAID = ("action_taken", "action_refused", "inject_given", "inject_refused")
"""Kinds of events that say that an action was done, not what it did."""


@dataclass(frozen=True)
class Course:
    """One storm under one plan and its further actions: what happened, and its measures."""

    kept: Kept
    calls: Calls
    measures: Measures

    @property
    def log(self) -> Log:
        """Return the log."""
        return self.kept.log


@dataclass(frozen=True)
class Turn:
    """The first moment at which two courses differ, minutes.

    `table`: whether they part in their logs or in their calls; `parent`, `child`: the row there, NONE where nothing
    more happens.
    """

    at: float
    table: Literal["log", "calls"]
    parent: int
    child: int


@dataclass(frozen=True)
class Effect:
    """A measure in this storm without and with the new actions, and the mean difference over other storms.

    difference : child minus parent. mean, lo, hi : over `n` other storms with the same actions, the 95 % t-interval,
    nan without any. share_better : share of them in which the child is better, ties counted half.
    """

    measure: str
    parent: float
    child: float
    n: int
    mean: float
    lo: float
    hi: float
    share_better: float

    @property
    def difference(self) -> float:
        """Child minus parent in this storm."""
        return self.child - self.parent


@dataclass(frozen=True)
class _Job:
    setting: Setting
    plan: Plan
    lists: tuple[tuple[Action, ...], tuple[Action, ...]]
    replication: int
    interrupted: float | None = None


def play_both(
    setting: Setting, plan: Plan, before: Sequence[Action], new: Sequence[Action], replication: int,
    interrupted: float | None, jobs: int = 1,
) -> tuple[Course, Course]:  # fmt: skip
    """Play a storm with the actions so far, and again with the new ones, under the same random numbers.

    Parameters
    ----------
    before, new : actions beyond the plan's own. interrupted : customers of whom t50 to t100 are shares; None: those
    interrupted in each course itself. jobs : processes; with two, both are played at once.
    """
    job = _Job(setting, plan, (tuple(before), (*before, *new)), replication, interrupted)
    called = ("the run before the branch", "the branch").__getitem__
    with closing(in_order(_course, job, (0, 1), jobs, called=called)) as courses:
        parent, child = courses
    return parent, child


def _course(job: _Job, which: int) -> Course:
    from sim.damage import draw
    from sim.metrics.measure import measure
    from sim.world import run

    setting = job.setting
    drawn = draw(setting.scenario, setting.network, setting.track, job.replication, setting.seed)
    outcome = run(drawn, job.plan, job.lists[which], setting.allow_code)
    measures = measure(outcome, drawn, job.plan, job.interrupted)
    return Course(keep(outcome, measures, setting.scenario), outcome.calls, measures)


def others(
    setting: Setting, plan: Plan, before: Sequence[Action], new: Sequence[Action], numbers: Sequence[int],
    jobs: int = 1, progress: Callable[[int, int], None] | None = None,
) -> FloatArray:  # fmt: skip
    """Play the same two lists of actions in other storms; return all measures, (n, 2, n_measures): parent, child.

    Shares restored are of those interrupted without the new actions.
    """
    lists = tuple(before), (*before, *new)
    task = _Job(setting, plan, lists, -1)
    out = []
    with closing(in_order(_pair, task, numbers, jobs)) as pairs:
        for pair in pairs:
            out.append(pair)
            if progress is not None:
                progress(len(out), len(numbers))
    return np.array(out).reshape(len(numbers), 2, len(MEASURES))


def _pair(task: _Job, number: int) -> list[list[float]]:
    parent = _course(_Job(task.setting, task.plan, task.lists, number), 0).measures
    child = _course(_Job(task.setting, task.plan, task.lists, number, parent.values["affected"]), 1).measures
    return [[each.values[name] for name in MEASURES] for each in (parent, child)]


def effects(parent: Measures, child: Measures, elsewhere: FloatArray, measures: Sequence[str]) -> tuple[Effect, ...]:
    """Return what the new actions change, measure by measure.

    Parameters
    ----------
    elsewhere : (n, 2, n_measures) of other storms; n may be 0. A storm in which a measure has no meaning is left out.
    """
    return tuple(_effect(name, parent, child, elsewhere[:, :, list(MEASURES).index(name)]) for name in measures)


def _effect(name: str, parent: Measures, child: Measures, pairs: FloatArray) -> Effect:
    known = pairs[np.isfinite(pairs).all(axis=1)]
    change = known[:, 1] - known[:, 0]
    mean, lo, hi = t_interval(change)
    sign = -1.0 if MEASURES[name].better == "high" else 1.0
    better = float(np.mean((sign * change < 0) + 0.5 * (change == 0))) if len(change) else np.nan
    return Effect(name, parent.values[name], child.values[name], len(change), mean, lo, hi, better)


def first_difference(parent: Course, child: Course) -> Turn | None:
    """Return the first moment at which two courses differ beyond what was said of actions; None when they do not."""
    turns = [turn for turn in (_log_turn(parent.log, child.log), _call_turn(parent.calls, child.calls)) if turn]
    return min(turns, key=lambda turn: turn.at, default=None)


def _log_turn(one: Log, other: Log) -> Turn | None:
    rows = [np.flatnonzero(~log.of(*SAID)) for log in (one, other)]
    n = min(len(row) for row in rows)
    differs = np.zeros(n, bool)
    for name in one.columns:
        if name not in ("seq", "cause_seq"):
            a, b = one[name][rows[0][:n]], other[name][rows[1][:n]]
            differs |= (a != b) & ~((a != a) & (b != b))
    if not differs.any() and len(rows[0]) == len(rows[1]):
        return None
    i = int(differs.argmax()) if differs.any() else n
    places = [int(row[i]) if i < len(row) else NONE for row in rows]
    at = min(float(log["at"][place]) for log, place in zip((one, other), places, strict=True) if place != NONE)
    return Turn(at, "log", *places)


def _call_turn(one: Calls, other: Calls) -> Turn | None:
    n = min(len(one), len(other))
    differs = np.zeros(n, bool)
    for name in ("at", "section", "caller", "result"):
        differs |= getattr(one, name)[:n] != getattr(other, name)[:n]
    if not differs.any() and len(one) == len(other):
        return None
    i = int(differs.argmax()) if differs.any() else n
    at = min(float(calls.at[i]) for calls in (one, other) if i < len(calls))
    return Turn(at, "calls", *(i if i < len(calls) else NONE for calls in (one, other)))


def said(log: Log) -> Iterator[tuple[float, str, str]]:
    """Yield (minute, kind, text) of every action done or refused."""
    for i in np.flatnonzero(log.of(*SAID)).tolist():
        yield float(log["at"][i]), KINDS[log["kind"][i]].name, log.detail.get(i, "")


def other_storms(n: int, replication: int) -> tuple[int, ...]:
    """Return the numbers of n storms other than the one played."""
    return tuple(number for number in range(n + 1) if number != replication)[:n]
