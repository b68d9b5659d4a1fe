"""Injects in tiny worlds, with the exact course of what they change."""

from typing import Any

import numpy as np
import pytest

from sim import damage
from sim.hotline import BUSY, FOLLOWUP, Hotline, SharedHotlines
from sim.log import Log
from sim.metrics.critical import minutes_beyond_backup
from sim.metrics.intervals import dark_intervals
from sim.scenario import Action
from tests.tiny import tiny_drawn, tiny_faults, tiny_network, tiny_scenario, wind_of
from tests.worlds import at_of, is_sound, lines, play

FEEDER = tiny_network([-1, 0, 1], [100, 200, 300], device=["breaker", "recloser", "none"])
PAIR = tiny_network([-1, -1], [100, 200], x=[-3.0, 3.0], area=[0, 1], n_areas=2)
SUPPLY = ("section_went_dark", "section_restored", "section_tripped")


def crew(kind: str, **change: Any) -> dict[str, Any]:
    return {"kind": kind, "count": 1, "shift_start": "00:00", "shift_h": 24.0} | change


def scenario(**change: Any) -> Any:
    return tiny_scenario(**({"etr": {"policy": "none"}, "work": {"road_factor": 1.0, "travel_kmh": 60.0}} | change))


def inject(at: float, do: str, **args: Any) -> Action:
    return Action(at, do, args, "lead")


def only(log: Log, *kinds: str) -> list[str]:
    return [line for line in lines(log) if line.split()[1] in kinds]


def test_a_tripped_section_goes_dark_and_comes_back_when_it_is_closed() -> None:
    drawn = tiny_drawn(FEEDER, scenario(), given=tiny_faults())
    log = play(drawn, actions=[inject(120.0, "section_tripped", section="s1", for_min=60.0)]).log
    assert only(log, *SUPPLY, "inject_given") == [
        "120 inject_given section=1 section_tripped s1 by lead",
        "120 section_tripped section=1 value=60",
        "120 section_went_dark section=1 interruption=0 customers=200",
        "120 section_went_dark section=2 interruption=1 customers=300",
        "180 section_restored section=1 interruption=0 customers=200 value=60",
        "180 section_restored section=2 interruption=1 customers=300 value=60",
    ]
    is_sound(log)


def test_a_feeder_or_all_of_a_substation_is_lost_for_a_time() -> None:
    drawn = tiny_drawn(PAIR, scenario(), given=tiny_faults())
    one = play(drawn, actions=[inject(120.0, "feeder_tripped", feeder="f1", for_min=60.0)]).log
    assert only(one, *SUPPLY) == [
        "120 section_tripped section=1 value=60",
        "120 section_went_dark section=1 interruption=0 customers=200",
        "180 section_restored section=1 interruption=0 customers=200 value=60",
    ]
    both = play(drawn, actions=[inject(120.0, "substation_tripped", substation="substation", for_min=60.0)]).log
    assert both["section"][both.of("section_went_dark")].tolist() == [0, 1]
    assert at_of(both, "section_restored") == [180.0, 180.0]
    for log in (one, both):  # the patrol that was ordered finds nothing, or is called off
        assert log.of("outage_inferred").sum() == log.of("outage_closed").sum() > 0
        is_sound(log)


def test_further_damage_is_found_and_mended_like_any_other() -> None:
    drawn = tiny_drawn(PAIR, scenario(), given=tiny_faults((60.0, 0)))
    outcome = play(drawn, actions=[inject(100.0, "faults_added", areas=("area1",), count=3, work="pole")])
    log = outcome.log
    assert only(log, "fault_occurred") == ["60 fault_occurred fault=0 section=0 value=0"] + [
        f"100 fault_occurred fault={fault} section=1 value=1" for fault in (1, 2, 3)
    ]
    assert sorted(log["fault"][log.of("repair_finished")].tolist()) == [0, 1, 2, 3]
    assert len(outcome.faults) == 4
    assert outcome.faults.n_poles_broken == 3
    assert not (log.of("section_went_dark").sum() - log.of("section_restored").sum())
    is_sound(log)


def test_damage_of_one_inject_does_not_hang_on_another() -> None:
    wide = tiny_network([-1] * 9, [10] * 9, area=[0] * 8 + [1], n_areas=2)
    drawn = tiny_drawn(wide, scenario(), given=tiny_faults())
    alone = play(drawn, actions=[inject(200.0, "faults_added", areas=("area0",), count=4)]).faults
    after = [
        inject(100.0, "faults_added", areas=("area1",), count=2),
        inject(200.0, "faults_added", areas=("area0",), count=4),
    ]
    both = play(drawn, actions=after).faults
    assert len(set(alone.section.tolist())) > 1
    assert both.section[2:].tolist() == alone.section.tolist()
    assert both.difficulty[2:].tolist() == alone.difficulty.tolist()


