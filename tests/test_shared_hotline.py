"""Plans that share the beginning of a storm hear what each would hear alone."""

from __future__ import annotations

import gc
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from sim.hotline import Hotline, SharedHotlines, hotline, shared
from tests.test_callers import busy_storm, play, play_on
from tests.tiny import tiny_scenario

TO = 3000.0


def plans() -> list[tuple[Any, list[tuple[Any, ...]]]]:
    """Scenario and events of plans that part at 1100, 1100, never, 760, 2000 and, by another desk, at once."""
    _, scenario, events = busy_storm()
    other = tiny_scenario(
        hotline={**scenario.hotline.model_dump(), "agents": 9}, customers=scenario.customers.model_dump()
    )

    def but(at: float, *more: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        return sorted([e for e in events if e[0] < at or e[1] == "went_dark"] + list(more), key=lambda e: e[0])

    return [
        (scenario, events),
        (scenario, but(1100.0, (1100.5, "restored", [5]), (1900.0, "etr", 0, 2500.0))),
        (scenario, events),
        (scenario, but(760.0, (760.0, "etr", 1, np.nan))),
        (scenario, but(2000.0)),
        (scenario, but(760.0, (760.0, "etr", 1, np.nan), (800.0, "notice", 1, 0.4))),
        (other, events),
    ]  # fmt: skip


def same(got: Any, expected: Any) -> None:
    for name in type(expected).__dataclass_fields__:
        np.testing.assert_array_equal(getattr(got, name), getattr(expected, name), err_msg=name)


@pytest.mark.parametrize("copies", [(0, 0), (100, 5), (10**9, 0)])
def test_each_plan_hears_what_it_hears_alone(copies: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether copies are kept after every slice, now and then, or never."""
    monkeypatch.setattr(shared, "_COPY_AFTER", copies[0])
    monkeypatch.setattr(shared, "_COPY_TIMES", copies[1])
    drawn, *_ = busy_storm()
    lines = SharedHotlines(drawn)
    outcomes = []
    for scenario, events in plans():
        calls, reports = play_on(lines.of(scenario), events, 15.0, TO)
        alone_calls, alone_reports = play(drawn, scenario, events, 15.0, TO)
        same(calls, alone_calls)
        same(reports, alone_reports)
        outcomes.append(calls.at.tobytes())
    assert len(set(outcomes)) == len(outcomes) - 1


def test_a_slice_is_served_once_for_all_plans(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn, scenario, events = busy_storm()
    served: list[float] = []
    advance = Hotline.advance
    monkeypatch.setattr(Hotline, "advance", lambda line, to, *more: served.append(to) or advance(line, to, *more))
    monkeypatch.setattr(shared, "_COPY_AFTER", 0)
    monkeypatch.setattr(shared, "_COPY_TIMES", 0)
    lines = SharedHotlines(drawn)
    for _ in range(2):
        play_on(lines.of(scenario), events, 15.0, TO)
    assert len(served) == TO / 15.0
    changed = [*events, (2400.0, "etr", 1, 2900.0)]
    play_on(lines.of(scenario), changed, 15.0, TO)
    assert served[int(TO / 15.0) :][:3] == [2415.0, 2430.0, 2445.0] or served[int(TO / 15.0)] <= 2415.0
    assert len(served) < 2 * TO / 15.0 - 100


def test_what_plans_share_is_gone_with_them_without_a_collection() -> None:
    def n_slices() -> int:
        return sum(isinstance(each, shared._Slice) for each in gc.get_objects())

    drawn, *_ = busy_storm()
    gc.collect()
    before = n_slices()
    gc.disable()
    try:
        lines = SharedHotlines(drawn)
        runs = [lines.of(scenario) for scenario, _ in plans()]
        for run, (_, events) in zip(runs, plans(), strict=True):
            play_on(run, events, 1.0, TO)
        assert n_slices() > before + 3000
        del lines, run
        assert n_slices() > before + 3000  # the runs hold it
        del runs
        assert n_slices() == before
    finally:
        gc.enable()


def test_the_hotline_goes_by_nothing_else_of_the_scenario() -> None:
    drawn, scenario, events = busy_storm()
    part = SimpleNamespace(**{name: getattr(scenario, name) for name in hotline.USED})
    same(play(drawn, part, events, 15.0, TO)[0], play(drawn, scenario, events, 15.0, TO)[0])
