"""The inputs of a drill as pictures: greatest gusts, the network, expected damage; nothing is played."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.damage import WORK_CLASSES
from sim.grid.coast import degrees
from sim.grid.growth import CELL_KM
from sim.grid.network import Network
from sim.report import basemap, style
from sim.report.clock import Clock
from sim.report.frame import Sheet, framed, shortened
from sim.report.inputs import Inputs
from sim.report.style import Look
from sim.results.writing import Cell
from sim.words import Words

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_WIDTH = 8.6
_WIDE = 11.0  # with the densest part enlarged beside the map, inches
_BARS = 15
_MOST_CLASSES = 7
_APART = 0.35  # the bar of the other areas stands off, rows
_FEEDERS = ("#00507F", "#D55E00", "#4FA88B", "#8A6A00")


def draw_all(given: Inputs, look: Look) -> list[Sheet]:
    """Return the three sheets of inputs."""
    return [draw_wind(given, look), draw_network(given, look), draw_damage(given, look)]


def draw_wind(given: Inputs, look: Look) -> Sheet:
    """Draw the greatest gust of every wind cell and the storm's track."""
    w, network = look.words, given.network
    title = w("inputs.wind_title", gust=w.number(float(given.gust.max())), area=given.windiest_area)
    subtitle = w("inputs.wind_subtitle", km=f"{CELL_KM:g}")
    frame = basemap.frame_of(network)
    by_area = np.zeros(len(network.area_name))
    np.maximum.at(by_area, network.area, given.gust[network.cell])
    named = _customers(network).astype(float)
    named[network.area_name == given.windiest_area] = np.inf  # the title speaks of it
    with style.styled(look):
        figure, (axes,) = _map(given, look, frame, title, subtitle)
        _shade(axes, given, w)
        basemap.draw_coast(axes, frame, given.coast)
        taken = basemap.draw_track(axes, given.track, frame, Clock(given.scenario, w))
        basemap.draw_names(axes, network, frame, named, taken)
        basemap.draw_scale(axes, frame, "{km} km")
    order = np.argsort(-by_area, kind="stable")[:5].tolist()
    areas = w.listed([f"{network.area_name[a]} {w.number(float(by_area[a]))}" for a in order])
    people = np.bincount(network.cell, network.customers, len(network.cell_lon)).astype(np.int64)
    columns = (network.cell_lon.tolist(), network.cell_lat.tolist(), people.tolist(), given.gust.tolist())
    rows: list[list[Cell]] = [list(row) for row in zip(*columns, strict=True)]
    header = ["lon", "lat", "customers", "greatest_gust_mps"]
    return Sheet("inputs-1-wind", figure, title, subtitle, w("inputs.wind_alt", areas=areas), header, rows)


