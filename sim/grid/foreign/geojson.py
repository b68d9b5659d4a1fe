"""Lines and points of a GeoJSON file (RFC 7946: WGS 84 degrees): what GIS departments hand over.

Lines that end within `SNAP_KM` of each other meet at a bus. A point says by its property `role` what it is: a source, a
load_point, a device or a critical customer. All other properties have the names and meanings of the native form's
columns; those of OpenStreetMap's power lines are known besides. A line that is normally open says by `normally_open`
at which end: first or last (true: last). A line's property `device` is the kind of device at its first end.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np

from sim.errors import InputError, nearest_name
from sim.grid.csvfile import degrees
from sim.grid.foreign.circuit import Branch, Bus, Circuit, Critical, Device, Load, Source
from sim.grid.native import TABLES
from sim.grid.network import DEVICES
from sim.units import distance_km, project_km

SNAP_KM = 0.001
"""Ends of lines this near to each other are one bus."""
REACH_KM = 0.1
"""A point belongs to the nearest bus, which is no farther away than this."""

ROLES = {"source": "sources", "load_point": "load_points", "device": "devices", "critical": "critical"}
_COLUMNS = {table.name: {column.name for column in table.columns} for table in TABLES}
_OSM_LINES = {"line": "overhead", "minor_line": "overhead", "cable": "cable"}
_OWN = {"name", "role", "normally_open", "power", "id", "device", "location"}

_OPEN_ENDS: dict[Any, tuple[int, ...]] = {None: (), False: (), "first": (0,), "last": (1,), True: (1,)}

Spot = tuple[float, float]
Properties = Mapping[str, Any]


def circuit_of_geojson(data: dict[str, Any], label: str) -> Circuit:
    """Return the circuit of a parsed FeatureCollection; `InputError` with all that is wrong in its features."""
    circuit = Circuit(label)
    if "crs" in data and "4326" not in str(data["crs"]) and "CRS84" not in str(data["crs"]):
        circuit.refuse("crs", data["crs"].get("properties", data["crs"]), "needs WGS 84 degrees (RFC 7946)")
    lines, points = [], []
    unused: Counter[str] = Counter()
    features = data.get("features")
    for number, feature in enumerate(features if isinstance(features, list) else (), start=1):
        geometry = (feature.get("geometry") if isinstance(feature, dict) else None) or {}
        given = (feature.get("properties") if isinstance(feature, dict) else None) or {}
        kind = geometry.get("type")
        place = f"feature {number}" + (f" '{given['name']}'" if given.get("name") else "")
        if kind == "LineString" and given.get("power", "line") in _OSM_LINES:
            lines.append((place, given, _spots(circuit, place, geometry.get("coordinates"), 2)))
        elif kind == "Point" and given.get("role") in ROLES:
            points.append((place, given, _spots(circuit, place, [geometry.get("coordinates")], 1)))
        elif kind == "Point" and "role" in given:
            text = f"needs one of {', '.join(ROLES)}"
            circuit.refuse(f"{place} role", given["role"], text, nearest_name(str(given["role"]), list(ROLES)))
        else:
            unused["Point without a role" if kind == "Point" else f"{kind or 'feature without a geometry'}"] += 1
    if not lines:
        circuit.refuse("features", None, "needs at least one LineString")
    if circuit.problems:
        raise InputError(circuit.problems)
    buses = _Buses(circuit, [spots for _, _, spots in lines])
    for number, (place, given, spots) in enumerate(lines):
        _add_line(circuit, place, given, spots, buses.ends(number))
    for place, given, spots in points:
        _add_point(circuit, place, given, spots[0], buses)
    for what, n in unused.items():
        circuit.note("unused_features", n=n, what=what)
    _note_properties(circuit, [(given, "sections") for _, given, _ in lines])
    _note_properties(circuit, [(given, ROLES[given["role"]]) for _, given, _ in points])
    return circuit


def _spots(circuit: Circuit, place: str, coordinates: Any, n_least: int) -> list[Spot]:
    """Return the points of a geometry; coordinates that are no degrees are named."""
    problems = len(circuit.problems)
    spots = []
    for pair in coordinates if isinstance(coordinates, list) else ():
        lon, lat = (str(value) for value in pair[:2]) if isinstance(pair, list) and len(pair) > 1 else ("", "")
        spots.append((
            degrees(lon, "lon", 180.0, circuit.label, place, circuit.problems),
            degrees(lat, "lat", 90.0, circuit.label, place, circuit.problems),
        ))  # fmt: skip
        if len(circuit.problems) > problems:
            return spots
    if len(spots) < n_least:
        circuit.refuse(f"{place} coordinates", None, f"needs {n_least} points or more")
    return spots


class _Buses:
    """The places where lines end: those of one place are one bus, named by number."""

    def __init__(self, circuit: Circuit, lines: list[list[Spot]]) -> None:
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import connected_components
        from scipy.spatial import cKDTree

        spots = np.array([spot for line in lines for spot in (line[0], line[-1])])
        self._origin = spots.mean(axis=0)
        self._tree = cKDTree(self._plane(spots))
        near = self._tree.query_pairs(SNAP_KM, output_type="ndarray")
        joined = coo_array((np.ones(len(near)), (near[:, 0], near[:, 1])), shape=(len(spots), len(spots)))
        self._of = connected_components(joined, directed=False)[1].tolist()
        for (lon, lat), bus in zip(spots.tolist(), self._of, strict=True):
            name = f"node {bus + 1}"
            circuit.buses.setdefault(name, Bus(name, name, math.nan, lon, lat))

    def _plane(self, spots: Any) -> Any:
        x, y = project_km(spots[:, 0], spots[:, 1], self._origin[0], self._origin[1])
        return np.stack([x, y], axis=1)

    def ends(self, line: int) -> tuple[str, str]:
        """Return the buses of a line's first and last point."""
        return f"node {self._of[2 * line] + 1}", f"node {self._of[2 * line + 1] + 1}"

    def nearest(self, spot: Spot) -> tuple[str, float]:
        """Return the bus nearest to a place, and how far it is in km."""
        km, at = self._tree.query(self._plane(np.array([spot]))[0])
        return f"node {self._of[int(at)] + 1}", float(km)


