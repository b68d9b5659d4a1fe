"""The desk: first come first served on the agents' next-free times, with limited lines, patience and redial.

Because calls join the queue in the order in which they arrive, the fate of a call is known the moment it
arrives: it is answered when the earliest agent is free, or gives up before. Nothing but comparing and adding
drawn numbers happens here, so results do not depend on how the arrivals are cut into slices.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from heapq import heapify, heappop, heappush, heapreplace
from math import inf, nan

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

RESULTS = ("voice", "served", "abandoned", "busy", "waiting")
"""How a call ended: settled by the voice system, served by an agent, given up in the queue, no free line;
`waiting`: neither answered nor given up when the run ended."""
VOICE, SERVED, ABANDONED, BUSY, WAITING = range(5)
_NOT_MADE = -1
_WORTH_DRAWING = 0.15  # draw a redial ahead when this share of calls comes to it; changes only the speed
_MOST_LEVELS = 4

Draw = Callable[[IntArray, IntArray], tuple[FloatArray, FloatArray, FloatArray, FloatArray]]
"""(party, code) -> (service min, patience min, redial uniform, redial delay min), each (n,); a negative
service time means that the voice system settles the call. The code's lowest digits count the attempts."""


class Batch:
    """The calls of one slice as flat lists, one slot per attempt, in time order; redials append slots.

    Parameters
    ----------
    at : instants of the calls, minutes, ascending, (n,).
    party : who calls, (n,); indexes the desk's `free_at`.
    code : key of the call, (n,); the redial of a call has its code + 1.
    again : the call is not made while the party is still busy with an earlier one, (n,).
    until : power is back at; no redial from then on, (n,).
    draw : draws for calls and redials.
    levels : draw so many redials of every call now and together; costs less when most calls fail.
    """

    __slots__ = (
        "again", "answered", "at", "code", "delay", "done", "draw", "n_ahead", "n_drawn", "n_given",
        "n_redials", "party", "patience", "redial", "result", "service", "until",
    )  # fmt: skip

    def __init__(
        self,
        at: FloatArray,
        party: IntArray,
        code: IntArray,
        again: NDArray[np.bool_],
        until: FloatArray,
        draw: Draw,
        levels: int = 0,
    ) -> None:
        n, m = len(at), len(at) * (1 + levels)
        if levels:
            party = np.tile(party, 1 + levels)
            code = (code + np.arange(1 + levels)[:, None]).ravel()
        self.at: list[float] = at.tolist() + [inf] * (m - n)
        self.party: list[int] = party.tolist()
        self.code: list[int] = code.tolist()
        self.again: list[bool] = again.tolist()
        self.until: list[float] = until.tolist() * (1 + levels)
        self.service, self.patience, self.redial, self.delay = (column.tolist() for column in draw(party, code))
        self.result = array("b", [_NOT_MADE]) * m
        self.answered = array("d", [nan]) * m
        self.done = array("d", [nan]) * m
        self.draw = draw
        self.n_given, self.n_ahead, self.n_drawn = n, m - n, m
        self.n_redials = 0

    def spawn(self, slot: int, at: float) -> int:
        """Append the redial of the call in `slot`, still without draws, and return its slot."""
        self.at.append(at)
        self.party.append(self.party[slot])
        self.code.append(self.code[slot] + 1)
        self.until.append(self.until[slot])
        self.result.append(_NOT_MADE)
        self.answered.append(nan)
        self.done.append(nan)
        return len(self.at) - 1

    def fill(self) -> None:
        """Draw for all slots that lack draws."""
        first = self.n_drawn
        drawn = self.draw(np.array(self.party[first:]), np.array(self.code[first:]))
        for column, values in zip((self.service, self.patience, self.redial, self.delay), drawn, strict=True):
            column.extend(values.tolist())
        self.n_drawn = len(self.at)

    def made(self) -> tuple[FloatArray, IntArray, IntArray, IntArray, FloatArray, FloatArray]:
        """Return (at, party, code, result, answered at, done at) of the calls made, each (n_calls,)."""
        result = np.frombuffer(self.result, dtype=np.int8)
        kept = np.flatnonzero(result >= 0)
        return (
            np.array(self.at)[kept],
            np.array(self.party, dtype=np.int64)[kept],
            np.array(self.code, dtype=np.int64)[kept],
            result[kept].astype(np.int64),
            np.frombuffer(self.answered)[kept],
            np.frombuffer(self.done)[kept],
        )

    def worth_drawing_ahead(self) -> int:
        """Say how many redials per call the next slice should draw together, when as many calls fail in it."""
        share, levels = self.n_redials / max(1, self.n_given + self.n_redials), 0
        while levels < _MOST_LEVELS and share ** (levels + 1) > _WORTH_DRAWING:
            levels += 1
        return levels


