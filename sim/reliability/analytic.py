"""Load-point indices by enumeration of single failures (Billinton and Allan 1996, chapters 7 and 8).

Every component fails with its yearly rate. The nearest device upstream that acts by itself trips; a device that does
not clear its fault leaves it to the next, the last one always clears. Then the faulted block is cut off by opening
the devices around it. What that parts from the fault is fed again from its own source or through a tie, after the
switching time; what cannot be parted, or has no way with capacity, waits for the repair. Two failures at one time are
not looked at: the simulation does that.

Temporary faults are gone when the nearest breaker or recloser closes again: a momentary interruption of all behind
it. A sectionaliser opens while the breaker or recloser above it is open: what is behind the sectionaliser waits, the
rest behind that breaker sees a momentary interruption.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.errors import InputError
from sim.grid.network import DEVICES
from sim.grid.plant import Grid
from sim.metrics.intervals import SUSTAINED_MIN
from sim.reliability.indices import PointIndices
from sim.supply import Blocks, refeed
from sim.units import MIN_PER_H

FloatArray = NDArray[np.float64]
_RECLOSING = (DEVICES.index("breaker"), DEVICES.index("recloser"))
_SECTIONALISER = DEVICES.index("sectionaliser")


@dataclass(frozen=True)
class Clearing:
    """A way in which a fault is cleared: the block whose device stays open, the one that tripped, the probability."""

    holds: int
    tripped: int
    probability: float


@dataclass(frozen=True)
class Component:
    """What fails in one block alike: failures a year, minutes until isolated, minutes until repaired."""

    rate: float
    isolate_min: float
    repair_min: float


def point_indices(grid: Grid, sustained_min: float = SUSTAINED_MIN, cold_load_factor: float = 1.0) -> PointIndices:
    """Return failures, momentary interruptions and hours without supply of every load point, per year.

    Raises
    ------
    InputError when a temporary fault can only be cleared by a fuse and nothing says how long that takes.
    """
    study = _Study(grid, sustained_min, cold_load_factor)
    for block in range(study.blocks.n):
        study.fail(block)
    for substation in np.flatnonzero(grid.rates.substation_fail_per_yr).tolist():
        study.lose_substation(substation)
    at = study.blocks.of[grid.load_points.section]
    return PointIndices(study.failures[at], study.momentary[at], study.minutes[at] / MIN_PER_H)


class _Study:
    """Sums over all failures; arrays (n_blocks,): a year's failures, momentary interruptions, minutes dark."""

    def __init__(self, grid: Grid, sustained_min: float, cold_load_factor: float) -> None:
        self.grid, self.sustained_min, self.cold_load_factor = grid, sustained_min, cold_load_factor
        self.blocks = Blocks(grid.network, grid.switchgear)
        n = self.blocks.n
        self.failures, self.momentary, self.minutes = np.zeros(n), np.zeros(n), np.zeros(n)
        self._recloses = np.isin(grid.network.device[self.blocks.head], _RECLOSING)
        self._device: list[int] = grid.network.device[self.blocks.head].tolist()
        self._success: list[float] = grid.switchgear.success[self.blocks.head].tolist()
        self._own_min = grid.switchgear.switch_min[self.blocks.head]
        self._times: dict[float, tuple[list[float], list[float], list[float]]] = {}
        self._components = _components(grid, self.blocks)
        self._temporary = np.bincount(self.blocks.of, grid.rates.temporary_per_yr, n)

    def fail(self, block: int) -> None:
        """Add what the failures of a block's components do in a year."""
        if self._temporary[block] > 0:
            self._pass(block, float(self._temporary[block]))
        if not self._components[block]:
            return
        for clearing in self.clearings(block):
            first, last = clearing.holds, self.blocks.end[clearing.holds]
            waiting: dict[float, FloatArray] = {}
            for component in self._components[block]:
                if component.isolate_min not in waiting:
                    waiting[component.isolate_min] = self.minutes_until_fed(block, first, component.isolate_min)
                dark = np.minimum(waiting[component.isolate_min], component.repair_min)
                self._add(slice(first, last), clearing.probability * component.rate, dark)
                if clearing.tripped != clearing.holds:
                    rest = np.ones(self.blocks.end[clearing.tripped] - clearing.tripped, bool)
                    rest[first - clearing.tripped : last - clearing.tripped] = False
                    blinks = np.flatnonzero(rest) + clearing.tripped
                    self.momentary[blinks] += clearing.probability * component.rate

    def clearings(self, block: int) -> list[Clearing]:
        """Return how a fault in a block is cleared, nearest device first; probabilities add up to one."""
        out: list[Clearing] = []
        left, at = 1.0, self.blocks.acting(block)
        while True:
            above = self.blocks.parent[at]
            waits_for = self._reclosing_above(above) if self._device[at] == _SECTIONALISER else at
            clears = 1.0 if above < 0 else self._success[at] if waits_for >= 0 else 0.0
            if clears > 0:
                out.append(Clearing(at, waits_for if waits_for >= 0 else at, left * clears))
            left *= 1.0 - clears
            if left <= 0 or above < 0:
                return out
            at = self.blocks.acting(above)

    def minutes_until_fed(self, fault: int, holds: int, isolate_min: float) -> FloatArray:
        """Return minutes until each block from `holds` downwards is fed again; inf: only by the repair."""
        first, last = holds, self.blocks.end[holds]
        dark = set(range(first, last))
        return self._fed_again(dark, dark - {fault}, slice(first, last), isolate_min, is_open=holds)

    def lose_substation(self, substation: int) -> None:
        """Add what the failures of a substation do in a year."""
        rates, network = self.grid.rates, self.grid.network
        feeders = set(np.flatnonzero(network.feeder_substation == substation).tolist())
        dark = {b for b in range(self.blocks.n) if self.blocks.feeder[b] in feeders}
        isolate = float(rates.substation_isolate_min[substation])
        repair = float(rates.substation_repair_min[substation])
        fed = self._fed_again(dark, dark, slice(0, self.blocks.n), isolate, lost=frozenset({substation}))
        members = np.array(sorted(dark), np.int64)
        self._add(members, float(rates.substation_fail_per_yr[substation]), np.minimum(fed[members], repair))

    def _fed_again(
        self, dark: set[int], pending: set[int], part: slice, isolate_min: float, is_open: int | None = None,
        lost: frozenset[int] = frozenset(),
    ) -> FloatArray:  # fmt: skip
        """Return minutes until each block of a slice is fed; the device above `is_open` has tripped already."""
        opening, closing, ties = self._switching(isolate_min)
        if is_open is not None:
            opening = [*opening[:is_open], 0.0, *opening[is_open + 1 :]]
        out = np.full(part.stop - part.start, math.inf)
        for fed in refeed(self.blocks, dark, pending, opening, closing, ties, self.cold_load_factor, lost):
            out[np.array(fed.blocks) - part.start] = fed.at
        return out

    def _switching(self, isolate_min: float) -> tuple[list[float], list[float], list[float]]:
        """Return minutes until each device is opened, closed, and each tie closed, when a fault says so much."""
        if isolate_min not in self._times:
            is_timed = ~np.isnan(self._own_min)
            opening = np.where(is_timed, self._own_min, isolate_min)
            # what recloses by itself is closed again once the fault is cut off; a fuse must be replaced
            closing = np.where(is_timed, self._own_min, np.where(self._recloses, 0.0, isolate_min))
            given = self.grid.switchgear.tie_switch_min
            ties = np.where(np.isnan(given), isolate_min, given)
            self._times[isolate_min] = (opening.tolist(), closing.tolist(), ties.tolist())
        return self._times[isolate_min]

    def _add(self, where: slice | NDArray[np.int64], rate: float, dark_min: FloatArray) -> None:
        is_sustained = dark_min > self.sustained_min
        self.failures[where] += rate * is_sustained
        self.momentary[where] += rate * ~is_sustained
        self.minutes[where] += rate * dark_min * is_sustained

    def _pass(self, block: int, rate: float) -> None:
        """Add a block's temporary faults."""
        at = self._reclosing_above(block)
        if at >= 0:
            self.momentary[at : self.blocks.end[at]] += rate
            return
        at = self.blocks.acting(block)
        section, rates = int(self.blocks.head[block]), self.grid.rates
        own = float(self._own_min[at])
        minutes = float(np.fmin(rates.isolate_min[section], rates.repair_min[section])) if math.isnan(own) else own
        if math.isinf(minutes):
            where = f"section {self.grid.network.name[section]}"
            text = (
                "needs switching_h or repair_h: only a fuse clears its temporary faults, and somebody must replace it"
            )
            raise InputError.one("sections.csv", where, None, text)
        self._add(slice(at, self.blocks.end[at]), rate, np.full(self.blocks.end[at] - at, minutes))

    def _reclosing_above(self, block: int) -> int:
        """Return the nearest block upstream, or itself, whose device recloses; -1 when there is none."""
        while block >= 0 and self._device[block] not in _RECLOSING:
            block = self.blocks.parent[block]
        return block


def _components(grid: Grid, blocks: Blocks) -> list[list[Component]]:
    """Return what fails in each block, alike components together."""
    rates = grid.rates
    sums: list[dict[tuple[float, float], float]] = [{} for _ in range(blocks.n)]
    for rate, repair in (
        (rates.fail_per_yr, rates.repair_min), (rates.transformer_fail_per_yr, rates.transformer_repair_min)
    ):  # fmt: skip
        for section in np.flatnonzero(rate).tolist():
            key = (float(rates.isolate_min[section]), float(repair[section]))
            own = sums[int(blocks.of[section])]
            own[key] = own.get(key, 0.0) + float(rate[section])
    return [[Component(rate, *key) for key, rate in own.items()] for own in sums]
