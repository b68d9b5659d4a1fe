"""One outcome held against standards: cases found in logs written by hand, energy, payments, event grades."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from sim.hotline import ABANDONED, BUSY, SERVED, VOICE, Calls
from sim.hotline.workdays import OpeningHours
from sim.log import Log, Recorder
from sim.metrics.clauses import Evidence, judge_clauses
from sim.metrics.complaints import Dealt
from sim.metrics.crews import crew_time
from sim.metrics.energy import back_at, load_w, lost, most_lost_fraction, payments, unserved
from sim.metrics.intervals import dark_intervals
from sim.metrics.measure import measure as take
from sim.scenario.plans import plan as plan_of
from sim.standards import Judged
from tests.tiny import tiny_drawn, tiny_faults, tiny_network, tiny_scenario, wind_of

NET = tiny_network([-1, -1, -1], [300, 600, 100], land=["city", "rural", "remote"], area=[0, 1, 1], n_areas=2)



def clause(about: str, **terms: Any) -> dict[str, Any]:
    return {"standards": {"clauses": {"it": {"about": about, **terms}}}}


def calls_of(*rows: tuple[float, int, float]) -> Calls:
    """Calls of rows (minute, result, minutes waited)."""
    at, result, wait = (np.array(column, float) for column in zip(*rows, strict=True)) if rows else [np.zeros(0)] * 3
    none = np.zeros(len(at), np.int64)
    return Calls(at, none, none, none, none, none, result.astype(np.int64), wait, at + wait, at + wait + 4)


def judged(
    log: Log,
    terms: dict[str, Any],
    calls: Calls | None = None,
    wind: Any = None,
    dealt: tuple[Any, Any] = ((), ()),
    **over: Any,
) -> Judged:
    scenario = tiny_scenario(**terms, **over)
    drawn = tiny_drawn(NET, scenario, wind)
    dark = dark_intervals(log, NET.customers, scenario.horizon_min)
    crews = crew_time(log, scenario.horizon_min)
    done = Dealt(np.zeros(len(dealt[0])), *(np.array(days, float) for days in dealt))
    return judge_clauses(Evidence(log, calls or calls_of(), dark, crews, done, drawn, scenario))["it"]


def outage(
    reported: float, arrived: float | None, closed: float | None, section: int = 0, log: Recorder | None = None
) -> Recorder:
    """Record an outage, known 5 minutes after its deciding report, with one patrol's visit."""
    log = log or Recorder()
    n = section
    log.add(reported + 5, "outage_inferred", outage=n, section=section, value=reported)
    log.add(reported + 5, "job_opened", job=n, outage=n, section=section)
    if arrived is not None:
        log.add(arrived, "crew_arrived", crew=0, job=n, task=n, section=section)
    if closed is not None:
        log.add(closed, "outage_closed", outage=n, section=section)
    return log


ARRIVAL = clause("arrival", land="city", within_min=45.0, exempt="weather")


@pytest.mark.parametrize(("arrived", "kept"), [(144.0, 1), (145.0, 1), (146.0, 0)])
def test_arrival_counts_from_the_deciding_report(arrived: float, kept: int) -> None:
    assert judged(outage(100, arrived, 400).finish(), ARRIVAL).kept == kept


def test_arrival_looks_at_its_own_class_of_area_and_at_the_first_crew() -> None:
    log = outage(100, 900, 950, section=1)  # in the country
    assert np.isnan(judged(log.finish(), ARRIVAL).kept)
    log = outage(100, 120, None)
    log.add(800.0, "crew_arrived", crew=1, job=0, task=0, section=0)
    assert judged(log.finish(), ARRIVAL).kept == 1


def test_an_outage_closed_without_a_crew_is_no_case_and_one_without_end_has_missed() -> None:
    assert np.isnan(judged(outage(100, None, 400).finish(), ARRIVAL).met)
    assert judged(outage(100, None, None).finish(), ARRIVAL).missed == 1


@pytest.mark.parametrize(("last", "exempt"), [(99.0, 0), (101.0, 1), (140.0, 1)])
def test_weather_exempts_where_it_forbade_work_within_the_limit(last: float, exempt: int) -> None:
    scenario = tiny_scenario()
    gust = scenario.work.wind_limit_mps * scenario.storm.gust_factor
    # above the limit from minute 0 until `last`, in every cell
    wind = wind_of(NET, scenario, [0, last, last + 1e-6, 14400], [2 * gust, 2 * gust, 0, 0])
    found = judged(outage(100, 300, 400).finish(), ARRIVAL, wind=wind)
    assert (found.exempt, found.missed) == (exempt, 1 - exempt)


