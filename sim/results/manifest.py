"""`manifest.json`: what a run was asked for and made with. The only file with a place or a time of day in it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.errors import InputError, Problem
from sim.experiment.made_with import made_with, version_of
from sim.experiment.series import Setting
from sim.hotline import compiled
from sim.log import LOG_VERSION
from sim.results.writing import sha256, write_bytes

if TYPE_CHECKING:
    from sim.scenario.read import Loaded

FORMAT_VERSION = 1
MANIFEST = "manifest.json"
Manifest = dict[str, Any]
_MAY_DIFFER = frozenset({"started_utc", "command", "scenario", "replications", "stopped_by", "hotline"})
"""What a run that goes on need not have in common with its beginning; `replications` has a check of its own."""


@dataclass(frozen=True)
class Request:
    """What the command line asked for, as kept in the manifest.

    replications : None where the scenario's [precision] decides. lang : of the report.
    """

    loaded: Loaded
    setting: Setting
    replications: int | None
    lang: str
    command: Sequence[str]

    def manifest(self, started: datetime) -> Manifest:
        """Return the manifest of a run that starts now."""
        return {
            "format_version": FORMAT_VERSION,
            "log_version": LOG_VERSION,
            "started_utc": started.isoformat(timespec="seconds"),
            "command": list(self.command),
            "scenario": str(self.loaded.path.resolve()),
            "plans": [plan.name for plan in self.setting.plans],
            "replications": self.replications,
            "open_ended": self.replications is None,
            "stopped_by": None if self.replications is None else "number",
            "seed": self.setting.seed,
            "sets": list(self.loaded.sets),
            "lang": self.lang,
            "allow_code": self.setting.allow_code,
            "sha256": input_hashes(self.loaded),
            **made_with(),
            "hotline": f"compiled by numba {version_of('numba')}" if compiled.is_there() else "plain Python",
        }

    def digits(self) -> str:
        """Return eight digits that differ when the input differs."""
        plans = [plan.name for plan in self.setting.plans]
        asked = [input_hashes(self.loaded), list(self.loaded.sets), plans, self.replications, self.setting.seed]
        return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:8]


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest of a run folder.

    Raises
    ------
    InputError when there is none, or it is no manifest, or one of another format.
    """
    try:
        found = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        format_version = found["format_version"]
    except (FileNotFoundError, NotADirectoryError):
        raise refused(folder, f"not a run folder: it has no {MANIFEST}") from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise refused(folder, f"this run cannot be read: {MANIFEST}: {error}") from error
    if format_version != FORMAT_VERSION:
        raise refused(folder, f"this run has format {format_version}; the program reads {FORMAT_VERSION}")
    return dict(found)


def refused(folder: Path, why: str) -> InputError:
    """Return the error for a run folder that cannot be used."""
    return InputError.one(str(folder), "", None, why)


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write the manifest; raises OSError."""
    write_bytes(folder / MANIFEST, (json.dumps(manifest, indent=1, ensure_ascii=False) + "\n").encode())


def refuse_another(folder: Path, begun: Manifest, request: Request) -> None:
    """Refuse to go on with a run that was begun otherwise than what is asked for now.

    Raises
    ------
    InputError with everything that differs: the rest of the run would not fit what is there.
    """
    now = _flat(request.manifest(datetime.min))
    then = _flat(begun)
    if begun.get("open_ended") is False:
        then["replications"] = begun.get("replications")
        now["replications"] = request.replications
    problems = [
        Problem("--resume", name, _told(now.get(name)), f"the run in {folder} was begun with {_told(then.get(name))}")
        for name in dict.fromkeys([*now, *then])
        if now.get(name) != then.get(name)
    ]
    if problems:
        raise InputError(problems)


def _flat(manifest: Manifest) -> Manifest:
    """Return what has to be the same, the hashes one by one."""
    flat = {name: value for name, value in manifest.items() if name not in _MAY_DIFFER | {"sha256"}}
    return flat | {f"sha256 of {name}": digest for name, digest in dict(manifest.get("sha256", {})).items()}


def _told(value: object) -> str:
    return "none" if value is None else ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def input_hashes(loaded: Loaded) -> dict[str, str]:
    """Return the SHA-256 of the scenario text and of every data file that it names."""
    scenario = loaded.scenario
    names = (scenario.storm.track, scenario.network.settlements, scenario.network.coast)
    hashes = {loaded.path.name: hashlib.sha256(loaded.text.encode()).hexdigest()}
    return hashes | {name: sha256(loaded.resolve(name)) for name in names}
