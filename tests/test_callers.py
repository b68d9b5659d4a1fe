"""Who calls, when, and again: exact detection times, thinning, and draws that nothing else moves."""

from __future__ import annotations

import math
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from sim import rng
from sim.factors import NOMINAL
from sim.hotline import (
    ABANDONED,
    BUSY,
    FIRST,
    FOLLOWUP,
    REDIAL,
    SERVED,
    VOICE,
    WAITING,
    Calls,
    Hotline,
    Reports,
    agents_at,
    queue,
    staffing,
)
from sim.hotline.agenda import Agenda, Due
from sim.hotline.callers import AwarenessClock, Callers, binomial_quantile
from sim.hotline.promises import Promises
from tests.tiny import tiny_network, tiny_scenario

NOON = 720.0  # the tiny scenario starts at midnight, local time
QUIET = {"agents": 0, "night_agents": 0, "containment_fraction": 1.0, "voice_s": 0.0, "trunks": 100_000}
"""A desk at which every call is settled at once by the voice system."""


def draws(customers: Sequence[int], area: Sequence[int] | None = None, **fields: Any) -> Any:
    """Nature's draws of a network of separate sections."""
    n = len(customers)
    network = tiny_network([-1] * n, customers) if n < 60 else None
    if network is None or area is not None:
        areas = np.zeros(n, np.int64) if area is None else np.array(area, np.int64)
        network = SimpleNamespace(customers=np.array(customers, np.int64), area=areas, n_sections=n)
    plain = {"network": network, "factors": NOMINAL, "seed": 1, "replication": 0, "once": lambda _, make: make()}
    return SimpleNamespace(**{**plain, **fields})


def play(
    drawn: Any,
    scenario: Any,
    events: Sequence[tuple[Any, ...]],
    slice_min: float = 15.0,
    to: float = 6000.0,
) -> tuple[Calls, Reports]:
    """Play field events (at, method, *arguments) slice by slice; return calls and all reports."""
    return play_on(Hotline(drawn, scenario), events, slice_min, to)


def play_on(line: Any, events: Sequence[tuple[Any, ...]], slice_min: float, to: float) -> tuple[Calls, Reports]:
    i, parts = 0, []
    events = sorted(events, key=lambda e: e[0])
    for k in range(math.ceil(to / slice_min)):
        end = min((k + 1) * slice_min, to)
        while i < len(events) and events[i][0] < end:
            at, what, *given = events[i]
            if what in ("went_dark", "restored"):
                getattr(line, what)(given[0], at)
            else:
                getattr(line, what)(given[0], at, *given[1:])
            i += 1
        parts.append(line.advance(end))
    columns = (np.concatenate([getattr(p, name) for p in parts]) for name in ("at", "section", "caller"))
    return line.finish(), Reports(*columns)


# --- pieces ---


def test_binomial_quantile_equals_the_library() -> None:
    from scipy.stats import binom

    u = rng.uniforms(1, 0, "test.u", np.arange(3000))
    n = np.repeat([0, 1, 10, 100, 5000, 40_000], 500)
    for p in (0.0, 0.01, 0.1, 0.68, 1.0):
        expected = np.where(n > 0, np.maximum(binom.ppf(u, n, p), 0), 0)
        assert binomial_quantile(u, n, p).tolist() == expected.astype(int).tolist()


def test_awareness_clock_by_hand() -> None:
    """From 22:00, at a tenth of the pace by night: 2 h until midnight, 36 min for the night, 1 h after it."""
    clock = AwarenessClock(first_minute=1320.0, night_pace=0.1)
    assert float(clock.aware(120 + 360 + 60.0) - clock.aware(0.0)) == pytest.approx(120 + 36 + 60)
    at = np.linspace(0.0, 9000.0, 1000)
    np.testing.assert_allclose(clock.instant(clock.aware(at)), at, atol=1e-9)


