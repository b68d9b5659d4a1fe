"""Service risks as the scenario states them, and how they are graded.

A risk is a condition on one storm under one plan, over its measures; what it does then is its impact. Cut-offs are
stated here and nowhere else; both are the utility's own choice, so they bear no grade of evidence.
"""

from __future__ import annotations

from typing import Literal

from sim.scenario.fields import Line, Table, param

Level = Literal["low", "medium", "high"]
LEVELS: tuple[Level, ...] = ("low", "medium", "high")

IMPACT_UNITS: dict[str, tuple[str, bool]] = {
    "customer-h": ("hours", True),
    "customers": ("customers", True),
    "complaints": ("complaints", True),
    "critical customers": ("critical", False),
    "live wires": ("live_wires", False),
    "currency": ("money", False),
}
"""Units of impact for which [risk] has cut-offs: stem of the keys, and whether they are per customer served."""


class Risk(Table):
    """A service risk."""

    title: Line = param("", doc="what may happen, for readers")
    when: str = param(
        min_length=1, doc="it happens in a storm in which this holds: an expression over measures, such as t95_h > 72"
    )
    impact: str = param(
        "customer_hours", min_length=1, doc="what it does when it happens: a measure, or an expression over measures"
    )
    unit: Line = param(
        "", doc="unit of the impact; empty: that of the measure. Of " + ", ".join(IMPACT_UNITS) + " the cut-offs stand "
        "in [risk], others need their own",
    )  # fmt: skip
    impact_medium: float | None = param(
        None, unit="unit of the impact", ge=0, le=1e15, doc="medium from this mean impact on; empty: as in [risk]"
    )
    impact_high: float | None = param(
        None, unit="unit of the impact", ge=0, le=1e15, doc="high from this mean impact on; empty: as in [risk]"
    )
    source: Literal["internal", "external"] = param(
        doc="internal: of the utility's own making; external: it comes from outside"
    )
    cause: Literal["people", "process", "environment", "technology"] = param(
        doc="the group of causes that it belongs to"
    )
    owner: Line = param(min_length=1, doc="who answers for it")
    treatment: Literal["avoid", "transfer", "mitigate", "accept"] = param(doc="what is meant to be done about it")
    safety: bool = param(
        False, doc="people may come to harm: its impact is never graded below risk.safety_floor, and no treatment may "
        "make it more likely",
    )  # fmt: skip
    enabled: bool = param(True, doc="false leaves it out, also one that ships")


class Risks(Table):
    """How risks are graded: cut-offs of likelihood and impact, tail, floor, appetite."""

    preset: Literal["standard", "none"] = param(
        "standard",
        doc="standard: the risks that ship are in the register, and [risks.NAME] changes single keys of them",
    )
    likelihood_per: Literal["storm", "year"] = param(
        "storm", doc="likelihood in one storm, or of at least one in a year, for which storm.per_year is needed"
    )
    likelihood_medium: float = param(0.1, unit="probability", gt=0, lt=1, doc="likelihood is medium from here on")
    likelihood_high: float = param(0.5, unit="probability", gt=0, lt=1, doc="likelihood is high from here on")
    hours_medium: float = param(
        2.0, unit="h/customer served", ge=0, le=1e6, doc="impact in customer-hours is medium from here on"
    )
    hours_high: float = param(
        12.0, unit="h/customer served", ge=0, le=1e6, doc="impact in customer-hours is high from here on"
    )
    customers_medium: float = param(
        0.05, unit="fraction of customers served", ge=0, le=1, doc="impact in customers is medium from here on"
    )
    customers_high: float = param(
        0.2, unit="fraction of customers served", ge=0, le=1, doc="impact in customers is high from here on"
    )
    complaints_medium: float = param(
        0.001, unit="complaints/customer served", ge=0, le=10, doc="impact in complaints is medium from here on"
    )
    complaints_high: float = param(
        0.005, unit="complaints/customer served", ge=0, le=10, doc="impact in complaints is high from here on"
    )
    critical_medium: float = param(
        1.0, unit="critical customers", ge=0, le=1e6, doc="impact in critical customers is medium from here on"
    )
    critical_high: float = param(
        5.0, unit="critical customers", ge=0, le=1e6, doc="impact in critical customers is high from here on"
    )
    live_wires_medium: float = param(
        1.0, unit="live wires", ge=0, le=1e6, doc="impact in broken wires that stayed live is medium from here on"
    )
    live_wires_high: float = param(
        10.0, unit="live wires", ge=0, le=1e6, doc="impact in broken wires that stayed live is high from here on"
    )
    money_medium: float = param(
        1_000_000.0, unit="currency", ge=0, le=1e15, doc="impact in money is medium from here on; in your own currency"
    )
    money_high: float = param(
        10_000_000.0, unit="currency", ge=0, le=1e15, doc="impact in money is high from here on; in your own currency"
    )
    tail_fraction: float = param(
        0.1, unit="fraction", gt=0, le=1, doc="the tail is the mean of so large a share of the worst storms"
    )
    safety_likelihood_max: float | None = param(
        None, unit="probability", ge=0, le=1,
        doc="no plan is taken under which a risk to people is likelier than this in a storm; empty: none under which it "
        "is likelier than under the reference plan, beyond chance",
    )  # fmt: skip
    customer_hour_value: float | None = param(
        None, unit="currency/customer-h", ge=0, le=1e9,
        doc="what a customer-hour without power is worth avoiding when treatments are compared; empty: harm is not "
        "turned into money",
    )  # fmt: skip
    safety_floor: Level = param("medium", doc="least grade of impact of a risk to people, whatever the numbers say")
    appetite: Level = param("low", doc="risks up to this level are accepted as they are")


class Treatment(Table):
    """What a plan does about risks, and what that costs beside what is simulated; it moves nothing but money."""

    kind: Literal["avoid", "transfer", "mitigate", "accept"] = param(
        "accept", doc="avoid: hardening, undergrounding, switching off beforehand; transfer: contract or insurance; "
        "mitigate: crews, notices, training; accept: as it is",
    )  # fmt: skip
    cost: float = param(
        0.0, unit="currency/storm", ge=0, le=1e12, doc="what it costs beside the simulated costs, as the share of one "
        "storm: an investment per year over storms per year, a retainer, training",
    )  # fmt: skip
    premium: float = param(
        0.0, unit="currency/storm", ge=0, le=1e12, doc="insurance: premium, as the share of one storm"
    )
    excess: float = param(0.0, unit="currency/storm", ge=0, le=1e12, doc="insurance: what the utility bears itself")
    limit: float = param(0.0, unit="currency/storm", ge=0, le=1e12, doc="insurance: most that is paid out; 0: none")
    insured: str = param(
        "cost_payments",
        min_length=1,
        max_length=60,
        doc="insurance: measure in currency of which it pays what lies above the excess",
    )
