"""`drill grid` as its users meet it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.test_cli import SCENARIO, drill
from tests.test_native import written
from tests.textbook import rbts_bus4


def test_a_grown_network_is_exported_and_shown(tmp_path: Path) -> None:
    made = drill("grid", "export", str(SCENARIO), "mine", "--set", "network.customers=30000", folder=tmp_path)
    assert (made.returncode, made.stderr) == (0, "")
    assert "# A network as a folder" in (tmp_path / "mine" / "columns.md").read_text()
    shown = drill("grid", "show", "mine", "--json", "--out", "picture", folder=tmp_path)
    assert shown.returncode == 0
    said = json.loads(shown.stdout)
    assert said["network"]["customers"] == 30_000
    assert said["notes"] == []
    assert {p.name for p in (tmp_path / "picture").iterdir()} == {"grid.csv", "grid.png", "grid.svg"}


def test_an_import_says_what_it_assumed(tmp_path: Path) -> None:
    (tmp_path / "theirs").mkdir()
    written(tmp_path / "theirs")
    done = drill("grid", "import", "theirs", "mine", folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "23 customers, 4 line sections (5.0 km), 2 feeders, 2 substations, 1 ties." in done.stdout
    assert "Assumed: 1 kW to a customer at 1 load points that give no load." in done.stdout
    again = drill("grid", "import", "theirs", "mine", "--lang", "zh", folder=tmp_path)
    assert again.returncode == 2
    assert "mine" in again.stderr
    said = drill("grid", "show", "mine", "--no-figures", "--lang", "zh", folder=tmp_path)
    assert said.stdout == "23 户，4 个线段（5.0 公里），2 条馈线，2 座变电站，1 个联络开关。\n"


def test_a_bad_network_is_refused_and_nothing_written(tmp_path: Path) -> None:
    (tmp_path / "theirs").mkdir()
    written(tmp_path / "theirs", ties="bus_a,bus_b\n2,44\n")
    for command in (("import", "theirs", "mine"), ("show", "theirs", "--out", "mine")):
        done = drill("grid", *command, folder=tmp_path)
        assert done.returncode == 2
        assert "theirs/ties.csv: line 2 bus_b = 44: leads nowhere" in done.stderr
        assert not (tmp_path / "mine").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="limits of POSIX")
@pytest.mark.parametrize("name", ["mine", "mine.zip"])
def test_a_full_disk_is_named_and_leaves_no_half_network(tmp_path: Path, name: str) -> None:
    (tmp_path / "theirs").mkdir()
    written(tmp_path / "theirs")
    # files may have 2 kB, which is enough for the sections: larger ones end like those on a full disk
    limit = (
        "import resource, signal, sys; from sim.cli import main; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (2048, resource.RLIM_INFINITY)); main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", limit, "grid", "import", "theirs", name], cwd=tmp_path, capture_output=True, text=True,
        timeout=60, check=False, env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])},
    )  # fmt: skip
    assert done.returncode == 1
    assert "file too large" in done.stderr
    assert f"the grid in {name} is not whole" in done.stderr
    assert [path.name for path in (tmp_path / "mine").glob("*")] == []
    assert not (tmp_path / "mine.zip").exists()


def test_columns_are_described(tmp_path: Path) -> None:
    done = drill("grid", "columns", folder=tmp_path)
    assert done.returncode == 0
    assert "## sections.csv (needed)" in done.stdout


def test_reliability_of_a_published_system(tmp_path: Path) -> None:
    (tmp_path / "rbts").mkdir()
    rbts_bus4().write(tmp_path / "rbts")
    done = drill("reliability", "rbts", folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert " 0.2997  interruptions per customer and year (SAIFI)" in done.stdout
    assert "54.293  MWh not served per year (ENS)" in done.stdout
    assert "  LP4: 3.5005 h, 0.3075 failures, 220 customers" in done.stdout
    said = json.loads(drill("reliability", "rbts", "--json", folder=tmp_path).stdout)
    assert said["system"]["saidi_h"] == pytest.approx(3.465248, abs=1e-6)
    assert len(said["load_points"]) == 38
    both = drill("reliability", "rbts", "--simulate", "20", folder=tmp_path)
    assert (both.returncode, both.stderr) == (0, "")
    assert "First column: analytic. Second: 20 simulated years" in both.stdout
    drawn = json.loads(drill("reliability", "rbts", "--simulate", "20", "--json", folder=tmp_path).stdout)["simulated"]
    assert (drawn["years"], drawn["seed"]) == (20, 1)
    assert drawn["system"]["saifi"]["half_width"] > 0
    lines = drill("reliability", "rbts", "--csv", folder=tmp_path).stdout.splitlines()
    assert lines[0].startswith("load_point,class,customers,failures_per_yr,hours_per_yr,hours_per_failure")
    assert lines[1].startswith("LP1,residential,220,0.2945,3.4355,11.665534805,")


def test_reliability_needs_rates(tmp_path: Path) -> None:
    (tmp_path / "theirs").mkdir()
    written(tmp_path / "theirs")
    done = drill("reliability", "theirs", folder=tmp_path)
    assert done.returncode == 2
    assert "theirs/sections.csv: fail_per_km_yr: needs failure rates: no section and no source fails." in done.stderr


def test_a_scenario_plays_on_a_network_of_its_own(tmp_path: Path) -> None:
    made = drill("new", "mine.toml", folder=tmp_path)
    assert made.returncode == 0
    packed = drill("grid", "export", "mine.toml", "mine.zip", "--set", "network.customers=20000", folder=tmp_path)
    assert (packed.returncode, packed.stderr) == (0, "")
    again = drill("grid", "export", "mine.toml", "again.zip", "--set", "network.customers=20000", folder=tmp_path)
    assert again.returncode == 0
    assert (tmp_path / "mine.zip").read_bytes() == (tmp_path / "again.zip").read_bytes()
    own = (
        "--set",
        "network.settlements=mine.zip",
        "--set",
        "network.customers=20000",
        "--set",
        "switching.enabled=true",
    )
    done = drill("run", "mine.toml", "-n", "1", "--quiet", "--out", "run", *own, folder=tmp_path)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert (tmp_path / "run" / "COMPLETE").is_file()
    wrong = drill(
        "run", "mine.toml", "-n", "1", "--out", "no", "--set", "network.settlements=mine.zip", folder=tmp_path
    )
    assert wrong.returncode == 2
    assert "network.customers = 60000: the number of mine.zip, 20000." in wrong.stderr
    (tmp_path / "theirs").mkdir()
    written(tmp_path / "theirs")
    assert drill("grid", "import", "theirs", "flat.zip", folder=tmp_path).returncode == 0
    flat = drill(
        "run", "mine.toml", "--set", "network.settlements=flat.zip", "--set", "network.customers=23", folder=tmp_path
    )
    assert flat.returncode == 2
    assert "flat.zip: buses.csv: is needed: a storm meets what has coordinates." in flat.stderr
