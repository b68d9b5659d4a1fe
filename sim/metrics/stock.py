"""Material at the depots over time, from the log."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.damage import WORK_CLASSES
from sim.log import KIND_CODE, KINDS, Log
from sim.units import MIN_PER_H

if TYPE_CHECKING:
    from sim.scenario.model import Scenario

Steps = list[tuple[float, float]]
"""Pieces at a depot from each minute on."""
_MOVES = ("stock_drawn", "stock_returned", "stock_delivered")


class Supplies(NamedTuple):
    """What became of one material at one depot up to some minute, pieces.

    depot, work : index into the plan's depots and WORK_CLASSES. at_start : there at the start. drawn : taken by crews
    and not brought back. delivered, ordered : of resupply. left, lowest : then, and the least until then. out_h : hours
    without any.
    """

    depot: int
    work: int
    at_start: float
    drawn: float
    ordered: float
    delivered: float
    left: float
    lowest: float
    out_h: float


def stock_levels(log: Log, settings: Scenario) -> dict[tuple[int, int], Steps]:
    """Return the pieces over time by (depot, work class), where a depot has a limited stock."""
    levels: dict[tuple[int, int], Steps] = {
        (depot, work): [(0.0, float(n))]
        for depot, entry in enumerate(settings.depots.values())
        for work, n in enumerate(entry.stock.pieces)
        if n is not None
    }
    for row in np.flatnonzero(log.of(*_MOVES)).tolist():
        key = int(log["place"][row]), WORK_CLASSES.index(log.detail[row])
        levels[key].append((float(log["at"][row]), float(log["value"][row])))
    return levels


def hours_out(log: Log, work: int, horizon: float) -> float:
    """Return the hours in which no depot had material for a work class."""
    hours, since = 0.0, -1.0
    for row in np.flatnonzero(log.of("material_ran_out", "material_is_back") & (log["value"] == work)).tolist():
        if log["kind"][row] == KIND_CODE["material_ran_out"]:
            since = float(log["at"][row])
        else:
            hours, since = hours + (float(log["at"][row]) - since) / MIN_PER_H, -1.0
    return hours + ((horizon - since) / MIN_PER_H if since >= 0 else 0.0)


def supplies(log: Log, settings: Scenario, until: float) -> list[Supplies]:
    """Return what became of every limited material at every depot up to a minute."""
    rows = np.flatnonzero(log.of(*_MOVES, "stock_ordered") & (log["at"] <= until)).tolist()
    out = []
    for (depot, work), steps in stock_levels(log, settings).items():
        moved = dict.fromkeys((*_MOVES, "stock_ordered"), 0.0)
        left = steps[0][1]
        for row in rows:
            if int(log["place"][row]) != depot or log.detail[row] != WORK_CLASSES[work]:
                continue
            kind, value = KINDS[log["kind"][row]].name, float(log["value"][row])
            if kind == "stock_ordered":
                moved[kind] += value
                continue
            moved[kind] += abs(value - left)
            left = value
        past = [(at, n) for at, n in steps if at <= until]
        ends = [*(at for at, _ in past[1:]), until]
        empty = sum(end - at for (at, n), end in zip(past, ends, strict=True) if n < 1)
        drawn = moved["stock_drawn"] - moved["stock_returned"]
        out.append(Supplies(
            depot, work, steps[0][1], drawn, moved["stock_ordered"], moved["stock_delivered"], left,
            min(n for _, n in past), empty / MIN_PER_H,
        ))  # fmt: skip
    return out
