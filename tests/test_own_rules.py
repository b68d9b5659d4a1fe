"""A dispatch rule of one's own that fails while a run is under way: told with plan and key, and nothing is lost."""

import re
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from sim.cli import drill
from sim.dispatch import Asking, View
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
    told = "plan '(as_now|ready_early)': dispatch.rule = \"laterule:late\" returned scores of shape "  # whichever it was
    assert re.match(told, str(done.exception))
    kept = sorted(path.name for path in (tmp_path / "out" / "replications").iterdir())
    assert 1 <= len(kept) < 12
    assert kept == [f"rep-{n:04d}.npz" for n in range(len(kept))]
    assert not (tmp_path / "out" / "COMPLETE").exists()


def test_the_rule_of_the_readme_plays_and_decides(tmp_path, monkeypatch) -> None:
    readme = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
    edit = re.search(r"--set (dispatch.rule=myrules:\w+)", readme)[1]
    (tmp_path / "myrules.py").write_text(code, encoding="utf-8")
    (tmp_path / "mine.toml").write_text(template(), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    columns = re.search(r"A view has one value per job:(.*?)Minutes count", readme, re.DOTALL)[1]
    assert [name for name in re.findall(r"`(\w+)`", columns) if not hasattr(View, name)] == []
    args = ["run", "mine.toml", "-n", "1", "--plan", "as_now", "--jobs", "1", "--quiet", "--allow-code", "--set"]
    try:
        done = CliRunner().invoke(drill, [*args, edit, "--out", "own"], catch_exceptions=False)
        assert done.exit_code == 0
        rule = sys.modules["myrules"].quick_wins
    finally:
        sys.modules.pop("myrules", None)
    columns = {
        name: np.array(values) for name, values in (
            ("x", [0.0, 50.0, 10.0]), ("y", [0.0] * 3), ("customers", [10.0, 900.0, 60.0]), ("expected_min", [40.0] * 3),
            ("critical", [0.0, 1.0, 0.0]),
        )
    }  # fmt: skip
    asked = View(columns, 3, Asking(0.0, 0.0, 0.0, 2.0, 20.0, "line"))
    assert rule(asked).tolist() == [10 / 60, 2 * 900 / 160, 60 / 80]
    assert (tmp_path / "own" / "COMPLETE").exists()


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
