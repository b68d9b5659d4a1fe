"""The compiled loop itself. Imports numba: only `compiled` may import this, and only where it is installed.

`n` holds the whole numbers of the state by place; heaps are arrays of which the first so many are in use.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from sim.hotline.batch import (
    ABANDONED,
    BUSY,
    CALLED_BACK,
    CUT_OFF,
    FINISH,
    HAND_OVER,
    SECOND_SITE,
    SERVED,
    VOICE,
    WAITING,
)
from sim.hotline.relief import ACCEPTS, ELSEWHERE, FIRST, SETTLED

# Places in `n`: lines in `held`, slots in use, next call given, redials in `soon` and in `later`, redials that fell
# within the slice; agents at the desk, reserved ones, those of the second site; next step of staffing of each; calls
# cut off whose callers dial again.
HELD, SLOTS, GIVEN, SOON, LATER, REDIALS, OWN, RESERVED, SECOND, OWN_STEP, RESERVED_STEP, SECOND_STEP, CUT, N = range(
    14
)
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
def _in_hand(n: Any, at: float, party: Any, code: Any, traits: Any, result: Any, answered: Any, done: Any) -> Any:
    """Return the slots of the calls that the desk's own agents have in hand at an instant, in order of their beginning."""
    found, m = np.empty(n[SLOTS], np.int64), 0
    for slot in range(n[SLOTS]):
        if (result[slot] == SERVED or result[slot] == CALLED_BACK) and done[slot] > at and not traits[slot] & ELSEWHERE:
            i = m
            while i > 0:
                other = found[i - 1]
                if answered[other] < answered[slot]:
                    break
                if answered[other] == answered[slot] and (
                    party[other] < party[slot] or (party[other] == party[slot] and code[other] < code[slot])
                ):
                    break
                found[i] = other
                i -= 1
            found[i] = slot
            m += 1
    return found[:m]


@njit(cache=True)
def _move(heap: Any, n: int, value: float, to: float) -> None:
    """Change a number of a heap of n, if it is there."""
    for i in range(n):
        if heap[i] == value:
            heap[i] = to
            while i > 0 and heap[(i - 1) >> 1] > heap[i]:
                heap[i], heap[(i - 1) >> 1] = heap[(i - 1) >> 1], heap[i]
                i = (i - 1) >> 1
            while True:
                child = 2 * i + 1
                if child + 1 < n and heap[child + 1] < heap[child]:
                    child += 1
                if child >= n or heap[child] >= heap[i]:
                    return
                heap[i], heap[child] = heap[child], heap[i]
                i = child


@njit(cache=True)
def _ends_at(n: Any, slot: int, end: float, party: Any, result: Any, done: Any, held: Any, free_at: Any) -> None:
    """Let a call end at another instant than had been foreseen."""
    if result[slot] != CALLED_BACK:
        _move(held, n[HELD], done[slot], end)
    done[slot] = end
    free_at[party[slot]] = end