@pytest.mark.parametrize(("closed", "kept"), [(389.0, 1), (390.0, 1), (391.0, 0)])
def test_restoration_counts_from_arrival(closed: float, kept: int) -> None:
    terms = clause("restoration", land="city", within_h=4.0, mean=True)
    assert judged(outage(100, 150, closed).finish(), terms).kept == kept


def test_restoration_is_a_mean_over_outages() -> None:
    log = outage(100, 150, None)
    outage(200, 260, None, section=1, log=log)
    log.add(290.0, "outage_closed", outage=0, section=0)
    log.add(440.0, "outage_closed", outage=1, section=1)
    # 140 and 180 minutes
    found = judged(log.finish(), clause("restoration", within_h=3.0, mean=True))
    assert found.figure == pytest.approx(160 / 60)
    assert (found.met, found.kept) == (1, 1)


def dark_log(*rows: tuple[int, float, float | None]) -> Log:
    events = [(a, "section_went_dark", s) for s, a, _ in rows] + [
        (b, "section_restored", s) for s, _, b in rows if b is not None
    ]
    log = Recorder()
    for at, kind, section in sorted(events):
        log.add(at, kind, section=section)
    return log.finish()


@pytest.mark.parametrize(("share", "kept"), [(0.30, 1), (0.31, 0)])
def test_interruptions_weigh_by_customers(share: float, kept: int) -> None:
    # 300 customers for 24 h sharp, 600 for a minute more, 100 for 3 minutes and 100 until the end
    log = dark_log((0, 0, 1440), (1, 0, 1441), (2, 10, 13), (2, 20, None))
    found = judged(log, clause("interruption", within_h=24.0, at_least_fraction=share))
    assert (found.figure, found.kept) == (0.3, kept)


CALLS = [(10, VOICE, np.nan), (10, SERVED, 0.5), (30, SERVED, 1.0), (60, ABANDONED, 9), (1500, BUSY, np.nan)]


@pytest.mark.parametrize(("seconds", "share"), [(29.9, 0.2), (30.0, 0.4), (59.9, 0.4), (60.0, 0.6), (9e4, 0.6)])
def test_answers_are_counted_of_all_calls_offered(seconds: float, share: float) -> None:
    assert judged(dark_log(), clause("answer", within_s=seconds), calls_of(*CALLS)).figure == share


def test_a_mean_answer_is_of_those_answered() -> None:
    found = judged(dark_log(), clause("answer", within_s=30.0, mean=True, strict=True), calls_of(*CALLS))
    assert (found.figure, found.kept) == (30.0, 0)


def test_calls_given_up_and_busy() -> None:
    for about in ("abandoned", "busy"):
        assert judged(dark_log(), clause(about, at_most_fraction=0.2), calls_of(*CALLS)).kept == 1
        assert judged(dark_log(), clause(about, at_most_fraction=0.19), calls_of(*CALLS)).kept == 0


def test_busy_days_and_busy_hours() -> None:
    # first day: 6 hours in which 2 of 3 calls are busy, then 18 calls served: 12 of 36. Second day: none busy.
    day = [(60 * h + m, BUSY if m else SERVED, 0.0) for h in range(6) for m in (0, 1, 2)]
    day += [(60 * 12 + m, SERVED, 0.0) for m in range(18)] + [(1440.0, SERVED, 0.0)]
    limit = {"per_day": True, "at_most_fraction": 0.3}
    found = judged(dark_log(), clause("busy", **limit), calls_of(*day))
    assert (found.figure, found.missed, found.kept) == (pytest.approx(1 / 3), 0.5, 0)
    assert judged(dark_log(), clause("busy", **limit, busy_hours=6), calls_of(*day)).kept == 0
    assert judged(dark_log(), clause("busy", **limit, busy_hours=7), calls_of(*day)).kept == 1
    exact = {"per_day": True, "at_most_fraction": 12 / 36}
    assert judged(dark_log(), clause("busy", **exact), calls_of(*day)).kept == 1
    assert judged(dark_log(), clause("busy", **exact, strict=True), calls_of(*day)).kept == 0


