"""Expressions over measures: values by hand, what is refused, and that no text can run code."""

import builtins
import math

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sim.scenario.expressions import DEEPEST, LONGEST, Expression, parse

VALUES = {"a": 3.0, "b": 4.0, "zero": 0.0, "none": math.nan}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a", 3.0), ("-a + 2 * b", 5.0), ("(a + b) / 2", 3.5), ("+a - b", -1.0), ("max(0, a - 5, 1)", 1.0),
        ("min(a, b)", 3.0), ("abs(a - b)", 1.0), ("1e3", 1000.0), ("  a\t* b ", 12.0), ("none + 1", math.nan),
        ("max(none, a)", math.nan), ("none / a", math.nan),
    ],
)  # fmt: skip
def test_numbers_come_out_as_by_hand(text: str, value: float) -> None:
    assert parse(text, "number")(VALUES) == pytest.approx(value, nan_ok=True)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a > 3", 0), ("a >= 3", 1), ("a < b", 1), ("a <= 2.9", 0), ("a == 3", 1), ("a != 3", 0), ("2 < a < 4", 1),
        ("2 < a < 3", 0), ("not a > 3", 1), ("a > 3 or b > 3", 1), ("a > 3 and b > 3", 0),
        ("a > 3 or a > 2 and b < 9", 1), ("zero > 0 and a / zero > 1", 0), ("zero == 0 or a / zero > 1", 1),
        ("none > 1", math.nan), ("not none > 1", math.nan), ("none > 1 and a > 3", 0), ("none > 1 and a > 2", math.nan),
        ("none > 1 or a > 2", 1), ("none > 1 or a > 3", math.nan), ("none == none", math.nan),
    ],
)  # fmt: skip
def test_truths_come_out_as_by_hand_and_unknown_stays_unknown_until_decided(text: str, value: float) -> None:
    assert parse(text, "truth")(VALUES) == pytest.approx(value, nan_ok=True)


def test_an_expression_says_which_names_it_uses() -> None:
    assert parse("max(a, 1) > b or not c < 2", "truth").names == {"a", "b", "c"}


def test_division_by_zero_is_seen_when_read_or_when_it_happens() -> None:
    with pytest.raises(ValueError, match="division by zero"):
        parse("a / 0 > 1", "truth")
    with pytest.raises(ZeroDivisionError):
        parse("a / zero > 1", "truth")(VALUES)
    with pytest.raises(OverflowError):
        parse("a * a", "number")({"a": 1e200})


@pytest.mark.parametrize(
    ("text", "kind", "said"),
    [
        ("", "truth", "not understood"),
        ("a >", "truth", "not understood"),
        ("a > 1; b", "truth", "not understood"),
        ("a = 1", "truth", "not understood"),
        ("a\x00 > 1", "truth", "not understood"),
        ("a", "truth", "a comparison is needed here, such as t95_h > 72; this is a number"),
        ("a > 1", "number", "a number is needed here; this is a comparison"),
        ("a and b > 1", "truth", "'a' is a number where a comparison is needed"),
        ("(a > 1) + 1 > 0", "truth", "'a > 1' is a comparison where a number is needed"),
        ("not a", "truth", "'a' is a number"),
        ("a ** 9 > 1", "truth", "'a ** 9' may not stand here"),
        ("a // 2 > 1", "truth", "may not stand here"),
        ("a % 2 > 1", "truth", "may not stand here"),
        ("a is 1", "truth", "may not stand here"),
        ("a in b", "truth", "may not stand here"),
        ("True > 0", "truth", "'True' may not stand here"),
        ("'x' > 1", "truth", "may not stand here"),
        ("1j > 1", "truth", "may not stand here"),
        ("a if b > 1 else 2", "number", "may not stand here"),
        ("lambda: 1", "number", "may not stand here"),
        ("[a for a in b]", "number", "may not stand here"),
        ("(b := 2) > 1", "truth", "may not stand here"),
        ("a.b > 1", "truth", "'a.b' may not stand here"),
        ("a[0] > 1", "truth", "may not stand here"),
        ("__import__('os') > 1", "truth", "may not stand here"),
        ("min(a, b, key=abs) > 1", "truth", "may not stand here"),
        ("max(*a) > 1", "truth", "takes two numbers or more"),
        ("max(a, *b) > 1", "truth", "may not stand here"),
        ("min(a) > 1", "truth", "min takes two numbers or more"),
        ("abs(a, b) > 1", "truth", "abs takes one number"),
        ("a > 1e999", "truth", "numbers are at most"),
        ("a > " + "9" * 30, "truth", "numbers are at most"),
        ("a > 1" + " " * LONGEST, "truth", "at most 400 characters"),
        ("a" * 10_000, "number", "at most 400 characters; these are 10,000"),
        ("-" * (DEEPEST + 1) + "a", "number", "nested more than 20 deep"),
        ("(" * 199 + "a" + ")" * 199, "number", ""),
    ],
)  # fmt: skip
def test_anything_else_is_refused_and_named(text: str, kind: str, said: str) -> None:
    if not said:
        assert parse(text, kind)(VALUES) == 3.0  # brackets alone are no depth
        return
    with pytest.raises(ValueError, match="^.*" + said.replace("*", r"\*").replace("(", r"\(").replace("[", r"\[")):
        parse(text, kind)


TOKENS = """a b min max abs and or not ( ) , + - * / < > == != . [ ] : = ** // % @ ~ | & ^ 1 0 2.5 1e9 'x' f'{a}' lambda
import __import__ os exec eval open print __class__ __subclasses__ () {} await yield if else for in is None True := ; \\ #"""
WORDS = st.sampled_from([*TOKENS.split(), " ", "\n", "\t"])


def noting(called: list[str], name: str):
    """Return a function that notes that it was called."""

    def note(*_: object, **__: object) -> None:
        called.append(name)

    return note


@settings(deadline=None, max_examples=400)
@given(st.lists(WORDS, max_size=30).map(" ".join) | st.text(max_size=60) | st.lists(WORDS, max_size=12).map("".join))
@example("__import__('os').system('true') > 1")
@example("().__class__.__mro__[1].__subclasses__() > 1")
@example("abs.__self__ > 1")
def test_no_text_runs_code(text: str) -> None:
    """Whatever is typed: it is refused with a reason, or it is a number of the measures, and nothing was called."""
    called: list[str] = []
    was = {name: getattr(builtins, name) for name in ("__import__", "eval", "exec", "open", "print")}
    read: list[Expression] = []
    for kind in ("truth", "number"):
        try:
            read.append(parse(text, kind))
        except ValueError as error:
            assert str(error)
    try:
        for name in was:
            setattr(builtins, name, noting(called, name))
        for expression in read:
            try:
                result = expression(dict.fromkeys(expression.names, 2.0))
            except (ZeroDivisionError, OverflowError):
                continue
            assert type(result) is float
    finally:
        for name, function in was.items():
            setattr(builtins, name, function)
    assert called == []
