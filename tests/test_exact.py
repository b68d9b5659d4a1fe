"""The hotline alone against exact results: every row of the reference tables, and queues that nobody has tried."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from sim import rng
from sim.hotline import ABANDONED, BUSY, SERVED, Redial, exponential, run_alone
from tests.exact import (
    JOINT,
    MEASURES,
    REDIAL,
    STATIONARY,
    Queue,
    batches,
    interval,
    per_call_offered,
    poisson,
    simulate,
    stationary,
    transient,
    wanted_half,
    with_redial,
)


def agree(queue: Queue, n: int, seed: int, n_joint: int) -> dict[str, float]:
    """Hold a simulation of n calls against the exact measures; return half-widths over those wanted, by measure."""
    measures, controls = batches(simulate(queue, n, seed), queue, 100)
    calls = float(controls[0].mean()) / (queue.lam / 60.0) + 1.0  # offered, over those expected
    width = {}
    for name, value in per_call_offered(stationary(queue)).items():
        if value > 1e-4 and (1.0 - value > 1e-4 or not name.startswith(("p_", "sl"))):
            estimate, half = interval(measures[name], controls, n_joint)
            assert abs(estimate - value) <= half, f"{queue}, {name}: {estimate} +- {half}, exact {value}"
            width[name] = half / wanted_half(name, value, queue)
        else:  # too near to 0 or 1 for an interval: an event as rare as that hardly comes
            rare = abs(float(measures[name].mean() / calls) - round(value))
            expected = abs(value - round(value))
            assert rare <= expected + 5.0 * math.sqrt((expected + 1.0 / n) / n), f"{queue}, {name}: {rare}"
    return width


@pytest.mark.parametrize("queue", STATIONARY, ids=str)
def test_the_solver_gives_the_table(queue: Queue) -> None:
    exact = stationary(queue)
    for name, value in zip(MEASURES, STATIONARY[queue], strict=True):
        in_unit = value / 60.0 if name.startswith("mean") else value
        assert exact[name] == pytest.approx(in_unit, rel=2e-9, abs=1e-11), name


@pytest.mark.parametrize("queue", STATIONARY, ids=str)
def test_a_stationary_queue_is_exact(queue: Queue) -> None:
    """All rows jointly. Abandonment and blocking are as narrow as wanted, or, where it took millions of calls, half so.

    `python -m tests.benchmarks exactness` takes those millions, for every measure of every row.
    """
    width = agree(queue, 200_000, 7, n_joint=6 * len(STATIONARY))
    for name in ("p_abandon", "p_block"):
        assert width.get(name, 0.0) <= 2.0, f"{name}: the interval is {width[name]} times as wide as wanted"


def untried() -> list[Queue]:
    """Return queues drawn at random: 1 to 60 agents, loads from 0.4 to 2.5, with and without limited lines."""
    u = rng.uniforms(11, 0, "test.queue", np.arange(16)[None, :], np.arange(6)[:, None])
    out = []
    for k in range(16):
        c, mu = int(np.ceil(60 ** u[0, k])), 6.0 + 30.0 * u[1, k]
        theta = 3.0 + 40.0 * u[2, k]
        lam = c * mu * (0.4 + 2.1 * u[3, k])
        out.append(Queue(lam, mu, theta, c, c + int(u[4, k] * 3 * (c + 3)) if u[5, k] < 0.7 else None))
    return out


@pytest.mark.parametrize("number", range(16))
def test_queues_that_nobody_has_tried_are_exact(number: int) -> None:
    agree(untried()[number], 60_000, 100 + number, n_joint=6 * 16)


# --- redial ---


def agree_with_redial(queue: Queue, again: Redial, n: int, seed: int, n_joint: int) -> None:
    exact = with_redial(queue, again)
    records = simulate(queue, n, seed, again)
    first = records.at[records.attempt == 0]
    edges = np.linspace(900.0, first[-1], 61)
    hours = (edges[1] - edges[0]) / 60.0

    def rate(at: np.ndarray, values: np.ndarray) -> np.ndarray:
        batch = np.searchsorted(edges, at, side="right") - 1
        inside = (batch >= 0) & (batch < 60)
        return np.bincount(batch[inside], np.asarray(values, float)[inside], minlength=60) / hours

    gave_up, busy = records.result == ABANDONED, records.result == BUSY
    last = np.ones(len(records.at), bool)  # attempts without another one by the same caller
    order = np.lexsort((records.attempt, records.caller))
    last[order[:-1]] = np.diff(records.caller[order]) > 0
    offered = exact["offered_total"]
    wait_h = np.nan_to_num(records.wait_min) / 60.0
    excess = np.where(records.result == SERVED, queue.mu * (records.done_at - records.answered_at) / 60.0 - 1.0, 0.0)
    controls = np.array(
        [
            np.histogram(first, edges)[0] / hours / queue.lam - 1.0,
            rate(records.at, excess),
            rate(records.at, gave_up - queue.theta * wait_h),
        ]
    )
    checks = {
        "offered_total": (rate(records.at, np.ones(len(last))), offered),
        "p_abandon_per_call": (rate(records.at, gave_up) / offered, exact["p_abandon_per_call"]),
        "p_block_per_call": (rate(records.at, busy) / offered, exact["p_block_per_call"]),
        "p_customer_finally_lost": (
            rate(records.done_at, (gave_up | busy) & last) / queue.lam, exact["p_customer_finally_lost"],
        ),
        "mean_queue": (rate(records.at, wait_h), exact["mean_queue"]),
    }  # fmt: skip
    for name, (values, value) in checks.items():
        if value > 1e-4:
            estimate, half = interval(values, controls, n_joint)
            assert abs(estimate - value) <= half, f"{name}: {estimate} +- {half}, exact {value}"
            assert half < 0.08 * value + 0.002, f"{name}: {half} is too wide to tell"


@pytest.mark.parametrize("row", REDIAL, ids=str)
def test_redial_is_exact(row: tuple[float, float]) -> None:
    lam, q = row
    queue, again = Queue(lam, 15.0, 20.0, 5, None), Redial(q, 0.0, 10.0)
    exact = with_redial(queue, again)
    names = ("offered_total", "p_abandon_per_call", "p_customer_finally_lost", "mean_queue", "mean_orbit")
    for name, value in zip(names, REDIAL[row], strict=True):
        if name != "mean_orbit" or q:
            assert exact[name] == pytest.approx(value, rel=1e-6), name
    agree_with_redial(queue, again, 80_000, 3, n_joint=5 * len(REDIAL))


UNTRIED_REDIAL = (
    (Queue(75.0, 12.0, 9.0, 4, 9), Redial(0.5, 0.8, 6.0)),
    (Queue(200.0, 20.0, 30.0, 8, 12), Redial(0.7, 0.6, 4.0)),
    (Queue(40.0, 15.0, 5.0, 3, 5), Redial(0.0, 0.7, 8.0)),
    (Queue(160.0, 18.0, 40.0, 9, None), Redial(0.8, 0.0, 3.0)),
)


@pytest.mark.parametrize("number", range(len(UNTRIED_REDIAL)))
def test_redial_that_nobody_has_tried_is_exact(number: int) -> None:
    """After busy tones too, with few lines."""
    queue, again = UNTRIED_REDIAL[number]
    agree_with_redial(queue, again, 80_000, 40 + number, n_joint=5 * len(UNTRIED_REDIAL))


# --- surge ---

SURGE_PER_H = (120, 120, 900, 1500, 1200, 900, 660, 480, 360, 300, 240, 210, 180, 165, 150, 135)
SURGE = {  # lines: (blocked, abandoned, served) in each quarter of an hour
    150: (
        (0.0, 0.0001450286928, 22.1880167), (0.0, 0.0006290899893, 29.81567752), (0.0, 110.0460743, 73.23714171),
        (0.0, 269.9163925, 75.0), (0.0, 239.696229, 75.0), (0.0, 164.9979534, 74.99999985),
        (0.0, 102.0207693, 74.99948831), (0.0, 54.12491688, 74.90497643), (0.0, 22.83248005, 73.32728963),
        (0.0, 9.159220641, 69.16527218), (0.0, 2.571489803, 61.03202827), (0.0, 0.7149791337, 53.73924163),
        (0.0, 0.1785236226, 46.79205708), (0.0, 0.05461619483, 42.21286584), (0.0, 0.01850114578, 38.47995109),
        (0.0, 0.005229076264, 34.74403915),
    ),
    60: (
        (0.0, 0.0001450286928, 22.1880167), (0.0, 0.0006290899893, 29.81567752),
        (2.067960303, 108.739372, 73.23714171), (103.9956593, 187.093173, 75.0), (46.92964351, 180.0427677, 75.0),
        (6.326939407, 150.463763, 74.99999979), (0.1637374228, 100.8672056, 74.99947544),
        (0.0004149053288, 54.11184064, 74.90493962), (5.693619469e-08, 22.83239579, 73.32728286),
        (0.0, 9.159220125, 69.16527193), (0.0, 2.5714898, 61.03202826), (0.0, 0.7149791337, 53.73924163),
        (0.0, 0.1785236226, 46.79205708), (0.0, 0.05461619483, 42.21286584), (0.0, 0.01850114578, 38.47995109),
        (0.0, 0.005229076264, 34.74403915),
    ),
}  # fmt: skip
"""Source: Kolmogorov forward equations integrated, 20 agents, empty at 0; computed independently. Lines without limit
in the first: 150 are never all in use."""

CHANGES = {  # calls per h and agents in each 20 min, lines
    "few lines": ((150, 150, 240, 90, 30), (8, 3, 12, 0, 5), 16),
    "many lines": ((300, 420, 60, 60, 200), (20, 11, 6, 14, 2), 44),
}


def agree_in_time(
    exact: np.ndarray,
    per_h: tuple[int, ...],
    agents: tuple[int, ...],
    lines: int,
    bin_min: float,
    runs: int,
    **more: Any,
) -> None:
    """Hold so many days that start empty against expected (blocked, abandoned, served) per bin, (n_bins, 3)."""
    n, day = len(per_h), 1440.0
    counts = rng.stream(5, 0, "test.surge").poisson(np.tile(np.array(per_h) * bin_min / 60.0, (runs, 1)))
    starts = np.repeat((day * np.arange(runs)[:, None] + bin_min * np.arange(n)).ravel(), counts.ravel())
    first = np.sort(starts + bin_min * rng.uniforms(5, 0, "test.within", np.arange(len(starts))))
    staff_at = (day * np.arange(runs)[:, None] + bin_min * np.arange(n)).ravel()
    staff_at[0] = -np.inf
    records = run_alone(
        first,
        exponential(4.0),
        exponential(3.0),
        staffing=(staff_at, np.tile(agents, runs)),
        lines=lines,
        seed=5,
        **more,
    )

    def per_bin(at: np.ndarray) -> np.ndarray:
        run = np.floor_divide(at, day).astype(int)
        cell = np.minimum((at - day * run) // bin_min, n).astype(int)
        return np.bincount(run * (n + 1) + cell, minlength=(n + 1) * runs).reshape(runs, n + 1)[:, :n]

    result = records.result
    sums = (
        per_bin(records.at[result == BUSY]),
        per_bin(records.done_at[result == ABANDONED]),
        per_bin(records.done_at[result == SERVED]),
    )
    cells = [(kind, i) for kind in range(3) for i in range(n) if exact[i, kind] * runs > 100]
    for kind, i in cells:
        estimate, half = interval(sums[kind][:, i].astype(float), np.empty((0, runs)), n_joint=4 * 3 * n)
        assert abs(estimate - exact[i, kind]) <= half, f"bin {i}, kind {kind}: {estimate} +- {half}"
    rest = [(kind, i) for kind in range(3) for i in range(n) if (kind, i) not in cells]
    rare, expected = sum(int(sums[k][:, i].sum()) for k, i in rest), sum(exact[i, k] * runs for k, i in rest)
    assert abs(rare - expected) < 5 * math.sqrt(expected + 1)


@pytest.mark.parametrize("lines", SURGE)
def test_a_surge_is_exact_in_every_quarter_hour(lines: int) -> None:
    exact = transient(SURGE_PER_H, [20] * 16, lines, 0.25)
    np.testing.assert_allclose(exact, SURGE[lines], rtol=2e-6, atol=2e-6)
    agree_in_time(exact, SURGE_PER_H, (20,) * 16, lines, 15.0, 120)


@pytest.mark.parametrize("name", CHANGES)
def test_staff_who_come_and_go_are_exact(name: str) -> None:
    """Those whose shift is over end the call in hand; nobody at all for a while; many at once."""
    per_h, agents, lines = CHANGES[name]
    exact = transient(per_h, agents, lines, 1.0 / 3.0)
    agree_in_time(exact, per_h, agents, lines, 20.0, 400)


@pytest.mark.parametrize("name", CHANGES)
def test_staff_who_drop_their_calls_are_exact(name: str) -> None:
    per_h, agents, lines = CHANGES[name]
    exact = transient(per_h, agents, lines, 1.0 / 3.0, is_dropped=True)
    assert not np.allclose(exact, transient(per_h, agents, lines, 1.0 / 3.0), rtol=0.01)
    agree_in_time(exact, per_h, agents, lines, 20.0, 400, leave_mid_call="drop")


# --- offered load ---

# hours after the lights went out: calls in hand with endless agents; handling times exponential, or fixed
OFFERED_LOAD = {
    0.05: (140.7300782167469, 200.90102538957777),
    0.1: (197.78198779199838, 252.87312184287714),
    0.25: (208.83122864703, 205.3967991909592),
    0.5: (152.5772176619523, 145.23746954193882),
    1.0: (76.37299690530561, 72.61873477096941),
    1.5: (38.18654512637775, 36.309367385484705),
    2.0: (19.093272589003377, 18.154683692742438),
    3.0: (4.773318147257994, 4.538670923185578),
    4.0: (1.1933295368144983, 1.134667730796405),
    6.0: (0.07458309605090617, 0.07091673317477401),
}
"""Source: integral of the arrival rate 3,000 ln 2 / 0.5 h x 2^(-t / 0.5 h) against the chance that a handling time of
mean 4 min lasts until then, computed independently."""


@pytest.mark.parametrize(("column", "is_fixed"), [(0, False), (1, True)])
def test_the_offered_load_is_exact(column: int, is_fixed: bool) -> None:
    """3,000 callers who phone with a half-time of 30 min, all served at once."""
    from scipy.stats import norm

    n, runs, day = 3000, 60, 1440.0
    phones = -30.0 / math.log(2.0) * np.log(rng.uniforms(2, 0, "test.first", np.arange(n * runs)))
    first = np.sort(day * np.repeat(np.arange(runs), n) + phones)
    service = np.full(n * runs, 4.0) if is_fixed else exponential(4.0)
    records = run_alone(first, service, staffing=n, seed=9)
    for hours, loads in OFFERED_LOAD.items():
        now = day * np.arange(runs) + 60.0 * hours
        in_hand = np.searchsorted(records.answered_at, now, side="right") - np.searchsorted(
            np.sort(records.done_at), now
        )
        share = loads[column] / n  # of the callers, each in hand or not by itself
        half = norm.ppf(1 - (1 - JOINT) / (2 * 20)) * math.sqrt(share * (1 - share) * n / runs) + 1 / runs
        assert abs(in_hand.mean() - loads[column]) <= half, hours


def test_arrivals_are_what_they_are_taken_for() -> None:
    gaps = np.diff(poisson(120.0, 50_000, 1))
    assert gaps.mean() == pytest.approx(0.5, rel=0.02)
    assert gaps.std() == pytest.approx(0.5, rel=0.02)
