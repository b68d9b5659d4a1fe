"""Switching off beforehand: exact logs of tiny worlds, what a dead line is spared, and what it costs customers."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from sim import rng
from sim.damage import draw
from sim.hotline import Hotline
from sim.metrics.measure import measure
from sim.risk import assess, compare
from sim.risk.treatments import best
from sim.scenario import plan
from sim.scenario.preemptive import Preemptive
from sim.world import World, run
from sim.world.preemptive import threatened
from tests.test_risk_register import played
from tests.test_world import drills, scenario
from tests.tiny import tiny_drawn, tiny_faults, tiny_network, tiny_scenario, wind_of
from tests.worlds import Telephone, at_of, is_sound, lines, plan_of, play

FEEDER = tiny_network([-1, 0, 1], [100, 200, 300])
OFF = {"gust_limit_mps": 30.0, "at": "landfall-2h"}
LIVE = {
    "when": "live_wires_down >= 1", "impact": "live_wires_down", "source": "external", "cause": "technology",
    "owner": "Somebody", "treatment": "avoid", "safety": True,
}  # fmt: skip


def foreseen(drawn: Any, gust: Any = 45.0) -> Any:
    """Return draws whose forecast rises to `gust`, one number or one per cell, from 0 to 360, stays to 600, ends at 720."""
    top = np.broadcast_to(np.asarray(gust, float), len(drawn.network.cell_lon))
    wind = wind_of(drawn.network, drawn.scenario, [0.0, 360.0, 600.0, 720.0], np.outer([0.0, 1.0, 1.0, 0.0], top))
    vars(drawn)["expected"] = wind
    return drawn


def only(log: Any, *kinds: str) -> list[str]:
    return [line for line in lines(log) if line.split()[1] in kinds]


def test_the_storm_stays_away_and_the_line_is_dark_until_it_has_been_inspected() -> None:
    log = play(foreseen(tiny_drawn(FEEDER, scenario(preemptive=OFF), given=tiny_faults()))).log
    assert log.lines() == [
        "0 shift_started crew=0",
        "0 shift_started crew=1",
        "240 warning_sent place=0 customers=600 value=0.6",
        "243 outage_inferred outage=0 section=0 value=243",  # one remote operation takes 3 min
        "243 line_switched_off outage=0 section=0 value=45",
        "243 section_went_dark section=0 interruption=0 customers=100",
        "243 section_went_dark section=1 interruption=1 customers=200",
        "243 section_went_dark section=2 interruption=2 customers=300",
        # a mean of 10 m/s is a gust of 15 m/s, which the forecast falls below at 680
        "690 job_opened job=0 outage=0 section=0",
        "690 crew_dispatched crew=1 job=0 task=0 section=0 value=20",
        "710 crew_arrived crew=1 job=0 task=0 section=0 value=65",
        "775 patrol_finished crew=1 job=0 task=0 section=0 outage=0 value=0",
        "778 line_switched_on section=0",
        "778 section_restored section=0 interruption=0 customers=100 value=535",
        "778 section_restored section=1 interruption=1 customers=200 value=535",
        "778 section_restored section=2 interruption=2 customers=300 value=535",
        "778 outage_closed outage=0 section=0",
    ]
    is_sound(log)


def test_nobody_inspects_while_the_wind_that_came_forbids_it() -> None:
    set_up = scenario(preemptive=OFF)
    wind = wind_of(FEEDER, set_up, [0, 400, 401, 899, 900, 14400], [0, 0, 40, 40, 0, 0])
    log = play(foreseen(tiny_drawn(FEEDER, set_up, wind, tiny_faults()))).log
    assert at_of(log, "job_opened") == [900.0]
    assert at_of(log, "line_switched_on") == [900 + 20 + 65 + 3.0]


def test_damage_that_is_found_is_mended_and_the_rest_has_supply_before() -> None:
    network = tiny_network([-1, 0, 1], [10, 20, 30], ["breaker", "recloser", "fuse"], [True, False, False])
    drawn = foreseen(tiny_drawn(network, scenario(preemptive=OFF), given=tiny_faults((500.0, 2))))
    log = play(drawn).log
    assert only(log, "section_restored", "line_switched_on", "fault_found", "repair_finished", "outage_closed") == [
        "855 fault_found fault=0 section=2 crew=1 outage=1 job=3 value=0",  # three zones of 35 min, three trips
        "858 line_switched_on section=0",
        "858 section_restored section=0 interruption=0 customers=10 value=615",
        "858 section_restored section=1 interruption=1 customers=20 value=615",
        "858 outage_closed outage=0 section=0",
        "1115 repair_finished fault=0 section=2 crew=0 job=3 task=0 value=240",
        "1115 section_restored section=2 interruption=2 customers=30 value=872",
        "1115 outage_closed outage=1 section=2",
    ]
    is_sound(log)


def test_a_dead_line_is_spared_what_only_live_lines_have() -> None:
    faults = tiny_faults((300.0, 1, "wire"), (301.0, 1, "transformer"), (302.0, 1, "pole"), (900.0, 2, "wire"))
    damage = {"live_only_fraction": 1.0}
    off = play(foreseen(tiny_drawn(FEEDER, scenario(preemptive=OFF, damage=damage), given=faults)))
    assert only(off.log, "fault_occurred", "fault_spared") == [
        "300 fault_spared fault=0 section=1 value=0",
        "301 fault_spared fault=1 section=1 value=2",
        "302 fault_occurred fault=2 section=1 value=1",
        "900 fault_spared fault=3 section=2 value=0",  # not switched off any more, but dark by the broken pole
    ]
    assert off.log["fault"][off.log.of("repair_finished")].tolist() == [2]
    alive = play(tiny_drawn(FEEDER, scenario(damage=damage), given=faults)).log
    assert only(alive, "fault_occurred", "fault_spared")[:2] == [
        "300 fault_occurred fault=0 section=1 value=0",
        "301 fault_spared fault=1 section=1 value=2",  # the first fault had made it dead
    ]


def test_what_would_be_spared_is_drawn_once_for_every_plan() -> None:
    from sim.damage import on_live_lines

    difficulty = rng.normals(3, 0, "test", np.arange(400))
    rows = [(float(i), i % 3, "wire", False, float(d)) for i, d in enumerate(difficulty)]
    drawn = tiny_drawn(FEEDER, scenario(damage={"live_only_fraction": 0.3, "high_impedance_fraction": 0.2}))
    every, fewer = tiny_faults(*rows), tiny_faults(*rows[::2])
    whole, part = (on_live_lines(drawn, found, drawn.scenario.damage) for found in (every, fewer))
    assert whole.spared_if_dead[::2].tolist() == part.spared_if_dead.tolist()
    assert whole.unseen[::2].tolist() == part.unseen.tolist()
    assert 0.23 < whole.spared_if_dead.mean() < 0.37
    assert 0.14 < whole.unseen.mean() < 0.26
    more = scenario(damage={"live_only_fraction": 0.6}).damage
    assert (on_live_lines(drawn, every, more).spared_if_dead >= whole.spared_if_dead).all()


def test_a_wire_that_protection_does_not_see_stays_live() -> None:
    faults = tiny_faults((300.0, 1, "wire"), (301.0, 1, "pole"), (302.0, 0, "transformer"))
    damage = {"high_impedance_fraction": 1.0}
    alive = play(tiny_drawn(FEEDER, scenario(damage=damage), given=faults)).log
    assert only(alive, "live_wire_down") == ["300 live_wire_down fault=0 section=1"]  # then the line is dead
    off = play(foreseen(tiny_drawn(FEEDER, scenario(damage=damage, preemptive=OFF), given=faults))).log
    assert only(off, "live_wire_down") == []  # a patrol finds them before the line is switched on
    none = play(tiny_drawn(FEEDER, scenario(damage={"high_impedance_fraction": 0.0}), given=faults)).log
    assert [line for line in lines(alive) if "live_wire" not in line] == lines(none)


def test_a_wire_that_lies_unknown_comes_alive_when_the_line_above_does() -> None:
    network = tiny_network([-1, 0, 1], [10, 20, 30], ["breaker", "recloser", "fuse"], [True, True, False])
    damage = {"high_impedance_fraction": 1.0}
    log = play(tiny_drawn(network, scenario(damage=damage), given=tiny_faults((60.0, 0), (70.0, 1)))).log
    assert at_of(log, "section_restored", section=0) == [390.0]
    assert only(log, "live_wire_down") == [
        "60 live_wire_down fault=0 section=0",
        "390 live_wire_down fault=1 section=1",
    ]


def test_only_what_the_forecast_threatens_behind_a_device_that_can_be_operated() -> None:
    network = tiny_network(
        [-1, 0, 1, 2, -1, 4], [1, 1, 1, 1, 1, 1], ["breaker", "none", "recloser", "fuse", "breaker", "recloser"],
        [True, False, True, False, True, False],
    )  # fmt: skip
    peak, gone = np.array([10.0, 20.0, 31.0, 40.0, 30.0, 35.0]), np.array([100.0])

    def heads(**rule: Any) -> list[tuple[int, float]]:
        return [(part.head, part.gust_mps) for part in threatened(network, peak, Preemptive(**rule), gone)]

    assert heads(gust_limit_mps=30.0) == [(2, 40.0), (4, 35.0)]  # what hangs on the first breaker stays on
    assert heads(gust_limit_mps=35.0) == [(2, 40.0)]  # the limit itself is not above it
    assert heads(gust_limit_mps=19.0) == [(4, 35.0), (0, 20.0)]  # behind the first breaker all is dark anyway
    assert heads(gust_limit_mps=30.0, scope="feeder") == [(0, 40.0), (4, 35.0)]
    assert heads(gust_limit_mps=40.0, scope="feeder") == []


def test_devices_are_opened_one_after_the_other_where_most_wind_is_expected_first() -> None:
    network = tiny_network([-1] * 5, [10] * 5)
    set_up = scenario(preemptive=OFF, switching={"operators": 2, "remote_min": 5.0})
    log = play(foreseen(tiny_drawn(network, set_up, given=tiny_faults()), [31.0, 50.0, 20.0, 40.0, 45.0])).log
    rows = log.of("line_switched_off")
    assert log["section"][rows].tolist() == [1, 4, 3, 0]
    assert log["at"][rows].tolist() == [245.0, 245.0, 250.0, 250.0]


def test_parts_are_inspected_one_after_the_other_where_most_customers_come_back_first() -> None:
    network = tiny_network([-1, 0, -1, 2, -1, 4], [10, 10, 30, 30, 20, 20], ["breaker", "fuse"] * 3)
    log = play(foreseen(tiny_drawn(network, scenario(preemptive=OFF), given=tiny_faults()))).log
    # one crew: two patrols are ordered ahead of it, those of one part; each takes 35 min and 20 min to get there
    assert only(log, "job_opened", "line_switched_on") == [
        "690 job_opened job=0 outage=1 section=2",
        "690 job_opened job=1 outage=1 section=3",
        "750 job_opened job=2 outage=2 section=4",
        "750 job_opened job=3 outage=2 section=5",
        "803 line_switched_on section=2",
        "855 job_opened job=4 outage=0 section=0",
        "855 job_opened job=5 outage=0 section=1",
        "913 line_switched_on section=4",
        "1023 line_switched_on section=0",
    ]


def test_the_forecast_decides_and_not_the_storm_that_comes() -> None:
    set_up = scenario(preemptive=OFF)
    storms = [wind_of(FEEDER, set_up, [0, 400, 500, 14400], [0, gust, gust, 0]) for gust in (0.0, 60.0)]
    logs = [play(foreseen(tiny_drawn(FEEDER, set_up, wind, tiny_faults()))).log for wind in storms]
    assert [at_of(log, "line_switched_off") for log in logs] == [[243.0], [243.0]]
    low = [play(foreseen(tiny_drawn(FEEDER, set_up, wind, tiny_faults()), 29.0)).log for wind in storms]
    assert [at_of(log, "line_switched_off") for log in low] == [[], []]


def test_the_forecast_is_the_track_as_it_stands_in_every_replication() -> None:
    from tests.test_storm import straight

    spread = {"intensity_sd": 0.3, "track_sd_km": 50.0, "gust_residual_sd": 0.2}
    set_up = tiny_scenario(storm=spread)
    drawn = [draw(set_up, FEEDER, straight(north_kmh=20.0, lat=35.5), replication) for replication in range(3)]
    assert len({one.wind.peak.tobytes() for one in drawn}) == 3
    assert len({one.expected.peak.tobytes() for one in drawn}) == 1
    plain = draw(tiny_scenario(), FEEDER, straight(north_kmh=20.0, lat=35.5), 0)
    np.testing.assert_allclose(plain.expected.peak, plain.wind.peak)
    assert plain.expected.peak.min() > 10


def test_nothing_is_different_where_nothing_is_switched_off() -> None:
    faults = tiny_faults((300.0, 1), (500.0, 2))
    plain = run(tiny_drawn(FEEDER, tiny_scenario(), given=faults), plan_of(tiny_scenario())).log
    assert not plain.of("line_switched_off", "line_switched_on", "warning_sent", "fault_spared").any()
    high = tiny_scenario(preemptive={"gust_limit_mps": 60.0})
    other = run(foreseen(tiny_drawn(FEEDER, high, given=faults)), plan_of(high)).log
    for name in plain.columns:
        assert plain[name].tobytes() == other[name].tobytes()


def test_it_costs_customers_in_a_weak_storm_and_saves_people_in_a_strong_one() -> None:
    damage = {"high_impedance_fraction": 1.0, "live_only_fraction": 0.5}
    made = tiny_scenario(plans={"base": {}, "off": {"overrides": {"preemptive": OFF}}}, damage=damage)
    found = {}
    for storm, faults in (("weak", tiny_faults()), ("strong", tiny_faults((400.0, 1), (410.0, 2, "pole")))):
        for name in ("base", "off"):
            drawn = foreseen(tiny_drawn(FEEDER, made, given=faults))
            found[storm, name] = measure(run(drawn, plan(made, name)), drawn, plan(made, name)).values
    weak, strong = ({name: found[storm, name] for name in ("base", "off")} for storm in ("weak", "strong"))
    assert (weak["base"]["customer_hours"], weak["off"]["customer_hours"]) == (0.0, 600 * 535 / 60)
    assert (weak["base"]["saifi"], weak["off"]["saifi"]) == (0.0, 1.0)
    assert weak["off"]["hours_switched_off"] == pytest.approx(weak["off"]["customer_hours"])
    assert weak["base"]["hours_switched_off"] == strong["base"]["hours_switched_off"] == 0.0
    assert 0 < strong["off"]["hours_switched_off"] < strong["off"]["customer_hours"]
    assert weak["off"]["live_wires_down"] == 0
    assert strong["base"]["live_wires_down"] >= 1
    assert strong["off"]["live_wires_down"] == 0
    assert strong["off"]["customer_hours"] > strong["base"]["customer_hours"]


def test_live_wires_are_a_safety_floor_of_the_register() -> None:
    """The plan that switches off is darker and dearer, and the only safe one to be chosen among the two."""
    plans = {"a": {"overrides": {"treatment": {"kind": "avoid", "cost": 5.0}}}, "b": {}}
    made = tiny_scenario(plans=plans, reference_plan="a", risks={"live": LIVE})
    off = {"live_wires_down": [0.0] * 6, "customer_hours": [90.0] * 6, "cost": [20.0] * 6}
    on = {"live_wires_down": [1.0, 3.0, 12.0, 2.0, 1.0, 5.0], "customer_hours": [10.0] * 6, "cost": [10.0] * 6}
    experiment = played(off, on)
    register = assess(experiment, made, 1000)
    rows = compare(experiment, made, register)
    assert [(row.plan, row.kind, row.safety) for row in rows] == [("a", "avoid", "kept"), ("b", "accept", "broken")]
    assert rows[1].endangered == ("live",)
    assert [row.plan for row in best(rows)] == ["a"]
    assert register.row("live", "b").impact == 4.0
    assert register.row("live", "b").level.best == "high"


def test_who_was_warned_need_not_phone_until_the_line_is_on_again() -> None:
    set_up = tiny_scenario(
        preemptive=OFF | {"warned_fraction": 1.0},
        notices={"fewer_calls_fraction": 1.0},
        customers={"caller_fraction": 0.5},
    )
    silent = run(foreseen(tiny_drawn(FEEDER, set_up, given=tiny_faults())), plan_of(set_up))
    assert not (silent.calls.kind == 0).any()  # only a few ask later, as those who have phoned do
    unwarned = set_up.model_copy(update={"preemptive": set_up.preemptive.model_copy(update={"warned_fraction": 0.0})})
    loud = run(foreseen(tiny_drawn(FEEDER, unwarned, given=tiny_faults())), plan_of(unwarned))
    assert (loud.calls.kind == 0).sum() > 100
    assert not loud.log.of("warning_sent").any()
    line = Hotline(tiny_drawn(FEEDER, set_up), set_up)
    line.warn([0, 1], 10.0, 1.0)
    line.warn([0, 1], 200.0, 0.0)
    line.went_dark([0, 1, 2], 20.0)
    line.advance(1000.0)
    calls = line.finish()
    first = calls.kind == 0
    assert set(calls.section[first & (calls.at < 200)].tolist()) == {2}  # the third section was not warned
    assert set(calls.section[first].tolist()) == {0, 1, 2}  # and the warning loses its force


def test_warnings_are_paid_for_even_if_the_storm_stays_away() -> None:
    made = tiny_scenario(preemptive=OFF)
    drawn = foreseen(tiny_drawn(FEEDER, made, given=tiny_faults()))
    values = measure(run(drawn, plan_of(made)), drawn, plan_of(made)).values
    assert values["lost_notices"] == pytest.approx(360.0)
    assert values["used_notices"] >= 360.0


def test_what_is_switched_off_is_fed_no_other_way() -> None:
    network = tiny_network([-1, 0, -1], [10, 20, 30], ["breaker", "recloser", "breaker"], tie=[(1, 2)])
    set_up = scenario(preemptive=OFF, switching={"enabled": True})
    log = play(foreseen(tiny_drawn(network, set_up, given=tiny_faults()), [45.0, 45.0, 10.0])).log
    assert at_of(log, "line_switched_off") == [243.0]
    assert not log.of("tie_closed", "device_opened").any()
    assert log["section"][log.of("section_went_dark")].tolist() == [0, 1]
    assert len(at_of(log, "section_restored")) == 2


def test_critical_customers_there_are_known_to_be_dark() -> None:
    network = tiny_network([-1], [100], critical=[(0, 60.0)])
    crew = {"count": 1, "shift_start": "00:00", "shift_h": 24.0}
    crews = {kind: {"kind": kind} | crew for kind in ("line", "patrol", "generator")}
    log = play(foreseen(tiny_drawn(network, scenario(crews=crews, preemptive=OFF), given=tiny_faults()))).log
    assert at_of(log, "generator_connected") == [255 + 20 + 60.0]
    assert at_of(log, "generator_released") == at_of(log, "line_switched_on")


def test_a_line_that_is_broken_already_is_kept_off_until_it_has_been_inspected() -> None:
    drawn = foreseen(tiny_drawn(FEEDER, scenario(preemptive=OFF | {"at": "T+2h"}), given=tiny_faults((60.0, 1))))
    log = play(drawn).log
    assert at_of(log, "repair_finished") == [420.0]
    assert at_of(log, "section_restored") == [778.0] * 3
    assert at_of(log, "outage_inferred") == [75.0]
    is_sound(log)


@given(drills())
@settings(max_examples=40, deadline=None)
def test_given_time_all_that_was_switched_off_is_on_again(drawn) -> None:
    rule = Preemptive(gust_limit_mps=30.0, at="T+3h", scope="device")
    set_up = drawn.scenario.model_copy(update={"preemptive": rule})
    drawn = foreseen(replace(drawn, scenario=set_up), 30.0 + np.arange(drawn.network.n_sections) % 3)
    calls = [(480.0 * k + s, s, k % 3) for s in range(drawn.network.n_sections) for k in range(1, 240)]
    world = World(drawn, plan_of(set_up), Telephone(calls))
    log = world.play().log
    is_sound(log)
    assert log.of("line_switched_off").sum() == log.of("line_switched_on").sum()
    assert log.of("section_went_dark").sum() == log.of("section_restored").sum()
    assert log.of("outage_inferred").sum() == log.of("outage_closed").sum()
    assert not world.truth.supply.blocks.any()
    assert not world.control.beliefs.blocks.any()
