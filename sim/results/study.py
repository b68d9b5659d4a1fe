"""The folder of a study (a sweep, a target, ...): one question, one folder; asked again, it goes on from there.

The question is everything that decides the numbers: program, scenario, data files, edits, keys and values,
plans, seed. Scores are written atomically as they come, so that a study killed at any moment goes on where it
was, and more may be added later. `COMPLETE` is written last.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import sim
from sim.errors import DrillError
from sim.results.folder import MARKER
from sim.results.lock import LOCK, take
from sim.results.manifest import input_hashes
from sim.results.writing import Cell, sha256, write_bytes, write_csv, write_npz, writing

if TYPE_CHECKING:
    from sim.experiment.sweep import Scores
    from sim.scenario.read import Loaded

QUESTION = "question.json"
STUDY_VERSION = 1


@dataclass(frozen=True)
class StudyFolder:
    """An open study; every method raises DrillError when it cannot write."""

    path: Path
    kind: str

    @property
    def figures(self) -> Path:
        """Return the folder of figures."""
        return self.path / "figures"

    def scores(self, name: str, shape: tuple[int, int]) -> Scores | None:
        """Return the scores written under a name, None when there are none.

        Parameters
        ----------
        name : of the file, without ending. shape : plans and storms that it must hold.

        Raises
        ------
        DrillError : when the file is there but is not what the study wrote.
        """
        from sim.experiment.sweep import Scores
        from sim.metrics.measures import MEASURE_NAMES

        file = self.path / "scores" / f"{name}.npz"
        if not file.is_file():
            return None
        try:
            with np.load(file, allow_pickle=False) as data:
                found = Scores(data["values"], data["censored"])
        except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
            raise DrillError(f"{file} cannot be read: {error}; remove it, and it is played again") from error
        if found.values.shape != (*shape, len(MEASURE_NAMES)) or found.censored.shape != found.values.shape:
            raise DrillError(f"{file} is of another study; remove it, and it is played again")
        return found

    def add_scores(self, name: str, scores: Scores) -> None:
        """Write scores: scores/NAME.npz."""
        with writing(self.path, self.kind):
            arrays = {"values": scores.values, "censored": scores.censored}
            write_npz(self.path / "scores" / f"{name}.npz", arrays)

    def add_table(self, name: str, header: Sequence[str], rows: Sequence[Sequence[Cell]]) -> None:
        """Write tables/NAME.csv."""
        with writing(self.path, self.kind):
            write_csv(self.path / "tables" / f"{name}.csv", header, rows)

    def complete(self) -> None:
        """Write the marker: hashes of the question, the scores and the tables, for `sha256sum -c`."""
        with writing(self.path, self.kind):
            files = [self.path / QUESTION, *self.path.glob("scores/*.npz"), *self.path.glob("tables/*.csv")]
            names = sorted(file.relative_to(self.path).as_posix() for file in files)
            lines = [f"{sha256(self.path / name)}  {name}" for name in names]
            write_bytes(self.path / MARKER, ("\n".join(lines) + "\n").encode())


@contextmanager
def study(
    kind: str,
    loaded: Loaded,
    seed: int,
    asked: Mapping[str, Any],
    out: Path | None = None,
    root: Path = Path("results"),
) -> Iterator[StudyFolder]:
    """Open the folder of a question, new or as far as it came, for one writer at a time.

    Parameters
    ----------
    kind : what it is, in one word: sweep, target. loaded, seed : the scenario and the seed in force.
    asked : what else decides the numbers, plain values. out : the folder; it is new, empty, or of the same
        question. Without it root/<scenario>/<kind>-<hash of the question>.

    Raises
    ------
    DrillError : when the folder holds anything else, another process writes there, or it cannot be made.
    """
    question = {
        "study_version": STUDY_VERSION,
        "program": f"drill {sim.__version__}",
        "kind": kind,
        "seed": seed,
        "sets": list(loaded.sets),
        "sha256": input_hashes(loaded),
        **asked,
    }
    data = (json.dumps(question, indent=1, ensure_ascii=False) + "\n").encode()
    path = out or root / loaded.path.stem / f"{kind}-{hashlib.sha256(data).hexdigest()[:8]}"
    with writing(path, kind):
        try:
            path.mkdir(parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError):
            raise DrillError(f"{path} is a file or lies below one; a {kind} needs a folder") from None
    _check(path, data, kind)
    with writing(path, kind):
        lock = take(path)
    try:
        _check(path, data, kind)  # again: another process may have been here before the lock was ours
        with writing(path, kind):
            for name in ("scores", "tables", "figures"):
                (path / name).mkdir(exist_ok=True)
            (path / MARKER).unlink(missing_ok=True)
            write_bytes(path / QUESTION, data)
        yield StudyFolder(path, kind)
    finally:
        lock.release()


def _check(path: Path, data: bytes, kind: str) -> None:
    """Refuse a folder that holds anything but the same question."""
    if not any(file.name != LOCK for file in path.iterdir()):
        return
    if not (path / QUESTION).is_file():
        raise DrillError(f"{path} is not empty and holds no {kind}; name a new folder with --out")
    if (path / QUESTION).read_bytes() != data:
        raise DrillError(
            f"{path} answers another question (its {QUESTION} differs in scenario, keys, plans, seed or program);"
            " name a new folder with --out"
        )