def draw_network(given: Inputs, look: Look) -> Sheet:
    """Draw every line section, the substations and the critical customers."""
    from matplotlib.lines import Line2D

    w, network = look.words, given.network
    title = w(
        "inputs.network_title", customers=w.number(network.n_customers), feeders=w.number(len(network.feeder_name)),
        substations=w.number(len(network.substation_name)), poles=w.number(int(network.n_poles.sum())),
    )  # fmt: skip
    frame = basemap.frame_of(network)
    dense = basemap.densest(network, frame)
    subtitle = w("inputs.network_subtitle_dense" if dense else "inputs.network_subtitle")
    station: dict[str, Any] = {"marker": "s", "color": style.INK, "linestyle": "none"}
    critical: dict[str, Any] = {
        "marker": "^", "color": "#F5C710", "markeredgecolor": style.INK, "markeredgewidth": 0.6, "linestyle": "none"
    }  # fmt: skip
    with style.styled(look):
        keys = [
            (Line2D([], [], color=_FEEDERS[0], linewidth=1.2), w("inputs.feeder")),
            (Line2D([], [], markersize=4, **station), w("inputs.substation")),
            (Line2D([], [], markersize=5.5, **critical), w("inputs.critical")),
        ]
        figure, axes = _map(given, look, frame, title, subtitle, keys, dense)
        people, at = _customers(network), network.critical_section
        for place, shown in zip(axes, (frame, dense) if dense else (frame,), strict=True):
            size = 1.0 if shown is dense else 0.6 if dense else 0.85
            for part, colour in enumerate(_FEEDERS):
                mine = network.feeder % len(_FEEDERS) == part
                basemap.draw_lines(place, network, mine, colour, 0.65 * size, 0.9)
            lon, lat = network.substation_lon, network.substation_lat
            place.plot(lon, lat, markersize=4.0 * size, rasterized=True, zorder=3.5, **station)
            place.plot(network.lon[at], network.lat[at], markersize=5.0 * size, rasterized=True, zorder=4, **critical)
            covered = [basemap.outline(place, dense)] if dense and shown is frame else []
            basemap.draw_names(place, network, shown, people, covered)
            basemap.draw_scale(place, shown, "{km} km")
    n = len(network.area_name)
    km, poles = np.bincount(network.area, network.length_km, n), np.bincount(network.area, network.n_poles, n)
    vital = np.bincount(network.area[at], minlength=n)
    alt = w(
        "inputs.network_alt", sections=w.number(network.n_sections), km=w.number(float(km.sum())),
        critical=w.number(len(at)),
    )  # fmt: skip
    rows: list[list[Cell]] = [
        [str(name), int(people[a]), float(km[a]), int(poles[a]), int(vital[a])]
        for a, name in enumerate(network.area_name)
    ]
    header = ["area", "customers", "line_km", "poles", "critical_customers"]
    return Sheet("inputs-2-network", figure, title, subtitle, alt, header, rows)


def draw_damage(given: Inputs, look: Look) -> Sheet:
    """Draw expected faults of the areas with most of them, by what has to be done; the rest in one bar."""
    from matplotlib.patches import Patch

    w, names = look.words, [str(name) for name in given.network.area_name]
    table = np.stack([given.expected[kind] for kind in WORK_CLASSES], axis=1)  # (n_areas, 3)
    order = np.argsort(-table.sum(axis=1), kind="stable").tolist()
    n_shown = _BARS if len(order) > _BARS + 1 else len(order)
    shown, rest = order[:n_shown], order[n_shown:]
    bars, labels, places = table[shown], [names[a] for a in shown], np.arange(len(shown), dtype=float)
    if rest:
        bars, places = np.vstack([bars, table[rest].sum(axis=0)]), np.append(places, len(shown) + _APART)
        labels.append(w("inputs.others", n=len(rest)))
    total, poles = float(table.sum()), float(given.expected["pole"].sum())
    title, subtitle = w("inputs.damage_title_none"), w("inputs.damage_subtitle")
    if total >= 1:
        title = w("inputs.damage_title", faults=_about(total, w), poles=_about(poles, w), area=names[order[0]])
    with style.styled(look):
        keys = [
            (Patch(facecolor=colour, hatch=hatch, edgecolor="#FFFFFF"), w(f"inputs.{kind}"))
            for kind, (colour, hatch) in style.WORK.items()
        ]
        figure = framed(
            look, title, subtitle, w("inputs.footer", scenario=given.scenario.name), _WIDTH,
            0.7 + 0.27 * len(labels), keys,
        )  # fmt: skip
        _stack(figure.subplots(), bars, places, labels, w)
    areas = w.listed([f"{names[a]} {_precise(float(table[a].sum()), w)}" for a in order[:5]])
    rows: list[list[Cell]] = [[name, *table[a].tolist()] for a, name in enumerate(names)]
    alt = w("inputs.damage_alt", areas=areas)
    return Sheet("inputs-3-damage", figure, title, subtitle, alt, ["area", *WORK_CLASSES], rows)


