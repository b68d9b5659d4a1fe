"""The size of a storm: its radius of maximum wind, from the scenario, the track, its 50-kt radius or a formula."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.scenario.model import Scenario, Storm
from sim.storm import profile
from sim.storm.track import Path, Track, path

FloatArray = NDArray[np.float64]

SURFACE_SHARE = 0.8  # wind at 10 m over gradient wind (Powell 1980)
MOTION_LIMIT = 0.7  # greatest share of the track's wind that is the storm's own motion
SPREAD = 0.4  # log standard deviation of the radius about its formula (Vickery and Wadhera 2008: 0.3 to 0.4)
_HALVINGS = 40  # of the range in which a radius is looked for: to a millionth of a km


class Vortex(NamedTuple):
    """A storm's wind taken apart, m/s, (n_t,): its own motion, the share of it that counts, and the round vortex's top."""

    motion: FloatArray
    fraction: FloatArray
    top: FloatArray


def vortex(centre: Path, storm: Storm) -> Vortex:
    """Return the storm's motion, the share of it contained in the track's wind, and what is left for the round vortex."""
    motion = np.hypot(centre.east_mps, centre.north_mps)
    # a weak storm that races is never all motion
    most = np.divide(MOTION_LIMIT * centre.vmax_mps, motion, out=np.ones_like(motion), where=motion > 0)
    fraction = np.minimum(storm.translation_fraction, most)
    return Vortex(motion, fraction, centre.vmax_mps - fraction * motion)


def rmax_km(centre: Path, storm: Storm) -> FloatArray:
    """Return the radius of maximum wind, km, (n_t,): the scenario's, else the track's, else by formula.

    It is scaled by `rmax_factor` wherever it comes from.
    """
    if storm.rmax_km is not None:
        return np.full(centre.at.shape, storm.rmax_km * storm.rmax_factor)
    derived = profile.rmax_formula(deficit_hpa(centre, storm), centre.lat)
    return np.asarray(np.where(np.isfinite(centre.rmax_km), centre.rmax_km, derived) * storm.rmax_factor)


def size_at_landfall(track: Track, scenario: Scenario) -> tuple[float, str]:
    """Return the radius of maximum wind at landfall, km, and where it comes from: scenario, track, r50 or formula."""
    fitted = sized(track, scenario)
    centre = path(fitted, scenario.start, [scenario.landfall_at])
    km = float(rmax_km(centre, scenario.storm)[0])
    if scenario.storm.rmax_km is not None:
        return km, "scenario"
    known = np.flatnonzero(np.isfinite(fitted.rmax_km))
    if not len(known):
        return km, "formula"
    nearest = known[np.argmin(np.abs(fitted.at(scenario.start)[known] - scenario.landfall_at))]
    return km, "track" if np.isfinite(track.rmax_km[nearest]) else "r50"


def sized(track: Track, scenario: Scenario) -> Track:
    """Return the track with a radius of maximum wind at the fixes that have none but a mean radius of 50-kt winds.

    It is the radius of a Holland (1980) vortex that fits the wind, the pressure and that radius, as the field has it
    (the storm's own motion cancels out round the storm). It is held to two standard deviations about the formula for
    storms without any radius, since a 50-kt radius stays as it was for hours when a storm breaks up over land.
    """
    if scenario.storm.rmax_km is not None or track.r50_km is None:
        return track
    centre, storm = path(track, scenario.start, track.at(scenario.start)), scenario.storm
    deficit, f, top = deficit_hpa(centre, storm), profile.coriolis(centre.lat), vortex(centre, storm).top
    usual = profile.rmax_formula(deficit, centre.lat)
    low, high = usual * np.exp(-2 * SPREAD), usual * np.exp(2 * SPREAD)
    radius = np.where(np.isfinite(track.r50_km), track.r50_km, high)  # of a number, where it is not asked for
    for _ in range(_HALVINGS):  # the wider the storm, the stronger the wind at that radius
        middle = (low + high) / 2
        b = profile.holland_b(top / SURFACE_SHARE, deficit, middle, f)
        there, most = (profile.holland_1980(r, middle, b, deficit, f) for r in (radius, middle))
        too_wide = (there / most * top > track.r50_mps) | (middle > radius)
        low, high = np.where(too_wide, low, middle), np.where(too_wide, middle, high)
    fits = np.isnan(track.rmax_km) & np.isfinite(track.r50_km) & (top > track.r50_mps)
    return replace(track, rmax_km=np.where(fits, (low + high) / 2, track.rmax_km))


def deficit_hpa(centre: Path, storm: Storm) -> FloatArray:
    """Return the pressure of the surroundings over that of the centre, hPa, (n_t,), at least 1."""
    return np.maximum(storm.environment_hpa - centre.pressure_hpa, 1.0)
