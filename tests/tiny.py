"""Tiny worlds for tests: a network from a list of parents, a plain scenario, wind and faults as given.

Everything that a test does not name has a plain value: one km of line per section with 20 poles, no spread
between replications, crews on duty day and night.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from sim.grid.network import DEVICES, LAND_CLASSES, SELF_ACTING, Network
from sim.scenario.model import Scenario
from sim.units import EARTH_RADIUS_KM

LON0, LAT0 = 140.0, 35.5
_KM_PER_DEG = EARTH_RADIUS_KM * np.pi / 180


def tiny_network(
    parent: Sequence[int],
    customers: Sequence[int],
    device: Sequence[str] | None = None,
    reports: Sequence[bool] | None = None,
    area: Sequence[int] | None = None,
    n_areas: int = 1,
    length_km: float | Sequence[float] = 1.0,
    x: Sequence[float] | None = None,
    y: Sequence[float] | None = None,
    critical: Sequence[tuple[int, float]] = (),
    land: str | Sequence[str] = "rural",
    poles: int | Sequence[int] = 20,
    spans: int | Sequence[int] | None = None,
    transformers: int | Sequence[int] = 4,
    tie: Sequence[tuple[int, int]] = (),
    coast_km: float = 50.0,
    business: Sequence[int] | None = None,
) -> Network:
    """Return a network of sections in feeder preorder.

    `device` defaults to a breaker at feeder heads and none elsewhere, `reports` to True at breakers; `x`, `y`
    are the middles of the sections in km from (140 E, 35.5 N), by default 0. `critical` holds pairs (section,
    backup minutes). Each section has a wind cell of its own.
    """
    n = len(parent)
    up = np.array(parent, np.int64)
    assert all(-1 <= p < i for i, p in enumerate(parent)), "a parent comes before its children"
    end = np.arange(1, n + 1)
    for i in range(n - 1, -1, -1):
        if up[i] >= 0:
            end[up[i]] = max(end[up[i]], end[i])
    trail: list[int] = []
    for i, p in enumerate(parent):
        while trail and trail[-1] != p:
            trail.pop()
        assert p < 0 or trail, f"not in preorder: section {i} does not hang at the branch before it"
        trail.append(i)
    names = list(device) if device is not None else ["breaker" if p < 0 else "none" for p in parent]
    codes = np.array([DEVICES.index(name) for name in names], np.int64)
    assert all(codes[i] for i in range(n) if parent[i] < 0), "a feeder head has a device"
    zone, feeder, n_feeders = np.empty(n, np.int64), np.empty(n, np.int64), 0
    for i in range(n):
        zone[i] = i if SELF_ACTING[codes[i]] else zone[up[i]]
        feeder[i] = feeder[up[i]] if up[i] >= 0 else n_feeders
        n_feeders += int(up[i] < 0)
    mid_x, mid_y = _full(n, 0.0 if x is None else x), _full(n, 0.0 if y is None else y)
    length = _full(n, length_km)
    lon = LON0 + mid_x / (_KM_PER_DEG * np.cos(np.radians(LAT0)))
    lat = LAT0 + mid_y / _KM_PER_DEG
    lands = [land] * n if isinstance(land, str) else list(land)
    land_class = np.array([LAND_CLASSES.index(name) for name in lands], np.int64)
    n_poles = _whole(n, poles)
    areas = np.array(area if area is not None else [0] * n, np.int64)
    people = np.array(customers, np.int64)
    return Network(
        name=np.array([f"s{i}" for i in range(n)]),
        parent=up,
        end=end.astype(np.int64),
        feeder=feeder,
        zone=zone,
        device=codes,
        reports=np.array(reports, bool) if reports is not None else codes == DEVICES.index("breaker"),
        length_km=length,
        n_poles=n_poles,
        n_spans=n_poles.copy() if spans is None else _whole(n, spans),
        n_transformers=_whole(n, transformers),
        customers=people,
        business=np.zeros(n, np.int64) if business is None else np.array(business, np.int64),
        lon=lon,
        lat=lat,
        x0=mid_x - length / 2,
        y0=mid_y.copy(),
        x1=mid_x + length / 2,
        y1=mid_y.copy(),
        area=areas,
        land_class=land_class,
        cell=np.arange(n, dtype=np.int64),
        lon0=LON0,
        lat0=LAT0,
        area_name=np.array([f"area{a}" for a in range(n_areas)]),
        area_lon=np.full(n_areas, LON0),
        area_lat=np.full(n_areas, LAT0),
        area_population=np.array([people[areas == a].sum() for a in range(n_areas)], np.int64),
        cell_lon=lon.copy(),
        cell_lat=lat.copy(),
        cell_x=mid_x.copy(),
        cell_y=mid_y.copy(),
        cell_land=land_class.copy(),
        cell_coast_km=np.full(n, coast_km),
        feeder_name=np.array([f"f{f}" for f in range(n_feeders)]),
        feeder_substation=np.zeros(n_feeders, np.int64),
        substation_name=np.array(["substation"]),
        substation_lon=np.array([LON0]),
        substation_lat=np.array([LAT0]),
        tie=np.array(tie, np.int64).reshape(-1, 2),
        critical_section=np.array([s for s, _ in critical], np.int64),
        critical_name=np.array([f"c{i}" for i in range(len(critical))], dtype=np.str_),
        critical_kind=np.array(["hospital"] * len(critical), dtype=np.str_),
        critical_backup_min=np.array([b for _, b in critical], float),
    )


def tiny_scenario(**overrides: Any) -> Scenario:
    """Return a scenario of 240 h from midnight, landfall at 06:00, without spread; tables merge into it.

    One depot 'd' at the network's origin, one line crew and one patrol on duty at all hours, one plan 'base'.
    """
    base: dict[str, Any] = {
        "name": "tiny",
        "timezone": "Asia/Tokyo",
        "start": "2020-08-01T00:00:00+09:00",
        "landfall": "2020-08-01T06:00:00+09:00",
        "horizon_h": 240.0,
        "seed": 1,
        "reference_plan": "base",
        "storm": {"track": "track.csv", "intensity_sd": 0.0, "track_sd_km": 0.0, "gust_residual_sd": 0.0},
        "network": {"settlements": "settlements.csv", "coast": "coast.geojson", "customers": 1000},
        "damage": {"fragility_log_sd": 0.0},
        "work": {
            "duration_log_sd": 0.0,
            "hard_access_fraction": 0.0,
            "repair_level_log_sd": 0.0,
            "travel_level_log_sd": 0.0,
            "first_day_speed_fraction": 1.0,
        },
        "customers": {"burst_cv": 0.0},
        "depots": {"d": {"lon": LON0, "lat": LAT0}},
        "crews": {
            "line": {"kind": "line", "count": 1, "shift_start": "00:00", "shift_h": 24.0},
            "patrol": {"kind": "patrol", "count": 1, "shift_start": "00:00", "shift_h": 24.0},
        },
        "plans": {"base": {}},
    }
    return Scenario.model_validate(_merged(base, overrides))


def calm_wind(network: Network, scenario: Scenario) -> Any:
    """Return a wind field of zeros from the scenario's start to its end at every wind cell."""
    from sim.storm import WindField

    calm = np.zeros((2, len(network.cell_lon)), np.float32)
    return WindField(np.array([0.0, scenario.horizon_min]), calm, scenario.storm.gust_factor)


