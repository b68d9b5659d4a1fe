"""What the utility decides about the field: what it learns, its crews and their work, its promises."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from pydantic import BeforeValidator

from sim.scenario.fields import Table, as_tuple, param
from sim.scenario.instants import Asking, Clock, Instant

CrewKind = Literal["patrol", "line", "tree", "underground", "substation", "switching", "generator"]
CREWS_DO = (
    "patrol finds damage, line mends, tree clears trees, underground and substation mend what work.kinds gives them, "
    "switching operates devices, generator brings mobile generators; every plan needs a patrol and a line crew, own or aid; "
    "one without tree crews gives their work to line crews, one without switching crews to those who patrol"
)
DRONES_FLY = "makers: professional multirotors fly in at most 10 to 12 m/s, small ones in 8 to 10 (grade C)"
Names = Annotated[tuple[str, ...], BeforeValidator(as_tuple)]
IndexRule = Literal[
    "first_come", "nearest", "most_customers", "customers_per_hour", "critical_first", "restore_in_order"
]
RULES = (*get_args(IndexRule), "largest_backlog_area", "rollout")
"""Dispatch rules that have a name; a rule of one's own is written `module:function`."""


class Knowledge(Table):
    """How the control room learns what is out."""

    breaker_latency_min: float = param(
        1.0, unit="min", grade="X", low=0.5, high=5, ge=0, le=600, cause="technology",
        nominal=0.0, doc="a reporting device's trip reaches the control room after",
    )  # fmt: skip
    monitored_fraction: float = param(
        0.0, unit="fraction", grade="X", low=0, high=0.5, ge=0, le=1, cause="technology",
        nominal=1.0, doc="share of sections whose transformers report loss of supply",
    )  # fmt: skip
    monitor_latency_min: float = param(
        5.0, unit="min", grade="B", ge=0, le=600, cause="technology",
        source="meter and transformer monitors: 0 to 30 min", nominal=0.0, doc="such a report arrives after",
    )  # fmt: skip
    monitor_loss_fraction: float = param(
        0.0, unit="fraction", grade="X", low=0, high=0.3, ge=0, lt=1, cause="technology",
        nominal=0.0, doc="share of such reports that never arrive",
    )  # fmt: skip
    metered_fraction: float = param(
        0.0, unit="fraction", grade="X", low=0, high=0.8, ge=0, le=1, cause="technology",
        nominal=1.0, doc="share of customers whose smart meters report loss of supply; each counts as a caller does",
    )  # fmt: skip
    meter_latency_min: float = param(
        15.0, unit="min", grade="B", ge=0, le=600, cause="technology",
        source="meter and transformer monitors: 0 to 30 min", nominal=0.0, doc="such a report arrives after",
    )  # fmt: skip
    meter_loss_fraction: float = param(
        0.2, unit="fraction", grade="X", low=0, high=0.6, ge=0, lt=1, cause="technology",
        nominal=0.0, doc="share of such reports that never arrive: many meters speak at once",
    )  # fmt: skip
    link_battery_h: float = param(
        0.0, unit="h", ge=0, le=1000, cause="technology",
        doc="the link of a device, monitor or meter is fed from its own section and lasts so long without it; 0: no limit",
    )  # fmt: skip
    calls_to_infer: int = param(
        2, unit="callers", grade="X", low=1, high=5, ge=1, le=50, cause="process",
        nominal=1, doc="distinct callers under one device that make an outage there probable",
    )  # fmt: skip
    single_call: Literal["gather", "visit"] = param(
        "gather", cause="process",
        doc="what fewer callers than that do: gather: they wait for more; visit: each is a single-customer outage, and a "
        "patrol goes to the caller's own service, unless an outage above is inferred before",
    )  # fmt: skip
    outages_to_roll_up: int = param(
        0, unit="outages", ge=0, le=100, cause="process",
        doc="so many probable outages next below a device that does not report make one there, into which they are merged; "
        "0: never",
    )  # fmt: skip
    review_min: float = param(
        15.0, unit="min", grade="X", low=5, high=30, gt=0, le=240, cause="process",
        nominal=5.0, doc="interval between the control room's reviews",
    )  # fmt: skip
    patrol_scope: Literal["zone", "downstream"] = param(
        "zone", cause="process",
        doc="zone: patrol only the zone whose device opened; downstream: also the dark zones below it",
    )  # fmt: skip
    detection_fraction: float = param(
        1.0, unit="fraction", grade="X", low=0.7, high=1, gt=0, le=1, cause="people", nominal=1.0,
        doc="share of the damage that one look of a patrol finds; the rest waits for a later look",
    )  # fmt: skip
    wrong_diagnosis_fraction: float = param(
        0.0, unit="fraction", grade="X", low=0, high=0.2, ge=0, le=1, cause="people", nominal=0.0,
        doc="share of the damage found whose work is taken for another: the crew lacks what it needs and loses the trip; "
        "training lowers it",
    )  # fmt: skip
    diagnosis_min: float = param(
        20.0, unit="min", grade="X", low=10, high=40, ge=0, le=480, cause="people",
        doc="time on site after which a crew knows that the diagnosis is wrong",
    )  # fmt: skip
    estimates_work: bool = param(
        False, cause="process", doc="patrols estimate the minutes of each repair; otherwise its class of work says how long",
    )  # fmt: skip
    estimate_log_sd: float = param(
        0.5, unit="log", grade="X", low=0.2, high=1, ge=0, le=2.5, cause="people", nominal=0.0,
        doc="log spread of these estimates about the true minutes",
    )  # fmt: skip


