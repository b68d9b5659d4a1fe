"""Decisions in tiny worlds, with the exact course of what they change."""

from typing import Any

from sim.hotline import SERVED, Hotline
from sim.log import Log
from sim.metrics import cost
from sim.scenario import Action
from tests.tiny import tiny_drawn, tiny_faults, tiny_network, tiny_scenario
from tests.worlds import at_of, difference, is_sound, lines, play

TRUTH = ("section_went_dark", "section_restored", "fault_occurred", "breaker_reported")
# two feeders in two areas, 3 km to either side of the depot
PAIR = tiny_network([-1, -1], [100, 200], x=[-3.0, 3.0], area=[0, 1], n_areas=2)

EAST = {"east": {"lon": 140.0442, "lat": 35.5, "share": 0.0}}


def crew(kind: str, **change: Any) -> dict[str, Any]:
    return {"kind": kind, "count": 1, "shift_start": "00:00", "shift_h": 24.0} | change


def scenario(**change: Any) -> Any:
    return tiny_scenario(**({"etr": {"policy": "none"}, "work": {"road_factor": 1.0, "travel_kmh": 60.0}} | change))


def decide(at: float, do: str, **args: Any) -> Action:
    return Action(at, do, args, "lead")


def of_crew(log: Log, number: int) -> list[str]:
    return [line for line in lines(log, *TRUTH) if f"crew={number} " in line or line.endswith(f"crew={number}")]


def twice(drawn: Any, *actions: Action) -> tuple[list[str], list[str]]:
    """Return the whole log without and with decisions, what is of the truth left out."""
    logs = [play(drawn, actions=acts).log for acts in ((), actions)]
    for log in logs:
        is_sound(log)
    return lines(logs[0], *TRUTH), lines(logs[1], *TRUTH)


KNOWN_AT_75 = [
    "75 outage_inferred outage=0 section=0 value=61",
    "75 job_opened job=0 outage=0 section=0",
    "75 outage_inferred outage=1 section=1 value=62",
    "75 job_opened job=1 outage=1 section=1",
]


def repaired(first: int, second: int) -> list[str]:
    """Return how two areas, 3 km to either side of the depot, are patrolled and repaired one after the other."""
    return [
        f"75 crew_dispatched crew=1 job={first} task=0 section={first} value=23",
        f"98 crew_arrived crew=1 job={first} task=0 section={first} value=35",
        f"133 patrol_finished crew=1 job={first} task=0 section={first} outage={first} value=1",
        f"133 fault_found fault={first} section={first} crew=1 outage={first} job=2 value=0",
        f"133 job_opened job=2 outage={first} section={first} fault={first}",
        f"133 crew_dispatched crew=1 job={second} task=0 section={second} value=26",
        f"133 crew_dispatched crew=0 job=2 task=0 section={first} value=23",
        f"156 crew_arrived crew=0 job=2 task=0 section={first} value=240",
        f"159 crew_arrived crew=1 job={second} task=0 section={second} value=35",
        f"194 patrol_finished crew=1 job={second} task=0 section={second} outage={second} value=1",
        f"194 fault_found fault={second} section={second} crew=1 outage={second} job=3 value=0",
        f"194 job_opened job=3 outage={second} section={second} fault={second}",
        f"396 repair_finished fault={first} section={first} crew=0 job=2 task=0 value=240",
        f"396 outage_closed outage={first} section={first}",
        f"396 crew_dispatched crew=0 job=3 task=0 section={second} value=26",
        f"422 crew_arrived crew=0 job=3 task=0 section={second} value=240",
        f"662 repair_finished fault={second} section={second} crew=0 job=3 task=0 value=240",
        f"662 outage_closed outage={second} section={second}",
    ]


ON_DUTY = ["0 shift_started crew=0", "0 shift_started crew=1"]


