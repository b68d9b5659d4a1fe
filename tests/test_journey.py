"""The journey of customers, by hand, and the curves of the desk."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.hotline import ABANDONED, BUSY, SERVED, VOICE, Calls
from sim.log import Log, Recorder
from sim.metrics import grid_at
from sim.metrics.calls import desk_curves
from sim.metrics.intervals import Dark, dark_intervals
from sim.metrics.journey import _untold, journey
from sim.metrics.measures import AREAS
from tests.tiny import tiny_drawn, tiny_network, tiny_scenario

CUSTOMERS = [100, 50, 10]
WHO = {"night_awareness": 1.0, "first_call_half_time_min": 30.0}


def told() -> Log:
    """Two sections of one area dark from 0, until 600 and 100; at 60 a promise of 300, with a notice to 40 %."""
    log = Recorder()
    log.add(0.0, "section_went_dark", section=0)
    log.add(0.0, "section_went_dark", section=1)
    log.add(60.0, "etr_published", place=0, customers=150, value=300.0)
    log.add(60.0, "notice_sent", place=0, customers=150, value=0.4)
    log.add(100.0, "section_restored", section=1)
    log.add(600.0, "section_restored", section=0)
    return log.finish()


def made() -> Calls:
    """Return calls: 1 of section 0 answered before the promise, 2 lost and then answered after it, 3 met a busy tone.

    Of section 1, one was settled by the voice system after it.
    """
    rows = [
        (29.0, 0, 1, SERVED, 1.0, 30.0, 33.0), (40.0, 0, 2, ABANDONED, 5.0, np.nan, 45.0),
        (90.0, 1, 1, VOICE, np.nan, np.nan, 91.0), (99.0, 0, 2, SERVED, 1.0, 100.0, 104.0),
        (110.0, 0, 3, BUSY, np.nan, np.nan, 110.0),
    ]  # fmt: skip
    at, section, caller, result, wait, answered, done = (np.array(column) for column in zip(*rows, strict=True))
    nothing = np.zeros(len(rows), int)
    return Calls(at, section, caller, nothing, nothing, nothing, result, wait, answered, done)


def totals(**tables: Any) -> dict[str, float]:
    scenario = tiny_scenario(customers=WHO, **tables)
    network = tiny_network([-1] * 3, CUSTOMERS, area=[0, 0, 1], n_areas=2)
    dark = dark_intervals(told(), CUSTOMERS, scenario.horizon_min)
    found = journey(dark, made(), told(), tiny_drawn(network, scenario), scenario)
    assert list(found) == [name for name in AREAS if name.startswith("journey_")]
    assert all(values[2] == 0 for values in found.values())
    return {name.removeprefix("journey_"): float(values.sum()) for name, values in found.items()}


def test_the_journey_by_hand() -> None:
    assert totals() == pytest.approx(
        {
            "out": 150.0,
            "aware": 100 * (1 - 2.0**-20) + 50 * (1 - 2.0 ** (-100 / 30)),
            "in_touch": 4.0,
            "answered": 3.0,
            "told_answered": 2 + 0.4,  # two by phone; of the third 40 % by the notice
            "told_others": 0.4 * (98 + 49),
            "missed": 1 + 0.4 * 99,  # section 0 alone was dark at 300
            "unreached": 0.6 * (98 + 49),
        }
    )


def test_neighbourhood_managers_reach_who_is_still_dark() -> None:
    """An hour after the promise half of all are told in person; section 1 has power again by then."""
    found = totals(notices={"manager_fraction": 0.5, "manager_lead_h": 1.0})
    assert found["told_others"] == pytest.approx(0.7 * 98 + 0.4 * 49)
    assert found["unreached"] == pytest.approx(0.3 * 98 + 0.6 * 49)
    assert found["missed"] == pytest.approx(1 + 0.7 * 99)


def test_what_is_entered_late_reaches_fewer() -> None:
    """Entered 45 min later, the promise is no news yet to who is answered at 91 or 100, nor does the notice reach section 1."""
    found = totals(hotline={"entry_min": 45.0})
    assert found["told_answered"] == pytest.approx(0.4 * 2)
    assert found["told_others"] == pytest.approx(0.4 * 98)


def test_the_desk_over_time() -> None:
    """Agents by the clock and those called in; calls queued and their waits by the step in which they were dialled."""
    log = Recorder()
    log.add(40.0, "agents_seated", value=7)
    log.add(100.0, "agents_seated", value=-7)
    scenario = tiny_scenario(hotline={"agents": 9, "night_agents": 2, "priority_agents": 1})
    found = desk_curves(made(), log.finish(), scenario, grid_at(600.0))
    assert found["agents_on_duty"][[0, 1, 2, 3, 4, 16]].tolist() == [3, 3, 10, 10, 3, 10]
    assert found["calls_queued"][:4].tolist() == [1, 1, 0, 1]
    assert found["queued_min"][:4].tolist() == [1, 5, 0, 1]


intervals = st.lists(
    st.tuples(st.integers(0, 4), st.integers(0, 12), st.integers(1, 9), st.integers(0, 20)), min_size=1, max_size=12
)
announced = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 20), st.sampled_from((0.1, 0.4, 0.9))), max_size=12)


@given(intervals, announced)
def test_the_widest_announcement_heard_in_the_dark_counts(rows, said) -> None:
    area = np.array([0, 1, 0, 1, 1])
    section, start, length, until = (np.array(column) for column in zip(*sorted(rows), strict=True))
    dark = Dark(section, start * 1.0, (start + length) * 1.0, np.zeros(len(section), bool), np.ones(len(section), np.int64))
    expected = np.ones(5)
    for own, begun, end, last in zip(section, dark.start, dark.end, until, strict=True):
        heard = [reach for where, at, reach in said if where == area[own] and begun <= at < min(end, last)]
        expected[own] = min(expected[own], 1.0 - max(heard, default=0.0))
    columns = [np.array(column) for column in zip(*said, strict=True)] or [np.empty(0, np.int64), np.empty(0), np.empty(0)]
    assert _untold(dark, np.minimum(dark.end, until), tuple(columns), area).tolist() == expected.tolist()
