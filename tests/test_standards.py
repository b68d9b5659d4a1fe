"""Standards without a drill: when cases keep a clause, event grades and payments on both sides of every edge, presets."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.scenario.standards import LIMITS, Standards
from sim.scenario.standards_check import choice_findings, clause_findings, grades_findings
from sim.standards import LEVELS, PRESETS, Cases, graded, judge, judge_share, payment, preset, state

HAIR = 1e-9


def standards(name: str) -> Standards:
    return Standards.model_validate({"preset": name} | preset(name))


def payments(name: str, weather: str):
    due = standards(name).payments[weather]

    def paid(hours: float, business: bool = False) -> float:
        first = due.business if business else due.home
        return float(payment(hours, due.after_h, first, due.further, due.further_h, due.cap))

    return paid


# Cases


@pytest.mark.parametrize(
    ("value", "strict", "kept"),
    [(44.999, False, 1), (45.0, False, 1), (45.001, False, 0), (44.999, True, 1), (45.0, True, 0)],
)
def test_a_limit_has_two_sides(value: float, strict: bool, kept: int) -> None:
    assert judge(Cases.of(np.array([value])), 45.0, strict=strict).kept == kept
    assert judge(Cases.of(np.array([value])), 45.0, strict=strict, mean=True).kept == kept


@pytest.mark.parametrize(("n_within", "kept"), [(74, 0), (75, 1), (76, 1)])
def test_a_share_of_cases_is_enough_at_that_very_share(n_within: int, kept: int) -> None:
    found = judge(Cases.of(np.array([1.0] * n_within + [99.0] * (100 - n_within))), 30.0, at_least=0.75)
    assert (found.figure, found.kept) == (n_within / 100, kept)
    assert (found.met, found.missed, found.exempt) == (n_within / 100, (100 - n_within) / 100, 0)


def test_exempt_cases_are_not_held_against_the_clause() -> None:
    exempt = np.array([False, True, False, True])
    found = judge(Cases.of(np.array([10.0, 500.0, 20.0, 5.0]), exempt=exempt), 15.0, mean=True)
    assert (found.figure, found.kept) == (15.0, 1)
    assert (found.met, found.missed, found.exempt) == (0.25, 0.25, 0.5)
    every = judge(Cases.of(np.array([10.0, 20.0]), exempt=np.ones(2, bool)), 15.0)
    assert math.isnan(every.kept)
    assert state(every.kept, every.exempt) == "exempt"
    none = judge(Cases.of(np.zeros(0)), 15.0)
    assert state(none.kept, none.exempt) == "none"


def test_a_case_still_open_has_missed_its_limit_or_cannot_be_judged() -> None:
    is_open = np.array([False, True, True])
    found = judge(Cases.of(np.array([10.0, 50.0, 12.0]), is_open=is_open), 15.0)
    assert (found.met, found.missed, found.kept) == (0.5, 0.5, 0)
    # the mean is at least 24: missed; at least 11: not to be judged
    missed = judge(Cases.of(np.array([10.0, 50.0, 12.0]), is_open=is_open), 15.0, mean=True)
    assert (missed.figure, missed.kept, missed.is_bound) == (24.0, 0, True)
    unknown = judge(Cases.of(np.array([10.0, 12.0]), is_open=np.array([False, True])), 15.0, mean=True)
    assert (unknown.figure, unknown.is_bound) == (11.0, True)
    assert math.isnan(unknown.kept)


def test_customers_weigh() -> None:
    found = judge(Cases.of(np.array([1.0, 3.0]), np.array([300.0, 100.0])), 2.0, at_least=0.75)
    assert (found.figure, found.kept) == (0.75, 1)
    assert judge(Cases.of(np.array([1.0, 3.0]), np.array([300.0, 100.0])), 2.0, mean=True).figure == 1.5


@pytest.mark.parametrize(
    ("n_bad", "strict", "kept"), [(4, False, 1), (5, False, 1), (6, False, 0), (4, True, 1), (5, True, 0)]
)
def test_a_share_of_bad_calls_has_two_sides(n_bad: int, strict: bool, kept: int) -> None:
    bad = np.array([1.0] * n_bad + [0.0] * (100 - n_bad))
    found = judge_share(bad, np.ones(100), 0.05, strict=strict)
    assert (found.figure, found.missed, found.kept) == (n_bad / 100, n_bad / 100, kept)
    assert math.isnan(judge_share(np.zeros(0), np.zeros(0), 0.05).kept)


@given(
    st.lists(st.tuples(st.floats(0, 1e6), st.floats(0.5, 1e4), st.booleans(), st.booleans()), min_size=1, max_size=30),
    st.floats(0.1, 1e6),
    st.booleans(),
)
def test_shares_add_up_and_only_cases_that_count_decide(rows, limit: float, mean: bool) -> None:
    value, weight, exempt, is_open = (np.array(column) for column in zip(*rows, strict=True))
    found = judge(Cases(value, weight, exempt.astype(bool), is_open.astype(bool)), limit, mean=mean)
    shares = [found.met, found.missed, found.exempt]
    assert sum(shares) == pytest.approx(1.0) or all(map(math.isnan, shares))
    counted = judge(Cases.of(value[~exempt], weight[~exempt], is_open=is_open[~exempt].astype(bool)), limit, mean=mean)
    assert np.array_equal([found.figure, found.kept], [counted.figure, counted.kept], equal_nan=True)


# Grades


EDGES = [
    (name, kind, share, place)
    for name in PRESETS
    for kind, grades in standards(name).grades.items()
    for share in ("load_fraction", "customers_fraction")
    for place in range(len(grades.levels))
]


@pytest.mark.parametrize(("name", "kind", "share", "place"), EDGES)
def test_every_edge_of_every_grade_table_has_two_sides(name: str, kind: str, share: str, place: int) -> None:
    grades = standards(name).grades[kind]
    edges = getattr(grades, share)
    below = grades.levels[place + 1] if place + 1 < len(grades.levels) else ""
    assert graded(edges[place], grades.levels, edges) == grades.levels[place]
    assert graded(edges[place] + HAIR, grades.levels, edges) == grades.levels[place]
    assert graded(edges[place] - HAIR, grades.levels, edges) == below


def test_the_grades_of_large_area_outages() -> None:
    grades = standards("csg").grades

    def of(kind: str, load: float, customers: float) -> tuple[str, str]:
        rule = grades[kind]
        return graded(load, rule.levels, rule.load_fraction), graded(customers, rule.levels, rule.customers_fraction)

    assert of("provincial_capital", 0.60, 0.70) == ("I", "I")
    assert of("provincial_capital", 0.10, 0.15) == ("IV", "IV")
    assert of("provincial_capital", 0.099, 0.149) == ("", "")
    assert of("municipality", 0.50, 0.30) == ("I", "II")
    assert of("city_600mw", 0.60, 0.50) == ("II", "III")
    assert of("city_small", 0.95, 0.49) == ("III", "")
    assert of("county_150mw", 0.59, 0.70) == ("", "III")
    assert standards("sgcc").grades == grades
    assert {(rule.end_load_fraction, rule.end_key_fraction) for rule in grades.values()} == {(0.8, 0.9)}


# Payments


@pytest.mark.parametrize(
    ("hours", "home", "business"),
    [(11.9, 0, 0), (12, 0, 0), (12 + HAIR, 95, 190), (24 - HAIR, 95, 190), (24, 140, 235), (36, 185, 280)],
)
def test_british_payments_in_calm_weather(hours: float, home: float, business: float) -> None:
    paid = payments("gb", "calm")
    assert (paid(hours), paid(hours, business=True)) == (home, business)


@pytest.mark.parametrize(("weather", "after"), [("class_1", 24), ("class_2", 48)])
def test_british_payments_in_storms(weather: str, after: float) -> None:
    paid = payments("gb", weather)
    assert [paid(after), paid(after + HAIR), paid(after + 6 - HAIR), paid(after + 6)] == [0, 80, 80, 120]
    # 80 + 48 * 40 = 2,000: the cap is met at the 48th step and not passed at the 49th
    assert [paid(after + 47 * 6), paid(after + 48 * 6), paid(after + 49 * 6)] == [1960, 2000, 2000]


def test_payments_in_new_york_count_whole_days_beyond_three() -> None:
    paid = payments("ny", "widespread")
    assert [paid(72), paid(96 - HAIR), paid(96), paid(120)] == [0, 0, 25, 50]
    assert (standards("ny").weather, standards("ny").payments["widespread"].customers_out) == ("widespread", 20_000)


@given(st.floats(0, 1e4), st.floats(0, 1e3))
def test_a_longer_interruption_is_never_paid_less(hours: float, more: float) -> None:
    paid = payments("gb", "class_2")
    assert 0 <= paid(hours) <= paid(hours + more) <= 2000


# Presets


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_is_sound_and_says_where_its_values_come_from(name: str) -> None:
    found = standards(name)
    for clause in found.clauses.values():
        assert not list(clause_findings((), clause))
    for grades in found.grades.values():
        assert not list(grades_findings((), grades))
        assert set(grades.levels) <= set(LEVELS)
    assert not list(choice_findings(found))
    for entry in (*found.clauses.values(), *found.grades.values(), *found.payments.values()):
        assert entry.source
        assert entry.grade in "ABCD"
    assert found.clauses or found.grades or found.payments


def test_the_values_of_the_presets() -> None:
    def limits(name: str) -> dict[str, float]:
        return {key: clause.limit for key, clause in standards(name).clauses.items()}

    assert limits("sgcc") == {
        "arrival_city": 45, "arrival_rural": 90, "arrival_remote": 120, "restoration_city": 3, "restoration_rural": 4,
        "complaint_contact": 1, "complaint_answer": 7, "work_wind": 10.8,
    }  # fmt: skip
    assert limits("csg") == {
        "arrival_city": 60,
        "restoration_city": 4,
        "restoration_rural": 5,
        "answer": 20,
        "work_wind": 10.8,
    }
    assert limits("japan") == {"work_wind": 10}
    assert limits("maryland") == {"answer": 30, "abandoned": 0.05}
    assert limits("michigan") == {"answer": 90, "blocked": 0.05}
    assert limits("california-go166") == {
        "busy_reasonable": 0.3, "busy_not_unreasonable": 0.5, "back_in_24h": 24, "back_in_48h": 48, "back_in_72h": 72
    }  # fmt: skip
    shares = {key: clause.at_least_fraction for key, clause in standards("california-go166").clauses.items()}
    assert [shares[f"back_in_{h}h"] for h in (24, 48, 72)] == [0.90, 0.95, 1.0]
    assert standards("maryland").clauses["answer"].at_least_fraction == 0.75
    assert standards("michigan").clauses["answer"].strict
    assert {clause.about for name in PRESETS for clause in standards(name).clauses.values()} == set(LIMITS)
    # State Grid's times are means with exemptions by weather; British amounts are in pounds only
    assert all(c.mean and c.exempt == "weather" for key, c in standards("sgcc").clauses.items() if key[0] in "ar")
    assert {due.currency for due in standards("gb").payments.values()} == {"GBP"}
