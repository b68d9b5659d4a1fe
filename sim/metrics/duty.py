"""Hours on shift of crews whose shift pattern was changed by decision: from the order on, as the log has them."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from sim.log import KIND_CODE, Log
from sim.units import MIN_PER_H


def ordered_at(log: Log) -> dict[int, float]:
    """Return the minute at which a crew's pattern was first changed, by crew; empty when none was."""
    rows = np.flatnonzero(log.of("shift_set"))[::-1]  # the earliest counts
    return dict(zip(log["crew"][rows].tolist(), log["at"][rows].tolist(), strict=True))


def duty_hours(log: Log, crews: Iterable[int], since: float, until: float) -> float:
    """Return the hours that crews were on shift within [since, until], all together, overtime included."""
    rows = np.flatnonzero(log.of("shift_started", "shift_ended") & np.isin(log["crew"], list(crews)))
    on: dict[int, float] = {}
    minutes = 0.0
    for row in rows.tolist():
        crew, at = int(log["crew"][row]), float(log["at"][row])
        if log["kind"][row] == KIND_CODE["shift_started"]:
            on[crew] = at
        elif crew in on:
            minutes += max(0.0, min(at, until) - max(on.pop(crew), since))
    return (minutes + sum(max(0.0, until - max(at, since)) for at in on.values())) / MIN_PER_H
