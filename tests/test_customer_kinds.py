"""Kinds of customers, ways to report, questions afterwards, people who come by, shifts and the provincial centre."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from sim.hotline import (
    ABANDONED,
    APP,
    CALLED_BACK,
    CUT_OFF,
    FIRST,
    FOLLOWUP,
    POSTED,
    SECOND_SITE,
    SERVED,
    VOICE,
    Calls,
    Hotline,
    SharedHotlines,
    agents_at,
    second_site,
    staffing,
)
from sim.hotline.batch import LEAVE
from sim.hotline.kinds import BUSINESS, IMPORTANT, LIFE_SUPPORT, ORDINARY, STRANGERS, kind_of_customer
from tests.test_callers import NOON, QUIET, draws, play, play_on
from tests.test_compiled import assert_same_bits, both
from tests.tiny import tiny_drawn, tiny_network, tiny_scenario

ALL_CALL = {"caller_fraction": 1.0, "followup_per_h": 0.0}
DARK = (NOON, "went_dark", [0])


def town(customers: int, business: int = 0) -> Any:
    return tiny_drawn(tiny_network([-1], [customers], business=[business]))


# --- kinds ---


def test_each_kind_calls_at_its_own_rate() -> None:
    """Of 10,000: 3,000 businesses who call half as often; of the others a fifth important, a tenth on life support."""
    who = {
        "caller_fraction": 0.2, "followup_per_h": 0.0, "business": {"calls_factor": 0.5},
        "important": {"fraction": 0.2, "calls_factor": 2.0}, "life_support": {"fraction": 0.1, "calls_factor": 9.0},
    }  # fmt: skip
    calls, _ = play(town(10_000, 3_000), tiny_scenario(hotline=QUIET, customers=who), [DARK])
    found = np.bincount(kind_of_customer(calls.caller), minlength=4)
    expected = {ORDINARY: 4900 * 0.2, BUSINESS: 3000 * 0.1, IMPORTANT: 1400 * 0.4, LIFE_SUPPORT: 700.0}
    for kind, n in expected.items():
        assert found[kind] == pytest.approx(n, abs=4.5 * math.sqrt(n)), kind


def test_kinds_that_differ_in_nothing_are_not_told_apart() -> None:
    plain, _ = play(town(500, 100), tiny_scenario(hotline=QUIET, customers=ALL_CALL), [DARK])
    same = {**ALL_CALL, "business": {"calls_factor": 1.0}, "important": {"fraction": 0.0, "calls_factor": 3.0}}
    other, _ = play(town(500, 100), tiny_scenario(hotline=QUIET, customers=same), [DARK])
    assert_same_bits(plain, other)


def test_another_rate_of_one_kind_moves_no_call_of_another() -> None:
    """Businesses who call more often leave the calls of everybody else as they were, to the bit."""

    def of_others(factor: float) -> list[tuple[int, float]]:
        who = {**ALL_CALL, "caller_fraction": 0.3, "business": {"calls_factor": factor}}
        calls, _ = play(town(2000, 600), tiny_scenario(hotline=QUIET, customers=who), [DARK])
        ordinary = kind_of_customer(calls.caller) == ORDINARY
        return list(zip(calls.caller[ordinary].tolist(), calls.at[ordinary].tolist(), strict=True))

    assert of_others(0.5) == of_others(2.0)
    assert len(of_others(2.0)) > 300


def test_further_calls_and_patience_have_factors_of_their_own() -> None:
    """Those on life support ask three times as often, and are ten times as patient at a desk without agents."""
    who = {
        "caller_fraction": 1.0, "first_call_half_time_min": 0.01, "followup_per_h": 0.1,
        "life_support": {"fraction": 0.5, "followup_factor": 3.0, "patience_factor": 10.0},
    }  # fmt: skip
    calls, _ = play(town(8000), tiny_scenario(hotline=QUIET, customers=who), [DARK], to=NOON + 600.0)
    further = np.bincount(kind_of_customer(calls.caller[calls.kind == FOLLOWUP]), minlength=4)
    mass = 24.0 / math.log(2.0) * (1.0 - 2.0 ** (-10.0 / 24.0))
    for kind, n in ((ORDINARY, 4000 * 0.1 * mass), (LIFE_SUPPORT, 4000 * 0.3 * mass)):
        assert further[kind] == pytest.approx(n, abs=4.5 * math.sqrt(n) + 0.05 * n), kind
    desk = {"agents": 0, "night_agents": 0, "containment_fraction": 0.0, "trunks": 100_000, "redial_after_abandon": 0.0}
    calls, _ = play(town(8000), tiny_scenario(hotline=desk, customers=who), [DARK], to=NOON + 6000.0)
    lost = calls.result == ABANDONED
    waits = [
        calls.wait_min[lost & (kind_of_customer(calls.caller) == kind)].mean() for kind in (ORDINARY, LIFE_SUPPORT)
    ]
    assert waits == [pytest.approx(10.0, rel=0.06), pytest.approx(100.0, rel=0.06)]


def test_customers_on_life_support_are_answered_first() -> None:
    """Ten agents for three thousand calls: with agents of their own, those on life support wait a hundredth as long."""
    who = {**ALL_CALL, "life_support": {"fraction": 0.02}}

    def waits(priority_agents: int) -> list[float]:
        desk = {"agents": 10, "containment_fraction": 0.0, "trunks": 100_000, "priority_agents": priority_agents}
        calls, _ = play(town(3000), tiny_scenario(hotline=desk, customers=who), [DARK], to=NOON + 600.0)
        kinds = kind_of_customer(calls.caller)
        return [float(np.nanmean(calls.wait_min[kinds == kind])) for kind in (ORDINARY, LIFE_SUPPORT)]

    (ordinary, alike), (_, first) = waits(0), waits(10)
    assert alike == pytest.approx(ordinary, rel=0.35)
    assert first < 0.02 * ordinary


# --- reasons ---


def test_calls_take_as_long_as_their_reason() -> None:
    desk = {
        "agents": 2000, "night_agents": 2000, "seats": 2000, "containment_fraction": 0.0, "handling_cv": 0.0, "voice_s": 0.0,
        "followup_handling_factor": 0.5, "question_handling_factor": 1.5,
    }  # fmt: skip
    who = {**ALL_CALL, "followup_per_h": 0.2}
    line = Hotline(town(400), tiny_scenario(hotline=desk, customers=who))
    line.went_dark([0], NOON)
    line.surge([0, 0, 0], [NOON + 5.0, NOON + 6.0, NOON + 7.0], NOON)
    line.advance(NOON + 600.0)
    calls = line.finish()
    took = np.round((calls.done_at - calls.answered_at)[calls.result == SERVED], 6)
    kind, caller = calls.kind[calls.result == SERVED], calls.caller[calls.result == SERVED]
    assert set(took[caller >= STRANGERS]) == {6.0}
    assert set(took[(kind == FIRST) & (caller < STRANGERS)]) == {4.0}
    assert set(took[kind == FOLLOWUP]) == {2.0}


# --- ways to report, and questions afterwards ---


def test_first_contacts_by_app_and_on_social_media_hold_no_line() -> None:
    """All 400: a quarter by app, noted at once; a quarter posts, and nobody notes where; the others phone."""
    who = {**ALL_CALL, "app_fraction": 0.25, "social_fraction": 0.25}
    calls, reports = play(town(400), tiny_scenario(hotline=QUIET, customers=who), [DARK])
    n = np.bincount(calls.result, minlength=9)
    assert n.sum() == 400
    assert n[[APP, POSTED, VOICE]].tolist() == [pytest.approx(share, abs=40) for share in (100, 100, 200)]
    assert len(reports) == n[APP] + n[VOICE]
    plain, _ = play(town(400), tiny_scenario(hotline=QUIET, customers=ALL_CALL), [DARK])
    np.testing.assert_array_equal(calls.at, plain.at)
    assert np.all(np.isnan(calls.wait_min[calls.result == APP]))


def test_people_phone_with_questions_after_the_lights_are_on_again() -> None:
    """A twentieth of 4,000 after each interruption, 2 h later on average; they report nothing."""
    who = {**ALL_CALL, "caller_fraction": 0.0, "after_restoration_fraction": 0.05, "after_restoration_mean_h": 2.0}
    events = [DARK, (NOON + 60.0, "restored", [0]), (NOON + 90.0, "went_dark", [0]), (NOON + 120.0, "restored", [0])]
    calls, reports = play(town(4000), tiny_scenario(hotline=QUIET, customers=who), events)
    assert len(calls) == pytest.approx(400, abs=4.5 * 20)
    assert len(set(calls.caller.tolist())) == len(calls)
    assert np.all(calls.caller >= STRANGERS)
    assert calls.at.min() > NOON + 60.0
    assert np.mean(calls.at - NOON - 90.0) == pytest.approx(120.0, rel=0.2)
    assert len(reports) == 0


# --- what is told ---


def test_what_is_published_is_told_once_it_is_entered() -> None:
    """A promise calms from the minute of entry on: further calls at the full pace until then, at 0.4 of it after."""
    who = {"caller_fraction": 1.0, "first_call_half_time_min": 0.01, "followup_per_h": 0.1}

    def further(entry_min: float, hours: tuple[float, float]) -> int:
        desk = {**QUIET, "entry_min": entry_min}
        events = [DARK, (NOON, "etr", 0, NOON + 5000.0)]
        calls, _ = play(draws([5000]), tiny_scenario(hotline=desk, customers=who), events, to=NOON + 480.0)
        at_h = (calls.at[calls.kind == FOLLOWUP] - NOON) / 60.0
        return int(np.count_nonzero((at_h >= hours[0]) & (at_h < hours[1])))

    early, late = (0.0, 4.0), (4.0, 8.0)
    assert further(240.0, late) == further(0.0, late)
    assert further(0.0, early) == pytest.approx(0.4 * further(240.0, early), rel=0.12)


def test_neighbourhood_managers_spare_calls_of_those_they_meet() -> None:
    """They tell half of all of a promise, an hour after it; 55 % of those do not phone then, as with a notice."""
    who = {**ALL_CALL, "first_call_half_time_min": 60.0}

    def calls_after(fraction: float, since: float) -> int:
        notices = {"manager_fraction": fraction, "manager_lead_h": 1.0}
        scenario = tiny_scenario(hotline=QUIET, customers=who, notices=notices)
        calls, _ = play(draws([6000]), scenario, [DARK, (NOON, "etr", 0, NOON + 5000.0)], to=NOON + 900.0)
        return int(np.count_nonzero(calls.at >= since))

    before = calls_after(0.0, NOON) - calls_after(0.0, NOON + 60.0)
    assert calls_after(0.5, NOON) - calls_after(0.5, NOON + 60.0) == before
    spared = 1.0 - calls_after(0.5, NOON + 60.0) / calls_after(0.0, NOON + 60.0)
    assert spared == pytest.approx(0.5 * 0.55, abs=0.03)


# --- staffing ---


def test_shifts_follow_the_local_clock_and_add_up() -> None:
    """The scenario starts at midnight: 2 by night, 8 from 06:00, 5 more from 10:00 to 16:00."""
    shifts = {
        "early": {"start": "06:00", "end": "22:00", "agents": 8}, "late": {"start": "22:00", "end": "06:00", "agents": 2},
        "midday": {"start": "10:00", "end": "16:00", "agents": 5},
    }  # fmt: skip
    scenario = tiny_scenario(
        hotline={"shifts": shifts, "surge_called_at": "T+30h", "surge_lead_h": 1, "surge_agents": 3}
    )
    hours = np.array([0.0, 5.9, 6.0, 9.9, 10.0, 15.9, 16.0, 22.0, 30.0, 31.0])
    assert agents_at(scenario, 60 * hours).tolist() == [2, 2, 8, 8, 13, 13, 8, 2, 8, 11]
    assert staffing(scenario)[0][0] == -np.inf


def test_the_province_lends_whom_other_cities_leave_free() -> None:
    centre = {"agents": 41, "night_agents": 10, "other_cities_fraction": 0.75}
    at, agents = second_site(tiny_scenario(province=centre))
    day = np.searchsorted(at, [60.0 * 7.9, 60.0 * 8, 60.0 * 21.9, 60.0 * 22], side="right") - 1
    assert agents[day].tolist() == [2, 10, 10, 2]
    assert second_site(tiny_scenario())[1].tolist() == [0]


# --- all of it ---


def crowded(leave: str = "finish") -> tuple[Any, Any, list[tuple[Any, ...]]]:
    """Thirty sections with everything that a scenario may say about callers and the desk."""
    drawn = tiny_drawn(tiny_network([-1] * 30, [150] * 30, area=[0, 1] * 15, n_areas=2, business=[30] * 30))
    scenario = tiny_scenario(
        hotline={
            "trunks": 60, "agents": 4, "night_agents": 2, "containment_fraction": 0.3, "patience_s": 300.0,
            "high_volume_containment_fraction": 0.5, "high_volume_after_s": 200.0, "callback_fraction": 0.4,
            "priority_agents": 1, "followup_handling_factor": 0.7, "entry_min": 20.0,
            "leave_mid_call": leave,
        },
        province={"agents": 4, "night_agents": 2},
        customers={
            "caller_fraction": 0.5, "followup_per_h": 0.2, "app_fraction": 0.1, "social_fraction": 0.05,
            "after_restoration_fraction": 0.05, "left_dark_fraction": 0.1, "rumour_per_h": 0.05,
            "business": {"calls_factor": 1.5, "patience_factor": 0.5},
            "life_support": {"fraction": 0.05, "followup_factor": 2.0},
        },
        notices={"manager_fraction": 0.2, "manager_lead_h": 2.0},
    )  # fmt: skip
    events: list[tuple[Any, ...]] = [(700.0 + 3.7 * s, "went_dark", [s]) for s in range(30)]
    events += [(900.3 + 61.9 * s, "restored", [s]) for s in range(25)]
    events += [(1013.7, "went_dark", [0]), (1500.1, "restored", [0])]
    events += [(2000.3, "left_dark", [26, 27])]
    events += [(800.2, "etr", 0, 1200.5), (805.0, "notice", 0, 0.5), (900.0, "etr", 1, 5000.0)]
    return drawn, scenario, events


@pytest.mark.parametrize("leave", LEAVE)
def test_the_slice_changes_nothing_of_it(leave: str) -> None:
    one, reports = play(*crowded(leave), slice_min=15.0, to=4000.0)
    assert (CUT_OFF in one.result) == (leave == "drop")
    assert {VOICE, SERVED, ABANDONED, SECOND_SITE, CALLED_BACK, APP, POSTED} <= set(one.result)
    for slice_min in (1.0, 100.0):
        two, others = play(*crowded(leave), slice_min=slice_min, to=4000.0)
        assert_same_bits(one, two)
        assert_same_bits(reports, others)


@pytest.mark.parametrize("leave", LEAVE)
def test_the_compiled_loop_gives_it_bit_for_bit(leave: str, monkeypatch: pytest.MonkeyPatch) -> None:
    plain, fast = both(monkeypatch, lambda: play(*crowded(leave), 15.0, 4000.0)[0])
    assert isinstance(plain, Calls)
    assert_same_bits(plain, fast)


@pytest.mark.parametrize("leave", LEAVE)
def test_plans_that_share_their_beginning_hear_it_alike(leave: str) -> None:
    drawn, scenario, events = crowded(leave)
    lines = SharedHotlines(drawn)
    alone, _ = play(drawn, scenario, events, 15.0, 3000.0)
    other = [event for event in events if event[0] != 900.0]
    for told in (events, other, events):
        shared, _ = play_on(lines.of(scenario), told, 15.0, 3000.0)
        if told is events:
            assert_same_bits(alone, shared)


def test_rumour_moves_callers_while_nothing_stands_promised() -> None:
    """A tenth per hour: after 8 h untold, 55 % ask three times as often; a promise that runs stops it spreading."""
    who = {"caller_fraction": 1.0, "first_call_half_time_min": 0.01, "followup_per_h": 0.05, "followup_with_etr": 1.0}

    def further(rumour_per_h: float, *events: tuple[Any, ...], notices: Any = None) -> np.ndarray:
        scenario = tiny_scenario(hotline=QUIET, customers=who | {"rumour_per_h": rumour_per_h}, notices=notices or {})
        calls, _ = play(draws([20_000]), scenario, [DARK, *events], to=NOON + 960.0)
        return (calls.at[calls.kind == FOLLOWUP] - NOON) / 60.0

    def between(at: np.ndarray, start: float, end: float) -> int:
        return int(np.count_nonzero((at >= start) & (at < end)))

    plain, moved = further(0.0), further(0.1)
    for hour in (1.0, 8.0, 15.0):
        share = 1.0 - math.exp(-0.1 * (hour + 0.5))
        expected = (1.0 + 2.0 * share) * between(plain, hour, hour + 1.0)
        assert between(moved, hour, hour + 1.0) == pytest.approx(expected, rel=0.12), hour
    promise = (NOON, "etr", 0, NOON + 480.0)
    told, calm = further(0.1, promise), further(0.0, promise)
    assert between(told, 0.0, 8.0) == between(calm, 0.0, 8.0)
    unmoved = further(0.1, promise, (NOON + 480.0, "etr", 0, NOON + 9000.0))
    assert between(unmoved, 8.0, 16.0) < between(told, 8.0, 16.0)


def test_whom_rumour_has_reached_no_notice_comforts() -> None:
    who = {**ALL_CALL, "first_call_half_time_min": 240.0, "followup_with_etr": 1.0}

    def calls_of(rumour_per_h: float, reach: float) -> int:
        scenario = tiny_scenario(hotline=QUIET, customers=who | {"rumour_per_h": rumour_per_h})
        told = [(NOON + 120.0, "etr", 0, NOON + 5000.0), (NOON + 120.0, "notice", 0, reach)]
        return len(play(draws([6000]), scenario, [DARK, *told], to=NOON + 900.0)[0])

    assert calls_of(10.0, 0.9) == calls_of(0.0, 0.0)
    assert calls_of(0.0, 0.9) < 0.8 * calls_of(10.0, 0.9)
