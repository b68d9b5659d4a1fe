"""The complaint desk: working days by hand, who is taken up when, deadlines, and who takes it further."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.hotline.answering import Answers, Cases, answers
from sim.hotline.workdays import OpeningHours

H, DAY = 60.0, 1440.0
MONDAY = datetime(2019, 9, 9, tzinfo=ZoneInfo("Asia/Tokyo"))
WEEK = range(5)


def office(start: datetime = MONDAY, holidays: tuple[date, ...] = ()) -> OpeningHours:
    """Open from 9 to 17, Monday to Friday."""
    return OpeningHours(start, str(start.tzinfo), 9 * H, 17 * H, WEEK, holidays)


def desk(*rows: tuple[float, int, float, float], handlers: int = 1, contact: int = 1, answer: int = 2, **more) -> Answers:
    """Answers to complaints (lodged at h, severity, handling h, looking into h); none is taken further by default."""
    at, severity, handle, look = (np.array(column) for column in zip(*rows, strict=True))
    further = np.array(more.get("further", [False] * len(at)))
    again = H * np.array(more.get("again", [1.0] * len(at)))
    cases = Cases(H * at, severity, H * handle, again, H * look, further)
    return answers(cases, office(), handlers, contact, answer)


def test_opening_minutes_by_hand() -> None:
    hours = office()
    at = np.array([0, 9, 10.5, 17, 20, 24 + 8, 24 + 9, 4 * 24 + 17, 5 * 24 + 12, 7 * 24 + 10]) * H
    assert (hours.worked(at) / H).tolist() == [0, 0, 1.5, 8, 8, 8, 8, 40, 40, 41]
    assert (hours.instant(np.array([1.5, 8, 8.5, 40, 41]) * H) / H).tolist() == [10.5, 17, 33.5, 113, 178]
    assert (hours.next_open(np.array([0, 1.5, 8, 40]) * H) / H).tolist() == [9, 10.5, 33, 177]
    assert hours.instant(hours.end) == hours.closing_at[-1]
    assert np.isinf([hours.instant(hours.end + 1), hours.next_open(hours.end), hours.instant(np.inf)]).all()


def test_deadlines_are_ends_of_working_days_after_the_day_of_lodging() -> None:
    hours = office(holidays=(date(2019, 9, 10),))
    at = np.array([0.5, 12, 23.9, 24, 5 * 24 + 1]) * H  # Monday three times, the Tuesday off, Saturday
    assert (hours.days_after(at, 1) / H).tolist() == [48 + 17, 48 + 17, 48 + 17, 48 + 17, 7 * 24 + 17]
    assert (hours.days_after(at, 3) / H).tolist() == [96 + 17, 96 + 17, 96 + 17, 96 + 17, 9 * 24 + 17]
    assert np.isinf(hours.days_after(at, 10_000)).all()


def test_the_clock_change_makes_no_longer_day() -> None:
    friday = datetime(2024, 3, 29, tzinfo=ZoneInfo("Europe/Berlin"))  # clocks go forward on Sunday
    hours = office(friday)
    assert (hours.closing_at[:2] / H).tolist() == [17, 3 * 24 + 17 - 1]
    assert hours.worked(hours.closing_at[1]) == 16 * H


def test_a_calendar_without_working_days_is_refused() -> None:
    with pytest.raises(ValueError, match="no working day"):
        OpeningHours(MONDAY, "Asia/Tokyo", 540, 1020, ())


def test_one_handler_takes_the_gravest_first_and_goes_on_the_next_day() -> None:
    # lodged at 8, 10 and 10: the first is begun at 9, then the grave one, of which an hour is left for Tuesday
    found = desk((8, 0, 2, 0), (10, 0, 1, 0), (10, 2, 7, 3))
    assert (found.contact_at / H).tolist() == [9, 24 + 10, 11]
    assert (found.answer_at / H).tolist() == [11, 24 + 11, 24 + 13]
    assert not found.contact_late.any()
    assert not found.answer_late.any()


def test_at_night_nobody_is_contacted() -> None:
    found = desk((20, 0, 1, 0))
    assert (found.contact_at / H, found.answer_at / H) == (24 + 9, 24 + 10)
    assert (found.contact_due / H, found.answer_due / H) == (24 + 17, 48 + 17)


def test_a_second_handler_halves_the_wait() -> None:
    rows = [(8.0, 0, 4.0, 0.0)] * 4
    assert (desk(*rows).contact_at / H).tolist() == [9, 13, 24 + 9, 24 + 13]
    assert (desk(*rows, handlers=2).contact_at / H).tolist() == [9, 9, 13, 13]


def test_who_is_not_contacted_in_time_takes_it_further_and_comes_first() -> None:
    # 8 h each: contact of the third is due on Tuesday at 17 h, when it has not been begun; it passes the grave second
    rows = [(8.0, 0, 8.0, 0.0), (8.0, 2, 8.0, 0.0), (8.0, 0, 8.0, 0.0), (8.1, 1, 8.0, 0.0)]
    found = desk(*rows, further=[False, False, True, False])
    assert (found.contact_at / H).tolist() == [72 + 9, 9, 48 + 9, 24 + 9]
    assert (found.further_at / H).tolist() == [np.inf, np.inf, 24 + 17, np.inf]
    assert found.contact_late.tolist() == [True, False, True, False]


def test_an_answer_overdue_makes_work_anew() -> None:
    # contacted on Monday, 30 opening hours to look into: due on Wednesday at 17 h, answered anew on Thursday at 11 h
    found = desk((8, 0, 1, 30), further=[True], again=[2.0])
    assert (found.further_at / H, found.answer_at / H) == (48 + 17, 72 + 11)
    calm = desk((8, 0, 1, 30), further=[False])
    assert calm.answer_at / H == 72 + 9 + 7
    assert calm.answer_late.all()


def test_nobody_complains() -> None:
    none = np.empty(0)
    found = answers(Cases(none, none.astype(int), none, none, none, none.astype(bool)), office(), 3, 1, 7)
    assert len(found.contact_at) == len(found.further_at) == 0


lodged = st.lists(
    st.tuples(st.integers(0, 300), st.integers(0, 2), st.integers(0, 9), st.integers(0, 30), st.booleans()),
    min_size=1, max_size=25,
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(lodged, st.integers(1, 3))
def test_no_handler_does_two_things_at_once_and_nobody_waits_while_one_is_idle(rows, handlers) -> None:
    rows.sort(key=lambda row: row[0])
    at, severity, handle, look, further = (np.array(column) for column in zip(*rows, strict=True))
    cases = Cases(H * at, severity, H * handle, H * handle, H * look, further)
    hours = office()
    found = answers(cases, hours, handlers, 1, 2)
    taken = hours.worked(found.contact_at)
    assert np.isfinite(found.answer_at).all()
    assert (found.contact_at >= cases.at).all()
    assert (found.answer_at >= found.contact_at).all() or handle.min() == 0
    assert (np.isinf(found.further_at) | further).all()
    assert (np.isinf(found.further_at) | found.contact_late | (found.further_at <= found.answer_at)).all()
    spans = [(start, start + minutes) for start, minutes in zip(taken, cases.handle_min, strict=True)]
    anew = np.isfinite(found.further_at) & ~found.contact_late
    for start, _ in spans:
        assert sum(a <= start < b for a, b in spans) <= handlers
    if not anew.any():
        for i, arrived in enumerate(hours.worked(cases.at)):
            for t in np.arange(arrived, taken[i], 30.0):  # while one waits, all are busy
                assert sum(a <= t < b for a, b in spans) == handlers
