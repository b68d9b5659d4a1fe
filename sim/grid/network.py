"""The network as flat arrays: sections in feeder preorder, and small tables around them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from sim.once import Once

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
Column = TypeVar("Column", bound=NDArray[Any])

DEVICES = ("none", "breaker", "recloser", "fuse", "sectionaliser", "disconnector")
"""Device at a section's upstream end. A breaker, recloser, fuse or sectionaliser cuts off by itself everything from
it downwards when a fault lies in its zone; a disconnector only where somebody opens it; `none` parts nothing."""

SELF_ACTING = tuple(name not in ("none", "disconnector") for name in DEVICES)
"""By device code: whether it cuts off a fault by itself."""

LAND_CLASSES = ("city", "rural", "remote")


@dataclass(frozen=True)
class Network(Once):
    """Sections in feeder preorder: everything below and including section i is the slice [i, end[i]).

    What follows from it alone is the same for all runs on it (`once`).

    Section arrays have shape (n_sections,). Coordinates are degrees (lon, lat) and plane km (x, y) about
    the origin (lon0, lat0); x0, y0 is the upstream end, x1, y1 the downstream end.
    """

    name: NDArray[np.str_]
    parent: IntArray  # upstream section, -1 at a feeder head
    end: IntArray  # one past the last section below
    feeder: IntArray
    zone: IntArray  # nearest section upstream, or itself, whose device cuts off a fault by itself: its zone's head
    device: IntArray  # code into DEVICES; self-acting at a feeder head
    reports: NDArray[np.bool_]  # the device reports its opening to the control room
    length_km: FloatArray
    n_poles: IntArray
    n_spans: IntArray
    n_transformers: IntArray
    customers: IntArray
    business: IntArray  # those of the customers that are businesses
    lon: FloatArray
    lat: FloatArray
    x0: FloatArray
    y0: FloatArray
    x1: FloatArray
    y1: FloatArray
    area: IntArray  # index into area_name
    land_class: IntArray  # code into LAND_CLASSES
    cell: IntArray  # index into the wind cells

    lon0: float
    lat0: float
    area_name: NDArray[np.str_]  # (n_areas,)
    area_lon: FloatArray
    area_lat: FloatArray
    area_population: IntArray
    cell_lon: FloatArray  # (n_cells,) wind cells: places at which the gust is computed
    cell_lat: FloatArray
    cell_x: FloatArray
    cell_y: FloatArray
    cell_land: IntArray  # code into LAND_CLASSES
    cell_coast_km: FloatArray  # distance to the open coast, km
    feeder_name: NDArray[np.str_]  # (n_feeders,)
    feeder_substation: IntArray
    substation_name: NDArray[np.str_]  # (n_substations,)
    substation_lon: FloatArray
    substation_lat: FloatArray
    tie: IntArray  # (n_ties, 2) sections that a normally-open tie joins
    critical_section: IntArray  # (n_critical,)
    critical_name: NDArray[np.str_]
    critical_kind: NDArray[np.str_]
    critical_backup_min: FloatArray

    @property
    def n_sections(self) -> int:
        """Number of sections."""
        return len(self.parent)

    @cached_property
    def places(self) -> dict[str, list[str]]:
        """Names of what actions and observations may name, by what it is."""
        return {
            "area": self.area_name.tolist(), "section": self.name.tolist(), "feeder": self.feeder_name.tolist(),
            "substation": self.substation_name.tolist(), "critical": self.critical_name.tolist(),
            "tie": self.tie_name.tolist(),
        }  # fmt: skip

    @property
    def tie_name(self) -> NDArray[np.str_]:
        """Names of the ties, (n_ties,): those of the two sections that each joins."""
        a, b = self.name[self.tie[:, 0]].tolist(), self.name[self.tie[:, 1]].tolist()
        return np.array([f"{one}-{other}" for one, other in zip(a, b, strict=True)], np.str_)

    @property
    def n_customers(self) -> int:
        """Number of customers served."""
        return int(self.customers.sum())

    @cached_property
    def x(self) -> FloatArray:
        """Middle of each section, km east of the origin; read-only."""
        return _read_only((self.x0 + self.x1) / 2)

    @cached_property
    def y(self) -> FloatArray:
        """Middle of each section, km north of the origin; read-only."""
        return _read_only((self.y0 + self.y1) / 2)

    @cached_property
    def zone_above(self) -> IntArray:
        """Head of the zone in which each section's upstream section lies, -1 at a feeder head; (n_sections,), read-only."""
        return _read_only(np.where(self.parent < 0, -1, self.zone[self.parent]))

    def listed(self, column: str) -> list[Any]:
        """Return a column as a list that is made once and not to be changed: single numbers are read faster from it."""
        numbers: list[Any] = self.once(("list", column), lambda: getattr(self, column).tolist())
        return numbers


def _read_only(column: Column) -> Column:
    column.flags.writeable = False
    return column
