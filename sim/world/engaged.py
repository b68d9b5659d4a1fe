"""Which crews are engaged, and until when as far as the control room can tell: what rules that look ahead go by."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable

from sim.dispatch import Outlook
from sim.etr import Learner
from sim.grid.network import Network
from sim.log import NONE
from sim.world.book import Job, JobBook
from sim.world.crews import Crew

Row = tuple[float, str, int, float, float, float]
"""When a crew is expected to be done, its kind, the head of the zone that waits for it, the end of its shift, where."""
_MENDS = ("patrol", "repair")
"""Kinds of job that keep the customers of a zone waiting."""


class Engaged:
    """Crews on their way to jobs and at them, with the minutes at which they are expected there, or to be done."""

    def __init__(self, network: Network, book: JobBook, learner: Learner) -> None:
        self._book, self._learner = book, learner
        self._upper: list[int] = network.listed("zone_above")
        self._end: list[int] = network.listed("end")
        self._x, self._y = network.listed("x"), network.listed("y")
        self._on_the_road: dict[int, tuple[float, Crew, Job]] = {}
        self._on_site: dict[int, Row] = {}

    def sets_out(self, crew: Crew, job: Job, there_at: float) -> None:
        """Take in that a crew sets out for a job, and when it should be there."""
        self._on_the_road[crew.number] = there_at, crew, job

    def arrives(self, crew: Crew, job: Job, done_at: float) -> None:
        """Take in that a crew has arrived at a job, and when it should be done."""
        self._on_the_road.pop(crew.number, None)
        self._on_site[crew.number] = self._row(done_at, crew, job)

    def leaves(self, crew: Crew) -> None:
        """Take in that a crew is no longer engaged."""
        self._on_the_road.pop(crew.number, None)
        self._on_site.pop(crew.number, None)

    def done_at(self, crew: Crew) -> float:
        """Return the minute at which a crew on the road should be done with its job."""
        there_at, _, job = self._on_the_road[crew.number]
        return there_at + self._book.expected_min(job, crew.group.patrol_kmh)

    def _row(self, done_at: float, crew: Crew, job: Job) -> Row:
        head = job.head if job.kind in _MENDS else NONE
        return done_at, crew.kind, head, crew.group.until, self._x[job.section], self._y[job.section]

    def outlook(self, crew: Crew, idle: Iterable[Crew], at: float) -> Outlook:
        """Return what is known beyond the open jobs when a crew asks; `idle` are those of its kind with nothing to do."""
        book, kind = self._book, crew.kind
        others = [(at, c.x, c.y) for c in idle if c is not crew and not c.is_held and c.reserved < 0]
        busy_until: dict[int, float] = {}
        rows = [self._row(self.done_at(c), c, job) for _, c, job in self._on_the_road.values() if c is not crew]
        for due, of_kind, head, until, x, y in [*rows, *self._on_site.values()]:
            done_at = due if due > at else at
            if head in busy_until:
                busy_until[head] = max(done_at, busy_until[head])
            else:
                busy_until[head] = done_at
            if of_kind == kind and done_at < until:
                others.append((done_at, x, y))
        others.sort()
        busy_until.pop(NONE, None)
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
