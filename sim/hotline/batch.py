"""The calls of one slice, as the desk's loop reads them: flat lists, one slot per attempt."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from math import inf, nan
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from sim.hotline.order import time_order
from sim.hotline.relief import ELSEWHERE, Thresholds

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

RESULTS = (
    "voice", "served", "abandoned", "busy", "waiting", "second_site", "called_back", "app", "posted", "rung_up", "cut_off",
)  # fmt: skip
"""How a call ended: settled by the voice system, served by an agent, given up in the queue, no free line;
`waiting`: neither answered nor given up when the run ended; served by an agent of the second site, or called back.
`cut_off`: answered by an agent who left before the call was over. App, posted and rung up are no calls: a report by app or
text message, noted at once; a post on social media, noted by nobody; a customer rung up about an open work order."""
VOICE, SERVED, ABANDONED, BUSY, WAITING, SECOND_SITE, CALLED_BACK, APP, POSTED, RUNG_UP, CUT_OFF = range(11)
NOT_MADE = -1
_MOST_LEVELS = 12  # redials of a call that are foreseen; changes only the speed

IN_TURN, LAID_OUT, DROPPED, IF_FREE = range(4)
"""The course of an attempt: looked at in its turn; laid out, which fails unless a line is free; laid out, but the caller has
got through before; looked at in its turn, and not made while the party is still busy with an earlier one."""


def is_answered(result: NDArray[Any]) -> NDArray[np.bool_]:
    """Say which calls, by code into RESULTS, a person answered or answers."""
    return np.asarray((result == SERVED) | (result == SECOND_SITE) | (result == CALLED_BACK))


def was_answered(result: NDArray[Any]) -> NDArray[np.bool_]:
    """Say which calls a person answered, if only to be cut off later."""
    return np.asarray(is_answered(result) | (result == CUT_OFF))


def is_call(result: NDArray[Any]) -> NDArray[np.bool_]:
    """Say which contacts, by code into RESULTS, are telephone calls."""
    return np.asarray((result < APP) | (result == CUT_OFF))


LEAVE = ("finish", "hand_over", "drop")
"""What becomes of calls in hand when more agents leave than are idle: they are ended first; those that began last are handed
over, to be taken up by the agents who are free next, before all who wait (where nobody stays, they are cut off); or those
are cut off, which counts as a failed call, and dial again as after giving up."""
FINISH, HAND_OVER, DROP = range(3)


class Drawn(NamedTuple):
    """Draws of calls, (n,) each.

    service, patience : minutes; service is negative where the voice system settles the call.
    redial, delay : uniform number that decides on a redial, and its delay, minutes.
    traits : sum of the traits in `relief`.
    """

    service: FloatArray
    patience: FloatArray
    redial: FloatArray
    delay: FloatArray
    traits: NDArray[np.int8]


class Draws(Protocol):
    """What nature says of calls, by (party, code), (n,) each; the code's lowest digits count the attempts."""

    def contained(self, party: IntArray, code: IntArray) -> NDArray[np.bool_]:
        """Say which calls the voice system settles, (n,)."""
        ...

    def serving(self, party: IntArray, code: IntArray) -> FloatArray:
        """Return the service of calls alone, as in `Drawn`."""
        ...

    def draw(self, party: IntArray, code: IntArray) -> Drawn:
        """Return what nature says of calls."""
        ...

    def until(self, party: IntArray) -> FloatArray:
        """Return from when on parties do not dial again, (n,): power is back."""
        ...


class Given(NamedTuple):
    """Calls that come in a slice, in order of time; (n,) each.

    at : instants, minutes.
    party : who calls; indexes the desk's `free_at`.
    code : key of the call; the redial of a call has its code + 1.
    again : the call is not made while the party is still busy with an earlier one.
    until : power is back at; no redial from then on.
    """

    at: FloatArray
    party: IntArray
    code: IntArray
    again: NDArray[np.bool_]
    until: FloatArray

    def part(self, rows: IntArray) -> Given:
        """Return some of the calls."""
        return Given(self.at[rows], self.party[rows], self.code[rows], self.again[rows], self.until[rows])


