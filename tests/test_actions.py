"""Timed actions: no action equals the plain run, and an action at t changes nothing before t."""

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim import damage
from sim.cli.inputs import prepare
from sim.damage import Drawn
from sim.errors import InputError
from sim.scenario import Action, plan, read
from sim.world import Outcome, run
from tests.tiny import tiny_drawn, tiny_faults, tiny_network, tiny_scenario
from tests.worlds import is_sound, lines, play

SCENARIO = Path(__file__).parents[1] / "scenarios" / "typhoon.toml"
FEEDER = tiny_network([-1, 0, 1], [100, 200, 300], device=["breaker", "recloser", "none"])
AT = 4000.0


@cache
def storm() -> tuple[Drawn, Any]:
    """Return one replication of the default scenario with a fifth of its customers, and its plan without actions."""
    loaded = read(SCENARIO, ["network.customers=560000"])
    network, track = prepare(loaded)
    return damage.draw(loaded.scenario, network, track, 0), replace(plan(loaded.scenario, "as_2019"), actions=())


@cache
def plain() -> Outcome:
    return run(*storm())


def columns(outcome: Outcome, before: float = np.inf) -> list[bytes]:
    log, calls = outcome.log, outcome.calls
    past = log["at"] < before
    made = calls.at < before
    kept = [log[name][past].tobytes() for name in log.columns]
    return kept + [getattr(calls, name)[made].tobytes() for name in ("at", "section", "caller", "kind", "attempt")]


def test_no_action_equals_the_plain_run() -> None:
    assert len(plain().log) > 5000
    assert len(plain().calls) > 5000
    again = run(*storm(), actions=())
    assert columns(again) == columns(plain())
    assert again.log.detail == plain().log.detail


@pytest.mark.parametrize(
    ("do", "args"),
    [
        ("set_dispatch_rule", {"rule": "nearest"}),
        ("section_tripped", {"section": None, "for_min": 300.0}),
        ("publish_etr", {"restored_by": 5000.0}),
    ],
)
def test_an_action_changes_nothing_before_it_and_something_after(do: str, args: dict[str, Any]) -> None:
    drawn, _ = storm()
    if do == "section_tripped":
        args = args | {"section": str(drawn.network.name[0])}
    changed = run(*storm(), actions=[Action(AT, do, args, "lead")])
    assert columns(changed, AT) == columns(plain(), AT)
    assert columns(changed) != columns(plain())
    taken = np.flatnonzero(changed.log.of("action_taken"))
    assert changed.log["at"][taken].tolist() == [AT]
    assert "lead" in changed.log.detail[int(taken[0])]


def test_a_tripped_section_goes_dark_and_comes_back_when_it_is_closed() -> None:
    drawn = tiny_drawn(FEEDER, tiny_scenario(etr={"policy": "none"}), given=tiny_faults())
    log = play(drawn, actions=[Action(120.0, "section_tripped", {"section": "s1", "for_min": 60.0}, "lead")]).log
    truth = [
        line for line in lines(log) if line.split()[1] in ("section_went_dark", "section_restored", "section_tripped")
    ]
    assert truth == [
        "120 section_tripped section=1 value=60",
        "120 section_went_dark section=1 interruption=0 customers=200",
        "120 section_went_dark section=2 interruption=1 customers=300",
        "180 section_restored section=1 interruption=0 customers=200 value=60",
        "180 section_restored section=2 interruption=1 customers=300 value=60",
    ]
    is_sound(log)


@pytest.mark.parametrize(
    ("do", "args", "word"),
    [
        ("section_tripped", {"section": "s9"}, "s9"),
        ("publish_etr", {"areas": ("nowhere",)}, "nowhere"),
        ("set_dispatch_rule", {"rule": "nearst"}, "nearest"),
        ("dance", {}, "dance"),
    ],
)
def test_an_action_on_what_is_not_there_is_refused_before_anything_is_played(
    do: str, args: dict[str, Any], word: str
) -> None:
    drawn = tiny_drawn(FEEDER, tiny_scenario(), given=tiny_faults())
    with pytest.raises(InputError, match=word):
        play(drawn, actions=[Action(60.0, do, args, "lead")])
