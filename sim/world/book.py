"""The job book: ordered work as the control room knows it, and the tables from which free crews are given work.

A job is a patrol of a zone, a look at a single customer's service, the repair of a fault that was found, a device to be
operated by hand, a mobile generator for a critical customer, or the help of a second crew at a repair that takes two. A
repair has up to three tasks, one after the other, each for one kind of crew: the tree is cleared, the damage mended, the
switch closed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.dispatch import JobTable
from sim.etr import Learner
from sim.grid.network import Network
from sim.scenario.model import Switching, Work
from sim.units import MIN_PER_H
from sim.world.backups import Backups

KINDS = ("patrol", "line", "tree", "underground", "substation", "switching", "generator")
"""Kinds of crew."""
WORKS = ("wire", "pole", "transformer", "tree")
"""Classes of work on site whose times are learned: those of damage, then clearing a tree."""
TREE = 3


@dataclass(slots=True, eq=False)
class Job:
    """One job. `needs` is the kind of crew of each task, `task` the one that is next or under way.

    `steps` is what the tasks of a repair are: "tree", "repair", "close".
    `head` is the zone it belongs to, `section` where it is; `fault`, `work` (code into WORKS) and `place` (index into
    Backups) are -1 where they do not apply. `is_blocked`: a tree must be cleared first. `is_taken`: a crew is on it or
    has it reserved. `estimated_min`: minutes of the repair, trees apart, as its patrol estimated them, nan for none.
    """

    number: int
    kind: str
    outage: int
    head: int
    section: int
    opened_at: float
    needs: tuple[str, ...]
    fault: int = -1
    work: int = -1
    place: int = -1
    is_blocked: bool = False
    attempts: int = 0
    task: int = 0
    is_taken: bool = False
    estimated_min: float = math.nan
    steps: tuple[str, ...] = ()

    @property
    def is_last(self) -> bool:
        """Whether the present task is the last one."""
        return self.task == len(self.needs) - 1

    @property
    def crew_kind(self) -> str:
        """The kind of crew that the present task needs."""
        return self.needs[self.task]

    @property
    def step(self) -> str:
        """What the present task of a repair is; the kind of any other job."""
        return self.steps[self.task] if self.steps else self.kind


class JobBook:
    """All jobs, and per kind of crew the table of those that wait.

    Parameters
    ----------
    hands : the kind of crew that does the work of each kind: a plan without patrols or tree crews gives their work to
        line crews. The key is absent where nobody does it (generators).
    learner : expected minutes; `work` : patrol speed; `hook_up_min` : minutes to connect a mobile generator;
        `switching` : minutes of a manual operation, and whether such jobs are done before all others: they are then in
        `urgent` while they wait.
    """

    def __init__(
        self, network: Network, work: Work, learner: Learner, backups: Backups, hands: Mapping[str, str],
        switching: Switching, hook_up_min: float,
    ) -> None:  # fmt: skip
        self._network, self._learner, self._backups = network, learner, backups
        self.hands = hands
        self.jobs: list[Job] = []
        self.tables = {kind: JobTable(len(network.area_name)) for kind in KINDS}
        self.known_open = [0] * network.n_sections  # known faults not yet repaired, by zone head
        self.backlog = [[0] * len(WORKS) for _ in network.area_name]  # known tasks not yet done, by area and class
        self._waiting: dict[int, list[int]] = {}  # jobs in a table, by zone head
        self._x, self._y = network.listed("x"), network.listed("y")
        self._area: list[int] = network.listed("area")
        self._upper: list[int] = network.listed("parent")
        self.behind = network.once("customers behind", lambda: _customers_behind(network))
        self._zone_km = network.once("km of zones", lambda: _zone_km(network))
        self._restore_first = switching.restore_first
        self.urgent: dict[int, Job] = {}
        self._setup_min, self._patrol_kmh = work.patrol_setup_min, work.patrol_kmh
        self._fixed_min = {
            "service": work.patrol_setup_min, "generator": hook_up_min, "switch": switching.manual_min,
            "close": switching.manual_min,
        }  # fmt: skip
        self._tasks: dict[tuple[str, bool, bool], tuple[tuple[str, ...], tuple[str, ...]]] = {}  # as `tasks_of` says

    def tasks_of(
        self, mender: str, *, is_blocked: bool, is_switched: bool
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the kinds of crew and the steps that mend a fault, by what those saw who found it.

        Faults that are alike share them, so that a run has few of them.
        """
        seen = mender, is_blocked, is_switched
        if seen not in self._tasks:
            self._tasks[seen] = self._made_up(mender, is_blocked=is_blocked, is_switched=is_switched)
        return self._tasks[seen]

    def _made_up(
        self, mender: str, *, is_blocked: bool, is_switched: bool
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        needs, steps = [mender], ["repair"]
        if is_blocked and self.hands["tree"] == "tree":
            needs, steps = ["tree", *needs], ["tree", *steps]
        if is_switched:
            needs, steps = [*needs, self.hands["switching"]], [*steps, "close"]
        return tuple(needs), tuple(steps)

    def add(self, job: Job) -> None:
        """Enter a job and let it wait for a crew."""
        self.jobs.append(job)
        self.put(job)

    def new_number(self) -> int:
        """Return the number that the next job gets."""
        return len(self.jobs)

    def count(self, job: Job, work: int, change: int) -> None:
        """Take a task of a repair into the backlog (1) or out of it (-1)."""
        self.backlog[self._area[job.section]][work] += change

    def put(self, job: Job) -> None:
        """Let a job's present task wait for a crew."""
        job.is_taken = False
        head, section = job.head, job.section
        n_critical, backup_end_at = self._need(job)
        self.tables[job.crew_kind].add(
            job.number, self._area[section], job.attempts, head, job.work, at_substation=self._upper[head] < 0,
            opened_at=job.opened_at, x=self._x[section], y=self._y[section], expected_min=self.expected_min(job),
            customers=1 if job.kind == "service" else self.behind[head], shared_by=self.known_open[head] or 1,
            critical=n_critical, backup_end_at=backup_end_at,
        )  # fmt: skip
        self._waiting.setdefault(head, []).append(job.number)
        if job.kind == "assist" or (job.kind == "switch" and self._restore_first):
            self.urgent[job.number] = job

    def take(self, job: Job) -> None:
        """Give a waiting job to a crew."""
        job.is_taken = True
        self._withdraw(job)

    def cancel(self, job: Job) -> None:
        """Strike a waiting job off."""
        self._withdraw(job)

    def waiting_in(self, head: int) -> Sequence[int]:
        """Return the jobs of a zone that wait for crews of any kind."""
        return self._waiting.get(head, ())

    def is_waiting(self, job: Job) -> bool:
        """Say whether the job waits for a crew."""
        return job.number in self.tables[job.crew_kind]

    def refresh(self, head: int) -> None:
        """Bring the waiting jobs of a zone up to date with what is known of it."""
        waiting = self._waiting.get(head)
        if waiting is None:
            return
        shared_by, of_zone = self.known_open[head] or 1, self._backups.need(head)
        for number in waiting:
            job = self.jobs[number]
            n_critical, backup_end_at = of_zone if job.kind != "generator" else self._need(job)
            self.tables[job.crew_kind].change(
                number, shared_by=shared_by, critical=n_critical, backup_end_at=backup_end_at
            )

    def expected_min(self, job: Job, patrol_kmh: float | None = None) -> float:
        """Return the minutes on site that the control room expects of a job's present task.

        A patrol takes a set-up and the length of the zone's line at the patrol's speed.
        """
        if job.kind == "patrol":
            return self._setup_min + self._zone_km[job.head] / (patrol_kmh or self._patrol_kmh) * MIN_PER_H
        step, mean = job.step, self._learner.on_site
        if step in self._fixed_min:
            return self._fixed_min[step]
        if step == "tree":
            return mean[TREE].mean
        repair = mean[job.work].mean if math.isnan(job.estimated_min) else job.estimated_min
        return repair + (mean[TREE].mean if job.is_blocked and "tree" not in job.steps else 0.0)

    def hold(self, is_held: NDArray[np.bool_]) -> None:
        """Say in which areas the wind forbids work, (n_areas,)."""
        for table in self.tables.values():
            table.hold(is_held)

    def _need(self, job: Job) -> tuple[int, float]:
        if job.kind == "generator":
            return 1, self._backups.ends_at[job.place]
        return self._backups.need(job.head)

    def _withdraw(self, job: Job) -> None:
        self.tables[job.crew_kind].remove(job.number)
        self.urgent.pop(job.number, None)
        rest = self._waiting[job.head]
        rest.remove(job.number)
        if not rest:
            del self._waiting[job.head]


def _customers_behind(network: Network) -> list[int]:
    """Return the customers of each section and all below it, (n_sections,)."""
    before = np.concatenate(([0], np.cumsum(network.customers)))
    behind: list[int] = (before[network.end] - before[:-1]).tolist()
    return behind


def _zone_km(network: Network) -> list[float]:
    """Return the length of the line of each zone by its head, 0 elsewhere, (n_sections,)."""
    km: list[float] = np.bincount(network.zone, network.length_km, minlength=network.n_sections).tolist()
    return km
