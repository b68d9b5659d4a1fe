"""The run folder: `manifest.json` first, then the rest, and last the marker that the run is whole."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

import numpy as np

from sim.errors import DrillError, InputError
from sim.experiment.chances import best_plans, percentiles
from sim.experiment.check import CheckRow
from sim.experiment.compare import Comparison
from sim.experiment.depots import DepotUse
from sim.experiment.pool import Engine
from sim.experiment.replicate import Experiment, Replication
from sim.experiment.series import Kept, Setting, kept_again, median_logs, worth_replaying
from sim.experiment.stopping import growth
from sim.grid import tables as network_tables
from sim.grid.network import Network
from sim.log import Log
from sim.results import data, tables
from sim.results.depot_tables import depot_stock_table, depots_table
from sim.results.lock import LOCK, Lock, take
from sim.results.manifest import MANIFEST, Request, read_manifest, refuse_another, write_manifest
from sim.results.replications import finished, write_replication
from sim.results.service_tables import service_tables
from sim.results.spool import FOLDER as SPOOLED
from sim.results.spool import Spool
from sim.results.workbook import write_xlsx
from sim.results.writing import sha256, write_bytes, write_csv, write_npz, writing
from sim.scenario.model import Scenario

MARKER, SCENARIO, IN_FORCE = "COMPLETE", "scenario.toml", "scenario.json"
_FOLDERS = (data.FOLDER, "replications", "tables", "logs", "hotline", "figures")
_HASHED = ("scenario.toml", "scenario.json", data.FOLDER, "network", "replications", "tables", "logs", "hotline")


@dataclass(frozen=True)
class RunFolder:
    """A run folder, locked for writing.

    replications : how many the run has; None as long as its [precision] has not decided. Every method raises
    DrillError when it cannot write; the folder then stays without marker.
    """

    path: Path
    setting: Setting
    lock: Lock
    replications: int | None

    @property
    def figures(self) -> Path:
        """Return the folder of figures."""
        return self.path / "figures"

    @property
    def tables(self) -> Path:
        """Return the folder of the tables, CSV and XLSX."""
        return self.path / "tables"

    @property
    def report(self) -> Path:
        """Return the place of the report."""
        return self.path / "report.html"

    @property
    def is_whole(self) -> bool:
        """Whether the run has ended and nothing is left to do."""
        return (self.path / MARKER).is_file()

    @cached_property
    def spool(self) -> Spool:
        """Return what keeps logs until it is known which of them the run needs."""
        return Spool(self.path, tuple(plan.name for plan in self.setting.plans), self._most)

    def writing(self) -> AbstractContextManager[None]:
        """Return a context in which the system's refusals (disk full, no permission) become DrillErrors."""
        return writing(self.path)

    def finished(self) -> dict[int, Replication]:
        """Return the replications that are there, by number; DrillError when one is damaged or foreign."""
        return finished(self.path / "replications", self.setting, self._most)

    def add_replication(self, replication: Replication) -> None:
        """Write one replication: replications/rep-0000.npz."""
        with self.writing():
            write_replication(self.path / "replications", replication, self.setting)
            self.spool.judge(replication)

    def end_series(self, n: int, why: str) -> None:
        """Keep how many replications an open-ended run has, and what stopped it: "goal", "time" or "maximum"."""
        if self.replications is None:
            with self.writing():
                write_manifest(self.path, read_manifest(self.path) | {"replications": n, "stopped_by": why})

    def median_logs(self, experiment: Experiment) -> dict[str, tuple[int, Log]]:
        """Return replication and log of the median storm of each plan, once they are written."""
        return median_logs(experiment, lambda name: Log.load(self.path / "logs" / f"{name}.npz"))

    def add_logs(self, experiment: Experiment, engine: Engine) -> None:
        """Write the logs worth replaying: those that were kept, and those that are not there by playing them again."""
        picks = worth_replaying(experiment)
        with self.writing():
            missing = {name: pick for name, pick in picks.items() if not self.spool.take(*pick, name)}
        for name, kept in kept_again(self.setting, missing, engine=engine):
            self.add_log(name, kept)

    def add_log(self, name: str, kept: Kept) -> None:
        """Write hotline/NAME.npz and logs/NAME.npz."""
        with self.writing():
            write_npz(self.path / "hotline" / f"{name}.npz", kept.hotline)
            part = self.path / "logs" / f"{name}.npz.part"
            kept.log.save(part)
            part.replace(self.path / "logs" / f"{name}.npz")

    def complete(self) -> None:
        """Write the marker: hashes of scenario, network, replications, tables, logs and the like, for `sha256sum -c`."""
        with self.writing():
            shutil.rmtree(self.path / SPOOLED, ignore_errors=True)
            lines = [f"{sha256(self.path / name)}  {name}" for name in hashed_files(self.path)]
            write_bytes(self.path / MARKER, ("\n".join(lines) + "\n").encode())
            self.lock.release()

    @property
    def _most(self) -> int:
        """Return how many replications the run has at most."""
        return self.setting.scenario.precision.maximum if self.replications is None else self.replications


