"""The calls of one slice, as the desk's loop reads them: flat lists, one slot per attempt."""

from __future__ import annotations

from array import array
from math import inf, nan
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from sim.hotline.relief import Thresholds

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

RESULTS = ("voice", "served", "abandoned", "busy", "waiting", "second_site", "called_back", "app", "posted")
"""How a call ended: settled by the voice system, served by an agent, given up in the queue, no free line;
`waiting`: neither answered nor given up when the run ended; served by an agent of the second site, or called back.
The last two are no calls: a report by app or text message, noted at once, and a post on social media, noted by nobody."""
VOICE, SERVED, ABANDONED, BUSY, WAITING, SECOND_SITE, CALLED_BACK, APP, POSTED = range(9)
NOT_MADE = -1


def is_answered(result: NDArray[Any]) -> NDArray[np.bool_]:
    """Say which calls, by code into RESULTS, a person answered or answers."""
    return np.asarray((result == SERVED) | (result == SECOND_SITE) | (result == CALLED_BACK))


def is_call(result: NDArray[Any]) -> NDArray[np.bool_]:
    """Say which contacts, by code into RESULTS, are telephone calls."""
    return np.asarray(result < APP)


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

    def draw(self, party: IntArray, code: IntArray) -> Drawn:
        """Return what nature says of calls."""
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
        kept = np.flatnonzero(self.result >= 0)
        return self if len(kept) == len(self.at) else Fates._make(column[kept] for column in self)


class Rules(NamedTuple):
    """How a desk works: lines (inf: no limit), minutes in the voice system, chances to redial, what relieves it."""

    lines: float
    voice_min: float
    after_abandon: float
    after_busy: float
    relieved: Thresholds = Thresholds()


class Run(NamedTuple):
    """What came of a slice: fates of all slots, redials to come after it as in `queue.Served`, redials within it."""

    fates: Fates
    later_at: FloatArray
    later_keys: IntArray
    n_redials: int


class Batch:
    """The slots of a slice: the calls given, redials drawn ahead, then redials as they come about.

    Parameters
    ----------
    given : the calls.
    draws : draws for calls and redials.
    levels : draw so many redials of every call now and together; costs less when most calls fail.
    """

    __slots__ = (
        "again", "answered", "at", "code", "delay", "done", "draws", "given", "n_ahead", "n_drawn", "n_given", "party",
        "patience", "redial", "redialled_at", "result", "service", "traits", "until",
    )  # fmt: skip

    def __init__(self, given: Given, draws: Draws, levels: int = 0) -> None:
        n, m = len(given.at), len(given.at) * (1 + levels)
        party, code = given.party, given.code
        if levels:
            party = np.tile(party, 1 + levels)
            code = (code + np.arange(1 + levels)[:, None]).ravel()
        self.given, self.draws = given, draws
        self.at: list[float] = [*given.at.tolist(), inf]  # the last one stands for the end of the slice
        self.redialled_at = [inf] * (m - n)  # of the slots after those given
        self.party: list[int] = party.tolist()
        self.code: list[int] = code.tolist()
        self.again: list[bool] = given.again.tolist()
        self.until: list[float] = given.until.tolist() * (1 + levels)
        drawn = draws.draw(party, code)
        self.service: list[float] = drawn.service.tolist()
        self.patience: list[float] = drawn.patience.tolist()
        self.redial: list[float] = drawn.redial.tolist()
        self.delay: list[float] = drawn.delay.tolist()
        self.traits: list[int] = drawn.traits.tolist()
        self.result = array("b", [NOT_MADE]) * m
        self.answered = array("d", [nan]) * m
        self.done = array("d", [nan]) * m
        self.n_given, self.n_ahead, self.n_drawn = n, m - n, m

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

    def fates(self) -> Fates:
        """Return what became of the calls."""
        given, n = self.given, self.n_given
        answered, done = np.frombuffer(self.answered), np.frombuffer(self.done)
        result = np.frombuffer(self.result, np.int8)
        if len(self.party) == n:
            return Fates(given.at, given.party, given.code, result, answered, done)
        at = np.concatenate([given.at, np.array(self.redialled_at)])
        party = np.concatenate([given.party, np.array(self.party[n:], np.int64)])
        code = np.concatenate([given.code, np.array(self.code[n:], np.int64)])
        return Fates(at, party, code, result, answered, done)
