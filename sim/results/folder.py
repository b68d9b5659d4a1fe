"""The run folder: `manifest.json` first, then the rest, and last the marker that the run is whole."""

from __future__ import annotations

import hashlib
import json
import platform
import sys
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

import sim
from sim.errors import DrillError, InputError
from sim.experiment.check import CheckRow
from sim.experiment.compare import Comparison
from sim.experiment.replicate import Experiment, Replication
from sim.experiment.series import Setting
from sim.grid import tables as network_tables
from sim.grid.network import Network
from sim.hotline import compiled
from sim.log import LOG_VERSION, Log
from sim.metrics.curves import grid_at
from sim.metrics.measures import MEASURE_NAMES
from sim.results import data, tables
from sim.results.workbook import write_xlsx
from sim.results.writing import write_bytes, write_csv, write_npz, writing
from sim.scenario.model import Scenario

if TYPE_CHECKING:
    from sim.scenario.read import Loaded

FORMAT_VERSION = 1
MANIFEST, MARKER, SCENARIO, IN_FORCE = "manifest.json", "COMPLETE", "scenario.toml", "scenario.json"
_HASHED = ("scenario.toml", "scenario.json", "data", "network", "replications", "tables", "logs")


@dataclass(frozen=True)
class RunFolder:
    """An open run folder.

    Every method raises DrillError when it cannot write; the folder then stays without marker.
    """

    path: Path
    setting: Setting

    @property
    def figures(self) -> Path:
        """Return the folder of figures."""
        return self.path / "figures"

    @property
    def report(self) -> Path:
        """Return the place of the report."""
        return self.path / "report.html"

    def writing(self) -> AbstractContextManager[None]:
        """Return a context in which the system's refusals (disk full, no permission) become DrillErrors."""
        return writing(self.path)

    def add_replication(self, replication: Replication) -> None:
        """Write one replication: replications/rep-0000.npz."""
        with self.writing():
            write_npz(
                self.path / "replications" / f"rep-{replication.number:04d}.npz",
                {
                    "plans": np.array([plan.name for plan in self.setting.plans]),
                    "titles": np.array([plan.title for plan in self.setting.plans]),
                    "grid_at": grid_at(self.setting.scenario.horizon_min),
                    "measures": np.array(MEASURE_NAMES),
                    "seed": np.array(self.setting.seed),
                    "number": np.array(replication.number),
                    "values": replication.values,
                    "censored": replication.censored,
                    "observed_out": replication.observed_out,
                    "peak_at": replication.peak_at,
                    **{f"curve.{name}": curve for name, curve in replication.curves.items()},
                    **{f"area.{name}": area for name, area in replication.areas.items()},
                },
            )

    def add_tables(
        self,
        experiment: Experiment,
        comparison: Comparison,
        check: Sequence[CheckRow],
        scenario: Scenario,
        network: Network,
    ) -> None:
        """Write tables/*.csv and tables/tables.xlsx."""
        with self.writing():
            write_tables(self.path / "tables", experiment, comparison, check, scenario, network)

    def add_log(self, name: str, log: Log) -> None:
        """Write logs/NAME.npz."""
        with self.writing():
            part = self.path / "logs" / f"{name}.npz.part"
            log.save(part)
            part.replace(self.path / "logs" / f"{name}.npz")

    def complete(self) -> None:
        """Write the marker: hashes of scenario, network, replications, tables, logs, for `sha256sum -c`."""
        with self.writing():
            lines = [f"{sha256(self.path / name)}  {name}" for name in hashed_files(self.path)]
            write_bytes(self.path / MARKER, ("\n".join(lines) + "\n").encode())


