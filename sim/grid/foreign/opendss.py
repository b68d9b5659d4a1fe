"""OpenDSS feeders, compiled by OpenDSS itself (its free engine of DSS-Extensions), then read element by element.

Phases are not told apart: branches of several phases between the same two buses are one. A line is open where
OpenDSS opens it at its end. Coordinates have no unit in OpenDSS; they are taken where all could be degrees.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from sim.errors import InputError
from sim.grid.foreign.circuit import Branch, Bus, Circuit, Device, Load, Source
from sim.grid.foreign.extras import wanted

_KM = {1: 1.609344, 2: 0.3048, 3: 1.0, 4: 0.001, 5: 0.0003048, 6: 0.0000254, 7: 0.00001}
"""Kilometres of a unit of length by OpenDSS's code: mi, kft, km, m, ft, in, cm; 0 is none."""

_DEFAULT_RATES = (0.1, 20.0, 3.0)
"""What OpenDSS says of a line whose script gives no faultrate, pctperm and repair."""

_PROTECTION = {"fuse": "fuse", "recloser": "recloser", "relay": "breaker", "swtcontrol": "disconnector"}
_USED = {"line", "transformer", "load", "vsource", *_PROTECTION}


def circuit_of_opendss(path: Path) -> Circuit:
    """Return the circuit of an OpenDSS script.

    Raises `InputError` when the package is not there, or with what OpenDSS says of the script.
    """
    opendss = wanted("opendssdirect", "opendss", str(path))
    if not path.is_file():
        raise InputError.one(str(path), "", None, "cannot be read: no such file")
    engine = opendss.NewContext()
    engine.Basic.AllowForms(False)
    engine.Basic.AllowEditor(False)
    engine.Basic.AllowChangeDir(False)
    try:
        engine.Text.Command("Clear")
        engine.Text.Command(f'Redirect "{path.resolve()}"')
        if not engine.Basic.NumCircuits():
            raise InputError.one(str(path), "", None, "needs a circuit (New Circuit...)")
        engine.Text.Command("MakeBusList")  # a script that ends without solving leaves that out
        return _Reader(engine, str(path)).read()
    except opendss.DSSException as error:
        raise InputError.one(str(path), "", None, "OpenDSS says: " + " ".join(str(error).split())) from None


