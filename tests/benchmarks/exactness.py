"""The hotline against every row of the exact tables and against queues that nobody has tried, as exactly as wanted.

Half-widths are 1 % or 0.2 points, whichever is larger, jointly at 99.9 % over everything that is compared. Replications
are added until each case is known that well: some hundred million calls, with the extra `fast`.
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from sim import rng
from sim.hotline import ABANDONED, BUSY, SERVED, Redial, exponential, run_alone
from tests.exact import (
    REDIAL,
    STATIONARY,
    Queue,
    batches,
    intervals,
    per_call_offered,
    simulate,
    state_controls,
    stationary,
    transient,
    wanted_half,
    with_redial,
)
from tests.test_callers import DETECTION, NOON, QUIET, draws, play
from tests.test_exact import CHANGES, OFFERED_LOAD, SURGE, SURGE_PER_H, untried
from tests.tiny import tiny_scenario

N_CALLS, MOST = 250_000, 4000  # first calls of a replication; replications at most


@dataclass(frozen=True)
class Case:
    """What is compared: exact values and half-widths wanted, by measure; `draw(k)` gives samples of replication k.

    They are (n_measures, n) and controls of known mean zero (n_controls, n). `at_once` replications are added at a time, then a
    quarter of those drawn so far.
    """

    name: str
    exact: dict[str, float]
    wanted: dict[str, float]
    draw: Callable[[int], tuple[np.ndarray, np.ndarray]]
    at_once: int


def hold(case: Case, n_joint: int) -> tuple[int, float, float]:
    """Return replications needed, the widest half-width over the one wanted, and the largest miss in half-widths."""
    samples: list[np.ndarray] = []
    controls: list[np.ndarray] = []
    width = miss = 0.0
    while len(samples) < MOST:
        for _ in range(max(case.at_once, len(samples) // 4)):
            values, control = case.draw(len(samples))
            samples.append(values)
            controls.append(control)
        all_samples, all_controls = np.concatenate(samples, axis=1), np.concatenate(controls, axis=1)
        estimate, half = intervals(all_samples, all_controls, n_joint)
        width = float((half / np.array(list(case.wanted.values()))).max())
        miss = float((abs(estimate - np.array(list(case.exact.values()))) / np.maximum(half, 1e-12)).max())
        if width <= 1.0:
            break
    return len(samples), width, miss


def _tellable(exact: dict[str, float]) -> dict[str, float]:
    """Return the measures that are not too near to 0 or 1 for an interval."""
    return {
        name: value
        for name, value in exact.items()
        if value > 1e-4 and (value < 1 - 1e-4 or not name.startswith(("p_", "sl")))
    }


def of_queue(queue: Queue) -> Case:
    """Return the case of a stationary queue."""
    exact = _tellable(per_call_offered(stationary(queue)))

    def draw(k: int) -> tuple[np.ndarray, np.ndarray]:
        records = simulate(queue, N_CALLS, 1000 + k)
        values, controls = batches(records, queue, 1)
        begin = min(queue.warm_up_min, 0.5 * records.at[-1])
        more = state_controls(records, queue, begin, records.at[-1])[:, None]
        return np.array([values[name] for name in exact]), np.concatenate([controls, more])

    return Case(str(queue), exact, {name: wanted_half(name, value, queue) for name, value in exact.items()}, draw, 24)


def of_redial(queue: Queue, again: Redial) -> Case:
    """Return the case of a queue whose callers dial again."""
    exact = _tellable(with_redial(queue, again))
    offered, n = with_redial(queue, again)["offered_total"], 60_000

    def draw(k: int) -> tuple[np.ndarray, np.ndarray]:
        records = simulate(queue, n, 2000 + k, again)
        first = records.at[records.attempt == 0]
        begin, end = 900.0, float(first[-1])
        hours = (end - begin) / 60.0
        order = np.lexsort((records.attempt, records.caller))
        last = np.ones(len(order), bool)
        last[order[:-1]] = np.diff(records.caller[order]) > 0
        gave_up, busy = records.result == ABANDONED, records.result == BUSY
        at_in, done_in = ((x >= begin) & (x < end) for x in (records.at, records.done_at))
        wait_h = np.nan_to_num(records.wait_min) / 60.0
        again_at = np.full(len(order), np.nan)
        again_at[order[:-1]] = records.at[order[1:]]
        again_at[last] = np.nan
        delay_h = (again_at - records.done_at) / 60.0
        values = {
            "offered_total": at_in.sum() / hours,
            "p_abandon_per_call": (at_in & gave_up).sum() / hours / offered,
            "p_block_per_call": (at_in & busy).sum() / hours / offered,
            "p_customer_finally_lost": (done_in & (gave_up | busy) & last).sum() / hours / queue.lam,
            "mean_queue": wait_h[at_in].sum() / hours,
            "mean_orbit": np.nansum(delay_h[done_in]) / hours,
        }
        excess = np.where(
            records.result == SERVED, queue.mu * (records.done_at - records.answered_at) / 60.0 - 1.0, 0.0
        )
        chance = np.where(gave_up, again.after_abandon, again.after_busy)
        controls = [
            np.count_nonzero((first >= begin) & (first < end)) / hours / queue.lam - 1.0,
            excess[at_in].sum() / hours,
            (gave_up - queue.theta * wait_h)[at_in].sum() / hours,
            ((~last) - chance)[done_in & (gave_up | busy)].sum() / hours,
            np.nansum((delay_h - again.delay_min / 60.0)[done_in]) / hours,
        ]
        return np.array([[values[name]] for name in exact]), np.array(controls)[:, None]

    wanted = {name: max(0.01 * value, 0.002 if name.startswith("p_") else 0.0) for name, value in exact.items()}
    return Case(f"{queue} {again}", exact, wanted, draw, 24)


def of_course(
    name: str, per_h: tuple[int, ...], agents: tuple[int, ...], lines: int, bin_min: float, leave: str
) -> Case:
    """Return the case of days that start empty: blocked, abandoned and served calls in each bin, per call offered there."""
    n, day, runs = len(per_h), 1440.0, 250
    exact = transient(per_h, agents, lines, bin_min / 60.0, is_dropped=leave == "drop")
    offered = np.array(per_h) * bin_min / 60.0
    kinds = ("blocked", "abandoned", "served")
    cells = [(i, kind) for i in range(n) for kind in range(3) if exact[i, kind] / offered[i] > 1e-4]
    values = {f"{kinds[kind]} {i}": float(exact[i, kind] / offered[i]) for i, kind in cells}

    def draw(k: int) -> tuple[np.ndarray, np.ndarray]:
        counts = rng.stream(50 + k, 0, "test.surge").poisson(np.tile(offered, (runs, 1)))
        starts = np.repeat((day * np.arange(runs)[:, None] + bin_min * np.arange(n)).ravel(), counts.ravel())
        first = np.sort(starts + bin_min * rng.uniforms(50 + k, 0, "test.within", np.arange(len(starts))))
        staff_at = (day * np.arange(runs)[:, None] + bin_min * np.arange(n)).ravel()
        staff_at[0] = -np.inf
        staffing = (staff_at, np.tile(agents, runs)) if len(set(agents)) > 1 else agents[0]
        records = run_alone(
            first, exponential(4.0), exponential(3.0), staffing=staffing, lines=lines,
            seed=50 + k, leave_mid_call=leave, slice_min=day * (5 if leave == "finish" else 1),
        )  # fmt: skip

        def per_bin(at: np.ndarray, weight: np.ndarray | None = None) -> np.ndarray:
            run = np.floor_divide(at, day).astype(int)
            cell = np.minimum((at - day * run) // bin_min, n).astype(int)
            return np.bincount(run * (n + 1) + cell, weight, minlength=(n + 1) * runs).reshape(runs, n + 1)[:, :n]

        result = records.result
        sums = [per_bin(records.at[result == BUSY])]
        sums += [per_bin(records.done_at[result == code]) for code in (ABANDONED, SERVED)]
        gave_up, wait = result == ABANDONED, np.nan_to_num(records.wait_min)
        controls = [per_bin(first) - offered, per_bin(records.at, gave_up - wait / 3.0)]
        if leave == "finish":
            excess = np.where(result == SERVED, (records.done_at - records.answered_at) / 4.0 - 1.0, 0.0)
            controls.append(per_bin(records.at, excess))
        samples = np.array([sums[kind][:, i] / offered[i] for i, kind in cells])
        return samples, np.concatenate(controls, axis=1).T

    wanted = {cell: max(0.01 * value, 0.002) for cell, value in values.items()}
    return Case(name, values, wanted, draw, 4)


def of_load(column: int) -> Case:
    """Return the case of calls in hand after the lights went out, 3,000 callers all served at once; 0: exponential."""
    n, runs, day = 3000, 100, 1440.0
    exact = {f"{hours:g} h": loads[column] for hours, loads in OFFERED_LOAD.items()}
    most = max(exact.values())

    def draw(k: int) -> tuple[np.ndarray, np.ndarray]:
        phones = -30.0 / math.log(2.0) * np.log(rng.uniforms(70 + k, 0, "test.first", np.arange(n * runs)))
        first = np.sort(day * np.repeat(np.arange(runs), n) + phones)
        service = np.full(n * runs, 4.0) if column else exponential(4.0)
        records = run_alone(first, service, staffing=n, seed=70 + k, slice_min=day)
        begun, ended = records.answered_at, np.sort(records.done_at)
        at = day * np.arange(runs) + 60.0 * np.array(list(OFFERED_LOAD))[:, None]
        in_hand = np.searchsorted(begun, at, side="right") - np.searchsorted(ended, at)
        return in_hand.astype(float), np.empty((0, runs))

    wanted = {name: max(0.01 * load, 0.002 * most) for name, load in exact.items()}
    return Case(f"offered load, {'fixed' if column else 'exponential'} handling times", exact, wanted, draw, 4)


def of_detection(share: float, n: int) -> Case:
    """Return the case of the k-th call from among n customers, by 15, by 60 min and by the median."""
    from scipy.stats import binom

    exact: dict[str, float] = {}
    cells: list[tuple[int, float]] = []
    for k, row in enumerate(DETECTION[share, n], 1):
        for t in (15.0, 60.0, row[2]):
            chance = float(binom.sf(k - 1, n, share * (1.0 - 2.0 ** (-t / 30.0)))) if not math.isnan(t) else 0.0
            if 1e-4 < chance < 1 - 1e-4:
                exact[f"{k} by {t:g} min"] = chance
                cells.append((k, t))
    m = max(500, 400_000 // n)
    until = max(t for _, t in cells) + 1.0

    def draw(k: int) -> tuple[np.ndarray, np.ndarray]:
        who = {"caller_fraction": share, "first_call_half_time_min": 30.0, "followup_per_h": 0.0}
        scenario = tiny_scenario(hotline=QUIET, customers=who)
        events = [(NOON, "went_dark", np.arange(m)), (NOON + until, "restored", np.arange(m))]
        _, reports = play(
            draws([n] * m, seed=90 + k), scenario, events, slice_min=NOON + until + 1.0, to=NOON + until + 1.0
        )
        order = np.lexsort((reports.at, reports.section))
        at, section = reports.at[order] - NOON, reports.section[order]
        rank = np.arange(len(at)) - np.searchsorted(section, section) + 1
        found = np.zeros((len(cells), m))
        for i, (nth, t) in enumerate(cells):
            found[i, section[(rank == nth) & (at <= t)]] = 1.0
        return found, np.empty((0, m))

    wanted = {name: max(0.01 * chance, 0.002) for name, chance in exact.items()}
    return Case(f"detection, {share:g} of {n} call", exact, wanted, draw, 1)


def untried_redial() -> Iterator[tuple[Queue, Redial]]:
    """Yield queues whose callers dial again, drawn at random."""
    u = rng.uniforms(12, 0, "test.redial", np.arange(10)[:, None], np.arange(8)[None, :])
    for row in u.tolist():
        c, mu, theta = 2 + int(9 * row[0]), 8.0 + 20.0 * row[1], 5.0 + 40.0 * row[2]
        lines = c + 1 + int(3 * c * row[3]) if row[4] < 0.7 else None
        again = Redial(0.2 + 0.6 * row[5], 0.2 + 0.6 * row[6] if lines is not None else 0.0, 2.0 + 10.0 * row[7])
        yield Queue(c * mu * (0.5 + 0.9 * row[4]), mu, theta, c, lines), again


def untried_courses() -> Iterator[tuple[tuple[int, ...], tuple[int, ...], int]]:
    """Yield calls per hour and agents in each 20 min, and lines, drawn at random."""
    u = rng.uniforms(13, 0, "test.course", np.arange(6)[:, None], np.arange(11)[None, :])
    for row in u.tolist():
        agents = tuple(int(30 * x) for x in row[:5])
        yield tuple(int(200 + 400 * x) for x in row[5:10]), agents, max(agents) + 2 + int(30 * row[10])


def cases() -> dict[str, list[Case]]:
    """Return all cases by table."""
    courses = [
        of_course(f"{name}, {leave}", per_h, agents, lines, 20.0, leave)
        for name, (per_h, agents, lines) in CHANGES.items()
        for leave in ("finish", "drop")
    ]
    courses += [
        of_course(f"untried {i}, {leave}", *course, 20.0, leave)
        for i, course in enumerate(untried_courses())
        for leave in (("finish", "drop")[i % 2],)
    ]
    return {
        "stationary": [of_queue(queue) for queue in STATIONARY],
        "stationary, untried": [of_queue(queue) for queue in untried()],
        "redial": [of_redial(Queue(lam, 15.0, 20.0, 5, None), Redial(q, 0.0, 10.0)) for lam, q in REDIAL],
        "redial, untried": [of_redial(*case) for case in untried_redial()],
        "surge": [of_course(f"{lines} lines", SURGE_PER_H, (20,) * 16, lines, 15.0, "finish") for lines in SURGE],
        "staff who come and go": courses,
        "offered load": [of_load(column) for column in (0, 1)],
        "detection": [of_detection(*key) for key in DETECTION],
    }


def main() -> None:
    """Simulate and print."""
    tables = cases()
    n_joint = sum(len(case.exact) for table in tables.values() for case in table)
    worst, wide, began = 0.0, 0.0, time.perf_counter()
    for table, rows in tables.items():
        print(f"-- {table}")
        for case in rows:
            n, width, miss = hold(case, n_joint)
            worst, wide = max(worst, miss), max(wide, width)
            agrees = "agrees" if miss <= 1.0 else "DOES NOT AGREE"
            print(f"{case.name}: {len(case.exact)} values, {n} replications, half-width {width:.2f} of that wanted, "
                  f"off by {miss:.2f}: {agrees}")  # fmt: skip
            sys.stdout.flush()
    print(f"{n_joint} values jointly at 99.9 %, {time.perf_counter() - began:.0f} s: {'met' if worst <= 1.0 else 'MISSED'}; "
          f"half-widths: {'met' if wide <= 1.0 else 'MISSED'}")  # fmt: skip


if __name__ == "__main__":
    main()
