"""Protection that fails in a drill: the next device upstream clears, its patrol finds the fault, and all comes back."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sim.grid import EquippedNetwork, Network, plain_switchgear
from sim.scenario.timed import Action
from sim.supply import Blocks, SwitchedSupply
from sim.world import World
from sim.world.protection import Protection
from tests.test_switched import alive_by_search
from tests.tiny import tiny_drawn, tiny_faults, tiny_network, tiny_scenario
from tests.worlds import Telephone, at_of, is_sound, lines, plan_of, play

#  0 breaker -- 1 recloser -- 2
#                    \-- 3 fuse
PLAIN = tiny_network(
    [-1, 0, 1, 1], [100, 200, 300, 400], ["breaker", "recloser", "none", "fuse"], [True, True, False, False]
)


def unsure(network: Network, **success: float) -> EquippedNetwork:
    """Return a network whose devices at the sections s0, s1, ... clear with the given probability, else always."""
    chance = np.ones(network.n_sections)
    for name, value in success.items():
        chance[int(name[1:])] = value
    columns = {field.name: getattr(network, field.name) for field in fields(Network)}
    return EquippedNetwork(**columns, switchgear=replace(plain_switchgear(network), success=chance))


def scenario(**switching: Any) -> Any:
    return tiny_scenario(etr={"policy": "none"}, switching=switching)


@pytest.mark.parametrize("enabled", [False, True])
def test_a_fuse_that_does_not_blow_leaves_it_to_the_recloser_and_its_patrol_finds_the_fault(enabled: bool) -> None:
    log = play(tiny_drawn(unsure(PLAIN, s3=0.0), scenario(enabled=enabled), given=tiny_faults((60.0, 3)))).log
    told = lines(log, "shift_started", "crew_dispatched", "crew_arrived", "job_opened")
    assert told[:6] == [
        "60 fault_occurred fault=0 section=3 value=0",
        "60 section_went_dark section=1 interruption=0 customers=200",
        "60 section_went_dark section=2 interruption=1 customers=300",
        "60 section_went_dark section=3 interruption=2 customers=400",
        "61 breaker_reported section=1",
        "75 outage_inferred outage=0 section=1 value=61",
    ]
    assert at_of(log, "fault_found", section=3) == at_of(log, "patrol_finished", section=1)
    back = {section: at_of(log, "section_restored", section=section) for section in (1, 2, 3)}
    repaired = at_of(log, "repair_finished")[0]
    if enabled:  # the fuse is opened by hand, then the recloser closes
        assert back[1] == back[2] < [repaired]
        assert at_of(log, "device_opened", section=3) == back[1]
    else:
        assert back[1] == back[2] == back[3] == [repaired]
    assert back[3] >= [repaired]
    is_sound(log)


def test_a_fuse_that_blows_leaves_the_others_in_peace() -> None:
    for network in (PLAIN, unsure(PLAIN, s3=1.0)):
        log = play(tiny_drawn(network, scenario(), given=tiny_faults((60.0, 3)))).log
        assert np.flatnonzero(np.bincount(log["section"][log.of("section_went_dark")])).tolist() == [3]


def test_two_devices_in_a_row_may_fail_but_the_feeder_head_clears() -> None:
    log = play(tiny_drawn(unsure(PLAIN, s0=0.0, s1=0.0, s3=0.0), scenario(), given=tiny_faults((60.0, 3)))).log
    assert at_of(log, "section_went_dark", section=0) == [60.0]
    assert at_of(log, "outage_inferred", section=0) == [75.0]
    assert len(at_of(log, "section_restored")) == 4
    is_sound(log)


def test_faults_that_one_device_clears_are_found_and_mended_one_by_one() -> None:
    faults = tiny_faults((60.0, 3), (70.0, 2))
    log = play(tiny_drawn(unsure(PLAIN, s3=0.0), scenario(), given=faults)).log
    assert len(at_of(log, "section_went_dark")) == 3, "the second fault finds the part dark already"
    assert at_of(log, "section_restored", section=1) == [max(at_of(log, "repair_finished"))]
    is_sound(log)


def test_devices_fail_as_often_as_they_should() -> None:
    n = 4000
    network = tiny_network([-1, *[0] * n], [1] * (n + 1), ["breaker", *["fuse"] * n])
    gear = replace(plain_switchgear(network), success=np.where(np.arange(n + 1) == 0, 1.0, 0.9))
    protection = Protection(Blocks(network, gear), seed=3, replication=1)
    failed = [bool(protection.fails(section)) for section in range(1, n + 1)]
    assert np.mean(failed) == pytest.approx(0.1, abs=4 * np.sqrt(0.1 * 0.9 / n))
    assert failed == [protection.clears(section) == 0 for section in range(1, n + 1)]
    again = Protection(Blocks(network, gear), seed=3, replication=2)
    assert failed != [bool(again.fails(section)) for section in range(1, n + 1)]


@st.composite
def drills(draw: st.DrawFn) -> Any:
    n = draw(st.integers(2, 8))
    parent, trail = [-1], [0]
    for i in range(1, n):
        up = draw(st.sampled_from([-1, *trail]))
        trail = [*trail[: trail.index(up) + 1], i] if up >= 0 else [i]
        parent.append(up)
    kinds = st.sampled_from(["none", "disconnector", "recloser", "fuse"])
    device = ["breaker" if up < 0 else draw(kinds) for up in parent]
    success = draw(st.lists(st.sampled_from([0.0, 0.5, 1.0]), min_size=n, max_size=n))
    section = st.integers(0, n - 1)
    ties = draw(st.lists(st.tuples(section, section).filter(lambda t: t[0] != t[1]), max_size=3))
    faults = draw(st.lists(st.tuples(st.sampled_from([60.0, 61.0, 150.0]), section), min_size=1, max_size=4))
    trips = draw(st.lists(st.tuples(st.floats(50.0, 900.0), section, st.sampled_from([7.0, 300.0])), max_size=2))
    return parent, device, success, ties, faults, draw(st.booleans()), draw(st.integers(0, 5)), trips


@settings(max_examples=60, deadline=None)
@given(drill=drills())
@example(
    drill=(
        [-1, 0, -1, -1, -1, 4, 5, 5],
        ["breaker", "recloser", "breaker", "breaker", "breaker", "recloser", "fuse", "disconnector"],
        [0.0, 0.5, 0.0, 0.0, 1.0, 0.0, 1.0, 0.5], [], [(150.0, 6), (61.0, 6), (150.0, 2), (150.0, 5)], True, 3, [],
    )
)  # a fuse with a second fault waits for supply that comes back by switching
@example(
    drill=([-1, -1], ["breaker", "breaker"], [0.0, 0.0], [], [(150.0, 1)], False, 0, [(50.0, 1, 300.0)])
)  # a fault behind a device that is held open, after the patrol has found nothing
def test_whatever_fails_all_is_found_and_the_network_ends_as_it_was_built(drill: Any) -> None:
    parent, device, success, ties, faults, enabled, replication, trips = drill
    n = len(parent)
    network = tiny_network(parent, [10 * (i + 1) for i in range(n)], device, [True] * n, tie=ties)
    network = unsure(network, **{f"s{i}": value for i, value in enumerate(success)})
    calls = [(at, s, c) for c, at in enumerate(np.arange(100.0, 14000.0, 120.0).tolist()) for s in range(n)]
    given_scenario = tiny_scenario(
        etr={"policy": "none"}, switching={"enabled": enabled}, knowledge={"calls_to_infer": 1}
    )
    drawn = tiny_drawn(network, given_scenario, given=tiny_faults(*faults), replication=replication)
    tripped = [Action(at, "section_tripped", {"section": f"s{s}", "for_min": minutes}, "lead") for at, s, minutes in trips]
    world = World(drawn, plan_of(given_scenario), Telephone(calls), sorted(tripped, key=lambda action: action.at))
    log = world.play().log
    is_sound(log)
    dark, back = log.of("section_went_dark"), log.of("section_restored")
    assert log["customers"][dark].sum() == log["customers"][back].sum()
    assert not any(world.truth.is_open), "all is found and repaired"
    assert not world.truth.supply.blocks.any()
    if isinstance(world.truth.supply, SwitchedSupply):
        assert world.truth.supply.is_normal()
        assert alive_by_search(world.truth.supply) == set(range(n))