class Desk:
    """Agents and lines, advanced in slices.

    Parameters
    ----------
    staffing_at, staffing : from `staffing_at[i]` on there are `staffing[i]` agents; ascending minutes.
        When the number falls, idle agents leave first, then whoever ends the call in hand; new ones sit down
        at once.
    lines : calls held at once, voice system, queue and agents together; None: no limit.
    voice_min : time in the voice system, the same for every call.
    after_abandon, after_busy : chances to redial.
    """

    def __init__(
        self,
        staffing_at: Sequence[float],
        staffing: Sequence[int],
        lines: int | None = None,
        voice_min: float = 0.0,
        after_abandon: float = 0.0,
        after_busy: float = 0.0,
    ) -> None:
        if lines is not None and lines < 1:
            raise ValueError(f"a desk has at least one line, not {lines}")
        self._lines = inf if lines is None else lines
        self._voice, self._after_abandon, self._after_busy = voice_min, after_abandon, after_busy
        self._steps = [*zip(staffing_at, staffing, strict=True), (nan, 0)]  # no instant reaches nan
        self._step, self._n_agents = 0, 0
        self._agents: list[float] = [inf]  # heap of next-free times; a lone inf stands for an empty desk
        self._leaving: list[float] = []  # heap of the instants at which lines become free
        self._lately: list[float] = []  # the same of calls since the heap was last looked at
        self._n_lines = 0  # upper bound of the lines in use: exact after `_held`
        self.free_at: list[float] = []  # per party: end of its latest call, inf before and while it redials

    def _restaff(self) -> float:
        """Apply the next change of staffing and return the instant of the one after it."""
        at, number = self._steps[self._step]
        self._step += 1
        agents, change = self._agents, number - self._n_agents
        if self._n_agents == 0:
            agents.clear()
        for _ in range(change):
            heappush(agents, at)
        for _ in range(-change):
            heappop(agents)
        self._n_agents = number
        if number == 0:
            agents.append(inf)
        return self._steps[self._step][0]

    def _held(self, at: float) -> int:
        """Count the lines in use at an instant, forgetting the calls that have ended."""
        leaving, lately = self._leaving, self._lately
        if len(lately) > 32:
            leaving.extend(lately)
            leaving[:] = [end for end in leaving if end > at]
            heapify(leaving)
        else:
            for end in lately:
                heappush(leaving, end)
            while leaving and leaving[0] <= at:
                heappop(leaving)
        lately.clear()
        return len(leaving)

    def serve(self, batch: Batch, to: float) -> tuple[FloatArray, IntArray]:
        """Serve the calls of a slice that ends at `to` and fill the batch's results.

        Returns the redials that fall at or after `to` and are not made yet: their instants, (n,), and rows
        (party, code), (2, n).
        """
        at, party, again, until = batch.at, batch.party, batch.again, batch.until
        service, patience, redial, delay = batch.service, batch.patience, batch.redial, batch.delay
        result, answered, done = batch.result, batch.answered, batch.done
        agents, leaving, lately, free_at = self._agents, self._leaving, self._lately, self.free_at
        lines, voice = self._lines, self._voice
        after_abandon, after_busy = self._after_abandon, self._after_busy
        n, n_ahead, n_lines = batch.n_given, batch.n_ahead, self._n_lines
        change = self._steps[self._step][0]
        n_redials = 0
        soon: list[tuple[float, int]] = []
        later_at: list[float] = []
        later_of: list[int] = []
        i, upcoming = 0, at[0] if n else inf
        while True:
            if soon and soon[0][0] < upcoming:
                now, slot = heappop(soon)
                if now >= until[slot]:
                    continue
                if slot >= batch.n_drawn:
                    batch.fill()
            elif i < n:
                now, slot = upcoming, i
                i += 1
                upcoming = at[i] if i < n else inf
                if again[slot] and free_at[party[slot]] > now:
                    continue
            else:
                break
            if n_lines >= lines and (lately or leaving[0] <= now):
                n_lines = self._held(now)
            if n_lines >= lines:
                result[slot], done[slot] = BUSY, now
                if redial[slot] >= after_busy:
                    free_at[party[slot]] = now
                    continue
                then = now + delay[slot]
            else:
                n_lines += 1
                join = now + voice
                length = service[slot]
                if length < 0.0:
                    result[slot], done[slot] = VOICE, join
                    lately.append(join)
                    free_at[party[slot]] = join
                    continue
                start = agents[0]
                if start < join:
                    start = join
                while start >= change:
                    change = self._restaff()
                    start = agents[0]
                    if start < join:
                        start = join
                end = join + patience[slot]
                if start <= end:
                    end = start + length
                    heapreplace(agents, end)
                    result[slot], answered[slot], done[slot] = SERVED, start, end
                    lately.append(end)
                    free_at[party[slot]] = end
                    continue
                result[slot], done[slot] = ABANDONED, end
                lately.append(end)
                if redial[slot] >= after_abandon:
                    free_at[party[slot]] = end
                    continue
                then = end + delay[slot]
            free_at[party[slot]] = inf
            if then >= to:
                later_at.append(then)
                later_of.append(slot)
                continue
            n_redials += 1
            if slot < n_ahead:
                child = slot + n
                at[child] = then
            else:
                child = batch.spawn(slot, then)
            heappush(soon, (then, child))
        self._n_lines, batch.n_redials = n_lines, n_redials
        code = batch.code
        keys = [[party[slot] for slot in later_of], [code[slot] + 1 for slot in later_of]]
        return np.array(later_at, np.float64), np.array(keys, np.int64).reshape(2, -1)
