"""Who was promised what: areas, and within them the customers of outages that were given times of their own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.hotline.promises import Announcements, Promises
from sim.log import Log
from sim.metrics.promises import promises_published

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Audience:
    """Groups of sections that were told the same, and what each was told.

    group : (n_sections,), the area's number where nobody was told more than the area. told, at, promised_at :
    (n_promises,) group, minutes; negative: assessing.
    """

    group: IntArray
    told: IntArray
    at: FloatArray
    promised_at: FloatArray

    def promises(self, entry_min: float) -> Promises:
        """Return the promises as people heard of them, by group; `entry_min` : minutes until they are entered."""
        return Promises(self.told, self.at + entry_min, self.promised_at)

    def spread(self, announced: Announcements, area: IntArray) -> Announcements:
        """Return announcements to areas as announcements to groups; `area` (n_sections,)."""
        if self.group is area:
            return announced
        announced.sort()
        parts = [(np.full(1, group), np.flatnonzero(announced.area == of)) for group, of in self._areas(area)]
        rows = np.concatenate([row for _, row in parts])
        groups = np.concatenate([np.repeat(group, len(row)) for group, row in parts])
        return Announcements(groups, announced.at[rows], announced.value[rows])

    def _areas(self, area: IntArray) -> list[tuple[int, int]]:
        group, first = np.unique(self.group, return_index=True)
        return list(zip(group.tolist(), area[first].tolist(), strict=True))


def audience(log: Log, area: IntArray) -> Audience:
    """Return who was promised what; `area` (n_sections,).

    Customers with a time of their own do not heed what their area is told while that time is still to come.
    """
    at, place, value = promises_published(log)
    own = np.flatnonzero(log.of("own_etr_published"))
    if not len(own):
        return Audience(area, place, at, value)
    heard: dict[int, list[tuple[float, float]]] = {}
    for section, said, promised in zip(
        log["section"][own].tolist(), log["at"][own].tolist(), log["value"][own].tolist(), strict=True
    ):
        heard.setdefault(section, []).append((said, promised))
    group, numbers = area.copy(), dict[tuple[object, ...], int]()
    told, when, promises = [place], [at], [value]
    first = int(max(area.max(initial=0), place.max(initial=0))) + 1
    for section, said in heard.items():
        key = (int(area[section]), *said)
        if key not in numbers:
            number = numbers[key] = first + len(numbers)
            rows = np.flatnonzero(place == area[section])
            mine = np.array(said)
            latest = np.searchsorted(mine[:, 0], at[rows], side="right") - 1
            rows = rows[(latest < 0) | (mine[np.maximum(latest, 0), 1] <= at[rows])]
            told.append(np.full(len(rows) + len(mine), number))
            when.append(np.concatenate((at[rows], mine[:, 0])))
            promises.append(np.concatenate((value[rows], mine[:, 1])))
        group[section] = numbers[key]
    return Audience(group, np.concatenate(told), np.concatenate(when), np.concatenate(promises))
