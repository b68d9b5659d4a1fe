"""The register from exercise to exercise: kept once, whole, under a lock; what moved, by hand."""

import json
import math
import multiprocessing
from pathlib import Path
from typing import Any

import pytest

from sim.errors import DrillError, InputError
from sim.results.lock import take
from sim.results.risk_history import HISTORY, keep, read_history
from sim.risk import assess
from sim.risk.grade import Range
from sim.risk.history import Estimate, changed_rules, difference, exercise, moved, to_keep
from tests.test_cli import drill
from tests.test_risk_register import SERVED, played, scenario

LATE, EARLY = [100.0] * 40, [100.0] * 4 + [1.0] * 36


def entry(run: str, late: list[float], risk: dict[str, Any] | None = None, rules: Any = None) -> dict[str, Any]:
    register = assess(played({"t95_h": late}), scenario(risk, rules), SERVED)
    return to_keep(register, run, "2026-01-01T00:00:00+00:00", "tiny")


def test_the_difference_of_two_shares_agrees_with_newcombe() -> None:
    """56 of 70 against 48 of 80: 0.2, 0.0524 to 0.3339 (Newcombe 1998, table II, (a), method 10)."""
    from sim.experiment.statistics import wilson_interval

    one = Estimate(48 / 80, *wilson_interval(48, 80))
    two = Estimate(56 / 70, *wilson_interval(56, 70))
    found = difference(one, two)
    assert (found.value, found.lo, found.hi) == pytest.approx((0.2, 0.0524, 0.3339), abs=5e-5)


def test_what_moved_between_two_registers() -> None:
    before, after = exercise(entry("one", LATE)), exercise(entry("two", EARLY))
    (change,) = moved(before, after)
    assert (change.name, change.plan, change.verdict) == ("late", "a", "better")
    assert change.likelihood.value == pytest.approx(-0.9)
    assert change.before is not None
    assert change.before.level == Range("medium", "medium", "medium")
    assert change.is_worth_telling
    assert moved(after, before)[0].verdict == "worse"
    (same,) = moved(before, before)
    assert same.verdict == "cannot_tell"
    assert not same.is_worth_telling


def test_a_loss_that_grew_is_worse_though_the_likelihood_did_not() -> None:
    registers = [
        assess(played({"t95_h": LATE, "customer_hours": [hours + i % 2 for i in range(40)]}), scenario(), SERVED)
        for hours in (10.0, 50.0)
    ]
    before, after = (exercise(to_keep(register, "r", "", "")) for register in registers)
    assert moved(before, after)[0].verdict == "worse"


def test_risks_that_came_went_or_mean_something_else_are_not_compared() -> None:
    before = exercise(entry("one", LATE))
    other = exercise(entry("two", LATE, {"when": "t95_h > 48"}))
    assert [each.verdict for each in moved(before, other)] == ["redefined"]
    none = exercise(entry("none", LATE) | {"register": []})
    assert [each.verdict for each in moved(before, none)] == ["gone"]
    assert [each.verdict for each in moved(none, before)] == ["new"]
    assert math.isnan(moved(none, before)[0].likelihood.value)


def test_changed_rules_are_named() -> None:
    before, after = exercise(entry("one", LATE)), exercise(entry("two", LATE, rules={"likelihood_high": 0.4}))
    assert changed_rules(before, after) == ["likelihood_high 0.5 -> 0.4"]
    assert changed_rules(before, before) == []


def test_a_register_is_kept_once_and_read_back(tmp_path: Path) -> None:
    path = tmp_path / "deep" / HISTORY
    assert read_history(path) == []
    assert len(keep(path, entry("one", LATE))) == 1
    assert len(keep(path, entry("one", LATE))) == 1
    assert [each.run for each in keep(path, entry("two", EARLY))] == ["one", "two"]
    assert read_history(path) == [exercise(entry("one", LATE)), exercise(entry("two", EARLY))]
    assert sorted(file.name for file in path.parent.iterdir()) == [HISTORY]


@pytest.mark.parametrize("line", ["{", "[]", "{}", '{"history_version": 2}', "\x00"])
def test_a_damaged_file_is_named_with_its_line_and_left_alone(tmp_path: Path, line: str) -> None:
    path = tmp_path / HISTORY
    keep(path, entry("one", LATE))
    path.write_text(path.read_text(encoding="utf-8") + line + "\n", encoding="utf-8")
    was = path.read_bytes()
    with pytest.raises(InputError, match="line 2"):
        keep(path, entry("two", EARLY))
    assert path.read_bytes() == was
    assert sorted(file.name for file in tmp_path.iterdir()) == [HISTORY]


def _hold(folder: str, ready: Any, done: Any) -> None:
    lock = take(Path(folder))
    ready.set()
    done.wait(30)
    lock.release()


def test_while_another_keeps_a_register_nothing_is_lost(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    ready, done = context.Event(), context.Event()
    other = context.Process(target=_hold, args=(str(tmp_path), ready, done))
    other.start()
    try:
        assert ready.wait(60)
        with pytest.raises(DrillError, match="is writing into"):
            keep(tmp_path / HISTORY, entry("one", LATE))
        assert not (tmp_path / HISTORY).exists()
    finally:
        done.set()
        other.join()
    assert len(keep(tmp_path / HISTORY, entry("one", LATE))) == 1


def test_the_command_shows_what_moved_since_the_last_exercise(tmp_path: Path) -> None:
    small = ("--set", "network.customers=20000", "-n", "2", "--jobs", "1", "--quiet")
    assert drill("new", "mine.toml", folder=tmp_path).returncode == 0
    for name, more in (("one", ()), ("two", ("--set", "crews.line.count=30"))):
        assert drill("run", "mine.toml", *small, *more, "--out", name, folder=tmp_path).returncode == 0
    first = drill("risk", "one", "--history", folder=tmp_path)
    assert "This is the first register that is kept" in first.stdout
    second = drill("risk", "two", "--history", "--lang", "zh", folder=tmp_path)
    assert "与 20" in second.stdout
    told = json.loads(drill("risk", "two", "--history", "--json", folder=tmp_path).stdout)
    assert [row["verdict"] for row in told["moved"]].count("cannot_tell") > 0
    assert (tmp_path / "two" / "risk" / "risk-moved.csv").is_file()
    assert "与上次演练相比" not in (tmp_path / "two" / "risk.html").read_text(encoding="utf-8")
    assert "Since the last exercise" in (tmp_path / "two" / "risk.html").read_text(encoding="utf-8")
    assert len(read_history(tmp_path / HISTORY)) == 2
    (tmp_path / HISTORY).write_text("no", encoding="utf-8")
    wrong = drill("risk", "two", "--history", folder=tmp_path)
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "line 1" in wrong.stderr