class Switching(Table):
    """Operating devices: isolating what is broken, and feeding again before the repair what can be."""

    enabled: bool = param(
        False, cause="process",
        doc="devices are operated: faults are isolated, and what can be is fed again through ties before the repair",
    )  # fmt: skip
    operators: int = param(
        3, unit="people", grade="X", low=1, high=10, ge=1, le=1000, cause="people",
        doc="hands at the desk that operates remote devices",
    )
    remote_min: float = param(
        3.0, unit="min", grade="X", low=1, high=10, gt=0, le=240, cause="technology",
        doc="one remote operation, with its checks",
    )
    manual_min: float = param(
        10.0, unit="min", grade="X", low=5, high=30, gt=0, le=480, cause="process",
        doc="one manual operation on site, travel apart",
    )
    cold_load_factor: float = param(
        1.5, unit="times", grade="X", low=1, high=2.5, ge=1, le=5, doc="load when it comes back, over load at peak"
    )
    tie_capacity_kw: float = param(
        3000.0, unit="kW", grade="X", low=1000, high=6000, ge=0, le=1e6, cause="technology",
        doc="what a tie can carry on top, on networks that do not say; a customer counts 1 kW",
    )  # fmt: skip
    tie_remote_fraction: float = param(
        0.5, unit="fraction", grade="X", low=0, high=1, ge=0, le=1, cause="technology",
        doc="share of ties that the control room operates, on networks that do not say",
    )  # fmt: skip
    restore_first: bool = param(
        False, cause="process", doc="crews that are needed to operate devices are sent there before anything else"
    )


class Generators(Table):
    """Mobile generators at critical customers and in small zones; how many there are is said by crews of kind generator."""

    policy: Literal["backup_first", "nearest", "first_come"] = param(
        "backup_first", cause="process",
        doc="which critical customer a free one goes to: whose own backup ends first, the nearest, who was known dark first",
    )  # fmt: skip
    zones: bool = param(
        False, cause="process",
        doc="those for which no critical customer waits feed small zones: a section each, cut off from the rest of its "
        "line, where no damage is known and that one can carry, most customers first; they go to critical customers when "
        "none other is free",
    )  # fmt: skip
    capacity_kw: float = param(
        400.0, unit="kW", grade="X", low=100, high=1000, gt=0, le=100_000, cause="technology",
        doc="what one can carry in a zone, whose customers come back with switching.cold_load_factor times their load",
    )  # fmt: skip
    hook_up_min: float = param(
        60.0, unit="min", grade="X", low=30, high=120, gt=0, le=1440, cause="process", doc="to connect one on site"
    )
    fuel_h: float = param(0.0, unit="h", ge=0, le=1000, doc="how long a tank lasts; 0: fuel is no limit")
    tankers: int = param(2, unit="tankers", ge=1, le=1000, cause="people", doc="tankers that refuel them, from the nearest depot")
    refuel_min: float = param(
        20.0, unit="min", grade="X", low=10, high=40, ge=0, le=480, cause="process", doc="to refuel one on site, travel apart"
    )
    refuel_at_fraction: float = param(
        0.3, unit="fraction", ge=0, lt=1, cause="process", doc="share of the tank that is left when a tanker is asked for"
    )


