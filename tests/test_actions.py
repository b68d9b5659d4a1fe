"""Timed actions: the guarantees that hold for every one of them, conditions, and what is refused when."""

import re
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
from sim.log import Log
from sim.scenario import Action, plan, read
from sim.scenario.actions import ACTIONS
from sim.scenario.conditions import QUANTITIES, parse_condition
from sim.world import Outcome, World, run
from sim.world.decisions import Decisions
from sim.world.injects import Injects
from tests.tiny import tiny_drawn, tiny_faults, tiny_network, tiny_scenario
from tests.worlds import Telephone, is_sound, plan_of, play

SCENARIO = Path(__file__).parents[1] / "scenarios" / "typhoon.toml"
FEEDER = tiny_network([-1, 0, 1], [100, 200, 300], device=["breaker", "recloser", "none"], tie=[(0, 2)])
AT = 4000.0
TOLD = ("action_taken", "action_refused", "inject_given", "inject_refused")


PLAN = ["plans.power_first.crews.generator.count=4", "plans.power_first.generators.zones=false"]


@cache
def storm() -> tuple[Drawn, Any]:
    """Return one replication of the default scenario with a tenth of its customers, and a plan with generators."""
    loaded = read(SCENARIO, ["network.customers=280000", *PLAN])
    network, track = prepare(loaded)
    return damage.draw(loaded.scenario, network, track, 0), replace(plan(loaded.scenario, "power_first"), actions=())


def setting(*, switched: bool) -> tuple[Drawn, Any]:
    """Return the storm, and the plan with or without its devices being operated."""
    drawn, own = storm()
    switching = own.settings.switching.model_copy(update={"enabled": switched})
    return drawn, replace(own, settings=own.settings.model_copy(update={"switching": switching}))


@cache
def played(*before: str, switched: bool = False) -> Outcome:
    return run(*setting(switched=switched), actions=[action(name, AT - 200) for name in before])


def columns(outcome: Outcome, before: float = np.inf, but: tuple[str, ...] = ()) -> list[bytes]:
    log, calls = outcome.log, outcome.calls
    past = (log["at"] < before) & ~log.of(*but)
    made = calls.at < before
    kept = [log[name][past].tobytes() for name in log.columns if not but or name not in ("seq", "cause_seq")]
    return kept + [getattr(calls, name)[made].tobytes() for name in ("at", "section", "caller", "kind", "attempt")]


def critical(log: Log, connected: bool) -> str:
    """Return a critical customer that at AT has a mobile generator, or else waits for one that comes later."""
    at = {
        kind: {int(log["place"][i]): float(log["at"][i]) for i in np.flatnonzero(log.of(kind) & (log["place"] >= 0))}
        for kind in ("generator_connected", "generator_released", "job_opened")
    }
    fits = [
        place
        for place, since in at["generator_connected"].items()
        if (
            since < AT < at["generator_released"].get(place, np.inf)
            if connected
            else at["job_opened"][place] < AT < since - 90
        )
    ]
    return str(storm()[0].network.critical_name[max(fits, key=lambda place: at["generator_connected"][place])])


def closed_tie(log: Log) -> str:
    """Return a tie that is closed at AT and stays so longest."""
    opened = {int(log["place"][i]): float(log["at"][i]) for i in np.flatnonzero(log.of("tie_opened"))}
    closed = {int(log["place"][i]) for i in np.flatnonzero(log.of("tie_closed") & (log["at"] < AT))}
    return str(storm()[0].network.tie_name[max(closed, key=lambda tie: opened.get(tie, np.inf))])


def arguments(do: str) -> dict[str, Any]:
    """Return arguments with which an action has an effect at AT in the storm."""
    network = storm()[0].network
    south = ("Tateyama", "Kamogawa")
    some = {
        "set_dispatch_rule": {"rule": "nearest"},
        "prioritise": {"areas": ("Katori",)},
        "move_crews": {"crews": ("line",), "depot": "tateyama", "count": 40},
        "assign_crews": {"crews": ("line",), "areas": south},
        "hold_crews": {"crews": ("line", "tree"), "count": 50},
        "release_crews": {"crews": ("line", "tree")},
        "set_shift": {"crews": ("line",), "shift_min": 1440.0},
        "ask_for_aid": {"aid": "utilities_line"},
        "stop_work": {"for_min": 300.0},
        "resume_work": {},
        "publish_etr": {"restored_by": 5000.0},
        "send_notice": {"reach_fraction": 0.5},
        "open_seats": {"agents": 20, "lead_min": 60.0, "for_min": 1440.0},
        "call_surge": {"calls": 2000, "for_min": 300.0},
        "rumour_spread": {"areas": south, "calls": 2000, "for_min": 300.0},
        "phones_failed": {"lines": 1, "for_min": 300.0},
        "section_tripped": {"section": str(network.name[0]), "for_min": 300.0},
        "feeder_tripped": {"feeder": str(network.feeder_name[3]), "for_min": 300.0},
        "substation_tripped": {"substation": str(network.substation_name[1]), "for_min": 300.0},
        "faults_added": {"areas": south, "count": 20, "work": "pole"},
        "crews_lost": {"crews": ("line",), "count": 60, "for_min": 3000.0},
        "depot_lost": {"depot": "kimitsu"},
        "road_closed": {"areas": south, "for_min": 1440.0},
        "aid_refused": {"aid": "branches_line"},
        "aid_delayed": {"aid": "branches_line", "late_min": 600.0},
        "map_failed": {"for_min": 600.0},
        "notices_failed": {"for_min": 3000.0},
        "wrong_etr_published": {"restored_by": 4500.0},
        "wind_returned": {"gust_mps": 48.0, "for_min": 240.0},
        "critical_added": {"section": str(network.name[5]), "name": "shelter", "backup_min": 60.0},
    }
    if do == "assign_generator":
        log = played().log
        return {"critical": (critical(log, connected=False),), "from_critical": critical(log, connected=True)}
    if do == "switch_tie":
        return {"tie": closed_tie(played(switched=True).log), "to": "open"}
    if do == "generator_failed":
        return {"critical": (critical(played().log, connected=True),), "for_min": 600.0}
    return some[do]


