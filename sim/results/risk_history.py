"""The file in which registers are kept from exercise to exercise: a line of JSON each, the oldest first.

It is read and written under a lock and replaced as a whole, so that two people keep their registers at once without
losing either, and a killed program leaves the file as it was.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sim.errors import InputError
from sim.results.lock import take
from sim.results.writing import write_bytes, writing
from sim.risk.history import Exercise, exercise

HISTORY = "risk-history.jsonl"


def read_history(path: Path) -> list[Exercise]:
    """Return the registers kept so far, the oldest first; none where there is no file.

    Raises
    ------
    InputError naming the line that is no register.
    """
    return [exercise(entry) for entry in _entries(path)]


def keep(path: Path, entry: Mapping[str, Any]) -> list[Exercise]:
    """Append a register unless it is the last one already; return all that are kept.

    Raises
    ------
    InputError when the file holds anything else; DrillError when it is being written or cannot be.
    """
    with writing(path, "risk history"):
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = take(path.parent)
    try:
        entries = _entries(path)
        if not entries or entries[-1]["digest"] != entry["digest"]:
            entries.append(dict(entry))
            lines = [json.dumps(each, ensure_ascii=False) for each in entries]
            with writing(path, "risk history"):
                write_bytes(path, ("\n".join(lines) + "\n").encode())
        return [exercise(each) for each in entries]
    finally:
        lock.release()


def _entries(path: Path) -> list[dict[str, Any]]:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return []
    except (OSError, ValueError) as error:
        raise InputError.one(str(path), "", None, f"cannot be read: {error}") from error
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        try:
            entry = json.loads(line)
            exercise(entry)
        except (ValueError, KeyError, TypeError) as error:
            raise InputError.one(str(path), f"line {number}", None, f"is no register that was kept: {error}") from error
        found.append(entry)
    return found
