"""The world: tiny drills with exact logs, and what holds of every drill."""

from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.dispatch import RULES, Asking
from sim.etr import area_promise
from sim.log import KIND_CODE
from sim.world import World, run
from tests.tiny import calm_wind, tiny_drawn, tiny_faults, tiny_network, tiny_scenario, wind_of
from tests.worlds import Telephone, at_of, is_sound, lines, plan_of, play

TRUTH = ("section_went_dark", "section_restored", "fault_occurred")
PROMISES = ("etr_published",)


def scenario(**overrides):
    """Return a plain scenario without promises."""
    return tiny_scenario(**({"etr": {"policy": "none"}} | overrides))


def both(**change):
    """Return crews that differ from one line crew and one patrol, day and night, by the change given to both."""
    return {
        kind: {"kind": kind, "count": 1, "shift_start": "00:00", "shift_h": 24.0} | change
        for kind in ("line", "patrol")
    }


FEEDER = tiny_network([-1, 0, 1], [100, 200, 300])


def test_one_feeder_one_fault_one_crew() -> None:
    log = play(tiny_drawn(FEEDER, scenario(), given=tiny_faults((60.0, 1)))).log
    assert log.lines() == [
        "0 shift_started crew=0",
        "0 shift_started crew=1",
        "60 fault_occurred fault=0 section=1 value=0",
        "60 section_went_dark section=0 interruption=0 customers=100",
        "60 section_went_dark section=1 interruption=1 customers=200",
        "60 section_went_dark section=2 interruption=2 customers=300",
        "61 breaker_reported section=0",
        "75 outage_inferred outage=0 section=0 value=61",
        "75 job_opened job=0 outage=0 section=0",
        "75 crew_dispatched crew=1 job=0 task=0 section=0 value=20",
        "95 crew_arrived crew=1 job=0 task=0 section=0 value=65",  # 20 min and 3 km at 4 km/h
        "160 patrol_finished crew=1 job=0 task=0 section=0 outage=0 value=1",
        "160 fault_found fault=0 section=1 crew=1 outage=0 job=1 value=0",
        "160 job_opened job=1 outage=0 section=1 fault=0",
        "160 crew_dispatched crew=0 job=1 task=0 section=1 value=20",
        "180 crew_arrived crew=0 job=1 task=0 section=1 value=240",
        "420 repair_finished fault=0 section=1 crew=0 job=1 task=0 value=240",
        "420 section_restored section=0 interruption=0 customers=100 value=360",
        "420 section_restored section=1 interruption=1 customers=200 value=360",
        "420 section_restored section=2 interruption=2 customers=300 value=360",
        "420 outage_closed outage=0 section=0",
    ]
    cause = log["cause_seq"]
    assert cause[3:6].tolist() == [2, 2, 2]
    assert cause[17:20].tolist() == [16, 16, 16]


def test_travel_goes_by_road_and_is_slow_on_the_first_day() -> None:
    far = tiny_network([-1], [100], x=[30.0])
    for landfall, minutes in (("2020-08-01T06:00:00+09:00", 101.0), ("2020-08-01T00:00:00+09:00", 182.0)):
        set_up = scenario(landfall=landfall, work={"first_day_speed_fraction": 0.5})
        log = play(tiny_drawn(far, set_up, given=tiny_faults((60.0, 0)))).log
        # 30 km straight, 40.5 km by road, 81 min at 30 km/h, and 20 min before
        assert log["value"][log.of("crew_dispatched")][0] == pytest.approx(minutes)


def test_nobody_knows_of_what_nobody_reports() -> None:
    blind = tiny_network([-1, 0], [100, 200], reports=[False, False])
    drawn = tiny_drawn(blind, scenario(), given=tiny_faults((60.0, 1)))
    assert {line.split()[1] for line in play(drawn).log.lines()} == {
        "shift_started", "fault_occurred", "section_went_dark",
    }  # fmt: skip
    # one caller twice is one caller; the second one decides
    log = play(drawn, calls=[(70.0, 1, 3), (80.0, 1, 3), (100.0, 0, 3)]).log
    assert [line for line in lines(log) if "inferred" in line] == ["105 outage_inferred outage=0 section=0 value=100 probable"]
    assert len(at_of(log, "outage_closed")) == 1


def test_calls_from_below_an_open_outage_are_explained_until_it_is_closed() -> None:
    network = tiny_network([-1, 0, 1], [9, 9, 9], ["breaker", "none", "fuse"], [True, False, False])
    drawn = tiny_drawn(network, scenario(), given=tiny_faults((60.0, 0), (61.0, 2)))
    calls = [(100.0, 2, 1), (110.0, 2, 2)]
    log = play(drawn, calls).log
    # the breaker's outage explains the calls from behind the fuse; when it is over, they are rung back
    assert at_of(log, "section_restored", section=0) == [405.0]
    assert at_of(log, "outage_inferred") == [75.0, 405.0]
    assert log["value"][log.of("outage_inferred")].tolist() == [61.0, 405.0]
    assert at_of(play(drawn).log, "outage_inferred") == [75.0]
    assert at_of(play(drawn).log, "section_restored", section=2) == []  # nobody ever told
    late = play(drawn, calls=[(500.0, 2, 1), (530.0, 2, 2)]).log
    assert at_of(late, "outage_inferred") == [75.0, 540.0]
    is_sound(log)


