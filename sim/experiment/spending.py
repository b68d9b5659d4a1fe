"""What each plan spends, part by part, what it buys, and what is lost if the storm turns away."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

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
    """One plan against the reference: means and intervals of cost added and of customer-hours avoided.

    lacking : mean quantities added, by part, of what is used differently and has no price, so that no cost holds it.
    """

    plan: str
    cost: tuple[float, float, float]
    avoided: tuple[float, float, float]
    lacking: dict[str, float] = field(default_factory=dict)

    @property
    def price(self) -> float:
        """Return the cost of one customer-hour avoided; nan where none is avoided, or not all that is added has a price."""
        return self.cost[0] / self.avoided[0] if self.avoided[0] > 0 and not self.lacking else math.nan

    def beats(self, other: Deal) -> bool:
        """Return whether this plan costs no more, whatever the prices, and avoids no less, and is not the same in both."""
        ours, theirs = (self.cost[0], -self.avoided[0]), (other.cost[0], -other.avoided[0])
        no_worse = ours[0] <= theirs[0] and ours[1] <= theirs[1] and no_more(self.lacking, other.lacking)
        return no_worse and (ours != theirs or self.lacking != other.lacking)


def no_more(lacking: Mapping[str, float], others: Mapping[str, float]) -> bool:
    """Return whether one plan uses no more than another of any part that has no price."""
    return all(lacking.get(part, 0.0) <= others.get(part, 0.0) for part in {*lacking, *others})


def deals(experiment: Experiment, prices: Cost) -> list[Deal]:
    """Return all plans, the reference first at zero; intervals as wide as those of the paired differences."""
    cost, hours = experiment.of("cost"), experiment.of("customer_hours")
    limits = (LEVEL, n_comparisons(len(experiment.plans)))
    rows = part_rows(experiment, prices)
    return [
        Deal(
            plan, t_interval(cost[p] - cost[0], *limits), t_interval(hours[0] - hours[p], *limits),
            lacking(rows, plan, experiment.reference),
        )
        for p, plan in enumerate(experiment.plans)
    ]  # fmt: skip


def lacking(rows: Sequence[PartRow], plan: str, reference: str) -> dict[str, float]:
    """Return how much more of each part without a price a plan uses than the reference; parts used alike are left out."""
    base = {row.part: row.quantity for row in rows if row.plan == reference and not row.is_priced}
    more = {row.part: row.quantity - base[row.part] for row in rows if row.plan == plan and not row.is_priced}
    return {part: quantity for part, quantity in more.items() if quantity}


def is_open(experiment: Experiment, prices: Cost) -> bool:
    """Return whether prices that are missing could make another plan the cheapest than the one whose mean cost is least."""
    made = deals(experiment, prices)
    least = min(made, key=lambda deal: deal.cost[0])
    return not all(no_more(least.lacking, deal.lacking) for deal in made)


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


def unpriced(rows: Sequence[PartRow]) -> list[str]:
    """Return the parts that are used and have no price."""
    return list(dict.fromkeys(row.part for row in rows if not row.is_priced))
