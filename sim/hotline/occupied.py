"""Agents, lines and callers, each occupied until an instant."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from copy import copy
from heapq import heapify, heappop, heappush
from math import inf, nan

from sim.hotline.batch import NOTHING
from sim.hotline.relief import NO_RELIEF, Relief


class Agents:
    """Agents of one site, each free from an instant on.

    Parameters
    ----------
    staffing_at, staffing : from `staffing_at[i]` on there are `staffing[i]` agents; ascending minutes.

    Attributes
    ----------
    free_at : heap of next-free times, one per agent; a lone inf stands for an empty desk.
    n : number of agents, as of the last change of staffing applied.
    """

    def __init__(self, staffing_at: Sequence[float], staffing: Sequence[int]) -> None:
        self.steps = [*zip(staffing_at, staffing, strict=True), (nan, 0)]  # no instant reaches nan
        self.step, self.n = 0, 0
        self.free_at: list[float] = [inf]

    def copy(self) -> Agents:
        """Return the same agents, to go on by themselves."""
        other = copy(self)
        other.free_at = self.free_at.copy()
        return other

    def restaff(self) -> float:
        """Apply the next change of staffing and return the instant of the one after it."""
        at, number = self.steps[self.step]
        self.step += 1
        agents, change = self.free_at, number - self.n
        if self.n == 0:
            agents.clear()
        for _ in range(change):
            heappush(agents, at)
        for _ in range(-change):
            heappop(agents)
        self.n = number
        if number == 0:
            agents.append(inf)
        return self.steps[self.step][0]

    def part(self, ends: list[float]) -> None:
        """Apply the next change of staffing, where agents leave at once: those who stay are free at `ends`."""
        number = self.steps[self.step][1]
        self.step += 1
        self.n = number
        self.free_at[:] = sorted(ends) if number else [inf]

    def first_free(self, at: float) -> float:
        """Return when an agent can take a call that comes at an instant, inf for never; calls come in order of time."""
        start = max(self.free_at[0], at)
        while start >= self.steps[self.step][0]:
            self.restaff()
            start = max(self.free_at[0], at)
        return start

    def call_in(self, n: int, from_at: float, until: float) -> None:
        """Let n more agents sit at the desk from an instant until another; calls so far keep their fate.

        Staffing is applied ahead for calls that wait: where it was, beyond `from_at`, they are free from then all the
        same.
        """
        applied = self.steps[self.step - 1][0] if self.step else -inf
        start = max(from_at, applied)
        if until <= start:
            return
        if start == applied:
            if self.n == 0:
                self.free_at.clear()
            for _ in range(n):
                heappush(self.free_at, from_at)
            self.n += n
        numbers = dict(self.steps[:-1])
        for at in (start, until):
            numbers.setdefault(at, numbers[max(known for known in numbers if known <= at)])
        raised = [(at, numbers[at] + (n if start <= at < until else 0)) for at in sorted(numbers)]
        self.steps = [*raised, self.steps[-1]]


class Occupied:
    """Until when agents, lines and callers are occupied.

    Parameters
    ----------
    staffing_at, staffing : the desk's own agents; see Agents.
    relief : other agents.

    Attributes
    ----------
    own, reserved, second : the desk's own agents, those for some callers alone, and those of the second site.
    leaving, lately : instants at which lines become free: a heap, and those of calls since it was last looked at. Past ones
        may be among them.
    n_lines : upper bound of the lines in use; exact after `held`, until a call takes the place of one that has ended.
    free_at : per party, end of its latest call; inf before and while it redials.
    in_hand : calls that the own agents have or will have in hand; followed only where agents may not end them.
    """

    def __init__(self, staffing_at: Sequence[float], staffing: Sequence[int], relief: Relief = NO_RELIEF) -> None:
        self.own = Agents(staffing_at, staffing)
        self.reserved = Agents([-inf], [relief.reserved])
        self.second = Agents(relief.second_at, relief.second)
        self.leaving: list[float] = []
        self.lately: list[float] = []
        self.n_lines = 0
        self.free_at = array("d")
        self.in_hand = NOTHING

    def copy(self) -> Occupied:
        """Return the same state, to go on by itself."""
        other = copy(self)
        other.own, other.reserved, other.second = self.own.copy(), self.reserved.copy(), self.second.copy()
        other.leaving, other.lately = self.leaving.copy(), self.lately.copy()
        other.free_at = self.free_at[:]
        return other

    def moves(self, end: float, to: float) -> None:
        """Let the line of a call become free at another instant than had been foreseen."""
        for ends in (self.lately, self.leaving):
            if end in ends:
                ends[ends.index(end)] = to
                heapify(self.leaving)
                return

    def held(self, at: float) -> int:
        """Count the lines in use at an instant, forgetting the calls that have ended."""
        leaving, lately = self.leaving, self.lately
        if len(lately) > 32:
            leaving.extend(lately)
            leaving[:] = [end for end in leaving if end > at]
            heapify(leaving)
        else:
            for end in lately:
                heappush(leaving, end)
        lately.clear()
        while leaving and leaving[0] <= at:
            heappop(leaving)
        return len(leaving)