def test_work_in_too_much_wind_is_counted_by_the_minute() -> None:
    log = Recorder()
    log.add(0.0, "shift_started", crew=0)
    log.add(60.0, "crew_arrived", crew=0, job=0, task=0, section=0)
    log.add(160.0, "repair_finished", crew=0, job=0, task=0, section=0, fault=0)
    scenario = tiny_scenario()
    wind = wind_of(NET, scenario, [0, 85, 85.000001, 14400], [30.0, 30.0, 0.0, 0.0])  # a mean of 20 m/s until 85
    done = log.finish()
    found = judged(done, clause("wind", up_to_mps=10.0), wind=wind)
    assert (found.figure, found.kept) == (pytest.approx(0.75), 0)
    assert judged(done, clause("wind", up_to_mps=20.0), wind=wind).kept == 1


# Complaints


@pytest.mark.parametrize(("about", "kept"), [("complaint_contact", 0), ("complaint_answer", 1)])
def test_complaints_are_judged_by_working_days(about: str, kept: int) -> None:
    days = ([0, 1, 2, np.inf], [0, 1, 1, 1])
    found = judged(dark_log(), clause(about, within_working_days=1.0), dealt=days)
    assert (found.kept, found.met) == (kept, 1.0 if kept else 0.5)


def test_working_days_count_from_the_day_of_lodging() -> None:
    # from a Saturday; the desk closes at 17:00: Monday is the first working day after it
    hours = OpeningHours(tiny_scenario().start, "Asia/Tokyo", 540, 1020, range(5))
    monday, day = 2 * 1440.0, 1440.0
    lodged = [0.0, 0.0, monday + 60, monday + 60, monday + 60, monday + 60, monday]
    until = [
        monday + 1020,
        monday + 1021,
        monday + 600,
        monday + 1021,
        monday + day + 1020,
        monday + day + 1021,
        np.inf,
    ]
    assert hours.days_until(lodged, until).tolist() == [1, 2, 0, 1, 1, 2, np.inf]
    for n in (1, 3, 7):
        due = hours.days_after(lodged, n)
        assert hours.days_until(lodged, due).tolist() == [n] * len(lodged)
        assert hours.days_until(lodged, due + 1).tolist() == [n + 1] * len(lodged)


# Energy, payments, grade of the event


HOMES = tiny_network([-1, -1], [1000, 100], business=[100, 100], area=[0, 1], n_areas=2)
LOAD = {"home_kw": 0.5, "business_kw": 4.0}


def test_energy_not_served_is_mean_load_by_hours() -> None:
    dark = dark_intervals(dark_log((0, 0, 120), (1, 0, 60)), HOMES.customers, 14400.0)
    found = unserved(dark, HOMES, tiny_scenario(cost=LOAD).cost)
    assert (found.homes_mwh, found.business_mwh) == pytest.approx((0.9, 1.2))
    assert np.isnan(found.value(tiny_scenario(cost=LOAD).cost))
    prices = LOAD | {"home_lost_load_mwh": 10.0, "business_lost_load_mwh": 100.0}
    assert found.value(tiny_scenario(cost=prices).cost) == pytest.approx(9 + 120)


def test_shares_out_have_their_own_instants() -> None:
    # the first section is dark before the second: 1,000 of 1,100 customers, 850 of 1,250 kW
    dark = dark_intervals(dark_log((0, 0, 60), (1, 60, 120)), HOMES.customers, 14400.0)
    everywhere, load = np.ones(2, bool), load_w(HOMES, tiny_scenario(cost=LOAD).cost)
    assert load.tolist() == [850_000, 400_000]
    assert most_lost_fraction(dark, load, everywhere) == 850 / 1250
    assert most_lost_fraction(dark, HOMES.customers, everywhere) == 1000 / 1100
    assert most_lost_fraction(dark, load, np.array([False, True])) == 1
    assert most_lost_fraction(dark, load, np.zeros(2, bool)) == 0


@pytest.mark.parametrize(("share", "at"), [(0.79, 90), (0.8, 90), (0.801, 200), (1.0, 200)])
def test_a_share_is_back_at_that_very_share(share: float, at: float) -> None:
    # 1,000 lost from 60 on, 200 of them still after 90, all back at 200; a tenth goes again at 100
    net = tiny_network([-1, -1, -1], [800, 100, 100])
    dark = dark_intervals(dark_log((0, 60, 90), (1, 60, 95), (2, 60, 200), (1, 100, 200)), net.customers, 14400.0)
    curve = lost(dark, net.customers, np.ones(3, bool))
    assert back_at(curve, share, 14400.0) == (at, False)


