"""Logs of a run kept until it is known which of them are worth replaying; playing a storm again for its log takes longer.

They lie in `logs.part`, beside `logs`, and go when the run is whole. Where one that turns out to be worth it is not there
(the run was interrupted, or its workers are on other machines) the storm is played again: the same log.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.experiment.replicate import Replication
from sim.experiment.series import Kept
from sim.metrics.measures import MEASURE_NAMES
from sim.results.writing import write_npz, writing

FOLDER = "logs.part"
_MOST = 400  # logs kept; of a million customers' city each takes half a megabyte


class Spool:
    """The logs of one run that may yet be those of the median storm of a plan, or of the reference plan's worst.

    plans : names, the reference first. total : replications that the run has at most.
    """

    def __init__(self, run: Path, plans: tuple[str, ...], total: int) -> None:
        self._run, self._plans, self._total = run, plans, total
        self._numbers: list[int] = []
        self._hours: list[NDArray[np.float64]] = []  # customer-hours of every plan in each of those

    def keep(self, plan: str, number: int, kept: Kept) -> None:
        """Write a log as soon as it is there, in whichever process that is; DrillError when it cannot be written."""
        with writing(self._run):
            log, hotline = self._paths(plan, number)
            log.parent.mkdir(exist_ok=True)
            write_npz(hotline, kept.hotline)
            part = log.with_suffix(".part")
            kept.log.save(part)
            part.replace(log)

    def judge(self, replication: Replication) -> None:
        """Take in what a replication came to, and remove the logs that can no longer be worth replaying."""
        self._numbers.append(replication.number)
        self._hours.append(replication.values[:, MEASURE_NAMES.index("customer_hours")])
        hours = np.array(self._hours)
        for p, plan in enumerate(self._plans):
            wanted = candidates(hours[:, p], self._total, max(1, _MOST // len(self._plans)))
            if p == 0:
                wanted[int(hours[:, 0].argmax())] = True
            for number in np.array(self._numbers)[~wanted].tolist():
                for path in self._paths(plan, number):
                    path.unlink(missing_ok=True)

    def take(self, plan: str, number: int, name: str) -> bool:
        """Copy a log, and the hotline by the minute, to their places among those kept; whether they were there."""
        for path, folder in zip(self._paths(plan, number), ("logs", "hotline"), strict=True):
            part = self._run / folder / f"{name}.npz.part"
            try:
                shutil.copyfile(path, part)
            except FileNotFoundError:
                return False
            part.replace(self._run / folder / f"{name}.npz")
        return True

    def _paths(self, plan: str, number: int) -> tuple[Path, Path]:
        folder = self._run / FOLDER
        return folder / f"{plan}-{number:04d}.npz", folder / f"{plan}-{number:04d}.hotline.npz"


def candidates(hours: NDArray[np.float64], total: int, most: int) -> NDArray[np.bool_]:
    """Return which of k storms can still be the lower median of at most `total`, (k,), from their customer-hours.

    A storm of rank r, from 0, ends between the ranks r and r + total - k. At most `most` are returned, those whose
    ranks are nearest to the middle so far.
    """
    k = len(hours)
    middle = (total - 1) // 2
    ranks = np.empty(k, np.int64)
    ranks[np.argsort(hours, kind="stable")] = np.arange(k)
    possible = (ranks <= middle) & (ranks + total - k >= middle)
    distance = np.where(possible, np.abs(ranks - (k - 1) // 2), k)
    nearest = np.zeros(k, bool)
    nearest[np.argsort(distance, kind="stable")[:most]] = True
    return np.asarray(possible & nearest)
