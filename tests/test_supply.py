"""Supply by counters agrees with a search of the graph."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.supply import Supply, dark_by_search
from tests.tiny import tiny_network

#   0 -- 1 -- 3        devices at 0 (feeder), 2 and 4
#    \-- 2 -- 4
BRANCHED = ([-1, 0, 1, 0, 3], [10, 20, 30, 40, 50], ["breaker", "none", "none", "recloser", "fuse"])


def branched() -> Supply:
    return Supply(tiny_network(*BRANCHED))


def test_a_fault_cuts_off_its_zone_and_everything_below() -> None:
    supply = branched()
    assert supply.fault(3).tolist() == [3, 4]
    assert supply.dark.tolist() == [False, False, False, True, True]
    assert supply.repair(3).tolist() == [3, 4]
    assert not supply.dark.any()


def test_a_fault_without_a_device_of_its_own_goes_up_to_the_next() -> None:
    assert branched().fault(2).tolist() == [0, 1, 2, 3, 4]


def test_several_faults_above_one_customer_off_once_back_once() -> None:
    supply = branched()
    assert supply.fault(4).tolist() == [4]
    assert supply.fault(3).tolist() == [3]
    assert supply.fault(1).tolist() == [0, 1, 2]
    assert supply.repair(3).tolist() == []
    assert supply.repair(1).tolist() == [0, 1, 2, 3]
    assert supply.repair(4).tolist() == [4]


def test_two_faults_in_one_zone_need_two_repairs() -> None:
    supply = branched()
    supply.fault(3)
    assert supply.fault(3).tolist() == []
    assert supply.repair(3).tolist() == []
    assert supply.repair(3).tolist() == [3, 4]


def test_a_trip_and_a_fault_hold_the_same_device() -> None:
    supply = branched()
    assert supply.trip(4)[1].tolist() == [4]
    assert supply.fault(4).tolist() == []
    assert supply.untrip(4)[0].tolist() == []
    assert supply.zone_faults[4] == 1
    assert supply.repair(4).tolist() == [4]


def test_nothing_is_repaired_that_is_not_broken() -> None:
    supply = branched()
    with pytest.raises(ValueError, match="no fault"):
        supply.repair(3)
    supply.trip(3)
    with pytest.raises(ValueError, match="no fault"):
        supply.repair(3)
    with pytest.raises(ValueError, match="not open"):
        supply.untrip(0)


def test_the_topmost_open_device_is_to_blame() -> None:
    supply = branched()
    supply.fault(4)
    assert [supply.blocking_head(s) for s in range(5)] == [-1, -1, -1, -1, 4]
    supply.fault(2)
    assert [supply.blocking_head(s) for s in range(5)] == [0, 0, 0, 0, 0]


def test_fed_devices_that_are_open() -> None:
    supply = branched()
    supply.fault(4)
    supply.fault(3)
    assert supply.fronts(0) == [3]
    assert supply.is_fed(3)
    assert not supply.is_fed(4)
    assert supply.is_fed(0)
    supply.repair(3)
    assert supply.fronts(3) == [4]


@st.composite
def feeders(draw: st.DrawFn):
    """Draw a forest in preorder: each section hangs on its predecessor or on one of that one's ancestors."""
    n = draw(st.integers(1, 14))
    parent, device = [-1], ["breaker"]
    for i in range(1, n):
        path = [-1]
        up = i - 1
        while up >= 0:
            path.append(up)
            up = parent[up]
        parent.append(draw(st.sampled_from(path)))
        kinds = ["breaker", "fuse"] if parent[i] < 0 else ["none", "none", "recloser", "fuse"]
        device.append(draw(st.sampled_from(kinds)))
    customers = draw(st.lists(st.integers(0, 50), min_size=n, max_size=n))
    return tiny_network(parent, customers, device)


@given(feeders(), st.data())
@settings(max_examples=60, deadline=None)
def test_dark_is_what_a_search_finds(network, data) -> None:
    supply, faults, trips = Supply(network), [], []
    dark = np.zeros(network.n_sections, bool)
    for _ in range(data.draw(st.integers(1, 12))):
        section = data.draw(st.integers(0, network.n_sections - 1))
        what = data.draw(st.sampled_from(["fault", "fault", "repair", "trip", "untrip"]))
        if what == "fault":
            faults.append(section)
            lost, gained = supply.fault(section), []
        elif what == "trip":
            trips.append(section)
            gained, lost = supply.trip(section)
        elif what == "repair" and faults:
            lost, gained = [], supply.repair(faults.pop(data.draw(st.integers(0, len(faults) - 1))))
        elif what == "untrip" and trips:
            gained, lost = supply.untrip(trips.pop())
        else:
            continue
        assert not dark[lost].any()
        assert dark[gained].all()
        dark[lost], dark[gained] = True, False
        searched = dark_by_search(network, faults, trips)
        assert (supply.dark == searched).all()
        assert (dark == searched).all()
        for head in range(network.n_sections):
            below = np.arange(head, network.end[head])
            assert supply.dark_below(head).tolist() == below[searched[below]].tolist()
            assert supply.alive_below(head).tolist() == below[~searched[below]].tolist()
        out = int(network.customers[dark].sum())
        assert 0 <= out <= network.n_customers
    for section in faults:
        supply.repair(section)
    for section in trips:
        supply.untrip(section)
    assert not supply.dark.any()
    assert not supply.blocks.any()
