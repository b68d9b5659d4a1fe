"""What the public is told: promises per area, computed from knowledge or given by command, and notices."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sim.etr import Capacity, Learner, area_promise
from sim.grid.network import Network
from sim.scenario.model import Scenario
from sim.units import MIN_PER_H
from sim.world.book import KINDS, TREE, WORKS
from sim.world.control import ControlRoom
from sim.world.crews import Group
from sim.world.journal import Journal
from sim.world.truth import Line

FloatArray = NDArray[np.float64]

ASSESSING = -1.0
_CHANGE_MIN = 60.0  # smaller changes are not published


class Promises:
    """The promise in force per area.

    Computed promises are revised every `update_h` at reviews. An area is told "assessing" while too few of its known
    outages have been patrolled, while the wind forbids work there, or while there is nobody to do the work. An area
    where nobody is believed out has no promise.
    """

    def __init__(
        self, network: Network, settings: Scenario, control: ControlRoom, learner: Learner, groups: Sequence[Group],
        journal: Journal, line: Line,
    ) -> None:  # fmt: skip
        self._network, self._etr, self._control, self._learner = network, settings.etr, control, learner
        self._groups, self._journal, self._line = groups, journal, line
        self._reach = settings.notices.reach_fraction
        self._area: list[int] = network.area.tolist()
        self._n_areas = len(network.area_name)
        self._promise = np.full(self._n_areas, np.nan)
        self._next_at = 0.0
        self.silent_until = 0.0  # the system that sends notices is down until then

    def review(self, at: float, is_held: NDArray[np.bool_]) -> None:
        """Revise computed promises when that is due; `is_held` (n_areas,): the wind forbids work."""
        if self._etr.policy != "computed" or at < self._next_at:
            return
        step = self._etr.update_h * MIN_PER_H
        self._next_at = (math.floor(at / step) + 1) * step
        out = self.believed_out()
        if not out.any():
            self._promise[:] = np.nan
            return
        promised = self._computed(at, is_held)
        for area in range(self._n_areas):
            if out[area] == 0:
                self._promise[area] = np.nan
            elif not abs(promised[area] - self._promise[area]) <= _CHANGE_MIN:
                self.publish(area, at, float(promised[area]), int(out[area]))

    def publish(self, area: int, at: float, promised_at: float, out: int) -> None:
        """Tell an area when power will be back (ASSESSING: not known yet), and push a notice if the plan has them."""
        self._promise[area] = promised_at
        self.tell(area, at, promised_at, out)

    def tell(self, area: int, at: float, promised_at: float, out: int) -> None:
        """Let a promise go out without keeping it in mind."""
        self._journal.add(at, "etr_published", place=area, customers=out, value=promised_at)
        self._line.etr(area, at, math.nan if promised_at < 0 else promised_at)
        if self._reach > 0 and at >= self.silent_until:
            self.notify(area, at, self._reach, out)

    def notify(self, area: int, at: float, reach: float, out: int) -> None:
        """Send a notice to an area, reaching this share of its customers."""
        self._journal.add(at, "notice_sent", place=area, customers=out, value=reach)
        self._line.notice(area, at, reach)

    def believed_out(self) -> NDArray[np.int64]:
        """Return customers believed dark per area, (n_areas,)."""
        dark = self._control.beliefs.dark
        out = np.bincount(self._network.area[dark], self._network.customers[dark], minlength=self._n_areas)
        return out.astype(np.int64)

    def _computed(self, at: float, is_held: NDArray[np.bool_]) -> FloatArray:
        """Return the promise per area, (n_areas,).

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
        work[hands["patrol"]] += patrols + float(to_find.sum()) * trip
        backlogs = [(work[kind], self._capacity(kind, at)) for kind in KINDS if work[kind] > 0]
        n_jobs = jobs[:, :TREE].sum(axis=1) + unseen
        enough = patrolled >= self._etr.first_after_patrolled_fraction * known
        out = np.full(self._n_areas, ASSESSING)
        for area in np.flatnonzero(enough & ~is_held).tolist():
            promised = area_promise(at, backlogs, learnt.repair_min + trip, float(n_jobs[area]), self._etr.confidence)
            if promised < math.inf:
                out[area] = promised
        return out

    def _backlog(self) -> tuple[FloatArray, float, FloatArray, FloatArray]:
        """Return known jobs per area and class, minutes of patrols to do, outages known and patrolled per area."""
        book = self._control.book
        patrols = 0.0
        known, patrolled = np.zeros(self._n_areas), np.zeros(self._n_areas)
        for outage in self._control.outages.values():
            area = self._area[outage.head]
            known[area] += 1
            patrolled[area] += outage.n_patrols > 0
            if outage.n_patrols == 0 and outage.patrol is not None:
                patrols += book.expected_min(outage.patrol)
        return book.backlog, patrols, known, patrolled

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
