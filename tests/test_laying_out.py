"""Attempts laid out ahead for lines that are all in use, against every attempt in its turn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim import rng
from sim.hotline import ABANDONED, BUSY, CUT_OFF, SERVED, VOICE, Redial, Relief, exponential, queue, run_alone
from sim.hotline.alone import KeyedDraws
from sim.hotline.batch import (
    DROP,
    DROPPED,
    FINISH,
    HAND_OVER,
    LAID_OUT,
    LEAVE,
    Batch,
    Fates,
    FloatArray,
    Given,
    IntArray,
    amend,
)
from sim.hotline.queue import Desk
from tests.exact import poisson
from tests.test_callers import busy_storm, play
from tests.test_compiled import assert_same_bits


@dataclass(frozen=True)
class Draws(KeyedDraws):
    """Draws of parties who do not dial again once power is back."""

    back: Any = ()

    def until(self, party: IntArray) -> FloatArray:
        """Return when power is back, (n,)."""
        return np.asarray(self.back)[party]


@pytest.fixture(autouse=True)
def _every_call_in_the_plain_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "_WORTH_COMPILED", 10**9)


def both(run: Any) -> tuple[Any, Any, list[int]]:
    """Return what comes of a run with and without laying out, and how many attempts were laid out and dropped again."""
    n_laid, n_dropped, lay_out, fates = [0], [0], Batch.lay_out, Batch.fates

    def spy(batch: Batch, *given: Any) -> None:
        lay_out(batch, *given)
        n_laid[0] += batch.course.count(LAID_OUT)

    def spy_out(batch: Batch) -> Fates:
        n_dropped[0] += batch.course.count(DROPPED)
        return fates(batch)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Batch, "lay_out", spy)
        patch.setattr(Batch, "fates", spy_out)
        laid_out = run()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Batch, "lay_out", lambda *_: None)
        plain = run()
    return laid_out, plain, [n_laid[0], n_dropped[0]]


@pytest.mark.parametrize("slice_min", [7.0, 90.0])
@pytest.mark.parametrize("leave", LEAVE)
def test_laying_out_attempts_changes_nothing(slice_min: float, leave: str) -> None:
    """Full lines and callers who dial again and again."""
    first = poisson(300.0, 1500, 6)
    kept: dict[str, Any] = {
        "staffing": ([-np.inf, 60.0, 120.0, 200.0], [8, 3, 0, 12]),
        "lines": 12,
        "redial": Redial(0.6, 0.9, 10.0),
        "voice_min": 1.0,
        "contained_fraction": 0.4,
        "leave_mid_call": leave,
        "slice_min": slice_min,
        "seed": 6,
    }
    one, two, (n_laid, n_dropped) = both(lambda: run_alone(first, exponential(4.0), exponential(3.0), **kept))
    assert_same_bits(one, two)
    assert {VOICE, SERVED, ABANDONED, BUSY} <= set(one.result)
    assert n_laid > 3000
    assert n_dropped > 100


def test_nobody_is_laid_out_while_lines_are_free() -> None:
    first = poisson(300.0, 500, 6)
    _, _, (n_laid, _) = both(lambda: run_alone(first, exponential(1.0), staffing=9, lines=60, slice_min=10.0))
    assert n_laid == 0


def test_a_storm_with_few_lines() -> None:
    drawn, scenario, events = busy_storm()
    few = scenario.model_copy(update={"hotline": scenario.hotline.model_copy(update={"trunks": 12})})
    one, two, (n_laid, n_dropped) = both(lambda: play(drawn, few, events, 15.0, 4000.0))
    assert_same_bits(one[0], two[0])
    assert_same_bits(one[1], two[1])
    assert n_laid > n_dropped > 0


def crowd(seed: int, n: int, digits: int, delay_min: float, share: float) -> tuple[Draws, list[tuple[Any, ...]]]:
    """Return draws for n parties, and their calls: each has a first one and perhaps further ones; at, party, code, again."""
    u = rng.uniforms(seed, 0, "test.crowd", np.arange(n)[None, :], np.arange(6)[:, None])
    back = np.where(u[1] < 0.3, np.inf, 80.0 * u[1])
    draws = Draws(
        (seed, "test.crowd"), exponential(4.0), exponential(3.0), delay_min, 0.4, u[2] < 0.2, 0.5, 0.6, back
    )  # fmt: skip
    calls = [(round(at, digits), party, 0, False) for party, at in enumerate((40.0 * u[0]).tolist())]
    for nth, more in enumerate(u[3:6], 1):
        asks = np.flatnonzero(more < share)
        calls += [(round(calls[p][0] + 90.0 * more[p], digits), p, nth << 20, True) for p in asks.tolist()]
    return draws, calls


def served(draws: Draws, calls: list[tuple[Any, ...]], slice_min: float, lines: list[int], **kept: Any) -> dict[str, Any]:
    """Serve calls, with another number of lines for each third of the time; return all that can be seen afterwards."""
    desk, done, amended, to = Desk(draws, lines=lines[0], **kept), [], [], 0.0
    desk.add_parties(len(draws.back), np.inf)
    due = sorted(calls, key=lambda call: call[0])
    while due or desk.parts_before(np.inf):
        to += slice_min
        for number, at in zip(lines[1:], (30.0, 60.0), strict=False):
            if to - slice_min < at <= to:
                desk.set_lines(number)
        if to - slice_min < 20.0 <= to:
            desk.call_in(2, 25.0, 50.0)
        now = [call for call in due if call[0] < to and call[0] < draws.back[call[1]]]
        columns = [np.array([call[i] for call in now], kind) for i, kind in enumerate((float, int, int, bool))]
        fates, later_at, later_keys, changed = desk.serve(Given(*columns, draws.until(columns[1])), to)
        done.append(fates)
        amended.append(changed)
        later = [(at, party, code, False) for at, (party, code) in zip(later_at.tolist(), later_keys.T.tolist(), strict=True)]
        due = sorted([call for call in due if call[0] >= to] + later, key=lambda call: call[0])
    fates = Fates._make(np.concatenate(column) for column in zip(*done, strict=True))
    amend(fates, amended)
    order = np.lexsort((fates.code, fates.party))
    state = desk._state
    held = sorted(end for end in state.leaving + state.lately if end > to)
    agents = [sorted(site.free_at) for site in (state.own, state.reserved, state.second)]
    seen = {name: getattr(fates, name)[order].tobytes() for name in Fates._fields}
    return seen | {"free_at": state.free_at.tobytes(), "held": held, "agents": agents}


@settings(deadline=None, max_examples=150)
@given(
    seed=st.integers(0, 10**6),
    n=st.integers(1, 250),
    staff=st.lists(st.integers(0, 6), min_size=1, max_size=4),
    lines=st.lists(st.integers(1, 14), min_size=1, max_size=3),
    digits=st.sampled_from([0, 12]),
    delay_min=st.sampled_from([0.3, 10.0]),
    share=st.sampled_from([0.0, 0.1, 0.6]),
    voice=st.sampled_from([0.0, 0.7]),
    chances=st.sampled_from([(0.5, 0.8), (0.9, 0.3), (0.9, 0.95)]),
    slice_min=st.sampled_from([3.0, 20.0, 500.0]),
    leave=st.sampled_from([FINISH, HAND_OVER, DROP]),
    relief=st.sampled_from([Relief(), Relief(1, (-np.inf, 20.0), (0, 2), 1.0, 3.0, 5.0)]),
)
def test_any_desk(
    seed: int, n: int, staff: list[int], lines: list[int], digits: int, delay_min: float, share: float, voice: float,
    chances: tuple[float, float], slice_min: float, leave: int, relief: Relief,
) -> None:  # fmt: skip
    """People who call more than once in a slice, at one instant with others, until power is back; lines that fail."""
    draws, calls = crowd(seed, n, digits, delay_min, share)
    since = [-1.0, *(20.0 * np.arange(1, len(staff))).tolist()]
    kept = {
        "staffing_at": since, "staffing": [*staff[:-1], max(1, staff[-1])], "voice_min": voice,
        "after_abandon": chances[0], "after_busy": chances[1], "leave": leave, "relief": relief,
    }  # fmt: skip
    one, two, _ = both(lambda: served(draws, calls, slice_min, lines, **kept))
    assert one == two


def test_a_crowd_dials_oftener_than_is_laid_out() -> None:
    """Nearly a hundred attempts a caller within one slice, of whom some are cut off as well."""
    draws, calls = crowd(3, 200, 12, 0.5, 0.3)
    kept = {
        "staffing_at": [-1.0, 30.0], "staffing": [5, 2], "voice_min": 0.5, "after_abandon": 0.9, "after_busy": 0.99,
        "leave": DROP,
    }  # fmt: skip
    one, two, (n_laid, n_dropped) = both(lambda: served(draws, calls, 60.0, [5], **kept))
    assert one == two
    assert n_laid > n_dropped > 0
    assert {SERVED, BUSY, CUT_OFF} <= set(np.frombuffer(one["result"], np.int8).tolist())


def test_lines_that_agents_set_free_by_leaving() -> None:
    """More agents than lines until 30, when most of them leave and cut off their calls: somebody gets through at once."""
    draws, calls = crowd(5, 250, 12, 2.0, 0.0)
    kept = {
        "staffing_at": [-1.0, 30.0], "staffing": [12, 3], "voice_min": 0.0, "after_abandon": 0.9, "after_busy": 0.9,
        "leave": DROP,
    }  # fmt: skip
    one, two, _ = both(lambda: served(draws, calls, 7.0, [8, 8, 8], **kept))
    assert one == two
    assert CUT_OFF in np.frombuffer(one["result"], np.int8)


def test_who_calls_when_a_line_becomes_free_gets_it() -> None:
    """One line, calls of 10 min at 0, 5, 10 and 20: only the one at 5 meets a line in use."""
    draws = Draws((0, "test.line"), np.full(4, 10.0), exponential(3.0), 2.0, 0.0, back=(np.inf,) * 4)

    def results() -> list[int]:
        desk = Desk(draws, [-np.inf], [4], lines=1)
        desk.add_parties(4, np.inf)
        desk.set_lines(1)  # so that the next slice may be laid out
        at, nothing = np.array([0.0, 5.0, 10.0, 20.0]), np.zeros(4, np.int64)
        fates = desk.serve(Given(at, np.arange(4), nothing, nothing > 0, np.full(4, np.inf)), 60.0).fates
        return fates.result[np.argsort(fates.party)].tolist()

    one, two, (n_laid, _) = both(results)
    assert one == two == [SERVED, BUSY, SERVED, SERVED]
    assert n_laid > 0
