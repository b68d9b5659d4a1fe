"""Switching lines off before the wind comes, and on again when it has gone and they have been inspected."""

from __future__ import annotations

from typing import Literal

from sim.scenario.fields import Table, param
from sim.scenario.instants import Instant


class Preemptive(Table):
    """Switching-off beforehand: where much wind is forecast lines are dead before it comes."""

    gust_limit_mps: float | None = param(
        None, unit="m/s", gt=0, le=120, cause="process",
        doc="lines where the forecast's greatest gust is above this are switched off beforehand, and on again when the "
        "wind allows work there and all that was switched off has been patrolled; empty: nothing is switched off. The "
        "forecast is the scenario's track as it stands, without what is drawn for each storm",
    )  # fmt: skip
    scope: Literal["device", "feeder"] = param(
        "device", cause="process",
        doc="device: what lies behind a device that the control room operates, up to the next one, counts by itself; "
        "feeder: whole feeders, by their breaker",
    )  # fmt: skip
    at: Instant = param(
        "landfall-6h", doc="instant of the decision: a warning goes out, and devices are opened one after the other, "
        "where most wind is expected first; switching.operators and switching.remote_min say how fast",
    )  # fmt: skip
    warned_fraction: float = param(
        0.6, unit="fraction", grade="X", low=0.3, high=0.9, ge=0, le=1, cause="process",
        doc="share of the customers there whom the warning reaches; it spares their first calls as a notice does",
    )  # fmt: skip
