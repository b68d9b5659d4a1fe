"""Grow a network from settlements: the same settlements, coast and seed give the same network."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim import rng
from sim.grid import demand as demand_
from sim.grid import equipment, feeders
from sim.grid.coast import Coast, degrees
from sim.grid.network import Network
from sim.grid.settlements import Settlements
from sim.scenario.model import Network as Config

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]

CELL_KM = 3.0  # side of the squares in which the gust is the same


def grow(config: Config, settlements: Settlements, coast: Coast) -> Network:
    """Grow the network of a scenario; a pure function of its arguments, all draws keyed by `config.seed`.

    Customers and poles come out exactly as configured; sections, feeders, substations, ties within
    rounding. No line crosses water by more than `feeders.COAST_TOLERANCE_KM` of coast. Raises `InputError`
    when a settlement with people lies in the sea.
    """
    demand = demand_.place(config, settlements, coast)
    water = feeders.Water.around(coast, demand)
    built = feeders.build(config, demand, water)
    order, parent, end = preorder(built.parent, built.feeder, demand.customers)
    feeder, customers, settlement = built.feeder[order], demand.customers[order], demand.settlement[order]
    x1, y1 = built.x[order], built.y[order]
    substation = built.substation_of[feeder]
    x0 = np.where(parent >= 0, x1[parent], built.substation_x[substation])
    y0 = np.where(parent >= 0, y1[parent], built.substation_y[substation])
    x, y = (x0 + x1) / 2, (y0 + y1) / 2
    lon, lat = degrees(x, y, demand.lon0, demand.lat0)
    people = customers * (settlements.population.sum() / config.customers)
    land = equipment.land_class(x, y, people)
    device, reports, zone = equipment.devices(config, parent, end, feeder)
    n_poles, length_km = equipment.poles(config, np.hypot(x1 - x0, y1 - y0), customers, land)
    area_name, area = np.unique(settlements.area[settlement], return_inverse=True)
    critical = equipment.critical(config, customers, area_name[area])
    section_name, feeder_name, substation_name = _names(settlements, built, feeder)
    middles, cell = cells(x, y)
    cell_lon, cell_lat = degrees(*middles, demand.lon0, demand.lat0)
    sub_lon, sub_lat = degrees(built.substation_x, built.substation_y, demand.lon0, demand.lat0)
    return Network(
        name=section_name, parent=parent, end=end, feeder=feeder, zone=zone, device=device, reports=reports,
        length_km=length_km, n_poles=n_poles, n_spans=n_poles.copy(),
        n_transformers=equipment.transformers(customers, land), customers=customers,
        business=rng.stream(config.seed, 0, "growth.business").binomial(customers, config.business_fraction),
        lon=lon, lat=lat, x0=x0, y0=y0, x1=x1, y1=y1, area=area, land_class=land, cell=cell,
        lon0=demand.lon0, lat0=demand.lat0,
        area_name=area_name, area_lon=_mean(lon, customers, area), area_lat=_mean(lat, customers, area),
        area_population=_population(settlements, area_name),
        cell_lon=cell_lon, cell_lat=cell_lat, cell_x=middles[0], cell_y=middles[1],
        cell_land=commonest(land, cell), cell_coast_km=coast.distance_km(cell_lon, cell_lat),
        feeder_name=feeder_name, feeder_substation=built.substation_of,
        substation_name=substation_name, substation_lon=sub_lon, substation_lat=sub_lat,
        tie=equipment.ties(config, parent, feeder, x1, y1, water.clear_km[order], water),
        critical_section=critical[0], critical_name=critical[1], critical_kind=critical[2],
        critical_backup_min=critical[3],
    )  # fmt: skip


def preorder(parent: IntArray, feeder: IntArray, weight: IntArray) -> tuple[IntArray, IntArray, IntArray]:
    """Put points in feeder preorder, of the children the one with most weight below it first.

    Returns the old number of each new place, and parent and end in new numbers; all (n,).
    """
    n = len(parent)
    levels = [np.flatnonzero(parent < 0)]
    below = np.argsort(parent, kind="stable")
    start = np.searchsorted(parent[below], np.arange(n + 1))
    while len(levels[-1]):
        up = levels[-1]
        counts = start[up + 1] - start[up]
        first = np.repeat(start[up] - np.cumsum(counts) + counts, counts)
        levels.append(below[first + np.arange(counts.sum())])
    size, load = np.ones(n, np.int64), weight.astype(np.int64)
    for level in levels[:0:-1]:
        np.add.at(size, parent[level], size[level])
        np.add.at(load, parent[level], load[level])
    place = np.zeros(n, np.int64)
    heads = levels[0][np.argsort(feeder[levels[0]], kind="stable")]
    place[heads] = np.cumsum(size[heads]) - size[heads]
    for level in levels[1:]:
        siblings = level[np.lexsort((level, -load[level], parent[level]))]
        before = np.cumsum(size[siblings]) - size[siblings]
        oldest = np.searchsorted(parent[siblings], parent[siblings])
        place[siblings] = place[parent[siblings]] + 1 + before - before[oldest]
    order = np.argsort(place)
    new_parent = np.where(parent[order] >= 0, place[parent[order]], -1)
    return order, new_parent, np.arange(n) + size[order]


def _names(
    settlements: Settlements, built: feeders.Feeders, feeder: IntArray
) -> tuple[NDArray[np.str_], NDArray[np.str_], NDArray[np.str_]]:
    """Return names of sections, feeders and substations: Tateyama-2-F03-S017, Tateyama-2-F03, Tateyama-2."""
    count: dict[str, int] = {}
    stations = []
    for settlement in settlements.name[built.substation_settlement].tolist():
        count[settlement] = count.get(settlement, 0) + 1
        stations.append(f"{settlement}-{count[settlement]}")
    of = built.substation_of
    number = np.arange(len(of)) - np.searchsorted(of, of)
    feeder_names = [f"{stations[s]}-F{k + 1:02d}" for s, k in zip(of.tolist(), number.tolist(), strict=True)]
    place = np.arange(len(feeder)) - np.searchsorted(feeder, feeder)
    names = [f"{feeder_names[f]}-S{k + 1:03d}" for f, k in zip(feeder.tolist(), place.tolist(), strict=True)]
    return np.array(names, np.str_), np.array(feeder_names, np.str_), np.array(stations, np.str_)


def cells(x: FloatArray, y: FloatArray) -> tuple[tuple[FloatArray, FloatArray], IntArray]:
    """Return the middles of the lattice squares that hold sections, and the square of each section."""
    lattice = np.stack([np.floor(x / CELL_KM), np.floor(y / CELL_KM)], axis=1)
    squares, cell = np.unique(lattice, axis=0, return_inverse=True)
    middle = (squares + 0.5) * CELL_KM
    return (middle[:, 0].copy(), middle[:, 1].copy()), cell.reshape(-1).astype(np.int64)


def commonest(code: IntArray, group: IntArray) -> IntArray:
    """Return for each group the code that most of its members have, the lowest of equals."""
    n_codes = int(code.max()) + 1
    counts = np.bincount(group * n_codes + code, minlength=(int(group.max()) + 1) * n_codes)
    return np.asarray(np.argmax(counts.reshape(-1, n_codes), axis=1), np.int64)


def _mean(value: FloatArray, weight: IntArray, group: IntArray) -> FloatArray:
    w = weight + 1e-9
    return np.bincount(group, weights=w * value) / np.bincount(group, weights=w)


def _population(settlements: Settlements, area_name: NDArray[np.str_]) -> IntArray:
    return np.array([settlements.population[settlements.area == name].sum() for name in area_name], np.int64)