class KindRules(Table):
    """What holds for the crews of one kind, over what holds for all."""

    wind_limit_mps: float | None = param(
        None, unit="m/s", gt=0, le=60, cause="environment",
        source="Florida: crews start below 15.6 m/s, bucket work at most 13.4 m/s",
        doc="these crews do no field work above this 10-minute mean wind; empty: as all",
    )  # fmt: skip
    night_stop: bool = param(
        False, cause="process", doc="they do no work on site at night, from work.night_from to work.night_until"
    )
    wire_fraction: float = param(
        0.0, unit="fraction", ge=0, le=1, doc="underground, substation: share of wire repairs that is theirs, such as cable"
    )
    pole_fraction: float = param(
        0.0, unit="fraction", ge=0, le=1, doc="underground, substation: share of pole replacements that is theirs"
    )
    transformer_fraction: float = param(
        0.0, unit="fraction", ge=0, le=1, doc="underground, substation: share of transformer replacements that is theirs"
    )


class Work(Table):
    """Field work: wind limit, travel, durations."""

    wind_limit_mps: float = param(
        10.0, unit="m/s", grade="B", gt=0, le=60, cause="environment",
        source="Japan: 10-minute mean of 10 m/s; China: Beaufort 5 to 6, 8.0 to 10.8 m/s",
        doc="no field work above this 10-minute mean wind",
    )  # fmt: skip
    wind_limit_by: Literal["plan", "standards"] = param(
        "plan", cause="process",
        doc="plan: the limit is wind_limit_mps; standards: the lowest limit of the clauses about wind, a country's preset "
        "or one's own. Kinds and groups of crews with a limit of their own keep it",
    )  # fmt: skip
    night_from: Clock = param("19:00", doc="local clock time from which it is night for kinds that stop then")
    night_until: Clock = param("05:00", doc="local clock time until which it is night")
    kinds: dict[str, KindRules] = param(dict, doc="rules by kind of crew")
    travel_kmh: float = param(
        30.0,
        unit="km/h",
        grade="X",
        low=20,
        high=40,
        gt=0,
        le=150,
        cause="environment",
        doc="mean speed of crews on the road",
    )
    road_factor: float = param(
        1.35, unit="times", grade="X", low=1.2, high=1.6, ge=1, le=5, doc="road length over straight distance"
    )
    first_day_speed_fraction: float = param(
        0.6, unit="fraction", grade="X", low=0.4, high=0.9, gt=0, le=1, cause="environment", nominal=1.0,
        doc="speed in the 24 hours after landfall over the usual: trees, floods, dark signals",
    )  # fmt: skip
    mobilise_min: float = param(
        20.0, unit="min", grade="X", low=10, high=40, ge=0, le=600, cause="process",
        nominal=10.0, doc="per trip: briefing, parking, making safe",
    )  # fmt: skip
    patrol_setup_min: float = param(
        20.0, unit="min", grade="B", ge=0, le=600,
        source="press: 0.5 to 1 h to find a damaged pole",
        doc="patrol: fixed part on site",
    )  # fmt: skip
    patrol_kmh: float = param(
        4.0,
        unit="km/h",
        grade="X",
        low=2,
        high=8,
        gt=0,
        le=200,
        cause="technology",
        doc="patrol: line looked at per hour",
    )
    tree_h: float = param(1.5, unit="h", grade="X", low=1, high=3, gt=0, le=72, doc="median time to clear a tree")
    wire_h: float = param(
        4.0, unit="h", grade="C", gt=0, le=72, source="vendors and consultants: 4 to 8 h with isolation",
        doc="median time to mend wires",
    )  # fmt: skip
    pole_h: float = param(
        4.0, unit="h", grade="B", gt=0, le=72, source="press: 3 to 4 h on site in good conditions",
        doc="median time to replace a pole and its wires",
    )  # fmt: skip
    transformer_h: float = param(
        6.0, unit="h", grade="B", gt=0, le=72, source="press: 8 h on an ordinary day",
        doc="median time to replace a pole transformer",
    )  # fmt: skip
    duration_log_sd: float = param(
        0.6,
        unit="log",
        grade="X",
        low=0.4,
        high=1.2,
        ge=0,
        le=2.5,
        cause="environment",
        doc="log spread of the time on site",
    )
    pole_two_crews_fraction: float = param(
        0.0, unit="fraction", grade="X", low=0, high=0.3, ge=0, le=1, cause="environment",
        doc="share of pole replacements that take two crews at once: the first on site waits for the second. Two crews do "
        "not hand over: when the shift of one ends both leave, and the rest is open to any two",
    )  # fmt: skip
    wait_for_second_h: float = param(
        2.0, unit="h", grade="X", low=0.5, high=6, gt=0, le=48, cause="process",
        doc="a crew waits so long on site for the second; then it leaves, and the job is open again",
    )  # fmt: skip
    pole_people: float = param(
        0.0, unit="people", ge=0, le=200, cause="process",
        doc="least people on site to replace a pole: a crew with fewer (crews.NAME.people) goes only while another of its "
        "kind is on duty with whom it has enough, and waits for it on site as where two crews are taken; 0: any crew does it",
    )  # fmt: skip
    switching_fraction: float = param(
        0.0, unit="fraction", grade="X", low=0, high=0.3, ge=0, le=1, cause="process",
        doc="share of repairs after which a crew must come to close the switch by hand before power is back",
    )  # fmt: skip
    pole_equipment: str = param(
        "", doc="the piece of equipment that a crew needs to replace a pole, by name; empty: none"
    )
    hard_access_fraction: float = param(
        0.03,
        unit="fraction",
        grade="X",
        low=0.01,
        high=0.15,
        ge=0,
        le=1,
        cause="environment",
        nominal=0.0, doc="share of faults hard to reach",
    )
    hard_access_h: float = param(
        24.0, unit="h", grade="C", ge=0, le=500, source="vendors and consultants: 24 to 72 h where access is hard",
        doc="extra time on site for those, work of several shifts",
    )  # fmt: skip
    repair_time_factor: float = param(
        1.0, unit="times", grade="X", low=0.8, high=1.25, gt=0, le=5, cause="people", nominal=1.0,
        doc="training: scales every time on site",
    )  # fmt: skip
    repair_level_log_sd: float = param(
        0.2, unit="log", grade="X", low=0.1, high=0.3, ge=0, le=1,
        cause="people", nominal=0.0, doc="log spread of the level of repair times between replications",
    )  # fmt: skip
    travel_level_log_sd: float = param(
        0.2, unit="log", grade="X", low=0.1, high=0.3, ge=0, le=1,
        cause="environment", nominal=0.0, doc="log spread of the level of travel times between replications",
    )  # fmt: skip
    shift_end: Literal["finish", "stop", "hand_over"] = param(
        "finish", cause="process",
        doc="finish: a crew ends the task it has begun; stop: it leaves at shift end and the rest of the task goes on in "
        "its next shift; hand_over: a crew of the same kind and depot whose shift goes on comes to the site and takes "
        "over, with nobody there the first ends the task where overtime allows, else any crew may go on with it",
    )  # fmt: skip
    overtime_h: float = param(
        4.0, unit="h", grade="X", low=1, high=8, ge=0, le=24, cause="people",
        doc="with shift_end finish or hand_over: a task is ended in overtime when that takes no longer than so",
    )  # fmt: skip
    longest_duty_h: float = param(
        0.0, unit="h", ge=0, le=48, cause="people",
        doc="longest stretch on duty, overtime included; 0: overtime alone is limited. Not for relief day and night",
    )  # fmt: skip
    rest_h: float = param(
        0.0, unit="h", ge=0, le=24, cause="people",
        doc="least rest between two shifts: a crew that came off duty late starts its next shift later. Not for relief "
        "day and night",
    )  # fmt: skip
    travel_home: bool = param(
        False, cause="process",
        doc="crews drive back to their depot at the end of the shift and are off duty when they are there; false: the way "
        "home is not counted",
    )  # fmt: skip


