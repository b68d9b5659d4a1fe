"""Many years of a network on its own: components fail, what can be is switched, everything is repaired.

No storm, crews as many as are needed, no travel: a fault is known at once, and devices are operated and repairs done
after the times that the network gives. Failures come at random (Poisson), everything else is as given. Supply,
protection and what is fed again by which way are those of any drill (`sim.supply`), so that faults that overlap,
faults on parts fed through ties and capacity already taken come out as they do there. The blink that a sectionaliser
gives to what is above it is not counted.
"""

from __future__ import annotations

import math
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

import numpy as np
import simpy
from numpy.typing import NDArray

from sim import rng
from sim.grid.network import DEVICES
from sim.grid.plant import Grid
from sim.supply import Blocks, Order, PickUp, SwitchedSupply, refeed
from sim.units import MIN_PER_DAY, MIN_PER_H

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
Process = Generator[simpy.Event, Any, None]

MIN_PER_YEAR = 365 * MIN_PER_DAY
_RECLOSING = (DEVICES.index("breaker"), DEVICES.index("recloser"))


@dataclass(frozen=True)
class Failure:
    """One failure: what fails (index of section or substation), and the minutes until isolated and repaired."""

    at: float
    kind: str
    where: int
    isolate_min: float
    repair_min: float
    number: int


@dataclass
class Years:
    """What happened. Sections (n_sections,) over all years; customers (n_years,) by the year in which an interruption ends.

    Sustained interruptions, momentary ones, minutes of sustained interruption; kWh not served by year.
    """

    failures: FloatArray
    momentary: FloatArray
    minutes: FloatArray
    customers_out: FloatArray
    customer_minutes: FloatArray
    customers_blinked: FloatArray
    kwh: FloatArray


def simulate_years(grid: Grid, n_years: int, seed: int, sustained_min: float, cold_load_factor: float = 1.0) -> Years:
    """Simulate so many years; the same arguments give the same numbers."""
    return _World(grid, n_years, seed, sustained_min, cold_load_factor).play()