def action(do: str, at: float = AT) -> Action:
    return Action(at, do, arguments(do), "lead")


def test_no_action_equals_the_plain_run() -> None:
    plain = played()
    assert len(plain.log) > 3000
    assert len(plain.calls) > 3000
    again = run(*setting(switched=False), actions=())
    assert columns(again) == columns(plain)
    assert again.log.detail == plain.log.detail


@pytest.mark.parametrize("do", list(ACTIONS))
def test_an_action_changes_nothing_before_it_and_something_after(do: str) -> None:
    before = {"release_crews": ("hold_crews",), "resume_work": ("stop_work",)}.get(do, ())
    switched = do == "switch_tie"
    after = [action(name, AT + 200) for name in {"notices_failed": ("send_notice",)}.get(do, ())]
    given = [*(action(name, AT - 200) for name in before), *after]
    plain = run(*setting(switched=switched), actions=given) if given else played(switched=switched)
    changed = run(*setting(switched=switched), actions=[*given, action(do)])
    assert columns(changed, AT) == columns(plain, AT)
    assert columns(changed, but=TOLD) != columns(plain, but=TOLD)
    kind = "action_taken" if ACTIONS[do].side == "decision" else "inject_given"
    taken = np.flatnonzero(changed.log.of(kind) & (changed.log["at"] == AT))
    assert len(taken) == 1
    assert changed.log.detail[int(taken[0])].startswith(f"{do} ")
    assert changed.log.detail[int(taken[0])].endswith("by lead")
    is_sound(changed.log)


@pytest.mark.parametrize("do", list(ACTIONS))
def test_every_action_is_carried_out_by_a_method_of_its_name_and_side(do: str) -> None:
    side = {"decision": Decisions, "inject": Injects}[ACTIONS[do].side]
    assert callable(getattr(side, do))


@pytest.mark.parametrize(
    ("do", "args", "word"),
    [
        ("section_tripped", {"section": "s9"}, "s9"),
        ("feeder_tripped", {"feeder": "f9"}, "f0"),
        ("publish_etr", {"areas": ("nowhere",)}, "nowhere"),
        ("set_dispatch_rule", {"rule": "nearst"}, "nearest"),
        ("hold_crews", {"crews": ("lines",)}, "line"),
        ("dance", {}, "dance"),
        ("switch_tie", {"tie": "s0-s9", "to": "open"}, "s0-s9"),
    ],
)
def test_an_action_on_what_is_not_there_is_refused_before_anything_is_played(
    do: str, args: dict[str, Any], word: str
) -> None:
    drawn = tiny_drawn(FEEDER, tiny_scenario(), given=tiny_faults())
    with pytest.raises(InputError, match=re.escape(word)):
        play(drawn, actions=[Action(60.0, do, args, "lead")])


@pytest.mark.parametrize(
    ("do", "args", "why"),
    [
        ("release_crews", {"crews": ("line",)}, "there is no crew that it could concern"),
        ("hold_crews", {"crews": ("line",), "count": 3}, "only 1 crews are there that it could concern"),
        ("resume_work", {}, "work is not stopped there"),
        ("send_notice", {}, "this plan sends no notices, and the decision does not say how many customers they reach"),
        ("send_notice", {"reach_fraction": 0.5}, "nobody there is believed to be out"),
        ("publish_etr", {"restored_by": 90.0}, "nobody there is believed to be out"),
        ("wrong_etr_published", {"restored_by": 90.0}, "nobody there is believed to be out"),
        ("depot_lost", {"depot": "d"}, "there is no other depot to go to"),
        ("switch_tie", {"tie": "s0-s2", "to": "open"}, "this plan operates no devices; switching.enabled is false"),
    ],
)
def test_what_is_not_possible_at_its_moment_is_logged_as_refused_with_the_reason(
    do: str, args: dict[str, Any], why: str
) -> None:
    drawn = tiny_drawn(FEEDER, tiny_scenario(), given=tiny_faults())
    log = play(drawn, actions=[Action(60.0, do, args, "lead")]).log
    kind = "action_refused" if ACTIONS[do].side == "decision" else "inject_refused"
    assert log.lines() == ["0 shift_started crew=0", "0 shift_started crew=1", f"60 {kind} {do} by lead: {why}"]


