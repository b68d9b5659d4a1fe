"""CSV files as people keep them: read with line numbers, so that every problem can be named by file and line."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from pathlib import Path

from sim.errors import InputError, Problem, nearest_name

FOREIGN_SIGNS = {"semicolons": ";", "tabs": "\t"}
FOREIGN_ENCODINGS = ("cp932", "gb18030", "big5")  # tried only to say what the file may be


def read_text(path: str, content: str, label: str = "") -> str:
    """Return the text of a UTF-8 file; `content` says what it should hold, for the message when it is empty.

    Messages call the file `label`, by default its path.

    Raises `InputError` when it cannot be read, is empty, or is not UTF-8 text.
    """
    file = label or path
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise InputError.one(file, "", None, f"cannot be read: {error.strerror or error}") from None
    if not data.strip():
        raise InputError.one(file, "", None, f"is empty; needs {content}")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise InputError.one(file, "line 1", None, "is UTF-16; save the file as UTF-8")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        guess = next((name for name in FOREIGN_ENCODINGS if _decodes(data, name)), "")
        may_be = f" (it may be {guess})" if guess else ""
        where, value = f"line {line}", f"byte 0x{data[error.start]:02x} at {error.start + 1}"
        raise InputError.one(file, where, value, f"is not UTF-8{may_be}; save the file as UTF-8") from None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise InputError.one(file, f"line {line}", None, "holds a NUL character; this is not a text file")
    return text


def split_rows(text: str, file: str, required: Sequence[str]) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Return the header and the rows that are not blank, each with its line number.

    Raises `InputError` when it is not CSV or the header lacks a required column or has one twice.
    """
    first = text.partition("\n")[0]
    if "," not in first and (parted := [name for name, sign in FOREIGN_SIGNS.items() if sign in first]):
        raise InputError.one(file, "line 1", None, f"columns are parted by commas, not by {parted[0]}")
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[tuple[int, list[str]]] = []
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                rows.append((reader.line_num, row))
    except csv.Error as error:
        raise InputError.one(file, f"line {reader.line_num}", None, f"is not CSV: {error}") from None
    if not rows:
        raise InputError.one(file, "line 1", None, f"is blank; needs the columns {', '.join(required)}")
    header = [cell.strip() for cell in rows[0][1]]
    problems = []
    for column in required:
        if column not in header:
            near = nearest_name(column, [cell for cell in header if cell not in required])
            found = f"; found {', '.join(header)}" if len(header) > 1 else "; columns are parted by commas"
            text = f"needs a column '{column}'{found}"
            problems.append(Problem(file, "line 1", near, text, column if near else ""))
        elif header.count(column) > 1:
            problems.append(Problem(file, "line 1", column, "stands twice in the header"))
    if problems:
        raise InputError(problems)
    return header, rows[1:]


def number(text: str) -> float:
    """Return the number that a cell holds, nan when it holds none."""
    try:
        return float(text)
    except ValueError:
        return math.nan


def degrees(text: str, column: str, limit: float, file: str, place: str, problems: list[Problem]) -> float:
    """Return degrees up to `limit`, or nan with the problem added; metres of a map projection are told apart."""
    value = number(text)
    if abs(value) <= limit:
        return value
    allowed = f"needs degrees from -{limit:g} to {limit:g}"
    if math.isfinite(value):
        swapped = "; lat and lon look swapped" if column == "lat" and abs(value) <= 180 else ""
        allowed += "; this looks like metres of a map projection" if abs(value) > 1000 else swapped
    problems.append(Problem(file, f"{place} {column}", text, allowed))
    return math.nan


def _decodes(data: bytes, encoding: str) -> bool:
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True
