"""What the order desk did, from the log: orders handled, merged and urged, how many waited, and the work that was."""

from __future__ import annotations

from sim.log import Log
from sim.scenario.phones import OrderDesk
from sim.units import MIN_PER_H


def order_measures(log: Log, desk: OrderDesk) -> dict[str, float]:
    """Return the measures of the order desk; all are 0 where there is none."""
    value = {kind: log["value"][log.of(kind)] for kind in ("orders_handled", "orders_merged", "orders_waiting")}
    handled, merged = float(value["orders_handled"].sum()), float(value["orders_merged"].sum())
    urged = float(log.of("order_urged").sum())
    minutes = handled * desk.handle_min + merged * desk.merge_min + urged * desk.urge_min
    return {
        "orders_handled": handled,
        "orders_merged": merged,
        "orders_urged": urged,
        "orders_waiting_peak": float(value["orders_waiting"].max(initial=0.0)),
        "orders_desk_h": minutes / MIN_PER_H,
    }
