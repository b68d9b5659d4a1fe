"""Settlements: where people live, read from a CSV file."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.errors import InputError, Problem
from sim.grid.csvfile import degrees, number, read_text, split_rows
from sim.scenario.fields import LONGEST_LINE, is_line
from sim.scenario.finding import quoted

COLUMNS = ("name", "lat", "lon", "population")


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
    header, rows = split_rows(read_text(file, f"a header line {','.join(COLUMNS)} and settlements"), file, COLUMNS)
    problems: list[Problem] = []
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
        lat = degrees(cells.get("lat", ""), "lat", 90.0, file, f"line {line}", problems)
        lon = degrees(cells.get("lon", ""), "lon", 180.0, file, f"line {line}", problems)
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


def _population(text: str, file: str, line: int, problems: list[Problem]) -> int:
    if not text:
        return 0
    value = number(text)
    if math.isfinite(value) and value >= 0 and value == int(value) and value <= 1e9:
        return int(value)
    allowed = "needs a whole number of people, 0 or more, written without separators"
    problems.append(Problem(file, f"line {line} population", text, allowed))
    return 0
