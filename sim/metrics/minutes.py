"""The hotline minute by minute, for a replay: calls and complaints so far, callers in the queue now."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.hotline import ABANDONED, BUSY, CUT_OFF, Calls, is_call, was_answered

IntArray = NDArray[np.int32]

BY_MINUTE = ("calls", "lost", "complaints", "queue")
"""What is counted at each whole minute: calls dialled, calls given up or met by a busy tone, complaints lodged, each
since the start; callers who wait for an agent at that minute."""


def hotline_by_minute(calls: Calls, lodged_at: ArrayLike, horizon_min: float) -> dict[str, IntArray]:
    """Return BY_MINUTE, arrays (n_minutes,): at minute m, all up to and with m, from 0 to the horizon.

    Who still waits for an agent when the run ends is in no queue, as in the curves of the measures.
    """
    n = int(horizon_min) + 1
    gone, busy, served = calls.result == ABANDONED, calls.result == BUSY, was_answered(calls.result)
    queued = served | gone
    cut_off = calls.result == CUT_OFF
    left = np.where(served, calls.answered_at, calls.done_at)[queued]
    return {
        "calls": _so_far(calls.at[is_call(calls.result)], n),
        "lost": _so_far(calls.done_at[gone | cut_off], n) + _so_far(calls.at[busy], n),
        "complaints": _so_far(lodged_at, n),
        "queue": _so_far(left - calls.wait_min[queued], n) - _so_far(left, n),
    }


def _so_far(at: ArrayLike, n: int) -> IntArray:
    """Return how many instants lie at or before each whole minute, (n,)."""
    minute = np.ceil(np.asarray(at, float)).astype(np.int64)
    return np.cumsum(np.bincount(minute[minute < n], minlength=n)).astype(np.int32)