def create(request: Request, network: Network, out: Path | None = None, root: Path = Path("results")) -> RunFolder:
    """Make a run folder with manifest, scenario and network.

    Parameters
    ----------
    out : the folder itself, which must not exist or be empty; without it, root/<scenario>/<run id>.

    Raises
    ------
    InputError when `out` is in use, DrillError when the folder cannot be made or written.
    """
    started = datetime.now(UTC)
    path, lock = _make_new(out) if out else _make_named(request, started, root)
    with writing(path):
        write_manifest(path, request.manifest(started))
    return _filled(RunFolder(path, request.setting, lock, request.replications), request, network)


def resume(request: Request, network: Network, out: Path) -> RunFolder:
    """Open the folder of an interrupted run to go on with it; where nothing was begun, it is made.

    What is there already is left as it is, except for half-written files (`*.part`).

    Raises
    ------
    InputError when the run was begun otherwise than is asked for now; DrillError when the folder is no run folder, is
    in use or cannot be written, or when what a run only writes once was changed since.
    """
    if not out.exists() or (not (out / MANIFEST).exists() and _is_fresh(out)):
        return create(request, network, out)
    begun = read_manifest(out)
    refuse_another(out, begun, request)
    with writing(out):
        lock = take(out)
        folder = RunFolder(out, request.setting, lock, read_manifest(out)["replications"])
        if folder.is_whole:
            lock.release()
            return folder
        _remove_parts(out)
    return _filled(folder, request, network)


def write_tables(
    folder: Path,
    experiment: Experiment,
    comparison: Comparison,
    check: Sequence[CheckRow],
    scenario: Scenario,
    network: Network,
    uses: Sequence[DepotUse] = (),
) -> None:
    """Write the tables of an experiment into a folder that exists: each as CSV, all as one workbook.

    uses : by depot, of the plans of which a log was kept; without them there is no table of it.
    """
    customers = np.bincount(network.area, network.customers, minlength=len(network.area_name)).astype(np.int64)
    made = {
        "plans": tables.plans_table(comparison),
        "paired": tables.paired_table(comparison),
        "precision": tables.precision_table(growth(experiment, scenario.precision)),
        "percentiles": tables.percentiles_table(percentiles(experiment)),
        "best": tables.best_table(best_plans(experiment, scenario)),
        "per_replication": tables.per_replication_table(experiment),
        "check": tables.check_table(check, scenario),
        "areas": tables.areas_table(experiment, network.area_name.tolist(), customers.tolist()),
        "curves": tables.curves_table(experiment, scenario),
        **service_tables(experiment, scenario),
    }
    if uses:
        made["depots"] = depots_table(uses)
        made["depot_stock"] = depot_stock_table(uses)
    if experiment.dropped:
        made["dropped"] = tables.dropped_table(experiment)
    for name, (header, rows) in made.items():
        write_csv(folder / f"{name}.csv", header, rows)
    write_xlsx(folder / "tables.xlsx", made)


def make_empty(path: Path, what: str = "run") -> None:
    """Make the folder that the user named for `what`; InputError when it is in use, DrillError when it fails."""
    with _making(path, what):
        if path.is_dir() and any(path.iterdir()):
            resume = "; --resume goes on with the run in it" if (path / MANIFEST).is_file() and what == "run" else ""
            allowed = f"a folder that is new or empty; this one is not empty{resume}"
            raise InputError.one("--out", "", path, allowed)
        path.mkdir(parents=True, exist_ok=True)


