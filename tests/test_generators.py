"""Mobile generators: where they go, their fuel, and the tankers that bring it, in tiny worlds with exact logs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.log import KINDS, Log
from sim.metrics.critical import minutes_beyond_backup
from sim.metrics.intervals import dark_intervals
from sim.world.control import ControlRoom
from tests.tiny import LAT0, LON0, tiny_drawn, tiny_faults, tiny_network, tiny_scenario, wind_of
from tests.worlds import at_of, is_sound, lines, play

DAY_AND_NIGHT = {"shift_start": "00:00", "shift_h": 24.0}
FUEL = ("generator_connected", "generator_ran_dry", "generator_refuelled", "generator_released")
#  two feeders; a hospital on each. The fault at minute 60 is mended 20 + 60 + ... minutes later, by hand below
NETWORK = tiny_network([-1, -1], [100, 100], critical=[(0, 0.0), (1, 0.0)])


def scenario(n: int = 1, generators: dict[str, Any] | None = None, **overrides: Any) -> Any:
    """Return a scenario with `n` generators, without promises, in which a line crew is a day and more at its work."""
    crews = {"gen": {"kind": "generator", "count": n, **DAY_AND_NIGHT}}
    own = {"etr": {"policy": "none"}, "crews": crews, "generators": generators or {}, "work": {"wire_h": 24.0}}
    return tiny_scenario(**(own | overrides))


def fuel_log(log: Log, crew: int = 2) -> list[str]:
    """Return what happened to the fuel of a crew's generator: minute, kind, and the minutes without fuel."""
    rows = np.flatnonzero(log.of(*FUEL) & (log["crew"] == crew))
    return [f"{log['at'][r]:g} {KINDS[log['kind'][r]].name.removeprefix('generator_')}" for r in rows]


def test_without_a_limit_of_fuel_a_generator_runs_until_the_power_is_back() -> None:
    log = play(tiny_drawn(NETWORK, scenario(), given=tiny_faults((60.0, 0)))).log
    back = at_of(log, "section_restored", section=0)[0]
    assert fuel_log(log) == ["155 connected", f"{back:g} released"]
    is_sound(log)


def test_hooking_up_takes_its_time() -> None:
    log = play(tiny_drawn(NETWORK, scenario(generators={"hook_up_min": 25.0}), given=tiny_faults((60.0, 0)))).log
    assert "95 crew_arrived crew=2 job=0 task=0 section=0 value=25" in lines(log)
    assert at_of(log, "generator_connected") == [120.0]


def test_a_tanker_comes_before_the_tank_is_empty() -> None:
    # connected at 155; a tank lasts 600 min, a tanker is asked for at 0.3 of it: 155 + 420; 20 min to get going, no way
    # to drive, 20 min to refuel
    log = play(tiny_drawn(NETWORK, scenario(generators={"fuel_h": 10.0}), given=tiny_faults((60.0, 0)))).log
    first = 155.0 + 420.0 + 20.0 + 20.0
    refuelled = at_of(log, "generator_refuelled")
    assert refuelled[:2] == [first, first + 420.0 + 20.0 + 20.0]
    assert not at_of(log, "generator_ran_dry")
    assert log["value"][log.of("generator_refuelled")].tolist() == [0.0] * len(refuelled)
    assert at_of(log, "generator_released") == at_of(log, "section_restored", section=0)
    assert max(refuelled) < at_of(log, "generator_released")[0], "nobody refuels what is gone"
    is_sound(log)


def test_a_generator_that_is_asked_for_too_late_runs_dry_until_it_is_refuelled() -> None:
    own = {"fuel_h": 2.0, "refuel_at_fraction": 0.0, "refuel_min": 30.0}
    log = play(tiny_drawn(NETWORK, scenario(generators=own), given=tiny_faults((60.0, 0)))).log
    assert fuel_log(log)[:5] == ["155 connected", "275 ran_dry", "325 refuelled", "445 ran_dry", "495 refuelled"]
    assert set(log["value"][log.of("generator_refuelled")].tolist()) == {50.0}
    is_sound(log)


