"""What each plan spends, part by part, what it buys, and what is lost if the storm turns away."""

from __future__ import annotations

import math
from dataclasses import dataclass

from sim.experiment.compare import LEVEL, n_comparisons
from sim.experiment.replicate import Experiment
from sim.experiment.statistics import t_interval
from sim.metrics.cost import LOST, PARTS, price
from sim.scenario.model import Cost


@dataclass(frozen=True)
class PartRow:
    """One part of one plan's cost: means over the storms.

    price, amount, lo, hi, lost_amount : nan where it is not priced. lost, lost_amount : of it, what is spent for nothing
    if the storm turns away.
    """

    plan: str
    part: str
    unit: str
    quantity: float
    price: float
    amount: float
    lo: float
    hi: float
    lost: float
    lost_amount: float

    @property
    def is_priced(self) -> bool:
        """Whether the scenario's currency has a price for it."""
        return math.isfinite(self.price)


@dataclass(frozen=True)
class Deal:
    """One plan against the reference: means and intervals of cost added and of customer-hours avoided."""

    plan: str
    cost: tuple[float, float, float]
    avoided: tuple[float, float, float]

    @property
    def price(self) -> float:
        """Return the cost of one customer-hour avoided; nan where none is avoided."""
        return self.cost[0] / self.avoided[0] if self.avoided[0] > 0 else math.nan

    def beats(self, other: Deal) -> bool:
        """Return whether this plan costs no more and avoids no less, and is not the same in both."""
        ours, theirs = (self.cost[0], -self.avoided[0]), (other.cost[0], -other.avoided[0])
        return ours != theirs and ours[0] <= theirs[0] and ours[1] <= theirs[1]


def deals(experiment: Experiment) -> list[Deal]:
    """Return all plans, the reference first at zero; intervals as wide as those of the paired differences."""
    cost, hours = experiment.of("cost"), experiment.of("customer_hours")
    limits = (LEVEL, n_comparisons(len(experiment.plans)))
    return [
        Deal(plan, t_interval(cost[p] - cost[0], *limits), t_interval(hours[0] - hours[p], *limits))
        for p, plan in enumerate(experiment.plans)
    ]


def part_rows(experiment: Experiment, prices: Cost) -> tuple[PartRow, ...]:
    """Return the parts that any plan uses, plan by plan; empty for a run that did not keep them."""
    if f"used_{next(iter(PARTS))}" not in experiment.measures:
        return ()
    parts = [part for part in PARTS if experiment.of(f"used_{part}").any()]
    rows = []
    for p, plan in enumerate(experiment.plans):
        for part in parts:
            unit_price = price(part, prices)
            each = math.nan if unit_price is None else unit_price
            quantity = experiment.of(f"used_{part}")[p]
            interval = t_interval(quantity * each)
            lost = float(experiment.of(f"lost_{part}")[p].mean()) if part in LOST else 0.0
            means = (float(quantity.mean()), each, *interval)
            rows.append(PartRow(plan, part, PARTS[part].unit, *means, lost, lost * each))
    return tuple(rows)


def unpriced(rows: tuple[PartRow, ...]) -> list[str]:
    """Return the parts that are used and have no price."""
    return list(dict.fromkeys(row.part for row in rows if not row.is_priced))
