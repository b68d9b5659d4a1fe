"""More than one machine: a real scheduler and two worker processes give the same bytes, and one may be lost."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("distributed", reason="Dask is not installed: pip install 'drill[cluster]'")

from sim import experiment
from sim.cli.inputs import prepare
from sim.errors import DrillError, InputError
from sim.experiment.cluster import _Begin, _do, connect
from sim.experiment.made_with import made_with
from sim.scenario import read
from sim.scenario.template import template
from tests.desk import digests, drill
from tests.test_experiment import bytes_of, refuses, squares, stumbles

ROOT = Path(__file__).parents[1]


def begin(what: str, *args: str, root: Path = ROOT) -> subprocess.Popen[bytes]:
    """Start `dask scheduler` or `dask worker` with the program in `root`."""
    env = {**os.environ, "PYTHONPATH": str(root), "DASK_DISTRIBUTED__COMM__RETRY__COUNT": "0"}
    command = [sys.executable, "-m", "dask", what, *args]
    return subprocess.Popen(command, env=env, cwd=root, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def scheduler(folder: Path) -> tuple[subprocess.Popen[bytes], str]:
    """Start a scheduler on a free port; return it and its address."""
    file = folder / "scheduler.json"
    process = begin("scheduler", "--port", "0", "--no-dashboard", "--scheduler-file", str(file), "--host", "127.0.0.1")
    for _ in range(600):
        if file.exists() and (text := file.read_text()).rstrip().endswith("}"):
            return process, text.split('"address": "')[1].split('"')[0]
        time.sleep(0.1)
    raise AssertionError("the scheduler did not start within a minute")


def worker(address: str, root: Path = ROOT) -> subprocess.Popen[bytes]:
    return begin("worker", address, "--nthreads", "1", "--no-nanny", "--no-dashboard", "--death-timeout", "30", root=root)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a scheduler with two workers."""
    process, address = scheduler(tmp_path_factory.mktemp("cluster"))
    processes = [process, worker(address), worker(address)]
    try:
        until_there_are(2, address)
        yield address
    finally:
        for each in reversed(processes):
            each.kill()
            each.wait()


def until_there_are(n: int, address: str) -> None:
    from distributed import Client

    with Client(address, set_as_default=False) as client:
        client.wait_for_workers(n, timeout=60)


@pytest.fixture(scope="module")
def setting(tmp_path_factory: pytest.TempPathFactory) -> experiment.Setting:
    path = tmp_path_factory.mktemp("scenario") / "small.toml"
    path.write_text(template(), encoding="utf-8")
    loaded = read(path)
    return experiment.make_setting(loaded.scenario, *prepare(loaded))


def logs_of(setting, made, engine=None) -> dict[str, list[str]]:
    kept = experiment.kept_again(setting, experiment.worth_replaying(made), engine=engine)
    return {name: each.log.lines() for name, each in kept}


def test_a_cluster_gives_the_same_bytes_in_the_same_order(address, setting) -> None:
    said: list[tuple[int, int]] = []
    with connect(address, 1) as cluster:
        far = experiment.run(setting, 3, engine=cluster, progress=lambda *now: said.append(now))
        logs = logs_of(setting, far, engine=cluster)
    here = experiment.run(setting, 3, jobs=1)
    assert bytes_of(far) == bytes_of(here)
    assert said == [(i, 3) for i in range(1, 4)]
    assert logs == logs_of(setting, here)


def test_the_last_tasks_come_after_the_others_and_the_heaviest_of_them_first(address, monkeypatch) -> None:
    from distributed import Client

    given, submit = [], Client.submit
    monkeypatch.setattr(Client, "submit", lambda *a, **k: given.append(k["priority"]) or submit(*a, **k))
    with connect(address, 1) as cluster:
        assert len(list(cluster.in_order(squares, 1, range(20), lambda _, task: float(task % 5)))) == 20
    assert given[:14] == [0.0] * 14
    assert max(given[14:]) < 0.0
    assert sorted(range(14, 20), key=lambda task: -given[task]) == [14, 19, 18, 17, 16, 15]


