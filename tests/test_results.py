"""The run folder: whole or visibly not, the same bytes for the same input, safe in a spreadsheet."""

import csv
import errno
import hashlib
import json
import os
import zipfile
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from sim.errors import DrillError, InputError
from sim.experiment import made_with
from sim.experiment.check import CheckRow
from sim.experiment.compare import compare
from sim.experiment.replicate import Experiment, Replication, stack
from sim.experiment.series import Kept, Setting
from sim.log import Log, Recorder
from sim.metrics.further import measure_names
from sim.metrics.measures import AREAS, CURVES, MEASURE_NAMES
from sim.results import folder, writing
from sim.results.folder import RunFolder, write_tables
from sim.results.manifest import Request
from sim.results.read import open_run
from tests.tiny import tiny_network, tiny_scenario

PLANS, TITLES = ("base", "=風"), ("as it was", "=HYPERLINK(1)")
GRID = np.arange(4) * 30.0
COLUMNS = measure_names(tiny_scenario())


@dataclass
class Loaded:
    """A scenario as read, with the data files it names."""

    path: Path
    text: str
    sets: tuple[str, ...] = ("seed=1",)

    @property
    def scenario(self):
        return tiny_scenario(horizon_h=1.6, plans={"base": {"title": TITLES[0]}, "=風": {"title": TITLES[1]}})

    def resolve(self, name: str) -> Path:
        return self.path.parent / name


@pytest.fixture
def loaded(tmp_path: Path) -> Loaded:
    place = tmp_path / "input"
    place.mkdir()
    for name in ("track.csv", "settlements.csv", "coast.geojson"):
        (place / name).write_text(f"data of {name}", encoding="utf-8")
    path = place / "大風.toml"
    path.write_text("name = 'tiny'  # 風\n", encoding="utf-8")
    return Loaded(path, path.read_text(encoding="utf-8"))


def net():
    return tiny_network([-1, 0, -1], [10, 20, 30], area=[0, 0, 1], n_areas=2, critical=[(1, 60.0)])


def replication(number: int) -> Replication:
    table = np.arange(2 * len(COLUMNS), dtype=float).reshape(2, -1) + number / 3
    table[:, MEASURE_NAMES.index("etr_kept_fraction")] = np.nan
    return Replication(
        number=number,
        values=table,
        censored=table % 7 == 0,
        curves={name: np.full((2, 4), number + 0.25, np.float32) for name in CURVES},
        areas={name: np.full((2, 2), number + 0.5) for name in AREAS},
        observed_out=np.full((2, 0), 1.0),
        peak_at=np.array([480.0, np.nan]),
    )


def small_log() -> Log:
    log = Recorder()
    log.add(1.0, "fault_occurred", fault=0, section=0)
    return log.finish()


def setting(loaded: Loaded) -> Setting:
    plans = tuple(SimpleNamespace(name=n, title=t) for n, t in zip(PLANS, TITLES, strict=True))
    return Setting(loaded.scenario, net(), None, plans, seed=1)


def request(loaded: Loaded, n: int = 3) -> Request:
    return Request(loaded, setting(loaded), n, "en", ["drill", "run", "大風.toml"])


def make(loaded: Loaded, out: Path | None, root: Path = Path("results"), n: int = 3) -> RunFolder:
    return folder.create(request(loaded, n), net(), out, root)


def fill(run: RunFolder, loaded: Loaded, n: int = 3) -> Experiment:
    done = [replication(i) for i in range(n)]
    for each in done:
        run.add_replication(each)
    made = stack(done, PLANS, TITLES, 1, GRID, COLUMNS)
    check = [CheckRow("out", 90.0, 1.5, 1.0, 2.0, 3.0, 0.0, 2.0, True, "-press")]
    write_tables(run.tables, made, compare(made, loaded.scenario), check, loaded.scenario, net())
    run.add_log("median-base", Kept(small_log(), {"calls": np.arange(3, dtype=np.int32)}))
    return made


def whole(loaded: Loaded, out: Path) -> RunFolder:
    run = make(loaded, out)
    fill(run, loaded)
    run.complete()
    return run


# Reading back


def test_a_run_reads_back_as_it_was_written(loaded, tmp_path) -> None:
    run = make(loaded, tmp_path / "run")
    made = fill(run, loaded)
    run.complete()
    back = open_run(tmp_path / "run")
    assert back.name == "run"
    assert back.scenario == loaded.scenario
    assert back.scenario_text == loaded.text
    found = back.experiment
    assert (found.plans, found.titles, found.reference, found.seed) == (PLANS, TITLES, "base", 1)
    assert (found.replications, found.measures) == ((0, 1, 2), COLUMNS)
    for name in ("values", "censored", "observed_out", "peak_at", "grid_at"):
        np.testing.assert_array_equal(getattr(found, name), getattr(made, name))
    for name in CURVES:
        np.testing.assert_array_equal(found.curves[name], made.curves[name])
        assert found.curves[name].dtype == np.float32
    for name in AREAS:
        np.testing.assert_array_equal(found.areas[name], made.areas[name])
    assert back.logs() == ["median-base"]
    assert back.log("median-base").lines() == small_log().lines()
    assert back.kept("median-base").hotline["calls"].tolist() == [0, 1, 2]