class Fates(NamedTuple):
    """What became of calls: those given first and in their order, then the redials, or all by time; (n,) each.

    `result` is NOT_MADE for calls not made; `answered` is nan unless served; `done` is when the line became free.
    """

    at: FloatArray
    party: IntArray
    code: IntArray
    result: NDArray[np.int8]
    answered: FloatArray
    done: FloatArray

    def hung_up(self, voice_min: float) -> FloatArray:
        """Return when the caller's line became free, (n,): for those called back, when they had been offered it."""
        return np.where(self.result == CALLED_BACK, self.at + voice_min, self.done)

    def with_others(self, others: Fates) -> Fates:
        """Return these and then the others."""
        parts: list[tuple[NDArray[Any], ...]] = [self, others]
        return Fates._make(np.concatenate(columns) for columns in zip(*parts, strict=True))

    def made(self) -> Fates:
        """Return the calls that were made, by time."""
        kept = (self.result >= 0).nonzero()[0]
        at = self.at[kept]
        if (at[1:] < at[:-1]).any():
            kept = kept[time_order(at)]
        elif len(kept) == len(self.at):
            return self
        return Fates._make(column[kept] for column in self)


class Rules(NamedTuple):
    """How a desk works: lines (inf: no limit), minutes in the voice system, chances to redial, what relieves it.

    leave: what becomes of calls in hand when agents leave, an index into LEAVE.
    """

    lines: float
    voice_min: float
    after_abandon: float
    after_busy: float
    leave: int = FINISH
    relieved: Thresholds = Thresholds()


class Run(NamedTuple):
    """What came of a slice: fates of the calls given and of redials within it, redials to come as in `queue.Served`.

    `n_redials` came within the slice; `amended` are earlier calls that ended otherwise than had been foreseen.
    """

    fates: Fates
    later_at: FloatArray
    later_keys: IntArray
    n_redials: int
    amended: Fates


NOTHING = Fates(
    np.empty(0), np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.int8), np.empty(0), np.empty(0)
)


def told_apart(fates: Fates, first: int, carried: Fates) -> tuple[Fates, Fates]:
    """Return the fates of a slice's own calls, and of those carried into it that it changed.

    The calls carried in stand from place `first` on.
    """
    n = len(carried.at)
    if not n:
        return fates, NOTHING
    place = np.arange(len(fates.at))
    is_carried = (place >= first) & (place < first + n)
    old = Fates._make(column[is_carried] for column in fates)
    changed = (old.result != carried.result) | (old.done != carried.done)
    return Fates._make(column[~is_carried] for column in fates), Fates._make(column[changed] for column in old)


def held_on(fates: Fates, is_own: NDArray[np.bool_], to: float) -> Fates:
    """Return the calls that the desk's own agents have or will have in hand at `to`; `is_own` (n,) says whose they are."""
    kept = np.flatnonzero(is_own & ((fates.result == SERVED) | (fates.result == CALLED_BACK)) & (fates.done > to))
    return Fates._make(column[kept] for column in fates)


def amend(fates: Fates, amended: list[Fates]) -> None:
    """Write what became of calls in the end over what had been foreseen, in place; the last word counts."""
    last = {
        key: (result, done)
        for later in amended
        for key, result, done in zip(
            zip(later.party.tolist(), later.code.tolist(), strict=True), later.result.tolist(), later.done.tolist(),
            strict=True,
        )
    }  # fmt: skip
    if not last:
        return
    parties = np.unique([party for party, _ in last])
    for row in np.flatnonzero(np.isin(fates.party, parties)).tolist():
        found = last.get((int(fates.party[row]), int(fates.code[row])))
        if found is not None and fates.result[row] in (SERVED, CALLED_BACK):
            fates.result[row], fates.done[row] = found


class Redials(NamedTuple):
    """Redials foreseen, (n,) each: places of the calls before, and as in Given; they come at `at` at the soonest."""

    before: IntArray
    at: FloatArray
    party: IntArray
    code: IntArray
    until: FloatArray
    drawn: Drawn


def foresee(
    given: Given, redial: FloatArray, delay: FloatArray, draws: Draws, chance: float, to: float
) -> Iterator[Redials]:
    """Yield the redials of calls that may come before `to`, then those of these redials, and so on.

    Parameters
    ----------
    redial, delay : draws for the calls, (n,).
    chance : at most so likely people redial.
    """
    at, party, code, until = given.at, given.party, given.code, given.until
    for _ in range(_MOST_LEVELS):
        before = dials_again(at, until, redial, delay, chance, to)
        if not len(before):
            return
        at, party, code, until = at[before] + delay[before], party[before], code[before] + 1, until[before]
        drawn = draws.draw(party, code)
        redial, delay = drawn.redial, drawn.delay
        yield Redials(before, at, party, code, until, drawn)


