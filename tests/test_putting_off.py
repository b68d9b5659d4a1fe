"""Calls that tell nothing new are served later, many at once; nothing else comes of it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim import experiment, rng
from sim.cli.inputs import prepare
from sim.experiment.series import play as play_again
from sim.hotline import Hotline, Reports, SharedHotlines
from sim.hotline import hotline as of_hotline
from sim.scenario import read
from sim.scenario.template import template
from sim.world import World
from sim.world import run as play_world
from tests.benchmarks import scene
from tests.test_callers import busy_storm, play

TO = 3000.0


def put_off(line: Any, events: list[tuple[Any, ...]], seed: int, share: float) -> tuple[Any, list[Reports]]:
    """Play events, with a share of the sections, others at each slice, of which nobody needs to know yet."""
    heard, left = [], sorted(events, key=lambda event: event[0])
    for nth, end in enumerate(np.arange(15.0, TO + 15.0, 15.0).tolist()):
        while left and left[0][0] < end:
            at, what, *more = left.pop(0)
            getattr(line, what)(*((more[0], at) if what in ("went_dark", "restored") else (more[0], at, *more[1:])))
        told = rng.uniforms(seed, nth, "test.told", np.arange(40)) < share
        may_wait = None if end == TO else lambda sections, told=told: bool(told[sections].all())
        heard.append(line.advance(end, may_wait))
        if rng.uniforms(seed, nth, "test.catch_up", 0) < 0.02:
            heard.append(line.catch_up(np.arange(30)))
    return line.finish(), heard


@given(seed=st.integers(0, 10**6), share=st.sampled_from([0.0, 0.9, 0.97, 1.0]), most=st.sampled_from([0, 40, 1000]))
@settings(max_examples=12, deadline=None)
def test_what_is_put_off_is_served_as_it_would_have_been(seed: int, share: float, most: int) -> None:
    drawn, scenario, events = busy_storm()
    expected, reports = play(drawn, scenario, events, 15.0, TO)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(of_hotline, "_MOST_PUT_OFF", most)
        calls, heard = put_off(Hotline(drawn, scenario), events, seed, share)
    for name in type(expected).__dataclass_fields__:
        np.testing.assert_array_equal(getattr(calls, name), getattr(expected, name), err_msg=name)
    for name in ("at", "section", "caller"):
        together = np.concatenate([getattr(each, name) for each in heard])
        np.testing.assert_array_equal(together, getattr(reports, name), err_msg=name)


def test_who_may_not_wait_is_heard_at_once() -> None:
    """Sections 30 to 39 are never told of: their reports come in their own slice, and much else is put off."""
    drawn, scenario, events = busy_storm()
    expected = play(drawn, scenario, events, 15.0, TO)[1]
    line, n_served = Hotline(drawn, scenario), 0
    left = sorted(events, key=lambda event: event[0])
    for end in np.arange(15.0, TO, 15.0).tolist():
        while left and left[0][0] < end:
            at, what, *more = left.pop(0)
            getattr(line, what)(*((more[0], at) if what in ("went_dark", "restored") else (more[0], at, *more[1:])))
        heard = line.advance(end, lambda sections: bool((sections < 30).all()))
        n_served += not line.is_behind
        own = (expected.at >= end - 15.0) & (expected.at < end) & (expected.section >= 30)
        mine = (heard.at >= end - 15.0) & (heard.section >= 30)
        np.testing.assert_array_equal(heard.at[mine], expected.at[own])
        np.testing.assert_array_equal(heard.caller[mine], expected.caller[own])
    assert n_served < TO / 15.0 - 10


def test_those_who_will_not_have_dialled_need_not_wait() -> None:
    """When not all may wait, it is asked again about those who dial: far fewer further calls than might have come."""
    drawn, scenario, events = busy_storm()
    line, asked = Hotline(drawn, scenario), [0, 0]
    left = sorted(events, key=lambda event: event[0])
    for end in np.arange(15.0, TO, 15.0).tolist():
        while left and left[0][0] < end:
            at, what, *more = left.pop(0)
            getattr(line, what)(*((more[0], at) if what in ("went_dark", "restored") else (more[0], at, *more[1:])))
        sections: list[list[int]] = []
        line.advance(end, lambda who, sections=sections: bool(sections.append(who.tolist())))
        if sections:
            might, do = sections
            assert not Counter(do) - Counter(might)
            asked[0], asked[1] = asked[0] + len(might), asked[1] + len(do)
    assert asked[1] < 0.8 * asked[0]


def test_plans_that_share_a_beginning_may_put_off_at_different_moments() -> None:
    drawn, scenario, events = busy_storm()
    expected = play(drawn, scenario, events, 15.0, TO)[0]
    changed = [*events, (2400.0, "etr", 1, 2900.0)]
    alone = play(drawn, scenario, changed, 15.0, TO)[0]
    lines = SharedHotlines(drawn)
    for seed, share in enumerate((0.97, 0.9, 1.0)):
        for told, calls in ((events, expected), (changed, alone)):
            got = put_off(lines.of(scenario), told, seed, share)[0]
            np.testing.assert_array_equal(got.at, calls.at)
            np.testing.assert_array_equal(got.done_at, calls.done_at)


def test_who_is_called_in_at_a_reviews_minute_keeps_no_reports_back() -> None:
    """All calls before that minute are served then: their reports come with it, also to a plan that follows."""
    drawn, scenario, events = busy_storm()

    def n_heard(line: Any, *, wait: bool) -> list[int]:
        heard, left = [], sorted(events, key=lambda event: event[0])
        for end in np.arange(15.0, 1500.0, 15.0).tolist():
            while left and left[0][0] < end:
                at, what, *more = left.pop(0)
                getattr(line, what)(*((more[0], at) if what in ("went_dark", "restored") else (more[0], at, *more[1:])))
            if end % 300.0 == 0.0:
                line.call_in(2, end, end + 30.0, end + 300.0)
            heard.append(len(line.advance(end, (lambda _: True) if wait else None)))
        return heard

    expected = n_heard(Hotline(drawn, scenario), wait=False)
    lines = SharedHotlines(drawn)
    for line in (Hotline(drawn, scenario), lines.of(scenario)):
        late = n_heard(line, wait=True)
        assert np.cumsum(late)[19::20].tolist() == np.cumsum(expected)[19::20].tolist()
        assert late != expected
    assert n_heard(lines.of(scenario), wait=False) == expected


SETS: dict[str, tuple[str, ...]] = {
    "plain": (),
    "switching": ("switching.enabled=true",),
    "meters": ("knowledge.metered_fraction=0.3", "knowledge.monitored_fraction=0.2"),
    "visits": ('knowledge.single_call="visit"', "knowledge.calls_to_infer=4"),
    "left dark": ("customers.left_dark_fraction=0.1", "customers.after_restoration_fraction=0.05"),
    "masts": ("mobile.fails=true", "customers.app_fraction=0.2"),
    "own promises": ("etr.individual=true", "notices.reach_fraction=0.4", "customers.rumour_per_h=0.1"),
    "dropped": ('hotline.leave_mid_call="drop"',),
    "orders": ("fault_orders.staff=3", "fault_orders.urge_after_h=2"),
}


@pytest.mark.parametrize("case", SETS)
def test_a_world_that_puts_off_calls_is_the_same(case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "small.toml"
    path.write_text(template(), encoding="utf-8")
    loaded = read(path, SETS[case])
    setting = experiment.make_setting(loaded.scenario, *prepare(loaded))
    plan, served = setting.plans[-1].name, []
    serve = Hotline._serve_until
    monkeypatch.setattr(Hotline, "_serve_until", lambda line, to: served.append(to) or serve(line, to))
    _, late = play_again(setting, plan, 1)
    n_late = len(served)
    monkeypatch.setattr(World, "_hears_all", lambda _: True)
    _, at_once = play_again(setting, plan, 1)
    same(late, at_once)
    if case in ("dropped", "orders"):
        assert 2 * n_late == len(served)
    else:
        assert 4 * n_late < len(served)


def test_a_small_city_that_puts_off_calls_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = scene.drawn(60_000, 400)
    plan = scene.plan(drawn.scenario)
    late = play_world(drawn, plan)
    monkeypatch.setattr(World, "_hears_all", lambda _: True)
    same(late, play_world(drawn, plan))


def same(one: Any, other: Any) -> None:
    assert list(one.log.lines()) == list(other.log.lines())
    for name in type(other.calls).__dataclass_fields__:
        np.testing.assert_array_equal(getattr(one.calls, name), getattr(other.calls, name), err_msg=name)
