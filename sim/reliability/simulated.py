"""Indices by simulation of many years, with intervals."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.grid.plant import Grid
from sim.metrics.intervals import SUSTAINED_MIN
from sim.reliability.indices import HOURS_PER_YEAR, PointIndices
from sim.units import MIN_PER_H
from sim.world.years import simulate_years

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Estimate:
    """A mean over years and half the width of its interval."""

    mean: float
    half_width: float

    def holds(self, value: float) -> bool:
        """Say whether the interval holds a value."""
        return abs(value - self.mean) <= self.half_width


@dataclass(frozen=True)
class Simulated:
    """Indices of the system as estimates, by name as in SystemIndices, and the means of the load points."""

    system: dict[str, Estimate]
    points: PointIndices


def simulated_indices(
    grid: Grid, n_years: int, seed: int = 1, sustained_min: float = SUSTAINED_MIN, cold_load_factor: float = 1.0,
    confidence: float = 0.95,
) -> Simulated:  # fmt: skip
    """Return indices from simulated years; years are independent but for repairs that last from one into the next.

    Intervals are those of a mean of independent years (normal); that of CAIDI, a ratio, is by linearisation
    (Cochran 1977, eq. 6.13). Rare failures of long repair need many years before the intervals can be trusted.
    """
    from scipy.special import ndtri

    years = simulate_years(grid, n_years, seed, sustained_min, cold_load_factor)
    served = float(grid.load_points.customers.sum())
    z = float(ndtri(0.5 + confidence / 2))

    def estimate(by_year: FloatArray) -> Estimate:
        return Estimate(float(by_year.mean()), z * float(by_year.std(ddof=1)) / math.sqrt(n_years))

    saifi, saidi = years.customers_out / served, years.customer_minutes / served / MIN_PER_H
    system = {
        "saifi": estimate(saifi), "saidi_h": estimate(saidi), "caidi_h": _ratio(saidi, saifi, estimate),
        "asai": estimate(1.0 - saidi / HOURS_PER_YEAR), "ens_mwh": estimate(years.kwh / 1000.0),
        "aens_kwh": estimate(years.kwh / served), "maifi": estimate(years.customers_blinked / served),
    }  # fmt: skip
    at = grid.load_points.section
    points = PointIndices(
        years.failures[at] / n_years, years.momentary[at] / n_years, years.minutes[at] / n_years / MIN_PER_H
    )
    return Simulated(system, points)


def _ratio(top: FloatArray, bottom: FloatArray, estimate: Callable[[FloatArray], Estimate]) -> Estimate:
    mean = float(bottom.mean())
    if mean == 0:
        return Estimate(math.nan, math.nan)
    ratio = float(top.mean()) / mean
    return Estimate(ratio, estimate((top - ratio * bottom) / mean).half_width)
