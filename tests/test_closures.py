"""Closed roads that open again, and islands that a ferry leads to."""

from typing import Any

import pytest

from sim.world.roads import closures
from tests.test_bad_crews import problems  # noqa: F401
from tests.tiny import LAT0, LON0, tiny_drawn, tiny_faults, tiny_network, tiny_scenario, wind_of
from tests.worlds import at_of, is_sound, lines, play

TWO = tiny_network([-1, -1], [100, 10], area=[0, 1], n_areas=2)
ALWAYS = {"shift_start": "00:00", "shift_h": 24.0, "count": 1}


def scenario(closure: Any, **overrides: Any) -> Any:
    return tiny_scenario(etr={"policy": "none"}, closures={"bridge": closure}, **overrides)


def test_nobody_gets_in_until_the_roads_are_open_again() -> None:
    shut = {"areas": ["area1"], "closed_from": "T+1h", "open_at": "T+5h"}
    log = play(tiny_drawn(TWO, scenario(shut), given=tiny_faults((65.0, 1)))).log
    assert lines(log, "section_went_dark", "shift_started", "section_restored") == [
        "60 inject_given road_closed area1 by closure",
        "60 road_closed place=1 value=300",
        "65 fault_occurred fault=0 section=1 value=0",
        "66 breaker_reported section=1",
        "75 outage_inferred outage=0 section=1 value=66",
        "75 job_opened job=0 outage=0 section=1",
        "300 road_opened place=1",
        "300 crew_dispatched crew=1 job=0 task=0 section=1 value=20",
        "320 crew_arrived crew=1 job=0 task=0 section=1 value=35",
        "355 patrol_finished crew=1 job=0 task=0 section=1 outage=0 value=1",
        "355 fault_found fault=0 section=1 crew=1 outage=0 job=1 value=0",
        "355 job_opened job=1 outage=0 section=1 fault=0",
        "355 crew_dispatched crew=0 job=1 task=0 section=1 value=20",
        "375 crew_arrived crew=0 job=1 task=0 section=1 value=240",
        "615 repair_finished fault=0 section=1 crew=0 job=1 task=0 value=240",
        "615 outage_closed outage=0 section=1",
    ]


def test_promises_reckon_with_no_work_before_the_roads_are_open_again() -> None:
    shut = {"areas": ["area1"], "closed_from": "T+1h", "open_at": "T+50h"}
    computed = {"policy": "computed", "update_h": 2.0, "first_after_patrolled_fraction": 0.0}
    set_up = tiny_scenario(etr=computed, closures={"bridge": shut}, crews={"line": ALWAYS})
    log = play(tiny_drawn(TWO, set_up, given=tiny_faults((65.0, 0), (65.0, 1)))).log
    told = log.of("etr_published") & (log["value"] >= 0)
    promised = [log["value"][told & (log["place"] == area)] for area in (0, 1)]
    assert len(promised[0])
    assert (promised[0] < 3000.0).all()
    assert len(promised[1])
    assert (promised[1] > 3000.0).all()


def test_those_inside_go_on_and_do_not_come_out() -> None:
    shut = {"areas": ["area1"], "closed_from": "T+3.5h", "open_at": "T+10h"}
    given = tiny_faults((65.0, 1), (66.0, 1), (300.0, 0))
    log = play(tiny_drawn(TWO, scenario(shut, crews={"line": ALWAYS}), given=given)).log
    assert at_of(log, "repair_finished", section=1) == [390.0, 390 + 260.0]
    assert at_of(log, "crew_dispatched", crew=1, section=0) == [600.0]  # the patrol is inside since 95
    is_sound(log)


def test_overlapping_closures_are_one() -> None:
    set_up = tiny_scenario(
        closures={
            "a": {"areas": ["area0", "area1"], "closed_from": "T+1h", "open_at": "T+5h"},
            "b": {"areas": ["area1"], "closed_from": "T+4h", "open_at": "T+6h"},
            "c": {"areas": ["area1"], "closed_from": "T+8h", "open_at": "T+9h"},
        }
    )
    found = closures(tiny_drawn(TWO, set_up), set_up)
    assert [(a.at, a.args["areas"], a.args["for_min"]) for a in found] == [
        (60.0, ("area0",), 240.0),
        (60.0, ("area1",), 300.0),
        (480.0, ("area1",), 60.0),
    ]