def test_a_second_band_of_wind_breaks_only_what_the_first_left_and_holds_up_work() -> None:
    network = tiny_network([-1, -1], [100, 200], x=[-3.0, 3.0], area=[0, 1], n_areas=2, poles=600, coast_km=50.0)
    set_up = scenario(storm={"gust_factor": 1.5}, horizon_h=100.0)
    wind = wind_of(network, set_up, [0, 60, 120, 180, 6000], [0, 52, 52, 0, 0])
    drawn = tiny_drawn(network, set_up, wind)
    first = play(drawn).faults
    weaker = play(drawn, actions=[inject(1000.0, "wind_returned", gust_mps=51.0, for_min=60.0)])
    assert len(first) > 3
    assert len(weaker.faults) == len(first)  # what was strong enough for 52 m/s stands 51
    stronger = play(drawn, actions=[inject(1000.0, "wind_returned", gust_mps=57.0, for_min=60.0, areas=("area1",))])
    new = slice(len(first), None)
    assert len(stronger.faults) > len(first)
    assert set(stronger.faults.section[new].tolist()) == {1}
    assert np.all((stronger.faults.at[new] > 1000.0) & (stronger.faults.at[new] <= 1060.0))
    # as many as one band of that height would have broken there from the start
    both = tiny_drawn(network, set_up, wind_of(network, set_up, [0, 60, 120, 180, 6000], [0, 57, 57, 0, 0]))
    assert (damage.faults(both, set_up.damage).section == 1).sum() == (stronger.faults.section == 1).sum()
    # nobody works there while the 10-minute mean of 57 / 1.5 m/s is above 10
    gone = stronger.log.of("crew_dispatched", "crew_arrived") & (stronger.log["section"] == 1)
    at = stronger.log["at"][gone]
    assert not np.any((at > 1000 + 60 * 15 / 57) & (at < 1180 - 60 * 15 / 57))
    is_sound(stronger.log)


def test_a_second_wind_stops_only_crews_whose_limit_it_is_above() -> None:
    drones = crew("patrol") | {"wind_limit_mps": 8.0}
    given = tiny_faults((60.0, 1), (1015.0, 0))
    second = inject(1020.0, "wind_returned", gust_mps=13.5, for_min=600.0)  # 9 m/s on average
    logs = []
    for crews in ({}, {"drones": drones}):
        set_up = scenario(crews=crews, storm={"gust_factor": 1.5})
        log = play(tiny_drawn(PAIR, set_up, given=given), actions=[second]).log
        logs.append(at_of(log, "repair_finished", fault=1))
        assert not log.of("crew_broke_off").any()
    assert logs[0] == logs[1]
    timid = scenario(crews={"patrol": {"wind_limit_mps": 8.0}})
    log = play(tiny_drawn(PAIR, timid, given=given), actions=[second]).log
    assert min(at_of(log, "repair_finished", fault=1)) > 1600.0  # nobody looks before it is calm
    is_sound(log)


def test_lost_crews_leave_their_job_to_others_and_come_back() -> None:
    crews = {"line": crew("line", count=2)}
    drawn = tiny_drawn(PAIR, scenario(crews=crews), given=tiny_faults((60.0, 1)))
    lost = inject(300.0, "crews_lost", crews=("line",), count=1, for_min=1000.0)
    log = play(drawn, actions=[lost]).log
    arrived = at_of(log, "crew_arrived", crew=0)[0]
    mine = [line for line in lines(log) if "crew=0" in line or "crew=1" in line]
    assert mine[4:12] == [
        f"300 crew_broke_off crew=0 job=1 task=0 section=1 value={300 - arrived:g}",
        "300 job_given_back crew=0 job=1 section=1",
        "300 shift_ended crew=0",
        "300 crew_lost crew=0 value=1300",
        "300 crew_dispatched crew=1 job=1 task=0 section=1 value=23",
        "323 crew_arrived crew=1 job=1 task=0 section=1 value=240",
        f"{323 + 240 - (300 - arrived):g} repair_finished fault=0 section=1 crew=1 job=1 task=0 value=240",
        "1300 crew_returned crew=0",
    ]
    assert mine[12] == "1300 shift_started crew=0"
    is_sound(log)


