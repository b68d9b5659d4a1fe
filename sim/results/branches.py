"""Branches of a run: RUN/branches/NAME, each written beside its place and moved into it when it is whole.

A branch is one storm under one plan with a list of actions; its parent is the run itself or another branch.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sim
from sim.errors import DrillError, InputError, nearest_name
from sim.experiment.series import Kept
from sim.log import LOG_VERSION, Log
from sim.results.again import picked
from sim.results.folder import MARKER
from sim.results.manifest import MANIFEST
from sim.results.writing import Cell, read_npz, sha256, write_bytes, write_csv, write_npz, writing
from sim.scenario.actions import ActionEntry
from sim.scenario.finding import NAME_FORM, is_name

if TYPE_CHECKING:
    from sim.results.read import Run

FOLDER = "branches"
BRANCH_VERSION = 2
COMPARISON = "comparison.json"


@dataclass(frozen=True)
class Branch:
    """A whole branch read back.

    entries : the actions that it adds. parent : name of the branch that it springs from, empty for the run itself.
    """

    path: Path
    manifest: Mapping[str, Any]
    entries: tuple[ActionEntry, ...]

    @property
    def name(self) -> str:
        """Return the name."""
        return self.path.name

    @property
    def parent(self) -> str:
        """Return the parent's name."""
        return str(self.manifest["parent"])

    @property
    def plan(self) -> str:
        """Return the plan."""
        return str(self.manifest["plan"])

    @property
    def replication(self) -> int:
        """Return the replication."""
        return int(self.manifest["replication"])

    def log(self) -> Log:
        """Return its log."""
        return Log.load(self.path / "log.npz")

    def kept(self) -> Kept:
        """Return its log, and the hotline beside it."""
        return Kept(self.log(), read_npz(self.path / "hotline.npz"))

    def comparison(self) -> dict[str, Any]:
        """Return what was found when it was set against its parent."""
        found: dict[str, Any] = json.loads((self.path / COMPARISON).read_text(encoding="utf-8"))
        return found


def branches(run: Run) -> dict[str, Branch]:
    """Return the whole branches of a run by name, in order of being made; unfinished ones are no branches."""
    folder = run.path / FOLDER
    places = [path for path in folder.glob("[!.]*") if (path / MARKER).is_file()] if folder.is_dir() else []
    found = [open_branch(path) for path in places]
    return {branch.name: branch for branch in sorted(found, key=lambda b: (b.manifest["started_utc"], b.name))}


