"""Read a finished run folder back; a folder that is not whole is refused."""

from __future__ import annotations

import csv
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sim.errors import InputError
from sim.experiment.replicate import Experiment, Replication, stack
from sim.grid.network import Network
from sim.grid.tables import load as load_network
from sim.log import Log
from sim.results.folder import FORMAT_VERSION, IN_FORCE, MANIFEST, MARKER, SCENARIO, sha256
from sim.results.writing import text_cell
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


def open_run(path: Path) -> Run:
    """Open a run folder.

    Raises
    ------
    InputError when it is not a run folder, not whole, changed since, or of another format.
    """
    if not (path / MANIFEST).is_file():
        raise _refused(path, f"not a run folder: it has no {MANIFEST}")
    if not (path / MARKER).is_file():
        raise _refused(path, f"this run is not whole: it has no {MARKER}, so it was interrupted; run it again")
    try:
        manifest = json.loads((path / MANIFEST).read_text(encoding="utf-8"))
        if manifest["format_version"] != FORMAT_VERSION:
            raise _refused(path, f"this run has format {manifest['format_version']}; the program reads {FORMAT_VERSION}")
        _verify(path, "replications/", "scenario")
        text = (path / SCENARIO).read_text(encoding="utf-8")
        scenario = Scenario.model_validate_json((path / IN_FORCE).read_text(encoding="utf-8"))
        experiment = _experiment(sorted((path / "replications").glob("rep-*.npz")))
        asked = int(manifest["replications"])
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        raise _refused(path, f"this run cannot be read: {error}") from error
    if len(experiment.replications) != asked:
        n = len(experiment.replications)
        raise _refused(path, f"this run is not whole: {n} replications are there of {asked}")
    return Run(path, manifest, text, scenario, experiment)


def _refused(path: Path, why: str) -> InputError:
    return InputError.one(str(path), "", None, why)


def _verify(path: Path, *starts: str) -> None:
    """Check the hashes of the files whose names start so; tables never, a spreadsheet may have saved them anew."""
    for line in (path / MARKER).read_text(encoding="utf-8").splitlines():
        digest, name = line.split("  ", 1)
        if name.startswith(starts) and sha256(path / name) != digest:
            raise _refused(path, f"{name} is not what the run wrote: it was changed or damaged")


def _experiment(files: list[Path]) -> Experiment:
    """Return the experiment that the replication files make up."""
    replications, meta = [], None
    for file in files:
        with np.load(file, allow_pickle=False) as data:
            arrays = {name: data[name] for name in data.files}
        meta = meta or arrays
        curves = {name.removeprefix("curve."): arrays[name] for name in arrays if name.startswith("curve.")}
        areas = {name.removeprefix("area."): arrays[name] for name in arrays if name.startswith("area.")}
        number = int(arrays["number"])
        replications.append(
            Replication(
                number,
                arrays["values"],
                arrays["censored"],
                curves,
                areas,
                arrays["observed_out"],
                arrays["peak_at"],
            )
        )
    if meta is None:
        raise ValueError("no replications")
    return stack(
        sorted(replications, key=lambda r: r.number),
        meta["plans"].tolist(),
        meta["titles"].tolist(),
        int(meta["seed"]),
        meta["grid_at"],
        meta["measures"].tolist(),
    )
