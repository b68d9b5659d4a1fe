"""Mutual aid by stages: asked, answered, under way, there, told its way, gone home; late or refused by chance."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from sim.dates import Dates
from sim.metrics.cost import aid_arrivals
from sim.replay.feed import FEED, MARKS, feed_of, line, marks_of
from sim.scenario import Action
from sim.words import words
from sim.world.shifts import fates
from tests.test_bad_crews import AID, problems, told  # noqa: F401
from tests.tiny import tiny_drawn, tiny_faults, tiny_network, tiny_scenario
from tests.worlds import at_of, is_sound, lines, play

FEEDER = tiny_network([-1, 0, 1], [100, 200, 300])


def scenario(work: Any = None, crews: Any = None, **friends: Any) -> Any:
    """Return a scenario in which three line crews in two groups are asked for at 60 and come at 180 and 420."""
    aid = {
        "kind": "line", "count": 3, "requested_at": "T+1h", "first_arrival_h": 2.0, "last_arrival_h": 6.0, "groups": 2,
        "induction_h": 1.0, "shift_start": "00:00", "shift_h": 24.0, "release_h": 1.5,
    }  # fmt: skip
    return tiny_scenario(aid={"friends": aid | friends}, etr={"policy": "none"}, work=work or {}, crews=crews or {})


def of_aid(log: Any) -> list[str]:
    return [line for line in lines(log) if "aid_" in line]


def test_aid_goes_through_its_stages() -> None:
    log = play(tiny_drawn(FEEDER, scenario(leaves_h=10.0), given=tiny_faults())).log
    assert lines(log) == [
        "0 shift_started crew=0",
        "0 shift_started crew=1",
        "60 aid_requested place=0 value=3",
        "150 aid_released place=0 value=3",
        "180 aid_arrived place=0 value=2",
        "240 shift_started crew=2",
        "240 shift_started crew=3",
        "420 aid_arrived place=0 value=1",
        "480 shift_started crew=4",
        "780 shift_ended crew=2",
        "780 shift_ended crew=3",
        "780 aid_left place=0 value=2",
        "1020 shift_ended crew=4",
        "1020 aid_left place=0 value=1",
    ]
    stays = aid_arrivals(scenario(), log)
    assert stays == [("friends", 180.0, 2.0, 780.0), ("friends", 420.0, 1.0, 1020.0)]


def test_all_go_home_at_an_instant_also_off_shift() -> None:
    log = play(
        tiny_drawn(FEEDER, scenario(leaves_at="T+30h", shift_start="07:00", shift_h=14.0), given=tiny_faults())
    ).log
    assert at_of(log, "aid_left") == [1800.0, 1800.0]
    assert at_of(log, "shift_ended", crew=2) == [1260.0]
    assert at_of(log, "shift_started", crew=2) == [420.0]


def test_a_refusal_is_told_with_the_answer_and_nobody_comes() -> None:
    log = play(tiny_drawn(FEEDER, scenario(refused_probability=1.0), given=tiny_faults())).log
    assert of_aid(log) == ["60 aid_requested place=0 value=3", "150 aid_refused place=0 value=3"]


@pytest.mark.parametrize(
    ("lang", "chance", "said"),
    [
        ("en", {"refused_probability": 1.0}, ["Aid asked for, friends: crews 3", "Aid will not come, friends: crews 3"]),
        ("zh", {"refused_probability": 1.0}, ["请求支援：3 支队伍，friends", "支援不来：3 支队伍，friends"]),
        ("en", {"late_probability": 1.0, "late_h": 5.0}, ["Aid asked for, friends: crews 3", "Aid comes 5.0 h later: friends"]),
    ],
)  # fmt: skip
def test_the_list_of_events_tells_the_answer(lang: str, chance: dict[str, float], said: list[str]) -> None:
    set_up = scenario(**chance)
    log = play(tiny_drawn(FEEDER, set_up, given=tiny_faults())).log
    zones = SimpleNamespace(of_section=np.arange(3), head=np.arange(3))
    shown: Any = SimpleNamespace(log=log, zones=zones, recording=SimpleNamespace(network=FEEDER, settings=set_up))
    feed, w = feed_of(shown), words(lang)
    dates = Dates(set_up, w)
    told_of_it = [line(shown, feed, i, w, dates) for i in range(len(feed)) if "aid" in FEED[feed.kind[i]]]
    assert told_of_it[:2] == said
    marks = [(mark.at, MARKS[mark.kind]) for mark in marks_of(shown, feed) if mark.event >= 0]
    assert marks == [(60.0, "decision"), *([(150.0, "answer")] if "refused_probability" in chance else [])]


def test_a_delay_is_told_with_the_answer() -> None:
    log = play(tiny_drawn(FEEDER, scenario(late_probability=1.0, late_h=5.0), given=tiny_faults())).log
    assert of_aid(log) == [
        "60 aid_requested place=0 value=3",
        "150 aid_delayed place=0 value=300",
        "150 aid_released place=0 value=3",
        "480 aid_arrived place=0 value=2",
        "720 aid_arrived place=0 value=1",
    ]


def test_chance_also_answers_help_that_a_decision_asks_for() -> None:
    set_up = scenario(requested_at="never", refused_probability=1.0)
    ask = Action(300.0, "ask_for_aid", {"aid": "friends"}, "lead")
    log = play(tiny_drawn(FEEDER, set_up, given=tiny_faults()), actions=[ask]).log
    assert [line for line in of_aid(log) if "action" not in line] == [
        "300 aid_requested place=0 value=3", "390 aid_refused place=0 value=3",
    ]  # fmt: skip


def test_help_that_an_inject_refused_is_not_answered_again() -> None:
    refuse = Action(100.0, "aid_refused", {"aid": "friends"}, "lead")
    log = play(tiny_drawn(FEEDER, scenario(late_probability=1.0), given=tiny_faults()), actions=[refuse]).log
    assert at_of(log, "aid_refused") == [100.0]
    assert at_of(log, "aid_delayed") == []
    assert at_of(log, "aid_released") == []


def test_what_a_crew_that_goes_home_leaves_is_done_by_others() -> None:
    given = tiny_faults((60.0, 1, "transformer"))  # six hours
    crews = {"line": {"present_from": "T+12h"}}
    drawn = tiny_drawn(
        FEEDER, scenario({"shift_end": "stop"}, crews, leaves_at="T+8h", last_arrival_h=2.0, groups=1), given=given
    )
    log = play(drawn).log
    assert at_of(log, "crew_dispatched", crew=2) == [240.0]
    assert at_of(log, "job_given_back", crew=2) == [480.0]
    assert at_of(log, "repair_finished", crew=0) == [720 + 20 + 360 - 220.0]
    is_sound(log)


def test_chances_are_kept_and_no_plan_moves_them() -> None:
    some = scenario(refused_probability=0.2, late_probability=0.5)
    found = [fates(tiny_drawn(FEEDER, some, replication=r), some).get("friends", "") for r in range(2000)]
    assert found.count("refused") / 2000 == pytest.approx(0.2, abs=4.5 * np.sqrt(0.16 / 2000))
    assert found.count("late") / 2000 == pytest.approx(0.4, abs=4.5 * np.sqrt(0.24 / 2000))
    more = scenario(refused_probability=0.2, late_probability=0.5, count=50, leaves_h=3.0)
    assert fates(tiny_drawn(FEEDER, more), more) == fates(tiny_drawn(FEEDER, some), some)
    assert fates(tiny_drawn(FEEDER, scenario()), scenario()) == {}


@pytest.mark.parametrize(
    ("text", "where", "said"),
    [
        (AID + "release_h = 30\n", "aid.kin.release_h", "below first_arrival_h"),
        (AID + "first_arrival_h = 110\nlast_arrival_h = 115\n", "aid.kin.first_arrival_h", "the run ends 103 h after asking"),
        (AID + 'leaves_at = "landfall+1h"\n', "aid.kin.leaves_at", "after the last of them come, T+89h"),
        (AID + 'leaves_at = "T+500h"\n', "aid.kin.leaves_at", "an instant within the run"),
        ('[plans.plain.crews.late]\nkind = "line"\ncount = 1\npresent_from = "T+118h"\n',
         "plans.plain.crews.late.present_from", "a shift still begins within the run"),
    ],
)  # fmt: skip
def test_aid_and_shifts_that_come_to_nothing(problems: Any, text: str, where: str, said: str) -> None:  # noqa: F811
    place, _, allowed = told(problems(text))
    assert place == where
    assert said in allowed