def test_nested_faults_with_devices_that_report() -> None:
    network = tiny_network([-1, 0, 1], [10, 20, 30], ["breaker", "recloser", "fuse"], [True, True, False])
    # the recloser's fault comes while it has no voltage: it cannot tell until the breaker is closed again
    log = play(tiny_drawn(network, scenario(), given=tiny_faults((60.0, 0), (70.0, 1)))).log
    assert at_of(log, "breaker_reported") == [61.0, 391.0]
    assert at_of(log, "section_restored", section=0) == [390.0]
    assert at_of(log, "outage_inferred") == [75.0, 405.0]
    restored = at_of(log, "section_restored", section=1)
    assert restored == at_of(log, "section_restored", section=2)
    assert len(restored) == 1
    is_sound(log)


def test_a_device_that_tripped_first_is_closed_after_the_one_above() -> None:
    network = tiny_network([-1, 0], [10, 20], ["breaker", "recloser"], [True, True])
    # the lower fault is repaired first; its device has no supply to close onto until the upper one is done
    low = tiny_faults((50.0, 1), (60.0, 0, "transformer"))
    crews = both(count=2)
    log = play(tiny_drawn(network, scenario(crews=crews), given=low)).log
    repaired = {f: at_of(log, "repair_finished", fault=f)[0] for f in (0, 1)}
    assert repaired[0] < repaired[1]
    assert log["at"][log.of("section_restored")].tolist() == [repaired[1]] * 2
    assert log["at"][log.of("outage_closed")].tolist() == [repaired[1]] * 2
    is_sound(log)


def test_two_faults_in_one_zone_off_once_back_once() -> None:
    log = play(tiny_drawn(FEEDER, scenario(), given=tiny_faults((60.0, 1), (70.0, 2)))).log
    assert at_of(log, "repair_finished") == [420.0, 680.0]
    assert log.of("section_went_dark").sum() == log.of("section_restored").sum() == 3
    assert at_of(log, "section_restored", section=0) == [680.0]
    assert at_of(log, "outage_closed") == [680.0]


def test_a_fault_that_comes_after_the_patrol_makes_a_second_one() -> None:
    log = play(tiny_drawn(FEEDER, scenario(), given=tiny_faults((60.0, 1), (300.0, 2)))).log
    assert at_of(log, "patrol_finished") == [160.0, 420 + 85.0]
    assert lines(log, *TRUTH)[-7:-4] == [
        "505 patrol_finished crew=1 job=2 task=0 section=0 outage=0 value=1",
        "505 fault_found fault=1 section=2 crew=1 outage=0 job=3 value=0",
        "505 job_opened job=3 outage=0 section=2 fault=1",
    ]
    assert len(at_of(log, "outage_inferred")) == len(at_of(log, "outage_closed")) == 1
    assert at_of(log, "section_restored", section=0) == at_of(log, "outage_closed") == [505 + 20 + 240.0]


def test_a_wrong_inference_costs_a_trip() -> None:
    # the fault is in the upper zone, which does not report; callers from behind the fuse come first
    network = tiny_network([-1, 0, 1], [9, 9, 90], ["breaker", "none", "fuse"], [False] * 3)
    drawn = tiny_drawn(network, scenario(), given=tiny_faults((60.0, 0)))
    log = play(drawn, calls=[(70.0, 2, 1), (71.0, 2, 2)]).log
    assert lines(log, *TRUTH, "shift_started", "crew_dispatched", "crew_arrived", "job_opened") == [
        "75 outage_inferred outage=0 section=2 value=71 probable",
        "130 patrol_finished crew=1 job=0 task=0 section=2 outage=0 value=0",
        "130 outage_inferred outage=1 section=0 value=130 probable",  # no voltage behind the fuse: it comes from above
        "200 patrol_finished crew=1 job=1 task=0 section=0 outage=1 value=1",
        "200 outage_confirmed outage=1 section=0",
        "200 fault_found fault=0 section=0 crew=1 outage=1 job=2 value=0",
        "460 repair_finished fault=0 section=0 crew=0 job=2 task=0 value=240",
        "460 outage_closed outage=1 section=0",
        "460 outage_closed outage=0 section=2",
    ]


def test_an_outage_below_is_merged_when_the_one_above_becomes_known() -> None:
    network = tiny_network([-1, 0, 1], [9, 9, 90], ["breaker", "none", "fuse"], [False] * 3)
    drawn = tiny_drawn(network, scenario(crews=both(present_from="T+10h")), given=tiny_faults((60.0, 0)))
    log = play(drawn, calls=[(70.0, 2, 1), (71.0, 2, 2), (100.0, 1, 1), (110.0, 0, 1)]).log
    assert lines(log, *TRUTH)[:5] == [
        "75 outage_inferred outage=0 section=2 value=71 probable",
        "75 job_opened job=0 outage=0 section=2",
        "120 outage_inferred outage=1 section=0 value=110 probable",
        "120 outage_closed outage=0 section=2 merged into outage 1",
        "120 job_opened job=1 outage=1 section=0",
    ]
    assert len(at_of(log, "patrol_finished")) == 1
    is_sound(log)


