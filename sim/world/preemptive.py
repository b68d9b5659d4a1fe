"""Switching off beforehand: what the forecast threatens is dead before the wind comes, and comes back inspected.

All of it rests on what is known: at the decision the forecast, later where the wind forbids work and what patrols tell.
A part is the line behind one device that the control room operates. It is switched on again when the forecast's wind has
gone, the wind there allows work, and each zone behind the device has been patrolled since; what is broken there is then
an outage as any other, and the rest has supply. Parts are patrolled one after the other, as many at a time as keep the
patrols busy, where most customers come back for a km of line first.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import simpy
from numpy.typing import NDArray

from sim.damage import Drawn, stand_downs
from sim.grid.network import Network
from sim.scenario.instants import at_minutes
from sim.scenario.model import Preemptive, Scenario
from sim.world.book import Job
from sim.world.control import ControlRoom
from sim.world.journal import Journal
from sim.world.promises import Promises
from sim.world.shifts import until
from sim.world.truth import Line, Truth

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
Process = Generator[simpy.Event, Any, None]
_AHEAD = 2  # patrols ordered for each crew, so that none waits for the next review


@dataclass
class Part:
    """What hangs on one device: its section, the greatest gust forecast there, m/s, and when that wind has gone.

    jobs : patrols of its zones still to be done; None before they are ordered.
    """

    head: int
    gust_mps: float
    gone_at: float
    jobs: dict[int, Job] | None = None


class SwitchedOff:
    """The parts that are switched off beforehand, from the decision until they are on again."""

    def __init__(
        self, env: simpy.Environment, drawn: Drawn, settings: Scenario, truth: Truth, control: ControlRoom,
        promises: Promises, journal: Journal, line: Line, n_patrols: int,
    ) -> None:  # fmt: skip
        self._n_patrols = n_patrols
        self._env, self._truth, self._control, self._journal, self._line = env, truth, control, journal, line
        self._network, self._rule = drawn.network, settings.preemptive
        self._operation_min, self._operators = settings.switching.remote_min, settings.switching.operators
        self._off: dict[int, Part] = {}  # by the section of the device
        if self._rule.gust_limit_mps is None:
            return
        self._zones = np.flatnonzero(drawn.network.zone == np.arange(drawn.network.n_sections))
        gone_at = stand_downs(replace(drawn, wind=drawn.expected), settings.usual_limit_of("line"))[1]
        gone_at = np.where(np.isnan(gone_at), settings.landfall_at, gone_at)
        parts = threatened(drawn.network, drawn.expected.peak, self._rule, gone_at)
        if parts:
            env.process(self._decide(parts, at_minutes(self._rule.at, settings), gone_at, promises))

    def review(self, is_held: BoolArray) -> None:
        """Order patrols where the wind has gone, and switch on what has been patrolled; `is_held` (n_areas,)."""
        if not self._off:
            return
        at, book = self._env.now, self._control.book
        under_way = 0
        for part in [part for part in self._off.values() if part.jobs is not None]:
            part.jobs = {n: job for n, job in (part.jobs or {}).items() if book.is_waiting(job) or job.is_taken}
            under_way += len(part.jobs)
            self._switch_on_if_inspected(part)
        for part in sorted(self._off.values(), key=self._per_km, reverse=True):
            if part.jobs is not None or at < part.gone_at or is_held[self._areas([part])].any():
                continue
            if under_way >= _AHEAD * self._n_patrols:
                return
            part.jobs = {job.number: job for job in self._control.inspect(part.head, self._zones_of(part), at)}
            under_way += len(part.jobs)

    def patrolled(self, job: Job) -> None:
        """Take in that a patrol is done."""
        for part in list(self._off.values()):
            if part.jobs is not None and part.jobs.pop(job.number, None) is not None:
                self._switch_on_if_inspected(part)

    def _decide(self, parts: list[Part], at: float, gone_at: FloatArray, promises: Promises) -> Process:
        yield until(self._env, at)
        self._warn(parts)
        areas = self._areas(parts)
        promises.not_before(areas, gone_at[areas])
        for first in range(0, len(parts), self._operators):
            yield self._env.timeout(self._operation_min)
            for part in parts[first : first + self._operators]:
                self._switch_off(part)

    def _warn(self, parts: list[Part]) -> None:
        """Tell customers beforehand."""
        at, reach, network = self._env.now, self._rule.warned_fraction, self._network
        if not reach:
            return
        sections = np.concatenate([np.arange(part.head, network.end[part.head]) for part in parts])
        self._line.warn(sections, at, reach)
        customers = np.bincount(network.area[sections], network.customers[sections], len(network.area_name))
        for area in np.flatnonzero(customers).tolist():
            self._journal.add(at, "warning_sent", place=area, customers=int(customers[area]), value=reach)

    def _switch_off(self, part: Part) -> None:
        at = self._env.now
        outage = self._control.switched_off(part.head, at)
        cause = self._journal.add(at, "line_switched_off", section=part.head, outage=outage, value=part.gust_mps)
        self._truth.switch_off(part.head, at, cause)
        self._off[part.head] = part

    def _switch_on_if_inspected(self, part: Part) -> None:
        if not part.jobs and part.head in self._off:
            del self._off[part.head]
            self._env.process(self._switch_on(part))

    def _switch_on(self, part: Part) -> Process:
        yield self._env.timeout(self._operation_min)
        at = self._env.now
        cause = self._journal.add(at, "line_switched_on", section=part.head)
        sections = np.arange(part.head, self._network.end[part.head])
        if self._rule.warned_fraction:
            self._line.warn(sections, at, 0.0)
        self._truth.untrip(part.head, at, cause)
        self._control.switched_on(part.head, at)

    def _per_km(self, part: Part) -> float:
        """Return the customers of a part for each km of its line."""
        inside = slice(part.head, int(self._network.end[part.head]))
        return float(self._network.customers[inside].sum() / self._network.length_km[inside].sum())

    def _zones_of(self, part: Part) -> list[int]:
        inside = (self._zones >= part.head) & (self._zones < self._network.end[part.head])
        return [int(head) for head in self._zones[inside]]

    def _areas(self, parts: list[Part]) -> IntArray:
        """Return the areas in which parts lie."""
        spans = [self._network.area[part.head : self._network.end[part.head]] for part in parts]
        return np.unique(np.concatenate(spans))


def threatened(network: Network, peak: FloatArray, rule: Preemptive, gone_at: FloatArray) -> list[Part]:
    """Return the parts to switch off, where the most wind is forecast first.

    Parameters
    ----------
    peak : (n_cells,) greatest gust forecast, m/s. gone_at : (n_areas,) minute at which the forecast's wind allows work.

    A part counts by the greatest gust on its own line, up to the next device that the control room operates. What hangs on
    another part that is switched off is none by itself.
    """
    assert rule.gust_limit_mps is not None
    is_head = network.parent < 0
    is_zone = network.zone == np.arange(network.n_sections)
    operated = is_head | (network.reports & is_zone) if rule.scope == "device" else is_head
    of: list[int] = []
    for section, (starts, up) in enumerate(zip(operated.tolist(), network.parent.tolist(), strict=True)):
        of.append(section if starts else of[up])
    gust = np.zeros(network.n_sections)
    np.maximum.at(gust, of, peak[network.cell])
    chosen: list[Part] = []
    last = -1
    for head in np.flatnonzero(operated & (gust > rule.gust_limit_mps)).tolist():
        if head < last:
            continue  # behind the one before
        last = int(network.end[head])
        chosen.append(Part(head, float(gust[head]), float(gone_at[network.area[head:last]].max())))
    return sorted(chosen, key=lambda part: (-part.gust_mps, part.head))
