"""From a circuit to rows of the native form: what is above the feeders cut off, what is open made a tie.

Where a file is silent the gaps are filled here, and every filling is told of by a note.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from sim.errors import InputError, nearest_name
from sim.grid.foreign.circuit import Branch, Circuit, Load
from sim.grid.foreign.cut import cut_off_above, drop_dead, merge_busbars, merge_sources
from sim.grid.native import TABLES, Sheets
from sim.grid.plant import KW_PER_CUSTOMER
from sim.units import distance_km

RATES: dict[str, dict[str, float]] = {
    # Allan, Billinton, Sjarief, Goel and So (1991), "A reliability test system for educational purposes: basic
    # distribution system data and results", IEEE Trans. Power Systems 6(2): 11 kV lines and cables, switching 1 h
    "overhead": {"fail_per_km_yr": 0.065, "repair_h": 5.0, "switching_h": 1.0},
    "cable": {"fail_per_km_yr": 0.040, "repair_h": 30.0, "switching_h": 1.0},
}
WINDING = 3.0
"""Lines longer in all than so many straight lines are told of; roads wind by a third or so (X)."""
_RATED = ("fail_per_km_yr", "fail_per_yr")
_TABLE = {table.name: table for table in TABLES}


def rows_of(circuit: Circuit) -> Sheets:
    """Return the rows of a circuit, cell by cell as in the native form.

    Raises `InputError` when elements name buses that are not there, coordinates are no degrees, or no feeder is left.
    """
    _refuse_unknown_buses(circuit)
    if circuit.problems:
        raise InputError(circuit.problems)
    _refuse_metres(circuit)
    cut_off_above(circuit)
    if circuit.problems:
        raise InputError(circuit.problems)
    merge_busbars(circuit)
    merge_sources(circuit)
    drop_dead(circuit)
    sheets = Sheets(circuit.label, is_one_file=True)
    _add_branches(circuit, sheets)
    _add_loads(circuit, sheets)
    for source in circuit.sources:
        _add(sheets, "sources", source.place, bus=source.bus, substation=source.name, **source.cells)
    for critical in circuit.critical:
        _add(sheets, "critical", critical.place, name=critical.name, bus=critical.bus, **critical.cells)
    _add_places(circuit, sheets)
    sheets.notes = circuit.notes
    return sheets


def _add(sheets: Sheets, table: str, place: str, **cells: Any) -> None:
    sheets.add(_TABLE[table], place, {column: _text(value) for column, value in cells.items()})


def _text(value: Any) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    return repr(value) if isinstance(value, float) else str(value)


def _refuse_unknown_buses(circuit: Circuit) -> None:
    known = circuit.buses
    named: list[tuple[str, str, str]] = []
    for branch in circuit.branches:
        text = "leads nowhere: there is no such bus" if branch.open_at else "there is no such bus"
        named += [(branch.place, bus, text) for bus in (branch.a, branch.b)]
    elements: Iterable[Any] = (*circuit.loads, *circuit.sources, *circuit.critical)
    named += [(element.place, element.bus, "there is no such bus") for element in elements]
    for place, bus, text in named:
        if bus not in known:
            circuit.refuse(f"{place} bus", bus, text, nearest_name(bus, list(known)))


def _refuse_metres(circuit: Circuit) -> None:
    """Name the first bus whose coordinates are no degrees, and how many there are."""
    bad = [bus for bus in circuit.buses.values() if abs(bus.lon) > 180 or abs(bus.lat) > 90]
    if bad:
        lon, lat = bad[0].lon, bad[0].lat
        text = f"needs degrees of longitude and latitude ({len(bad)} buses have none)"
        text += "; this looks like metres of a map projection" if max(abs(lon), abs(lat)) > 1000 else ""
        circuit.refuse(bad[0].place, f"{lon:.10g}, {lat:.10g}", text)


def _add_branches(circuit: Circuit, sheets: Sheets) -> None:
    """Add sections and devices, and a tie where a branch is open; a line that is open at one end hangs on the other."""
    is_rated = any(branch.cells.get(column) is not None for branch in circuit.branches for column in _RATED)
    silent, dead = 0, []
    for branch in circuit.branches:
        if branch.open_at and branch.kind != "line":
            _add_tie(sheets, branch, branch.a, branch.b)
            continue
        if len(branch.open_at) == 2:
            dead.append(branch.name)
            continue
        a, b = branch.a, branch.b
        if branch.open_at:
            (far,) = branch.open_at
            end = f"{branch.name} open end"
            _add_tie(sheets, branch, end, far)
            a, b = (end, b) if far == a else (a, end)
        cells = dict(branch.cells)
        if branch.kind == "line":
            silent += cells.get("kind") is None
            rates = RATES[cells.get("kind") or "overhead"]
            cells = cells if is_rated else {**rates, **cells}
        cells.setdefault("area", circuit.buses[branch.b].area)
        _add(sheets, "sections", branch.place, section=branch.name, from_bus=a, to_bus=b, **cells)
        for device in branch.devices:
            if device.bus not in branch.open_at:
                _add(sheets, "devices", device.place, section=branch.name, at_bus=device.bus, **device.cells)
    if dead:
        circuit.note("unused_open_lines", n=len(dead), first=dead[0])
    if silent:
        circuit.note("assumed_overhead", n=silent)
    if not is_rated:
        circuit.note("assumed_rates")


def _add_tie(sheets: Sheets, branch: Branch, a: str, b: str) -> None:
    control = "remote" if branch.is_remote else "manual"
    capacity = branch.cells.get("capacity_kw")
    _add(sheets, "ties", branch.place, tie=branch.name, bus_a=a, bus_b=b, capacity_kw=capacity, control=control)


def _add_loads(circuit: Circuit, sheets: Sheets) -> None:
    """Add load points; where customers are not given, as many as the load is of, one at least."""
    assumed, idle = 0, []
    for load in circuit.loads:
        customers = load.customers
        if customers is None:
            if not load.kw > 0:
                idle.append(load.name)
                continue
            assumed += 1
            customers = max(1, round(load.kw / KW_PER_CUSTOMER))
        _add_load(sheets, load, customers)
    if assumed:
        circuit.note("assumed_customers", n=assumed, kw=f"{KW_PER_CUSTOMER:g}")
    if idle:
        circuit.note("unused_loads", n=len(idle), first=idle[0])


def _add_load(sheets: Sheets, load: Load, customers: int) -> None:
    _add(
        sheets, "load_points", load.place, load_point=load.name, bus=load.bus, customers=customers,
        load_kw=load.kw, peak_kw=load.peak_kw, **({"class": load.customer_class} if load.customer_class else {}),
    )  # fmt: skip


def _add_places(circuit: Circuit, sheets: Sheets) -> None:
    """Add coordinates; a bus without any stands where the nearest that has some and is joined with it stands."""
    spots = {bus.name: (bus.lon, bus.lat) for bus in circuit.buses.values() if bus.is_placed}
    if not spots:
        return
    beside: dict[str, list[str]] = {}
    for row in sheets["sections"]:
        beside.setdefault(row["from_bus"], []).append(row["to_bus"])
        beside.setdefault(row["to_bus"], []).append(row["from_bus"])
    for row in sheets["ties"]:  # the open end of a line lies where the tie does
        beside.setdefault(row["bus_a"], []).insert(0, row["bus_b"])
    queue, assumed = [name for name in spots if name in beside], 0
    ends = {row["bus_a"] for row in sheets["ties"]} - set(circuit.buses)
    for name in ends:
        (other,) = beside[name][:1]
        if other in spots:
            spots[name] = spots[other]
    for name in queue:
        for other in beside[name]:
            if other not in spots:
                spots[other] = spots[name]
                assumed += other in circuit.buses
                queue.append(other)
    if assumed:
        circuit.note("assumed_places", n=assumed)
    needed = {*beside, *(source.bus for source in circuit.sources)}
    for name, (lon, lat) in spots.items():
        if name in needed:
            place = circuit.buses[name].place if name in circuit.buses else name
            _add(sheets, "buses", place, bus=name, lon=lon, lat=lat)
    _note_winding(circuit, sheets, spots)


def _note_winding(circuit: Circuit, sheets: Sheets, spots: dict[str, tuple[float, float]]) -> None:
    """Say when lines are much longer than their coordinates allow: then these are a drawing rather than places."""
    rows = [row for row in sheets["sections"] if row["from_bus"] in spots and row["to_bus"] in spots]
    ends = np.array([(*spots[row["from_bus"]], *spots[row["to_bus"]]) for row in rows]).reshape(-1, 4)
    straight = float(distance_km(*ends.T).sum())
    length = sum(row["length_km"] for row in rows)
    if length > WINDING * straight:
        circuit.note("assumed_coordinates", times=f"{length / max(straight, 1e-9):.1f}")