@njit(cache=True)
def _part(
    n: Any, staff: Any, party: Any, code: Any, redial: Any, traits: Any, result: Any, answered: Any, done: Any,
    held: Any, free_at: Any, cut: Any, leave: int, after_abandon: float,
) -> None:  # fmt: skip
    """Apply the next change of staffing where agents do not finish their calls; see `queue._part`."""
    agents, steps_at, steps = staff
    handed, since = np.empty(n[SLOTS], np.int64), np.empty(n[SLOTS])
    left, was = np.empty(n[SLOTS]), np.empty(n[SLOTS], np.int64)
    first = last = 0
    while True:
        at, number = steps_at[n[OWN_STEP]], steps[n[OWN_STEP]]
        in_hand = _in_hand(n, at, party, code, traits, result, answered, done)
        if number >= n[OWN] or len(in_hand) <= number:
            _restaff(n, OWN, OWN_STEP, staff)
        else:
            n[OWN_STEP] += 1
            n[OWN] = number
            agents[:number] = np.sort(done[in_hand[:number]])
            for slot in in_hand[number:]:
                if leave == HAND_OVER and number > 0:
                    handed[last], since[last], left[last], was[last] = slot, at, done[slot] - at, result[slot]
                    result[slot] = WAITING
                    last += 1
                else:
                    _ends_at(n, slot, at, party, result, done, held, free_at)
                    result[slot] = CUT_OFF
                    if redial[slot] < after_abandon:
                        cut[n[CUT]] = slot
                        n[CUT] += 1
        change = steps_at[n[OWN_STEP]]
        while first < last and n[OWN] > 0 and not max(agents[0], at) >= change:
            slot = handed[first]
            result[slot] = was[first]
            end = max(agents[0], at) + left[first]
            _replace(agents, n[OWN], end)
            _ends_at(n, slot, end, party, result, done, held, free_at)
            first += 1
        if first == last:
            return
        if not change < np.inf:
            for i in range(first, last):
                slot = handed[i]
                result[slot] = was[i]
                _ends_at(n, slot, since[i], party, result, done, held, free_at)
                result[slot] = CUT_OFF
                if redial[slot] < after_abandon:
                    cut[n[CUT]] = slot
                    n[CUT] += 1
            return


@njit(cache=True)
def serve(
    n: Any, at: Any, party: Any, code: Any, until: Any, service: Any, patience: Any, redial: Any, delay: Any,
    traits: Any, result: Any, answered: Any, done: Any, redial_of: Any, soon_at: Any, soon: Any, later_at: Any, later: Any,
    cut: Any, again: Any, n_drawn: int, own: Any, reserved: Any, second: Any, held: Any, free_at: Any, to: float,
    lines: float, voice_min: float, after_abandon: float, after_busy: float, leave: int,
    relieved_after: float, voice_after: float, second_after: float, back_after: float,
) -> int:  # fmt: skip
    """Let calls happen until the slice is over or something is missing; arguments as in `compiled`."""
    n_given = len(again)
    while True:
        if n[SLOTS] == len(at):
            return NEEDS_ROOM
        if n[CUT] > 0:
            n[CUT] -= 1
            slot = cut[n[CUT]]
            then = done[slot] + delay[slot]
        else:
            if leave != FINISH:
                leaves_at = own[1][n[OWN_STEP]]
                if (
                    leaves_at < to
                    and (n[GIVEN] == n_given or leaves_at <= at[n[GIVEN]])
                    and (n[SOON] == 0 or leaves_at <= soon_at[0])
                ):
                    _part(
                        n,
                        own,
                        party,
                        code,
                        redial,
                        traits,
                        result,
                        answered,
                        done,
                        held,
                        free_at,
                        cut,
                        leave,
                        after_abandon,
                    )
                    continue
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
                    if leave == FINISH:
                        start = _first_free(n, OWN, OWN_STEP, own, join)
                    else:
                        start = np.inf if n[OWN] == 0 else max(own[0][0], join)
                        while start >= own[1][n[OWN_STEP]]:
                            _part(
                                n,
                                own,
                                party,
                                code,
                                redial,
                                traits,
                                result,
                                answered,
                                done,
                                held,
                                free_at,
                                cut,
                                leave,
                                after_abandon,
                            )
                            start = np.inf if n[OWN] == 0 else max(own[0][0], join)
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
                        if site != OWN:
                            traits[slot] |= ELSEWHERE
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
        child = redial_of[slot]
        if child < 0:
            child = n[SLOTS]
            n[SLOTS] += 1
            party[child], code[child], until[child] = party[slot], code[slot] + 1, until[slot]
            result[child], answered[child], done[child], redial_of[child] = -1, np.nan, np.nan, -1
        at[child] = then
        _push_redial(soon_at, soon, n[SOON], then, child)
        n[SOON] += 1
