"""Standing orders: which jobs come before all others, where crews may work, where the roads are closed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from sim.dispatch import JobTable, Rule, View
from sim.grid.network import Network
from sim.world.backups import Backups
from sim.world.book import Job, JobBook
from sim.world.crews import Crew

BoolArray = NDArray[np.bool_]
Place = tuple[float, float]


class Refused(Exception):  # noqa: N818 -- not an error of the program
    """An action cannot be carried out at this moment; the text says why."""


class Orders:
    """What narrows a dispatch rule's choice. Without orders the rule alone decides.

    Attributes
    ----------
    is_stopped, is_closed : (n_areas,) areas where work is stopped, and those that no road leads to.
    lost_depots : names of depots that cannot be used.
    any : there is, or was, an order that bears on who takes which job.
    """

    def __init__(self, network: Network, book: JobBook, backups: Backups) -> None:
        n_areas = len(network.area_name)
        self._network, self._book, self._backups = network, book, backups
        self._area: list[int] = network.listed("area")
        self.lost_depots: set[str] = set()
        self.is_stopped: BoolArray = np.zeros(n_areas, bool)
        self.is_closed: BoolArray = np.zeros(n_areas, bool)
        self.any = False
        self._with: dict[int, set[int]] = {}  # by area: those that are cut off together with it
        self._inside: dict[Place, set[int]] = {}  # by depot's place: the areas cut off together with it
        self._first_areas: BoolArray = np.zeros(n_areas, bool)
        self._first_heads: set[int] = set()
        self._first_places: set[int] = set()
        self._generators_first: set[int] = set()
        self._is_first: BoolArray = np.zeros(0, bool)  # by job

    def put_first(self, areas: Iterable[int], places: Iterable[int]) -> None:
        """Let the jobs of areas and of critical customers (indices into Backups) come first, and no others."""
        self.any = True
        self._first_areas[:] = False
        self._first_areas[list(areas)] = True
        self._first_places = set(places)
        self._first_heads = {head for i in self._first_places for head in self._above(self._backups.section[i])}
        self._is_first = np.zeros(0, bool)

    def put_generators_first(self, places: Iterable[int]) -> None:
        """Let mobile generators go to these critical customers (indices into Backups) first, too."""
        self.any = True
        self._generators_first |= set(places)
        self._is_first = np.zeros(0, bool)

    def join(self, areas: Sequence[int], depots: Sequence[Place]) -> None:
        """Let areas and depots that are cut off together be reached from each other all the same."""
        for area in areas:
            self._with.setdefault(area, set()).update(areas)
        for place in depots:
            self._inside.setdefault(place, set()).update(areas)

    def may_go(self, crew: Crew, area: int) -> bool:
        """Say whether a crew may be sent to a job in an area."""
        if crew.only is not None and not crew.only[area]:
            return False
        if self._with and self._are_joined(crew, area):
            return True
        if self._inside and crew.area < 0 and self.is_closed[list(self._inside.get((crew.x, crew.y), ()))].any():
            return False  # it cannot come out
        if crew.area != area and crew.area >= 0 and self.is_closed[crew.area]:
            return False
        return crew.area == area or not self.is_closed[area]

    def _are_joined(self, crew: Crew, area: int) -> bool:
        near = self._with.get(crew.area, ()) if crew.area >= 0 else self._inside.get((crew.x, crew.y), ())
        return area in near

    def choose(self, table: JobTable, rule: Rule, view: View, crew: Crew) -> int:
        """Return the job that a crew takes, -1 for none: the best that has priority, else the best of all."""
        may = np.array([self.may_go(crew, area) for area in range(len(self.is_closed))])[view.area]
        for wanted in (may & self._first(view), may):
            if wanted.any():
                job = table.choose(rule, view.narrowed(wanted))
                if job >= 0:
                    return job
        return -1

    def _first(self, view: View) -> BoolArray:
        """Say which of the jobs of a view have priority."""
        new = self._book.jobs[len(self._is_first) :]
        if new:
            self._is_first = np.concatenate([self._is_first, [self._comes_first(job) for job in new]])
        return self._is_first[view.job]

    def _comes_first(self, job: Job) -> bool:
        if job.kind == "generator":
            return job.place in self._first_places or job.place in self._generators_first
        return bool(self._first_areas[self._area[job.section]]) or job.head in self._first_heads

    def _above(self, section: int) -> Iterable[int]:
        """Yield the heads of the zones that a section hangs behind, its own first."""
        zone, parent = self._network.zone, self._network.parent
        while section >= 0:
            head = int(zone[section])
            yield head
            section = int(parent[head])