class Stock(Table):
    """Material that lies at a depot at the start; a repair takes one piece of its class along."""

    wire: int | None = param(None, unit="sets", ge=0, le=1_000_000, doc="wire, one set a repair; empty: never short")
    poles: int | None = param(None, unit="poles", ge=0, le=1_000_000, doc="poles with their wires; empty: never short")
    transformers: int | None = param(
        None, unit="transformers", ge=0, le=1_000_000, doc="pole transformers; empty: never short"
    )

    @property
    def pieces(self) -> tuple[int | None, int | None, int | None]:
        """Pieces by work class, in the order of sim.damage.WORK_CLASSES."""
        return self.wire, self.poles, self.transformers


class Resupply(Table):
    """Deliveries to a depot: ordered when little is left, one at a time of each material."""

    wire: int = param(0, unit="sets", ge=0, le=1_000_000, cause="process", doc="wire in one delivery; 0: none comes")
    poles: int = param(0, unit="poles", ge=0, le=1_000_000, cause="process", doc="poles in one delivery; 0: none comes")
    transformers: int = param(
        0, unit="transformers", ge=0, le=1_000_000, cause="process", doc="transformers in one delivery; 0: none comes"
    )
    lead_h: float = param(
        24.0, unit="h", grade="X", low=6, high=96, gt=0, le=2000, cause="process", doc="from the order to the delivery"
    )
    at_fraction: float = param(
        0.5, unit="fraction", ge=0, le=1, cause="process",
        doc="ordered when no more than this share of the stock at the start is left",
    )  # fmt: skip

    @property
    def pieces(self) -> tuple[int, int, int]:
        """Pieces in one delivery by work class, in the order of sim.damage.WORK_CLASSES."""
        return self.wire, self.poles, self.transformers


