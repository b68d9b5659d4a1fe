"""Wind limits by kind of crew and by the standards, and work that stops at night."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.metrics.crews import STATES, crew_time
from sim.metrics.measure import measure
from sim.scenario import Action
from sim.world import run
from sim.world.command import CommandedWork
from sim.world.visits import Hold, Pauses
from tests.tiny import tiny_drawn, tiny_faults, tiny_network, tiny_scenario, wind_of
from tests.worlds import at_of, is_sound, lines, plan_of, play

FEEDER = tiny_network([-1, 0, 1], [100, 200, 300])
NOWHERE = Hold(np.nan, np.nan)


def scenario(**overrides: Any) -> Any:
    return tiny_scenario(etr={"policy": "none"}, **overrides)


def windy(mean_mps: float, **overrides: Any) -> Any:
    """Return draws with so much 10-minute mean wind from 70 to 700 and one fault at 60."""
    set_up = scenario(**overrides)
    gust = [0.0, 0.0, mean_mps * 1.5, mean_mps * 1.5, 0.0, 0.0]
    wind = wind_of(FEEDER, set_up, [0.0, 69.9, 70.0, 700.0, 700.1, set_up.horizon_min], gust)
    return tiny_drawn(FEEDER, set_up, wind, tiny_faults((60.0, 1)))


def test_a_kind_works_up_to_its_own_limit() -> None:
    log = play(windy(12.0, work={"kinds": {"patrol": {"wind_limit_mps": 15.6}}})).log
    assert at_of(log, "patrol_finished") == [160.0]  # in a wind in which line crews wait
    assert at_of(log, "crew_dispatched", crew=0) == [705.0]
    assert not log.of("crew_stood_down").any()
    careful = play(windy(9.0, work={"kinds": {"line": {"wind_limit_mps": 8.0}}})).log
    assert at_of(careful, "patrol_finished") == [160.0]
    assert at_of(careful, "crew_dispatched", crew=0) == [705.0]


DRONES = {"kind": "patrol", "count": 1, "shift_start": "00:00", "shift_h": 24.0, "patrol_kmh": 12.0, "wind_limit_mps": 8.0}


def test_drones_wait_for_less_wind_than_those_on_foot() -> None:
    two = tiny_network([-1, 0, -1], [100, 200, 300])
    set_up = scenario(crews={"drones": DRONES})
    gust = [0.0, 0.0, 13.5, 13.5, 0.0, 0.0]  # 9 m/s of 10-minute mean from 70 to 700
    wind = wind_of(two, set_up, [0.0, 69.9, 70.0, 700.0, 700.1, set_up.horizon_min], gust)
    log = play(tiny_drawn(two, set_up, wind, tiny_faults((60.0, 0), (60.0, 2), (900.0, 0), (900.0, 2)))).log
    assert [line for line in lines(log) if " crew=1" in line or " crew=2" in line] == [
        "0 shift_started crew=1",
        "0 shift_started crew=2",
        "75 crew_dispatched crew=1 job=0 task=0 section=0 value=20",
        "95 crew_arrived crew=1 job=0 task=0 section=0 value=50",
        "145 patrol_finished crew=1 job=0 task=0 section=0 outage=0 value=1",
        "145 fault_found fault=0 section=0 crew=1 outage=0 job=2 value=0",
        "145 crew_dispatched crew=1 job=1 task=0 section=2 value=20",
        "165 crew_arrived crew=1 job=1 task=0 section=2 value=35",
        "200 patrol_finished crew=1 job=1 task=0 section=2 outage=1 value=1",
        "200 fault_found fault=1 section=2 crew=1 outage=1 job=3 value=0",
        "915 crew_dispatched crew=1 job=4 task=0 section=0 value=20",
        "915 crew_dispatched crew=2 job=5 task=0 section=2 value=20",
        "935 crew_arrived crew=1 job=4 task=0 section=0 value=50",
        "935 crew_arrived crew=2 job=5 task=0 section=2 value=25",
        "960 patrol_finished crew=2 job=5 task=0 section=2 outage=3 value=1",
        "960 fault_found fault=3 section=2 crew=2 outage=3 job=6 value=0",
        "985 patrol_finished crew=1 job=4 task=0 section=0 outage=2 value=1",
        "985 fault_found fault=2 section=0 crew=1 outage=2 job=7 value=0",
    ]


def test_drones_alone_are_held_on_the_road_and_on_site_by_their_own_limit() -> None:
    def play_at(blows_at: float, **crews: Any) -> Any:
        set_up = scenario(crews={"patrol": {"count": 0}, "drones": DRONES, **crews})
        gust = [0.0, 0.0, 13.5, 13.5, 0.0, 0.0]
        instants = [0.0, blows_at, blows_at + 0.1, 700.0, 700.1, set_up.horizon_min]
        wind = wind_of(FEEDER, set_up, instants, gust)
        return play(tiny_drawn(FEEDER, set_up, wind, tiny_faults((60.0, 1)))).log

    def of_drones(log: Any) -> list[str]:
        return [line for line in lines(log) if " crew=1" in line][1:]

    assert of_drones(play_at(62.0)) == [  # before the outage is known
        "705 crew_dispatched crew=1 job=0 task=0 section=0 value=20",
        "725 crew_arrived crew=1 job=0 task=0 section=0 value=35",
        "760 patrol_finished crew=1 job=0 task=0 section=0 outage=0 value=1",
        "760 fault_found fault=0 section=1 crew=1 outage=0 job=1 value=0",
    ]
    assert of_drones(play_at(85.0))[:3] == [
        "75 crew_dispatched crew=1 job=0 task=0 section=0 value=20",
        "85.0889 crew_stood_down crew=1 section=0 job=0 value=700.011",
        "709.922 crew_arrived crew=1 job=0 task=0 section=0 value=35",
    ]
    on_site = of_drones(play_at(110.0))
    assert on_site[1:3] == [
        "95 crew_arrived crew=1 job=0 task=0 section=0 value=35",
        "110.089 crew_stood_down crew=1 section=0 job=0 value=700.011",
    ]
    assert on_site[3].startswith("719.922 patrol_finished")
    bold = play_at(62.0, drones=DRONES | {"wind_limit_mps": 9.5})
    assert at_of(bold, "patrol_finished") == [130.0]


def test_a_group_may_work_in_more_wind_than_its_kind() -> None:
    crews = {"hardy": {"kind": "line", "count": 1, "shift_start": "00:00", "shift_h": 24.0, "wind_limit_mps": 13.4}}
    set_up = windy(12.0, crews=crews, work={"kinds": {"patrol": {"wind_limit_mps": 15.6}}})
    outcome = run(set_up, plan_of(set_up.scenario))
    assert at_of(outcome.log, "crew_dispatched", crew=0) == []
    assert at_of(outcome.log, "crew_dispatched", crew=2) == [160.0]
    assert at_of(outcome.log, "repair_finished") == [420.0]
    hours = measure(outcome, set_up, plan_of(set_up.scenario)).values
    assert hours["hours_wind"] == 0.0  # line crews do work
    assert hours["hours_work"] > 0.0
    timid = windy(12.0, work={"kinds": {"patrol": {"wind_limit_mps": 15.6}}})
    held = measure(run(timid, plan_of(timid.scenario)), timid, plan_of(timid.scenario)).values["hours_wind"]
    assert held > 0.0
    bold = {"kind": "line", "count": 9, "requested_at": "never", "wind_limit_mps": 20.0}  # help that does not come
    helped = windy(12.0, work={"kinds": {"patrol": {"wind_limit_mps": 15.6}}}, aid={"bold": bold})
    assert measure(run(helped, plan_of(helped.scenario)), helped, plan_of(helped.scenario)).values["hours_wind"] == held


def test_aid_has_a_limit_of_its_own() -> None:
    aid = {
        "kin": {
            "kind": "line", "count": 1, "requested_at": "T+0h", "first_arrival_h": 1.0, "last_arrival_h": 1.0, "groups": 1,
            "delay_sd_h": 0.0, "induction_h": 0.0, "shift_start": "00:00", "shift_h": 24.0, "wind_limit_mps": 7.0,
        }
    }  # fmt: skip
    log = play(windy(9.0, aid=aid, crews={"line": {"count": 0}})).log
    assert at_of(log, "patrol_finished") == [160.0]
    assert at_of(log, "crew_dispatched", crew=1) == [705.0]


def test_two_crews_at_a_pole_work_while_the_wind_allows_both() -> None:
    line = {"kind": "line", "count": 1, "shift_start": "00:00", "shift_h": 24.0}
    crews = {"line": line, "timid": line | {"wind_limit_mps": 6.0}}
    set_up = scenario(crews=crews, work={"pole_two_crews_fraction": 1.0})
    gust = [0.0, 0.0, 12.0, 12.0, 0.0, 0.0]  # 8 m/s
    wind = wind_of(FEEDER, set_up, [0.0, 299.9, 300.0, 400.0, 400.1, set_up.horizon_min], gust)
    drawn = tiny_drawn(FEEDER, set_up, wind, tiny_faults((60.0, 1, "pole")))
    log = play(drawn).log
    assert at_of(log, "work_begun") == [180.0]
    assert at_of(log, "crew_stood_down") == [pytest.approx(300.0, abs=0.1)] * 2
    assert at_of(log, "repair_finished") == [pytest.approx(520.0, abs=0.2)]
    lost = play(drawn, actions=[Action(410.0, "crews_lost", {"crews": ("line",), "count": 1, "for_min": 10.0}, "lead")]).log
    assert lost["value"][lost.of("crew_broke_off")][0] == pytest.approx(130.0, abs=0.2)
    assert at_of(lost, "repair_finished") == [pytest.approx(420 + 20 + 110.0, abs=0.3)]


def test_the_limit_may_be_that_of_the_standards() -> None:
    clause = {"about": "wind", "up_to_mps": 13.0}
    by = {"work": {"wind_limit_by": "standards"}, "standards": {"clauses": {"wind": clause}}}
    assert at_of(play(windy(12.0)).log, "patrol_finished") == [760.0 + 30.0]
    assert at_of(play(windy(12.0, **by)).log, "patrol_finished") == [160.0]
    assert scenario(**by).wind_limit_mps == 13.0


def test_work_stops_at_night_and_goes_on_in_the_morning() -> None:
    night = {"kinds": {"line": {"night_stop": True}}, "night_from": "05:00", "night_until": "09:00"}
    log = play(tiny_drawn(FEEDER, scenario(work=night), given=tiny_faults((60.0, 1)))).log
    assert [line for line in lines(log) if " crew=0" in line] == [
        "0 shift_started crew=0",
        "160 crew_dispatched crew=0 job=1 task=0 section=1 value=20",
        "180 crew_arrived crew=0 job=1 task=0 section=1 value=240",
        "300 crew_stopped_for_night crew=0 section=1 job=1 value=540",
        "660 repair_finished fault=0 section=1 crew=0 job=1 task=0 value=240",
    ]  # fmt: skip
    assert at_of(log, "patrol_finished") == [160.0]


def test_nobody_who_stops_at_night_is_sent_by_night() -> None:
    night = {"kinds": {"line": {"night_stop": True}}, "night_from": "02:00", "night_until": "05:00"}
    log = play(tiny_drawn(FEEDER, scenario(work=night), given=tiny_faults((60.0, 1)))).log
    assert at_of(log, "crew_dispatched", crew=0) == [300.0]
    assert not log.of("crew_stopped_for_night").any()


def test_a_crew_held_by_wind_and_then_by_night_worked_before() -> None:
    set_up = scenario(work={"kinds": {"line": {"night_stop": True}}, "night_from": "05:00", "night_until": "09:00"})
    wind = wind_of(FEEDER, set_up, [0.0, 239.9, 240.0, 360.0, 360.1, set_up.horizon_min], [0, 0, 30, 30, 0, 0])
    log = play(tiny_drawn(FEEDER, set_up, wind, tiny_faults((60.0, 1)))).log
    # 60 of 240 min before the wind; the night follows it until 540
    assert at_of(log, "crew_stood_down", crew=0) == [pytest.approx(240.0, abs=0.1)]
    assert at_of(log, "crew_stopped_for_night") == [pytest.approx(360.0, abs=0.1)]
    assert at_of(log, "repair_finished") == [pytest.approx(720.0, abs=0.1)]
    times = crew_time(log, 1000.0)
    spent = np.bincount(times.state[times.crew == 0], (times.end - times.start)[times.crew == 0], len(STATES))
    assert spent[STATES.index("working")] == pytest.approx(240.0)
    assert spent[STATES.index("stood_down")] == pytest.approx(120.0, abs=0.2)
    assert spent[STATES.index("night")] == pytest.approx(180.0, abs=0.2)


def test_pauses_by_hand() -> None:
    pauses = Pauses.of(Hold(100.0, 200.0), first=-900.0, length=300.0, until=2000.0)
    # nights from -900, 540, 1980 on, each 300 min long; the wind lies between them
    assert pauses.times == ((-900.0, -600.0, True), (100.0, 200.0, False), (540.0, 840.0, True), (1980.0, 2280.0, True))
    assert pauses.ends_after(50.0, 500.0) == 50 + 500 + 100 + 300.0
    assert pauses.minutes_within(150.0, 600.0) == 110.0
    assert pauses.pieces(150.0, 600.0) == [(150.0, 200.0, False), (540.0, 840.0, True)]
    over = Pauses.of(Hold(500.0, 600.0), first=-900.0, length=300.0, until=1000.0)
    assert over.times == ((-900.0, -600.0, True), (500.0, 600.0, False), (600.0, 840.0, True))


@given(st.floats(0, 3000), st.floats(0.1, 900), st.one_of(st.none(), st.tuples(st.floats(0, 2000), st.floats(1, 900))))
@settings(max_examples=200, deadline=None)
def test_pauses_without_nights_are_a_hold(start: float, minutes: float, wind: Any) -> None:
    hold = NOWHERE if wind is None else Hold(wind[0], wind[0] + wind[1])
    pauses = Pauses(() if wind is None else ((hold.start, hold.end, False),))
    assert pauses.ends_after(start, minutes) == pytest.approx(hold.ends_after(start, minutes))
    end = start + minutes
    assert pauses.minutes_within(start, end) == pytest.approx(hold.minutes_within(start, end))
    assert pauses.pieces(start, end) == hold.pieces(start, end)


def nightly(from_h: int, for_h: int, limit: float, blows_at: float, faults_at: list[float]) -> Any:
    """Return draws of a storm of some hours, with line crews that have a wind limit of their own and stop at night."""
    work = {
        "night_from": f"{from_h:02d}:00", "night_until": f"{(from_h + for_h) % 24:02d}:00",
        "kinds": {"line": {"night_stop": True, "wind_limit_mps": limit}},
    }  # fmt: skip
    set_up = scenario(work=work, horizon_h=480.0)
    gust = [0.0, 0.0, 30.0, 30.0, 0.0, 0.0]
    instants = [-1.0, blows_at, blows_at + 10, blows_at + 400, blows_at + 410, set_up.horizon_min]
    wind = wind_of(FEEDER, set_up, instants, gust)
    return tiny_drawn(FEEDER, set_up, wind, tiny_faults(*[(at, 1) for at in faults_at]))


NIGHTLY = (
    st.integers(0, 23),
    st.integers(1, 12),
    st.floats(3.0, 19.9) | st.just(25.0),
    st.floats(0, 2500),
    st.lists(st.floats(0, 2500), max_size=5),
)


@given(*NIGHTLY)
@settings(max_examples=40, deadline=None)
def test_looking_round_when_due_is_as_good_as_always(
    from_h: int, for_h: int, limit: float, blows_at: float, faults_at: list[float]
) -> None:
    drawn = nightly(from_h, for_h, limit, blows_at, faults_at)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(CommandedWork, "watch", CommandedWork.look_round)
        always = lines(play(drawn).log)
    assert lines(play(drawn).log) == always


@given(*NIGHTLY)
@settings(max_examples=40, deadline=None)
def test_no_crew_works_above_its_limit_or_in_its_night(
    from_h: int, for_h: int, limit: float, blows_at: float, faults_at: list[float]
) -> None:
    drawn = nightly(from_h, for_h, limit, blows_at, faults_at)
    set_up, log = drawn.scenario, play(drawn).log
    is_sound(log)
    assert log.of("repair_finished").sum() == len(faults_at)
    times = crew_time(log, set_up.horizon_min)
    works = (times.state == STATES.index("working")) & (times.crew == 0)
    rise = 10.0 * min(1.0, limit * 1.5 / 30.0)
    for start, end in zip(times.start[works].tolist(), times.end[works].tolist(), strict=True):
        low, high = blows_at + rise, blows_at + 410 - rise
        if limit * 1.5 < 30.0:
            assert min(end, high) - max(start, low) <= 0.01
        for day in range(-1, 21):
            night = day * 1440.0 + from_h * 60.0
            assert min(end, night + for_h * 60.0) - max(start, night) <= 1e-6
