"""The desk against a plain event-list model, against itself in other slices, and by hand."""

from __future__ import annotations

import heapq
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sim import rng
from sim.hotline import (
    ABANDONED,
    BUSY,
    CUT_OFF,
    SERVED,
    VOICE,
    WAITING,
    CallRecords,
    Redial,
    exponential,
    queue,
    run_alone,
)
from sim.hotline.alone import KeyedDraws
from sim.hotline.batch import LEAVE, Given
from sim.hotline.queue import Desk
from tests.exact import poisson

# --- a plain model with an event list ---


def event_list(
    arrivals: np.ndarray,
    service: np.ndarray,
    patience: np.ndarray,
    steps: list[tuple[float, int]],
    lines: int,
    voice: float,
    leave: str = "finish",
) -> list[tuple[int, float, float]]:
    """Serve calls event by event; (result, answered at, done at) per call. Negative service: voice system."""
    out: list[tuple[int, float, float]] = [(WAITING, math.nan, math.inf)] * len(arrivals)
    events = [(t, 0, 1, i) for i, t in enumerate(arrivals)] + [(t, -1, 0, c) for t, c in steps]
    heapq.heapify(events)
    held = idle = staff = 0
    queue: list[int] = []
    in_hand: dict[int, float] = {}  # call: end
    first: list[tuple[int, float, float]] = []  # handed over: call, when, minutes left
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
                parted = sorted((out[call][1], call) for call in in_hand)[staff:] if leave != "finish" else []
                for _, call in parted:
                    end = in_hand.pop(call)
                    if leave == "hand_over" and staff:
                        first.append((call, now, end - now))
                    else:
                        out[call] = (CUT_OFF, out[call][1], now)
                        held -= 1
                if leave == "finish":
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
        elif what == 3 and in_hand.get(i) != now:
            continue  # was handed over or cut off
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
        while first and idle:
            call, _, left = first.pop(0)
            idle -= 1
            in_hand[call] = now + left
            out[call] = (SERVED, out[call][1], now + left)
            heapq.heappush(events, (in_hand[call], 0, 3, call))
        while queue and idle:
            call = queue.pop(0)
            idle -= 1
            in_hand[call] = now + service[call]
            out[call] = (SERVED, now, in_hand[call])
            heapq.heappush(events, (in_hand[call], 0, 3, call))
    for call, since, _ in first:  # nobody ever came
        out[call] = (CUT_OFF, out[call][1], since)
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
    leave=st.sampled_from(LEAVE),
)
def test_desk_equals_a_plain_event_list(
    seed: int, n: int, staff: list[int], lines: int, voice: float, patient: bool, slice_min: float, leave: str
) -> None:  # fmt: skip
    u = rng.uniforms(seed, 0, "test.case", np.arange(n)[None, :], np.arange(4)[:, None])
    arrivals = np.sort(60.0 * u[0])
    service = np.where(u[3] < 0.2, -1.0, -4.0 * np.log(u[1]))
    patience = np.full(n, np.inf) if patient else -5.0 * np.log(u[2])
    since = np.cumsum(20.0 * rng.uniforms(seed, 0, "test.staff", np.arange(len(staff))))
    since[0] = -1.0
    kept: dict[str, Any] = {"lines": lines, "voice_min": voice, "slice_min": slice_min, "leave_mid_call": leave}
    records = run_alone(arrivals, service, patience, staffing=(since, staff), **kept)
    plain = event_list(arrivals, service, patience, list(zip(since, staff, strict=True)), lines, voice, leave)
    in_vain = [row for row in plain if row[0] == CUT_OFF and row[2] not in since[np.array(staff) == 0]]
    assume(leave != "hand_over" or not in_vain)  # the event list keeps their lines, for all it knows somebody may come yet
    assert records.caller.tolist() == list(range(n))
    assert records.result.tolist() == [row[0] for row in plain]
    settled = records.result != WAITING
    answered, done = (np.array([row[k] for row in plain])[settled] for k in (1, 2))
    np.testing.assert_allclose(records.answered_at[settled], answered, rtol=1e-12)
    np.testing.assert_allclose(records.done_at[settled], done, rtol=1e-12)


def are_the_same(one: CallRecords, two: CallRecords) -> None:
    for name in CallRecords.__dataclass_fields__:
        np.testing.assert_array_equal(getattr(one, name), getattr(two, name), err_msg=name)


@pytest.mark.parametrize("leave", LEAVE)
@pytest.mark.parametrize("slice_min", [1.0, 7.0, 60.0, 1000.0])
def test_the_slice_changes_nothing_with_redial(slice_min: float, leave: str) -> None:
    first = poisson(300.0, 1500, 2)
    kept: dict[str, Any] = {
        "staffing": ([-np.inf, 60.0, 120.0, 200.0], [8, 3, 0, 12]),
        "lines": 14,
        "redial": Redial(0.5, 0.8, 10.0),
        "voice_min": 1.0,
        "contained_fraction": 0.4,
        "leave_mid_call": leave,
        "seed": 2,
    }
    one = run_alone(first, exponential(4.0), exponential(3.0), slice_min=13.0, **kept)
    two = run_alone(first, exponential(4.0), exponential(3.0), slice_min=slice_min, **kept)
    are_the_same(one, two)
    assert set(one.result) == {VOICE, SERVED, ABANDONED, BUSY} | ({CUT_OFF} if leave != "finish" else set())
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
    are_the_same(*runs)
    assert any(parted)
    assert all(parted) == (lines is None or lines == 60)