def test_the_whole_log_of_crews_held_and_released() -> None:
    drawn = tiny_drawn(PAIR, scenario(), given=tiny_faults((60.0, 0), (61.0, 1)))
    orders = decide(200.0, "hold_crews", crews=("line",)), decide(1000.0, "release_crews", crews=("line",))
    before, after = twice(drawn, *orders)
    assert before == [*ON_DUTY, *KNOWN_AT_75, *repaired(1, 0)]
    assert difference(before, after) == [
        "+ 200 action_taken hold_crews 1 of line by lead",
        "- 396 crew_dispatched crew=0 job=3 task=0 section=0 value=26",
        "- 422 crew_arrived crew=0 job=3 task=0 section=0 value=240",
        "- 662 repair_finished fault=0 section=0 crew=0 job=3 task=0 value=240",
        "- 662 outage_closed outage=0 section=0",
        "+ 1000 action_taken release_crews 1 of line by lead",
        "+ 1000 crew_dispatched crew=0 job=3 task=0 section=0 value=26",
        "+ 1026 crew_arrived crew=0 job=3 task=0 section=0 value=240",
        "+ 1266 repair_finished fault=0 section=0 crew=0 job=3 task=0 value=240",
        "+ 1266 outage_closed outage=0 section=0",
    ]


def test_the_whole_log_with_a_priority_and_with_another_rule() -> None:
    drawn = tiny_drawn(PAIR, scenario(), given=tiny_faults((60.0, 0), (61.0, 1)))
    _, after = twice(drawn, decide(30.0, "prioritise", areas=("area0",)))
    told = "30 action_taken prioritise area0 by lead"
    assert after == [*ON_DUTY, told, *KNOWN_AT_75, *repaired(0, 1)]
    # the rule takes the larger area first; that which goes by age takes the other
    _, after = twice(drawn, decide(30.0, "set_dispatch_rule", rule="first_come"))
    told = "30 action_taken set_dispatch_rule first_come by lead"
    assert after == [*ON_DUTY, told, *KNOWN_AT_75, *repaired(0, 1)]


def test_the_whole_log_of_crews_kept_to_an_area_and_let_go_everywhere_again() -> None:
    drawn = tiny_drawn(PAIR, scenario(), given=tiny_faults((60.0, 0), (61.0, 1)))
    both = {"crews": ("line", "patrol")}
    _, after = twice(drawn, decide(30.0, "assign_crews", areas=("area0",), **both), decide(2000.0, "assign_crews", **both))
    assert after == [
        *ON_DUTY,
        "30 action_taken assign_crews 2 of line, patrol to area0 by lead",
        *KNOWN_AT_75,
        *repaired(0, 1)[:5],
        "133 crew_dispatched crew=0 job=2 task=0 section=0 value=23",
        "156 crew_arrived crew=0 job=2 task=0 section=0 value=240",
        "396 repair_finished fault=0 section=0 crew=0 job=2 task=0 value=240",
        "396 outage_closed outage=0 section=0",
        "2000 action_taken assign_crews 2 of line, patrol to all areas by lead",
        "2000 crew_dispatched crew=1 job=1 task=0 section=1 value=26",
        "2026 crew_arrived crew=1 job=1 task=0 section=1 value=35",
        "2061 patrol_finished crew=1 job=1 task=0 section=1 outage=1 value=1",
        "2061 fault_found fault=1 section=1 crew=1 outage=1 job=3 value=0",
        "2061 job_opened job=3 outage=1 section=1 fault=1",
        "2061 crew_dispatched crew=0 job=3 task=0 section=1 value=26",
        "2087 crew_arrived crew=0 job=3 task=0 section=1 value=240",
        "2327 repair_finished fault=1 section=1 crew=0 job=3 task=0 value=240",
        "2327 outage_closed outage=1 section=1",
    ]


def test_the_whole_log_of_a_longer_shift() -> None:
    crews = {"line": crew("line", shift_start="01:00", shift_h=8.0)}
    drawn = tiny_drawn(PAIR, scenario(crews=crews, horizon_h=72.0), given=tiny_faults())
    before, after = twice(drawn, decide(900.0, "set_shift", crews=("line",), shift_min=600.0))
    assert difference(before, after) == [
        "+ 900 action_taken set_shift line: for 10 h by lead",
        "+ 900 shift_set crew=0 value=600",
        "- 1980 shift_ended crew=0",
        "+ 2100 shift_ended crew=0",
        "- 3420 shift_ended crew=0",
        "+ 3540 shift_ended crew=0",
    ]


