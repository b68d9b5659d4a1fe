"""Crews under way turn to a better job, and commanders of areas get crews: tiny worlds with exact logs."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.scenario.timed import Action
from tests.replays import town, town_calls
from tests.tiny import tiny_drawn, tiny_faults, tiny_network, tiny_scenario
from tests.worlds import at_of, is_sound, lines, play

# A far feeder with few customers fails first; when the line crew is on its way there, a near one with many does.
APART = tiny_network([-1, -1], [100, 5000], x=[100.0, 0.0])
FAULTS = tiny_faults((60.0, 0), (220.0, 1))
CREWS = {
    "line": {"kind": "line", "count": 1, "shift_start": "00:00", "shift_h": 24.0},
    "patrol": {"kind": "patrol", "count": 2, "shift_start": "00:00", "shift_h": 24.0},
}


def apart(**dispatch):
    set_up = tiny_scenario(
        etr={"policy": "none"}, crews=CREWS, dispatch=dispatch, work={"travel_kmh": 60.0, "road_factor": 1.0}
    )
    return play(tiny_drawn(APART, set_up, given=FAULTS)).log


def test_a_crew_under_way_turns_to_a_better_job_only_where_the_plan_says_so() -> None:
    log = apart(redispatch="better")
    assert [line for line in lines(log) if "crew=0" in line and float(line.split()[0]) > 0] == [
        "230 crew_dispatched crew=0 job=2 task=0 section=0 value=120",  # 100 km at 60 km/h, and 20 min before
        # at 280 the near fault is found; at the review after it the crew has come 55 of 120 minutes
        "285 crew_broke_off crew=0 job=2 task=0 section=0 for job 3",
        "285 job_given_back crew=0 job=2 section=0",
        "285 crew_dispatched crew=0 job=3 task=0 section=1 value=65.8333",  # 45.83 km back, and 20 min
        "350.833 crew_arrived crew=0 job=3 task=0 section=1 value=240",
        "590.833 repair_finished fault=1 section=1 crew=0 job=3 task=0 value=240",
        "590.833 crew_dispatched crew=0 job=2 task=0 section=0 value=120",
        "710.833 crew_arrived crew=0 job=2 task=0 section=0 value=240",
        "950.833 repair_finished fault=0 section=0 crew=0 job=2 task=0 value=240",
    ]
    is_sound(log)
    never = apart()
    assert not never.of("crew_broke_off").any()
    assert at_of(never, "repair_finished", fault=0)[0] < at_of(never, "repair_finished", fault=1)[0]


def test_a_job_must_be_better_by_the_stated_factor() -> None:
    # 5,000 customers in 305.8 minutes against 100 in 305: 49.9 times as many per hour
    assert apart(redispatch="better", redispatch_factor=49.0).of("crew_broke_off").any()
    assert not apart(redispatch="better", redispatch_factor=50.0).of("crew_broke_off").any()


def test_a_rule_that_puts_the_other_job_second_lets_the_crew_go_on() -> None:
    three = tiny_network([-1, -1, -1], [100, 5000, 1], x=[100.0, 0.0, 75.0])

    def broke_off(rule: str) -> list[float]:
        set_up = tiny_scenario(
            etr={"policy": "none"}, dispatch={"rule": rule, "redispatch": "better"},
            crews=CREWS | {"patrol": CREWS["patrol"] | {"count": 3}}, work={"travel_kmh": 60.0, "road_factor": 1.0},
        )  # fmt: skip
        faults = tiny_faults((60.0, 0), (90.0, 2), (220.0, 1))
        return at_of(play(tiny_drawn(three, set_up, given=faults)).log, "crew_broke_off")

    # first of those that wait comes the single customer's job, found at 235: it is not better than that of 100. When that
    # one is done, the crew sets out for the single customer, and by then the job of 5,000 is the first that waits
    assert broke_off("first_come") == [600.0]
    assert broke_off("most_customers") == [285.0]


@settings(deadline=None, max_examples=12)
@given(
    rule=st.sampled_from(["rollout", "largest_backlog_area", "restore_in_order", "nearest"]),
    factor=st.sampled_from([1.0, 1.5, 3.0]), switched=st.booleans(),
)  # fmt: skip
def test_no_rule_puts_a_crew_in_two_places_or_does_a_job_twice(rule, factor, switched) -> None:
    drawn = town(switched=switched)
    dispatch = drawn.scenario.dispatch.model_copy(
        update={"rule": rule, "redispatch": "better", "redispatch_factor": factor, "area_period_h": 5.0}
    )
    changed = replace(drawn, scenario=drawn.scenario.model_copy(update={"dispatch": dispatch}))
    log = play(changed, town_calls()).log
    is_sound(log)
    for kind in ("repair_finished", "tree_cleared"):
        fault = log["fault"][log.of(kind)]
        assert len(set(fault.tolist())) == len(fault)
    assert play(changed, town_calls()).log.lines() == log.lines()


def test_commanders_keep_crews_and_the_log_says_whose_they_are() -> None:
    # two areas: one fault in the first, three in the second, 30 km apart; two crews of each kind
    net = tiny_network([-1] * 4, [100, 10, 10, 10], area=[0, 1, 1, 1], n_areas=2, x=[0.0, 30.0, 30.0, 30.0])
    crews = {name: entry | {"count": 2} for name, entry in CREWS.items()}
    set_up = tiny_scenario(
        etr={"policy": "none"}, crews=crews, dispatch={"rule": "largest_backlog_area"},
        work={"travel_kmh": 60.0, "road_factor": 1.0},
    )  # fmt: skip
    log = play(tiny_drawn(net, set_up, given=tiny_faults(*[(60.0, i) for i in range(4)]))).log
    assert [line for line in lines(log) if line.split()[1] in ("crew_given_to_area", "crew_dispatched")][:4] == [
        # three patrols of 35 minutes wait in area 1 and one in area 0: 105 against 35, then 70 / 2 against 35
        "75 crew_given_to_area crew=2 place=1 value=795",
        "75 crew_dispatched crew=2 job=1 task=0 section=1 value=50",
        "75 crew_given_to_area crew=3 place=0 value=795",
        "75 crew_dispatched crew=3 job=0 task=0 section=0 value=20",
    ]
    area_of, term = net.area, {}
    for i in np.flatnonzero(log.of("crew_given_to_area", "crew_dispatched")):
        crew = int(log["crew"][i])
        if log["place"][i] >= 0:
            term[crew] = int(log["place"][i]), log["value"][i]
        else:
            assert area_of[log["section"][i]] == term[crew][0]
    assert log.of("repair_finished").sum() == 4
    is_sound(log)


@pytest.mark.parametrize("rule", ["largest_backlog_area", "rollout", "restore_in_order"])
def test_rules_can_be_ordered_while_the_drill_runs(rule) -> None:
    drawn = town()
    plain = play(drawn, town_calls()).log
    ordered = play(drawn, town_calls(), [Action(1000.0, "set_dispatch_rule", {"rule": rule}, "test")]).log
    before = plain["at"] < 1000.0
    assert [*ordered.lines()][: before.sum()] == [*plain.lines()][: before.sum()]
    is_sound(ordered)
