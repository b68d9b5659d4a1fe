"""Energy that was not served and what is due for it: by homes and businesses, from their mean load."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.grid.network import Network
from sim.metrics.intervals import Dark
from sim.metrics.restoration import StepCurve, step_curve
from sim.scenario.model import Cost, Scenario
from sim.standards import payment
from sim.units import MIN_PER_H

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
_KW_PER_MW = 1000.0
_W_PER_KW = 1000.0


@dataclass(frozen=True)
class Unserved:
    """Energy not served, MWh, of homes and of businesses."""

    homes_mwh: float
    business_mwh: float

    @property
    def mwh(self) -> float:
        """Energy not served to anybody."""
        return self.homes_mwh + self.business_mwh

    def value(self, prices: Cost) -> float:
        """Return the value of lost load in the scenario's currency; nan where it is not given for either."""
        parts = ((self.homes_mwh, prices.home_lost_load_mwh), (self.business_mwh, prices.business_lost_load_mwh))
        return float(sum(mwh * (np.nan if each is None else each) for mwh, each in parts if mwh or each is not None))


def unserved(dark: Dark, network: Network, prices: Cost) -> Unserved:
    """Return the energy not served: customers times their mean load times hours dark, up to the horizon."""
    business = network.business[dark.section]
    hours = dark.minutes / MIN_PER_H / _KW_PER_MW
    homes = float(((dark.customers - business) * hours).sum()) * prices.home_kw
    return Unserved(homes, float((business * hours).sum()) * prices.business_kw)


def load_w(network: Network, prices: Cost) -> IntArray:
    """Return the mean load of each section, (n_sections,), whole W."""
    homes = network.customers - network.business
    return np.rint((homes * prices.home_kw + network.business * prices.business_kw) * _W_PER_KW).astype(np.int64)


def lost(dark: Dark, weight: IntArray, sections: BoolArray) -> StepCurve:
    """Return over time what is without supply of a weight by section, within the sections marked, (n_sections,) each."""
    inside = sections[dark.section]
    of = dark.section[inside]
    return step_curve(dark.start[inside], dark.end[inside], weight[of], dark.censored[inside])


def most_lost_fraction(dark: Dark, weight: IntArray, sections: BoolArray) -> float:
    """Return the largest share of a weight without supply at one time; 0 where there is none of it."""
    whole = int(weight[sections].sum())
    return float(lost(dark, weight, sections).value.max(initial=0)) / whole if whole else 0.0


def back_at(curve: StepCurve, share: float, horizon: float) -> tuple[float, bool]:
    """Return the minute from which at least `share` of the most that was lost is and stays back.

    The second value tells that it was not by the horizon, which is then the first. 0 where nothing was ever lost.
    """
    still = np.flatnonzero(curve.value > round((1.0 - share) * float(curve.value.max(initial=0)), 6))
    if not len(still):
        return 0.0, False
    if still[-1] == len(curve.at) - 1:
        return horizon, True
    return float(curve.at[still[-1] + 1]), False


def payments(
    dark: Dark, network: Network, settings: Scenario, most_out: float, times: float = 0.0
) -> tuple[float, bool]:
    """Return what customers are paid for their sustained interruptions, and whether it may still grow.

    most_out : most customers out at one time, for payments that need a widespread outage. times : faults of the worst 24
    hours over those of an ordinary day, for payments by that class of weather.
    """
    due = settings.standards.due(times)
    if due is None or most_out < due.customers_out:
        return 0.0, False
    counts = dark.sustained
    hours, business = dark.minutes[counts] / MIN_PER_H, network.business[dark.section[counts]]
    rule = (due.after_h, due.further, due.further_h, due.cap)
    homes = payment(hours, rule[0], due.home, *rule[1:]) * (dark.customers[counts] - business)
    return float((homes + payment(hours, rule[0], due.business, *rule[1:]) * business).sum()), bool(dark.censored.any())
