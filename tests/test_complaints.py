"""Complaints: instants by hand, integrated hazards, what promises, notices and failed calls change."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import fields
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from sim import rng
from sim.hotline import ABANDONED, BUSY, CAUSES, SERVED, VOICE, Announcements, Calls, Intervals, Promises
from sim.hotline.complaints import Complaints, complaints, complaints_band
from tests.tiny import tiny_scenario

H = 60.0
WAITED, MISSED, FAILED = range(3)
EDGES_H = (0.0, 3.0, 12.0, 24.0, 48.0, math.inf)
PER_CUSTOMER_H = (0.02e-3, 0.05e-3, 0.1e-3, 0.2e-3, 0.3e-3)  # the scenario's defaults


def draws(customers: Sequence[int], area: Sequence[int] | None = None, seed: int = 1) -> Any:
    areas = np.zeros(len(customers), np.int64) if area is None else np.array(area, np.int64)
    network = SimpleNamespace(
        customers=np.array(customers, np.int64), area=areas, area_name=np.arange(areas.max(initial=0) + 1)
    )
    return SimpleNamespace(network=network, seed=seed, replication=0)


def dark(*rows: tuple[int, float, float]) -> Intervals:
    """Intervals from rows (section, start h, end h)."""
    section, start, end = zip(*rows, strict=True)
    return Intervals(np.array(section), H * np.array(start), H * np.array(end))


def made(*rows: tuple[int, int, float, int]) -> Calls:
    """Calls from rows (section, caller, at h, result), none of them lasting."""
    section, caller, at, result = (np.array(c) for c in zip(*sorted(rows, key=lambda r: r[2]), strict=True))
    zero, at = np.zeros(len(at), np.int64), H * at
    return Calls(at, section, caller, zero, zero, zero, result, np.zeros(len(at)), at, at)


def run(
    intervals: Intervals,
    drawn: Any,
    promises: Promises | None = None,
    notices: Announcements | None = None,
    calls: Calls | None = None,
    factor: float = 1.0,
    **hazards: Any,
) -> Complaints:
    scenario = tiny_scenario(complaints={"lodging_mean_h": 0.0, **hazards})
    told, sent = promises or Promises(), notices or Announcements()
    return complaints(intervals, told, sent, calls, drawn, scenario, factor)


def integral(start_h: float, end_h: float, times: Callable[[float], float] = lambda _: 1.0) -> float:
    """Expected complaints of one customer dark from start to end (h), by steps of 0.01 h."""
    step = 0.01
    total = 0.0
    for t in np.arange(start_h + step / 2, end_h, step):
        band = np.searchsorted(EDGES_H, t - start_h, side="right") - 1
        total += step * PER_CUSTOMER_H[band] * times(float(t))
    return total


def unit_points(section: int, up_to: float) -> list[float]:
    """The unit-rate process of a section: running sums of its keyed exponentials."""
    points, k, total = [], 0, 0.0
    while True:
        total += float(rng.exponentials(1, 0, "complaint.waiting", np.array([section]), np.array([k]))[0])
        if total >= up_to:
            return points
        points.append(total)
        k += 1


def test_instants_by_hand() -> None:
    """1,000 customers: 0.06 complaints in 3 h, 0.51 in 12 h, 1.71 in 24 h, 6.51 in 48 h, 10.11 in 60 h."""
    found = run(dark((0, 10.0, 70.0)), draws([1000]))
    points = unit_points(0, 10.11)
    expected = np.interp(points, [0.0, 0.06, 0.51, 1.71, 6.51, 10.11], [10.0, 13.0, 22.0, 34.0, 58.0, 70.0])
    assert len(points) > 5
    np.testing.assert_allclose(found.at / H, expected, rtol=1e-9)
    assert {CAUSES[c] for c in found.cause} == {"waiting"}


def test_a_second_interruption_goes_on_where_the_first_ended() -> None:
    """48 h dark twice: 6.51 each; the point at 6.51 + x of the unit process falls x into the second."""
    found = run(dark((0, 100.0, 148.0), (0, 0.0, 48.0)), draws([1000]))
    clock = [0.0, 3.0, 12.0, 24.0, 48.0]
    hazard = [0.0, 0.06, 0.51, 1.71, 6.51]
    points = np.array(unit_points(0, 13.02))
    expected = np.where(
        points < 6.51, np.interp(points, hazard, clock), 100.0 + np.interp(points - 6.51, hazard, clock)
    )
    assert np.any(points < 6.51)
    assert np.any(points > 6.51)
    np.testing.assert_allclose(found.at / H, expected, rtol=1e-9)


def many(n: int = 1000) -> tuple[Intervals, Any]:
    """1,000 sections of 1,000 customers, dark from hour 10 to hour 70."""
    return dark(*((s, 10.0, 70.0) for s in range(n))), draws([1000] * n)


def close(found: int, expected: float) -> bool:
    """Poisson count within 4.5 standard deviations."""
    return abs(found - expected) <= 4.5 * math.sqrt(expected)


def test_numbers_follow_the_integrated_hazard() -> None:
    found = run(*many())
    assert close(len(found), 10_110)
    in_band = np.histogram(found.at / H - 10.0, (*EDGES_H[:-1], 60.0))[0]
    for count, expected in zip(in_band, (60, 450, 1200, 4800, 3600), strict=True):
        assert close(count, expected)


def test_a_missed_promise_adds_until_a_new_one_is_made() -> None:
    """Promised for hour 20, "assessing" at 30, anew at 40 for 90: twice the hazard more from 20 to 40."""
    intervals, drawn = many()
    plain = run(intervals, drawn)
    told = Promises([0, 0, 0], H * np.array([12.0, 30.0, 40.0]), [20.0 * H, math.nan, 90.0 * H])
    found = run(intervals, drawn, told)
    extra = found.at[found.cause == MISSED] / H
    assert np.all((extra >= 20.0) & (extra < 40.0))
    assert close(len(extra), 1e6 * integral(10.0, 70.0, lambda t: 2.0 * (20.0 <= t < 40.0)))
    np.testing.assert_array_equal(found.at[found.cause == WAITED], plain.at)


def test_who_went_dark_after_the_miss_was_not_let_down() -> None:
    """Sections dark from hour 25: the promise for hour 20 was not to them; the one for hour 60 was."""
    n = 500
    intervals, drawn = dark(*((s, 25.0, 100.0) for s in range(n))), draws([1000] * n)
    told = Promises([0, 0], H * np.array([12.0, 40.0]), H * np.array([20.0, 60.0]))
    found = run(intervals, drawn, told)
    extra = found.at[found.cause == MISSED] / H
    assert np.all(extra >= 60.0)
    assert close(len(extra), n * 1e3 * integral(25.0, 100.0, lambda t: 2.0 * (t >= 60.0)))


def test_news_of_one_area_changes_no_other() -> None:
    drawn = draws([1000] * 400, area=[0, 1] * 200)
    intervals = dark(*((s, 10.0, 70.0) for s in range(400)))
    told = Promises([1], [12.0 * H], [20.0 * H])
    found = run(intervals, drawn, told)
    assert set(found.area[found.cause == MISSED]) == {1}
    assert np.array_equal(found.area, drawn.network.area[found.section])


def test_an_accurate_notice_calms_those_reached_while_its_promise_runs() -> None:
    """Reach 0.4, promise from hour 20 to 60: 0.6 + 0.4 x 0.5 = 0.8 of the hazard meanwhile."""
    intervals, drawn = many()
    told, sent = Promises([0], [20.0 * H], [60.0 * H]), Announcements([0], [20.0 * H], [0.4])
    found = run(intervals, drawn, told, sent, missed_etr_factor=1.0)
    at = found.at / H
    inside = (at >= 20.0) & (at < 60.0)
    assert close(int(inside.sum()), 1e6 * 0.8 * integral(10.0, 70.0, lambda t: 20.0 <= t < 60.0))
    assert close(int((~inside).sum()), 1e6 * integral(10.0, 70.0, lambda t: not 20.0 <= t < 60.0))


def failing(n: int) -> Calls:
    """Per section 300 callers: 200 fail at hour 20, half of them get through at 40; 100 never fail."""
    rows = []
    for s in range(n):
        rows += [(s, k, 20.0, BUSY if k % 3 else ABANDONED) for k in range(200)]
        rows += [(s, k, 40.0, VOICE if k % 2 else SERVED) for k in range(100)]
        rows += [(s, k, 30.0, SERVED) for k in range(200, 300)]
    return made(*rows)


def test_a_failed_call_adds_until_the_next_one_gets_through() -> None:
    """Twice the hazard of those whose latest call failed: 200 customers from hour 20 to 40, 100 after it."""
    n = 100
    intervals, drawn = dark(*((s, 10.0, 70.0) for s in range(n))), draws([1000] * n)
    found = run(intervals, drawn, calls=failing(n), hazard_factor=10.0)
    extra = found.at[found.cause == FAILED] / H
    early = integral(10.0, 70.0, lambda t: 20.0 <= t < 40.0)
    assert np.all(extra >= 20.0)
    assert close(int(np.sum(extra < 40.0)), 10 * n * 200 * early)
    assert close(int(np.sum(extra >= 40.0)), 10 * n * 100 * integral(10.0, 70.0, lambda t: t >= 40.0))
    assert close(int(np.sum(found.cause == WAITED)), 10 * n * 10.11)


def test_the_product_of_factors_is_capped() -> None:
    """A missed promise (3) and a failed call (2) make 4, not 6: the failed call adds 1 instead of 3."""
    n = 100
    intervals, drawn = dark(*((s, 10.0, 70.0) for s in range(n))), draws([1000] * n)
    told = Promises([0], [11.0 * H], [15.0 * H])
    for cap, adds in ((4.0, 1.0), (100.0, 3.0), (3.0, 0.0)):
        found = run(intervals, drawn, told, calls=failing(n), hazard_factor=10.0, factor_cap=cap)
        extra = found.at[found.cause == FAILED] / H
        early = integral(10.0, 70.0, lambda t: 20.0 <= t < 40.0)
        assert close(int(np.sum(extra < 40.0)), adds * 10 * n * 200 * early)


def test_a_failed_call_hurts_only_while_dark() -> None:
    """Dark from 10 to 30 and 50 to 70: the call that failed at 20 is forgotten in the second interruption."""
    n = 200
    rows = [(s, 10.0, 30.0) for s in range(n)] + [(s, 50.0, 70.0) for s in range(n)]
    calls = made(*((s, k, 20.0, BUSY) for s in range(n) for k in range(100)))
    found = run(dark(*rows), draws([1000] * n), calls=calls, hazard_factor=100.0)
    extra = found.at[found.cause == FAILED] / H
    assert np.all((extra >= 20.0) & (extra < 30.0))
    assert close(len(extra), 100 * n * 100 * integral(10.0, 30.0, lambda t: t >= 20.0))


def test_complaints_are_lodged_after_the_lights_are_back() -> None:
    intervals, drawn = many()
    felt, lodged = run(intervals, drawn), run(intervals, drawn, lodging_mean_h=12.0)
    assert len(felt) == len(lodged)
    assert (lodged.at.mean() - felt.at.mean()) / H == pytest.approx(12.0, rel=0.05)
    assert np.mean(lodged.at > 70.0 * H) > 0.1
    assert np.all(np.diff(lodged.at) >= 0)


def test_the_assumption_band_scales_the_numbers() -> None:
    intervals, drawn = many()
    counts = [len(run(intervals, drawn, factor=f)) for f in (0.3, 1.0, 3.0)]
    assert close(counts[0], 3033)
    assert close(counts[2], 30_330)


def test_other_sections_move_nobodys_complaints() -> None:
    drawn = draws([1000] * 50)
    alone = run(dark((7, 10.0, 70.0)), drawn)
    among = run(dark((3, 0.0, 90.0), (7, 10.0, 70.0), (40, 5.0, 20.0)), drawn)
    assert len(alone) > 3
    np.testing.assert_allclose(among.at[among.section == 7], alone.at, rtol=1e-9)


def test_a_shorter_interruption_keeps_the_complaints_before_its_end() -> None:
    drawn = draws([1000] * 50)
    full = run(dark(*((s, 10.0, 70.0) for s in range(50))), drawn)
    short = run(dark(*((s, 10.0, 40.0) for s in range(50))), drawn)
    np.testing.assert_allclose(short.at, full.at[full.at < 40.0 * H], rtol=1e-9)


def test_a_storm_brings_between_3_and_20_complaints_per_1000() -> None:
    hours = 50.0 * rng.exponentials(1, 0, "test.hours", np.arange(4000))
    found = run(dark(*((s, 5.0, 5.0 + h) for s, h in enumerate(hours.tolist()))), draws([100] * 4000))
    assert 3.0 < len(found) / 400.0 < 20.0


def test_nothing_dark_no_complaints() -> None:
    empty = Intervals(np.empty(0, np.int64), np.empty(0), np.empty(0))
    assert len(run(empty, draws([10]), Promises([0], [0.0], [5.0]), Announcements([0], [0.0], [0.5]))) == 0


# --- classes of customers ---


def by_class(**who: Any) -> Complaints:
    """Complaints of 1,000 sections with 1,000 customers each, 300 of them businesses, dark from hour 10 to hour 70."""
    from tests.tiny import tiny_drawn, tiny_network

    n = 1000
    network = tiny_network([-1] * n, [1000] * n, business=[300] * n)
    scenario = tiny_scenario(complaints={"lodging_mean_h": 0.0}, customers=who)
    return complaints(many()[0], Promises(), Announcements(), None, tiny_drawn(network), scenario)


def test_each_class_complains_at_its_own_rate() -> None:
    """Businesses twice as readily; of the others a tenth on life support, thrice by default."""
    plain = by_class()
    assert close(len(plain), 10_110)
    assert close(len(by_class(business={"complaints_factor": 2.0})), 1.3 * 10_110)
    assert close(len(by_class(life_support={"fraction": 0.1})), (0.93 + 3 * 0.07) * 10_110)
    assert close(len(by_class(important={"fraction": 0.5, "complaints_factor": 0.0})), 0.65 * 10_110)


def test_the_factor_of_a_class_counts_before_the_cap() -> None:
    found = by_class(business={"complaints_factor": 50.0})
    assert close(len(found), (0.7 + 4.0 * 0.3) * 10_110)


def test_complaints_of_a_class_are_told_apart_from_all_others() -> None:
    """A class without complaints leaves those of others as they are; nobody's draws are those of another."""
    found = by_class(business={"complaints_factor": 2.0})
    ids = list(zip(found.cause.tolist(), found.who.tolist(), found.nth.tolist(), strict=True))
    assert len(set(ids)) == len(ids)
    none = by_class(business={"complaints_factor": 0.0})
    ordinary = found.who < 1 << 48
    np.testing.assert_array_equal(found.at[ordinary], none.at)
    assert {int(each) for each in found.section[~ordinary]} <= set(range(1000))


