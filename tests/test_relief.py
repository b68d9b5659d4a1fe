"""What relieves a crowded desk: by hand, against a plain event-list model of several sites, in slices, compiled."""

from __future__ import annotations

import heapq
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim import rng
from sim.hotline import (
    ABANDONED,
    BUSY,
    CALLED_BACK,
    SECOND_SITE,
    SERVED,
    VOICE,
    WAITING,
    CallRecords,
    Redial,
    Relief,
    exponential,
    queue,
    run_alone,
)
from tests.exact import poisson
from tests.test_compiled import assert_same_bits, both

# --- by hand ---


def test_a_second_site_takes_who_has_waited_long_enough() -> None:
    """One agent, calls of 10 min; from 2 min on the second site helps, with one agent too, from minute 4.

    The first is served here until 10; the second waits from 1, is taken there at 4; the third waits here until 10, where
    the other site would take it at 14 only; the fourth gives up at 6.
    """
    relief = Relief(second_at=(-np.inf, 4.0), second=(0, 1), second_after_min=2.0)
    records = run_alone([0, 1, 2, 3], [10] * 4, [99, 99, 99, 3], staffing=1, relief=relief)
    assert records.result.tolist() == [SERVED, SECOND_SITE, SERVED, ABANDONED]
    assert records.wait_min.tolist() == [0, 3, 8, 3]
    assert records.done_at.tolist() == [10, 14, 20, 6]


def test_nobody_goes_to_the_second_site_who_would_not_wait_so_long() -> None:
    relief = Relief(second=(5,), second_after_min=2.0)
    records = run_alone([0, 8.5], [10, 10], staffing=1, relief=relief)
    assert records.result.tolist() == [SERVED, SERVED]
    assert records.answered_at.tolist() == [0, 10]


def test_reserved_agents_take_their_callers_past_the_queue() -> None:
    """One agent and one reserved: the third, on life support, is answered before the second, who came earlier."""
    records = run_alone([0, 1, 2, 3], [10] * 4, staffing=1, relief=Relief(reserved=1), first=[False, False, True, True])
    assert records.result.tolist() == [SERVED] * 4
    assert records.answered_at.tolist() == [0, 10, 2, 12]


def test_who_is_called_back_keeps_the_place_and_frees_the_line() -> None:
    """One agent, two lines, calls of 10 min. The second would wait 9 min, hangs up, and is called back at 10.

    So the third finds a line, waits behind the second, and gives up at 7; without calls back it meets a busy tone.
    """
    kept: dict[str, Any] = {"staffing": 1, "lines": 2, "accepting_fraction": 1.0}
    offered = Relief(back_after_min=8.0)
    records = run_alone([0, 1, 4], [10] * 3, [99, 2, 3], relief=offered, **kept)
    assert records.result.tolist() == [SERVED, CALLED_BACK, CALLED_BACK]
    assert records.answered_at.tolist() == [0, 10, 20]
    assert records.wait_min.tolist() == [0, 9, 16]
    nobody = run_alone([0, 1, 4], [10] * 3, [99, 9, 3], relief=offered, **(kept | {"accepting_fraction": 0.0}))
    assert nobody.result.tolist()[1:] == [SERVED, BUSY]


def test_the_voice_system_says_more_while_calls_would_wait() -> None:
    """Nothing is settled by it while an agent is free within 5 min; all who would wait longer are."""
    relief = Relief(voice_after_min=5.0)
    kept: dict[str, Any] = {"staffing": 1, "voice_min": 1.0, "crowded_fraction": 1.0}
    records = run_alone([0, 6.5, 7, 16], [10, 10, 10, 10], relief=relief, **kept)
    assert records.result.tolist() == [SERVED, SERVED, VOICE, SERVED]
    assert records.done_at.tolist() == [11, 21, 8, 31]


def test_without_agents_of_its_own_a_desk_still_has_its_second_site() -> None:
    relief = Relief(second=(1,), second_after_min=1.0)
    records = run_alone([0, 1], [4, 4], [9, 2], staffing=0, relief=relief)
    assert records.result.tolist() == [SECOND_SITE, ABANDONED]
    assert records.answered_at[0] == 1.0


