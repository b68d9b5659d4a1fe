"""The hotline alone: arrivals in, call records out; for exact checks and for planning a desk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from sim import rng
from sim.hotline.queue import ABANDONED, SERVED, WAITING, Batch, Desk, Draw, FloatArray, IntArray

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
    `answered_at` is nan unless served; `done_at` is when the line became free.
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
    seed, purpose : key of the draws, with the caller and the attempt.
    slice_min : how far each slice reaches; changes nothing but the speed. None: a good length.
    """
    first = np.ascontiguousarray(arrivals, dtype=np.float64)
    if len(first) and (np.any(np.diff(first) < 0) or not np.all(np.isfinite(first))):
        raise ValueError("arrivals must ascend and be finite")
    at_of_staff, agents = ([-np.inf], [staffing]) if isinstance(staffing, int) else staffing
    again = redial or Redial(0.0, 0.0, 60.0)
    columns = np.arange(5)[:, None]

    def draw(caller: IntArray, attempt: IntArray) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        u = rng.uniforms(seed, 0, purpose, caller[None, :], attempt[None, :], columns)
        length = service(u[0]) if callable(service) else np.asarray(service, np.float64)[caller]
        if patience is None:
            bears = np.full(len(caller), np.inf)
        else:
            bears = patience(u[1]) if callable(patience) else np.asarray(patience, np.float64)[caller]
        length = np.where(u[4] < contained_fraction, -1.0, length)
        return length, bears, u[2], -again.delay_min * np.log(u[3])

    desk = Desk(
        np.asarray(at_of_staff, np.float64).tolist(),
        np.asarray(agents, np.int64).tolist(),
        lines, voice_min, again.after_abandon, again.after_busy,
    )  # fmt: skip
    desk.free_at = [0.0] * len(first)
    at, caller, attempt, result, answered, done = _serve_all(desk, first, draw, slice_min or again.delay_min)
    order = np.argsort(at, kind="stable")
    wait = queueing_min(at, result, answered, done, voice_min)
    result[np.isinf(done)] = WAITING
    at, wait, answered, done = at[order], wait[order], answered[order], done[order]
    return CallRecords(at, caller[order], attempt[order], result[order], wait, answered, done)


def queueing_min(
    at: FloatArray, result: IntArray, answered: FloatArray, done: FloatArray, voice_min: float
) -> FloatArray:
    """Return minutes from joining the queue to the answer or the giving up; nan for calls never queued."""
    left = np.where(result == SERVED, answered, done)
    return np.where((result == SERVED) | (result == ABANDONED), left - (at + voice_min), np.nan)


def _serve_all(
    desk: Desk, first: FloatArray, draw: Draw, slice_min: float
) -> tuple[FloatArray, IntArray, IntArray, IntArray, FloatArray, FloatArray]:
    """Serve all arrivals and their redials slice by slice; (at, caller, attempt, result, answered, done)."""
    n = len(first)
    keys = np.stack([np.arange(n), np.zeros(n, np.int64)])
    waiting_at, waiting_keys, begun = np.empty(0), np.empty((2, 0), np.int64), 0
    parts: list[tuple[FloatArray, IntArray, IntArray, IntArray, FloatArray, FloatArray]] = []
    levels = 0
    while begun < n or len(waiting_at):
        earliest = min(first[begun] if begun < n else np.inf, waiting_at.min(initial=np.inf))
        to = (np.floor(earliest / slice_min) + 1) * slice_min
        ends = int(np.searchsorted(first, to))
        due = waiting_at < to
        at = np.concatenate([first[begun:ends], waiting_at[due]])
        who = np.concatenate([keys[:, begun:ends], waiting_keys[:, due]], axis=1)
        order = np.argsort(at, kind="stable")
        m = len(order)
        batch = Batch(
            at[order], who[0, order], who[1, order], np.zeros(m, bool), np.full(m, np.inf), draw, levels
        )
        later_at, later_keys = desk.serve(batch, to)
        waiting_at = np.concatenate([waiting_at[~due], later_at])
        waiting_keys = np.concatenate([waiting_keys[:, ~due], later_keys], axis=1)
        begun = ends
        parts.append(batch.made())
        levels = batch.worth_drawing_ahead()
    if not parts:
        parts.append(Batch(first, keys[0], keys[1], np.zeros(0, bool), first, draw).made())
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
    return columns[0], columns[1], columns[2], columns[3], columns[4], columns[5]