def test_a_lost_depot_takes_those_who_are_there_and_sends_the_others_elsewhere() -> None:
    depots = {"east": {"lon": 140.0442, "lat": 35.5, "share": 0.0}}
    crews = {"line": crew("line", count=2, shift_start="01:00", shift_h=8.0)}
    drawn = tiny_drawn(PAIR, scenario(crews=crews, depots=depots), given=tiny_faults((60.0, 1)))
    log = play(drawn, actions=[inject(300.0, "depot_lost", depot="d")]).log
    # crew 0 is at work and the patrol where it was last; crew 1 waits at the depot
    assert only(log, "crew_lost") == ["300 crew_lost crew=1 value=inf"]
    late = tiny_drawn(PAIR, scenario(crews=crews, depots=depots), given=tiny_faults((60.0, 1), (1000.0, 0)))
    calls = play(late, actions=[inject(300.0, "depot_lost", depot="d", for_min=100.0)]).log
    # the next morning crew 0 starts from the eastern depot, 7 km away instead of 3
    assert calls["value"][calls.of("crew_dispatched") & (calls["crew"] == 0)][-1] == pytest.approx(27.0, abs=0.01)


def test_crews_bound_for_a_depot_that_is_lost_turn_to_the_nearest_one() -> None:
    depots = {"east": {"lon": 140.0442, "lat": 35.5, "share": 0.0}}
    crews = {"line": crew("line", count=2), "patrol": crew("patrol")}
    drawn = tiny_drawn(PAIR, scenario(crews=crews, depots=depots), given=tiny_faults((60.0, 1)))
    moved = inject(320.0, "move_crews", crews=("line",), depot="east")
    log = play(drawn, actions=[moved, inject(330.0, "depot_lost", depot="east")]).log
    # crew 0 is at work until 396 and would have moved then; crew 1 had set out from the depot 10 minutes before
    assert only(log, "crew_moving", "crew_moved", "crew_based", "crew_lost", "repair_finished", "inject_given") == [
        "320 crew_moving crew=1 place=1 value=24.0012",
        "330 inject_given depot_lost east by lead",
        "330 crew_moving crew=1 place=0 value=20",
        "350 crew_moved crew=1",
        "396 repair_finished fault=0 section=1 crew=0 job=1 task=0 value=240",
        "396 crew_moving crew=0 place=0 value=23",
        "419 crew_moved crew=0",
    ]


def test_a_cut_off_area_is_entered_and_left_by_nobody() -> None:
    crews = {"line": crew("line", count=2)}
    drawn = tiny_drawn(PAIR, scenario(crews=crews), given=tiny_faults((60.0, 1), (61.0, 1), (62.0, 0)))
    log = play(drawn, actions=[inject(210.0, "road_closed", areas=("area1",), for_min=1440.0)]).log
    sent = log.of("crew_dispatched") & (log["at"] >= 210) & (log["at"] < 1650)
    # the two crews inside mend both faults there and then wait, though the one in area0 is known
    assert log["section"][sent].tolist() == []
    assert at_of(log, "fault_found", section=0)[0] < 210.0
    assert at_of(log, "repair_finished", section=1) == at_of(play(drawn).log, "repair_finished", section=1)
    assert at_of(log, "crew_dispatched", section=0)[-1] == 1650.0
    assert only(log, "road_closed", "road_opened") == [
        "210 road_closed place=1 value=1650",
        "1650 road_opened place=1",
    ]
    is_sound(log)


def test_crews_on_their_way_to_a_cut_off_area_turn_back() -> None:
    drawn = tiny_drawn(PAIR, scenario(), given=tiny_faults((60.0, 1), (61.0, 0)))
    log = play(drawn, actions=[inject(80.0, "road_closed", areas=("area1",), for_min=1000.0)]).log
    assert only(log, "crew_broke_off", "crew_dispatched")[:3] == [
        "75 crew_dispatched crew=1 job=1 task=0 section=1 value=23",
        "80 crew_broke_off crew=1 job=1 task=0 section=1",
        "80 crew_dispatched crew=1 job=0 task=0 section=0 value=23.6522",
    ]


@pytest.mark.parametrize(
    ("do", "args", "arrivals", "last"),
    [
        ("aid_refused", {}, [700.0], "aid_refused place=0 value=1"),
        ("aid_delayed", {"late_min": 90.0}, [700.0, 1090.0], "aid_delayed place=0 value=90"),
    ],
)
def test_aid_that_is_not_there_yet_is_refused_or_late(do: str, args: Any, arrivals: list[float], last: str) -> None:
    aid = {"near": {"kind": "line", "count": 2, "requested_at": "T+100min", "first_arrival_h": 10.0,
                    "last_arrival_h": 15.0, "groups": 2, "delay_sd_h": 0.0}}  # fmt: skip
    drawn = tiny_drawn(PAIR, scenario(aid=aid), given=tiny_faults())
    assert at_of(play(drawn).log, "aid_arrived") == [700.0, 1000.0]
    log = play(drawn, actions=[inject(800.0, do, aid="near", **args), inject(1200.0, do, aid="near", **args)]).log
    assert at_of(log, "aid_arrived") == arrivals
    assert f"800 {last}" in lines(log)
    reason = "it has been refused" if do == "aid_refused" else "its crews are there"
    assert only(log, "inject_refused") == [f"1200 inject_refused {do} by lead: {reason}"]