def test_what_never_comes_back_is_not_back_by_the_horizon() -> None:
    dark = dark_intervals(dark_log((0, 60, None)), HOMES.customers, 14400.0)
    assert back_at(lost(dark, HOMES.customers, np.ones(2, bool)), 0.8, 14400.0) == (14400.0, True)
    assert back_at(lost(dark, HOMES.customers, np.zeros(2, bool)), 0.8, 14400.0) == (0.0, False)


@pytest.mark.parametrize(("key_areas", "hours"), [([], (600 - 360) / 60), (["area1"], (960 - 360) / 60)])
def test_the_response_may_end_when_enough_load_is_back(key_areas: list[str], hours: float) -> None:
    # 1,000 customers back at 600, 100 at 960, of whom 20 in 100 do not keep the response going but for a key area
    net = tiny_network([-1, -1], [1000, 100], area=[0, 1], n_areas=2)
    rule = {
        "levels": ["I"], "load_fraction": [1.0], "customers_fraction": [1.0], "end_load_fraction": 0.8,
        "end_key_fraction": 0.9,
    }  # fmt: skip
    scenario = tiny_scenario(standards={"area_class": "town", "grades": {"town": rule}, "key_areas": key_areas})
    outcome = SimpleNamespace(log=dark_log((0, 0, 600), (1, 0, 960)), calls=calls_of(), faults=tiny_faults())
    found = take(outcome, tiny_drawn(net, scenario), plan_of(scenario, "base"))
    assert (found.values["event_grade"], found.values["event_response_end_h"]) == (1, hours)
    calm = SimpleNamespace(log=dark_log((0, 0, 600)), calls=calls_of(), faults=tiny_faults())
    assert np.isnan(take(calm, tiny_drawn(net, scenario), plan_of(scenario, "base")).values["event_response_end_h"])


PAID = {
    "standards": {
        "weather": "storm",
        "payments": {
            "storm": {"currency": "USD", "after_h": 24.0, "home": 10.0, "business": 30.0, "customers_out": 1000}
        },
    }
}


@pytest.mark.parametrize(
    ("minutes", "most_out", "paid"),
    [(1440, 1000, 0), (1441, 1000, 900 * 10 + 100 * 30), (1441, 999, 0)],
)
def test_customers_are_paid_by_the_length_of_their_interruption(minutes: float, most_out: float, paid: float) -> None:
    dark = dark_intervals(dark_log((0, 0, minutes)), HOMES.customers, 14400.0)
    assert payments(dark, HOMES, tiny_scenario(**PAID), most_out) == (paid, False)
    assert payments(dark, HOMES, tiny_scenario(), most_out) == (0, False)


@pytest.mark.parametrize(("edge", "grade"), [(1000 / 1100, 2), (1000 / 1100 + 1e-9, 0)])
def test_measures_of_an_outcome_hold_clauses_grades_and_parts(edge: float, grade: int) -> None:
    rule = {"levels": ["II"], "load_fraction": [1.0], "customers_fraction": [edge]}
    back = {"about": "interruption", "within_h": 24.0}
    over = PAID["standards"] | {"area_class": "town", "grades": {"town": rule}, "clauses": {"back": back}}
    scenario = tiny_scenario(standards=over, cost=LOAD)
    outcome = SimpleNamespace(log=dark_log((0, 0, 1500)), calls=calls_of(), faults=tiny_faults((0.0, 0, "pole")))
    found = take(outcome, tiny_drawn(HOMES, scenario), plan_of(scenario, "base")).values
    assert found["event_grade"] == grade
    assert found["cost_payments"] == found["used_payments"] == 900 * 10 + 100 * 30
    parts = sum(
        value for name, value in found.items() if name.startswith("cost_") and name != "cost_if_storm_turns_away"
    )
    assert found["cost"] == pytest.approx(parts)
    assert [found[f"standard_back{end}"] for end in ("", "_met", "_missed", "_exempt", "_kept")] == [0, 0, 1, 0, 0]
    assert found["energy_not_served_mwh"] == pytest.approx((900 * 0.5 + 100 * 4) * 25 / 1000)