def _map(
    given: Inputs, look: Look, frame: basemap.Frame, title: str, subtitle: str,
    keys: Sequence[tuple[Artist, str]] = (), dense: basemap.Frame | None = None,
) -> tuple[Figure, list[Axes]]:  # fmt: skip
    """Return a figure with the land drawn: the whole map and, with `dense`, that part of it enlarged beside it."""
    w = look.words
    foot = f"{w('inputs.footer', scenario=given.scenario.name)} {w('map.attribution')}"
    shapes = [each.height_over_width for each in (frame, dense) if each]
    width = _WIDTH if dense is None else _WIDE
    body = (width - (1.3 if dense is None else 0.5)) / sum(1 / shape for shape in shapes)
    figure = framed(look, title, subtitle, foot, width, body, keys)
    ratios = [1 / shape for shape in shapes]
    axes = figure.subplots(1, len(shapes), squeeze=False, width_ratios=ratios).ravel().tolist()
    for place, shown in zip(axes, (frame, dense), strict=False):
        assert shown is not None
        basemap.draw_land(place, shown, given.coast)
    return figure, axes


def _shade(axes: Axes, given: Inputs, w: Words) -> None:
    """Fill every wind cell with the class of its greatest gust, and explain the classes in a bar."""
    from matplotlib.collections import PolyCollection
    from matplotlib.colors import BoundaryNorm, LinearSegmentedColormap

    network, half = given.network, CELL_KM / 2
    x = network.cell_x[:, None] + np.array([-half, half, half, -half])
    y = network.cell_y[:, None] + np.array([-half, -half, half, half])
    corners = np.stack(degrees(x, y, network.lon0, network.lat0), axis=2)  # (n_cells, 4, 2)
    limits = limits_of(float(given.gust.min()), float(given.gust.max()))
    n = len(limits) - 1
    squares = PolyCollection(
        list(corners), array=given.gust, cmap=LinearSegmentedColormap.from_list("gusts", style.GUSTS, n),
        norm=BoundaryNorm(limits, n), edgecolors="none", antialiaseds=False, rasterized=True, zorder=1,
    )  # fmt: skip
    axes.add_collection(squares, autolim=False)
    bar = axes.figure.colorbar(squares, ax=axes, shrink=0.5, aspect=22, pad=0.015)
    bar.outline.set_visible(False)
    bar.ax.tick_params(length=0, which="both")
    bar.ax.minorticks_off()
    bar.set_ticks(limits, labels=[w.number(limit) for limit in limits])
    bar.set_label(w("inputs.wind_bar"))


def _stack(axes: Axes, bars: NDArray[np.float64], places: NDArray[np.float64], labels: list[str], w: Words) -> None:
    """Draw stacked bars, (n_bars, n_work_classes), with their sums; the first on top."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    left = np.zeros(len(bars))
    for kind, (colour, hatch) in style.WORK.items():
        part = bars[:, WORK_CLASSES.index(kind)]
        axes.barh(places, part, 0.7, left=left, color=colour, hatch=hatch, edgecolor="#FFFFFF", linewidth=0)
        left = left + part
    for y, value in zip(places.tolist(), left.tolist(), strict=True):
        axes.annotate(
            _precise(value, w), (value, y), xytext=(4, 0), textcoords="offset points", va="center_baseline", size=8
        )
    axes.set_yticks(places, [shortened(label, 130, style.LABEL_PT) for label in labels])
    axes.set_ylim(places[-1] + 0.6, -0.6)
    axes.set_xlim(0, max(float(left.max(initial=0.0)), 1.0) * 1.12)
    axes.xaxis.set_major_locator(MaxNLocator(7, steps=[1, 2, 5, 10], integer=True))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: w.number(value)))
    axes.set_xlabel(w("inputs.damage_x"))
    axes.grid(axis="x")
    axes.grid(visible=False, axis="y")
    axes.tick_params(axis="y", length=0)


def _customers(network: Network) -> NDArray[np.int64]:
    return np.bincount(network.area, network.customers, len(network.area_name)).astype(np.int64)


def _about(value: float, w: Words) -> str:
    """Return a number with two digits that count: what is only expected is not known better."""
    return w.number(float(f"{value:.2g}"))


def _precise(value: float, w: Words) -> str:
    return w.number(value, 0 if value >= 10 or value < 0.05 else 1)


def limits_of(low: float, high: float) -> list[float]:
    """Return limits of few classes of one round width that hold all values."""
    for step in (1, 2, 5, 10, 20):
        first, last = int(low // step), max(int(-(-high // step)), int(low // step) + 1)
        if last - first <= _MOST_CLASSES:
            break
    return [float(step * i) for i in range(first, last + 1)]
