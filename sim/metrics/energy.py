"""Energy that was not served and what is due for it: by homes and businesses, from their mean load."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.grid.network import Network
from sim.metrics.intervals import Dark
from sim.metrics.restoration import step_curve
from sim.scenario.model import Cost, Scenario
from sim.standards import payment
from sim.units import MIN_PER_H

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


def load_out_fraction(dark: Dark, network: Network, prices: Cost, sections: NDArray[np.bool_]) -> tuple[float, float]:
    """Return the largest shares of load and of customers out at one time, within the sections marked, (n_sections,).

    Each of the two has its own instant. 0 where nobody lives.
    """
    homes = network.customers - network.business
    load = np.rint((homes * prices.home_kw + network.business * prices.business_kw) * _W_PER_KW).astype(np.int64)
    inside = sections[dark.section]
    shares = []
    for weight in (load, network.customers):
        whole = int(weight[sections].sum())
        curve = step_curve(dark.start[inside], dark.end[inside], weight[dark.section[inside]], dark.censored[inside])
        shares.append(float(curve.value.max(initial=0)) / whole if whole else 0.0)
    return shares[0], shares[1]


def payments(dark: Dark, network: Network, settings: Scenario, most_out: float) -> tuple[float, bool]:
    """Return what customers are paid for their sustained interruptions, and whether it may still grow.

    most_out : most customers out at one time, for payments that need a widespread outage.
    """
    due = settings.standards.due
    if due is None or most_out < due.customers_out:
        return 0.0, False
    counts = dark.sustained
    hours, business = dark.minutes[counts] / MIN_PER_H, network.business[dark.section[counts]]
    rule = (due.after_h, due.further, due.further_h, due.cap)
    homes = payment(hours, rule[0], due.home, *rule[1:]) * (dark.customers[counts] - business)
    return float((homes + payment(hours, rule[0], due.business, *rule[1:]) * business).sum()), bool(dark.censored.any())