def test_the_manifest_tells_what_was_run(loaded, tmp_path) -> None:
    said = json.loads((make(loaded, tmp_path / "run").path / "manifest.json").read_text(encoding="utf-8"))
    assert said["format_version"] == 1
    assert said["command"] == ["drill", "run", "大風.toml"]
    assert (said["plans"], said["replications"], said["seed"], said["sets"]) == (
        list(PLANS),
        3,
        1,
        ["seed=1"],
    )
    assert said["sha256"]["大風.toml"] == hashlib.sha256(loaded.text.encode()).hexdigest()
    assert said["sha256"]["track.csv"] == hashlib.sha256(b"data of track.csv").hexdigest()
    assert {"numpy", "scipy", "simpy", "python", "program"} <= set(said)


# Same bytes


def test_only_the_manifest_differs_between_two_runs(loaded, tmp_path, monkeypatch) -> None:
    whole(loaded, tmp_path / "a")
    monkeypatch.setattr(made_with.platform, "python_version", lambda: "another time and place")
    whole(loaded, tmp_path / "b")
    files = sorted(p.relative_to(tmp_path / "a") for p in (tmp_path / "a").rglob("*") if p.is_file())
    assert files == sorted(p.relative_to(tmp_path / "b") for p in (tmp_path / "b").rglob("*") if p.is_file())
    different = [str(f) for f in files if (tmp_path / "a" / f).read_bytes() != (tmp_path / "b" / f).read_bytes()]
    assert different == ["manifest.json"]


def test_archives_bear_no_dates(loaded, tmp_path) -> None:
    run = whole(loaded, tmp_path / "run")
    for path in run.path.rglob("*.npz"):
        with zipfile.ZipFile(path) as file:
            assert {entry.date_time for entry in file.infolist()} == {(1980, 1, 1, 0, 0, 0)}


# Whole or not


def test_a_run_without_marker_is_refused(loaded, tmp_path) -> None:
    run = make(loaded, tmp_path / "run")
    fill(run, loaded)
    with pytest.raises(DrillError, match="not whole"):
        open_run(run.path)


def test_no_partial_file_is_left_of_a_whole_run(loaded, tmp_path) -> None:
    assert not list(whole(loaded, tmp_path / "run").path.rglob("*.part"))


def test_any_other_folder_is_refused(tmp_path) -> None:
    with pytest.raises(DrillError, match="not a run folder"):
        open_run(tmp_path)
    with pytest.raises(DrillError, match="not a run folder"):
        open_run(tmp_path / "nothing")


def test_a_damaged_or_missing_replication_is_refused(loaded, tmp_path) -> None:
    run = whole(loaded, tmp_path / "run")
    path = run.path / "replications" / "rep-0001.npz"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(DrillError, match=r"rep-0001\.npz is not what the run wrote"):
        open_run(run.path)
    path.unlink()
    with pytest.raises(DrillError, match="no longer there"):
        open_run(run.path)


def test_a_run_of_another_format_is_refused(loaded, tmp_path) -> None:
    run = whole(loaded, tmp_path / "run")
    said = json.loads((run.path / "manifest.json").read_text(encoding="utf-8"))
    (run.path / "manifest.json").write_text(json.dumps(said | {"format_version": 99}), encoding="utf-8")
    with pytest.raises(DrillError, match="format 99"):
        open_run(run.path)


def test_a_run_of_a_program_that_took_fewer_measures_is_refused(loaded, tmp_path, monkeypatch) -> None:
    run = whole(loaded, tmp_path / "run")
    monkeypatch.setattr("sim.results.read.MEASURE_NAMES", (*MEASURE_NAMES, "one", "two", "three", "four"))
    with pytest.raises(InputError, match=r"without the measures one, two, three \.\.\.; play it again"):
        open_run(run.path)
    monkeypatch.undo()
    monkeypatch.setattr("sim.results.read.CURVES", (*CURVES, "crews_elsewhere"))
    with pytest.raises(InputError, match="without the measures crews_elsewhere; play it again"):
        open_run(run.path)


def test_fewer_replications_than_asked_for_are_not_whole(loaded, tmp_path) -> None:
    run = make(loaded, tmp_path / "run", n=4)
    fill(run, loaded, n=3)
    run.complete()
    with pytest.raises(DrillError, match="not whole: 3 replications"):
        open_run(run.path)


def test_the_marker_vouches_for_every_file_as_sha256sum_reads_it(loaded, tmp_path) -> None:
    run = whole(loaded, tmp_path / "run")
    named = {}
    for line in (run.path / "COMPLETE").read_text(encoding="utf-8").splitlines():
        digest, name = line.split("  ", 1)
        named[name] = digest
    written = {p.relative_to(run.path).as_posix() for p in run.path.rglob("*") if p.is_file()}
    assert set(named) == written - {"manifest.json", "COMPLETE"}
    for name, digest in named.items():
        assert hashlib.sha256((run.path / name).read_bytes()).hexdigest() == digest


