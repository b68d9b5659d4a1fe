"""The map below every map: land, sea, scale bar, names of areas, track of the storm with times."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.grid.coast import Coast, degrees
from sim.grid.network import Network
from sim.report import style
from sim.report.clock import Clock
from sim.units import KM_PER_NM, MIN_PER_H

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from sim.storm.track import Track

FloatArray = NDArray[np.float64]
Box = tuple[float, float, float, float]  # west, south, east, north
_KM_PER_DEG = KM_PER_NM * 60
_NAMES = 18
_CELL_KM = 3.0
_LATTICE = 12
_CROWDED = 0.4  # of all sections inside a ninth of the map: worth enlarging
_FEW = 500  # sections: fewer are drawn without crowding


@dataclass(frozen=True)
class Frame:
    """The box of a map in degrees."""

    west: float
    south: float
    east: float
    north: float

    @property
    def shrink(self) -> float:
        """Length of a degree of longitude over one of latitude, in the middle."""
        return math.cos(math.radians((self.south + self.north) / 2))

    @property
    def height_over_width(self) -> float:
        """Shape of the map as drawn."""
        return (self.north - self.south) / ((self.east - self.west) * self.shrink)

    def holds(self, lon: ArrayLike, lat: ArrayLike) -> NDArray[np.bool_]:
        """Return which points lie inside."""
        x, y = np.asarray(lon, float), np.asarray(lat, float)
        return np.asarray((x >= self.west) & (x <= self.east) & (y >= self.south) & (y <= self.north))


def frame_of(network: Network, margin: float = 0.1) -> Frame:
    """Return a box around the network, not too slim to be read."""
    west, east = float(network.lon.min()), float(network.lon.max())
    south, north = float(network.lat.min()), float(network.lat.max())
    shrink = math.cos(math.radians((south + north) / 2))
    width, height = max((east - west) * shrink, 0.05), max(north - south, 0.05)
    width, height = max(width, 0.8 * height) * (1 + 2 * margin), max(height, 0.6 * width) * (1 + 2 * margin)
    x, y = (west + east) / 2, (south + north) / 2
    return Frame(x - width / shrink / 2, y - height / 2, x + width / shrink / 2, y + height / 2)


def densest(network: Network, frame: Frame) -> Frame | None:
    """Return the part of a map where lines crowd: a third as wide and high; None when it holds few of them.

    Of all windows on a lattice of a twelfth of the map, the one with the most sections; at least two sections in
    five must lie in it.
    """
    wide, high = (frame.east - frame.west) / _LATTICE, (frame.north - frame.south) / _LATTICE
    edges_lon = frame.west + wide * np.arange(_LATTICE + 1)
    edges_lat = frame.south + high * np.arange(_LATTICE + 1)
    count, _, _ = np.histogram2d(network.lat, network.lon, bins=(edges_lat, edges_lon))
    side = _LATTICE // 3
    windows = np.lib.stride_tricks.sliding_window_view(count, (side, side)).sum(axis=(2, 3))
    row, column = np.unravel_index(int(windows.argmax()), windows.shape)
    if windows[row, column] < _CROWDED * network.n_sections or network.n_sections < _FEW:
        return None
    west, south = float(edges_lon[column]), float(edges_lat[row])
    return Frame(west, south, west + side * wide, south + side * high)


def outline(axes: Axes, frame: Frame) -> Box:
    """Draw the box of a part that is enlarged elsewhere; return it as taken."""
    from matplotlib.patches import Rectangle

    size = frame.east - frame.west, frame.north - frame.south
    axes.add_patch(
        Rectangle((frame.west, frame.south), *size, fill=False, edgecolor=style.INK, linewidth=1.2, zorder=6)
    )
    return frame.west, frame.south, frame.east, frame.north


def draw_land(axes: Axes, frame: Frame, coast: Coast | None) -> None:
    """Draw sea, land and coast, and fix the map's box and shape."""
    axes.set_facecolor(style.SEA if coast is not None else style.LAND)
    _add_coast(axes, frame, coast, facecolor=style.LAND, edgecolor=style.COAST, linewidth=0.7, zorder=0.5)
    axes.set_xlim(frame.west, frame.east)
    axes.set_ylim(frame.south, frame.north)
    axes.set_aspect(1 / frame.shrink)
    axes.grid(visible=False)
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_visible(True)
        spine.set_color(style.FAINT)