def test_calls_made_before_the_power_came_back_open_nothing() -> None:
    drawn = tiny_drawn(FEEDER, scenario(), given=tiny_faults((60.0, 1)))

    class Slow(Telephone):
        def restored(self, sections, at):  # callers of before are still being taken down
            pass

    log = play(drawn, line=Slow([(410.0, 2, 1), (415.0, 2, 2), (418.0, 1, 1)])).log
    assert len(at_of(log, "outage_inferred")) == 1


def test_monitors_tell_without_calls() -> None:
    blind = tiny_network([-1, 0], [100, 200], reports=[False, False])
    know = {"monitored_fraction": 1.0, "monitor_latency_min": 5.0}
    log = play(tiny_drawn(blind, scenario(knowledge=know), given=tiny_faults((60.0, 1)))).log
    assert lines(log)[5:9] == [
        "65 monitor_reported section=0",
        "65 monitor_reported section=1",
        "75 outage_inferred outage=0 section=0 value=65 probable",
        "75 job_opened job=0 outage=0 section=0",
    ]


def test_downstream_patrols_look_below_as_well() -> None:
    network = tiny_network([-1, 0], [10, 20], ["breaker", "fuse"], [True, False])
    down = scenario(knowledge={"patrol_scope": "downstream"}, crews=both(count=2))
    log = play(tiny_drawn(network, down, given=tiny_faults((60.0, 0), (61.0, 1)))).log
    assert at_of(log, "job_opened", fault=-1) == [75.0, 75.0]
    assert sorted(at_of(log, "fault_found")) == [130.0, 130.0]
    assert log["at"][log.of("section_restored")].tolist() == [390.0, 390.0]
    is_sound(log)


def test_a_tree_crew_comes_first() -> None:
    blocked = tiny_faults((60.0, 1, "pole", True))
    trees = both() | {"tree": {"kind": "tree", "count": 1, "shift_start": "00:00", "shift_h": 24.0}}
    log = play(tiny_drawn(FEEDER, scenario(crews=trees), given=blocked)).log
    assert lines(log, *TRUTH)[-8:] == [
        "160 job_opened job=1 outage=0 section=1 fault=0",
        "160 crew_dispatched crew=2 job=1 task=0 section=1 value=20",
        "180 crew_arrived crew=2 job=1 task=0 section=1 value=90",
        "270 tree_cleared fault=0 section=1 crew=2 job=1 task=0 value=90",
        "270 crew_dispatched crew=0 job=1 task=1 section=1 value=20",
        "290 crew_arrived crew=0 job=1 task=1 section=1 value=240",
        "530 repair_finished fault=0 section=1 crew=0 job=1 task=1 value=240",
        "530 outage_closed outage=0 section=0",
    ]
    # without a tree crew in the plan the line crew clears the tree itself
    alone = play(tiny_drawn(FEEDER, scenario(), given=blocked)).log
    assert at_of(alone, "repair_finished") == [180 + 90 + 240.0]


def test_line_crews_patrol_when_nobody_else_does() -> None:
    crews = {"line": {"kind": "line", "count": 1, "shift_start": "00:00", "shift_h": 24.0}}
    none = tiny_scenario(crews=crews, etr={"policy": "none"})
    only = none.model_copy(update={"crews": {"line": none.crews["line"]}})
    log = play(tiny_drawn(FEEDER, only, given=tiny_faults((60.0, 1)))).log
    assert at_of(log, "repair_finished") == [420.0]


# -- shifts ------------------------------------------------------------------------------------------------------


def shifts(shift_end: str, shift_start: str = "01:00", shift_h: float = 4.0):
    """Return a scenario of a patrol at all hours and one line crew on a shift, local midnight being minute 0."""
    crews = both()
    crews["line"] |= {"shift_start": shift_start, "shift_h": shift_h}
    return scenario(crews=crews, work={"shift_end": shift_end})


def test_a_crew_finishes_what_it_has_begun() -> None:
    log = play(tiny_drawn(FEEDER, shifts("finish"), given=tiny_faults((60.0, 1), (61.0, 1)))).log
    mine = [line for line in lines(log) if "crew=0" in line]
    assert mine[:7] == [
        "60 shift_started crew=0",
        "160 crew_dispatched crew=0 job=1 task=0 section=1 value=20",
        "180 crew_arrived crew=0 job=1 task=0 section=1 value=240",
        "420 repair_finished fault=0 section=1 crew=0 job=1 task=0 value=240",  # its shift ended at 300
        "420 shift_ended crew=0",
        "1500 shift_started crew=0",
        "1500 crew_dispatched crew=0 job=2 task=0 section=1 value=20",
    ]


