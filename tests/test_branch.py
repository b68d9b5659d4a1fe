"""Branches of a run: the same storm with further actions, kept beside the run and set against its parent."""

import csv
import json
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.errors import DrillError, InputError
from sim.experiment import branching
from sim.log import Log
from sim.results import Branch, branches, lineage, open_run, setting_of
from sim.scenario import Action
from sim.scenario.doing import read_actions
from tests.test_cli import drill
from tests.tiny import tiny_scenario

SMALL = ("--set", "network.customers=20000", "-n", "2", "--jobs", "1", "--quiet")


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("branches")
    assert drill("new", "mine.toml", folder=folder).returncode == 0
    done = drill("run", "mine.toml", *SMALL, "--out", "run", folder=folder)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def run(finished: Path, tmp_path: Path) -> Path:
    """Return a folder with a run of its own, without branches."""
    shutil.copytree(finished / "run", tmp_path / "run")
    return tmp_path


def said(folder: Path, *args: str) -> dict[str, Any]:
    done = drill("branch", "run", *args, "--json", folder=folder)
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def refused(folder: Path, *args: str, code: int = 2) -> str:
    before = sorted(folder.rglob("*"))
    done = drill("branch", "run", *args, folder=folder)
    assert (done.returncode, done.stdout) == (code, ""), done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert sorted(folder.rglob("*")) == before  # nothing harmed, nothing left behind
    return done.stderr


def test_a_branch_without_new_action_is_its_parent_byte_for_byte(run: Path) -> None:
    told = said(run)
    assert told["is_same"]
    assert told["said"] == []
    assert told["first_difference"] is None
    assert all(row["difference"] == 0 or row["difference"] is None for row in told["measures"])
    made = Log.load(run / "run" / "branches" / "b1" / "log.npz")
    kept = Log.load(run / "run" / "logs" / f"median-{told['plan']}.npz")
    assert all(made[name].tobytes() == kept[name].tobytes() for name in kept.columns)
    assert made.detail == kept.detail


def test_branches_grow_from_branches_and_change_nothing_before_their_action(run: Path) -> None:
    first = said(run, "--at", "60h", "--do", "crews_lost crews=line count=3", "--name", "fewer", "--by", "umpire")
    assert [act["kind"] for act in first["said"]] == ["inject_given"]
    assert first["said"][0]["text"] == "crews_lost 3 of line by umpire"
    parted = first["first_difference"]
    assert parted["at"] == min(parted[side]["at"] for side in ("parent", "child")) >= 3600.0
    assert parted["child"]["kind"] == "shift_ended"
    assert sum(first["areas"].values()) == pytest.approx(
        next(row["difference"] for row in first["measures"] if row["measure"] == "customer_hours"), abs=0.1
    )
    second = said(run, "--from", "fewer", "--at", "70h", "--do", "ask_for_aid aid=neighbours")
    assert (second["parent"], second["plan"], second["replication"]) == ("fewer", first["plan"], first["replication"])
    assert second["said"][0]["kind"] == "action_refused"  # asked for 12 h after landfall, which is past
    assert second["is_same"]
    third = said(run, "--from", "fewer", "--at", "55h30", "--do", "ask_for_aid aid=neighbours")
    assert third["first_difference"]["at"] >= 55.5 * 60
    logs = {name: Log.load(run / "run" / "branches" / name / "log.npz") for name in ("fewer", "b1", "b2")}
    for name, at in (("b1", 4200.0), ("b2", 3330.0)):
        for column in logs["fewer"].columns:
            one, other = (log[column][log["at"] < at] for log in (logs["fewer"], logs[name]))
            assert one.tobytes() == other.tobytes(), column
    tree = drill("branch", "run", "--list", folder=run).stdout
    assert [line.strip().split("  ")[0] for line in tree.splitlines() if "─" in line] == ["└─ fewer", "├─ b1", "└─ b2"]
    listed = json.loads(drill("branch", "run", "--list", "--json", folder=run).stdout)
    assert [(row["branch"], row["parent"]) for row in listed] == [("fewer", ""), ("b1", "fewer"), ("b2", "fewer")]


