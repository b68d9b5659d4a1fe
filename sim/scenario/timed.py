"""Timed actions in the program's own units, and which of them contradict each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from sim.scenario.actions import ACTIONS, FRAME_KEYS, ActionEntry, names_in
from sim.scenario.conditions import Condition, parse_condition
from sim.scenario.instants import local_minutes
from sim.scenario.model import Scenario
from sim.units import MIN_PER_H

_INSTANTS = ("restored_by",)


@dataclass(frozen=True)
class Action:
    """A decision or inject.

    `at` is in minutes since the start: the instant at which it is done, or with `when` the earliest review at which
    the condition may let it be done. `args` holds what was given of the action's arguments, instants in minutes
    since the start, and what is named `*_h` as `*_min`.
    """

    at: float
    do: str
    args: Mapping[str, Any]
    author: str
    when: Condition | None = None


def action_of(entry: ActionEntry, scenario: Scenario) -> Action:
    """Return an entry in the program's own units."""
    args = {
        (name.removesuffix("_h") + "_min" if name.endswith("_h") else name): (
            local_minutes(value, scenario) if name in _INSTANTS else value * MIN_PER_H if name.endswith("_h") else value
        )
        for name, value in entry.model_dump(exclude=set(FRAME_KEYS), exclude_none=True).items()
    }
    when = None if entry.when is None else parse_condition(entry.when)
    return Action(local_minutes(entry.at or "T", scenario), entry.do, args, entry.author, when)


def contradictions(actions: Sequence[Action]) -> Iterator[tuple[int, int]]:
    """Yield pairs of places whose decisions set the same for the same target at one minute, and not alike."""
    decided = [
        (i, action)
        for i, action in enumerate(actions)
        if action.when is None and ACTIONS[action.do].side == "decision" and ACTIONS[action.do].sets
    ]
    for (i, one), (j, other) in combinations(decided, 2):
        if one.at == other.at and ACTIONS[one.do].sets == ACTIONS[other.do].sets and _clash(one, other):
            yield i, j


def _clash(one: Action, other: Action) -> bool:
    """Say whether two decisions of one minute that set the same say different things for a common target."""
    if one.do == other.do and one.args == other.args:
        return False
    for target in ACTIONS[one.do].targets:
        mine, theirs = set(names_in(one.args.get(target))), set(names_in(other.args.get(target)))
        if mine and theirs and not mine & theirs:
            return False
    return True