def test_a_crew_that_must_stop_goes_on_in_its_next_shift() -> None:
    log = play(tiny_drawn(FEEDER, shifts("stop"), given=tiny_faults((60.0, 1)))).log
    assert [line for line in lines(log) if "crew=0" in line][:8] == [
        "60 shift_started crew=0",
        "160 crew_dispatched crew=0 job=1 task=0 section=1 value=20",
        "180 crew_arrived crew=0 job=1 task=0 section=1 value=240",
        "300 shift_ended crew=0",
        "1500 shift_started crew=0",
        "1500 crew_dispatched crew=0 job=1 task=0 section=1 value=20",
        "1520 crew_arrived crew=0 job=1 task=0 section=1 value=240",
        "1640 repair_finished fault=0 section=1 crew=0 job=1 task=0 value=240",  # 120 of 240 min were left
    ]


def test_nobody_finishes_a_job_of_days_in_one_go() -> None:
    hard = tiny_faults((60.0, 1, "wire", False, 0.0, True))  # 28 h on site
    log = play(tiny_drawn(FEEDER, shifts("finish", shift_h=14.0), given=hard)).log
    # 180 to 900 are 720 of 1,680 min; from 1520 the other 960 end 140 min after its second shift
    assert at_of(log, "repair_finished") == [2480.0]
    assert at_of(log, "shift_ended", crew=0)[:2] == [900.0, 2480.0]


def test_no_trip_that_would_end_after_the_shift() -> None:
    log = play(tiny_drawn(FEEDER, shifts("finish", "00:00", 2.9), given=tiny_faults((60.0, 1)))).log
    assert at_of(log, "shift_ended", crew=0)[0] == 174.0  # at 160 it is 20 min away
    assert at_of(log, "crew_dispatched", crew=0) == [1440.0]


def test_a_shift_past_midnight() -> None:
    log = play(tiny_drawn(FEEDER, shifts("stop", "22:00", 8.0), given=tiny_faults((60.0, 1)))).log
    assert at_of(log, "shift_started", crew=0)[:2] == [0.0, 1320.0]  # since 22:00 of the day before
    assert at_of(log, "shift_ended", crew=0)[:2] == [360.0, 1800.0]


# -- wind --------------------------------------------------------------------------------------------------------


def windy(start: float, end: float, **work):
    """Return draws in which the wind forbids work from `start` to `end`; one fault at 60."""
    set_up = scenario(work={"wind_limit_mps": 10.0} | work)
    gust = [0.0, 0.0, 30.0, 30.0, 0.0, 0.0]
    wind = wind_of(FEEDER, set_up, [0.0, start - 1.0, start + 1.0, end - 1.0, end + 1.0, set_up.horizon_min], gust)
    return tiny_drawn(FEEDER, set_up, wind, tiny_faults((60.0, 1)))


def test_no_crew_is_sent_into_the_wind() -> None:
    log = play(windy(70.0, 700.0)).log
    # at the review at 75 the wind is too strong; the first one after it has fallen is at 705
    assert at_of(log, "crew_dispatched")[0] == 705.0
    assert not log.of("crew_stood_down").any()


def test_work_pauses_while_the_wind_is_too_strong() -> None:
    log = play(windy(300.0, 500.0)).log
    rows = log.of("crew_stood_down")
    assert log["at"][rows].tolist() == [pytest.approx(300.0)]
    assert log["value"][rows].tolist() == [pytest.approx(500.0)]
    assert log["crew"][rows].tolist() == [0]
    assert at_of(log, "repair_finished") == [pytest.approx(420.0 + 200.0)]
    assert log["value"][log.of("repair_finished")].tolist() == [240.0]


def test_a_crew_on_the_road_waits_too() -> None:
    log = play(windy(85.0, 200.0)).log
    assert at_of(log, "crew_stood_down") == [pytest.approx(85.0)]
    assert at_of(log, "crew_arrived")[0] == pytest.approx(75 + 20 + 115.0)


def test_wind_in_one_area_leaves_work_in_another() -> None:
    network = tiny_network([-1, -1], [900, 10], area=[0, 1], n_areas=2)
    set_up = scenario()
    wind = wind_of(network, set_up, [0.0, 1000.0, 1001.0], [[60.0, 0.0], [60.0, 0.0], [0.0, 0.0]])
    log = play(tiny_drawn(network, set_up, wind, tiny_faults((60.0, 0), (61.0, 1)))).log
    assert at_of(log, "patrol_finished", section=1) == [75 + 20 + 35.0]
    assert at_of(log, "crew_dispatched", section=0)[0] == 1005.0


# -- aid, generators, promises -----------------------------------------------------------------------------------