def test_a_branch_is_told_in_sentences_in_both_languages(run: Path) -> None:
    do = ("--at", "56h", "--do", "crews_lost crews=line count=3")
    told = drill("branch", "run", *do, "--lang", "en", folder=run).stdout
    assert "inject: crews_lost 3 of line by lead" in told
    assert re.search(r"The courses part on 9 Sep 08:\d\d, 56\.\d h after the start\.", told)
    assert re.search(r"\n *as it was: 9 Sep \d\d:\d\d\s+[A-Z]", told)
    assert re.search(r"\n *now:\s+9 Sep 08:00\s+Crew \d goes off duty\n", told)
    assert re.search(r"Areas that lose: \d+\. Most, by customer-hours: \S.* \+[\d,]+ \([\d,]+ to [\d,]+\)", told)
    chinese = drill("branch", "run", *do, "--lang", "zh", folder=run).stdout
    assert re.search("现在：9月9日 08:00，\\d 号队下班", chinese)
    made = Branch(run / "run" / "branches" / "b1", {}, ())
    drawn = (made.path / "figures" / "2-areas.csv").read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(drawn.splitlines()))
    changes = made.comparison()["areas"]
    assert {row["area"]: float(row["change"]) for row in rows} == pytest.approx(changes, abs=0.01)
    assert [float(row["change"]) for row in rows] == sorted(float(row["change"]) for row in rows)
    assert all(
        float(row["customer_hours_branch"]) - float(row["customer_hours_parent"]) == pytest.approx(float(row["change"]))
        for row in rows
    )


def test_a_branch_is_replayed_like_the_run(run: Path) -> None:
    said(run, "--at", "56h", "--do", "crews_lost crews=line count=3", "--name", "fewer")
    plain = ("replay", "run", "--plain", "--every", "24", "--lang", "en")
    told = drill(*plain, "--branch", "fewer", folder=run)
    assert told.returncode == 0, told.stderr
    assert "· branch fewer ·" in told.stdout
    assert "* Inject: crews_lost 3 of line by lead" in told.stdout
    parent = drill(*plain, folder=run).stdout
    assert "branch" not in parent
    rows = [[line for line in text.splitlines() if re.match(r"\d+ Sep", line)] for text in (parent, told.stdout)]
    assert rows[0][:2] == rows[1][:2]  # nothing changes before 9 September 08:00
    assert rows[0] != rows[1]
    for args, word in ((("--branch", "fewr"), "Did you mean 'fewer'"), (("--branch", "fewer", "--plan", "x"), "leave this out")):
        wrong = drill("replay", "run", *args, folder=run)
        assert (wrong.returncode, word in wrong.stderr) == (2, True), wrong.stderr


def test_the_clock_is_held_while_the_team_talks_unless_it_is_let_run(run: Path) -> None:
    do = ("--at", "60h", "--do", "set_dispatch_rule rule=nearest", "--discussed", "45")
    assert said(run, *do)["said"][0]["at"] == 3600.0
    assert said(run, *do, "--running")["said"][0]["at"] == 3645.0
    kept = branches(open_run(run / "run"))
    assert [(b.manifest["discussed_min"], b.manifest["clock_ran"]) for b in kept.values()] == [
        (45.0, False),
        (45.0, True),
    ]


def test_what_was_to_be_expected_stands_beside_the_outcome(run: Path) -> None:
    told = said(run, "--at", "56h", "--do", "crews_lost crews=line count=4", "--expect", "3", "--replication", "0")
    rows = {row["measure"]: row for row in told["measures"]}
    hours = rows["customer_hours"]
    assert hours["n"] == 3
    assert hours["lo"] <= hours["mean"] <= hours["hi"]
    # by hand: the same two lists of actions in storms 1 to 3
    opened = open_run(run / "run")
    setting = setting_of(opened, (told["plan"],))
    plan = next(p for p in setting.plans if p.name == told["plan"])
    lost = Action(3360.0, "crews_lost", {"crews": ("line",), "count": 4}, "lead")
    changes = []
    for number in (1, 2, 3):
        parent, child = branching.play_both(setting, plan, (), (lost,), number, None)
        changes.append(child.measures.values["customer_hours"] - parent.measures.values["customer_hours"])
    assert hours["mean"] == pytest.approx(np.mean(changes))


