"""The inputs of a drill as pictures: greatest gusts, the network, expected damage; nothing is played."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.damage import WORK_CLASSES
from sim.grid.coast import Coast
from sim.grid.network import Network
from sim.report import basemap, style
from sim.report.clock import Clock
from sim.report.frame import Sheet, framed, shortened
from sim.report.style import Look
from sim.results.writing import Cell
from sim.scenario.model import Scenario

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from sim.storm.track import Track

_WIDTH = 8.6
_BARS = 16
_TINTS = {"wire": ("#8FBEDD", ""), "pole": ("#12344D", ""), "transformer": ("#E69F00", "////")}


@dataclass(frozen=True)
class Inputs:
    """What `drill check` draws.

    gust : greatest 3-second gust at each wind cell, m/s, (n_cells,). expected : work class -> expected faults per
    area, (n_areas,).
    """

    scenario: Scenario
    network: Network
    coast: Coast | None
    track: Track
    gust: NDArray[np.float64]
    expected: dict[str, NDArray[np.float64]]


def inputs(scenario: Scenario, network: Network, coast: Coast | None, track: Track) -> Inputs:
    """Return the inputs of a scenario: the storm as reported, at nominal level, without the spread between runs."""
    from sim.damage import expected_faults
    from sim.factors import NOMINAL
    from sim.storm import wind_at

    smooth = scenario.model_copy(update={"storm": scenario.storm.model_copy(update={"gust_residual_sd": 0.0})})
    places = (network.cell_lon, network.cell_lat, network.cell_land, network.cell_coast_km)
    wind = wind_at(track, smooth, NOMINAL, *places, scenario.seed, 0)
    return Inputs(scenario, network, coast, track, wind.peak, expected_faults(network, wind, scenario.damage))


def draw_all(given: Inputs, look: Look) -> list[Sheet]:
    """Return the three sheets of inputs."""
    return [draw_wind(given, look), draw_network(given, look), draw_damage(given, look)]


def draw_wind(given: Inputs, look: Look) -> Sheet:
    """Draw the greatest gust in squares of 3 km and the storm's track."""
    from matplotlib.colors import BoundaryNorm, ListedColormap

    w, network = look.words, given.network
    gust = given.gust[network.cell]
    by_area = _greatest(network, gust)
    worst = int(np.argmax(by_area))
    title = w("inputs.wind_title", gust=w.number(float(by_area[worst])), area=str(network.area_name[worst]))
    frame = basemap.frame_of(network)
    limits = _limits(gust, len(style.GUSTS))
    with style.styled(look):
        figure, axes = _map(given, look, frame, title, w("inputs.wind_subtitle"))
        lon, lat, sums, count = basemap.cells(network, frame, gust, np.ones(network.n_sections))
        mean = np.ma.masked_where(count <= 0, sums / np.maximum(count, 1))
        colours = ListedColormap(style.GUSTS)
        mesh = axes.pcolormesh(
            lon, lat, mean, cmap=colours, norm=BoundaryNorm(limits, len(style.GUSTS)), rasterized=True, zorder=1
        )
        bar = figure.colorbar(mesh, ax=axes, shrink=0.5, aspect=22, pad=0.015)
        bar.outline.set_visible(False)
        bar.ax.tick_params(length=0, which="both")
        bar.set_ticks(limits, labels=[w.number(limit) for limit in limits])
        bar.set_label(w("inputs.wind_bar"))
        taken = basemap.draw_track(axes, given.track, frame, Clock(given.scenario, w))
        basemap.draw_names(axes, network, frame, _customers(network), taken)
        basemap.draw_scale(axes, frame, "{km} km")
    order = np.argsort(-by_area, kind="stable")[:5].tolist()
    alt = w(
        "inputs.wind_alt", areas=w.listed([f"{network.area_name[a]} {w.number(float(by_area[a]))} m/s" for a in order])
    )
    rows: list[list[Cell]] = [[str(name), float(by_area[a])] for a, name in enumerate(network.area_name)]
    return Sheet("inputs-1-wind", figure, title, w("inputs.wind_subtitle"), alt, ["area", "greatest_gust_mps"], rows)


