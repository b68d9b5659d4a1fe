"""Poisson processes that run against an integrated hazard over spells in the dark."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from sim import rng
from sim.hotline.batch import FloatArray, IntArray
from sim.scenario.model import Complaints as Hazards
from sim.units import MIN_PER_H

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
    section: IntArray
    area: IntArray
    dark_at: FloatArray
    start: FloatArray
    end: FloatArray
    weight: FloatArray


class Exposure:
    """Spells laid against the bands of time in the dark and the pace there, for hazards of whatever height.

    A piece is the part of a spell within one band; arrays over pieces in which the pace is not zero, in order of spell
    and time: `spell`, `band`, when it starts and ends, the integral of the pace where it starts, `run`, and within it, `gain`.
    """

    def __init__(self, spells: Spells, pace: Pace) -> None:
        self.spells, self.pace = spells, pace
        edges = spells.dark_at[:, None] + _BAND_EDGES_MIN
        np.clip(edges, spells.start[:, None], spells.end[:, None], out=edges)
        spell, band = np.nonzero(edges[:, 1:] > edges[:, :-1])
        start, end, area = edges[spell, band], edges[spell, band + 1], spells.area[spell]
        run = pace.run(area, start)
        gain = pace.run(area, end) - run
        kept = gain > 0.0
        self.spell, self.band, self.start, self.end = spell[kept], band[kept], start[kept], end[kept]
        self.run, self.gain = run[kept], gain[kept]

    def instant(self, piece: IntArray, run: FloatArray) -> FloatArray:
        """Return the instants at which the integral of the pace has grown by `run` within pieces, (n,)."""
        at = self.pace.instant(self.spells.area[self.spell[piece]], self.run[piece] + run)
        return np.clip(at, self.start[piece], self.end[piece])


class Points(NamedTuple):
    """Points of processes: when, in which section, whose, and the number of the point in its process; (n,) each."""

    at: FloatArray
    section: IntArray
    who: IntArray
    nth: IntArray


class Strikes:
    """Every point of unit-rate processes at several heights of the hazard, those of a lower one among those of a higher.

    The k-th point of a process falls where the integral of weight x hazard x pace over its spells reaches the
    sum of its first k unit exponentials, keyed (who, k).

    Parameters
    ----------
    hazards : per customer and minute, by band of time in the dark, (5,) for each height.
    key : (seed, replication, purpose).
    """

    def __init__(self, hazards: Sequence[FloatArray], key: tuple[int, int, str]) -> None:
        self._hazards, self._key = hazards, key
        self._reached = [0.0] * len(hazards)  # by the spells added so far
        none = Points(np.empty(0), np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.int64))
        self._parts = [[none] for _ in hazards]

    def add(self, exposure: Exposure) -> Self:
        """Take in spells of processes that come, in order of `who`, after those taken in before."""
        if not len(exposure.spell):
            return self
        weight, who = exposure.spells.weight[exposure.spell], exposure.spells.who[exposure.spell]
        first = np.flatnonzero(np.concatenate([[True], who[1:] != who[:-1]]))
        last = np.append(first[1:], len(who)) - 1
        reached, before = [], []
        for height, hazard in enumerate(self._hazards):
            each = weight * hazard[exposure.band]
            each *= exposure.gain
            each[0] += self._reached[height]
            np.cumsum(each, out=each)
            before.append(np.concatenate([[self._reached[height]], each[last[:-1]]]))
            reached.append(each)
            self._reached[height] = each[-1]
        totals = [each[last] - start for each, start in zip(reached, before, strict=True)]
        process, nth, target = _points(who[first], np.max(totals, axis=0), self._key)
        for height, total in enumerate(totals):
            hit = np.flatnonzero(target < total[process])
            of = process[hit]
            goal = before[height][of] + target[hit]
            piece = np.minimum(np.searchsorted(reached[height], goal), last[of])
            rate = weight[piece] * self._hazards[height][exposure.band[piece]]
            rest = goal - (reached[height][piece] - exposure.gain[piece] * rate)
            at = exposure.instant(piece, rest / np.maximum(rate, 1e-300))
            self._parts[height].append(Points(at, exposure.spells.section[exposure.spell[piece]], who[piece], nth[hit]))
        return self

    def points(self, height: int) -> Points:
        """Return the points at one height of the hazard."""
        return Points._make(np.concatenate(column) for column in zip(*self._parts[height], strict=True))


def _points(who: IntArray, total: FloatArray, key: tuple[int, int, str]) -> tuple[IntArray, IntArray, FloatArray]:
    """Return (process, number of the point, its unit-rate time) of all points within each process's total."""
    parts: list[tuple[IntArray, IntArray, FloatArray]] = []
    active, passed, k = np.arange(len(who)), np.zeros(len(who)), 0
    while len(active):
        passed = passed + rng.exponentials(*key, who[active], np.int64(k))
        hit = passed < total[active]
        active, passed = active[hit], passed[hit]
        parts.append((active, np.full(len(active), k), passed))
        k += 1
    process, nth, target = (np.concatenate(column) for column in zip(*parts, strict=True))
    return process, nth, target
