"""Units and plane geometry: the program counts in minutes, km, m/s and customers.

Only the readers (`scenario`, track and settlement files) convert on the way in and only `report`, `replay`
and `cli` on the way out.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import ArrayLike, NDArray

S_PER_MIN = 60.0
MIN_PER_H = 60.0
MIN_PER_DAY = 1440.0
MPS_PER_KT = 0.514444  # international knot, 1852 m/h
PA_PER_HPA = 100.0
KM_PER_NM = 1.852
EARTH_RADIUS_KM = 6371.0  # mean radius (IUGG)

FloatArray = NDArray[np.float64]


def minutes_since(start: datetime, instant: datetime) -> float:
    """Return minutes from `start` to `instant`, both with a time zone, as they pass (not as clocks are put)."""
    return (instant.astimezone(UTC) - start.astimezone(UTC)) / timedelta(minutes=1)


def instant_at(start: datetime, at_min: float, timezone: str) -> datetime:
    """Return the local instant `at_min` minutes after `start` in the named IANA zone."""
    return (start + timedelta(minutes=float(at_min))).astimezone(ZoneInfo(timezone))


def project_km(lon: ArrayLike, lat: ArrayLike, lon0: float, lat0: float) -> tuple[FloatArray, FloatArray]:
    """Project degrees to plane km east and north of (lon0, lat0), equirectangular about lat0.

    Within 150 km of the origin at latitude 35 distances are right to better than 2 %.
    """
    dlon = (np.asarray(lon, float) - lon0 + 180.0) % 360.0 - 180.0
    x = EARTH_RADIUS_KM * math.cos(math.radians(lat0)) * np.radians(dlon)
    y = EARTH_RADIUS_KM * np.radians(np.asarray(lat, float) - lat0)
    return x, y


def apart_km(dx: float, dy: float) -> float:
    """Return the length of one way (dx, dy), km: the C library's hypot, as NumPy's of two numbers, but without arrays."""
    return abs(complex(dx, dy))


def distance_km(lon1: ArrayLike, lat1: ArrayLike, lon2: ArrayLike, lat2: ArrayLike) -> FloatArray:
    """Return great-circle distances in km between points in degrees (haversine), broadcasting."""
    phi1, phi2 = np.radians(np.asarray(lat1, float)), np.radians(np.asarray(lat2, float))
    dlam = np.radians(np.asarray(lon2, float) - np.asarray(lon1, float))
    a = np.sin((phi2 - phi1) / 2) ** 2 + np.cos(phi1) * np.cos(phi2) * np.sin(dlam / 2) ** 2
    return np.asarray(2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.clip(a, 0.0, 1.0))))
