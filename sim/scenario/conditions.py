"""Conditions on what the control room knows: `known.out_fraction >= 0.1 and known.crews_idle > 20`.

The grammar is small on purpose, and nothing is ever evaluated as code:

    condition  = all { "or" all }
    all        = comparison { "and" comparison }
    comparison = known.NAME ( ">=" | "<=" | ">" | "<" | "==" ) NUMBER
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass

from sim.errors import nearest_name

QUANTITIES: dict[str, str] = {
    "out_fraction": "share of all customers believed out",
    "customers_out": "customers believed out",
    "outages": "outages on record that are open",
    "faults_open": "faults found and not yet repaired",
    "jobs_waiting": "jobs that wait for a crew",
    "critical_out": "critical customers believed out",
    "crews_on_duty": "crews on shift",
    "crews_idle": "crews on shift without a job",
    "aid_crews": "foreign crews that have arrived",
    "calls_last_review": "calls that got through since the last review",
    "hours_after_landfall": "hours since landfall",
}
"""What a condition may name, after `known.`, and what it means; all of it is known to the control room."""

CONDITION_FORM = "a condition such as known.out_fraction >= 0.1, several joined by and/or; it may name " + ", ".join(
    f"known.{name}" for name in QUANTITIES
)
_LONGEST = 400
_COMPARE: dict[str, Callable[[float, float], bool]] = {
    ">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt, "==": operator.eq,
}  # fmt: skip
_TOKEN = re.compile(
    r"\s*(?:(?P<word>[A-Za-z_][A-Za-z_.]*)|(?P<sign>>=|<=|==|>|<)|(?P<number>[+-]?\d{1,12}(?:\.\d{1,12})?))"
)


@dataclass(frozen=True)
class Comparison:
    """One known quantity against a number."""

    quantity: str
    sign: str
    number: float

    def __str__(self) -> str:
        return f"known.{self.quantity} {self.sign} {self.number:.12g}"

    def holds(self, known: Callable[[str], float]) -> bool:
        """Say whether it holds; nan compares with nothing."""
        return _COMPARE[self.sign](known(self.quantity), self.number)


@dataclass(frozen=True)
class Condition:
    """Alternatives, each a group of comparisons that must hold together."""

    alternatives: tuple[tuple[Comparison, ...], ...]

    def __str__(self) -> str:
        return " or ".join(" and ".join(str(each) for each in group) for group in self.alternatives)

    def holds(self, known: Callable[[str], float]) -> bool:
        """Say whether it holds; `known` returns the present value of a quantity by name."""
        return any(all(each.holds(known) for each in group) for group in self.alternatives)


def parse_condition(text: str) -> Condition:
    """Return the condition that a text states.

    Raises
    ------
    ValueError saying what is wrong, also for a text of more than 400 characters.
    """
    if len(text) > _LONGEST:
        raise ValueError(f"at most {_LONGEST} characters")
    tokens = _tokens(text)
    groups: list[tuple[Comparison, ...]] = []
    group: list[Comparison] = []
    while True:
        group.append(_comparison(tokens[:3]))
        joint, tokens = tokens[3:4], tokens[4:]
        if joint == ["and"]:
            continue
        groups.append(tuple(group))
        group = []
        if not joint:
            return Condition(tuple(groups))
        if joint != ["or"]:
            raise ValueError(f"'and' or 'or' is needed before '{joint[0]}'")


def _tokens(text: str) -> list[str]:
    tokens, place, text = [], 0, text.rstrip()
    while place < len(text):
        found = _TOKEN.match(text, place)
        if found is None:
            raise ValueError(f"'{text[place:].strip()[:12]}' is not understood")
        tokens.append(found[found.lastgroup or 0])
        place = found.end()
    return tokens


def _comparison(tokens: list[str]) -> Comparison:
    if len(tokens) < 3:
        raise ValueError("a comparison is known.NAME, a sign and a number")
    name, sign, number = tokens
    table, _, quantity = name.partition(".")
    if table != "known" or quantity not in QUANTITIES:
        near = nearest_name(quantity or name, list(QUANTITIES))
        raise ValueError(
            f"'{name}' is not known to the control room" + (f"; did you mean known.{near}?" if near else "")
        )
    if sign not in _COMPARE:
        raise ValueError(f"'{sign}' is none of {' '.join(_COMPARE)}")
    try:
        return Comparison(quantity, sign, float(number))
    except ValueError:
        raise ValueError(f"'{number}' is not a number") from None
