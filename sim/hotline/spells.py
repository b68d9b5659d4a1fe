"""Poisson processes that run against an integrated hazard over spells in the dark."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim import rng
from sim.hotline.batch import FloatArray, IntArray
from sim.scenario.model import Complaints as Hazards
from sim.units import MIN_PER_H

_AT_ONCE = 50_000  # spells laid out, or unit exponentials drawn, at a time: arrays of all callers are large
_BAND_EDGES_MIN = np.array([0.0, 3.0, 12.0, 24.0, 48.0, np.inf]) * MIN_PER_H


def hazard_per_min(hazards: Hazards) -> FloatArray:
    """Return complaints per customer and minute in the five bands of time in the dark, (5,)."""
    bands = (
        hazards.per_1000_customer_h_0_3, hazards.per_1000_customer_h_3_12, hazards.per_1000_customer_h_12_24,
        hazards.per_1000_customer_h_24_48, hazards.per_1000_customer_h_48,
    )  # fmt: skip
    return np.array(bands) / 1000.0 / MIN_PER_H


class Pace:
    """A step function of time per area and its integral: how fast a process runs there.

    Parameters
    ----------
    area, at : the steps, sorted by area and time, every area with one at minute 0 or before, (n,).
    pace : value from each step on, not negative, (n,).
    span_min : longer than any instant; sets the areas apart on one axis.
    """

    def __init__(self, area: IntArray, at: FloatArray, pace: FloatArray, span_min: float) -> None:
        self._span = span_min
        self._x = area * span_min + at
        self._run = np.concatenate([[0.0], np.cumsum(np.diff(self._x) * pace[:-1])])
        self._last = pace[-1]

    def run(self, area: NDArray[np.integer], at: FloatArray) -> FloatArray:
        """Return the integral of the pace up to instants; only differences within an area have a meaning."""
        x = area * self._span + at
        past = np.maximum(x - self._x[-1], 0.0) * self._last
        return np.asarray(np.interp(x, self._x, self._run) + past)

    def instant(self, area: NDArray[np.integer], run: FloatArray) -> FloatArray:
        """Return the instant at which the integral reaches `run`."""
        past = np.maximum(run - self._run[-1], 0.0) / (self._last or 1.0)
        return np.asarray(np.interp(run, self._run, self._x) + past - area * self._span)


@dataclass(frozen=True)
class Spells:
    """Spells during which a hazard runs, sorted by `who` and `start`, those of one `who` apart; (n,) each.

    `who` is the key of a unit-rate process; `dark_at`, since when it is dark, sets the hazard; `weight`
    scales it.
    """

    who: IntArray
    section: NDArray[np.integer]
    area: NDArray[np.integer]
    dark_at: FloatArray
    start: FloatArray
    end: FloatArray
    weight: FloatArray


class Exposure:
    """Spells laid against the bands of time in the dark and the pace there, for hazards of whatever height.

    A piece is the part of a spell within one band; arrays over pieces in which the pace is not zero, in order of spell
    and time: `spell`, `band`, the integral of the pace where it starts, `run`, and within it, `gain`.
    """

    def __init__(self, spells: Spells, pace: Pace) -> None:
        self.spells, self.pace = spells, pace
        n = len(spells.who)
        parts = [self._pieces(block, min(block + _AT_ONCE, n)) for block in range(0, n, _AT_ONCE)] or [self._pieces(0, 0)]
        columns = list(zip(*parts, strict=True))
        del parts
        self.spell, self.band, self.run, self.gain = (np.concatenate(columns.pop(0)) for _ in range(4))

    def _pieces(self, first: int, end: int) -> tuple[NDArray[np.int32], NDArray[np.int8], FloatArray, FloatArray]:
        """Return the pieces of some spells, by spell and band."""
        parts = [self._in_band(first, end, np.int8(band)) for band in range(len(_BAND_EDGES_MIN) - 1)]
        spell, band, run, gain = (np.concatenate(column) for column in zip(*parts, strict=True))
        order = np.argsort(spell, kind="stable")
        return spell[order], band[order], run[order], gain[order]

    def _in_band(
        self, first: int, end: int, band: np.int8
    ) -> tuple[NDArray[np.int32], NDArray[np.int8], FloatArray, FloatArray]:
        """Return the pieces of some spells in one band."""
        every = np.arange(first, end, dtype=np.int32)
        spell = every[self.bound(every, band + 1) > self.bound(every, band)]
        area = self.spells.area[spell]
        run = self.pace.run(area, self.bound(spell, band))
        gain = self.pace.run(area, self.bound(spell, band + 1)) - run
        kept = gain > 0.0
        return spell[kept], np.full(np.count_nonzero(kept), band), run[kept], gain[kept]

    def bound(self, spell: NDArray[np.int32], edge: NDArray[np.int8] | np.int8) -> FloatArray:
        """Return when spells reach an edge of the bands, cut to when they start and end; (n,)."""
        spells = self.spells
        at = spells.dark_at[spell] + _BAND_EDGES_MIN[edge]
        return np.clip(at, spells.start[spell], spells.end[spell], out=at)


def struck(
    exposure: Exposure, hazard: FloatArray, key: tuple[int, int, str]
) -> tuple[FloatArray, IntArray, IntArray, IntArray]:
    """Return (at, section, who, number of the point) of every point of the processes.

    The k-th point of a process falls where the integral of weight x hazard x pace over its spells reaches the
    sum of its first k unit exponentials, keyed (who, k).

    Parameters
    ----------
    exposure : see there.
    hazard : per customer and minute, by band of time in the dark, (5,).
    key : (seed, replication, purpose).
    """
    none = np.empty(0), np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.int64)
    spells, spell = exposure.spells, exposure.spell
    if not len(spell):
        return none
    # there are as many pieces as calls that failed: nothing is held longer than it is needed
    reached = spells.weight[spell]
    reached *= hazard[exposure.band]
    reached *= exposure.gain
    np.cumsum(reached, out=reached)
    who = spells.who[spell]
    first = np.flatnonzero(np.concatenate([[True], who[1:] != who[:-1]])).astype(np.int32)
    who = who[first]
    last = np.append(first[1:], np.int32(len(spell))) - np.int32(1)
    del first
    before = np.concatenate([[0.0], reached[last[:-1]]])
    process, nth, target = _points(who, reached[last] - before, key)
    if not len(process):
        return none
    goal = before[process] + target
    piece = np.minimum(np.searchsorted(reached, goal), last[process])
    spell, band = spell[piece], exposure.band[piece]
    rate = spells.weight[spell] * hazard[band]
    rest = goal - (reached[piece] - exposure.gain[piece] * rate)
    at = exposure.pace.instant(spells.area[spell], exposure.run[piece] + rest / np.maximum(rate, 1e-300))
    at = np.clip(at, exposure.bound(spell, band), exposure.bound(spell, band + np.int8(1)))
    return at, spells.section[spell], spells.who[spell], nth


def _points(who: IntArray, total: FloatArray, key: tuple[int, int, str]) -> tuple[IntArray, IntArray, FloatArray]:
    """Return (process, number of the point, its unit-rate time) of all points within each process's total."""
    parts: list[tuple[IntArray, IntArray, FloatArray]] = []
    active, passed, k = np.arange(len(who)), np.zeros(len(who)), 0
    while len(active):
        for block in range(0, len(active), _AT_ONCE):  # few are struck at all: the draws of the others are let go
            part = slice(block, block + _AT_ONCE)
            passed[part] += rng.exponentials(*key, who[active[part]], np.int64(k))
        hit = passed < total[active]
        active, passed = active[hit], passed[hit]
        parts.append((active, np.full(len(active), k), passed.copy()))
        k += 1
    process, nth, target = (np.concatenate(column) for column in zip(*parts, strict=True))
    return process, nth, target
