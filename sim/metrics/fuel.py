"""When mobile generators ran, and how often a tanker came."""

from __future__ import annotations

import numpy as np

from sim.log import KIND_CODE, Log
from sim.units import MIN_PER_H

_STARTS, _STOPS = ("generator_connected", "generator_refuelled"), ("generator_released", "generator_ran_dry")


def generator_times(log: Log, horizon: float) -> list[tuple[int, int, float, float]]:
    """Return (critical customer or -1, section, from, to) of all stretches in which a connected generator has fuel."""
    begins = {KIND_CODE[kind] for kind in _STARTS}
    out: list[tuple[int, int, float, float]] = []
    running: dict[int, tuple[int, int, float]] = {}
    for row in np.flatnonzero(log.of(*_STARTS, *_STOPS)):
        crew, at = int(log["crew"][row]), float(log["at"][row])
        if crew in running:
            out.append((*running.pop(crew), at))
        if log["kind"][row] in begins:
            running[crew] = (int(log["place"][row]), int(log["section"][row]), at)
    return out + [(*start, horizon) for start in running.values()]


def running_hours(log: Log, until: float) -> float:
    """Return the hours that mobile generators ran before a minute: from connected to released, without those run dry."""
    return sum(min(end, until) - min(start, until) for _, _, start, end in generator_times(log, until)) / MIN_PER_H


def refuelled(log: Log, until: float) -> float:
    """Return how many times a generator was refuelled before a minute."""
    rows = log.of("generator_refuelled")
    return float(np.count_nonzero(log["at"][rows] < until))
