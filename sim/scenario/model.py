"""The scenario: one frozen, checked description of a drill; every field is declared here, once.

Keys carry their unit. Properties named `*_min`, `*_at` are the same facts in the program's own units: minutes since
the scenario's start.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from sim.scenario.fields import Table, param

CrewKind = Literal["patrol", "line", "tree", "generator"]
Instant = str
"""`landfall-48h`, `landfall+12h`, `T+6h` (from the start), or a local date and time with an offset."""


class Storm(Table):
    """The typhoon: its track file and how the wind field is made from it."""

    track: str = param(doc="track file in IBTrACS CSV form, relative to the scenario file")
    track_id: str = param("", doc="storm in the track file (SID); empty when the file holds one storm")
    wind_average_min: Literal[1, 2, 10] = param(
        10, unit="min", grade="A", source="Tokyo 10, US agencies 1, Chinese agency 2", doc="averaging time of the track's winds"
    )
    rmax_km: float | None = param(
        None, unit="km", grade="C", gt=0, le=300, cause="environment",
        doc="radius of maximum wind; empty: derived from latitude and central pressure by a published formula",
    )
    rmax_factor: float = param(1.0, grade="X", gt=0, le=3, cause="environment", nominal=1.0, doc="scales the derived radius of maximum wind")
    environment_hpa: float = param(1010.0, unit="hPa", grade="C", ge=980, le=1030, doc="pressure of the surroundings")
    translation_fraction: float = param(
        0.6, grade="C", ge=0, le=1, doc="share of the storm's own speed added to the wind on its right side (north) or left side (south)"
    )
    gust_factor: float = param(1.5, grade="B", ge=1, le=2.5, doc="3-second gust over the 10-minute mean wind at 10 m over open land")
    city_gust_fraction: float = param(0.85, grade="X", gt=0, le=1.2, doc="gust among city buildings over that in open land")
    town_gust_fraction: float = param(0.93, grade="X", gt=0, le=1.2, doc="gust in towns and woods over that in open land")
    coast_gust_fraction: float = param(1.05, grade="X", gt=0, le=1.5, doc="gust within 5 km of the open sea over that in open land")
    intensity_sd: float = param(0.05, grade="X", ge=0, le=0.5, cause="environment", nominal=0.0, doc="relative spread of the wind between replications")
    track_sd_km: float = param(8.0, unit="km", grade="X", ge=0, le=300, cause="environment", nominal=0.0, doc="spread of the track's place between replications, across and along")
    gust_residual_sd: float = param(0.05, grade="X", ge=0, le=0.5, cause="environment", nominal=0.0, doc="relative spread of the local gust about the wind field")
    gust_residual_km: float = param(15.0, unit="km", grade="X", gt=0, le=200, doc="distance over which that spread stays alike")
    step_min: float = param(10.0, unit="min", gt=0, le=60, doc="time step of the wind field; gusts are linear between steps")


class Network(Table):
    """How the network is grown from settlements."""

    settlements: str = param(doc="settlement file (CSV, UTF-8): name, lat, lon, population; relative to the scenario file")
    coast: str = param(doc="land polygons (GeoJSON); relative to the scenario file")
    customers: int = param(unit="customers", grade="A", gt=0, le=50_000_000, doc="customers served in the whole area")
    customers_per_feeder: float = param(1900.0, unit="customers", grade="C", gt=10, le=20_000, doc="mean customers of one feeder")
    customers_per_section: float = param(100.0, unit="customers", grade="X", gt=1, le=5_000, doc="mean customers of one section")
    feeders_per_substation: float = param(9.0, grade="C", gt=0, le=60, doc="mean feeders of one substation")
    poles_per_customer: float = param(0.2, grade="A", gt=0, le=3, source="all Taiwan 2.04 million poles for 10.97 million meters; Yilan 54,288 for 227,529",
                                      doc="poles per customer in the whole area")
    rural_population_fraction: float = param(0.25, grade="X", ge=0, le=0.9, doc="share of each settlement's people who live scattered around it")
    zone_sections: float = param(4.0, unit="sections", grade="X", ge=1, le=50, doc="mean sections between two devices that cut off a fault by themselves")
    remote_fraction: float = param(0.6, grade="X", ge=0, le=1, doc="share of main-line devices that report to the control room")
    ties_per_feeder: float = param(1.5, grade="C", ge=0, le=10, doc="mean normally-open ties of one feeder to its neighbours")
    critical_per_100k: float = param(8.0, grade="X", ge=0, le=500, doc="critical customers (hospitals, waterworks, shelters, masts) per 100,000 customers")
    business_fraction: float = param(0.1, grade="X", ge=0, le=1, doc="share of customers that are businesses")
    seed: int = param(1, ge=0, doc="seed of the growth; the same network for every replication and plan")


class Damage(Table):
    """Strengths of the assets; one latent strength each, failing when the gust first exceeds it."""

    pole_median_mps: float = param(65.0, unit="m/s", grade="B", gt=0, le=200, source="fitted to Salman (2015), 20-year poles", doc="median gust that breaks a sound pole")
    pole_log_sd: float = param(0.11, grade="B", gt=0, le=1, source="fitted to Salman (2015), 20-year poles", doc="log standard deviation of pole strength")
    pole_strength_factor: float = param(1.0, grade="X", gt=0, le=3, cause="technology", nominal=1.0, doc="hardening: scales every pole's strength")
    tree_median_mps: float = param(110.0, unit="m/s", grade="X", gt=0, le=500, cause="environment", doc="median gust at which a tree or debris brings down the wires of one fully exposed span")
    tree_log_sd: float = param(0.35, grade="X", gt=0, le=2, doc="log standard deviation of that gust")
    tree_strength_factor: float = param(1.0, grade="X", gt=0, le=3, cause="process", nominal=1.0, doc="trimming: scales the gust at which trees bring down wires")
    tree_breaks_pole_fraction: float = param(0.25, grade="X", ge=0, le=1, doc="share of tree and debris hits that also break a pole")
    tree_blocks_fraction: float = param(0.5, grade="X", ge=0, le=1, doc="share of tree and debris hits that a tree crew must clear first")
    city_exposure: float = param(0.15, grade="X", ge=0, le=1, doc="share of spans exposed to trees and debris, city")
    rural_exposure: float = param(0.5, grade="X", ge=0, le=1, doc="share of spans exposed to trees and debris, rural")
    remote_exposure: float = param(0.9, grade="X", ge=0, le=1, doc="share of spans exposed to trees and debris, remote")
    transformer_median_mps: float = param(120.0, unit="m/s", grade="X", gt=0, le=500, doc="median gust at which a pole transformer fails")
    transformer_log_sd: float = param(0.3, grade="X", gt=0, le=2, doc="log standard deviation of that gust")
    fragility_log_sd: float = param(0.15, grade="X", ge=0, le=1, cause="technology", nominal=0.0, doc="log spread of the level of all strengths between replications")


class Knowledge(Table):
    """How the control room learns what is out."""

    breaker_latency_min: float = param(1.0, unit="min", grade="X", ge=0, le=600, cause="technology", doc="a reporting device's trip reaches the control room after")
    monitored_fraction: float = param(0.0, grade="X", ge=0, le=1, cause="technology", doc="share of sections whose transformers report loss of supply")
    monitor_latency_min: float = param(5.0, unit="min", grade="B", ge=0, le=600, cause="technology", doc="such a report arrives after")
    calls_to_infer: int = param(2, grade="X", ge=1, le=50, cause="process", doc="distinct callers under one device that make an outage there probable")
    review_min: float = param(15.0, unit="min", grade="X", gt=0, le=240, cause="process", doc="interval between the control room's reviews")
    patrol_scope: Literal["zone", "downstream"] = param("zone", cause="process", doc="zone: patrol only the zone whose device opened; downstream: also the dark zones below it")


class Work(Table):
    """Field work: wind limit, travel, durations."""

    wind_limit_mps: float = param(10.0, unit="m/s", grade="B", gt=0, le=60, cause="environment", source="Japan: 10-minute mean 10 m/s", doc="no field work above this 10-minute mean wind")
    travel_kmh: float = param(30.0, unit="km/h", grade="X", gt=0, le=150, cause="environment", doc="mean speed of crews on the road")
    road_factor: float = param(1.35, grade="X", ge=1, le=5, doc="road length over straight distance")
    first_day_speed_fraction: float = param(0.6, grade="X", gt=0, le=1, cause="environment", nominal=1.0, doc="speed in the 24 hours after landfall over the usual: trees, floods, dark signals")
    mobilise_min: float = param(20.0, unit="min", grade="X", ge=0, le=600, cause="process", doc="per trip: briefing, parking, making safe")
    patrol_setup_min: float = param(20.0, unit="min", grade="B", ge=0, le=600, source="0.5 to 1 h to find a damaged pole", doc="patrol: fixed part on site")
    patrol_kmh: float = param(4.0, unit="km/h", grade="X", gt=0, le=200, cause="technology", doc="patrol: line looked at per hour")
    tree_h: float = param(1.5, unit="h", grade="X", gt=0, le=72, doc="median time to clear a tree")
    wire_h: float = param(4.0, unit="h", grade="C", gt=0, le=72, source="4 to 8 h with isolation", doc="median time to mend wires")
    pole_h: float = param(4.0, unit="h", grade="B", gt=0, le=72, source="3 to 4 h on site in good conditions", doc="median time to replace a pole and its wires")
    transformer_h: float = param(6.0, unit="h", grade="B", gt=0, le=72, source="blue sky 8 h", doc="median time to replace a pole transformer")
    duration_log_sd: float = param(0.6, grade="X", ge=0, le=2.5, cause="environment", doc="log spread of the time on site")
    hard_access_fraction: float = param(0.03, grade="X", ge=0, le=1, cause="environment", doc="share of faults hard to reach")
    hard_access_h: float = param(24.0, unit="h", grade="C", ge=0, le=500, source="24 to 72 h", doc="extra time on site for those, work of several shifts")
    repair_time_factor: float = param(1.0, grade="X", gt=0, le=5, cause="people", nominal=1.0, doc="training: scales every time on site")
    repair_level_log_sd: float = param(0.2, grade="X", ge=0, le=1, doc="log spread of the level of repair times between replications")
    travel_level_log_sd: float = param(0.2, grade="X", ge=0, le=1, doc="log spread of the level of travel times between replications")
    shift_end: Literal["finish", "stop"] = param("finish", cause="process", doc="finish: a crew ends the task it has begun; stop: it leaves at shift end and the rest of the task goes on in the next shift")


class Depot(Table):
    """A place where crews start and rest."""

    lon: float = param(unit="deg", ge=-180, le=180, doc="longitude")
    lat: float = param(unit="deg", ge=-90, le=90, doc="latitude")
    share: float = param(1.0, ge=0, doc="relative share of the crews that name no depot of their own")
    enabled: bool = param(True, doc="false removes the depot")


class Crews(Table):
    """A group of like crews that are there from the start or from a stated instant."""

    kind: CrewKind = param(doc="what they can do: patrol, line, tree, generator")
    count: int = param(unit="crews", ge=0, le=20_000, cause="people", doc="number of crews")
    people: float = param(4.0, unit="people", gt=0, le=100, doc="people in one crew, for staff numbers and cost")
    depot: str = param("", doc="depot they start from; empty: spread over all depots by their shares")
    present_from: Instant = param("T+0h", doc="instant from which they are there")
    shift_start: str = param("07:00", doc="local clock time at which the shift starts")
    shift_h: float = param(14.0, unit="h", gt=0, le=24, cause="people", doc="length of the shift; 24: day and night by relief")
    patrol_kmh: float | None = param(None, unit="km/h", gt=0, le=200, doc="patrol only: their own speed, for example drones")
    enabled: bool = param(True, doc="false removes the group")


class Aid(Table):
    """Crews of other companies: asked for at an instant, arriving in groups."""

    kind: CrewKind = param(doc="what they can do")
    count: int = param(unit="crews", ge=0, le=20_000, cause="people", doc="number of crews")
    people: float = param(5.0, unit="people", gt=0, le=100, doc="people in one crew")
    depot: str = param("", doc="depot they work from; empty: spread over all depots by their shares")
    requested_at: Instant = param(doc="instant of asking")
    first_arrival_h: float = param(24.0, unit="h", grade="B", ge=0, le=1000, doc="first group arrives this long after asking")
    last_arrival_h: float = param(72.0, unit="h", grade="B", ge=0, le=1000, doc="last group arrives this long after asking")
    groups: int = param(4, ge=1, le=200, doc="number of groups, equally spaced")
    delay_sd_h: float = param(4.0, unit="h", grade="X", ge=0, le=100, doc="spread of the whole aid's delay between replications, never early")
    induction_h: float = param(2.0, unit="h", grade="X", ge=0, le=100, doc="instruction before the first job")
    shift_start: str = param("07:00", doc="local clock time at which the shift starts")
    shift_h: float = param(14.0, unit="h", gt=0, le=24, doc="length of the shift")
    enabled: bool = param(True, doc="false removes the group")


class Dispatch(Table):
    """Which open job a free crew takes."""

    rule: str = param("most_customers", cause="process", doc="first_come, nearest, most_customers, customers_per_hour, critical_first, or module:function with --allow-code")


class Etr(Table):
    """What customers are promised."""

    policy: Literal["none", "computed"] = param("computed", cause="process", doc="none: only promises given as actions; computed: from backlog, crews and learned times, per area")
    first_after_patrolled_fraction: float = param(0.0, ge=0, le=1, cause="process", doc="'assessing' until this share of the known outages of an area has been patrolled")
    update_h: float = param(6.0, unit="h", gt=0, le=240, cause="process", doc="interval between revisions")
    confidence: float = param(0.5, gt=0, lt=1, cause="process", doc="promise the time that will be kept with this probability")


class Notices(Table):
    """Messages pushed to customers when an estimate is published."""

    reach_fraction: float = param(0.0, grade="C", ge=0, le=1, cause="technology", source="0.01 to 0.95", doc="share of customers whom a notice reaches")
    fewer_calls_fraction: float = param(0.55, grade="C", ge=0, le=1, source="0.2 to 0.9", doc="share of first calls that a notice spares among those reached")


class Customers(Table):
    """Who calls, when, and again."""

    caller_fraction: float = param(0.10, grade="C", ge=0, le=1, source="0.10 Asia, 0.30 elsewhere; 0.05 to 0.68", doc="share of interrupted customers who ever phone, without notice")
    first_call_half_time_min: float = param(30.0, unit="min", grade="C", gt=0, le=1440, source="10 to 60", doc="half of the first calls come within this time awake")
    night_awareness: float = param(0.15, grade="X", ge=0.001, le=1, doc="from 00 to 06 local time the first-call clock runs at this pace")
    burst_cv: float = param(0.2, grade="X", ge=0, le=2, cause="environment", nominal=0.0, source="Gamma with mean 1; Kim and Whitt", doc="spread of calling between replications")
    followup_per_h: float = param(0.01, unit="1/h", grade="X", ge=0, le=5, doc="further calls per hour and caller while dark and uninformed")
    followup_half_life_h: float = param(24.0, unit="h", grade="X", gt=0, le=1000, doc="further calls fade with time dark by half in this time")
    followup_with_etr: float = param(0.4, grade="X", ge=0, le=10, doc="further calls while a promise is running, times this")
    followup_after_missed: float = param(3.0, grade="X", ge=0, le=20, doc="further calls for 12 h after a missed promise, times this")


class Hotline(Table):
    """Telephone lines, voice system and agents."""

    trunks: int = param(1000, unit="lines", grade="X", ge=1, le=100_000, cause="technology", doc="calls that the line can hold at once, voice system, queue and agents together")
    agents: int = param(60, unit="agents", grade="X", ge=0, le=20_000, cause="people", doc="agents by day")
    night_agents: int = param(20, unit="agents", grade="X", ge=0, le=20_000, cause="people", doc="agents by night")
    day_start: str = param("08:00", doc="local clock time at which the day shift starts")
    day_end: str = param("22:00", doc="local clock time at which it ends")
    seats: int = param(200, unit="seats", grade="X", ge=0, le=20_000, doc="seats; never more agents than this")
    surge_agents: int = param(0, unit="agents", ge=0, le=20_000, cause="people", doc="extra agents, day and night, once they are there")
    surge_called_at: Instant = param("landfall+0h", doc="instant at which they are called in")
    surge_lead_h: float = param(12.0, unit="h", grade="X", ge=0, le=500, cause="process", doc="they sit down this long after")
    surge_for_h: float = param(96.0, unit="h", ge=0, le=2000, doc="and stay this long")
    handling_s: float = param(240.0, unit="s", grade="C", gt=0, le=7200, source="120 to 360", doc="mean handling time of an agent")
    handling_cv: float = param(0.8, grade="C", ge=0, le=3, doc="coefficient of variation of the handling time, lognormal")
    voice_s: float = param(60.0, unit="s", grade="X", ge=0, le=3600, doc="time in the voice system")
    containment_fraction: float = param(0.65, grade="C", ge=0, le=1, source="calm 0.40, storm 0.65; 0.10 to 0.70", doc="share of calls that the voice system settles")
    patience_s: float = param(600.0, unit="s", grade="X", gt=0, le=36_000, source="60 to 1,200", doc="mean patience in the queue, exponential")
    redial_after_abandon: float = param(0.5, grade="C", ge=0, le=0.99, source="0.33 to 0.95", doc="chance to dial again after giving up")
    redial_after_busy: float = param(0.8, grade="C", ge=0, le=0.99, source="0.33 to 0.95", doc="chance to dial again after a busy tone")
    redial_delay_min: float = param(10.0, unit="min", grade="X", gt=0, le=1440, source="2 to 30", doc="mean time until dialling again, exponential")


class Complaints(Table):
    """How complaints to the operator arise."""

    per_1000_customer_h_0_3: float = param(0.02, unit="1/1000 customer-hours", grade="X", ge=0, le=100, doc="complaint hazard, dark less than 3 h")
    per_1000_customer_h_3_12: float = param(0.05, unit="1/1000 customer-hours", grade="X", ge=0, le=100, doc="complaint hazard, dark 3 to 12 h")
    per_1000_customer_h_12_24: float = param(0.1, unit="1/1000 customer-hours", grade="X", ge=0, le=100, doc="complaint hazard, dark 12 to 24 h")
    per_1000_customer_h_24_48: float = param(0.2, unit="1/1000 customer-hours", grade="X", ge=0, le=100, doc="complaint hazard, dark 24 to 48 h")
    per_1000_customer_h_48: float = param(0.3, unit="1/1000 customer-hours", grade="X", ge=0, le=100, doc="complaint hazard, dark more than 48 h")
    missed_etr_factor: float = param(3.0, grade="X", ge=0, le=20, doc="hazard after a missed promise, times this")
    failed_contact_factor: float = param(2.0, grade="X", ge=0, le=20, doc="hazard of those whose last call failed, times this")
    accurate_notice_factor: float = param(0.5, grade="X", ge=0, le=1, doc="hazard of those reached by a notice whose promise is running, times this")
    factor_cap: float = param(4.0, grade="X", gt=0, le=100, doc="cap of the product of the factors")
    hazard_factor: float = param(1.0, grade="X", ge=0, le=100, doc="scales every complaint hazard")
    low_factor: float = param(0.3, grade="X", ge=0, le=1, doc="low end of the assumption band of the hazard")
    high_factor: float = param(3.0, grade="X", ge=1, le=100, doc="high end of the assumption band of the hazard")
    lodging_mean_h: float = param(12.0, unit="h", grade="X", ge=0, le=500, doc="mean time from grievance to lodged complaint, exponential")


class Cost(Table):
    """Prices."""

    currency: str = param("USD", min_length=1, max_length=8, doc="currency of the prices")
    crew_h: float = param(400.0, unit="currency/h", grade="X", ge=0, doc="own crew, per crew-hour on shift")
    aid_crew_h: float = param(700.0, unit="currency/h", grade="X", ge=0, doc="foreign crew, per crew-hour from request's arrival to the end of work")
    aid_mobilise: float = param(5000.0, unit="currency", grade="X", ge=0, doc="foreign crew: calling it in, once, spent even if the storm turns away")
    standby_h: float = param(300.0, unit="currency/h", grade="X", ge=0, doc="crew held ready before landfall beyond its own shift, per crew-hour")
    generator_day: float = param(1500.0, unit="currency/day", grade="X", ge=0, doc="mobile generator, per day of hire")
    agent_h: float = param(40.0, unit="currency/h", grade="X", ge=0, doc="hotline agent, per hour")
    agent_call: float = param(10.0, unit="currency", grade="B", ge=0, doc="one call handled by an agent")
    voice_call: float = param(0.30, unit="currency", grade="B", ge=0, doc="one call in the voice system")
    notice: float = param(0.03, unit="currency", grade="C", ge=0, doc="one message to one customer")


class Matters(Table):
    """Differences that would change a decision."""

    t95_h: float = param(2.0, unit="h", ge=0, doc="smallest difference of the time to 95 % restored that matters")
    customer_hours_fraction: float = param(0.02, ge=0, doc="smallest relative difference of customer-hours that matters")
    complaints_fraction: float = param(0.05, ge=0, doc="smallest relative difference of complaints that matters")


class Checkpoint(Table):
    """Customers still out at an instant, as reported."""

    at: datetime = param(doc="instant with offset")
    customers_out: int = param(unit="customers", ge=0, doc="customers out then")
    bound: Literal["near", "below"] = param("near", doc="near: within tolerance of the number; below: not above it")
    source: str = param("", doc="where it was reported")


class Observed(Table):
    """What happened in reality, for the check printed beside the results."""

    plan: str = param(doc="plan that stands for what was done")
    peak_low: int = param(ge=0, doc="lowest believable peak of customers out")
    peak_high: int = param(ge=0, doc="highest believable peak of customers out")
    peak_from: datetime = param(doc="the peak came after")
    peak_to: datetime = param(doc="the peak came before")
    poles_low: int = param(ge=0, doc="lowest believable number of broken poles")
    poles_high: int = param(ge=0, doc="highest believable number of broken poles")
    worst_areas: tuple[str, ...] = param((), doc="areas that were hit worst")
    calls_per_affected_low: float = param(0.05, ge=0, doc="lowest believable calls per affected customer, redials apart")
    calls_per_affected_high: float = param(0.8, ge=0, doc="highest believable calls per affected customer, redials apart")
    tolerance_fraction: float = param(0.2, ge=0, doc="relative tolerance of the checkpoints")
    tolerance_customers: int = param(25_000, ge=0, doc="absolute tolerance of the checkpoints; the larger of the two counts")
    checkpoints: tuple[Checkpoint, ...] = param((), doc="customers still out")


class ActionEntry(Table):
    """A timed action as written in the file."""

    at: Instant = param(doc="instant")
    do: Literal["set_dispatch_rule", "section_tripped", "publish_etr"] = param(doc="what is done")
    rule: str | None = param(None, doc="set_dispatch_rule: the rule")
    section: str | None = param(None, doc="section_tripped: name of the section whose device opens")
    for_h: float | None = param(None, unit="h", gt=0, doc="section_tripped: it may be closed again after")
    area: str | None = param(None, doc="publish_etr: area; empty: all areas")
    restored_by: Instant | None = param(None, doc="publish_etr: the promise; empty: 'assessing'")
    author: str = param("plan", doc="who decided")


class PlanEntry(Table):
    """A plan as written in the file: a title, partial copies of the operational tables, timed actions."""

    title: str = param("", doc="one line for readers: what the plan does")
    overrides: dict[str, Any] = param(dict, doc="partial operational tables, deep-merged over the scenario's own")
    actions: tuple[ActionEntry, ...] = param((), doc="timed actions")


OPERATIONAL = ("damage", "knowledge", "depots", "crews", "aid", "work", "dispatch", "etr", "notices", "hotline")
"""Tables that a plan may override; of `damage` only the hardening keys (PLAN_DAMAGE_KEYS)."""
PLAN_DAMAGE_KEYS = ("pole_strength_factor", "tree_strength_factor")


class Scenario(Table):
    """One drill: storm, network, customers, the utility's means, standards, and the plans to compare."""

    name: str = param(min_length=1, doc="name of the drill, for titles")
    timezone: str = param(doc="IANA time zone of the clocks on the wall")
    start: datetime = param(doc="instant at which the simulation starts, with offset")
    horizon_h: float = param(unit="h", gt=0, le=24 * 120, doc="length of the simulation")
    landfall: datetime = param(doc="instant of landfall, with offset; durations to restoration run from here")
    seed: int = param(1, ge=0, doc="seed of nature's draws")
    replications: int = param(20, ge=1, le=100_000, doc="storms drawn")
    reference_plan: str = param(doc="plan against which the others are compared")
    storm: Storm = param(doc="the typhoon")
    network: Network = param(doc="the network")
    damage: Damage = param(Damage, doc="strengths")
    knowledge: Knowledge = param(Knowledge, doc="how the control room learns")
    work: Work = param(Work, doc="field work")
    depots: dict[str, Depot] = param(doc="depots by name")
    crews: dict[str, Crews] = param(doc="crew groups by name")
    aid: dict[str, Aid] = param(dict, doc="mutual aid by name")
    dispatch: Dispatch = param(Dispatch, doc="dispatch")
    etr: Etr = param(Etr, doc="promises")
    notices: Notices = param(Notices, doc="notices")
    customers: Customers = param(Customers, doc="calling")
    hotline: Hotline = param(Hotline, doc="hotline")
    complaints: Complaints = param(Complaints, doc="complaints")
    cost: Cost = param(Cost, doc="prices")
    matters: Matters = param(Matters, doc="differences that matter")
    observed: Observed | None = param(None, doc="what happened in reality")
    plans: dict[str, PlanEntry] = param(doc="plans by name")