def test_what_is_told_changes_nothing_in_the_field() -> None:
    drawn = tiny_drawn(PAIR, scenario(), given=tiny_faults((60.0, 0), (61.0, 1)))
    told = [
        decide(100.0, "publish_etr", areas=("area0",), restored_by=800.0),
        decide(110.0, "send_notice", reach_fraction=0.5),
        decide(120.0, "wrong_etr_published", restored_by=300.0),
    ]
    assert difference(*twice(drawn, *told)) == [
        "+ 100 action_taken publish_etr area0: minute 800 by lead",
        "+ 100 etr_published place=0 customers=100 value=800",
        "+ 110 action_taken send_notice all areas by lead",
        "+ 110 notice_sent place=0 customers=100 value=0.5",
        "+ 110 notice_sent place=1 customers=200 value=0.5",
        "+ 120 inject_given wrong_etr_published all areas: minute 300 by lead",
        "+ 120 etr_published place=0 customers=100 value=300",
        "+ 120 etr_published place=1 customers=200 value=300",
    ]


def test_held_crews_finish_and_take_nothing_new_until_released() -> None:
    drawn = tiny_drawn(PAIR, scenario(), given=tiny_faults((60.0, 0), (61.0, 1)))
    actions = [decide(200.0, "hold_crews", crews=("line",)), decide(1000.0, "release_crews", crews=("line",))]
    log = play(drawn, actions=actions).log
    # both areas are known by then; the line crew is at the larger one, which it ends at 409 + 240
    assert [line for line in lines(log) if "action" in line] == [
        "200 action_taken hold_crews 1 of line by lead",
        "1000 action_taken release_crews 1 of line by lead",
    ]
    free = at_of(play(drawn).log, "repair_finished")
    assert at_of(log, "repair_finished") == [free[0], 1000.0 + 26.0 + 240.0]
    assert at_of(log, "crew_dispatched", crew=0)[1] == 1000.0
    is_sound(log)


def test_moved_crews_go_to_the_new_base_and_start_from_there() -> None:
    drawn = tiny_drawn(PAIR, scenario(depots=EAST), given=tiny_faults((400.0, 1)))
    log = play(drawn, actions=[decide(60.0, "move_crews", crews=("line",), depot="east")]).log
    assert of_crew(log, 0)[:4] == [
        "0 shift_started crew=0",
        "60 crew_moving crew=0 place=1 value=24.0012",  # 4 km at 60 km/h and 20 min to set out
        "84.0012 crew_moved crew=0",
        "463 crew_dispatched crew=0 job=1 task=0 section=1 value=21.0012",
    ]
    plain = play(drawn).log
    assert plain["value"][plain.of("crew_dispatched")][1] == 23.0


def test_crews_at_work_move_when_they_are_done_and_those_off_duty_with_their_next_shift() -> None:
    crews = {"line": crew("line", shift_start="01:00", shift_h=8.0)}
    drawn = tiny_drawn(PAIR, scenario(crews=crews, depots=EAST), given=tiny_faults((60.0, 1)))
    busy = play(drawn, actions=[decide(300.0, "move_crews", crews=("line",), depot="east")]).log
    done = at_of(busy, "repair_finished")[0]
    assert 300.0 < done < 540.0
    assert at_of(busy, "crew_moving") == [done]
    off = play(drawn, actions=[decide(900.0, "move_crews", crews=("line",), depot="east")]).log
    assert at_of(off, "crew_moving") == at_of(off, "shift_started", crew=0)[1:2] == [1500.0]