def test_tankers_drive_there_and_back_from_the_nearest_depot() -> None:
    far = tiny_network([-1, -1], [100, 100], critical=[(0, 0.0)])
    far.x0[:] += 30.0
    far.x1[:] += 30.0
    # 30 km at 30 km/h and a road factor of 1: 60 min and 20 to get going
    roads = {"wire_h": 24.0, "travel_kmh": 30.0, "road_factor": 1.0}
    own = {"fuel_h": 3.0, "refuel_at_fraction": 0.5, "tankers": 1}
    log = play(tiny_drawn(far, scenario(generators=own, work=roads), given=tiny_faults((60.0, 0)))).log
    there = at_of(log, "generator_connected")[0]
    middle = float(far.x[0])
    drive = 20.0 + middle * 2.0
    assert at_of(log, "generator_refuelled")[:2] == pytest.approx([
        there + 90.0 + drive + 20.0,
        there + 90.0 + drive + 20.0 + max(90.0, drive) + drive + 20.0,  # it is back before it is asked for again
    ])  # fmt: skip


def test_one_tanker_serves_in_the_order_of_asking() -> None:
    # both run from 155; asked for at 155 + 60; the tanker is there at 235, done at 255, back at 275 and done there at 315
    own = {"fuel_h": 2.0, "refuel_at_fraction": 0.5, "tankers": 1}
    log = play(tiny_drawn(NETWORK, scenario(2, own), given=tiny_faults((60.0, 0), (60.0, 1)))).log
    assert at_of(log, "generator_connected") == [155.0, 155.0]
    assert fuel_log(log, 2)[:2] == ["155 connected", "255 refuelled"]
    assert fuel_log(log, 3)[:3] == ["155 connected", "275 ran_dry", "315 refuelled"]
    two = play(tiny_drawn(NETWORK, scenario(2, own | {"tankers": 2}), given=tiny_faults((60.0, 0), (60.0, 1)))).log
    assert at_of(two, "generator_refuelled")[:2] == [255.0, 255.0]
    is_sound(log)


def test_the_wind_keeps_tankers_off_the_road() -> None:
    # 20 m/s and more from 200 to 800: asked for at 155 + 420, the tanker gets going when it is over
    given = scenario(generators={"fuel_h": 10.0})
    wind = wind_of(NETWORK, given, [0, 190, 200, 800, 810, given.horizon_min], [0, 0, 60, 60, 0, 0])
    log = play(tiny_drawn(NETWORK, given, wind, tiny_faults((60.0, 0)))).log
    assert at_of(log, "generator_connected") == [155.0]
    assert at_of(log, "generator_ran_dry") == [755.0]
    held_until = at_of(log, "generator_refuelled")[0] - 20.0 - 20.0
    assert 800.0 < held_until < 810.0


def test_a_generator_taken_away_sends_its_tanker_to_the_next() -> None:
    # both ask at 185; the only tanker is at section 0 at 205 and refuels when the power comes back there at 210
    own = {"fuel_h": 1.0, "refuel_at_fraction": 0.5, "tankers": 1}
    log = play(tiny_drawn(NETWORK, scenario(2, own, work={"wire_h": 1.0}), given=tiny_faults((60.0, 0), (60.0, 1)))).log
    assert fuel_log(log, 2) == ["155 connected", "210 released"]
    assert fuel_log(log, 3)[:3] == ["155 connected", "215 ran_dry", "250 refuelled"]
    is_sound(log)


def test_a_generator_that_no_longer_waits_for_a_tanker_keeps_it_from_nobody() -> None:
    # section 1 has power again at 290 while its generator waits in the queue; the tanker goes on to section 2
    network = tiny_network([-1, -1, -1], [100, 100, 100], critical=[(0, 0.0), (1, 0.0), (2, 0.0)])
    own = {"fuel_h": 1.0, "refuel_at_fraction": 0.5, "tankers": 1}
    faults = tiny_faults((60.0, 0), (60.0, 1), *[(60.0, 2)] * 3)
    log = play(tiny_drawn(network, scenario(3, own, work={"wire_h": 1.0}), given=faults)).log
    assert fuel_log(log, 3) == ["155 connected", "215 ran_dry", "250 refuelled", "290 released"]
    assert fuel_log(log, 4) == [
        "155 connected", "215 ran_dry", "310 refuelled", "380 refuelled", "450 refuelled", "520 refuelled", "530 released",
    ]  # fmt: skip
    is_sound(log)


