"""The data files of a run, kept in its folder so that it can be played again when the originals are gone."""

from __future__ import annotations

import shutil
from pathlib import Path

from sim.scenario.read import DATA_FILES, Loaded

FOLDER = "data"


def keep(loaded: Loaded, path: Path) -> None:
    """Copy the track, settlements and coast that a scenario names into `path`/data."""
    (path / FOLDER).mkdir()
    for table, key in DATA_FILES:
        source = loaded.resolve(getattr(getattr(loaded.scenario, table), key))
        shutil.copyfile(source, kept(path, key, source.name))


def kept(path: Path, key: str, name: str) -> Path:
    """Return the place in a run folder of the file that `key` (track, settlements, coast) names."""
    return path / FOLDER / f"{key}{Path(name).suffix}"
