"""Mobile generators at critical customers and in small zones: connected, refuelled or run dry, taken away again.

In a zone, a section cut off from the rest of the line, one feeds all customers as long as nothing is broken there.

A generator burns a tank in a fixed time and asks for a tanker when little is left. Tankers are few, come from the nearest
depot by the roads and in the wind of the hour, serve in the order of asking and drive back before they serve again. A
generator that no tanker reaches in time runs dry and stands idle until it is refuelled; its crew stays with it.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from typing import Any

import numpy as np
import simpy
from numpy.typing import NDArray

from sim.grid.network import Network
from sim.scenario.model import Generators
from sim.units import MIN_PER_H, apart_km
from sim.world.book import Job
from sim.world.control import ControlRoom
from sim.world.crews import Crew
from sim.world.journal import Journal
from sim.world.roads import Roads
from sim.world.truth import Truth
from sim.world.visits import Hold

IntArray = NDArray[np.int64]
Place = tuple[float, float]
Process = Generator[simpy.Event, Any, None]


class MobileGenerators:
    """Generators in place and the tankers that serve them.

    Parameters
    ----------
    holds : by area, the time in which the wind keeps tankers off the road. depots : where tankers stand, km.
    be_free : called with a crew whose generator is no longer needed.
    """

    def __init__(
        self, env: simpy.Environment, settings: Generators, network: Network, truth: Truth, control: ControlRoom,
        journal: Journal, roads: Roads, holds: Sequence[Hold], depots: Sequence[Place], be_free: Callable[[Crew], None],
    ) -> None:  # fmt: skip
        self._env, self._settings, self._truth, self._control = env, settings, truth, control
        self._journal, self._roads, self._holds, self._depots, self._be_free = journal, roads, holds, depots, be_free
        self._area: list[int] = network.listed("area")
        self._x, self._y = network.listed("x"), network.listed("y")
        self._at: dict[int, list[Crew]] = {}  # by section
        self._burning: dict[int, simpy.Process] = {}  # by crew, where fuel is limited
        self._tankers = simpy.Resource(env, settings.tankers)
        truth.when_island_lost = self._zone_lost

    def __iter__(self) -> Iterator[Crew]:
        """Return the crews that stand by with their generators connected."""
        return (crew for crews in self._at.values() for crew in crews)

    def connect(self, crew: Crew, job: Job) -> None:
        """Connect a generator; it stays until the section has supply again, past the crew's shift if need be.

        Where it is of no use, as the crew sees there, the crew turns back.
        """
        at, section = self._env.now, job.section
        if not self.is_of_use(job):
            is_dark = bool(self._truth.supply.blocks[section] > 0)
            self._tell("generator_not_needed", crew, job, is_dark)
            self._control.generator_on_its_way(job, is_covered=False)
            if is_dark:
                self._control.told_broken(section, at)
            self._be_free(crew)
            return
        fed = self._zone(job)
        cause = self._journal.add(
            at, "generator_connected", crew=crew.number, section=section, place=self._place(job), customers=fed or 1,
            job=job.number,
        )  # fmt: skip
        if fed:
            self._feed(job, cause)
        self._at.setdefault(section, []).append(crew)
        if self._settings.fuel_h:
            self._burning[crew.number] = self._env.process(self._burn(crew, job))

    def is_of_use(self, job: Job) -> bool:
        """Say whether a generator can help: the section is dark, and where it is a zone, nothing is broken there."""
        if self._truth.supply.blocks[job.section] == 0:
            return False
        return not self._zone(job) or self._truth.is_sound(job.section)

    def supply_is_back(self, sections: IntArray) -> None:
        """Take away the generators where supply has come back among `sections`."""
        if not self._at:
            return
        first, last = sections.item(0), sections.item(-1)
        for section in [s for s in self._at if first <= s <= last]:
            if self._truth.supply.blocks[section] == 0:
                self._supply_is_back(section)

    def at(self, place: int) -> Crew | None:
        """Return the crew whose generator is connected at a critical customer (index into Backups)."""
        return next((crew for crew in self if self._control.book.jobs[crew.job].place == place), None)

    def take(self, crew: Crew) -> None:
        """Disconnect a generator; its crew is free, and the customer, if believed dark, needs another."""
        job = self._control.book.jobs[crew.job]
        self._at[job.section].remove(crew)
        if not self._at[job.section]:
            del self._at[job.section]
        self._disconnect(crew, job)
        if not self._zone(job):
            self._control.order_generator(job.place, self._env.now)
        self._be_free(crew)

    def recall(self, n: int) -> None:
        """Take up to n generators away from zones, those with fewest customers first."""
        if not n:
            return
        zones = [(self._zone(self._control.book.jobs[crew.job]), crew.number, crew) for crew in self]
        for customers, _, crew in sorted(zones, key=lambda row: row[:2]):
            if customers and n:
                self.take(crew)
                n -= 1

    def _supply_is_back(self, section: int) -> None:
        for crew in self._at.pop(section):
            self._disconnect(crew, self._control.book.jobs[crew.job])
            self._be_free(crew)

    def _disconnect(self, crew: Crew, job: Job) -> None:
        burning = self._burning.pop(crew.number, None)
        if burning is not None:
            burning.interrupt()
        cause = self._tell("generator_released", crew, job)
        if self._zone(job):
            self._unfeed(job, cause)
        self._control.generator_on_its_way(job, is_covered=False)

    def _zone_lost(self, section: int) -> None:
        """Take the generator away from a zone in which something broke."""
        for crew in list(self._at.get(section, ())):
            if self._zone(self._control.book.jobs[crew.job]):
                self._control.told_broken(section, self._env.now)
                self.take(crew)

    def _feed(self, job: Job, cause: int) -> None:
        """Let a zone be fed, unless something broke there while it was not."""
        if self._truth.is_sound(job.section):
            self._truth.feed(job.section, self._env.now, cause)
            self._control.zone_is_fed(job.section, is_fed=True)

    def _unfeed(self, job: Job, cause: int) -> None:
        self._truth.unfeed(job.section, self._env.now, cause)
        self._control.zone_is_fed(job.section, is_fed=False)

    def _zone(self, job: Job) -> int:
        """Return the customers of the zone that a job is for, 0 where it is for a critical customer."""
        return self._control.backups.zones.get(job.place, 0)

    def _tell(self, kind: str, crew: Crew, job: Job, value: float = np.nan) -> int:
        return self._journal.add(
            self._env.now,
            kind,
            crew=crew.number,
            section=job.section,
            place=self._place(job),
            job=job.number,
            value=value,
        )

    def _place(self, job: Job) -> int:
        return self._control.backups.place[job.place]

    # -- fuel --------------------------------------------------------------------------------------------------

    def _burn(self, crew: Crew, job: Job) -> Process:
        """Burn tank after tank until the generator is taken away."""
        env, settings = self._env, self._settings
        tank_min = settings.fuel_h * MIN_PER_H
        request: Any = None
        try:
            while True:
                empty_at, dry_at = env.now + tank_min, np.inf
                yield env.timeout(tank_min * (1.0 - settings.refuel_at_fraction))
                request = self._tankers.request()
                yield request | env.timeout(empty_at - env.now)
                if not request.triggered:
                    dry_at = self._run_dry(crew, job)
                    yield request
                travel = self._travel_min(job.section)
                there_at = self._holds[self._area[job.section]].ends_after(env.now, travel)
                if np.isinf(dry_at) and there_at > empty_at:
                    yield env.timeout(empty_at - env.now)
                    dry_at = self._run_dry(crew, job)
                yield env.timeout(there_at - env.now)
                yield env.timeout(settings.refuel_min)
                cause = self._tell("generator_refuelled", crew, job, max(0.0, env.now - dry_at))
                if self._zone(job):
                    self._feed(job, cause)
                env.process(self._drive_back(request, travel))
                request = None
        except simpy.Interrupt:
            if request is not None:
                request.cancel()  # where it still waits in the queue
                self._tankers.release(request)

    def _run_dry(self, crew: Crew, job: Job) -> float:
        cause = self._tell("generator_ran_dry", crew, job)
        if self._zone(job):
            self._unfeed(job, cause)
        return float(self._env.now)

    def _drive_back(self, request: Any, travel: float) -> Process:
        yield self._env.timeout(travel)
        self._tankers.release(request)

    def _travel_min(self, section: int) -> float:
        """Return the minutes that a tanker needs from the nearest depot."""
        km = min(apart_km(self._x[section] - x, self._y[section] - y) for x, y in self._depots)
        return self._roads.mobilise_min + km * self._roads.per_km(self._env.now)
