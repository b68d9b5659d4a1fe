"""The scenario: one frozen, checked description of a drill; every field is declared once, here or in a part.

`nature` holds the storm, the network and the strength of assets, `utility` what a plan may change in the
field, `phones` the hotline, `public` callers and complaints, `precision` when enough storms have been drawn. Keys carry
their unit. Properties named `*_min`, `*_at` are the same facts in the program's own units: minutes since the
scenario's start.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator

from sim.scenario.actions import ActionEntry
from sim.scenario.closures import Closure
from sim.scenario.cost import Cost
from sim.scenario.fields import Line, Table, as_tuple, param
from sim.scenario.instants import Instant, Moment
from sim.scenario.mishaps import Mishaps
from sim.scenario.nature import LARGEST_SEED, Damage, Mobile, Network, Storm
from sim.scenario.phones import Hotline, OrderDesk, Province
from sim.scenario.precision import Precision
from sim.scenario.preemptive import Preemptive
from sim.scenario.public import ComplaintDesk, Complaints, Customers, Survey
from sim.scenario.risks import Risk, Risks, Treatment
from sim.scenario.standards import Standards
from sim.scenario.subtransmission import Subtransmission
from sim.scenario.training import Training
from sim.scenario.utility import (
    RULES,
    Aid,
    Bulletins,
    CrewKind,
    Crews,
    Depot,
    Dispatch,
    Etr,
    Generators,
    Knowledge,
    Notices,
    Switching,
    Work,
)
from sim.units import MIN_PER_H, minutes_since

__all__ = [
    "OPERATIONAL",
    "PLAN_DAMAGE_KEYS",
    "RULES",
    "ActionEntry",
    "Aid",
    "Bulletins",
    "Checkpoint",
    "Closure",
    "ComplaintDesk",
    "Complaints",
    "Cost",
    "CrewKind",
    "Crews",
    "Customers",
    "Damage",
    "Depot",
    "Dispatch",
    "Etr",
    "Generators",
    "Hotline",
    "Instant",
    "Knowledge",
    "Matters",
    "Mishaps",
    "Mobile",
    "Network",
    "Notices",
    "Observed",
    "OrderDesk",
    "PlanEntry",
    "Precision",
    "Preemptive",
    "Province",
    "Risk",
    "Risks",
    "Scenario",
    "Standards",
    "Storm",
    "Subtransmission",
    "Survey",
    "Switching",
    "Training",
    "Treatment",
    "Work",
]

class Matters(Table):
    """Differences that would change a decision."""

    t95_h: float = param(
        2.0, unit="h", ge=0, le=10_000, doc="smallest difference of the time to 95 % restored that matters"
    )
    customer_hours_fraction: float = param(
        0.02, unit="fraction", ge=0, le=100, doc="smallest relative difference of customer-hours that matters"
    )
    complaints_fraction: float = param(
        0.05, unit="fraction", ge=0, le=100, doc="smallest relative difference of complaints that matters"
    )


class Checkpoint(Table):
    """Customers still out at an instant, as reported."""

    at: Moment = param(doc="instant with offset")
    customers_out: int = param(unit="customers", ge=0, le=50_000_000, doc="customers out then")
    bound: Literal["near", "below"] = param("near", doc="near: within tolerance of the number; below: not above it")
    source: Line = param("", doc="where it was reported")


class Observed(Table):
    """What happened in reality, for the check printed beside the results."""

    plan: str = param(doc="plan that stands for what was done")
    peak_low: int = param(unit="customers", ge=0, le=50_000_000, doc="lowest believable peak of customers out")
    peak_high: int = param(unit="customers", ge=0, le=50_000_000, doc="highest believable peak of customers out")
    peak_from: Moment = param(doc="the peak came after")
    peak_to: Moment = param(doc="the peak came before")
    poles_low: int = param(unit="poles", ge=0, le=50_000_000, doc="lowest believable number of broken poles")
    poles_high: int = param(unit="poles", ge=0, le=50_000_000, doc="highest believable number of broken poles")
    worst_areas: Annotated[tuple[str, ...], BeforeValidator(as_tuple)] = param((), doc="areas that were hit worst")
    calls_per_affected_low: float = param(
        0.05, unit="calls/customer", grade="D", ge=0, le=100,
        source="Mangkhut and Hato: 0.048; Soudelor: 0.085",
        doc="lowest believable calls per affected customer, redials apart",
    )  # fmt: skip
    calls_per_affected_high: float = param(
        0.8, unit="calls/customer", grade="D", ge=0, le=100, source="Storm Arwen: 0.4 to 0.8 in five days",
        doc="highest believable calls per affected customer, redials apart",
    )  # fmt: skip
    tolerance_fraction: float = param(0.2, unit="fraction", ge=0, le=100, doc="relative tolerance of the checkpoints")
    tolerance_customers: int = param(
        25_000, unit="customers", ge=0, le=50_000_000,
        doc="absolute tolerance of the checkpoints; the larger of the two counts",
    )  # fmt: skip
    checkpoints: Annotated[tuple[Checkpoint, ...], BeforeValidator(as_tuple)] = param((), doc="customers still out")


class PlanEntry(Table):
    """A plan as written in the file: a title, partial copies of the operational tables, timed actions."""

    title: Line = param("", doc="one line for readers: what the plan does")
    overrides: dict[str, Any] = param(dict, doc="partial operational tables, deep-merged over the scenario's own")
    actions: Annotated[tuple[ActionEntry, ...], BeforeValidator(as_tuple)] = param((), doc="timed actions")


OPERATIONAL = (
    "damage", "knowledge", "depots", "crews", "aid", "work", "dispatch", "etr", "notices", "hotline",
    "fault_orders", "switching", "preemptive", "complaint_desk", "generators", "training", "treatment",
)  # fmt: skip
"""Tables that a plan may override; of `damage` only the hardening keys (PLAN_DAMAGE_KEYS)."""
PLAN_DAMAGE_KEYS = (
    "pole_strength_factor", "hardened_fraction", "hardened_factor", "underground_fraction", "tree_strength_factor",
)  # fmt: skip


class Scenario(Table):
    """One drill: storm, network, customers, the utility's means, standards, and the plans to compare."""

    name: Line = param(min_length=1, doc="name of the drill, for titles")
    timezone: str = param(doc="IANA time zone of the clocks on the wall")
    start: Moment = param(doc="instant at which the simulation starts, with offset")
    horizon_h: float = param(unit="h", gt=0, le=24 * 120, doc="length of the simulation")
    landfall: Moment = param(doc="instant of landfall, with offset; durations to restoration run from here")
    seed: int = param(1, ge=0, le=LARGEST_SEED, doc="seed of nature's draws")
    replications: int = param(20, unit="storms", ge=1, le=100_000, doc="storms drawn")
    precision: Precision = param(Precision, doc="when enough storms have been drawn")
    reference_plan: str = param(doc="plan against which the others are compared")
    storm: Storm = param(doc="the typhoon")
    network: Network = param(doc="the network")
    damage: Damage = param(Damage, doc="strengths")
    subtransmission: Subtransmission = param(Subtransmission, doc="what feeds the substations")
    knowledge: Knowledge = param(Knowledge, doc="how the control room learns")
    work: Work = param(Work, doc="field work")
    switching: Switching = param(Switching, doc="operating devices")
    preemptive: Preemptive = param(Preemptive, doc="switching off beforehand")
    generators: Generators = param(Generators, doc="mobile generators")
    closures: dict[str, Closure] = param(dict, doc="closed roads and ferries by name")
    depots: dict[str, Depot] = param(doc="depots by name")
    crews: dict[str, Crews] = param(doc="crew groups by name")
    aid: dict[str, Aid] = param(dict, doc="mutual aid by name")
    training: Training = param(Training, doc="what training changes")
    dispatch: Dispatch = param(Dispatch, doc="dispatch")
    etr: Etr = param(Etr, doc="promises")
    notices: Notices = param(Notices, doc="notices")
    bulletins: Bulletins = param(Bulletins, doc="bulletins of the command post")
    customers: Customers = param(Customers, doc="calling")
    hotline: Hotline = param(Hotline, doc="hotline")
    province: Province = param(Province, doc="the provincial call centre")
    mobile: Mobile = param(Mobile, doc="mobile phones")
    fault_orders: OrderDesk = param(OrderDesk, doc="handling work orders")
    mishaps: Mishaps = param(Mishaps, doc="what may fail in the control centre")
    complaints: Complaints = param(Complaints, doc="complaints")
    complaint_desk: ComplaintDesk = param(ComplaintDesk, doc="answering complaints")
    survey: Survey = param(Survey, doc="satisfaction")
    standards: Standards = param(Standards, doc="what is promised")
    cost: Cost = param(Cost, doc="prices")
    matters: Matters = param(Matters, doc="differences that matter")
    risk: Risks = param(Risks, doc="how risks are graded")
    risks: dict[str, Risk] = param(dict, doc="service risks by name; the shipped ones are there unless risk.preset says otherwise")
    treatment: Treatment = param(Treatment, doc="what is done about risks, in money")
    observed: Observed | None = param(None, doc="what happened in reality")
    plans: dict[str, PlanEntry] = param(doc="plans by name")

    @property
    def horizon_min(self) -> float:
        """Length of the simulation, min."""
        return self.horizon_h * MIN_PER_H

    @property
    def wind_limit_mps(self) -> float:
        """The 10-minute mean wind above which crews without a limit of their own do no field work, m/s."""
        if self.work.wind_limit_by == "plan":
            return self.work.wind_limit_mps
        return min(self.standards.wind_limits_mps, default=self.work.wind_limit_mps)

    def wind_limit_of(self, kind: str) -> float:
        """Return that limit for a kind of crew, m/s."""
        own = self.work.kinds[kind].wind_limit_mps if kind in self.work.kinds else None
        return self.wind_limit_mps if own is None else own

    @property
    def groups(self) -> list[Crews | Aid]:
        """The groups of crews by whose order crews are numbered: own ones, then the agreements on aid."""
        return [*self.crews.values(), *self.aid.values()]

    def wind_limit_of_group(self, group: Crews | Aid) -> float:
        """Return that limit for a group of crews, m/s: its own, or that of its kind."""
        return self.wind_limit_of(group.kind) if group.wind_limit_mps is None else group.wind_limit_mps

    def usual_limit_of(self, kind: str) -> float:
        """Return the limit by which most own crews of a kind go, m/s; the kind's where there are none."""
        n: dict[float, int] = {}
        for group in self.crews.values():
            if group.kind == kind and group.count:
                limit = self.wind_limit_of_group(group)
                n[limit] = n.get(limit, 0) + group.count
        return max(n, key=lambda limit: (n[limit], limit), default=self.wind_limit_of(kind))

    def highest_limit_of(self, kind: str) -> float:
        """Return the limit above which no group of a kind works, m/s; the kind's own where there is no group."""
        limits = [self.wind_limit_of_group(group) for group in self.groups if group.kind == kind and group.count]
        return max(limits, default=self.wind_limit_of(kind))

    @property
    def landfall_at(self) -> float:
        """Landfall, minutes since the start."""
        return minutes_since(self.start, self.landfall)