def test_a_failed_generator_leaves_its_customer_without_and_is_away() -> None:
    network = tiny_network([-1], [100], critical=[(0, 10.0)])
    crews = {"line": crew("line", present_from="T+30h"), "generator": crew("generator", count=2)}
    drawn = tiny_drawn(network, scenario(crews=crews), given=tiny_faults((60.0, 0)))
    log = play(drawn, actions=[inject(400.0, "generator_failed", critical=("c0",), for_min=600.0)]).log
    kinds = ("generator_connected", "generator_released", "generator_failed", "crew_lost", "crew_returned")
    assert only(log, *kinds)[:6] == [
        "155 generator_connected crew=2 section=0 place=0 customers=1 job=0",
        "400 generator_failed crew=2 section=0 place=0 job=0 value=1000",
        "400 generator_released crew=2 section=0 place=0 job=0",
        "400 crew_lost crew=2 value=1000",
        "480 generator_connected crew=3 section=0 place=0 customers=1 job=3",
        "1000 crew_returned crew=2",
    ]
    dark = dark_intervals(log, network.customers, 14_400.0)
    assert minutes_beyond_backup(log, dark, network, 14_400.0).tolist() == [155 - 70 + 80.0]


def test_a_new_critical_customer_gets_a_generator_and_counts_from_then_on() -> None:
    crews = {"line": crew("line", present_from="T+30h"), "generator": crew("generator")}
    drawn = tiny_drawn(PAIR, scenario(crews=crews), given=tiny_faults((60.0, 1)))
    log = play(drawn, actions=[inject(300.0, "critical_added", section="s1", name="shelter", backup_min=60.0)]).log
    assert [line for line in lines(log) if "place=0" in line][:4] == [
        "300 inject_given section=1 place=0 critical_added shelter at s1 by lead",
        "300 critical_added section=1 place=0 value=60",
        "383 generator_connected crew=2 section=1 place=0 customers=1 job=2",
        "2063 generator_released crew=2 section=1 place=0 job=2",
    ]
    dark = dark_intervals(log, PAIR.customers, 14_400.0)
    assert minutes_beyond_backup(log, dark, PAIR, 14_400.0).tolist() == [83.0]


def test_people_who_only_ask_load_the_hotline_and_report_no_outage() -> None:
    town = tiny_network([-1, -1], [3000, 2000], area=[0, 1], n_areas=2)
    set_up = scenario(horizon_h=30.0)
    drawn = tiny_drawn(town, set_up, given=tiny_faults())
    surge = inject(300.0, "call_surge", areas=("area1",), calls=400, for_min=60.0)
    outcome = play(drawn, line=Hotline(drawn, set_up), actions=[surge])
    calls, first = outcome.calls, outcome.calls.attempt == 0
    assert first.sum() == 400
    assert set(calls.section.tolist()) == {1}
    assert (calls.at[first] >= 300.0).all()
    assert (calls.at[first] < 360.0).all()
    assert not outcome.log.of("outage_inferred").any()
    # with one line nearly all of them meet a busy one, as long as it lasts
    few = [
        surge,
        inject(310.0, "phones_failed", lines=1, for_min=20.0),
        inject(315.0, "phones_failed", lines=1, for_min=9.0),
    ]
    cut = play(drawn, line=Hotline(drawn, set_up), actions=few)
    assert [line for line in lines(cut.log) if "lines" in line] == [
        "310 inject_given phones_failed 1 lines work for 0.333333 h by lead",
        "310 lines_changed value=1",
        "315 inject_refused phones_failed by lead: lines have failed already",
        "330 lines_changed value=1000",
    ]
    busy = cut.calls.at[cut.calls.result == BUSY]
    assert len(busy) > 100
    assert (busy >= 310.0).all()
    assert (busy < 330.0).all()
    before = calls.at < 310.0
    assert cut.calls.at[cut.calls.at < 310.0].tolist() == calls.at[before].tolist()
    assert cut.calls.result[cut.calls.at < 310.0].tolist() == calls.result[before].tolist()