@pytest.mark.parametrize(("policy", "goes_to"), [("backup_first", 1), ("first_come", 0), ("nearest", 2)])
def test_the_policy_says_where_a_free_generator_goes(policy: str, goes_to: int) -> None:
    # 0 is known dark first, 1 has the least backup left, 2 is nearest to the depot; the generator comes at 05:00
    network = tiny_network([-1, -1, -1], [10, 10, 10], critical=[(0, 900.0), (1, 10.0), (2, 600.0)])
    for section, km in ((0, 20.0), (1, 10.0), (2, 1.0)):
        network.x0[section], network.x1[section] = km, km
    crews = {"gen": {"kind": "generator", "count": 1, "present_from": "T+5h", **DAY_AND_NIGHT}}
    given = scenario(generators={"policy": policy}, crews=crews)
    log = play(tiny_drawn(network, given, given=tiny_faults((60.0, 0), (80.0, 1), (80.0, 2)))).log
    sent = [line for line in lines(log) if "crew_dispatched crew=2" in line]
    assert f"section={goes_to} " in sent[0], sent[0]


def test_hours_beyond_backup_count_the_time_without_fuel() -> None:
    own = {"fuel_h": 2.0, "refuel_at_fraction": 0.0, "refuel_min": 30.0}
    log = play(tiny_drawn(NETWORK, scenario(generators=own), given=tiny_faults((60.0, 0)))).log
    horizon = 14_400.0
    back = at_of(log, "section_restored", section=0)[0]
    dark = dark_intervals(log, NETWORK.customers, horizon)
    beyond = minutes_beyond_backup(log, dark, NETWORK, horizon)
    # dark from 60, connected at 155, then 120 min with fuel and 50 without in turn
    cycles, rest = divmod(back - 155.0, 170.0)
    assert beyond.tolist() == pytest.approx([95.0 + 50.0 * cycles + max(0.0, rest - 120.0), 0.0])


def test_the_same_world_without_generators_is_untouched_by_their_keys() -> None:
    faults = tiny_faults((60.0, 0), (90.0, 1))
    plain, fuelled = (
        play(tiny_drawn(NETWORK, tiny_scenario(generators=own), given=faults)).log.lines()
        for own in ({}, {"fuel_h": 1.0, "tankers": 1, "hook_up_min": 5.0, "policy": "nearest"})
    )
    assert plain == fuelled


#  0 breaker -- 1 -- 2: the fault on 0 keeps all dark
LINE = tiny_network([-1, 0, 1], [100, 200, 150], device=["breaker", "recloser", "recloser"], critical=[(2, 0.0)])


def zone_scenario(n: int = 1, generators: dict[str, Any] | None = None, **overrides: Any) -> Any:
    """Return a scenario in which free generators of 300 kW feed zones of up to 200 customers."""
    own = {"zones": True, "capacity_kw": 300.0} | (generators or {})
    return scenario(n, own, switching={"cold_load_factor": 1.5}, **overrides)


SUPPLY = ("section_went_dark", "section_restored", "generator_connected", "generator_released")


def supply_log(log: Log) -> list[str]:
    return [line for line in lines(log) if line.split()[1] in SUPPLY]


def test_zones_are_left_alone_unless_the_plan_says_so() -> None:
    off = play(tiny_drawn(LINE, zone_scenario(2, {"zones": False}), given=tiny_faults((60.0, 0)))).log
    assert at_of(off, "generator_connected", section=2) == at_of(off, "generator_connected")


