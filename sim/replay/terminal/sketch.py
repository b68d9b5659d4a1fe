"""The map in characters: every zone and the coast as dots of Braille, coloured by the worst state in each cell."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray
from rich.text import Text

from sim.grid.coast import Coast
from sim.grid.network import Network
from sim.replay.zones import Zones
from sim.units import project_km

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
_BITS = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]])  # Unicode 10.0, block Braille Patterns
_ALONG = 12  # points per section


class Sketch:
    """A map of `width` x `height` characters; each has 2 x 4 dots, about as wide as high."""

    def __init__(self, network: Network, zones: Zones, coast: Coast | None, width: int, height: int) -> None:
        self._shape = height, width
        along = np.linspace(0, 1, _ALONG)[:, None]
        x = (network.x0 + (network.x1 - network.x0) * along).ravel()
        y = (network.y0 + (network.y1 - network.y0) * along).ravel()
        zone = np.tile(zones.of_section, _ALONG)
        span = max(float(np.ptp(x)) / (2 * width - 1), float(np.ptp(y)) / (4 * height - 1), 1e-6)
        left = (x.min() + x.max()) / 2 - span * (2 * width - 1) / 2
        top = (y.min() + y.max()) / 2 + span * (4 * height - 1) / 2
        cell, bit = self._dots(x, y, left, top, span)
        self._network = np.zeros(width * height, np.int64)
        np.bitwise_or.at(self._network, cell, bit)
        pairs = np.unique(cell * len(zones) + zone)
        self._cell, self._zone = pairs // len(zones), pairs % len(zones)
        self._coast = np.zeros(width * height, np.int64)
        if coast is not None:
            shore_x, shore_y = _shore(coast, network, span)
            cell, bit = self._dots(shore_x, shore_y, left, top, span)
            np.bitwise_or.at(self._coast, cell, bit)

    def draw(self, rank: ArrayLike, styles: list[str], coast_style: str) -> Text:
        """Return the map; `rank` (n_zones,) indexes `styles`, the highest in a cell colours it."""
        worst = np.zeros(len(self._network), np.int64)
        np.maximum.at(worst, self._cell, np.asarray(rank, np.int64)[self._zone])
        line = np.where(self._network > 0, worst + 1, np.where(self._coast > 0, 0, -1))
        char = np.where(self._network > 0, self._network, self._coast)
        out = Text(no_wrap=True)
        height, width = self._shape
        for row in range(height):
            part = slice(row * width, (row + 1) * width)
            _append_runs(out, char[part], line[part], ["", coast_style, *styles])
            if row < height - 1:
                out.append("\n")
        return out

    def _dots(self, x: FloatArray, y: FloatArray, left: float, top: float, span: float) -> tuple[IntArray, IntArray]:
        """Return cell and bit of the points that lie on the map."""
        height, width = self._shape
        column, row = np.rint((x - left) / span).astype(np.int64), np.rint((top - y) / span).astype(np.int64)
        inside = (column >= 0) & (column < 2 * width) & (row >= 0) & (row < 4 * height)
        column, row = column[inside], row[inside]
        return row // 4 * width + column // 2, _BITS[row % 4, column % 2]


def _shore(coast: Coast, network: Network, step_km: float) -> tuple[FloatArray, FloatArray]:
    """Return points along the coast, a step apart."""
    parts: list[tuple[FloatArray, FloatArray]] = []
    for ring in coast.rings:
        x, y = project_km(ring[:, 0], ring[:, 1], network.lon0, network.lat0)
        length = np.concatenate(([0.0], np.cumsum(np.hypot(np.diff(x), np.diff(y)))))
        points = np.arange(0.0, length[-1], step_km)
        parts.append((np.interp(points, length, x), np.interp(points, length, y)))
    return np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts])


def _append_runs(out: Text, char: IntArray, style: IntArray, styles: list[str]) -> None:
    """Append cells to a text, those of one style together."""
    text = "".join(chr(0x2800 + bits) if bits else " " for bits in char.tolist())
    cuts = [0, *(np.flatnonzero(np.diff(style)) + 1).tolist(), len(text)]
    for start, end in pairwise(cuts):
        out.append(text[start:end], styles[style[start] + 1] or None)
