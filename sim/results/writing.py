"""Put bytes on disk so that a file is either whole or not there, and say plainly why it cannot be written."""

from __future__ import annotations

import csv
import errno
import hashlib
import io
import math
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from sim.errors import DrillError
from sim.packing import pack

Cell = str | int | float | bool | None
FORMULA = ("=", "+", "-", "@", "\t", "\r")


@contextmanager
def writing(path: Path, what: str = "run") -> Iterator[None]:
    """Turn the operating system's refusals while writing `what` below `path` into one clear DrillError."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            reason = "the disk is full"
        elif error.errno in (errno.EACCES, errno.EPERM):
            reason = "no permission to write there"
        elif error.errno == errno.EROFS:
            reason = "the place is read-only"
        else:
            reason = (error.strerror or str(error)).lower()
        raise DrillError(
            f"cannot write {error.filename or path}: {reason}; the {what} in {path} is not whole"
        ) from error


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file atomically: beside its place, to the disk, then into its place."""
    part = path.with_name(path.name + ".part")
    try:
        with part.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError:
        part.unlink(missing_ok=True)  # a full disk needs the room
        raise


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_npz(path: Path, arrays: Mapping[str, Any]) -> None:
    """Write arrays as a compressed npz atomically; equal arrays give equal bytes."""
    buffer = io.BytesIO()
    pack(buffer, arrays)
    write_bytes(path, buffer.getvalue())


def read_npz(path: Path) -> dict[str, Any]:
    """Return the arrays that `write_npz` wrote."""
    with np.load(path, allow_pickle=False) as data:
        return {name: data[name] for name in data.files}


def write_csv(path: Path, header: Sequence[str], rows: Sequence[Sequence[Cell]]) -> None:
    """Write a table for spreadsheets: commas, UTF-8 with a byte-order mark so that they show names right.

    Text that a spreadsheet would take for a formula gets an apostrophe in front; nan and None become empty
    cells.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([cell_text(name) for name in header])
    writer.writerows([cell_text(cell) for cell in row] for row in rows)
    write_bytes(path, text.getvalue().encode("utf-8-sig"))


def cell_text(cell: Cell) -> str:
    """Return a cell's text: ten significant digits, true/false, safe text."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        return "'" + cell if cell.startswith(FORMULA) else cell
    if isinstance(cell, (bool, np.bool_)):
        return "true" if cell else "false"
    if isinstance(cell, (int, np.integer)):
        return str(int(cell))
    if math.isnan(cell):
        return ""
    number = float(cell)
    # whole numbers keep all their digits: customers and hours are counted, not estimated, below 2^53
    return str(int(number)) if number.is_integer() and abs(number) < 1e15 else f"{number:.10g}"


def text_cell(text: str) -> str:
    """Return the text that `cell_text` wrote."""
    return text[1:] if text.startswith("'") and text[1:].startswith(FORMULA) else text