def hashed_files(path: Path) -> list[str]:
    """Return the files that the marker vouches for, relative to the run folder, sorted."""
    found = [path / name for name in _HASHED if (path / name).is_file()]
    found += [file for name in _HASHED if (path / name).is_dir() for file in (path / name).rglob("*") if file.is_file()]
    return sorted(file.relative_to(path).as_posix() for file in found)


def _make_new(out: Path) -> tuple[Path, Lock]:
    """Make the folder that the user named, and lock it."""
    if not _is_fresh(out):
        make_empty(out)
    with _making(out):
        out.mkdir(parents=True, exist_ok=True)
        lock = take(out)
        if not _is_fresh(out):  # another run was quicker, and has ended since
            lock.release()
            raise InputError.one("--out", "", out, "a folder that is new or empty; this one is not empty")
        _remove_parts(out)
    return out, lock


def _is_fresh(path: Path) -> bool:
    """Whether a folder is empty or holds no more than what a run killed at its very start leaves."""
    return path.is_dir() and {file.name for file in path.iterdir()} <= {LOCK, f"{MANIFEST}.part"}


def _make_named(request: Request, started: datetime, root: Path) -> tuple[Path, Lock]:
    """Make a folder named by time and input, exclusively."""
    parent = root / request.loaded.path.stem
    name = f"{started:%Y%m%dT%H%M%SZ}-{request.digits()}"
    with _making(parent):
        parent.mkdir(parents=True, exist_ok=True)
        for again in range(1000):
            path = parent / (f"{name}-{again + 1}" if again else name)
            try:
                path.mkdir()
            except FileExistsError:
                continue
            return path, take(path)
    raise DrillError(f"cannot make a new folder in {parent}")


def _filled(folder: RunFolder, request: Request, network: Network) -> RunFolder:
    """Write what a run writes once at its start, as far as it is not there; DrillError where it is, but changed."""
    path = folder.path
    with folder.writing():
        for name in _FOLDERS:
            (path / name).mkdir(exist_ok=True)
        _write_once(path / SCENARIO, request.loaded.text.encode())
        _write_once(path / IN_FORCE, request.loaded.scenario.model_dump_json(indent=1).encode())
        for place, source in data.to_keep(request.loaded, path).items():
            _write_once(place, source.read_bytes())
        _write_network(network, path / "network")
    return folder


def _write_once(path: Path, data: bytes) -> None:
    if not path.exists():
        write_bytes(path, data)
    elif path.read_bytes() != data:
        raise DrillError(f"{path} is not what the run wrote: it was changed or damaged; delete it to have it again")


def _write_network(network: Network, place: Path) -> None:
    """Write the network's files in a folder beside their own, which then takes its place."""
    part = place.with_name(place.name + ".part")
    part.mkdir()
    network_tables.write_csv(network, part)
    network_tables.save(network, part / "network.npz")
    if not place.exists():
        part.replace(place)
        return
    for file in sorted(part.iterdir()):
        _write_once(place / file.name, file.read_bytes())
    shutil.rmtree(part)


def _remove_parts(path: Path) -> None:
    """Remove what a killed run left half-written."""
    for part in [file for file in path.rglob("*.part") if file.is_file()]:
        part.unlink()
    for name in ("network.part", SPOOLED):
        shutil.rmtree(path / name, ignore_errors=True)


@contextmanager
def _making(path: Path, what: str = "run") -> Iterator[None]:
    try:
        with writing(path, what):
            yield
    except DrillError as error:
        if isinstance(error.__cause__, (FileExistsError, NotADirectoryError)):
            there = (place for place in (path, *path.parents) if place.exists() or place.is_symlink())
            file = next((place for place in there if not place.is_dir()), path)
            kind = "a link that leads nowhere" if file.is_symlink() and not file.exists() else "a file"
            raise InputError.one(str(file), "", None, f"this is {kind}, where a folder is to be made") from error
        raise