def test_promises_by_hand() -> None:
    """Area 0: for 100, put off at 50 to 200, missed, anew at 300 for 400, missed; area 1: taken back."""
    told = Promises([0, 0, 0, 1, 1], [0.0, 50.0, 300.0, 0.0, 10.0], [100.0, 200.0, 400.0, 50.0, -1.0])
    zero = np.zeros(6, np.int64)
    at = np.array([0.0, 99.0, 150.0, 250.0, 399.0, 400.0])
    assert told.running(zero, at).tolist() == [True, True, True, False, True, False]
    assert told.missed_at(zero, at).tolist() == [-np.inf, -np.inf, -np.inf, 200, 200, 400]
    assert told.missed_at(zero + 1, at).tolist() == [-np.inf] * 6
    assert told.due_unkept(zero, at).tolist() == [False, False, False, True, False, True]


def test_staffing_over_the_local_day() -> None:
    scenario = tiny_scenario(
        start="2020-08-01T10:00:00+09:00",
        landfall="2020-08-01T16:00:00+09:00",
        horizon_h=48.0,
        hotline={
            "agents": 10, "night_agents": 3, "seats": 14, "surge_agents": 6, "surge_called_at": "landfall+0h",
            "surge_lead_h": 10.0, "surge_for_h": 12.0,
        },
    )  # fmt: skip
    hours = [0, 11.9, 12, 15.9, 16, 21.9, 22, 27.9, 28, 35.9, 36]
    #       10:00   22:00     02:00     08:00     14:00   22:00
    assert agents_at(scenario, 60 * np.array(hours)).tolist() == [10, 10, 3, 3, 9, 9, 14, 14, 10, 10, 3]
    at, agents = staffing(scenario)
    assert at[0] == -np.inf
    assert np.all(np.diff(at) > 0)
    assert np.all(agents >= 0)


def test_the_agenda_gives_back_all_calls_in_order() -> None:
    """Slices of several buckets and of less than one, with calls added just behind the last one taken."""
    at = 200.0 * rng.uniforms(1, 0, "test.at", np.arange(300))
    agenda, taken, none = Agenda(), [], np.zeros(300, np.int64)
    agenda.push(Due(at, np.arange(300), none, np.zeros(300)).in_order())
    for to in (60.0, 60.0, 61.0, 62.5, 70.0, 125.0, 125.5, 200.0):
        due = agenda.pop(to)
        taken += due.at.tolist()
        assert np.all(due.at < to)
        later = np.array([min(to + 0.001, 199.9)])
        if to < 200.0:
            agenda.push(Due(later, none[:1], none[:1], np.zeros(1)))
            at = np.append(at, later)
    assert taken == np.sort(at).tolist()


# --- first calls ---

# (share who call, customers): by calls needed, 1 to 3, chance within 15 min and 60 min, median min (nan: none);
# half-time 30 min
NONE = math.nan
DETECTION = {
    (0.1, 1): ((0.0292893, 0.075, NONE),),
    (0.1, 10): ((0.257155, 0.541418, 47.9406), (0.0330162, 0.169594, NONE), (0.00258281, 0.0339288, NONE)),
    (0.1, 50): ((0.773801, 0.979719, 6.4108), (0.432546, 0.897499, 17.5534), (0.180276, 0.734171, 32.7908)),
    (0.1, 500): ((1, 1, 0.6038), (0.999994, 1, 1.4767), (0.999955, 1, 2.3773)),
    (0.3, 1): ((0.087868, 0.225, NONE),),
    (0.3, 10): ((0.601363, 0.921834, 10.9328), (0.217347, 0.694901, 33.6913), (0.0508772, 0.398424, 85.6914)),
    (0.3, 50): ((0.989933, 0.999997, 2.0332), (0.941446, 0.999955, 5.0989), (0.827009, 0.999653, 8.4350)),
    (0.3, 500): ((1, 1, 0.2003), (1, 1, 0.4867), (1, 1, 0.7780)),
    (0.68, 1): ((0.199167, 0.51, 57.5261),),
    (0.68, 10): ((0.891503, 0.999202, 4.4871), (0.621671, 0.990897, 11.7994), (0.319687, 0.952, 20.7077)),
    (0.68, 50): ((0.999985, 1, 0.8853), (0.999798, 1, 2.1758), (0.998659, 1, 3.5205)),
    (0.68, 500): ((1, 1, 0.0883), (1, 1, 0.2140), (1, 1, 0.3415)),
}
"""Source: binomial survival function at share x (1 - 2^(-t/30)), computed independently."""


