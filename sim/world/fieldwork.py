"""Crews in the field: sent to jobs, on the road, on site, home; one process per crew.

A trip costs two events: the call that wakes the crew where it is to be, and the end of its visit.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

import numpy as np
import simpy
from numpy.typing import NDArray

from sim.damage import Drawn, Faults, repair_minutes, stand_downs, tree_minutes
from sim.dispatch import GENERATOR_POLICIES, Asking, LargestBacklogArea, Outlook, Rule
from sim.etr import Learner
from sim.scenario.model import Scenario
from sim.units import project_km
from sim.world.assessment import Assessment
from sim.world.book import KINDS, Job
from sim.world.control import ControlRoom, Seen
from sim.world.crews import BUSY, IDLE, OFF, Crew, Group
from sim.world.engaged import Engaged
from sim.world.generators import MobileGenerators
from sim.world.journal import Journal
from sim.world.orders import Orders
from sim.world.roads import Roads
from sim.world.switching import SwitchingDesk
from sim.world.truth import Truth
from sim.world.visits import Hold, Visit, visit

BoolArray = NDArray[np.bool_]


class Call(simpy.Event):
    """An event that comes at a minute given once the future is known, as a Timeout does from the start."""

    def come_at(self, at: float, value: Any = None, *, urgent: bool = False) -> None:
        """Let the event come at minute `at`; urgent ones come before others of that minute."""
        self._ok, self._value = True, value
        priority = simpy.events.URGENT if urgent else simpy.events.NORMAL
        self.env.schedule(self, priority, at - self.env.now)


class FieldWork:
    """All crews and what they do.

    Attributes
    ----------
    rule : the dispatch rule in force. orders : standing orders. is_held : (n_areas,) where the wind forbids work or
    it is stopped, as of the last look. n_trips : trips so far. after_patrol : called with a patrol that is done.
    """

    def __init__(
        self, env: simpy.Environment, drawn: Drawn, settings: Scenario, faults: Faults, truth: Truth,
        control: ControlRoom, learner: Learner, journal: Journal, rule: Rule,
    ) -> None:  # fmt: skip
        self._env, self._truth, self._control, self._learner = env, truth, control, learner
        self._journal, self._faults, self._book = journal, faults, control.book
        self._take_over(rule)
        work, level = settings.work, drawn.factors.repair
        self._work, self._level = work, level
        self._repair_min: list[float] = repair_minutes(faults, work, level).tolist()
        self._tree_min: list[float] = tree_minutes(faults, work, level).tolist()
        self._is_known = np.zeros(len(faults), bool)
        self._assessment = Assessment(settings.knowledge, drawn.seed, drawn.replication)
        self._roads = Roads.of(settings, drawn.factors.travel)
        self._may_finish = work.shift_end == "finish"
        self.orders = Orders(drawn.network, control.book, control.backups)
        self._hold_start, self._hold_end = stand_downs(drawn, work.wind_limit_mps)
        self._holds = [Hold(a, b) for a, b in zip(self._hold_start.tolist(), self._hold_end.tolist(), strict=True)]
        self.is_held: BoolArray = np.zeros(len(self._holds), bool)
        self._per_km = self._roads.per_km(0.0)
        self._area: list[int] = drawn.network.area.tolist()
        self._x, self._y = drawn.network.x.tolist(), drawn.network.y.tolist()
        self._engaged = Engaged(drawn.network, self._book, learner)
        self._left: dict[int, float] = {}  # minutes of work left of a task that was begun, by job
        self._crews: dict[int, Crew] = {}
        self._idle: dict[str, set[int]] = {kind: set() for kind in KINDS}
        self._newly_idle: dict[str, list[int]] = {kind: [] for kind in KINDS}  # since the last match
        self._seen = dict.fromkeys(KINDS, 0)  # version of each table at the last match
        depots = [project_km(d.lon, d.lat, drawn.network.lon0, drawn.network.lat0) for d in settings.depots.values()]
        self.generators = MobileGenerators(
            env, settings.generators, drawn.network, truth, control, journal, self._roads, self._holds,
            [(float(x), float(y)) for x, y in depots], lambda crew: self._be_free(crew),
        )  # fmt: skip
        self._generator_rule = GENERATOR_POLICIES[settings.generators.policy]
        dispatch = settings.dispatch
        self._redirect_factor = dispatch.redispatch_factor if dispatch.redispatch == "better" else np.inf
        self.n_trips = 0
        truth.when_alive = lambda sections, _: self.generators.supply_is_back(sections)
        self._steps: dict[str, Callable[[Crew, Job, float], None]] = {
            "patrol": self._finish_patrol,
            "repair": self._finish_repair,
            "generator": lambda crew, job, _: self.generators.connect(crew, job),
            "switch": self._finish_switch,
            "service": self._finish_visit,
        }
        self.switching: SwitchingDesk | None = None
        self.after_patrol: Callable[[Job], None] = lambda _: None

    # -- on and off duty ---------------------------------------------------------------------------------------

    def enlist(self, crew: Crew) -> None:
        """Start a crew's process; it is off duty."""
        self._crews[crew.number] = crew
        crew.called = Call(self._env)
        crew.process = self._env.process(self._live(crew))

    def start_shift(self, group: Group) -> None:
        """Put the crews of a group that are off on duty; those still at work stay at it."""
        crews = [crew for crew in group.crews if crew.state == OFF]
        self._log_crews("shift_started", crews)
        for crew in crews:
            self._be_idle(crew)

    def end_shift(self, group: Group) -> None:
        """Send home the crews of a group that have nothing to do; the others follow when they are done."""
        crews = [crew for crew in group.crews if crew.state == IDLE]
        self._log_crews("shift_ended", crews)
        for crew in crews:
            self._idle[crew.kind].remove(crew.number)
            self._go_home(crew)

    def _go_home(self, crew: Crew) -> None:
        crew.go_home()

    def _log_crews(self, kind: str, crews: list[Crew]) -> None:
        if crews:
            numbers = np.array([crew.number for crew in crews], np.int64)
            self._journal.add_many(self._env.now, kind, len(crews), crew=numbers)

    def _be_idle(self, crew: Crew) -> None:
        crew.state, crew.job, crew.tried = IDLE, -1, -1
        self._idle[crew.kind].add(crew.number)
        self._newly_idle[crew.kind].append(crew.number)

    def _be_free(self, crew: Crew) -> None:
        """Let a crew that has left a job wait for the next one or go home."""
        if self._env.now >= crew.group.until:
            self._log_crews("shift_ended", [crew])
            self._go_home(crew)
        else:
            self._be_idle(crew)

    def obey(self, rule: Rule) -> None:
        """Dispatch by another rule from now on."""
        self._take_over(rule)
        self._book.hold(self.is_held)  # crews that found nothing by the old rule ask again

    def _take_over(self, rule: Rule) -> None:
        self.rule = rule
        if isinstance(rule, LargestBacklogArea):
            rule.note = lambda at, crew, area, until: self._log_term(at, crew, area, until)

    def _log_term(self, at: float, crew: int, area: int, until: float) -> None:
        self._journal.add(at, "crew_given_to_area", crew=crew, place=area, value=until)

    # -- who does what -----------------------------------------------------------------------------------------

    def look_round(self) -> None:
        """Bring up to date where the wind forbids work, and how fast the roads are."""
        at = self._env.now
        held = (self._hold_start <= at) & (at < self._hold_end) | self.orders.is_stopped
        per_km = self._roads.per_km(at)
        if (held != self.is_held).any() or per_km != self._per_km:
            self.is_held, self._per_km = held, per_km
            self._book.hold(held)

    def match(self) -> None:
        """Give every idle crew, in order of number, the best job for it; a job reserved by a crew comes first."""
        for kind in KINDS:
            table, seen = self._book.tables[kind], self._seen[kind]
            idle = self._idle[kind] if table.version != seen else self._newly_idle[kind]
            if not idle:
                continue
            self._seen[kind] = table.version
            crews = sorted(idle)
            self._newly_idle[kind] = []
            barren: set[tuple[float, float, float, int]] = (
                set()
            )  # from where, how long, for whom nothing was found just now
            for number in crews:
                crew = self._crews[number]
                if crew.state != IDLE or crew.is_held:
                    continue
                if crew.reserved >= 0:
                    area = self._area[self._book.jobs[crew.reserved].section]
                    if not self.is_held[area] and self.orders.may_go(crew, area):
                        self._send(crew, self._book.jobs[crew.reserved])
                elif table.n_workable:
                    place = crew.x, crew.y, crew.group.until, id(crew.only)
                    job = None if place in barren else self._best(crew)
                    if job is not None:
                        self._book.take(job)
                        self._send(crew, job)
                    else:
                        barren.add(place)
                        crew.tried = table.version

    def n_idle(self, kind: str) -> int:
        """Return how many crews of a kind are free."""
        return len(self._idle[kind])

    def _best(self, crew: Crew) -> Job | None:
        """Return the best job for a crew; one that found none is asked again only when something changed."""
        at, table, roads = self._env.now, self._book.tables[crew.kind], self._roads
        left, per_km = crew.group.until - at, roads.per_km(at)
        urgent = self._nearest_urgent(crew, left, per_km) if self._book.urgent else None
        if urgent is not None:
            return urgent
        reach_km = (left - roads.mobilise_min) / per_km
        if reach_km < 0 or (crew.tried >= 0 and not table.has_new(crew.tried, crew.x, crew.y, reach_km)):
            return None
        return self._choose(crew, crew.x, crew.y, left)

    def _choose(self, crew: Crew, x: float, y: float, left_min: float) -> Job | None:
        """Return the job that the rule and the orders give to a crew at (x, y)."""
        table, roads, orders = self._book.tables[crew.kind], self._roads, self.orders
        rule = self._generator_rule if crew.kind == "generator" else self.rule
        at = self._env.now
        asking = Asking(x, y, at, roads.per_km(at), roads.mobilise_min, crew.kind, left_min, crew.number)
        view = table.view(asking, lambda: self._outlook(crew))
        job = orders.choose(table, rule, view, crew) if orders.any else table.choose(rule, view)
        return self._book.jobs[job] if job >= 0 else None

    def _outlook(self, crew: Crew) -> Outlook:
        """Return what is known beyond the open jobs when a crew asks."""
        idle = [self._crews[number] for number in self._idle[crew.kind]]
        return self._engaged.outlook(crew, idle, self._env.now)

    def _nearest_urgent(self, crew: Crew, left_min: float, per_km: float) -> Job | None:
        """Return the nearest job that comes before all others, of those that the crew can do and reach."""
        best: tuple[float, int] | None = None
        for number, job in self._book.urgent.items():
            if job.crew_kind == crew.kind and not self.is_held[self._area[job.section]]:
                km = float(np.hypot(self._x[job.section] - crew.x, self._y[job.section] - crew.y))
                if self._roads.mobilise_min + km * per_km <= left_min and (best is None or (km, number) < best):
                    best = (km, number)
        return None if best is None else self._book.jobs[best[1]]

    def _send(self, crew: Crew, job: Job) -> None:
        """Send an idle crew to a job; the wind may hold it up on the road."""
        at = self._env.now
        self._idle[crew.kind].remove(crew.number)
        crew.state, crew.job = BUSY, job.number
        if job.kind == "generator":
            self._control.generator_on_its_way(job, is_covered=True)
        km = float(np.hypot(self._x[job.section] - crew.x, self._y[job.section] - crew.y))
        travel = km * self._roads.per_km(at) + self._roads.mobilise_min
        self._journal.add(
            at, "crew_dispatched", crew=crew.number, job=job.number, task=job.task, section=job.section, value=travel
        )
        self._engaged.sets_out(crew, job, at + travel)
        self.n_trips += 1
        self._learner.trip.add(travel)
        arrives = self._holds[self._area[job.section]].ends_after(at, travel)
        self._log_hold(crew, job, at, arrives)
        crew.set_out = at, crew.x, crew.y, arrives
        crew.called.come_at(arrives)

    def _log_hold(self, crew: Crew, job: Job, start: float, end: float) -> None:
        hold = self._holds[self._area[job.section]]
        if hold.pauses(start, end):
            self._journal.later(
                max(start, hold.start), "crew_stood_down", crew=crew.number, section=job.section, job=job.number,
                value=hold.end,
            )  # fmt: skip

    # -- a crew's life -----------------------------------------------------------------------------------------

    def _live(self, crew: Crew) -> Generator[simpy.Event, Any, None]:
        while True:
            try:
                yield crew.called
                crew.called = Call(self._env)
                job = self._book.jobs[crew.job]
                stay = self._arrive(crew, job)
                end = Call(self._env)
                end.come_at(stay.until)
                yield end
            except simpy.Interrupt:  # it broke off
                continue
            crew.stay = None
            self._leave(crew, job, stay)
            if self.switching is not None:
                self.switching.review()
            self.match()

    def _arrive(self, crew: Crew, job: Job) -> Visit:
        at = self._env.now
        crew.x, crew.y = self._x[job.section], self._y[job.section]
        expected = self._book.expected_min(job, crew.group.patrol_kmh)
        self._journal.add(
            at, "crew_arrived", crew=crew.number, job=job.number, task=job.task, section=job.section, value=expected
        )
        self._engaged.arrives(crew, job, at + expected)
        left = self._left.get(job.number)
        if left is None:
            left = self._on_site_min(crew, job)
        hold = self._holds[self._area[job.section]]
        stay = visit(at, left, hold, crew.group.until, may_finish=self._may_finish)
        self._log_hold(crew, job, at, stay.until)
        self._left[job.number] = left - stay.worked_min
        crew.set_out, crew.stay, crew.area = None, (at, stay), self._area[job.section]
        return stay

    def _on_site_min(self, crew: Crew, job: Job) -> float:
        """Return the minutes that the present task really takes."""
        if job.kind == "patrol":
            return self._book.expected_min(job, crew.group.patrol_kmh)
        if job.kind in ("generator", "switch", "service"):
            return self._book.expected_min(job)
        if self._is_in_vain(job):
            return self._assessment.diagnosis_min
        if len(job.needs) > 1:
            return (self._tree_min if job.task == 0 else self._repair_min)[job.fault]
        return self._tree_min[job.fault] + self._repair_min[job.fault]

    def _leave(self, crew: Crew, job: Job, stay: Visit) -> None:
        at = self._env.now
        self._engaged.leaves(crew)
        if not stay.is_done:
            crew.reserved = job.number
            if at < crew.group.until:  # its shift was prolonged while it was there: it sets out anew
                self._journal.add(
                    at, "crew_broke_off", crew=crew.number, job=job.number, task=job.task, section=job.section,
                    value=stay.worked_min,
                )  # fmt: skip
            self._be_free(crew)
            return
        del self._left[job.number]
        crew.reserved = -1
        self._steps[job.kind](crew, job, at)

    def _is_in_vain(self, job: Job) -> bool:
        """Say whether a crew has come to repair what is there for want of the right things: the diagnosis was wrong."""
        if not self._assessment.may_be_wrong:
            return False
        return job.is_last and job.work != int(self._faults.work[job.fault])

    def _finish_visit(self, crew: Crew, job: Job, at: float) -> None:
        is_dark = bool(self._truth.supply.blocks[job.section] > 0)
        self._journal.add(
            at, "service_visited", crew=crew.number, job=job.number, task=job.task, section=job.section, value=is_dark
        )
        self._control.visited(job, at, is_dark=is_dark)
        self._be_free(crew)

    def _finish_patrol(self, crew: Crew, job: Job, at: float) -> None:
        there = [fault for fault in self._truth.faults_in(job.head) if not self._is_known[fault]]
        seen = self._assessment.found(there, crew.group.detection_fraction)
        self._is_known[seen] = True
        self._truth.make_safe(seen)
        self._journal.add(
            at, "patrol_finished", crew=crew.number, job=job.number, task=job.task, section=job.head,
            outage=job.outage, value=len(seen),
        )  # fmt: skip
        faults = self._faults
        rows = [
            Seen(
                f, int(faults.section[f]), self._assessment.work(f, int(faults.work[f])), bool(faults.blocked_by_tree[f]),
                self._assessment.minutes(f, self._repair_min[f]),
            )
            for f in seen
        ]  # fmt: skip
        self._control.patrolled(job, crew.number, at, rows)
        self.after_patrol(job)
        self._be_free(crew)

    def _lose_trip(self, crew: Crew, job: Job, at: float) -> None:
        """Let a crew leave that lacks what the repair needs; the job waits again, as what it really is."""
        work = int(self._faults.work[job.fault])
        ids = {"crew": crew.number, "job": job.number, "section": job.section}
        self._journal.add(at, "crew_broke_off", task=job.task, value=self._assessment.diagnosis_min, **ids)
        self._journal.add(at, "diagnosis_corrected", fault=job.fault, task=job.task, value=work, **ids)
        self._journal.add(at, "job_given_back", **ids)
        self._control.rediagnosed(job, work)
        self._be_free(crew)

    def _finish_repair(self, crew: Crew, job: Job, at: float) -> None:
        if self._is_in_vain(job):
            self._lose_trip(crew, job, at)
            return
        minutes = self._on_site_min(crew, job)
        kind = "repair_finished" if job.task == len(job.needs) - 1 else "tree_cleared"
        done = self._journal.add(
            at, kind, fault=job.fault, section=job.section, crew=crew.number, job=job.number, task=job.task,
            value=minutes,
        )  # fmt: skip
        if kind == "tree_cleared":
            self._control.cleared(job, minutes)
        else:
            self._truth.repair(job.fault, at, done)
            self._control.repaired(job, at, minutes)
        self._be_free(crew)

    def _finish_switch(self, crew: Crew, job: Job, at: float) -> None:
        self._journal.add(
            at, "device_operated", crew=crew.number, job=job.number, task=job.task, section=job.section,
            value=self._on_site_min(crew, job),
        )  # fmt: skip
        if self.switching is not None:
            self.switching.operated(job)
        self._be_free(crew)
