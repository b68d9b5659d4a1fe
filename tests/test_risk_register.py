"""The register by hand: tiny results, cut-offs on both sides, intervals, tails, floors and the runs still needed."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.errors import InputError
from sim.experiment.replicate import Experiment
from sim.experiment.statistics import wilson_interval
from sim.metrics.measures import MEASURE_NAMES
from sim.risk import assess
from sim.risk.grade import TABLE, Range, combined, grade, grade_range, runs_for_impact, runs_for_likelihood
from sim.risk.register import in_a_storm, in_a_year, tail_mean
from sim.scenario.model import Scenario
from sim.scenario.risks import IMPACT_UNITS, LEVELS
from tests.tiny import tiny_scenario

SERVED = 100
RISK = {
    "when": "t95_h > 72", "impact": "customer_hours", "source": "internal", "cause": "people", "owner": "me",
    "treatment": "mitigate",
}  # fmt: skip


def played(*plans: dict[str, list[float]], cut: tuple[tuple[int, str], ...] = ()) -> Experiment:
    """Return an experiment of the named measures, plan by plan; everything else is 1."""
    n = len(next(iter(plans[0].values())))
    values = np.ones((len(plans), n, len(MEASURE_NAMES)))
    censored = np.zeros(values.shape, bool)
    for p, plan in enumerate(plans):
        for name, row in plan.items():
            values[p, :, MEASURE_NAMES.index(name)] = row
    for storm, name in cut:
        censored[0, storm, MEASURE_NAMES.index(name)] = True
    names = tuple("abc"[: len(plans)])
    none = np.zeros((len(plans), n))
    return Experiment(
        names,
        names,
        names[0],
        1,
        tuple(range(n)),
        MEASURE_NAMES,
        values,
        censored,
        np.zeros(1),
        {},
        {},
        none[:, :, None],
        none,
    )


def scenario(risk: dict[str, Any] | None = None, rules: dict[str, Any] | None = None, **more: Any) -> Scenario:
    return tiny_scenario(risks={"late": RISK | (risk or {})}, risk=rules or {}, **more)


def test_a_register_worked_by_hand() -> None:
    """Ten storms, late in four: 100, 200, 300 and 400 customer-hours; 1,000 in a fifth storm that is not late."""
    hours = [100.0, 200.0, 300.0, 400.0, 1000.0, 5.0, 5.0, 5.0, 5.0, 5.0]
    late = [73.0, 80.0, 90.0, 100.0, 72.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    found = assess(played({"t95_h": late, "customer_hours": hours}), scenario(), SERVED)
    (row,) = found.rows
    assert (row.name, row.plan, row.unit, row.n, row.n_happened) == ("late", "a", "customer-h", 10, 4)
    assert row.likelihood == 0.4
    assert (row.lo, row.hi) == pytest.approx((0.16818, 0.68733), abs=1e-5)  # Wilson (1927), z = 1.95996
    assert row.impact == 250.0
    half = 3.182446 * math.sqrt(50_000 / 3) / 2  # t quantile of 3 degrees, sd of 100 200 300 400
    assert (row.impact_lo, row.impact_hi) == pytest.approx((250 - half, 250 + half))
    assert row.impact_tail == 400.0
    assert row.loss == 100.0
    assert row.loss_tail == 400.0
    # 2 and 12 hours for each of 100 customers: medium from 200 on, high from 1,200
    assert row.likelihood_grade == Range("medium", "medium", "high")
    assert row.impact_grade == Range("low", "medium", "medium")
    assert row.level == Range("low", "medium", "high")
    assert found.number("late") == 1


def test_tail_is_the_mean_of_the_worst_share_with_the_last_one_in_part() -> None:
    assert tail_mean([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 0.2) == 9.5
    assert tail_mean([10, 8, 0, 0], 0.5) == 9.0
    assert tail_mean([10, 4, 0, 0], 0.375) == pytest.approx((10 + 0.5 * 4) / 1.5)
    assert tail_mean([10, 4, 0], 0.1) == 10.0  # no share of less than one storm
    assert math.isnan(tail_mean([], 0.1))


@settings(deadline=None)
@given(st.lists(st.floats(0, 1e9), min_size=1, max_size=50), st.floats(0.01, 1))
def test_tail_lies_between_mean_and_worst(values: list[float], share: float) -> None:
    assert np.mean(values) - 1e-3 <= tail_mean(values, share) <= max(values) + 1e-3


@pytest.mark.parametrize(("value", "level"), [(0.099, "low"), (0.1, "medium"), (0.499, "medium"), (0.5, "high")])
def test_a_cut_off_belongs_to_the_upper_grade(value: float, level: str) -> None:
    assert grade(value, 0.1, 0.5) == level


@pytest.mark.parametrize("unit", IMPACT_UNITS)
def test_every_cut_off_of_impact_is_taken_on_both_sides(unit: str) -> None:
    stem, per_customer = IMPACT_UNITS[unit]
    scale = SERVED if per_customer else 1
    rules = {f"{stem}_medium": 0.25, f"{stem}_high": 0.5}
    for value, level in ((0.249, "low"), (0.25, "medium"), (0.499, "medium"), (0.5, "high")):
        storms = {"t95_h": [100.0] * 5, "customer_hours": [value * scale] * 5}
        (row,) = assess(played(storms), scenario({"unit": unit}, rules), SERVED).rows
        assert row.impact_grade == Range(level, level, level)  # type: ignore[arg-type]


@pytest.mark.parametrize(("held", "level"), [(9, "low"), (10, "medium"), (49, "medium"), (50, "high")])
def test_cut_offs_of_likelihood_are_taken_on_both_sides(held: int, level: str) -> None:
    storms = {"t95_h": [100.0] * held + [0.0] * (100 - held)}
    (row,) = assess(played(storms), scenario(), SERVED).rows
    assert row.likelihood_grade.best == level


def test_a_risk_has_cut_offs_of_its_own_where_it_states_them() -> None:
    for value, level in ((6.9, "low"), (7.0, "medium"), (8.9, "medium"), (9.0, "high")):
        storms = {"t95_h": [100.0] * 5, "mean_wait_s": [value] * 5}
        own = {"impact": "mean_wait_s", "impact_medium": 7.0, "impact_high": 9.0}
        (row,) = assess(played(storms), scenario(own), SERVED).rows
        assert (row.impact_grade.best, row.unit) == (level, "s")


def test_the_table_of_levels_never_falls_with_either_grade() -> None:
    numbers = [[LEVELS.index(level) for level in row] for row in TABLE]
    assert np.all(np.diff(numbers, axis=0) >= 0)
    assert np.all(np.diff(numbers, axis=1) >= 0)
    assert combined(Range("low", "medium", "high"), Range("low", "low", "high")) == Range("low", "low", "high")


def test_a_risk_to_people_is_never_graded_below_the_floor() -> None:
    storms = {"t95_h": [100.0] * 20, "customer_hours": [1.0] * 20}
    (plain,) = assess(played(storms), scenario(), SERVED).rows
    (safe,) = assess(played(storms), scenario({"safety": True}), SERVED).rows
    (high,) = assess(played(storms), scenario({"safety": True}, {"safety_floor": "high"}), SERVED).rows
    assert [row.impact_grade.best for row in (plain, safe, high)] == ["low", "medium", "high"]
    assert [row.impact for row in (plain, safe, high)] == [1.0, 1.0, 1.0]
    assert (plain.level.best, safe.level.best, high.level.best) == ("medium", "high", "high")


def test_what_has_no_meaning_in_a_storm_is_not_judged_there() -> None:
    storms = {"etr_kept_fraction": [0.4, 0.6, math.nan, math.nan]}
    (row,) = assess(played(storms), scenario({"when": "etr_kept_fraction < 0.5"}), SERVED).rows
    assert (row.n, row.n_happened, row.likelihood) == (2, 1, 0.5)
    (none,) = assess(
        played({"etr_kept_fraction": [math.nan] * 4}), scenario({"when": "etr_kept_fraction < 0.5"}), SERVED
    ).rows
    assert none.n == 0
    assert math.isnan(none.likelihood)
    assert none.level == Range("low", "low", "high")
    assert none.needed == math.inf


def test_an_impact_that_the_horizon_cuts_off_is_marked() -> None:
    storms = {"t95_h": [100.0, 0.0]}
    assert assess(played(storms, cut=((0, "customer_hours"),)), scenario(), SERVED).rows[0].at_least
    assert not assess(played(storms, cut=((1, "customer_hours"),)), scenario(), SERVED).rows[0].at_least


def test_likelihood_per_year_from_storms_per_year() -> None:
    """Half of the storms, 0.2 storms a year: 1 - exp(-0.1) in a year, and the interval likewise."""
    storms = {"t95_h": [100.0] * 10 + [0.0] * 10}
    yearly = scenario(rules={"likelihood_per": "year"}, storm={"per_year": 0.2})
    (row,) = assess(played(storms), yearly, SERVED).rows
    lo, hi = wilson_interval(10, 20)
    assert row.likelihood == row.in_a_year == pytest.approx(1 - math.exp(-0.1))
    (beside,) = assess(played(storms), scenario(storm={"per_year": 0.2}), SERVED).rows
    assert (beside.likelihood, beside.in_a_year) == (0.5, pytest.approx(1 - math.exp(-0.1)))
    assert math.isnan(assess(played(storms), scenario(), SERVED).rows[0].in_a_year)
    assert (row.lo, row.hi) == pytest.approx((1 - math.exp(-0.2 * lo), 1 - math.exp(-0.2 * hi)))
    assert row.likelihood_grade == Range("low", "low", "medium")
    assert in_a_year(in_a_storm(0.3, 2.5), 2.5) == pytest.approx(0.3)


def test_a_year_without_storms_per_year_is_refused() -> None:
    with pytest.raises(InputError, match="needs storm.per_year"):
        assess(played({"t95_h": [1.0]}), scenario(rules={"likelihood_per": "year"}), SERVED)


# How many storms it takes


def test_the_runs_needed_are_the_least_at_which_the_interval_holds_no_cut_off() -> None:
    for held, n in ((4, 20), (1, 20), (0, 20), (11, 20), (9, 20)):
        needed = runs_for_likelihood(held, n, (0.1, 0.5))
        lo, hi = wilson_interval(held, n)
        straddles = any(lo < cut <= hi for cut in (0.1, 0.5))
        assert (needed > 0) == straddles
        if needed:
            share = held / n
            at, before = (wilson_interval(share * size, int(size)) for size in (needed, needed - 1))
            assert not any(at[0] < cut <= at[1] for cut in (0.1, 0.5))
            assert any(before[0] < cut <= before[1] for cut in (0.1, 0.5))


def test_no_number_of_runs_separates_a_share_from_a_cut_off_that_it_is() -> None:
    assert runs_for_likelihood(10, 20, (0.1, 0.5)) == math.inf
    assert runs_for_impact(5.0, 1.0, 10, 0.5, (1.0, 5.0)) == math.inf


def test_runs_for_an_impact_shrink_the_half_width_to_the_nearest_cut_off() -> None:
    """Half width 4 over 10 of 20 storms, 2 away from the cut-off: four times as many storms, and one."""
    assert runs_for_impact(7.0, 4.0, 10, 0.5, (1.0, 5.0)) == 81
    assert runs_for_impact(7.0, 1.9, 10, 0.5, (1.0, 5.0)) == 0


def test_levels_that_are_one_need_no_more_runs() -> None:
    storms = {"t95_h": [100.0] * 100, "customer_hours": [5000.0] * 100}
    (row,) = assess(played(storms), scenario(), SERVED).rows
    assert row.level == Range("high", "high", "high")
    assert row.needed == 0


def test_unknown_estimates_may_be_anything() -> None:
    assert grade_range(math.nan, math.nan, math.nan, (1, 2)) == Range("low", "low", "high")
    assert grade_range(1.5, math.nan, math.nan, (1, 2)) == Range("low", "medium", "high")


# Wrong input


@pytest.mark.parametrize(
    ("risk", "said"),
    [
        ({"when": "t95h > 72"}, r"risks.late.when = t95h: not among the \d+ measures. Did you mean 't95_h'"),
        ({"impact": "customer_hour"}, "risks.late.impact = customer_hour"),
        ({"impact": "t95_h"}, "risks.late.unit = h: one of customer-h, customers"),
        ({"when": "complaints / peak_out > 1"}, "division by zero in storm 1 under a"),
        ({"impact": "customer_hours / peak_out"}, "risks.late.unit: one of customer-h"),
        ({"impact": "customer_hours / peak_out", "unit": "customer-h"}, "risks.late.impact = .*division by zero in storm 1"),
        ({"impact": "customer_hours * cost * cost", "unit": "customer-h"}, "too large a number in storm 1 under a"),
    ],
)  # fmt: skip
def test_what_cannot_be_judged_is_named(risk: dict[str, Any], said: str) -> None:
    storms = {"t95_h": [100.0, 100.0], "peak_out": [1.0, 0.0], "cost": [1.0, 1e200]}
    with pytest.raises(InputError, match=said):
        assess(played(storms), scenario(risk), SERVED)


def test_a_risk_that_is_left_out_is_not_judged() -> None:
    assert assess(played({"t95_h": [1.0]}), scenario({"enabled": False, "when": "nothing > 1"}), SERVED).rows == ()
