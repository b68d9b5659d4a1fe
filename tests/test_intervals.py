"""Intervals: exact small cases, and how often each method holds the truth on known models.

The grid: means and paired differences of 10, 20, 40 and 100 storms from models of skewness up to 1.3; percentiles of
20, 72 and 200; probabilities of 20, 50, 100 and 200 trials between 0.1 and 0.9. Intervals after sequential stopping are
tested with the stopping.
"""

import math

import numpy as np
import pytest
from scipy import stats

from sim.experiment.chances import best_plans, percentiles
from sim.experiment.statistics import percentile_interval, t_interval, wilson_interval
from sim.rng import stream
from tests.test_experiment import experiment
from tests.tiny import tiny_scenario

TRIALS = 4000  # two standard errors of a coverage of 0.95 are 0.007

MEANS = {  # draws of mean 0
    "normal": lambda draws, shape: draws.standard_normal(shape),
    "uniform": lambda draws, shape: draws.random(shape) - 0.5,
    "Laplace": lambda draws, shape: draws.laplace(0.0, 1.0, shape),
    "gamma of skewness 1": lambda draws, shape: draws.gamma(4.0, 0.5, shape) - 2.0,
}


def covered(rows: np.ndarray, truth: float) -> float:
    found = [t_interval(row) for row in rows]
    return float(np.mean([lo <= truth <= hi for _, lo, hi in found]))


@pytest.mark.parametrize("n", [10, 20, 40, 100])
@pytest.mark.parametrize("model", MEANS)
def test_intervals_of_means_hold_the_truth(model, n) -> None:
    rows = MEANS[model](stream(1, n, f"test.means.{model}"), (TRIALS, n))
    assert 0.93 <= covered(rows, 0.0) <= 0.97


@pytest.mark.parametrize("n", [10, 20, 40, 100])
def test_intervals_of_paired_differences_hold_the_truth(n) -> None:
    """Two plans in the same storm, lognormal in common and each for itself; the second 20 % better."""
    draws = stream(2, n, "test.paired")
    storm, ours, theirs = (draws.lognormal(0.0, sd, (TRIALS, n)) for sd in (0.5, 0.2, 0.2))
    truth = -0.2 * math.exp(0.5**2 / 2 + 0.2**2 / 2)
    assert 0.93 <= covered(0.8 * storm * ours - storm * theirs, truth) <= 0.97


# Percentiles


def test_percentile_bounds_are_the_order_statistics_of_the_tables() -> None:
    # David and Nagaraja: the median of 20 values lies between the 6th and the 15th in 95.86 % of cases
    assert percentile_interval(np.arange(1, 21)[::-1], 0.5) == (10.5, 6.0, 15.0)


def test_a_bound_that_so_few_values_cannot_give_is_open() -> None:
    value, lo, hi = percentile_interval(np.arange(1, 72), 0.95)
    assert (value, lo) == (67.5, 63.0)
    assert hi == math.inf
    assert percentile_interval(np.arange(1, 73), 0.95)[2] == 72.0
    assert all(math.isnan(bound) for bound in percentile_interval([], 0.5))


@pytest.mark.parametrize("n", [20, 72, 200])
@pytest.mark.parametrize("share", [0.05, 0.5, 0.95])
def test_intervals_of_percentiles_hold_the_truth_whatever_the_distribution(share, n) -> None:
    rows = stream(3, n, "test.percentiles").standard_exponential((2000, n))
    truth = -math.log(1 - share)
    found = np.array([percentile_interval(row, share)[1:] for row in rows])
    assert np.mean((found[:, 0] <= truth) & (truth <= found[:, 1])) >= 0.93
    # not wider than need be: one order statistic further in on either side, and the chance is gone
    lower, upper = np.clip(percentile_interval(np.arange(1, n + 1), share)[1:], 0, n + 1)
    assert stats.binom.cdf(lower, n, share) > 0.025
    assert stats.binom.sf(upper - 2, n, share) > 0.025


# Probabilities


def wilson_coverage(n: int, p: float) -> float:
    """The exact coverage: the chance of the counts whose interval holds p."""
    bounds = np.array([wilson_interval(held, n) for held in range(n + 1)])
    return float(stats.binom.pmf(np.arange(n + 1), n, p)[(bounds[:, 0] <= p) & (p <= bounds[:, 1])].sum())


@pytest.mark.parametrize("n", [20, 50, 100, 200])
def test_wilson_intervals_hold_the_truth(n) -> None:
    exact = [wilson_coverage(n, p) for p in np.arange(0.1, 0.901, 0.05)]
    assert min(exact) >= 0.93


