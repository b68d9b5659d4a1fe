"""The complaint desk: a few people work off complaints against deadlines; who waits too long goes to higher places.

A handler takes up one complaint at a time, the gravest first and among equals the oldest, and thereby makes contact.
The answer follows when it has been looked into, without more of the handler's time. Deadlines are ends of working days.
Some of those whose deadline passes take their complaint further at that moment: it then comes before all others, and
where the handler had finished with it, it is work anew. A handler who has begun goes on the next day.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from heapq import heapreplace

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
    """The desk's clock counts opening minutes; all deadlines lie at ends of days, when nobody works.

    Complaints come in order of time, so those of one severity wait in a line that is known beforehand.
    """

    def __init__(
        self, cases: Cases, at: FloatArray, contact_due: FloatArray, answer_due: FloatArray, handlers: int
    ) -> None:
        self._at = at.tolist()
        gravest_first = np.unique(cases.severity)[::-1].tolist()
        self._lines = [deque(np.flatnonzero(cases.severity == severity).tolist()) for severity in gravest_first]
        self._further: deque[int] = deque()  # before all others
        self._handle: list[float] = cases.handle_min.tolist()
        self._again: list[float] = cases.again_min.tolist()
        self._look_into = cases.investigate_min.tolist()
        due: list[tuple[float, int, bool]] = []  # deadline, case, whether it is the answer's
        for instants, is_answer in ((contact_due, False), (answer_due, True)):
            may = np.flatnonzero(cases.goes_further & np.isfinite(instants))
            due += [(until, case, is_answer) for until, case in zip(instants[may].tolist(), may.tolist(), strict=True)]
        self._due = deque(sorted(due))
        self._free = [0.0] * handlers
        self.taken = [np.inf] * len(at)
        self.answered = [np.inf] * len(at)
        self.further = [np.inf] * len(at)

    def work(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return when cases were taken up, answered and taken further, in opening minutes."""
        at, taken, lines, due, free = self._at, self.taken, self._lines, self._due, self._free
        further = self._further
        while True:
            now = free[0]
            while due and due[0][0] <= now:
                self._pass_deadline(*due.popleft())
            if further:
                heapreplace(free, self._take_up(further.popleft(), now))
                continue
            for line in lines:  # who has waited longest among the gravest who wait
                while line and taken[line[0]] < np.inf:
                    line.popleft()  # was taken up when it was taken further
                if line and at[line[0]] <= now:
                    heapreplace(free, self._take_up(line.popleft(), now))
                    break
            else:  # nobody waits: on to the next complaint or the next deadline
                coming = [at[line[0]] for line in lines if line]
                coming += [due[0][0]] if due else []
                if not coming:
                    break
                heapreplace(free, min(coming))
        return np.array(taken), np.array(self.answered), np.array(self.further)

    def _pass_deadline(self, due: float, case: int, is_answer: bool) -> None:
        """Take a case further whose deadline has passed in vain, once."""
        is_kept = self.answered[case] <= due if is_answer else self.taken[case] < due  # at closing time: the next day
        if is_kept or self.further[case] < np.inf:
            return
        self.further[case] = due
        self._further.append(case)

    def _take_up(self, case: int, now: float) -> float:
        """Begin a case, or begin it anew; return when the handler has finished with it."""
        if self.taken[case] < np.inf:
            end = now + self._again[case]
            self.answered[case] = min(self.answered[case], end)
        else:
            self.taken[case] = now
            end = now + self._handle[case]
            self.answered[case] = end + self._look_into[case]
        return end
