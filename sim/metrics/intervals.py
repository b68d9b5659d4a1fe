"""Interruptions as a table: who was in the dark from when until when, and the standard indices of it.

Indices follow IEEE 1366-2022: an interruption is sustained when it lasts longer than 5 minutes, or as many as a
utility counts by; shorter ones are momentary. A table has one row
per interruption of a group of customers that went dark and came back together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.errors import DrillError
from sim.log import KIND_CODE, Log, narrow
from sim.units import MIN_PER_H

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

SUSTAINED_MIN = 5.0
"""An interruption is sustained when it lasts longer than this (IEEE 1366-2022, 3.21)."""


@dataclass(frozen=True)
class Dark:
    """Dark intervals of sections, (n_intervals,), ordered by section, then by start.

    section : the section. start, end : minutes; end is the horizon where `censored`, that is when the section
    was still dark then. customers : customers of the section. sustained_min : an interruption is sustained when it lasts
    longer than this.
    """

    section: IntArray
    start: FloatArray
    end: FloatArray
    censored: BoolArray
    customers: IntArray
    sustained_min: float = SUSTAINED_MIN

    def __len__(self) -> int:
        return len(self.section)

    @property
    def minutes(self) -> FloatArray:
        """Return the length of each interval, cut off at the horizon."""
        return self.end - self.start

    @property
    def sustained(self) -> BoolArray:
        """Return which intervals are sustained; one still open at the horizon counts as sustained."""
        return is_sustained(self.minutes, self.sustained_min) | self.censored


def dark_intervals(log: Log, customers: ArrayLike, horizon: float, sustained_min: float = SUSTAINED_MIN) -> Dark:
    """Pair `section_went_dark` with the next `section_restored` of the same section.

    Parameters
    ----------
    log : the log; `customers` (n_sections,) : customers per section; `horizon` : minute at which the run
    ends; `sustained_min` : see Dark.

    Raises
    ------
    DrillError when a section is restored that was not dark, or goes dark twice.
    """
    rows = np.flatnonzero(log.of("section_went_dark", "section_restored"))
    section = log["section"][rows]
    order = np.argsort(narrow(section), kind="stable")
    rows, section = rows[order], section[order]
    went = log["kind"][rows] == KIND_CODE["section_went_dark"]
    first = np.ones(len(rows), bool)
    first[1:] = section[1:] != section[:-1]
    expected = first.copy()
    expected[1:] |= ~went[:-1]
    if np.any(went != expected):
        bad = int(section[went != expected][0])
        raise DrillError(f"the log is not sound: section {bad} does not go dark and come back by turns")
    starts = np.flatnonzero(went)
    is_open = np.ones(len(starts), bool)
    follows = starts + 1 < len(rows)
    is_open[follows] = went[starts[follows] + 1]
    end = np.full(len(starts), float(horizon))
    end[~is_open] = log["at"][rows[starts[~is_open] + 1]]
    of = section[starts]
    return Dark(of, log["at"][rows[starts]], end, is_open, np.asarray(customers, np.int64)[of], sustained_min)


def is_sustained(minutes: ArrayLike, longer_than: float = SUSTAINED_MIN) -> BoolArray:
    """Return which durations make a sustained interruption."""
    return np.asarray(minutes, float) > longer_than


def saifi(customers: ArrayLike, minutes: ArrayLike, served: float, longer_than: float = SUSTAINED_MIN) -> float:
    """Return SAIFI: sustained customer interruptions per customer served (IEEE 1366, eq. 1)."""
    return float(np.asarray(customers, float)[is_sustained(minutes, longer_than)].sum()) / served


def saidi_h(customers: ArrayLike, minutes: ArrayLike, served: float, longer_than: float = SUSTAINED_MIN) -> float:
    """Return SAIDI: hours of sustained interruption per customer served (IEEE 1366, eq. 2)."""
    minutes = np.asarray(minutes, float)
    return (
        float((np.asarray(customers, float) * minutes)[is_sustained(minutes, longer_than)].sum()) / MIN_PER_H / served
    )


def maifi(customers: ArrayLike, minutes: ArrayLike, served: float, longer_than: float = SUSTAINED_MIN) -> float:
    """Return MAIFI: momentary customer interruptions per customer served (IEEE 1366, eq. 9)."""
    return float(np.asarray(customers, float)[~is_sustained(minutes, longer_than)].sum()) / served


def caidi_h(customers: ArrayLike, minutes: ArrayLike, served: float, longer_than: float = SUSTAINED_MIN) -> float:
    """Return CAIDI: mean hours of a sustained interruption, nan when there is none (IEEE 1366, eq. 3)."""
    frequency = saifi(customers, minutes, served, longer_than)
    return saidi_h(customers, minutes, served, longer_than) / frequency if frequency > 0 else float("nan")


def asai(
    customers: ArrayLike, minutes: ArrayLike, served: float, period_h: float, longer_than: float = SUSTAINED_MIN
) -> float:
    """Return ASAI: share of the customer-hours demanded in the period that were served (IEEE 1366, eq. 6)."""
    return 1.0 - saidi_h(customers, minutes, served, longer_than) / period_h


def celid_s(unit: ArrayLike, customers: ArrayLike, minutes: ArrayLike, served: float, at_least_h: float) -> float:
    """Return CELID-s: share of customers with any single interruption of at least so many hours.

    `unit` (n,) names the group of customers of each interruption; `customers` is that group's number.
    """
    hit = np.asarray(minutes, float) >= at_least_h * MIN_PER_H
    return _customers_of(np.asarray(unit)[hit], np.asarray(customers)[hit]) / served


def celid_t(unit: ArrayLike, customers: ArrayLike, minutes: ArrayLike, served: float, at_least_h: float) -> float:
    """Return CELID-t: share of customers with at least so many hours of interruption in total."""
    units, first, where = np.unique(np.asarray(unit), return_index=True, return_inverse=True)
    total = np.bincount(where.ravel(), np.asarray(minutes, float), minlength=len(units))
    return float(np.asarray(customers, float)[first][total >= at_least_h * MIN_PER_H].sum()) / served


def cemi(unit: ArrayLike, customers: ArrayLike, minutes: ArrayLike, served: float, more_than: int) -> float:
    """Return CEMI-n: share of customers with more than n sustained interruptions (not n or more)."""
    kept = is_sustained(minutes)
    units, first, count = np.unique(np.asarray(unit)[kept], return_index=True, return_counts=True)
    return float(np.asarray(customers, float)[kept][first][count > more_than].sum()) / served if len(units) else 0.0


def _customers_of(unit: NDArray[np.generic], customers: NDArray[np.generic]) -> float:
    """Return the customers of the distinct units."""
    _, first = np.unique(unit, return_index=True)
    return float(np.asarray(customers, float)[first].sum())
