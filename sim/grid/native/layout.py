"""Where conductors lie: at the coordinates of their buses or, without any, drawn as a diagram."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.grid import coast
from sim.grid.native.forest import Conductor
from sim.grid.native.sheets import Sheets
from sim.units import project_km

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]

ROW_KM = 0.3
"""Distance between the lines of a diagram."""


@dataclass(frozen=True)
class Spots:
    """Ends of conductors in plane km about (lon0, lat0), and sources in degrees; `is_real`: not a diagram."""

    lon0: float
    lat0: float
    x0: FloatArray
    y0: FloatArray
    x1: FloatArray
    y1: FloatArray
    source_lon: FloatArray
    source_lat: FloatArray
    is_real: bool

    def degrees(self, x: ArrayLike, y: ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Return longitude and latitude of plane km."""
        return coast.degrees(x, y, self.lon0, self.lat0)


def place(sheets: Sheets, lines: list[Conductor], parent: IntArray, length: FloatArray) -> Spots:
    """Return where the conductors (in preorder) lie."""
    buses = {row["bus"]: (row["lon"], row["lat"]) for row in sheets["buses"]}
    if not buses:
        return _diagram(len(sheets["sources"]), parent, length)
    spot = np.array(list(buses.values()))
    lon0, lat0 = (float((low + high) / 2) for low, high in zip(spot.min(axis=0), spot.max(axis=0), strict=True))
    source = np.array([buses[row["bus"]] for row in sheets["sources"]])
    here = np.array([buses[c.bus] for c in lines])
    above = np.where((parent >= 0)[:, None], here[parent], source[[c.source for c in lines]])
    x0, y0 = project_km(above[:, 0], above[:, 1], lon0, lat0)
    x1, y1 = project_km(here[:, 0], here[:, 1], lon0, lat0)
    return Spots(lon0, lat0, x0, y0, x1, y1, source[:, 0], source[:, 1], True)


def _diagram(n_sources: int, parent: IntArray, length: FloatArray) -> Spots:
    """Draw each feeder from left to right true to length, the first branch straight on, the others below."""
    n = len(parent)
    x0, y0, x1, y1 = (np.zeros(n) for _ in range(4))
    rows = 0
    for i, up in enumerate(parent.tolist()):
        straight_on = up == i - 1 and up >= 0
        if not straight_on:
            rows += 1
        x0[i], y0[i] = (x1[up], y1[up]) if up >= 0 else (0.0, -rows * ROW_KM)
        x1[i], y1[i] = x0[i] + length[i], y0[i] if straight_on or up < 0 else -rows * ROW_KM
    return Spots(0.0, 0.0, x0, y0, x1, y1, np.zeros(n_sources), np.zeros(n_sources), False)
