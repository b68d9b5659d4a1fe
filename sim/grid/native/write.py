"""A grid written in the native form: what is read back is the same network."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.grid.coast import degrees
from sim.grid.native.columns import TABLES, describe_columns
from sim.grid.network import DEVICES, LAND_CLASSES
from sim.grid.plant import Grid
from sim.units import MIN_PER_H


def write_grid(grid: Grid, folder: Path) -> list[Path]:
    """Write a grid into a folder that exists; return the files written.

    The bus at a section's downstream end has the section's name. UTF-8 with a byte order mark, which spreadsheets
    need to show names right; columns.md describes the columns.
    """
    bus_of_source = _source_buses(grid)
    rows = {
        "sections": _sections(grid, bus_of_source), "sources": _sources(grid, bus_of_source),
        "load_points": _load_points(grid), "devices": _devices(grid, bus_of_source), "ties": _ties(grid),
        "buses": _buses(grid, bus_of_source) if grid.is_placed else iter(()), "critical": _critical(grid),
        "areas": _areas(grid),
    }  # fmt: skip
    written = []
    for table in TABLES:
        path = folder / table.file
        body = [[_text(row[column.name]) for column in table.columns] for row in rows[table.name]]
        if not body and not table.is_required:
            continue
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow([column.name for column in table.columns])
            writer.writerows(body)
        written.append(path)
    description = folder / "columns.md"
    description.write_text(describe_columns(), encoding="utf-8")
    return [*written, description]


def _text(value: Any) -> str:
    """Return a cell: the shortest text that reads back as the same number; empty for unknown and unlimited."""
    if isinstance(value, float):
        return "" if not math.isfinite(value) else f"{value:.0f}" if value == round(value) else repr(value)
    return str(value)


def _source_buses(grid: Grid) -> list[str]:
    """Return a bus for each substation, of its name unless a section has it."""
    taken = set(grid.network.name.tolist())
    buses = []
    for name in grid.network.substation_name.tolist():
        while name in taken:
            name += " source"
        taken.add(name)
        buses.append(name)
    return buses


def _upstream(grid: Grid, bus_of_source: list[str]) -> list[str]:
    n, name = grid.network, grid.network.name.tolist()
    source = n.feeder_substation[n.feeder].tolist()
    return [name[up] if up >= 0 else bus_of_source[source[i]] for i, up in enumerate(n.parent.tolist())]


def _hours(minutes: NDArray[np.float64]) -> list[float]:
    return [float(value) for value in (minutes / MIN_PER_H).tolist()]


def _sections(grid: Grid, bus_of_source: list[str]) -> Iterator[dict[str, Any]]:
    n, rates = grid.network, grid.rates
    upstream = _upstream(grid, bus_of_source)
    per_km = np.divide(rates.temporary_per_yr, n.length_km, out=np.zeros(n.n_sections), where=n.length_km > 0)
    each = np.divide(
        rates.transformer_fail_per_yr, n.n_transformers, out=np.zeros(n.n_sections), where=n.n_transformers > 0
    )
    repair, isolate, transformer = (
        _hours(rates.repair_min),
        _hours(rates.isolate_min),
        _hours(rates.transformer_repair_min),
    )
    for i, name in enumerate(n.name.tolist()):
        yield {
            "section": name, "from_bus": upstream[i], "to_bus": name, "length_km": float(n.length_km[i]),
            "feeder": n.feeder_name[n.feeder[i]], "kind": "overhead" if n.n_poles[i] or n.n_spans[i] else "cable",
            "poles": n.n_poles[i], "spans": n.n_spans[i], "transformers": n.n_transformers[i],
            "area": n.area_name[n.area[i]], "land_class": LAND_CLASSES[n.land_class[i]],
            "capacity_kw": float(grid.switchgear.capacity_kw[i]), "fail_per_km_yr": 0.0,
            "fail_per_yr": float(rates.fail_per_yr[i]), "temporary_per_km_yr": float(per_km[i]), "repair_h": repair[i],
            "switching_h": isolate[i], "transformer_fail_per_yr": float(each[i]), "transformer_repair_h": transformer[i],
        }  # fmt: skip


def _sources(grid: Grid, bus_of_source: list[str]) -> Iterator[dict[str, Any]]:
    rates, repair = grid.rates, _hours(grid.rates.substation_repair_min)
    isolate = _hours(rates.substation_isolate_min)
    for s, name in enumerate(grid.network.substation_name.tolist()):
        yield {
            "bus": bus_of_source[s], "substation": name, "fail_per_yr": float(rates.substation_fail_per_yr[s]),
            "capacity_kw": float(grid.switchgear.substation_capacity_kw[s]), "repair_h": repair[s],
            "switching_h": isolate[s],
        }  # fmt: skip


def _load_points(grid: Grid) -> Iterator[dict[str, Any]]:
    points = grid.load_points
    mean = np.bincount(points.section, points.load_kw, grid.network.n_sections)
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = grid.switchgear.peak_kw / mean
    for i, name in enumerate(points.name.tolist()):
        section, load = points.section[i], float(points.load_kw[i])
        peak = load * float(ratio[section]) if load > 0 else 0.0
        yield {
            "load_point": name, "bus": grid.network.name[section], "customers": points.customers[i],
            "class": points.customer_class[i], "load_kw": load, "peak_kw": peak,
        }  # fmt: skip


def _devices(grid: Grid, bus_of_source: list[str]) -> Iterator[dict[str, Any]]:
    n, gear = grid.network, grid.switchgear
    upstream, switch = _upstream(grid, bus_of_source), _hours(gear.switch_min)
    for i in np.flatnonzero(n.device).tolist():
        yield {
            "section": n.name[i], "at_bus": upstream[i], "kind": DEVICES[n.device[i]],
            "control": "remote" if gear.is_remote[i] else "manual", "reports": "yes" if n.reports[i] else "no",
            "success": float(gear.success[i]), "switching_h": switch[i],
        }  # fmt: skip


def _ties(grid: Grid) -> Iterator[dict[str, Any]]:
    n, gear = grid.network, grid.switchgear
    switch = _hours(gear.tie_switch_min)
    for i, (a, b) in enumerate(n.tie.tolist()):
        yield {
            "bus_a": n.name[a], "bus_b": n.name[b], "tie": gear.tie_name[i],
            "capacity_kw": float(gear.tie_capacity_kw[i]), "switching_h": switch[i],
            "control": "remote" if gear.tie_is_remote[i] else "manual",
        }  # fmt: skip


def _buses(grid: Grid, bus_of_source: list[str]) -> Iterator[dict[str, Any]]:
    n = grid.network
    lon, lat = degrees(n.x1, n.y1, n.lon0, n.lat0)
    places = zip(n.name.tolist(), lon.tolist(), lat.tolist(), strict=True)
    sources = zip(bus_of_source, n.substation_lon.tolist(), n.substation_lat.tolist(), strict=True)
    for bus, east, north in [*sources, *places]:
        yield {"bus": bus, "lon": east, "lat": north}


def _critical(grid: Grid) -> Iterator[dict[str, Any]]:
    n, backup = grid.network, _hours(grid.network.critical_backup_min)
    for i, name in enumerate(n.critical_name.tolist()):
        section = n.name[n.critical_section[i]]
        yield {"name": name, "bus": section, "kind": n.critical_kind[i], "backup_h": backup[i]}


def _areas(grid: Grid) -> Iterator[dict[str, Any]]:
    n = grid.network
    for i, name in enumerate(n.area_name.tolist()):
        place = {"lon": float(n.area_lon[i]), "lat": float(n.area_lat[i])}
        yield {"area": name, **place, "population": n.area_population[i]}
