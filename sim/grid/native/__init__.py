"""The native form of a network: a folder of CSV files, described by `columns`, read and written without loss."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile, ZipInfo

from sim.errors import InputError
from sim.grid.native.build import build, problems_of_places, refuse_repeated_substations, refuse_unrepaired
from sim.grid.native.columns import TABLES, describe_columns
from sim.grid.native.forest import hang, refuse_own_ends
from sim.grid.native.sheets import Sheets, read_sheets
from sim.grid.native.write import write_grid
from sim.grid.plant import Grid
from sim.grid.structure import check

__all__ = ["TABLES", "Sheets", "assemble", "describe_columns", "read_grid", "write_grid", "write_zip"]


def read_grid(path: str | Path) -> Grid:
    """Read a network in the native form: a folder, or one as a .zip file.

    Raises `InputError` with every problem found, each with file and line: first of the cells, and when these are
    sound, of what they make together.
    """
    path = Path(path)
    if path.suffix.lower() == ".zip":
        with TemporaryDirectory() as folder:
            return assemble(read_sheets(_unpacked(path, Path(folder)), str(path)))
    return assemble(read_sheets(path, str(path)))


def write_zip(grid: Grid, path: Path) -> None:
    """Write a network as one .zip file, without dates: equal networks give equal bytes."""
    with TemporaryDirectory() as name:
        files = write_grid(grid, Path(name))
        with ZipFile(path, "w", ZIP_DEFLATED) as packed:
            for file in files:
                packed.writestr(ZipInfo(file.name), file.read_bytes(), ZIP_DEFLATED)


def _unpacked(path: Path, folder: Path) -> Path:
    """Unpack a .zip file and return the folder in it that holds the files."""
    try:
        with ZipFile(path) as packed:
            packed.extractall(folder)
    except (OSError, BadZipFile) as error:
        raise InputError.one(str(path), "", None, f"is not a .zip file that can be read: {error}") from None
    return next((found.parent for found in sorted(folder.rglob("sections.csv"))), folder)


def assemble(sheets: Sheets) -> Grid:
    """Return the grid of rows whose cells are judged; raises `InputError` with every problem found."""
    for table in ("sections", "sources", "load_points"):
        if not sheets.problems and not sheets[table]:
            sheets.refuse(table, table if sheets.is_one_file else "line 2", "", "", "needs at least one row")
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
