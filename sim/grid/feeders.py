"""Substations and radial feeders: which demand points hang on which line, and in which order.

Substations stand where they shorten the way to customers (weighted k-means). Around each, the points are
cut into sectors of about one feeder's customers, and each sector grows its tree from the substation
outwards, never over water.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim import rng
from sim.grid.coast import Coast, degrees
from sim.grid.demand import Demand, largest_remainder
from sim.scenario.model import Network as Config

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
LLOYD_ROUNDS = 8
DETOUR_WEIGHT = 0.25  # share of the way already run that counts against hanging on (X); 0: shortest total line
CUT_JITTER = 0.35  # spread of feeder size: cuts move by up to this share of a feeder (X)
NEIGHBOURS = 24  # placed points that a stranded one looks at for a way over land
COAST_TOLERANCE_KM = 0.3  # lines may cut corners of the coarsely drawn coast by this much


@dataclass(frozen=True)
class Feeders:
    """Points hung up in trees; arrays (n_points,) in the order of the demand points unless named otherwise.

    parent is the upstream point or -1 at a feeder head, which hangs on the substation itself.
    """

    parent: IntArray
    feeder: IntArray
    substation_of: IntArray  # (n_feeders,)
    substation_x: FloatArray  # (n_substations,)
    substation_y: FloatArray
    substation_settlement: IntArray
    x: FloatArray  # the demand points again: points without any way over land were moved
    y: FloatArray


@dataclass(frozen=True)
class Water:
    """What no line may pass over; `clear_km` (n_points,) is each point's distance to any coast."""

    coast: Coast
    lon0: float
    lat0: float
    clear_km: FloatArray

    @classmethod
    def around(cls, coast: Coast, demand: Demand) -> Water:
        """Measure the distance of every demand point to the coast."""
        near = coast.distance_km(*degrees(demand.x, demand.y, demand.lon0, demand.lat0))
        return cls(coast, demand.lon0, demand.lat0, np.maximum(near - 0.1, 0.0))

    def between(
        self,
        x1: FloatArray,
        y1: FloatArray,
        clear1: FloatArray,
        x2: FloatArray,
        y2: FloatArray,
        clear2: FloatArray,
    ) -> BoolArray:
        """Return which lines (n,) pass over water: none whose ends are nearer to each other than to coast."""
        out = np.hypot(x2 - x1, y2 - y1) >= clear1 + clear2
        if out.any():
            lon1, lat1 = degrees(x1[out], y1[out], self.lon0, self.lat0)
            lon2, lat2 = degrees(x2[out], y2[out], self.lon0, self.lat0)
            out[out] = self.coast.crosses(lon1, lat1, lon2, lat2, COAST_TOLERANCE_KM)
        return out


def build(config: Config, demand: Demand, water: Water) -> Feeders:
    """Stand substations, cut sectors, grow trees; every line over land.

    Points that no line over land can reach are moved next to one that a line does reach.
    """
    place, station = _substations(config, demand)
    sub_x, sub_y = demand.x[station], demand.y[station]
    sector, substation_of = _sectors(config, demand, place, sub_x, sub_y)
    parent, hung = _trees(demand, sector, station[substation_of], water)
    feeder, x, y = sector.copy(), demand.x.copy(), demand.y.copy()
    _hang_stranded(demand.island, x, y, parent, hung, feeder, water)
    used, feeder = np.unique(feeder, return_inverse=True)
    stations, substation_of = np.unique(substation_of[used], return_inverse=True)
    return Feeders(parent, feeder, substation_of, sub_x[stations], sub_y[stations],
                   demand.settlement[station[stations]], x, y)  # fmt: skip


def _substations(config: Config, demand: Demand) -> tuple[IntArray, IntArray]:
    """Return each point's substation, and beside which point each substation stands: k-means by customers."""
    from scipy.spatial import cKDTree

    n_wanted = max(1, round(config.customers / (config.customers_per_feeder * config.feeders_per_substation)))
    islands, island = np.unique(demand.island, return_inverse=True)
    load = np.bincount(island, weights=demand.customers)
    counts = np.maximum(1, largest_remainder(load, n_wanted))
    place = np.zeros(len(demand.x), np.int64)
    stations: list[int] = []
    for i in range(len(islands)):
        (members,) = np.nonzero(island == i)
        points = np.stack([demand.x[members], demand.y[members]], axis=1)
        weight: FloatArray = np.asarray(demand.customers[members] + 1e-9, np.float64)
        centre = _first_centres(points, weight, min(int(counts[i]), len(members)), config.seed, i)
        for _ in range(LLOYD_ROUNDS):
            own = cKDTree(centre).query(points)[1]
            total = np.bincount(own, weights=weight, minlength=len(centre))
            for axis in (0, 1):
                mean = np.bincount(own, weights=weight * points[:, axis], minlength=len(centre))
                centre[:, axis] = np.where(total > 0, mean / np.maximum(total, 1e-12), centre[:, axis])
        # a substation stands beside the customers nearest to the middle: on land, and where a road is
        beside = np.unique(cKDTree(points).query(centre)[1])
        place[members] = cKDTree(points[beside]).query(points)[1] + len(stations)
        stations += members[beside].tolist()
    return place, np.array(stations, np.int64)


