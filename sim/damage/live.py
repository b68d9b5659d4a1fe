"""What of the damage hangs on whether the line is alive: faults that only a live line has, and wires that stay live.

Nature says of every fault, whatever is planned, whether it would have come about on a dead line and whether protection
would see it; what follows is for the world, which knows whether the line was alive.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim import rng
from sim.damage.draw import Drawn
from sim.damage.faults import POLE, WIRE, Faults
from sim.scenario.model import Damage

BoolArray = NDArray[np.bool_]


@dataclass(frozen=True)
class OnLiveLines:
    """By fault, (n_faults,).

    spared_if_dead : it does not come about where the line is dead. unseen : a broken conductor on a live line that draws
    too little current for protection: the wire stays live on the ground.
    """

    spared_if_dead: BoolArray
    unseen: BoolArray


def on_live_lines(drawn: Drawn, found: Faults, damage: Damage) -> OnLiveLines:
    """Draw what hangs on whether the line is alive.

    Of wire and transformer faults a share comes about on live lines alone (clashing wires, arcs, burnt transformers); a
    broken pole breaks on a dead line too. Where a wire or a pole broke a conductor is down.
    """
    return OnLiveLines(
        spared_if_dead=_share(drawn, found, "live.only", damage.live_only_fraction) & (found.work != POLE),
        unseen=_share(drawn, found, "live.unseen", damage.high_impedance_fraction) & np.isin(found.work, (WIRE, POLE)),
    )


def _share(drawn: Drawn, found: Faults, purpose: str, fraction: float) -> BoolArray:
    if fraction == 0 or not len(found):
        return np.zeros(len(found), bool)
    return np.asarray(rng.uniforms(drawn.seed, drawn.replication, purpose, *found.assets) < fraction)
