"""What each fault asks for: the kind of crew that mends it, whether two are needed at once, and who closes the switch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim import rng
from sim.damage.draw import Drawn
from sim.damage.faults import POLE, WORK_CLASSES, Faults
from sim.scenario.model import Work


@dataclass(frozen=True)
class Tasks:
    """By fault: the kind of crew that mends it, whether it takes two of them, and whether a switching crew must follow."""

    mender: list[str]
    takes_two: list[bool]
    is_switched: list[bool]

    def extend(self, more: Tasks) -> None:
        """Add what further faults ask for."""
        self.mender.extend(more.mender)
        self.takes_two.extend(more.takes_two)
        self.is_switched.extend(more.is_switched)


def tasks(drawn: Drawn, faults: Faults, work: Work) -> Tasks:
    """Return what faults ask for under a plan's shares.

    Each share has a draw of its own per fault: a larger share only adds faults.
    """
    n = len(faults)
    shares = {
        kind: (rules.wire_fraction, rules.pole_fraction, rules.transformer_fraction)
        for kind, rules in work.kinds.items()
    }
    menders = np.full(n, "line", dtype=object)
    if any(max(share) > 0 for share in shares.values()):
        u, low = _draws(drawn, "task.mender", faults), np.zeros(len(WORK_CLASSES))
        for kind, share in shares.items():
            high = low + share
            menders[(low[faults.work] <= u) & (u < high[faults.work])] = kind
            low = high
    two = np.zeros(n, bool)
    if work.pole_two_crews_fraction:
        two = (faults.work == POLE) & (_draws(drawn, "task.two", faults) < work.pole_two_crews_fraction)
    switched = np.zeros(n, bool)
    if work.switching_fraction:
        switched = _draws(drawn, "task.switching", faults) < work.switching_fraction
    return Tasks(menders.tolist(), two.tolist(), switched.tolist())


def _draws(drawn: Drawn, purpose: str, faults: Faults) -> NDArray[np.float64]:
    return rng.uniforms(drawn.seed, drawn.replication, purpose, *faults.assets)
