"""Failures by chance: as often as said, the same under every plan, and what the inject of that kind does."""

from __future__ import annotations

import numpy as np
import pytest

from sim.scenario import Action
from sim.world.mishaps import mishaps
from tests.tiny import tiny_drawn, tiny_faults, tiny_network, tiny_scenario
from tests.worlds import lines, play

NETWORK = tiny_network([-1, 0], [100, 200], device=["breaker", "recloser"])


def test_nothing_fails_unless_it_is_said() -> None:
    assert mishaps(tiny_drawn(NETWORK), tiny_scenario()) == []


def test_failures_come_as_often_as_said_and_within_the_time() -> None:
    """1,000 storms, phones failing in 0.3 of them, the map in all; a fifth of 1,000 lines is left."""
    chances = {"phones_probability": 0.3, "map_probability": 1.0, "within_h": 10.0, "for_h": 2.0}
    scenario = tiny_scenario(mishaps=chances)
    storms = [mishaps(tiny_drawn(NETWORK, scenario, replication=r), scenario) for r in range(1000)]
    phones = [action for storm in storms for action in storm if action.do == "phones_failed"]
    maps = [action for storm in storms for action in storm if action.do == "map_failed"]
    assert len(phones) == pytest.approx(300, abs=4.5 * np.sqrt(210))
    assert len(maps) == 1000
    assert all(action.args == {"lines": 200, "for_min": 120.0} for action in phones)
    at = np.array([action.at for action in maps]) - scenario.landfall_at
    assert at.min() >= 0.0
    assert at.max() < 600.0
    assert at.mean() == pytest.approx(300.0, abs=30.0)


def test_a_failure_by_chance_is_the_inject_and_no_plan_moves_it() -> None:
    scenario = tiny_scenario(mishaps={"map_probability": 1.0, "for_h": 1.0}, etr={"policy": "none"})
    drawn = tiny_drawn(NETWORK, scenario, given=tiny_faults((60.0, 0)))
    (mishap,) = mishaps(drawn, scenario)
    by_chance = play(drawn).log
    plain = tiny_drawn(NETWORK, tiny_scenario(etr={"policy": "none"}), given=tiny_faults((60.0, 0)))
    given = play(plain, actions=[Action(mishap.at, "map_failed", {"for_min": 60.0}, "chance")]).log
    assert lines(by_chance) == lines(given)
    assert any("map_failed for 1 h by chance" in line for line in lines(by_chance))
    other = tiny_scenario(mishaps={"map_probability": 1.0, "for_h": 1.0}, hotline={"agents": 3, "trunks": 7})
    assert mishaps(drawn, other) == [mishap]