def open_branch(path: Path) -> Branch:
    """Return one branch.

    Raises
    ------
    DrillError when it is of another version, changed since, or cannot be read.
    """
    try:
        manifest = json.loads((path / MANIFEST).read_text(encoding="utf-8"))
        if manifest["branch_version"] != BRANCH_VERSION or manifest["log_version"] != LOG_VERSION:
            raise DrillError(f"the branch in {path} is of another version; this program reads {BRANCH_VERSION}")
        for line in (path / MARKER).read_text(encoding="utf-8").splitlines():
            digest, name = line.split("  ", 1)
            if sha256(path / name) != digest:
                raise DrillError(f"{path / name} is not what the branch wrote: it was changed or damaged")
        entries = tuple(ActionEntry.model_validate(entry) for entry in manifest["actions"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DrillError(f"the branch in {path} cannot be read: {error}") from error
    return Branch(path, manifest, entries)


def lineage(known: Mapping[str, Branch], name: str, option: str = "--from") -> list[Branch]:
    """Return a branch and its ancestors, the oldest first; empty for the run itself. `option` asked for it.

    Raises
    ------
    InputError for a branch that there is not; DrillError when an ancestor was removed.
    """
    if name and name not in known:
        there = ", ".join(known) or "there is none yet"
        raise InputError.one(
            option, "", f'"{name}"', f"a branch of this run: {there}", nearest_name(name, list(known))
        )
    line: list[Branch] = []
    while name:
        if name not in known:
            raise DrillError(f"the branch '{line[0].name}' springs from '{name}', which is no longer there")
        line.insert(0, known[name])
        name = known[name].parent
    return line


def same_storm(run: Run, line: Sequence[Branch], plan: str | None, replication: int | None) -> tuple[str, int]:
    """Return plan and replication: those of the last branch of a line, else those asked for; see `picked`.

    Raises
    ------
    InputError where another plan or replication is asked for than the branch is of.
    """
    if not line:
        return picked(run, plan, replication)
    own = line[-1].plan, line[-1].replication
    for option, asked, is_so in (("--plan", plan, own[0]), ("--replication", replication, own[1])):
        if asked is not None and asked != is_so:
            raise InputError.one(option, "", asked, f"branch '{line[-1].name}' is of {is_so}; leave this out")
    return own


def check_name(run: Run, wanted: str) -> None:
    """Raise InputError when a name cannot be that of a new branch, or is taken."""
    folder = run.path / FOLDER
    if not is_name(wanted):
        raise InputError.one("--name", "", f'"{wanted}"', NAME_FORM)
    if (folder / wanted).exists():
        raise InputError.one("--name", "", f'"{wanted}"', "the name of no other branch of this run")
    if (folder / _part(wanted)).exists():
        left = f"a name that is free; {folder / _part(wanted)} is being made, or was left over and may be deleted"
        raise InputError.one("--name", "", f'"{wanted}"', left)


def _part(name: str) -> str:
    return f".{name}.part"


def _begun(run: Run, wanted: str | None) -> str:
    """Begin a folder under the name wanted, else b1, b2, ...; whoever makes it first has the name."""
    folder = run.path / FOLDER
    folder.mkdir(exist_ok=True)
    for name in [wanted] if wanted is not None else (f"b{n}" for n in count(1)):
        if not (folder / name).exists():
            with suppress(FileExistsError):
                (folder / _part(name)).mkdir()
                return name
    raise DrillError(f"the name '{wanted}' was taken meanwhile by another branch")


@dataclass(frozen=True)
class BranchFolder:
    """A branch being written; its methods raise DrillError when they cannot write."""

    path: Path
    name: str

    @property
    def figures(self) -> Path:
        """Return the folder of figures."""
        return self.path / "figures"

    def add_log(self, kept: Kept) -> None:
        """Write log.npz and hotline.npz."""
        with writing(self.path, "branch"):
            kept.log.save(self.path / "log.npz")
            write_npz(self.path / "hotline.npz", kept.hotline)

    def add_comparison(self, text: str) -> None:
        """Write comparison.json."""
        with writing(self.path, "branch"):
            write_bytes(self.path / COMPARISON, text.encode())

    def add_table(self, name: str, header: Sequence[str], rows: Sequence[Sequence[Cell]]) -> None:
        """Write tables/NAME.csv."""
        with writing(self.path, "branch"):
            write_csv(self.path / "tables" / f"{name}.csv", header, rows)


@contextmanager
def write_branch(
    run: Run, wanted: str | None, parent: str, plan: str, replication: int, entries: Sequence[ActionEntry],
    facts: Mapping[str, Any],
) -> Iterator[BranchFolder]:  # fmt: skip
    """Write a branch: it appears under its name when the context ends well, and leaves nothing behind otherwise.

    Parameters
    ----------
    wanted : its name; None: the first of b1, b2, ... that is free, also of branches being made at this moment.
    facts : what else the manifest is to keep, such as the command.

    Raises
    ------
    DrillError when it cannot be written, or the name was taken meanwhile.
    """
    folder = run.path / FOLDER
    manifest = {
        "branch_version": BRANCH_VERSION,
        "log_version": LOG_VERSION,
        "program": f"drill {sim.__version__}",
        "started_utc": datetime.now(UTC).isoformat(timespec="microseconds"),
        "parent": parent,
        "plan": plan,
        "replication": replication,
        "seed": run.experiment.seed,
        "actions": [entry.model_dump(exclude_none=True) for entry in entries],
        **facts,
    }
    with writing(folder, "branch"):
        name = _begun(run, wanted)
    part = folder / _part(name)
    try:
        with writing(part, "branch"):
            write_bytes(part / MANIFEST, (json.dumps(manifest, indent=1, ensure_ascii=False) + "\n").encode())
            for inner in ("tables", "figures"):
                (part / inner).mkdir()
        yield BranchFolder(part, name)
        with writing(part, "branch"):
            kept = [MANIFEST, "log.npz", "hotline.npz", COMPARISON]
            lines = [f"{sha256(part / file)}  {file}" for file in kept]
            write_bytes(part / MARKER, ("\n".join(lines) + "\n").encode())
            part.rename(folder / name)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        with suppress(OSError):
            folder.rmdir()  # where no other branch lies there
        raise
