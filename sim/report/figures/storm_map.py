"""Map at the worst hour: storm track, network, and where the power is out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.report import basemap, style
from sim.report.clock import Clock
from sim.report.frame import Sheet, footer, framed
from sim.report.material import Material
from sim.report.style import Look
from sim.results.writing import Cell

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from sim.grid.network import Network
    from sim.report.material import WorstHour

HEADER = ["area", "lon", "lat", "customers", "customers_out", "share_out"]
_WIDTH = 8.6


def draw(material: Material, look: Look) -> Sheet | None:
    """Draw the share of customers out in squares of 3 km; None when no replication was played for it."""
    network, worst, w = material.network, material.worst_hour, look.words
    if network is None or worst is None:
        return None
    clock = Clock(material.scenario, w)
    out = np.where(worst.dark, network.customers, 0)
    total, share = int(out.sum()), float(out.sum() / max(1, network.n_customers))
    when = clock.date_time(worst.at)
    title = w("map.title", n=w.about(total), share=w.percent(share), when=when) if total else w("map.title_none")
    subtitle = w("map.subtitle", plan=worst.plan, replication=worst.replication)
    frame = basemap.frame_of(network)
    foot = f"{footer(material, w)}  {w('map.attribution')}"
    with style.styled(look):
        figure = framed(look, title, subtitle, foot, _WIDTH, (_WIDTH - 1.3) * frame.height_over_width)
        axes = figure.subplots()
        basemap.draw_land(axes, frame, material.coast)
        _shade(axes, network, frame, out, look)
        basemap.draw_coast(axes, frame, material.coast)
        basemap.draw_lines(axes, network, np.ones(network.n_sections, bool), "#3A3A3A", 0.25, 0.35)
        axes.plot(
            network.substation_lon,
            network.substation_lat,
            "s",
            color=style.INK,
            markersize=1.6,
            zorder=3,
            rasterized=True,
        )
        taken = basemap.draw_track(axes, material.track, frame, clock) if material.track is not None else []
        basemap.draw_names(axes, network, frame, np.bincount(network.area, out, len(network.area_name)), taken)
        basemap.draw_scale(axes, frame, "{km} km")
    return Sheet(
        "6-map", figure, title, w("map.says"), _alt(network, worst, material, look), HEADER, _rows(network, out)
    )


def _shade(
    axes: Axes, network: Network, frame: basemap.Frame, out: np.ndarray[tuple[int], np.dtype[np.int64]], look: Look
) -> None:
    from matplotlib.colors import BoundaryNorm, ListedColormap

    lon, lat, dark, people = basemap.cells(network, frame, out)
    share = np.ma.masked_where(people <= 0, dark / np.maximum(people, 1))
    norm = BoundaryNorm(style.SHARE_LIMITS, len(style.SHARE_OUT))
    mesh = axes.pcolormesh(lon, lat, share, cmap=ListedColormap(style.SHARE_OUT), norm=norm, rasterized=True, zorder=1)
    bar = axes.figure.colorbar(mesh, ax=axes, shrink=0.5, aspect=22, pad=0.015, spacing="uniform")
    bar.set_ticks(list(style.SHARE_LIMITS), labels=[look.words.percent(limit) for limit in style.SHARE_LIMITS])
    bar.ax.tick_params(length=0, which="both")
    bar.ax.minorticks_off()
    bar.outline.set_visible(False)
    bar.set_label(look.words("map.bar"))


def _by_area(network: Network, out: np.ndarray[tuple[int], np.dtype[np.int64]]) -> tuple[list[int], list[int]]:
    n = len(network.area_name)
    people = np.bincount(network.area, network.customers, n).astype(np.int64).tolist()
    return people, np.bincount(network.area, out, n).astype(np.int64).tolist()


def _rows(network: Network, out: np.ndarray[tuple[int], np.dtype[np.int64]]) -> list[list[Cell]]:
    people, dark = _by_area(network, out)
    return [
        [
            str(name),
            float(network.area_lon[a]),
            float(network.area_lat[a]),
            people[a],
            dark[a],
            dark[a] / max(1, people[a]),
        ]
        for a, name in enumerate(network.area_name)
    ]


def _alt(network: Network, worst: WorstHour, material: Material, look: Look) -> str:
    w = look.words
    people, dark = _by_area(network, np.where(worst.dark, network.customers, 0))
    order = sorted((a for a in range(len(people)) if dark[a]), key=lambda a: -dark[a] / people[a])[:5]
    areas = [f"{network.area_name[a]} {w.percent(dark[a] / people[a])}" for a in order]
    return w("map.alt", areas=w("list.comma").join(areas) or w("map.nowhere"))