def _first_centres(points: FloatArray, weight: FloatArray, n: int, seed: int, island: int) -> FloatArray:
    """Draw spread-out first centres (k-means++, Arthur and Vassilvitskii 2007)."""
    draw = rng.stream(seed, 0, "growth.substations", island)
    chosen = [int(draw.choice(len(points), p=weight / weight.sum()))]
    squared = np.full(len(points), np.inf)
    x, y = np.ascontiguousarray(points.T)
    for _ in range(n - 1):
        squared = np.minimum(squared, (x - x[chosen[-1]]) ** 2 + (y - y[chosen[-1]]) ** 2)
        chance = np.cumsum(weight * squared)
        if chance[-1] <= 0:
            break
        chosen.append(min(int(np.searchsorted(chance, draw.random() * chance[-1], side="right")), len(points) - 1))
    return points[chosen].copy()


def _sectors(
    config: Config, demand: Demand, place: IntArray, sub_x: FloatArray, sub_y: FloatArray
) -> tuple[IntArray, IntArray]:
    """Return the sector (feeder) of each point and the substation of each sector."""
    draw = rng.stream(config.seed, 0, "growth.feeders")
    angle = np.arctan2(demand.y - sub_y[place], demand.x - sub_x[place])
    sector = np.zeros(len(place), np.int64)
    substation_of: list[int] = []
    order = np.lexsort((angle, place))
    bounds = np.searchsorted(place[order], np.arange(len(sub_x) + 1))
    for s in range(len(sub_x)):
        members = order[bounds[s] : bounds[s + 1]]
        if len(members) == 0:
            continue
        gaps = np.diff(angle[members], append=angle[members[0]] + 2 * np.pi)
        members = np.roll(members, -(int(np.argmax(gaps)) + 1))  # start behind the widest empty angle
        load = demand.customers[members].astype(float)
        n = int(np.clip(round(load.sum() / config.customers_per_feeder), 1, len(members)))
        cuts = (np.arange(1, n) + draw.uniform(-CUT_JITTER, CUT_JITTER, n - 1)) / n * load.sum()
        sector[members] = np.searchsorted(cuts, np.cumsum(load) - load / 2) + len(substation_of)
        substation_of += [s] * n
    return sector, np.array(substation_of, np.int64)


def _trees(demand: Demand, sector: IntArray, root: IntArray, water: Water) -> tuple[IntArray, BoolArray]:
    """Grow all sectors' trees side by side, one point of each per round (Prim-Dijkstra, Alpert et al. 1995).

    root (n_sectors,) is the point beside which each sector's substation stands. Returns the parent of each
    point, -1 at heads, and which points could be hung up over land.
    """
    x, y = demand.x, demand.y
    point = _table(sector, len(root))
    open_ = point >= 0
    parent = np.full(len(x), -1, np.int64)
    hung = np.zeros(len(x), bool)
    way = np.zeros(len(x))  # from the substation to each point, straight from point to point
    via = np.full(point.shape, -1, np.int64)
    cost = np.full(point.shape, np.inf)
    rows, best = _heads(demand, point, root, water)
    while len(rows):
        new = point[rows, best]
        hung[new], open_[rows, best], cost[rows, best] = True, False, np.inf
        others = point[rows]
        reach = np.hypot(x[others] - x[new][:, None], y[others] - y[new][:, None])
        reach += DETOUR_WEIGHT * way[new][:, None]
        row, column = np.nonzero(open_[rows] & (reach < cost[rows]))
        cost[rows[row], column], via[rows[row], column] = reach[row, column], new[row]
        rows, best = _next(cost, via, rows, point, open_, way, demand, water)
        up, new = via[rows, best], point[rows, best]
        way[new] = way[up] + np.hypot(x[new] - x[up], y[new] - y[up])
        parent[new] = up
    return parent, hung


