"""The track of one storm: fixes as reported, and the path between them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.errors import Problem
from sim.scenario.model import Scenario
from sim.units import EARTH_RADIUS_KM, MIN_PER_H, MPS_PER_KT, distance_km

FloatArray = NDArray[np.float64]

FAR_KM = 500.0  # a storm that stays farther from the whole network than this is not a drill of it
LANDFALL_H = 24.0  # the scenario's landfall lies within this of the closest pass


@dataclass(frozen=True)
class Track:
    """Fixes of one storm in order of time; arrays (n_fixes,).

    at_utc is datetime64[s]; lon is unwrapped (may exceed 180), degrees; vmax_mps is the greatest 10-minute
    mean wind at 10 m relative to the earth; pressure_hpa the central pressure; rmax_km is NaN where the file
    says nothing, and so is r50_km, the mean radius of winds of 50 kt in the agency's averaging time, which are 10-minute
    winds of r50_mps; None where the file has no such column.
    """

    name: str
    at_utc: NDArray[np.datetime64]
    lon: FloatArray
    lat: FloatArray
    vmax_mps: FloatArray
    pressure_hpa: FloatArray
    rmax_km: FloatArray
    file: str = "track"
    r50_km: FloatArray | None = None
    r50_mps: float = 50 * MPS_PER_KT

    def at(self, start: datetime) -> FloatArray:
        """Return the fixes' times in minutes since `start`."""
        zero = np.datetime64(start.astimezone(UTC).replace(tzinfo=None), "s")
        return np.asarray((self.at_utc - zero) / np.timedelta64(1, "m"))


@dataclass(frozen=True)
class Path:
    """The storm at given instants; arrays (n_t,). east_mps, north_mps are the storm's own velocity."""

    at: FloatArray
    lon: FloatArray
    lat: FloatArray
    east_mps: FloatArray
    north_mps: FloatArray
    vmax_mps: FloatArray
    pressure_hpa: FloatArray
    rmax_km: FloatArray


@dataclass(frozen=True)
class Pass:
    """Closest pass of a storm: `at` minutes since the start, `distance_km` from the nearest place."""

    at: float
    distance_km: float


def path(track: Track, start: datetime, at: ArrayLike) -> Path:
    """Return the storm at minutes `at` since `start`, held to the track's span.

    Position is a cubic through the fixes whose slope at a fix is that of the parabola through it and its two
    neighbours (Bessel), so that the velocity is continuous; intensity is linear between fixes.
    """
    fixes = track.at(start)
    t = np.clip(np.asarray(at, float), fixes[0], fixes[-1])
    lon, lon_slope = cubic(fixes, track.lon, t)
    lat, lat_slope = cubic(fixes, track.lat, t)
    m_per_deg = 1000 * EARTH_RADIUS_KM * np.pi / 180
    known = np.isfinite(track.rmax_km)
    return Path(
        at=t,
        lon=lon,
        lat=lat,
        east_mps=lon_slope / 60 * m_per_deg * np.cos(np.radians(lat)),
        north_mps=lat_slope / 60 * m_per_deg,
        vmax_mps=np.interp(t, fixes, track.vmax_mps),
        pressure_hpa=np.interp(t, fixes, track.pressure_hpa),
        rmax_km=np.interp(t, fixes[known], track.rmax_km[known]) if known.any() else np.full(t.shape, np.nan),
    )


def closest_pass(track: Track, start: datetime, lon: ArrayLike, lat: ArrayLike) -> Pass:
    """Return when, to 10 minutes, and how near the storm's centre comes to the nearest place (degrees)."""
    fixes = track.at(start)
    at = np.append(np.arange(fixes[0], fixes[-1], 10.0), fixes[-1])
    centre = path(track, start, at)
    # the storm is far from most of its life: look closely only where the rough distance to the middle is
    # small
    middle_lon, middle_lat, reach = around(lon, lat)
    rough = distance_km(centre.lon, centre.lat, middle_lon, middle_lat)
    near = np.flatnonzero(rough <= rough.min() + 2 * reach)
    nearest = distance_km(
        centre.lon[near, None], centre.lat[near, None], np.asarray(lon)[None, :], np.asarray(lat)[None, :]
    ).min(axis=1)
    first = int(np.argmin(nearest))
    return Pass(float(at[near[first]]), float(nearest[first]))


