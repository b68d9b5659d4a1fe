"""The data files of a run, kept in its folder so that it can be played again when the originals are gone."""

from __future__ import annotations

from pathlib import Path

from sim.scenario.read import DATA_FILES, Loaded

FOLDER = "data"


def to_keep(loaded: Loaded, path: Path) -> dict[Path, Path]:
    """Return place in `path`/data -> file that the scenario names: its track, settlements and coast."""
    found: dict[Path, Path] = {}
    for table, key in DATA_FILES:
        source = loaded.resolve(getattr(getattr(loaded.scenario, table), key))
        found[kept(path, key, source.name)] = source
    return found


def kept(path: Path, key: str, name: str) -> Path:
    """Return the place in a run folder of the file that `key` (track, settlements, coast) names."""
    return path / FOLDER / f"{key}{Path(name).suffix}"