def test_failed_calls_of_a_class_weigh_as_its_factor_says() -> None:
    """Businesses, whose callers have numbers of their own, get through nowhere at hour 11: 2 more, in all at most 4."""
    from sim.hotline.kinds import BUSINESS
    from tests.tiny import tiny_drawn, tiny_network

    n = 1000
    drawn = tiny_drawn(tiny_network([-1] * n, [400] * n, business=[300] * n))
    rows = [(s, (BUSINESS << 26) + k, 11.0, BUSY) for s in range(n) for k in range(100)]

    def lodged(factor: float) -> int:
        scenario = tiny_scenario(
            complaints={"lodging_mean_h": 0.0}, customers={"business": {"complaints_factor": factor}}
        )
        found = complaints(many()[0], Promises(), Announcements(), made(*rows), drawn, scenario)
        return int(np.count_nonzero(found.cause == FAILED))

    one = 100 * (10_110 - 0.02 - 0.0) / 1000  # of 100 callers a section, one more each, from hour 11
    assert close(lodged(1.0001), one)
    assert close(lodged(1.5), 1.5 * one)
    assert close(lodged(3.0), one)


def test_heights_of_the_hazard_together_are_the_same_as_each_alone() -> None:
    intervals, drawn = dark(*((s, s / 10.0, 40.0 + s) for s in range(40))), draws([3000] * 40)
    told, sent = Promises([0], [2 * H], [20 * H]), Announcements([0], [5 * H], [0.4])
    calls = made(*((s, c, 12.0 + c / 7.0, BUSY) for s in range(40) for c in range(9)))
    settings, factors = tiny_scenario(complaints={"hazard_factor": 20.0}), (1.0, 0.3, 3.0)
    found, ends = complaints_band(intervals, told, sent, calls, drawn, settings, factors)
    middle, *others = (complaints(intervals, told, sent, calls, drawn, settings, factor) for factor in factors)
    assert len(others[0]) > 50
    for column in fields(Complaints):
        assert getattr(found, column.name).tolist() == getattr(middle, column.name).tolist()
    assert [np.sort(end).tolist() for end in ends] == [each.at.tolist() for each in others]


def test_callers_followed_a_few_sections_at_a_time_complain_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    intervals, drawn = dark(*((s, 10.0, 60.0) for s in range(30))), draws([1000] * 30)
    rows = [(s, c % 5, 12.0 + c + s / 100.0, (BUSY, SERVED, ABANDONED)[c % 3]) for s in range(30) for c in range(12)]
    at_once = run(intervals, drawn, calls=made(*rows), hazard_factor=100.0)
    monkeypatch.setattr("sim.hotline.blocks._AT_ONCE", 25)
    apart = run(intervals, drawn, calls=made(*rows), hazard_factor=100.0)
    assert (at_once.cause == FAILED).sum() > 20
    for column in fields(Complaints):
        assert getattr(apart, column.name).tolist() == getattr(at_once, column.name).tolist()