def test_assigned_crews_work_only_there() -> None:
    drawn = tiny_drawn(PAIR, scenario(), given=tiny_faults((60.0, 0), (61.0, 1)))
    # the rule would go to area1 with its 200 customers first
    log = play(drawn, actions=[decide(30.0, "assign_crews", crews=("line", "patrol"), areas=("area0",))]).log
    assert log["section"][log.of("crew_dispatched")].tolist() == [0, 0]
    assert play(drawn).log["section"][play(drawn).log.of("crew_dispatched")].tolist() == [1, 0, 1, 0]
    freed = [
        decide(30.0, "assign_crews", crews=("line", "patrol"), areas=("area0",)),
        decide(2000.0, "assign_crews", crews=("line", "patrol")),
    ]
    log = play(drawn, actions=freed).log
    assert log["section"][log.of("crew_dispatched")].tolist() == [0, 0, 1, 1]
    assert at_of(log, "crew_dispatched", section=1)[0] == 2000.0


def test_what_has_priority_comes_first() -> None:
    network = tiny_network([-1, -1], [100, 200], x=[-3.0, 3.0], area=[0, 1], n_areas=2, critical=[(0, 60.0)])
    drawn = tiny_drawn(network, scenario(), given=tiny_faults((60.0, 0), (61.0, 1)))
    first = {}
    for name, args in (("area", {"areas": ("area0",)}), ("customer", {"critical": ("c0",)}), ("none", {})):
        log = play(drawn, actions=[decide(30.0, "prioritise", **args)]).log
        first[name] = log["section"][log.of("repair_finished")].tolist()
    assert first == {"area": [0, 1], "customer": [0, 1], "none": [1, 0]}
    said = [line for line in lines(log) if "action" in line]
    assert said == ["30 action_taken prioritise nothing any more by lead"]


def test_aid_that_is_asked_for_earlier_comes_earlier() -> None:
    aid = {"near": {"kind": "line", "count": 2, "requested_at": "T+40h", "first_arrival_h": 5.0, "last_arrival_h": 10.0,
                    "groups": 2, "delay_sd_h": 0.0, "induction_h": 1.0, "shift_start": "00:00", "shift_h": 24.0}}  # fmt: skip
    drawn = tiny_drawn(PAIR, scenario(aid=aid), given=tiny_faults())
    assert lines(play(drawn).log, "shift_started") == [
        "2400 aid_requested place=0 value=2",
        "2700 aid_arrived place=0 value=1",
        "3000 aid_arrived place=0 value=1",
    ]
    twice = [decide(600.0, "ask_for_aid", aid="near"), decide(700.0, "ask_for_aid", aid="near")]
    log = play(drawn, actions=twice).log
    assert lines(log)[2:] == [
        "600 action_taken place=0 ask_for_aid near: 2 crews by lead",
        "600 aid_requested place=0 value=2",
        "700 action_refused ask_for_aid by lead: it was asked for at minute 600",
        "900 aid_arrived place=0 value=1",
        "960 shift_started crew=2",
        "1200 aid_arrived place=0 value=1",
        "1260 shift_started crew=3",
    ]


def test_aid_that_nobody_has_asked_for_waits_for_the_decision() -> None:
    aid = {"near": {"kind": "line", "count": 1, "requested_at": "never", "first_arrival_h": 5.0, "last_arrival_h": 5.0, "groups": 1,
                    "delay_sd_h": 0.0}}  # fmt: skip
    drawn = tiny_drawn(PAIR, scenario(aid=aid), given=tiny_faults())
    assert lines(play(drawn).log, "shift_started") == []
    log = play(drawn, actions=[decide(600.0, "ask_for_aid", aid="near")]).log
    assert at_of(log, "aid_arrived") == [900.0]


