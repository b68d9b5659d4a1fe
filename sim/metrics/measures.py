"""The measures: their names, units and direction, and the one function that takes them all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
GRID_MIN = 30.0
"""Step of the curves' grid, minutes."""

HOURS_BY_STAGE = (
    "hours_unknown", "hours_wind", "hours_waiting", "hours_travel", "hours_work", "hours_other_crew", "hours_switching",
    "hours_switched_off",
)  # fmt: skip
"""Where the customer-hours went; they add up to `customer_hours`."""

COMPLAINTS_BY_CAUSE = (
    "complaints_dispatch", "complaints_travel", "complaints_repair", "complaints_missed_etr",
    "complaints_no_information", "complaints_failed_contact", "complaints_repeat", "complaints_conduct",
)  # fmt: skip
"""What the complaints are about; they add up to `complaints`."""


@dataclass(frozen=True)
class Measure:
    """What one number means: unit, which direction is better (empty: neither), decimals worth showing."""

    unit: str
    better: Literal["low", "high", ""] = "low"
    digits: int = 0


MEASURES: dict[str, Measure] = {
    "saifi": Measure("1/customer", digits=3),
    "maifi": Measure("1/customer", digits=3),
    "saidi_h": Measure("h/customer", digits=2),
    "saidi_h_city": Measure("h/customer", digits=2),
    "saidi_h_rural": Measure("h/customer", digits=2),
    "saidi_h_remote": Measure("h/customer", digits=2),
    "caidi_h": Measure("h", digits=2),
    "asai": Measure("fraction", "high", 4),
    "customer_hours": Measure("customer-h"),
    "peak_out": Measure("customers"),
    "peak_at_h": Measure("h", "", 1),
    "affected": Measure("customers"),
    "customers_over_24h": Measure("customers"),
    "customers_over_48h": Measure("customers"),
    "t50_h": Measure("h", digits=1),
    "t80_h": Measure("h", digits=1),
    "t90_h": Measure("h", digits=1),
    "t95_h": Measure("h", digits=1),
    "t99_h": Measure("h", digits=1),
    "t100_h": Measure("h", digits=1),
    "still_out_at_horizon": Measure("customers"),
    "critical_beyond_backup": Measure("critical customers", digits=1),
    "live_wires_down": Measure("live wires", digits=1),
    "calls_first": Measure("calls"),
    "calls_redial": Measure("calls"),
    "calls_followup": Measure("calls"),
    "calls_offered": Measure("calls"),
    "calls_per_affected": Measure("calls/customer", digits=3),
    "service_level_30s_offered": Measure("fraction of calls offered", "high", 3),
    "service_level_30s_answered": Measure("fraction of calls answered", "high", 3),
    "abandoned_fraction": Measure("fraction of calls offered", digits=3),
    "busy_fraction": Measure("fraction of calls offered", digits=3),
    "cut_off_fraction": Measure("fraction of calls offered", digits=3),
    "mean_wait_s": Measure("s", digits=0),
    "complaints": Measure("complaints"),
    "complaints_low": Measure("complaints"),
    "complaints_high": Measure("complaints"),
    "complaints_per_1000_interrupted": Measure("1/1000 customers", digits=2),
    "etr_kept_fraction": Measure("fraction of promises", "high", 3),
    "etr_error_h": Measure("h", "", 1),
    "faults": Measure("faults", ""),
    "poles_broken": Measure("poles", ""),
    "cost": Measure("currency"),
    "cost_if_storm_turns_away": Measure("currency"),
    "hours_unknown": Measure("customer-h"),
    "hours_wind": Measure("customer-h", ""),
    "hours_waiting": Measure("customer-h"),
    "hours_travel": Measure("customer-h"),
    "hours_work": Measure("customer-h"),
    "hours_other_crew": Measure("customer-h"),
    "hours_switching": Measure("customer-h"),
    "hours_switched_off": Measure("customer-h"),
    "complaints_dispatch": Measure("complaints"),
    "complaints_travel": Measure("complaints"),
    "complaints_repair": Measure("complaints"),
    "complaints_missed_etr": Measure("complaints"),
    "complaints_no_information": Measure("complaints"),
    "complaints_failed_contact": Measure("complaints"),
    "complaints_repeat": Measure("complaints"),
    "complaints_conduct": Measure("complaints"),
    "complaints_serious": Measure("complaints"),
    "complaints_grave": Measure("complaints"),
    "complaints_by_phone": Measure("complaints"),
    "complaints_in_writing": Measure("complaints"),
    "complaints_to_government": Measure("complaints"),
    "complaints_to_regulator": Measure("complaints"),
    "complaints_in_public": Measure("complaints"),
    "complaints_contacted_late_fraction": Measure("fraction of complaints", digits=3),
    "complaints_answered_late_fraction": Measure("fraction of complaints", digits=3),
    "complaints_taken_further": Measure("complaints"),
    "complaints_open_peak": Measure("complaints"),
    "complaints_answer_days": Measure("days", digits=1),
    "satisfaction": Measure("points", "high", 1),
    "satisfaction_low": Measure("points", "high", 1),
    "satisfaction_high": Measure("points", "high", 1),
    "satisfaction_surveyed": Measure("points", "high", 1),
    "satisfaction_margin": Measure("points", "", 1),
    "survey_answers": Measure("answers", ""),
    "etr_off_h": Measure("h", digits=1),
    "etr_kept_fraction_global": Measure("fraction of promises", "high", 3),
    "etr_off_h_global": Measure("h", digits=1),
    "etr_kept_fraction_area": Measure("fraction of promises", "high", 3),
    "etr_off_h_area": Measure("h", digits=1),
    "etr_kept_fraction_individual": Measure("fraction of promises", "high", 3),
    "etr_off_h_individual": Measure("h", digits=1),
    "orders_handled": Measure("work orders", ""),
    "orders_merged": Measure("work orders", ""),
    "orders_urged": Measure("work orders", ""),
    "orders_waiting_peak": Measure("work orders"),
    "orders_desk_h": Measure("h", "", 1),
}
LOST_CALLS = ("abandoned_fraction", "busy_fraction", "cut_off_fraction")
"""Shares of calls that got nowhere; they add up."""
MEASURE_NAMES: tuple[str, ...] = tuple(MEASURES)

