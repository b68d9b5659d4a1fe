"""Prices, all in the scenario's currency; one that is not known for that currency is left out and named so."""

from __future__ import annotations

from typing import Any

from pydantic import model_validator

from sim.scenario.fields import Table, param

_DEAREST = 1e12  # prices have no natural limit; this one keeps sums finite
DEFAULT_CURRENCY = "USD"
"""Currency for which the prices below have defaults."""


class Cost(Table):
    """Prices and customers' mean load.

    The defaults are prices in US dollars. In another currency a price that the file does not give is None: that part
    of the cost is not priced, and no figure of another country stands in for it.
    """

    currency: str = param(
        DEFAULT_CURRENCY, min_length=1, max_length=8,
        doc="currency of the prices; the defaults hold for USD alone, in any other what is not given is not priced",
    )  # fmt: skip
    crew_h: float | None = param(
        400.0, unit="currency/h", grade="X", low=250, high=600, ge=0, le=_DEAREST,
        doc="own crew, per crew-hour on shift",
    )  # fmt: skip
    patrol_crew_h: float | None = param(
        None, unit="currency/h", ge=0, le=_DEAREST, doc="the same of patrols; empty: crew_h"
    )
    line_crew_h: float | None = param(
        None, unit="currency/h", ge=0, le=_DEAREST, doc="the same of line crews; empty: crew_h"
    )
    tree_crew_h: float | None = param(
        None, unit="currency/h", ge=0, le=_DEAREST, doc="the same of tree crews; empty: crew_h"
    )
    underground_crew_h: float | None = param(
        None, unit="currency/h", ge=0, le=_DEAREST, doc="the same of underground crews; empty: crew_h"
    )
    substation_crew_h: float | None = param(
        None, unit="currency/h", ge=0, le=_DEAREST, doc="the same of substation crews; empty: crew_h"
    )
    switching_crew_h: float | None = param(
        None, unit="currency/h", ge=0, le=_DEAREST, doc="the same of switching crews; empty: crew_h"
    )
    generator_crew_h: float | None = param(
        None, unit="currency/h", ge=0, le=_DEAREST, doc="the same of generator crews; empty: crew_h"
    )
    contractor_crew_h: float | None = param(
        None, unit="currency/h", ge=0, le=_DEAREST,
        doc="contractor's crew of any kind, per crew-hour on shift; empty: crew_h",
    )  # fmt: skip
    aid_crew_h: float | None = param(
        700.0, unit="currency/h", grade="X", low=450, high=1000, ge=0, le=_DEAREST,
        doc="foreign crew, per crew-hour on shift, from arrival until the emergency ends",
    )  # fmt: skip
    aid_mobilise: float | None = param(
        5000.0, unit="currency", grade="X", low=2000, high=10000, ge=0, le=_DEAREST,
        doc="foreign crew: calling it in, once, spent even if the storm turns away",
    )  # fmt: skip
    standby_h: float | None = param(
        300.0, unit="currency/h", grade="X", low=200, high=450, ge=0, le=_DEAREST,
        doc="crew held ready before landfall beyond its own shift, per crew-hour",
    )  # fmt: skip
    lodging_night: float | None = param(
        None, unit="currency", ge=0, le=_DEAREST,
        doc="bed of one person of a foreign crew, per night; empty: not priced, no figure is known",
    )  # fmt: skip
    generator_day: float | None = param(
        1500.0, unit="currency/day", grade="X", low=800, high=3000, ge=0, le=_DEAREST,
        doc="mobile generator, per day of hire",
    )  # fmt: skip
    generator_fuel_h: float | None = param(
        30.0, unit="currency/h", grade="X", low=10, high=100, ge=0, le=_DEAREST,
        doc="fuel of a mobile generator, per hour that it runs",
    )  # fmt: skip
    refuel_visit: float | None = param(
        150.0, unit="currency", grade="X", low=50, high=400, ge=0, le=_DEAREST,
        doc="tanker and driver, per generator refuelled; the fuel apart",
    )  # fmt: skip
    agent_h: float | None = param(
        40.0, unit="currency/h", grade="X", low=25, high=60, ge=0, le=_DEAREST, doc="hotline agent, per hour"
    )
    agent_call: float | None = param(
        10.0, unit="currency", grade="B", ge=0, le=_DEAREST,
        source="press and vendors: USD 10 for a call to an agent", doc="one call handled by an agent",
    )  # fmt: skip
    voice_call: float | None = param(
        0.30, unit="currency", grade="B", ge=0, le=_DEAREST,
        source="press and vendors: USD 0.30 in a voice system", doc="one call in the voice system",
    )  # fmt: skip
    notice: float | None = param(
        0.03, unit="currency", grade="C", ge=0, le=_DEAREST, source="vendors: USD 0.03 for a text message",
        doc="one message to one customer",
    )  # fmt: skip
    home_kw: float = param(
        0.5, unit="kW", grade="X", low=0.3, high=1.0, ge=0, le=1000,
        doc="mean load of a home, for the energy not served and the share of load lost",
    )  # fmt: skip
    business_kw: float = param(
        3.0, unit="kW", grade="X", low=1.0, high=10.0, ge=0, le=100_000, doc="mean load of a business, for the same"
    )
    home_lost_load_mwh: float | None = param(
        None, unit="currency/MWh", ge=0, le=_DEAREST, source="known in GBP alone: Great Britain 10,289 (press)",
        doc="value of lost load of homes, no cash of the utility's; empty: not valued",
    )  # fmt: skip
    business_lost_load_mwh: float | None = param(
        None, unit="currency/MWh", ge=0, le=_DEAREST, source="known in GBP alone: Great Britain 35,488 (press)",
        doc="value of lost load of businesses, the same",
    )  # fmt: skip

    @model_validator(mode="before")
    @classmethod
    def _own_currency_only(cls, data: Any) -> Any:
        """Leave unpriced what a file in another currency does not price."""
        if not isinstance(data, dict) or data.get("currency", DEFAULT_CURRENCY) == DEFAULT_CURRENCY:
            return data
        return {name: None for name, field in cls.model_fields.items() if _is_price(field)} | data


def _is_price(field: Any) -> bool:
    return str(field.json_schema_extra["unit"]).startswith("currency")
