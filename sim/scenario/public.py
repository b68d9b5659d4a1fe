"""The public: who calls, when and again; how complaints arise."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BeforeValidator

from sim.scenario.fields import Table, as_tuple, param
from sim.scenario.instants import Clock, ClockEnd

_HAZARD = "1/1000 customer-hours"


class Rates(Table):
    """How customers of one kind differ from ordinary ones."""

    calls_factor: float = param(
        1.0, unit="times", grade="X", low=0.5, high=3, ge=0, le=50, doc="share who ever phone, times this"
    )
    followup_factor: float = param(
        1.0, unit="times", grade="X", low=0.5, high=3, ge=0, le=50, doc="their further calls, times this"
    )
    patience_factor: float = param(
        1.0, unit="times", grade="X", low=0.5, high=2, gt=0, le=50, doc="their patience in the queue, times this"
    )
    complaints_factor: float = param(
        1.0, unit="times", grade="X", low=0.5, high=3, ge=0, le=50,
        doc="their complaints, times this, before the cap complaints.factor_cap",
    )  # fmt: skip


class Special(Rates):
    """A kind of customers of which the network does not say how many there are."""

    fraction: float = param(
        0.0, unit="fraction", ge=0, le=1, doc="share of the customers who are no business; 0: none told apart"
    )


class LifeSupport(Special):
    """Customers on life support."""

    complaints_factor: float = param(
        3.0, unit="times", grade="X", low=1, high=4, ge=0, le=50,
        doc="their complaints, times this, before the cap complaints.factor_cap",
    )  # fmt: skip


class Customers(Table):
    """Who calls, when, and again."""

    caller_fraction: float = param(
        0.10, unit="fraction", grade="C", ge=0, le=1,
        source="vendors, and calls per affected customer: Asia 0.10, elsewhere 0.30; 0.05 to 0.68",
        doc="share of interrupted customers who ever phone, without notice",
    )  # fmt: skip
    first_call_half_time_min: float = param(
        30.0, unit="min", grade="C", gt=0, le=1440, source="vendors: 10 to 60 min",
        doc="half of the first calls come within this time awake",
    )  # fmt: skip
    night_awareness: float = param(
        0.15, unit="times", grade="X", low=0.05, high=0.4, ge=0.001, le=1,
        doc="from 00 to 06 local time the first-call clock runs at this pace",
    )  # fmt: skip
    burst_cv: float = param(
        0.2, unit="fraction", grade="X", low=0.1, high=0.5, ge=0, le=2, cause="environment", nominal=0.0,
        source="Gamma with mean 1; plain Poisson is too calm (Kim and Whitt)",
        doc="spread of calling between replications",
    )  # fmt: skip
    followup_per_h: float = param(
        0.01, unit="1/h", grade="X", low=0.005, high=0.08, ge=0, le=5,
        doc="further calls per hour and caller while dark and uninformed",
    )  # fmt: skip
    followup_half_life_h: float = param(
        24.0, unit="h", grade="X", low=12, high=48, gt=0, le=1000,
        doc="further calls fade with time dark by half in this time",
    )  # fmt: skip
    followup_with_etr: float = param(
        0.4,
        unit="times",
        grade="X",
        low=0.2,
        high=0.8,
        ge=0,
        le=10,
        doc="further calls while a promise is running, times this",
    )
    followup_after_missed: float = param(
        3.0, unit="times", grade="X", low=1.5, high=5, ge=0, le=20,
        doc="further calls for 12 h after a missed promise, times this",
    )  # fmt: skip
    followup_after_urged: float = param(
        0.4, unit="times", grade="X", low=0.2, high=0.8, ge=0, le=1,
        doc="further calls of those rung up about their order, times this",
    )  # fmt: skip
    rumour_per_h: float = param(
        0.0, unit="1/h", grade="X", low=0, high=0.1, ge=0, le=10,
        doc="share of callers per hour whom rumour reaches while nothing stands promised to their area, or after a promise "
        "came due unkept: they go by no notice and no promise any more, and ask as after a missed one",
    )  # fmt: skip
    app_fraction: float = param(
        0.0, unit="fraction", ge=0, le=1, cause="technology",
        doc="share of first contacts by app or text message: noted at once, and no call",
    )  # fmt: skip
    social_fraction: float = param(
        0.0, unit="fraction", ge=0, le=1,
        doc="share of first contacts that are a post on social media: nobody notes where, and no call",
    )  # fmt: skip
    after_restoration_fraction: float = param(
        0.0, unit="fraction", ge=0, le=1,
        doc="share of interrupted customers who phone with a question after power is back: bills, damaged devices",
    )  # fmt: skip
    after_restoration_mean_h: float = param(
        12.0, unit="h", grade="X", low=2, high=48, gt=0, le=1000, doc="they phone this long after, exponential"
    )
    left_dark_fraction: float = param(
        0.0, unit="fraction", ge=0, le=1,
        doc="share of customers still dark when their outage is declared over, by a fault further down, who phone to say so",
    )  # fmt: skip
    business: Rates = param(Rates, doc="businesses, as many as the network says")
    important: Special = param(Special, doc="important customers, such as shops for food, schools, offices of the state")
    life_support: LifeSupport = param(
        LifeSupport, doc="customers on life support; agents of hotline.priority_agents are there for them alone"
    )


class Complaints(Table):
    """How complaints to the operator arise."""

    per_1000_customer_h_0_3: float = param(
        0.02, unit=_HAZARD, grade="X", low=0.006, high=0.06, ge=0, le=100, doc="complaint hazard, dark less than 3 h"
    )
    per_1000_customer_h_3_12: float = param(
        0.05, unit=_HAZARD, grade="X", low=0.015, high=0.15, ge=0, le=100, doc="complaint hazard, dark 3 to 12 h"
    )
    per_1000_customer_h_12_24: float = param(
        0.1, unit=_HAZARD, grade="X", low=0.03, high=0.3, ge=0, le=100, doc="complaint hazard, dark 12 to 24 h"
    )
    per_1000_customer_h_24_48: float = param(
        0.2, unit=_HAZARD, grade="X", low=0.06, high=0.6, ge=0, le=100, doc="complaint hazard, dark 24 to 48 h"
    )
    per_1000_customer_h_48: float = param(
        0.3, unit=_HAZARD, grade="X", low=0.09, high=0.9, ge=0, le=100, doc="complaint hazard, dark more than 48 h"
    )
    missed_etr_factor: float = param(
        3.0, unit="times", grade="X", low=1.5, high=5, ge=0, le=20, doc="hazard after a missed promise, times this"
    )
    failed_contact_factor: float = param(
        2.0,
        unit="times",
        grade="X",
        low=1,
        high=4,
        ge=0,
        le=20,
        doc="hazard of those whose last call failed, times this",
    )
    accurate_notice_factor: float = param(
        0.5, unit="times", grade="X", low=0.3, high=1, ge=0, le=1,
        doc="hazard of those reached by a notice whose promise is running, times this",
    )  # fmt: skip
    urged_factor: float = param(
        0.6, unit="times", grade="X", low=0.3, high=1, ge=0, le=1,
        doc="hazard of those rung up about their order, until power is back, times this",
    )  # fmt: skip
    factor_cap: float = param(
        4.0, unit="times", grade="X", low=2, high=8, gt=0, le=100, doc="cap of the product of the factors"
    )
    hazard_factor: float = param(
        1.0, unit="times", grade="X", low=0.3, high=3, ge=0, le=100, doc="scales every complaint hazard"
    )
    low_factor: float = param(
        0.3, unit="times", grade="X", ge=0, le=1, doc="low end of the assumption band of the hazard"
    )
    high_factor: float = param(
        3.0, unit="times", grade="X", ge=1, le=100, doc="high end of the assumption band of the hazard"
    )
    no_information_fraction: float = param(
        0.3, unit="fraction", grade="X", low=0.1, high=0.6, ge=0, le=1,
        doc="share about missing information, of complaints about the waiting while nothing stands promised",
    )  # fmt: skip
    repeat_fraction: float = param(
        0.5, unit="fraction", grade="X", low=0.2, high=0.8, ge=0, le=1,
        doc="share about the repetition, of complaints about the waiting by those dark not for the first time",
    )  # fmt: skip
    conduct_fraction: float = param(
        0.02, unit="fraction", grade="X", low=0, high=0.1, ge=0, le=1,
        doc="share about conduct, of complaints about the waiting while a crew is on its way or at work",
    )  # fmt: skip
    lodging_mean_h: float = param(
        12.0, unit="h", grade="X", low=4, high=48, ge=0, le=500,
        doc="mean time from grievance to lodged complaint, exponential",
    )  # fmt: skip


CALENDAR_DAYS = 1000
"""Days from the start for which the complaint desk's calendar is laid out; what is still open after them stays open."""
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class ComplaintDesk(Table):
    """Who answers complaints and by when; where else complaints go."""

    staff: int = param(
        25, unit="people", grade="X", low=10, high=60, ge=1, le=5000, cause="people", doc="people who answer complaints"
    )
    handle_min: float = param(
        30.0, unit="min", grade="X", low=10, high=60, gt=0, le=1440, cause="process",
        doc="mean time of one of them per complaint, exponential",
    )  # fmt: skip
    investigate_days: float = param(
        1.5, unit="working days", grade="X", low=0.5, high=5, ge=0, le=100, cause="process",
        doc="mean time from there to the answer, when others look into it, exponential",
    )  # fmt: skip
    opens_at: Clock = param("09:00", doc="local clock time at which the desk opens")
    closes_at: ClockEnd = param("17:00", doc="local clock time at which it closes")
    workdays: Annotated[tuple[Weekday, ...], BeforeValidator(as_tuple)] = param(
        ("mon", "tue", "wed", "thu", "fri"), min_length=1, doc="days of the week on which it opens"
    )
    holidays: Annotated[tuple[date, ...], BeforeValidator(as_tuple)] = param((), doc="dates on which it stays closed")
    contact_days: int = param(
        1, unit="working days", grade="B", ge=1, le=250, source="State Grid: contacted within 1 working day",
        doc="working days after the day of lodging within which the customer is contacted",
    )  # fmt: skip
    answer_days: int = param(
        7, unit="working days", grade="B", ge=1, le=250, source="State Grid: answered within 7 working days",
        doc="working days after the day of lodging within which the customer is answered",
    )  # fmt: skip
    further_fraction: float = param(
        0.2, unit="fraction", grade="X", low=0.05, high=0.5, ge=0, le=1,
        doc="share of those contacted or answered late who take it further",
    )  # fmt: skip
    further_to_regulator_fraction: float = param(
        0.3, unit="fraction", grade="X", low=0.1, high=0.6, ge=0, le=1,
        doc="share of these who go to the regulator; the others to the government line",
    )  # fmt: skip
    by_phone_fraction: float = param(
        0.7, unit="fraction", grade="X", low=0.4, high=0.9, ge=0, le=1,
        doc="share of complaints made by the service line; the others at a counter, in the app or in writing",
    )  # fmt: skip
    government_fraction: float = param(
        0.15, unit="fraction", grade="X", low=0.05, high=0.4, ge=0, le=1,
        doc="share of complainants who also turn to the government line from the start",
    )  # fmt: skip
    regulator_fraction: float = param(
        0.1, unit="fraction", grade="D", ge=0, le=1,
        source="about 1 (0.1 to 3) per 1,000 interrupted to a regulator, beside 3 to 20 to the operator",
        doc="share of complainants who also turn to the regulator from the start",
    )  # fmt: skip
    social_fraction: float = param(
        0.2, unit="fraction", grade="X", low=0.05, high=0.5, ge=0, le=1,
        doc="share of complainants who also complain in public, on social media",
    )  # fmt: skip