def draw_coast(axes: Axes, frame: Frame, coast: Coast | None) -> None:
    """Draw the coast once more, as a line over what was shaded."""
    _add_coast(axes, frame, coast, facecolor="none", edgecolor=style.INK, linewidth=0.6, zorder=1.5)


def draw_lines(axes: Axes, network: Network, chosen: ArrayLike, colour: str, width: float, alpha: float = 1.0) -> None:
    """Draw the chosen sections as lines, as one picture inside vector files."""
    from matplotlib.collections import LineCollection

    mask = np.asarray(chosen, bool)
    start = degrees(network.x0[mask], network.y0[mask], network.lon0, network.lat0)
    end = degrees(network.x1[mask], network.y1[mask], network.lon0, network.lat0)
    ends = np.stack([np.stack(start, axis=1), np.stack(end, axis=1)], axis=1)
    axes.add_collection(
        LineCollection(list(ends), colors=colour, linewidths=width, alpha=alpha, rasterized=True, zorder=2),
        autolim=False,
    )


def cells(
    network: Network, frame: Frame, values: ArrayLike, weights: ArrayLike | None = None
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Return edges (lon, lat) of a lattice of about 3 km, and the sums of `values` and of weights in it.

    values, weights : (n_sections,); without weights, customers.
    """
    step_lat = _CELL_KM / _KM_PER_DEG
    lat = np.arange(frame.south, frame.north + step_lat, step_lat)
    lon = np.arange(frame.west, frame.east + step_lat / frame.shrink, step_lat / frame.shrink)
    where = (network.lat, network.lon)
    sums, _, _ = np.histogram2d(*where, bins=(lat, lon), weights=np.asarray(values, float))
    people, _, _ = np.histogram2d(
        *where, bins=(lat, lon), weights=np.asarray(network.customers if weights is None else weights, float)
    )
    return lon, lat, sums, people


def steps(track: Track, frame: Frame, clock: Clock, step_min: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return minutes since start, longitude and latitude of the storm at even steps while it is inside the box.

    Between its fixes the storm is where the wind field has it.
    """
    from sim.storm.track import path

    fixes = track.at(clock.scenario.start)
    at = np.arange(math.ceil(fixes[0] / step_min), math.floor(fixes[-1] / step_min) + 1) * step_min
    way = path(track, clock.scenario.start, at)
    inside = frame.holds(way.lon, way.lat)
    return at[inside], way.lon[inside], way.lat[inside]


def draw_track(axes: Axes, track: Track, frame: Frame, clock: Clock) -> list[Box]:
    """Draw the storm's track with local times at full hours; return the boxes that it takes up."""
    from matplotlib.patheffects import withStroke

    halo: list[Any] = [withStroke(linewidth=2.6, foreground="#FFFFFF")]
    _, way_lon, way_lat = steps(track, _around(frame), clock, MIN_PER_H / 12)
    axes.plot(way_lon, way_lat, color="#FFFFFF", linewidth=4.0, zorder=6)
    axes.plot(way_lon, way_lat, color=style.INK, linewidth=1.7, zorder=6.1)
    at, lon, lat = steps(track, frame, clock, MIN_PER_H)
    axes.plot(lon, lat, "o", color=style.INK, markersize=4, zorder=6.2)
    width, height = frame.east - frame.west, frame.north - frame.south
    boxes: list[Box] = []
    labels: list[Box] = []
    for i, (x, y) in enumerate(zip(lon.tolist(), lat.tolist(), strict=True)):
        box = (x + 0.005 * width, y - 0.014 * height, x + 0.19 * width, y + 0.014 * height)
        if box[2] > frame.east or box[1] < frame.south or box[3] > frame.north or any(_overlap(box, b) for b in labels):
            continue
        labels.append(box)
        axes.annotate(
            clock.date_time(at[i]), (x, y), xytext=(8, 0), va="center", textcoords="offset points", size=8, weight="bold",
            path_effects=halo, zorder=7,
        )  # fmt: skip
    for i in range(len(lon) - 1):  # the line itself, as a chain of small boxes
        for along in np.linspace(0, 1, 12):
            x, y = lon[i] + along * (lon[i + 1] - lon[i]), lat[i] + along * (lat[i + 1] - lat[i])
            boxes.append((x - 0.006 * width, y - 0.006 * height, x + 0.006 * width, y + 0.006 * height))
    if len(lon) > 1:
        arrow = {"arrowstyle": "-|>", "color": style.INK, "linewidth": 1.7, "mutation_scale": 18}
        start, end = (lon[-2], lat[-2]), ((lon[-2] + lon[-1]) / 2, (lat[-2] + lat[-1]) / 2)
        axes.annotate("", end, start, arrowprops=arrow, zorder=6.3)
    return labels + boxes


def draw_names(axes: Axes, network: Network, frame: Frame, weight: ArrayLike, taken: Sequence[Box] = ()) -> None:
    """Write the names of the weightiest areas wherever they fit without touching each other."""
    from matplotlib.patheffects import withStroke

    halo: list[Any] = [withStroke(linewidth=2.2, foreground="#FFFFFF")]
    figure = axes.figure
    width_pt = axes.get_position().width * figure.bbox.width / figure.dpi * 72
    per_lon, per_lat = (
        (frame.east - frame.west) / width_pt,
        (frame.north - frame.south) / (width_pt * frame.height_over_width),
    )
    boxes: list[Box] = list(taken)
    placed = 0
    for a in np.argsort(-np.asarray(weight, float), kind="stable").tolist():
        name, x, y = str(network.area_name[a]), float(network.area_lon[a]), float(network.area_lat[a])
        half = (0.36 * 8 * len(name) + 4) * per_lon
        tall = 7.5 * per_lat
        box = (x - half, y - tall, x + half, y + tall)
        inside = frame.west < box[0] and box[2] < frame.east and frame.south < box[1] and box[3] < frame.north
        if not inside or any(_overlap(box, other) for other in boxes):
            continue
        axes.text(x, y, name, ha="center", va="center", size=8, color=style.INK, path_effects=halo, zorder=5)
        boxes.append(box)
        placed += 1
        if placed == _NAMES:
            return


def draw_scale(axes: Axes, frame: Frame, text: str) -> None:
    """Draw a scale bar in the lower left; `text` has a place {km}."""
    from matplotlib.patheffects import withStroke

    width_km = (frame.east - frame.west) * frame.shrink * _KM_PER_DEG
    km = next(step for step in (500, 200, 100, 50, 20, 10, 5, 2, 1, 0) if step <= width_km / 4) or 0.5
    length = km / width_km
    axes.plot(
        [0.03, 0.03 + length], [0.03, 0.03], transform=axes.transAxes, color=style.INK, linewidth=2.2,
        solid_capstyle="butt", zorder=8, path_effects=[withStroke(linewidth=5.0, foreground="#FFFFFF")],
    )  # fmt: skip
    axes.text(
        0.03 + length / 2,
        0.04,
        text.format(km=f"{km:g}"),
        transform=axes.transAxes,
        ha="center",
        va="bottom",
        size=8,
        zorder=8,
        path_effects=[withStroke(linewidth=2.2, foreground="#FFFFFF")],
    )


def _add_coast(axes: Axes, frame: Frame, coast: Coast | None, **look: Any) -> None:
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    near = [ring for ring in coast.rings if _touches(ring, frame)] if coast is not None else []
    if near:
        # one path for all rings, so that holes stay sea
        shape = Path.make_compound_path(*(Path(ring, closed=True) for ring in near))
        axes.add_patch(PathPatch(shape, **look))


def _around(frame: Frame) -> Frame:
    """Return a box twice as wide and high, so that a line drawn in it leaves the map at its edge."""
    wide, high = (frame.east - frame.west) / 2, (frame.north - frame.south) / 2
    return Frame(frame.west - wide, frame.south - high, frame.east + wide, frame.north + high)


def _overlap(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _touches(ring: FloatArray, frame: Frame) -> bool:
    low, high = ring.min(axis=0), ring.max(axis=0)
    return bool(low[0] <= frame.east and high[0] >= frame.west and low[1] <= frame.north and high[1] >= frame.south)
