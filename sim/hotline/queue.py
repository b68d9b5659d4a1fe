"""The desk: first come first served on the agents' next-free times, with limited lines, patience and redial.

Because calls join the queue in the order in which they arrive, the fate of a call is known the moment it
arrives: it is answered when the earliest agent is free, or gives up before. Nothing but comparing and adding
drawn numbers happens here, so results do not depend on how the arrivals are cut into slices, nor on whether the
loop over the calls is compiled.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from functools import partial
from heapq import heappop, heappush, heapreplace
from math import inf, nan
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.hotline import compiled
from sim.hotline.batch import (
    ABANDONED,
    BUSY,
    CALLED_BACK,
    CUT_OFF,
    DROPPED,
    FINISH,
    HAND_OVER,
    LAID_OUT,
    NOT_MADE,
    NOTHING,
    SECOND_SITE,
    SERVED,
    VOICE,
    WAITING,
    Batch,
    Draws,
    Fates,
    FloatArray,
    Given,
    IntArray,
    Rules,
    Run,
    held_on,
    told_apart,
)  # fmt: skip
from sim.hotline.occupied import Agents, Occupied
from sim.hotline.relief import ACCEPTS, ELSEWHERE, FIRST, NO_RELIEF, SETTLED, Relief, Thresholds

# These change only the speed.
_WORTH_FORESEEING = 0.15  # redials are many when they are more than this share of the calls
_WORTH_PARTING = 100  # calls from which it pays to keep those settled by the voice system out of the loop
_WORTH_COMPILED = 200  # calls from which it pays to hand them to the compiled loop


class Served(NamedTuple):
    """What a slice leaves: the fates of the calls made, (n,), by time, and the redials to come after it.

    `later_at` are their instants, (m,), `later_keys` rows (party, code), (2, m). `amended`: calls of earlier slices whose
    fate is another than was said, because agents have left.
    """

    fates: Fates
    later_at: FloatArray
    later_keys: IntArray
    amended: Fates


class Desk:
    """Agents and lines, advanced in slices.

    Parameters
    ----------
    draws : draws for calls and redials.
    staffing_at, staffing : from `staffing_at[i]` on there are `staffing[i]` agents; ascending minutes.
        When the number falls, idle agents leave first, then as `leave` says; new ones sit down at once.
    lines : calls held at once, voice system, queue and agents together; None: no limit.
    voice_min : time in the voice system, the same for every call.
    after_abandon, after_busy : chances to redial.
    relief : what helps when calls would wait long.
    leave : what becomes of calls in hand when agents leave, an index into batch.LEAVE.
    """

    def __init__(
        self,
        draws: Draws,
        staffing_at: Sequence[float],
        staffing: Sequence[int],
        lines: int | None = None,
        voice_min: float = 0.0,
        after_abandon: float = 0.0,
        after_busy: float = 0.0,
        relief: Relief = NO_RELIEF,
        leave: int = FINISH,
    ) -> None:
        if lines is not None and lines < 1:
            raise ValueError(f"a desk has at least one line, not {lines}")
        self._draws = draws
        self._rules = Rules(
            inf if lines is None else lines, voice_min, after_abandon, after_busy, leave, relief.thresholds
        )
        self._state = Occupied(staffing_at, staffing, relief)
        # how the slice before went, which says how the next one is served soonest; see `serve`
        self._was_full = self._have_redialled = self._have_waited = False

    def copy(self, draws: Draws) -> Desk:
        """Return the desk in the same state, to go on by itself with draws of its own."""
        other = object.__new__(Desk)
        other.__dict__.update(self.__dict__, _draws=draws, _state=self._state.copy())
        return other

    def set_lines(self, lines: int) -> None:
        """Let so many lines work from now on; calls that are held stay on."""
        self._rules = self._rules._replace(lines=lines)
        self._state.n_lines = len(self._state.leaving) + len(self._state.lately)  # others counted so far have ended
        self._was_full = True  # most calls may fail from now on

    def call_in(self, n: int, from_at: float, until: float) -> None:
        """Let n more agents sit at the desk from an instant on until another."""
        self._state.own.call_in(n, from_at, until)

    def add_parties(self, n: int, free_at: float) -> None:
        """Let n more parties call, who are free from an instant on: inf, not before their first call has ended."""
        self._state.free_at.extend(array("d", [free_at]) * n)

    def set_free(self, party: IntArray, at: FloatArray) -> None:
        """Say that parties (n,) are free for calls from instants on, (n,), without having called."""
        np.frombuffer(self._state.free_at)[party] = at

    def parts_before(self, to: float) -> bool:
        """Say whether agents who do not finish their calls leave, or others come, before `to`."""
        own = self._state.own
        return self._rules.leave != FINISH and own.steps[own.step][0] < to

    def serve(self, given: Given, to: float) -> Served:
        """Serve the calls of a slice that ends at `to`, and those of their redials that fall before it."""
        if self._rules.leave == FINISH and not self._was_full and not self._have_redialled:
            served = None if self._have_waited else self._serve_at_once(given, to)
            if served is None and len(given.at) > _WORTH_PARTING:
                served = self._serve_parted(given, to)
            if served is not None:
                return served
        run = self._run(given, to, self._rules)
        self._was_full = bool((run.fates.result == BUSY).any())
        self._have_waited = self._was_full or _does_anybody_wait(run.fates, self._rules.voice_min)
        self._have_redialled = _do_many_redial(run.n_redials, len(given.at))
        return Served(run.fates.made(), run.later_at, run.later_keys, run.amended)

    def _run(self, given: Given, to: float, rules: Rules) -> Run:
        """Let the calls happen; where some have failed in the slice before, most will fail, and their redials are drawn ahead."""
        if len(given.at) >= _WORTH_COMPILED and compiled.is_there():
            chance = max(rules.after_busy, rules.after_abandon) if self._was_full or self._have_redialled else 0.0
            return compiled.run(self._state, given, self._draws, chance, to, rules)
        batch = Batch(given, self._draws, self._state.in_hand)
        if self._was_full:
            alone = ~given.again & _calls_once(given.party, len(self._state.free_at))
            batch.lay_out(alone, rules.after_busy, to)
        return _loop(self._state, batch, to, rules)

    # -- with some or all calls kept out of the loop -----------------------------------------------------------

    def _serve_at_once(self, given: Given, to: float) -> Served | None:
        """Serve as if there were an agent for everybody who asks for one; None, and nothing has happened, when there is not.

        Agents are then taken in the order in which they become free, and each call takes the first one left.
        """
        at, party, state, own = given.at, given.party, self._state, self._state.own
        free_at, service = np.frombuffer(state.free_at), self._draws.serving(party, given.code)
        join = at + self._rules.voice_min
        by_voice = service < 0.0
        done = np.where(by_voice, join, join + service)
        is_made = ~(given.again & (free_at[party] > at))
        order = party.argsort(kind="stable")
        again = (party[order[1:]] == party[order[:-1]]).nonzero()[0]
        if len(again):
            before, after = order[again], order[again + 1]
            is_made[after] = ~(given.again[after] & (done[before] > at[after]))
            if not is_made[before].all():
                return None
        asks = (is_made & ~by_voice).nonzero()[0]
        n, start = len(asks), join[asks]
        free = np.sort(np.concatenate([own.free_at, done[asks]]))
        if (free[:n] >= start).any() or (n and start[-1] >= own.steps[own.step][0]):
            return None
        result, answered = np.where(by_voice, np.int8(VOICE), np.int8(SERVED)), np.where(by_voice, nan, join)
        fates = Fates(at, party, given.code, np.where(is_made, result, np.int8(NOT_MADE)), answered, done).made()
        if not self._lines_suffice(fates, state.n_lines, len(state.lately), fates.done, to):
            return None
        own.free_at = free[n:].tolist()
        free_at[fates.party] = fates.done
        return Served(fates, np.empty(0), np.empty((2, 0), np.int64), NOTHING)

    def _serve_parted(self, given: Given, to: float) -> Served | None:
        """Serve as if lines were without limit; None, and nothing has happened, when they are not enough.

        A call that the voice system settles then touches nothing but a line, so that only the others need the
        loop, and with them all calls of parties who call twice in the slice.
        """
        at, party, state = given.at, given.party, self._state
        free_at = np.frombuffer(state.free_at)
        alone = self._draws.contained(party, given.code) & _calls_once(party, len(free_at))
        voice = np.flatnonzero(alone & ~(given.again & (free_at[party] > at)))
        rest = np.flatnonzero(~alone)
        agents = state.own.copy(), state.reserved.copy(), state.second.copy()
        free_before, n_lines, n_lately = free_at[party], state.n_lines, len(state.lately)

        run = self._run(given.part(rest), to, self._rules._replace(lines=inf))
        self._have_waited = _does_anybody_wait(run.fates, self._rules.voice_min)
        voice_done = at[voice] + self._rules.voice_min
        fates = _together(given, voice, voice_done, rest, run.fates)
        if not self._lines_suffice(fates, n_lines, n_lately, voice_done, to):
            free_at[party], state.n_lines = free_before, n_lines
            state.own, state.reserved, state.second = agents
            del state.lately[n_lately:]
            return None
        free_at[party[voice]] = voice_done
        self._have_redialled = _do_many_redial(run.n_redials, len(at))
        return Served(fates, run.later_at, run.later_keys, NOTHING)

    def _lines_suffice(self, fates: Fates, n_lines: int, n_lately: int, voice_done: FloatArray, to: float) -> bool:
        """Say whether no call found all lines in use; if so, take note of the lines in use now.

        At most `n_lines` were in use before the slice; `n_lately` of the calls noted lately are from before it.
        """
        n, state = len(fates.at), self._state
        if n_lines + n < self._rules.lines:
            state.n_lines = n_lines + n
            state.lately.extend(voice_done[voice_done > to].tolist())
            return True
        earlier = np.array(state.leaving + state.lately[:n_lately])
        ends = np.sort(np.concatenate([earlier, fates.hung_up(self._rules.voice_min)]))
        # calls that end at the instant of an arrival count as in use, which can only err on the safe side
        in_use = len(earlier) + np.arange(n) - np.searchsorted(ends, np.sort(fates.at))
        if in_use.max(initial=0) >= self._rules.lines:
            return False
        state.leaving[:] = ends[ends > to].tolist()
        state.lately.clear()
        state.n_lines = len(state.leaving)
        return True


def _loop(state: Occupied, batch: Batch, to: float, rules: Rules) -> Run:
    """Let the calls of a batch happen, one after the other; the reference for `compiled.run`.

    Attempts laid out for which no line is free are passed over: the batch settles them at the end.
    """
    at, line, busy_at, course, redial_of = batch.at, batch.line, batch.busy_at, batch.course, batch.redial_of
    party, until = batch.party, batch.until
    service, patience, redial, delay = batch.service, batch.patience, batch.redial, batch.delay
    result, answered, done = batch.result, batch.answered, batch.done
    traits, own, leaving, lately, free_at = batch.traits, state.own, state.leaving, state.lately, state.free_at
    lines, voice, after_abandon, after_busy, leave, relieved = rules
    agents, relieved_after = own.free_at, relieved.any
    n_given, n_drawn, n_lines = batch.n_given, batch.n_drawn, state.n_lines
    change = own.steps[own.step][0]
    leaves_at = change if leave != FINISH else nan
    cut_off: list[int] = []  # slots of calls cut off, whose callers dial again
    soon: list[tuple[float, int]] = []
    later_at: list[float] = []
    later_of: list[int] = []
    hold: Callable[[float], object]
    instead_of_the_first = partial(heapreplace, leaving)  # for when that line has become free
    i, upcoming, next_soon = 0, at[0], inf
    while True:
        if cut_off:
            slot = cut_off.pop()
            then = done[slot] + delay[slot]
        else:
            if leaves_at < to and leaves_at <= upcoming and leaves_at <= next_soon:
                change = leaves_at = _part(state, batch, rules, cut_off)
                continue
            if next_soon < upcoming:
                now, slot = heappop(soon)
                next_soon = soon[0][0] if soon else inf
                if slot >= n_drawn:
                    n_drawn = batch.fill()
            elif upcoming < inf:
                now, slot = upcoming, line[i]
                i += 1
                upcoming = at[i]
                if course[slot] > LAID_OUT and (course[slot] == DROPPED or free_at[party[slot]] > now):
                    continue
            else:
                break
            if n_lines >= lines and (lately or n_lines > lines):
                n_lines = state.held(now)
            if n_lines >= lines and leaving[0] > now:
                if course[slot] == LAID_OUT:
                    continue
                result[slot] = BUSY
                done[slot] = now
                if redial[slot] >= after_busy:
                    free_at[party[slot]] = now
                    continue
                then = now + delay[slot]
            else:
                if n_lines < lines:
                    n_lines += 1
                    hold = lately.append
                else:
                    hold = instead_of_the_first
                if course[slot] == LAID_OUT:
                    further = redial_of[slot]
                    while further >= 0:
                        course[further] = DROPPED
                        further = redial_of[further]
                join, length = now + voice, service[slot]
                goes_on = False
                if length < 0.0:
                    fate, end = VOICE, join
                else:
                    start = agents[0]
                    if start < join:
                        start = join
                    while start >= change:
                        if leave == FINISH:
                            change = own.restaff()
                        else:
                            change = leaves_at = _part(state, batch, rules, cut_off)
                        start = agents[0]
                        if start < join:
                            start = join
                    fate, others, end = SERVED, own, join + patience[slot]
                    if start - join > relieved_after:
                        fate, others, start = _relieved(state, relieved, traits[slot], join, start)
                    if fate == VOICE:
                        end = join
                    elif start <= end or fate == CALLED_BACK:
                        answered[slot] = start
                        end = start + length
                        heapreplace(others.free_at, end)
                        if others is not own:
                            traits[slot] |= ELSEWHERE
                    else:
                        fate = ABANDONED
                        goes_on = redial[slot] < after_abandon
                result[slot] = fate
                done[slot] = end
                hold(join if fate == CALLED_BACK else end)
                if n_lines >= lines and not lately:  # what is laid out fails until a line is free
                    line_free_at = leaving[0]
                    if leaves_at < line_free_at:
                        line_free_at = leaves_at
                    while busy_at[i] < line_free_at:
                        i += 1
                    upcoming = at[i]
                if not goes_on:
                    free_at[party[slot]] = end
                    continue
                then = end + delay[slot]
        free_at[party[slot]] = inf
        if then >= until[slot]:
            continue
        if then >= to:
            later_at.append(then)
            later_of.append(slot)
            continue
        child = redial_of[slot]
        if child >= 0:
            batch.redialled_at[child - n_given] = then
        else:
            child = batch.spawn(slot, then)
        heappush(soon, (then, child))
        if then < next_soon:
            next_soon = then
    state.n_lines = n_lines
    busy_then, busy_of = batch.settle(after_busy, np.frombuffer(free_at))
    later, of = np.concatenate([np.array(later_at), busy_then]), np.array(later_of + busy_of, np.int64)
    fates = batch.fates()
    keys = np.stack([fates.party[of], fates.code[of] + 1])
    if leave != FINISH:
        state.in_hand = held_on(fates, np.array(traits, np.int8) & ELSEWHERE == 0, to)
    own_fates, amended = told_apart(fates, n_given, batch.carried)
    n_redials = int((own_fates.result[n_given:] >= 0).sum())
    return Run(own_fates, later, keys, n_redials, amended)


def _part(state: Occupied, batch: Batch, rules: Rules, cut_off: list[int]) -> float:
    """Apply the next change of staffing where agents do not finish their calls; return the instant of the one after it.

    Those whose calls began last leave first. Calls handed over are taken up before any other, so further changes are
    applied as long as one of them waits for an agent. Slots of calls cut off whose callers dial again are added to
    `cut_off`.
    """
    own, done, result = state.own, batch.done, batch.result
    handed: list[tuple[int, float, float, int]] = []  # slot, instant and minutes left, result
    while True:
        at, number = own.steps[own.step]
        in_hand = batch.in_hand(at) if number < own.n else []
        if len(in_hand) <= number:
            own.restaff()
        else:
            own.part([done[slot] for slot in in_hand[:number]])
            for slot in in_hand[number:]:
                if rules.leave == HAND_OVER and number:
                    handed.append((slot, at, done[slot] - at, result[slot]))
                    result[slot] = WAITING
                else:
                    _cut_off(state, batch, rules, slot, at, cut_off)
        change = own.steps[own.step][0]
        while handed and own.n and not max(own.free_at[0], at) >= change:
            slot, _, left, result[slot] = handed.pop(0)
            end = max(own.free_at[0], at) + left
            heapreplace(own.free_at, end)
            _ends_at(state, batch, slot, end)
        if not handed:
            return change
        if not change < inf:  # nobody comes any more
            for slot, since, _, result[slot] in handed:
                _cut_off(state, batch, rules, slot, since, cut_off)
            return change


def _cut_off(state: Occupied, batch: Batch, rules: Rules, slot: int, at: float, cut_off: list[int]) -> None:
    _ends_at(state, batch, slot, at)
    batch.result[slot] = CUT_OFF
    if batch.redial[slot] < rules.after_abandon:
        cut_off.append(slot)


def _ends_at(state: Occupied, batch: Batch, slot: int, end: float) -> None:
    """Let a call end at another instant than had been foreseen."""
    if batch.result[slot] != CALLED_BACK:
        state.moves(batch.done[slot], end)
    batch.done[slot] = state.free_at[batch.party[slot]] = end


def _relieved(
    state: Occupied, relieved: Thresholds, traits: int, join: float, start: float
) -> tuple[int, Agents, float]:
    """Return how a call ends that would wait until `start` for the desk's own agents, whose it is, and when it starts.

    Ends by patience are not looked at: nobody gives up who starts in time.
    """
    wait = start - join
    if wait > relieved.voice and traits & SETTLED:
        return VOICE, state.own, join
    fate, agents = SERVED, state.own
    if traits & FIRST:
        sooner = state.reserved.first_free(join)
        if sooner < start:
            start, agents = sooner, state.reserved
    if wait > relieved.second:
        sooner = state.second.first_free(join + relieved.second)
        if sooner < start:
            start, agents, fate = sooner, state.second, SECOND_SITE
    if traits & ACCEPTS and start - join > relieved.back:
        fate = CALLED_BACK
    return fate, agents, start


def _do_many_redial(n_redials: int, n_given: int) -> bool:
    """Say whether so many calls were redials that in the next slice it pays to draw them ahead, in the loop."""
    return n_redials > _WORTH_FORESEEING * (n_given + n_redials)


def _does_anybody_wait(fates: Fates, voice_min: float) -> bool:
    """Say whether anybody has waited for an agent."""
    return bool(((fates.result == ABANDONED) | (fates.answered > fates.at + voice_min)).any())


def _calls_once(party: IntArray, n_parties: int) -> NDArray[np.bool_]:
    """Say which calls are their party's only one, (n,)."""
    place = np.arange(len(party))
    last = np.empty(n_parties, np.int64)
    last[party] = place
    is_earlier = last[party] != place
    once = np.ones(n_parties, bool)
    once[party[is_earlier]] = False
    return once[party]


def _together(given: Given, voice: IntArray, voice_done: FloatArray, rest: IntArray, others: Fates) -> Fates:
    """Return the fates of the calls made, those given and the redials of the others, by time."""
    n, m = len(given.at), len(rest)
    result, answered, done = np.full(n, NOT_MADE, np.int8), np.full(n, nan), np.full(n, nan)
    result[voice], done[voice] = VOICE, voice_done
    result[rest], answered[rest], done[rest] = others.result[:m], others.answered[:m], others.done[:m]
    if len(others.at) == m:
        return Fates(given.at, given.party, given.code, result, answered, done).made()
    return Fates(
        np.concatenate([given.at, others.at[m:]]),
        np.concatenate([given.party, others.party[m:]]),
        np.concatenate([given.code, others.code[m:]]),
        np.concatenate([result, others.result[m:]]),
        np.concatenate([answered, others.answered[m:]]),
        np.concatenate([done, others.done[m:]]),
    ).made()
