"""The search for a target: conditions, the share of storms, and answers that do not trust more to be better."""

import io
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from sim.errors import InputError
from sim.experiment.series import Setting
from sim.experiment.statistics import wilson_interval
from sim.experiment.sweep import Scores
from sim.experiment.target import Condition, Found, Goal, Target, find, most_tried, read_goal, search
from sim.metrics.measures import MEASURE_NAMES
from sim.report.figures.target import draw_all
from sim.report.style import look_for
from sim.report.target import table
from sim.scenario.vary import Vary
from sim.words import words
from tests.tiny import tiny_scenario

GOAL = Goal((Condition("t95_h", "<=", 48.0),), 0.8)


def scores(cut: tuple[int, ...] = (), **values: list[float]) -> Scores:
    n = len(next(iter(values.values())))
    table = np.ones((1, n, len(MEASURE_NAMES)))
    censored = np.zeros(table.shape, bool)
    for name, row in values.items():
        table[0, :, MEASURE_NAMES.index(name)] = row
    for storm in cut:
        censored[0, storm, MEASURE_NAMES.index("t95_h")] = True
    return Scores(table, censored)


# Wilson's interval


@pytest.mark.parametrize(
    ("held", "n", "lo", "hi"),
    [(0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (5, 10, 0.2366, 0.7634), (81, 263, 0.2553, 0.3662)],
)
def test_wilson_agrees_with_published_values(held: int, n: int, lo: float, hi: float) -> None:
    """The last is Newcombe (1998), table I, 81 of 263, method 3."""
    assert wilson_interval(held, n) == pytest.approx((lo, hi), abs=6e-5)


def test_wilson_of_nothing_knows_nothing() -> None:
    assert wilson_interval(0, 0) == (0.0, 1.0)


@pytest.mark.parametrize("n", [20, 40, 100])
@pytest.mark.parametrize("share", [0.5, 0.8, 0.9, 0.95])
def test_wilson_covers_the_share_on_average(n: int, share: float) -> None:
    """Exact coverage by the binomial distribution: 95 % about the mean, never far below (Brown, Cai, DasGupta 2001)."""
    from scipy.stats import binom

    inside = [lo <= share <= hi for lo, hi in (wilson_interval(k, n) for k in range(n + 1))]
    assert float(binom.pmf(np.arange(n + 1), n, share)[inside].sum()) > 0.92


# Conditions


def test_a_condition_holds_storm_by_storm_and_never_where_cut_off_or_meaningless() -> None:
    given_scores = scores(cut=(2,), t95_h=[48.0, 48.1, 40.0, math.nan])
    assert Condition("t95_h", "<=", 48.0).holds(given_scores, 0).tolist() == [True, False, False, False]
    assert Condition("t95_h", "<", 48.0).holds(given_scores, 0).tolist() == [False, False, False, False]
    assert Condition("t95_h", ">", 48.0).holds(given_scores, 0).tolist() == [False, True, False, False]


def test_several_conditions_must_hold_in_the_same_storm() -> None:
    goal = read_goal("t95_h <= 48 and complaints < 100", 0.5, 200.0)
    held = goal.holds(scores(t95_h=[40.0, 60.0, 40.0], complaints=[90.0, 90.0, 100.0]), 0)
    assert held.tolist() == [True, False, False]
    assert not goal.is_met(held)
    assert str(goal) == "t95_h <= 48 and complaints < 100"
    assert goal.measures == ("t95_h", "complaints", "cost")


@pytest.mark.parametrize(("held", "n", "met"), [(9, 10, True), (8, 10, False), (18, 20, True), (17, 20, False)])
def test_the_share_of_storms_must_reach_the_confidence(held: int, n: int, met: bool) -> None:
    assert Goal(GOAL.conditions, 0.9).is_met(np.arange(n) < held) is met


@pytest.mark.parametrize(("confidence", "n"), [(0.9, 35), (0.8, 16), (0.95, 73), (0.5, 4)])
def test_fewer_storms_can_never_show_it(confidence: float, n: int) -> None:
    assert Goal(GOAL.conditions, confidence).storms_to_be_sure == n
    assert wilson_interval(n, n)[0] >= confidence > wilson_interval(n - 1, n - 1)[0]


@pytest.mark.parametrize(
    ("text", "confidence", "said"),
    [
        ("t95 <= 48", 0.9, "Did you mean 't95_h'?"),
        ("t95_h", 0.9, "a measure, <=, <, >= or >, and a number"),
        ("t95_h == 48", 0.9, "a measure, <=, <, >= or >, and a number"),
        ("t95_h <= 48 h", 0.9, "a measure, <=, <, >= or >, and a number"),
        ("", 0.9, "a measure, <=, <, >= or >, and a number"),
        ("t95_h <= 48 and", 0.9, "a measure, <=, <, >= or >, and a number"),
        ("t95_h <= 200", 0.9, "below 200 h, where the simulation ends"),
        ("t95_h <= 48", 0.0, "--confidence = 0: a share above 0 and below 1"),
        ("t95_h <= 48", 1.0, "--confidence = 1: a share above 0 and below 1"),
        ("t95_h <= 48", 90.0, "--confidence = 90: a share above 0 and below 1"),
        ("t95_h <= 48", math.nan, "--confidence = nan"),
    ],
)
def test_conditions_that_are_none_are_refused(text: str, confidence: float, said: str) -> None:
    with pytest.raises(InputError) as error:
        read_goal(text, confidence, 200.0)
    assert said in str(error.value)


# The search


def searched(met: list[bool], n: int = 10) -> tuple[Found, list[int]]:
    """Search values of which each holds in all storms or in none; return what was found and the values played."""
    played: list[int] = []

    def held_at(indices):
        played.extend(indices)
        return {i: np.full(n, met[i]) for i in indices}

    return search(len(met), GOAL, held_at), played


@pytest.mark.parametrize("least", [0, 1, 7, 100, 239, 240])
def test_the_least_value_is_found_with_few_plays(least: int) -> None:
    found, played = searched([i >= least for i in range(241)])
    assert (found.least, found.steady, found.failed_beyond) == (least, least, ())
    assert len(played) == len(set(played)) <= most_tried(241)
    assert {i for i in range(least - 2, least + 3) if 0 <= i < 241} <= set(played)


def test_an_unreachable_target_gives_the_best_seen() -> None:
    def held_at(indices):
        return {i: np.arange(10) < i // 2 for i in indices}

    found = search(11, GOAL, held_at)
    assert (found.least, found.steady, found.best) == (None, None, 10)
    assert (found.at(10).held, found.at(10).share) == (5, 0.5)


def test_more_that_fails_again_is_seen_and_said() -> None:
    """Graham's anomaly: 4 holds, 5 does not, 6 and more do."""
    found, _ = searched([i in (4, 6, 7, 8) for i in range(9)])
    assert (found.least, found.steady, found.failed_beyond) == (4, 6, (5,))


def test_a_target_that_fails_at_the_very_end_is_never_steady() -> None:
    found, _ = searched([i in (4, 5, 6, 7) for i in range(9)])
    assert (found.least, found.steady, found.failed_beyond) == (4, None, (8,))


def test_a_lower_value_found_beside_the_answer_becomes_the_answer() -> None:
    """Between tried values 50 and 60 the search meets 58 first; 56 holds too and is found as its neighbour."""
    met = [i == 56 or i >= 58 for i in range(81)]
    found, _ = searched(met)
    assert (found.least, found.steady, found.failed_beyond) == (56, 58, (57,))


def test_means_that_were_cut_off_are_marked_in_table_and_figure() -> None:
    scenario = tiny_scenario()
    given_scores = [scores(cut=(1,), t95_h=[60.0, 97.0]), scores(t95_h=[40.0, 44.0])]
    setting = Setting(scenario, None, None, (), 1)
    varies = [Vary(("crews", "line", "count"), (1, 2))]
    case = find(setting, "base", varies, (), GOAL, lambda points: {i: given_scores[i] for i in points})
    assert [case.bound(i, "t95_h") for i in (0, 1)] == ["more", ""]
    made = Target(GOAL, tuple(varies), (case,), 2, 1)
    console = Console(file=io.StringIO(), width=120)
    console.print(table(made, words("en")))
    assert "> 78.5" in console.file.getvalue()
    assert "> 42.0" not in console.file.getvalue()
    (sheet,) = draw_all(made, scenario, look_for("en")[0])
    assert [row[sheet.header.index("n_censored_t95_h")] for row in sheet.rows] == [1, 0]
    (arrow,) = [text for text in sheet.figure.axes[1].texts if text.arrow_patch]
    assert arrow.xy == (1.0, 78.5)


@settings(deadline=None, max_examples=200)
@given(st.lists(st.booleans(), min_size=1, max_size=120))
def test_what_is_said_of_any_pattern_is_true(met: list[bool]) -> None:
    found, played = searched(met)
    assert len(played) == len(set(played))
    assert {one.index: one.met for one in found.tried} == {i: met[i] for i in played}
    if found.least is None:
        assert not any(met[i] for i in played)
        return
    assert met[found.least]
    assert not any(met[i] for i in played if i < found.least)
    assert all(not met[i] for i in range(max(0, found.least - 2), found.least))
    assert {0, len(met) - 1} <= set(played)
    if found.steady is not None:
        assert all(met[i] for i in played if i >= found.steady)
        assert found.least <= found.steady
