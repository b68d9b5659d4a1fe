"""Failures by chance, as the injects that an exercise lead could give."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sim import rng
from sim.damage import source_losses
from sim.scenario.model import Scenario
from sim.scenario.timed import Action
from sim.units import MIN_PER_H

if TYPE_CHECKING:
    from sim.damage import Drawn

AUTHOR = "chance"
STORM = "the storm"


def mishaps(drawn: Drawn, settings: Scenario) -> list[Action]:
    """Return the failures of one replication, the same under every plan; the lines left are a share of the plan's."""
    what = settings.mishaps
    for_min, within = {"for_min": what.for_h * MIN_PER_H}, what.within_h * MIN_PER_H
    lines = max(1, int(settings.hotline.trunks * what.phones_left_fraction))
    may_fail: list[tuple[str, float, dict[str, Any]]] = [
        ("phones_failed", what.phones_probability, {"lines": lines, **for_min}),
        ("map_failed", what.map_probability, for_min),
        ("notices_failed", what.notices_probability, for_min),
    ]
    found = []
    for do, probability, args in may_fail:
        u = rng.uniforms(drawn.seed, drawn.replication, f"mishap.{do}", np.arange(2))
        if u[0] < probability:
            found.append(Action(settings.landfall_at + within * float(u[1]), do, args, AUTHOR))
    return [action for action in found if action.at < settings.horizon_min]


def losses_of_supply(drawn: Drawn, settings: Scenario) -> list[Action]:
    """Return the substations that the storm leaves without supply, as injects."""
    names = drawn.network.substation_name.tolist()
    return [
        Action(
            loss.at,
            "substation_tripped",
            {"substation": names[loss.substation], "for_min": loss.until - loss.at},
            STORM,
        )
        for loss in source_losses(drawn, settings)
        if loss.at < settings.horizon_min
    ]