def test_aid_comes_in_groups_and_is_told_its_way() -> None:
    aid = {
        "kind": "line", "count": 3, "requested_at": "T+1h", "first_arrival_h": 2.0, "last_arrival_h": 6.0, "groups": 2,
        "induction_h": 1.0, "shift_start": "00:00", "shift_h": 24.0,
    }  # fmt: skip
    log = play(tiny_drawn(FEEDER, scenario(aid={"friends": aid}), given=tiny_faults())).log
    assert lines(log) == [
        "0 shift_started crew=0",
        "0 shift_started crew=1",
        "60 aid_requested place=0 value=3",
        "180 aid_arrived place=0 value=2",
        "240 shift_started crew=2",
        "240 shift_started crew=3",
        "420 aid_arrived place=0 value=1",
        "480 shift_started crew=4",
    ]


def test_aid_that_arrives_at_night_starts_in_the_morning() -> None:
    aid = {
        "kind": "line", "count": 1, "requested_at": "T+1h", "first_arrival_h": 20.0, "last_arrival_h": 20.0, "groups": 1,
        "shift_start": "07:00", "shift_h": 14.0,
    }  # fmt: skip
    log = play(tiny_drawn(FEEDER, scenario(aid={"friends": aid}), given=tiny_faults())).log
    assert at_of(log, "aid_arrived") == [1260.0]
    assert at_of(log, "shift_started", crew=2)[0] == 1440 + 420.0
    assert at_of(log, "shift_ended", crew=2)[0] == 1440 + 420 + 840.0


def test_crews_are_spread_over_depots_by_largest_remainders() -> None:
    from sim.world.crews import apportion

    assert apportion(10, [3, 2, 2, 2, 1]) == [3, 2, 2, 2, 1]
    assert apportion(4, [1, 1, 1]) == [2, 1, 1]
    assert apportion(1, [1, 3]) == [0, 1]
    assert apportion(0, [0.0]) == [0]


def test_a_generator_goes_where_backup_ends_first_and_leaves_with_the_power() -> None:
    network = tiny_network([-1, -1], [100, 100], critical=[(0, 900.0), (1, 60.0)])
    crews = both() | {"gen": {"kind": "generator", "count": 1, "shift_start": "00:00", "shift_h": 24.0}}
    log = play(tiny_drawn(network, scenario(crews=crews), given=tiny_faults((60.0, 0), (60.0, 1)))).log
    mine = [line for line in lines(log) if "crew=2" in line]
    back = at_of(log, "section_restored", section=1)[0]
    assert mine[:5] == [
        "0 shift_started crew=2",
        "75 crew_dispatched crew=2 job=2 task=0 section=1 value=20",
        "95 crew_arrived crew=2 job=2 task=0 section=1 value=60",
        "155 generator_connected crew=2 section=1 place=1 customers=1 job=2",
        f"{back:g} generator_released crew=2 section=1 place=1 job=2",
    ]
    is_sound(log)


def promising(**etr):
    return tiny_scenario(etr={"policy": "computed", "update_h": 2.0} | etr, notices={"reach_fraction": 0.4})


def test_promises_are_computed_from_what_is_known() -> None:
    phone = Telephone()
    log = play(tiny_drawn(FEEDER, promising(), given=tiny_faults((60.0, 1))), line=phone).log
    assert [line for line in lines(log) if "etr" in line or "notice" in line][:2] == [
        "120 etr_published place=0 customers=600 value=442.5",
        "120 notice_sent place=0 customers=600 value=0.4",
    ]
    # one outage not yet patrolled, so one fault expected: (240 + 240 + 360) / 3 min on site, and a trip, of which one of
    # 20 min has been seen and 20 + 10 km at 2.7 min/km were expected: (5 x 47 + 20) / 6
    assert ("etr", 0, 120.0, pytest.approx(120 + 280 + 42.5)) in phone.told
    assert ("notice", 0, 120.0, 0.4) in phone.told


def test_assessing_until_enough_is_patrolled() -> None:
    log = play(tiny_drawn(FEEDER, promising(first_after_patrolled_fraction=0.5), given=tiny_faults((60.0, 1)))).log
    values = log["value"][log.of("etr_published")]
    assert values[0] == -1
    assert at_of(log, "etr_published")[:2] == [120.0, 240.0]  # patrolled at 160
    assert values[1] > 240


def test_small_changes_are_not_published() -> None:
    log = play(tiny_drawn(FEEDER, promising(), given=tiny_faults((60.0, 1)))).log
    values = log["value"][log.of("etr_published")]
    assert (np.abs(np.diff(values)) > 60).all()


def test_one_time_for_the_whole_network_until_an_area_is_patrolled() -> None:
    network = tiny_network([-1, -1], [300, 100], area=[0, 1], n_areas=2)
    faults = tiny_faults((60.0, 0), (60.0, 1))
    made = promising(area_after_patrolled_fraction=1.0)
    log = play(tiny_drawn(network, made, given=faults)).log
    told = [line for line in lines(log) if "etr_published" in line]
    # at 120 nobody has looked yet; at 240 area 0 has been patrolled (130), and so has area 1 (185)
    assert told[0].startswith("120 etr_published place=0 customers=300 value=")
    assert told[0].endswith(" global")
    assert told[1] == told[0].replace("place=0 customers=300", "place=1 customers=100")
    later = [line for line in told if not line.startswith("120 ")]
    assert later
    assert not any(line.endswith("global") for line in later)