def around(lon: ArrayLike, lat: ArrayLike) -> tuple[float, float, float]:
    """Return a circle around places: longitude and latitude of its middle, and its radius in km."""
    lons, lats = np.asarray(lon, float), np.asarray(lat, float)
    middle_lon = float(lons[0] + np.mean((lons - lons[0] + 180.0) % 360.0 - 180.0))
    middle_lat = float(lats.mean())
    return middle_lon, middle_lat, float(distance_km(lons, lats, middle_lon, middle_lat).max())


def check_track(track: Track, scenario: Scenario, lon: ArrayLike, lat: ArrayLike) -> list[Problem]:
    """Return what makes the track useless for the scenario's time and for places at (lon, lat) degrees.

    It must overlap the scenario's time, come within 500 km of a place, make its closest pass within the
    scenario's time, and pass within 24 h of the scenario's landfall.
    """

    def problem(where: str, value: str, allowed: str) -> Problem:
        return Problem(track.file, where, value, allowed)

    def utc(at: float) -> str:
        return (scenario.start.astimezone(UTC) + timedelta(minutes=at)).strftime("%Y-%m-%d %H:%M UTC")

    fixes = track.at(scenario.start)
    span = f"{utc(fixes[0])} to {utc(fixes[-1])}"
    drill = f"{utc(0.0)} to {utc(scenario.horizon_min)}"
    if fixes[-1] <= 0 or fixes[0] >= scenario.horizon_min:
        return [problem(track.name, span, f"the storm's time overlaps the scenario's, {drill}")]
    closest = closest_pass(track, scenario.start, lon, lat)
    found = []
    if closest.distance_km > FAR_KM:
        near = f"{closest.distance_km:.0f} km at {utc(closest.at)}"
        found.append(problem(track.name, near, f"the storm comes within {FAR_KM:.0f} km of the network"))
    elif not 0 <= closest.at <= scenario.horizon_min:
        found.append(problem(track.name, utc(closest.at), f"the closest pass lies within the scenario's time, {drill}"))
    elif abs(closest.at - scenario.landfall_at) > LANDFALL_H * MIN_PER_H:
        landfall = utc(scenario.landfall_at)
        allowed = f"the scenario's landfall, {landfall}, lies within {LANDFALL_H:.0f} h of the closest pass"
        found.append(problem(track.name, utc(closest.at), allowed))
    return found


def shift(centre: Path, east_km: float | FloatArray, north_km: float | FloatArray) -> Path:
    """Return the path moved by the given km, the same at all instants or one per instant."""
    if not (np.any(east_km) or np.any(north_km)):
        return centre
    km_per_deg = EARTH_RADIUS_KM * np.pi / 180
    lat = np.clip(centre.lat + north_km / km_per_deg, -89.0, 89.0)
    lon = centre.lon + east_km / (km_per_deg * np.cos(np.radians(lat)))
    return replace(centre, lon=lon, lat=lat)


def cubic(x: FloatArray, y: FloatArray, at: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return value and slope at `at` of the cubic with Bessel slopes through (x, y), two points or more."""
    dx, rise = np.diff(x), np.diff(y) / np.diff(x)
    slope = np.empty_like(y)
    if len(x) == 2:
        slope[:] = rise[0]
    else:
        slope[1:-1] = (rise[:-1] * dx[1:] + rise[1:] * dx[:-1]) / (dx[:-1] + dx[1:])
        slope[0], slope[-1] = 2 * rise[0] - slope[1], 2 * rise[-1] - slope[-2]
    i = np.clip(np.searchsorted(x, at, side="right") - 1, 0, len(x) - 2)
    h, u = dx[i], (at - x[i]) / dx[i]
    a, b = h * (slope[i] - rise[i]), h * (rise[i] - slope[i + 1])
    value = (1 - u) * y[i] + u * y[i + 1] + u * (1 - u) * (a * (1 - u) + b * u)
    tilt = rise[i] + ((1 - 2 * u) * (a * (1 - u) + b * u) + u * (1 - u) * (b - a)) / h
    return value, tilt
