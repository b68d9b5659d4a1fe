"""From checked rows to arrays: the network in feeder preorder and what its equipment can do."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.errors import Problem
from sim.grid import equipment
from sim.grid.growth import cells, commonest, preorder
from sim.grid.native.forest import Conductor, Forest
from sim.grid.native.layout import place
from sim.grid.native.sheets import Row, Sheets
from sim.grid.network import DEVICES, LAND_CLASSES, SELF_ACTING, Network
from sim.grid.plant import KW_PER_CUSTOMER, FailureRates, Grid, LoadPoints, Note, Switchgear
from sim.units import MIN_PER_H

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]


def build(sheets: Sheets, forest: Forest) -> Grid:
    """Return the grid of rows that passed every check of `sheets` and `forest.hang`.

    Problems that only the whole shows (feeders that contradict the trees) go to the sheets, and the grid is then
    of no use.
    """
    notes = list(sheets.notes)
    conductors = forest.conductors
    customers, peak_kw = _customers(sheets, forest, notes)
    feeder, feeder_source, feeder_name = _feeders(sheets, conductors)
    up = np.array([c.up for c in conductors], np.int64)
    order, parent, end = preorder(up, feeder, customers)
    at = np.empty(len(order), np.int64)  # new place of each conductor
    at[order] = np.arange(len(order))
    lines = [conductors[i] for i in order.tolist()]
    feeder, customers = feeder[order], customers[order]
    device = np.array([DEVICES.index(c.device["kind"]) if c.device else 0 for c in lines], np.int64)
    bare = (parent < 0) & ~np.array(SELF_ACTING)[device]
    device[bare] = DEVICES.index("breaker")
    if bare.any():
        notes.append(
            Note("assumed_breakers", (("n", str(int(bare.sum()))), ("first", lines[int(np.argmax(bare))].name)))
        )
    substation_name = np.array([row["substation"] or row["bus"] for row in sheets["sources"]])
    length = np.array([c.section["length_km"] if c.section else 0.0 for c in lines])
    land = np.array([LAND_CLASSES.index(c.section["land_class"]) if c.section else -1 for c in lines], np.int64)
    land = _inherited(land, parent, LAND_CLASSES.index("rural"))
    area_of = [_area(c, substation_name) for c in lines]
    area_name, area = np.unique(np.array(area_of), return_inverse=True)
    spots = place(sheets, lines, parent, length)
    x, y = (spots.x0 + spots.x1) / 2, (spots.y0 + spots.y1) / 2
    middles, cell = cells(x, y)
    cell_lon, cell_lat = spots.degrees(*middles)
    lon, lat = spots.degrees(x, y)
    n_poles, n_spans = _poles(lines, length, land, notes)
    critical = sheets["critical"]
    business = _by_section([row["customers"] if row["class"] != "residential" else 0 for row in sheets["load_points"]],
                           _sections(sheets["load_points"], forest, at), len(lines))  # fmt: skip
    areas = _areas(sheets, area_name, lon, lat, area)
    network = Network(
        name=np.array([c.name for c in lines]), parent=parent, end=end, feeder=feeder,
        zone=equipment.zones(parent, device), device=device, reports=_reports(lines, device),
        length_km=length, n_poles=n_poles, n_spans=n_spans,
        n_transformers=_transformers(lines, customers, land, notes), customers=customers,
        business=business.astype(np.int64), lon=lon, lat=lat, x0=spots.x0, y0=spots.y0, x1=spots.x1, y1=spots.y1,
        area=area.astype(np.int64), land_class=land, cell=cell, lon0=spots.lon0, lat0=spots.lat0,
        area_name=area_name, area_lon=areas[0], area_lat=areas[1], area_population=areas[2],
        cell_lon=cell_lon, cell_lat=cell_lat, cell_x=middles[0], cell_y=middles[1],
        cell_land=commonest(land, cell), cell_coast_km=np.full(len(cell_lon), math.inf),
        feeder_name=feeder_name, feeder_substation=feeder_source, substation_name=substation_name,
        substation_lon=spots.source_lon, substation_lat=spots.source_lat,
        tie=np.array([[at[forest.of_bus[row[e]]] for e in ("bus_a", "bus_b")] for row in sheets["ties"]],
                     np.int64).reshape(-1, 2),
        critical_section=_sections(critical, forest, at),
        critical_name=np.array([row["name"] for row in critical], np.str_),
        critical_kind=np.array([row["kind"] for row in critical], np.str_),
        critical_backup_min=np.array([row["backup_h"] * MIN_PER_H for row in critical], float),
    )  # fmt: skip
    return Grid(
        network, _switchgear(sheets, lines, peak_kw[order]), _rates(sheets, lines, network.n_transformers),
        _load_points(sheets, forest, at), tuple(notes), spots.is_real,
    )  # fmt: skip


def _customers(sheets: Sheets, forest: Forest, notes: list[Note]) -> tuple[IntArray, FloatArray]:
    """Return customers and peak kW of each conductor."""
    rows, n = sheets["load_points"], len(forest.conductors)
    at = np.array([forest.of_bus[row["bus"]] for row in rows], np.int64)
    unknown = [row for row in rows if math.isnan(row["load_kw"])]
    if unknown:
        values = (("n", str(len(unknown))), ("kw", f"{KW_PER_CUSTOMER:g}"))
        notes.append(Note("assumed_loads", values))
    peak = [load_kw(row) if math.isnan(row["peak_kw"]) else row["peak_kw"] for row in rows]
    return _by_section([row["customers"] for row in rows], at, n).astype(np.int64), _by_section(peak, at, n)


def load_kw(row: Row) -> float:
    """Return the mean load of a load point, assumed where it is not given."""
    return float(row["customers"] * KW_PER_CUSTOMER if math.isnan(row["load_kw"]) else row["load_kw"])


def _by_section(values: list[Any], section: IntArray, n: int) -> FloatArray:
    return np.asarray(np.bincount(section, weights=np.array(values, float), minlength=n), np.float64)


def _sections(rows: list[Row], forest: Forest, at: IntArray) -> IntArray:
    return np.array([at[forest.of_bus[row["bus"]]] for row in rows], np.int64)


def _feeders(sheets: Sheets, conductors: list[Conductor]) -> tuple[IntArray, IntArray, NDArray[np.str_]]:
    """Return each conductor's feeder, and each feeder's source and name; feeders in the order of their heads."""
    feeder: list[int] = []
    source: list[int] = []
    name: list[str] = []
    taken = {c.section["feeder"] for c in conductors if c.section and c.section["feeder"]}
    head_at: dict[str, str] = {}
    below = _named_below(conductors)
    for number, c in enumerate(conductors):
        given, place = (c.section["feeder"], c.section.place) if c.section else ("", "")
        if c.up < 0:
            feeder.append(len(source))
            source.append(c.source)
            row = sheets["sources"][c.source]
            own = below[number] or _free_name(row["substation"] or row["bus"], taken)
            if own in head_at:
                text = f"is also the feeder that begins on {head_at[own]}; a feeder has one head"
                sheets.refuse("sections", place, "feeder", own, text)
            head_at[own] = place
            name.append(own)
            continue
        feeder.append(feeder[c.up])
        if given and given != name[feeder[-1]]:
            text = f"hangs below feeder {name[feeder[-1]]}"
            sheets.refuse("sections", place, "feeder", given, text)
    return np.array(feeder, np.int64), np.array(source, np.int64), np.array(name, np.str_)


def _named_below(conductors: list[Conductor]) -> list[str]:
    """Return the feeder that the section of a head, or of the stub at a head, is given."""
    out = [c.section["feeder"] if c.section else "" for c in conductors]
    for number in range(len(conductors) - 1, 0, -1):
        up = conductors[number].up
        if up >= 0 and conductors[up].section is None:
            out[up] = out[up] or out[number]
    return out


def _free_name(substation: str, taken: set[str]) -> str:
    number = 1
    while f"{substation}-F{number:02d}" in taken:
        number += 1
    name = f"{substation}-F{number:02d}"
    taken.add(name)
    return name


def _area(conductor: Conductor, substation_name: NDArray[np.str_]) -> str:
    given = conductor.section["area"] if conductor.section else ""
    return str(given or substation_name[conductor.source])


def _inherited(code: IntArray, parent: IntArray, default: int) -> IntArray:
    """Fill in -1 by the code of the section above."""
    out: list[int] = []
    for own, up in zip(code.tolist(), parent.tolist(), strict=True):
        out.append(own if own >= 0 else out[up] if up >= 0 else default)
    return np.array(out, np.int64)


def _poles(lines: list[Conductor], length: FloatArray, land: IntArray, notes: list[Note]) -> tuple[IntArray, IntArray]:
    """Return poles and spans; where they are not given, one pole each span of the land class along the line."""
    given = np.array([c.section["poles"] if c.section else 0.0 for c in lines])
    spans = np.array([c.section["spans"] if c.section else 0.0 for c in lines])
    is_cable = np.array([c.section is not None and c.section["kind"] == "cable" for c in lines])
    assumed = np.isnan(given)
    count = np.maximum(np.round(length / equipment.SPAN_KM[land]), length > 0)
    given[assumed] = np.where(is_cable, 0.0, count)[assumed]
    if assumed.any():
        notes.append(Note("assumed_poles", (("n", str(int(assumed.sum()))),)))
    spans = np.where(np.isnan(spans), given, spans)
    return given.astype(np.int64), spans.astype(np.int64)


def _transformers(lines: list[Conductor], customers: IntArray, land: IntArray, notes: list[Note]) -> IntArray:
    given = np.array([c.section["transformers"] if c.section else 0.0 for c in lines])
    assumed = np.isnan(given)
    if assumed.any():
        notes.append(Note("assumed_transformers", (("n", str(int(assumed.sum()))),)))
    return np.where(assumed, equipment.transformers(customers, land), given).astype(np.int64)


def _reports(lines: list[Conductor], device: IntArray) -> NDArray[np.bool_]:
    """Return who reports: as given, else breakers and what is operated remotely."""
    out: NDArray[np.bool_] = np.asarray(device == DEVICES.index("breaker"))
    for i, c in enumerate(lines):
        if c.device and c.device["reports"]:
            out[i] = c.device["reports"] == "yes"
        elif c.device:
            out[i] |= c.device["control"] == "remote"
    return out


def _areas(
    sheets: Sheets, name: NDArray[np.str_], lon: FloatArray, lat: FloatArray, area: IntArray
) -> tuple[FloatArray, FloatArray, IntArray]:
    """Return middle and population of each area, as given or the mean of its sections."""
    given = {row["area"]: row for row in sheets["areas"]}
    n = np.maximum(np.bincount(area, minlength=len(name)), 1)
    east, north = np.bincount(area, lon, len(name)) / n, np.bincount(area, lat, len(name)) / n
    people = np.zeros(len(name), np.int64)
    for i, area_name in enumerate(name.tolist()):
        if area_name in given:
            row = given[area_name]
            east[i], north[i], people[i] = row["lon"], row["lat"], int(row["population"])
    return east, north, people


def _switchgear(sheets: Sheets, lines: list[Conductor], peak_kw: FloatArray) -> Switchgear:
    devices = [c.device for c in lines]
    ties = sheets["ties"]
    return Switchgear(
        is_remote=np.array([d is not None and d["control"] == "remote" for d in devices], bool),
        success=np.array([d["success"] if d else 1.0 for d in devices]),
        switch_min=np.array([d["switching_h"] * MIN_PER_H if d else math.nan for d in devices]),
        peak_kw=peak_kw,
        capacity_kw=np.array([c.section["capacity_kw"] if c.section else math.inf for c in lines]),
        tie_name=np.array([row["tie"] or f"{row['bus_a']}-{row['bus_b']}" for row in ties], np.str_),
        tie_is_remote=np.array([row["control"] == "remote" for row in ties], bool),
        tie_switch_min=np.array([row["switching_h"] * MIN_PER_H for row in ties], float),
        tie_capacity_kw=np.array([row["capacity_kw"] for row in ties], float),
        substation_capacity_kw=np.array([row["capacity_kw"] for row in sheets["sources"]], float),
    )


def _rates(sheets: Sheets, lines: list[Conductor], n_transformers: IntArray) -> FailureRates:
    def of(column: str, blank: float = 0.0) -> FloatArray:
        return np.array([c.section[column] if c.section else blank for c in lines], float)

    def unless_never(hours: FloatArray) -> FloatArray:
        return np.where(np.isnan(hours), math.inf, hours * MIN_PER_H)

    return FailureRates(
        fail_per_yr=of("fail_per_km_yr") * of("length_km") + of("fail_per_yr"),
        temporary_per_yr=of("temporary_per_km_yr") * of("length_km"),
        repair_min=of("repair_h", math.nan) * MIN_PER_H,
        isolate_min=unless_never(of("switching_h", math.nan)),
        transformer_fail_per_yr=of("transformer_fail_per_yr") * n_transformers,
        transformer_repair_min=of("transformer_repair_h", math.nan) * MIN_PER_H,
        substation_fail_per_yr=np.array([row["fail_per_yr"] for row in sheets["sources"]], float),
        substation_repair_min=np.array([row["repair_h"] for row in sheets["sources"]], float) * MIN_PER_H,
        substation_isolate_min=unless_never(np.array([row["switching_h"] for row in sheets["sources"]], float)),
    )


def _load_points(sheets: Sheets, forest: Forest, at: IntArray) -> LoadPoints:
    rows = sheets["load_points"]
    return LoadPoints(
        name=np.array([row["load_point"] for row in rows], np.str_),
        section=_sections(rows, forest, at),
        customer_class=np.array([row["class"] for row in rows], np.str_),
        customers=np.array([row["customers"] for row in rows], np.int64),
        load_kw=np.array([load_kw(row) for row in rows], float),
    )


def refuse_unrepaired(sheets: Sheets) -> None:
    """Name what fails but has no time of repair."""
    pairs = {
        "sections": (("fail_per_km_yr", "repair_h"), ("fail_per_yr", "repair_h"),
                     ("transformer_fail_per_yr", "transformer_repair_h")),
        "sources": (("fail_per_yr", "repair_h"),),
    }  # fmt: skip
    for table, columns in pairs.items():
        for row in sheets[table]:
            for rate, repair in columns:
                if row[rate] > 0 and math.isnan(row[repair]):
                    sheets.refuse(table, row.place, repair, "", f"needs hours, because {rate} is {row[rate]:g}")
                    break


def refuse_repeated_substations(sheets: Sheets) -> None:
    """Name a substation that stands on two lines: each source is a substation of its own."""
    first: dict[str, str] = {}
    for row in sheets["sources"]:
        name = row["substation"] or row["bus"]
        if name in first:
            sheets.refuse("sources", row.place, "substation", name, f"is already on {first[name]}")
        first.setdefault(name, row.place)


def problems_of_places(sheets: Sheets) -> list[Problem]:
    """Return buses without a place, when others have one, and places of buses that are not there."""
    placed = {row["bus"] for row in sheets["buses"]}
    if not placed:
        return []
    named = {row[end]: ("sections", row) for row in sheets["sections"] for end in ("from_bus", "to_bus")}
    named |= {row["bus"]: ("sources", row) for row in sheets["sources"]}
    file = sheets.file("buses.csv")
    return [
        Problem(file, f"bus {bus}", "", f"has no place here, but {table}.csv {row.place} names it")
        for bus, (table, row) in named.items()
        if bus not in placed
    ]