def test_what_areas_have_in_common_is_reckoned_once(monkeypatch) -> None:
    reckoned = []

    def counted(now, works, last_job_min, n_jobs, confidence):
        reckoned.append((now, n_jobs))
        return area_promise(now, works, last_job_min, n_jobs, confidence)

    monkeypatch.setattr("sim.world.promises.area_promise", counted)
    network = tiny_network([-1, -1, -1], [300, 100, 50], area=[0, 1, 2], n_areas=3)
    faults = tiny_faults((60.0, 0), (60.0, 1), (60.0, 2), (61.0, 2))
    log = play(tiny_drawn(network, promising(area_after_patrolled_fraction=1.0), given=faults)).log
    # one for all at 120, when nobody has looked yet; at 240 one job is left in areas 0 and 1 each, and two in area 2
    assert [each for each in reckoned if each[0] <= 240.0] == [(120.0, 3.0), (240.0, 1.0), (240.0, 2.0)]
    first, *others = [line.split("value=")[1] for line in lines(log) if line.startswith("120 etr_published")]
    assert others == [first, first]


def test_a_margin_is_added_and_nothing_is_said_too_early() -> None:
    def first(**etr):
        log = play(tiny_drawn(FEEDER, promising(**etr), given=tiny_faults((60.0, 1)))).log
        published = log.of("etr_published")
        return log["at"][published].tolist(), log["value"][published].tolist()

    at, value = first()
    assert first(margin_h=2.0) == (at, [value[0] + 120, *(v + 120 for v in value[1:])])
    early, said = first(first_after_h=-1.0)  # landfall is at 360
    assert (early[0], said[0]) == (120.0, -1.0)
    assert said[1] > 0
    assert early[1] == 360.0


def test_customers_of_an_outage_get_a_time_of_their_own_once_its_crew_is_assigned() -> None:
    phone = Telephone()
    log = play(tiny_drawn(FEEDER, promising(individual=True), given=tiny_faults((60.0, 1))), line=phone).log
    # the crew is sent at 160; five trips of 47 min were expected and two of 20 have been seen; then 240 min on site
    promised = 165 + (5 * 47 + 2 * 20) / 7 + 240
    own = log.of("own_etr_published")
    assert [line for line in lines(log) if "own_etr" in line] == [
        f"165 own_etr_published outage=0 section={section} customers={customers} value={promised:g}"
        for section, customers in ((0, 100), (1, 200), (2, 300))
    ]
    assert ("own_etr", [0, 1, 2], 165.0, pytest.approx(promised)) in phone.told
    slow = promising(individual=True)
    late = play(tiny_drawn(FEEDER, slow, given=tiny_faults((60.0, 1, "wire", False, 0.0, True)))).log
    own = late.of("own_etr_published") & (late["section"] == 0)
    at, value = late["at"][own], late["value"][own]
    assert at[0] == 165.0
    assert (at[1:] >= value[:-1]).all()  # a time that has passed is renewed, not before
    assert (value - at)[1:] == pytest.approx(240.0)
    assert at[-1] < at_of(late, "outage_closed")[0] <= value[-1]


def test_estimates_of_patrols_lengthen_what_is_promised() -> None:
    hard = tiny_faults((60.0, 1, "wire", False, 0.0, True))  # 4 h and 24 h

    def second(**know):
        made = promising().model_copy(update={"knowledge": scenario(knowledge=know).knowledge})
        log = play(tiny_drawn(FEEDER, made, given=hard)).log
        told = log.of("etr_published") & (log["at"] > 160.0)  # patrolled at 160
        return log["at"][told][0], log["value"][told][0]

    usual, estimated = second(), second(estimates_work=True, estimate_log_sd=0.0)
    assert usual[0] == estimated[0] == 240.0
    assert estimated[1] == pytest.approx(usual[1] + 24 * 60)


def test_who_waits_for_two_outages_hears_of_the_own_one_when_the_other_is_over() -> None:
    network = tiny_network([-1, 0, 1], [10, 20, 30], ["breaker", "none", "fuse"], [True, False, False])
    made = promising(individual=True).model_copy(update={"crews": scenario(crews=both(count=2)).crews})
    faults = tiny_faults((40.0, 2, "transformer"), (60.0, 0))
    log = play(tiny_drawn(network, made, given=faults), calls=[(50.0, 2, 1), (51.0, 2, 2)]).log
    own = log.of("own_etr_published")
    assert log["section"][own].tolist() == [0, 1, 2]
    assert log["at"][own].tolist() == [150.0, 150.0, at_of(log, "outage_closed", outage=1)[0]] == [150.0, 150.0, 405.0]
    # the fuse's crew was sent at 115, which the room took in at 120: two trips of 20 min had been made by then, and a third
    assert log["value"][own][-1] == pytest.approx(120 + (5 * 47 + 3 * 20) / 8 + 360)