def dials_again(
    at: FloatArray, until: FloatArray, redial: FloatArray, delay: FloatArray, chance: float, to: float
) -> IntArray:
    """Return the places of calls whose redial comes before `to` if they fail at once, at `at`."""
    then = at + delay
    return ((redial < chance) & (then < to) & (then < until)).nonzero()[0]


class Batch:
    """The slots of a slice: the calls given, those carried in, redials laid out ahead, then redials as they come about.

    Parameters
    ----------
    given : the calls.
    draws : draws for calls and redials.
    carried : calls of earlier slices that are still in hand.

    Attributes
    ----------
    at : instants of the attempts that stand in line, ascending; an inf at the end stands for the end of the slice.
    line : their slots.
    busy_at : the same as `at`, inf where an attempt is to be looked at even while all lines are in use.
    course : by slot, one of IN_TURN, LAID_OUT, DROPPED and IF_FREE.
    redial_of : by slot, the slot of the redial where it is laid out, else -1.
    """

    __slots__ = (
        "answered", "at", "busy_at", "carried", "code", "course", "delay", "done", "draws", "given", "line", "n_drawn", "n_given",
        "party", "patience", "redial", "redial_of", "redialled_at", "result", "service", "traits", "until",
    )  # fmt: skip

    def __init__(self, given: Given, draws: Draws, carried: Fates = NOTHING) -> None:
        n, party, code, until = len(given.at), given.party, given.code, given.until
        self.carried = carried
        if len(carried.at):
            party, code = np.concatenate([party, carried.party]), np.concatenate([code, carried.code])
            until = np.concatenate([until, draws.until(carried.party)])
        self.given, self.draws = given, draws
        self.at: list[float] = [*given.at.tolist(), inf]
        self.line: Sequence[int] = range(n)
        self.busy_at: Sequence[float] = [inf] * (n + 1)
        self.course = bytearray((given.again * np.uint8(IF_FREE)).tobytes()) + bytes(len(carried.at))
        self.redial_of = array("q", [-1]) * len(party)
        self.redialled_at = array("d", carried.at.tobytes())  # of the slots after those given
        self.party = array("q", party.tobytes())
        self.code = array("q", code.tobytes())
        self.until = array("d", until.tobytes())
        self.service, self.patience, self.redial, self.delay = (array("d") for _ in range(4))
        self.traits = array("b")
        self.result = array("b", [NOT_MADE]) * n + array("b", carried.result.tobytes())
        self.answered = array("d", [nan]) * n + array("d", carried.answered.tobytes())
        self.done = array("d", [nan]) * n + array("d", carried.done.tobytes())
        self.n_given, self.n_drawn = n, 0
        self._take(draws.draw(party, code))

    def lay_out(self, alone: NDArray[np.bool_], after_busy: float, to: float) -> None:
        """Lay out the attempts before `to` as they come about when all lines are in use throughout.

        Then a caller dials again and again, and of what is laid out all holds until a line becomes free and somebody
        gets through, whose further attempts are dropped. Only for calls that are `alone`, (n_given,), is nothing else to
        be looked at; all others have no more than the slots of their redials laid out.

        Parameters
        ----------
        after_busy : chance to redial.
        """
        n, given = self.n_given, self.given
        at, until, slot = given.at, given.until, np.arange(n)
        redial, delay = np.frombuffer(self.redial[:n]), np.frombuffer(self.delay[:n])
        levels = [(at, slot, alone)]
        for each in foresee(given, redial, delay, self.draws, after_busy, to):
            before, alone = slot[each.before], alone[each.before]
            at, until, redial, delay = each.at, each.until, each.drawn.redial, each.drawn.delay
            slot = len(self.party) + np.arange(len(at))
            np.frombuffer(self.redial_of, np.int64)[before] = slot
            self._append(each)
            levels.append((at, slot, alone))
        beyond = slot[dials_again(at, until, redial, delay, after_busy, to)]
        at, slot, alone = (np.concatenate(column) for column in zip(*levels, strict=True))
        course = np.frombuffer(self.course, np.uint8)
        course[slot[alone]] = LAID_OUT
        course[beyond] = IN_TURN
        rows = (alone | (slot < n)).nonzero()[0]
        rows = rows[time_order(at[rows])]
        at, slot = at[rows], slot[rows]
        self.at, self.line = [*at.tolist(), inf], array("q", slot.tobytes())
        self.busy_at = self.at.copy()
        for place in (course[slot] != LAID_OUT).nonzero()[0].tolist():
            self.busy_at[place] = inf

    def settle(self, after_busy: float, free_at: FloatArray) -> tuple[FloatArray, list[int]]:
        """Note what became of attempts laid out that nobody has looked at: all lines were in use.

        Their parties are free, or dial again, in which case it comes after the slice. Return when, (m,), and the slots of
        the attempts before.
        """
        result, redial_of = np.frombuffer(self.result, np.int8), np.frombuffer(self.redial_of, np.int64)
        busy = ((np.frombuffer(self.course, np.uint8) == LAID_OUT) & (result == NOT_MADE)).nonzero()[0]
        if not len(busy):
            return np.empty(0), []
        at = np.concatenate([self.given.at, np.frombuffer(self.redialled_at)])
        result[busy] = BUSY
        np.frombuffer(self.done)[busy] = at[busy]
        last = busy[redial_of[busy] < 0]
        again, at = np.frombuffer(self.redial)[last] < after_busy, at[last]
        free_at[np.frombuffer(self.party, np.int64)[last]] = np.where(again, inf, at)
        then = at + np.frombuffer(self.delay)[last]
        later = again & (then < np.frombuffer(self.until)[last])
        return then[later], last[later].tolist()

    def spawn(self, slot: int, at: float) -> int:
        """Append the redial of the call in `slot`, still without draws, and return its slot."""
        self.redialled_at.append(at)
        self.party.append(self.party[slot])
        self.code.append(self.code[slot] + 1)
        self.until.append(self.until[slot])
        self._widen(1)
        return len(self.party) - 1

    def fill(self) -> int:
        """Draw for all slots that lack draws and return the number of slots."""
        first = self.n_drawn
        self._take(self.draws.draw(np.array(self.party[first:]), np.array(self.code[first:])))
        return self.n_drawn

    def _append(self, redials: Redials) -> None:
        """Append redials."""
        self.redialled_at.frombytes(redials.at.tobytes())
        self.party.frombytes(redials.party.tobytes())
        self.code.frombytes(redials.code.tobytes())
        self.until.frombytes(redials.until.tobytes())
        self._widen(len(redials.at))
        self._take(redials.drawn)

    def _widen(self, n: int) -> None:
        """Make room for what becomes of n redials."""
        self.result.extend(array("b", [NOT_MADE]) * n)
        self.answered.extend(array("d", [nan]) * n)
        self.done.extend(array("d", [nan]) * n)
        self.course.extend(bytes(n))
        self.redial_of.extend(array("q", [-1]) * n)

    def _take(self, drawn: Drawn) -> None:
        """Take over the draws for the slots that lack them."""
        self.service.frombytes(drawn.service.tobytes())
        self.patience.frombytes(drawn.patience.tobytes())
        self.redial.frombytes(drawn.redial.tobytes())
        self.delay.frombytes(drawn.delay.tobytes())
        self.traits.frombytes(drawn.traits.tobytes())
        self.n_drawn = len(self.party)

    def in_hand(self, at: float) -> list[int]:
        """Return the slots of the calls that the desk's own agents have in hand at an instant, in order of their beginning."""
        result, done, traits = self.result, self.done, self.traits
        found = [
            slot
            for slot in range(self.n_drawn)
            if done[slot] > at and result[slot] in (SERVED, CALLED_BACK) and not traits[slot] & ELSEWHERE
        ]
        return sorted(found, key=lambda slot: (self.answered[slot], self.party[slot], self.code[slot]))

    def fates(self) -> Fates:
        """Return what became of the calls, those carried in among them."""
        given, n = self.given, self.n_given
        answered, done = np.frombuffer(self.answered), np.frombuffer(self.done)
        result = np.frombuffer(self.result, np.int8)
        if len(self.party) == n:
            return Fates(given.at, given.party, given.code, result, answered, done)
        at = np.concatenate([given.at, np.frombuffer(self.redialled_at)])
        return Fates(at, np.frombuffer(self.party, np.int64), np.frombuffer(self.code, np.int64), result, answered, done)
