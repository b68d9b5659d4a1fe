"""A network as a picture: its lines by feeder, substations, devices, and the normally-open ties between feeders."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sim.grid.coast import degrees
from sim.grid.network import DEVICES, Network
from sim.grid.plant import Grid
from sim.report import basemap, style
from sim.report.frame import Sheet, framed
from sim.report.style import Look
from sim.results.writing import Cell
from sim.words import Words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_WIDTH = 8.6
_TALLEST = 1.4  # a figure is no taller than this many times its width
_FEEDERS = ("#00507F", "#D55E00", "#4FA88B", "#8A6A00")
_TIE = "#7B2D8B"
_SMALL = 400  # devices are drawn while they can be told apart
_MARKS: dict[str, tuple[str, str, float]] = {  # kind -> marker, face, size
    "breaker": ("s", "#1F1F1F", 4.2),
    "recloser": ("D", "#FFFFFF", 3.8),
    "fuse": ("o", "#FFFFFF", 3.4),
    "sectionaliser": ("D", "#F5C710", 3.8),
    "disconnector": ("|", "#1F1F1F", 6.0),
}


def draw_grid(grid: Grid, name: str, look: Look) -> Sheet:
    """Draw a network; the data are its feeders."""
    from matplotlib.lines import Line2D

    w, network = look.words, grid.network
    title = w(
        "grid.title", customers=w.number(network.n_customers), feeders=w.number(len(network.feeder_name)),
        sections=w.number(network.n_sections), ties=w.number(len(network.tie)),
    )  # fmt: skip
    subtitle = w("grid.map_subtitle" if grid.is_placed else "grid.diagram_subtitle")
    frame = basemap.frame_of(network)
    shown = [kind for kind in _MARKS if _shown(network, kind)]
    with style.styled(look):
        keys = [(Line2D([], [], color=_FEEDERS[0], linewidth=1.2), w("grid.feeder"))]
        keys += [(Line2D([], [], **_mark(kind)), w(f"grid.device.{kind}")) for kind in shown]
        if len(network.tie):
            keys.append((Line2D([], [], color=_TIE, linewidth=1.0, linestyle=(0, (3, 2))), w("grid.tie")))
        body = (_WIDTH - 0.4) * min(frame.height_over_width, _TALLEST)
        figure = framed(look, title, subtitle, w("grid.footer", name=name), _WIDTH, body, keys)
        axes = figure.subplots()
        basemap.draw_land(axes, frame, None)
        for part, colour in enumerate(_FEEDERS):
            basemap.draw_lines(axes, network, network.feeder % len(_FEEDERS) == part, colour, 0.8, 0.95)
        _draw_ties(axes, network)
        for kind in shown:
            at = network.device == DEVICES.index(kind)
            lon, lat = degrees(network.x0[at], network.y0[at], network.lon0, network.lat0)
            axes.plot(lon, lat, zorder=3, **_mark(kind))
        _draw_sources(axes, grid, w)
        basemap.draw_scale(axes, frame, "{km} km")
    alt = w("grid.alt", substations=w.number(len(network.substation_name)), feeders=w.number(len(network.feeder_name)),
            km=w.number(float(network.length_km.sum())))  # fmt: skip
    header = ["feeder", "substation", "sections", "line_km", "customers", "devices", "ties"]
    return Sheet("grid", figure, title, subtitle, alt, header, _rows(network))


def _shown(network: Network, kind: str) -> bool:
    n = int((network.device == DEVICES.index(kind)).sum())
    return 0 < n <= _SMALL


def _mark(kind: str) -> dict[str, Any]:
    marker, face, size = _MARKS[kind]
    look = {"marker": marker, "markerfacecolor": face, "markeredgecolor": style.INK, "markersize": size}
    return look | {"markeredgewidth": 0.8, "linestyle": "none"}


def _draw_ties(axes: Axes, network: Network) -> None:
    from matplotlib.collections import LineCollection

    a, b = network.tie[:, 0], network.tie[:, 1]
    lon, lat = degrees(network.x1, network.y1, network.lon0, network.lat0)
    ends = np.stack([np.stack([lon[a], lat[a]], axis=1), np.stack([lon[b], lat[b]], axis=1)], axis=1)
    ties = LineCollection(list(ends), colors=_TIE, linewidths=1.0, linestyles=[(0, (3, 2))], zorder=2.5)
    axes.add_collection(ties, autolim=False)


def _draw_sources(axes: Axes, grid: Grid, w: Words) -> None:
    network = grid.network
    heads = np.flatnonzero(network.parent < 0)
    lon, lat = degrees(network.x0[heads], network.y0[heads], network.lon0, network.lat0)
    axes.plot(lon, lat, marker="^", markersize=5, color=style.INK, linestyle="none", zorder=3.4)
    if not grid.is_placed and len(heads) <= 60:
        for x, y, f in zip(lon.tolist(), lat.tolist(), network.feeder[heads].tolist(), strict=True):
            axes.annotate(
                str(network.feeder_name[f]), (x, y), xytext=(-6, 0), textcoords="offset points", size=7, ha="right",
                va="center_baseline", annotation_clip=False,
            )  # fmt: skip


def _rows(network: Network) -> list[list[Cell]]:
    n = len(network.feeder_name)
    sections, km = np.bincount(network.feeder, minlength=n), np.bincount(network.feeder, network.length_km, n)
    customers = np.bincount(network.feeder, network.customers, n).astype(np.int64)
    devices = np.bincount(network.feeder[network.device > 0], minlength=n)
    ties = np.bincount(network.feeder[network.tie.ravel()], minlength=n)
    station = network.substation_name[network.feeder_substation]
    return [
        [str(name), str(station[f]), int(sections[f]), float(km[f]), int(customers[f]), int(devices[f]), int(ties[f])]
        for f, name in enumerate(network.feeder_name)
    ]
