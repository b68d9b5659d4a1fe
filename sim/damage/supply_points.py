"""Loss of what feeds the feeders: substations, and sub-transmission lines with all the substations on them.

As every asset, each has one latent strength and is lost once, when the gust first exceeds it; a line meets the strongest
gust at its substations. Which substations hang on one line is not in the network: neighbours are put together, the same
in every replication.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim import rng
from sim.damage.draw import Drawn
from sim.damage.faults import first_exceedance
from sim.damage.repair import stand_downs
from sim.grid.network import Network
from sim.scenario.model import Scenario
from sim.units import MIN_PER_H, project_km

IntArray = NDArray[np.int64]
Span = tuple[float, float]


@dataclass(frozen=True)
class SourceLoss:
    """A substation without supply from minute `at` until `until`, for whatever reasons."""

    at: float
    until: float
    substation: int


def source_losses(drawn: Drawn, settings: Scenario) -> list[SourceLoss]:
    """Return the losses of one replication in order of time and substation; no plan moves when they begin.

    `settings` give the wind above which most line crews do not work, from which the time until supply is back counts. A substation
    lost itself while its line is lost too is without supply until both are back.
    """
    what, network = settings.subtransmission, drawn.network
    if what.line_median_mps is None and what.substation_median_mps is None:
        return []
    lines = _lines(network, what.substations_per_line)
    singles = [(place,) for place in range(len(network.substation_name))]
    cells, areas = _nearest_sections(network)
    _, calm_at = stand_downs(drawn, settings.usual_limit_of("line"))
    spans: dict[int, list[Span]] = {}
    for name, median, groups in (
        ("line", what.line_median_mps, lines),
        ("substation", what.substation_median_mps, singles),
    ):
        if median is None:
            continue
        keys, ids = (drawn.seed, drawn.replication), np.array([group[0] for group in groups])
        level, repair = drawn.factors.fragility, drawn.factors.repair
        strength = median * level * np.exp(what.log_sd * rng.normals(*keys, f"source.{name}", ids))
        log_time = what.restore_log_sd * rng.normals(*keys, f"source.restore.{name}", ids)
        minutes = MIN_PER_H * what.restore_h * repair * np.exp(log_time)
        for group, own, needed in zip(groups, strength.tolist(), minutes.tolist(), strict=True):
            here = cells[list(group)]
            hit = here[drawn.wind.peak[here] >= own]
            if not len(hit):
                continue
            at = float(first_exceedance(drawn.wind, hit, np.full(len(hit), own)).min())
            begun = max([at, *(calm for calm in calm_at[areas[list(group)]].tolist() if calm > at)])
            for place in group:
                spans.setdefault(place, []).append((at, begun + needed))
    losses = [SourceLoss(at, until, place) for place, each in spans.items() for at, until in joined_spans(each)]
    return sorted(losses, key=lambda loss: (loss.at, loss.substation))


def joined_spans(spans: Iterable[Span]) -> list[Span]:
    """Return the times covered by any of some spans, in order; those that overlap or touch as one."""
    out: list[Span] = []
    for at, until in sorted(spans):
        if out and at <= out[-1][1]:
            out[-1] = out[-1][0], max(out[-1][1], until)
        else:
            out.append((at, until))
    return out


def _nearest_sections(network: Network) -> tuple[IntArray, IntArray]:
    """Return wind cell and area of the section nearest to each substation, (n_substations,) each."""
    x, y = _places(network)
    nearest = [int(np.argmin((network.x - a) ** 2 + (network.y - b) ** 2)) for a, b in zip(x, y, strict=True)]
    return network.cell[nearest], network.area[nearest]


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
