"""Estimates of restoration, worked by hand."""

import math

import pytest

from sim.etr import JOB_CV, LEVEL_LOG_SD, Capacity, LearnedMean, Learner, area_promise, finish_at


def test_a_mean_moves_from_its_prior_to_what_is_seen() -> None:
    mean = LearnedMean(100.0, weight=4.0)
    assert mean.mean == 100.0
    mean.add(200.0)
    assert mean.mean == pytest.approx((4 * 100 + 200) / 5)
    for _ in range(10_000):
        mean.add(200.0)
    assert mean.mean == pytest.approx(200.0, abs=0.1)


def test_classes_are_learned_apart_and_together() -> None:
    learner = Learner([100.0, 300.0], tree_min=50.0, trip_min=40.0)
    assert learner.repair_min == 200.0
    learner.finished(1, 900.0)
    assert learner.on_site[0].mean == 100.0
    assert learner.on_site[1].mean == pytest.approx((5 * 300 + 900) / 6)
    assert learner.repair_min == pytest.approx((5 * 200 + 900) / 6)
    learner.finished(2, 80.0)  # a tree is no repair
    assert learner.on_site[2].mean == pytest.approx((5 * 50 + 80) / 6)
    assert learner.repair_min == pytest.approx((5 * 200 + 900) / 6)
    assert learner.faults_per_outage.mean == 1.0


def test_work_is_done_by_the_crews_that_are_there() -> None:
    two = Capacity((0.0,), (2.0,))
    assert finish_at(100.0, 600.0, two) == 400.0
    assert finish_at(100.0, 0.0, two) == 100.0
    assert finish_at(100.0, 1.0, Capacity((), ())) == math.inf
    assert finish_at(100.0, 1.0, Capacity((0.0,), (0.0,))) == math.inf


def test_help_on_its_way_counts_from_its_arrival() -> None:
    # one crew from 0, four from 200: at 100 there are 500 min of work, 100 done by 200, the other 400 by 300
    assert finish_at(100.0, 500.0, Capacity((0.0, 200.0), (1.0, 4.0))) == 300.0
    # nobody until 200
    assert finish_at(100.0, 400.0, Capacity((200.0,), (4.0,))) == 300.0
    assert finish_at(250.0, 400.0, Capacity((0.0, 200.0), (1.0, 4.0))) == 350.0


def test_half_of_the_promises_are_kept_at_confidence_one_half() -> None:
    crews = Capacity((0.0,), (4.0,))
    # 1,000 min of work by 4 crews: 250 min, then the last job of 100 min outlasts the average by 100 (1 - 1/4)
    assert area_promise(50.0, [(1000.0, crews)], 100.0, 10, 0.5) == pytest.approx(50 + 250 + 75)
    one = Capacity((0.0,), (1.0,))
    assert area_promise(50.0, [(300.0, one)], 100.0, 3, 0.5) == pytest.approx(350.0)


def test_the_slowest_backlog_decides() -> None:
    crews = Capacity((0.0,), (1.0,))
    assert area_promise(0.0, [(300.0, crews), (500.0, crews)], 0.0, 3, 0.5) == pytest.approx(500.0)
    assert area_promise(0.0, [(300.0, crews), (500.0, Capacity((), ()))], 0.0, 3, 0.5) == math.inf


def test_more_confidence_takes_longer_and_more_jobs_are_surer() -> None:
    crews = [(400.0, Capacity((0.0,), (1.0,)))]
    sigma = math.hypot(LEVEL_LOG_SD, JOB_CV / 2)
    assert area_promise(0.0, crews, 0.0, 4, 0.8) == pytest.approx(400 * math.exp(0.8416212 * sigma), rel=1e-6)
    assert area_promise(0.0, crews, 0.0, 100, 0.8) < area_promise(0.0, crews, 0.0, 4, 0.8)
    assert area_promise(0.0, crews, 0.0, 4, 0.2) < 400.0


def test_what_is_revised_is_the_policys() -> None:
    from sim.etr import may_revise

    nothing, assessing = math.nan, -1.0
    for policy in ("always", "later", "due"):
        assert may_revise(nothing, 500.0, 0.0, policy, 60.0)
        assert may_revise(nothing, assessing, 0.0, policy, 60.0)
        assert may_revise(assessing, 500.0, 0.0, policy, 60.0)
        assert not may_revise(assessing, assessing, 0.0, policy, 60.0)
        assert not may_revise(500.0, 560.0, 510.0, policy, 60.0)
        assert may_revise(500.0, 561.0, 510.0, policy, 60.0)
    assert may_revise(500.0, 400.0, 0.0, "always", 60.0)
    assert not may_revise(500.0, 400.0, 0.0, "later", 60.0)
    assert may_revise(500.0, 600.0, 0.0, "later", 60.0)
    assert may_revise(500.0, assessing, 0.0, "later", 60.0)
    assert not may_revise(500.0, 600.0, 499.0, "due", 60.0)
    assert may_revise(500.0, 600.0, 500.0, "due", 60.0)
