"""Calibration: how near the plan that stands for what was done comes to what happened."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from sim.experiment.replicate import Experiment
from sim.grid.network import Network
from sim.scenario.model import Scenario
from sim.units import minutes_since

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class CheckRow:
    """One line of the check: the model's median and 90 % band, what is believable, whether it fits.

    `what` is a key: "peak_out", "peak_at", "poles_broken", "calls_per_affected", "worst_areas", or "out"
    (customers still out at `at_min`). Numbers are customers, minutes since start (peak_at), poles, calls per
    customer, or the number of named areas among the worst ones. `allowed_lo`, `allowed_hi` bound what is
    believable. `detail` is free text: the areas found, the source of a checkpoint.
    """

    what: str
    at_min: float  # nan unless what == "out"
    median: float
    lo: float  # 5th percentile over replications
    hi: float  # 95th percentile
    observed: float  # nan where only a range is known
    allowed_lo: float
    allowed_hi: float
    ok: bool
    detail: str = ""


def check(experiment: Experiment, scenario: Scenario, network: Network) -> tuple[CheckRow, ...]:
    """Compare the medians of the plan `observed.plan` with what happened.

    Empty when nothing was observed or that plan was not played. A checkpoint fits when the median differs by
    no more than the larger of the relative and the absolute tolerance (`bound = "below"`: when it is not
    above the number). Areas fit when at least half of those named are among the worst quarter of all areas by
    hours in the dark per customer.
    """
    observed = scenario.observed
    if observed is None or observed.plan not in experiment.plans:
        return ()
    plan = experiment.plans.index(observed.plan)

    def row(
        what: str, values: FloatArray, lowest: float, highest: float, seen: float = math.nan,
        at: float = math.nan, detail: str = "",
    ) -> CheckRow:  # fmt: skip
        known = values[np.isfinite(values)]
        lo, median, hi = np.quantile(known, (0.05, 0.5, 0.95)).tolist() if len(known) else [math.nan] * 3
        return CheckRow(what, at, median, lo, hi, seen, lowest, highest, lowest <= median <= highest, detail)

    def minute(instant: datetime) -> float:
        return minutes_since(scenario.start, instant)

    first, last = observed.calls_per_affected_low, observed.calls_per_affected_high
    rows = [
        row("peak_out", experiment.of("peak_out")[plan], observed.peak_low, observed.peak_high),
        row("peak_at", experiment.peak_at[plan], minute(observed.peak_from), minute(observed.peak_to)),
        row("poles_broken", experiment.of("poles_broken")[plan], observed.poles_low, observed.poles_high),
        row("calls_per_affected", experiment.of("calls_per_affected")[plan], first, last),
    ]
    for i, point in enumerate(observed.checkpoints):
        slack = max(observed.tolerance_fraction * point.customers_out, observed.tolerance_customers)
        lowest, highest = max(0.0, point.customers_out - slack), point.customers_out + slack
        if point.bound == "below":
            lowest, highest = 0.0, float(point.customers_out)
        out = experiment.observed_out[plan, :, i]
        rows.append(row("out", out, lowest, highest, point.customers_out, minute(point.at), point.source))
    if observed.worst_areas:
        rows.append(_worst_areas(experiment.areas["customer_hours"][plan], observed.worst_areas, network))
    return tuple(rows)


def _worst_areas(hours: FloatArray, named: tuple[str, ...], network: Network) -> CheckRow:
    """Count the named areas among the worst quarter; `hours` (n_rep, n_areas)."""
    customers = np.bincount(network.area, network.customers, minlength=len(network.area_name))
    peopled = np.flatnonzero(customers > 0)
    names = network.area_name[peopled]
    n_worst = math.ceil(len(peopled) / 4)

    def found(each: FloatArray) -> list[str]:
        order = np.argsort(-each[peopled] / customers[peopled], kind="stable")
        return [str(name) for name in names[order[:n_worst]]]

    counts = [float(len(set(found(each)) & set(named))) for each in hours]
    worst = found(hours.mean(axis=0))
    n_found = float(len(set(worst) & set(named)))
    need = math.ceil(len(named) / 2)
    lo, hi = np.quantile(counts, (0.05, 0.95)).tolist()
    return CheckRow(
        "worst_areas",
        math.nan,
        n_found,
        lo,
        hi,
        math.nan,
        need,
        len(named),
        n_found >= need,
        ", ".join(worst),
    )
