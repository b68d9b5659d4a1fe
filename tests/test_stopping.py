"""Enough storms: judged at batch ends only, in order, and the same whether the clock or -n ended it."""

import math

import numpy as np
import pytest
from scipy import stats

from sim.experiment.replicate import Experiment, Replication
from sim.experiment.stopping import Enough, growth, was_reached
from sim.rng import stream
from sim.scenario.model import Precision

MEASURES = ("faults", "t95_h")


def replications(t95: np.ndarray) -> list[Replication]:
    """Replications with the given values of t95_h, (n_plans, n_rep)."""
    values = np.stack([np.zeros(t95.shape), t95], axis=2)
    nothing = np.zeros((len(t95), 0))
    return [
        Replication(r, values[:, r], np.zeros((len(t95), 2), bool), {}, {}, nothing, nothing)
        for r in range(t95.shape[1])
    ]


def experiment(t95: np.ndarray) -> Experiment:
    n_plans, n = t95.shape
    plans = ("base", "other", "third")[:n_plans]
    values = np.stack([np.zeros(t95.shape), t95], axis=2)
    nothing = np.zeros((n_plans, n, 0))
    return Experiment(
        plans, plans, "base", 1, tuple(range(n)), MEASURES, values, np.zeros(values.shape, bool), np.zeros(0), {}, {},
        nothing, nothing,
    )  # fmt: skip


