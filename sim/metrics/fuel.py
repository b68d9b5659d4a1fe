"""How long mobile generators ran, and how often a tanker came."""

from __future__ import annotations

import numpy as np

from sim.log import KIND_CODE, Log
from sim.units import MIN_PER_H

_STARTS = "generator_connected"
_STOPS = ("generator_ran_dry", "generator_released", "generator_failed")
_REFUELLED = "generator_refuelled"


def running_hours(log: Log, until: float) -> float:
    """Return the hours that mobile generators ran before a minute: from connected to released, without those run dry."""
    started, stopped = KIND_CODE[_STARTS], {KIND_CODE[kind] for kind in _STOPS}
    rows = np.flatnonzero(log.of(_STARTS, *_STOPS, _REFUELLED))
    since: dict[int, float] = {}
    minutes = 0.0
    for kind, crew, at in zip(*(log[name][rows].tolist() for name in ("kind", "crew", "at")), strict=True):
        at = min(at, until)
        if kind in stopped:
            minutes += at - since.pop(crew, at)
        elif kind == started or crew not in since:  # or refuelled after it had run dry
            since[crew] = at
    return (minutes + sum(until - at for at in since.values())) / MIN_PER_H


def refuelled(log: Log, until: float) -> float:
    """Return how many times a generator was refuelled before a minute."""
    rows = log.of(_REFUELLED)
    return float(np.count_nonzero(log["at"][rows] < until))
