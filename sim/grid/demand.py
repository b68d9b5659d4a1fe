"""Where customers live: demand points, in a settlement's middle and in hamlets around it.

Every point becomes the downstream end of one section. All numbers named here are assumptions (grade X)
chosen so that Japanese towns come out about as wide as they are; the scenario's own keys say how many
people live scattered.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim import rng
from sim.errors import InputError, Problem
from sim.grid.coast import Coast, degrees
from sim.grid.settlements import Settlements
from sim.scenario.model import Network as Config
from sim.units import project_km

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]

TOWN_DENSITY_PER_KM2 = 3000.0  # people in the middle of a town of TOWN_PEOPLE (X)
TOWN_PEOPLE = 20_000.0
DENSITY_EXPONENT = 0.3  # how density grows with the number of people (X)
MAX_DENSITY_PER_KM2 = 8500.0  # (X)
HINTERLAND_KM = 12.0  # scattered people live no farther from their settlement (X)
HINTERLAND_DECAY_KM = 6.0  # and fewer by a factor e each such distance (X)
COAST_DECAY_KM, INLAND_FLOOR = 3.0, 0.35  # hamlets keep to the coast, where roads and flat land are (X)
SCATTER_EXPONENT = 0.5  # the share of scattered people falls with this power of a settlement's people (X)
MAX_SCATTERED = 0.85  # (X)
HAMLET_SECTIONS = 3.0  # mean sections of one hamlet (X)
HAMLET_RADIUS_KM = 0.5  # standard deviation of their distance from its middle, each way (X)
RURAL_SECTION_FRACTION = 0.6  # customers of a rural section over those of an urban one (X)
SECTION_CV = 0.4  # spread of customers between sections (X)
LATTICE_KM = 0.5  # land is laid out in squares of this size, coarser where the area is vast
MAX_LATTICE = 1_000_000
MIN_ISLAND_KM2 = 2.0  # smaller bits of land get nobody


@dataclass(frozen=True)
class Demand:
    """Demand points; arrays (n_points,). x, y are km about (lon0, lat0); island numbers connected land."""

    lon0: float
    lat0: float
    x: FloatArray
    y: FloatArray
    settlement: IntArray
    island: IntArray
    customers: IntArray


@dataclass(frozen=True)
class _Land:
    """Squares of land within reach of settlements; arrays (n_squares,). column, row: place in the lattice."""

    x: FloatArray
    y: FloatArray
    column: IntArray
    row: IntArray
    island: IntArray
    area: IntArray
    coast_km: FloatArray
    step_km: float


def largest_remainder(weights: ArrayLike, total: int) -> IntArray:
    """Share `total` whole items in proportion to `weights`, to the last one; ties go to the first."""
    w = np.asarray(weights, float)
    if w.sum() <= 0:
        w = np.ones_like(w)
    exact = w / w.sum() * total
    out: IntArray = np.floor(exact).astype(np.int64)
    left = int(total - out.sum())
    out[np.argsort(out - exact, kind="stable")[:left]] += 1
    return out


def place(config: Config, settlements: Settlements, coast: Coast) -> Demand:
    """Place the demand points of every settlement on land and share out the customers exactly.

    Raises `InputError` when a settlement with people has no land near it.
    """
    lon0 = float(settlements.lon.min() + settlements.lon.max()) / 2
    lat0 = float(settlements.lat.min() + settlements.lat.max()) / 2
    sx, sy = project_km(settlements.lon, settlements.lat, lon0, lat0)
    area = np.unique(settlements.area, return_inverse=True)[1]
    land = _land(sx, sy, area, coast, lon0, lat0)
    customers = largest_remainder(settlements.population, config.customers)
    n_urban, n_rural = _section_counts(config, settlements.population, customers)
    parts = []
    homeless = []
    for s in np.flatnonzero(customers).tolist():
        near = np.hypot(land.x - sx[s], land.y - sy[s])
        own = _joined(land, np.flatnonzero((land.area == area[s]) & (near <= HINTERLAND_KM)), near)
        if len(own) == 0:  # on land too narrow for the lattice, or hemmed in: take the nearest square
            own = np.flatnonzero(near <= 5.0)
            own = own[np.argsort(near[own], kind="stable")[:4]]
        if len(own) == 0:
            homeless.append(s)
            continue
        urban = _urban(settlements.population[s], near[own], own, int(n_urban[s]), config.seed, s)
        rural, hamlet_step = _rural(land, near[own], own, int(n_rural[s]), config.seed, s)
        square = np.concatenate([urban, rural])
        spread = np.concatenate([np.zeros((len(urban), 2)), hamlet_step])
        parts.append((square, spread, np.full(len(square), s), np.arange(len(square)) >= len(urban)))
    if homeless:
        raise InputError(
            [Problem(settlements.file, str(settlements.name[s]), f"lat {settlements.lat[s]:g}, lon {settlements.lon[s]:g}",
                     "lies more than 5 km from any land of the coast file") for s in homeless]
        )  # fmt: skip
    square, spread, settlement, is_rural = (np.concatenate(list(columns)) for columns in zip(*parts, strict=True))
    x, y = _on_land(land, coast, square, spread, config.seed, lon0, lat0)
    return Demand(lon0, lat0, x, y, settlement, land.island[square],
                  _share_out(customers, settlement, is_rural, config.seed))  # fmt: skip


def _section_counts(config: Config, people: IntArray, customers: IntArray) -> tuple[IntArray, IntArray]:
    """Return urban and rural sections per settlement; at least one where there are customers."""
    scattered = scattered_fraction(people, config.rural_population_fraction)
    rural_weight = scattered / RURAL_SECTION_FRACTION
    n_total = max(1, round(config.customers / config.customers_per_section))
    n = largest_remainder(customers * (rural_weight + 1 - scattered), n_total)
    n = np.maximum(n, customers > 0)
    n_rural = np.floor(n * rural_weight / (rural_weight + 1 - scattered) + 0.5).astype(np.int64)
    return n - n_rural, n_rural


def scattered_fraction(people: IntArray, overall: float) -> FloatArray:
    """Return the share of each settlement's people who live scattered: more in small ones, `overall` in all.

    The share is k * people ** -SCATTER_EXPONENT, at most MAX_SCATTERED or `overall`; k by bisection.
    """
    limit = max(MAX_SCATTERED, overall)
    falling = np.maximum(people, 1.0) ** -SCATTER_EXPONENT
    low, high = 0.0, limit / float(falling.min())
    for _ in range(60):
        k = (low + high) / 2
        reached = float((people * np.minimum(limit, k * falling)).sum()) < overall * float(people.sum())
        low, high = (k, high) if reached else (low, k)
    return np.minimum(limit, high * falling)


def _land(sx: FloatArray, sy: FloatArray, area: IntArray, coast: Coast, lon0: float, lat0: float) -> _Land:
    from scipy.ndimage import label
    from scipy.spatial import cKDTree

    west, east = sx.min() - HINTERLAND_KM, sx.max() + HINTERLAND_KM
    south, north = sy.min() - HINTERLAND_KM, sy.max() + HINTERLAND_KM
    step = max(LATTICE_KM, float(np.sqrt((east - west) * (north - south) / MAX_LATTICE)))
    x, y = np.meshgrid(np.arange(west, east, step), np.arange(south, north, step))
    row, column = np.indices(x.shape)
    dry = coast.inside(*degrees(x, y, lon0, lat0))
    island: IntArray = np.asarray(label(dry, structure=np.ones((3, 3)))[0], np.int64)
    big = np.bincount(island.ravel()) * step**2 >= MIN_ISLAND_KM2
    keep = dry & big[island]
    x, y, column, row, island = x[keep], y[keep], column[keep], row[keep], island[keep]
    distance, found = cKDTree(np.stack([sx, sy], axis=1)).query(np.stack([x, y], axis=1))
    nearest: IntArray = np.asarray(found, np.int64)
    near: NDArray[np.bool_] = np.asarray(distance) <= HINTERLAND_KM
    x, y = x[near], y[near]
    coast_km = coast.distance_km(*degrees(x, y, lon0, lat0))
    return _Land(x, y, column[near], row[near], island[near], area[nearest[near]], coast_km, step)


def _joined(land: _Land, own: IntArray, distance: FloatArray) -> IntArray:
    """Return those of the squares `own` that hang together by land with the one nearest to the settlement."""
    from scipy.ndimage import label

    if len(own) == 0:
        return own
    row, column = land.row[own] - land.row[own].min(), land.column[own] - land.column[own].min()
    mask = np.zeros((row.max() + 1, column.max() + 1), bool)
    mask[row, column] = True
    piece: IntArray = np.asarray(label(mask, structure=np.ones((3, 3)))[0], np.int64)[row, column]
    joined: IntArray = own[piece == piece[np.argmin(distance[own])]]
    return joined


def _urban(people: int, distance: FloatArray, own: IntArray, n: int, seed: int, settlement: int) -> IntArray:
    """Draw squares around the centre: a bell whose middle has the density of a town of that size."""
    density = TOWN_DENSITY_PER_KM2 * max(people / TOWN_PEOPLE, 1e-3) ** DENSITY_EXPONENT
    radius_squared = people / (np.pi * min(density, MAX_DENSITY_PER_KM2))
    weight = np.exp(-(distance**2) / max(radius_squared, 0.1) + distance.min() ** 2 / max(radius_squared, 0.1))
    draw = rng.stream(seed, 0, "growth.urban", settlement)
    return own[draw.choice(len(own), size=n, p=weight / weight.sum())]


def _rural(
    land: _Land, distance: FloatArray, own: IntArray, n: int, seed: int, settlement: int
) -> tuple[IntArray, FloatArray]:
    """Draw the hamlet of each rural section (its square) and the step from the hamlet's middle, km (n, 2)."""
    draw = rng.stream(seed, 0, "growth.rural", settlement)
    n_hamlets = max(1, round(n / HAMLET_SECTIONS))
    weight = np.exp(-distance / HINTERLAND_DECAY_KM)
    weight *= INLAND_FLOOR + np.exp(-land.coast_km[own] / COAST_DECAY_KM)
    hamlets = own[draw.choice(len(own), size=n_hamlets, p=weight / weight.sum())]
    return hamlets[draw.integers(n_hamlets, size=n)], draw.normal(0.0, HAMLET_RADIUS_KM, size=(n, 2))