def _heads(demand: Demand, point: IntArray, root: IntArray, water: Water) -> tuple[IntArray, IntArray]:
    """Return the rows that have a head and its column: the point nearest to the substation over land.

    A feeder has one breaker and so one head; all else hangs on it and not on the substation.
    """
    x, y, clear = demand.x, demand.y, water.clear_km
    away = np.hypot(x[point] - x[root][:, None], y[point] - y[root][:, None])
    away[point < 0] = np.inf
    head = np.full(len(root), -1, np.int64)
    rows = np.arange(len(root))
    for _ in range(min(NEIGHBOURS, point.shape[1])):
        best = np.argmin(away[rows], axis=1)
        rows, best = rows[np.isfinite(away[rows, best])], best[np.isfinite(away[rows, best])]
        a, b = root[rows], point[rows, best]
        wet = water.between(x[a], y[a], clear[a], x[b], y[b], clear[b])
        head[rows[~wet]] = best[~wet]
        away[rows[wet], best[wet]] = np.inf
        rows = rows[wet]
    found = np.flatnonzero(head >= 0)
    return found, head[found]


def _next(
    cost: FloatArray,
    via: IntArray,
    rows: IntArray,
    point: IntArray,
    open_: BoolArray,
    way: FloatArray,
    demand: Demand,
    water: Water,
) -> tuple[IntArray, IntArray]:
    """Return the rows that can go on and the column of the cheapest open point that each reaches by land.

    Only lines about to be built are looked at; where one is wet, the point takes its best dry line to those
    of the nearest placed points, or waits for a new one. Changes cost and via in place.
    """
    x, y, clear = demand.x, demand.y, water.clear_km
    chosen = np.full(len(point), -1, np.int64)
    going = rows
    while len(going):
        best = np.argmin(cost[going], axis=1)
        finite = np.isfinite(cost[going, best])
        going, best = going[finite], best[finite]
        a, b = via[going, best], point[going, best]
        wet = water.between(x[a], y[a], clear[a], x[b], y[b], clear[b])
        chosen[going[~wet]] = best[~wet]
        going, best = going[wet], best[wet]
        if len(going) == 0:
            break
        b, placed = point[going, best][:, None], (point[going] >= 0) & ~open_[going]
        reach = np.hypot(x[point[going]] - x[b], y[point[going]] - y[b]) + DETOUR_WEIGHT * way[point[going]]
        nearest = np.argsort(np.where(placed, reach, np.inf), axis=1, kind="stable")[:, :NEIGHBOURS]
        reach = np.take_along_axis(np.where(placed, reach, np.inf), nearest, axis=1)
        a = np.take_along_axis(point[going], nearest, axis=1)
        b = np.broadcast_to(b, a.shape)
        ends = (part.ravel() for part in (x[a], y[a], clear[a], x[b], y[b], clear[b]))
        reach[water.between(*ends).reshape(a.shape)] = np.inf
        first = np.argmin(reach, axis=1)
        each = np.arange(len(going))
        cost[going, best], via[going, best] = reach[each, first], a[each, first]
    found = np.flatnonzero(chosen >= 0)
    return found, chosen[found]


def _table(sector: IntArray, n_sectors: int) -> IntArray:
    """Return the points of each sector, (n_sectors, size of the largest), filled up with -1."""
    size = np.bincount(sector, minlength=n_sectors)
    order = np.argsort(sector, kind="stable")
    column = np.arange(len(order)) - np.repeat(np.cumsum(size) - size, size)
    point = np.full((n_sectors, int(size.max())), -1, np.int64)
    point[sector[order], column] = order
    return point


def _hang_stranded(
    island: IntArray,
    x: FloatArray,
    y: FloatArray,
    parent: IntArray,
    hung: BoolArray,
    feeder: IntArray,
    water: Water,
) -> None:
    """Hang stranded points on the nearest placed one that a line over land reaches, of whatever feeder.

    Where there is none the point moves to the nearest placed one. Changes the arrays in place.
    """
    from scipy.spatial import cKDTree

    spot = np.stack([x, y, island * 1e6], axis=1)  # points of another island are always farther
    while not hung.all():
        (lost,), (placed,) = np.nonzero(~hung), np.nonzero(hung)
        k = min(NEIGHBOURS, len(placed))
        near = placed[cKDTree(spot[placed]).query(spot[lost], k=k)[1].reshape(len(lost), k)]
        a, b = np.repeat(lost, k), near.ravel()
        clear = water.clear_km
        dry = ~water.between(x[a], y[a], clear[a], x[b], y[b], clear[b]).reshape(len(lost), k)
        found: BoolArray = np.asarray(dry.any(axis=1))
        if not found.any():
            x[lost], y[lost], clear[lost] = x[near[:, 0]], y[near[:, 0]], clear[near[:, 0]]
            found[:], dry[:, 0] = True, True
        up = near[np.arange(len(lost)), np.argmax(dry, axis=1)][found]
        parent[lost[found]], feeder[lost[found]], hung[lost[found]] = up, feeder[up], True
