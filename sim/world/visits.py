"""How long a crew is on the road and on site: wind, the end of the shift, what is left of the work."""

from __future__ import annotations

from dataclasses import dataclass


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

    def pauses(self, start: float, end: float) -> bool:
        """Say whether the hold begins in [start, end) or is under way at `start`."""
        return self.start < end and start < self.end

    def minutes_within(self, start: float, end: float) -> float:
        """Return the minutes of [start, end] that lie in the hold."""
        if not self.pauses(start, end):
            return 0.0
        return min(end, self.end) - max(start, self.start)


@dataclass(frozen=True)
class Visit:
    """A crew's time on site: it leaves at `until`, having worked `worked_min`, done or not."""

    until: float
    worked_min: float
    is_done: bool


def visit(at: float, left_min: float, hold: Hold, shift_until: float, overtime_min: float = 0.0) -> Visit:
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
