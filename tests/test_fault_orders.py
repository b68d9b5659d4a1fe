"""The order desk: what is known when, merging of repeated orders, urging of overdue ones; by hand and to the end."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.hotline import RUNG_UP, Calls, Hotline, Intervals, Promises, Reports
from sim.hotline.complaints import complaints
from sim.hotline.fault_orders import OrderDesk
from sim.metrics.measure import measure
from sim.metrics.orders import order_measures
from sim.scenario.phones import OrderDesk as Settings
from sim.world import run
from tests.test_callers import NOON, QUIET, draws, play_on
from tests.test_complaints import draws as complaint_draws
from tests.tiny import tiny_drawn, tiny_faults, tiny_network, tiny_scenario
from tests.worlds import Telephone, at_of, is_sound, lines, plan_of, play

DESK = {"staff": 1, "handle_min": 10.0, "merge_min": 0.5, "urge_min": 2.0}
TWO = tiny_network([-1, -1], [100, 200], reports=[False, False])
CALLS = [(70.0 + i, 0, i) for i in range(10)] + [(80.0, 1, 0), (81.0, 1, 1)]


def drill(**desk: Any) -> Any:
    return tiny_scenario(etr={"policy": "none"}, fault_orders=desk)


def course(calls: Any, telephone: Any = None, **desk: Any) -> Any:
    """The log of two feeders that nobody but callers tells of, each with a fault at minute 60."""
    drawn = tiny_drawn(TWO, drill(**desk), given=tiny_faults((60.0, 0), (60.0, 1)))
    return play(drawn, line=telephone or Telephone(calls)).log


def of_the_desk(log: Any) -> list[str]:
    return [line for line in log.lines() if "order" in line.split()[1] or line.split()[1] == "outage_inferred"]


def test_reports_of_new_outages_wait_behind_repeated_ones() -> None:
    """Ten callers from one feeder, then two from another: 10 min for each order of one person at the desk."""
    log = course(CALLS, **DESK)
    assert of_the_desk(log) == [
        "75 orders_handled value=1",
        "75 orders_waiting value=4",
        "90 orders_handled value=1",
        "90 orders_waiting value=10",
        "105 orders_handled value=2",
        "105 orders_waiting value=8",
        "105 outage_inferred outage=0 section=0 value=90 probable",  # the second caller's order, handled from 80 to 90
        "120 orders_handled value=1",
        "120 orders_waiting value=7",
        "135 orders_handled value=2",
        "135 orders_waiting value=5",
        "150 orders_handled value=1",
        "150 orders_waiting value=4",
        "165 orders_handled value=2",
        "165 orders_waiting value=2",
        "180 orders_handled value=1",
        "180 orders_waiting value=1",
        "195 orders_handled value=1",
        "195 orders_waiting value=0",
        "195 outage_inferred outage=1 section=1 value=190 probable",
    ]  # fmt: skip


def test_merged_orders_let_the_next_outage_be_known_at_once() -> None:
    log = course(CALLS, **DESK, merging=True)
    assert of_the_desk(log) == [
        "75 orders_handled value=1",
        "75 orders_waiting value=4",
        "90 orders_handled value=1",
        "90 orders_merged value=9",
        "90 orders_waiting value=1",
        "90 outage_inferred outage=0 section=0 value=80.5 probable",
        "105 orders_merged value=1",
        "105 orders_waiting value=0",
        "105 outage_inferred outage=1 section=1 value=95 probable",
    ]
    assert order_measures(log, Settings(**DESK, merging=True)) == {
        "orders_handled": 2.0,
        "orders_merged": 10.0,
        "orders_urged": 0.0,
        "orders_waiting_peak": 4.0,
        "orders_desk_h": pytest.approx(25.0 / 60.0),
    }


def test_without_a_desk_reports_are_known_at_once() -> None:
    log = course(CALLS)
    assert of_the_desk(log) == [
        "75 outage_inferred outage=0 section=0 value=71 probable",
        "90 outage_inferred outage=1 section=1 value=81 probable",
    ]


def test_overdue_orders_are_urged_once_for_all_that_were_merged_with_them() -> None:
    """The first order of each feeder is urged two hours after it was made, while it is open, and not again."""
    telephone = Telephone(CALLS)
    log = course(CALLS, telephone, **DESK, merging=True, urge_after_h=2.0)
    assert [line for line in log.lines() if "order_urged" in line] == [
        "195 order_urged section=0 customers=10 value=120",  # 190 to 192, told at the review after that
        "210 order_urged section=1 customers=2 value=120",  # 200 to 202
    ]
    assert telephone.told == [
        ("rung_up", [0] * 10, list(range(10)), 195.0),
        ("rung_up", [1, 1], [0, 1], 210.0),
    ]
    alone = Telephone(CALLS)
    log = course(CALLS, alone, **DESK, merging=False, urge_after_h=2.0)
    assert len(at_of(log, "order_urged")) == 12
    assert sorted(told[2][0] for told in alone.told if told[1] == [0]) == list(range(10))


def test_orders_that_are_closed_are_not_urged() -> None:
    log = course([(70.0, 0, 0), (71.0, 0, 1)], **DESK, urge_after_h=8.0)
    assert at_of(log, "outage_closed") < [550.0]
    assert at_of(log, "order_urged") == []


def reports(rows: list[tuple[float, int, int]]) -> Reports:
    at, section, caller = zip(*sorted(rows), strict=True) if rows else ((), (), ())
    return Reports(np.array(at, float), np.array(section, np.int64), np.array(caller, np.int64))


def test_orders_made_before_power_was_declared_back_are_closed() -> None:
    desk, none = OrderDesk(Settings(**DESK, merging=True), np.arange(2)), np.zeros(2, bool)
    alive = np.array([75.0, -np.inf])
    worked = desk.work(reports([(70.0, 0, 1), (71.0, 1, 1)]), 100.0, none, alive)
    assert (worked.handled, worked.merged) == (1, 1)
    assert worked.reports.section.tolist() == [1]
    assert worked.reports.at.tolist() == [81.0]


@settings(deadline=None, max_examples=60)
@given(
    rows=st.lists(st.tuples(st.floats(0.0, 200.0), st.integers(0, 3), st.integers(0, 4)), max_size=40),
    staff=st.integers(1, 4),
    merging=st.booleans(),
    step=st.sampled_from([5.0, 15.0, 60.0]),
)
def test_every_order_becomes_known_after_its_own_time(
    rows: list[tuple[float, int, int]], staff: int, merging: bool, step: float
) -> None:
    """Nothing is lost or made up; nobody does two things at once; merging never makes a report known later."""
    last: dict[bool, list[float]] = {}
    for merges in {False, merging}:
        desk = OrderDesk(Settings(staff=staff, handle_min=4.0, merge_min=1.0, merging=merges), np.arange(4))
        known, handled, merged = [], 0, 0
        for k in range(1, int(600 / step) + 1):
            new = reports([row for row in rows if (k - 1) * step <= row[0] < k * step])
            worked = desk.work(new, k * step, np.zeros(4, bool), np.full(4, -np.inf))
            columns = worked.reports.at, worked.reports.section, worked.reports.caller
            known += list(zip(*(column.tolist() for column in columns), strict=True))
            handled, merged = handled + worked.handled, merged + worked.merged
        assert sorted(each[1:] for each in known) == sorted(row[1:] for row in rows)
        assert handled + merged == len(rows)
        assert merged == (len(rows) - len({row[1] for row in rows}) if merges else 0)
        spent = 4.0 * handled + 1.0 * merged
        if rows:
            assert (
                max(each[0] for each in known)
                >= min(row[0] for row in rows) + spent / staff - 4.0 * (staff - 1) / staff - 1e-9
            )
        last[merges] = sorted(each[0] for each in known)
    assert all(a <= b + 1e-9 for a, b in zip(last[merging], last[False], strict=True)) or not merging


# --- those rung up ---


def rung_line(factor: float, at: float | None) -> Calls:
    """Everybody of 3,000 reports at once by the voice system and may call again; all are rung up at `at`."""
    who = {
        "caller_fraction": 1.0,
        "first_call_half_time_min": 0.01,
        "followup_per_h": 0.1,
        "followup_after_urged": factor,
    }
    scenario = tiny_scenario(hotline=QUIET, customers=who, fault_orders={"staff": 1, "urge_after_h": 1.0})
    line = Hotline(draws([3000]), scenario)
    line.went_dark([0], NOON)
    heard = line.advance(NOON + 1.0)
    if at is not None:
        line.rung_up(heard.section, heard.caller, at)
    return play_on(line, [], 15.0, NOON + 480.0)[0]


def test_those_rung_up_phone_less_from_then_on() -> None:
    plain, rung = rung_line(0.4, None), rung_line(0.4, NOON + 240.0)
    contacts = rung.result == RUNG_UP
    assert np.count_nonzero(contacts) > 2900
    assert np.all(np.diff(rung.at) >= 0)
    later = [int(np.count_nonzero(c.at[c.result != RUNG_UP] >= NOON + 240.0)) for c in (plain, rung)]
    before = [c.at[(c.at < NOON + 240.0)].tobytes() for c in (plain, rung)]
    assert before[0] == before[1]
    assert later[1] == pytest.approx(0.4 * later[0], rel=0.12)
    same = rung_line(1.0, NOON + 240.0)
    np.testing.assert_array_equal(same.at[same.result != RUNG_UP], plain.at)


def test_those_rung_up_complain_less_and_had_no_failed_contact_since() -> None:
    """Of 1,000 customers in each of 1,000 sections 250 are rung up half-way, with a factor of 0.2: 0.8 of a quarter less."""
    n, at = 1000, 60.0 * 40.0
    dark = Intervals(np.arange(n), np.full(n, 600.0), np.full(n, 4200.0))
    section, caller = np.repeat(np.arange(n), 250), np.tile(np.arange(250), n)
    zero, instants = np.zeros(len(section), np.int64), np.full(len(section), at)
    calls = Calls(
        instants, section, caller, zero, zero, zero, np.full(len(section), RUNG_UP), instants, instants, instants
    )
    drawn = complaint_draws([1000] * n)

    def arisen(urged_factor: float) -> np.ndarray:
        scenario = tiny_scenario(complaints={"urged_factor": urged_factor, "lodging_mean_h": 0.0})
        return complaints(dark, Promises(), Promises(), calls, drawn, scenario).at

    plain, eased = arisen(1.0), arisen(0.2)
    np.testing.assert_allclose(eased[eased < at], plain[plain < at], rtol=1e-9)
    expected = 0.8 * np.count_nonzero(plain >= at)
    assert np.count_nonzero(eased >= at) == pytest.approx(expected, abs=5.0 * np.sqrt(expected))


def test_a_drill_with_merging_and_urging_is_better_for_its_customers() -> None:
    """A town of forty feeders whose devices tell nothing: all is learnt from orders."""
    n = 40
    network = tiny_network([-1] * n, [400] * n, reports=[False] * n)
    given = tiny_faults(*((60.0 + s, s) for s in range(n)))
    who = {"caller_fraction": 0.3, "followup_per_h": 0.2}
    crews = {kind: {"kind": kind, "count": n, "shift_start": "00:00", "shift_h": 24.0} for kind in ("patrol", "line")}
    values = {}
    for name, desk in (
        ("none", {}), ("plain", {"staff": 2, "handle_min": 4.0}),
        ("merging", {"staff": 2, "handle_min": 4.0, "merging": True}),
        ("urging", {"staff": 2, "handle_min": 4.0, "merging": True, "urge_after_h": 1.0}),
    ):  # fmt: skip
        scenario = tiny_scenario(customers=who, fault_orders=desk, complaints={"hazard_factor": 30.0}, crews=crews)
        drawn, plan = tiny_drawn(network, scenario, given=given), plan_of(scenario)
        outcome = run(drawn, plan)
        is_sound(outcome.log)
        values[name] = measure(outcome, drawn, plan).values
        again = run(drawn, plan)
        assert lines(again.log) == lines(outcome.log)
    assert values["none"]["orders_desk_h"] == 0
    assert values["plain"]["hours_unknown"] > 2 * values["merging"]["hours_unknown"] > values["none"]["hours_unknown"]
    assert values["plain"]["customer_hours"] > values["merging"]["customer_hours"]
    assert values["plain"]["orders_waiting_peak"] > values["merging"]["orders_waiting_peak"]
    assert values["merging"]["orders_desk_h"] < 0.5 * values["plain"]["orders_desk_h"]
    assert values["urging"]["complaints"] < values["merging"]["complaints"] < values["plain"]["complaints"]
    assert values["urging"]["calls_followup"] < values["merging"]["calls_followup"]
    assert values["urging"]["orders_urged"] > 0