CURVES: dict[str, str] = {
    "customers_out": "customers without supply at the grid instant",
    "calls_first": "first calls in the step that begins at the grid instant",
    "calls_redial": "redials in the step",
    "calls_followup": "follow-up calls in the step",
    "calls_abandoned": "calls given up in the queue in the step, by the minute they were dialled",
    "calls_busy": "calls that met a busy line in the step",
    "queue": "calls waiting for an agent at the grid instant",
    "agents_busy": "agents on a call at the grid instant",
    "agents_on_duty": "agents at the desk at the grid instant, those for life support among them",
    "calls_queued": "calls dialled in the step that joined the queue and left it",
    "queued_min": "minutes that these waited, in all",
    "complaints": "complaints lodged in the step",
    "complaints_low": "the same at the low end of the assumption",
    "complaints_high": "the same at the high end of the assumption",
    "complaints_open": "complaints lodged and not yet answered at the grid instant",
    "crews_working": "crews on site at the grid instant",
    "crews_travelling": "crews on the road",
    "crews_waiting": "crews on shift without a task, for another reason than the wind",
    "crews_stood_down": "crews on shift held by the wind, those without a task while it forbids their work everywhere among them",
    "crews_night": "crews on shift whose work stops for the night",
    "crews_resting": "crews between two of their shifts",
    "crews_off": "crews before their first shift, after their last, or out of service",
}
"""Curves on the fixed grid 0, 30, 60 ... minutes from the start up to the horizon."""

AREAS: dict[str, str] = {
    "customers_out_worst": "customers out at the instant of the peak",
    "customer_hours": "customer-hours in the dark",
    "journey_out": "customers interrupted for more than 5 min",
    "journey_aware": "those of them who noticed before power was back, by the clock of first calls",
    "journey_in_touch": "who phoned, or reported by app or on social media",
    "journey_answered": "whom an agent or the voice system answered, or whose report by app was noted",
    "journey_told_answered": "of those answered, who heard when power would be back, by phone, notice or in person",
    "journey_told_others": "of the others, whom a notice or a neighbourhood manager told",
    "journey_missed": "told, and still in the dark when a promise came due",
    "journey_unreached": "neither answered nor told anything",
}


@dataclass(frozen=True)
class Measures:
    """All that is measured of one outcome.

    Parameters
    ----------
    values : one number per name in `measure_names(scenario)`, MEASURES first; nan where it has no meaning (no promise
    made, no call offered).
    censored : names whose value is cut off by the horizon: the truth is at least (or at most) that far.
    curves : arrays (n_grid,) per name in CURVES.
    areas : arrays (n_areas,) per name in AREAS.
    observed_out : customers out at the instants of `scenario.observed.checkpoints`, (n_checkpoints,).
    peak_at : minute of the peak.
    lodged_at : minutes at which the complaints were lodged, also past the horizon, (n,).
    """

    values: dict[str, float]
    censored: frozenset[str]
    curves: dict[str, FloatArray]
    areas: dict[str, FloatArray]
    observed_out: FloatArray
    peak_at: float
    lodged_at: FloatArray
