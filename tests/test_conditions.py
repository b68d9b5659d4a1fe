"""Conditions: a small grammar, read or refused, never evaluated as code."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.scenario.conditions import QUANTITIES, Comparison, Condition, parse_condition

SIGNS = (">=", "<=", ">", "<", "==")
COMPARISONS = st.builds(
    Comparison, st.sampled_from(list(QUANTITIES)), st.sampled_from(SIGNS), st.integers(-(10**6), 10**6).map(float)
)
CONDITIONS = st.builds(
    Condition, st.lists(st.lists(COMPARISONS, min_size=1, max_size=2).map(tuple), min_size=1, max_size=3).map(tuple)
)
PIECES = st.sampled_from(
    ["known.outages", "known.", "and", "or", ">=", "=", "3", "1.5", "(", "__import__", "known.x", "é", " "]
)


def test_and_binds_closer_than_or() -> None:
    condition = parse_condition("known.outages > 3 or known.crews_idle==0 and known.out_fraction <= 0.25")
    assert str(condition) == "known.outages > 3 or known.crews_idle == 0 and known.out_fraction <= 0.25"
    values = {"outages": 1.0, "crews_idle": 0.0, "out_fraction": 0.2}
    assert condition.holds(values.__getitem__)
    assert not condition.holds((values | {"out_fraction": 0.3}).__getitem__)
    assert condition.holds((values | {"out_fraction": 0.3, "outages": 4.0}).__getitem__)
    assert not condition.holds(dict.fromkeys(QUANTITIES, float("nan")).__getitem__)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "a comparison is"),
        ("known.outages", "a comparison is"),
        ("truth.outages > 1", "not known to the control room"),
        ("known.outage > 1", "did you mean known.outages"),
        ("known.outages > many", "'many' is not a number"),
        ("known.outages > 1 then known.outages > 2", "'and' or 'or'"),
        ("known.outages > 1 and", "a comparison is"),
        ("known.outages > (1)", "not understood"),
        ("known.outages and 1", "'and' is none of"),
        ("known.outages > 1 or " * 40, "at most 400"),
    ],
)
def test_what_is_not_a_condition_is_refused_with_a_reason(text: str, word: str) -> None:
    with pytest.raises(ValueError, match=word.replace("(", r"\(")):
        parse_condition(text)


@given(CONDITIONS)
def test_a_condition_reads_back_as_itself(condition: Condition) -> None:
    assert parse_condition(str(condition)) == condition


@given(st.text(max_size=60) | st.lists(PIECES, max_size=12).map(" ".join))
def test_any_text_is_a_condition_or_refused(text: str) -> None:
    try:
        condition = parse_condition(text)
    except ValueError:
        return
    assert parse_condition(str(condition)) == condition
