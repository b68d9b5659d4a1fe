"""The complaint desk: a few people work off complaints against deadlines; who waits too long goes to higher places.

A handler takes up one complaint at a time, the gravest first and among equals the oldest, and thereby makes contact.
The answer follows when it has been looked into, without more of the handler's time. Deadlines are ends of working days.
Some of those whose deadline passes take their complaint further at that moment: it then comes before all others, and
where the handler had finished with it, it is work anew. A handler who has begun goes on the next day.
"""

from __future__ import annotations

from dataclasses import dataclass
from heapq import heapify, heappop, heappush

import numpy as np
from numpy.typing import NDArray

from sim.hotline.workdays import OpeningHours

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True)
class Cases:
    """Complaints as they reach the desk, in order of time, (n,) each.

    Parameters
    ----------
    at : minute of lodging. severity : higher comes first. handle_min : a handler's minutes; again_min : those of the
    second time, should it be taken further after that. investigate_min : opening minutes from the handler's end to the
    answer. goes_further : whether the customer takes it further once a deadline has passed.
    """

    at: FloatArray
    severity: IntArray
    handle_min: FloatArray
    again_min: FloatArray
    investigate_min: FloatArray
    goes_further: BoolArray


@dataclass(frozen=True)
class Answers:
    """What became of the complaints, (n,) each; minutes, inf for never.

    `contact_due`, `answer_due`: the deadlines; `further_at`: when it was taken further.
    """

    contact_at: FloatArray
    answer_at: FloatArray
    contact_due: FloatArray
    answer_due: FloatArray
    further_at: FloatArray

    @property
    def contact_late(self) -> BoolArray:
        """Whose first contact came after its deadline."""
        return np.asarray(self.contact_at > self.contact_due)

    @property
    def answer_late(self) -> BoolArray:
        """Whose answer came after its deadline."""
        return np.asarray(self.answer_at > self.answer_due)


def answers(cases: Cases, hours: OpeningHours, handlers: int, contact_days: int, answer_days: int) -> Answers:
    """Work off all complaints, also those lodged after the simulation's end.

    Parameters
    ----------
    handlers : people at the desk, at least 1.
    contact_days, answer_days : working days after the day of lodging by whose end contact and answer are due.
    """
    contact_due, answer_due = hours.days_after(cases.at, contact_days), hours.days_after(cases.at, answer_days)
    due = [np.where(np.isfinite(at), hours.worked(at), np.inf) for at in (contact_due, answer_due)]
    taken, answered, further = _Desk(cases, hours.worked(cases.at), due[0], due[1], handlers).work()
    return Answers(
        hours.next_open(taken), hours.instant(answered), contact_due, answer_due, hours.instant(further)
    )


class _Desk:
    """The desk's clock counts opening minutes; all deadlines lie at ends of days, when nobody works."""

    def __init__(
        self, cases: Cases, at: FloatArray, contact_due: FloatArray, answer_due: FloatArray, handlers: int
    ) -> None:
        self._n, self._at = len(at), at.tolist()
        self._severity = cases.severity.tolist()
        self._first = -1 - max(self._severity, default=0)  # comes before every severity
        self._handle, self._again = cases.handle_min.tolist(), cases.again_min.tolist()
        self._look_into = cases.investigate_min.tolist()
        self._due: list[tuple[float, int, bool]] = []  # deadline, case, whether it is the answer's
        for due, is_answer in ((contact_due, False), (answer_due, True)):
            may = np.flatnonzero(cases.goes_further & np.isfinite(due))
            self._due += [(at, case, is_answer) for at, case in zip(due[may].tolist(), may.tolist(), strict=True)]
        heapify(self._due)
        self._free = [0.0] * handlers
        self._ready: list[tuple[int, float, int, bool]] = []  # minus severity, since when, case, whether anew
        self._next = 0
        self.taken = [np.inf] * self._n
        self.answered = [np.inf] * self._n
        self.further = [np.inf] * self._n

    def work(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return when cases were taken up, answered and taken further, in opening minutes."""
        while self._next < self._n or self._ready or self._due:
            now = self._free[0]
            self._arrive(now)
            if not self._ready:  # nobody waits: on to the next complaint or the next deadline
                coming = [self._at[self._next]] if self._next < self._n else []
                coming += [self._due[0][0]] if self._due else []
                if not coming:
                    break
                heappop(self._free)
                heappush(self._free, max(now, min(coming)))
                continue
            self._take_up(heappop(self._ready), now)
        return np.array(self.taken), np.array(self.answered), np.array(self.further)

    def _arrive(self, now: float) -> None:
        """Let in, in order of time, the complaints lodged and the deadlines passed by now."""
        while True:
            lodged = self._at[self._next] if self._next < self._n else np.inf
            due = self._due[0][0] if self._due else np.inf
            if min(lodged, due) > now:
                return
            if lodged <= due:
                heappush(self._ready, (-self._severity[self._next], lodged, self._next, False))
                self._next += 1
            else:
                self._pass_deadline(*heappop(self._due))

    def _pass_deadline(self, due: float, case: int, is_answer: bool) -> None:
        """Take a case further whose deadline has passed in vain, once."""
        is_kept = self.answered[case] <= due if is_answer else self.taken[case] < due  # at closing time: the next day
        if is_kept or self.further[case] < np.inf:
            return
        self.further[case] = due
        is_anew = self.taken[case] < np.inf
        heappush(self._ready, (self._first, due, case, is_anew))

    def _take_up(self, work: tuple[int, float, int, bool], now: float) -> None:
        _, _, case, is_anew = work
        if not is_anew and self.taken[case] < np.inf:
            return  # was taken up when it was taken further
        heappop(self._free)
        if is_anew:
            end = now + self._again[case]
            self.answered[case] = min(self.answered[case], end)
        else:
            self.taken[case] = now
            end = now + self._handle[case]
            self.answered[case] = end + self._look_into[case]
        heappush(self._free, end)
