"""Help that helps: every key explained from its declaration, the key reference, the schema, the shell's completion."""

import json
import re
import tomllib
from pathlib import Path

import pytest
from click.shell_completion import ShellComplete
from click.testing import CliRunner

from sim.cli import drill
from sim.errors import InputError
from sim.scenario import declarations, read, template
from sim.scenario.reference import explained, reference

README = Path(__file__).parents[1] / "scenarios" / "README.md"
BEGIN, END = "<!-- keys: made by `drill explain --all` -->\n", "<!-- end of keys -->"


def said(*args: str) -> str:
    done = CliRunner().invoke(drill, ["explain", *args], catch_exceptions=False)
    assert done.exit_code == 0
    return done.output


def test_a_key_is_explained_with_meaning_unit_default_grade_and_source() -> None:
    (limit,) = explained("work.wind_limit_mps")
    text = said("work.wind_limit_mps")
    assert text.splitlines()[0] == "work.wind_limit_mps"
    flat = " ".join(text.split())
    for part in (limit.doc, "unit m/s", "default 10.0", "evidence B: press or paper", f"source {limit.source}"):
        assert part in flat
    assert "必须给出" in said("crews.line.count", "--lang", "zh")
    assert json.loads(said("hotline.agents", "--json"))[0]["allowed"] == explained("hotline.agents")[0].allowed


@pytest.mark.parametrize(
    ("typed", "declared"),
    [
        ("crews.line.count", "crews.NAME.count"),
        ("crews.NAME.count", "crews.NAME.count"),
        ("plans.early.hotline.agents", "hotline.agents"),
        ("plans.early.crews.line.count", "crews.NAME.count"),
        ("plans.early.title", "plans.NAME.title"),
        ("plans.early.actions[0].at", "plans.NAME.actions[].at"),
        ("observed.checkpoints.at", "observed.checkpoints[].at"),
    ],
)
def test_keys_are_found_as_they_stand_in_the_file(typed: str, declared: str) -> None:
    assert [each.key for each in explained(typed)] == [declared]


def test_every_declared_key_and_table_is_explained() -> None:
    for each in declarations():
        assert explained(each.key) == [each]
    assert {each.key for each in explained("hotline")} == {
        each.key for each in declarations() if each.key.startswith("hotline.")
    }


@pytest.mark.parametrize(
    ("typed", "nearest"), [("hotline.agent", "hotline.agents"), ("agents", "hotline.agents"), ("hotlin", "hotline")]
)
def test_an_unknown_key_is_wrong_input_and_the_nearest_is_named(typed: str, nearest: str) -> None:
    with pytest.raises(InputError, match=f"Did you mean '{nearest}'"):
        explained(typed)


def test_the_key_reference_in_the_readme_is_what_the_declarations_say() -> None:
    text = README.read_text(encoding="utf-8")
    assert text.count(BEGIN) == text.count(END) == 1
    written = text[text.index(BEGIN) + len(BEGIN) : text.index(END)]
    assert written.strip() == reference().strip(), "run `drill explain --all` and put its output between the marks"
    assert said("--all") == reference()


def test_the_schema_describes_every_key_and_takes_the_template() -> None:
    made = json.loads(CliRunner().invoke(drill, ["schema"], catch_exceptions=False).output)
    hotline = made["$defs"]["Hotline"]["properties"]
    (agents,) = explained("hotline.agents")
    assert hotline["agents"]["description"] == agents.doc
    assert hotline["agents"]["default"] == agents.default
    assert hotline["agents"]["unit"] == agents.unit
    described = json.dumps(made, ensure_ascii=False)
    assert all(json.dumps(each.doc, ensure_ascii=False) in described for each in declarations())
    assert set(tomllib.loads(template())) <= set(made["properties"])


def offered(words: list[str], typed: str) -> list[str]:
    return [item.value for item in ShellComplete(drill, {}, "drill", "_DRILL_COMPLETE").get_completions(words, typed)]


def test_the_shell_offers_commands_keys_plans_and_languages(tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text(template(), encoding="utf-8")
    assert offered([], "expl") == ["explain"]
    assert offered(["explain"], "hotline.pat") == ["hotline.patience_s"]
    assert offered(["run", str(mine), "--set"], "hotline.patie") == ["hotline.patience_s="]
    assert offered(["run", str(mine), "--plan"], "re") == ["ready_early"]
    assert offered(["run", str(tmp_path / "none.toml"), "--plan"], "re") == []
    assert offered(["run", str(mine), "--lang"], "z") == ["zh"]


def test_the_readme_shows_how_to_turn_completion_on() -> None:
    text = (README.parents[1] / "README.md").read_text(encoding="utf-8")
    for shell in ("bash", "zsh", "fish"):
        assert f"_DRILL_COMPLETE={shell}_source drill" in text
    done = CliRunner(env={"_DRILL_COMPLETE": "zsh_source"}).invoke(drill, [], prog_name="drill")
    assert "#compdef drill" in done.output


def test_the_plan_of_the_tutorial_can_be_added_to_the_template(tmp_path: Path) -> None:
    text = (README.parents[1] / "README.md").read_text(encoding="utf-8")
    start = text.index("    [plans.more_crews]\n")
    block = text[start : text.index("\n\n", start)]
    mine = tmp_path / "mine.toml"
    mine.write_text(template() + "\n" + "\n".join(line[4:] for line in block.splitlines()) + "\n", encoding="utf-8")
    plan = read(mine, []).scenario.plans["more_crews"]
    assert plan.title == "Twice the line crews"
    assert plan.overrides == {"crews": {"line": {"count": 12}}}


def test_the_readme_lists_every_command() -> None:
    text = (README.parents[1] / "README.md").read_text(encoding="utf-8")
    listed = re.findall(r"^    drill (\w+) .*  \w", text[text.index("## Commands") :], re.MULTILINE)
    assert sorted(set(drill.commands) - set(listed)) == []
