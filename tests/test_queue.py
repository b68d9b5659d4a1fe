"""The desk against exact results: stationary chains, Kolmogorov equations, and a plain event-list model."""

from __future__ import annotations

import heapq
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim import rng
from sim.hotline import ABANDONED, BUSY, SERVED, VOICE, WAITING, CallRecords, Redial, exponential, queue, run_alone
from sim.hotline.queue import Desk

JOINT = 0.999  # level of all intervals of a test together (Bonferroni)


# --- the exact results, computed ---


def stationary(lam: float, mu: float, theta: float, c: int, lines: int) -> dict[str, float]:
    """Measures of M/M/c/K+M from the stationary distribution of its birth-death chain; rates per hour."""
    from scipy.linalg import expm

    n = np.arange(lines + 1)
    death = np.minimum(n, c) * mu + np.maximum(n - c, 0) * theta
    log_pi = np.concatenate([[0.0], np.cumsum(np.log(lam / death[1:]))])
    pi = np.exp(log_pi - log_pi.max())
    pi /= pi.sum()
    queue = float(np.maximum(n - c, 0) @ pi)
    # served within 20 s: a call with j ahead in the queue moves up at c mu + j theta and gives up at theta
    ahead = lines - c
    if ahead > 0:
        q = np.zeros((ahead + 1, ahead + 1))  # 0: served, j + 1: j ahead
        for j in range(ahead):
            q[j + 1, j] = c * mu + j * theta
            q[j + 1, j + 1] = -(c * mu + j * theta) - theta
        in_time = expm(q * 20 / 3600)[1:, 0] @ pi[c:lines]
    else:
        in_time = 0.0
    return {
        "p_block": float(pi[lines]),
        "p_wait": float(pi[c:lines].sum()),
        "p_abandon": theta * queue / lam,
        "mean_queue": queue,
        "sl20_offered": float(pi[:c].sum() + in_time),
    }