def _add_line(circuit: Circuit, place: str, given: Properties, spots: list[Spot], ends: tuple[str, str]) -> None:
    """Add a section; its length is that of its geometry where it gives none."""
    a, b = ends
    kind = given.get("kind") or (
        "cable" if given.get("location") == "underground" else _OSM_LINES.get(given.get("power", ""))
    )
    length = sum(float(distance_km(*one, *other)) for one, other in pairwise(spots))
    cells = {c: v for c, v in given.items() if c in _COLUMNS["sections"] - {"section", "from_bus", "to_bus"}}
    cells = {"length_km": length, **cells, "kind": kind}
    name = str(given.get("name") or given.get("section") or place)
    devices = tuple(Device(a, place, {"kind": value}) for value in [given.get("device")] if value)
    opens = given.get("normally_open")
    if opens not in _OPEN_ENDS:
        circuit.refuse(f"{place} normally_open", opens, "needs first, last (the end that is open), true or false")
        return
    open_at = frozenset({(a, b)[end] for end in _OPEN_ENDS[opens]})
    circuit.branches.append(Branch(name, place, "line", a, b, cells, open_at, devices))


def _add_point(circuit: Circuit, place: str, given: Properties, spot: Spot, buses: _Buses) -> None:
    bus, km = buses.nearest(spot)
    if km > REACH_KM:
        text = f"needs a line that ends within {REACH_KM * 1000:.0f} m; the nearest is {km * 1000:,.0f} m away"
        circuit.refuse(place, given["role"], text)
        return
    role = given["role"]
    cells = {c: v for c, v in given.items() if c in _COLUMNS[ROLES[role]] and c not in ("bus", "name", "section")}
    name = str(given.get("name") or place)
    if role == "source":
        cells.pop("substation", None)
        circuit.sources.append(Source(name, place, bus, cells))
    elif role == "critical":
        circuit.critical.append(Critical(name, place, bus, cells))
    elif role == "load_point":
        _add_load(circuit, place, name, bus, given)
    else:
        _add_device(circuit, place, bus, given, cells)


def _add_load(circuit: Circuit, place: str, name: str, bus: str, given: Properties) -> None:
    customers = given.get("customers")
    kw, peak = (_kw(circuit, place, given, column) for column in ("load_kw", "peak_kw"))
    if customers is None and math.isnan(kw):
        circuit.refuse(place, None, "needs customers or load_kw")
    elif customers is not None and (isinstance(customers, bool) or not isinstance(customers, int) or customers < 1):
        circuit.refuse(f"{place} customers", customers, "needs a whole number from 1")
    else:
        circuit.loads.append(Load(name, place, bus, kw, peak, customers, str(given.get("class") or "")))


def _kw(circuit: Circuit, place: str, given: Properties, column: str) -> float:
    value = given.get(column)
    if value is None:
        return math.nan
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        circuit.refuse(f"{place} {column}", value, "needs a number from 0 kW")
        return math.nan
    return float(value)


def _add_device(circuit: Circuit, place: str, bus: str, given: Properties, cells: dict[str, Any]) -> None:
    """Put a device at the end of the section that it names, or of the only one that ends there."""
    here = [i for i, branch in enumerate(circuit.branches) if bus in (branch.a, branch.b)]
    named = [i for i in here if circuit.branches[i].name == given.get("section")]
    if given.get("section") is not None:
        here = named
    if len(here) != 1:
        names = ", ".join(circuit.branches[i].name for i in here) or "no such section ends there"
        circuit.refuse(f"{place} section", given.get("section"), f"needs the section at whose end it stands ({names})")
    elif cells.get("kind") not in DEVICES[1:]:
        circuit.refuse(f"{place} kind", cells.get("kind"), f"needs one of {', '.join(DEVICES[1:])}")
    else:
        branch = circuit.branches[here[0]]
        devices = (*branch.devices, Device(bus, place, cells))
        circuit.branches[here[0]] = Branch(
            branch.name, branch.place, branch.kind, branch.a, branch.b, branch.cells, branch.open_at, devices
        )


def _note_properties(circuit: Circuit, given: list[tuple[Properties, str]]) -> None:
    """List the properties that are no columns of what they stand at."""
    unused = Counter(key for properties, table in given for key in properties if key not in _COLUMNS[table] | _OWN)
    for key, n in unused.items():
        circuit.note("unused_property", property=key, n=n)
