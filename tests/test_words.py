"""The catalogues say the same things in every language."""

import ast
import re
import string
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sim
from sim.errors import InputError
from sim.metrics.measures import COMPLAINTS_BY_CAUSE, HOURS_BY_STAGE, MEASURES
from sim.report.assumptions import MATTERING
from sim.words import LANGUAGES, words

CHINESE = re.compile("[一-鿿]")


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def literal_keys() -> set[str]:
    """Return every key that stands as a literal first argument of a call `w(...)`, `words(...)`, `text(...)`."""
    found = set()
    for path in Path(sim.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                key = node.args[0].value
                named = getattr(node.func, "id", getattr(node.func, "attr", ""))
                if named in ("w", "words", "text") and isinstance(key, str) and "." in key:
                    found.add(key)
    for path in Path(sim.__file__).parent.rglob("*.j2"):
        found |= set(re.findall(r'\bw\("([^"]+)"', path.read_text(encoding="utf-8")))
    return found


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_language_has_the_same_keys_and_places(lang: str) -> None:
    english, other = words("en").texts, words(lang).texts
    assert list(other) == list(english)
    assert {key: places(text) for key, text in other.items()} == {key: places(text) for key, text in english.items()}
    assert {key for key, text in other.items() if not text} <= {
        "answer.join"
    }  # Chinese joins sentences without a space


def test_chinese_is_chinese_and_english_is_not() -> None:
    assert not [key for key, text in words("en").texts.items() if CHINESE.search(text)]
    outside_places = {key: re.sub(r"\{[^}]*\}", "", text) for key, text in words("zh").texts.items()}
    bare = {key: text for key, text in outside_places.items() if not CHINESE.search(text)}
    # without a Chinese character there is no word at all: places, signs and digits only
    assert {key: text for key, text in bare.items() if re.search("[A-Za-z]", text)} == {}


def test_every_key_that_the_program_asks_for_exists() -> None:
    keys = literal_keys()
    assert len(keys) > 100
    assert keys <= set(words("en").texts)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_measure_stage_and_assumption_has_a_name(lang: str) -> None:
    w = words(lang)
    assert all(f"measure.{name}" in w for name in MEASURES)
    assert all(f"stage.{name}" in w and f"stage_phrase.{name}" in w for name in HOURS_BY_STAGE)
    assert all(f"cause.{name}" in w and f"cause_phrase.{name}" in w for name in COMPLAINTS_BY_CAUSE)
    assert all(f"assumption.{key}" in w for key in MATTERING)
    assert all(f"date.month_{month}" in w for month in range(1, 13))


def test_an_unknown_language_is_wrong_input() -> None:
    with pytest.raises(InputError) as error:
        words("zht")
    assert str(error.value) == "--lang = zht: languages are en, zh. Did you mean 'zh'?"


def test_a_missing_place_is_an_error_not_a_brace() -> None:
    with pytest.raises(KeyError):
        words("en")("figure.reference")


@pytest.mark.parametrize(
    ("lang", "n", "said"),
    [
        ("en", 1, ["1 plan", "1 simulated run"]), ("en", 0, ["0 plans", "0 simulated runs"]),
        ("en", 2, ["2 plans", "2 simulated runs"]), ("zh", 1, ["1 个方案", "1 次模拟"]), ("zh", 2, ["2 个方案", "2 次模拟"]),
    ],
)  # fmt: skip
def test_one_is_singular(lang: str, n: int, said: list[str]) -> None:
    assert [words(lang).count(what, n) for what in ("plans", "runs")] == said


@pytest.mark.parametrize(
    ("value", "digits", "said"),
    [(1234567.0, 0, "1,234,567"), (-12.34, 1, "−12.3"), (-0.04, 1, "0.0"), (-0.4, 0, "0"), (np.nan, 1, "–")],
)
def test_numbers(value: float, digits: int, said: str) -> None:
    assert words("en").number(value, digits) == said


@pytest.mark.parametrize(
    ("lang", "value", "said"),
    [
        ("en", 59_340_000, "59.3 million"),
        ("en", 1_260_000_000, "1.26 billion"),
        ("en", 640_000, "640,000"),
        ("en", 872_928, "873,000"),
        ("en", -71_135, "−71,100"),
        ("en", 9_876, "9,876"),
        ("en", 999_700, "1,000,000"),
        ("zh", 59_340_000, "5,934万"),
        ("zh", 1_260_000_000, "12.6亿"),
        ("zh", 640_000, "640,000"),
    ],
)
def test_large_numbers_take_the_unit_of_the_language(lang: str, value: float, said: str) -> None:
    assert words(lang).big(value) == said


@settings(deadline=None, max_examples=60)
@given(st.floats(-1e9, 1e9), st.integers(0, 3))
def test_a_number_reads_back(value: float, digits: int) -> None:
    text = words("en").number(value, digits).replace(",", "").replace("−", "-")
    assert float(text) == pytest.approx(value, abs=0.500001 * 10**-digits)


def test_lists() -> None:
    assert [words("en").listed(names) for names in ((), ("a",), ("a", "b"), ("a", "b", "c"))] == [
        "",
        "a",
        "a and b",
        "a, b and c",
    ]
    assert words("zh").listed(("甲", "乙", "丙")) == "甲、乙和丙"
    assert words("zh").listed(("城市 16.1", "偏远 154.3")) == "城市 16.1 和偏远 154.3"
    assert words("zh").listed(("see_first", "balanced")) == "see_first 和 balanced"