class Survey(Table):
    """How satisfied customers are with an outage, and the survey that asks some of them afterwards."""

    sample: int = param(1000, unit="customers", ge=1, le=1_000_000, doc="customers asked, of those who were cut off")
    response_fraction: float = param(
        0.15, unit="fraction", grade="X", low=0.05, high=0.4, ge=0, le=1, doc="share of content customers who answer"
    )
    response_bias: float = param(
        2.0, unit="times", grade="X", low=1, high=4, ge=0, le=20,
        doc="how much more readily those answer who have lost all goodwill, in proportion for the others",
    )  # fmt: skip
    start_points: float = param(
        75.0, unit="points", grade="X", low=60, high=85, gt=0, le=100,
        doc="score of those who were hardly touched, of 100",
    )  # fmt: skip
    length_points: float = param(
        35.0, unit="points", grade="X", low=15, high=50, ge=0, le=100, doc="what an endless outage takes off"
    )
    half_loss_h: float = param(
        24.0, unit="h", grade="X", low=6, high=72, gt=0, le=1000, doc="hours without power that take off half of that"
    )
    missed_etr_points: float = param(
        15.3, unit="points", grade="B", ge=0, le=100,
        source="business customers: 729 of 1,000 when restored by the promised time, 576 when later",
        doc="what a promise broken takes off",
    )  # fmt: skip
    untold_points: float = param(
        8.0, unit="points", grade="X", low=2, high=15, ge=0, le=100, doc="what it takes off not to be told anything"
    )
    unanswered_points: float = param(
        10.0, unit="points", grade="X", low=3, high=20, ge=0, le=100, doc="what it takes off to ask and get no answer"
    )
    spread_points: float = param(
        15.0, unit="points", grade="X", low=5, high=25, ge=0, le=100,
        doc="spread of scores between customers to whom the same happened",
    )  # fmt: skip
    low_factor: float = param(0.5, unit="times", grade="X", ge=0, le=1, doc="low end of all that is taken off")
    high_factor: float = param(1.5, unit="times", grade="X", ge=1, le=10, doc="high end of all that is taken off")
