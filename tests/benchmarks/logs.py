"""A log of a million rows written and read back into the same columns, against the csv module."""

from __future__ import annotations

import csv
import statistics
import tempfile
from pathlib import Path

import numpy as np

from sim import experiment
from sim.cli.inputs import prepare
from sim.log import Log
from sim.scenario import read
from tests.benchmarks.events import DEFAULT
from tests.benchmarks.timing import interleaved, ratios, spread, verdict

ROWS = 1_000_000


def large() -> Log:
    """Return a log of ROWS rows: a storm of the default scenario, again and again."""
    loaded = read(DEFAULT)
    network, track = prepare(loaded)
    setting = experiment.make_setting(loaded.scenario, network, track, (loaded.scenario.reference_plan,))
    log = experiment.play(setting, setting.plans[0].name, 0)[1].log
    columns = {name: np.resize(column, ROWS) for name, column in log.columns.items()}
    columns["at"] = np.sort(columns["at"])
    columns["seq"] = np.arange(ROWS)
    return Log(columns, {})


def main(rounds: int = 3) -> None:
    """Time and print."""
    log = large()
    with tempfile.TemporaryDirectory() as folder:
        ours, table = Path(folder) / "log.npz", Path(folder) / "log.csv"

        def write_table() -> None:
            with table.open("w", newline="") as file:
                writer = csv.writer(file)
                writer.writerow(log.columns)
                writer.writerows(zip(*(column.tolist() for column in log.columns.values()), strict=True))

        def read_table() -> None:
            with table.open(newline="") as file:
                rows = csv.reader(file)
                names = next(rows)
                texts = dict(zip(names, zip(*rows, strict=True), strict=True))
            for name, column in log.columns.items():
                number = float if column.dtype.kind == "f" else int
                assert len(np.array([number(text) for text in texts[name]], column.dtype)) == ROWS

        works = {
            "write": lambda: log.save(ours), "csv.writer": write_table,
            "read": lambda: Log.load(ours), "csv.reader": read_table,
        }  # fmt: skip
        taken = interleaved(works, rounds)
        for own, theirs in (("write", "csv.writer"), ("read", "csv.reader")):
            faster = ratios(taken[theirs], taken[own])
            met = verdict(statistics.median(faster), 8, at_least=True)
            print(f"{own} {spread(taken[own])} s, {theirs} {spread(taken[theirs])} s: {spread(faster, '.1f')} times ({met})")
        print(f"size: {ours.stat().st_size / 1e6:.1f} MB, as CSV {table.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
