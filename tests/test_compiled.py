"""The compiled loop gives the records of the plain one, bit for bit."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim import rng
from sim.hotline import (
    ABANDONED,
    BUSY,
    SERVED,
    VOICE,
    CallRecords,
    Calls,
    Redial,
    compiled,
    exponential,
    queue,
    run_alone,
)
from sim.hotline.batch import LEAVE
from tests.test_callers import busy_storm, play


def both(monkeypatch: pytest.MonkeyPatch, run: Any) -> tuple[Any, Any]:
    """Return what comes of a run with the plain loop and with the compiled one."""
    pytest.importorskip("numba")
    monkeypatch.setattr(queue.Desk, "_serve_at_once", lambda *_: None)
    with monkeypatch.context() as patch:
        patch.setattr(queue, "_WORTH_COMPILED", 10**9)
        plain = run()
    n_compiled = []
    with monkeypatch.context() as patch:
        patch.setattr(queue, "_WORTH_COMPILED", 0)
        inner = compiled.run
        patch.setattr(compiled, "run", lambda *args: n_compiled.append(1) or inner(*args))
        fast = run()
    assert n_compiled
    return plain, fast


def assert_same_bits(plain: Any, fast: Any) -> None:
    for name in type(plain).__dataclass_fields__:
        one, other = getattr(plain, name), getattr(fast, name)
        assert one.dtype == other.dtype, name
        assert one.tobytes() == other.tobytes(), name


@settings(deadline=None, max_examples=60)
@given(
    seed=st.integers(0, 10**6),
    n=st.integers(1, 300),
    staff=st.lists(st.integers(0, 6), min_size=1, max_size=6),
    lines=st.one_of(st.none(), st.integers(1, 14)),
    voice=st.sampled_from([0.0, 0.7]),
    contained=st.sampled_from([0.0, 0.5]),
    again=st.sampled_from([None, Redial(0.5, 0.8, 10.0), Redial(0.95, 0.95, 0.5)]),
    patience=st.sampled_from([None, 3.0]),
    slice_min=st.sampled_from([3.0, 20.0, 500.0]),
    leave=st.sampled_from(LEAVE),
)
def test_any_desk(
    seed: int, n: int, staff: list[int], lines: int | None, voice: float, contained: float, again: Redial | None,
    patience: float | None, slice_min: float, leave: str,
) -> None:  # fmt: skip
    arrivals = np.sort(60.0 * rng.uniforms(seed, 0, "test.case", np.arange(n)))
    since = np.cumsum(20.0 * rng.uniforms(seed, 0, "test.staff", np.arange(len(staff))))
    since[0] = -1.0

    def run() -> CallRecords:
        return run_alone(
            arrivals, exponential(4.0), None if patience is None else exponential(patience),
            staffing=(since, [*staff[:-1], max(1, staff[-1])]), lines=lines, redial=again, voice_min=voice,
            contained_fraction=contained, seed=seed, slice_min=slice_min, leave_mid_call=leave,
        )  # fmt: skip

    with pytest.MonkeyPatch.context() as patch:
        assert_same_bits(*both(patch, run))


def test_a_crowd_that_needs_room_for_redials(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two thousand callers for four lines, most of whom try many times within one slice."""
    arrivals = np.linspace(0.0, 30.0, 2000)
    kept: dict[str, Any] = {"staffing": 2, "lines": 4, "redial": Redial(0.9, 0.95, 1.0), "slice_min": 1000.0}
    plain, fast = both(monkeypatch, lambda: run_alone(arrivals, exponential(4.0), exponential(2.0), **kept))
    assert len(plain.at) > 20_000
    assert {SERVED, ABANDONED, BUSY} <= set(plain.result)
    assert_same_bits(plain, fast)


def test_a_storm(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn, scenario, events = busy_storm()
    plain, fast = both(monkeypatch, lambda: play(drawn, scenario, events, 15.0, 4000.0)[0])
    assert isinstance(plain, Calls)
    assert {VOICE, SERVED, ABANDONED, BUSY} <= set(plain.result)
    assert_same_bits(plain, fast)


def test_without_the_extra_the_plain_loop_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "_WORTH_COMPILED", 0)
    monkeypatch.setattr(compiled, "is_there", lambda: False)
    monkeypatch.setattr(compiled, "run", lambda *_: pytest.fail("the compiled loop was used"))
    assert run_alone([0.0, 1.0], [4.0, 4.0], staffing=1).result.tolist() == [SERVED, SERVED]


def test_a_kernel_compiled_in_the_midst_of_a_storm_holds_nothing_back(tmp_path: Path) -> None:
    """The collector of reference cycles rests in a run; the desk's arrays must grow all the same after compiling."""
    pytest.importorskip("numba")
    script = (
        "import gc; gc.disable()\n"
        "from sim.hotline import queue; queue._WORTH_COMPILED = 0\n"
        "from tests.test_callers import busy_storm, play\n"
        "drawn, scenario, events = busy_storm()\n"
        "assert len(play(drawn, scenario, events, 15.0, 1000.0)[0]) > 1000\n"
    )
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}
    where = Path(__file__).parents[1]
    done = subprocess.run([sys.executable, "-c", script], cwd=where, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
