"""Radial wind profiles of a tropical cyclone and the formulas around them; free functions of arrays.

Lengths in km, pressures in hPa, speeds in m/s, densities in kg/m3, Coriolis parameters in 1/s.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.units import MPS_PER_KT, PA_PER_HPA

FloatArray = NDArray[np.float64]

AIR_DENSITY = 1.15  # kg/m3, surface air in a tropical cyclone (Holland 1980)
B_RANGE = (1.0, 2.5)  # Holland (1980): the range of B in real storms
EARTH_ROTATION = 7.2921e-5  # rad/s
M_PER_KM = 1000.0

# 10-minute over 1-minute mean at sea: 0.93, World Meteorological Organization guideline (Harper et al. 2010).
# That guideline names no 2-minute number for storm intensity; 0.95 lies between by the logarithm of the
# averaging time.
TEN_MINUTE_SHARE = {10: 1.0, 2: 0.95, 1: 0.93}


def coriolis(lat: ArrayLike) -> FloatArray:
    """Return the size of the Coriolis parameter, 2 omega |sin(lat)|, 1/s."""
    return np.asarray(2 * EARTH_ROTATION * np.abs(np.sin(np.radians(np.asarray(lat, float)))))


def holland_1980(
    r_km: ArrayLike,
    rmax_km: ArrayLike,
    b: ArrayLike,
    deficit_hpa: ArrayLike,
    f: ArrayLike = 0.0,
    rho: float = AIR_DENSITY,
) -> FloatArray:
    """Return the gradient wind at radius `r_km` (Holland 1980, eq. 4); all arguments broadcast.

    v = sqrt(B deficit / rho (rmax / r)^B exp(-(rmax / r)^B) + (r f / 2)^2) - r f / 2, calm at the centre.
    With f = 0 it is the cyclostrophic wind. NaN radii stay NaN.
    """
    r, shape = np.asarray(r_km, float), np.asarray(b, float)
    half = r * (np.asarray(f) * (M_PER_KM / 2))
    with np.errstate(divide="ignore", over="ignore"):
        # within a ten-thousandth of rmax the air is calm, and the ratio would overflow
        ratio = np.exp(-shape * np.log(np.maximum(r, np.asarray(rmax_km) * 1e-4) / rmax_km))
        push = (shape * np.asarray(deficit_hpa) * (PA_PER_HPA / rho)) * ratio
        push *= np.exp(-ratio)
    return np.asarray(np.sqrt(push + half * half) - half)


def holland_b(
    vmax_mps: ArrayLike,
    deficit_hpa: ArrayLike,
    rmax_km: ArrayLike = 0.0,
    f: ArrayLike = 0.0,
    rho: float = AIR_DENSITY,
    limits: tuple[float, float] = B_RANGE,
) -> FloatArray:
    """Return Holland's B for which the gradient wind at rmax is `vmax_mps`, held within `limits`.

    B = rho e v (v + rmax f) / deficit (Holland 1980, eq. 5; with f = 0 the cyclostrophic form rho e v^2 /
    deficit).
    """
    v = np.asarray(vmax_mps, float)
    balance = v * (v + np.asarray(rmax_km) * M_PER_KM * np.asarray(f))
    b = rho * math.e * balance / (np.asarray(deficit_hpa, float) * PA_PER_HPA)
    return np.asarray(np.clip(b, *limits))


def vmax_from_b(b: ArrayLike, deficit_hpa: ArrayLike, rho: float = AIR_DENSITY) -> FloatArray:
    """Return the greatest cyclostrophic wind, sqrt(B deficit / (rho e)) (Holland 1980, eq. 5)."""
    return np.asarray(np.sqrt(np.asarray(b, float) * np.asarray(deficit_hpa) * PA_PER_HPA / (rho * math.e)))


def holland_2010(r_km: ArrayLike, rmax_km: float, vmax_mps: float, b: float, x: ArrayLike) -> FloatArray:
    """Return the surface wind v = vmax ((rmax / r)^b exp(1 - (rmax / r)^b))^x (Holland et al. 2010)."""
    r = np.asarray(r_km, float)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        ratio = (rmax_km / r) ** b
        speed = vmax_mps * (ratio * np.exp(1 - ratio)) ** np.asarray(x)
    return np.asarray(np.where(r == 0.0, 0.0, speed))


def holland_2010_x(
    r_km: ArrayLike,
    rmax_km: float,
    vmax_mps: float,
    b: float,
    outer_km: float = 300.0,
    outer_mps: float = 17.0,
) -> FloatArray:
    """Return the exponent x: 0.5 within rmax, beyond it linear in r so that v(outer_km) = outer_mps.

    Holland et al. (2010), eq. 10; without an observed outer wind, 17 m/s at 300 km.
    """
    r = np.asarray(r_km, float)
    ratio = (rmax_km / outer_km) ** b
    x_outer = math.log(outer_mps / vmax_mps) / math.log(ratio * math.exp(1 - ratio))
    return 0.5 + np.maximum(r - rmax_km, 0.0) * (x_outer - 0.5) / (outer_km - rmax_km)


def rmax_formula(deficit_hpa: ArrayLike, lat: ArrayLike) -> FloatArray:
    """Return the radius of maximum wind, km: ln r = 3.015 - 6.291e-5 deficit^2 + 0.0337 |lat|.

    Vickery and Wadhera (2008), all hurricanes; the log standard deviation about it is 0.3 to 0.4, so compact
    storms need `rmax_km` or `rmax_factor`.
    """
    deficit = np.asarray(deficit_hpa, float)
    return np.asarray(np.exp(3.015 - 6.291e-5 * deficit**2 + 0.0337 * np.abs(np.asarray(lat))))


def wind_of_pressure(pressure_hpa: ArrayLike) -> FloatArray:
    """Return the greatest 10-minute wind usual at a central pressure, m/s (Atkinson and Holliday 1977).

    Their 1-minute wind 6.7 (1010 - p)^0.644 kt, times 0.93 for ten minutes.
    """
    deficit = np.maximum(1010.0 - np.asarray(pressure_hpa, float), 0.0)
    return np.asarray(6.7 * deficit**0.644 * MPS_PER_KT * TEN_MINUTE_SHARE[1])


def pressure_of_wind(vmax_mps: ArrayLike) -> FloatArray:
    """Return the central pressure usual at a greatest 10-minute wind, hPa: `wind_of_pressure` inverted."""
    kt = np.asarray(vmax_mps, float) / (MPS_PER_KT * TEN_MINUTE_SHARE[1])
    return np.asarray(1010.0 - (kt / 6.7) ** (1 / 0.644))
