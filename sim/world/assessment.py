"""Damage assessment: what a patrol finds, what work it takes the damage for, and how long it thinks that will take.

Drawn per fault, the same for every plan: a plan that finds more finds what another one finds as well, and more.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from sim import rng
from sim.damage import WORK_CLASSES, Faults
from sim.scenario.model import Knowledge


class Assessment:
    """Draws of one replication about what patrols see; nothing is drawn where a plan leaves nothing to chance."""

    def __init__(self, settings: Knowledge, seed: int, replication: int) -> None:
        self._settings, self._key = settings, (seed, replication)
        self._looks: dict[int, int] = {}  # at each fault so far
        self.diagnosis_min = settings.diagnosis_min
        self.may_be_wrong = settings.wrong_diagnosis_fraction > 0.0

    def found(self, there: Sequence[int], faults: Faults, detection_fraction: float | None = None) -> list[int]:
        """Return which of the faults that a patrol passes it finds.

        Parameters
        ----------
        there : their numbers among `faults`. detection_fraction : that of the patrol; None: the usual one.
        """
        share = self._settings.detection_fraction if detection_fraction is None else detection_fraction
        if share >= 1.0 or not there:
            return list(there)
        looks = [self._looks.get(fault, 0) for fault in there]
        self._looks |= {fault: n + 1 for fault, n in zip(there, looks, strict=True)}
        section, asset = faults.assets
        draw = rng.uniforms(*self._key, "assessment.found", section[there], asset[there], np.array(looks))
        return [fault for fault, u in zip(there, draw.tolist(), strict=True) if u < share]

    def work(self, fault: int, faults: Faults) -> int:
        """Return the class of work that a patrol takes a fault for; the true one unless the diagnosis is wrong."""
        work = faults.work.item(fault)
        share = self._settings.wrong_diagnosis_fraction
        if not self.may_be_wrong or self._draw("assessment.wrong", fault, faults) >= share:
            return work
        others = len(WORK_CLASSES) - 1
        return (work + 1 + int(others * self._draw("assessment.taken_for", fault, faults))) % len(WORK_CLASSES)

    def minutes(self, fault: int, faults: Faults, minutes: float) -> float:
        """Return the minutes on site that a patrol expects of a fault that takes `minutes`; nan: it does not say."""
        if not self._settings.estimates_work:
            return math.nan
        section, asset = faults.assets
        error = float(rng.normals(*self._key, "assessment.minutes", section[[fault]], asset[[fault]])[0])
        return minutes * math.exp(self._settings.estimate_log_sd * error)

    def _draw(self, purpose: str, fault: int, faults: Faults) -> float:
        section, asset = faults.assets
        return float(rng.uniforms(*self._key, purpose, section[[fault]], asset[[fault]])[0])
