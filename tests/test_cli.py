"""The command line as its users meet it: exit codes, messages, what is written and what is not."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

SCENARIO = Path(__file__).parents[1] / "scenarios" / "typhoon.toml"
CALL = "from sim.cli import main; main()"


def drill(*args: str, folder: Path, **given: str) -> subprocess.CompletedProcess[str]:
    home = os.environ | {"PYTHONPATH": str(SCENARIO.parents[1])} | given
    return subprocess.run(
        [sys.executable, "-c", CALL, *args],
        cwd=folder,
        env=home,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.fixture(scope="module")
def run_of_a_new_scenario(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    folder = tmp_path_factory.mktemp("desk")
    made = drill("new", "mine.toml", folder=folder)
    assert (made.returncode, made.stderr) == (0, "")
    return folder, drill("run", "mine.toml", "-n", "2", "--jobs", "2", "--json", "--out", "one", folder=folder)


def test_a_new_scenario_runs_and_answers_in_json(
    run_of_a_new_scenario: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    folder, done = run_of_a_new_scenario
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["replications"] == 2
    assert said["reference"] in said["plans"]
    for name in ("COMPLETE", "manifest.json", "report.html", "tables/plans.csv", "figures/1-customers-out.svg"):
        assert (folder / "one" / name).is_file()


def test_one_worker_and_another_hash_seed_give_the_same_files(
    run_of_a_new_scenario: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    folder, _ = run_of_a_new_scenario
    again = drill(
        "run", "mine.toml", "-n", "2", "--jobs", "1", "--quiet", "--out", "two", folder=folder, PYTHONHASHSEED="7"
    )
    assert (again.returncode, again.stdout) == (0, "")
    names = sorted(p.relative_to(folder / "one") for p in (folder / "one").rglob("*") if p.is_file())
    assert names == sorted(p.relative_to(folder / "two") for p in (folder / "two").rglob("*") if p.is_file())
    differ = [str(n) for n in names if (folder / "one" / n).read_bytes() != (folder / "two" / n).read_bytes()]
    assert differ == ["manifest.json"]


def test_finished_runs_are_compared_and_unfinished_ones_refused(
    run_of_a_new_scenario: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    folder, _ = run_of_a_new_scenario
    other = ("--set", "hotline.agents=9", "-n", "2", "--out", "other")
    assert drill("run", "mine.toml", *other, "--quiet", folder=folder).returncode == 0
    done = drill("compare", "one", "other", "--out", "side", folder=folder)
    assert done.returncode == 0, done.stderr
    html = (folder / "side" / "report.html").read_text(encoding="utf-8")
    assert "hotline.agents" in html
    assert "drill compare one other" in html
    assert "Plans: means of" in done.stdout
    assert {path.name for path in (folder / "side").iterdir()} == {"figures", "tables", "report.html"}
    plans = {name: plans_of(folder / "side" / "tables" / f"{name}.csv") for name in ("depots", "plans")}
    assert plans["depots"] == {plan for plan in plans["plans"] if not plan.endswith("(2)")}  # of the first run
    assert any(plan.endswith("(1)") for plan in plans["depots"])
    result = json.loads(drill("compare", "one", "other", "--json", folder=folder).stdout)
    assert result["runs"] == ["one", "other"]
    assert result["differences"]["hotline.agents"][1] == "9"
    in_use = drill("compare", "one", "other", "--out", "side", folder=folder)
    assert (in_use.returncode, "not empty" in in_use.stderr) == (2, True)
    twice = drill("compare", "one", "one", folder=folder)
    assert (twice.returncode, "named twice" in twice.stderr) == (2, True)
    (folder / "half").mkdir()
    (folder / "half" / "manifest.json").write_text("{}")
    refused = drill("compare", "one", "half", folder=folder)
    assert refused.returncode == 2
    assert "not whole" in refused.stderr


def plans_of(table: Path) -> set[str]:
    with table.open(encoding="utf-8-sig", newline="") as file:
        return {row["plan"] for row in csv.DictReader(file)}


def test_a_folder_in_use_is_left_alone(run_of_a_new_scenario: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    folder, _ = run_of_a_new_scenario
    before = (folder / "one" / "manifest.json").read_bytes()
    refused = drill("run", "mine.toml", "-n", "1", "--out", "one", folder=folder)
    assert refused.returncode == 2
    assert "not empty" in refused.stderr
    assert (folder / "one" / "manifest.json").read_bytes() == before


@pytest.mark.parametrize("aim", ["nowhere/deep", "other"])
def test_a_link_that_leads_nowhere_is_no_folder_to_write_to(aim: str, tmp_path: Path) -> None:
    drill("new", "mine.toml", folder=tmp_path)
    (tmp_path / "out").symlink_to(aim)
    (tmp_path / "other").symlink_to("out")
    done = drill("run", "mine.toml", "-n", "1", "--out", "out", folder=tmp_path)
    assert done.returncode == 2, done.stderr
    assert "out: this is a link that leads nowhere" in done.stderr


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["run", "tiphoon.toml"], ["tiphoon.toml", "typhoon.toml"]),
        (["check", "x" * 5000 + ".toml"], ["xxx.toml", "cannot be read"]),
        (["run", str(SCENARIO), "--set", "hotline.agent=3"], ["--set", "hotline.agent", "hotline.agents"]),
        (["run", str(SCENARIO), "--plan", "early_ade"], ["--plan", "early_ade", "early_aid"]),
        (["run", str(SCENARIO), "--set", "dispatch.rule=mine:best"], ["mine:best", "--allow-code"]),
        (["run", str(SCENARIO), "--lang", "fr"], ["--lang", "fr", "en, zh"]),
        (["run", str(SCENARIO), "--set", "dispatch.rule=mine:best"], ["typhoon.toml: dispatch.rule"]),
        (["run", str(SCENARIO), "--set", "plans.balanced.dispatch.rule=mine:best"], ["plans.balanced.dispatch.rule"]),
        (["run", str(SCENARIO), "--seed", str(2**63)], ["--seed", str(2**63), "0 to 9,223,372,036,854,775,807"]),
        (["run", str(SCENARIO), "-n", "0"], ["-n", "0"]),
        (["check", str(SCENARIO), "--set", "timezone=America/New_York"], ["timezone", "New_York", "11 h off the sun"]),
        (
            ["check", str(SCENARIO), "--set", "depots.chiba.lon=35.6", "--set", "depots.chiba.lat=80.1"],
            ["depots.chiba", "lon 35.6, lat 80.1", "within 300 km"],
        ),
        (
            ["check", str(SCENARIO), "--set", "plans.balanced.depots.new={lon=35.6,lat=40.0}"],
            ["plans.balanced.depots.new", "lon 35.6, lat 40", "within 300 km"],
        ),
        (["check", str(SCENARIO), "--set", "horizon_h=-1"], ["horizon_h", "-1"]),
        (["check", str(SCENARIO), "--lang", "fr"], ["--lang", "fr", "en, zh"]),
        (["check", str(SCENARIO), "--no-figures", "--out", "pictures"], ["--no-figures", "--out"]),
        (["compare", "nowhere"], ["nowhere", "two or more"]),
        (["new", "mine.txt"], ["mine.txt", ".toml"]),
    ],
)
def test_wrong_input_ends_with_two_and_writes_nothing(args: list[str], words: list[str], tmp_path: Path) -> None:
    done = drill(*args, folder=tmp_path)
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    for word in words:
        assert word in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_mistakes_in_several_places_are_told_together(tmp_path: Path) -> None:
    drill("new", "mine.toml", folder=tmp_path)
    text = (tmp_path / "mine.toml").read_text(encoding="utf-8")
    wrong = text.replace("\nagents = 6", "\nagents = -6").replace("faxai/track.csv", "t.csv")
    (tmp_path / "mine.toml").write_text(wrong.replace("faxai/coast.geojson", "c.json"), encoding="utf-8")
    (tmp_path / "t.csv").write_text("SID,ISO_TIME,LATT,LON,WMO_WIND,WMO_PRES\n", encoding="utf-8")
    (tmp_path / "c.json").write_text("{", encoding="utf-8")
    seed = "9" * 30
    done = drill("run", "mine.toml", "--plan", "As_Now", "--seed", seed, "--out", "out", folder=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "5 problems" in done.stderr
    for told in ("hotline.agents = -6", 'As_Now"', "'as_now'?", seed, "the column LAT is needed", "c.json: line 1: is not JSON"):
        assert told in done.stderr
    assert not (tmp_path / "out").exists()
    two = drill("sweep", "mine.toml", "--vary", "crews.line.count=1:3", "--plan", "nope", folder=tmp_path)
    assert "4 problems" in two.stderr


def test_a_wrong_option_does_not_hide_what_the_files_do_not_fit(tmp_path: Path) -> None:
    drill("new", "mine.toml", folder=tmp_path)
    text = (tmp_path / "mine.toml").read_text(encoding="utf-8").replace("lon = 139.98", "lon = 35.15")
    text = text.replace("lat = 35.15 ", "lat = 80 ").replace('rule = "customers_per_hour"', 'rule = "nearest"')
    told_areas = '\n[[plans.ready_early.actions]]\nat = "T+1h"\ndo = "publish_etr"\nareas = ["Chibu"]\n'
    text += told_areas + '[precision]\nmeasure = "t95"\n'
    (tmp_path / "mine.toml").write_text(text, encoding="utf-8")
    done = drill("run", "mine.toml", "--plan", "nope", folder=tmp_path)
    assert done.returncode == 2
    for told in ("4 problems", "lon and lat look swapped", "precision.measure", "--plan", "plans.ready_early.actions[#2].areas"):
        assert told in done.stderr
    checked = drill("check", "mine.toml", "--no-figures", folder=tmp_path)
    assert checked.returncode == 2
    assert "precision.measure" in checked.stderr
    assert "3 problems" in checked.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on the size of files")
def test_a_new_scenario_that_cannot_be_written_whole_leaves_no_file(tmp_path: Path) -> None:
    small = "import resource as r; r.setrlimit(r.RLIMIT_FSIZE, (100, 100)); "
    done = subprocess.run(
        [sys.executable, "-B", "-c", small + CALL, "new", "mine.toml"], cwd=tmp_path, capture_output=True, text=True,
        env=os.environ | {"PYTHONPATH": str(SCENARIO.parents[1])}, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (1, "")
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.iterdir())


def test_compare_names_every_run_that_cannot_be_read(tmp_path: Path) -> None:
    done = drill("compare", "one", "two", "three", "two", folder=tmp_path)
    assert done.returncode == 2
    assert "3 problems" in done.stderr


def test_check_sums_up_the_default_scenario(tmp_path: Path) -> None:
    done = drill("check", "typhoon.toml", "--no-figures", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "2,800,000 customers" in done.stdout
    assert "Radius of maximum wind at landfall: 25 km, from the scenario." in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_check_says_how_to_run_what_it_has_checked(tmp_path: Path) -> None:
    done = drill(
        "check", "typhoon.toml", "--no-figures", "--set", "dispatch.rule=mine:best", "--set", "name=a b", folder=tmp_path
    )
    assert done.stdout.endswith("run typhoon.toml --set dispatch.rule=mine:best --set 'name=a b' --allow-code\n"), done
    plain = drill("check", "typhoon.toml", "--no-figures", folder=tmp_path)
    assert plain.stdout.endswith("Next: drill run typhoon.toml\n")


def test_check_draws_the_inputs_and_says_the_same_as_json(
    run_of_a_new_scenario: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    folder, _ = run_of_a_new_scenario
    done = drill("check", "mine.toml", "--lang", "zh", folder=folder)
    assert (done.returncode, done.stderr.count("Traceback")) == (0, 0), done.stderr
    assert "results/mine/check" in done.stdout
    assert "下一步" in done.stdout
    drawn = folder / "results" / "mine" / "check"
    parts = ("1-wind", "2-network", "3-damage")
    names = {f"inputs-{part}.{ending}" for part in parts for ending in ("png", "svg", "csv")}
    assert {path.name for path in drawn.iterdir()} == names
    again = drill(
        "check", "mine.toml", "--lang", "zh", "--json", "--out", "pictures", folder=folder, PYTHONHASHSEED="7"
    )
    assert again.returncode == 0, again.stderr
    for name in names:
        assert (drawn / name).read_bytes() == (folder / "pictures" / name).read_bytes(), name
    said = json.loads(again.stdout)
    assert said["figures"] == "pictures"
    with (drawn / "inputs-3-damage.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    for work, number in said["expected_faults"].items():
        assert sum(float(row[work]) for row in rows) == pytest.approx(number, abs=0.06)
    by_factor = said["expected_faults_by_rmax_factor"]
    assert list(by_factor) == ["0.75", "1.35"]
    for factor, number in by_factor.items():
        other = drill(
            "check", "mine.toml", "--json", "--no-figures", "--set", f"storm.rmax_factor={factor}", folder=folder
        )
        changed = json.loads(other.stdout)
        assert sum(changed["expected_faults"].values()) == pytest.approx(number, abs=0.2)
        assert changed["rmax_km"] == pytest.approx(float(factor) * said["rmax_km"], abs=0.1)
        assert changed["rmax_from"] == said["rmax_from"]


def test_check_leaves_a_folder_in_use_alone_and_draws_its_own_anew(
    run_of_a_new_scenario: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    folder, _ = run_of_a_new_scenario
    used = folder / "used"
    used.mkdir()
    (used / "letter.txt").write_text("mine")
    refused = drill("check", "mine.toml", "--out", "used", folder=folder)
    assert refused.returncode == 2
    assert "not empty" in refused.stderr
    assert [path.name for path in used.iterdir()] == ["letter.txt"]
    own = folder / "results" / "mine" / "check"
    own.mkdir(parents=True, exist_ok=True)
    (own / "inputs-1-wind.csv").write_text("old")
    assert drill("check", "mine.toml", folder=folder).returncode == 0
    assert (own / "inputs-1-wind.csv").read_text(encoding="utf-8-sig").startswith("lon,lat,customers")


def test_output_that_cannot_be_shown_is_no_failure(
    run_of_a_new_scenario: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    folder, _ = run_of_a_new_scenario
    ascii_only = drill(
        "run", "mine.toml", "-n", "1", "--lang", "zh", "--out", "ascii", folder=folder, PYTHONIOENCODING="ascii"
    )
    assert (ascii_only.returncode, "Traceback" in ascii_only.stderr) == (0, False), ascii_only.stderr
    assert "as_now" in ascii_only.stdout
    closed = subprocess.run(
        ["sh", "-c", 'exec "$0" -c "$1" run mine.toml -n 1 --out closed >&-', sys.executable, CALL],
        cwd=folder, env=os.environ | {"PYTHONPATH": str(SCENARIO.parents[1])}, capture_output=True, text=True,
        timeout=300, check=False,
    )  # fmt: skip
    assert (closed.returncode, "Traceback" in closed.stderr) == (0, False), closed.stderr
    assert (folder / "closed" / "COMPLETE").is_file()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_ended_leaves_no_worker_and_no_marker(number: int, tmp_path: Path) -> None:
    assert drill("new", "mine.toml", folder=tmp_path).returncode == 0
    run = subprocess.Popen(
        [sys.executable, "-c", CALL, "run", "mine.toml", "-n", "500", "--jobs", "2", "--out", "one"],
        cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(SCENARIO.parents[1])}, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    while not list(tmp_path.glob("one/replications/*.npz")):
        assert run.poll() is None
        time.sleep(0.05)
    run.send_signal(number)
    _, said = run.communicate(timeout=60)  # the workers hold stderr open: this returns when all have gone
    assert run.returncode == 1
    assert "Interrupted" in said
    assert "Traceback" not in said
    assert not (tmp_path / "one" / "COMPLETE").exists()


def test_a_list_of_thousands_of_problems_is_cut(tmp_path: Path) -> None:
    (tmp_path / "faxai").mkdir()
    rows = "".join(f"Place {i},35,none,5\n" for i in range(2000))
    (tmp_path / "faxai" / "settlements.csv").write_text("name,lat,lon,population\n" + rows)
    assert drill("new", "mine.toml", folder=tmp_path).returncode == 0
    done = drill("check", "mine.toml", folder=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith("The input cannot be used: 2,000 problems.")
    assert done.stderr.count("settlements.csv: line") == 50
    assert "and 1,950 more" in done.stderr


COMMANDS = ("run", "check", "compare", "sweep", "target", "storms", "tornado", "replay", "branch", "grid", "new", "explain")


@pytest.mark.parametrize("command", [[], *([name] for name in COMMANDS)])
def test_every_command_has_help(command: list[str], tmp_path: Path) -> None:
    done = drill(*command, "-h", folder=tmp_path)
    assert done.returncode == 0
    assert "\\b" not in done.stdout
    assert "Usage:" in done.stdout