def test_a_rumour_makes_those_who_were_promised_phone_again() -> None:
    town = tiny_network([-1], [30_000])
    set_up = scenario(
        horizon_h=60.0, crews={"line": crew("line", present_from="T+59h")}, customers={"followup_per_h": 0.2},
    )  # fmt: skip
    drawn = tiny_drawn(town, set_up, given=tiny_faults((60.0, 0)))
    promise = inject(300.0, "publish_etr", restored_by=3000.0)
    calm = play(drawn, line=Hotline(drawn, set_up), actions=[promise]).calls
    rumour = inject(600.0, "rumour_spread", areas=("area0",), calls=100, for_min=30.0)
    stirred = play(drawn, line=Hotline(drawn, set_up), actions=[promise, rumour]).calls
    later = [(calls.kind == FOLLOWUP) & (calls.at > 700.0) & (calls.at < 2000.0) for calls in (calm, stirred)]
    # 0.4 of the pace with a promise, the whole without
    assert later[1].sum() / later[0].sum() == pytest.approx(1 / 0.4, rel=0.15)


def test_plans_that_share_a_hotline_keep_what_was_ordered_of_it_apart() -> None:
    town = tiny_network([-1, -1], [3000, 2000], area=[0, 1], n_areas=2)
    set_up = scenario(horizon_h=30.0)
    drawn = tiny_drawn(town, set_up, given=tiny_faults((60.0, 0)))
    lists = [
        [],
        [inject(300.0, "call_surge", calls=400, for_min=60.0), inject(310.0, "phones_failed", lines=2, for_min=20.0)],
        [inject(300.0, "open_seats", agents=3, lead_min=30.0)],
    ]
    shared = SharedHotlines(drawn)
    for actions in lists:
        alone = play(drawn, line=Hotline(drawn, set_up), actions=actions).calls
        together = play(drawn, line=shared.of(set_up), actions=actions).calls
        for name in ("at", "section", "caller", "result", "done_at"):
            assert getattr(alone, name).tobytes() == getattr(together, name).tobytes()


def test_without_its_map_the_control_room_acts_upon_nothing_until_it_is_back() -> None:
    drawn = tiny_drawn(FEEDER, scenario(), given=tiny_faults((60.0, 0)))
    log = play(drawn, actions=[inject(50.0, "map_failed", for_min=100.0)]).log
    assert at_of(log, "breaker_reported") == [61.0]
    assert at_of(log, "outage_inferred") == [150.0]
    assert log["value"][log.of("outage_inferred")].tolist() == [61.0]


def test_while_notices_fail_promises_go_out_without_them() -> None:
    """From 65 to 310 none goes out, nor by decision; a second failure is refused; a notice sent at 311 does."""
    settings = scenario(etr={"policy": "computed", "update_h": 1.0}, notices={"reach_fraction": 0.4})
    drawn = tiny_drawn(FEEDER, settings, given=tiny_faults((60.0, 0)))
    plain = play(drawn).log
    assert at_of(plain, "notice_sent") == at_of(plain, "etr_published")
    assert at_of(plain, "notice_sent")[0] < 310.0
    failing = [inject(65.0, "notices_failed", for_min=245.0), inject(70.0, "notices_failed", for_min=9.0)]
    sending = [inject(200.0, "send_notice"), inject(311.0, "send_notice")]
    log = play(drawn, actions=[*failing, *sending]).log
    assert only(log, "etr_published") == only(plain, "etr_published")
    late = [at for at in at_of(plain, "notice_sent") if at >= 310.0]
    assert at_of(log, "notice_sent") == sorted([311.0, *late])
    assert only(log, "inject_given", "inject_refused", "action_refused") == [
        "65 inject_given notices_failed for 4.08333 h by lead",
        "70 inject_refused notices_failed by lead: notices cannot be sent already",
        "200 action_refused send_notice by lead: notices cannot be sent now",
    ]


def test_a_wrong_promise_is_told_and_not_kept_in_mind() -> None:
    drawn = tiny_drawn(PAIR, tiny_scenario(etr={"policy": "computed", "update_h": 2.0}), given=tiny_faults((60.0, 1)))
    plain = play(drawn).log
    log = play(drawn, actions=[inject(300.0, "wrong_etr_published", restored_by=330.0)]).log
    told = [line for line in only(log, "etr_published") if line not in only(plain, "etr_published")]
    assert told == ["300 etr_published place=1 customers=200 value=330"]
    # the control room goes on as if it had said nothing
    assert [line for line in only(log, "etr_published") if line not in told] == only(plain, "etr_published")