def test_a_run_on_a_cluster_leaves_the_same_files(address, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("sim.report.write_report", lambda *_, beside: beside() or [])
    (tmp_path / "small.toml").write_text(template(), encoding="utf-8")
    for out, where in (("far", ["--cluster", address]), ("here", ["--jobs", 1])):
        drill(tmp_path / "small.toml", "-n", 2, "--quiet", "--out", tmp_path / out, *where)
    assert digests(tmp_path / "far") == digests(tmp_path / "here")


class Weighty:
    """A setting that leaves a file each time it arrives somewhere."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        (self.folder / f"{os.getpid()}-{time.monotonic_ns()}").touch()


def told(setting: Weighty, task: int) -> int:
    time.sleep(0.02)
    return task


def test_the_setting_is_shipped_once_to_each_worker(address, tmp_path) -> None:
    with connect(address, 1) as cluster:
        assert list(cluster.in_order(told, Weighty(tmp_path), range(40))) == list(range(40))
    arrived = [path.name.split("-")[0] for path in tmp_path.iterdir()]
    assert len(arrived) == len(set(arrived)) == 2


def test_errors_come_home(address) -> None:
    with connect(address, 1) as cluster:
        with pytest.raises(DrillError, match=r"f\.toml: a\.b = 1: two"):
            list(cluster.in_order(refuses, "", range(5)))
        with pytest.raises(RuntimeError, match=r"(?s)ZeroDivisionError.*stumbles"):
            list(cluster.in_order(stumbles, "", range(5)))


def test_stopping_early_leaves_nothing_to_do(address) -> None:
    with connect(address, 1) as cluster:
        with closing(cluster.in_order(squares, 1, range(10_000))) as results:
            assert [next(results) for _ in range(3)] == [(0, 0), (1, 1), (2, 4)]
        assert list(cluster.in_order(squares, 2, range(3))) == [(0, 0), (1, 2), (2, 8)]


def test_a_lost_worker_is_survived(tmp_path) -> None:
    process, address = scheduler(tmp_path)
    workers = [worker(address), worker(address)]
    try:
        until_there_are(2, address)
        found = []
        with connect(address, 1) as cluster:
            for result in cluster.in_order(told, Weighty(tmp_path), range(60)):
                found.append(result)
                if len(found) == 5:
                    workers[0].kill()
        assert found == list(range(60))
    finally:
        for each in (*workers, process):
            each.kill()
            each.wait()


def test_a_lost_scheduler_is_one_clear_error(tmp_path) -> None:
    process, address = scheduler(tmp_path)
    helper = worker(address)
    try:
        until_there_are(1, address)
        with connect(address, 1) as cluster:
            results = cluster.in_order(told, Weighty(tmp_path), range(1000))
            next(results)
            process.kill()
            with pytest.raises(DrillError, match="the scheduler at .* was lost"):
                list(results)
    finally:
        for each in (helper, process):
            each.kill()
            each.wait()


def test_workers_of_another_version_are_named(tmp_path) -> None:
    other = tmp_path / "other"
    shutil.copytree(ROOT / "sim", other / "sim", ignore=shutil.ignore_patterns("__pycache__"))
    with (other / "sim" / "units.py").open("a", encoding="utf-8") as file:
        file.write("\n# another version\n")
    process, address = scheduler(tmp_path)
    helper = worker(address, root=other)
    try:
        until_there_are(1, address)
        with pytest.raises(DrillError, match=r"tcp://.* has code [0-9a-f]{12} \(here [0-9a-f]{12}\)"), connect(address, 1):
            pass
    finally:
        for each in (helper, process):
            each.kill()
            each.wait()


def test_a_late_worker_of_another_version_refuses_its_tasks() -> None:
    import pickle

    plugin = _Begin(pickle.dumps((squares, 1)), made_with() | {"numpy": "0.1"})
    late = SimpleNamespace(address="tcp://late:1", periodic_callbacks={})
    plugin.setup(late)
    failed = _do(plugin.token, 3)
    plugin.teardown(late)
    assert "the worker at tcp://late:1 has numpy" in failed.message
    assert "(here 0.1)" in failed.message


def test_a_scheduler_that_is_not_there_or_has_no_workers_is_named(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("sim.experiment.cluster._ANSWER_S", 1.0)
    (tmp_path / "small.toml").write_text(template(), encoding="utf-8")
    out = tmp_path / "run"
    with pytest.raises(DrillError, match="--cluster tcp://127.0.0.1:9: no scheduler answers there"):
        drill(tmp_path / "small.toml", "--cluster", "tcp://127.0.0.1:9", "--out", out)
    with pytest.raises(InputError, match="local, or a scheduler's address, as in tcp://host:8786"):
        drill(tmp_path / "small.toml", "--cluster", "host", "--out", out)
    process, address = scheduler(tmp_path)
    try:
        with pytest.raises(DrillError, match="has no workers"):
            drill(tmp_path / "small.toml", "--cluster", address, "--out", out)
    finally:
        process.kill()
        process.wait()
    assert not out.exists()


def test_local_starts_a_cluster_of_its_own() -> None:
    with connect("local", 2) as cluster:
        assert list(cluster.in_order(squares, 3, range(5))) == [(i, 3 * i * i) for i in range(5)]


def watched(dask_worker: Any) -> dict[str, bool]:
    return {name: dask_worker.periodic_callbacks[name].is_running() for name in ("tick", "monitor", "profile")}


def test_while_storms_are_played_dask_does_not_watch_its_workers() -> None:
    with connect("local", 1) as cluster:
        results = cluster.in_order(squares, 3, range(5))
        next(results)
        assert [set(found.values()) for found in cluster.client.run(watched).values()] == [{False}]
        list(results)
        assert [set(found.values()) for found in cluster.client.run(watched).values()] == [{True}]
