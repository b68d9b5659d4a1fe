"""Shifts: handing over on site, overtime, rest, the way home and where foreign crews sleep."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.log import Log
from sim.scenario.timed import Action
from tests.tiny import LAT0, LON0, tiny_drawn, tiny_faults, tiny_network, tiny_scenario
from tests.worlds import at_of, is_sound, lines, play

FEEDER = tiny_network([-1, 0, 1], [100, 200, 300])
ONE = tiny_faults((60.0, 1))


def drill(
    groups: dict[str, Any], network: Any = FEEDER, given: Any = ONE, actions: Sequence[Action] = (), **work: Any
) -> Log:
    """Play one patrol at all hours and the given groups of one line crew each; patrol is crew 1."""
    hours = {"count": 1, "shift_start": "00:00", "shift_h": 24.0}
    crews = {"line": {}, "patrol": {"kind": "patrol"}} | groups
    crews = {name: {"kind": "line"} | hours | entry for name, entry in crews.items()}
    set_up = tiny_scenario(crews=crews, etr={"policy": "none"}, work=work)
    log = play(tiny_drawn(network, set_up, given=given), actions=actions).log
    is_sound(log)
    return log


def of_line(log: Log) -> list[str]:
    return [line for line in lines(log) if "crew=" in line and "crew=1" not in line]


DAY_AND_NEXT = {
    "line": {"shift_start": "00:00", "shift_h": 5.0},
    "next": {"shift_start": "05:00", "shift_h": 5.0},
}


def test_a_crew_works_on_until_the_one_that_takes_over_is_there() -> None:
    log = drill(DAY_AND_NEXT, shift_end="hand_over")
    assert of_line(log)[:9] == [
        "0 shift_started crew=0",
        "160 crew_dispatched crew=0 job=1 task=0 section=1 value=20",
        "180 crew_arrived crew=0 job=1 task=0 section=1 value=240",
        "300 shift_started crew=2",
        "300 crew_dispatched crew=2 job=1 task=0 section=1 value=20",
        "320 task_handed_over crew=0 job=1 task=0 section=1 value=140",
        "320 shift_ended crew=0",
        "320 crew_arrived crew=2 job=1 task=0 section=1 value=240",
        "420 repair_finished fault=0 section=1 crew=2 job=1 task=0 value=240",  # as if nobody had changed
    ]


def test_a_job_kept_through_a_stop_is_handed_over_for_good() -> None:
    stop = Action(190.0, "stop_work", {"for_min": 60.0}, "lead")
    log = drill(DAY_AND_NEXT, shift_end="hand_over", actions=[stop])
    assert of_line(log)[3:12] == [
        "190 crew_broke_off crew=0 job=1 task=0 section=1 value=10",
        "250 crew_dispatched crew=0 job=1 task=0 section=1 value=20",
        "270 crew_arrived crew=0 job=1 task=0 section=1 value=240",
        "300 shift_started crew=2",
        "300 crew_dispatched crew=2 job=1 task=0 section=1 value=20",
        "320 task_handed_over crew=0 job=1 task=0 section=1 value=50",
        "320 shift_ended crew=0",
        "320 crew_arrived crew=2 job=1 task=0 section=1 value=240",
        "500 repair_finished fault=0 section=1 crew=2 job=1 task=0 value=240",
    ]
    assert len(at_of(log, "crew_dispatched", job=1)) == 3


def test_a_crew_on_its_way_back_to_a_job_finishes_it_alone_when_assigned_elsewhere() -> None:
    network = tiny_network([-1, -1], [100, 200], area=[0, 1], n_areas=2)
    actions = [
        Action(190.0, "stop_work", {"for_min": 60.0}, "lead"),
        Action(255.0, "assign_crews", {"crews": ("line",), "areas": ("area1",)}, "lead"),
    ]
    log = drill({"line": {}, "more": {}}, network, tiny_faults((60.0, 0)), actions)
    assert at_of(log, "job_given_back") == []
    assert at_of(log, "repair_finished", fault=0) == [470.0]  # 40 of the 240 minutes were done


def test_nobody_is_sent_to_take_over_what_is_finished_before() -> None:
    near = {"line": {"shift_start": "00:00", "shift_h": 6.9}, "next": {"shift_start": "06:54", "shift_h": 6.9}}
    log = drill(near, shift_end="hand_over")  # 6 min are left at 414; the other would be there at 434
    assert at_of(log, "repair_finished", crew=0) == [420.0]
    assert at_of(log, "crew_dispatched", crew=2) == []


def test_a_crew_that_was_kept_and_not_needed_takes_another_job() -> None:
    near = {"line": {"shift_start": "00:00", "shift_h": 6.9}, "next": {"shift_start": "06:54", "shift_h": 6.9}}
    log = drill(near, given=tiny_faults((60.0, 1), (61.0, 2)), shift_end="hand_over")
    assert at_of(log, "crew_dispatched", crew=2) == [414.0]


def test_with_nobody_to_take_over_a_crew_finishes_in_overtime_or_any_crew_goes_on() -> None:
    alone = {"line": {"shift_start": "00:00", "shift_h": 5.0}}
    assert at_of(drill(alone, shift_end="hand_over"), "repair_finished") == [420.0]
    log = drill(alone, shift_end="hand_over", overtime_h=1.0)
    assert of_line(log)[3:] [:6] == [
        "300 job_given_back crew=0 job=1 section=1",
        "300 shift_ended crew=0",
        "1440 shift_started crew=0",
        "1440 crew_dispatched crew=0 job=1 task=0 section=1 value=20",
        "1460 crew_arrived crew=0 job=1 task=0 section=1 value=240",
        "1580 repair_finished fault=0 section=1 crew=0 job=1 task=0 value=240",
    ]  # fmt: skip


def test_a_crew_of_another_depot_or_kind_does_not_take_over() -> None:
    other = DAY_AND_NEXT | {"next": {"shift_start": "05:00", "shift_h": 5.0, "kind": "tree"}}
    assert at_of(drill(other, shift_end="hand_over"), "task_handed_over") == []


def test_a_crew_that_is_free_at_the_end_of_anothers_shift_takes_over() -> None:
    overlap = {"line": {"shift_start": "00:00", "shift_h": 5.0}, "next": {"shift_start": "04:00", "shift_h": 5.0}}
    log = drill(overlap, shift_end="hand_over")
    assert at_of(log, "crew_dispatched", crew=2) == [300.0]
    assert at_of(log, "task_handed_over", crew=0) == [320.0]


def test_a_crew_goes_on_in_its_next_shift_also_when_no_job_is_open_and_others_wait_before_and_after_it() -> None:
    shift = {"shift_start": "00:00", "shift_h": 5.0}
    kept = {"line": {"shift_h": 24.0}, "own": shift, "more": {"shift_h": 24.0}}
    hold = {"crews": ("line", "more")}
    actions = [Action(0.0, "hold_crews", hold, "lead"), Action(400.0, "release_crews", hold, "lead")]
    log = drill(kept, actions=actions, overtime_h=1.0)
    assert at_of(log, "crew_dispatched", crew=2) == [160.0, 1440.0]
    assert at_of(log, "crew_dispatched", crew=0) == at_of(log, "crew_dispatched", crew=3) == []


SHORT = {"line": {"shift_start": "01:00", "shift_h": 4.0}}


def test_overtime_is_limited() -> None:
    assert at_of(drill(SHORT), "repair_finished") == [420.0]  # two hours after its shift
    assert at_of(drill(SHORT, overtime_h=1.0), "repair_finished") == [1640.0]
    assert at_of(drill(SHORT, longest_duty_h=6.0), "repair_finished") == [420.0]
    assert at_of(drill(SHORT, longest_duty_h=5.0), "repair_finished") == [1640.0]


def test_a_crew_that_finished_late_rests_first() -> None:
    log = drill(SHORT, given=tiny_faults((60.0, 1), (61.0, 1)), rest_h=20.0)
    assert at_of(log, "shift_ended", crew=0)[0] == 420.0
    assert at_of(log, "shift_started", crew=0)[:2] == [60.0, 1620.0]
    assert at_of(log, "crew_dispatched", crew=0)[:2] == [160.0, 1620.0]


def test_the_way_home_is_driven() -> None:
    far = tiny_network([-1], [100], x=[30.0])
    log = drill({"line": {"shift_start": "00:00", "shift_h": 9.0}}, far, tiny_faults((60.0, 0)), travel_home=True)
    assert [line for line in of_line(log) if " crew=0" in line][2:7] == [
        "312 crew_arrived crew=0 job=1 task=0 section=0 value=240",
        "552 repair_finished fault=0 section=0 crew=0 job=1 task=0 value=240",
        "552 crew_returning crew=0 place=0 value=81",  # 40.5 km by road
        "633 shift_ended crew=0",
        "1440 shift_started crew=0",
    ]


def test_foreign_crews_sleep_where_it_is_said_and_set_out_from_there() -> None:
    km = np.degrees(10.0 / 6371.0088) / np.cos(np.radians(LAT0))
    aid = {
        "kind": "line", "count": 1, "requested_at": "T+0h", "first_arrival_h": 0.0, "last_arrival_h": 0.0, "groups": 1,
        "induction_h": 0.0, "shift_start": "00:00", "shift_h": 5.0, "depot": "d", "lodging": "inn",
    }  # fmt: skip
    depots = {"d": {"lon": LON0, "lat": LAT0}, "inn": {"lon": LON0 + km, "lat": LAT0, "share": 0.0}}
    crews = {"line": {"count": 0, "kind": "line"}, "patrol": {"shift_h": 24.0}}
    set_up = tiny_scenario(crews=crews, aid={"friends": aid}, depots=depots, etr={"policy": "none"})
    log = play(tiny_drawn(FEEDER, set_up, given=tiny_faults((1400.0, 1)))).log
    mine = [line for line in lines(log) if "crew=1" in line]
    assert mine[:4] == [
        "0 shift_started crew=1",
        "300 crew_returning crew=1 place=1 value=27",
        "327 shift_ended crew=1",
        "1440 shift_started crew=1",
    ]
    assert log["value"][log.of("crew_dispatched") & (log["crew"] == 1)][0] == pytest.approx(20 + 27.0)


@st.composite
def duties(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Any], list[tuple[Any, ...]]]:
    shifts = st.sampled_from(["00:00", "05:00", "10:00", "19:00"])
    groups = {
        name: {"count": draw(st.integers(1, 2)), "shift_start": draw(shifts), "shift_h": draw(st.sampled_from([5.0, 9.0, 14.0]))}
        for name in ("line", "next")
    }  # fmt: skip
    work = {
        "shift_end": draw(st.sampled_from(["finish", "stop", "hand_over"])), "overtime_h": draw(st.sampled_from([0.0, 2.0, 8.0])),
        "longest_duty_h": draw(st.sampled_from([0.0, 15.0])), "rest_h": draw(st.sampled_from([0.0, 6.0, 10.0])),
        "travel_home": draw(st.booleans()), "duration_log_sd": 0.6,
    }  # fmt: skip
    where = st.tuples(
        st.floats(0, 3000), st.integers(0, 2), st.sampled_from(["wire", "pole"]), st.just(False), st.floats(-2, 2)
    )
    return groups, work, draw(st.lists(where, max_size=8))


@given(duties())
@settings(max_examples=60, deadline=None)
def test_nobody_works_outside_shift_and_overtime_nor_starts_without_rest(case: Any) -> None:
    groups, work, faults = case
    network = tiny_network([-1, 0, 1], [9, 9, 9], x=[0.0, 10.0, 25.0])
    log = drill(groups, network, tiny_faults(*faults), **work)
    assert log.of("repair_finished").sum() == len(faults)
    assert len(set(log["fault"][log.of("repair_finished")].tolist())) == len(faults)
    shift = dict(zip(crew_numbers(groups), [g for g in groups.values() for _ in range(g["count"])], strict=True))
    for crew, group in shift.items():
        start = int(group["shift_start"][:2]) * 60.0
        for at in at_of(log, "repair_finished", crew=crew) + at_of(log, "task_handed_over", crew=crew):
            late = (at - start) % 1440.0 - group["shift_h"] * 60.0
            allowed = 0.0 if work["shift_end"] == "stop" else work["overtime_h"] * 60.0
            assert late <= allowed + 1e-6, f"crew {crew} works {late:g} min after its shift"
        ended, started = at_of(log, "shift_ended", crew=crew), at_of(log, "shift_started", crew=crew)
        assert len(started) - len(ended) in (0, 1)
        for end, begin in zip(ended, started[1:], strict=False):
            assert begin - end >= work["rest_h"] * 60.0 - 1e-6


def crew_numbers(groups: dict[str, Any]) -> list[int]:
    """Return the numbers of the line crews: the first group, then, behind the patrol, the second."""
    n = groups["line"]["count"]
    return [*range(n), *range(n + 1, n + 1 + groups["next"]["count"])]