@pytest.mark.parametrize("case", DETECTION, ids=str)
def test_detection_by_calls_is_exact(case: tuple[float, int]) -> None:
    from scipy.stats import binom, norm

    share, n = case
    m = min(20_000, 150_000 // n)
    who = {"caller_fraction": share, "first_call_half_time_min": 30.0, "followup_per_h": 0.0}
    scenario = tiny_scenario(hotline=QUIET, customers=who)
    _, reports = play(draws([n] * m), scenario, [(NOON, "went_dark", np.arange(m))], to=2000.0)
    order = np.lexsort((reports.at, reports.section))
    at, section = reports.at[order] - NOON, reports.section[order]
    rank = np.arange(len(at)) - np.searchsorted(section, section)
    z = norm.ppf(1 - 0.001 / (2 * 3 * sum(len(rows) for rows in DETECTION.values())))
    for k, (in_15, in_60, median) in enumerate(DETECTION[case], 1):

        def exact(t: float, k: int = k) -> float:
            return float(binom.sf(k - 1, n, share * (1 - 2 ** (-t / 30))))

        assert exact(15.0) == pytest.approx(in_15, rel=1e-5)
        assert exact(60.0) == pytest.approx(in_60, rel=1e-5)
        assert math.isnan(median) or exact(median) == pytest.approx(0.5, abs=2e-4)
        kth = at[rank == k - 1]
        for t in (15.0, 60.0, 60.0 if math.isnan(median) else median):
            p, found = exact(t), np.count_nonzero(kth <= t) / m
            assert abs(found - p) <= z * math.sqrt(p * (1 - p) / m) + 1 / m, (k, t)


# hours after the lights went out: calls in hand with endless agents, 3,000 callers, 4 min each
OFFERED_LOAD = {
    0.05: 200.90102538957777,
    0.1: 252.87312184287714,
    0.5: 145.23746954193882,
    2.0: 18.154683692742438,
}
"""Source: integral of the arrival rate 3,000 ln 2 / 0.5 h x 2^(-t / 0.5 h) over the last 4 min."""


def test_offered_load_is_exact() -> None:
    """First calls as they come, served at once for a fixed time: the mean number in hand is known exactly."""
    n = 40
    desk = {"agents": 20_000, "seats": 20_000, "trunks": 100_000, "containment_fraction": 0.0, "voice_s": 0.0}
    who = {"caller_fraction": 1.0, "followup_per_h": 0.0}
    scenario = tiny_scenario(hotline={**desk, "handling_cv": 0.0}, customers=who)
    calls, _ = play(draws([3000] * n), scenario, [(NOON, "went_dark", np.arange(n))], to=2000.0)
    for hours, load in OFFERED_LOAD.items():
        at = 60.0 * hours
        share = 2 ** (-max(0.0, at - 4.0) / 30.0) - 2 ** (-at / 30.0)
        assert 3000 * share == pytest.approx(load, rel=1e-9)
        in_hand = np.count_nonzero((calls.answered_at <= NOON + at) & (calls.done_at > NOON + at)) / n
        assert abs(in_hand - load) <= 4.5 * math.sqrt(3000 * share * (1 - share) / n)


def test_at_night_calls_come_later() -> None:
    """At a hundredth of the pace nearly all first calls of a section dark at 01:00 come after 06:00."""
    scenario = tiny_scenario(hotline=QUIET, customers={"caller_fraction": 1.0, "night_awareness": 0.01})
    calls, _ = play(draws([2000]), scenario, [(60.0, "went_dark", [0])], to=2000.0)
    first = calls.at[calls.kind == FIRST]
    assert np.mean(first > 360.0) == pytest.approx(2 ** (-3.0 / 30.0), abs=0.03)
    assert np.median(first) == pytest.approx(360.0 + 27.0, abs=3.0)


def test_the_storm_level_multiplies_the_share_who_call() -> None:
    scenario = tiny_scenario(hotline=QUIET, customers={"caller_fraction": 0.2, "followup_per_h": 0.0})
    events = [(NOON, "went_dark", np.arange(50))]
    from dataclasses import replace

    for burst, share in ((1.0, 0.2), (2.0, 0.4), (9.0, 1.0)):
        drawn = draws([400] * 50, factors=replace(NOMINAL, burst=burst))
        calls, _ = play(drawn, scenario, events)
        assert len(calls) == pytest.approx(20_000 * share, rel=0.04)


# --- what the field changes ---


def busy_storm() -> tuple[Any, Any, list[tuple[Any, ...]]]:
    """Forty sections in two areas, one of them dark twice, promises, a notice, and too small a desk."""
    drawn = draws([120] * 40, area=[0, 1] * 20)
    scenario = tiny_scenario(
        hotline={
            "trunks": 12, "agents": 4, "night_agents": 2, "containment_fraction": 0.4, "patience_s": 180.0,
        },
        customers={"caller_fraction": 0.5, "followup_per_h": 0.2},
    )  # fmt: skip
    events: list[tuple[Any, ...]] = [(700.0 + 3.7 * s, "went_dark", [s]) for s in range(40)]
    events += [(900.3 + 61.9 * s, "restored", [s]) for s in range(30)]
    events += [(1013.7, "went_dark", [0]), (1500.1, "restored", [0])]
    events += [(800.2, "etr", 0, 1200.5), (805.0, "notice", 0, 0.5), (1800.0, "etr", 0, math.nan)]
    events += [(900.0, "etr", 1, 5000.0)]
    return drawn, scenario, events


@pytest.fixture(scope="module")
def storm() -> tuple[Calls, Reports, list[tuple[Any, ...]]]:
    drawn, scenario, events = busy_storm()
    return *play(drawn, scenario, events, slice_min=15.0, to=4000.0), events


def test_further_calls_are_the_points_of_each_callers_own_process() -> None:
    """One caller and one point at a time, as they are defined."""
    drawn, scenario, _ = busy_storm()
    callers, who = Callers(drawn, scenario), scenario.customers
    callers.went_dark([3, 8], 700.0)
    callers.went_dark([5], 710.0)
    assert callers.meet() == callers.n_rows > 100
    callers.follow_up(10**5)
    due = callers.agenda.pop(2e5)
    fade = 60.0 * who.followup_half_life_h / math.log(2.0)
    total = who.followup_per_h / 60.0 * who.followup_after_missed * fade
    expected = []
    for row, person in enumerate(callers.person[: callers.n_rows].tolist()):
        first_at, dark_at = float(callers.first_at[row]), 710.0 if person >> 32 == 5 else 700.0
        expected.append((first_at, row, 0, -1.0))
        mass, nth = 0.0, 0
        while True:
            nth += 1
            mass += float(rng.exponentials(1, 0, "caller.again", person, nth << 20))
            if mass >= total:
                break
            at = dark_at - fade * float(np.log1p(-mass / total))
            if at > first_at:
                expected.append((at, row, nth << 20, float(rng.uniforms(1, 0, "caller.call", person, nth << 20, 4))))
    assert list(zip(*(column.tolist() for column in due), strict=True)) == sorted(expected)


def test_plans_share_what_is_drawn_of_callers() -> None:
    drawn, scenario, events = busy_storm()
    expected, _ = play(drawn, scenario, events, to=4000.0)
    made: dict[Any, Any] = {}
    drawn.once = lambda key, make: made[key] if key in made else made.setdefault(key, make())
    bigger = tiny_scenario(hotline={"agents": 9}, customers=scenario.customers.model_dump())
    play(drawn, bigger, [*events, (1300.0, "restored", [33])], to=4000.0)
    crowds = next(each for each in made.values() if isinstance(each, dict))
    n_drawn = len(crowds)
    calls, _ = play(drawn, scenario, events, to=4000.0)
    assert len(crowds) == n_drawn > 5
    assert len(made) == 2
    for name in type(calls).__dataclass_fields__:
        np.testing.assert_array_equal(getattr(calls, name), getattr(expected, name), err_msg=name)
    fewer = tiny_scenario(hotline=scenario.hotline.model_dump(), customers={"caller_fraction": 0.1})
    assert len(play(drawn, fewer, events, to=4000.0)[0]) < len(calls)


def test_every_call_has_one_kind_and_one_fate(storm: Any) -> None:
    calls, reports, _ = storm
    fates = np.bincount(calls.result, minlength=5)
    assert fates.sum() == len(calls) == np.bincount(calls.kind).sum()
    assert np.all(fates[[VOICE, SERVED, ABANDONED, BUSY]] > 50)
    assert np.all(np.bincount(calls.kind, minlength=3) > 50)
    assert np.array_equal(calls.kind == REDIAL, calls.attempt > 0)
    assert len(reports) == fates[VOICE] + fates[SERVED]
    assert np.all(np.diff(reports.at) >= 0)
    assert np.all(np.diff(calls.at) >= 0)
    assert np.array_equal(np.isnan(calls.wait_min), ~np.isin(calls.result, (SERVED, ABANDONED)))


def test_calls_still_waiting_at_the_end_are_told_apart() -> None:
    drawn, scenario, events = busy_storm()
    calls, reports = play(drawn, scenario, events, to=850.0)
    waiting = calls.result == WAITING
    assert waiting.any()
    assert np.all(np.isnan(calls.done_at[waiting]))
    assert np.all(calls.done_at[calls.result == ABANDONED] < 850.0)
    assert len(reports) == np.isin(calls.result, (VOICE, SERVED)).sum()


def test_a_caller_makes_one_call_at_a_time(storm: Any) -> None:
    calls, _, _ = storm
    order = np.lexsort((calls.at, calls.caller, calls.episode, calls.section))
    same = np.ones(len(order) - 1, bool)
    for column in (calls.section, calls.caller, calls.episode):
        same &= np.diff(column[order]) == 0
    gap = calls.at[order][1:] - calls.done_at[order][:-1]
    assert same.sum() > 500
    assert np.all(gap[same] > 0)


def test_nobody_calls_with_the_lights_on(storm: Any) -> None:
    calls, _, events = storm
    dark: dict[int, list[list[float]]] = {}
    for at, what, *given in sorted(events, key=lambda e: e[0]):
        if what == "went_dark":
            dark.setdefault(given[0][0], []).append([at, math.inf])
        elif what == "restored":
            dark[given[0][0]][-1][1] = at
    spans = np.array([dark[s][e] for s, e in zip(calls.section, calls.episode, strict=True)])
    assert np.all((calls.at > spans[:, 0]) & (calls.at < spans[:, 1]))
    assert len(dark[0]) == 2
    assert set(calls.episode[calls.section == 0]) == {0, 1}


@pytest.mark.parametrize("slice_min", [1.0, 7.0, 60.0, 4000.0])
def test_the_slice_changes_nothing(slice_min: float, storm: Any) -> None:
    drawn, scenario, events = busy_storm()
    calls, reports = play(drawn, scenario, events, slice_min=slice_min, to=4000.0)
    for name in Calls.__dataclass_fields__:
        np.testing.assert_array_equal(getattr(calls, name), getattr(storm[0], name), err_msg=name)
    for name in Reports.__dataclass_fields__:
        np.testing.assert_array_equal(getattr(reports, name), getattr(storm[1], name), err_msg=name)


@pytest.mark.parametrize("worth", [0, 10**9])
def test_which_calls_are_kept_out_of_the_loop_changes_nothing(
    worth: int, storm: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "_WORTH_PARTING", worth)
    drawn, scenario, events = busy_storm()
    calls, reports = play(drawn, scenario, events, slice_min=60.0, to=4000.0)
    for got, expected in ((calls, storm[0]), (reports, storm[1])):
        for name in type(got).__dataclass_fields__:
            np.testing.assert_array_equal(getattr(got, name), getattr(expected, name), err_msg=name)


def test_serving_calls_at_once_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Long slices in which people call again, at a desk with agents for all, against every call in the loop."""
    scenario = tiny_scenario(hotline={"agents": 500, "seats": 500, "trunks": 1000}, customers={"followup_per_h": 0.5})
    drawn = draws([300] * 20)
    events = [(NOON, "went_dark", range(20)), (NOON + 900.0, "restored", range(20))]
    tried: list[tuple[bool, bool]] = []
    at_once = queue.Desk._serve_at_once

    def spy(desk: queue.Desk, given: Any, to: float) -> Any:
        served = at_once(desk, given, to)
        tried.append((served is not None, len(set(given.party.tolist())) < len(given.party)))
        return served

    monkeypatch.setattr(queue.Desk, "_serve_at_once", spy)
    one = play(drawn, scenario, events, slice_min=60.0, to=4000.0)
    assert tried.count((True, True)) > 3
    monkeypatch.setattr(queue.Desk, "_serve_at_once", lambda *_: None)
    two = play(drawn, scenario, events, slice_min=60.0, to=4000.0)
    for got, expected in zip(one, two, strict=True):
        for name in type(got).__dataclass_fields__:
            np.testing.assert_array_equal(getattr(got, name), getattr(expected, name), err_msg=name)


@pytest.mark.parametrize("slice_min", [15.0, 240.0])
def test_lines_may_fail_when_all_calls_of_the_slices_before_are_over(slice_min: float) -> None:
    scenario = tiny_scenario(hotline=QUIET | {"trunks": 60, "voice_s": 120.0})
    drawn = draws([60, 2000])
    events = [(240.0, "went_dark", [0]), (1200.0, "set_lines", 2), (1201.0, "went_dark", [1])]
    one, two = (play(drawn, scenario, events, slice_min=each, to=4000.0)[0] for each in (1.0, slice_min))
    assert (one.result[one.at > 1200.0] == queue.BUSY).any()
    for name in type(one).__dataclass_fields__:
        np.testing.assert_array_equal(getattr(one, name), getattr(two, name), err_msg=name)


def rows(calls: Calls, *names: str, only: np.ndarray | None = None) -> set[tuple[float, ...]]:
    kept = np.ones(len(calls), bool) if only is None else only
    return set(zip(*(getattr(calls, name)[kept].tolist() for name in names), strict=True))


def test_other_sections_move_nobodys_draws() -> None:
    """With a desk for all, a section calls the same whether others go dark or not, before or after it."""
    scenario = tiny_scenario(hotline=QUIET, customers={"followup_per_h": 0.2})
    drawn = draws([300] * 20)
    alone, _ = play(drawn, scenario, [(NOON, "went_dark", [7])])
    among, _ = play(
        drawn,
        scenario,
        [(700.0, "went_dark", [1, 2, 3]), (NOON, "went_dark", [9, 7, 8]), (730.0, "went_dark", [12])],
    )
    names = ("at", "section", "caller", "attempt", "kind", "done_at")
    assert len(alone) > 30
    assert rows(alone, *names) == rows(among, *names, only=among.section == 7)


def test_another_desk_draws_the_same_callers() -> None:
    _, scenario, events = busy_storm()
    drawn = draws([120] * 40, area=[0, 1] * 20)
    roomy = tiny_scenario(hotline={"agents": 150}, customers=scenario.customers.model_dump())
    few, _ = play(drawn, scenario, events, to=4000.0)
    many, _ = play(drawn, roomy, events, to=4000.0)
    names = ("at", "section", "caller", "episode")
    assert rows(few, *names, only=few.kind == FIRST) == rows(many, *names, only=many.kind == FIRST)


def test_a_notice_spares_first_calls_among_those_reached() -> None:
    scenario = tiny_scenario(
        hotline=QUIET,
        customers={"caller_fraction": 1.0, "followup_per_h": 0.0},
        notices={"fewer_calls_fraction": 0.6},
    )
    drawn = draws([4000, 4000], area=[0, 1])
    dark = [(NOON, "went_dark", [0, 1])]
    plain, _ = play(drawn, scenario, dark)
    told, _ = play(drawn, scenario, [*dark, (NOON + 10, "notice", 0, 0.5)])
    names = ("at", "section", "caller")
    spared = rows(plain, *names) - rows(told, *names)
    assert rows(told, *names) < rows(plain, *names)
    assert all(at > NOON + 10 and section == 0 for at, section, _ in spared)
    later = np.count_nonzero((plain.at > NOON + 10) & (plain.section == 0))
    assert len(spared) == pytest.approx(0.3 * later, abs=4 * math.sqrt(0.21 * later))
    # once the promise that came with it is overdue it comforts nobody
    broken, _ = play(drawn, scenario, [*dark, (NOON + 10, "notice", 0, 0.5), (NOON + 10, "etr", 0, NOON + 40)])
    missing = rows(plain, *names) - rows(broken, *names)
    assert missing == {row for row in spared if row[0] < NOON + 40}


def test_further_calls_fade_and_follow_the_news() -> None:
    """Counts against rate x integral of 2^(-t/24 h) x multiplier; the calls take no time."""
    who = {"caller_fraction": 1.0, "first_call_half_time_min": 0.01, "followup_per_h": 0.1}
    scenario = tiny_scenario(hotline=QUIET, customers=who)
    drawn = draws([5000] * 3, area=[0, 1, 2])
    promised = NOON + 600.0
    events = [(NOON, "went_dark", [0, 1, 2]), (NOON, "etr", 1, math.nan), (NOON, "etr", 2, promised)]
    calls, _ = play(drawn, scenario, events, to=NOON + 2880.0)
    edges_h = np.array([0.0, 10.0, 22.0, 48.0])
    mass = np.diff(-24.0 / math.log(2.0) * 2.0 ** (-edges_h / 24.0))
    for section, pace in ((0, (1.0, 1.0, 1.0)), (1, (1.0, 1.0, 1.0)), (2, (0.4, 3.0, 1.0))):
        at_h = (calls.at[(calls.kind == FOLLOWUP) & (calls.section == section)] - NOON) / 60.0
        expected = 5000 * 0.1 * mass * np.array(pace)
        found = np.histogram(at_h, edges_h)[0]
        assert np.all(np.abs(found - expected) < 4.5 * np.sqrt(expected)), (section, found, expected)


def test_a_promise_made_before_the_lights_went_out_is_not_broken_to_them() -> None:
    who = {"caller_fraction": 1.0, "first_call_half_time_min": 0.01, "followup_per_h": 0.1}
    scenario = tiny_scenario(hotline=QUIET, customers=who)
    events = [(NOON, "etr", 0, NOON + 60), (NOON + 120, "went_dark", [0])]
    calls, _ = play(draws([5000]), scenario, events, to=NOON + 120 + 600)
    mass = 24.0 / math.log(2.0) * (1.0 - 2.0 ** (-10.0 / 24.0))
    assert np.sum(calls.kind == FOLLOWUP) == pytest.approx(500 * mass, rel=0.06)


def test_no_redial_once_power_is_back() -> None:
    """Nobody answers: everyone would redial for ever; all dialling ends with the lights."""
    never = {**QUIET, "containment_fraction": 0.0, "trunks": 1, "redial_after_busy": 0.99}
    scenario = tiny_scenario(hotline=never, customers={"caller_fraction": 1.0})
    events = [(NOON, "went_dark", [0]), (NOON + 100.0, "restored", [0])]
    calls, reports = play(draws([300]), scenario, events)
    assert calls.at.max() < NOON + 100.0
    assert np.sum(calls.kind == REDIAL) > 300
    assert not len(reports)


def test_a_served_caller_is_reported_when_the_agent_answers() -> None:
    """One line for the voice system, 2 min, then an agent at once."""
    desk = {"agents": 500, "seats": 500, "containment_fraction": 0.0, "voice_s": 120.0}
    scenario = tiny_scenario(hotline=desk, customers={"caller_fraction": 0.2, "followup_per_h": 0.0})
    calls, reports = play(draws([500]), scenario, [(NOON, "went_dark", [0])])
    assert set(calls.result) == {SERVED}
    np.testing.assert_allclose(reports.at, calls.at + 2.0)
    np.testing.assert_array_equal(reports.caller, calls.caller)
    np.testing.assert_allclose(calls.wait_min, 0.0, atol=1e-9)
    assert np.mean(calls.done_at - calls.answered_at) == pytest.approx(4.0, rel=0.25)


def test_a_section_without_customers_does_not_call() -> None:
    calls, _ = play(draws([0]), tiny_scenario(customers={"caller_fraction": 1.0}), [(NOON, "went_dark", [0])])
    assert len(calls) == 0
