"""The city on which the benchmarks run: radial feeders on a lattice, faults laid down by hand, crews day and night."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim import rng
from sim.damage import WORK_CLASSES, Drawn, Faults
from sim.factors import NOMINAL
from sim.grid.network import DEVICES, LAND_CLASSES, Network
from sim.scenario.model import Scenario
from sim.scenario.plans import Plan
from sim.units import project_km
from tests.tiny import calm_wind, tiny_scenario

N_FEEDERS, N_IN_FEEDER, N_FAULTS, N_CREWS = 400, 50, 5_000, 300
N_CUSTOMERS = 1_000_000
SEED = 7
_FEEDER_KM, _STEP_KM, _LON0, _LAT0 = 2.0, 0.2, 140.0, 35.5
_LATERAL = 5  # every fifth trunk section carries a lateral of that many sections


def network(n_customers: int = N_CUSTOMERS) -> Network:
    """Return 400 feeders of 50 sections: trunks of 25 with a lateral of 5 after every fifth.

    A breaker at the feeder's head, a recloser in the middle of the trunk and fuses at laterals; fuses do not report.
    """
    parent, device, x, y = _feeder()
    n = N_FEEDERS * N_IN_FEEDER
    first = np.repeat(np.arange(N_FEEDERS) * N_IN_FEEDER, N_IN_FEEDER)
    up = np.tile(parent, N_FEEDERS)
    up = np.where(up >= 0, up + first, -1)
    codes = np.tile(device, N_FEEDERS)
    zone = np.arange(n)
    for i in np.flatnonzero(codes == 0).tolist():
        zone[i] = zone[up[i]]
    end = np.arange(1, n + 1)
    for i in range(n - 1, -1, -1):
        if up[i] >= 0:
            end[up[i]] = max(end[up[i]], end[i])
    feeder = first // N_IN_FEEDER
    side = int(np.sqrt(N_FEEDERS))
    mid_x = np.tile(x, N_FEEDERS) + (feeder % side) * _FEEDER_KM
    mid_y = np.tile(y, N_FEEDERS) + (feeder // side) * _FEEDER_KM
    customers = np.full(n, n_customers // n, np.int64)
    lon = _LON0 + mid_x / float(project_km(_LON0 + 1.0, _LAT0, _LON0, _LAT0)[0])
    lat = _LAT0 + mid_y / float(project_km(_LON0, _LAT0 + 1.0, _LON0, _LAT0)[1])
    assets = np.full(n, 10, np.int64)
    zero, one, none = np.zeros(1, np.int64), np.zeros(1), np.empty(0, np.str_)
    return Network(
        name=np.array([f"s{i}" for i in range(n)]), parent=up, end=end, feeder=feeder, zone=zone, device=codes,
        reports=(codes == DEVICES.index("breaker")) | (codes == DEVICES.index("recloser")),
        length_km=np.full(n, _STEP_KM), n_poles=assets, n_spans=assets, n_transformers=assets, customers=customers,
        business=np.zeros(n, np.int64), lon=lon, lat=lat, x0=mid_x, y0=mid_y, x1=mid_x, y1=mid_y,
        area=np.zeros(n, np.int64), land_class=np.full(n, LAND_CLASSES.index("city"), np.int64),
        cell=np.zeros(n, np.int64), lon0=_LON0, lat0=_LAT0, area_name=np.array(["city"]),
        area_lon=one + _LON0, area_lat=one + _LAT0, area_population=np.array([n_customers]),
        cell_lon=one + _LON0, cell_lat=one + _LAT0, cell_x=one, cell_y=one, cell_land=zero, cell_coast_km=one + 50.0,
        feeder_name=np.array([f"f{f}" for f in range(N_FEEDERS)]), feeder_substation=np.zeros(N_FEEDERS, np.int64),
        substation_name=np.array(["substation"]), substation_lon=one + _LON0, substation_lat=one + _LAT0,
        tie=np.empty((0, 2), np.int64), critical_section=np.empty(0, np.int64), critical_name=none,
        critical_kind=none, critical_backup_min=np.empty(0),
    )  # fmt: skip


def _feeder() -> tuple[np.ndarray[Any, Any], ...]:
    """Return parent, device code, x and y of one feeder's sections, in preorder."""
    parent, device, x, y, trunk = [], [], [], [], -1
    for step in range(N_IN_FEEDER // 2):
        name = "breaker" if step == 0 else "recloser" if step == N_IN_FEEDER // 4 else "none"
        parent.append(trunk)
        device.append(name)
        x.append(step * _STEP_KM / 3)
        y.append(0.0)
        trunk = len(parent) - 1
        if step % _LATERAL == _LATERAL - 1:
            for i in range(_LATERAL):
                parent.append(trunk if i == 0 else len(parent) - 1)
                device.append("fuse" if i == 0 else "none")
                x.append(step * _STEP_KM / 3)
                y.append((i + 1) * _STEP_KM)
    codes = np.array([DEVICES.index(name) for name in device], np.int64)
    return np.array(parent, np.int64), codes, np.array(x), np.array(y)


def scenario(n_customers: int = N_CUSTOMERS) -> Scenario:
    """Return the city's scenario: what only the product has is switched off (see `city.SWITCHED_OFF`)."""
    crews, size = {"shift_start": "00:00", "shift_h": 24.0}, max(1, n_customers // N_CUSTOMERS)
    return tiny_scenario(
        name="city", horizon_h=336.0, network={"customers": n_customers},
        crews={
            "line": {"kind": "line", "count": 200, **crews},
            "patrol": {"kind": "patrol", "count": N_CREWS - 200, **crews},
        },
        depots={f"d{i}": {"lon": _LON0 + 0.08 + 0.28 * (i % 2), "lat": _LAT0 + 0.06 + 0.24 * (i // 2)} for i in range(4)},
        work={"duration_log_sd": 0.6}, dispatch={"rule": "customers_per_hour"}, etr={"policy": "none"},
        hotline={
            "agents": 130 * size, "night_agents": 80 * size, "trunks": 380 * size,
            "handling_s": 240.0, "seats": 200 * size,
        },
    )  # fmt: skip


def plan(settings: Scenario) -> Plan:
    """Return the plan that does what the scenario says."""
    return Plan("base", "", settings, ())


def drawn(n_customers: int = N_CUSTOMERS, n_faults: int = N_FAULTS, replication: int = 0) -> Drawn:
    """Return nature's draws: faults at random sections within six hours before landfall, in calm air."""
    settings, net = scenario(n_customers), network(n_customers)
    at = np.sort(360.0 * rng.uniforms(SEED, replication, "city.at", np.arange(n_faults)))
    section = (net.n_sections * rng.uniforms(SEED, replication, "city.section", np.arange(n_faults))).astype(np.int64)
    work = (len(WORK_CLASSES) * rng.uniforms(SEED, replication, "city.work", np.arange(n_faults))).astype(np.int64)
    given = Faults(
        at=at, section=section, work=work, blocked_by_tree=np.zeros(n_faults, bool),
        difficulty=rng.normals(SEED, replication, "city.difficulty", np.arange(n_faults)),
        hard_access=np.zeros(n_faults, bool), n_poles_broken=int((work == WORK_CLASSES.index("pole")).sum()),
    )  # fmt: skip
    return Drawn(settings, net, NOMINAL, calm_wind(net, settings), SEED, replication, given)