class Depot(Table):
    """A place where crews start and rest."""

    lon: float = param(unit="deg", ge=-180, le=180, doc="longitude")
    lat: float = param(unit="deg", ge=-90, le=90, doc="latitude")
    share: float = param(
        1.0, unit="parts", ge=0, le=1e6, doc="relative share of the crews that name no depot of their own"
    )
    stock: Stock = param(Stock, doc="material at the start")
    resupply: Resupply = param(Resupply, doc="deliveries of material")
    enabled: bool = param(True, doc="false removes the depot")


class Crews(Table):
    """A group of like crews that are there from the start or from a stated instant."""

    kind: CrewKind = param(doc=CREWS_DO)
    count: int = param(unit="crews", ge=0, le=20_000, cause="people", doc="number of crews")
    people: float = param(4.0, unit="people", gt=0, le=100, doc="people in one crew, for staff numbers, cost and work.pole_people")
    vehicles: float = param(
        1.0, unit="vehicles", grade="X", low=0.5, high=3, ge=0, le=100, doc="vehicles of one crew, for bulletins"
    )
    employer: Literal["own", "contractor"] = param(
        "own", cause="people", doc="own: the utility's people, paid whether or not the storm comes; contractor: hired from "
        "present_from on at cost.contractor_crew_h, what they cost before landfall is lost if the storm turns away",
    )  # fmt: skip
    depot: str = param("", doc="depot they start from; empty: spread over all depots by their shares")
    present_from: Instant = param("T+0h", doc="instant from which they are there")
    shift_start: Clock = param("07:00", doc="local clock time at which the shift starts")
    shift_h: float = param(
        14.0, unit="h", gt=0, le=24, cause="people", doc="length of the shift; 24: day and night by relief"
    )
    patrol_kmh: float | None = param(
        None, unit="km/h", gt=0, le=200, doc="patrol only: their own speed, for example drones"
    )
    detection_fraction: float | None = param(
        None, unit="fraction", gt=0, le=1,
        doc="patrol only: share of the damage that one look of theirs finds, for example from a vehicle or by drone",
    )  # fmt: skip
    wind_limit_mps: float | None = param(
        None, unit="m/s", gt=0, le=60, cause="environment", source=DRONES_FLY,
        doc="these crews neither travel nor work above this 10-minute mean wind, for example drones; empty: as their kind",
    )  # fmt: skip
    equipment: Names = param((), doc="pieces of equipment that each of these crews has, by name, such as a digger")
    time_factor: float = param(
        1.0, unit="times", grade="X", low=0.8, high=1.25, gt=0, le=5, cause="people", nominal=1.0,
        doc="skill: scales every time on site of these crews",
    )  # fmt: skip
    enabled: bool = param(True, doc="false removes the group")


