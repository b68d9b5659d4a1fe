"""Networks that pandapower has written as JSON, read without pandapower.

The file is the net's tables, each a pandas DataFrame in `split` orientation (pandapower 2 and 3; the encoding is that
of `pandapower.io_utils`). A branch is open where a switch on it is. Rows are named by their names, or by table and
number where names are missing or come twice, as pandapower allows.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any

from sim.errors import InputError
from sim.grid.foreign.circuit import Branch, Bus, Circuit, Device, Load, Names, Source

SWITCHES = {"CB": "breaker", "LBS": "disconnector", "LS": "disconnector", "DS": "disconnector"}
"""pandapower's types: circuit breaker, load-break switch, load switch, disconnecting switch."""

_USED = {"bus", "line", "switch", "trafo", "trafo3w", "load", "asymmetric_load", "ext_grid", "impedance"}
_SILENT = (
    "res_",
    "_",
    "bus_geodata",
    "line_geodata",
    "controller",
    "measurement",
    "group",
    "characteristic",
    "substation",
    "loadcases",
    "profiles",
    "std_types",
)
"""Tables that are results, drawings or control, nothing that carries power."""

_KIND = {"ol": "overhead", "cs": "cable"}
_BUSBARS = ("b", "db")  # busbar, and SimBench's double busbar
_LOW_KV = 1.0
_NO_LIMIT_KA = 1000.0  # ratings above are how test cases write "none"

Row = dict[str, Any]


def circuit_of_pandapower(data: dict[str, Any], label: str) -> Circuit:
    """Return the circuit of a parsed pandapower JSON file; `InputError` when it is not one."""
    net = data.get("_object")
    if data.get("_class") != "pandapowerNet" or not isinstance(net, dict):
        raise InputError.one(label, "", None, "needs a network that pandapower 2 or 3 has written (to_json)")
    tables = {name: _table(value, name, label) for name, value in net.items() if _is_table(value)}
    if not tables.get("bus"):
        raise InputError.one(label, "bus", None, "needs at least one row")
    return _Reader(tables, net, label).read()


def _is_table(value: Any) -> bool:
    return isinstance(value, dict) and value.get("_class") == "DataFrame"


def _table(value: dict[str, Any], name: str, label: str) -> dict[int, Row]:
    """Return the rows of a table by their number."""
    body = value.get("_object")
    try:
        split: Any = json.loads(body) if isinstance(body, str) else body
        columns = split["columns"]
        pairs = zip(split["index"], split["data"], strict=True)
        return {index: dict(zip(columns, row, strict=True)) for index, row in pairs}
    except (TypeError, KeyError, ValueError) as error:
        raise InputError.one(label, name, None, f"is not a table in split orientation ({error})") from None


