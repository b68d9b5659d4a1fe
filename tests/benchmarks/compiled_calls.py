"""The compiled reference, part one: who phones when, and the desk, one call after the other.

The same draws by the same keys as `sim.hotline`, made inside; a call costs a place in a binary heap.
"""

from __future__ import annotations

import ctypes
import math
from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numba.extending import get_cython_function_address

from sim import rng
from sim.damage import Drawn
from sim.hotline.batch import ABANDONED, BUSY, SERVED, VOICE, WAITING
from sim.hotline.callers import FIRST, FOLLOWUP, NIGHT_END_MIN, REDIAL
from sim.hotline.staffing import staffing
from sim.scenario.instants import local_minute_of_day
from sim.units import MIN_PER_DAY, MIN_PER_H

_ndtri = ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_double)(
    get_cython_function_address("scipy.special.cython_special", "ndtri")
)
_PURPOSES = ("caller.number", "caller.first", "caller.again", "caller.call")
_NUMBER, _FIRST, _AGAIN, _CALL = range(len(_PURPOSES))
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX1, _MIX2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)

# Places in `Line.n`: how full the tables are.
N_EPISODES, N_ROWS, N_HEAP, N_CALLS, N_HEARD, N_LINES, N_AGENTS, STEP = range(8)


class Line(NamedTuple):
    """Parameters, tables and heaps of the hotline; tables have room to spare, `n` says how full they are."""

    low: Any
    high: Any
    n: Any
    p: Any
    customers: Any
    staff_at: Any
    staff: Any
    n_callers: Any  # by section, -1 before it was drawn
    n_dark: Any  # by section
    current: Any  # by section: its latest episode
    episode_section: Any
    episode_index: Any
    dark_at: Any
    end_at: Any
    person: Any  # by row, a caller in an episode
    row_episode: Any
    first_at: Any
    nth: Any
    mass: Any
    free_at: Any
    heap_at: Any
    heap_row: Any
    heap_code: Any
    agents: Any
    lines: Any
    call_at: Any
    call_row: Any
    call_code: Any
    call_result: Any
    call_left: Any
    heard_at: Any
    heard_row: Any


# Places in `Line.p`.
(SHARE, FIRST_MEAN, CLOCK0, PACE, FADE, TOTAL, FASTEST, MEAN, SD, PATIENCE, DELAY, CONTAINED, TRUNKS, VOICE_MIN,
 AFTER_ABANDON, AFTER_BUSY) = range(16)  # fmt: skip


def line_of(drawn: Drawn, room: int) -> Line:
    """Return the hotline of a scenario before anything has happened, with room for so many calls."""
    settings, n = drawn.scenario, drawn.network.n_sections
    who, desk = settings.customers, settings.hotline
    keys = [rng.key(drawn.seed, drawn.replication, purpose) for purpose in _PURPOSES]
    fastest = max(1.0, who.followup_with_etr, who.followup_after_missed)
    fade = MIN_PER_H * who.followup_half_life_h / math.log(2.0)
    spread = math.log1p(desk.handling_cv**2)
    p = np.empty(16)
    p[SHARE] = min(1.0, who.caller_fraction * drawn.factors.burst)
    p[FIRST_MEAN] = who.first_call_half_time_min / math.log(2.0)
    p[CLOCK0], p[PACE] = float(local_minute_of_day(0.0, settings)), who.night_awareness
    p[FADE], p[TOTAL], p[FASTEST] = fade, who.followup_per_h / MIN_PER_H * fastest * fade, fastest
    p[MEAN], p[SD] = math.log(desk.handling_s / 60.0) - spread / 2.0, math.sqrt(spread)
    p[PATIENCE], p[DELAY], p[CONTAINED] = desk.patience_s / 60.0, desk.redial_delay_min, desk.containment_fraction
    p[TRUNKS], p[VOICE_MIN] = desk.trunks, desk.voice_s / 60.0
    p[AFTER_ABANDON], p[AFTER_BUSY] = desk.redial_after_abandon, desk.redial_after_busy
    since, agents = staffing(settings)
    low = np.array([key & 0xFFFFFFFFFFFFFFFF for key in keys], np.uint64)
    high = np.array([key >> 64 for key in keys], np.uint64)

    def ints(size: int) -> Any:
        return np.empty(size, np.int64)

    return Line(
        low, high, np.zeros(8, np.int64), p, drawn.network.customers, np.append(since, np.nan), np.append(agents, 0),
        np.full(n, -1), np.zeros(n, np.int64), np.full(n, -1), ints(room), ints(room), np.empty(room), np.empty(room),
        ints(room), ints(room), np.empty(room), ints(room), np.empty(room), np.empty(room), np.empty(room), ints(room),
        ints(room), np.empty(100_000), np.empty(room), np.empty(room), ints(room), ints(room), ints(room),
        np.empty(room), np.empty(room), ints(room),
    )  # fmt: skip


@njit(cache=False, inline="always")
def _mix(x):
    x = (x ^ (x >> np.uint64(30))) * _MIX1
    x = (x ^ (x >> np.uint64(27))) * _MIX2
    return x ^ (x >> np.uint64(31))