class Aid(Table):
    """Crews of other companies: asked for at an instant, arriving in groups."""

    kind: CrewKind = param(doc=CREWS_DO)
    count: int = param(unit="crews", ge=0, le=20_000, cause="people", doc="number of crews")
    people: float = param(5.0, unit="people", gt=0, le=100, doc="people in one crew, for staff numbers, cost and work.pole_people")
    vehicles: float = param(
        1.0, unit="vehicles", grade="X", low=0.5, high=3, ge=0, le=100, doc="vehicles of one crew, for bulletins"
    )
    depot: str = param("", doc="depot they work from; empty: spread over all depots by their shares")
    requested_at: Asking = param(doc='instant of asking; "never": agreed, but asked for only by a decision')
    first_arrival_h: float = param(
        24.0, unit="h", grade="B", ge=0, le=1000,
        source="press: asked for 2 to 4 days ahead, there within days",
        doc="first group arrives this long after asking",
    )  # fmt: skip
    last_arrival_h: float = param(
        72.0, unit="h", grade="B", ge=0, le=1000,
        source="press: asked for 2 to 4 days ahead, there within days",
        doc="last group arrives this long after asking",
    )  # fmt: skip
    groups: int = param(4, unit="groups", ge=1, le=200, doc="number of groups, equally spaced")
    release_h: float = param(
        0.0, unit="h", ge=0, le=1000, doc="the other company answers so long after being asked: its crews set out, or it refuses"
    )
    refused_probability: float = param(
        0.0, unit="probability", grade="X", low=0, high=0.3, ge=0, le=1, cause="people",
        doc="chance in each storm that the other company needs its crews itself and refuses, the same under every plan",
    )  # fmt: skip
    late_probability: float = param(
        0.0, unit="probability", grade="X", low=0, high=0.5, ge=0, le=1, cause="people",
        doc="chance that it answers that its crews, if it does not refuse, come late_h later than agreed",
    )  # fmt: skip
    late_h: float = param(
        12.0, unit="h", grade="X", low=4, high=48, gt=0, le=1000, cause="people", doc="then they come so much later"
    )
    leaves_h: float | None = param(
        None, unit="h", gt=0, le=10_000, doc="each group goes home so long after it came; empty: when all is over"
    )
    leaves_at: Instant | None = param(None, doc="instant at which all go home, if not before; empty: when all is over")
    delay_sd_h: float = param(
        4.0, unit="h", grade="X", low=1, high=12, ge=0, le=100,
        cause="people", nominal=0.0, doc="spread of the whole aid's delay between replications, never early",
    )  # fmt: skip
    induction_h: float = param(
        2.0, unit="h", grade="X", low=1, high=6, ge=0, le=100, cause="people", nominal=0.0, doc="instruction before the first job"
    )
    shift_start: Clock = param("07:00", doc="local clock time at which the shift starts")
    shift_h: float = param(14.0, unit="h", gt=0, le=24, doc="length of the shift")
    wind_limit_mps: float | None = param(
        None, unit="m/s", gt=0, le=60, cause="environment", source=DRONES_FLY,
        doc="these crews neither travel nor work above this 10-minute mean wind; empty: as their kind",
    )  # fmt: skip
    equipment: Names = param((), doc="pieces of equipment that each of these crews has, by name, such as a digger")
    time_factor: float = param(
        1.0, unit="times", grade="X", low=0.8, high=1.5, gt=0, le=5, cause="people", nominal=1.0,
        doc="skill: scales every time on site of these crews, on a network that they do not know",
    )  # fmt: skip
    lodging: str = param(
        "", names="depot",
        doc="depot or staging area (a depot of share 0) where they sleep: they drive there at the end of the shift and set "
        "out from there at its start; empty: at the depot they work from",
    )  # fmt: skip
    enabled: bool = param(True, doc="false removes the group")