@pytest.mark.parametrize(
    ("first", "do", "args", "why"),
    [
        (("feeder_tripped", {"feeder": "f0"}), "section_tripped", {"section": "s0"}, "it has been tripped already"),
        (("section_tripped", {"section": "s2"}), "section_tripped", {"section": "s1"}, "it has been tripped already"),
        (("depot_lost", {"depot": "d"}), "depot_lost", {"depot": "d"}, "it is lost already"),
        (("depot_lost", {"depot": "e"}), "depot_lost", {"depot": "d"}, "there is no other depot to go to"),
        (("depot_lost", {"depot": "e"}), "move_crews", {"crews": ("line",), "depot": "e"}, "that depot is lost"),
        (("road_closed", {"areas": ("area0",), "for_min": 60.0}), "road_closed", {"for_min": 9.0},
         "the roads there are closed already"),
        (("map_failed", {"for_min": 60.0}), "map_failed", {"for_min": 60.0}, "the map is down already"),
        (("stop_work", {}), "stop_work", {}, "work is stopped there already"),
    ],
)  # fmt: skip
def test_what_an_earlier_action_rules_out_is_refused_and_changes_nothing(
    first: tuple[str, dict[str, Any]], do: str, args: dict[str, Any], why: str
) -> None:
    two = {"depots": {"e": {"lon": 140.02, "lat": 35.5, "share": 0}}}
    drawn = tiny_drawn(FEEDER, tiny_scenario(**two), given=tiny_faults((400.0, 2)))
    before, after = Action(50.0, *first, "lead"), Action(60.0, do, args, "chief")
    kind = "action_refused" if ACTIONS[do].side == "decision" else "inject_refused"
    told = play(drawn, actions=[before, after]).log.lines()
    assert told.count(f"60 {kind} {do} by chief: {why}") == 1
    told.remove(f"60 {kind} {do} by chief: {why}")
    assert told == play(drawn, actions=[before]).log.lines()


def test_a_promise_for_a_time_that_has_passed_is_refused() -> None:
    drawn = tiny_drawn(FEEDER, tiny_scenario(etr={"policy": "none"}), given=tiny_faults((60.0, 0)))
    for do in ("publish_etr", "wrong_etr_published"):
        late = Action(100.0, do, {"restored_by": 99.0}, "lead", parse_condition("known.outages > 0"))
        log = play(drawn, actions=[late]).log
        assert not log.of("etr_published").any()
        assert list(log.detail.values()) == [f"{do} by lead: the time to be promised has passed"]


# -- conditions --------------------------------------------------------------------------------------------------


def test_a_condition_is_judged_at_reviews_on_what_is_known_and_fulfilled_once() -> None:
    drawn = tiny_drawn(FEEDER, tiny_scenario(etr={"policy": "none"}), given=tiny_faults((60.0, 0)))
    when = parse_condition("known.out_fraction >= 0.5 and known.outages == 1")
    log = play(drawn, actions=[Action(0.0, "publish_etr", {"restored_by": 900.0}, "chief", when)]).log
    told = [line for line in log.lines() if "action" in line or "etr" in line]
    # in the dark since 60, reported at 61, known at the review of 75
    assert told == [
        "75 action_taken publish_etr all areas: minute 900 by chief, as known.out_fraction >= 0.5 and known.outages == 1",
        "75 etr_published place=0 customers=600 value=900 global",
    ]


def test_a_condition_is_not_judged_before_its_instant() -> None:
    drawn = tiny_drawn(FEEDER, tiny_scenario(etr={"policy": "none"}), given=tiny_faults((60.0, 0)))
    late = Action(100.0, "publish_etr", {}, "chief", parse_condition("known.customers_out > 0"))
    log = play(drawn, actions=[late]).log
    assert log["at"][log.of("action_taken")].tolist() == [105.0]
    never = Action(0.0, "publish_etr", {}, "chief", parse_condition("known.out_fraction > 1"))
    assert not play(drawn, actions=[never]).log.of("action_taken").any()


def test_every_quantity_that_a_condition_may_name_is_known() -> None:
    drawn = tiny_drawn(FEEDER, tiny_scenario(), given=tiny_faults((60.0, 0)))
    world = World(drawn, plan_of(drawn.scenario), Telephone())
    world.play()
    known = world._desk._known
    assert set(known.quantities) == set(QUANTITIES)
    assert all(isinstance(known(name), float) for name in QUANTITIES)