def create(
    loaded: Loaded,
    network: Network,
    setting: Setting,
    n: int,
    command: Sequence[str],
    out: Path | None = None,
    root: Path = Path("results"),
) -> RunFolder:
    """Make a run folder with manifest, scenario and network.

    Parameters
    ----------
    loaded : what `sim.scenario.read` gave. setting : plans and seed in force. n : replications.
    command : the command line, program first.
    out : the folder itself, which must not exist or be empty; without it, root/<scenario>/<run id>.

    Raises
    ------
    InputError when `out` is in use, DrillError when the folder cannot be made or written.
    """
    inputs, plans = input_hashes(loaded), [plan.name for plan in setting.plans]
    started = datetime.now(UTC)
    path = _make(loaded.path.stem, started, _short(inputs, [*loaded.sets], plans, n, setting.seed), out, root)
    folder = RunFolder(path, setting)
    manifest = {
        "format_version": FORMAT_VERSION,
        "log_version": LOG_VERSION,
        "program": f"drill {sim.__version__}",
        "started_utc": started.isoformat(timespec="seconds"),
        "command": list(command),
        "plans": plans,
        "replications": n,
        "seed": setting.seed,
        "sets": list(loaded.sets),
        "sha256": inputs,
        "python": platform.python_version(),
        "platform": sys.platform,
        **{library: _version(library) for library in ("numpy", "scipy", "simpy", "pydantic")},
        "hotline": f"compiled by numba {_version('numba')}" if compiled.is_there() else "plain Python",
    }
    with folder.writing():
        write_bytes(path / MANIFEST, (json.dumps(manifest, indent=1, ensure_ascii=False) + "\n").encode())
        for name in ("network", "replications", "tables", "logs", "figures"):
            (path / name).mkdir()
        write_bytes(path / SCENARIO, loaded.text.encode())
        write_bytes(path / IN_FORCE, loaded.scenario.model_dump_json(indent=1).encode())
        network_tables.write_csv(network, path / "network")
        network_tables.save(network, path / "network" / "network.npz")
        data.keep(loaded, path)
    return folder


def write_tables(
    folder: Path,
    experiment: Experiment,
    comparison: Comparison,
    check: Sequence[CheckRow],
    scenario: Scenario,
    network: Network,
) -> None:
    """Write the tables of an experiment into a folder that exists: each as CSV, all as one workbook."""
    customers = np.bincount(network.area, network.customers, minlength=len(network.area_name)).astype(np.int64)
    made = {
        "plans": tables.plans_table(comparison),
        "paired": tables.paired_table(comparison),
        "per_replication": tables.per_replication_table(experiment),
        "check": tables.check_table(check, scenario),
        "areas": tables.areas_table(experiment, network.area_name.tolist(), customers.tolist()),
        "curves": tables.curves_table(experiment, scenario),
    }
    for name, (header, rows) in made.items():
        write_csv(folder / f"{name}.csv", header, rows)
    write_xlsx(folder / "tables.xlsx", made)


def make_empty(path: Path, what: str = "run") -> None:
    """Make the folder that the user named for `what`; InputError when it is in use, DrillError when it fails."""
    with _making(path, what):
        if path.is_dir() and any(path.iterdir()):
            raise InputError.one("--out", "", path, "a folder that is new or empty; this one is not empty")
        path.mkdir(parents=True, exist_ok=True)


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def hashed_files(path: Path) -> list[str]:
    """Return the files that the marker vouches for, relative to the run folder, sorted."""
    found = [path / name for name in _HASHED if (path / name).is_file()]
    found += [file for name in _HASHED if (path / name).is_dir() for file in (path / name).rglob("*") if file.is_file()]
    return sorted(file.relative_to(path).as_posix() for file in found)


def _make(stem: str, started: datetime, short: str, out: Path | None, root: Path) -> Path:
    """Make the folder of the run, exclusively."""
    if out is not None:
        make_empty(out)
        return out
    parent = root / stem
    name = f"{started:%Y%m%dT%H%M%SZ}-{short}"
    with _making(parent):
        parent.mkdir(parents=True, exist_ok=True)
        for again in range(1000):
            path = parent / (f"{name}-{again + 1}" if again else name)
            try:
                path.mkdir()
            except FileExistsError:
                continue
            return path
    raise DrillError(f"cannot make a new folder in {parent}")


@contextmanager
def _making(path: Path, what: str = "run") -> Iterator[None]:
    try:
        with writing(path, what):
            yield
    except DrillError as error:
        if isinstance(error.__cause__, (FileExistsError, NotADirectoryError)):
            file = next(place for place in (path, *path.parents) if place.exists() and not place.is_dir())
            raise InputError.one(str(file), "", None, "this is a file, where a folder is to be made") from error
        raise


def input_hashes(loaded: Loaded) -> dict[str, str]:
    """Return the SHA-256 of the scenario text and of every data file that it names."""
    scenario = loaded.scenario
    names = (scenario.storm.track, scenario.network.settlements, scenario.network.coast)
    hashes = {loaded.path.name: hashlib.sha256(loaded.text.encode()).hexdigest()}
    return hashes | {name: sha256(loaded.resolve(name)) for name in names}


def _short(inputs: dict[str, str], sets: list[str], plans: Sequence[str], n: int, seed: int) -> str:
    """Return eight digits that differ when the input differs."""
    text = json.dumps([inputs, sets, list(plans), n, seed], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def _version(library: str) -> str:
    try:
        return version(library)
    except PackageNotFoundError:  # a vendored copy bears no version
        return "unknown"
