"""Words: all that figures, tables, reports and pages say, one catalogue per language."""

from __future__ import annotations

import math
import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from sim.errors import InputError, nearest_name

LANGUAGES = ("en", "zh")
_BETWEEN_CHINESE = re.compile("(?<=[一-鿿]) (?=[一-鿿])")


@dataclass(frozen=True)
class Words:
    """The catalogue of one language: `w("key", name=value)` gives the text with its places filled in."""

    lang: str
    texts: dict[str, str]

    def __call__(self, key: str, **values: object) -> str:
        """Return the text of a key; KeyError when there is no such key or a place is left empty."""
        text = self.texts[key]
        return text.format(**values) if values or "{" in text else text

    def __contains__(self, key: str) -> bool:
        return key in self.texts

    def number(self, value: float, digits: int = 0) -> str:
        """Return a number with thousand separators and a true minus sign; a dash for nan."""
        if not math.isfinite(value):
            return "–"
        text = f"{value:,.{digits}f}"
        return "0" + text[2:] if text.strip("-0.,") == "" and text.startswith("-") else text.replace("-", "−")

    def count(self, what: str, n: int) -> str:
        """Return so many of what is counted, `what` in [count], in the singular for one."""
        return self(f"count.{what}_one" if n == 1 else f"count.{what}", n=n)

    def percent(self, fraction: float, digits: int = 0) -> str:
        """Return a share as per cent, in the language's own form; a dash for nan."""
        return self("number.percent", n=self.number(fraction * 100, digits))

    def big(self, value: float) -> str:
        """Return a number in the language's large unit (million, 万; billion, 亿) with three digits when it is large."""
        unit, huge = self.big_unit, float(self("number.huge_unit"))
        if not math.isfinite(value) or abs(value) < max(unit, 1e6):
            return self.about(value)
        if abs(value) >= huge:
            return self("number.huge", n=self.number(value / huge, self.digits(value / huge)))
        return self("number.big", n=self.number(value / unit, self.digits(value / unit)))

    def about(self, value: float) -> str:
        """Return a number without decimals, from ten thousand on with three digits that count: more nobody can know."""
        if not math.isfinite(value) or abs(value) < 1e4:
            return self.number(value)
        least = 10.0 ** (math.floor(math.log10(abs(value))) - 2)
        return self.number(round(value / least) * least)

    @property
    def big_unit(self) -> float:
        """What one of the language's large unit is worth."""
        return float(self("number.big_unit"))

    @staticmethod
    def digits(value: float, significant: int = 3) -> int:
        """Return the decimals that show `significant` digits of a number."""
        if not math.isfinite(value) or value == 0:
            return 0
        return max(0, significant - 1 - math.floor(math.log10(abs(value))))

    def listed(self, names: list[str] | tuple[str, ...]) -> str:
        """Return names joined as the language joins them."""
        if len(names) < 2:
            return "".join(names)
        text = self("list.last", head=self("list.comma").join(names[:-1]), last=names[-1])
        return _BETWEEN_CHINESE.sub("", text)


@cache
def words(lang: str) -> Words:
    """Return the catalogue of a language.

    Raises
    ------
    InputError : if there is none for `lang`.
    """
    if lang not in LANGUAGES:
        known = ", ".join(LANGUAGES)
        raise InputError.one("--lang", "", lang, f"languages are {known}", nearest_name(lang, LANGUAGES))
    with (Path(__file__).parent / f"{lang}.toml").open("rb") as file:
        return Words(lang, dict(_flat(tomllib.load(file), "")))


def _flat(table: dict[str, Any], above: str) -> list[tuple[str, str]]:
    out: list[tuple[str, str]] = []
    for name, value in table.items():
        key = f"{above}{name}"
        out += _flat(value, f"{key}.") if isinstance(value, dict) else [(key, value)]
    return out
