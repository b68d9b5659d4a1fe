"""Read a finished run folder back; a folder that is not whole is refused."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sim.experiment.race import settle
from sim.experiment.replicate import Experiment, stack
from sim.experiment.series import Kept, median_logs
from sim.grid.network import Network
from sim.grid.tables import load as load_network
from sim.log import Log
from sim.metrics.measures import CURVES, MEASURE_NAMES
from sim.results.folder import IN_FORCE, MARKER, SCENARIO
from sim.results.manifest import MANIFEST, read_manifest, refused
from sim.results.replications import UNREADABLE, read_replication
from sim.results.writing import read_npz, sha256, text_cell
from sim.scenario.model import Scenario


@dataclass(frozen=True)
class Run:
    """A whole run read back from its folder: everything that compare and report need.

    manifest : manifest.json. scenario_text : the file as written by its author. scenario : every value in
    force, `--set` included. experiment : all replications.
    """

    path: Path
    manifest: dict[str, Any]
    scenario_text: str
    scenario: Scenario
    experiment: Experiment

    @property
    def name(self) -> str:
        """Return the run's id: the folder's name."""
        return self.path.name

    def network(self) -> Network:
        """Return the network as grown for the run."""
        return load_network(self.path / "network" / "network.npz")

    def table(self, name: str) -> list[dict[str, str]]:
        """Return the rows of tables/NAME.csv as text by column."""
        with (self.path / "tables" / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
            return [{key: text_cell(text) for key, text in row.items()} for row in csv.DictReader(file)]

    def logs(self) -> list[str]:
        """Return the names of the logs kept."""
        return sorted(path.stem for path in (self.path / "logs").glob("*.npz"))

    def log(self, name: str) -> Log:
        """Return one of the logs kept; InputError when it is not what the run wrote."""
        _verify(self.path, f"logs/{name}.npz")
        return Log.load(self.path / "logs" / f"{name}.npz")

    def median_logs(self) -> dict[str, tuple[int, Log]]:
        """Return replication and log of the median storm of each plan of which it was kept; InputError as of `log`."""
        kept = self.logs()
        return median_logs(self.experiment, lambda name: self.log(name) if name in kept else None)

    def kept(self, name: str) -> Kept:
        """Return one of the logs kept, and the hotline beside it; InputError when they are not what the run wrote."""
        _verify(self.path, f"hotline/{name}.npz")
        return Kept(self.log(name), read_npz(self.path / "hotline" / f"{name}.npz"))


def open_run(path: Path) -> Run:
    """Open a run folder.

    Raises
    ------
    InputError when it is not a run folder, not whole, changed since, or of another format.
    """
    if (path / MANIFEST).is_file() and not (path / MARKER).is_file():
        again = f"so it was interrupted; drill run --resume --out {path} goes on with it"
        raise refused(path, f"this run is not whole: it has no {MARKER}, {again}")
    manifest = read_manifest(path)
    try:
        _verify(path, "replications/", "scenario")
        text = (path / SCENARIO).read_text(encoding="utf-8")
        scenario = Scenario.model_validate_json((path / IN_FORCE).read_text(encoding="utf-8"))
        experiment = settle(_experiment(sorted((path / "replications").glob("rep-*.npz"))), scenario)
        asked = int(manifest["replications"])
    except (*UNREADABLE, TypeError) as error:
        raise refused(path, f"this run cannot be read: {error}") from error
    absent = [name for name in MEASURE_NAMES if name not in experiment.measures]
    absent += [name for name in CURVES if name not in experiment.curves]
    if absent:
        made, lacks = manifest.get("program", "another version"), ", ".join(absent[:3]) + (" ..." if absent[3:] else "")
        raise refused(path, f"this run was made by a program ({made}) without the measures {lacks}; play it again")
    if len(experiment.replications) != asked:
        n = len(experiment.replications)
        raise refused(path, f"this run is not whole: {n} replications are there of {asked}")
    return Run(path, manifest, text, scenario, experiment)


def _verify(path: Path, *starts: str) -> None:
    """Check the hashes of the files whose names start so; tables never, a spreadsheet may have saved them anew."""
    for line in (path / MARKER).read_text(encoding="utf-8").splitlines():
        digest, name = line.split("  ", 1)
        if not name.startswith(starts):
            continue
        if not (path / name).is_file():
            raise refused(path, f"{name}, which the run wrote, is no longer there")
        if sha256(path / name) != digest:
            raise refused(path, f"{name} is not what the run wrote: it was changed or damaged")


def _experiment(files: list[Path]) -> Experiment:
    """Return the experiment that the replication files make up."""
    found = [read_replication(file) for file in files]
    if not found:
        raise ValueError("no replications")
    common = found[0][1]
    return stack(
        sorted((replication for replication, _ in found), key=lambda r: r.number),
        common["plans"].tolist(),
        common["titles"].tolist(),
        int(common["seed"]),
        common["grid_at"],
        common["measures"].tolist(),
    )
