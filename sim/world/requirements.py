"""What a repair requires of a crew besides its kind: material at its depot, a piece of equipment, people enough."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from sim.damage import POLE, WORK_CLASSES
from sim.dispatch import View
from sim.scenario.model import Work
from sim.world.book import Job
from sim.world.crews import Crew
from sim.world.stores import Stores

MENDERS = ("line", "underground", "substation")
"""Kinds of crew that mend; clearing a tree and closing a switch require nothing."""


class Requirements:
    """Which repairs a crew may set out for.

    Parameters
    ----------
    jobs : all jobs, growing. stores : None where no depot is ever short. work : what replacing a pole takes.
    others : called with a crew, returns the other crews of its kind that are on duty.
    """

    def __init__(
        self, jobs: Sequence[Job], stores: Stores | None, work: Work, others: Callable[[Crew], Iterable[Crew]]
    ) -> None:
        self._jobs, self._stores, self._others = jobs, stores, others
        self._pole_equipment, self._pole_people = work.pole_equipment, work.pole_people
        self._people = np.zeros(0)  # by job: the people that the second crew at a pole must have
        self._material = np.zeros(0, np.int64)  # by job: the work class whose material it still needs, else -1
        self._is_pole = np.zeros(0, bool)  # by job
        self._drawn_from: dict[int, int] = {}  # depot, by job whose material is on its way

    def key(self, crew: Crew) -> tuple[object, ...]:
        """Return what two crews have in common that may set out for the same repairs."""
        return crew.depot, crew.group.equipment, crew.group.people

    def may_alone(self, crew: Crew, job: Job) -> bool:
        """Say whether a crew may set out for a job and needs no second crew there for want of people."""
        short, sets_no_pole = self._lacks(crew)
        self._catch_up()
        is_pole = bool(self._is_pole[job.number])
        return int(self._material[job.number]) not in short and not (is_pole and (sets_no_pole or self._lacks_people(crew)))

    def needs_second(self, crew: Crew, job: Job) -> bool:
        """Say whether a crew has too few people to replace a pole alone."""
        self._catch_up()
        return self._lacks_people(crew) and bool(self._is_pole[job.number])

    def call_second(self, crew: Crew, job: Job, second: Job) -> None:
        """Take in that a second crew is ordered to a repair for which one has set out: together they must be enough."""
        self._catch_up()
        if self._is_pole[job.number]:
            self._people[second.number] = self._pole_people - crew.group.people

    def may_help(self, crew: Crew, second: Job) -> bool:
        """Say whether a crew has the people for the job of a second crew."""
        self._catch_up()
        return bool(crew.group.people >= self._people[second.number])

    def narrowed(self, view: View, crew: Crew) -> View:
        """Return the view without the repairs that a crew may not set out for."""
        short, sets_no_pole = self._lacks(crew)
        if not short and not sets_no_pole and not self._pole_people:
            return view
        self._catch_up()
        may_not = np.isin(self._material[view.job], short) | (self._people[view.job] > crew.group.people)
        if sets_no_pole:
            may_not |= self._is_pole[view.job]
        return view.narrowed(~may_not)

    def set_out(self, crew: Crew, job: Job) -> None:
        """Let a crew that sets out for a repair take the material along, unless it is there already."""
        self._catch_up()
        work = int(self._material[job.number])
        if self._stores is not None and work >= 0:
            self._drawn_from[job.number] = self._stores.draw(crew.depot, work, crew.number, job.number)
            self._material[job.number] = -1

    def give_back(self, crew: Crew, job: Job) -> None:
        """Bring the material back for a repair that was not begun."""
        depot = self._drawn_from.pop(job.number, None)
        if self._stores is not None and depot is not None:
            self._material[job.number] = job.work
            self._stores.put_back(depot, job.work, crew.number, job.number)

    def rediagnosed(self, job: Job) -> None:
        """Take in that a repair is of another class of work than was thought."""
        self._material[job.number], self._is_pole[job.number] = job.work, job.work == POLE

    def mended(self, job: Job) -> None:
        """Take in that the repair itself is done: what follows requires nothing."""
        self._catch_up()
        self._material[job.number], self._is_pole[job.number] = -1, False
        self._drawn_from.pop(job.number, None)

    def _lacks(self, crew: Crew) -> tuple[list[int], bool]:
        if crew.kind not in MENDERS:
            return [], False
        stores = self._stores
        short = [] if stores is None else [w for w in range(len(WORK_CLASSES)) if not stores.has(crew.depot, w)]
        lacks_tool = bool(self._pole_equipment) and self._pole_equipment not in crew.group.equipment
        return short, lacks_tool or self._are_too_few(crew)

    def _are_too_few(self, crew: Crew) -> bool:
        """Say whether a crew and any other of its kind on duty have too few people together to replace a pole."""
        lacking = self._pole_people - crew.group.people
        return lacking > 0 and not any(other.group.people >= lacking for other in self._others(crew))

    def _lacks_people(self, crew: Crew) -> bool:
        return crew.group.people < self._pole_people

    def _catch_up(self) -> None:
        new = self._jobs[len(self._material) :]
        if new:
            works = [job.work if job.kind == "repair" else -1 for job in new]
            self._material = np.concatenate([self._material, np.array(works, np.int64)])
            self._people = np.concatenate([self._people, np.zeros(len(new))])
            self._is_pole = np.concatenate([self._is_pole, np.array([work == POLE for work in works])])
