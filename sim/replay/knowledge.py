"""What the control room believed over time, and what it had ordered and promised: read from its own events alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.log import KIND_CODE, NONE, Log
from sim.replay.timeline import Timeline
from sim.replay.zones import Zones
from sim.supply import Order, Supply, SwitchedSupply

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

STAGES = ("supplied", "reported", "patrolled", "crew_on_site")
SUPPLIED, REPORTED, PATROLLED, CREW_ON_SITE = range(4)
"""How far the outage is that is believed to keep a zone dark, if any: reported and not yet looked at; patrolled, its
damage waits; a crew clears or repairs it."""
CLOSED = 4
"""Of an outage: over. Before it is inferred an outage is at SUPPLIED."""

_OPERATIONS = ("device_opened", "device_closed", "tie_opened", "tie_closed")

JOB_STATES = ("none", "waiting", "taken", "done", "struck_off")
NOT_YET, WAITING, TAKEN, DONE, STRUCK_OFF = range(5)
JOB_KINDS = ("patrol", "repair", "generator", "switch", "service")
PATROL, REPAIR, GENERATOR, SWITCH, SERVICE = range(5)


@dataclass(frozen=True)
class Jobs:
    """What never changes about a job, (n_jobs,): code into JOB_KINDS, outage, section."""

    kind: IntArray
    outage: IntArray
    section: IntArray


class Knowledge:
    """Outages, jobs and promises over time, as the control room had them.

    Reads known and reported events only; a log that holds others gives the same. `beliefs` is supply as it is believed
    before the first event; it is used up.

    Attributes
    ----------
    stage : per zone, into STAGES. outage : per outage, into STAGES or CLOSED. jobs, job : facts and states of jobs.
    promise : per area, minute by which power was last promised, negative: assessing, nan: nothing was said.
    """

    def __init__(self, log: Log, zones: Zones, beliefs: Supply) -> None:
        reading = _Reading(log, zones, beliefs)
        self.stage = reading.stage.timeline(len(zones))
        self.outage = reading.outage.timeline(reading.n_outages)
        self.jobs = Jobs(reading.column(0), reading.column(1), reading.column(2))
        self.job = reading.job.timeline(len(reading.jobs))
        told = log.of("etr_published")
        value = np.nan_to_num(log["value"][told], nan=-1.0)
        self.promise = Timeline(zones.n_areas, log["at"][told], log["place"][told], value, np.nan)


class _Changes:
    """Changes in the making."""

    def __init__(self) -> None:
        self.at: list[float] = []
        self.key: list[int] = []
        self.value: list[int] = []

    def add(self, at: float, keys: Iterable[int], value: int) -> None:
        for key in keys:
            self.at.append(at)
            self.key.append(key)
            self.value.append(value)

    def timeline(self, n: int) -> Timeline:
        return Timeline(n, self.at, self.key, np.array(self.value, np.int64))


@dataclass(frozen=True, slots=True)
class _Event:
    at: float
    outage: int
    job: int
    section: int
    crew: int
    fault: int
    place: int
    value: float


class _Reading:
    """One pass over what the control room knew, its own rules in mind for what it does not write down.

    A patrol that has become needless is struck off without an event: when its outage is closed, and when another
    patrol has found the damage of its zone. So is a generator for a customer who is believed to have supply again.
    """

    def __init__(self, log: Log, zones: Zones, beliefs: Supply) -> None:
        self._zones, self._beliefs = zones, beliefs
        self._zone_of: list[int] = zones.protected_at.tolist()
        self._is_head = np.zeros(len(zones.of_section), bool)
        self._is_head[zones.head] = True
        self.stage, self.outage, self.job = _Changes(), _Changes(), _Changes()
        self.jobs: list[tuple[int, int, int]] = []
        self.n_outages = 0
        self._job_state: list[int] = []
        self._painted = np.zeros(len(zones), np.int64)
        self._cause = np.full(len(zones), NONE)  # the outage that keeps each one dark
        self._open: dict[int, int] = {}  # outage by zone
        self._held: set[int] = set()  # open outages whose device is believed open
        self._operated: list[tuple[str, int, int]] = []  # devices and ties operated at this instant
        self._zone_of_outage: dict[int, int] = {}
        self._patrolled: set[int] = set()  # outages
        self._own_patrol: dict[int, int] = {}  # job by outage
        self._at_work: dict[int, int] = {}  # crews on site to clear or repair, by zone
        self._crew_at: dict[int, int] = {}  # zone by crew
        self._services: set[int] = set()  # jobs at a single customer's service
        self._generators: dict[int, set[int]] = {}  # jobs that wait, by zone
        steps: dict[str, Callable[[_Event], None]] = {
            "outage_inferred": self._inferred, "outage_closed": self._closed, "job_opened": self._opened,
            "crew_dispatched": self._dispatched, "crew_arrived": self._arrived, "patrol_finished": self._patrol_done,
            "fault_found": self._found, "tree_cleared": self._cleared, "task_finished": self._cleared,
            "assist_finished": self._repaired, "repair_finished": self._repaired,
            "generator_released": self._released, "generator_not_needed": self._released, "shift_ended": self._left,
            "crew_broke_off": self._left, "task_handed_over": self._left, "crew_returning": self._left,
            "job_given_back": self._given_back, "device_operated": self._released,
            "job_called_off": self._called_off, "service_reported": self._service_reported,
            "service_visited": self._released,
            "outage_cut_off": self._cut_off,
        }  # fmt: skip
        by_code = {KIND_CODE[name]: step for name, step in steps.items()}
        rows = np.flatnonzero(np.isin(log["kind"], [*by_code, *(KIND_CODE[name] for name in _OPERATIONS)]))
        names = ("at", "outage", "job", "section", "crew", "fault", "place", "value")
        columns = [log[name][rows].tolist() for name in names]
        operations = {KIND_CODE[name]: name for name in _OPERATIONS}
        events = [(code, _Event(*fields)) for code, *fields in zip(log["kind"][rows].tolist(), *columns, strict=True)]
        for i, (code, event) in enumerate(events):
            if code in by_code:
                by_code[code](event)
                continue
            self._operated.append((operations[code], event.section, event.place))
            # an order is logged as a run of operations; the next one is another event, or another instant
            if i + 1 == len(events) or events[i + 1][0] not in operations or events[i + 1][1].at != event.at:
                self._switch(event.at)

    def column(self, i: int) -> IntArray:
        """Return one column of the jobs' facts."""
        return np.array([job[i] for job in self.jobs], np.int64)

    # -- outages -----------------------------------------------------------------------------------------------

    def _inferred(self, event: _Event) -> None:
        zone = self._zone_of[event.section]
        self.n_outages = max(self.n_outages, event.outage + 1)
        self._open[zone] = event.outage
        self._held.add(event.outage)
        is_topmost = self._beliefs.blocks[event.section] == 0
        self._cause[self._zones_of(self._beliefs.trip(event.section)[1])] = event.outage
        if is_topmost:
            below = np.arange(zone, self._zones.end[zone])
            self._cause[below[self._is_dark(below)]] = event.outage
        self._show(zone, event.at)

    def _closed(self, event: _Event) -> None:
        zone = self._zone_of[event.section]
        del self._open[zone]
        self.outage.add(event.at, (event.outage,), CLOSED)
        self._strike_off(self._own_patrol.get(event.outage, NONE), event.at)
        self._let_go(zone, event.outage, event.at)

    def _let_go(self, zone: int, outage: int, at: float) -> None:
        """No longer believe the device of an outage open."""
        if outage in self._held:
            self._held.remove(outage)
            gained, lost = self._beliefs.untrip(int(self._zones.head[zone]))
            self._changed(np.union1d(self._zones_of(np.union1d(gained, lost)), np.flatnonzero(self._cause == outage)), at)

    def _switch(self, at: float) -> None:
        """Take in what was ordered at an instant."""
        done = {name: [(s, t) for kind, s, t in self._operated if kind == name] for name in _OPERATIONS}
        self._operated = []
        beliefs = self._beliefs
        assert isinstance(beliefs, SwitchedSupply), "devices are operated in plans that switch only"
        opens, closes = (
            {int(beliefs.tree.of[s]) for s, _ in done[name]} for name in ("device_opened", "device_closed")
        )
        gained, lost = beliefs.switch(
            Order(
                frozenset(opens), frozenset(closes & beliefs.opened), frozenset(t for _, t in done["tie_opened"]),
                frozenset(t for _, t in done["tie_closed"]),
            )
        )  # fmt: skip
        self._changed(self._zones_of(np.union1d(gained, lost)), at)

    def _cut_off(self, event: _Event) -> None:
        self._let_go(self._zone_of[event.section], event.outage, event.at)

    def _is_dark(self, zones: IntArray) -> BoolArray:
        return np.asarray(self._beliefs.blocks[self._zones.head[zones]] > 0)

    def _zones_of(self, sections: IntArray) -> IntArray:
        """Return the zones whose heads are among some sections."""
        heads = sections[self._is_head[sections]]
        return np.asarray(self._zones.of_section[heads])

    def _changed(self, zones: IntArray, at: float) -> None:
        """Find out anew what keeps zones dark, if anything, and what follows."""
        is_dark = self._is_dark(zones)
        self._cause[zones[~is_dark]] = NONE
        self._paint(zones[~is_dark], SUPPLIED, at)
        for zone in zones[is_dark].tolist():
            device = self._beliefs.blocking_head(int(self._zones.head[zone]))
            outage = self._open.get(self._zone_of[device], NONE) if device != NONE else NONE
            self._cause[zone] = outage
            self._paint(np.array([zone]), self._stage_of(outage), at)
        for zone in zones[~is_dark].tolist() if self._generators else ():
            for job in sorted(self._generators.pop(zone, ())):
                self._strike_off(job, at)

    def _stage_of(self, outage: int) -> int:
        """Return the stage of an open outage; dark for no outage's sake counts as reported."""
        if self._at_work.get(self._zone_of_outage.get(outage, NONE)):
            return CREW_ON_SITE
        return PATROLLED if outage in self._patrolled else REPORTED

    def _show(self, zone: int, at: float) -> None:
        """Bring the stage of the outage that is open at a zone up to date, there and where it keeps others dark."""
        outage = self._open.get(zone)
        if outage is None:
            return
        self._zone_of_outage[outage] = zone
        stage = self._stage_of(outage)
        self.outage.add(at, (outage,), stage)
        self._paint(np.flatnonzero(self._cause == outage), stage, at)

    def _paint(self, zones: IntArray, stage: int, at: float) -> None:
        fresh = zones[self._painted[zones] != stage]
        self._painted[fresh] = stage
        self.stage.add(at, fresh.tolist(), stage)

    # -- jobs --------------------------------------------------------------------------------------------------

    def _service_reported(self, event: _Event) -> None:
        self._services.add(event.job)

    def _opened(self, event: _Event) -> None:
        kind = PATROL if event.outage != NONE else SWITCH
        if event.job in self._services:
            kind = SERVICE
        if event.fault != NONE:
            kind = REPAIR
        elif event.place != NONE:
            kind = GENERATOR
        zone = self._zone_of[event.section]
        self.jobs.append((kind, event.outage, event.section))
        self._job_state.append(NOT_YET)
        self._put(event.job, WAITING, event.at)
        if kind == PATROL and self._open.get(zone) == event.outage:
            self._own_patrol[event.outage] = event.job
        if kind == GENERATOR:
            self._generators.setdefault(int(self._zones.of_section[event.section]), set()).add(event.job)

    def _put(self, job: int, state: int, at: float) -> None:
        self._job_state[job] = state
        self.job.add(at, (job,), state)

    def _strike_off(self, job: int, at: float) -> None:
        if job != NONE and self._job_state[job] == WAITING:
            self._put(job, STRUCK_OFF, at)

    def _dispatched(self, event: _Event) -> None:
        self._put(event.job, TAKEN, event.at)
        self._generators.get(int(self._zones.of_section[event.section]), set()).discard(event.job)

    def _given_back(self, event: _Event) -> None:
        self._put(event.job, WAITING, event.at)
        if self.jobs[event.job][0] == GENERATOR:
            self._generators.setdefault(int(self._zones.of_section[event.section]), set()).add(event.job)

    def _called_off(self, event: _Event) -> None:
        self._strike_off(event.job, event.at)

    def _arrived(self, event: _Event) -> None:
        if self.jobs[event.job][0] == REPAIR:
            zone = self._zone_of[event.section]
            self._crew_at[event.crew] = zone
            self._at_work[zone] = self._at_work.get(zone, 0) + 1
            self._show(zone, event.at)

    def _left(self, event: _Event) -> None:
        zone = self._crew_at.pop(event.crew, NONE)
        if zone != NONE:
            self._at_work[zone] -= 1
            self._show(zone, event.at)

    def _patrol_done(self, event: _Event) -> None:
        self._put(event.job, DONE, event.at)
        zone = self._zone_of[event.section]
        outage = self._open.get(zone)
        if outage is None:
            return
        self._patrolled.add(outage)
        self._show(zone, event.at)
        if event.value > 0:
            self._strike_off(self._own_patrol.get(outage, NONE), event.at)

    def _found(self, event: _Event) -> None:
        if event.outage not in self._patrolled:  # the patrol itself made the outage known
            self._patrolled.add(event.outage)
            self._show(self._zone_of[event.section], event.at)

    def _cleared(self, event: _Event) -> None:
        self._put(event.job, WAITING, event.at)
        self._left(event)

    def _repaired(self, event: _Event) -> None:
        self._put(event.job, DONE, event.at)
        self._left(event)

    def _released(self, event: _Event) -> None:
        self._put(event.job, DONE, event.at)
