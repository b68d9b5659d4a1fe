"""Switching in the world: tiny drills with exact logs for every rule, and what holds of every drill."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from sim.scenario import Action
from sim.supply import PickUp, SwitchedSupply
from sim.world import World
from tests.test_switched import alive_by_search
from tests.tiny import tiny_drawn, tiny_faults, tiny_network, tiny_scenario
from tests.worlds import Telephone, at_of, is_sound, lines, plan_of, play

CREWS = ("shift_started", "crew_dispatched", "crew_arrived", "job_opened")


def scenario(switching: dict[str, Any] | None = None, **overrides: Any) -> Any:
    """Return a plain scenario without promises in which all ties are remote and unlimited and one operator sits."""
    own = {"enabled": True, "tie_remote_fraction": 1.0, "operators": 1, "tie_capacity_kw": 1e6} | (switching or {})
    return tiny_scenario(**({"etr": {"policy": "none"}, "switching": own} | overrides))


#  0 breaker -- 1 recloser -- 2 recloser -tie 0-.
#  3 breaker -- 4 disconnector -----------------'
PARENT, CUSTOMERS = [-1, 0, 1, -1, 3], [100, 200, 300, 400, 500]
KINDS = ["breaker", "recloser", "recloser", "breaker", "disconnector"]
TWO = tiny_network(PARENT, CUSTOMERS, KINDS, [True] * 5, tie=[(2, 4)])


def test_what_is_below_a_fault_is_fed_through_a_tie_and_goes_back_after_the_repair() -> None:
    log = play(tiny_drawn(TWO, scenario(), given=tiny_faults((60.0, 1)))).log
    assert lines(log, *CREWS) == [
        "60 fault_occurred fault=0 section=1 value=0",
        "60 section_went_dark section=1 interruption=0 customers=200",
        "60 section_went_dark section=2 interruption=1 customers=300",
        "61 breaker_reported section=1",
        "75 outage_inferred outage=0 section=1 value=61",
        "81 device_opened section=2",  # two remote operations of 3 min
        "81 tie_closed place=0 section=2",
        "81 section_restored section=2 interruption=1 customers=300 value=21",
        "130 patrol_finished crew=1 job=0 task=0 section=1 outage=0 value=1",
        "130 fault_found fault=0 section=1 crew=1 outage=0 job=1 value=0",
        "390 repair_finished fault=0 section=1 crew=0 job=1 task=0 value=240",
        "390 section_restored section=1 interruption=0 customers=200 value=330",
        "390 outage_closed outage=0 section=1",
        "396 device_closed section=2",
        "396 tie_opened place=0 section=2",
    ]
    is_sound(log)


def test_switched_off_nothing_is_switched() -> None:
    log = play(tiny_drawn(TWO, scenario({"enabled": False}), given=tiny_faults((60.0, 1)))).log
    assert at_of(log, "section_restored") == [390.0, 390.0]
    assert not log.of("device_opened", "tie_closed").any()


def test_where_nothing_can_be_switched_nothing_changes() -> None:
    network = tiny_network(PARENT, CUSTOMERS, ["breaker", "recloser", "recloser", "breaker", "none"], [True] * 5)
    faults = tiny_faults((60.0, 1), (70.0, 4), (80.0, 2, "pole"), (90.0, 0))
    on, off = (play(tiny_drawn(network, scenario({"enabled": e}), given=faults)).log for e in (True, False))
    assert on.lines() == off.lines()


#  0 breaker -- 1 disconnector -- 2 disconnector
ONE_ZONE = tiny_network([-1, 0, 1], [100, 200, 300], ["breaker", "disconnector", "disconnector"], [True, True, False])


def test_once_the_fault_is_found_what_is_upstream_is_restored() -> None:
    log = play(tiny_drawn(ONE_ZONE, scenario(), given=tiny_faults((60.0, 1)))).log
    assert lines(log, *CREWS)[6:] == [
        "160 patrol_finished crew=1 job=0 task=0 section=0 outage=0 value=1",
        "160 fault_found fault=0 section=1 crew=1 outage=0 job=1 value=0",
        "166 device_opened section=1",
        "166 device_closed section=0",
        "166 section_restored section=0 interruption=0 customers=100 value=106",
        "166 outage_cut_off outage=0 section=0",
        "420 repair_finished fault=0 section=1 crew=0 job=1 task=0 value=240",
        "420 outage_closed outage=0 section=0",
        "423 device_closed section=1",
        "423 section_restored section=1 interruption=1 customers=200 value=363",
        "423 section_restored section=2 interruption=2 customers=300 value=363",
    ]
    is_sound(log)


def test_a_manual_device_waits_for_a_crew_that_travels() -> None:
    network = tiny_network(
        [-1, 0, 1], [100, 200, 300], ["breaker", "disconnector", "disconnector"], [True, False, False]
    )
    log = play(tiny_drawn(network, scenario(), given=tiny_faults((60.0, 1)))).log
    # found at 160; the patrol crew goes on to the device: 20 min to get going, 10 min on site
    assert at_of(log, "crew_dispatched", crew=1) == [75.0, 160.0]
    assert at_of(log, "device_opened") == at_of(log, "device_closed", section=0) == [190.0]
    assert at_of(log, "section_restored", section=0) == [190.0]
    assert at_of(log, "device_closed", section=1) == [430.0], "the crew that repaired closes it, 10 min"
    is_sound(log)


@pytest.mark.parametrize(("capacity", "fed_at"), [(450.0, 81.0), (449.0, 390.0)])
def test_a_tie_takes_no_more_than_it_can_carry_cold(capacity: float, fed_at: float) -> None:
    # 300 customers of 1 kW come back with 1.5 times their load
    drawn = tiny_drawn(TWO, scenario({"tie_capacity_kw": capacity}), given=tiny_faults((60.0, 1)))
    assert at_of(play(drawn).log, "section_restored", section=2) == [fed_at]


def test_hands_at_the_desk_are_limited() -> None:
    twice = tiny_network(
        [*PARENT, *(p + 5 if p >= 0 else p for p in PARENT)],
        CUSTOMERS * 2,
        KINDS * 2,
        [True] * 10,
        tie=[(2, 4), (7, 9)],
    )
    faults = tiny_faults((60.0, 1), (60.0, 6))
    for operators, expected in ((1, [81.0, 87.0]), (2, [81.0, 81.0])):
        log = play(tiny_drawn(twice, scenario({"operators": operators}), given=faults)).log
        assert at_of(log, "tie_closed") == expected


def test_restoring_comes_first_where_the_plan_says_so() -> None:
    # the tie is manual; the zone's own patrol has more customers behind it
    for first, expected in ((False, 1), (True, 2)):
        given = scenario({"restore_first": first, "tie_remote_fraction": 0.0}, dispatch={"rule": "most_customers"})
        log = play(tiny_drawn(TWO, given, given=tiny_faults((60.0, 1)))).log
        assert log["section"][log.of("crew_dispatched")][0] == expected
        is_sound(log)


def test_a_fault_nobody_knew_of_keeps_the_part_dark_until_it_is_found() -> None:
    # section 2 is broken too, unseen: when the tie is closed it opens again at once, and the feeder behind it is safe
    log = play(
        tiny_drawn(TWO, scenario(), given=tiny_faults((60.0, 1), (61.0, 2))), calls=[(100.0, 2, 1), (100.0, 2, 2)]
    ).log
    assert at_of(log, "tie_closed")[0] == 81.0
    assert not at_of(log, "section_went_dark", section=3)
    assert not at_of(log, "section_went_dark", section=4)
    assert at_of(log, "outage_inferred", section=2) == [105.0], "the callers tell"
    assert len(at_of(log, "section_restored", section=2)) == 1
    is_sound(log)


def test_a_fault_upstream_of_what_gives_supply_takes_the_part_along_and_is_fed_no_more() -> None:
    log = play(tiny_drawn(TWO, scenario(), given=tiny_faults((60.0, 1), (200.0, 3)))).log
    assert at_of(log, "section_went_dark", section=2) == [60.0, 200.0]
    assert at_of(log, "section_restored", section=2)[0] == 81.0
    is_sound(log)


def test_a_fault_on_the_part_that_is_fed_opens_the_tie_and_not_the_feeder() -> None:
    log = play(
        tiny_drawn(TWO, scenario(), given=tiny_faults((60.0, 1), (200.0, 2))), calls=[(250.0, 2, 1), (251.0, 2, 2)]
    ).log
    assert at_of(log, "section_went_dark", section=2) == [60.0, 200.0]
    assert not at_of(log, "section_went_dark", section=4)
    assert at_of(log, "outage_inferred", section=2) == [255.0]
    assert len(at_of(log, "section_restored", section=2)) == 2
    is_sound(log)


# ---- ties switched by order

#  0 breaker -- 1 recloser -- 2 recloser -tie 0- 4 disconnector -- 3 breaker
#                                        -tie 1- 6 disconnector -- 5 breaker
THREE = tiny_network(
    [-1, 0, 1, -1, 3, -1, 5], [100, 200, 300, 400, 500, 600, 700],
    ["breaker", "recloser", "recloser", "breaker", "disconnector", "breaker", "disconnector"], [True] * 7,
    tie=[(2, 4), (2, 6)],
)  # fmt: skip
UNTIL_CLOSED = [
    "60 fault_occurred fault=0 section=1 value=0",
    "60 section_went_dark section=1 interruption=0 customers=200",
    "60 section_went_dark section=2 interruption=1 customers=300",
    "61 breaker_reported section=1",
    "75 outage_inferred outage=0 section=1 value=61",
    "81 device_opened section=2",
    "81 tie_closed place=0 section=2",
    "81 section_restored section=2 interruption=1 customers=300 value=21",
]
REPAIR = [
    "130 patrol_finished crew=1 job=0 task=0 section=1 outage=0 value=1",
    "130 fault_found fault=0 section=1 crew=1 outage=0 job=1 value=0",
    "390 repair_finished fault=0 section=1 crew=0 job=1 task=0 value=240",
    "390 section_restored section=1 interruption=0 customers=200 value=330",
    "390 outage_closed outage=0 section=1",
    "396 device_closed section=2",
]


def order(at: float, tie: str, to: str) -> Action:
    return Action(at, "switch_tie", {"tie": tie, "to": to}, "lead")


def ordered(*orders: Action, network: Any = THREE, **switching: Any) -> list[str]:
    drawn = tiny_drawn(network, scenario(switching), given=tiny_faults((60.0, 1)))
    log = play(drawn, actions=orders).log
    is_sound(log)
    return lines(log, *CREWS)


def test_a_tie_closed_on_order_takes_the_part_over_without_a_gap() -> None:
    assert ordered(order(100.0, "s2-s6", "closed")) == [
        *UNTIL_CLOSED,
        "100 action_taken section=2 switch_tie s2-s6 closed by lead",
        "103 tie_closed place=1 section=2",
        "103 tie_opened place=0 section=2",
        *REPAIR,
        "396 tie_opened place=1 section=2",
    ]


def test_a_tie_opened_on_order_stays_open_and_the_part_goes_dark_until_another_way_is_found() -> None:
    assert ordered(order(100.0, "s2-s4", "open")) == [
        *UNTIL_CLOSED,
        "100 action_taken section=2 switch_tie s2-s4 open by lead",
        "103 tie_opened place=0 section=2",
        "103 section_went_dark section=2 interruption=2 customers=300",
        "106 tie_closed place=1 section=2",
        "106 section_restored section=2 interruption=2 customers=300 value=3",
        *REPAIR,
        "396 tie_opened place=1 section=2",
    ]


def test_a_tie_that_is_to_stay_open_is_used_again_once_it_is_ordered_closed() -> None:
    told = ordered(order(50.0, "s2-s4", "open"), order(200.0, "s2-s4", "closed"), order(201.0, "s2-s4", "closed"))
    assert [line for line in told if "tie" in line] == [
        "50 action_taken section=2 switch_tie s2-s4 open by lead",
        "81 tie_closed place=1 section=2",
        "200 action_taken section=2 switch_tie s2-s4 closed by lead",
        "201 action_refused switch_tie by lead: it is being closed already",
        "203 tie_closed place=0 section=2",
        "203 tie_opened place=1 section=2",
        "396 tie_opened place=0 section=2",
    ]


def test_a_crew_opens_a_manual_tie() -> None:
    told = ordered(order(200.0, "s2-s4", "open"), network=TWO, tie_remote_fraction=0.0)
    # both crews are at work until the patrol is back at 130 and closes the tie at 160; it opens it 30 min after the order
    assert [line for line in told if "tie" in line or "section=2 " in line] == [
        "60 section_went_dark section=2 interruption=1 customers=300",
        "160 device_operated crew=1 job=1 task=0 section=2 value=10",
        "160 tie_closed place=0 section=2",
        "160 section_restored section=2 interruption=1 customers=300 value=100",
        "200 action_taken section=2 switch_tie s2-s4 open by lead",
        "230 device_operated crew=1 job=3 task=0 section=2 value=10",
        "230 tie_opened place=0 section=2",
        "230 section_went_dark section=2 interruption=2 customers=300",
        "390 section_restored section=2 interruption=2 customers=300 value=160",
    ]


@pytest.mark.parametrize(
    ("at", "to", "why"),
    [
        (70.0, "closed", "both its ends have supply, and closing it would join two sources"),
        (78.0, "closed", "it is being closed already"),
        (100.0, "closed", "it is closed already"),
        (391.0, "open", "it is being put back to normal already"),
    ],
)
def test_a_tie_that_cannot_be_switched_at_its_moment_is_refused(at: float, to: str, why: str) -> None:
    refused = f"{at:g} action_refused switch_tie by lead: {why}"
    told = ordered(order(at, "s2-s4", to))
    assert [line for line in told if line != refused] == [*UNTIL_CLOSED, *REPAIR, "396 tie_opened place=0 section=2"]
    assert refused in told


def test_what_only_calls_tell_of_and_what_a_tie_cannot_carry_is_not_fed_on_order() -> None:
    silent = tiny_network(PARENT, CUSTOMERS, KINDS, [False] * 5, tie=[(2, 4)])
    drawn = tiny_drawn(silent, scenario(knowledge={"calls_to_infer": 1}), given=tiny_faults((60.0, 1)))
    log = play(drawn, calls=[(70.0, 1, 1)], actions=[order(80.0, "s2-s4", "closed")]).log
    assert log.detail[int(np.flatnonzero(log.of("action_refused"))[0])] == (
        "switch_tie by lead: no device or crew has confirmed yet that the part behind it is out"
    )
    weak = [
        line for line in ordered(order(80.0, "s2-s4", "closed"), network=TWO, tie_capacity_kw=449.0) if "tie" in line
    ]
    why = "the part behind it cannot be cut off from what may be broken, or is more than it can carry"
    assert weak == [f"80 action_refused switch_tie by lead: {why}"]


def test_who_is_critical_and_loses_supply_on_order_lives_on_its_own_backup_again() -> None:
    network = tiny_network(PARENT, CUSTOMERS, KINDS, [True] * 5, tie=[(2, 4)], critical=[(2, 90.0)])
    drawn = tiny_drawn(network, scenario(), given=tiny_faults((60.0, 1)))
    world = World(drawn, plan_of(drawn.scenario), Telephone(), [order(200.0, "s2-s4", "open")])
    ends = {}
    for at in (80.0, 150.0, 204.0):
        while world._env.peek() <= at:
            world._env.step()
        ends[at] = world.control.backups.ends_at[0]
    assert ends == {80.0: 61.0 + 90.0, 150.0: np.inf, 204.0: 203.0 + 90.0}


# ---- what holds of every drill


@st.composite
def drills(draw: st.DrawFn) -> Any:
    n = draw(st.integers(2, 9))
    parent, trail = [-1], [0]
    for i in range(1, n):
        up = draw(st.sampled_from([-1, *trail]))
        trail = [*trail[: trail.index(up) + 1], i] if up >= 0 else [i]
        parent.append(up)
    device = [
        draw(st.sampled_from(["breaker"] if p < 0 else ["none", "disconnector", "recloser", "fuse"])) for p in parent
    ]
    section = st.integers(0, n - 1)
    ties = draw(st.lists(st.tuples(section, section).filter(lambda t: t[0] != t[1]), max_size=4))
    reports = [draw(st.booleans()) for _ in parent]
    faults = draw(st.lists(st.tuples(st.sampled_from([60.0, 61.0, 150.0, 300.0]), section), min_size=1, max_size=4))
    capacity = draw(st.sampled_from([0.0, 60.0, 1e6]))
    remote = draw(st.sampled_from([0.0, 1.0]))
    first = draw(st.booleans())
    return (
        parent,
        device,
        reports,
        ties,
        faults,
        {"tie_capacity_kw": capacity, "tie_remote_fraction": remote, "restore_first": first},
        draw(st.sampled_from([None, (50.0, 7.0), (50.0, 300.0), (140.0, 600.0)])),
        draw(st.integers(0, 2)),
    )


def told(plan: list[PickUp]) -> set[tuple[Any, ...]]:
    """Return what is fed again, by which way."""
    return {(p.tie, p.host, p.into, frozenset(p.blocks), frozenset(p.opens), p.at, p.load_kw) for p in plan}


@settings(max_examples=60, deadline=None, phases=(Phase.explicit, Phase.generate), print_blob=False)
@given(drill=drills())
@example(
    drill=(
        [-1, 0, 1, 0, 0, 4, 4],
        ["breaker", "none", "disconnector", "recloser", "fuse", "fuse", "none"],
        [False, False, False, False, True, False, False],
        [(0, 6)],
        [(150.0, 3), (150.0, 6), (300.0, 2), (150.0, 5)],
        {"tie_capacity_kw": 0.0, "tie_remote_fraction": 1.0, "restore_first": False},
        None,
        0,
    )
)  # an outage ends while its device is open on order
def test_after_the_last_repair_the_network_is_as_it_was_built(drill: Any) -> None:
    parent, device, reports, ties, faults, switching, source_lost, n_generators = drill
    n = len(parent)
    network = tiny_network(parent, [10 * (i + 1) for i in range(n)], device, reports, tie=ties)
    # somebody in every section rings every two hours while dark
    calls = [(at, s, c) for c, at in enumerate(np.arange(100.0, 14000.0, 120.0).tolist()) for s in range(n)]
    crew = {"shift_start": "00:00", "shift_h": 24.0}
    given = scenario(
        switching, knowledge={"calls_to_infer": 1}, generators={"zones": True},
        crews={"generators": {"kind": "generator", "count": n_generators} | crew},
    )  # fmt: skip
    drawn = tiny_drawn(network, given, given=tiny_faults(*faults))
    lost = [
        Action(at, "substation_tripped", {"substation": "substation", "for_min": minutes}, "lead")
        for at, minutes in ([source_lost] if source_lost else [])
    ]
    world = World(drawn, plan_of(drawn.scenario), Telephone(calls), lost)
    desk = world.work.switching
    assert desk is not None
    world.control._learner.trip.add = lambda _: None  # times by hand count as of when they were last reckoned
    while world._env.peek() < drawn.scenario.horizon_min:
        world._env.step()
        if not desk._again.is_stale():  # what is kept up to date part by part is what comes of all at once
            assert told(desk._again.plan()) == told(desk._again.plan_with())
    log = world.play().log
    is_sound(log)
    supply = world.truth.supply
    assert isinstance(supply, SwitchedSupply)
    assert alive_by_search(supply) == set(np.flatnonzero(supply.blocks == 0).tolist())
    assert not any(world.truth.is_open), "all is found and repaired"
    assert supply.is_normal(), (supply.opened, supply.closed_ties)
    dark, back = log.of("section_went_dark"), log.of("section_restored")
    assert log["customers"][dark].sum() == log["customers"][back].sum()
    beliefs = world.control.beliefs
    assert isinstance(beliefs, SwitchedSupply)
    assert not beliefs.opened
    assert not beliefs.closed_ties


def test_an_outage_repaired_while_all_above_was_dark_ends_when_supply_comes_from_above() -> None:
    # section 2 is repaired first and fed through the tie; when section 1 is repaired too, all goes back
    network = tiny_network([-1, 0, 1], [10, 20, 30], ["breaker", "recloser", "recloser"], [True] * 3, tie=[(2, 0)])
    world = World(
        tiny_drawn(network, scenario(), given=tiny_faults((60.0, 2), (61.0, 1), (300.0, 1))),
        plan_of(scenario()), Telephone([(100.0, 1, 1), (100.0, 1, 2)]),
    )  # fmt: skip
    log = world.play().log
    assert at_of(log, "section_restored", section=2)[0] < at_of(log, "section_restored", section=1)[0]
    assert len(at_of(log, "outage_closed")) == 2
    assert at_of(log, "tie_opened")[0] > at_of(log, "section_restored", section=1)[0]
    is_sound(log)


def test_hours_by_cause_leave_out_what_is_fed_again() -> None:
    from sim.metrics.crews import crew_time
    from sim.metrics.intervals import dark_intervals
    from sim.metrics.where import Stages

    # section 1 is known broken from 130, mended from 150 to 390; section 2 is dark from 60 to 81 only
    log = play(tiny_drawn(TWO, scenario(), given=tiny_faults((60.0, 1)))).log
    dark = dark_intervals(log, TWO.customers, 14400.0)
    calm = np.full(1, np.nan)
    hours = Stages(log, dark, TWO, crew_time(log, 14400.0), calm, calm, 14400.0).hours()
    assert hours == {
        "unknown": (200 * 70 + 300 * 21) / 60,
        "wind": 0.0,
        "waiting": 0.0,
        "travel": 200 * 20 / 60,
        "work": 800.0,
        "other_crew": 0.0,
        "switching": 0.0,
        "switched_off": 0.0,
    }