def test_a_free_generator_feeds_the_largest_zone_that_it_can_carry_after_critical_customers() -> None:
    """Known dark from minute 75: the hospital's section of 150 customers comes first, then the zone of 200."""
    log = play(tiny_drawn(LINE, zone_scenario(2), given=tiny_faults((60.0, 0)))).log
    back = at_of(log, "repair_finished")[0]
    assert supply_log(log) == [
        "60 section_went_dark section=0 interruption=0 customers=100",
        "60 section_went_dark section=1 interruption=1 customers=200",
        "60 section_went_dark section=2 interruption=2 customers=150",
        "155 generator_connected crew=2 section=2 place=0 customers=1 job=0",
        "155 generator_connected crew=3 section=1 customers=200 job=2",
        "155 section_restored section=1 interruption=1 customers=200 value=95",
        f"{back:g} section_restored section=0 interruption=0 customers=100 value={back - 60:g}",
        f"{back:g} section_restored section=2 interruption=2 customers=150 value={back - 60:g}",
        f"{back:g} generator_released crew=2 section=2 place=0 job=0",
        f"{back:g} generator_released crew=3 section=1 job=2",
    ]
    is_sound(log)


@pytest.mark.parametrize(("capacity_kw", "expected"), [(299.0, [2]), (300.0, [1]), (100.0, [])])
def test_a_zone_is_no_larger_than_a_generator_can_carry_cold(capacity_kw: float, expected: list[int]) -> None:
    plain = tiny_network([-1, 0, 1], [300, 200, 150], device=["breaker", "recloser", "recloser"])
    log = play(tiny_drawn(plain, zone_scenario(1, {"capacity_kw": capacity_kw}), given=tiny_faults((60.0, 0)))).log
    assert log["section"][log.of("generator_connected")].tolist() == expected


def test_where_something_is_broken_unknown_to_all_the_crew_turns_back() -> None:
    hidden = tiny_faults((60.0, 0), (61.0, 1))
    plain = tiny_network([-1, 0, 1], [100, 200, 150], device=["breaker", "recloser", "recloser"])
    log = play(tiny_drawn(plain, zone_scenario(), given=hidden)).log
    came = at_of(log, "crew_arrived", section=1)[0]
    assert at_of(log, "generator_not_needed", section=1)[0] == came, "before it hooks up anything"
    assert not at_of(log, "generator_connected", section=1)
    assert at_of(log, "generator_connected", section=2), "it goes on to the next zone"
    is_sound(log)


def test_where_the_power_is_back_before_it_comes_the_crew_turns_back() -> None:
    crews = {"gen": {"kind": "generator", "count": 1, "depot": "far", **DAY_AND_NIGHT}}
    depots = {"near": {"lon": LON0, "lat": LAT0}, "far": {"lon": LON0 + 1.0, "lat": LAT0, "share": 0.0}}
    settings = scenario(crews=crews, depots=depots, work={"wire_h": 0.2})
    log = play(tiny_drawn(NETWORK, settings, given=tiny_faults((60.0, 0), (600.0, 0)))).log
    came = at_of(log, "crew_arrived", crew=2)
    assert came[0] > at_of(log, "outage_closed")[0]
    assert at_of(log, "generator_not_needed") == came[:1]
    assert at_of(log, "generator_connected") == [came[1] + 60.0], "free at once, and sent again to the second outage"
    is_sound(log)


def test_a_zone_in_which_something_broke_while_its_generator_had_no_fuel_stays_dark() -> None:
    plain = tiny_network([-1, 0], [100, 200], device=["breaker", "recloser"])
    own = {"fuel_h": 2.0, "refuel_at_fraction": 0.0, "refuel_min": 30.0}
    there = at_of(play(tiny_drawn(plain, zone_scenario(1, own), given=tiny_faults((60.0, 0)))).log, "generator_connected")[0]
    faults = tiny_faults((60.0, 0), (there + 140.0, 1))
    log = play(tiny_drawn(plain, zone_scenario(1, own), given=faults)).log
    assert at_of(log, "generator_refuelled")[0] == there + 170.0
    assert there + 170.0 not in at_of(log, "section_restored", section=1)
    is_sound(log)


