"""Events of the log as sentences."""

import numpy as np
import pytest

from sim.dates import Dates
from sim.events import action_in_words, told
from sim.hotline import RESULTS
from sim.log import KINDS
from sim.scenario import Action
from sim.scenario.actions import ACTIONS
from sim.words import LANGUAGES, words
from tests.test_replay_model import ordered
from tests.tiny import tiny_drawn, tiny_faults, tiny_network, tiny_scenario
from tests.worlds import play


def test_the_course_of_an_outage_in_sentences() -> None:
    scenario = tiny_scenario(etr={"policy": "computed"})
    network = tiny_network([-1, 0], [100, 200], device=["breaker", "fuse"])
    orders = [Action(100.0, "publish_etr", {"restored_by": 900.0}, "chief"), Action(110.0, "publish_etr", {}, "chief")]
    log = play(tiny_drawn(network, scenario, given=tiny_faults((60.0, 0))), actions=orders).log
    w = words("en")
    dates = Dates(scenario, w)
    rows = np.flatnonzero(log["at"] <= 110).tolist()
    assert [told(log, row, network, scenario, w, dates) for row in rows] == [
        "Crews coming on duty: 1",
        "Crews coming on duty: 1",
        "Wire down at f0 (area0); 300 customers lose power",
        "100 customers lose power at f0 (area0)",
        "200 customers lose power at f0 (area0)",
        "The device at f0 (area0) reports that it has opened",
        "Outage on record at f0 (area0), 300 customers",
        "A job is ordered at f0 (area0)",
        "Crew 2 sets out for f0 (area0)",
        "Crew 2 arrives at f0 (area0)",
        "publish_etr all areas: 1 Aug 15:00 by chief",
        "Power promised by 1 Aug 15:00: areas 1, area0 first",
        "publish_etr all areas: assessing by chief",
        "Told that the damage is being assessed: areas 1, area0 first",
    ]


def test_an_action_is_named_in_the_language_that_is_spoken() -> None:
    scenario = tiny_scenario()
    text = "publish_etr all areas: minute 900 by chief"
    said = [action_in_words(text, words(lang), Dates(scenario, words(lang))) for lang in ("en", "zh")]
    assert said == ["publish_etr all areas: 1 Aug 15:00 by chief", "发布复电时间 all areas: 8月1日 15:00 by chief"]
    assert {f"action.{name}" for name in ACTIONS} == {key for key in words("zh").texts if key.startswith("action.")}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_there_is_a_sentence_for_every_kind_and_every_result_of_a_call(lang: str) -> None:
    w = words(lang)
    assert {f"event.{kind.name}" for kind in KINDS} | {f"event.call_{name}" for name in RESULTS} <= set(w.texts)
    recording = ordered().recording
    dates = Dates(recording.settings, w)
    log = recording.log
    for row in range(len(log)):
        said = told(log, row, recording.network, recording.settings, w, dates)
        assert said
        assert "{" not in said
        assert "nan" not in said
