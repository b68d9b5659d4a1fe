"""Satisfaction: scores by hand, a survey without bias finds them, one with bias finds less."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from sim.metrics.intervals import Dark
from sim.metrics.satisfaction import satisfaction
from sim.scenario.public import Survey
from tests.tiny import tiny_drawn, tiny_network

PLAIN = {
    "start_points": 80.0, "length_points": 40.0, "half_loss_h": 24.0, "missed_etr_points": 15.0, "untold_points": 8.0,
    "unanswered_points": 10.0, "sample": 20_000, "response_fraction": 0.5,
}  # fmt: skip


def scores(**settings: Any) -> dict[str, float]:
    """Of 300 and 100 customers, 24 and 48 h dark; the third section was cut off for no more than a moment."""
    drawn = tiny_drawn(tiny_network([-1] * 3, [300, 100, 50]))
    section, minutes = np.array([0, 1, 2]), np.array([24 * 60.0, 48 * 60.0, 3.0])
    dark = Dark(section, np.zeros(3), minutes, np.zeros(3, bool), np.array([300, 100, 50]))
    people = {
        "out": [300.0, 100.0, 0.0], "missed": [150.0, 0.0, 0.0], "told_answered": [30.0, 50.0, 0.0],
        "told_others": [120.0, 0.0, 0.0], "in_touch": [60.0, 100.0, 0.0], "answered": [30.0, 100.0, 0.0],
    }  # fmt: skip
    journey = {f"journey_{name}": np.array(numbers) for name, numbers in people.items()}
    return satisfaction(journey, dark, drawn, Survey(**PLAIN | settings))


def test_scores_by_hand() -> None:
    # section 0 loses 20 by length, half of 15, half of 8, a tenth of 10: 32.5; section 1 loses 30 and half of 8: 34
    lost = 0.75 * 32.5 + 0.25 * 34
    found = scores()
    assert found["satisfaction"] == pytest.approx(80 - lost)
    assert found["satisfaction_low"] == pytest.approx(80 - 1.5 * lost)
    assert found["satisfaction_high"] == pytest.approx(80 - 0.5 * lost)


def test_a_survey_without_bias_finds_the_score_within_its_margin() -> None:
    found = scores(response_bias=1.0)
    assert found["survey_answers"] == pytest.approx(10_000, abs=4.5 * math.sqrt(5000))
    assert 0.2 < found["satisfaction_margin"] < 0.4
    assert abs(found["satisfaction_surveyed"] - found["satisfaction"]) < 2 * found["satisfaction_margin"]


def test_a_survey_with_bias_finds_less_beyond_its_margin() -> None:
    found = scores(response_bias=4.0, response_fraction=0.2)
    assert found["satisfaction_surveyed"] < found["satisfaction"] - 2 * found["satisfaction_margin"]


def test_nobody_answers_or_nobody_was_cut_off() -> None:
    silent = scores(response_fraction=0.0)
    assert silent["survey_answers"] == 0
    assert math.isnan(silent["satisfaction_surveyed"])
    none = {f"journey_{name}": np.zeros(1) for name in ("out", "missed", "told_answered", "told_others", "in_touch", "answered")}
    empty = Dark(*(np.zeros(0, kind) for kind in (int, float, float, bool, int)))
    found = satisfaction(none, empty, tiny_drawn(tiny_network([-1], [0])), Survey())
    assert math.isnan(found["satisfaction"])
    assert found["survey_answers"] == 0