def test_the_desk_by_itself_never_calls_back_whom_it_cannot() -> None:
    """Nobody at the desk: who accepts waits for a call that does not come before the end."""
    relief = Relief(back_after_min=1.0)
    assert run_alone([0.0], [4.0], [9.0], staffing=0, relief=relief, accepting_fraction=1.0).result.tolist() == [
        WAITING
    ]


# --- a plain model with an event list ---

Fate = tuple[int, float, float]


def event_list(
    arrivals: np.ndarray,
    service: np.ndarray,
    patience: np.ndarray,
    first: np.ndarray,
    own: list[tuple[float, int]],
    second: list[tuple[float, int]],
    reserved: int,
    after: float,
) -> list[Fate]:
    """Serve calls event by event, each standing in all queues that are open to it; (result, answered at, done at)."""
    out: list[Fate] = [(WAITING, math.nan, math.inf)] * len(arrivals)
    events = [(t, 0, "comes", i, 0) for i, t in enumerate(arrivals.tolist())]
    events += [(t, -1, "staff", site, n) for site, steps in ((0, own), (2, second)) for t, n in steps]
    heapq.heapify(events)
    idle, staff = [0, reserved, 0], [0, reserved, 0]
    queues: list[list[int]] = [[], [], []]
    in_hand: list[dict[int, float]] = [{}, {}, {}]
    leaving: set[int] = set()
    while events:
        now, _, what, i, n = heapq.heappop(events)
        if what == "staff":
            change, staff[i] = n - staff[i], n
            home = min(idle[i], max(0, -change))
            idle[i] += max(change, -home)
            ends = sorted((end, call) for call, end in in_hand[i].items() if call not in leaving)
            leaving |= {call for _, call in ends[: max(0, -change) - home]}
        elif what == "comes":
            queues[0].append(i)
            if first[i]:
                queues[1].append(i)
            heapq.heappush(events, (now + after, 2, "second", i, 0))
            heapq.heappush(events, (now + float(patience[i]), 3, "gives up", i, 0))
        elif what == "second" and i in queues[0]:
            queues[2].append(i)
        elif what == "gives up" and i in queues[0]:
            out[i] = (ABANDONED, math.nan, now)
            queues = [[call for call in line if call != i] for line in queues]
        elif what == "ends":
            del in_hand[n][i]
            idle[n] += i not in leaving
        for site in range(3):
            while queues[site] and idle[site]:
                call = queues[site][0]
                queues = [[other for other in line if other != call] for line in queues]
                idle[site] -= 1
                end = in_hand[site][call] = now + float(service[call])
                out[call] = (SECOND_SITE if site == 2 else SERVED, now, end)
                heapq.heappush(events, (end, 0, "ends", call, site))
    return out


@settings(deadline=None, max_examples=80)
@given(
    seed=st.integers(0, 10**6),
    n=st.integers(1, 100),
    staff=st.lists(st.integers(0, 4), min_size=1, max_size=5),
    others=st.lists(st.integers(0, 3), min_size=1, max_size=5),
    reserved=st.integers(0, 2),
    after=st.sampled_from([0.5, 2.0, 6.0]),
    slice_min=st.sampled_from([1.0, 9.0, 500.0]),
)
def test_sites_equal_a_plain_event_list(
    seed: int, n: int, staff: list[int], others: list[int], reserved: int, after: float, slice_min: float
) -> None:
    u = rng.uniforms(seed, 0, "test.case", np.arange(n)[None, :], np.arange(4)[:, None])
    arrivals, service, patience = np.sort(60.0 * u[0]), -4.0 * np.log(u[1]), -7.0 * np.log(u[2])
    first = u[3] < 0.3

    def steps(numbers: list[int], purpose: str) -> tuple[list[float], list[int]]:
        since = np.cumsum(20.0 * rng.uniforms(seed, 0, purpose, np.arange(len(numbers))))
        since[0] = -1.0
        return since.tolist(), numbers

    own, second = steps(staff, "test.staff"), steps(others, "test.others")
    relief = Relief(reserved, *second, second_after_min=after)
    records = run_alone(arrivals, service, patience, staffing=own, relief=relief, first=first, slice_min=slice_min)
    plain = event_list(
        arrivals, service, patience, first, [*zip(*own, strict=True)], [*zip(*second, strict=True)], reserved, after
    )
    assert records.result.tolist() == [row[0] for row in plain]
    answered, done = (np.array([row[k] for row in plain]) for k in (1, 2))
    np.testing.assert_allclose(records.answered_at, answered, rtol=1e-12)
    np.testing.assert_allclose(records.done_at, done, rtol=1e-12)