class _Reader:
    def __init__(self, engine: Any, label: str) -> None:
        self._engine = engine
        self.circuit = Circuit(label)
        self._branch: dict[frozenset[str], int] = {}  # by its two buses
        self._phases_of: dict[int, set[str]] = {}  # by branch
        self._merged: list[str] = []
        self._off: list[str] = []
        self._winding_kv: dict[str, float] = {}
        self._devices: dict[str, list[Device]] = {}  # by element, in small letters; the bus is its terminal
        self._unitless = 0

    def read(self) -> Circuit:
        names = [str(name) for name in self._engine.Circuit.AllElementNames()]
        of_class: dict[str, list[str]] = {}
        for name in names:
            of_class.setdefault(name.split(".", 1)[0].lower(), []).append(name)
        for kind in _PROTECTION:
            for name in of_class.get(kind, ()):
                self._read_protection(kind, name)
        for kind, read in (("vsource", self._read_source), ("transformer", self._read_transformer),
                           ("line", self._read_line), ("load", self._read_load)):  # fmt: skip
            for name in of_class.get(kind, ()):
                if self._take(name):
                    read(name)
        if self._unitless:
            self.circuit.note("assumed_km", n=self._unitless)
        self._add_buses()
        for kind, elements in of_class.items():
            if kind not in _USED:
                self.circuit.note("unused_rows", n=len(elements), table=elements[0].split(".")[0])
        if self._off:
            self.circuit.note(
                "unused_out_of_service", n=len(self._off), table=self._off[0].split(".")[0], first=self._off[0]
            )
        if self._merged:
            self.circuit.note("assumed_one_branch", n=len(self._merged), first=self._merged[0])
        return self.circuit

    def _take(self, name: str) -> bool:
        """Make an element the active one; say whether it is enabled."""
        self._engine.Circuit.SetActiveElement(name)
        if not self._engine.CktElement.Enabled():
            self._off.append(name)
            return False
        return True

    def _buses(self) -> list[str]:
        return [str(bus).split(".", 1)[0].lower() for bus in self._engine.CktElement.BusNames()]

    def _value(self, name: str) -> str:
        return str(self._engine.Properties.Value(name))

    def _read_source(self, name: str) -> None:
        (bus, *_) = self._buses()
        self._winding_kv[bus] = float(self._value("basekv"))
        self.circuit.sources.append(Source(name.split(".", 1)[1], name, bus))

    def _read_transformer(self, name: str) -> None:
        buses, transformers = self._buses(), self._engine.Transformers
        transformers.Name(name.split(".", 1)[1])
        ratings = []
        for winding, bus in enumerate(buses, start=1):
            transformers.Wdg(winding)
            self._winding_kv[bus] = max(self._winding_kv.get(bus, 0.0), float(transformers.kV()))
            ratings.append(float(transformers.kVA()))
        is_regulator = len({round(self._winding_kv[bus], 3) for bus in buses}) == 1
        for bus, rating in zip(buses[1:], ratings[1:], strict=True):
            if bus != buses[0]:
                cells = {"length_km": 0.0, "transformers": 0 if is_regulator else 1, "capacity_kw": rating}
                self._add_branch(name, "transformer", buses[0], bus, cells)

    def _read_line(self, name: str) -> None:
        a, b = self._buses()[:2]
        lines = self._engine.Lines
        lines.Name(name.split(".", 1)[1])
        unit, is_switch = int(lines.Units()), bool(lines.IsSwitch())
        self._unitless += unit == 0 and not is_switch
        length = float(lines.Length()) * _KM.get(unit, 1.0)
        kind = "cable" if self._value("LineType").lower().startswith("ug") else "overhead"
        cells: dict[str, Any] = {"length_km": 0.0 if is_switch else length, "kind": kind}
        rates = tuple(float(self._value(key)) for key in ("faultrate", "pctperm", "repair"))
        if rates != _DEFAULT_RATES and not is_switch:
            per_km, lasting = rates[0] / _KM.get(unit, 1.0), rates[1] / 100
            cells |= {"fail_per_km_yr": per_km * lasting, "temporary_per_km_yr": per_km * (1 - lasting),
                      "repair_h": rates[2]}  # fmt: skip
        element = self._engine.CktElement
        open_at = frozenset(bus for end, bus in ((1, a), (2, b)) if element.IsOpen(end, 0))
        self._add_branch(name, "switch" if is_switch else "line", a, b, cells, open_at)

    def _add_branch(
        self, name: str, kind: Any, a: str, b: str, cells: dict[str, Any], open_at: frozenset[str] = frozenset()
    ) -> None:
        """Add a branch, or let it be part of the one of another phase that is there."""
        key = frozenset((a, b))
        phases = self._phases()
        at = self._branch.get(key)
        if at is not None and not phases & self._phases_of[at]:
            self._phases_of[at] |= phases
            self._merged.append(name)
            return
        devices = list(self._devices.get(name.lower(), []))
        if kind == "switch" and not devices:
            devices = [Device("1", name, {"kind": "disconnector"})]
        placed = tuple(Device(b if device.bus == "2" else a, device.place, device.cells) for device in devices)
        self._branch[key] = len(self.circuit.branches)
        self._phases_of[len(self.circuit.branches)] = phases
        self.circuit.branches.append(Branch(name, name, kind, a, b, cells, open_at, placed))

    def _phases(self) -> set[str]:
        """Return the phases of the active element at its first bus."""
        first = str(self._engine.CktElement.BusNames()[0]).split(".")[1:]
        n = int(self._engine.CktElement.NumPhases())
        return set(first[:n]) if first else {str(phase) for phase in range(1, n + 1)}

    def _read_protection(self, kind: str, name: str) -> None:
        """Take note of a device at the terminal that it switches."""
        if not self._take(name):
            return
        switched, terminal = self._value("SwitchedObj").lower(), self._value("SwitchedTerm")
        cells = {"kind": _PROTECTION[kind]}
        self._devices.setdefault(switched, []).append(Device(terminal or "1", name, cells))

    def _read_load(self, name: str) -> None:
        loads = self._engine.Loads
        loads.Name(name.split(".", 1)[1])
        kw, customers = float(loads.kW()), int(self._value("NumCust"))
        given = customers if customers > 1 else None  # 1 is what OpenDSS says of a load that gives none
        self.circuit.loads.append(Load(name.split(".", 1)[1], name, self._buses()[0], kw, customers=given))

    def _add_buses(self) -> None:
        """Add all buses with their voltage, known from sources and windings along the lines, and their coordinates."""
        kv = self._voltages()
        bus, spots = self._engine.Bus, {}
        for name in self._engine.Circuit.AllBusNames():
            self._engine.Circuit.SetActiveBus(name)
            spots[str(name)] = (float(bus.X()), float(bus.Y())) if bus.Coorddefined() else (math.nan, math.nan)
        given = [spot for spot in spots.values() if not math.isnan(spot[0])]
        are_degrees = all(abs(x) <= 180 and abs(y) <= 90 for x, y in given)
        if given:
            self.circuit.note("assumed_degrees" if are_degrees else "unused_coordinates", n=len(given))
        for name, (x, y) in spots.items():
            lon, lat = (x, y) if are_degrees else (math.nan, math.nan)
            self.circuit.buses[name] = Bus(name, f"bus {name}", kv.get(name, math.nan), lon, lat)

    def _voltages(self) -> dict[str, float]:
        beside: dict[str, list[str]] = {}
        for branch in self.circuit.branches:
            if branch.kind != "transformer":
                beside.setdefault(branch.a, []).append(branch.b)
                beside.setdefault(branch.b, []).append(branch.a)
        kv, queue = dict(self._winding_kv), list(self._winding_kv)
        for bus in queue:
            for other in beside.get(bus, ()):
                if other not in kv:
                    kv[other] = kv[bus]
                    queue.append(other)
        return kv