def wind_of(network: Network, scenario: Scenario, at: Sequence[float], gust: Sequence[Any]) -> Any:
    """Return a wind field with the given gusts, (n_t,) alike everywhere or (n_t, n_cells)."""
    from sim.storm import WindField

    values = np.array(gust, np.float32)
    if values.ndim == 1:
        values = np.repeat(values[:, None], len(network.cell_lon), axis=1)
    return WindField(np.array(at, float), values, scenario.storm.gust_factor)


def tiny_drawn(
    network: Network,
    scenario: Scenario | None = None,
    wind: Any = None,
    given: Any = None,
    seed: int = 1,
    replication: int = 0,
) -> Any:
    """Return nature's draws with nominal shared factors, in calm air unless `wind` is given.

    `given` are faults that happen instead of those that the wind would cause.
    """
    from sim.damage import Drawn
    from sim.factors import NOMINAL

    scenario = scenario or tiny_scenario()
    return Drawn(scenario, network, NOMINAL, wind or calm_wind(network, scenario), seed, replication, given)


def tiny_faults(*rows: tuple[Any, ...]) -> Any:
    """Return faults of rows (at, section[, work class[, blocked by a tree[, difficulty[, hard access]]]])."""
    from sim.damage import WORK_CLASSES, Faults

    plain: tuple[Any, ...] = (0.0, 0, "wire", False, 0.0, False)
    full = sorted((row + plain[len(row) :] for row in rows), key=lambda row: (row[0], row[1]))
    columns = list(zip(*full, strict=True)) if full else [()] * len(plain)
    work = np.array([WORK_CLASSES.index(w) for w in columns[2]], np.int64)
    return Faults(
        at=np.array(columns[0], float),
        section=np.array(columns[1], np.int64),
        work=work,
        blocked_by_tree=np.array(columns[3], bool),
        difficulty=np.array(columns[4], float),
        hard_access=np.array(columns[5], bool),
        n_poles_broken=int((work == WORK_CLASSES.index("pole")).sum()),
    )


def _full(n: int, value: float | Sequence[float]) -> Any:
    return np.broadcast_to(np.asarray(value, float), (n,)).copy()


def _whole(n: int, value: int | Sequence[int]) -> Any:
    return np.broadcast_to(np.asarray(value, np.int64), (n,)).copy()


def _merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    out = dict(base)
    for name, value in over.items():
        both = isinstance(value, Mapping) and isinstance(out.get(name), Mapping)
        out[name] = _merged(out[name], value) if both else value
    return out
