"""Networks: importing and drawing 10,000 buses, tracing a city with ties from scratch, and one update of supply.

The imported network is pandapower's town network side by side as often as 10,000 buses need. The city has 400 feeders
of 50 sections with a device on each, and 2,000 ties, of which one for each feeder is closed: the lower half of every
feeder is fed by the next one. An update is a fault and its repair on one section: on slices of the radial counters, on
the same feeders with ties that are open, and on feeders that closed ties join. Supply is timed on the processor's clock.
Last, a whole run of the default scenario's reference plan in which devices are operated, against one in which they are not.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from sim.cli.inputs import prepare
from sim.damage import draw
from sim.grid.plant import equipped
from sim.scenario import read
from sim.scenario.plans import plan
from sim.supply import Blocks, Order, Supply, SwitchedSupply
from sim.world import run
from tests.benchmarks.events import DEFAULT
from tests.benchmarks.timing import interleaved, processor_seconds, ratios, seconds, spread, verdict
from tests.tiny import tiny_network

N_FEEDERS, LENGTH, N_TIES = 400, 50, 2000
N_BUSES = 10_000
_REFERS = {"bus": (), "line": ("from_bus", "to_bus"), "load": ("bus",), "ext_grid": ("bus",), "trafo": ("hv_bus", "lv_bus"),
           "switch": ("bus",)}  # fmt: skip


def main() -> None:
    """Time and print."""
    with tempfile.TemporaryDirectory() as name:
        _import(Path(name))
    _supply()
    _storm()


def _import(folder: Path) -> None:
    spec = find_spec("pandapower")
    if spec is None or spec.origin is None:
        print("pandapower, whose network is read, is not installed")
        return
    n = _tiled(Path(spec.origin).parent / "networks" / "mv_oberrhein.json", folder / "wide.json")
    drill = [sys.executable, "-c", "from sim.cli import main; main()", "grid"]

    def both() -> None:
        for command in (["import", "wide.json", "mine"], ["show", "mine"]):
            subprocess.run([*drill, *command], check=True, cwd=folder, stdout=subprocess.DEVNULL)

    taken = seconds(both)
    print(f"{n:,} buses imported and drawn: {taken:.1f} s ({verdict(taken, 20)})")


def _tiled(file: Path, out: Path) -> int:
    """Write a network side by side with itself until it has `N_BUSES` buses; return how many they are."""
    data = json.loads(file.read_text())
    net = data["_object"]
    split = {name: json.loads(net[name]["_object"]) for name in _REFERS}
    step = {name: max(table["index"]) + 1 for name, table in split.items()}
    copies = -(-N_BUSES // len(split["bus"]["data"]))
    for name, columns in _REFERS.items():
        table = split[name]
        at = {column: i for i, column in enumerate(table["columns"])}
        rows, index = [], []
        for copy in range(copies):
            for number, given in zip(table["index"], table["data"], strict=True):
                row = list(given)
                row[at["name"]] = f"{given[at['name']]} {copy}"
                for column in columns:
                    row[at[column]] += copy * step["bus"]
                if name == "switch":
                    row[at["element"]] += copy * step["line" if row[at["et"]] == "l" else "bus"]
                if name == "bus":
                    lon, lat = json.loads(row[at["geo"]])["coordinates"]
                    row[at["geo"]] = json.dumps({"coordinates": [lon + 0.3 * (copy % 8), lat + 0.3 * (copy // 8)]})
                rows.append(row)
                index.append(number + copy * step[name])
        net[name]["_object"] = json.dumps({"columns": table["columns"], "index": index, "data": rows})
    kept = {"version", "format_version", "name"}
    data["_object"] = {name: value for name, value in net.items() if name in kept or name in _REFERS}
    out.write_text(json.dumps(data))
    return copies * len(split["bus"]["data"])


def _city() -> Blocks:
    parent = [-1 if i % LENGTH == 0 else i - 1 for i in range(N_FEEDERS * LENGTH)]
    device = ["breaker" if up < 0 else "recloser" for up in parent]
    ties = []
    for number in range(N_TIES):
        feeder, place = number % N_FEEDERS, LENGTH - 1 - 3 * (number // N_FEEDERS)
        ties.append((feeder * LENGTH + place, (feeder + 1) % N_FEEDERS * LENGTH + 10))
    network = tiny_network(parent, [50] * len(parent), device, tie=ties)
    return Blocks(network, equipped(network).switchgear)


def _supply() -> None:
    tree = _city()
    fed_by_the_next = Order(
        opens=frozenset(feeder * LENGTH + LENGTH // 2 for feeder in range(N_FEEDERS)), tie_closes=frozenset(range(N_FEEDERS))
    )
    scratch = [processor_seconds(lambda: SwitchedSupply(tree).switch(fed_by_the_next)) for _ in range(7)]
    n = tree.network.n_sections
    print(f"{n:,} sections, {N_TIES:,} ties, from scratch: {spread(scratch, '.3f')} s ({verdict(statistics.median(scratch), 0.2)})")
    radial, at_rest, joined = Supply(tree.network), SwitchedSupply(tree), SwitchedSupply(tree)
    joined.switch(fed_by_the_next)
    assert not joined.blocks.any()
    sections = np.arange(0, n, 97).tolist()

    def update(supply: Supply) -> None:
        for section in sections:
            supply.fault(section)
            supply.repair(section)

    taken = interleaved(
        {"radial": lambda: update(radial), "at rest": lambda: update(at_rest), "joined": lambda: update(joined)}, 15,
        processor_seconds,
    )  # fmt: skip
    for name in ("at rest", "joined"):
        slower = ratios(taken[name], taken["radial"])
        print(f"an update with ties ({name}) / radial: {spread(slower)} ({verdict(statistics.median(slower), 5)})")


def _storm() -> None:
    loaded = read(DEFAULT)
    network, track = prepare(loaded)
    given = plan(loaded.scenario, loaded.scenario.reference_plan)
    switched = given.settings.switching.model_copy(update={"enabled": True})
    operated = replace(given, settings=given.settings.model_copy(update={"switching": switched}))
    drawn = draw(loaded.scenario, network, track, 0)
    taken = interleaved({"radial": lambda: run(drawn, given), "operated": lambda: run(drawn, operated)}, 3, processor_seconds)
    slower = ratios(taken["operated"], taken["radial"])
    print(f"a storm with switching / without: {spread(slower)} ({verdict(statistics.median(slower), 5)})")


if __name__ == "__main__":
    main()
