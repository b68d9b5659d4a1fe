"""Were the promises kept: each one is judged for every customer in the dark when it was made."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.log import Log
from sim.metrics.intervals import Dark
from sim.units import MIN_PER_H

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
_Groups = tuple[IntArray, FloatArray, FloatArray, FloatArray, BoolArray]

STAGES = ("global", "area", "individual")
"""What a promise holds for: the whole network, one area, or the customers of one outage."""


@dataclass(frozen=True)
class Kept:
    """How promises fared; both are nan when no promise reached anybody in the dark.

    kept_fraction : share of promises kept, a promise to one customer counting once.
    error_h : mean of restored minus promised, hours: positive when power came later than promised. off_h : mean of
    its size.
    Interruptions open at the horizon count as restored there, so that their error is a lower bound.
    n_promises : promises, customers times publications. n_open : those whose interruption was open at the
    horizon.
    """

    kept_fraction: float
    error_h: float
    off_h: float
    n_promises: int
    n_open: int


NONE_MADE = Kept(float("nan"), float("nan"), float("nan"), 0, 0)


def promises_published(log: Log) -> tuple[FloatArray, IntArray, FloatArray]:
    """Return (at, area, promised_at) of all published estimates; promised_at is negative for 'assessing'."""
    rows = log.of("etr_published")
    return log["at"][rows], log["place"][rows], np.nan_to_num(log["value"][rows], nan=-1.0)


def stages_published(log: Log) -> IntArray:
    """Return the stage of each published estimate, an index into STAGES; of 'assessing' it means nothing."""
    seqs = log["seq"][log.of("etr_published")].tolist()
    return np.array([STAGES.index("global" if log.detail.get(seq) == "global" else "area") for seq in seqs], np.int64)


def judge_stages(log: Log, dark: Dark, area_of_section: ArrayLike) -> dict[str, Kept]:
    """Return how the promises of each stage fared, and under `all` those to areas, alone or together."""
    at, area, promised = promises_published(log)
    stage = stages_published(log)
    groups = _together(dark, np.asarray(area_of_section, np.int64))
    found = {"all": _judged(at, area, promised, groups)}
    for code, name in enumerate(STAGES[:-1]):
        mine = stage == code
        found[name] = found["all"] if mine.all() else _judged(at[mine], area[mine], promised[mine], groups)
    own = log.of("own_etr_published")
    found["individual"] = judge_own(log["at"][own], log["section"][own], log["value"][own], dark)
    return found


def judge_own(at: FloatArray, section: IntArray, promised_at: FloatArray, dark: Dark) -> Kept:
    """Judge promises to single sections, (n_promises,) each, as `judge` does those to areas."""
    if not len(at):
        return NONE_MADE
    span = float(max(dark.end.max(initial=0.0), at.max())) + 1.0
    found = np.searchsorted(dark.section * span + dark.start, section * span + at, side="right") - 1
    row = np.maximum(found, 0)
    told = (found >= 0) & (dark.section[row] == section) & (dark.end[row] > at)
    told &= ~(dark.censored[row] & (promised_at > dark.end[row]))
    end, late, weight = dark.end[row], dark.end[row] - promised_at, dark.customers[row] * told
    total = float(weight.sum())
    if total == 0:
        return NONE_MADE
    kept = float((weight * ((end <= promised_at) & ~dark.censored[row])).sum()) / total
    error, off = (float((weight * size).sum()) / total / MIN_PER_H for size in (late, np.abs(late)))
    return Kept(kept, error, off, int(total), int((weight * dark.censored[row]).sum()))


def judge(at: ArrayLike, area: ArrayLike, promised_at: ArrayLike, dark: Dark, area_of_section: ArrayLike) -> Kept:
    """Judge every promise for everybody in the dark in its area when it was made.

    A promise that is later withdrawn or revised is judged all the same: it was made. 'Assessing' (negative
    `promised_at`) promises nothing and is left out; so is a promise beyond the horizon for power not back by
    then, which cannot be judged.

    Parameters
    ----------
    at, area, promised_at : (n_promises,) minutes, area index, minutes. area_of_section : (n_sections,).
    """
    at, area, promised_at = np.asarray(at, float), np.asarray(area, np.int64), np.asarray(promised_at, float)
    groups = _together(dark, np.asarray(area_of_section, np.int64))
    return _judged(at, area, promised_at, groups)


def _judged(at: FloatArray, area: IntArray, promised_at: FloatArray, groups: _Groups) -> Kept:
    """Judge every promise for the groups of `_together`."""
    weight = kept = late = off = n_open = 0.0
    for name in np.unique(area[promised_at >= 0]):
        mine = (area == name) & (promised_at >= 0)
        when, until = at[mine][:, None], promised_at[mine][:, None]
        part = slice(*np.searchsorted(groups[0], [name, name + 1]))
        start, end, customers, is_open = groups[1][part], groups[2][part], groups[3][part], groups[4][part]
        told = ((start <= when) & (end > when) & ~(is_open & (until > end))) * customers
        weight += float(told.sum())
        kept += float((told * ((end <= until) & ~is_open)).sum())
        late += float((told * (end - until)).sum())
        off += float((told * np.abs(end - until)).sum())
        n_open += float((told * is_open).sum())
    if weight == 0:
        return NONE_MADE
    return Kept(kept / weight, late / weight / MIN_PER_H, off / weight / MIN_PER_H, int(weight), int(n_open))


def _together(dark: Dark, area_of_section: IntArray) -> _Groups:
    """Join an area's intervals that began and ended together: (area, start, end, customers, open)."""
    area = area_of_section[dark.section]
    order = np.lexsort((dark.end, dark.start, area))
    area, start, end = area[order], dark.start[order], dark.end[order]
    new = np.ones(len(order), bool)
    new[1:] = (np.diff(area) != 0) | (np.diff(start) != 0) | (np.diff(end) != 0)
    first = np.flatnonzero(new)
    customers = np.add.reduceat(dark.customers[order].astype(float), first) if len(first) else np.zeros(0)
    return area[first], start[first], end[first], customers, dark.censored[order][first]
