"""Loss of what feeds the feeders: substations, and sub-transmission lines with all the substations on them.

As every asset, each has one latent strength and is lost once, when the gust first exceeds it; a line meets the strongest
gust at its substations. Which substations hang on one line is not in the network: neighbours are put together, the same
in every replication.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim import rng
from sim.damage.draw import Drawn
from sim.damage.repair import stand_downs
from sim.grid.network import Network
from sim.scenario.model import Scenario
from sim.units import MIN_PER_H, project_km

IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class SourceLoss:
    """A substation without supply from minute `at` until `until`, for whatever reasons."""

    at: float
    until: float
    substation: int


def source_losses(drawn: Drawn, settings: Scenario) -> list[SourceLoss]:
    """Return the losses of one replication in order of time and substation; no plan moves when they begin.

    `settings` give the wind above which nobody works, from which the time until supply is back counts. A substation
    lost itself while its line is lost too is without supply until both are back.
    """
    what, network = settings.subtransmission, drawn.network
    lines = _lines(network, what.substations_per_line)
    singles = [(place,) for place in range(len(network.substation_name))]
    spans: dict[int, list[tuple[float, float]]] = {}
    for name, median, groups in (
        ("line", what.line_median_mps, lines),
        ("substation", what.substation_median_mps, singles),
    ):
        if median is None:
            continue
        keys, ids = (drawn.seed, drawn.replication), np.array([group[0] for group in groups])
        level, repair = drawn.factors.fragility, drawn.factors.repair
        strength = median * level * np.exp(what.log_sd * rng.normals(*keys, f"source.{name}", ids))
        hours = (
            what.restore_h * repair * np.exp(what.restore_log_sd * rng.normals(*keys, f"source.restore.{name}", ids))
        )
        for group, own, needed in zip(groups, strength.tolist(), (MIN_PER_H * hours).tolist(), strict=True):
            span = _span(drawn, settings, group, own, needed)
            if span is not None:
                for place in group:
                    spans.setdefault(place, []).append(span)
    losses = [SourceLoss(at, until, place) for place, each in spans.items() for at, until in _merged(each)]
    return sorted(losses, key=lambda loss: (loss.at, loss.substation))


def _span(
    drawn: Drawn, settings: Scenario, group: tuple[int, ...], strength: float, needed_min: float
) -> tuple[float, float] | None:
    """Return from when until when a group of substations is lost; None where the gust never exceeds the strength."""
    wind = drawn.wind
    cells, areas = _nearest_sections(drawn.network)
    gust = wind.gust[:, [cells[place] for place in group]].max(axis=1).astype(np.float64)
    over = np.flatnonzero(gust >= strength)
    if not len(over):
        return None
    i = int(over[0])
    at = float(wind.at[i])
    if i > 0:  # the gust is linear between instants
        share = (strength - gust[i - 1]) / (gust[i] - gust[i - 1])
        at = float(wind.at[i - 1] + share * (wind.at[i] - wind.at[i - 1]))
    _, calm_at = stand_downs(drawn, settings.work.wind_limit_mps)
    begun = max([at, *(float(calm_at[areas[place]]) for place in group if calm_at[areas[place]] > at)])
    return at, begun + needed_min


def _merged(spans: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return the times covered by any of the spans, in order, overlapping ones as one."""
    out: list[tuple[float, float]] = []
    for at, until in sorted(spans):
        if out and at <= out[-1][1]:
            out[-1] = out[-1][0], max(out[-1][1], until)
        else:
            out.append((at, until))
    return out


def _nearest_sections(network: Network) -> tuple[list[int], list[int]]:
    """Return wind cell and area of the section nearest to each substation."""
    x, y = _places(network)
    cells, areas = [], []
    for sx, sy in zip(x.tolist(), y.tolist(), strict=True):
        nearest = int(np.argmin((network.x - sx) ** 2 + (network.y - sy) ** 2))
        cells.append(int(network.cell[nearest]))
        areas.append(int(network.area[nearest]))
    return cells, areas


def _lines(network: Network, size: int) -> list[tuple[int, ...]]:
    """Put neighbouring substations on one line: from the westernmost one left, the nearest of those left, up to `size`."""
    x, y = _places(network)
    left = sorted(range(len(x)), key=lambda place: (float(x[place]), place))
    groups = []
    while left:
        first = left[0]
        near = sorted(left, key=lambda place: (float(np.hypot(x[place] - x[first], y[place] - y[first])), place))
        group = tuple(sorted(near[:size]))
        groups.append(group)
        left = [place for place in left if place not in group]
    return groups


def _places(network: Network) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    x, y = project_km(network.substation_lon, network.substation_lat, network.lon0, network.lat0)
    return np.asarray(x, np.float64), np.asarray(y, np.float64)
