"""The register from exercise to exercise: what is kept of each, and what moved between two of them."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sim.risk.grade import Range
from sim.risk.register import Register

KEPT = (
    "name", "plan", "unit", "n", "likelihood", "lo", "hi", "impact", "impact_tail", "loss", "loss_lo", "loss_hi", "loss_tail",
)  # fmt: skip
"""What is kept of a row beside its level."""
Verdict = Literal["better", "worse", "cannot_tell", "new", "gone", "redefined"]


@dataclass(frozen=True)
class Estimate:
    """A number with its interval; nan where it is not known."""

    value: float
    lo: float
    hi: float


@dataclass(frozen=True)
class Kept:
    """One risk under one plan as it was kept; `when` and `impact` are its expressions then, `title` its own title."""

    title: str
    when: str
    impact: str
    likelihood: Estimate
    loss: Estimate
    level: Range


@dataclass(frozen=True)
class Exercise:
    """One register of the past: the run it is of, when that was, and its rows by (risk, plan).

    rules : the cut-offs in force. digest : of all that, to know it again.
    """

    run: str
    started_utc: str
    scenario: str
    storms: int
    reference: str
    rules: Mapping[str, Any]
    rows: Mapping[tuple[str, str], Kept]
    digest: str


@dataclass(frozen=True)
class Moved:
    """What became of one risk under one plan; `before` or `after` is None where it was not in that register.

    likelihood, loss : after minus before with its 95 % interval. verdict : of the likelihood, and where that cannot
    tell, of the expected loss.
    """

    name: str
    plan: str
    before: Kept | None
    after: Kept | None
    likelihood: Estimate
    loss: Estimate
    verdict: Verdict

    @property
    def title(self) -> str:
        """The risk's own title, the later one; empty for one that ships."""
        kept = self.after or self.before
        return kept.title if kept is not None else ""

    @property
    def is_worth_telling(self) -> bool:
        """Whether it moved beyond chance, its level is another, or it is not in both registers."""
        if self.before is None or self.after is None or self.verdict != "cannot_tell":
            return True
        return self.before.level != self.after.level


def to_keep(register: Register, run: str, started_utc: str, scenario: str) -> dict[str, Any]:
    """Return a register as plain values for a line of JSON; nan becomes null."""
    rows = []
    for row in register.rows:
        risk = register.risks[row.name]
        numbers = {name: _plain(getattr(row, name)) for name in KEPT}
        level = [row.level.low, row.level.best, row.level.high]
        rows.append(
            numbers
            | {"level": level, "title": risk.title, "when": risk.when, "impact_of": risk.impact, "owner": risk.owner}
        )
    entry = {
        "history_version": 1, "run": run, "started_utc": started_utc, "scenario": scenario, "storms": register.n,
        "seed": register.seed, "reference": register.plans[0], "storms_per_year": register.per_year,
        "rules": register.rules.model_dump(), "register": rows,
    }  # fmt: skip
    return entry | {"digest": hashlib.sha256(json.dumps(entry, sort_keys=True).encode()).hexdigest()[:16]}


def exercise(entry: Mapping[str, Any]) -> Exercise:
    """Return what `to_keep` made; KeyError, TypeError or ValueError when it is no such entry."""
    if entry["history_version"] != 1:
        raise ValueError(f"it is of version {entry['history_version']}; this program reads 1")
    rows = {}
    for row in entry["register"]:
        low, best, high = row["level"]
        rows[str(row["name"]), str(row["plan"])] = Kept(
            str(row["title"]), str(row["when"]), str(row["impact_of"]), _estimate(row, "likelihood", "lo", "hi"),
            _estimate(row, "loss", "loss_lo", "loss_hi"), Range(low, best, high),
        )  # fmt: skip
    return Exercise(
        str(entry["run"]), str(entry["started_utc"]), str(entry["scenario"]), int(entry["storms"]),
        str(entry["reference"]), dict(entry["rules"]), rows, str(entry["digest"]),
    )  # fmt: skip


def moved(before: Exercise, after: Exercise) -> list[Moved]:
    """Return what moved, in the order of the later register; a risk is the same while its expressions are."""
    return list(_moved(before, after))


def changed_rules(before: Exercise, after: Exercise) -> list[str]:
    """Return the rules of grading that are no longer what they were, as `likelihood_high 0.5 -> 0.4`."""
    names = dict.fromkeys((*before.rules, *after.rules))
    pairs = ((name, before.rules.get(name), after.rules.get(name)) for name in names)
    return [f"{name} {old} -> {new}" for name, old, new in pairs if old != new]


def difference(before: Estimate, after: Estimate) -> Estimate:
    """Return after minus before with its interval, from the two intervals.

    Newcombe (1998, Statistics in Medicine 17, method 10), for any two estimates Zou and Donner (2008). It takes the two
    runs for independent; where they met the same storms it is wider than need be.
    """
    value = after.value - before.value
    lo = value - math.hypot(after.value - after.lo, before.hi - before.value)
    hi = value + math.hypot(after.hi - after.value, before.value - before.lo)
    return Estimate(value, lo, hi)


def _moved(before: Exercise, after: Exercise) -> Iterator[Moved]:
    unknown = Estimate(math.nan, math.nan, math.nan)
    for key in dict.fromkeys((*after.rows, *before.rows)):
        old, new = before.rows.get(key), after.rows.get(key)
        if old is None or new is None:
            yield Moved(*key, old, new, unknown, unknown, "new" if old is None else "gone")
        elif (old.when, old.impact) != (new.when, new.impact):
            yield Moved(*key, old, new, unknown, unknown, "redefined")
        else:
            likelihood, loss = difference(old.likelihood, new.likelihood), difference(old.loss, new.loss)
            yield Moved(*key, old, new, likelihood, loss, _verdict([likelihood, loss]))


def _verdict(changes: Sequence[Estimate]) -> Verdict:
    for change in changes:
        if change.hi < 0:
            return "better"
        if change.lo > 0:
            return "worse"
    return "cannot_tell"


def _estimate(row: Mapping[str, Any], *names: str) -> Estimate:
    return Estimate(*(math.nan if row[name] is None else float(row[name]) for name in names))


def _plain(value: object) -> object:
    return None if isinstance(value, float) and not math.isfinite(value) else value
