"""The telephone: the city's hotline, and the provincial centre behind it."""

from __future__ import annotations

from typing import Literal

from sim.scenario.fields import Table, param
from sim.scenario.instants import Clock, ClockEnd, Instant


class HotlineShift(Table):
    """Agents at the desk in an interval of the local day."""

    start: Clock = param(doc="local clock time at which they sit down")
    end: ClockEnd = param(doc="at which they go; not after start: on the next day")
    agents: int = param(unit="agents", ge=0, le=20_000, cause="people", doc="so many")


class Hotline(Table):
    """Telephone lines, voice system and agents."""

    trunks: int = param(
        1000, unit="lines", grade="X", ge=1, le=100_000, cause="technology",
        doc="calls that the line can hold at once, voice system, queue and agents together",
    )  # fmt: skip
    agents: int = param(60, unit="agents", grade="X", ge=0, le=20_000, cause="people", doc="agents by day")
    night_agents: int = param(20, unit="agents", grade="X", ge=0, le=20_000, cause="people", doc="agents by night")
    day_start: Clock = param("08:00", doc="local clock time at which the day shift starts")
    day_end: ClockEnd = param("22:00", doc="local clock time at which it ends")
    seats: int = param(200, unit="seats", grade="X", ge=0, le=20_000, doc="seats; never more agents than this")
    shifts: dict[str, HotlineShift] = param(
        dict, doc="staffing by interval of the local day, instead of agents by day and night; they may overlap and add up"
    )
    surge_agents: int = param(
        0, unit="agents", ge=0, le=20_000, cause="people",
        doc="extra agents, day and night, once they are there",
    )  # fmt: skip
    surge_called_at: Instant = param("landfall+0h", doc="instant at which they are called in")
    surge_lead_h: float = param(
        12.0, unit="h", grade="X", ge=0, le=500, cause="process", doc="they sit down this long after"
    )
    surge_for_h: float = param(96.0, unit="h", ge=0, le=2000, doc="and stay this long")
    leave_mid_call: Literal["finish", "hand_over", "drop"] = param(
        "finish", cause="process",
        doc="what becomes of calls in hand when agents leave: finish: they are ended first; hand_over: they are taken up by "
        "the agents who are free next, before all who wait; drop: they are cut off, and the caller may dial again",
    )  # fmt: skip
    handling_s: float = param(
        240.0, unit="s", grade="C", gt=0, le=7200, source="vendors: 120 to 360 s",
        doc="mean handling time of an agent",
    )  # fmt: skip
    handling_cv: float = param(
        0.8, unit="fraction", grade="C", ge=0, le=3, source="vendors: lognormal with this spread",
        doc="coefficient of variation of the handling time, lognormal",
    )  # fmt: skip
    followup_handling_factor: float = param(
        1.0, unit="times", grade="X", low=0.5, high=1.5, gt=0, le=10,
        doc="handling time of further calls, by those who ask again, times this",
    )  # fmt: skip
    question_handling_factor: float = param(
        1.0, unit="times", grade="X", low=0.5, high=1.5, gt=0, le=10,
        doc="handling time of those who report no outage but ask, times this",
    )  # fmt: skip
    voice_s: float = param(60.0, unit="s", grade="X", low=30, high=120, ge=0, le=3600, doc="time in the voice system")
    containment_fraction: float = param(
        0.65, unit="fraction", grade="C", ge=0, le=1, source="vendors: calm 0.40, storm 0.65; 0.10 to 0.70",
        doc="share of calls that the voice system settles",
    )  # fmt: skip
    patience_s: float = param(
        600.0, unit="s", grade="X", low=180, high=1200, gt=0, le=36_000, source="calm 180, storm 600; 60 to 1,200",
        doc="mean patience in the queue, exponential",
    )  # fmt: skip
    redial_after_abandon: float = param(
        0.5, unit="probability", grade="C", ge=0, le=0.99, source="vendors and consultants: 0.33 to 0.95",
        doc="chance to dial again after giving up",
    )  # fmt: skip
    redial_after_busy: float = param(
        0.8, unit="probability", grade="C", ge=0, le=0.99, source="vendors and consultants: 0.33 to 0.95",
        doc="chance to dial again after a busy tone",
    )  # fmt: skip
    redial_delay_min: float = param(
        10.0, unit="min", grade="X", low=2, high=30, gt=0, le=1440, source="2 to 30 min",
        doc="mean time until dialling again, exponential",
    )  # fmt: skip
    high_volume_containment_fraction: float = param(
        0.0, unit="fraction", ge=0, le=1, cause="technology",
        doc="high-volume mode: share of calls that the voice system settles while others would wait long; 0: no such mode",
    )  # fmt: skip
    high_volume_after_s: float = param(
        120.0, unit="s", ge=0, le=36_000, cause="process", doc="for calls that would wait longer than this"
    )
    callback_fraction: float = param(
        0.0, unit="fraction", ge=0, le=1, cause="technology",
        doc="share of callers who take the offer to be called back in their turn; 0: it is not made",
    )  # fmt: skip
    callback_after_s: float = param(
        180.0, unit="s", ge=0, le=36_000, cause="process", doc="the offer is made to who would wait longer than this"
    )
    priority_agents: int = param(
        0, unit="agents", ge=0, le=20_000, cause="people",
        doc="agents, day and night and besides all others, who take calls of customers on life support alone",
    )  # fmt: skip
    overflow_after_s: float = param(
        60.0, unit="s", ge=0, le=36_000, cause="process",
        doc="calls that would wait longer than this wait for the provincial centre too, where there is one",
    )  # fmt: skip
    entry_min: float = param(
        0.0, unit="min", ge=0, le=1440, cause="process",
        doc="what is published is entered, so that agents, voice system and messages tell it, this long after",
    )  # fmt: skip


class Province(Table):
    """The provincial call centre, shared with other cities: a second site that no plan of the city changes."""

    agents: int = param(0, unit="agents", ge=0, le=20_000, doc="its agents by day; 0 by day and night: no second site")
    night_agents: int = param(0, unit="agents", ge=0, le=20_000, doc="its agents by night")
    other_cities_fraction: float = param(
        0.5, unit="fraction", grade="X", low=0.2, high=0.9, ge=0, le=1, cause="environment",
        doc="share of them whom the other cities' calls occupy",
    )  # fmt: skip


class OrderDesk(Table):
    """The city's order desk, where each report of an outage arrives as a work order."""

    staff: int = param(
        0, unit="people", ge=0, le=5000, cause="people",
        doc="people who handle work orders, day and night; 0: no such desk, what is reported is known at once",
    )  # fmt: skip
    handle_min: float = param(
        3.0, unit="min", grade="X", low=1, high=6, gt=0, le=240, cause="process",
        doc="time of one of them for a work order: taken up, set against what is known, passed on",
    )  # fmt: skip
    merging: bool = param(
        False, cause="process",
        doc="whether repeated orders, about a zone believed dark or with an order on file, are merged with the earlier one",
    )  # fmt: skip
    merge_min: float = param(
        0.3, unit="min", grade="X", low=0.1, high=1, gt=0, le=240, cause="process",
        doc="time for an order that is merged instead of handled",
    )  # fmt: skip
    urge_after_h: float = param(
        0.0, unit="h", ge=0, le=500, cause="process",
        doc="orders still open so long after they were made are urged: the customer is rung up; 0: none is",
    )  # fmt: skip
    urge_min: float = param(
        4.0, unit="min", grade="X", low=2, high=10, gt=0, le=240, cause="process",
        doc="time to find out how an order stands and to ring up; all whose orders were merged with it are told by that",
    )  # fmt: skip
