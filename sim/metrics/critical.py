"""Critical customers whose own backup did not last."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.grid.network import Network
from sim.log import KIND_CODE, Log
from sim.metrics.intervals import Dark

FloatArray = NDArray[np.float64]


def minutes_beyond_backup(log: Log, dark: Dark, network: Network, horizon: float) -> FloatArray:
    """Return minutes that each critical customer had no supply, backup or mobile generator, (n_critical,).

    Those who became critical meanwhile stand behind those of the network, and count from then on. The backup lasts
    its stated time from the start of each interruption of the customer's section and is full again at the next one; a
    connected mobile generator supplies from its connection until its release or the restoration, while it has fuel.
    """
    added = log.of("critical_added")
    sections = np.concatenate([network.critical_section, log["section"][added]])
    backup = np.concatenate([network.critical_backup_min, log["value"][added]])
    since = np.concatenate([np.zeros(len(network.critical_section)), log["at"][added]])
    place = np.zeros(len(sections))
    generators = _generator_times(log, horizon)
    first = np.searchsorted(dark.section, sections)
    last = np.searchsorted(dark.section, sections, side="right")
    for i in np.flatnonzero(last > first):
        for k in range(first[i], last[i]):
            empty, end = max(float(dark.start[k] + backup[i]), float(since[i])), float(dark.end[k])
            if end <= empty:
                continue
            supplied = [
                (max(a, empty), min(b, end))
                for where, section, a, b in generators
                if (where == i if where >= 0 else section == sections[i])
            ]
            place[i] += (end - empty) - _union_min(supplied)
    return place


def _generator_times(log: Log, horizon: float) -> list[tuple[int, int, float, float]]:
    """Return (critical customer or -1, section, from, to) of all stretches in which a connected generator has fuel."""
    starts, stops = ("generator_connected", "generator_refuelled"), ("generator_released", "generator_ran_dry")
    begins = {KIND_CODE[kind] for kind in starts}
    out: list[tuple[int, int, float, float]] = []
    running: dict[int, tuple[int, int, float]] = {}
    for row in np.flatnonzero(log.of(*starts, *stops)):
        crew, at = int(log["crew"][row]), float(log["at"][row])
        if crew in running:
            out.append((*running.pop(crew), at))
        if log["kind"][row] in begins:
            running[crew] = (int(log["place"][row]), int(log["section"][row]), at)
    return out + [(*start, horizon) for start in running.values()]


def _union_min(spans: list[tuple[float, float]]) -> float:
    """Return the length of the union of spans; spans that end before they start count nothing."""
    total, reached = 0.0, float("-inf")
    for a, b in sorted(spans):
        if b > max(a, reached):
            total += b - max(a, reached)
            reached = b
    return total
