"""What the public is told: promises per area, computed from knowledge or given by command, and notices."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sim.etr import Capacity, Learner, area_promise, may_revise, stretched
from sim.grid.network import Network
from sim.scenario.model import Scenario
from sim.units import MIN_PER_H
from sim.world.book import KINDS, TREE, WORKS, Job
from sim.world.control import ControlRoom
from sim.world.crews import Group
from sim.world.journal import Journal
from sim.world.truth import Line

FloatArray = NDArray[np.float64]

ASSESSING = -1.0
AREA, GLOBAL = "", "global"
"""What the log says of a time that holds for one area, and of one that holds for the whole network."""


class Promises:
    """The promise in force per area.

    Computed promises are revised every `update_h` at reviews, as far as the policy publishes a revision. An area is told
    "assessing" while too few of its known outages have been patrolled, while the wind forbids work there, while it is
    too early, or while there is nobody to do the work; then the time by which all power is expected back, while too few
    of them have been patrolled for a time of its own. An area where nobody is believed out has no promise. Where the plan
    says so, the customers of an outage get a time of their own, besides their area's, once crews are assigned to all of its
    known repairs.
    """

    def __init__(
        self, network: Network, settings: Scenario, control: ControlRoom, learner: Learner, groups: Sequence[Group],
        journal: Journal, line: Line,
    ) -> None:  # fmt: skip
        self._network, self._etr, self._control, self._learner = network, settings.etr, control, learner
        self._groups, self._journal, self._line = groups, journal, line
        self._reach = settings.notices.reach_fraction
        self._has_estimates = settings.knowledge.estimates_work
        self._area: list[int] = network.listed("area")
        self._n_areas = len(network.area_name)
        first_after_h = settings.etr.first_after_h
        self._first_at = -math.inf if first_after_h is None else settings.landfall_at + first_after_h * MIN_PER_H
        self._promise = np.full(self._n_areas, np.nan)
        self._start_at = np.full(self._n_areas, -np.inf)  # no work is reckoned with before
        self._next_at = 0.0
        self._own: dict[int, tuple[float, bool]] = {}  # by outage: minute for its own customers, and whether they were told
        self.silent_until = 0.0  # the system that sends notices is down until then

    def review(self, at: float, is_held: NDArray[np.bool_]) -> None:
        """Revise computed promises when that is due; `is_held` (n_areas,): the wind forbids work."""
        if self._etr.policy != "computed":
            return
        if self._etr.individual and at >= self._first_at:
            self._review_own(at, is_held)
        if at < self._next_at:
            return
        step = self._etr.update_h * MIN_PER_H
        self._next_at = (math.floor(at / step) + 1) * step
        out = self.believed_out()
        if not out.any():
            self._promise[:] = np.nan
            return
        promised, is_global = self._computed(at, is_held)
        change_min = self._etr.min_change_h * MIN_PER_H
        for area in range(self._n_areas):
            if out[area] == 0:
                self._promise[area] = np.nan
            elif may_revise(float(self._promise[area]), float(promised[area]), at, self._etr.revise, change_min):
                stage = GLOBAL if is_global[area] and promised[area] >= 0 else AREA
                self.publish(area, at, float(promised[area]), int(out[area]), stage)

    def not_before(self, areas: NDArray[np.int64], at: FloatArray) -> None:
        """Reckon from now on with no work in areas (n,) before minutes `at` (n,), nor before any told earlier."""
        self._start_at[areas] = np.maximum(self._start_at[areas], at)

    def publish(self, area: int, at: float, promised_at: float, out: int, stage: str = AREA) -> None:
        """Tell an area when power will be back (ASSESSING: not known yet), and push a notice if the plan has them."""
        self._promise[area] = promised_at
        self.tell(area, at, promised_at, out, stage)

    def tell(self, area: int, at: float, promised_at: float, out: int, stage: str = AREA) -> None:
        """Let a promise go out without keeping it in mind."""
        self._journal.add(at, "etr_published", place=area, customers=out, value=promised_at, detail=stage)
        self._line.etr(area, at, math.nan if promised_at < 0 else promised_at)
        if self._reach > 0 and at >= self.silent_until:
            self.notify(area, at, self._reach, out)

    def notify(self, area: int, at: float, reach: float, out: int) -> None:
        """Send a notice to an area, reaching this share of its customers."""
        self._journal.add(at, "notice_sent", place=area, customers=out, value=reach)
        self._line.notice(area, at, reach)

    def _review_own(self, at: float, is_held: NDArray[np.bool_]) -> None:
        """Give outages times of their own whose known repairs all have a crew; one that has passed is renewed."""
        control = self._control
        for head, jobs in control.repairs.items():
            outage = control.outages.get(head)
            if outage is None or outage.patrol is not None:
                continue
            promised, is_told = self._own.get(outage.number, (-math.inf, False))
            if at < promised and is_told:
                continue
            if is_held[self._area[head]] or not all(job.is_taken and job.is_last for job in jobs):
                continue
            if at >= promised:
                promised = self._own_time(jobs, at, is_first=promised < 0)
            own = np.arange(head, int(self._network.end[head]))
            own = own[control.beliefs.blocks[own] == 1]  # what no other outage keeps dark
            self._own[outage.number] = promised, len(own) > 0
            if len(own):
                self._journal.add_many(
                    at, "own_etr_published", len(own), section=own, outage=outage.number,
                    customers=self._network.customers[own], value=promised,
                )  # fmt: skip
                self._line.own_etr(own, at, promised)

    def _own_time(self, jobs: Sequence[Job], at: float, *, is_first: bool) -> float:
        """Return the minute by which crews just assigned, or late already, will have done their repairs."""
        left = max(self._control.book.expected_min(job) for job in jobs)
        left += self._learner.trip.mean if is_first else 0.0
        return at + stretched(left, len(jobs), self._etr.confidence) + self._etr.margin_h * MIN_PER_H

    def believed_out(self) -> NDArray[np.int64]:
        """Return customers believed dark per area, (n_areas,)."""
        dark = self._control.dark
        out = np.bincount(self._network.area[dark], self._network.customers[dark], minlength=self._n_areas)
        return out.astype(np.int64)

    def _computed(self, at: float, is_held: NDArray[np.bool_]) -> tuple[FloatArray, NDArray[np.bool_]]:
        """Return the promise per area and whether it is the one for the whole network, (n_areas,) each.

        Crews go where the rule sends them, not where they are: each area's share of the crews is its share of the
        work, so that all areas wait for the same backlog and differ by their number of jobs.
        """
        jobs, patrols, known, patrolled = self._backlog()
        learnt = self._learner
        trip, hands = learnt.trip.mean, self._control.book.hands
        to_find = known - patrolled
        unseen = to_find * learnt.faults_per_outage.mean
        work = dict.fromkeys(KINDS, 0.0)
        for code in range(len(WORKS)):
            kind = hands["tree"] if code == TREE else "line"
            work[kind] += float(jobs[:, code].sum()) * (learnt.on_site[code].mean + trip)
        work["line"] += float(unseen.sum()) * (learnt.repair_min + trip)
        if self._has_estimates:
            work["line"] += self._control.longer_than_usual()
        work[hands["patrol"]] += patrols + float(to_find.sum()) * trip
        backlogs = [(work[kind], self._capacity(kind, at)) for kind in KINDS if work[kind] > 0]
        n_jobs = jobs[:, :TREE].sum(axis=1) + unseen
        etr = self._etr
        enough = patrolled >= etr.first_after_patrolled_fraction * known
        is_global = patrolled < etr.area_after_patrolled_fraction * known
        out = np.full(self._n_areas, ASSESSING)
        if at < self._first_at:
            return out, is_global
        n_all, n_each = float(n_jobs.sum()), n_jobs.tolist()
        promises: dict[tuple[float, float], float] = {}  # by start and number of jobs: most areas have them in common
        for area in np.flatnonzero(enough & ~is_held).tolist():
            start = max(at, float(self._start_at[area]))
            n = n_all if is_global[area] else n_each[area]
            if (start, n) not in promises:
                promises[start, n] = area_promise(start, backlogs, learnt.repair_min + trip, n, etr.confidence)
            if promises[start, n] < math.inf:
                out[area] = promises[start, n] + etr.margin_h * MIN_PER_H
        return out, is_global

    def _backlog(self) -> tuple[FloatArray, float, FloatArray, FloatArray]:
        """Return known jobs per area and class, minutes of patrols to do, outages known and patrolled per area."""
        book = self._control.book
        patrols = 0.0
        known, patrolled = [0.0] * self._n_areas, [0.0] * self._n_areas
        for outage in self._control.outages.values():
            area = self._area[outage.head]
            known[area] += 1
            patrolled[area] += outage.n_patrols > 0
            if outage.n_patrols == 0 and outage.patrol is not None:
                patrols += book.expected_min(outage.patrol)
        return np.array(book.backlog, float), patrols, np.array(known), np.array(patrolled)

    def _capacity(self, kind: str, at: float) -> Capacity:
        """Return the crews of a kind over time: those present, and those on their way as announced."""
        steps: dict[float, float] = {}
        for group in self._groups:
            if group.kind != kind or group.requested_at > at or group.leaves_at <= at:
                continue
            since, leave = max(at, group.planned_at), min(group.leaves_at, group.planned_at + group.stays_min)
            steps[since] = steps.get(since, 0.0) + len(group.crews) * group.day_fraction
            if leave < math.inf:
                steps[max(since, leave)] = steps.get(max(since, leave), 0.0) - len(group.crews) * group.day_fraction
        instants = sorted(steps)
        crews = np.cumsum([steps[since] for since in instants]).tolist()
        return Capacity(tuple(instants), tuple(crews))