def _on_land(
    land: _Land, coast: Coast, square: IntArray, spread: FloatArray, seed: int, lon0: float, lat0: float
) -> tuple[FloatArray, FloatArray]:
    """Return the points: square middle, plus step, plus a jitter inside the square, none in the sea."""
    x, y = land.x[square].copy(), land.y[square].copy()
    wet = np.arange(len(square))
    draw = rng.stream(seed, 0, "growth.place")
    for shrink in (1.0, 0.8, 0.6, 0.4, 0.2, 0.1, 0.0):
        jitter = draw.uniform(-land.step_km / 2, land.step_km / 2, size=(len(wet), 2))
        step = shrink * (jitter + spread[wet])
        x[wet], y[wet] = land.x[square[wet]] + step[:, 0], land.y[square[wet]] + step[:, 1]
        wet = wet[~coast.inside(*degrees(x[wet], y[wet], lon0, lat0))]
        if len(wet) == 0:
            break
    return x, y


def _share_out(customers: IntArray, settlement: IntArray, is_rural: NDArray[np.bool_], seed: int) -> IntArray:
    """Share each settlement's customers over its points, unevenly but to the last one."""
    draw = rng.stream(seed, 0, "growth.customers")
    weight = draw.gamma(1 / SECTION_CV**2, SECTION_CV**2, size=len(settlement))
    weight *= np.where(is_rural, RURAL_SECTION_FRACTION, 1.0)
    out = np.zeros(len(settlement), np.int64)
    start = np.flatnonzero(np.r_[True, settlement[1:] != settlement[:-1]])
    for a, b in zip(start, np.r_[start[1:], len(settlement)], strict=True):
        out[a:b] = largest_remainder(weight[a:b], int(customers[settlement[a]]))
    return out
