"""Calls in parts: every call once, in its order, section by section."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.hotline.blocks import by_sections, number_people
from sim.hotline.callers import person_of


@given(st.lists(st.integers(0, 9), max_size=60), st.integers(1, 20))
def test_every_call_comes_once_and_sections_stay_together(section: list[int], at_once: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sim.hotline.blocks._AT_ONCE", at_once)
        parts = [part.tolist() for part in by_sections(np.array(section, np.int32), 10)]
    assert sorted(row for part in parts for row in part) == list(range(len(section)))
    assert all(part == sorted(part) for part in parts)
    last = -1
    for part in parts:
        of = {section[row] for row in part}
        assert min(of) > last
        last = max(of)


def test_parts_are_about_as_large_as_they_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sim.hotline.blocks._AT_ONCE", 4)
    parts = by_sections(np.array([2, 0, 0, 1, 1, 2, 2, 2, 2, 3]), 4)
    assert [part.tolist() for part in parts] == [[1, 2], [3, 4], [0, 5, 6, 7, 8, 9]]


def test_people_are_numbered_in_the_order_of_their_ids() -> None:
    section = np.array([2, 0, 0, 5, 2, 5, 0], np.int64)
    caller = np.array([1, 3 << 26, 4, (1 << 28) | 7, 1, 0, 3 << 26], np.int32)
    number, of_section = number_people(section, caller)
    order = np.argsort(person_of(section, caller), kind="stable")
    assert np.argsort(number, kind="stable").tolist() == order.tolist()
    assert len(set(number.tolist())) == len(set(person_of(section, caller).tolist()))
    assert of_section[number].tolist() == section.tolist()
    assert not number_people(section[:0], caller[:0])[0].size
