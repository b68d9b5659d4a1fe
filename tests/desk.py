"""A planner's desk in small: `drill run` on two feeders and two plans, with faults laid down by hand.

Everything is the program's own but the network, the faults and the report, which takes longest to make. Called as
`python -m tests.desk ARGUMENTS...` it is the command line over that world.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sim.experiment import series
from sim.experiment.replicate import Replication
from sim.results.writing import write_bytes
from tests.tiny import tiny_drawn, tiny_faults, tiny_network

SCENARIO = """
name = "Small"
timezone = "Asia/Tokyo"
start = 2020-08-01T00:00:00+09:00
landfall = 2020-08-01T06:00:00+09:00
horizon_h = 24
replications = 3
reference_plan = "plain"
[storm]
track = "track.csv"
[network]
settlements = "settlements.csv"
coast = "coast.geojson"
customers = 1000
[depots.d]
lon = 140.0
lat = 35.5
[crews.line]
kind = "line"
count = 1
[crews.patrol]
kind = "patrol"
count = 1
[plans.plain]
[plans.more]
crews.line.count = 3
"""


def lay(folder: Path) -> Path:
    """Write the scenario and the data files that it names; return its path."""
    for name in ("track.csv", "settlements.csv", "coast.geojson"):
        (folder / name).write_text(f"data of {name}", encoding="utf-8")
    path = folder / "small.toml"
    path.write_text(SCENARIO, encoding="utf-8")
    return path


def install(patch: pytest.MonkeyPatch) -> list[int]:
    """Put the small world in the program's place; return the list of replications as they are played here.

    What was played before in this process is not computed again, but counts as played.
    """
    net = tiny_network([-1, 0, 1, -1, 3], [100, 80, 60, 70, 50], area=[0, 0, 0, 1, 1], n_areas=2)
    played: list[int] = []
    replicated: dict[str, tuple[Replication, list[Any]]] = {}
    logs: dict[str, Any] = {}
    real_replicate, real_play = series.replicate, series.play

    def draw(scenario: Any, network: Any, track: Any, number: int, seed: int) -> Any:
        given = tiny_faults((400.0, 1, "pole"), (420.0 + number, 4, "wire", True), (430.0, 2 + number % 2, "wire"))
        return replace(tiny_drawn(network, scenario, seed=seed, replication=number), given=given)

    def replicate(setting: series.Setting, number: int, on_kept: Any) -> Replication:
        played.append(number)
        key = f"{setting.plans} {setting.seed} {number}"
        if key not in replicated:
            told: list[Any] = []
            replicated[key] = real_replicate(setting, number, lambda *kept: told.append(kept)), told
        replication, told = replicated[key]
        for kept in told if on_kept is not None else []:
            on_kept(*kept)
        return replication

    def play(setting: series.Setting, plan: str, number: int) -> Any:
        key = f"{setting.plans} {setting.seed} {plan} {number}"
        logs[key] = logs.get(key) or real_play(setting, plan, number)
        return logs[key]

    def write_report(folder: Any, *_: object, beside: Callable[[], None]) -> list[str]:
        beside()
        with folder.writing():
            for name in ("one.svg", "one.csv"):
                write_bytes(folder.figures / name, b"a figure")
            write_bytes(folder.report, b"a report")
        return []

    patch.setattr("sim.cli.inputs.prepare", lambda _: (net, None))
    patch.setattr("sim.damage.draw", draw)
    patch.setattr("sim.experiment.series.replicate", replicate)
    patch.setattr("sim.experiment.series.play", play)
    patch.setattr("sim.report.write_report", write_report)
    return played


def drill(*args: object) -> None:
    """Call `drill run` in this process; its errors come through."""
    from sim.cli.run import run

    run.main([str(arg) for arg in args], prog_name="drill run", standalone_mode=False)


def digests(folder: Path) -> dict[str, str]:
    """Return a hash of every file in a run folder but the manifest, which tells of the clock."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "manifest.json"
    }


if __name__ == "__main__":
    install(pytest.MonkeyPatch())
    from sim.cli import main

    sys.argv[0] = "drill"
    main()
