"""Reliability indices of load points, and of the system that they make (IEEE 1366-2022; Billinton and Allan 1996)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.grid.plant import LoadPoints

FloatArray = NDArray[np.float64]

HOURS_PER_YEAR = 8760.0


@dataclass(frozen=True)
class PointIndices:
    """Per year, arrays (n_load_points,): sustained interruptions, momentary ones, hours of sustained interruption."""

    failures: FloatArray
    momentary: FloatArray
    hours: FloatArray

    @property
    def hours_per_failure(self) -> FloatArray:
        """Mean hours of a sustained interruption, nan where there is none."""
        mean: FloatArray = np.full(len(self.hours), np.nan)
        np.divide(self.hours, self.failures, out=mean, where=self.failures > 0)
        return mean


@dataclass(frozen=True)
class SystemIndices:
    """Per year: SAIFI and MAIFI (1/customer), SAIDI (h/customer), CAIDI (h), ASAI, ENS (MWh), AENS (kWh/customer)."""

    saifi: float
    saidi_h: float
    caidi_h: float
    asai: float
    ens_mwh: float
    aens_kwh: float
    maifi: float


def system_indices(points: LoadPoints, of: PointIndices) -> SystemIndices:
    """Return the system's indices: means over customers; energy not served is mean load times hours dark."""
    customers = points.customers.astype(float)
    served = float(customers.sum())
    saifi = float(customers @ of.failures) / served
    saidi = float(customers @ of.hours) / served
    ens = float(points.load_kw @ of.hours)
    return SystemIndices(
        saifi=saifi, saidi_h=saidi, caidi_h=saidi / saifi if saifi > 0 else float("nan"),
        asai=1.0 - saidi / HOURS_PER_YEAR, ens_mwh=ens / 1000.0, aens_kwh=ens / served,
        maifi=float(customers @ of.momentary) / served,
    )  # fmt: skip