@njit
def _uniform(line, purpose, n_ids, a, b, c):
    state, high = line.low[purpose], line.high[purpose]
    state = _mix(state ^ _mix(np.uint64(a) * _GOLDEN + high + _GOLDEN))
    if n_ids > 1:
        state = _mix(state ^ _mix(np.uint64(b) * _GOLDEN + high + np.uint64(3) * _GOLDEN))
    if n_ids > 2:
        state = _mix(state ^ _mix(np.uint64(c) * _GOLDEN + high + np.uint64(5) * _GOLDEN))
    return (np.float64(_mix(state + _GOLDEN) >> np.uint64(11)) + 0.5) * 2.0**-53


@njit
def _aware(line, at):
    night = NIGHT_END_MIN * line.p[PACE]
    day = night + MIN_PER_DAY - NIGHT_END_MIN
    local = at + line.p[CLOCK0]
    days = math.floor(local / MIN_PER_DAY)
    minute = local - MIN_PER_DAY * days
    return days * day + (minute * line.p[PACE] if minute < NIGHT_END_MIN else minute - NIGHT_END_MIN + night)


@njit
def _instant(line, reading):
    night = NIGHT_END_MIN * line.p[PACE]
    day = night + MIN_PER_DAY - NIGHT_END_MIN
    days = math.floor(reading / day)
    rest = reading - days * day
    minute = rest / line.p[PACE] if rest < night else rest - night + NIGHT_END_MIN
    return days * MIN_PER_DAY + minute - line.p[CLOCK0]


@njit
def _count(line, section):
    if line.n_callers[section] < 0:
        level, trials, p = _uniform(line, _NUMBER, 1, section, 0, 0), line.customers[section], line.p[SHARE]
        mass = math.exp(trials * math.log1p(-p))
        reached, k = mass, 0
        while reached < level and k < trials:
            mass *= (trials - k) / (k + 1.0) * (p / (1.0 - p))
            reached += mass
            k += 1
            if mass <= 1e-18 * reached:
                break
        line.n_callers[section] = k
    return line.n_callers[section]


@njit
def push_call(line, at, row, code):
    """Put a call on the heap of calls to come."""
    i = line.n[N_HEAP]
    line.n[N_HEAP] += 1
    while i > 0:
        up = (i - 1) >> 1
        if line.heap_at[up] <= at:
            break
        line.heap_at[i], line.heap_row[i], line.heap_code[i] = line.heap_at[up], line.heap_row[up], line.heap_code[up]
        i = up
    line.heap_at[i], line.heap_row[i], line.heap_code[i] = at, row, code


@njit
def _drop_first_call(line):
    n = line.n[N_HEAP] - 1
    line.n[N_HEAP] = n
    at, row, code = line.heap_at[n], line.heap_row[n], line.heap_code[n]
    i = 0
    while True:
        child = 2 * i + 1
        if child >= n:
            break
        if child + 1 < n and line.heap_at[child + 1] < line.heap_at[child]:
            child += 1
        if line.heap_at[child] >= at:
            break
        line.heap_at[i], line.heap_row[i] = line.heap_at[child], line.heap_row[child]
        line.heap_code[i] = line.heap_code[child]
        i = child
    line.heap_at[i], line.heap_row[i], line.heap_code[i] = at, row, code


@njit
def push(heap, n, value):
    """Put a number on a binary heap of n."""
    i = n
    while i > 0 and heap[(i - 1) >> 1] > value:
        heap[i] = heap[(i - 1) >> 1]
        i = (i - 1) >> 1
    heap[i] = value


@njit
def sift(heap, n, value):
    """Replace the least of a binary heap of n by a number."""
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


@njit
def _next_point(line, row):
    """Put the next further call of a person on the heap, unless there is none."""
    episode = line.row_episode[row]
    while True:
        line.nth[row] += 1
        code = (line.episode_index[episode] << 40) | (line.nth[row] << 20)
        line.mass[row] += -math.log(_uniform(line, _AGAIN, 2, line.person[row], code, 0))
        spent = line.mass[row] / line.p[TOTAL]
        if spent >= 1.0:
            return
        at = line.dark_at[episode] - line.p[FADE] * math.log1p(-spent)
        if at > line.first_at[row]:
            push_call(line, at, row, code)
            return


@njit
def section_went_dark(line, section, at):
    """Open an episode, and let its callers know when to phone."""
    episode, index = line.n[N_EPISODES], line.n_dark[section]
    line.n[N_EPISODES] += 1
    line.n_dark[section] += 1
    line.current[section] = episode
    line.episode_section[episode], line.episode_index[episode] = section, index
    line.dark_at[episode], line.end_at[episode] = at, np.inf
    aware = _aware(line, at)
    for number in range(_count(line, section)):
        person = (section << 32) | number
        delay = line.p[FIRST_MEAN] * -math.log(_uniform(line, _FIRST, 2, person, index, 0))
        row = line.n[N_ROWS]
        line.n[N_ROWS] += 1
        line.person[row], line.row_episode[row], line.nth[row], line.mass[row] = person, episode, 0, 0.0
        line.first_at[row], line.free_at[row] = _instant(line, aware + delay), np.inf
        push_call(line, line.first_at[row], row, index << 40)