def test_a_time_for_all_given_by_command_is_global() -> None:
    from sim.scenario.timed import Action

    network = tiny_network([-1, -1], [300, 100], area=[0, 1], n_areas=2)
    drawn = tiny_drawn(network, scenario(), given=tiny_faults((60.0, 0), (60.0, 1)))
    log = play(
        drawn, actions=[Action(100.0, "publish_etr", {"restored_by": 900.0}, "chief"),
                        Action(110.0, "publish_etr", {"restored_by": 800.0, "areas": ("area1",)}, "chief")],
    ).log  # fmt: skip
    assert [line for line in lines(log) if "etr_published" in line] == [
        "100 etr_published place=0 customers=300 value=900 global",
        "100 etr_published place=1 customers=100 value=900 global",
        "110 etr_published place=1 customers=100 value=800",
    ]


# -- properties --------------------------------------------------------------------------------------------------


def test_only_reports_are_known() -> None:
    """Two worlds whose truth differs but whose reports do not: decisions are the same until reports differ."""
    network = tiny_network([-1, 0, -1], [100, 50, 80], ["breaker", "fuse", "breaker"], [True, False, True])
    one = play(tiny_drawn(network, scenario(), given=tiny_faults((60.0, 0), (300.0, 2)))).log
    two = play(tiny_drawn(network, scenario(), given=tiny_faults((60.0, 0), (61.0, 1), (62.0, 1), (300.0, 2)))).log

    def known(log):
        columns = [c for c in log.columns if c not in ("seq", "cause_seq", "fault")]
        rows = log.layer("known", "reported")
        return list(zip(*(np.nan_to_num(log[c][rows], nan=-9.0).tolist() for c in columns), strict=True))

    # truth differs from 61 on; nobody calls, so that the fuse is never missed
    assert one.of("fault_occurred").sum() + 2 == two.of("fault_occurred").sum()
    assert known(one) == known(two)
    assert at_of(two, "section_restored", section=1) == []
    three = play(tiny_drawn(network, scenario(), given=tiny_faults((60.0, 0), (61.0, 0), (300.0, 2)))).log
    until = next(i for i, (a, b) in enumerate(zip(known(one), known(three), strict=False)) if a != b)
    assert known(one)[until][0] == 130.0  # the patrol sees the second fault


def test_the_same_arguments_give_the_same_log() -> None:
    drawn = tiny_drawn(FEEDER, tiny_scenario(), given=tiny_faults((60.0, 1), (200.0, 2)))
    one, two = run(drawn, plan_of(drawn.scenario)), run(drawn, plan_of(drawn.scenario))
    for name in one.log.columns:
        assert one.log[name].tobytes() == two.log[name].tobytes()
    assert len(one.calls) == len(two.calls) > 0


@st.composite
def drills(draw: st.DrawFn):
    n = draw(st.integers(1, 8))
    parent = [-1] + [draw(st.integers(-1, i - 1)) for i in range(1, n)]
    for i in range(1, n):  # keep to preorder: hang on the predecessor's path
        path, up = {-1}, i - 1
        while up >= 0:
            path.add(up)
            up = parent[up]
        if parent[i] not in path:
            parent[i] = i - 1
    device = ["breaker" if p < 0 else draw(st.sampled_from(["none", "recloser", "fuse"])) for p in parent]
    reports = [d == "breaker" or draw(st.booleans()) for d in device]
    x = draw(st.lists(st.floats(0, 40), min_size=n, max_size=n))
    network = tiny_network(parent, [draw(st.integers(1, 90)) for _ in parent], device, reports, x=x)
    rows = draw(st.lists(st.tuples(st.floats(0, 2000), st.integers(0, n - 1),
                st.sampled_from(["wire", "pole", "transformer"]), st.booleans()), max_size=10))  # fmt: skip
    kinds = {"line": draw(st.integers(1, 3)), "patrol": draw(st.integers(0, 2)), "tree": draw(st.integers(0, 1))}
    crews = {
        kind: {"kind": kind, "count": count, "shift_start": draw(st.sampled_from(["00:00", "07:00", "20:00"])),
               "shift_h": draw(st.sampled_from([24.0, 14.0, 9.5]))}
        for kind, count in kinds.items()
    }  # fmt: skip
    set_up = scenario(
        horizon_h=2000.0, crews=crews,
        work={"shift_end": draw(st.sampled_from(["finish", "stop"])), "duration_log_sd": 0.6},
        dispatch={"rule": draw(st.sampled_from(list(RULES)))},
        knowledge={"calls_to_infer": draw(st.integers(1, 3)), "patrol_scope": draw(st.sampled_from(["zone", "downstream"])),
                   "monitored_fraction": draw(st.sampled_from([0.0, 0.5]))},
    )  # fmt: skip
    wind = calm_wind(network, set_up)
    if draw(st.booleans()):
        start = draw(st.floats(10, 1500))
        wind = wind_of(network, set_up, [0, start, start + 5, start + 700, start + 705, 120_000], [0, 0, 50, 50, 0, 0])
    return tiny_drawn(network, set_up, wind, tiny_faults(*[(*row, 0.3 * i) for i, row in enumerate(rows)]))


