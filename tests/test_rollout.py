"""Looking ahead: the rule of the product against the exact optimum of small repair problems, and in the world."""

import heapq
import itertools
import time
from types import SimpleNamespace

import numpy as np
import pytest

from sim import rng
from sim.dispatch import RULES, Asking, JobTable, Outlook, resolve
from sim.dispatch.rollout import n_moves
from sim.world.crews import Crew
from sim.world.engaged import Engaged
from tests.test_dispatch import PLAIN
from tests.tiny import tiny_drawn, tiny_faults, tiny_network, tiny_scenario
from tests.worlds import at_of, is_sound, play


class Feeder:
    """Damaged zones in a tree: zone i hangs behind `above[i]`, one fault each, repaired in any order, no travel."""

    def __init__(self, above, own, hours) -> None:
        self.above, self.own, self.hours = above, own, hours
        n = len(above)
        self.path = [self._path(i) for i in range(n)]
        self.behind = [sum(own[i] for i in range(n) if z in self.path[i]) for z in range(n)]

    def _path(self, i):
        return [] if i < 0 else [*self._path(self.above[i]), i]

    def cost(self, done):
        """Customer-hours when each zone is repaired at `done` and its customers need all on their path."""
        return sum(n * max(done[z] for z in path) for n, path in zip(self.own, self.path, strict=True))

    def listed(self, order, n_crews):
        """Return when each zone is repaired if whoever is free takes the next one of an order."""
        free, done = [0.0] * n_crews, {}
        for zone in order:
            done[zone] = heapq.heappop(free) + self.hours[zone]
            heapq.heappush(free, done[zone])
        return done

    def optimum(self, n_crews):
        """Return the least cost of all orders: every one of them is tried."""
        orders = itertools.permutations(range(len(self.above)))
        return min(self.cost(self.listed(order, n_crews)) for order in orders)

    def played(self, rule, n_crews):
        """Return the cost when free crews ask a rule of the product, one after the other."""
        jobs = JobTable(1)
        for zone, hours in enumerate(self.hours):
            columns = {"opened_at": zone, "expected_min": 60 * hours, "customers": self.behind[zone]}
            jobs.add(zone, 0, 0, zone, **PLAIN | columns)
        crews, done = [(0.0, crew) for crew in range(n_crews)], {}
        while jobs.n:
            at, crew = heapq.heappop(crews)

            def look(at=at, crews=tuple(crews)):
                others = sorted((60 * free, 0.0, 0.0) for free, _ in crews)
                busy = [z for z, until in done.items() if until > at]
                return Outlook(
                    self.above, self.behind, others, lambda head, but: self.pending(head, but, done, jobs, at),
                    lambda head: sorted(z for z in busy if z != head and head in self.path[z]),
                )  # fmt: skip

            zone = jobs.choose(rule, jobs.view(Asking(0.0, 0.0, 60 * at, 0.0, 0.0, "line"), look))
            jobs.remove(zone)
            done[zone] = at + self.hours[zone]
            heapq.heappush(crews, (done[zone], crew))
        return self.cost(done)

    @staticmethod
    def pending(head, but, done, jobs, at):
        if head in jobs and head not in but:
            return np.inf
        return 60 * done[head] if done.get(head, at) > at else -np.inf


def drawn_feeder(seed: int) -> Feeder:
    """Return a feeder of 6 or 7 damaged zones, some behind others."""
    draw = rng.uniforms(1, seed, "test.feeder", np.arange(40))
    n = 6 + int(draw[0] * 2)
    above = [int(draw[1 + i] * (i + 1)) - 1 for i in range(n)]
    own = [int(1 + 299 * draw[10 + i] ** 3) for i in range(n)]
    return Feeder(above, own, [round(0.5 + 6 * draw[20 + i], 1) for i in range(n)])


def rollout(steps: int | None = None):
    return resolve("rollout", settings=tiny_scenario(dispatch={} if steps is None else {"rollout_steps": steps}))


def test_rollout_comes_near_the_optimum_of_fifty_enumerated_feeders() -> None:
    gaps, index = [], []
    for seed in range(50):
        feeder, n_crews = drawn_feeder(seed), 1 + seed % 3
        best = feeder.optimum(n_crews)
        gaps.append(feeder.played(rollout(), n_crews) / best - 1)
        index.append(feeder.played(RULES["customers_per_hour"], n_crews) / best - 1)
    assert min(gaps) > -1e-9
    assert np.mean(gaps) < 0.01
    assert max(gaps) < 0.05
    assert np.mean(gaps) < np.mean(index)


# the seven faults of the feeder in tests/test_dispatch.py: S1, S4 behind S1, S7 behind S4, S10 and S9 behind S7, S2
# behind S1, S5 behind S4; the optimum by enumeration is 4,458.5, 2,829 and 2,451 customer-hours with 1, 2 and 3 crews
SEVEN = Feeder([-1, 0, 1, 2, 0, 1, 2], [210, 1, 1, 10, 210, 210, 10], [3, 5, 2, 4, 1.5, 2.5, 1])


