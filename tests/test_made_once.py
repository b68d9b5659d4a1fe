"""What is made once for a network and shared by all runs on it: as the plain way makes it, and never changed by a run."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sim.grid.network import Network
from sim.world.backups import Backups
from sim.world.book import _customers_behind, _zone_km
from sim.world.control import _zone_heads
from tests.tiny import tiny_drawn, tiny_faults, tiny_network, tiny_scenario
from tests.worlds import play

KINDS = ["breaker", "recloser", "disconnector", "recloser", "breaker", "disconnector"]


def fresh() -> Network:
    """Return a network on which nothing has run: two feeders, a tie, two critical customers at one section."""
    return tiny_network(
        [-1, 0, 1, 0, -1, 4], [100, 200, 300, 50, 400, 500], KINDS, [True] * 6, tie=[(2, 5)],
        critical=[(3, 60.0), (1, 0.0), (3, 120.0)], length_km=[1.0, 2.0, 4.0, 8.0, 16.0, 32.0],
    )  # fmt: skip


def test_it_is_made_at_the_first_asking_of_every_key() -> None:
    network, made = fresh(), []
    for key in ("a", "b", "a"):
        network.once(key, lambda key=key: made.append(key))  # type: ignore[misc]
    assert made == ["a", "b"]


def test_tables_are_those_of_the_plain_way() -> None:
    network = fresh()
    n = network.n_sections
    heads, n_before, hanging = _zone_heads(network)
    assert heads == [s for s in range(n) if network.zone[s] == s]
    assert n_before == [sum(head < s for head in heads) for s in range(n + 1)]
    above = network.parent[heads].tolist()
    assert hanging == {up: [head for head in heads if network.parent[head] == up] for up in above}
    assert _customers_behind(network) == [int(network.customers[s : network.end[s]].sum()) for s in range(n)]
    assert _zone_km(network) == [float(network.length_km[network.zone == s].sum()) for s in range(n)]
    backups = Backups(network)
    for head in range(n):
        behind = [i for i, section in enumerate(backups.section) if head <= section < network.end[head]]
        assert list(backups.behind(head)) == behind


def test_a_run_leaves_it_as_it_was_for_the_next_one() -> None:
    shared, faults = fresh(), tiny_faults((60.0, 1), (70.0, 5), (80.0, 2, "pole"), (90.0, 3), (95.0, 0))
    lengths = set()
    for switches, capacity_kw in ((True, 1e6), (True, 350.0), (False, 1e6), (True, 1e6)):
        settings = tiny_scenario(
            etr={"policy": "none"}, knowledge={"monitored_fraction": 0.5, "metered_fraction": 0.2},
            switching={"enabled": switches, "tie_remote_fraction": 0.5, "tie_capacity_kw": capacity_kw},
        )  # fmt: skip
        used, new = (play(tiny_drawn(network, settings, given=faults)).log for network in (shared, fresh()))
        assert used.lines() == new.lines()
        lengths.add(len(used))
    assert len(lengths) > 1


@given(
    st.lists(st.tuples(st.integers(0, 5), st.booleans(), st.floats(0, 300)), max_size=8),
    st.lists(st.integers(0, 10), max_size=4),
)
def test_critical_customers_and_zones_are_found_as_by_looking_at_all(
    more: list[tuple[int, bool, float]], covered: list[int]
) -> None:
    network = fresh()
    backups = Backups(network)
    for section, is_zone, minutes in more:
        if is_zone:
            backups.add_zone(section, 5)
        else:
            backups.lost_supply(backups.add(section, minutes), 60.0)
    for index in covered:
        backups.is_covered[index % len(backups.section)] = True
    own = range(3)  # in order of their section, then those added
    everyone = [*sorted(own, key=lambda i: backups.section[i]), *range(3, len(backups.section))]
    for head in range(network.n_sections):
        behind = [i for i in everyone if head <= backups.section[i] < network.end[head]]
        assert list(backups.behind(head)) == behind
        ends = [backups.ends_at[i] for i in behind if not backups.is_covered[i] and backups.ends_at[i] < 1e9]
        assert backups.need(head) == (len(ends), min(ends, default=math.inf))
        assert backups.at(np.array([head])) == [i for i in everyone if backups.section[i] == head]
