"""Material at depots, and equipment that a pole requires."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.scenario import Action
from tests.tiny import LAT0, LON0, tiny_drawn, tiny_faults, tiny_network, tiny_scenario, wind_of
from tests.worlds import at_of, is_sound, lines, play

FEEDER = tiny_network([-1, 0, 1], [100, 200, 300])
TWO_POLES = tiny_faults((60.0, 1, "pole"), (61.0, 2, "pole"))
ALWAYS = {"shift_start": "00:00", "shift_h": 24.0}


def scenario(**overrides: Any) -> Any:
    return tiny_scenario(etr={"policy": "none"}, **overrides)


def store(poles: int, delivery: int = 2, **resupply: Any) -> Any:
    """Return a depot with so many poles that are delivered ten hours after the last one is gone."""
    rules = {"poles": delivery, "lead_h": 10.0, "at_fraction": 0.0} | resupply
    return {"d": {"lon": LON0, "lat": LAT0, "stock": {"poles": poles}, "resupply": rules}}


def test_a_crew_does_not_set_out_without_material() -> None:
    log = play(tiny_drawn(FEEDER, scenario(depots=store(1)), given=TWO_POLES)).log
    kept = [line for line in lines(log) if "crew=0" in line or "stock" in line or "material" in line]
    assert kept == [
        "0 shift_started crew=0",
        "160 stock_drawn crew=0 job=1 place=0 value=0 pole",
        "160 stock_ordered place=0 value=2 pole",
        "160 material_ran_out value=1",
        "160 crew_dispatched crew=0 job=1 task=0 section=1 value=20",
        "180 crew_arrived crew=0 job=1 task=0 section=1 value=240",
        "420 repair_finished fault=0 section=1 crew=0 job=1 task=0 value=240",
        "760 stock_delivered place=0 value=2 pole",
        "760 material_is_back value=1",
        "760 stock_drawn crew=0 job=2 place=0 value=1 pole",
        "760 crew_dispatched crew=0 job=2 task=0 section=2 value=20",
        "780 crew_arrived crew=0 job=2 task=0 section=2 value=240",
        "1020 repair_finished fault=1 section=2 crew=0 job=2 task=0 value=240",
    ]


def test_a_crew_without_poles_mends_wires_meanwhile() -> None:
    mixed = tiny_faults((60.0, 1, "pole"), (61.0, 2, "wire"))
    log = play(tiny_drawn(FEEDER, scenario(depots=store(0)), given=mixed)).log
    assert at_of(log, "stock_ordered") == [0.0]
    assert at_of(log, "repair_finished", fault=1) == [420.0]
    assert at_of(log, "crew_dispatched", crew=0) == [160.0, 600.0]


def test_a_crew_of_a_depot_that_has_material_goes() -> None:
    depots = store(0, 0) | {"e": {"lon": LON0, "lat": LAT0 + 0.1, "stock": {"poles": 5}}}
    crews = {"line": {"depot": "d"} | ALWAYS, "other": {"kind": "line", "count": 1, "depot": "e"} | ALWAYS}
    log = play(tiny_drawn(FEEDER, scenario(depots=depots, crews=crews), given=TWO_POLES)).log
    assert at_of(log, "crew_dispatched", crew=0) == []
    assert len(at_of(log, "repair_finished", crew=2)) == 2
    assert not log.of("material_ran_out").any()


def test_material_that_was_not_used_goes_back() -> None:
    drawn = tiny_drawn(FEEDER, scenario(depots=store(1)), given=TWO_POLES)
    stop = Action(170.0, "crews_lost", {"crews": ("line",), "count": 1, "for_min": 60.0}, "lead")
    log = play(drawn, actions=[stop]).log
    assert [line for line in lines(log) if "stock_r" in line or "material" in line][:3] == [
        "160 material_ran_out value=1",
        "170 stock_returned crew=0 job=1 place=0 value=1 pole",
        "170 material_is_back value=1",
    ]
    assert at_of(log, "stock_drawn", crew=0)[1] == 230.0
    is_sound(log)


def test_a_pole_needs_the_crew_that_has_the_digger() -> None:
    crews = {"line": ALWAYS, "diggers": {"kind": "line", "count": 1, "equipment": ["digger"]} | ALWAYS}
    set_up = scenario(crews=crews, work={"pole_equipment": "digger"})
    log = play(tiny_drawn(FEEDER, set_up, given=tiny_faults((60.0, 1, "pole"), (61.0, 2, "wire")))).log
    assert at_of(log, "repair_finished", fault=0, crew=2) == [420.0]
    assert at_of(log, "repair_finished", fault=1, crew=0) == [420.0]
    poles = play(tiny_drawn(FEEDER, set_up, given=TWO_POLES)).log
    assert at_of(poles, "crew_dispatched", crew=0) == []
    assert len(at_of(poles, "repair_finished", crew=2)) == 2


def test_a_commander_gives_a_crew_work_that_it_can_do() -> None:
    two_areas = tiny_network([-1, 0, -1], [100, 200, 300], area=[0, 0, 1], n_areas=2)
    crews = {"line": ALWAYS, "diggers": {"kind": "line", "count": 1, "equipment": ["digger"], "present_from": "T+50h"} | ALWAYS}
    set_up = scenario(crews=crews, work={"pole_equipment": "digger"}, dispatch={"rule": "largest_backlog_area"})
    faults = tiny_faults((60.0, 0, "pole"), (60.0, 1, "pole"), (60.0, 2, "wire"))
    log = play(tiny_drawn(two_areas, set_up, given=faults)).log
    assert at_of(log, "repair_finished", fault=2) == [at_of(log, "fault_found", fault=2)[0] + 20 + 240.0]
    assert min(at_of(log, "crew_dispatched", crew=2)) == 3000.0


def test_clearing_a_tree_takes_neither_material_nor_equipment() -> None:
    crews = {
        "line": {"present_from": "T+20h", "equipment": ["digger"]} | ALWAYS,
        "tree": {"kind": "tree", "count": 1} | ALWAYS,
    }
    set_up = scenario(crews=crews, depots=store(0), work={"pole_equipment": "digger"})
    log = play(tiny_drawn(FEEDER, set_up, given=tiny_faults((60.0, 1, "pole", True)))).log
    assert at_of(log, "tree_cleared") == [270.0]
    assert at_of(log, "stock_drawn") == [1200.0]


PAIR = {"kind": "line", "count": 2, "people": 3.0} | ALWAYS


def of_line(log: Any) -> list[str]:
    return [line for line in lines(log) if "job=1" in line or "job=2" in line]


def test_a_pole_takes_people_enough() -> None:
    crews = {"line": {"people": 3.0} | ALWAYS, "large": {"kind": "line", "count": 1, "people": 6.0, "present_from": "T+20h"} | ALWAYS}
    set_up = scenario(crews=crews, work={"pole_people": 5.0})
    log = play(tiny_drawn(FEEDER, set_up, given=tiny_faults((60.0, 1, "pole"), (61.0, 2, "wire")))).log
    assert [line for line in lines(log) if "crew=0" in line or "crew=2" in line] == [
        "0 shift_started crew=0",
        "160 crew_dispatched crew=0 job=2 task=0 section=2 value=20",
        "180 crew_arrived crew=0 job=2 task=0 section=2 value=240",
        "420 repair_finished fault=1 section=2 crew=0 job=2 task=0 value=240",
        "1200 shift_started crew=2",
        "1200 crew_dispatched crew=2 job=1 task=0 section=1 value=20",
        "1220 crew_arrived crew=2 job=1 task=0 section=1 value=240",
        "1460 repair_finished fault=0 section=1 crew=2 job=1 task=0 value=240",
    ]
    is_sound(log)


def test_two_small_crews_set_a_pole_together() -> None:
    set_up = scenario(crews={"line": PAIR}, work={"pole_people": 5.0})
    log = play(tiny_drawn(FEEDER, set_up, given=tiny_faults((60.0, 1, "pole")))).log
    assert of_line(log) == [
        "160 fault_found fault=0 section=1 crew=2 outage=0 job=1 value=1",
        "160 job_opened job=1 outage=0 section=1 fault=0",
        "160 crew_dispatched crew=0 job=1 task=0 section=1 value=20",
        "160 job_opened job=2 outage=0 section=1 fault=0",
        "160 crew_dispatched crew=1 job=2 task=0 section=1 value=20",
        "180 crew_arrived crew=0 job=1 task=0 section=1 value=240",
        "180 crew_awaited_second crew=0 job=1 task=0 section=1 value=300",
        "180 crew_arrived crew=1 job=2 task=0 section=1 value=240",
        "180 work_begun crew=0 job=1 task=0 section=1",
        "420 assist_finished crew=1 job=2 task=0 section=1 value=240",
        "420 repair_finished fault=0 section=1 crew=0 job=1 task=0 value=240",
    ]
    is_sound(log)
    few = scenario(crews={"line": PAIR}, work={"pole_people": 7.0})
    assert not play(tiny_drawn(FEEDER, few, given=tiny_faults((60.0, 1, "pole")))).log.of("repair_finished").any()
    enough = scenario(crews={"line": PAIR}, work={"pole_people": 3.0})
    assert not play(tiny_drawn(FEEDER, enough, given=tiny_faults((60.0, 1, "pole")))).log.of("work_begun").any()


def test_only_a_crew_with_people_enough_comes_as_the_second() -> None:
    crews = {"line": {"people": 3.0, "count": 2} | ALWAYS, "large": {"kind": "line", "count": 1, "people": 4.0} | ALWAYS}
    set_up = scenario(crews=crews, work={"pole_people": 7.0})
    log = play(tiny_drawn(FEEDER, set_up, given=tiny_faults((60.0, 1, "pole"), (61.0, 2, "wire")))).log
    assert at_of(log, "assist_finished", crew=3) == [420.0]
    assert at_of(log, "repair_finished", crew=0, fault=0) == [420.0]
    assert at_of(log, "repair_finished", crew=1, fault=1) == [420.0]
    is_sound(log)


def test_a_crew_that_lacked_people_asks_again_when_others_come_on_duty() -> None:
    with_tool = {"people": 2.0, "equipment": ["digger"]} | ALWAYS
    later = {"kind": "line", "count": 1, "people": 3.0, "present_from": "T+4h"} | ALWAYS
    set_up = scenario(crews={"line": with_tool, "later": later}, work={"pole_people": 5.0, "pole_equipment": "digger"})
    log = play(tiny_drawn(FEEDER, set_up, given=tiny_faults((60.0, 1, "pole")))).log
    assert at_of(log, "crew_dispatched", job=1) == [240.0]
    assert at_of(log, "repair_finished") == [500.0]
    lost = [Action(100.0, "crews_lost", {"crews": ("later",), "count": 1, "for_min": 230.0}, "lead")]
    there = scenario(
        crews={"line": with_tool, "later": later | {"present_from": "T+0h"}},
        work={"pole_people": 5.0, "pole_equipment": "digger"},
    )
    log = play(tiny_drawn(FEEDER, there, given=tiny_faults((60.0, 1, "pole"))), actions=lost).log
    assert at_of(log, "crew_dispatched", job=1) == [330.0]
    is_sound(log)


def test_nobody_sets_out_for_a_pole_where_no_other_may_go() -> None:
    crews = {"line": {"people": 2.0} | ALWAYS, "careful": {"kind": "line", "count": 1, "people": 3.0, "wind_limit_mps": 5.0} | ALWAYS}
    set_up = scenario(crews=crews, work={"pole_people": 5.0})
    wind = wind_of(FEEDER, set_up, [0.0, 1.0, 2000.0, 2000.1, set_up.horizon_min], [0, 12, 12, 0, 0])  # 8 m/s on average
    log = play(tiny_drawn(FEEDER, set_up, wind, tiny_faults((60.0, 1, "pole"), (61.0, 2, "wire")))).log
    assert at_of(log, "repair_finished", crew=0, fault=1) == [420.0]
    assert [at >= 2000.0 for at in at_of(log, "crew_dispatched", job=1)] == [True]
    is_sound(log)


def test_nobody_takes_over_who_may_not_do_the_work() -> None:
    shift = {"shift_h": 5.0, "depot": "d"}
    crews = {"line": {"shift_start": "00:00", "equipment": ["digger"], "people": 6.0} | shift} | {
        "next": {"kind": "line", "count": 1, "shift_start": "05:00", "people": 6.0} | shift
    }  # fmt: skip
    for work in ({"pole_equipment": "digger"}, {"pole_people": 6.0}):
        able = {"equipment": ["digger"], "people": 6.0}
        unable = {"equipment": [], "people": 5.0}
        for means, taken_over_at in ((able, [320.0]), (unable, [])):
            set_up = scenario(crews=crews | {"next": crews["next"] | means}, work={"shift_end": "hand_over"} | work)
            log = play(tiny_drawn(FEEDER, set_up, given=tiny_faults((60.0, 1, "pole"), (61.0, 2, "wire")))).log
            assert at_of(log, "task_handed_over") == taken_over_at
            assert log.of("repair_finished").sum() == 2
            is_sound(log)


def test_skill_scales_the_time_on_site() -> None:
    set_up = scenario(crews={"line": {"time_factor": 1.5}, "patrol": {"time_factor": 0.5}})
    log = play(tiny_drawn(FEEDER, set_up, given=tiny_faults((60.0, 1)))).log
    assert at_of(log, "patrol_finished") == [95 + 32.5]
    assert at_of(log, "repair_finished") == [127.5 + 20 + 360.0]
    assert log["value"][log.of("repair_finished")].tolist() == [360.0]


def test_work_left_by_one_crew_takes_another_as_long_as_its_skill_says() -> None:
    shift = {"shift_h": 5.0}
    crews = {
        "line": {"shift_start": "00:00"} | shift,
        "slow": {"kind": "line", "count": 1, "shift_start": "05:00", "time_factor": 2.0} | shift,
    }
    log = play(
        tiny_drawn(FEEDER, scenario(crews=crews, work={"shift_end": "hand_over"}), given=tiny_faults((60.0, 1)))
    ).log
    assert at_of(log, "task_handed_over") == [320.0]  # 100 of 240 min are left
    assert at_of(log, "repair_finished", crew=2) == [pytest.approx(320 + 200.0)]


@given(
    st.integers(0, 3), st.integers(1, 3), st.sampled_from([1.0, 10.0, 40.0]), st.sampled_from([0.0, 0.5, 1.0]),
    st.lists(st.tuples(st.floats(0, 2000), st.integers(0, 2), st.sampled_from(["wire", "pole", "transformer"])), max_size=8),
    st.integers(1, 3), st.sampled_from(["finish", "stop", "hand_over"]), st.sampled_from([6.0, 14.0, 24.0]),
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_stock_is_never_negative_and_every_fault_is_mended_once(
    poles: int, delivery: int, lead_h: float, at_fraction: float, faults: Any, n: int, shift_end: str, shift_h: float
) -> None:
    depots = store(poles, delivery, lead_h=lead_h, at_fraction=at_fraction)
    depots["d"]["stock"]["wire"] = 1
    depots["d"]["resupply"]["wire"] = 1
    line = {"count": n, "shift_start": "03:00", "shift_h": shift_h}
    set_up = scenario(depots=depots, crews={"line": line}, work={"shift_end": shift_end}, horizon_h=2000.0)
    lost = [Action(900.0, "crews_lost", {"crews": ("line",), "count": 1, "for_min": 300.0}, "lead")]
    log = play(tiny_drawn(FEEDER, set_up, given=tiny_faults(*faults)), actions=lost).log
    is_sound(log)
    stock = log.of("stock_drawn", "stock_returned", "stock_delivered")
    assert (log["value"][stock] >= 0).all()
    mended = sorted(log["fault"][log.of("repair_finished")].tolist())
    assert mended == list(range(len(faults)))
    drawn = log.of("stock_drawn").sum() - log.of("stock_returned").sum()
    assert drawn == sum(work != "transformer" for _, _, work in faults)  # one piece for each