class Dispatch(Table):
    """Which open job a free crew takes."""

    rule: str = param(
        "most_customers", cause="process", doc=f"{', '.join(RULES)}, or module:function with --allow-code"
    )
    index_rule: IndexRule = param(
        "customers_per_hour", cause="process",
        doc="largest_backlog_area: by which rule commanders order the crews of their area; rollout: the rule that is "
        "improved by looking ahead",
    )  # fmt: skip
    area_period_h: float = param(
        12.0, unit="h", grade="X", low=4, high=24, gt=0, le=240, cause="process",
        doc="largest_backlog_area: how long a crew belongs to the commander of an area who has work for it",
    )  # fmt: skip
    rollout_steps: int = param(
        800, unit="steps", ge=2, le=100_000, cause="process",
        doc="rollout: budget of one decision, jobs given to crews in all simulated courses together",
    )  # fmt: skip
    redispatch: Literal["never", "better"] = param(
        "never", cause="process",
        doc="never: a crew under way goes on to its job; better: it turns to the job that the rule puts first when that "
        "serves redispatch_factor times as many customers per hour of travel and work still to come",
    )  # fmt: skip
    redispatch_factor: float = param(
        2.0, unit="times", grade="X", low=1.2, high=5, ge=1, le=100, cause="process",
        doc="redispatch: how many times better another job must be",
    )  # fmt: skip


class Etr(Table):
    """What customers are promised."""

    policy: Literal["none", "computed"] = param(
        "computed", cause="process",
        doc="none: only promises given as actions; computed: from backlog, crews and learned times, per area. All areas "
        "wait for the crews of all, wherever these are: they differ by how long wind and closed roads keep work out, and "
        "at a confidence other than 0.5 by their number of jobs",
    )  # fmt: skip
    first_after_patrolled_fraction: float = param(
        0.0, unit="fraction", ge=0, le=1, cause="process",
        doc="'assessing' until this share of the known outages of an area has been patrolled",
    )  # fmt: skip
    area_after_patrolled_fraction: float = param(
        0.0, unit="fraction", ge=0, le=1, cause="process",
        doc="'global', one time for the whole network, until this share of the known outages of an area has been "
        "patrolled; 0: areas have times of their own from the start",
    )  # fmt: skip
    first_after_h: float | None = param(
        None, unit="h", ge=-240, le=2000, cause="process",
        doc="'assessing' until so long after landfall; not given: no such limit",
    )  # fmt: skip
    update_h: float = param(6.0, unit="h", gt=0, le=240, cause="process", doc="interval between revisions")
    revise: Literal["always", "later", "due"] = param(
        "always", cause="process",
        doc="which revisions are published: always: all; later: only to later times; due: only once the time promised "
        "has passed",
    )  # fmt: skip
    min_change_h: float = param(
        1.0, unit="h", ge=0, le=240, cause="process", doc="a revision by less than this is not published"
    )
    margin_h: float = param(0.0, unit="h", ge=0, le=240, cause="process", doc="added to every computed time")
    individual: bool = param(
        False, cause="process",
        doc="customers behind a device get a time of their own once a crew is assigned to each of its known repairs",
    )  # fmt: skip
    confidence: float = param(
        0.5, unit="probability", gt=0, lt=1, cause="process",
        doc="promise the time that will be kept with this probability",
    )  # fmt: skip


class Notices(Table):
    """Messages pushed to customers when an estimate is published."""

    reach_fraction: float = param(
        0.0, unit="fraction", ge=0, le=1, cause="technology", source="vendors: 0.45; range 0.01 to 0.95",
        doc="share of customers whom a notice reaches; 0: none is sent",
    )  # fmt: skip
    fewer_calls_fraction: float = param(
        0.55, unit="fraction", grade="C", ge=0, le=1, source="vendors: 0.2 to 0.9",
        doc="share of first calls that a notice spares among those reached",
    )  # fmt: skip
    manager_fraction: float = param(
        0.0, unit="fraction", ge=0, le=1, cause="people",
        doc="share of customers whom neighbourhood managers tell in person of a promise; 0: there are none",
    )  # fmt: skip
    manager_lead_h: float = param(
        4.0, unit="h", grade="X", low=1, high=12, ge=0, le=240, cause="process", doc="they have done so this long after"
    )


class Bulletins(Table):
    """Bulletins of the command post, made from a finished run by drill bulletins; they change nothing in it."""

    hours: Annotated[tuple[Clock, ...], BeforeValidator(as_tuple)] = param(
        ("08:00", "14:00", "21:00"), doc="local hours at which a bulletin is issued each day"
    )
