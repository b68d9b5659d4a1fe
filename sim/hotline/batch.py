"""The calls of one slice, as the desk's loop reads them: flat lists, one slot per attempt."""

from __future__ import annotations

from array import array
from math import inf, nan
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

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
_MOST_FORESEEN = 4  # redials of a call; changes only the speed


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
    """What became of calls, those given first and in their order, then the redials; (n,) each.

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
        """Return the calls that were made."""
        kept = (self.result >= 0).nonzero()[0]
        return self if len(kept) == len(self.at) else Fates._make(column[kept] for column in self)


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


class Batch:
    """The slots of a slice: the calls given, those carried in, redials foreseen, then redials as they come about.

    Parameters
    ----------
    given : the calls.
    draws : draws for calls and redials.
    carried : calls of earlier slices that are still in hand.

    Attributes
    ----------
    foreseen : slot of the redial of each call that was foreseen to have one.
    """

    __slots__ = (
        "again", "answered", "at", "carried", "code", "delay", "done", "draws", "foreseen", "given", "n_drawn", "n_given", "party",
        "patience", "redial", "redialled_at", "result", "service", "traits", "until",
    )  # fmt: skip

    def __init__(self, given: Given, draws: Draws, carried: Fates = NOTHING) -> None:
        n, party, code = len(given.at), given.party, given.code
        self.carried = carried
        if len(carried.at):
            party, code = np.concatenate([party, carried.party]), np.concatenate([code, carried.code])
        self.given, self.draws = given, draws
        self.at: list[float] = [*given.at.tolist(), inf]  # the last one stands for the end of the slice
        self.redialled_at: list[float] = carried.at.tolist()  # of the slots after those given
        self.party: list[int] = party.tolist()
        self.code: list[int] = code.tolist()
        self.again: list[bool] = given.again.tolist()
        self.until: list[float] = given.until.tolist()
        if len(carried.at):
            self.until += draws.until(carried.party).tolist()
        drawn = draws.draw(party, code)
        self.service: list[float] = drawn.service.tolist()
        self.patience: list[float] = drawn.patience.tolist()
        self.redial: list[float] = drawn.redial.tolist()
        self.delay: list[float] = drawn.delay.tolist()
        self.traits: list[int] = drawn.traits.tolist()
        self.result = array("b", [NOT_MADE]) * n + array("b", carried.result.tolist())
        self.answered = array("d", [nan]) * n + array("d", carried.answered.tolist())
        self.done = array("d", [nan]) * n + array("d", carried.done.tolist())
        self.n_given, self.n_drawn = n, n + len(carried.at)
        self.foreseen: dict[int, int] = {}

    def foresee(self, chance: float, to: float) -> None:
        """Draw together redials that may come before `to`, where callers redial with at most this chance.

        No redial comes sooner than its delay after the call, nor one of a redial sooner than after that.
        """
        at, until, slot = self.given.at, self.given.until, np.arange(self.n_given)
        redial, delay = np.array(self.redial[: self.n_given]), np.array(self.delay[: self.n_given])
        for _ in range(_MOST_FORESEEN):
            then = at + delay
            may = ((redial < chance) & (then < to) & (then < until)).nonzero()[0]
            if not len(may):
                return
            first = self.n_drawn
            at, until = then[may], until[may]
            for each in slot[may].tolist():
                self.foreseen[each] = self.spawn(each, inf)
            self.fill()
            slot = np.arange(first, self.n_drawn)
            redial, delay = np.array(self.redial[first:]), np.array(self.delay[first:])

    def spawn(self, slot: int, at: float) -> int:
        """Append the redial of the call in `slot`, still without draws, and return its slot."""
        self.redialled_at.append(at)
        self.party.append(self.party[slot])
        self.code.append(self.code[slot] + 1)
        self.until.append(self.until[slot])
        self.result.append(NOT_MADE)
        self.answered.append(nan)
        self.done.append(nan)
        return len(self.party) - 1

    def fill(self) -> int:
        """Draw for all slots that lack draws and return the number of slots."""
        first = self.n_drawn
        drawn = self.draws.draw(np.array(self.party[first:]), np.array(self.code[first:]))
        self.service.extend(drawn.service.tolist())
        self.patience.extend(drawn.patience.tolist())
        self.redial.extend(drawn.redial.tolist())
        self.delay.extend(drawn.delay.tolist())
        self.traits.extend(drawn.traits.tolist())
        self.n_drawn = len(self.party)
        return self.n_drawn

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
        at = np.concatenate([given.at, np.array(self.redialled_at)])
        party = np.concatenate([given.party, np.array(self.party[n:], np.int64)])
        code = np.concatenate([given.code, np.array(self.code[n:], np.int64)])
        return Fates(at, party, code, result, answered, done)
