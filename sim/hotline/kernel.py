"""The compiled loop itself. Imports numba: only `compiled` may import this, and only where it is installed.

`n` holds the whole numbers of the state by place; heaps are arrays of which the first so many are in use.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from sim.hotline.batch import ABANDONED, BUSY, CALLED_BACK, SECOND_SITE, SERVED, VOICE
from sim.hotline.relief import ACCEPTS, FIRST, SETTLED

# Places in `n`: lines in `held`, slots in use, next call given, redials in `soon` and in `later`, redials that fell
# within the slice; agents at the desk, reserved ones, those of the second site; next step of staffing of each.
HELD, SLOTS, GIVEN, SOON, LATER, REDIALS, OWN, RESERVED, SECOND, OWN_STEP, RESERVED_STEP, SECOND_STEP, N = range(13)
AGENTS, STEPS = (OWN, RESERVED, SECOND), (OWN_STEP, RESERVED_STEP, SECOND_STEP)
# What `serve` returns: it is to be called again once there are draws for all slots, or room for more.
DONE, NEEDS_DRAWS, NEEDS_ROOM = range(3)


@njit(cache=True)
def _push(heap: Any, n: int, value: float) -> None:
    """Put a number on a heap of n."""
    i = n
    while i > 0:
        up = (i - 1) >> 1
        if heap[up] <= value:
            break
        heap[i] = heap[up]
        i = up
    heap[i] = value


@njit(cache=True)
def _replace(heap: Any, n: int, value: float) -> None:
    """Replace the least number of a heap of n."""
    i = 0
    while True:
        child = 2 * i + 1
        if child >= n:
            break
        if child + 1 < n and heap[child + 1] < heap[child]:
            child += 1
        if heap[child] >= value:
            break
        heap[i] = heap[child]
        i = child
    heap[i] = value


@njit(cache=True)
def _is_before(at: float, slot: int, other_at: float, other: int) -> bool:
    return at < other_at or (at == other_at and slot < other)


@njit(cache=True)
def _push_redial(heap_at: Any, heap: Any, n: int, at: float, slot: int) -> None:
    """Put a redial on a heap of n, by instant and then by slot."""
    i = n
    while i > 0:
        up = (i - 1) >> 1
        if not _is_before(at, slot, heap_at[up], heap[up]):
            break
        heap_at[i], heap[i] = heap_at[up], heap[up]
        i = up
    heap_at[i], heap[i] = at, slot


@njit(cache=True)
def _drop_redial(heap_at: Any, heap: Any, n: int) -> None:
    """Take the first redial off a heap of n."""
    at, slot = heap_at[n - 1], heap[n - 1]
    i = 0
    while True:
        child = 2 * i + 1
        if child >= n - 1:
            break
        if child + 1 < n - 1 and _is_before(heap_at[child + 1], heap[child + 1], heap_at[child], heap[child]):
            child += 1
        if not _is_before(heap_at[child], heap[child], at, slot):
            break
        heap_at[i], heap[i] = heap_at[child], heap[child]
        i = child
    heap_at[i], heap[i] = at, slot


@njit(cache=True)
def _restaff(n: Any, site: int, step: int, staff: Any) -> None:
    """Apply the next change of staffing of a site, given by its places in `n`."""
    agents, steps_at, steps = staff
    at, number = steps_at[n[step]], steps[n[step]]
    n[step] += 1
    while n[site] < number:
        _push(agents, n[site], at)
        n[site] += 1
    while n[site] > number:
        n[site] -= 1
        _replace(agents, n[site], agents[n[site]])


@njit(cache=True)
def _first_free(n: Any, site: int, step: int, staff: Any, at: float) -> Any:
    """Return when an agent of a site can take a call that comes at an instant."""
    agents, steps_at, _ = staff
    start = np.inf if n[site] == 0 else max(agents[0], at)
    while start >= steps_at[n[step]]:
        _restaff(n, site, step, staff)
        start = np.inf if n[site] == 0 else max(agents[0], at)
    return start


@njit(cache=True)
def _take(n: Any, site: int, staff: Any, end: float) -> None:
    """Let the agent of a site who is free first have a call until an instant."""
    if n[site] > 0:
        _replace(staff[0], n[site], end)


@njit(cache=True)
def serve(
    n: Any, at: Any, party: Any, code: Any, until: Any, service: Any, patience: Any, redial: Any, delay: Any,
    traits: Any, result: Any, answered: Any, done: Any, soon_at: Any, soon: Any, later_at: Any, later: Any, again: Any,
    n_ahead: int, n_drawn: int, own: Any, reserved: Any, second: Any, held: Any, free_at: Any, to: float,
    lines: float, voice_min: float, after_abandon: float, after_busy: float,
    relieved_after: float, voice_after: float, second_after: float, back_after: float,
) -> int:  # fmt: skip
    """Let calls happen until the slice is over or something is missing; arguments as in `compiled`."""
    n_given = len(again)
    while True:
        if n[SLOTS] == len(at):
            return NEEDS_ROOM
        if n[SOON] > 0 and (n[GIVEN] == n_given or soon_at[0] < at[n[GIVEN]]):
            now, slot = soon_at[0], soon[0]
            if slot >= n_drawn:
                return NEEDS_DRAWS
            _drop_redial(soon_at, soon, n[SOON])
            n[SOON] -= 1
        elif n[GIVEN] < n_given:
            slot = n[GIVEN]
            now = at[slot]
            n[GIVEN] += 1
            if again[slot] and free_at[party[slot]] > now:
                continue
        else:
            return DONE
        if n[HELD] >= lines:
            while n[HELD] > 0 and held[0] <= now:
                n[HELD] -= 1
                _replace(held, n[HELD], held[n[HELD]])
        if n[HELD] >= lines:
            result[slot], done[slot] = BUSY, now
            if redial[slot] >= after_busy:
                free_at[party[slot]] = now
                continue
            then = now + delay[slot]
        else:
            join = now + voice_min
            if service[slot] < 0.0:
                result[slot], end = VOICE, join
                goes_on = False
            else:
                start = _first_free(n, OWN, OWN_STEP, own, join)
                end = join + patience[slot]
                wait, fate, site = start - join, SERVED, OWN
                if wait > relieved_after:
                    if wait > voice_after and traits[slot] & SETTLED:
                        fate = VOICE
                    else:
                        if traits[slot] & FIRST:
                            sooner = _first_free(n, RESERVED, RESERVED_STEP, reserved, join)
                            if sooner < start:
                                start, site = sooner, RESERVED
                        if wait > second_after:
                            sooner = _first_free(n, SECOND, SECOND_STEP, second, join + second_after)
                            if sooner < start:
                                start, site, fate = sooner, SECOND, SECOND_SITE
                        if traits[slot] & ACCEPTS and start - join > back_after:
                            fate = CALLED_BACK
                if fate == VOICE:
                    result[slot], end = VOICE, join
                    goes_on = False
                elif fate == CALLED_BACK or start <= end:
                    end = start + service[slot]
                    if site == OWN:
                        _take(n, OWN, own, end)
                    elif site == RESERVED:
                        _take(n, RESERVED, reserved, end)
                    else:
                        _take(n, SECOND, second, end)
                    result[slot], answered[slot] = fate, start
                    goes_on = False
                else:
                    result[slot] = ABANDONED
                    goes_on = redial[slot] < after_abandon
            done[slot] = end
            if lines < np.inf:
                _push(held, n[HELD], join if result[slot] == CALLED_BACK else end)
                n[HELD] += 1
            if not goes_on:
                free_at[party[slot]] = end
                continue
            then = end + delay[slot]
        free_at[party[slot]] = np.inf
        if then >= until[slot]:
            continue
        if then >= to:
            later_at[n[LATER]], later[n[LATER]] = then, slot
            n[LATER] += 1
            continue
        n[REDIALS] += 1
        if slot < n_ahead:
            child = slot + n_given
        else:
            child = n[SLOTS]
            n[SLOTS] += 1
            party[child], code[child], until[child] = party[slot], code[slot] + 1, until[slot]
            result[child], answered[child], done[child] = -1, np.nan, np.nan
        at[child] = then
        _push_redial(soon_at, soon, n[SOON], then, child)
        n[SOON] += 1
