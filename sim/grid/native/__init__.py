"""The native form of a network: a folder of CSV files, described by `columns`, read and written without loss."""

from __future__ import annotations

from pathlib import Path

from sim.errors import InputError
from sim.grid.native.build import build, problems_of_places, refuse_repeated_substations, refuse_unrepaired
from sim.grid.native.columns import TABLES, describe_columns
from sim.grid.native.forest import hang, refuse_own_ends
from sim.grid.native.sheets import read_sheets
from sim.grid.native.write import write_grid
from sim.grid.plant import Grid
from sim.grid.structure import check

__all__ = ["TABLES", "describe_columns", "read_grid", "write_grid"]


def read_grid(folder: str | Path) -> Grid:
    """Read a network in the native form.

    Raises `InputError` with every problem found, each with file and line: first of the cells, and when these are
    sound, of what they make together.
    """
    sheets = read_sheets(Path(folder))
    for table in ("sections", "sources", "load_points"):
        if not sheets.problems and not sheets[table]:
            sheets.refuse(table, 2, "", "", "needs at least one row")
    refuse_own_ends(sheets)
    if sheets.problems:
        raise InputError(sheets.problems)
    forest = hang(sheets)
    refuse_repeated_substations(sheets)
    refuse_unrepaired(sheets)
    sheets.problems += problems_of_places(sheets)
    if sheets.problems:
        raise InputError(sheets.problems)
    grid = build(sheets, forest)
    if sheets.problems:
        raise InputError(sheets.problems)
    check(grid.network)
    return grid
