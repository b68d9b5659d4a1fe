"""The tables of a network as checked rows: every cell judged by its column, every problem with file and place."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sim.errors import InputError, Problem, nearest_name
from sim.grid.csvfile import degrees, number, read_text, split_rows
from sim.grid.native.columns import TABLES, Column, Table
from sim.grid.plant import Note

_LONGEST_NAME = 200


@dataclass(frozen=True)
class Row:
    """A row: its number in the table, where it comes from, and the value of every declared column (`row["length_km"]`).

    `place` is what messages call its origin: `line 4`, or an element of another program's file.
    """

    number: int
    place: str
    cells: dict[str, Any]

    def __getitem__(self, column: str) -> Any:
        return self.cells[column]


@dataclass
class Sheets:
    """All rows by table (`sections` for sections.csv), the problems found and what is not used.

    A row with a problem of its own is left out of the rows; the reader goes on to find the others. `label` is what
    messages call the folder, or with `is_one_file` the file that all rows come from.
    """

    label: str
    is_one_file: bool = False
    rows: dict[str, list[Row]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    _first: dict[str, dict[str, str]] = field(default_factory=dict)  # by table: where each key stands first

    def __getitem__(self, table: str) -> list[Row]:
        return self.rows.get(table, [])

    def file(self, name: str) -> str:
        """Return what messages call a file of the folder."""
        return self.label if self.is_one_file else str(Path(self.label) / name)

    def refuse(self, table: str, place: str, column: str, value: str, allowed: str, nearest: str = "") -> None:
        """Take note of a problem with a row of a table."""
        where = f"{place} {column}".strip()
        self.problems.append(Problem(self.file(f"{table}.csv"), where, value, allowed, nearest))

    def add(self, table: Table, place: str, texts: Mapping[str, str]) -> None:
        """Add a row of cells as text; a row with a problem of its own is left out."""
        name = table.name
        rows, first = self.rows.setdefault(name, []), self._first.setdefault(name, {})
        before, path = len(self.problems), self.file(table.file)
        values = {
            column.name: _value(column, texts.get(column.name, ""), path, place, self.problems)
            for column in table.columns
        }
        key = values.get(table.key)
        if key and key in first:
            self.refuse(name, place, table.key, key, f"is already on {first[key]}")
        elif key:
            first[key] = place
        if len(self.problems) == before:
            rows.append(Row(len(rows), place, values))


def read_sheets(folder: Path, label: str) -> Sheets:
    """Read all files of a native folder, cell by cell.

    Raises `InputError` when the folder or a file that is needed is missing; other problems are collected.
    """
    if not folder.is_dir():
        raise InputError.one(label, "", None, "needs a folder with sections.csv, sources.csv and load_points.csv")
    sheets = Sheets(label)
    present = {path.name for path in folder.iterdir()}
    for table in TABLES:
        if table.file in present:
            _read(table, folder, sheets)
        elif table.is_required:
            sheets.problems.append(Problem(sheets.file(table.file), "", "", "this file is needed"))
    known = {table.file for table in TABLES}
    sheets.notes += [
        Note("unused_file", (("file", name),)) for name in sorted(present - known) if name.endswith(".csv")
    ]
    return sheets


def _read(table: Table, folder: Path, sheets: Sheets) -> None:
    path, name = sheets.file(table.file), table.name
    sheets.rows[name] = []
    try:
        content = f"a header line with {', '.join(table.required)}"
        header, rows = split_rows(read_text(str(folder / table.file), content, path), path, table.required)
    except InputError as error:
        sheets.problems += error.problems
        return
    known = [column.name for column in table.columns]
    for column in sorted(set(header) - set(known)):
        near = nearest_name(column, [k for k in known if k not in header])
        said = (("file", table.file), ("column", column))
        hint = (*said, ("near", near))
        sheets.notes.append(Note("unused_column_near", hint) if near else Note("unused_column", said))
    for line, cells in rows:
        if len(cells) > len(header):
            text = f"line has {len(cells)} values but the header {len(header)} columns"
            sheets.refuse(name, f"line {line}", "", "", text)
            continue
        sheets.add(table, f"line {line}", dict(zip(header, (cell.strip() for cell in cells), strict=False)))


def _value(column: Column, text: str, path: str, place: str, problems: list[Problem]) -> Any:
    where = f"{place} {column.name}"
    if not text:
        if column.default is None:
            problems.append(Problem(path, where, "", "may not be empty"))
        return column.default
    if column.kind == "degrees":
        return degrees(text, column.name, column.high, path, place, problems)
    if column.kind in ("number", "whole"):
        value = number(text)
        if column.low <= value <= column.high and (column.kind == "number" or value == math.floor(value)):
            return value
        kind = "a whole number" if column.kind == "whole" else "a number"
        unit = f" {column.unit}" if column.unit else ""
        problems.append(Problem(path, where, text, f"needs {kind} from {column.low:g} to {column.high:g}{unit}"))
        return column.default
    if column.kind == "choice" and text not in column.choices:
        allowed = f"needs one of {', '.join(choice for choice in column.choices if choice)}"
        problems.append(Problem(path, where, text, allowed, nearest_name(text, column.choices)))
    elif column.kind == "name" and len(text) > _LONGEST_NAME:
        problems.append(Problem(path, where, text[:40] + "...", f"needs at most {_LONGEST_NAME} characters"))
    return text
