"""Supply under faults and orders: every rule by hand, and random networks against a plain search."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.grid.plant import equipped
from sim.supply import Blocks, Order, Supply, SwitchedSupply
from tests.tiny import tiny_network

#   0 -- 1 -- 2 -- 3        5 -- 6 -- 7        breakers at 0 and 5, a disconnector at 1, reclosers at 2 and 6,
#         \-- 4                                a fuse at 4, disconnectors at 3 and 7
#   ties: 0 joins 3 and 7, 1 joins 4 and 6
PARENT = [-1, 0, 1, 2, 1, -1, 5, 6]
DEVICE = ["breaker", "disconnector", "recloser", "disconnector", "fuse", "breaker", "recloser", "disconnector"]
TIES = [(3, 7), (4, 6)]


def two_feeders() -> SwitchedSupply:
    return supply_of(PARENT, DEVICE, TIES)


def supply_of(parent: Sequence[int], device: Sequence[str], ties: Sequence[tuple[int, int]]) -> SwitchedSupply:
    network = tiny_network(parent, [10] * len(parent), device, tie=ties)
    return SwitchedSupply(Blocks(network, equipped(network).switchgear))


def switch(supply: SwitchedSupply, opens: Any = (), closes: Any = (), tie_opens: Any = (), tie_closes: Any = ()) -> Any:
    order = Order(*map(frozenset, (opens, closes, tie_opens, tie_closes)))
    if supply.allows(order):
        return supply.operate(order)
    supply.switch(order)
    raise AssertionError("what is not allowed is refused")


def dark(supply: Supply) -> list[int]:
    return np.flatnonzero(supply.blocks > 0).tolist()


def test_a_fault_opens_the_nearest_device_that_acts() -> None:
    supply = two_feeders()
    assert supply.fault(3).tolist() == [2, 3], "the disconnector at 3 does not act"
    assert supply.fault(1).tolist() == [0, 1, 4]
    assert supply.repair(3).tolist() == []
    assert supply.repair(1).tolist() == [0, 1, 2, 3, 4]
    assert supply.is_normal()


def test_a_fuse_that_fails_leaves_the_fault_to_the_next() -> None:
    supply = two_feeders()
    assert supply.fault(4, frozenset({4})).tolist() == [0, 1, 2, 3, 4]
    assert supply.repair(4, frozenset({4})).tolist() == [0, 1, 2, 3, 4]
    assert supply.fault(4).tolist() == [4]


def test_isolation_gives_back_what_is_upstream() -> None:
    supply = two_feeders()
    supply.fault(3)
    gained, lost = switch(supply, opens=[3])
    assert (gained.tolist(), lost.tolist()) == ([2], [])
    assert dark(supply) == [3]
    assert supply.repair(3).tolist() == [], "the device opened on order is still open"
    gained, _ = switch(supply, closes=[3])
    assert gained.tolist() == [3]
    assert supply.is_normal()


def test_what_is_downstream_is_fed_through_a_tie() -> None:
    supply = two_feeders()
    assert supply.fault(1).tolist() == [0, 1, 2, 3, 4]
    gained, lost = switch(supply, opens=[1, 2], tie_closes=[0])
    assert (gained.tolist(), lost.tolist()) == ([0, 2, 3], [])
    assert dark(supply) == [1, 4]
    gained, _ = switch(supply, opens=[4], tie_closes=[1])
    assert gained.tolist() == [4], "a second tie feeds the other part"
    assert supply.repair(1).tolist() == []
    gained, lost = switch(supply, closes=[1, 2, 4], tie_opens=[0, 1])
    assert (gained.tolist(), lost.tolist()) == ([1], []), "back to normal without anybody dark"
    assert supply.is_normal()


def test_a_loop_of_closed_devices_is_refused_and_changes_nothing() -> None:
    supply = two_feeders()
    for closes in ([0], [1], [0, 1]):
        with pytest.raises(ValueError, match="fed from two sides"):
            switch(supply, tie_closes=closes)
        assert supply.is_normal()
    switch(supply, opens=[2], tie_closes=[0])
    with pytest.raises(ValueError, match="fed from two sides"):
        switch(supply, closes=[2])
    assert dark(supply) == []


def test_a_fault_on_a_part_fed_through_a_tie_opens_the_nearest_device_on_that_way() -> None:
    supply = two_feeders()
    supply.fault(1)
    switch(supply, opens=[1, 2], tie_closes=[0])
    assert supply.fault(2).tolist() == [2, 3], "no device between acts but the tie"
    assert supply.tripped_ties == {0}
    gained, _ = switch(supply, opens=[3])
    assert gained.tolist() == [3], "once the fault is cut off, the tie holds"
    assert supply.tripped_ties == set()
    assert supply.fault(7).tolist() == [3, 6, 7], "the recloser at 6 acts for the feeder that gives supply"


def test_a_fault_upstream_of_what_gives_supply_takes_the_re_fed_part_along() -> None:
    supply = two_feeders()
    supply.fault(1)
    switch(supply, opens=[1, 2], tie_closes=[0])
    assert supply.fault(5).tolist() == [2, 3, 5, 6, 7]
    assert supply.repair(5).tolist() == [2, 3, 5, 6, 7]


def test_an_isolated_fault_keeps_nothing_open() -> None:
    supply = two_feeders()
    switch(supply, opens=[3])
    assert supply.fault(3).tolist() == []
    assert dark(supply) == [3]
    gained, lost = switch(supply, closes=[3])
    assert (gained.tolist(), lost.tolist()) == ([], [2]), "closing onto a fault"


def test_several_faults_in_one_zone() -> None:
    supply = two_feeders()
    supply.fault(0)
    supply.fault(1)
    assert supply.repair(0).tolist() == []
    gained, _ = switch(supply, opens=[1])
    assert gained.tolist() == [0]


def test_a_substation_takes_its_feeders_along() -> None:
    network = tiny_network(PARENT, [10] * 8, DEVICE, tie=TIES)
    network.feeder_substation[:] = [0, 1]
    supply = SwitchedSupply(Blocks(network, equipped(network).switchgear))
    assert supply.lose_source(1).tolist() == [5, 6, 7]
    gained, _ = switch(supply, opens=[5], tie_closes=[0])
    assert gained.tolist() == [5, 6, 7]
    assert supply.regain_source(1).tolist() == []
    switch(supply, closes=[5], tie_opens=[0])
    assert supply.is_normal()


def test_a_device_tripped_on_purpose_stays_open_in_a_switched_feeder() -> None:
    supply = two_feeders()
    switch(supply, opens=[3], tie_closes=[0])
    assert supply.trip(2)[1].tolist() == [2]
    gained, _ = switch(supply, closes=[3], tie_opens=[0])
    assert gained.tolist() == []
    assert dark(supply) == [2, 3]
    assert supply.untrip(2)[0].tolist() == [2, 3]
    assert supply.is_normal()


def test_a_refused_order_changes_nothing() -> None:
    network = tiny_network([-1, 0, -1], [1, 2, 3], ["breaker", "fuse", "breaker"], tie=[(0, 1), (0, 1)])
    supply = SwitchedSupply(Blocks(network, equipped(network).switchgear))
    assert supply.fault(1, frozenset({1})).tolist() == [0, 1]  # the fuse fails, the breaker clears
    switch(supply, opens=[2])
    supply.trip(1)
    with pytest.raises(ValueError, match="fed from two sides"):
        switch(supply, closes=[2], tie_closes=[0, 1])
    assert dark(supply) == [0, 1, 2]
    assert supply.opened == {2}


def test_nothing_is_repaired_that_is_not_broken() -> None:
    supply = two_feeders()
    supply.fault(4)
    for section, fails in ((3, frozenset()), (4, frozenset({4}))):
        with pytest.raises(ValueError, match="no such fault"):
            supply.repair(section, fails)
    with pytest.raises(ValueError, match="not held open"):
        supply.untrip(4)


# ---- random networks


@st.composite
def histories(draw: st.DrawFn) -> tuple[Any, list[tuple[str, Any]]]:
    """Draw a network with ties and what happens to it."""
    n = draw(st.integers(2, 14))
    parent, trail = [-1], [0]
    for i in range(1, n):
        up = draw(st.sampled_from([-1, *trail]))
        trail = [*trail[: trail.index(up) + 1], i] if up >= 0 else [i]
        parent.append(up)
    kinds = ["none", "disconnector", "fuse", "recloser"]
    device = [draw(st.sampled_from(["breaker", "fuse"] if p < 0 else kinds)) for p in parent]
    section = st.integers(0, n - 1)
    ties = draw(st.lists(st.tuples(section, section).filter(lambda t: t[0] != t[1]), max_size=5))
    network = tiny_network(parent, [1 + i for i in range(n)], device, tie=ties)
    n_blocks = sum(d != "none" for d in device)
    some = st.lists(st.integers(0, n_blocks - 1), max_size=3, unique=True)
    few_ties = st.lists(st.integers(0, len(ties) - 1), max_size=2, unique=True) if ties else st.just([])
    step = st.one_of(
        st.tuples(st.just("fault"), st.tuples(section, st.frozensets(st.integers(0, n_blocks - 1), max_size=2))),
        st.tuples(st.just("repair"), st.integers(0, 9)),
        st.tuples(st.just("switch"), st.tuples(some, some, few_ties, few_ties)),
        st.tuples(st.just("trip"), section),
        st.tuples(st.just("untrip"), st.integers(0, 9)),
    )
    return network, draw(st.lists(step, max_size=16))


def alive_by_search(supply: SwitchedSupply) -> set[int]:
    """Return the sections that closed devices and ties join with a source."""
    network, tree = supply.tree.network, supply.tree
    shut = {int(tree.head[b]) for b in range(tree.n) if supply.is_open(b)}
    ways: dict[int, set[int]] = {s: set() for s in range(network.n_sections)}
    for s, up in enumerate(network.parent.tolist()):
        if up >= 0 and s not in shut:
            ways[s].add(up)
            ways[up].add(s)
    for tie in supply.closed_ties - supply.tripped_ties:
        a, b = network.tie[tie].tolist()
        ways[a].add(b)
        ways[b].add(a)
    queue = [s for s, up in enumerate(network.parent.tolist()) if up < 0 and s not in shut]
    found = set(queue)
    while queue:
        for other in ways[queue.pop()] - found:
            found.add(other)
            queue.append(other)
    return found


@settings(max_examples=300, deadline=None)
@given(history=histories())
def test_alive_is_what_a_search_over_closed_devices_reaches(history: tuple[Any, list[tuple[str, Any]]]) -> None:
    network, steps = history
    supply = SwitchedSupply(Blocks(network, equipped(network).switchgear))
    faults: list[tuple[int, frozenset[int]]] = []
    trips: list[int] = []
    was_dark: set[int] = set()
    for what, how in steps:
        gained: Any = []
        lost: Any = []
        if what == "fault":
            lost = supply.fault(*how)
            faults.append(how)
        elif what == "repair" and faults:
            gained = supply.repair(*faults.pop(how % len(faults)))
        elif what == "trip":
            gained, lost = supply.trip(how)
            trips.append(how)
        elif what == "untrip" and trips:
            gained, lost = supply.untrip(trips.pop(how % len(trips)))
        elif what == "switch":
            try:
                gained, lost = switch(supply, *how)
            except ValueError:
                gained, lost = [], []
        gained, lost = set(map(int, gained)), set(map(int, lost))
        assert gained <= was_dark, "who gains supply had none"
        assert not lost & was_dark
        was_dark = (was_dark - gained) | lost
        assert set(dark(supply)) == was_dark, "customers are conserved"
        assert set(range(network.n_sections)) - was_dark == alive_by_search(supply)
        assert not [s for s, _ in faults if s not in was_dark], "nothing is alive that is broken"
    for order in (faults, faults[::-1]):  # whatever the order of the repairs
        again = SwitchedSupply(Blocks(network, equipped(network).switchgear))
        for section in trips:
            again.trip(section)
        switch(again, opens=supply.opened, tie_closes=supply.closed_ties)
        for fault in faults:
            again.fault(*fault)
        assert again.blocks.astype(bool).tolist() == supply.blocks.astype(bool).tolist(), "history leaves no trace"
        for fault in order[: len(order) // 2]:
            again.repair(*fault)
        for section in trips:
            again.untrip(section)
        switch(again, closes=again.opened, tie_opens=again.closed_ties)
        for fault in order[len(order) // 2 :]:
            again.repair(*fault)
        assert again.is_normal()
        assert not again.holds.any()


def test_a_trip_that_parts_a_fault_from_what_it_kept_dark_gives_that_supply() -> None:
    supply = two_feeders()
    switch(supply, opens=[3])  # the feeder stands otherwise than it was built
    assert supply.fault(4, frozenset({4})).tolist() == [0, 1, 2, 4], "the fuse fails, the breaker opens"
    gained, lost = supply.trip(4)
    assert (gained.tolist(), lost.tolist()) == ([0, 1, 2], [])
    gained, lost = supply.untrip(4)
    assert (gained.tolist(), lost.tolist()) == ([], [0, 1, 2])


def test_a_device_that_may_close_again_stays_open_while_a_tie_feeds_what_is_below() -> None:
    supply = two_feeders()
    supply.trip(2)
    assert switch(supply, tie_closes=[0])[0].tolist() == [2, 3]
    assert supply.untrip(2)[0].tolist() == []
    assert (dark(supply), supply.opened) == ([], {2})
    switch(supply, closes=[2], tie_opens=[0])
    assert supply.is_normal()