def test_a_branch_is_whole_or_not_there(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = open_run(run / "run")
    from sim.results import check_name, write_branch

    with pytest.raises(ZeroDivisionError), write_branch(opened, "b1", "", "as_now", 0, [], {}):
        raise ZeroDivisionError
    assert not (run / "run" / "branches").exists()

    def at_the_same_time() -> None:
        rest = "", "as_now", 0, [], {}
        with write_branch(opened, None, *rest) as first, write_branch(opened, None, *rest) as second:
            assert (first.name, second.name) == ("b1", "b2")
            with pytest.raises(DrillError, match="'b1' was taken"), write_branch(opened, "b1", *rest):
                pass
            with pytest.raises(InputError, match="is being made"):
                check_name(opened, "b1")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        at_the_same_time()
    assert not (run / "run" / "branches").exists()
    said(run, "--name", "good")
    (run / "run" / "branches" / "good" / "comparison.json").write_text("{}", encoding="utf-8")
    with pytest.raises(DrillError, match="changed or damaged"):
        branches(open_run(run / "run"))


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["--do", "hold_crews crews=lien", "--at", "60h"], ['crews = "lien"', "Did you mean 'line'"]),
        (["--do", "feeder_tripped feeder=F1", "--at", "60h"], ['feeder = "F1"', "no feeder of that name"]),
        (["--do", "hold_crews crews=line"], ["actions[#1].at", "missing"]),
        (["--do", "hold_crew crews=line", "--at", "60h"], ["hold_crews"]),
        (["--do", "hold_crews crews=line depot=north", "--at", "60h"], ["no argument of hold_crews"]),
        (["--do", "hold_crews crews=line count=0", "--at", "60h"], ["count = 0", "1 to 20,000"]),
        (["--do", "hold_crews crews=line when='known.outages > x'"], ["when", "a condition such as"]),
        (["--do", "hold_crews 'crews=line", "--at", "60h"], ["paired quotes"]),
        (["--do", "hold_crews line", "--at", "60h"], ["key=value"]),
        (["--do", "switch_tie tie=a-b to=open", "--at", "60h"], ["operates devices", "switching.enabled = false"]),
        (["--do", "nowhere.toml", "--at", "60h"], ["nowhere.toml", "cannot be read"]),
        (["--do", "hold_crews crews=line", "--at", "900h"], ["--at", "within the run"]),
        (["--do", "hold_crews crews=line at=T+900h"], ["at", "within the run"]),
        (["--do", "publish_etr restored_by=T+80h; publish_etr restored_by=T+90h", "--at", "60h"], ["contradicts"]),
        (["--do", "hold_crews crews=line", "--do", "release_crews crews=line,tree", "--at", "60h"], ["contradicts"]),
        (["--from", "b7"], ["b7", "there is none yet"]),
        (["--plan", "nobody"], ["--plan", "as_now"]),
        (["--replication", "9"], ["--replication", "0 to 1"]),
        (["--name", "../out"], ["--name", "letters"]),
    ],
)
def test_wrong_input_is_named_and_harms_nothing(finished: Path, args: list[str], words: list[str]) -> None:
    told = refused(finished, *args)
    assert all(word in told for word in words), told


def test_a_run_that_is_not_whole_or_of_another_program_is_not_branched(run: Path) -> None:
    name = run / "run" / "replications" / "rep-0000.npz"
    (run / "run" / "COMPLETE").rename(run / "run" / "gone")
    assert "not whole" in refused(run)
    (run / "run" / "gone").rename(run / "run" / "COMPLETE")
    # as if another version had given other numbers
    with np.load(name) as data:
        arrays = {key: data[key] for key in data.files}
    arrays["values"] = arrays["values"] + 1.0
    np.savez_compressed(name, **arrays)
    marker = run / "run" / "COMPLETE"
    from sim.results.folder import sha256

    lines = [line for line in marker.read_text().splitlines() if not line.endswith("rep-0000.npz")]
    marker.write_text("\n".join([*lines, f"{sha256(name)}  replications/rep-0000.npz"]) + "\n")
    assert "comes out otherwise" in refused(run, "--replication", "0", code=1)


def test_a_branch_whose_parent_was_removed_is_named() -> None:
    orphan = Branch(Path("b2"), {"parent": "b1"}, ())
    with pytest.raises(DrillError, match="springs from 'b1'"):
        lineage({"b2": orphan}, "b2")
    with pytest.raises(InputError, match="b2"):
        lineage({"b2": orphan}, "b3")


def test_actions_are_read_from_texts_and_files_alike(tmp_path: Path) -> None:
    places = {"area": ["Tateyama", "Kamogawa"], "section": [], "feeder": [], "substation": [], "critical": []}
    text = "publish_etr areas='Tateyama, Kamogawa' restored_by=T+90h; hold_crews crews=line count=1 when='known.outages > 3'"
    typed = read_actions(text, tiny_scenario(), places, "T+60h", "lead")
    file = tmp_path / "acts.toml"
    file.write_text(
        '[[actions]]\ndo = "publish_etr"\nareas = ["Tateyama", "Kamogawa"]\nrestored_by = "T+90h"\n'
        '[[actions]]\nwhen = "known.outages > 3"\ndo = "hold_crews"\ncrews = ["line"]\ncount = 1\n',
        encoding="utf-8",
    )
    assert read_actions(str(file), tiny_scenario(), places, "T+60h", "lead") == typed
    assert [(entry.at, entry.when, entry.author) for entry in typed] == [
        ("T+60h", None, "lead"),
        ("T+60h", "known.outages > 3", "lead"),  # with a condition the earliest instant
    ]
