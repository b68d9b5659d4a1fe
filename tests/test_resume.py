"""Interrupted is not lost: killed at any moment, a run goes on and ends as if nothing had happened."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from sim.errors import DrillError, InputError
from sim.results import open_run
from sim.results.lock import take
from sim.rng import uniforms
from tests.desk import digests, drill, install, lay


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, list[int]]:
    """The scenario file and the list of replications as they are played."""
    played = install(monkeypatch)
    return lay(tmp_path), played


class Killed(BaseException):
    """Stands for SIGKILL: nothing that follows reaches the disk."""


class Killer:
    """Ends the program at the n-th change of the file system below a folder, and every one after it."""

    def __init__(self) -> None:
        self.folder = ""
        self.left = 0
        self.seen = 0

    def arm(self, folder: Path, left: int) -> None:
        self.folder, self.left, self.seen = str(folder), left, 0

    def disarm(self) -> None:
        self.folder = ""

    def __call__(self, event: str, args: tuple[Any, ...]) -> None:
        if not self.folder or event not in ("open", "os.mkdir", "os.rename", "os.remove", "os.rmdir"):
            return
        if event == "open" and not args[2] & (os.O_WRONLY | os.O_RDWR):
            return
        if not os.fspath(args[0]).startswith(self.folder):
            return
        self.seen += 1
        if self.seen > self.left:
            raise Killed


KILLER = Killer()
sys.addaudithook(KILLER)


@pytest.fixture
def killer(monkeypatch: pytest.MonkeyPatch) -> Iterator[Killer]:
    monkeypatch.setattr(os, "fsync", lambda _: None)  # a killed program's writes reach the disk all the same
    yield KILLER
    KILLER.disarm()


def killed(killer: Killer, folder: Path, left: int, *args: object) -> bool:
    """Run the command and kill it after `left` changes; whether it was killed."""
    killer.arm(folder, left)
    try:
        drill(*args, "--out", folder, "--quiet", "--jobs", 1)
    except Killed:
        return True
    finally:
        killer.disarm()
    return False


# Killed at every write


@pytest.mark.parametrize("leave_out", [False, True])
def test_killed_at_any_write_a_run_goes_on_and_ends_with_the_same_bytes(desk, killer, tmp_path, leave_out) -> None:
    scenario, played = desk
    assert not killed(killer, tmp_path / "whole", 10**9, scenario)
    n_writes, expected = killer.seen, digests(tmp_path / "whole")
    assert n_writes > 50  # twice: a hundred moments and more
    assert "COMPLETE" in expected
    for left in range(n_writes):
        folder = tmp_path / f"killed-{left}"
        assert killed(killer, folder, left, scenario)
        there = {int(path.stem[4:]) for path in (folder / "replications").glob("*.npz")}
        played.clear()
        # before the manifest is there, only the whole command can tell what to do
        named = [] if leave_out and (folder / "manifest.json").exists() else [scenario]
        drill(*named, "--resume", "--out", folder, "--quiet", "--jobs", 1)
        assert digests(folder) == expected, f"after {left} writes"
        assert played == [number for number in range(3) if number not in there]
        assert json.loads((folder / "manifest.json").read_text())["replications"] == 3
        open_run(folder)


def test_killed_again_and_again_a_run_still_ends(desk, killer, tmp_path) -> None:
    scenario, _ = desk
    assert not killed(killer, tmp_path / "whole", 10**9, scenario)
    folder, times = tmp_path / "killed", 0
    while killed(killer, folder, 40 + times, scenario, "--resume"):
        times += 1
        assert times < 60
    assert times > 2
    assert digests(folder) == digests(tmp_path / "whole")


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_sigkill_at_random_moments(tmp_path: Path) -> None:
    scenario = lay(tmp_path)
    command = [sys.executable, "-m", "tests.desk", str(scenario), "--quiet", "--jobs", "2", "--out"]
    command.insert(3, "run")
    root = Path(__file__).parents[1]
    started = time.monotonic()
    subprocess.run([*command, str(tmp_path / "whole")], cwd=root, check=True, timeout=60)
    seconds = time.monotonic() - started
    for moment in 0.3 + 0.7 * uniforms(1, 0, "test.sigkill", range(6)):
        with subprocess.Popen([*command, str(tmp_path / "killed"), "--resume"], cwd=root) as process:
            try:
                process.wait(float(moment) * seconds)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
        assert process.returncode in (0, -signal.SIGKILL)
    subprocess.run([*command, str(tmp_path / "killed"), "--resume"], cwd=root, check=True, timeout=60)
    assert digests(tmp_path / "killed") == digests(tmp_path / "whole")


# What may go on


@pytest.fixture
def begun(desk, tmp_path) -> Path:
    """A run folder with two of three replications, as a kill leaves it."""
    scenario, played = desk
    folder = tmp_path / "begun"
    drill(scenario, "--out", folder, "--quiet", "--jobs", 1)
    for path in (folder / "COMPLETE", folder / "report.html", folder / "replications" / "rep-0002.npz"):
        path.unlink()
    for path in (*(folder / "tables").iterdir(), *(folder / "logs").iterdir(), *(folder / "figures").iterdir()):
        path.unlink()
    (folder / ".lock").touch()
    played.clear()
    return folder


def test_a_run_goes_on_only_as_it_was_begun(desk, begun, tmp_path) -> None:
    scenario, played = desk
    before = digests(begun)
    for args, words in (
        (["-n", 4], ["replications = 4", "begun with 3"]),
        (["--seed", 9], ["seed = 9", "begun with 1"]),
        (["--plan", "plain"], ["plans = plain", "begun with plain, more"]),
        (["--set", "hotline.agents=3"], ["sets = hotline.agents=3"]),
        (["--lang", "zh"], ["lang = zh", "begun with en"]),
        (["--precision", "t95_h=1"], ["open_ended = True", "sets = precision.measure=t95_h"]),
    ):
        with pytest.raises(InputError) as error:
            drill(scenario, *args, "--resume", "--out", begun, "--quiet")
        assert all(word in str(error.value) for word in words), str(error.value)
    scenario.write_text(scenario.read_text(encoding="utf-8") + "\n# changed", encoding="utf-8")
    with pytest.raises(InputError, match="sha256 of small.toml"):
        drill(scenario, "--resume", "--out", begun, "--quiet")
    assert digests(begun) == before
    assert played == []


def test_a_run_of_another_program_does_not_go_on(desk, begun, tmp_path, monkeypatch) -> None:
    scenario, _ = desk
    monkeypatch.setattr("sim.experiment.made_with._code", lambda: "other")
    with pytest.raises(InputError, match="code = other: the run in .* was begun with"):
        drill(scenario, "--resume", "--out", begun, "--quiet")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ({"format_version": 99}, "format 99"),
        ([], "cannot be read"),
        ({"format_version": 1}, "cannot be read"),
    ],
)
def test_a_manifest_of_another_kind_is_named(desk, begun, tmp_path, text, words) -> None:
    (begun / "manifest.json").write_text(json.dumps(text))
    with pytest.raises(DrillError, match=words):
        drill("--resume", "--out", begun, "--quiet")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("scenario.json", "scenario.json is not what the run wrote"),
        ("network/sections.csv", "sections.csv is not what the run wrote"),
        ("replications/rep-0001.npz", r"rep-0001.npz cannot be read .* delete it, and its replication is played again"),
    ],
)
def test_what_was_changed_by_hand_is_named_and_left_alone(desk, begun, tmp_path, name, words) -> None:
    scenario, played = desk
    data = (begun / name).read_bytes()
    # more than an entry's header in an npz, of which some bytes mean nothing
    changed = data[: len(data) // 2] + b"?" * 100 + data[len(data) // 2 + 100 :]
    (begun / name).write_bytes(changed)
    with pytest.raises(DrillError, match=words):
        drill("--resume", "--out", begun, "--quiet")
    assert (begun / name).read_bytes() == changed
    (begun / name).unlink()
    played.clear()
    drill("--resume", "--out", begun, "--quiet", "--jobs", 1)
    assert played == ([1, 2] if "rep" in name else [2])
    drill(scenario, "--out", tmp_path / "whole", "--quiet")
    assert digests(begun) == digests(tmp_path / "whole")


def test_a_replication_of_another_run_is_named(desk, begun, tmp_path) -> None:
    scenario, _ = desk
    other = tmp_path / "other"
    drill(scenario, "--seed", 77, "-n", 1, "--out", other, "--quiet")
    alien = begun / "replications" / "rep-0002.npz"
    alien.write_bytes((other / "replications" / "rep-0000.npz").read_bytes())
    with pytest.raises(DrillError, match=r"rep-0002.npz does not belong to this run"):
        drill(scenario, "--resume", "--out", begun, "--quiet")
    assert alien.exists()


def test_a_whole_run_is_told_and_left_alone(desk, tmp_path, capsys) -> None:
    scenario, played = desk
    drill(scenario, "--out", tmp_path / "run", "--json")
    said, before = capsys.readouterr().out, digests(tmp_path / "run")
    played.clear()
    drill("--resume", "--out", tmp_path / "run", "--json")
    again = capsys.readouterr()
    assert again.out == said
    assert "whole already" in again.err
    assert (digests(tmp_path / "run"), played) == (before, [])


def test_what_is_no_run_folder_is_left_alone(desk, tmp_path, capsys) -> None:
    scenario, _ = desk
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "letter.txt").write_text("mine")
    for named in ([], [scenario]):
        with pytest.raises(DrillError, match="not a run folder"):
            drill(*named, "--resume", "--out", tmp_path / "letters")
    assert [path.name for path in (tmp_path / "letters").iterdir()] == ["letter.txt"]
    drill(scenario, "--resume", "--out", tmp_path / "new", "--quiet")
    assert open_run(tmp_path / "new").experiment.replications == (0, 1, 2)
    assert "There is no run in" in capsys.readouterr().err
    drill(scenario, "--resume", "--out", tmp_path / "new", "--quiet")
    assert "There is no run in" not in capsys.readouterr().err


def test_resume_needs_a_folder_and_takes_no_other_options_without_a_scenario(desk, begun, tmp_path) -> None:
    scenario, _ = desk
    with pytest.raises(click.UsageError, match="needs --out"):
        drill(scenario, "--resume")
    with pytest.raises(click.UsageError, match="Missing argument 'SCENARIO'"):
        drill("--out", tmp_path / "x")
    with pytest.raises(click.UsageError, match=r"takes --replications, --set from"):
        drill("--resume", "--out", begun, "-n", 3, "--set", "seed=2")


# Two runs, one folder


def test_two_runs_do_not_write_into_one_folder(desk, begun, tmp_path) -> None:
    scenario, _ = desk
    before = digests(begun)
    hold = "import sys; from pathlib import Path; from sim.results.lock import take; take(Path(sys.argv[1]));"
    with subprocess.Popen(
        [sys.executable, "-c", hold + "print('held', flush=True); sys.stdin.read()", str(begun)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[1],
    ) as holder:  # fmt: skip
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(DrillError, match="another run is writing into"):
            drill(scenario, "--resume", "--out", begun, "--quiet")
        assert digests(begun) == before
        holder.kill()
    drill(scenario, "--resume", "--out", begun, "--quiet", "--jobs", 1)
    assert open_run(begun).experiment.replications == (0, 1, 2)


def test_a_lock_is_given_up_without_a_trace(tmp_path) -> None:
    lock = take(tmp_path)
    lock.release()
    lock.release()
    assert list(tmp_path.iterdir()) == []


# Disks


@pytest.mark.skipif(sys.platform == "win32", reason="limits of POSIX")
def test_a_full_disk_stops_a_run_clearly_and_it_goes_on_when_there_is_room(tmp_path, monkeypatch) -> None:
    scenario = lay(tmp_path)
    root = Path(__file__).parents[1]
    # files may have 4 kB, which is enough for the manifest: larger ones end like those on a full disk
    limit = (
        "import resource, signal, runpy, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY));"
        "sys.argv = ['drill', *sys.argv[1:]]; runpy.run_module('tests.desk', run_name='__main__')"
    )
    args = ["run", str(scenario), "--quiet", "--jobs", "1", "--out", str(tmp_path / "run")]
    done = subprocess.run(
        [sys.executable, "-c", limit, *args], cwd=root, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "cannot write" in done.stderr
    assert "file too large" in done.stderr
    assert not (tmp_path / "run" / "COMPLETE").exists()
    again = [sys.executable, "-m", "tests.desk", *args]
    subprocess.run([*again, "--resume"], cwd=root, check=True, timeout=60)
    install(monkeypatch)
    drill(scenario, "--out", tmp_path / "whole", "--quiet")
    assert digests(tmp_path / "run") == digests(tmp_path / "whole")


# Open ends


def test_n_gives_the_bytes_of_the_run_that_stopped_there(desk, tmp_path, capsys) -> None:
    scenario, _ = desk
    goal = ["--precision", "t95_h=1000", "--min", 3, "--max", 20, "--set", "precision.batch=2"]
    drill(scenario, *goal, "--out", tmp_path / "goal", "--quiet", "--jobs", 2)
    said = json.loads((tmp_path / "goal" / "manifest.json").read_text())
    # the minimum of 3 is judged at 4, and one batch follows
    assert (said["replications"], said["stopped_by"], said["open_ended"]) == (6, "goal", True)
    capsys.readouterr()
    drill(scenario, *goal, "-n", 6, "--out", tmp_path / "six", "--quiet", "--jobs", 1)
    assert "-n decides: 6 storms are played, whatever --precision, --min and --max would ask for." in capsys.readouterr().err
    assert json.loads((tmp_path / "six" / "manifest.json").read_text())["stopped_by"] == "number"
    assert digests(tmp_path / "goal") == digests(tmp_path / "six")
    assert len(open_run(tmp_path / "goal").table("precision")) == 3


def test_n_gives_the_bytes_of_the_run_that_the_time_ended(desk, tmp_path) -> None:
    scenario, _ = desk
    short = ["--time-budget", "0.0001", "--min", 2, "--max", 20, "--set", "precision.batch=2"]
    drill(scenario, *short, "--out", tmp_path / "short", "--quiet", "--jobs", 1)
    said = json.loads((tmp_path / "short" / "manifest.json").read_text())
    assert (said["replications"], said["stopped_by"]) == (2, "time")
    drill(scenario, *short, "-n", 2, "--out", tmp_path / "two", "--quiet", "--jobs", 1)
    assert digests(tmp_path / "short") == digests(tmp_path / "two")


def test_an_open_ended_run_killed_after_its_decision_keeps_to_it(desk, killer, tmp_path) -> None:
    scenario, _ = desk
    short = ["--time-budget", "0.0001", "--min", 2, "--max", 20, "--set", "precision.batch=2"]
    folder, left = tmp_path / "killed", 0
    while not list((folder / "tables").glob("*.csv")):
        left += 10
        assert killed(killer, folder, left, scenario, *short, "--resume")
    drill("--resume", "--out", folder, "--quiet", "--jobs", 1)
    assert open_run(folder).experiment.replications == (0, 1)


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["--precision", "t95_h"], "MEASURE=WIDTH"),
        (["--precision", "t95_h=wide"], "MEASURE=WIDTH"),
        (["--precision", "t95_h=-1"], "MEASURE=WIDTH"),
        (["--precision", "t95=2"], "t95_h"),
        (["--precision", "faults=2"], "one of"),
        (["--max", 5], "at least precision.minimum, which is 20"),
        (["--time-budget", "soon"], "precision.time_budget_min"),
        (["--set", "precision.relative=true"], "precision.half_width"),
    ],
)
def test_a_precision_that_cannot_be_is_named(desk, tmp_path, args, words) -> None:
    scenario, _ = desk
    with pytest.raises(InputError, match=words):
        drill(scenario, *args, "--out", tmp_path / "run", "--quiet")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("args", [["--min", 30], ["--min", 10, "-n", 3], ["--min", 20, "--max", 50]])
def test_bounds_of_a_precision_need_one(desk, tmp_path, args) -> None:
    scenario, played = desk
    with pytest.raises(click.UsageError, match=r"--min .*need --precision or --time-budget"):
        drill(scenario, *args, "--out", tmp_path / "run", "--quiet")
    assert (played, (tmp_path / "run").exists()) == ([], False)
    drill(scenario, *args, "--time-budget", "0.0001", "-n", 3, "--out", tmp_path / "run", "--quiet", "--jobs", 1)
