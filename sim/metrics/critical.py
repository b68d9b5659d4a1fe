"""Critical customers whose own backup did not last."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.grid.network import Network
from sim.log import Log
from sim.metrics.fuel import generator_times
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
    generators = generator_times(log, horizon)
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


def _union_min(spans: list[tuple[float, float]]) -> float:
    """Return the length of the union of spans; spans that end before they start count nothing."""
    total, reached = 0.0, float("-inf")
    for a, b in sorted(spans):
        if b > max(a, reached):
            total += b - max(a, reached)
            reached = b
    return total
