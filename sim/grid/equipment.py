"""What stands on the lines: devices and zones, poles, transformers, ties, critical customers.

The numbers named here are assumptions (grade X) unless a source is given; their means are keys of the
scenario. All functions take sections in feeder preorder with the customer-richest child first, so that a
feeder's main line is its leading run of sections.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim import rng
from sim.grid.demand import largest_remainder
from sim.grid.feeders import Water
from sim.grid.network import DEVICES, SELF_ACTING
from sim.scenario.model import Network as Config

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

CITY_PER_KM2, RURAL_PER_KM2 = (
    2000.0,
    200.0,
)  # people per km2, mean of 3 x 3 km, from which land is city, rural (X)
ROUTE_FACTOR = 1.25  # line along roads over straight distance (X)
SPAN_KM = np.array([0.030, 0.040, 0.045])  # between poles in city, rural, remote land (X; Japanese practice 30-40 m)
BRANCH_WEIGHT = np.array([1.0, 1.6, 2.2])  # poles of branches and low voltage per customer, by land class (X)
CUSTOMERS_PER_TRANSFORMER = np.array([30.0, 12.0, 6.0])  # by land class (X)
MAIN_LINE_SHARE = 0.5  # share of devices beyond the breaker that stand on the main line (X)
TIE_KM = 3.0  # ties are no longer (X)
TIE_CANDIDATES = 40

CRITICAL_KINDS: tuple[tuple[str, float, float, float], ...] = (
    # kind, share of critical customers, shortest and longest backup in hours: all X; hospitals up to the 72 h
    # that Japan asks of disaster hospitals, masts the 2-8 h after which networks fall silent
    ("hospital", 0.12, 24.0, 72.0),
    ("waterworks", 0.13, 8.0, 24.0),
    ("nursing_home", 0.25, 0.0, 6.0),
    ("shelter", 0.25, 0.0, 12.0),
    ("mast", 0.25, 2.0, 8.0),
)


def land_class(x: FloatArray, y: FloatArray, people: FloatArray) -> IntArray:
    """Return each section's land class from people per km2 in the 3 x 3 km around its square km."""
    column = np.floor(x - x.min()).astype(np.int64) + 1
    row = np.floor(y - y.min()).astype(np.int64) + 1
    shape = (int(row.max()) + 2, int(column.max()) + 2)
    grid = np.bincount(row * shape[1] + column, weights=people, minlength=shape[0] * shape[1]).reshape(shape)
    around = np.zeros(len(x))
    for down in (-1, 0, 1):
        for right in (-1, 0, 1):
            around += grid[row + down, column + right] / 9.0
    return np.where(around >= CITY_PER_KM2, 0, np.where(around >= RURAL_PER_KM2, 1, 2)).astype(np.int64)