def test_a_fault_in_a_zone_that_is_fed_makes_it_dark_and_frees_the_generator() -> None:
    plain = tiny_network([-1, 0], [100, 200], device=["breaker", "recloser"])
    log = play(tiny_drawn(plain, zone_scenario(), given=tiny_faults((60.0, 0), (300.0, 1)))).log
    assert at_of(log, "section_went_dark", section=1) == [60.0, 300.0]
    assert at_of(log, "generator_released") == [300.0]
    assert len(at_of(log, "section_restored", section=1)) == 2
    is_sound(log)


def test_a_zone_is_dark_while_its_generator_has_no_fuel() -> None:
    plain = tiny_network([-1, 0], [100, 200], device=["breaker", "recloser"])
    own = {"fuel_h": 2.0, "refuel_at_fraction": 0.0, "refuel_min": 30.0}
    log = play(tiny_drawn(plain, zone_scenario(1, own), given=tiny_faults((60.0, 0)))).log
    there = at_of(log, "generator_connected")[0]
    assert at_of(log, "section_restored", section=1)[:2] == [there, there + 170.0]
    assert at_of(log, "section_went_dark", section=1)[:2] == [60.0, there + 120.0]
    assert at_of(log, "generator_ran_dry")[0] == there + 120.0
    is_sound(log)


def test_a_zone_whose_generator_is_refuelled_in_time_comes_back_once() -> None:
    plain = tiny_network([-1, 0], [100, 200], device=["breaker", "recloser"])
    log = play(tiny_drawn(plain, zone_scenario(1, {"fuel_h": 2.0}), given=tiny_faults((60.0, 0)))).log
    assert len(at_of(log, "generator_refuelled")) > 1
    assert not at_of(log, "generator_ran_dry")
    assert at_of(log, "section_restored", section=1) == at_of(log, "generator_connected")
    is_sound(log)


def test_a_generator_is_called_back_from_a_zone_when_a_critical_customer_has_no_other() -> None:
    """One generator feeds section 1 when the hospital's feeder is lost too, three hours later."""
    pair = tiny_network([-1, 0, -1], [100, 200, 50], device=["breaker", "recloser", "breaker"], critical=[(2, 0.0)])
    log = play(tiny_drawn(pair, zone_scenario(), given=tiny_faults((60.0, 0), (240.0, 2)))).log
    assert at_of(log, "generator_connected", section=1) == [155.0]
    assert at_of(log, "outage_inferred", section=2) == [255.0]
    assert at_of(log, "generator_released", section=1) == [255.0]
    assert at_of(log, "section_went_dark", section=1) == [60.0, 255.0]
    assert at_of(log, "generator_connected", section=2) == [335.0], "20 min to get going, 60 to hook up"
    is_sound(log)


@given(st.lists(st.tuples(st.floats(0, 2000), st.integers(0, 5)), min_size=1, max_size=8), st.booleans())
@settings(max_examples=40, deadline=None)
def test_zones_are_asked_for_again_as_soon_as_anything_is_known(faults: list[tuple[float, int]], switched: bool) -> None:
    """What is left out when nothing became known since no zone was left is what would have found none."""
    twin = tiny_network(
        [-1, 0, 1, -1, 3, 4], [100, 200, 150, 50, 120, 80], device=["breaker", "none", "fuse"] * 2, tie=[(2, 5)]
    )
    set_up = scenario(
        2, {"zones": True, "capacity_kw": 300.0}, switching={"cold_load_factor": 1.5, "enabled": switched}
    )
    drawn = tiny_drawn(twin, set_up, given=tiny_faults(*sorted(faults)))
    with pytest.MonkeyPatch.context() as patch:
        never = property(lambda _: None, lambda *_: None)
        patch.setattr(ControlRoom, "_none_to_offer", never, raising=False)
        always = lines(play(drawn).log)
    assert lines(play(drawn).log) == always