def test_another_shift_pattern_starts_with_the_next_shift() -> None:
    crews = {"line": crew("line", shift_start="01:00", shift_h=8.0)}
    drawn = tiny_drawn(PAIR, scenario(crews=crews, horizon_h=72.0), given=tiny_faults())

    def shifts(at: float, **args: Any) -> list[tuple[float, float]]:
        log = play(drawn, actions=[decide(at, "set_shift", crews=("line",), **args)]).log
        starts, ends = at_of(log, "shift_started", crew=0), at_of(log, "shift_ended", crew=0)
        return list(zip(starts, [*ends, float("inf")], strict=False))

    assert shifts(900.0, shift_min=600.0) == [(60, 540), (1500, 2100), (2940, 3540)]
    # ordered on shift: this one ends as it was, the next one starts at 20:00
    assert shifts(100.0, shift_start="20:00", shift_min=600.0) == [
        (60, 540),
        (1200, 1800),
        (2640, 3240),
        (4080, float("inf")),
    ]
    # ordered off shift: the pattern's next start
    assert shifts(700.0, shift_start="12:00", shift_min=120.0) == [(60, 540), (720, 840), (2160, 2280), (3600, 3720)]
    # relief day and night from the end of this shift on
    assert shifts(100.0, shift_min=1440.0) == [(60, 540), (540, float("inf"))]


def test_longer_shifts_are_paid_for_from_the_order_on() -> None:
    crews = {"line": crew("line", count=2, shift_start="01:00", shift_h=8.0)}
    set_up = scenario(crews=crews, horizon_h=72.0)
    drawn = tiny_drawn(PAIR, set_up, given=tiny_faults())

    def own_h(log) -> float:
        used = cost.used(set_up, log, 0, 0, 4320.0)
        return used["own_line"] + used["own_patrol"]

    plain = own_h(play(drawn).log)
    assert plain == 3 * 8 * 2 + 72  # three shifts of two line crews; the patrol is there day and night
    longer = play(drawn, actions=[decide(700.0, "set_shift", crews=("line",), shift_min=600.0)]).log
    assert own_h(longer) == plain + 2 * 2 * 2
    relief = play(drawn, actions=[decide(700.0, "set_shift", crews=("line",), shift_min=1440.0)]).log
    assert own_h(relief) == 72 + 2 * (8 + (4320 - 700) / 60)


def test_relief_is_given_up_at_the_end_of_the_patterns_shift() -> None:
    drawn = tiny_drawn(PAIR, scenario(horizon_h=72.0), given=tiny_faults())
    inside = play(
        drawn, actions=[decide(600.0, "set_shift", crews=("line",), shift_start="08:00", shift_min=600.0)]
    ).log
    assert at_of(inside, "shift_ended", crew=0) == [1080.0, 2520.0, 3960.0]
    assert at_of(inside, "shift_started", crew=0) == [0.0, 1920.0, 3360.0]
    outside = play(
        drawn, actions=[decide(300.0, "set_shift", crews=("line",), shift_start="08:00", shift_min=600.0)]
    ).log
    assert at_of(outside, "shift_ended", crew=0)[:2] == [300.0, 1080.0]


def test_stopped_work_is_broken_off_and_goes_on_where_it_was() -> None:
    drawn = tiny_drawn(PAIR, scenario(), given=tiny_faults((60.0, 1)))
    plain = play(drawn).log
    arrived = at_of(plain, "crew_arrived", crew=0)[0]
    log = play(drawn, actions=[decide(arrived + 100.0, "stop_work", areas=("area1",), for_min=500.0)]).log
    later = arrived + 600.0
    assert of_crew(log, 0)[3:] == [
        f"{arrived + 100:g} crew_broke_off crew=0 job=1 task=0 section=1 value=100",
        f"{later:g} crew_dispatched crew=0 job=1 task=0 section=1 value=20",
        f"{later + 20:g} crew_arrived crew=0 job=1 task=0 section=1 value=240",
        f"{later + 20 + 140:g} repair_finished fault=0 section=1 crew=0 job=1 task=0 value=240",
    ]
    is_sound(log)


def test_crews_on_the_way_to_where_work_is_stopped_turn_back() -> None:
    drawn = tiny_drawn(PAIR, scenario(), given=tiny_faults((60.0, 1)))
    sent = at_of(play(drawn).log, "crew_dispatched", crew=1)[0]
    actions = [decide(sent + 11.5, "stop_work"), decide(500.0, "resume_work")]
    log = play(drawn, actions=actions).log
    assert of_crew(log, 1)[1:5] == [
        "75 crew_dispatched crew=1 job=0 task=0 section=1 value=23",
        "86.5 crew_broke_off crew=1 job=0 task=0 section=1",
        "86.5 job_given_back crew=1 job=0 section=1",
        "500 crew_dispatched crew=1 job=0 task=0 section=1 value=21.5",  # it was half way there
    ]