@pytest.mark.parametrize(("crews", "optimum"), [(1, 4458.5), (2, 2829.0), (3, 2451.0)])
def test_rollout_on_the_feeder_of_seven_faults(crews, optimum) -> None:
    assert SEVEN.optimum(crews) == optimum
    assert optimum <= SEVEN.played(rollout(), crews) <= 1.01 * optimum


def test_the_budget_bounds_what_is_looked_at() -> None:
    feeder = drawn_feeder(3)
    assert n_moves(7) == 51
    # two steps: two jobs in one other order; still better or equal to nothing at all
    assert feeder.played(rollout(2), 1) >= feeder.played(rollout(), 1)
    assert feeder.played(rollout(), 2) == feeder.played(rollout(), 2)


def test_without_outlook_it_is_the_index_rule() -> None:
    jobs = JobTable(1)
    for job in range(5):
        jobs.add(job, 0, **PLAIN | {"customers": 10.0 * job})
    view = jobs.view(Asking(0.0, 0.0, 0.0, 2.0, 20.0, "line"))
    assert rollout()(view).tolist() == RULES["customers_per_hour"](view).tolist()


# -- in the world -------------------------------------------------------------------------------------------------

# the breaker's zone has 30 customers and two faults; behind it hang 500 behind a fuse with one fault. By the index rule
# the fuse's fault comes first, but nobody has power from it before both others are mended.
NESTED = tiny_network(
    [-1, 0, 1, -1, 3], [10, 20, 240, 150, 5], ["breaker", "none", "fuse", "breaker", "fuse"],
    [True, False, False, True, False],
)  # fmt: skip


def customer_hours(log) -> float:
    back = log.of("section_restored")
    return float((log["customers"][back] * log["value"][back]).sum()) / 60


def world(rule: str, **dispatch):
    settings = tiny_scenario(
        etr={"policy": "none"}, dispatch={"rule": rule} | dispatch, knowledge={"patrol_scope": "downstream"},
        work={"mobilise_min": 0.0, "patrol_setup_min": 1.0, "patrol_kmh": 200.0, "transformer_h": 12.0, "wire_h": 2.0},
        crews={"line": {"kind": "line", "count": 1, "present_from": "T+3h", "shift_start": "00:00", "shift_h": 24.0}},
    )  # fmt: skip
    given = tiny_faults((60.0, 0, "transformer"), (60.0, 2), (60.0, 3, "transformer"))
    return play(tiny_drawn(NESTED, settings, given=given)).log


def test_rollout_mends_first_what_brings_power_back_in_the_world() -> None:
    index, ahead = world("customers_per_hour"), world("rollout")
    is_sound(ahead)
    first = {
        name: log["fault"][log.of("repair_finished")].tolist() for name, log in (("index", index), ("ahead", ahead))
    }
    assert first["index"][0] == 1  # two hours of work, 240 customers behind, none of whom has power from it
    assert first["ahead"][0] != 1
    assert customer_hours(ahead) < customer_hours(index)
    assert len(at_of(ahead, "section_restored")) == 5
    assert world("rollout").lines() == ahead.lines()


def test_rollout_looks_at_few_of_many_jobs() -> None:
    jobs = JobTable(1)
    for job in range(5000):
        jobs.add(job, 0, 0, job, **PLAIN | {"x": job % 97, "customers": (job * 37) % 1009})
    look = Outlook([-1] * 5000, [100] * 5000, [(0.0, 1.0, 1.0)] * 300, lambda *_: -np.inf, lambda _: [])
    rule, best = rollout(), np.inf
    for _ in range(5):
        start = time.perf_counter()
        for _ in range(20):
            jobs.choose(rule, jobs.view(Asking(0.0, 0.0, 0.0, 2.0, 20.0, "line"), lambda: look))
        best = min(best, (time.perf_counter() - start) / 20)
    assert best < 10e-3  # measured 0.7 ms


@pytest.mark.parametrize(("until", "is_free"), [(650.0, False), (2000.0, True)])
def test_a_crew_that_works_on_into_its_next_shift_will_be_free(until: float, is_free: bool) -> None:
    """What counts is the shift under way when others ask, not the one in which it came to the job."""
    net = tiny_network([-1, 0], [10, 20], x=[3.0, 4.0])
    group = SimpleNamespace(until=until, patrol_kmh=None, kind="line")
    busy, asks = Crew(0, group, (0.0, 0.0)), Crew(1, group, (0.0, 0.0))
    busy.job, busy.due_at = 0, 700.0
    book = SimpleNamespace(jobs=[SimpleNamespace(kind="repair", head=0, section=1)], behind=[30, 20])
    outlook = Engaged(net, book, None, {0: busy, 1: asks}).outlook(asks, [], 600.0)
    assert outlook.others == ([(700.0, 4.0, 0.0)] if is_free else [])
