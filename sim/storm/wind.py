"""The wind field: gusts at places over time, from a track, the scenario and one replication's shared factors.

Best-track intensity already contains the decay over land, so land means roughness only.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.factors import Factors
from sim.scenario.model import Scenario, Storm
from sim.storm import profile
from sim.storm.forecast import as_it_comes
from sim.storm.residual import residual
from sim.storm.size import SURFACE_SHARE, deficit_hpa, rmax_km, vortex
from sim.storm.track import Path, Track, around, path
from sim.units import EARTH_RADIUS_KM, distance_km

FloatArray = NDArray[np.float64]

REACH_KM = 400.0  # the field is kept while the centre is within this of a place; before and after the air is calm
NEAR_KM = 50.0  # nearer than this the time step is FINER times as short
FINER = 4
COAST_KM = 5.0  # the sea wind reaches this far inland


@dataclass(frozen=True)
class WindField:
    """Gusts at places: `at` (n_t,) minutes since the start, not evenly spaced; `gust` (n_t, n_points).

    Gusts are 3-second, m/s at 10 m, linear between the instants; before the first and after the last it is
    calm. A storm that never comes near leaves no instants.
    """

    at: FloatArray
    gust: NDArray[np.float32]
    gust_factor: float

    @property
    def mean(self) -> NDArray[np.float32]:
        """10-minute mean wind, m/s, (n_t, n_points)."""
        return np.asarray(self.gust / np.float32(self.gust_factor))

    @property
    def peak(self) -> FloatArray:
        """Greatest gust at each place, m/s, (n_points,)."""
        return np.asarray(np.max(self.gust, axis=0, initial=0.0), np.float64)


def wind_at(
    track: Track,
    scenario: Scenario,
    factors: Factors,
    lon: ArrayLike,
    lat: ArrayLike,
    land_class: ArrayLike,
    coast_km: ArrayLike,
    seed: int,
    replication: int,
) -> WindField:
    """Return the gusts at places (degrees), whose land classes and distances to the open coast are given.

    gust = 10-minute mean over the sea x land wind fraction x gust factor x land share x intensity x (1 +
    residual). The symmetric vortex is Holland's (1980) gradient wind, scaled so that with the storm's own
    motion the greatest 10-minute mean wind over the sea is the track's. Holland (1980) and not Holland et al.
    (2010), because that needs an outer wind radius, which few tracks give.
    """
    storm = scenario.storm
    lon, lat = np.asarray(lon, float), np.asarray(lat, float)
    at = _instants(track, scenario, factors, lon, lat, seed, replication)
    share = land_share(storm, land_class, coast_km) * storm.gust_factor * factors.intensity
    share *= storm.land_wind_fraction
    if storm.gust_residual_sd > 0 and len(at):
        lat0 = float(path(track, scenario.start, np.array([scenario.landfall_at])).lat[0])
        local = residual(lon, lat, lat0, storm.gust_residual_km, seed, replication)
        share = share * np.maximum(1.0 + storm.gust_residual_sd * local, 0.1)
    if not len(at):
        return WindField(at, np.zeros((0, len(lon)), np.float32), storm.gust_factor)
    centre = as_it_comes(track, scenario, factors, seed, replication, at)
    mean = mean_wind(centre, storm, lon, lat)
    return WindField(at, (mean * share).astype(np.float32), storm.gust_factor)


def land_share(storm: Storm, land_class: ArrayLike, coast_km: ArrayLike) -> FloatArray:
    """Return the gust over that in open land, from codes into LAND_CLASSES and km to the open coast.

    Rural and remote places count as towns and woods. Within 5 km of the coast every class is raised in the
    proportion of the scenario's coast to its town share.
    """
    by_class = np.array([storm.city_gust_fraction, storm.town_gust_fraction, storm.town_gust_fraction])
    raised = np.where(np.asarray(coast_km) <= COAST_KM, storm.coast_gust_fraction / storm.town_gust_fraction, 1.0)
    return np.asarray(by_class[np.asarray(land_class)] * raised)


def mean_wind(centre: Path, storm: Storm, lon: FloatArray, lat: FloatArray) -> FloatArray:
    """Return the 10-minute mean wind over the sea, for which the track's winds stand, m/s, (n_t, n_points).

    To the vortex wind, along the circles about the centre, the storm's own velocity times
    `translation_fraction` is added as a vector; it fades with distance as the vortex wind does (Jelesnianski
    1966 has its fading alike). The greatest wind of that sum, on the right-hand side in the north, is the
    track's, since the same share of the motion was first taken off it.
    """
    motion, fraction, top = vortex(centre, storm)
    rmax = rmax_km(centre, storm)
    f = profile.coriolis(centre.lat)
    deficit = deficit_hpa(centre, storm)
    b = profile.holland_b(top / SURFACE_SHARE, deficit, rmax, f)
    at_rmax = profile.holland_1980(rmax, rmax, b, deficit, f)
    east, north = _offsets_km(centre, lon, lat)
    r = np.sqrt(east * east + north * north)
    column = (slice(None), None)
    shape = profile.holland_1980(r, rmax[column], b[column], deficit[column], f[column])
    shape *= (1 / at_rmax)[column]
    # the wind blows anticlockwise in the north, clockwise in the south: its share along the storm's own
    # motion
    turn = np.where(centre.lat >= 0, fraction, -fraction)
    along = (turn * centre.north_mps)[column] * east
    along -= (turn * centre.east_mps)[column] * north
    along /= np.maximum(r, 1e-9)
    along *= (2 * top)[column]
    along += (top**2 + (fraction * motion) ** 2)[column]
    return np.asarray(shape * np.sqrt(np.maximum(along, 0.0)))


def _instants(
    track: Track,
    scenario: Scenario,
    factors: Factors,
    lon: FloatArray,
    lat: FloatArray,
    seed: int,
    replication: int,
) -> FloatArray:
    """Return the field's instants: multiples of the step within reach, finer while the centre is near.

    The finer step keeps the peak gust, on which the number of faults depends steeply, free of the step's
    length.
    """
    fixes = track.at(scenario.start)
    step = scenario.storm.step_min
    first, last = max(0.0, fixes[0]), min(scenario.horizon_min, fixes[-1])
    if not len(lon) or last <= first:
        return np.zeros(0)
    fine = step / FINER
    number = np.arange(math.ceil(first / fine), math.floor(last / fine) + 1)
    centre = as_it_comes(track, scenario, factors, seed, replication, number * fine)
    middle_lon, middle_lat, spread = around(lon, lat)
    away = distance_km(centre.lon, centre.lat, middle_lon, middle_lat) - spread
    kept = (away <= REACH_KM) & ((number % FINER == 0) | (away <= NEAR_KM))
    return np.asarray(number[kept] * fine)


def _offsets_km(centre: Path, lon: FloatArray, lat: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return km east and north of the centre, (n_t, n_points): equirectangular at the latitude between."""
    a, b = np.radians(centre.lat)[:, None], np.radians(lat)[None, :]
    # cosine of the mean latitude without a cosine per pair
    cosine = np.cos(a / 2) * np.cos(b / 2) - np.sin(a / 2) * np.sin(b / 2)
    near = np.radians(centre.lon[0] + (lon - centre.lon[0] + 180.0) % 360.0 - 180.0)
    return EARTH_RADIUS_KM * cosine * (near[None, :] - np.radians(centre.lon)[:, None]), EARTH_RADIUS_KM * (b - a)
