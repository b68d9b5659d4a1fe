"""What a repair requires of a crew besides its kind: material at its depot, a piece of equipment, people enough."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from sim.damage import POLE, WORK_CLASSES
from sim.dispatch import View
from sim.scenario.model import Work
from sim.world.book import Job
from sim.world.crews import IDLE, Crew
from sim.world.stores import Stores

BoolArray = NDArray[np.bool_]

MENDERS = ("line", "underground", "substation")
"""Kinds of crew that mend; clearing a tree and closing a switch require nothing."""


class Requirements:
    """Which repairs a crew may set out for.

    Parameters
    ----------
    jobs : all jobs, growing. stores : None where no depot is ever short. work : what replacing a pole takes.
    others : called with a crew, returns the other crews of its kind that are on duty, and the areas, (n_areas,), to
        which each may be sent now.
    """

    def __init__(
        self, jobs: Sequence[Job], stores: Stores | None, work: Work,
        others: Callable[[Crew], Iterable[tuple[Crew, BoolArray]]],
    ) -> None:  # fmt: skip
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
        short, lacks_tool = self._lacks(crew)
        self._catch_up()
        is_pole = bool(self._is_pole[job.number])
        return int(self._material[job.number]) not in short and not (is_pole and (lacks_tool or self._lacks_people(crew)))

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
        short, lacks_tool = self._lacks(crew)
        if not short and not lacks_tool and not self._pole_people:
            return view
        self._catch_up()
        may_not = np.isin(self._material[view.job], short) | (self._people[view.job] > crew.group.people)
        if lacks_tool:
            may_not |= self._is_pole[view.job]
        elif crew.kind in MENDERS and self._lacks_people(crew):
            poles = np.flatnonzero(self._is_pole[view.job] & ~may_not)
            may_not[poles] = ~self._with_help(crew, view.area[poles])
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
        return short, bool(self._pole_equipment) and self._pole_equipment not in crew.group.equipment

    def _with_help(self, crew: Crew, area: NDArray[np.int64]) -> BoolArray:
        """Say of poles in areas, (n_jobs,), whether another crew may go there with which a small one has people enough.

        It leaves to a crew that is free what that one can do alone.
        """
        lacking, helped = self._pole_people - crew.group.people, np.zeros(len(area), bool)
        alone = np.zeros(len(area), bool)
        for other, may_go in self._others(crew) if len(area) else ():
            if other.group.people >= lacking:
                helped |= may_go[area]
            if other.state == IDLE and not self._lacks_people(other) and not self._lacks(other)[1]:
                alone |= may_go[area]
        return helped & ~alone

    def _lacks_people(self, crew: Crew) -> bool:
        return crew.group.people < self._pole_people

    def _catch_up(self) -> None:
        new = self._jobs[len(self._material) :]
        if new:
            works = [job.work if job.kind == "repair" else -1 for job in new]
            self._material = np.concatenate([self._material, np.array(works, np.int64)])
            self._people = np.concatenate([self._people, np.zeros(len(new))])
            self._is_pole = np.concatenate([self._is_pole, np.array([work == POLE for work in works])])