def test_a_rectangle_takes_the_areas_whose_middle_lies_in_it() -> None:
    box = {"west": LON0 - 1, "south": LAT0 - 1, "east": LON0 + 1, "north": LAT0 + 1, "open_at": "T+5h"}
    set_up = scenario(box)
    assert [a.args["areas"] for a in closures(tiny_drawn(TWO, set_up), set_up)] == [("area0", "area1")]
    assert closures(tiny_drawn(TWO, scenario(box | {"north": LAT0 - 0.5})), scenario(box | {"north": LAT0 - 0.5})) == []


def test_a_ferry_keeps_hours_and_stays_in_port_in_the_wind() -> None:
    ferry = {"areas": ["area1"], "ferry_from": "06:00", "ferry_until": "18:00", "ferry_wind_limit_mps": 10.0}
    set_up = scenario(ferry, horizon_h=48.0)
    wind = wind_of(TWO, set_up, [0.0, 599.0, 601.0, 1199.0, 1201.0, 2880.0], [0, 0, 30, 30, 0, 0])
    found = closures(tiny_drawn(TWO, set_up, wind), set_up)
    # nights 18 to 6; windy from 600 to 1200, which is within the second night's beginning at 1080
    spans = [(a.at, a.at + a.args["for_min"]) for a in found]
    assert spans == [(0.0, 360.0), (pytest.approx(600.0), 1800.0), (2520.0, 2880.0)]


def test_crews_of_a_depot_inside_work_there_and_nowhere_else() -> None:
    island = {"areas": ["area1"], "depots": ["isle"], "open_at": "T+100h"}
    depots = {"d": {"lon": LON0, "lat": LAT0}, "isle": {"lon": LON0, "lat": LAT0 + 0.1, "share": 0.0}}
    crews = {"line": {"depot": "d"} | ALWAYS, "patrol": {"depot": "d"} | ALWAYS}
    crews |= {f"isle_{kind}": {"kind": kind, "depot": "isle"} | ALWAYS for kind in ("line", "patrol")}
    set_up = scenario(island, depots=depots, crews=crews)
    log = play(tiny_drawn(TWO, set_up, given=tiny_faults((65.0, 1), (66.0, 1), (67.0, 0), (68.0, 0)))).log
    went = {
        (int(c), int(s)) for c, s in zip(*(log[n][log.of("crew_dispatched")] for n in ("crew", "section")), strict=True)
    }
    assert went == {(0, 0), (1, 0), (2, 1), (3, 1)}


@pytest.mark.parametrize(
    ("text", "where", "said"),
    [
        ("[closures.x]\nopen_at = 'T+3h'\n", "closures.x.areas", "missing; a closure has areas"),
        ("[closures.x]\nareas = ['a']\n", "closures.x.open_at", "only ferries have no end"),
        (
            "[closures.x]\nareas = ['a']\nclosed_from = 'T+3h'\nopen_at = 'T+2h'\n",
            "closures.x.open_at",
            "after closed_from",
        ),
        ("[closures.x]\nwest = 1.0\nopen_at = 'T+2h'\n", "closures.x.south", "a rectangle has"),
        ("[closures.x]\nareas = ['a']\nferry_from = '05:00'\n", "closures.x.ferry_until", "keeps hours"),
        (
            "[closures.x]\nareas = ['a']\ndepots = ['inn']\nopen_at = 'T+2h'\n",
            "closures.x.depots",
            "a depot that is enabled",
        ),
        (
            "[closures.x]\nareas = ['a']\nopen_at = 'T+2h'\nclosed_from = 'T+900h'\n",
            "closures.x.closed_from",
            "within the run",
        ),
        ("[closures.x]\nareas = ['a']\nopen_at = 'T+900h'\n", "closures.x.open_at", "an instant within the run"),
        ("[plans.plain.closures.x]\nareas = ['a']\n", "plans.plain.closures", "the same for all plans"),
    ],
)
def test_closures_that_cannot_be(problems: Any, text: str, where: str, said: str) -> None:  # noqa: F811
    found = problems(text)
    assert found[0].where == where
    assert said in found[0].allowed


def test_an_area_that_the_network_does_not_have() -> None:
    from types import SimpleNamespace

    from sim.cli.inputs import _unknown_places

    shut = {"areas": ["area7"], "open_at": "T+5h"}
    loaded = SimpleNamespace(scenario=scenario(shut), path=SimpleNamespace(name="x.toml"))
    (problem,) = _unknown_places(loaded, TWO)
    assert (problem.where, problem.value) == ("closures.bridge.areas", '"area7"')
