"""The loop over the calls of a slice, compiled; used where the extra `fast` (numba) is installed.

It does what `queue._loop` does, by the same comparisons and additions of the same drawn numbers, so that the records
are the same bit for bit.
"""

from __future__ import annotations

import gc
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.hotline.batch import (
    FINISH,
    NOT_MADE,
    Draws,
    Fates,
    FloatArray,
    Given,
    IntArray,
    Rules,
    Run,
    foresee,
    held_on,
    told_apart,
)
from sim.hotline.relief import ELSEWHERE

if TYPE_CHECKING:
    from sim.hotline.occupied import Agents, Occupied

# Places of columns in `_Slots`.
_AT, _PARTY, _CODE, _UNTIL, _SERVICE = range(5)
_TRAITS = 8
_RESULT, _ANSWERED, _DONE = range(9, 12)
_LATER_AT, _LATER = 15, 16
_ROOM = 0.25  # first room for redials, as a share of the calls; more is made when needed


@cache
def is_there() -> bool:
    """Say whether numba is installed."""
    return find_spec("numba") is not None


class _Slots:
    """Columns over the slots of a slice: calls given and carried in, redials foreseen, then redials as they come about.

    They have the order of `kernel.serve`; the last five keep the redials to come, soon and later, and the calls cut off, at
    most one a slot.
    """

    def __init__(self, given: Given, draws: Draws, chance: float, to: float, carried: Fates) -> None:
        m, at, party, code, until = len(given.at), given.at, given.party, given.code, given.until
        if len(carried.at):
            at, until = np.concatenate([at, carried.at]), np.concatenate([until, draws.until(carried.party)])
            party, code = np.concatenate([party, carried.party]), np.concatenate([code, carried.code])
        self._draws, drawn = draws, draws.draw(party, code)
        first = n = len(at)
        slot = np.arange(m)
        parts, before = [(at, party, code, until, *drawn)], [slot[:0]]
        for each in foresee(given, drawn.redial[:m], drawn.delay[:m], draws, chance, to):
            parts.append((each.at, each.party, each.code, each.until, *each.drawn))
            before.append(slot[each.before])
            slot = n + np.arange(len(each.at))
            n += len(slot)
        self.n = self.n_drawn = n
        result, nothing, redial_of = np.full(n, NOT_MADE, np.int8), np.full(n, np.nan), np.full(n, -1)
        answered, done, whole = nothing.copy(), nothing.copy(), np.empty(n, np.int64)
        result[m:first], answered[m:first], done[m:first] = carried.result, carried.answered, carried.done
        redial_of[np.concatenate(before)] = np.arange(first, n)
        self.columns: list[NDArray[Any]] = [
            *(np.concatenate(column) for column in zip(*parts, strict=True)), result, answered, done, redial_of,
            nothing, whole, nothing, whole, whole,
        ]  # fmt: skip
        self.widen(n + int(_ROOM * m) + 16)

    @property
    def room(self) -> int:
        """How many slots there is room for."""
        return len(self.columns[0])

    def widen(self, room: int) -> None:
        """Make room for so many slots."""
        self.columns = [_roomy(column, room) for column in self.columns]

    def fill(self) -> None:
        """Draw for all slots that lack draws."""
        new = slice(self.n_drawn, self.n)
        drawn = self._draws.draw(self.columns[_PARTY][new], self.columns[_CODE][new])
        for place, values in enumerate(drawn, _SERVICE):
            self.columns[place][new] = values
        self.n_drawn = self.n

    def fates(self) -> Fates:
        """Return what became of the calls."""
        places = _AT, _PARTY, _CODE, _RESULT, _ANSWERED, _DONE
        return Fates(*(self.columns[place][: self.n] for place in places))


def _roomy(column: NDArray[Any], room: int) -> NDArray[Any]:
    out = np.empty(room, column.dtype)
    out[: len(column)] = column
    return out


def _staff(site: Agents) -> tuple[FloatArray, FloatArray, IntArray]:
    """Return the heap of a site's agents, with room for all who may come, and its changes of staffing."""
    steps_at, steps = (np.array(column) for column in zip(*site.steps, strict=True))
    return _roomy(np.array(site.free_at), max(1, site.n, int(steps.max()))), steps_at, steps


def run(state: Occupied, given: Given, draws: Draws, chance: float, to: float, rules: Rules) -> Run:
    """Let the calls of a slice happen, as `queue._loop` does for a `Batch` of the same calls.

    Redials are drawn ahead as if people redialled with a given chance.

    What the compiler leaves behind may refer to a desk's arrays until reference cycles are collected, and as long they
    could not grow: they are collected here, since in a run of the world nobody else does.
    """
    from sim.hotline import kernel

    compiled = len(kernel.serve.signatures)
    out = _run(state, given, draws, chance, to, rules)
    if len(kernel.serve.signatures) > compiled:
        gc.collect()
    return out


def _run(state: Occupied, given: Given, draws: Draws, chance: float, to: float, rules: Rules) -> Run:
    from sim.hotline import kernel

    slots, m = _Slots(given, draws, chance, to, state.in_hand), len(given.at)
    is_limited = np.isfinite(rules.lines)
    held = np.sort(np.array(state.leaving + state.lately)) if is_limited else np.empty(0)  # sorted: a heap
    n: IntArray = np.zeros(kernel.N, np.int64)
    n[[kernel.HELD, kernel.SLOTS]] = len(held), slots.n
    sites = state.own, state.reserved, state.second
    staff = tuple(_staff(site) for site in sites)
    n[list(kernel.AGENTS)], n[list(kernel.STEPS)] = [site.n for site in sites], [site.step for site in sites]
    held_room, free_at = len(held), np.frombuffer(state.free_at)
    status = kernel.NEEDS_ROOM
    while status != kernel.DONE:
        if is_limited and len(held) < held_room + slots.room:
            held = _roomy(held, held_room + slots.room)
        status = kernel.serve(
            n,
            *slots.columns,
            given.again,
            slots.n_drawn,
            *staff,
            held,
            free_at,
            float(to),
            *(float(each) for each in rules[:4]),
            rules.leave,
            *(float(each) for each in rules.relieved),
        )
        slots.n = int(n[kernel.SLOTS])
        if status == kernel.NEEDS_DRAWS:
            slots.fill()
        elif status == kernel.NEEDS_ROOM:
            slots.widen(2 * slots.room)
    for site, (agents, _, _), n_place, step_place in zip(sites, staff, kernel.AGENTS, kernel.STEPS, strict=True):
        site.n, site.step = int(n[n_place]), int(n[step_place])
        site.free_at = agents[: site.n].tolist() or [np.inf]
    fates, amended = told_apart(slots.fates(), m, state.in_hand)
    if rules.leave != FINISH:
        is_own = slots.columns[_TRAITS][: slots.n] & ELSEWHERE == 0
        state.in_hand = held_on(slots.fates(), is_own, to)
    if is_limited:
        state.leaving, state.lately = held[: n[kernel.HELD]].tolist(), []
        state.n_lines = len(state.leaving)
    else:
        hung_up = fates.hung_up(rules.voice_min)
        state.lately.extend(hung_up[(fates.result >= 0) & (hung_up > to)].tolist())
    later_at, later = (slots.columns[place][: n[kernel.LATER]] for place in (_LATER_AT, _LATER))
    keys = np.stack([slots.columns[_PARTY][later], slots.columns[_CODE][later] + 1])
    return Run(fates, later_at, keys, int(n[kernel.REDIALS]), amended)
