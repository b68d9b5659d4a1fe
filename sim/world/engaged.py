"""Which crews are engaged, and until when as far as the control room can tell: what rules that look ahead go by."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping

from sim.dispatch import Outlook
from sim.etr import Learner
from sim.grid.network import Network
from sim.world.book import JobBook
from sim.world.crews import Crew

_MENDS = ("patrol", "repair")
"""Kinds of job that keep the customers of a zone waiting."""


class Engaged:
    """Looks at crews on their way to jobs and at them: their `due_at` is when they are expected there, or to be done."""

    def __init__(self, network: Network, book: JobBook, learner: Learner, crews: Mapping[int, Crew]) -> None:
        self._book, self._learner, self._crews = book, learner, crews
        self._upper: list[int] = network.listed("zone_above")
        self._end: list[int] = network.listed("end")
        self._x, self._y = network.listed("x"), network.listed("y")

    def done_at(self, crew: Crew) -> float:
        """Return the minute at which a crew that is engaged should be done with its job."""
        if crew.set_out is None:
            return crew.due_at
        return crew.due_at + self._book.expected_min(self._book.jobs[crew.job], crew.group.patrol_kmh)

    def outlook(self, crew: Crew, idle: Iterable[Crew], at: float) -> Outlook:
        """Return what is known beyond the open jobs when a crew asks; `idle` are those of its kind with nothing to do."""
        book, kind = self._book, crew.kind
        others = [(at, c.x, c.y) for c in idle if c is not crew and not c.is_held and c.reserved < 0]
        busy_until: dict[int, float] = {}
        for c in self._crews.values():
            if math.isnan(c.due_at) or c is crew:
                continue
            job, due = book.jobs[c.job], self.done_at(c)
            done_at = due if due > at else at
            if job.kind in _MENDS:
                busy_until[job.head] = max(done_at, busy_until.get(job.head, -math.inf))
            if c.kind == kind and done_at < c.group.until:
                others.append((done_at, self._x[job.section], self._y[job.section]))
        others.sort()
        busy = sorted(busy_until)

        def pending_at(head: int, but: frozenset[int]) -> float:
            until = busy_until.get(head, -math.inf)
            for number in book.waiting_in(head):
                job = book.jobs[number]
                if number in but or job.kind not in _MENDS:
                    continue
                if job.crew_kind == kind:
                    return math.inf
                until = max(until, at + self._learner.trip.mean + book.expected_min(job))
            return until

        def busy_below(head: int) -> list[int]:
            return busy[bisect_right(busy, head) : bisect_left(busy, self._end[head])]

        return Outlook(self._upper, book.behind, others, pending_at, busy_below)