def devices(config: Config, parent: IntArray, end: IntArray, feeder: IntArray) -> tuple[IntArray, BoolArray, IntArray]:
    """Return device code, whether it reports, and zone head of each section.

    A breaker at each head, reclosers (time-sequential sectionalisers) at even steps along the main line,
    fuses at the largest laterals, as many in all as leave `zone_sections` sections to a zone on average.
    Breakers always report, reclosers with `remote_fraction`, fuses never.
    """
    draw = rng.stream(config.seed, 0, "growth.devices")
    n = len(parent)
    head = np.flatnonzero(parent < 0)
    size = end[head] - head
    main, position, length = main_line(parent, head, feeder)
    lateral = ~main & (parent != np.arange(n) - 1)
    wanted = np.floor(np.maximum(size / config.zone_sections - 1, 0) + draw.random(len(head))).astype(np.int64)
    n_main = np.minimum(np.floor(MAIN_LINE_SHARE * wanted + draw.random(len(head))).astype(np.int64), length - 1)
    n_fuses = np.minimum(wanted - n_main, size - length)
    n_main = np.minimum(wanted - n_fuses, length - 1)
    parts, along = n_main[feeder] + 1, length[feeder]
    on_main = main & (position > 0) & (position * parts // along > (position - 1) * parts // along)
    order = np.lexsort((np.arange(n), -(end - np.arange(n)), ~lateral, main, feeder))  # laterals lead
    rank = np.empty(n, np.int64)
    rank[order] = np.arange(n) - head[feeder[order]]
    device = np.zeros(n, np.int64)
    device[rank < n_fuses[feeder]] = DEVICES.index("fuse")
    device[on_main] = DEVICES.index("recloser")
    device[head] = DEVICES.index("breaker")
    remote = draw.random(n) < config.remote_fraction
    reports = (device == DEVICES.index("breaker")) | ((device == DEVICES.index("recloser")) & remote)
    return device, reports, zones(parent, device)


def main_line(parent: IntArray, head: IntArray, feeder: IntArray) -> tuple[BoolArray, IntArray, IntArray]:
    """Return who is on the main line, places counted from the head, and sections of each main line."""
    n = len(parent)
    index = np.arange(n)
    broken = np.where((parent != index - 1) & (parent >= 0), index, n)
    stop = np.minimum(np.minimum.reduceat(broken, head), np.append(head[1:], n))
    position = index - head[feeder]
    return index < stop[feeder], position, stop - head


def zones(parent: IntArray, device: IntArray) -> IntArray:
    """Return for each section the nearest section upstream, or itself, whose device cuts off a fault by itself."""
    zone: list[int] = []
    for i, (up, code) in enumerate(zip(parent.tolist(), device.tolist(), strict=True)):
        zone.append(i if SELF_ACTING[code] else zone[up])
    return np.array(zone, np.int64)


def poles(config: Config, straight_km: FloatArray, customers: IntArray, land: IntArray) -> tuple[IntArray, FloatArray]:
    """Return poles and line length (km, branches included) of each section; poles sum exactly.

    Poles follow the main route; what the scenario's total leaves over stands on branches, in proportion to
    customers and more to a customer where land is empty.
    """
    route_km = ROUTE_FACTOR * straight_km
    on_route = route_km / SPAN_KM[land]
    total = round(config.poles_per_customer * config.customers)
    each = 1 if total >= len(land) else 0
    branch = customers * BRANCH_WEIGHT[land]
    left = max(0.0, total - each * len(land) - float(on_route.sum()))
    on_branch = branch * (left / branch.sum())
    n_poles: IntArray = each + largest_remainder(on_route + on_branch, total - each * len(land))
    return n_poles, np.maximum(route_km, n_poles * SPAN_KM[land])


def transformers(customers: IntArray, land: IntArray) -> IntArray:
    """Return pole transformers of each section: one for so many customers by land class, rounded up."""
    return np.asarray(np.ceil(customers / CUSTOMERS_PER_TRANSFORMER[land]), dtype=np.int64)


def ties(
    config: Config,
    parent: IntArray,
    feeder: IntArray,
    x: FloatArray,
    y: FloatArray,
    clear_km: FloatArray,
    water: Water,
) -> IntArray:
    """Return normally-open ties (n_ties, 2): short ones between the outer main lines of neighbouring feeders.

    Every feeder's nearest neighbours come first, until feeders have `ties_per_feeder` on average; a tie
    counts for both its feeders. x, y (n_sections,) are downstream ends, clear_km their distance from any
    coast.
    """
    from scipy.spatial import cKDTree

    head = np.flatnonzero(parent < 0)
    main, position, length = main_line(parent, head, feeder)
    (outer,) = np.nonzero(main & (2 * position >= length[feeder] - 1))
    n_wanted = round(config.ties_per_feeder * len(head) / 2)
    k = min(TIE_CANDIDATES, len(outer))
    if n_wanted == 0 or k < 2:
        return np.zeros((0, 2), np.int64)
    spots = np.stack([x[outer], y[outer]], axis=1)
    gap, near = cKDTree(spots).query(spots, k=k)
    a, b, gap = np.repeat(outer, k), outer[np.ravel(near)], np.ravel(gap)
    a, b = np.minimum(a, b), np.maximum(a, b)
    keep = (feeder[a] != feeder[b]) & (gap <= TIE_KM)
    a, b, gap = a[keep], b[keep], gap[keep]
    order = np.lexsort((b, a, gap, feeder[b], feeder[a]))
    a, b, gap = a[order], b[order], gap[order]
    pair = feeder[a] * len(head) + feeder[b]
    nearest = np.diff(pair, prepend=-1) > 0  # the pairs stand in order, the shortest gap of each first
    a, b, gap = a[nearest], b[nearest], gap[nearest]
    dry = ~water.between(x[a], y[a], clear_km[a], x[b], y[b], clear_km[b])
    a, b, gap = a[dry], b[dry], gap[dry]
    best = np.minimum(_rank(feeder[a], gap), _rank(feeder[b], gap))
    chosen = np.sort(np.lexsort((b, a, gap, best))[:n_wanted])
    return np.stack([a[chosen], b[chosen]], axis=1)


def _rank(group: IntArray, value: FloatArray) -> IntArray:
    """Return the rank of each value within its group, 0 for the smallest."""
    order = np.lexsort((value, group))
    sorted_group = group[order]
    rank = np.empty(len(group), np.int64)
    rank[order] = np.arange(len(group)) - np.searchsorted(sorted_group, sorted_group)
    return rank


def critical(
    config: Config, customers: IntArray, place: NDArray[np.str_]
) -> tuple[IntArray, NDArray[np.str_], NDArray[np.str_], FloatArray]:
    """Return section, name, kind and backup minutes of critical customers, drawn by customers.

    place (n_sections,) names the municipality, for the names.
    """
    draw = rng.stream(config.seed, 0, "growth.critical")
    n = round(config.critical_per_100k * config.customers / 100_000)
    share = np.array([row[1] for row in CRITICAL_KINDS])
    low, high = (np.array([row[i] for row in CRITICAL_KINDS]) for i in (2, 3))
    kind = np.repeat(np.arange(len(share)), largest_remainder(share, n))
    section = draw.choice(len(customers), size=n, p=customers / customers.sum())
    backup_min = np.round(60.0 * draw.uniform(low[kind], high[kind]))
    names: list[str] = []
    count: dict[str, int] = {}
    for s, k in zip(section, kind, strict=True):
        stem = f"{place[s]}-{CRITICAL_KINDS[k][0]}"
        count[stem] = count.get(stem, 0) + 1
        names.append(f"{stem}-{count[stem]}")
    kinds = np.array([row[0] for row in CRITICAL_KINDS], dtype=np.str_)[kind]
    return section.astype(np.int64), np.array(names, dtype=np.str_), kinds, backup_min
