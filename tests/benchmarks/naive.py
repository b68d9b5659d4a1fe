"""The city as a beginner would write it in SimPy: a process per damage, per crew and per call, objects in lists.

The same scenario as the product's: the same faults and repair times, sections, crews, depots, speeds and dispatch rule, patrol before
repair, knowledge from devices and calls, the same agents by day and night, lines, patience, length of calls and chances, a log
of what happens. Its draws are its own, and it leaves out what is hard to write this way: outages merged and split, learned
times, cause and effect.
"""

from __future__ import annotations

import math
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any

import simpy

from sim import rng
from sim.damage import Drawn, repair_minutes
from sim.hotline.staffing import staffing
from sim.units import MIN_PER_DAY, MIN_PER_H
from sim.world.crews import muster

Process = Generator[simpy.Event, Any, None]
_NIGHT_MIN = 360.0
_LEAVES, _CALLS = range(2)  # who gets an agent first: the end of a shift, then callers


@dataclass
class Tally:
    """What the naive model counts, and its log: one dictionary per event."""

    customer_hours: float = 0.0
    calls: int = 0
    trips: int = 0
    log: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class Fault:
    """One damage."""

    number: int
    section: int
    minutes: float
    is_open: bool = False
    is_known: bool = False
    is_repaired: Any = None


@dataclass
class Job:
    """A patrol of a zone (no fault) or a repair."""

    head: int
    section: int
    customers: int
    expected: float
    fault: Fault | None = None


@dataclass
class Place:
    """A crew and where it is."""

    kind: str
    x: float
    y: float