@njit
def _restaff(line):
    at, number = line.staff_at[line.n[STEP]], line.staff[line.n[STEP]]
    line.n[STEP] += 1
    while line.n[N_AGENTS] < number:
        push(line.agents, line.n[N_AGENTS], at)
        line.n[N_AGENTS] += 1
    while line.n[N_AGENTS] > number:
        line.n[N_AGENTS] -= 1
        sift(line.agents, line.n[N_AGENTS], line.agents[line.n[N_AGENTS]])


@njit
def serve_until(line, to):
    """Let all calls before `to` happen."""
    p, n = line.p, line.n
    while n[N_HEAP] and line.heap_at[0] < to:
        at, row, code = line.heap_at[0], line.heap_row[0], line.heap_code[0]
        _drop_first_call(line)
        episode = line.row_episode[row]
        nth, attempt = (code >> 20) & 0xFFFFF, code & 0xFFFFF
        if at >= line.end_at[episode]:
            continue
        if attempt == 0:
            if p[TOTAL] > 0.0:
                _next_point(line, row)
            if nth > 0 and (
                _uniform(line, _CALL, 3, line.person[row], code, 4) * p[FASTEST] >= 1.0 or line.free_at[row] > at
            ):
                continue
        _serve(line, at, row, code)


@njit
def _serve(line, at, row, code):
    p, n, person = line.p, line.n, line.person[row]
    while n[N_LINES] and line.lines[0] <= at:
        n[N_LINES] -= 1
        sift(line.lines, n[N_LINES], line.lines[n[N_LINES]])
    again, result, answered = 1.0, BUSY, np.nan
    done = at
    if n[N_LINES] >= p[TRUNKS]:
        again = p[AFTER_BUSY]
    else:
        join = at + p[VOICE_MIN]
        if _uniform(line, _CALL, 3, person, code, 5) < p[CONTAINED]:
            result, done = VOICE, join
        else:
            start = max(line.agents[0], join)
            while start >= line.staff_at[n[STEP]]:
                _restaff(line)
                start = max(line.agents[0], join)
            done = join - p[PATIENCE] * math.log(_uniform(line, _CALL, 3, person, code, 1))
            if start <= done:
                done = start + math.exp(p[MEAN] + p[SD] * _ndtri(_uniform(line, _CALL, 3, person, code, 0)))
                sift(line.agents, n[N_AGENTS], done)
                result, answered = SERVED, start
            else:
                result, again = ABANDONED, p[AFTER_ABANDON]
        push(line.lines, n[N_LINES], done)
        n[N_LINES] += 1
    i = n[N_CALLS]
    n[N_CALLS] += 1
    line.call_at[i], line.call_row[i], line.call_code[i], line.call_result[i] = at, row, code, result
    line.call_left[i] = answered if result == SERVED else done
    if result in (VOICE, SERVED):
        line.heard_at[n[N_HEARD]], line.heard_row[n[N_HEARD]] = line.call_left[i], row
        n[N_HEARD] += 1
    line.free_at[row] = done
    if result in (BUSY, ABANDONED) and _uniform(line, _CALL, 3, person, code, 2) < again:
        line.free_at[row] = np.inf
        push_call(line, done - p[DELAY] * math.log(_uniform(line, _CALL, 3, person, code, 3)), row, code + 1)


@njit
def heard_until(line, to):
    """Return rows of the calls that got through before `to`, in order of time and person, and when; forget them."""
    due = np.flatnonzero(line.heard_at[: line.n[N_HEARD]] < to)
    at, row = line.heard_at[due], line.heard_row[due]
    kept = 0
    for i in range(line.n[N_HEARD]):
        if line.heard_at[i] >= to:
            line.heard_at[kept], line.heard_row[kept] = line.heard_at[i], line.heard_row[i]
            kept += 1
    line.n[N_HEARD] = kept
    order = np.argsort(at)
    at, row = at[order], row[order]
    for i in range(1, len(at)):  # equal instants by person
        j = i
        while j > 0 and at[j - 1] == at[j] and line.person[row[j - 1]] > line.person[row[j]]:
            row[j - 1], row[j] = row[j], row[j - 1]
            j -= 1
    return at, row


def calls_of(line: Line, horizon: float) -> dict[str, Any]:
    """Return columns at, section, caller, kind and result of all calls, by time."""
    n = line.n[N_CALLS]
    person, code = line.person[line.call_row[:n]], line.call_code[:n]
    nth, attempt = (code >> 20) & 0xFFFFF, code & 0xFFFFF
    kind = np.where(attempt > 0, REDIAL, np.where(nth > 0, FOLLOWUP, FIRST))
    result = np.where(line.call_left[:n] >= horizon, WAITING, line.call_result[:n])
    section, caller = person >> 32, person & 0xFFFFFFFF
    return {"at": line.call_at[:n], "section": section, "caller": caller, "kind": kind, "result": result}