# --- sites that are one ---


@pytest.mark.parametrize(
    ("relief", "first"),
    [(Relief(reserved=3), True), (Relief(second=(3,), second_after_min=0.0), False)],
    ids=["reserved", "second site"],
)
def test_agents_who_may_take_every_call_at_once_are_as_good_as_the_desks_own(relief: Relief, first: bool) -> None:
    """Seven of the desk and three others answer as ten do: every queueing result for ten agents holds for them."""
    arrivals = poisson(160.0, 4000, 8)
    kept: dict[str, Any] = {"lines": 18, "redial": Redial(0.5, 0.8, 10.0), "seed": 8}
    ten = run_alone(arrivals, exponential(4.0), exponential(3.0), staffing=10, **kept)
    both_sites = run_alone(arrivals, exponential(4.0), exponential(3.0), staffing=7, relief=relief, first=first, **kept)
    for name in ("at", "caller", "attempt", "wait_min", "answered_at", "done_at"):
        np.testing.assert_array_equal(getattr(ten, name), getattr(both_sites, name), err_msg=name)
    np.testing.assert_array_equal(ten.result, np.where(both_sites.result == SECOND_SITE, SERVED, both_sites.result))
    assert {SERVED, ABANDONED, BUSY} <= set(ten.result)


def test_who_is_called_back_waits_as_who_never_gives_up() -> None:
    """All accept, and would give up at once otherwise: the waits are those of Erlang C, the calls the same to the bit."""
    arrivals = poisson(100.0, 4000, 9)
    patient = run_alone(arrivals, exponential(4.0), staffing=8, seed=9)
    offered = {"relief": Relief(back_after_min=0.0), "accepting_fraction": 1.0}
    back = run_alone(arrivals, exponential(4.0), exponential(0.01), staffing=8, seed=9, **offered)
    np.testing.assert_array_equal(back.answered_at, patient.answered_at)
    np.testing.assert_array_equal(back.result == CALLED_BACK, patient.wait_min > 0)
    assert np.mean(patient.wait_min > 0) > 0.3


# --- in slices, apart, compiled ---

CROWDED: dict[str, Any] = {
    "staffing": ([-np.inf, 60.0, 120.0, 200.0], [8, 3, 0, 12]),
    "redial": Redial(0.5, 0.8, 10.0),
    "voice_min": 1.0,
    "contained_fraction": 0.3,
    "accepting_fraction": 0.4,
    "crowded_fraction": 0.5,
    "relief": Relief(2, (-np.inf, 40.0, 130.0), (0, 4, 1), 1.0, 6.0, 2.5),
    "seed": 2,
}


def crowd(**fields: Any) -> CallRecords:
    first = poisson(500.0, 2500, 2)
    has_priority = rng.uniforms(3, 0, "test.first", np.arange(2500)) < 0.1
    return run_alone(first, exponential(4.0), exponential(3.0), first=has_priority, **(CROWDED | fields))


@pytest.mark.parametrize("lines", [None, 40, 14])
def test_neither_slices_nor_parting_change_anything(lines: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    one = crowd(lines=lines, slice_min=13.0)
    monkeypatch.setattr(queue, "_WORTH_PARTING", 10**9)
    for slice_min in (1.0, 7.0, 1000.0):
        two = crowd(lines=lines, slice_min=slice_min)
        for name in CallRecords.__dataclass_fields__:
            np.testing.assert_array_equal(getattr(one, name), getattr(two, name), err_msg=name)
    assert {VOICE, SERVED, ABANDONED, SECOND_SITE, CALLED_BACK} <= set(one.result)


@pytest.mark.parametrize("lines", [None, 40, 14])
def test_the_compiled_loop_relieves_the_desk_alike(lines: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    plain, fast = both(monkeypatch, lambda: crowd(lines=lines, slice_min=13.0))
    assert_same_bits(plain, fast)