class NaiveCity:
    """One run of the naive model."""

    def __init__(self, drawn: Drawn) -> None:
        assert drawn.given is not None
        settings, net = drawn.scenario, drawn.network
        self.env, self.tally = simpy.Environment(), Tally()
        self._settings, self._work, self._desk, self._who = settings, settings.work, settings.hotline, settings.customers
        self._end, self._parent, self._zone = net.end.tolist(), net.parent.tolist(), net.zone.tolist()
        self._customers, self._reports = net.customers.tolist(), net.reports.tolist()
        self._x, self._y, self._length = net.x.tolist(), net.y.tolist(), net.length_km.tolist()
        self._random = rng.stream(drawn.seed, drawn.replication, "benchmark.naive")
        self._blocks = [0] * net.n_sections
        self._dark_since: dict[int, float] = {}
        self._faults_of: dict[int, list[Fault]] = {}
        self._outages: dict[int, int] = {}  # known open faults by zone head; -1 before the patrol
        self._heard: dict[int, set[tuple[int, int]]] = {}
        self._inbox: list[tuple[int, int]] = []  # (section, caller); caller -1: the device told, or somebody rung back
        self._has_called: set[int] = set()  # sections where somebody would be rung back
        self._jobs: dict[str, list[Job]] = {"patrol": [], "line": []}
        self._agents = simpy.PriorityResource(self.env, int(staffing(settings)[1].max()))
        self._trunks = simpy.Resource(self.env, settings.hotline.trunks)
        self._per_km = self._work.road_factor / self._work.travel_kmh * MIN_PER_H
        minutes = repair_minutes(drawn.given, settings.work, drawn.factors.repair).tolist()
        for i, (at, section) in enumerate(zip(drawn.given.at.tolist(), drawn.given.section.tolist(), strict=True)):
            fault = Fault(i, section, minutes[i], is_repaired=self.env.event())
            self._faults_of.setdefault(self._zone[section], []).append(fault)
            self.env.process(self._damage(at, fault))
        for group in muster(settings, net, drawn.factors):
            for crew in group.crews:
                self.env.process(self._crew(Place(group.kind, crew.x, crew.y)))
        self.env.process(self._control_room())
        self.env.process(self._shifts())
        spread = math.log1p(settings.hotline.handling_cv**2)
        self._handling = math.log(settings.hotline.handling_s / 60.0) - spread / 2.0, math.sqrt(spread)

    def play(self) -> Tally:
        """Run until the horizon."""
        self.env.run(until=self._settings.horizon_min)
        for section, since in self._dark_since.items():
            self.tally.customer_hours += (self.env.now - since) * self._customers[section] / MIN_PER_H
        return self.tally

    def _note(self, kind: str, **what: Any) -> None:
        self.tally.log.append({"at": self.env.now, "kind": kind, **what})

    # -- the network -------------------------------------------------------------------------------------------

    def _damage(self, at: float, fault: Fault) -> Process:
        yield self.env.timeout(at)
        fault.is_open = True
        head = self._zone[fault.section]
        self._note("fault", fault=fault.number, section=fault.section)
        for s in range(head, self._end[head]):
            self._blocks[s] += 1
            if self._blocks[s] == 1:
                self._goes_dark(s)
        if self._reports[head]:
            self.env.process(self._device_tells(head))
        yield fault.is_repaired
        fault.is_open = False
        for s in range(head, self._end[head]):
            self._blocks[s] -= 1
            if self._blocks[s] == 0:
                self._comes_back(s)

    def _goes_dark(self, section: int) -> None:
        self._dark_since[section] = self.env.now
        self._note("dark", section=section, customers=self._customers[section])
        for i in range(self._random.binomial(self._customers[section], self._who.caller_fraction)):
            self.env.process(self._caller(section, i))

    def _comes_back(self, section: int) -> None:
        minutes = self.env.now - self._dark_since.pop(section)
        self.tally.customer_hours += minutes * self._customers[section] / MIN_PER_H
        self._note("back", section=section, customers=self._customers[section], minutes=minutes)

    def _device_tells(self, head: int) -> Process:
        yield self.env.timeout(self._settings.knowledge.breaker_latency_min)
        self._inbox.append((head, -1))

    # -- the control room --------------------------------------------------------------------------------------

    def _control_room(self) -> Process:
        while True:
            yield self.env.timeout(self._settings.knowledge.review_min)
            for section, caller in self._inbox:
                head = self._zone[section]
                if caller < 0:
                    self._infer(head)
                    continue
                self._has_called.add(section)
                if not self._is_believed_dark(head):
                    heard = self._heard.setdefault(head, set())
                    heard.add((section, caller))
                    if len(heard) >= self._settings.knowledge.calls_to_infer:
                        self._infer(head)
            self._inbox.clear()

    def _is_believed_dark(self, head: int) -> bool:
        while True:
            if head in self._outages:
                return True
            if self._parent[head] < 0:
                return False
            head = self._zone[self._parent[head]]

    def _infer(self, head: int) -> None:
        if head in self._outages:
            return
        self._outages[head] = -1
        self._heard.pop(head, None)
        self._note("outage", head=head)
        km = sum(self._length[s] for s in range(head, self._end[head]) if self._zone[s] == head)
        minutes = self._work.patrol_setup_min + km / self._work.patrol_kmh * MIN_PER_H
        self._jobs["patrol"].append(Job(head, head, self._behind(head), minutes))

    def _closes(self, head: int) -> None:
        """Close the outage, look again when the zone is not whole, further up when that has no supply; ring callers back."""
        del self._outages[head]
        self._note("closed", head=head)
        above = self._parent[head]
        if any(fault.is_open for fault in self._faults_of.get(head, ())):
            self._infer(head)
        elif above >= 0 and self._blocks[above]:
            if not self._is_believed_dark(self._zone[above]):
                self._infer(self._zone[above])
        else:
            for s in range(head, self._end[head]):
                if self._blocks[s] and s in self._has_called and not self._is_believed_dark(self._zone[s]):
                    self._inbox.append((s, -1))
                self._has_called.discard(s)

    # -- crews -------------------------------------------------------------------------------------------------

    def _crew(self, place: Place) -> Process:
        jobs = self._jobs[place.kind]
        while True:
            if not jobs:
                yield self.env.timeout(self._settings.knowledge.review_min)
                continue
            job = max(jobs, key=lambda job: self._score(place, job))
            jobs.remove(job)
            self.tally.trips += 1
            self._note("sent", kind_of_crew=place.kind, section=job.section)
            yield self.env.timeout(self._travel(place, job))
            place.x, place.y = self._x[job.section], self._y[job.section]
            self._note("arrived", kind_of_crew=place.kind, section=job.section)
            yield self.env.timeout(job.fault.minutes if job.fault else job.expected)
            self._note("finished", kind_of_crew=place.kind, section=job.section)
            if job.fault is None:
                self._has_looked(job.head)
            else:
                job.fault.is_repaired.succeed()
                yield self.env.timeout(0)
                self._outages[job.head] -= 1
                if self._outages[job.head] == 0:
                    self._closes(job.head)

    def _behind(self, head: int) -> int:
        return sum(self._customers[head : self._end[head]])

    def _travel(self, place: Place, job: Job) -> float:
        km = math.hypot(self._x[job.section] - place.x, self._y[job.section] - place.y)
        return self._work.mobilise_min + km * self._per_km

    def _score(self, place: Place, job: Job) -> float:
        """Return customers behind per hour of travel and work, shared by the known faults of the zone."""
        minutes = job.expected + self._travel(place, job)
        return job.customers / (max(1, self._outages[job.head]) * minutes)

    def _has_looked(self, head: int) -> None:
        found = [fault for fault in self._faults_of.get(head, ()) if fault.is_open and not fault.is_known]
        self._outages[head] = len(found)
        for fault in found:
            fault.is_known = True
            self._note("found", fault=fault.number)
            expected = self._work.pole_h * MIN_PER_H
            self._jobs["line"].append(Job(head, fault.section, self._behind(head), expected, fault))
        if not found:
            self._closes(head)

    # -- callers -----------------------------------------------------------------------------------------------

    def _shifts(self) -> Process:
        away: list[Any] = []
        for at, agents in zip(*staffing(self._settings), strict=True):
            yield self.env.timeout(max(0.0, at - self.env.now))
            n_away = self._agents.capacity - int(agents)
            while len(away) < n_away:
                away.append(self._agents.request(_LEAVES))
            while len(away) > n_away:
                comes = away.pop()
                comes.cancel()
                self._agents.release(comes)

    def _caller(self, section: int, number: int) -> Process:
        since = self.env.now
        delay = self._who.first_call_half_time_min / math.log(2.0)
        fades_h, is_first = self._who.followup_half_life_h, True
        while self._dark_since.get(section) == since:
            yield self.env.timeout(self._random.exponential(delay))
            if self._dark_since.get(section) != since:
                return
            if self.env.now % MIN_PER_DAY < _NIGHT_MIN and self._random.random() > self._who.night_awareness:
                continue
            dark_h = (self.env.now - since) / MIN_PER_H
            if is_first or self._random.random() < 0.5 ** (dark_h / fades_h):
                yield self.env.process(self._call(section, number, since))
            is_first, delay = False, MIN_PER_H / max(self._who.followup_per_h, 1e-9)

    def _call(self, section: int, number: int, since: float) -> Process:
        desk, random = self._desk, self._random
        while self._dark_since.get(section) == since:
            self.tally.calls += 1
            if self._trunks.count >= self._trunks.capacity:
                self._note("busy", section=section, caller=number)
                chance = desk.redial_after_busy
            else:
                with self._trunks.request() as trunk:
                    yield trunk
                    yield self.env.timeout(desk.voice_s / 60.0)
                    if random.random() < desk.containment_fraction:
                        self._inbox.append((section, number))
                        self._note("voice", section=section, caller=number)
                        return
                    with self._agents.request(_CALLS) as agent:
                        got = yield agent | self.env.timeout(random.exponential(desk.patience_s / 60.0))
                        if agent in got:
                            self._inbox.append((section, number))
                            self._note("answered", section=section, caller=number)
                            yield self.env.timeout(random.lognormal(*self._handling))
                            return
                self._note("abandoned", section=section, caller=number)
                chance = desk.redial_after_abandon
            if random.random() >= chance:
                return
            yield self.env.timeout(random.exponential(desk.redial_delay_min))
