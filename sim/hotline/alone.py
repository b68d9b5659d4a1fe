"""The hotline alone: arrivals in, call records out; for exact checks and for planning a desk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim import rng
from sim.hotline.batch import (
    ABANDONED,
    LEAVE,
    WAITING,
    Drawn,
    Fates,
    FloatArray,
    Given,
    IntArray,
    amend,
    was_answered,
)
from sim.hotline.queue import Desk
from sim.hotline.relief import ACCEPTS, FIRST, NO_RELIEF, SETTLED, Relief

Times = ArrayLike | Callable[[FloatArray], FloatArray]
"""Minutes per caller, (n,), the same at each attempt; or a quantile function, drawn anew for each attempt."""


@dataclass(frozen=True)
class Redial:
    """Chances to dial again after giving up or a busy tone, and the mean exponential delay in minutes."""

    after_abandon: float
    after_busy: float
    delay_min: float


@dataclass(frozen=True)
class CallRecords:
    """One row per attempt, in order of time; all arrays (n_calls,), minutes.

    `caller` indexes the arrivals given, `attempt` counts from 0, `result` is a code into `queue.RESULTS`.
    `wait_min` is the time in the queue until the answer or the giving up; nan for voice and busy.
    `answered_at` is nan unless an agent answered or called back; `done_at` is when the call was over, or cut off.
    """

    at: FloatArray
    caller: IntArray
    attempt: IntArray
    result: IntArray
    wait_min: FloatArray
    answered_at: FloatArray
    done_at: FloatArray


def exponential(mean_min: float) -> Callable[[FloatArray], FloatArray]:
    """Return the quantile function of the exponential distribution."""
    return lambda u: np.asarray(-mean_min * np.log(u))


def run_alone(
    arrivals: ArrayLike,
    service: Times,
    patience: Times | None = None,
    *,
    staffing: int | tuple[ArrayLike, ArrayLike],
    lines: int | None = None,
    redial: Redial | None = None,
    voice_min: float = 0.0,
    contained_fraction: float = 0.0,
    relief: Relief = NO_RELIEF,
    first: ArrayLike = False,
    accepting_fraction: float = 0.0,
    crowded_fraction: float = 0.0,
    leave_mid_call: Literal["finish", "hand_over", "drop"] = "finish",
    seed: int = 0,
    purpose: str = "hotline.alone",
    slice_min: float | None = None,
) -> CallRecords:
    """Run the desk on given arrivals until the last call has ended.

    Parameters
    ----------
    arrivals : instants of the first attempts, minutes, ascending, (n,).
    service, patience : minutes, per caller (n,) or as quantile functions; patience None: nobody gives up.
    staffing : number of agents, or (from minutes, number of agents) ascending.
    lines : calls held at once, None: no limit.
    redial : None: nobody dials again.
    voice_min, contained_fraction : time in the voice system, and the share of calls that it settles.
    relief : what helps when calls would wait long.
    first : callers whom reserved agents take, (n,) or one for all.
    accepting_fraction, crowded_fraction : share of calls that take the offer to be called back, and that the voice system
        settles while it says more, at least `contained_fraction`.
    leave_mid_call : what becomes of calls in hand when agents leave; see batch.LEAVE.
    seed, purpose : key of the draws, with the caller and the attempt.
    slice_min : how far each slice reaches; changes nothing but the speed. None: a good length.
    """
    begins = np.ascontiguousarray(arrivals, dtype=np.float64)
    if len(begins) and (np.any(np.diff(begins) < 0) or not np.all(np.isfinite(begins))):
        raise ValueError("arrivals must ascend and be finite")
    at_of_staff, agents = ([-np.inf], [staffing]) if isinstance(staffing, int) else staffing
    again = redial or Redial(0.0, 0.0, 60.0)
    has_priority = np.broadcast_to(np.asarray(first, bool), begins.shape)
    draws = KeyedDraws(
        (seed, purpose), service, patience, again.delay_min, contained_fraction, has_priority, accepting_fraction,
        crowded_fraction,
    )  # fmt: skip
    desk = Desk(
        draws,
        np.asarray(at_of_staff, np.float64).tolist(),
        np.asarray(agents, np.int64).tolist(),
        lines, voice_min, again.after_abandon, again.after_busy, relief,
        LEAVE.index(leave_mid_call),
    )  # fmt: skip
    desk.add_parties(len(begins), 0.0)
    at, caller, attempt, code, answered, done = _serve_all(desk, begins, slice_min or again.delay_min)
    result = code.astype(np.int64)
    order = np.argsort(at, kind="stable")
    wait = queueing_min(at, result, answered, done, voice_min)
    result[np.isinf(done)] = WAITING
    at, wait, answered, done = at[order], wait[order], answered[order], done[order]
    return CallRecords(at, caller[order], attempt[order], result[order], wait, answered, done)


@dataclass(frozen=True)
class KeyedDraws:
    """Draws of calls, keyed by caller and attempt."""

    key: tuple[int, str]  # seed, purpose
    service: Times
    patience: Times | None
    delay_min: float
    contained_fraction: float
    first: NDArray[np.bool_] | None = None  # by party; None: nobody
    accepting_fraction: float = 0.0
    crowded_fraction: float = 0.0

    def contained(self, party: IntArray, code: IntArray) -> NDArray[np.bool_]:
        """Say which calls the voice system settles, (n,)."""
        return np.asarray(self._uniforms(party, code, 4) < self.contained_fraction)

    def serving(self, party: IntArray, code: IntArray) -> FloatArray:
        """Return the service of calls alone."""
        handling, voice = self._uniforms(party[None, :], code[None, :], np.array([[0], [4]]))
        return np.where(voice < self.contained_fraction, -1.0, _minutes(self.service, party, handling))

    def draw(self, party: IntArray, code: IntArray) -> Drawn:
        """Return what nature says of calls."""
        u = self._uniforms(party[None, :], code[None, :], np.arange(5)[:, None])
        service = np.where(u[4] < self.contained_fraction, -1.0, _minutes(self.service, party, u[0]))
        patience = np.full(len(party), np.inf) if self.patience is None else _minutes(self.patience, party, u[1])
        return Drawn(service, patience, u[2], -self.delay_min * np.log(u[3]), self._traits(party, code, u[4]))

    def until(self, party: IntArray) -> FloatArray:
        """Return inf: nothing keeps anybody from dialling again."""
        return np.full(len(party), np.inf)

    def _traits(self, party: IntArray, code: IntArray, voice: FloatArray) -> NDArray[np.int8]:
        traits = SETTLED * (voice < self.crowded_fraction)
        if self.accepting_fraction:
            traits = traits + ACCEPTS * (self._uniforms(party, code, 5) < self.accepting_fraction)
        if self.first is not None:
            traits = traits + FIRST * self.first[party]
        return traits.astype(np.int8)

    def _uniforms(self, party: IntArray, code: IntArray, column: ArrayLike) -> FloatArray:
        seed, purpose = self.key
        return rng.uniforms(seed, 0, purpose, party, code, column)


def _minutes(times: Times, party: IntArray, u: FloatArray) -> FloatArray:
    return times(u) if callable(times) else np.asarray(times, np.float64)[party]


def queueing_min(
    at: FloatArray, result: IntArray, answered: FloatArray, done: FloatArray, voice_min: float
) -> FloatArray:
    """Return minutes from joining the queue to the answer or the giving up; nan for calls never queued."""
    by_agent = was_answered(result)
    left = np.where(by_agent, answered, done)
    return np.where(by_agent | (result == ABANDONED), left - (at + voice_min), np.nan)


def _serve_all(desk: Desk, first: FloatArray, slice_min: float) -> Fates:
    """Serve all arrivals and their redials slice by slice."""
    n = len(first)
    keys = np.stack([np.arange(n), np.zeros(n, np.int64)])
    waiting_at, waiting_keys, begun = np.empty(0), np.empty((2, 0), np.int64), 0
    none = np.empty(0, np.int64)
    parts = [Fates(np.empty(0), none, none, np.empty(0, np.int8), np.empty(0), np.empty(0))]
    amended: list[Fates] = []
    while begun < n or len(waiting_at) or desk.parts_before(np.inf):
        earliest = min(first[begun] if begun < n else np.inf, waiting_at.min(initial=np.inf))
        to = (np.floor(earliest / slice_min) + 1) * slice_min
        ends = int(np.searchsorted(first, to))
        due = waiting_at < to
        at = np.concatenate([first[begun:ends], waiting_at[due]])
        who = np.concatenate([keys[:, begun:ends], waiting_keys[:, due]], axis=1)
        order = np.argsort(at, kind="stable")
        m = len(order)
        given = Given(at[order], who[0, order], who[1, order], np.zeros(m, bool), np.full(m, np.inf))
        fates, later_at, later_keys, changed = desk.serve(given, to)
        amended.append(changed)
        waiting_at = np.concatenate([waiting_at[~due], later_at])
        waiting_keys = np.concatenate([waiting_keys[:, ~due], later_keys], axis=1)
        begun = ends
        parts.append(fates)
    served = Fates._make(np.concatenate(column) for column in zip(*parts, strict=True))
    amend(served, amended)
    return served