@given(drills())
@settings(max_examples=30, deadline=None)
def test_at_every_moment_the_tables_tell_how_many_faults_are_known_in_a_zone(drawn) -> None:
    calls = [(480.0 * k + s, s, k % 3) for s in range(drawn.network.n_sections) for k in range(1, 5)]
    world = World(drawn, plan_of(drawn.scenario), Telephone(calls))
    control, book = world.control, world.control.book
    while world._env.peek() < drawn.scenario.horizon_min:
        world._env.step()
        n_known = [len(control.repairs.get(section, ())) for section in range(drawn.network.n_sections)]
        assert book.known_open == n_known
        assert control._broken == Counter(job.section for known in control.repairs.values() for job in known)
        for table in book.tables.values():
            shown = table.view(Asking(0.0, 0.0, world._env.now, 1.0, 0.0, "line", 0.0, 0))
            for job, shared_by, expected_min in zip(shown.job, shown.shared_by, shown.expected_min, strict=True):
                assert shared_by == max(1, n_known[book.jobs[job].head])
                assert expected_min > 0


@given(drills())
@settings(max_examples=60, deadline=None)
def test_given_time_everything_is_repaired_once_and_nobody_is_left_dark(drawn) -> None:
    network = drawn.network
    # somebody in each section calls every eight hours while dark
    calls = [(480.0 * k + s, s, k % 3) for s in range(network.n_sections) for k in range(1, 240)]
    world = World(drawn, plan_of(drawn.scenario), Telephone(calls))
    outcome = world.play()
    log = outcome.log
    is_sound(log)
    repaired = sorted(log["fault"][log.of("repair_finished")].tolist())
    assert repaired == list(range(len(outcome.faults)))
    assert log.of("fault_found").sum() == len(repaired)
    assert log.of("section_went_dark").sum() == log.of("section_restored").sum()
    assert log.of("outage_inferred").sum() == log.of("outage_closed").sum()
    assert not world.truth.supply.blocks.any()
    assert not world.control.beliefs.blocks.any()
    assert not any(map(any, world.control.book.backlog))
    out = np.zeros(network.n_sections, bool)
    for kind, section in zip(log["kind"].tolist(), log["section"].tolist(), strict=True):
        if kind == KIND_CODE["section_went_dark"]:
            assert not out[section]
            out[section] = True
        elif kind == KIND_CODE["section_restored"]:
            out[section] = False
    assert (
        log["customers"][log.of("section_went_dark")] == network.customers[log["section"][log.of("section_went_dark")]]
    ).all()


@given(drills())
@settings(max_examples=25, deadline=None)
def test_events_stay_within_the_budget(drawn) -> None:
    world = World(drawn, plan_of(drawn.scenario), Telephone())
    outcome = world.play()
    log, set_up = outcome.log, drawn.scenario
    n_crews = sum(group.count for group in set_up.crews.values())
    days = set_up.horizon_min / 1440
    shift_changes = 2 * (days + 2) * len(set_up.crews)
    ticks = set_up.horizon_min / set_up.knowledge.review_min
    scheduled = 2 * (3 + len(set_up.crews))  # onset, ticker, groups: begin and end of each process
    trips = world.work.n_trips
    assert trips == log.of("crew_dispatched").sum()
    budget = 1.2 * len(outcome.faults) + 2.5 * trips + n_crews + shift_changes + ticks + scheduled
    assert outcome.n_events <= budget


def test_who_is_left_dark_when_an_outage_is_closed_phones_and_opens_a_job() -> None:
    """Nobody behind the fuse phones at first. When the breaker's outage is over they see light next door, and do."""
    network = tiny_network([-1, 0, 1], [0, 0, 900], ["breaker", "none", "fuse"], [True, False, False])
    given = tiny_faults((60.0, 0), (61.0, 2))

    def course(left_dark_fraction: float) -> Any:
        who = {"caller_fraction": 0.0, "left_dark_fraction": left_dark_fraction}
        set_up = scenario(customers=who)
        drawn = tiny_drawn(network, set_up, given=given)
        return run(drawn, plan_of(set_up))

    silent, told = course(0.0), course(0.02)
    assert at_of(silent.log, "outage_closed") == at_of(told.log, "outage_closed")[:1] == [405.0]
    assert at_of(silent.log, "section_restored", section=2) == []
    calls = told.calls
    assert len(set(calls.caller.tolist())) == pytest.approx(18, abs=15)
    assert calls.at.min() > 405.0
    second = at_of(told.log, "outage_inferred")[1]
    assert second > calls.at.min()
    assert len(at_of(told.log, "job_opened")) == len(at_of(silent.log, "job_opened")) + 2
    assert len(at_of(told.log, "section_restored", section=2)) == 1
    assert np.all(calls.at < at_of(told.log, "section_restored", section=2)[0])
    is_sound(told.log)
