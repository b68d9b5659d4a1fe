"""A dispatch rule of one's own that fails while a run is under way: told with plan and key, and nothing is lost."""

import sys

import pytest
from click.testing import CliRunner

from sim.cli import drill
from sim.errors import DrillError
from sim.scenario.template import template

RULES = """
import numpy as np
calls = [0]
def late(view):
    calls[0] += 1
    return view.customers[1:] if calls[0] > 1500 else view.customers
"""


def test_a_rule_that_fails_late_loses_nothing(tmp_path, monkeypatch) -> None:
    (tmp_path / "laterule.py").write_text(RULES)
    (tmp_path / "mine.toml").write_text(template(), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    args = ["run", "mine.toml", "-n", "12", "--jobs", "1", "--quiet", "--allow-code", "--out", "out"]
    try:
        done = CliRunner().invoke(drill, [*args, "--set", "dispatch.rule=laterule:late"])
    finally:
        sys.modules.pop("laterule", None)
    assert isinstance(done.exception, DrillError)
    assert str(done.exception).startswith("plan 'as_now': dispatch.rule = \"laterule:late\" returned scores of shape ")
    kept = sorted(path.name for path in (tmp_path / "out" / "replications").iterdir())
    assert 1 <= len(kept) < 12
    assert kept == [f"rep-{n:04d}.npz" for n in range(len(kept))]
    assert not (tmp_path / "out" / "COMPLETE").exists()


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        ("dispatch.rule=rolout", "dispatch.rule"), ("dispatch.index_rule=rollout", "dispatch.index_rule"),
        ("dispatch.rollout_steps=1", "dispatch.rollout_steps"), ("dispatch.redispatch_factor=0.5", "dispatch.redispatch_factor"),
        ("dispatch.redispatch=always", "dispatch.redispatch"), ("bulletins.hours=[\"25:00\"]", "bulletins.hours"),
    ],
)  # fmt: skip
def test_wrong_values_are_told_before_the_run(tmp_path, edit, told) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(template(), encoding="utf-8")
    done = CliRunner().invoke(drill, ["check", str(path), "--no-figures", "--set", edit])
    assert type(done.exception).__name__ == "InputError"
    assert told in str(done.exception)
