"""The control room: what reports have told, the outages it believes in, and the jobs it orders.

It never reads reality. It learns from technical reports, calls, what crews tell, and what a device does when it is told
to close. Reports are acted upon at the next review; what crews tell at once.

A caller alone is a single-customer outage at the caller's own service; enough of them under one device make an outage
there probable, and enough probable outages next below a device make one there instead. A device's own report, its opening
again on a fault when it is told to close, or a crew that has found what is wrong, confirms an outage.

An outage stands for one zone whose device is believed open. While it is open everything below counts as believed dark,
and reports from there are explained by it. The outage goes through: patrol ordered, patrolled, all known faults
repaired, device told to close. It may then not close: because there is no supply to it (it waits for the outage further
up, which is inferred when nobody knows of one) or because a fault was hidden or came later (the zone is patrolled
again).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple, Protocol

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
from sim.world.sensors import Answer, Asked, Report
from sim.world.services import Services

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


class Field(Protocol):
    """What can be asked of the field, and answers with what is seen there."""

    def close(self, head: int) -> Answer:
        """Tell a device to close and say what it did."""

    def after_closing(self, head: int, at: float, called: Asked) -> None:
        """Take note that an outage was declared over, so that who is still dark may say so."""

    def still_dark(self, sections: IntArray, at: float, called: Asked) -> None:
        """Take note that sections were declared fed again, so that who is still dark may say so."""

    def received(self, until: float) -> list[Report]:
        """Return the technical reports received up to `until` and not returned before."""


class Seen(NamedTuple):
    """What a patrol tells of one fault: its number, where, the class of work it takes it for, whether a tree is first.

    `minutes` : on site, as estimated; nan when the patrol does not say. `mender` : the kind of crew that mends it;
    `is_switched` : a switching crew must follow.
    """

    fault: int
    section: int
    work: int
    is_blocked: bool
    minutes: float
    mender: str = "line"
    is_switched: bool = False


@dataclass(slots=True, eq=False)
class Outage:
    """The control room's record of one zone's outage; times in minutes.

    `since`: the deciding report. `is_confirmed`: the device itself or a crew has told. `patrol`: the patrol job that is
    ordered and not done, or None. `is_ready`: patrolled, nothing known left to repair, waits to be closed. `is_held`:
    its device is believed open, as it is until the fault is cut off. `is_of_source`: the substation has no supply for
    it, so that there is nothing to look for on the line until that is back. `is_planned`: the device was opened
    beforehand, and stays open on order.
    """

    number: int
    head: int
    since: float
    is_confirmed: bool
    patrol: Job | None = None
    n_patrols: int = 0
    is_ready: bool = False
    is_held: bool = True
    is_of_source: bool = False
    is_planned: bool = False


class ControlRoom:
    """All knowledge, and the decisions that need no ranking.

    Attributes
    ----------
    beliefs : devices believed open and thereby sections believed dark. outages : open outages by zone head.
    repairs : by zone head, the job of every fault known and not repaired. book : jobs. backups : critical customers.
    n_opened : outages so far. blind_until : minute until which the map is down and reports are not acted upon.
    """

    def __init__(
        self, network: Network, settings: Knowledge, field: Field, book: JobBook, backups: Backups,
        learner: Learner, journal: Journal, beliefs: Supply | None = None,
    ) -> None:  # fmt: skip
        self._network, self._settings, self._field = network, settings, field
        self.book, self.backups, self._learner, self._journal = book, backups, learner, journal
        self.beliefs = beliefs or Supply(network)
        self.repairs: dict[int, list[Job]] = {}
        self._broken: dict[int, int] = {}  # how many of them there are by section
        self.outages: dict[int, Outage] = {}
        self.changed: set[int] = set()  # heads of outages of which something became known since it was last asked
        self._n_noted = 0  # how often something did
        self._none_to_offer: tuple[int, int] | None = None  # what was known when no small zone was left to feed
        self.n_opened = 0
        self.blind_until = -np.inf
        n = network.n_sections
        self._zone: list[int] = network.listed("zone")
        self._end: list[int] = network.listed("end")
        self._above: list[int] = network.listed("parent")
        self._upper: list[int] = network.listed("zone_above")
        self._heads, self._n_heads_to, self._hanging = network.once("zone heads", lambda: _zone_heads(network))
        self._by_customers: IntArray = network.once("by customers", lambda: (-network.customers).argsort(kind="stable"))
        self._had_none: BoolArray = np.ones(n, bool)  # sections that no mobile generator was ever ordered for
        self._hearing = Hearing(network, self.beliefs, settings.calls_to_infer)
        self._patrols = (book.hands["patrol"],)
        self._generator_jobs: dict[int, Job] = {}  # by critical customer
        self._fed_zones: set[int] = set()  # sections that mobile generators feed
        self._services = Services(network, book, journal)
        self._is_newly_probable = False
        self._found_sound: set[int] = set()  # devices that were thought open, where nothing was found and that held closed

    @property
    def hearing(self) -> Hearing:
        """What is made of trouble calls."""
        return self._hearing

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
            if report.source == "substation":
                self._source_told(report.sections[0], at, report.at)
                continue
            if report.source == "callback":
                self._hearing.note(report.sections)
            if report.source == "meter":
                self._meters_told(report, suspects)
                continue
            for section in report.sections:
                head = self._zone[section]
                if report.source == "device":
                    if report.event_at >= self._hearing.explained_until[head]:
                        devices.setdefault(head, report.at)
                elif head not in suspects and not self._hearing.is_explained(section, report.event_at):
                    suspects[head] = report.at
        for head, decided_at in self._hearing.take(calls, at):
            suspects[head] = min(suspects.get(head, decided_at), decided_at)
        for head in sorted({**suspects, **devices}):
            if head in devices:
                self._device_told(head, at, devices[head])
            elif self.beliefs.blocks[head] == 0:
                self.infer(head, at, suspects[head])
        if self._settings.outages_to_roll_up and self._is_newly_probable:
            self._roll_up(at)
        if self._settings.single_call == "visit":
            for section, caller, noted_at in self._hearing.lone():
                if self.beliefs.blocks[section] == 0:
                    self._services.order(section, caller, noted_at, at)

    def _meters_told(self, report: Report, suspects: dict[int, float]) -> None:
        for section, n in zip(report.sections, report.meters, strict=True):
            if self._hearing.metered(section, n, report.event_at, report.at):
                suspects.setdefault(self._zone[section], report.at)

    def _roll_up(self, at: float) -> None:
        """Infer outages at devices that do not report, next above enough probable ones; one level a review.

        Where that was thought before and nothing was found, what is dark below lies below: each is looked at by itself.
        """
        self._is_newly_probable = False
        waiting = sorted(head for head, outage in self.outages.items() if self._is_loose(outage))
        n_below: dict[int, int] = {}
        for head in reversed(waiting):
            above = self._upper[head]
            if above < 0 or above in self._found_sound:
                continue
            if self.beliefs.blocks[above] == 0 and not self._network.reports[above]:
                n_below[above] = n_below.get(above, 0) + 1
        for above in sorted(n_below, reverse=True):
            if n_below[above] >= self._settings.outages_to_roll_up:
                self.infer(above, at, at)

    def _is_loose(self, outage: Outage) -> bool:
        """Say whether only calls, monitors or meters told of an outage and nobody is on the way to it."""
        return not outage.is_confirmed and outage.patrol is not None and not outage.patrol.is_taken

    def _device_told(self, head: int, at: float, decided_at: float) -> None:
        known = self.outages.get(head)
        if known is None:
            self.infer(head, at, decided_at, is_confirmed=True)
        else:
            self._confirm(known, at)

    def _source_told(self, head: int, at: float, decided_at: float) -> None:
        """Take in that a substation has no supply for a feeder: nobody need look for the reason along the line."""
        if head in self.outages:
            self._confirm(self.outages[head], at)
        elif self.book.behind[head]:
            self._open(head, at, decided_at, is_confirmed=True, detail="substation").is_of_source = True

    # -- outages -----------------------------------------------------------------------------------------------

    def _take_note(self, head: int) -> None:
        """Take note that something became known of the outage of a zone."""
        self.changed.add(head)
        self._n_noted += 1

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

    def _open(self, head: int, at: float, decided_at: float, is_confirmed: bool, detail: str = "") -> Outage:
        outage = Outage(self.n_opened, head, decided_at, is_confirmed)
        self.n_opened += 1
        self.outages[head] = outage
        self._found_sound.discard(head)
        self._take_note(head)
        self._journal.add(
            at, "outage_inferred", outage=outage.number, section=head, value=decided_at,
            detail=detail if is_confirmed else "probable",
        )  # fmt: skip
        self._is_newly_probable |= not is_confirmed
        self.beliefs.trip(head)
        self._hearing.forget(head)
        self._services.call_off(head, self._end[head], at)
        for i in self.backups.went_dark(head, decided_at):
            self._order_generator(outage, i, at)
        self._absorb(outage, at)
        return outage

    def _absorb(self, outage: Outage, at: float) -> None:
        """Merge into a new outage those below it that only calls or monitors told of and nobody is on the way to."""
        for child in self._heads_below(outage.head):
            below = self.outages.get(child)
            if below is None or not self._is_loose(below):
                continue
            assert below.patrol is not None
            self.book.cancel(below.patrol)
            self._end_record(below, at, f"merged into outage {outage.number}")

    def _confirm(self, outage: Outage, at: float) -> None:
        if not outage.is_confirmed:
            outage.is_confirmed = True
            self._take_note(outage.head)
            self._journal.add(at, "outage_confirmed", outage=outage.number, section=outage.head)

    def _heads_below(self, head: int) -> list[int]:
        return self._heads[self._n_heads_to[head] + 1 : self._n_heads_to[self._end[head]]]

    def _order_patrol(self, outage: Outage, head: int, at: float, *, is_own: bool = True) -> Job:
        job = Job(
            self.book.new_number(), "patrol", outage.number, head, head, at, self._patrols,
            attempts=outage.n_patrols,
        )  # fmt: skip
        if is_own:
            outage.patrol, outage.is_ready = job, False
            self._take_note(head)
        self._journal.add(at, "job_opened", job=job.number, outage=outage.number, section=head)
        self.book.add(job)
        return job

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
        """Try to close the device of an outage with nothing known left to repair; one opened beforehand stays open."""
        if outage.is_planned:
            return
        answer = self._field.close(outage.head)
        outage.is_ready = True
        if answer == "held":
            self._close(outage, at)
        elif answer == "faulty":
            self._look_into(outage, at)
        elif answer == "no_supply":
            above = self._upper[outage.head]
            if self.beliefs.blocks[above] == 0:
                self.infer(above, at, at, is_confirmed=False)

    def _look_into(self, outage: Outage, at: float) -> None:
        """Have the zone of a device patrolled that was told to close and opened again on a fault."""
        self._confirm(outage, at)
        self._order_patrol(outage, outage.head, at)

    def _close(self, outage: Outage, at: float) -> None:
        if outage.patrol is not None and self.book.is_waiting(outage.patrol):
            self.book.cancel(outage.patrol)
        if not outage.is_confirmed:
            self._found_sound.add(outage.head)
        self._end_record(outage, at)
        alive = self.beliefs.alive_below(outage.head)
        self._field.after_closing(outage.head, at, self._hearing.have_called)
        self._hearing.declare_alive(alive, at)
        for child in self._heads_below(outage.head):
            below = self.outages.get(child)
            if below is not None and below.is_ready and self.beliefs.blocks[child] <= 1:
                self._settle(below, at)

    def _end_record(self, outage: Outage, at: float, detail: str = "") -> None:
        """Close the record and no longer believe its device open."""
        del self.outages[outage.head]
        self._take_note(outage.head)
        self.let_go(outage)
        self._journal.add(at, "outage_closed", outage=outage.number, section=outage.head, detail=detail)
        for i in self.backups.behind(outage.head):
            if self.beliefs.blocks[self.backups.section[i]] == 0:
                self._believe_alive(i)

    # -- switching off beforehand ------------------------------------------------------------------------------

    def switched_off(self, head: int, at: float) -> int:
        """Take in that a device is opened beforehand; return the number of its outage."""
        outage = self.outages.get(head) or self._open(head, at, at, is_confirmed=True)
        if not outage.is_held:  # its fault had been cut off, and the rest was fed again
            outage.is_held = True
            self.beliefs.trip(head)
        outage.is_planned = outage.is_confirmed = True
        self._take_note(outage.head)
        return outage.number

    def inspect(self, head: int, zones: Iterable[int], at: float) -> list[Job]:
        """Order the patrol of each of these zones behind a device that was opened beforehand, and return the jobs.

        Where one is ordered already and not done that will do.
        """
        jobs = []
        for zone in zones:
            own = self.outages.get(zone)
            if own is not None and own.patrol is not None:
                jobs.append(own.patrol)
            else:
                jobs.append(self._order_patrol(self.outages[head], zone, at, is_own=zone == head))
        return jobs

    def switched_on(self, head: int, at: float) -> None:
        """Take in that such a device was told to close: what is known to be broken there is an outage as any other."""
        outage = self.outages[head]
        outage.is_planned = False
        self._take_note(outage.head)
        if self.book.known_open[head] == 0 and outage.patrol is None:
            self._settle(outage, at)

    # -- what switching does -----------------------------------------------------------------------------------

    def let_go(self, outage: Outage) -> None:
        """No longer believe the device of an outage open: all is repaired, or the fault is cut off from it."""
        if outage.is_held:
            outage.is_held = False
            self._take_note(outage.head)
            self.beliefs.untrip(outage.head)

    def fed_again(self, sections: IntArray, at: float) -> None:
        """Declare that sections have supply again, though their outage is not over."""
        self._field.still_dark(sections, at, self._hearing.have_called)
        self._hearing.declare_alive(sections, at)
        for i in self.backups.at(sections):
            self._believe_alive(i)
        heads = [head for section in sections.tolist() for head in self._hanging.get(section, ())]
        below = [self.outages[head] for head in heads if head in self.outages]
        for head in [outage.head for outage in sorted(below, key=lambda outage: outage.number)]:
            outage = self.outages.get(head)
            if outage is not None and outage.is_ready and self.beliefs.blocks[head] <= 1:
                self._settle(outage, at)

    def cut_off(self, sections: IntArray, at: float) -> None:
        """Take in that sections lost supply on order: critical customers there live on their own backup again."""
        for index in self.backups.at(sections):
            self.backups.lost_supply(index, at)
            self.order_generator(index, at)

    def _believe_alive(self, index: int) -> None:
        self.backups.came_back(index)
        job = self._generator_jobs.get(index)
        if job is not None and self.book.is_waiting(job):
            self.book.cancel(job)
            del self._generator_jobs[index]

    # -- what crews tell ---------------------------------------------------------------------------------------

    def visited(self, job: Job, at: float, *, is_dark: bool) -> None:
        """Take in what a patrol found at a single customer's service: an outage, unless there is supply."""
        self._services.looked_at(job)
        if not is_dark:
            self._hearing.declare_alive(np.array([job.section]), at)
        elif self.beliefs.blocks[job.section] == 0:
            self.infer(job.head, at, at, is_confirmed=True)

    def patrolled(self, job: Job, crew: int, at: float, seen: Iterable[Seen]) -> None:
        """Take in a finished patrol: what it found that was not known before.

        A zone whose outage was closed meanwhile, or that was patrolled as part of a wider one, gets an outage of its
        own when faults are found there.
        """
        head, found = job.head, list(seen)
        outage = self.outages.get(head)
        if outage is None and found:
            outage = self._open(head, at, at, is_confirmed=True)
        if outage is None:
            return
        if outage.patrol is job:
            outage.patrol = None
        outage.n_patrols += 1
        self._take_note(head)
        if outage.n_patrols == 1 and not outage.is_planned:
            self._learner.faults_per_outage.add(len(found))
        if found:
            outage.is_ready = False
            self._confirm(outage, at)
            if outage.patrol is not None and self.book.is_waiting(outage.patrol):
                self.book.cancel(outage.patrol)
                outage.patrol = None
            self.book.known_open[head] += len(found)
            self.book.refresh(head)
            repairs = self.repairs.setdefault(head, [])
            for each in found:
                self._broken[each.section] = self._broken.get(each.section, 0) + 1
                repairs.append(self._order_repair(outage, crew, at, each))
        elif self.book.known_open[head] == 0 and outage.patrol is None:
            self._settle(outage, at)

    def _order_repair(self, outage: Outage, crew: int, at: float, seen: Seen) -> Job:
        fault, section, work, is_blocked = seen.fault, seen.section, seen.work, seen.is_blocked
        number = self.book.new_number()
        needs, steps = self.book.tasks_of(seen.mender, is_blocked=is_blocked, is_switched=seen.is_switched)
        self._journal.add(
            at, "fault_found", fault=fault, section=section, crew=crew, outage=outage.number, job=number, value=work
        )
        self._journal.add(at, "job_opened", job=number, outage=outage.number, section=section, fault=fault)
        job = Job(
            number, "repair", outage.number, outage.head, section, at, needs, fault, work, is_blocked=is_blocked,
            estimated_min=seen.minutes, steps=steps,
        )  # fmt: skip
        self.book.add(job)
        self.book.count(job, work, 1)
        if is_blocked:
            self.book.count(job, TREE, 1)
        return job

    def longer_than_usual(self) -> float:
        """Return by how many minutes patrols estimate the known repairs to be longer than their classes of work."""
        usual = self._learner.on_site
        jobs = [job for waiting in self.repairs.values() for job in waiting if not math.isnan(job.estimated_min)]
        return sum(job.estimated_min - usual[job.work].mean for job in jobs)

    def task_done(self, job: Job, minutes: float) -> None:
        """Take in that a task of a repair is done and another follows: it waits for a crew of the next kind."""
        is_tree = job.step == "tree"
        self._learner.finished(TREE if is_tree else job.work, minutes)
        if is_tree:
            self.book.count(job, TREE, -1)
        job.task += 1
        self.book.put(job)

    def rediagnosed(self, job: Job, work: int) -> None:
        """Take in that a repair needs another class of work than was thought: it waits for a crew again."""
        self.book.count(job, job.work, -1)
        job.work, job.estimated_min = work, np.nan
        self.book.count(job, work, 1)
        self.book.put(job)

    def repaired(self, job: Job, at: float, minutes: float) -> None:
        """Take in a finished repair; the last one known in its zone makes the device worth closing."""
        if job.step == "repair":
            self._learner.finished(job.work, minutes)
        self.book.count(job, job.work, -1)
        if job.is_blocked and "tree" not in job.steps:
            self.book.count(job, TREE, -1)
        head, section = job.head, job.section
        self._broken[section] -= 1
        if not self._broken[section]:
            del self._broken[section]
        self._take_note(head)
        self.repairs[head].remove(job)
        if not self.repairs[head]:
            del self.repairs[head]
        self.book.known_open[head] -= 1
        outage = self.outages.get(head)
        if self.book.known_open[head]:
            self.book.refresh(head)
        elif outage is not None and outage.patrol is None:
            self._settle(outage, at)

    def device_closed(self, head: int, at: float) -> None:
        """Take in that a device that had been opened on purpose may close and was told to; one that trips is looked into."""
        outage = self.outages.get(head)
        if outage is None:
            return
        if outage.is_of_source:
            outage.is_of_source = False
            self._take_note(head)
            self._settle(outage, at)
        elif self.book.known_open[head] == 0:
            answer = self._field.close(head)
            if answer == "held":
                self._close(outage, at)
            elif answer == "faulty" and outage.patrol is None:
                self._look_into(outage, at)

    def generator_on_its_way(self, job: Job, is_covered: bool) -> None:
        """Take in that a critical customer gets, or no longer has, a mobile generator."""
        self.backups.is_covered[job.place] = is_covered
        if not is_covered:
            self._generator_jobs.pop(job.place, None)
        head = job.head
        while head >= 0:
            self.book.refresh(head)
            head = self._upper[head]

    @property
    def dark(self) -> BoolArray:
        """Sections without supply as far as is known, (n_sections,): believed dark, and fed by no mobile generator."""
        dark = self.beliefs.dark
        if self._fed_zones:
            dark = dark.copy()
            dark[list(self._fed_zones)] = False
        return dark

    def zone_is_fed(self, section: int, is_fed: bool) -> None:
        """Take in that a mobile generator feeds a section, or does so no longer."""
        (self._fed_zones.add if is_fed else self._fed_zones.discard)(section)

    def told_broken(self, section: int, at: float) -> None:
        """Take in that a crew saw something broken at a section: its zone has to be looked at."""
        head = self._zone[section]
        if head not in self.outages:
            self.infer(head, at, at, is_confirmed=True)

    def offer_zones(self, at: float, n: int, fits: BoolArray, is_held: BoolArray) -> int:
        """Order n free mobile generators, less those that others wait for, for small zones believed dark and sound.

        Those with most customers come first; a section of a zone that has still to be looked at is left out, and so is
        one that had a generator before. Returns how many critical customers wait for a generator beyond the n, where the
        wind lets crews work.

        Parameters
        ----------
        fits : (n_sections,) sections that one generator can feed. is_held : (n_areas,) where the wind forbids work.
        """
        n -= self.book.tables["generator"].n
        if n == 0:
            return 0
        if n < 0:
            waiting = [job for job in self._generator_jobs.values() if self.book.is_waiting(job)]
            area, zones = self._network.area, self.backups.zones
            n_critical = sum(job.place not in zones and not is_held[area[job.section]] for job in waiting)
            return min(n_critical, -n)
        known = self.beliefs.version, self._n_noted
        if known == self._none_to_offer:
            return 0
        dark = fits & self._had_none & (self.beliefs.blocks > 0)
        for section in self._by_customers[dark[self._by_customers]].tolist():
            if section in self._broken or not self._is_looked_at(self._zone[section]):
                continue
            outage = self._outage_over(section)
            if outage is not None:
                index = self.backups.add_zone(section, int(self._network.customers[section]))
                self._had_none[section] = False
                self._order_generator(outage, index, at)
            n -= 1
            if n == 0:
                return 0
        self._none_to_offer = known
        return 0

    def _is_looked_at(self, zone: int) -> bool:
        """Say whether there is no outage of a zone's own or its last patrol is done."""
        outage = self.outages.get(zone)
        return outage is None or (outage.n_patrols > 0 and outage.patrol is None)

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


def _zone_heads(network: Network) -> tuple[list[int], list[int], dict[int, list[int]]]:
    """Return the heads of all zones, how many lie before each section and the end, and those that hang on each section."""
    sections = np.arange(network.n_sections + 1)
    heads = (network.zone == sections[:-1]).nonzero()[0]
    hanging: dict[int, list[int]] = {}
    for head, above in zip(heads.tolist(), network.parent[heads].tolist(), strict=True):
        hanging.setdefault(above, []).append(head)
    return heads.tolist(), np.searchsorted(heads, sections).tolist(), hanging