class _World:
    def __init__(self, grid: Grid, n_years: int, seed: int, sustained_min: float, cold: float) -> None:
        network = grid.network
        self.grid, self.seed, self.sustained_min, self.cold = grid, seed, sustained_min, cold
        self.env, self.tree = simpy.Environment(), Blocks(network, grid.switchgear)
        self.supply = SwitchedSupply(self.tree)
        self.horizon = n_years * MIN_PER_YEAR
        n = network.n_sections
        self.years = Years(*(np.zeros(n) for _ in range(3)), *(np.zeros(n_years) for _ in range(4)))
        self.dark_at = np.zeros(n)
        self.kw = np.bincount(grid.load_points.section, grid.load_points.load_kw, n)
        self.open: dict[int, tuple[Failure, frozenset[int]]] = {}  # failures not repaired, with devices that failed
        self.wanted: set[tuple[int, int, tuple[int, ...]]] = set()
        self.isolate: dict[int, float] = {}  # by feeder: minutes, as its last failure says
        self.unsure = np.flatnonzero(grid.switchgear.success[self.tree.head] < 1.0).tolist()
        self.device: list[int] = network.device[self.tree.head].tolist()

    def play(self) -> Years:
        self.env.process(self._fail())
        self.env.run()
        return self.years

    # -- what fails --------------------------------------------------------------------------------------------

    def _failures(self) -> list[Failure]:
        """Draw all failures, in order of time; each component has draws of its own."""
        rates, never = self.grid.rates, np.full(self.grid.network.n_sections, math.nan)
        table = {
            "line": (rates.fail_per_yr, rates.isolate_min, rates.repair_min),
            "transformer": (rates.transformer_fail_per_yr, rates.isolate_min, rates.transformer_repair_min),
            "substation": (rates.substation_fail_per_yr, rates.substation_isolate_min, rates.substation_repair_min),
            "temporary": (rates.temporary_per_yr, rates.isolate_min, never),
        }
        found: list[tuple[float, str, int, float, float]] = []
        for kind, (rate, isolate, repair) in table.items():
            for where in np.flatnonzero(rate).tolist():
                draw = rng.stream(self.seed, 0, f"years.{kind}", where)
                n = int(draw.poisson(rate[where] * self.horizon / MIN_PER_YEAR))
                at = np.sort(draw.uniform(0.0, self.horizon, n)).tolist()
                found += [(a, kind, where, float(isolate[where]), float(repair[where])) for a in at]
        return [Failure(*row, number) for number, row in enumerate(sorted(found, key=lambda row: row[:3]))]

    def _fail(self) -> Process:
        for failure in self._failures():
            if failure.at > self.env.now:
                yield self.env.timeout(failure.at - self.env.now)
            if failure.kind == "temporary":
                self._blink(failure)
            else:
                self._break(failure)

    def _break(self, failure: Failure) -> None:
        fails = self._devices_that_fail(failure.number)
        if failure.kind == "substation":
            if failure.where in self.supply.lost_sources:
                return  # it is down already
            feeders = np.flatnonzero(self.grid.network.feeder_substation == failure.where).tolist()
            lost = self.supply.lose_source(failure.where)
        else:
            feeders = [int(self.grid.network.feeder[failure.where])]
            lost = self.supply.fault(failure.where, fails)
        self.open[failure.number] = (failure, fails)
        self.isolate |= dict.fromkeys(feeders, failure.isolate_min)
        self.dark_at[lost] = self.env.now
        self._review()
        self.env.process(self._repair(failure, fails))

    def _devices_that_fail(self, number: int) -> frozenset[int]:
        """Return the blocks whose device would not clear this failure."""
        if not self.unsure:
            return frozenset()
        draw = rng.uniforms(self.seed, number, "years.protection", np.array(self.unsure))
        success = self.grid.switchgear.success[self.tree.head[self.unsure]]
        return frozenset(np.array(self.unsure)[draw >= success].tolist())

    def _blink(self, failure: Failure) -> None:
        """Let a temporary fault happen: a blink behind what recloses, else an interruption until a fuse is replaced."""
        block = int(self.tree.of[failure.where])
        at = block
        while at >= 0 and self.device[at] not in _RECLOSING:
            at = self.tree.parent[at]
        if at >= 0:
            head = int(self.tree.head[at])
            part = np.arange(head, int(self.grid.network.end[head]))
            self._count(part[self.supply.blocks[part] == 0], 0.0)
            return
        acting = self.tree.acting(block)
        own = float(self.grid.switchgear.switch_min[self.tree.head[acting]])
        usual = float(np.fmin(failure.isolate_min, self.grid.rates.repair_min[failure.where]))
        part = np.arange(int(self.tree.head[acting]), int(self.grid.network.end[self.tree.head[acting]]))
        self._count(part[self.supply.blocks[part] == 0], usual if math.isnan(own) else own)

    def _repair(self, failure: Failure, fails: frozenset[int]) -> Process:
        yield self.env.timeout(failure.repair_min)
        del self.open[failure.number]
        is_source = failure.kind == "substation"
        self._came_back(
            self.supply.regain_source(failure.where) if is_source else self.supply.repair(failure.where, fails)
        )
        self._review()

    # -- what is switched --------------------------------------------------------------------------------------

    def _review(self) -> None:
        """Ask anew what can be fed, put back at once what is not wanted any more, and have the rest done in time."""
        plan, supply = self._plan(), self.supply
        self.wanted = {(p.tie, p.into, p.opens) for p in plan}
        opened: set[int] = set()
        for p in plan:
            opened |= set(p.opens)
            if p.tie < 0:
                opened.discard(p.into)
        back = Order(
            closes=frozenset(supply.opened - opened),
            tie_opens=frozenset(supply.closed_ties - {p.tie for p in plan}),
        )
        if back and supply.allows(back):
            self._switch(back)
        for p in plan:
            if not (supply.opened.issuperset(p.opens) and (p.tie < 0 or p.tie in supply.closed_ties)):
                self.env.process(self._feed(p))

    def _plan(self) -> list[PickUp]:
        tree, tripped = self.tree, set[int]()
        dark, bad, lost = set[int](), set[int](), set[int]()
        for failure, fails in self.open.values():
            if failure.kind == "substation":
                lost.add(failure.where)
                continue
            block = int(tree.of[failure.where])
            at = tree.acting(block)
            while at in fails and tree.parent[at] >= 0:
                at = tree.acting(tree.parent[at])
            bad.add(block)
            tripped.add(at)
            dark.update(range(at, tree.end[at]))
        if lost:
            sources = self.grid.network.feeder_substation
            dark.update(b for b in range(tree.n) if int(sources[tree.feeder[b]]) in lost)
        if not dark:
            return []
        opening, closing, ties = self._times(tripped)
        return refeed(tree, dark, dark - bad, opening, closing, ties, self.cold, frozenset(lost))

    def _times(self, tripped: set[int]) -> tuple[list[float], list[float], list[float]]:
        """Return minutes until devices are opened and closed and ties closed; what is done already takes none."""
        gear, tree = self.grid.switchgear, self.tree
        isolate = np.full(len(self.grid.network.feeder_name), math.inf)
        for feeder, minutes in self.isolate.items():
            isolate[feeder] = minutes
        usual = isolate[np.array(tree.feeder)]
        own = gear.switch_min[tree.head]
        opening = np.where(np.isnan(own), usual, own)
        recloses = np.isin(np.array(self.device), _RECLOSING)
        closing = np.where(np.isnan(own), np.where(recloses, 0.0, usual), own)
        opening[list(self.supply.opened | tripped)] = 0.0
        ends = self.grid.network.feeder[self.grid.network.tie]
        given = gear.tie_switch_min
        ties = np.where(np.isnan(given), isolate[ends].min(axis=1, initial=math.inf), given)
        ties[list(self.supply.closed_ties)] = 0.0
        return opening.tolist(), closing.tolist(), ties.tolist()

    def _feed(self, p: PickUp) -> Process:
        """Let a pick-up be in force when its time has come, if it is wanted still."""
        yield self.env.timeout(p.at)
        if (p.tie, p.into, p.opens) not in self.wanted:
            return
        order = Order(
            opens=frozenset(p.opens) - self.supply.opened,
            closes=frozenset({p.into}) & self.supply.opened if p.tie < 0 else frozenset(),
            tie_closes=frozenset({p.tie}) if p.tie >= 0 else frozenset(),
        )
        if order and self.supply.allows(order):
            self._switch(order)

    def _switch(self, order: Order) -> None:
        gained, lost = self.supply.switch(order)
        self.dark_at[lost] = self.env.now
        self._came_back(gained)

    # -- what is counted ---------------------------------------------------------------------------------------

    def _came_back(self, sections: IntArray) -> None:
        for start in np.unique(self.dark_at[sections]).tolist():
            self._count(sections[self.dark_at[sections] == start], self.env.now - start)

    def _count(self, sections: IntArray, minutes: float) -> None:
        """Count an interruption of sections that has just ended, or that lasts so long from now."""
        years, customers = self.years, self.grid.network.customers
        year = min(int(min(self.env.now, self.horizon - 1.0) // MIN_PER_YEAR), len(years.kwh) - 1)
        if minutes <= self.sustained_min:
            years.momentary[sections] += 1
            years.customers_blinked[year] += customers[sections].sum()
            return
        years.failures[sections] += 1
        years.minutes[sections] += minutes
        years.customers_out[year] += customers[sections].sum()
        years.customer_minutes[year] += customers[sections].sum() * minutes
        years.kwh[year] += self.kw[sections].sum() * minutes / MIN_PER_H
