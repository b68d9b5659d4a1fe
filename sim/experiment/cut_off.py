"""Runs that the end of the simulation cuts off: what their values bound, and what they would be had they gone on."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sim.metrics.measures import MEASURE_NAMES, MEASURES

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
Bound = Literal["", "more", "less", "either"]
"""What a number is really, where runs behind it were cut off; empty: what it says."""
GROWING = ("customer_hours", "complaints", "complaints_low", "complaints_high")
"""Sums of which it is known how they would have grown."""


def bound_of_mean(measure: str, n_censored: int) -> Bound:
    """Return what a mean is really with so many of its runs cut off: worse."""
    if not n_censored:
        return ""
    return "less" if MEASURES[measure].better == "high" else "more"


def bound_of_difference(ours_cut: bool, theirs_cut: bool) -> Bound:
    """Return what ours minus theirs is really, where a value that is cut off is really more."""
    if ours_cut and theirs_cut:
        return "either"
    return "more" if ours_cut else "less" if theirs_cut else ""


def had_it_gone_on(values: FloatArray, censored: BoolArray, measure: str, horizon_h: float) -> FloatArray:
    """Return one of GROWING, (n_plans, n_rep), had cut-off runs gone on for as long again.

    All who are still out stay dark, and complain at the run's own mean rate per customer-hour.

    Parameters
    ----------
    values, censored : (n_plans, n_rep, n_measures), columns as MEASURE_NAMES or these first.
    horizon_h : length of the simulation.
    """
    mine, still_out, hours = (
        values[:, :, MEASURE_NAMES.index(name)] for name in (measure, "still_out_at_horizon", "customer_hours")
    )
    more_h = censored[:, :, MEASURE_NAMES.index(measure)] * still_out * horizon_h
    if measure == "customer_hours":
        return np.asarray(mine + more_h)
    return np.asarray(mine + more_h * mine / np.maximum(hours, 1.0))
