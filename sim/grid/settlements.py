"""Settlements: where people live, read from a CSV file."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.errors import InputError, Problem, nearest_name
from sim.scenario.fields import LONGEST_LINE, is_line
from sim.scenario.finding import quoted

COLUMNS = ("name", "lat", "lon", "population")
FOREIGN_SIGNS = {"semicolons": ";", "tabs": "\t"}
FOREIGN_ENCODINGS = ("cp932", "gb18030", "big5")  # tried only to say what the file may be


@dataclass(frozen=True)
class Settlements:
    """Settlements in file order; arrays (n,).

    A settlement of population 0 has no customers but keeps its surroundings free of its neighbours' networks.
    `area` names the municipality to which a settlement belongs, its own name unless the file says otherwise.
    """

    name: NDArray[np.str_]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    population: NDArray[np.int64]
    area: NDArray[np.str_]
    file: str = "settlements"

    def __len__(self) -> int:
        return len(self.name)


def read_settlements(path: str | Path) -> Settlements:
    """Read settlements from a UTF-8 CSV file with columns name, lat, lon (degrees) and population.

    An optional column `area` names the municipality; further columns are ignored. An empty population means
    none. Raises `InputError` with every problem found, each with its line.
    """
    file = str(path)
    rows, header, problems = _rows(_text(file), file)
    kept: list[tuple[str, float, float, int, str]] = []
    seen_name: dict[str, int] = {}
    seen_place: dict[tuple[float, float], int] = {}
    for line, row in rows:
        if len(row) > len(header):
            text = f"line has {len(row)} values but the header {len(header)} columns"
            problems.append(Problem(file, f"line {line}", "", text))
            continue
        cells = dict(zip(header, (cell.strip() for cell in row), strict=False))
        before = len(problems)
        name = cells.get("name", "")
        if not name:
            problems.append(Problem(file, f"line {line} name", "", "needs a name"))
        elif not (is_line(name) and is_line(cells.get("area", ""))):
            allowed = f"needs name and area of at most {LONGEST_LINE} characters, none of them a control character"
            problems.append(Problem(file, f"line {line} name", quoted(name), allowed))
        elif name in seen_name:
            problems.append(Problem(file, f"line {line} name", name, f"is already on line {seen_name[name]}"))
        lat = _degrees(cells.get("lat", ""), "lat", 90.0, file, line, problems)
        lon = _degrees(cells.get("lon", ""), "lon", 180.0, file, line, problems)
        population = _population(cells.get("population", ""), file, line, problems)
        if name:
            seen_name.setdefault(name, line)
        if len(problems) > before:
            continue
        if (lon, lat) in seen_place:
            text = f"is at the same place as line {seen_place[lon, lat]}"
            problems.append(Problem(file, f"line {line}", name, text))
        seen_place.setdefault((lon, lat), line)
        kept.append((name, lon, lat, population, cells.get("area", "") or name))
    if not problems and not kept:
        problems.append(Problem(file, "", "", "needs at least one settlement"))
    if not problems and sum(row[3] for row in kept) == 0:
        problems.append(Problem(file, "population", "", "needs at least one settlement with people"))
    if problems:
        raise InputError(problems)
    names, lons, lats, populations, areas = zip(*kept, strict=True)
    return Settlements(
        np.array(names, dtype=np.str_), np.array(lons, dtype=np.float64), np.array(lats, dtype=np.float64),
        np.array(populations, dtype=np.int64), np.array(areas, dtype=np.str_), file,
    )  # fmt: skip


def _text(file: str) -> str:
    try:
        data = Path(file).read_bytes()
    except OSError as error:
        raise InputError.one(file, "", None, f"cannot be read: {error.strerror or error}") from None
    if not data.strip():
        raise InputError.one(file, "", None, f"is empty; needs a header line {','.join(COLUMNS)} and settlements")
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


def _decodes(data: bytes, encoding: str) -> bool:
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _rows(text: str, file: str) -> tuple[list[tuple[int, list[str]]], list[str], list[Problem]]:
    """Return the rows with their line numbers, the header and the problems of the header."""
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
    header = [cell.strip() for cell in rows[0][1]]
    problems = []
    for column in COLUMNS:
        if column not in header:
            near = nearest_name(column, [cell for cell in header if cell not in COLUMNS])
            found = f"; found {', '.join(header)}" if len(header) > 1 else "; columns are parted by commas"
            text = f"needs a column '{column}'{found}"
            problems.append(Problem(file, "line 1", near, text, column if near else ""))
        elif header.count(column) > 1:
            problems.append(Problem(file, "line 1", column, "stands twice in the header"))
    if problems:
        raise InputError(problems)
    return rows[1:], header, problems


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def _degrees(text: str, column: str, limit: float, file: str, line: int, problems: list[Problem]) -> float:
    value = _number(text)
    if abs(value) <= limit:
        return value
    allowed = f"needs degrees from -{limit:g} to {limit:g}"
    if math.isfinite(value):
        swapped = "; are lat and lon swapped?" if column == "lat" and abs(value) <= 180 else ""
        allowed += "; this looks like metres of a map projection" if abs(value) > 1000 else swapped
    problems.append(Problem(file, f"line {line} {column}", text, allowed))
    return math.nan


def _population(text: str, file: str, line: int, problems: list[Problem]) -> int:
    if not text:
        return 0
    value = _number(text)
    if math.isfinite(value) and value >= 0 and value == int(value) and value <= 1e9:
        return int(value)
    allowed = "needs a whole number of people, 0 or more, written without separators"
    problems.append(Problem(file, f"line {line} population", text, allowed))
    return 0