class _Reader:
    def __init__(self, tables: dict[str, dict[int, Row]], net: dict[str, Any], label: str) -> None:
        self._tables, self._net = tables, net
        self.circuit = Circuit(label)
        self._names = {table: Names() for table in ("bus", "branch", "load", "source")}
        self._bus: dict[Any, str] = {}
        self._switches: dict[tuple[str, Any], list[tuple[Any, Row]]] = {}
        self._off: dict[str, list[str]] = {}

    def read(self) -> Circuit:
        for index, row in self._tables.get("switch", {}).items():
            self._switches.setdefault((str(row.get("et")), row.get("element")), []).append((index, row))
        self._read_buses()
        self._read_lines()
        self._read_transformers()
        self._read_couplers()
        self._read_loads()
        self._read_sources()
        self._leave_out_what_hangs_on_dead_buses()
        self._say_what_is_left()
        return self.circuit

    def _rows(self, table: str, among: str) -> Iterator[tuple[Any, str, str, Row]]:
        """Yield number, name, place and row of every element in service; names differ `among` one sort."""
        for index, row in self._tables.get(table, {}).items():
            given = "" if row.get("name") is None else str(row["name"])
            place = f"{table} {index}" + (f" '{given}'" if given else "")
            name = self._names[among].own(given, f"{table} {index}")
            if row.get("in_service") is False:
                self._off.setdefault(table, []).append(name)
                continue
            yield index, name, place, row

    def _at(self, bus: Any) -> str:
        return self._bus.get(bus, f"{bus}")

    def _read_buses(self) -> None:
        drawn = self._tables.get("bus_geodata", {})
        self._bus = {index: f"bus {index}" for index in self._tables["bus"]}
        for index, name, place, row in self._rows("bus", "bus"):
            self._bus[index] = name
            lon, lat = self._spot(row, drawn.get(index), place)
            area = row.get("zone")
            self.circuit.buses[name] = Bus(
                name, place, _number(row.get("vn_kv")), lon, lat, "" if area is None else str(area),
                is_busbar=row.get("type") in _BUSBARS,
            )  # fmt: skip

    def _spot(self, row: Row, drawn: Row | None, place: str) -> tuple[float, float]:
        geo = row.get("geo")
        if geo:
            try:
                lon, lat = json.loads(geo)["coordinates"][:2]
            except (ValueError, KeyError, TypeError):
                self.circuit.refuse(f"{place} geo", geo, "needs a GeoJSON point")
                return math.nan, math.nan
            return _number(lon), _number(lat)
        return (_number(drawn.get("x")), _number(drawn.get("y"))) if drawn else (math.nan, math.nan)

    def _kv(self, bus: Any) -> float:
        return _number(self._tables["bus"].get(bus, {}).get("vn_kv"))

    def _read_lines(self) -> None:
        for index, name, place, row in self._rows("line", "branch"):
            a, b = self._at(row.get("from_bus")), self._at(row.get("to_bus"))
            kv = self._kv(row.get("from_bus"))
            amps = _number(row.get("max_i_ka")) * (_number(row.get("df"), 1.0)) * _number(row.get("parallel"), 1.0)
            cells = {
                "length_km": _number(row.get("length_km")), "kind": _KIND.get(str(row.get("type"))),
                "capacity_kw": math.sqrt(3) * amps * kv * 1000 if amps < _NO_LIMIT_KA else None,
                "transformers": 0 if kv < _LOW_KV else None,
            }  # fmt: skip
            open_at, devices = self._switched("l", index)
            self.circuit.branches.append(Branch(name, place, "line", a, b, cells, open_at, devices))
        for _, name, place, row in self._rows("impedance", "branch"):
            a, b = self._at(row.get("from_bus")), self._at(row.get("to_bus"))
            self.circuit.branches.append(Branch(name, place, "line", a, b, {"length_km": 0.0}))

    def _switched(self, kind: str, element: Any) -> tuple[frozenset[str], tuple[Device, ...]]:
        """Return the buses at which a branch is open, and the closed switches on it as devices."""
        open_at, devices = [], []
        for index, row in self._switches.get((kind, element), ()):
            bus = self._at(row.get("bus"))
            if row.get("closed") is False:
                open_at.append(bus)
            else:
                devices.append(Device(bus, f"switch {index}", {"kind": _device(row)}))
        return frozenset(open_at), tuple(devices)

    def _read_transformers(self) -> None:
        for index, name, place, row in self._rows("trafo", "branch"):
            rating = _number(row.get("sn_mva")) * 1000 * _number(row.get("parallel"), 1.0)
            open_at, devices = self._switched("t", index)
            a, b = self._at(row.get("hv_bus")), self._at(row.get("lv_bus"))
            cells = {"length_km": 0.0, "transformers": 1, "capacity_kw": rating}
            self.circuit.branches.append(Branch(name, place, "transformer", a, b, cells, open_at, devices))
        for index, name, place, row in self._rows("trafo3w", "branch"):
            open_at, devices = self._switched("t3", index)
            a = self._at(row.get("hv_bus"))
            for side in ("mv", "lv"):
                b = self._at(row.get(f"{side}_bus"))
                cells = {"length_km": 0.0, "transformers": 1, "capacity_kw": _number(row.get(f"sn_{side}_mva")) * 1000}
                own = tuple(device for device in devices if device.bus in (a, b))
                self.circuit.branches.append(
                    Branch(f"{name} {side}", place, "transformer", a, b, cells, open_at & {a, b}, own)
                )

    def _read_couplers(self) -> None:
        kinds: dict[str, int] = {}
        for index, row in self._tables.get("switch", {}).items():
            if row.get("et") != "b" or row.get("closed") is not False:
                kinds[str(row.get("type") or "?")] = kinds.get(str(row.get("type") or "?"), 0) + 1
            if row.get("et") != "b":
                continue
            given = "" if row.get("name") is None else str(row["name"])
            name = self._names["branch"].own(given, f"switch {index}")
            place = f"switch {index}" + (f" '{given}'" if given else "")
            a, b = self._at(row.get("bus")), self._at(row.get("element"))
            open_at = frozenset({b}) if row.get("closed") is False else frozenset()
            devices = () if open_at else (Device(a, place, {"kind": _device(row)}),)
            cells = {"length_km": 0.0, "transformers": 0}
            self.circuit.branches.append(Branch(name, place, "switch", a, b, cells, open_at, devices))
        for kind, n in kinds.items():
            self.circuit.note("assumed_device", n=n, type=kind, device=SWITCHES.get(kind, "disconnector"))

    def _read_loads(self) -> None:
        for _, name, place, row in self._rows("load", "load"):
            kw = _number(row.get("p_mw")) * 1000 * _number(row.get("scaling"), 1.0)
            self.circuit.loads.append(Load(name, place, self._at(row.get("bus")), kw))
        for _, name, place, row in self._rows("asymmetric_load", "load"):
            kw = (
                sum(_number(row.get(f"p_{phase}_mw"), 0.0) for phase in "abc") * 1000 * _number(row.get("scaling"), 1.0)
            )
            self.circuit.loads.append(Load(name, place, self._at(row.get("bus")), kw))

    def _read_sources(self) -> None:
        for _, name, place, row in self._rows("ext_grid", "source"):
            self.circuit.sources.append(Source(name, place, self._at(row.get("bus"))))

    def _leave_out_what_hangs_on_dead_buses(self) -> None:
        """Leave out elements at buses that are out of service, as pandapower does."""
        circuit = self.circuit
        dead = {self._bus[index] for index, row in self._tables["bus"].items() if row.get("in_service") is False}
        lost = [
            *(b.name for b in circuit.branches if {b.a, b.b} & dead),
            *(e.name for e in circuit.loads if e.bus in dead),
        ]
        if lost:
            circuit.branches = [b for b in circuit.branches if not {b.a, b.b} & dead]
            circuit.loads = [load for load in circuit.loads if load.bus not in dead]
            circuit.note("unused_on_dead_buses", n=len(lost), first=lost[0])
        circuit.sources = [source for source in circuit.sources if source.bus not in dead]

    def _say_what_is_left(self) -> None:
        for name, rows in self._tables.items():
            if rows and name not in _USED and not name.startswith(_SILENT) and "cost" not in name:
                self.circuit.note("unused_rows", n=len(rows), table=name)
        for table, names in self._off.items():
            self.circuit.note("unused_out_of_service", n=len(names), table=table, first=names[0])
        renamed = sum(names.n_renamed for names in self._names.values())
        if renamed:
            self.circuit.note("assumed_names", n=renamed)


def _device(row: Row) -> str:
    return SWITCHES.get(str(row.get("type")), "disconnector")


def _number(value: Any, default: float = math.nan) -> float:
    try:
        return default if value is None else float(value)
    except (TypeError, ValueError):
        return default