def draw_network(given: Inputs, look: Look) -> Sheet:
    """Draw every line section, the substations and the critical customers."""
    from matplotlib.lines import Line2D

    w, network = look.words, given.network
    title = w(
        "inputs.network_title", customers=w.number(network.n_customers), feeders=w.number(len(network.feeder_name)),
        substations=w.number(len(network.substation_name)), poles=w.number(int(network.n_poles.sum())),
    )  # fmt: skip
    frame = basemap.frame_of(network)
    with style.styled(look):
        figure, axes = _map(given, look, frame, title, w("inputs.network_subtitle"))
        for colour, part in zip(("#00507F", "#D55E00", "#3D8B6F", "#8A6A00"), range(4), strict=True):
            basemap.draw_lines(axes, network, network.feeder % 4 == part, colour, 0.45, 0.8)
        at = network.critical_section
        axes.plot(
            network.lon[at], network.lat[at], "^", color="#FFFFFF", markeredgecolor=style.INK, markersize=3.4,
            markeredgewidth=0.6, linestyle="none", rasterized=True, zorder=3.5,
        )  # fmt: skip
        axes.plot(
            network.substation_lon, network.substation_lat, "s", color=style.INK, markersize=3.2, linestyle="none",
            rasterized=True, zorder=4,
        )  # fmt: skip
        keys = [
            Line2D([], [], marker="s", color=style.INK, markersize=4, linestyle="none"),
            Line2D([], [], marker="^", color="#FFFFFF", markeredgecolor=style.INK, markersize=5, linestyle="none"),
        ]
        axes.legend(
            keys, [w("inputs.substation"), w("inputs.critical")], loc="lower right", frameon=True, framealpha=0.9
        )
        basemap.draw_names(axes, network, frame, _customers(network))
        basemap.draw_scale(axes, frame, "{km} km")
    alt = w(
        "inputs.network_alt", sections=w.number(network.n_sections), km=w.number(float(network.length_km.sum())),
        critical=w.number(len(network.critical_section)),
    )  # fmt: skip
    people, poles = _customers(network), np.bincount(network.area, network.n_poles, len(network.area_name))
    km = np.bincount(network.area, network.length_km, len(network.area_name))
    rows: list[list[Cell]] = [
        [str(name), int(people[a]), float(km[a]), int(poles[a])] for a, name in enumerate(network.area_name)
    ]
    return Sheet(
        "inputs-2-network",
        figure,
        title,
        w("inputs.network_subtitle"),
        alt,
        ["area", "customers", "line_km", "poles"],
        rows,
    )


def draw_damage(given: Inputs, look: Look) -> Sheet:
    """Draw expected faults of the areas with most of them, by what has to be done; the rest in one bar."""
    w = look.words
    names = [str(name) for name in given.network.area_name]
    table = np.stack([given.expected[kind] for kind in WORK_CLASSES], axis=1)  # (n_areas, 3)
    order = np.argsort(-table.sum(axis=1), kind="stable")
    shown, rest = order[:_BARS], order[_BARS:]
    bars, labels = table[shown], [names[a] for a in shown]
    if len(rest):
        bars = np.vstack([bars, table[rest].sum(axis=0)])
        labels.append(w("inputs.others", n=len(rest)))
    total, poles = float(table.sum()), float(given.expected["pole"].sum())
    title = w("inputs.damage_title", faults=w.number(total), poles=w.number(poles), area=names[order[0]])
    with style.styled(look):
        from matplotlib.patches import Patch
        from matplotlib.ticker import FuncFormatter

        keys = [
            (Patch(facecolor=c, hatch=h, edgecolor="#FFFFFF"), w(f"inputs.{kind}")) for kind, (c, h) in _TINTS.items()
        ]
        figure = framed(
            look, title, w("inputs.damage_subtitle"), w("inputs.footer", scenario=given.scenario.name), _WIDTH,
            0.7 + 0.27 * len(labels), keys,
        )  # fmt: skip
        axes, left, places = figure.subplots(), np.zeros(len(bars)), np.arange(len(bars))
        for kind, (colour, hatch) in _TINTS.items():
            part = bars[:, WORK_CLASSES.index(kind)]
            axes.barh(places, part, 0.7, left=left, color=colour, hatch=hatch, edgecolor="#FFFFFF", linewidth=0.5)
            left = left + part
        for y, value in enumerate(left.tolist()):
            axes.annotate(w.number(value), (value, y), xytext=(4, 0), textcoords="offset points", va="center", size=8)
        axes.set_yticks(places, [shortened(label, 130, style.LABEL_PT) for label in labels])
        axes.set_ylim(len(bars) - 0.4, -0.6)
        axes.set_xlim(0, max(float(left.max(initial=0.0)), 1.0) * 1.12)
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: w.number(value)))
        axes.set_xlabel(w("inputs.damage_x"))
        axes.grid(axis="x")
        axes.grid(visible=False, axis="y")
        axes.tick_params(axis="y", length=0)
    parts = [f"{names[a]} {w.number(float(table[a].sum()))}" for a in order[:5].tolist()]
    rows: list[list[Cell]] = [[name, *table[a].tolist()] for a, name in enumerate(names)]
    alt = w("inputs.damage_alt", areas=w.listed(parts))
    return Sheet("inputs-3-damage", figure, title, w("inputs.damage_subtitle"), alt, ["area", *WORK_CLASSES], rows)


def _map(given: Inputs, look: Look, frame: basemap.Frame, title: str, subtitle: str) -> tuple[Figure, Axes]:
    w = look.words
    foot = f"{w('inputs.footer', scenario=given.scenario.name)} {w('map.attribution')}"
    figure = framed(look, title, subtitle, foot, _WIDTH, (_WIDTH - 1.3) * frame.height_over_width)
    axes = figure.subplots()
    basemap.draw_land(axes, frame, given.coast)
    return figure, axes


def _customers(network: Network) -> NDArray[np.int64]:
    return np.bincount(network.area, network.customers, len(network.area_name)).astype(np.int64)


def _greatest(network: Network, values: NDArray[np.float64]) -> NDArray[np.float64]:
    out = np.zeros(len(network.area_name))
    np.maximum.at(out, network.area, values)
    return out


def _limits(values: NDArray[np.float64], n: int) -> list[float]:
    """Return n + 1 round class limits, evenly spaced, that hold all values."""
    low, high = float(np.floor(values.min())), float(np.ceil(values.max()))
    step = max(1.0, float(np.ceil((high - low) / n)))
    return [low + step * i for i in range(n + 1)]