@pytest.mark.parametrize("lines", [None, 18, 9])
@pytest.mark.parametrize("digits", [0, 6])
def test_serving_all_at_once_changes_nothing(lines: int | None, digits: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A desk that is mostly idle and sometimes crowded, against every call in the loop; also on full minutes, with ties."""
    first = np.round(poisson(1500.0, 1500, 5), digits)
    service = np.round(exponential(4.0)(rng.uniforms(5, 0, "test.service", np.arange(1500))), digits)
    kept: dict[str, Any] = {
        "staffing": ([-np.inf, 401.0, 702.0, 903.0], [12, 5, 0, 12]),
        "lines": lines,
        "redial": Redial(0.5, 0.8, 10.0),
        "voice_min": 1.0,
        "contained_fraction": 0.3,
        "slice_min": 7.0,
        "seed": 5,
    }
    tried, at_once = [], Desk._serve_at_once
    monkeypatch.setattr(Desk, "_serve_at_once", lambda *args: tried.append(at_once(*args)) or tried[-1])
    one = run_alone(first, service, exponential(3.0), **kept)
    monkeypatch.setattr(Desk, "_serve_at_once", lambda *_: None)
    two = run_alone(first, service, exponential(3.0), **kept)
    are_the_same(one, two)
    n_served = sum(served is not None for served in tried)
    assert 0.3 * len(tried) < n_served < len(tried)


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


def test_an_agent_who_hands_over_leaves_the_caller_to_whoever_is_free_next() -> None:
    """Two agents until 5, then one: the call that began last goes on at 10, before one that waits since 3; 7 min are left."""
    kept: dict[str, Any] = {"staffing": ([-1.0, 5.0], [2, 1]), "leave_mid_call": "hand_over"}
    records = run_alone([0, 0.5, 3], [10, 11.5, 4], **kept)
    assert records.result.tolist() == [SERVED] * 3
    assert records.answered_at.tolist() == [0, 0.5, 17]
    assert records.done_at.tolist() == [10, 17, 21]


def test_an_agent_who_drops_the_call_makes_the_caller_dial_again() -> None:
    """Two agents until 5, then one: the call that began last is cut off at 5, dials again and waits behind the third."""
    kept: dict[str, Any] = {"staffing": ([-1.0, 5.0], [2, 1]), "leave_mid_call": "drop"}
    records = run_alone([0, 0.5, 3], [10, 11.5, 4], **kept)
    assert records.result.tolist() == [SERVED, CUT_OFF, SERVED]
    assert records.wait_min.tolist() == [0, 0, 7]
    assert records.done_at.tolist() == [10, 5, 14]
    again = run_alone([0, 0.5, 3], [10, 11.5, 4], redial=Redial(1.0, 1.0, 1e-6), **kept)
    assert again.caller.tolist() == [0, 1, 2, 1]
    assert again.at[3] == pytest.approx(5.0, abs=1e-3)
    assert again.answered_at[3] == 14.0


def test_who_is_handed_over_is_cut_off_where_nobody_stays() -> None:
    kept: dict[str, Any] = {"staffing": ([-1.0, 5.0, 20.0], [2, 0, 3]), "leave_mid_call": "hand_over"}
    records = run_alone([0, 0.5, 3], [10, 11.5, 4], **kept)
    assert records.result.tolist() == [CUT_OFF, CUT_OFF, SERVED]
    assert records.answered_at.tolist() == [0, 0.5, 20]


def test_a_line_is_free_once_its_call_is_cut_off() -> None:
    kept: dict[str, Any] = {"staffing": ([-1.0, 5.0], [2, 1]), "lines": 2}
    ends = {leave: run_alone([0, 1, 6], [10, 10, 1], leave_mid_call=leave, **kept).result.tolist() for leave in LEAVE}
    assert ends == {"finish": [1, 1, 3], "hand_over": [1, 1, 3], "drop": [1, CUT_OFF, 1]}


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


def test_calls_stay_on_lines_that_have_failed() -> None:
    """Three calls until 10, 21 and 32, when but one line works: nobody gets through before all of them have ended."""
    draws = KeyedDraws((1, "test"), [10.0, 20.0, 30.0, 5.0, 5.0, 5.0], None, 1.0, 0.0)
    desk = Desk(draws, [-np.inf], [3], lines=3)
    desk.add_parties(6, 0.0)
    results = []
    for first, end, to in ((0, 3, 5.0), (3, 6, 50.0)):
        party, at = np.arange(first, end), np.array([0.0, 1.0, 2.0, 12.0, 25.0, 33.0])[first:end]
        given = Given(at, party, np.zeros(3, np.int64), np.zeros(3, bool), np.full(3, np.inf))
        results += desk.serve(given, to).fates.result.tolist()
        desk.set_lines(1)
    assert results == [SERVED, SERVED, SERVED, BUSY, BUSY, SERVED]
