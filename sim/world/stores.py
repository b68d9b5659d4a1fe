"""Material at depots: drawn by crews that set out for a repair, and delivered again some time after it was ordered."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import simpy

from sim.damage import WORK_CLASSES
from sim.grid import Base
from sim.scenario.model import Depot
from sim.units import MIN_PER_H
from sim.world.journal import Journal

Place = tuple[float, float]


class Stores:
    """What lies at each depot: pieces by work class, inf where a depot is never short of it.

    A depot orders as soon as what is left falls to a share of what it had at the start, one delivery at a time.

    Parameters
    ----------
    bases : those of the depots, in their order. has_come : called after a delivery.
    """

    def __init__(
        self, env: simpy.Environment, depots: Mapping[str, Depot], bases: Sequence[Base], journal: Journal,
        has_come: Callable[[], None],
    ) -> None:  # fmt: skip
        self._env, self._journal, self._has_come = env, journal, has_come
        self._resupply = [depot.resupply for depot in depots.values()]
        self._places = [base.place for base in bases]
        self._start = [[math.inf if n is None else float(n) for n in depot.stock.pieces] for depot in depots.values()]
        self._left = [list(pieces) for pieces in self._start]
        self._is_coming: set[tuple[int, int]] = set()
        self._is_out = [False] * len(WORK_CLASSES)
        self._depot_of: dict[Place, int] = {}

    def start(self) -> None:
        """Order what is short from the start."""
        for work in range(len(WORK_CLASSES)):
            for depot in range(len(self._left)):
                self._order(depot, work)
            self._tell_total(work)

    def has(self, place: Place, work: int) -> bool:
        """Say whether the depot of crews based at a place has material for a work class."""
        return self._left[self.depot_of(place)][work] >= 1

    def left(self, depot: int, work: int) -> float:
        """Return the pieces that a depot has."""
        return self._left[depot][work]

    def depot_of(self, place: Place) -> int:
        """Return the depot at a place, or the nearest to it."""
        if place not in self._depot_of:
            x, y = place
            distances = [math.hypot(x - a, y - b) for a, b in self._places]
            self._depot_of[place] = distances.index(min(distances))
        return self._depot_of[place]

    def draw(self, place: Place, work: int, crew: int, job: int) -> int:
        """Let a crew take a piece for a job from its depot; return the depot."""
        depot = self.depot_of(place)
        self._left[depot][work] -= 1
        if math.isfinite(self._left[depot][work]):
            self._tell("stock_drawn", depot, work, self._left[depot][work], crew, job)
            self._order(depot, work)
            self._tell_total(work)
        return depot

    def put_back(self, depot: int, work: int, crew: int, job: int) -> None:
        """Take back a piece that was not used."""
        self._left[depot][work] += 1
        if math.isfinite(self._left[depot][work]):
            self._tell("stock_returned", depot, work, self._left[depot][work], crew, job)
            self._tell_total(work)

    def _order(self, depot: int, work: int) -> None:
        resupply, start = self._resupply[depot], self._start[depot][work]
        amount = resupply.pieces[work]
        if not amount or (depot, work) in self._is_coming or not math.isfinite(start):
            return
        if self._left[depot][work] <= resupply.at_fraction * start:
            self._is_coming.add((depot, work))
            self._tell("stock_ordered", depot, work, amount)
            call = simpy.Timeout(self._env, resupply.lead_h * MIN_PER_H)
            call.callbacks.append(lambda _: self._arrive(depot, work, amount))

    def _arrive(self, depot: int, work: int, amount: int) -> None:
        self._is_coming.discard((depot, work))
        self._left[depot][work] += amount
        self._tell("stock_delivered", depot, work, self._left[depot][work])
        self._order(depot, work)
        self._tell_total(work)
        self._has_come()

    def _tell_total(self, work: int) -> None:
        """Log when the last depot has run out of a material, and when there is some again."""
        is_out = not any(pieces[work] >= 1 for pieces in self._left)
        if is_out != self._is_out[work]:
            self._is_out[work] = is_out
            self._journal.add(self._env.now, "material_ran_out" if is_out else "material_is_back", value=work)

    def _tell(self, kind: str, depot: int, work: int, value: float, crew: int = -1, job: int = -1) -> None:
        self._journal.add(self._env.now, kind, place=depot, crew=crew, job=job, value=value, detail=WORK_CLASSES[work])
