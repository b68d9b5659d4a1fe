"""How long a crew is on the road and on site: wind, the end of the shift, what is left of the work."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

from sim.units import MIN_PER_DAY


@dataclass(frozen=True)
class Hold:
    """The time in which the wind forbids work in an area, minutes; nan where there is none."""

    start: float
    end: float

    def ends_after(self, start: float, minutes: float) -> float:
        """Return when something that takes `minutes` and pauses in the hold is done, begun at `start`."""
        if not self.start < start + minutes or start >= self.end:  # also when there is no hold
            return start + minutes
        return self.end + minutes - max(0.0, self.start - start)

    def minutes_within(self, start: float, end: float) -> float:
        """Return the minutes of [start, end] that lie in the hold."""
        if self.start < end and start < self.end:
            return min(end, self.end) - max(start, self.start)
        return 0.0  # also when there is no hold

    def pieces(self, start: float, end: float) -> list[tuple[float, float, bool]]:
        """Return (begin, end, it is the night) of the pauses in [start, end), one under way beginning at `start`."""
        if self.start < end and start < self.end:
            return [(max(start, self.start), self.end, False)]
        return []


@dataclass(frozen=True)
class Pauses:
    """Several times in which no work is done, wind and nights: (start, end, it is the night), in order, apart."""

    times: tuple[tuple[float, float, bool], ...]

    @classmethod
    def of(cls, wind: Hold, first: float, length: float, until: float) -> Pauses:
        """Return the wind's time and the nights outside it: they begin at `first` and each day after, up to `until`."""
        blows = not math.isnan(wind.start)
        times = [(wind.start, wind.end, False)] if blows else []
        for i in range(math.ceil((until - first) / MIN_PER_DAY)):
            start = first + i * MIN_PER_DAY
            pieces = [(start, start + length)]
            if blows:
                pieces = [(start, min(start + length, wind.start)), (max(start, wind.end), start + length)]
            times += [(a, b, True) for a, b in pieces if a < b]
        return cls(tuple(sorted(times)))

    def ends_after(self, start: float, minutes: float) -> float:
        """Return when something that takes `minutes` and pauses is done, begun at `start`."""
        for begin, end, _ in self.times:
            if end <= start:
                continue
            if begin >= start + minutes:
                break
            minutes -= max(0.0, begin - start)
            start = end
        return start + minutes

    def minutes_within(self, start: float, end: float) -> float:
        """Return the minutes of [start, end] in which no work is done."""
        return sum(max(0.0, min(end, b) - max(start, a)) for a, b, _ in self.times)

    def pieces(self, start: float, end: float) -> list[tuple[float, float, bool]]:
        """Return the pauses in [start, end), as Hold does."""
        return [(max(start, a), b, is_night) for a, b, is_night in self.times if a < end and start < b]


class Visit(NamedTuple):
    """A crew's time on site: it leaves at `until`, having worked `worked_min`, done or not."""

    until: float
    worked_min: float
    is_done: bool


def visit(at: float, left_min: float, hold: Hold | Pauses, shift_until: float, overtime_min: float = 0.0) -> Visit:
    """Return the visit of a crew that arrives at `at` with `left_min` of work to do.

    Parameters
    ----------
    shift_until : end of its shift, inf for relief. overtime_min : it may stay so long after that to finish; work that
        takes longer is left at the end of the shift.
    """
    done_at = hold.ends_after(at, left_min)
    if done_at <= shift_until + overtime_min:
        return Visit(done_at, left_min, True)
    until = max(at, shift_until)
    return Visit(until, until - at - hold.minutes_within(at, until), False)
