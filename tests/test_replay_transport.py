"""The tape: two clocks, speeds, steps both ways, play to here, and the sign of the past."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.errors import InputError
from sim.replay.deciding import decided
from sim.replay.moments import moment
from sim.replay.terminal.keys import _keys
from sim.replay.transport import SPEEDS, Transport
from tests.replays import recording, town
from tests.tiny import tiny_scenario


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def tape(**given: Any) -> tuple[Transport, Clock]:
    clock = Clock()
    return Transport(1000.0, clock, **given), clock


def test_it_plays_at_its_speed_and_stands_when_paused() -> None:
    it, clock = tape(speed=600.0)
    clock.now += 5
    it.tick()
    assert (it.at, it.is_playing, it.paused_s) == (0.0, False, 5.0)
    it.play()
    clock.now += 2
    it.tick()
    assert (it.at, it.is_playing) == (20.0, True)  # 2 s at 600 s per second
    it.toggle()
    clock.now += 30
    it.tick()
    assert (it.at, it.n_pauses, it.paused_s, it.real_s) == (20.0, 1, 35.0, 37.0)


def test_a_talk_is_timed_and_holds_the_storm_unless_it_is_let_run() -> None:
    it, clock = tape(speed=600.0, at=100.0)
    it.play()
    clock.now += 1
    it.talk()
    assert (it.at, it.is_playing, it.talk_at, it.talked_s) == (110.0, False, 110.0, 0.0)
    clock.now += 90
    it.tick()
    assert (it.at, it.talk_at, it.talked_s, it.paused_s) == (110.0, 110.0, 90.0, 90.0)
    it.hold()
    clock.now += 120
    it.tick()
    assert (it.at, it.talk_at, it.talked_s, it.paused_s) == (112.0, 110.0, 210.0, 90.0)  # two minutes went by
    it.seek(50.0)  # to look back does not end a talk
    assert it.talk_at == 110.0
    it.talk()
    assert it.talk_at is None
    it.talk()
    it.play()
    assert it.talk_at is None
    assert it.is_playing


def test_the_command_of_a_decision_dates_it_as_the_talk_was_held_or_not() -> None:
    made = replace(recording(town()), plan="base", replication=3, run="my run")
    held = decided(made, 3510.0, 272.0, holds=True)
    assert held == "drill branch 'my run' --plan base --replication 3 --at 58h30 --discussed 4.5 --do '...'"
    running = decided(replace(made, branch="b1"), 3510.9, 60.0, holds=False)
    assert running == "drill branch 'my run' --from b1 --at 58h30 --discussed 1.0 --running --do '...'"


def test_a_pause_does_not_make_what_follows_late() -> None:
    it, clock = tape(speed=60.0)
    it.play()
    clock.now += 10
    it.toggle()
    clock.now += 3600
    it.toggle()
    clock.now += 10
    it.tick()
    assert it.at == 20.0


def test_speeds_go_from_real_time_past_an_hour_per_second() -> None:
    it, clock = tape(speed=600.0)
    it.faster(1)
    assert it.speed == 1200
    for _ in range(30):
        it.faster(-1)
    assert it.speed == SPEEDS[0] == 1
    assert {1, 2, 4, 8, 16, 3600} <= set(SPEEDS)
    it.speed = 700.0
    it.faster(-1)
    assert it.speed == 600
    it.speed = 3600.0
    it.play()
    clock.now += 1
    it.tick()
    assert it.at == 60.0


def test_play_to_here_pauses_there_and_the_end_is_the_end() -> None:
    it, clock = tape(speed=6000.0)
    it.play(to=150.0)
    clock.now += 1
    it.tick()
    assert (it.at, it.is_playing) == (100.0, True)
    clock.now += 60
    it.tick()
    assert (it.at, it.is_playing, it.n_pauses) == (150.0, False, 1)
    it.play(to=20.0)  # behind: there is nothing to play
    assert not it.is_playing
    it.play()
    clock.now += 1000
    it.tick()
    assert (it.at, it.is_playing) == (1000.0, False)
    it.play()
    assert not it.is_playing


def test_steps_go_both_ways_and_pause() -> None:
    it, _ = tape(at=50.0)
    events = [10.0, 50.0, 50.0, 70.0]
    it.play()
    it.step(events, 1)
    assert (it.at, it.is_playing) == (70.0, False)
    it.step(events, 1)
    assert it.at == 70.0
    it.step(events, -1)
    assert it.at == 50.0
    it.step(events, -1)
    assert it.at == 10.0
    it.step(events, -1)
    assert it.at == 10.0
    it.step([], 1)
    assert it.at == 10.0


def test_what_was_shown_already_is_the_past() -> None:
    it, _ = tape()
    it.seek(300.0)
    assert not it.shows_past
    it.seek(100.0)
    assert it.shows_past
    assert it.reached == 300.0
    it.seek(-5.0)
    assert it.at == 0.0
    it.seek(1e9)
    assert (it.at, it.shows_past) == (1000.0, False)


@settings(deadline=None, max_examples=100)
@given(st.lists(st.one_of(st.sampled_from(["play", "toggle", "faster", "slower"]), st.floats(0, 5)), max_size=30))
def test_the_two_clocks_never_disagree(doings: list[Any]) -> None:
    it, clock = tape(speed=60.0)
    played = 0.0
    for doing in doings:
        if isinstance(doing, float):
            clock.now += doing
            before = it.at
            it.tick()
            played += it.at - before
        else:
            {"play": it.play, "toggle": it.toggle, "faster": lambda: it.faster(1), "slower": lambda: it.faster(-1)}[
                doing
            ]()
    assert it.at == pytest.approx(played)
    assert 0 <= it.paused_s <= it.real_s == pytest.approx(clock.now - 1000.0)
    assert 0 <= it.at <= it.reached <= it.horizon


@pytest.mark.parametrize(
    ("text", "minute"),
    [
        ("14:30", 14 * 60 + 30.0), ("05:00", 29 * 60.0), ("+2h", 600.0 + 120), ("-1.5h", 600.0 - 90), ("14h30", 870.0),
        ("30h", 1800.0), ("T+30h", 1800.0), ("landfall", 360.0), ("landfall+12h", 1080.0),
        ("2020-08-02T01:30", 25.5 * 60), ("2020-08-02T01:30+00:00", 34.5 * 60),
    ],
)  # fmt: skip
def test_times_as_people_type_them(text: str, minute: float) -> None:
    assert moment(text, tiny_scenario(), now=600.0) == minute


@pytest.mark.parametrize("text", ["", "soon", "25:99", "2020-13-45T01:30", "T+999h", "landfall-7h", "-11h"])
def test_what_is_no_time_of_the_run_is_wrong_input(text: str) -> None:
    with pytest.raises(InputError) as error:
        moment(text, tiny_scenario(), now=600.0)
    assert str(error.value).startswith(f'--at = "{text}": a time ')


def test_keys_have_names() -> None:
    assert _keys("a \x1b[A\x1b[5~\x1b\r\x7f+") == ["a", "space", "up", "pageup", "escape", "enter", "backspace", "+"]
    assert _keys("\x1b[99;5X") == ["escape"]