class Clock:
    """A clock that a test sets."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def stopped_at(enough: Enough, done: list[Replication], clock: Clock | None = None, seconds: float = 0.0) -> int:
    for n in range(1, len(done) + 1):
        if clock is not None:
            clock.now += seconds
        if enough(done[:n], range(len(done[0].values))):
            return n
    return 0


def paired(spread: list[float]) -> np.ndarray:
    """Base at 100 and another plan whose differences are -5 plus the spread."""
    base = np.full(len(spread), 100.0)
    return np.array([base, base - 5 + np.array(spread)])


# The judgement


def test_the_series_stops_one_batch_after_the_goal_is_met() -> None:
    table = paired([3.0, -3.0] * 20)
    goal = Precision(half_width=1.9, minimum=4, batch=4, maximum=40)

    def half(n: int) -> float:
        # three intervals hold together: one other plan, three judged measures
        return float(stats.t.ppf(1 - 0.025 / 3, n - 1) * table[1, :n].std(ddof=1) / math.sqrt(n))

    assert half(20) < 1.9 < half(16)
    enough = Enough(goal, MEASURES)
    assert stopped_at(enough, replications(table)) == 24
    assert enough.why == "goal"


def test_nothing_is_judged_before_the_minimum() -> None:
    table = paired([0.01, -0.01] * 20)
    assert stopped_at(Enough(Precision(half_width=1.0, minimum=11, batch=5), MEASURES), replications(table)) == 20
    assert stopped_at(Enough(Precision(half_width=1.0, minimum=10, batch=5), MEASURES), replications(table)) == 15


def test_every_plan_has_to_be_known_well_enough() -> None:
    calm, wild = paired([0.01, -0.01] * 10), paired([9.0, -9.0] * 10)
    goal = Precision(half_width=1.0, minimum=10, batch=5)
    assert was_reached(calm, goal)
    assert not was_reached(np.vstack([calm, wild[1:]]), goal)


def test_a_relative_goal_is_a_share_of_the_reference_mean() -> None:
    table = paired([3.0, -3.0] * 20)
    half = growth(experiment(table), Precision()).rows[-2].half_width  # after 30 of 40
    assert was_reached(table, Precision(half_width=half / 100 * 1.001, relative=True))
    assert not was_reached(table, Precision(half_width=half / 100 * 0.999, relative=True))


def test_a_measure_without_meaning_in_some_storm_is_never_known_well_enough() -> None:
    table = paired([0.0] * 40)
    assert was_reached(table, Precision(half_width=1.0))
    table[1, 3] = np.nan
    assert not was_reached(table, Precision(half_width=1.0))


def test_a_plan_alone_is_judged_by_its_own_mean() -> None:
    alone = np.array([[10.0, 12.0] * 15])
    assert was_reached(alone, Precision(half_width=0.6))
    assert not was_reached(alone, Precision(half_width=0.4))


# The clock


def test_a_batch_that_would_end_too_late_is_not_begun() -> None:
    table, clock = paired([9.0, -9.0] * 20), Clock()
    budget = Precision(time_budget_min=1.0, minimum=2, batch=5, maximum=40)
    enough = Enough(budget, MEASURES, clock)
    # a batch takes 15 s: after 4 batches the minute is up, and a fifth would end after it
    assert stopped_at(enough, replications(table), clock, seconds=3.0) == 20
    assert enough.why == "time"
    slower = Enough(budget, MEASURES, clock)
    assert stopped_at(slower, replications(table), clock, seconds=3.1) == 15


def test_the_minimum_is_played_whatever_the_time() -> None:
    table, clock = paired([9.0, -9.0] * 20), Clock()
    enough = Enough(Precision(time_budget_min=0.1, minimum=20, batch=5), MEASURES, clock)
    assert stopped_at(enough, replications(table), clock, seconds=60.0) == 20


def test_without_an_open_end_nothing_stops() -> None:
    assert stopped_at(Enough(Precision(batch=2, minimum=2), MEASURES), replications(paired([0.0] * 20))) == 0


# How precision grew


def test_growth_has_a_row_per_batch_end_and_plan() -> None:
    table = np.vstack([paired([3.0, -3.0] * 6), paired([1.0, -1.0] * 6)[1:]])
    found = growth(experiment(table), Precision(half_width=2.0, batch=5, minimum=2))
    assert [(row.n, row.plan) for row in found.rows] == [(n, p) for n in (5, 10, 12) for p in ("other", "third")]
    last = found.rows[-2]
    assert last.difference == -5.0
    expected = stats.t.ppf(1 - 0.025 / 6, 11) * table[1].std(ddof=1) / math.sqrt(12)
    assert last.half_width == pytest.approx(expected)
    assert last.goal == 2.0
    assert math.isnan(growth(experiment(table), Precision()).rows[0].goal)


@pytest.mark.parametrize(
    ("asked", "n", "ended"),
    [
        ({"half_width": 0.1}, 30, "reached"),
        ({"half_width": 0.1}, 29, "number"),  # no batch end: -n asked for it
        ({"half_width": 0.1, "minimum": 30, "maximum": 40}, 30, "number"),
        ({"half_width": 1e-9}, 30, "number"),  # -n, or the time was up
        ({"half_width": 1e-9, "maximum": 30}, 30, "maximum"),
        ({"time_budget_min": 1.0, "maximum": 30}, 30, "maximum"),
        ({"maximum": 30}, 30, "number"),
    ],
)
def test_why_it_ended_follows_from_the_results_alone(asked, n, ended) -> None:
    assert growth(experiment(paired([0.01, -0.01] * 15)[:, :n]), Precision(**asked)).ended == ended


# Coverage after stopping

MODELS = {
    "normal": lambda draws, shape: draws.standard_normal(shape),
    "gamma of skewness 1": lambda draws, shape: draws.gamma(4.0, 0.5, shape) - 2.0,
    "Laplace": lambda draws, shape: draws.laplace(0.0, 1 / math.sqrt(2), shape),
}


@pytest.mark.parametrize("storms", [20, 25, 30, 40, 50, 70, 100])
@pytest.mark.parametrize("model", MODELS)
def test_the_interval_after_stopping_still_holds_the_truth(model, storms) -> None:
    """The goal is the half-width that about so many storms have; differences of mean 0 and deviation 1.

    The rule is worked here for all series at once; the next test holds it against the program's.
    """
    precision = Precision(minimum=20, maximum=200, batch=10, half_width=student(storms) / math.sqrt(storms))
    spread = MODELS[model](stream(1, storms, f"test.stopping.{model}"), (8000, precision.maximum))
    mean, half, at = stopped(spread, precision)
    assert (at < precision.maximum).all()
    assert np.mean(np.abs(mean) <= half) >= 0.93


def student(n: int | np.ndarray) -> np.ndarray:
    return stats.t.ppf(0.975, np.asarray(n) - 1)


def stopped(spread: np.ndarray, precision: Precision) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean, half-width and number of storms at which each series (n_series, maximum) stops; one 95 % interval."""
    n = np.arange(precision.batch, precision.maximum + 1, precision.batch)
    mean = np.cumsum(spread, axis=1)[:, n - 1] / n
    square = np.cumsum(spread**2, axis=1)[:, n - 1] / n
    half = student(n) * np.sqrt((square - mean**2) / (n - 1))
    met = (half <= precision.half_width) & (n >= precision.minimum)
    met[:, -2] = True  # the maximum ends it
    last = np.argmax(met, axis=1) + 1
    series = np.arange(len(spread))
    return mean[series, last], half[series, last], n[last]


def test_the_series_stop_where_the_rule_says() -> None:
    spread = stream(2, 0, "test.stopping.rule").standard_normal((40, 100))
    precision = Precision(minimum=20, maximum=100, batch=10, half_width=0.4)
    _, _, at = stopped(spread, precision)
    assert len(set(at.tolist())) > 2
    for series, expected in zip(spread, at.tolist(), strict=True):
        # a plan alone has one interval, at 95 %; 0: not stopped before the maximum
        assert (stopped_at(Enough(precision, MEASURES), replications(series[None, :])) or 100) == expected