def with_redial(lam: float, c: int, mu: float, theta: float, q: float, rate: float) -> dict[str, float]:
    """Measures of M/M/c+M whose abandoners redial with chance q after an exponential delay."""
    from scipy.sparse import coo_matrix, vstack
    from scipy.sparse.linalg import spsolve

    n_max, m_max = c + 35, 45
    n, m = (a.ravel() for a in np.mgrid[: n_max + 1, : m_max + 1])

    def at(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return a * (m_max + 1) + b

    waiting = np.maximum(n - c, 0)
    moves = [  # (rate, to n, to m)
        (np.where(n < n_max, lam, 0.0), np.minimum(n + 1, n_max), m),
        (np.minimum(n, c) * mu, n - 1, m),
        (waiting * theta * np.where(m < m_max, 1 - q, 1.0), n - 1, m),
        (waiting * theta * np.where(m < m_max, q, 0.0), n - 1, np.minimum(m + 1, m_max)),
        (np.where(n < n_max, m * rate, 0.0), np.minimum(n + 1, n_max), m - 1),
    ]
    here = at(n, m)
    rows, cols, values = [], [], []
    for speed, to_n, to_m in moves:
        used = speed > 0
        rows += [at(to_n, to_m)[used], here[used]]
        cols += [here[used], here[used]]
        values += [speed[used], -speed[used]]
    size = len(here)
    chain = coo_matrix((np.concatenate(values), (np.concatenate(rows), np.concatenate(cols))), (size, size))
    system = vstack([chain.tocsr()[:-1], np.ones((1, size))]).tocsc()
    pi = spsolve(system, np.append(np.zeros(size - 1), 1.0))
    queue, orbit = float(waiting @ pi), float(m @ pi)
    offered = lam + rate * orbit
    return {
        "offered_total": offered,
        "p_abandon_per_call": theta * queue / offered,
        "p_customer_finally_lost": (1 - q) * theta * queue / lam,
        "mean_queue": queue,
    }


SURGE_PER_H = (120, 120, 900, 1500, 1200, 900, 660, 480, 360, 300, 240, 210, 180, 165, 150, 135)


def surge(c: int, lines: int, mu: float = 15.0, theta: float = 20.0) -> np.ndarray:
    """Expected (offered, blocked, abandoned, served) per 15 minutes, (16, 4): Kolmogorov equations."""
    from scipy.sparse import csc_matrix
    from scipy.sparse.linalg import expm_multiply

    n = np.arange(lines + 1)
    state, out = np.zeros(lines + 4), []
    state[0] = 1.0
    for lam in SURGE_PER_H:
        flow = np.zeros((lines + 4, lines + 4))  # the last three count blocked, abandoned, served calls
        served, given_up = np.minimum(n, c) * mu, np.maximum(n - c, 0) * theta
        flow[n[:-1], n[1:]] += lam
        flow[n[1:], n[:-1]] += (served + given_up)[1:]
        flow[n, n] -= np.where(n < lines, lam, 0.0) + served + given_up
        flow[lines, lines + 1], flow[n, lines + 2], flow[n, lines + 3] = lam, given_up, served
        state[lines + 1 :] = 0.0
        state = expm_multiply(csc_matrix(flow.T * 0.25), state)
        out.append([lam * 0.25, *state[lines + 1 :]])
    return np.array(out)


# --- the simulation ---


def poisson(lam: float, n: int, seed: int) -> np.ndarray:
    """Return n arrivals of a Poisson process with `lam` per hour, minutes."""
    return np.cumsum(rng.exponentials(seed, 0, "test.gap", np.arange(n))) * 60.0 / lam


def interval(y: np.ndarray, controls: np.ndarray, n_joint: int) -> tuple[float, float]:
    """Return estimate and half-width of the mean of batches y, given controls (k, n) of known mean zero."""
    from scipy.stats import t

    x = np.column_stack([np.ones(len(y)), *controls])
    (beta, *_), dof = np.linalg.lstsq(x, y, rcond=None), len(y) - x.shape[1]
    sigma2 = float(((y - x @ beta) ** 2).sum()) / dof
    error = math.sqrt(sigma2 * np.linalg.inv(x.T @ x)[0, 0])
    return float(beta[0]), float(t.ppf(1 - (1 - JOINT) / (2 * n_joint), dof)) * error


def batches(
    records: CallRecords, lam: float, mu: float, theta: float, n: int = 60
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Return measures per batch of equal time, and control variates of known mean zero; rates per minute.

    Known means: the number of arrivals; the service times of those served, whoever they are; and of one call,
    the indicator of giving up less theta times its wait (patience is exponential, whatever the wait offered).
    Regressing on them removes most of the spread.
    """
    edges = np.linspace(records.at[0] + 300.0, records.at[-1], n + 1)
    batch = np.searchsorted(edges, records.at, side="right") - 1
    inside = (batch >= 0) & (batch < n)
    length = edges[1] - edges[0]

    def rate(values: np.ndarray) -> np.ndarray:
        return np.bincount(batch[inside], np.asarray(values, float)[inside], minlength=n) / length

    served, gave_up = records.result == SERVED, records.result == ABANDONED
    wait = np.nan_to_num(records.wait_min)
    measures = {
        "p_block": rate(records.result == BUSY) / lam,
        "p_wait": rate(wait > 0) / lam,
        "p_abandon": rate(gave_up) / lam,
        "mean_queue": rate(wait),
        "sl20_offered": rate(served & (wait <= 20 / 60)) / lam,
    }
    excess = np.where(served, mu * (records.done_at - records.answered_at) - 1.0, 0.0)
    controls = [rate(np.ones(len(wait))) - lam, rate(excess)]
    if theta:
        controls.append(rate(gave_up - theta * wait))
    return measures, np.array(controls)


# case: (calls per h, theta per h, agents, lines) with mu = 15 per h, and exact values retyped
STATIONARY = {
    "Erlang C": ((60.0, 0.0, 5, 400), {"p_wait": 0.554112554113, "mean_queue": 2.21645021645}),
    "Erlang A, normal load": (
        (300.0, 20.0, 20, 250),
        {"p_wait": 0.496327958605, "p_abandon": 0.0951476326131, "sl20_offered": 0.649490645809},
    ),
    "Erlang A, overload": (
        (450.0, 20.0, 20, 250),
        {"p_wait": 0.959611647472, "p_abandon": 0.336379263233, "mean_queue": 7.56853342275},
    ),
    "Erlang A, patient": (
        (360.0, 6.0, 20, 400),
        {"p_abandon": 0.174994019486, "sl20_offered": 0.113904095399},
    ),
    "finite lines": (
        (600.0, 20.0, 20, 25),
        {"p_block": 0.379846110034, "p_abandon": 0.121342543269, "sl20_offered": 0.125685311416},
    ),
    "Erlang B": ((150.0, 0.0, 10, 10), {"p_block": 0.214582343107}),
}
"""Source of the numbers: exact stationary distribution of the birth-death chain, computed independently."""


@pytest.mark.parametrize("case", STATIONARY)
def test_stationary_queue_is_exact(case: str) -> None:
    (lam, theta, c, lines), retyped = STATIONARY[case]
    exact = stationary(lam, 15.0, theta, c, lines)
    for name, value in retyped.items():
        assert exact[name] == pytest.approx(value, rel=1e-9), name
    n = 350_000 if c == lines else 200_000
    patience, limit = exponential(60.0 / theta) if theta else None, lines if lines < 250 else None
    records = run_alone(poisson(lam, n, 7), exponential(4.0), patience, staffing=c, lines=limit, seed=7)
    measures, controls = batches(records, lam / 60.0, 15.0 / 60.0, theta / 60.0)
    for name, value in exact.items():
        if value > 1e-6:
            estimate, half = interval(measures[name], controls, n_joint=5 * len(STATIONARY))
            assert abs(estimate - value) <= half, f"{name}: {estimate} +- {half}, exact {value}"
            if name in ("p_abandon", "p_block"):
                tight = 0.002 if lam > 15.0 * c * 1.2 or c == lines else 0.004
                assert half <= max(0.01 * value, tight), f"{name}: the interval is too wide to tell: {half}"


@pytest.mark.parametrize(
    ("q", "retyped"),
    [
        (0.33, {"offered_total": 100.59775, "p_abandon_per_call": 0.319235717, "mean_queue": 1.60571975}),
        (0.6, {"offered_total": 118.517483, "p_abandon_per_call": 0.401030612, "mean_queue": 2.37645694}),
    ],
)
def test_redial_is_exact(q: float, retyped: dict[str, float]) -> None:
    """Source of the numbers: exact stationary distribution of the chain (calls held, callers in orbit)."""
    exact = with_redial(90.0, 5, 15.0, 20.0, q, 6.0)
    for name, value in retyped.items():
        assert exact[name] == pytest.approx(value, rel=1e-6), name
    first = poisson(90.0, 80_000, 3)
    records = run_alone(first, exponential(4.0), exponential(3.0), staffing=5, redial=Redial(q, 0.0, 10.0), seed=3)
    edges = np.linspace(600.0, first[-1], 61)
    batch = np.searchsorted(edges, records.at, side="right") - 1
    inside = (batch >= 0) & (batch < 60)
    hours = (edges[1] - edges[0]) / 60.0
    rate = {
        name: np.bincount(batch[inside], weights=np.asarray(v, float)[inside], minlength=60) / hours
        for name, v in {
            "offered_total": np.ones(len(batch)),
            "abandoned": records.result == ABANDONED,
            "mean_queue": np.nan_to_num(records.wait_min) / 60.0,
        }.items()
    }
    controls = np.array([np.histogram(first, edges)[0] / hours / 90.0 - 1.0])
    goals = {
        "offered_total": exact["offered_total"],
        "abandoned": exact["p_abandon_per_call"] * exact["offered_total"],
        "mean_queue": exact["mean_queue"],
    }
    for name, value in goals.items():
        estimate, half = interval(rate[name], controls, n_joint=6)
        assert abs(estimate - value) <= half, f"{name}: {estimate} +- {half}, exact {value}"
        assert half < 0.06 * value


SURGE_RETYPED = {  # bin: (blocked, abandoned, served) without and with 60 lines
    150: {
        2: (0.0, 110.0460743, 73.23714171),
        3: (0.0, 269.9163925, 75.0),
        8: (0.0, 22.83248005, 73.32728963),
    },
    60: {
        3: (103.9956593, 187.093173, 75.0),
        4: (46.92964351, 180.0427677, 75.0),
        9: (0.0, 9.159220125, 69.16527193),
    },
}
"""Source: Kolmogorov forward equations integrated, 20 agents, empty at 0; computed independently."""


@pytest.mark.parametrize("lines", SURGE_RETYPED)
def test_surge_is_exact_in_every_quarter_hour(lines: int) -> None:
    exact = surge(20, lines)
    for i, values in SURGE_RETYPED[lines].items():
        assert exact[i, 1:] == pytest.approx(values, rel=1e-6, abs=1e-6)
    runs, day = 120, 1440.0
    counts = rng.stream(5, 0, "test.surge").poisson(np.tile(exact[:, 0], (runs, 1)))
    starts = np.repeat((day * np.arange(runs)[:, None] + 15.0 * np.arange(16)).ravel(), counts.ravel())
    first = np.sort(starts + 15.0 * rng.uniforms(5, 0, "test.within", np.arange(len(starts))))
    limit = lines if lines < 150 else None
    records = run_alone(first, exponential(4.0), exponential(3.0), staffing=20, lines=limit, seed=5)

    def per_bin(at: np.ndarray) -> np.ndarray:
        run = np.floor_divide(at, day).astype(int)
        cell = np.minimum((at - day * run) // 15.0, 16).astype(int)
        return np.bincount(run * 17 + cell, minlength=17 * runs).reshape(runs, 17)[:, :16]

    result = records.result
    sums = (
        per_bin(records.at[result == BUSY]),
        per_bin(records.done_at[result == ABANDONED]),
        per_bin(records.done_at[result == SERVED]),
    )
    cells = [(kind, i) for kind in range(3) for i in range(16) if exact[i, 1 + kind] * runs > 100]
    assert len(cells) >= 25
    for kind, i in cells:
        estimate, half = interval(sums[kind][:, i].astype(float), np.empty((0, runs)), n_joint=2 * len(cells))
        assert abs(estimate - exact[i, 1 + kind]) <= half, f"bin {i}, kind {kind}: {estimate} +- {half}"
    rare = sum(int(sums[k][:, i].sum()) for k in range(3) for i in range(16) if (k, i) not in cells)
    expected = sum(exact[i, 1 + k] * runs for k in range(3) for i in range(16) if (k, i) not in cells)
    assert abs(rare - expected) < 5 * math.sqrt(expected + 1)


# --- a plain model with an event list ---


def event_list(
    arrivals: np.ndarray,
    service: np.ndarray,
    patience: np.ndarray,
    steps: list[tuple[float, int]],
    lines: int,
    voice: float,
) -> list[tuple[int, float, float]]:
    """Serve calls event by event; (result, answered at, done at) per call. Negative service: voice system."""
    out: list[tuple[int, float, float]] = [(WAITING, math.nan, math.inf)] * len(arrivals)
    events = [(t, 0, 1, i) for i, t in enumerate(arrivals)] + [(t, -1, 0, c) for t, c in steps]
    heapq.heapify(events)
    held = idle = staff = 0
    queue: list[int] = []
    in_hand: dict[int, float] = {}  # call: end
    leaving: set[int] = set()  # calls whose agent goes home afterwards
    while events:
        now, _, what, i = heapq.heappop(events)
        if what == 0:
            change, staff = i - staff, i
            if change > 0:
                idle += change
            else:
                home = min(idle, -change)
                idle -= home
                staying = sorted((end, call) for call, end in in_hand.items() if call not in leaving)
                leaving |= {call for _, call in staying[: -change - home]}
        elif what == 1:
            if held >= lines:
                out[i] = (BUSY, math.nan, now)
                continue
            held += 1
            heapq.heappush(events, (now + voice, 1, 2, i))
        elif what == 2 and service[i] < 0:
            out[i] = (VOICE, math.nan, now)
            held -= 1
        elif what == 2:
            queue.append(i)
            if math.isfinite(patience[i]):
                heapq.heappush(events, (now + patience[i], 2, 4, i))
        elif what == 3:
            held -= 1
            del in_hand[i]
            if i in leaving:
                leaving.discard(i)
            else:
                idle += 1
        elif what == 4 and i in queue:
            queue.remove(i)
            out[i] = (ABANDONED, math.nan, now)
            held -= 1
        while queue and idle:
            call = queue.pop(0)
            idle -= 1
            in_hand[call] = now + service[call]
            out[call] = (SERVED, now, in_hand[call])
            heapq.heappush(events, (in_hand[call], 0, 3, call))
    return out


@settings(deadline=None, max_examples=60)
@given(
    seed=st.integers(0, 10**6),
    n=st.integers(1, 120),
    staff=st.lists(st.integers(0, 5), min_size=1, max_size=6),
    lines=st.integers(1, 12),
    voice=st.sampled_from([0.0, 0.7]),
    patient=st.booleans(),
    slice_min=st.sampled_from([1.0, 7.0, 500.0]),
)
def test_desk_equals_a_plain_event_list(
    seed: int, n: int, staff: list[int], lines: int, voice: float, patient: bool, slice_min: float
) -> None:
    u = rng.uniforms(seed, 0, "test.case", np.arange(n)[None, :], np.arange(4)[:, None])
    arrivals = np.sort(60.0 * u[0])
    service = np.where(u[3] < 0.2, -1.0, -4.0 * np.log(u[1]))
    patience = np.full(n, np.inf) if patient else -5.0 * np.log(u[2])
    since = np.cumsum(20.0 * rng.uniforms(seed, 0, "test.staff", np.arange(len(staff))))
    since[0] = -1.0
    kept: dict[str, Any] = {"lines": lines, "voice_min": voice, "slice_min": slice_min}
    records = run_alone(arrivals, service, patience, staffing=(since, staff), **kept)
    plain = event_list(arrivals, service, patience, list(zip(since, staff, strict=True)), lines, voice)
    assert records.caller.tolist() == list(range(n))
    assert records.result.tolist() == [row[0] for row in plain]
    settled = records.result != WAITING
    answered, done = (np.array([row[k] for row in plain])[settled] for k in (1, 2))
    np.testing.assert_allclose(records.answered_at[settled], answered, rtol=1e-12)
    np.testing.assert_allclose(records.done_at[settled], done, rtol=1e-12)


@pytest.mark.parametrize("slice_min", [1.0, 7.0, 60.0, 1000.0])
def test_the_slice_changes_nothing_with_redial(slice_min: float) -> None:
    first = poisson(300.0, 1500, 2)
    kept: dict[str, Any] = {
        "staffing": ([-np.inf, 60.0, 120.0, 200.0], [8, 3, 0, 12]),
        "lines": 14,
        "redial": Redial(0.5, 0.8, 10.0),
        "voice_min": 1.0,
        "contained_fraction": 0.4,
        "seed": 2,
    }
    one = run_alone(first, exponential(4.0), exponential(3.0), slice_min=13.0, **kept)
    two = run_alone(first, exponential(4.0), exponential(3.0), slice_min=slice_min, **kept)
    for name in CallRecords.__dataclass_fields__:
        np.testing.assert_array_equal(getattr(one, name), getattr(two, name), err_msg=name)
    assert set(one.result) == {VOICE, SERVED, ABANDONED, BUSY}
    assert one.attempt.max() > 3


@pytest.mark.parametrize("lines", [None, 60, 26, 12])
def test_serving_the_voice_system_apart_changes_nothing(lines: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Roomy, sometimes full and mostly full lines, against every call in the loop."""
    first = poisson(400.0, 3000, 4)
    kept: dict[str, Any] = {
        "staffing": ([-np.inf, 60.0, 120.0, 200.0], [20, 6, 0, 24]),
        "lines": lines,
        "redial": Redial(0.5, 0.8, 10.0),
        "voice_min": 1.0,
        "contained_fraction": 0.6,
        "seed": 4,
    }
    parted, suffice = [], Desk._lines_suffice
    monkeypatch.setattr(Desk, "_lines_suffice", lambda *args: parted.append(suffice(*args)) or parted[-1])
    runs = []
    for worth in (0, 10**9):
        monkeypatch.setattr(queue, "_WORTH_PARTING", worth)
        runs.append(run_alone(first, exponential(4.0), exponential(3.0), slice_min=2.0, **kept))
    for name in CallRecords.__dataclass_fields__:
        np.testing.assert_array_equal(getattr(runs[0], name), getattr(runs[1], name), err_msg=name)
    assert any(parted)
    assert all(parted) == (lines is None or lines == 60)


# --- by hand ---


def test_two_agents_by_hand() -> None:
    """Three calls of 10 min at 0, 1, 2 for two agents; the third waits until 10, a fourth gives up at 6."""
    records = run_alone([0, 1, 2, 3], [10, 10, 10, 10], [99, 99, 99, 3], staffing=2)
    assert records.result.tolist() == [SERVED, SERVED, SERVED, ABANDONED]
    assert records.wait_min.tolist() == [0, 0, 8, 3]
    assert records.done_at.tolist() == [10, 11, 20, 6]


def test_an_agent_whose_shift_ends_finishes_the_call_in_hand() -> None:
    """Two agents until 5, then one: calls end at 10 and 12; who is free first goes; the next starts at 12."""
    records = run_alone([0, 0.5, 3], [10, 11.5, 4], staffing=([-1.0, 5.0], [2, 1]))
    assert records.answered_at.tolist() == [0, 0.5, 12]


def test_nobody_at_the_desk_until_the_morning() -> None:
    records = run_alone([0, 1, 2], [4, 4, 4], [100, 20, 100], staffing=([-1.0, 60.0], [0, 1]))
    assert records.result.tolist() == [SERVED, ABANDONED, SERVED]
    assert records.answered_at[[0, 2]].tolist() == [60, 64]


def test_a_line_is_held_by_voice_queue_and_agent_alike() -> None:
    """Two lines, 1 min of voice system: who calls at 2 finds one served, one queued; at 9 a line is free."""
    records = run_alone([0, 1, 2, 9], [5, 5, 5, 5], [9, 3, 9, 9], staffing=1, lines=2, voice_min=1.0)
    assert records.result.tolist() == [SERVED, ABANDONED, BUSY, SERVED]
    assert records.done_at.tolist() == [6, 5, 2, 15]
    assert np.isnan(records.wait_min[2])


def test_nobody_ever_answers_without_agents_and_with_endless_patience() -> None:
    assert run_alone([0.0], [4.0], staffing=0).result.tolist() == [WAITING]


def test_arrivals_must_ascend() -> None:
    with pytest.raises(ValueError, match="ascend"):
        run_alone([1.0, 0.0], [1.0, 1.0], staffing=1)


def test_a_desk_has_a_line() -> None:
    with pytest.raises(ValueError, match="at least one line"):
        run_alone([0.0], [1.0], staffing=1, lines=0)


def test_no_arrivals_no_calls() -> None:
    assert len(run_alone([], [], staffing=1).at) == 0