def test_a_generator_is_brought_over() -> None:
    network = tiny_network([-1, -1], [100, 200], x=[-3.0, 3.0], area=[0, 1], n_areas=2, critical=[(0, 10.0), (1, 60.0)])
    crews = {"line": crew("line", present_from="T+100h"), "generator": crew("generator")}
    drawn = tiny_drawn(network, scenario(crews=crews), given=tiny_faults((60.0, 0), (61.0, 1)))
    over = decide(400.0, "assign_generator", critical=("c1",), from_critical="c0")
    log = play(drawn, actions=[over, decide(800.0, "assign_generator", critical=("c1",))]).log
    kinds = ("action_taken", "action_refused", "generator_connected", "generator_released")
    assert [line for line in lines(log) if line.split()[1] in kinds][:5] == [
        "158 generator_connected crew=2 section=0 place=0 customers=1 job=0",
        "400 action_taken place=1 assign_generator c1 by lead",
        "400 generator_released crew=2 section=0 place=0 job=0",
        "486 generator_connected crew=2 section=1 place=1 customers=1 job=2",  # 6 km, 20 min, an hour to connect
        "800 action_refused assign_generator by lead: nobody there is believed to be out and without a mobile generator",
    ]
    # the one that lost its generator waits for another
    assert at_of(log, "job_opened", place=0) == [75.0, 400.0]


def test_a_notice_without_an_estimate_is_sent_to_those_believed_out() -> None:
    drawn = tiny_drawn(PAIR, scenario(), given=tiny_faults((60.0, 1)))
    log = play(drawn, actions=[decide(100.0, "send_notice", reach_fraction=0.4)]).log
    assert [line for line in lines(log) if line.startswith("100 ")] == [
        "100 action_taken send_notice all areas by lead",
        "100 notice_sent place=1 customers=200 value=0.4",
    ]


def test_agents_called_in_sit_down_after_the_lead_and_leave_again() -> None:
    # nobody sits at the desk, and everybody waits for ever: a call is served when agents are there
    town = tiny_network([-1], [3000])
    desk = {"agents": 0, "night_agents": 0, "containment_fraction": 0.0, "patience_s": 36_000.0, "seats": 0}
    set_up = scenario(hotline=desk, crews={"patrol": crew("patrol", count=0)}, horizon_h=30.0)
    drawn = tiny_drawn(town, set_up, given=tiny_faults((60.0, 0)))
    assert play(drawn, line=Hotline(drawn, set_up)).calls.result.max() != SERVED
    seats = decide(100.0, "open_seats", agents=5, lead_min=120.0, for_min=300.0)
    outcome = play(drawn, line=Hotline(drawn, set_up), actions=[seats])
    assert [line for line in lines(outcome.log) if "agents" in line] == [
        "100 action_taken open_seats 5 agents, from minute 220 for 5 h by lead",
        "220 agents_seated value=5",
        "520 agents_seated value=-5",
    ]
    answered = outcome.calls.answered_at[outcome.calls.result == SERVED]
    assert len(answered) > 50
    assert answered.min() >= 220.0
    assert (answered < 520.0).all()


def test_a_rule_given_by_decision_sends_crews_elsewhere() -> None:
    network = tiny_network([-1, -1], [100, 200], x=[-1.0, 3.0])
    drawn = tiny_drawn(network, scenario(), given=tiny_faults((60.0, 0), (61.0, 1)))
    log = play(drawn, actions=[decide(30.0, "set_dispatch_rule", rule="nearest")]).log
    assert log["section"][log.of("patrol_finished")].tolist() == [0, 1]
    assert play(drawn).log["section"][play(drawn).log.of("patrol_finished")].tolist() == [1, 0]
