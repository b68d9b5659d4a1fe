"""Other people's networks: each reader makes a circuit, and all circuits become a grid by the same checks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from sim.errors import InputError
from sim.grid.csvfile import read_text
from sim.grid.foreign.circuit import Circuit
from sim.grid.foreign.geojson import circuit_of_geojson
from sim.grid.foreign.opendss import circuit_of_opendss
from sim.grid.foreign.pandapower import circuit_of_pandapower
from sim.grid.foreign.rows import rows_of
from sim.grid.foreign.simbench import circuit_of_code, is_code
from sim.grid.native import assemble
from sim.grid.plant import Grid

__all__ = ["is_foreign", "read_foreign"]

_ENDINGS = (".json", ".geojson", ".dss")


def is_foreign(source: str) -> bool:
    """Say whether a name is that of a foreign network: a pandapower, GeoJSON or OpenDSS file, or a SimBench code."""
    return Path(source).suffix.lower() in _ENDINGS or is_code(source)


def read_foreign(source: str) -> Grid:
    """Read a network that another program has written.

    Raises `InputError` with every problem found, each with the element that has it.
    """
    circuit = _circuit(source)
    if circuit.problems:
        raise InputError(circuit.problems)
    return assemble(rows_of(circuit))


def _circuit(source: str) -> Circuit:
    if is_code(source):
        return circuit_of_code(source)
    if Path(source).suffix.lower() == ".dss":
        return circuit_of_opendss(Path(source))
    data = _parsed(source)
    if data.get("type") == "FeatureCollection":
        return circuit_of_geojson(data, source)
    return circuit_of_pandapower(data, source)


def _parsed(source: str) -> dict[str, Any]:
    """Return the object that a JSON file holds."""
    try:
        data = json.loads(read_text(source, "a network as JSON"))
    except json.JSONDecodeError as error:
        raise InputError.one(source, f"line {error.lineno}", None, f"is not JSON: {error.msg}") from None
    if not isinstance(data, dict):
        raise InputError.one(source, "", None, "needs a pandapower network or a GeoJSON FeatureCollection")
    return data