# Where it goes


def test_each_run_gets_a_folder_of_its_own(loaded, tmp_path) -> None:
    first, second = make(loaded, None, tmp_path / "results"), make(loaded, None, tmp_path / "results")
    assert first.path != second.path
    assert first.path.parent == second.path.parent == tmp_path / "results" / "大風"


def test_the_run_id_holds_a_hash_of_the_input(loaded, tmp_path) -> None:
    first = make(loaded, None, tmp_path / "results").path.name.split("-")[1]
    assert make(loaded, None, tmp_path / "results").path.name.split("-")[1] == first
    (loaded.path.parent / "track.csv").write_text("another track", encoding="utf-8")
    assert make(loaded, None, tmp_path / "results").path.name.split("-")[1] != first


def test_out_may_be_new_or_empty_only(loaded, tmp_path) -> None:
    (tmp_path / "empty").mkdir()
    assert make(loaded, tmp_path / "empty").path == tmp_path / "empty"
    assert make(loaded, tmp_path / "new" / "deep").path.is_dir()
    with pytest.raises(DrillError, match="not empty"):
        make(loaded, tmp_path / "empty")
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(DrillError, match="is a file"):
        make(loaded, tmp_path / "file")
    with pytest.raises(DrillError, match="is a file"):
        make(loaded, tmp_path / "file" / "below")
    with pytest.raises(DrillError, match="is a file"):
        make(loaded, None, tmp_path / "file")


@pytest.mark.parametrize(
    ("number", "said"),
    [(errno.ENOSPC, "the disk is full"), (errno.EACCES, "no permission"), (errno.EIO, "input/output error")],
)
def test_a_write_that_fails_is_one_clear_error_and_leaves_no_marker(loaded, tmp_path, monkeypatch, number, said):
    run = make(loaded, tmp_path / "run")
    real = os.fsync

    def full(file: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(writing.os, "fsync", full)
    with pytest.raises(DrillError, match=said):
        run.add_replication(replication(0))
    with pytest.raises(DrillError, match=said):
        run.complete()
    monkeypatch.setattr(writing.os, "fsync", real)
    assert not (run.path / "replications" / "rep-0000.npz").exists()
    assert not (run.path / "COMPLETE").exists()


# Tables


def table(run: RunFolder, name: str) -> list[dict[str, str]]:
    with (run.path / "tables" / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_tables_hold_every_plan_and_measure(loaded, tmp_path) -> None:
    run = whole(loaded, tmp_path / "run")
    plans = table(run, "plans")
    assert [(r["plan"], r["measure"]) for r in plans] == [(p, m) for p in ("base", "'=風") for m in MEASURE_NAMES]
    assert float(plans[0]["mean"]) == pytest.approx(1 / 3)
    assert [r["measure"] for r in table(run, "paired")] == [
        "t95_h", "customer_hours", "complaints", "complaints_low", "complaints_high",
    ]  # fmt: skip
    assert len(table(run, "per_replication")) == 6
    assert table(run, "per_replication")[0]["etr_kept_fraction"] == ""
    curves = table(run, "curves")
    assert len(curves) == 8
    assert curves[1]["hours_after_landfall"] == "-5.5"
    assert curves[1]["local_time"] == "2020-08-01T00:30+09:00"
    assert curves[1]["customers_out_median"] == "1.25"
    areas = table(run, "areas")
    assert [(r["area"], r["customers"]) for r in areas[:2]] == [("area0", "30"), ("area1", "30")]


def test_cells_are_no_formulas_and_read_back(loaded, tmp_path) -> None:
    run = whole(loaded, tmp_path / "run")
    assert (run.path / "tables" / "plans.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    assert table(run, "check")[0]["detail"] == "'-press"
    assert open_run(run.path).table("check")[0]["detail"] == "-press"
    assert open_run(run.path).table("plans")[-1]["plan"] == "=風"


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (None, ""), (float("nan"), ""), (True, "true"), (np.bool_(False), "false"), (7, "7"), (-7, "-7"),
        (1234567.0, "1234567"), (0.1, "0.1"), (1 / 3, "0.3333333333"), (-2.5, "-2.5"), (1e300, "1e+300"),
        (float("inf"), "inf"), ("+1", "'+1"), ("@x", "'@x"), ("a=b", "a=b"), ("'=x", "'=x"), ("", ""),
    ],
)  # fmt: skip
def test_cells(cell, text) -> None:
    assert writing.cell_text(cell) == text


@pytest.mark.parametrize("text", ["=1", "plain", "'quoted'", "-", "", "風"])
def test_text_survives_a_cell(text) -> None:
    assert writing.text_cell(writing.cell_text(text)) == text
