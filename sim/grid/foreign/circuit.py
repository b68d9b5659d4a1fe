"""A network as other programs tell of it: buses, and branches of which any end may be open."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from sim.errors import Problem
from sim.grid.plant import Note

Kind = Literal["line", "switch", "transformer"]
Cells = Mapping[str, Any]
"""Cells of a row of the native form (`sim.grid.native.columns`) by column; None and nan: not given."""


@dataclass(frozen=True)
class Bus:
    """A node. `kv` is its nominal voltage, nan where not given; `lon`, `lat` are degrees, nan where not given.

    A busbar is a bar in a substation, to which couplers join others.
    """

    name: str
    place: str
    kv: float = math.nan
    lon: float = math.nan
    lat: float = math.nan
    area: str = ""
    is_busbar: bool = False

    @property
    def is_placed(self) -> bool:
        """Whether its coordinates are given."""
        return not (math.isnan(self.lon) or math.isnan(self.lat))


@dataclass(frozen=True)
class Device:
    """A switch or protective device at one end of a branch: the bus of that end, and cells of devices.csv."""

    bus: str
    place: str
    cells: Cells


@dataclass(frozen=True)
class Branch:
    """Something between two buses; `open_at` are the buses at whose end it is open, `cells` those of sections.csv."""

    name: str
    place: str
    kind: Kind
    a: str
    b: str
    cells: Cells
    open_at: frozenset[str] = frozenset()
    devices: tuple[Device, ...] = ()
    is_remote: bool = False  # the control room operates it, where it is a switch


@dataclass(frozen=True)
class Load:
    """Customers at a bus: their mean and peak load in kW, and how many they are, None where not given."""

    name: str
    place: str
    bus: str
    kw: float
    peak_kw: float = math.nan
    customers: int | None = None
    customer_class: str = ""


@dataclass(frozen=True)
class Source:
    """A bus that is fed from above; `cells` are those of sources.csv."""

    name: str
    place: str
    bus: str
    cells: Cells = field(default_factory=dict)


@dataclass(frozen=True)
class Critical:
    """A critical customer; `cells` are those of critical.csv."""

    name: str
    place: str
    bus: str
    cells: Cells


@dataclass
class Circuit:
    """All elements of a file, what of it is wrong, and what was assumed or could not be used."""

    label: str
    buses: dict[str, Bus] = field(default_factory=dict)
    branches: list[Branch] = field(default_factory=list)
    loads: list[Load] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)
    critical: list[Critical] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)

    def refuse(self, place: str, value: object, allowed: str, nearest: str = "") -> None:
        """Take note of a problem with an element."""
        self.problems.append(Problem(self.label, place, "" if value is None else str(value), allowed, nearest))

    def note(self, key: str, **values: object) -> None:
        """Take note of something assumed or not used."""
        self.notes.append(Note(key, tuple((name, str(value)) for name, value in values.items())))


class Names:
    """Names that differ: the first to ask for one has it, later ones get what they offer besides."""

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self.n_renamed = 0

    def own(self, wanted: str, otherwise: str) -> str:
        """Return `wanted` if it is a name that nobody has yet, else `otherwise`, marked until nobody has it."""
        name = wanted.strip()
        if not name or name in self._taken:
            self.n_renamed += 1
            name = otherwise
            while name in self._taken:
                name += "'"
        self._taken.add(name)
        return name
