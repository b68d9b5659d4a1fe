"""What a repair requires of a crew besides its kind: material at its depot, and a piece of equipment."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sim.damage import POLE, WORK_CLASSES
from sim.dispatch import View
from sim.world.book import Job
from sim.world.crews import Crew
from sim.world.stores import Stores

MENDERS = ("line", "underground", "substation")
"""Kinds of crew that mend; clearing a tree and closing a switch require nothing."""


class Requirements:
    """Which repairs a crew may set out for.

    Parameters
    ----------
    jobs : all jobs, growing. stores : None where no depot is ever short. pole_equipment : what the replacement of a pole
        requires, empty for nothing.
    """

    def __init__(self, jobs: Sequence[Job], stores: Stores | None, pole_equipment: str) -> None:
        self._jobs, self._stores, self._pole_equipment = jobs, stores, pole_equipment
        self._material = np.zeros(0, np.int64)  # by job: the work class whose material it still needs, else -1
        self._is_pole = np.zeros(0, bool)  # by job
        self._drawn_from: dict[int, int] = {}  # depot, by job whose material is on its way

    def key(self, crew: Crew) -> tuple[object, ...]:
        """Return what two crews have in common that may set out for the same repairs."""
        return crew.depot, crew.group.equipment

    def may(self, crew: Crew, job: Job) -> bool:
        """Say whether a crew may set out for a job."""
        short, lacks_tool = self._lacks(crew)
        self._catch_up()
        return int(self._material[job.number]) not in short and not (lacks_tool and bool(self._is_pole[job.number]))

    def narrowed(self, view: View, crew: Crew) -> View:
        """Return the view without the repairs that a crew may not set out for."""
        short, lacks_tool = self._lacks(crew)
        if not short and not lacks_tool:
            return view
        self._catch_up()
        may_not = np.isin(self._material[view.job], short)
        if lacks_tool:
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
        return short, bool(self._pole_equipment) and self._pole_equipment not in crew.group.equipment

    def _catch_up(self) -> None:
        new = self._jobs[len(self._material) :]
        if new:
            works = [job.work if job.kind == "repair" else -1 for job in new]
            self._material = np.concatenate([self._material, np.array(works, np.int64)])
            self._is_pole = np.concatenate([self._is_pole, np.array([work == POLE for work in works])])
