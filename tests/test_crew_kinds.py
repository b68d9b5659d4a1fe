"""Kinds of crew one after the other at a repair, and repairs that take two crews at once."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.damage import tasks
from sim.scenario import Action
from tests.tiny import LAT0, LON0, tiny_drawn, tiny_faults, tiny_network, tiny_scenario
from tests.worlds import at_of, is_sound, lines, play

FEEDER = tiny_network([-1, 0, 1], [100, 200, 300])
ALWAYS = {"shift_start": "00:00", "shift_h": 24.0, "count": 1}
POLE = tiny_faults((60.0, 1, "pole"))


def scenario(**overrides: Any) -> Any:
    return tiny_scenario(etr={"policy": "none"}, **overrides)


def test_the_tree_is_cleared_the_pole_set_the_switch_closed() -> None:
    crews = {"line": ALWAYS} | {kind: {"kind": kind} | ALWAYS for kind in ("patrol", "tree", "switching")}
    set_up = scenario(crews=crews, work={"switching_fraction": 1.0})
    log = play(tiny_drawn(FEEDER, set_up, given=tiny_faults((60.0, 1, "pole", True)))).log
    assert [line for line in lines(log) if "job=1" in line or "section=1 interruption" in line] == [
        "60 section_went_dark section=1 interruption=1 customers=200",
        "160 fault_found fault=0 section=1 crew=1 outage=0 job=1 value=1",
        "160 job_opened job=1 outage=0 section=1 fault=0",
        "160 crew_dispatched crew=2 job=1 task=0 section=1 value=20",
        "180 crew_arrived crew=2 job=1 task=0 section=1 value=90",
        "270 tree_cleared fault=0 section=1 crew=2 job=1 task=0 value=90",
        "270 crew_dispatched crew=0 job=1 task=1 section=1 value=20",
        "290 crew_arrived crew=0 job=1 task=1 section=1 value=240",
        "530 task_finished fault=0 section=1 crew=0 job=1 task=1 value=240",
        "530 crew_dispatched crew=3 job=1 task=2 section=1 value=20",
        "550 crew_arrived crew=3 job=1 task=2 section=1 value=10",
        "560 repair_finished fault=0 section=1 crew=3 job=1 task=2 value=10",
        "560 section_restored section=1 interruption=1 customers=200 value=500",
    ]
    is_sound(log)


def test_without_switching_crews_those_who_patrol_close_the_switch() -> None:
    log = play(tiny_drawn(FEEDER, scenario(work={"switching_fraction": 1.0}), given=POLE)).log
    assert at_of(log, "repair_finished", crew=1) == [450.0]


def test_underground_crews_mend_their_share() -> None:
    crews = {"line": ALWAYS, "cable": {"kind": "underground"} | ALWAYS}
    set_up = scenario(crews=crews, work={"kinds": {"underground": {"wire_fraction": 1.0}}})
    log = play(tiny_drawn(FEEDER, set_up, given=tiny_faults((60.0, 1, "pole"), (61.0, 2, "wire")))).log
    assert at_of(log, "repair_finished", fault=0, crew=0) == [420.0]
    assert at_of(log, "repair_finished", fault=1, crew=2) == [420.0]


def test_shares_are_drawn_by_fault_and_grow_with_the_share() -> None:
    rows = [(60.0, 0, "wire", False, float(d)) for d in np.random.default_rng(1).normal(size=4000)]  # noqa: TID251
    faults, drawn = tiny_faults(*rows), tiny_drawn(FEEDER)

    def mine(cable: float, plant: float) -> Any:
        kinds = {"underground": {"wire_fraction": cable}, "substation": {"wire_fraction": plant}}
        return np.array(tasks(drawn, faults, scenario(work={"kinds": kinds}).work).mender)

    some, more = mine(0.2, 0.0), mine(0.3, 0.1)
    assert (some == "underground").mean() == pytest.approx(0.2, abs=0.03)
    assert (more == "substation").mean() == pytest.approx(0.1, abs=0.02)
    assert set(np.flatnonzero(some == "underground")) <= set(np.flatnonzero(more == "underground"))


def pairs(second: Any = None, given: Any = POLE, actions: Any = (), network: Any = FEEDER, **work: Any) -> Any:
    """Play repairs of poles that take two crews: crew 0 at the depot, crew 1 as said, a patrol."""
    depots = {
        "d": {"lon": LON0, "lat": LAT0},
        "far": {"lon": LON0, "lat": LAT0 + np.degrees(30.0 / 6371.0088), "share": 0.0},
    }
    crews = {
        "line": {"depot": "d"} | ALWAYS,
        "patrol": ALWAYS,
        "second": {"kind": "line"} | ALWAYS | (second or {"depot": "d"}),
    }
    set_up = scenario(crews=crews, depots=depots, work={"pole_two_crews_fraction": 1.0} | work)
    log = play(tiny_drawn(network, set_up, given=given), actions=actions).log
    is_sound(log)
    return log


def test_two_crews_begin_when_both_are_there() -> None:
    log = pairs({"depot": "far"})
    assert [line for line in lines(log) if "job=1" in line or "job=2" in line][2:] == [
        "160 crew_dispatched crew=0 job=1 task=0 section=1 value=20",
        "160 job_opened job=2 outage=0 section=1 fault=0",
        "160 crew_dispatched crew=2 job=2 task=0 section=1 value=101",
        "180 crew_arrived crew=0 job=1 task=0 section=1 value=240",
        "180 crew_awaited_second crew=0 job=1 task=0 section=1 value=300",
        "261 crew_arrived crew=2 job=2 task=0 section=1 value=240",
        "261 work_begun crew=0 job=1 task=0 section=1",
        "501 assist_finished crew=2 job=2 task=0 section=1 value=240",
        "501 repair_finished fault=0 section=1 crew=0 job=1 task=0 value=240",
    ]


def test_a_crew_does_not_wait_for_ever() -> None:
    log = pairs({"depot": "d", "present_from": "T+10h"}, wait_for_second_h=1.0)
    assert [line for line in lines(log) if " crew=0" in line or "called_off" in line][3:10] == [
        "180 crew_awaited_second crew=0 job=1 task=0 section=1 value=240",
        "240 crew_broke_off crew=0 job=1 task=0 section=1 value=0",
        "240 job_given_back crew=0 job=1 section=1",
        "240 job_called_off job=2 section=1",
        "240 crew_dispatched crew=0 job=1 task=0 section=1 value=20",
        "260 crew_arrived crew=0 job=1 task=0 section=1 value=240",
        "260 crew_awaited_second crew=0 job=1 task=0 section=1 value=320",
    ]
    assert at_of(log, "work_begun") == [620.0]
    assert at_of(log, "repair_finished") == [860.0]


def test_at_the_end_of_the_first_shift_both_leave_and_the_rest_is_open() -> None:
    log = pairs({"depot": "d", "shift_h": 5.0}, shift_end="stop")
    assert at_of(log, "job_given_back", crew=0)[0] == 300.0  # 120 of 240 min are left
    assert at_of(log, "shift_ended", crew=2)[0] == 300.0
    assert at_of(log, "repair_finished") == [1440 + 20 + 120.0]


def test_when_one_of_two_is_lost_both_leave() -> None:
    lose = Action(300.0, "crews_lost", {"crews": ("second",), "count": 1, "for_min": 60.0}, "lead")
    log = pairs(actions=[lose])
    assert at_of(log, "crew_broke_off") == [300.0, 300.0]
    assert at_of(log, "work_begun") == [180.0, 380.0]
    assert at_of(log, "repair_finished") == [500.0]  # 120 of 240 min were left


@st.composite
def cases(draw: st.DrawFn) -> tuple[Any, ...]:
    n = {"line": draw(st.integers(2, 4)), "tree": draw(st.integers(0, 1)), "switching": draw(st.integers(0, 1))}
    shift = {
        "shift_start": draw(st.sampled_from(["00:00", "07:00"])),
        "shift_h": draw(st.sampled_from([9.0, 14.0, 24.0])),
    }
    work = {
        "pole_two_crews_fraction": draw(st.sampled_from([0.0, 0.5, 1.0])), "switching_fraction": draw(st.sampled_from([0.0, 1.0])),
        "shift_end": draw(st.sampled_from(["finish", "stop", "hand_over"])), "wait_for_second_h": draw(st.sampled_from([0.5, 3.0])),
        "duration_log_sd": 0.5, "travel_home": draw(st.booleans()), "rest_h": draw(st.sampled_from([0.0, 8.0])),
    }  # fmt: skip
    rows = st.tuples(
        st.floats(0, 1500), st.integers(0, 2), st.sampled_from(["wire", "pole"]), st.booleans(), st.floats(-2, 2)
    )
    lost = draw(st.lists(st.tuples(st.floats(100, 2500), st.integers(1, 2), st.floats(10, 600)), max_size=3))
    stops = draw(st.lists(st.tuples(st.floats(100, 2500), st.floats(10, 600)), max_size=2))
    return n, shift, work, draw(st.lists(rows, max_size=8)), lost, stops


@given(cases())
@settings(max_examples=80, deadline=None)
def test_every_task_is_done_once_and_nobody_is_in_two_places(case: tuple[Any, ...]) -> None:
    n, shift, work, faults, lost, stops = case
    crews = {kind: {"kind": kind, "count": count} | shift for kind, count in n.items()} | {"patrol": ALWAYS}
    network = tiny_network([-1, 0, 1], [9, 9, 9], x=[0.0, 10.0, 25.0])
    actions = [Action(at, "crews_lost", {"crews": ("line",), "count": k, "for_min": m}, "lead") for at, k, m in lost]
    actions += [Action(at, "stop_work", {"for_min": m}, "lead") for at, m in stops]
    set_up = scenario(crews=crews, work=work, horizon_h=2000.0)
    drawn = tiny_drawn(network, set_up, given=tiny_faults(*faults))
    log = play(drawn, actions=sorted(actions, key=lambda action: action.at)).log
    is_sound(log)
    assert sorted(log["fault"][log.of("repair_finished")].tolist()) == list(range(len(faults)))
    for kind in ("tree_cleared", "task_finished"):
        done = log["fault"][log.of(kind)].tolist()
        assert len(done) == len(set(done))
    two = tasks(drawn, tiny_faults(*faults), set_up.work).takes_two
    assert log.of("assist_finished").sum() == sum(two)
    assert log.of("section_went_dark").sum() == log.of("section_restored").sum()


def test_a_second_crew_is_asked_in_the_same_minute_whatever_its_number() -> None:
    crews = {"helper": {"kind": "line", "count": 1} | ALWAYS, "digger": {"kind": "line", "count": 1, "equipment": ["digger"]} | ALWAYS}
    work = {"pole_two_crews_fraction": 1.0, "pole_equipment": "digger"}
    set_up = tiny_scenario(crews={"line": {"count": 0}} | crews, etr={"policy": "none"}, work=work)
    log = play(tiny_drawn(FEEDER, set_up, given=tiny_faults((60.0, 1, "pole")))).log
    sent = log.of("crew_dispatched") & (log["crew"] != 0) & (log["job"] > 0)
    assert log["at"][log.of("crew_dispatched") & (log["job"] > 0)].tolist() == [log["at"][sent][0]] * 2
    is_sound(log)
