"""Tables as one workbook for spreadsheets, a sheet per table."""

from __future__ import annotations

import io
import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from sim.results.writing import FORMULA, Cell, write_bytes

_WIDEST = 44  # of a column, characters
_UNDATED = datetime(1980, 1, 1)  # the same tables give the same bytes


def write_xlsx(path: Path, tables: Mapping[str, tuple[Sequence[str], Sequence[Sequence[Cell]]]]) -> None:
    """Write tables, name -> (header, rows), as sheets of a workbook, atomically.

    Text is stored as text whatever it begins with: what a spreadsheet would take for a formula is marked as quoted,
    so that it stays text when the cell is edited. nan and None become empty cells.
    """
    from xlsxwriter import Workbook

    buffer = io.BytesIO()
    book = Workbook(buffer, {"in_memory": True, "strings_to_urls": False, "strings_to_formulas": False})
    book.set_properties({"created": _UNDATED})
    styles = {"head": book.add_format({"bold": True}), "quoted": book.add_format({"quote_prefix": True})}
    for name, (header, rows) in tables.items():
        sheet = book.add_worksheet(name)
        sheet.freeze_panes(1, 1)
        for column, title in enumerate(header):
            sheet.write_string(0, column, title, styles["head"])
            longest = max((len(str(row[column])) for row in rows[:200] if isinstance(row[column], str)), default=0)
            sheet.set_column(column, column, min(max(len(title), longest, 8) + 2, _WIDEST))
        for i, row in enumerate(rows, start=1):
            for column, cell in enumerate(row):
                _put(sheet, i, column, cell, styles["quoted"])
    book.close()
    write_bytes(path, buffer.getvalue())


def _put(sheet: Any, row: int, column: int, cell: Cell, quoted: Any) -> None:
    if isinstance(cell, str):
        sheet.write_string(row, column, cell, quoted if cell.startswith(FORMULA) else None)
    elif isinstance(cell, (bool, np.bool_)):
        sheet.write_boolean(row, column, bool(cell))
    elif cell is not None and math.isfinite(cell):
        sheet.write_number(row, column, float(cell))