def test_wilson_intervals_hold_the_truth_in_19_of_20_cases_over_all_probabilities() -> None:
    # between the points of the grid single counts make it jump, down to 0.92 at 40 trials
    exact = [wilson_coverage(n, p) for n in (20, 40, 80) for p in np.arange(0.01, 0.995, 0.01)]
    assert np.mean(exact) == pytest.approx(0.95, abs=0.01)


def test_wilson_intervals_agree_with_scipy() -> None:
    for held, n in ((0, 20), (3, 20), (20, 20), (77, 200)):
        expected = stats.binomtest(held, n).proportion_ci(0.95, "wilson")
        assert wilson_interval(held, n) == pytest.approx((expected.low, expected.high))


# The best plan


def test_a_plan_that_always_wins_is_the_best_for_sure() -> None:
    rows = np.tile([[100.0, 300.0, 200.0, 250.0], [90.0, 280.0, 190.0, 230.0]], 3)
    base, other = [row for row in best_plans(experiment(12, t95_h=rows), tiny_scenario()) if row.measure == "t95_h"]
    assert (base.plan, base.probability, base.share) == ("base", 0.0, 0.0)
    assert (other.plan, other.probability, other.share) == ("other", 1.0, 1.0)
    assert (other.share_lo, other.share_hi) == pytest.approx(wilson_interval(12, 12))


def test_within_the_zone_of_indifference_both_plans_are_as_good() -> None:
    rows = np.tile([[100.0, 300.0, 200.0, 250.0], [98.5, 298.5, 198.5, 248.5]], 3)
    found = [row for row in best_plans(experiment(12, t95_h=rows), tiny_scenario()) if row.measure == "t95_h"]
    assert [(row.zone, row.probability, row.share) for row in found] == [(2.0, 1.0, 1.0)] * 2


def test_the_probability_of_being_best_is_that_of_a_mean_below_the_other() -> None:
    """For many storms the bootstrap tends to the normal law of the mean difference; without a zone."""
    spread = stream(4, 0, "test.best").standard_normal(400)
    spread = (spread - spread.mean()) / spread.std()
    rows = np.array([np.full(400, 100.0), 100.0 - 0.04 + spread])
    scenario = tiny_scenario(matters={"t95_h": 0.0})
    other = next(
        r for r in best_plans(experiment(400, t95_h=rows), scenario) if (r.plan, r.measure) == ("other", "t95_h")
    )
    assert other.probability == pytest.approx(stats.norm.cdf(0.04 * math.sqrt(400)), abs=0.025)
    assert other.share == pytest.approx(np.mean(spread < 0.04), abs=1e-12)


def test_what_the_plans_have_in_common_does_not_blur_which_is_best() -> None:
    storm = np.array([100.0, 900.0, 300.0, 2000.0, 50.0, 700.0])
    rows = np.tile([storm, storm - 3.0 + np.array([0.1, -0.1, 0.2, 0.0, -0.2, 0.0])], 2)
    other = next(r for r in best_plans(experiment(12, t95_h=rows), tiny_scenario()) if r.plan == "other")
    assert other.probability == 1.0


@pytest.mark.parametrize(("n", "is_told"), [(2, False), (9, False), (10, True)])
def test_few_storms_give_no_chance_only_the_share_of_them(n: int, is_told: bool) -> None:
    rows = np.array([np.arange(n) + 100.0, np.arange(n) + 90.0])
    found = [row for row in best_plans(experiment(n, t95_h=rows), tiny_scenario()) if row.measure == "t95_h"]
    assert [row.share for row in found] == [0.0, 1.0]
    np.testing.assert_array_equal([row.probability for row in found], [0.0, 1.0] if is_told else [np.nan, np.nan])


def test_percentiles_leave_out_what_has_no_meaning() -> None:
    rows = np.array([[math.nan] * 4, [4.0, math.nan, 1.0, 2.0]])
    found = {(r.plan, r.share): r for r in percentiles(experiment(t95_h=rows)) if r.measure == "t95_h"}
    assert (found["base", 0.5].n, found["other", 0.5].n) == (0, 3)
    assert math.isnan(found["base", 0.5].value)
    assert found["other", 0.5].value == 2.0
    assert {r.measure for r in percentiles(experiment())}.isdisjoint({"faults"})


def test_a_percentile_of_very_many_values_has_an_interval_too() -> None:
    value, lo, hi = percentile_interval(np.arange(100_001), 0.5)
    assert (value, hi - 50_000, 50_000 - lo) == (50_000.0, pytest.approx(310, abs=1), pytest.approx(310, abs=1))


def test_open_bounds_are_empty_in_the_rows() -> None:
    rows = np.array([[3.0, 1.0, 2.0, 4.0]] * 2)
    found = next(r for r in percentiles(experiment(t95_h=rows)) if (r.measure, r.share) == ("t95_h", 0.95))
    assert math.isnan(found.hi)
    assert math.isfinite(found.value)
