"""The control room: what reports have told, the outages it believes in, and the jobs it orders.

It never reads reality. It learns from technical reports, calls, what crews tell, and what a device does when it is told
to close. Reports are acted upon at the next review; what crews tell at once.

An outage stands for one zone whose device is believed open. While it is open everything below counts as believed dark,
and reports from there are explained by it. The outage goes through: patrol ordered, patrolled, all known faults
repaired, device told to close. It may then not close: because there is no supply to it (it waits for the outage further
up, which is inferred when nobody knows of one) or because a fault was hidden or came later (the zone is patrolled
again).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from sim.etr import Learner
from sim.grid.network import Network
from sim.scenario.model import Knowledge
from sim.supply import Supply
from sim.world.backups import Backups
from sim.world.book import TREE, Job, JobBook
from sim.world.hearing import Calls, Hearing
from sim.world.journal import Journal
from sim.world.sensors import Answer, Report

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


class Field(Protocol):
    """What can be asked of the field, and answers with what is seen there."""

    def close(self, head: int) -> Answer:
        """Tell a device to close and say what it did."""

    def after_closing(self, head: int, at: float, called: BoolArray) -> None:
        """Take note that an outage was declared over, so that who is still dark may say so."""

    def still_dark(self, sections: IntArray, at: float, called: BoolArray) -> None:
        """Take note that sections were declared fed again, so that who is still dark may say so."""

    def received(self, until: float) -> list[Report]:
        """Return the technical reports received up to `until` and not returned before."""


@dataclass(slots=True)
class Outage:
    """The control room's record of one zone's outage; times in minutes.

    `since`: the deciding report. `is_confirmed`: the device itself or a crew has told. `patrol`: the patrol job that is
    ordered and not done, or None. `is_ready`: patrolled, nothing known left to repair, waits to be closed. `is_held`:
    its device is believed open, as it is until the fault is cut off.
    """

    number: int
    head: int
    since: float
    is_confirmed: bool
    patrol: Job | None = None
    n_patrols: int = 0
    is_ready: bool = False
    is_held: bool = True


class ControlRoom:
    """All knowledge, and the decisions that need no ranking.

    Attributes
    ----------
    beliefs : devices believed open and thereby sections believed dark. outages : open outages by zone head.
    known_faults : section of every fault known and not repaired, and the zone head of its outage. book : jobs.
    backups : critical customers.
    n_opened : outages so far. blind_until : minute until which the map is down and reports are not acted upon.
    """

    def __init__(
        self, network: Network, settings: Knowledge, field: Field, book: JobBook, backups: Backups,
        learner: Learner, journal: Journal, beliefs: Supply | None = None,
    ) -> None:  # fmt: skip
        self._network, self._settings, self._field = network, settings, field
        self.book, self.backups, self._learner, self._journal = book, backups, learner, journal
        self.beliefs = beliefs or Supply(network)
        self.known_faults: dict[int, tuple[int, int]] = {}
        self.outages: dict[int, Outage] = {}
        self.n_opened = 0
        self.blind_until = -np.inf
        n = network.n_sections
        self._zone: list[int] = network.zone.tolist()
        self._end: list[int] = network.end.tolist()
        self._upper = [self._zone[p] if p >= 0 else -1 for p in network.parent.tolist()]
        self._heads: list[int] = (network.zone == np.arange(n)).nonzero()[0].tolist()
        self._hearing = Hearing(network, self.beliefs, settings.calls_to_infer)
        self._generator_jobs: dict[int, Job] = {}  # by critical customer

    @property
    def declared_alive_at(self) -> NDArray[np.float64]:
        """Minute at which each section was last declared to have supply, -inf for never, (n_sections,)."""
        return self._hearing.explained_until

    # -- what reports tell -------------------------------------------------------------------------------------

    def review(self, at: float, calls: Calls) -> None:
        """Act upon all reports received since the last review: infer outages, from the top of the feeders down."""
        devices: dict[int, float] = {}
        suspects: dict[int, float] = {}
        for report in self._field.received(at):
            if report.source == "callback":
                self._hearing.note(report.sections)
            for section in report.sections:
                head = self._zone[section]
                if report.source == "device":
                    if report.event_at >= self._hearing.explained_until[head]:
                        devices.setdefault(head, report.at)
                elif not self._hearing.is_explained(section, report.event_at):
                    suspects.setdefault(head, report.at)
        for head, decided_at in self._hearing.take(calls):
            suspects[head] = min(suspects.get(head, decided_at), decided_at)
        for head in sorted({**suspects, **devices}):
            if head in devices:
                self._device_told(head, at, devices[head])
            elif self.beliefs.blocks[head] == 0:
                self.infer(head, at, suspects[head])

    def _device_told(self, head: int, at: float, decided_at: float) -> None:
        known = self.outages.get(head)
        if known is None:
            self.infer(head, at, decided_at, is_confirmed=True)
        else:
            known.is_confirmed = True

    # -- outages -----------------------------------------------------------------------------------------------

    def infer(self, head: int, at: float, decided_at: float, *, is_confirmed: bool = False) -> None:
        """Open an outage at a zone's device and order its patrol; zones without customers below are let be."""
        if self.book.behind[head] == 0 or head in self.outages:
            return
        outage = self._open(head, at, decided_at, is_confirmed)
        self._order_patrol(outage, head, at)
        if self._settings.patrol_scope == "downstream":
            for child in self._heads_below(head):
                if child not in self.outages and self.book.behind[child]:
                    self._order_patrol(outage, child, at, is_own=False)

    def _open(self, head: int, at: float, decided_at: float, is_confirmed: bool) -> Outage:
        outage = Outage(self.n_opened, head, decided_at, is_confirmed)
        self.n_opened += 1
        self.outages[head] = outage
        self._journal.add(at, "outage_inferred", outage=outage.number, section=head, value=decided_at)
        self.beliefs.block(head)
        self._hearing.forget(head)
        for i in self.backups.went_dark(head, decided_at):
            self._order_generator(outage, i, at)
        self._absorb(outage, at)
        return outage

    def _absorb(self, outage: Outage, at: float) -> None:
        """Merge into a new outage those below it that only calls or monitors told of and nobody is on the way to."""
        for child in self._heads_below(outage.head):
            below = self.outages.get(child)
            if below is None or below.is_confirmed or below.patrol is None or below.patrol.is_taken:
                continue
            self.book.cancel(below.patrol)
            self._end_record(below, at, f"merged into outage {outage.number}")

    def _heads_below(self, head: int) -> list[int]:
        return self._heads[bisect_right(self._heads, head) : bisect_left(self._heads, self._end[head])]

    def _order_patrol(self, outage: Outage, head: int, at: float, *, is_own: bool = True) -> None:
        job = Job(
            self.book.new_number(), "patrol", outage.number, head, head, at, (self.book.hands["patrol"],),
            attempts=outage.n_patrols,
        )  # fmt: skip
        if is_own:
            outage.patrol, outage.is_ready = job, False
        self._journal.add(at, "job_opened", job=job.number, outage=outage.number, section=head)
        self.book.add(job)

    def _order_generator(self, outage: Outage, index: int, at: float) -> None:
        if "generator" not in self.book.hands or self.backups.is_covered[index] or index in self._generator_jobs:
            return
        section = self.backups.section[index]
        head = self._zone[section]
        job = Job(self.book.new_number(), "generator", outage.number, head, section, at, ("generator",), place=index)
        self._generator_jobs[index] = job
        self._journal.add(
            at, "job_opened", job=job.number, outage=outage.number, section=section, place=self.backups.place[index]
        )
        self.book.add(job)

    def _settle(self, outage: Outage, at: float) -> None:
        """Try to close the device of an outage with nothing known left to repair."""
        answer = self._field.close(outage.head)
        outage.is_ready = True
        if answer == "held":
            self._close(outage, at)
        elif answer == "faulty":
            self._order_patrol(outage, outage.head, at)
        elif answer == "no_supply":
            above = self._upper[outage.head]
            if self.beliefs.blocks[above] == 0:
                self.infer(above, at, at, is_confirmed=False)

    def _close(self, outage: Outage, at: float) -> None:
        if outage.patrol is not None and self.book.is_waiting(outage.patrol):
            self.book.cancel(outage.patrol)
        self._end_record(outage, at)
        alive = np.flatnonzero(self.beliefs.blocks[outage.head : self._end[outage.head]] == 0) + outage.head
        self._field.after_closing(outage.head, at, self._hearing.called)
        self._hearing.declare_alive(alive, at)
        for child in self._heads_below(outage.head):
            below = self.outages.get(child)
            if below is not None and below.is_ready and self.beliefs.blocks[child] <= 1:
                self._settle(below, at)

    def _end_record(self, outage: Outage, at: float, detail: str = "") -> None:
        """Close the record and no longer believe its device open."""
        del self.outages[outage.head]
        self.let_go(outage)
        self._journal.add(at, "outage_closed", outage=outage.number, section=outage.head, detail=detail)
        for i in self.backups.behind(outage.head):
            if self.beliefs.blocks[self.backups.section[i]] == 0:
                self._believe_alive(i)

    # -- what switching does -----------------------------------------------------------------------------------

    def let_go(self, outage: Outage) -> None:
        """No longer believe the device of an outage open: all is repaired, or the fault is cut off from it."""
        if outage.is_held:
            outage.is_held = False
            self.beliefs.release(outage.head)

    def fed_again(self, sections: IntArray, at: float) -> None:
        """Declare that sections have supply again, though their outage is not over."""
        self._field.still_dark(sections, at, self._hearing.called)
        self._hearing.declare_alive(sections, at)
        fed = set(sections.tolist())
        for i, section in enumerate(self.backups.section):
            if section in fed:
                self._believe_alive(i)

    def cut_off(self, sections: IntArray, at: float) -> None:
        """Take in that sections lost supply on order: critical customers there live on their own backup again."""
        lost = set(sections.tolist())
        for index, section in enumerate(self.backups.section):
            if section in lost:
                self.backups.lost_supply(index, at)
                self.order_generator(index, at)

    def _believe_alive(self, index: int) -> None:
        self.backups.came_back(index)
        job = self._generator_jobs.get(index)
        if job is not None and self.book.is_waiting(job):
            self.book.cancel(job)
            del self._generator_jobs[index]

    # -- what crews tell ---------------------------------------------------------------------------------------

    def patrolled(self, job: Job, crew: int, at: float, seen: Iterable[tuple[int, int, int, bool]]) -> None:
        """Take in a finished patrol: `seen` are rows (fault, section, work class, blocked by a tree) not known before.

        A zone whose outage was closed meanwhile, or that was patrolled as part of a wider one, gets an outage of its
        own when faults are found there.
        """
        outage, found = self.outages.get(job.head), list(seen)
        if outage is None and found:
            outage = self._open(job.head, at, at, is_confirmed=True)
        if outage is None:
            return
        if outage.patrol is job:
            outage.patrol = None
        outage.n_patrols += 1
        if outage.n_patrols == 1:
            self._learner.faults_per_outage.add(len(found))
        for fault, section, work, is_blocked in found:
            self._order_repair(outage, crew, at, fault, section, work, is_blocked)
        if found:
            outage.is_confirmed = True
            if outage.patrol is not None and self.book.is_waiting(outage.patrol):
                self.book.cancel(outage.patrol)
                outage.patrol = None
            self.book.refresh(outage.head)
        elif self.book.known_open[outage.head] == 0 and outage.patrol is None:
            self._settle(outage, at)

    def _order_repair(
        self, outage: Outage, crew: int, at: float, fault: int, section: int, work: int, is_blocked: bool
    ) -> None:
        hands, number = self.book.hands, self.book.new_number()
        needs = ("tree", "line") if is_blocked and hands["tree"] == "tree" else ("line",)
        outage.is_ready = False
        self.known_faults[fault] = section, outage.head
        self.book.known_open[outage.head] += 1
        self._journal.add(
            at, "fault_found", fault=fault, section=section, crew=crew, outage=outage.number, job=number, value=work
        )
        self._journal.add(at, "job_opened", job=number, outage=outage.number, section=section, fault=fault)
        job = Job(number, "repair", outage.number, outage.head, section, at, needs, fault, work, is_blocked=is_blocked)
        self.book.add(job)
        self.book.count(job, work, 1)
        if is_blocked:
            self.book.count(job, TREE, 1)

    def cleared(self, job: Job, minutes: float) -> None:
        """Take in that the tree of a repair is cleared: its next task waits for a line crew."""
        self._learner.finished(TREE, minutes)
        self.book.count(job, TREE, -1)
        job.task += 1
        self.book.put(job)

    def repaired(self, job: Job, at: float, minutes: float) -> None:
        """Take in a finished repair; the last one known in its zone makes the device worth closing."""
        self._learner.finished(job.work, minutes)
        self.book.count(job, job.work, -1)
        if job.is_blocked and len(job.needs) == 1:
            self.book.count(job, TREE, -1)
        del self.known_faults[job.fault]
        self.book.known_open[job.head] -= 1
        outage = self.outages.get(job.head)
        if self.book.known_open[job.head]:
            self.book.refresh(job.head)
        elif outage is not None and outage.patrol is None:
            self._settle(outage, at)

    def device_closed(self, head: int, at: float) -> None:
        """Take in that a device that had been opened on purpose may close and was told to."""
        outage = self.outages.get(head)
        if outage is not None and self.book.known_open[head] == 0 and self._field.close(head) == "held":
            self._close(outage, at)

    def generator_on_its_way(self, job: Job, is_covered: bool) -> None:
        """Take in that a critical customer gets, or no longer has, a mobile generator."""
        self.backups.is_covered[job.place] = is_covered
        if not is_covered:
            self._generator_jobs.pop(job.place, None)
        head = job.head
        while head >= 0:
            self.book.refresh(head)
            head = self._upper[head]

    def generator_given_up(self, job: Job) -> None:
        """Take in that a crew on its way with a mobile generator turns back: the job is open again."""
        self.generator_on_its_way(job, is_covered=False)
        self._generator_jobs[job.place] = job

    def order_generator(self, index: int, at: float) -> None:
        """Order a mobile generator for a critical customer that is believed dark and has none."""
        outage = self._outage_over(self.backups.section[index])
        if outage is not None:
            self._order_generator(outage, index, at)

    def add_critical(self, section: int, backup_min: float, at: float) -> None:
        """Take in that somebody at a section is a critical customer from now on."""
        index = self.backups.add(section, backup_min)
        outage = self._outage_over(section)
        if outage is not None:
            self.backups.went_dark(self._zone[section], outage.since)
            self.order_generator(index, at)
        head = self._zone[section]
        while head >= 0:
            self.book.refresh(head)
            head = self._upper[head]

    def _outage_over(self, section: int) -> Outage | None:
        """Return the topmost outage on record above a section that is believed dark."""
        found, head = None, self._zone[section] if self.beliefs.blocks[section] > 0 else -1
        while head >= 0:
            found = self.outages.get(head, found)
            head = self._upper[head]
        return found
