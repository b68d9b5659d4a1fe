"""The storm that comes, when the track is a forecast: errors of place, timing and intensity that grow with lead time.

Each replication is one storm that may come when this track was forecast `storm.forecast_lead_h` before landfall, in
the manner of the Monte Carlo wind probabilities of DeMaria et al. (2009): the errors along the track, across it and
of the wind are normal, grow with lead time as the mean errors of official forecasts did, and stay alike in time.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim import rng
from sim.factors import Factors
from sim.scenario.model import Scenario
from sim.storm.size import sized
from sim.storm.track import Path, Track, cubic, path, shift
from sim.units import MIN_PER_H

FloatArray = NDArray[np.float64]

LEAD_H = (0.0, 24.0, 48.0, 72.0, 120.0)
POSITION_KM = (22.7, 80.2, 143.3, 221.7, 333.0)
"""Mean distance between forecast and storm by lead time, western North Pacific. At once: positions of the National
Meteorological Centre, Beijing, in 2020; 1 to 3 days: official forecasts of 2013 (both from the yearly verifications
in Meteorological Monthly, Shanghai Typhoon Institute); 5 days: about 180 n mi, Joint Typhoon Warning Center, means
of five years (Weather and Forecasting 40(6), 2025), whose 24-h mean of 2020, 43 n mi or 80 km, agrees. Between
them linear."""
WIND_MPS = (1.3, 4.5, 6.0, 6.6, 6.6)
"""Mean absolute error of the greatest wind. At once: as above, 2020; 1 to 3 days: National Meteorological Centre,
2012 (Journal of Hohai University 41(6), 2013); held from then on."""
MOST_LEAD_H = LEAD_H[-1]
KNOT_H = 12.0
SLOWEST_KMH = 10.0
"""A storm that all but stands is taken to move at this speed where an error along the track becomes one of time."""
WEAKEST = 0.3
"""Least share of its forecast wind that a storm keeps."""

_MEAN_OF_RADIUS = math.sqrt(math.pi / 2)  # mean distance of a circular normal error, in its standard deviation
_MEAN_OF_SIZE = math.sqrt(2 / math.pi)  # mean size of a normal error, in its standard deviation


@dataclass(frozen=True)
class Errors:
    """Forecast errors of one replication at given instants; arrays (n_t,).

    along_km : how far the storm is ahead of the forecast on its track. across_km : how far to the left of it.
    wind_mps : by how much its greatest wind is above the forecast's.
    """

    along_km: FloatArray
    across_km: FloatArray
    wind_mps: FloatArray


def errors(scenario: Scenario, seed: int, replication: int, at: ArrayLike) -> Errors:
    """Draw the errors of one replication at minutes `at` since the start; the scenario has a lead time.

    Each error is its standard deviation at the lead time of the instant times a standard normal process:
    keyed normals every 12 h of lead time, correlated exp(-difference / memory), a cubic between, as in the path itself. The mean
    distance is kept when the errors along and across differ (their mean square is shared out in that ratio).
    """
    storm = scenario.storm
    assert storm.forecast_lead_h is not None
    issued_at = scenario.landfall_at - storm.forecast_lead_h * MIN_PER_H
    lead = np.clip((np.asarray(at, float) - issued_at) / MIN_PER_H, 0.0, MOST_LEAD_H)
    position = np.interp(lead, LEAD_H, POSITION_KM) * storm.forecast_error_factor / _MEAN_OF_RADIUS
    wind = np.interp(lead, LEAD_H, WIND_MPS) * storm.forecast_error_factor / _MEAN_OF_SIZE
    ratio = storm.forecast_along_over_across
    across = position * math.sqrt(2 / (1 + ratio**2))
    return Errors(
        along_km=ratio * across * _process("along", lead, storm.forecast_memory_h, seed, replication),
        across_km=across * _process("across", lead, storm.forecast_memory_h, seed, replication),
        wind_mps=wind * _process("wind", lead, storm.forecast_memory_h, seed, replication),
    )


def as_it_comes(track: Track, scenario: Scenario, factors: Factors, seed: int, replication: int, at: ArrayLike) -> Path:
    """Return the storm of one replication at minutes `at` since the start.

    Without a lead time the track moved by the shared factors. With one, an error along the track makes the
    storm early or late by its distance over the storm's speed, so that its intensity stays with its place; an
    error across moves it aside; the wind error is added, and the pressure deficit goes with the square of the
    wind, so that the profile keeps its shape. Before its first fix and after its last there is no wind.
    """
    track = sized(track, scenario)
    if scenario.storm.forecast_lead_h is None:
        return shift(path(track, scenario.start, at), factors.track_x_km, factors.track_y_km)
    when = np.asarray(at, float)
    error = errors(scenario, seed, replication, when)
    expected = path(track, scenario.start, when)
    kmh = np.hypot(expected.east_mps, expected.north_mps) * 3.6
    own = when + error.along_km / np.maximum(kmh, SLOWEST_KMH) * MIN_PER_H
    centre = path(track, scenario.start, own)
    fixes = track.at(scenario.start)
    alive = (own >= fixes[0]) & (own <= fixes[-1])
    speed = np.maximum(np.hypot(centre.east_mps, centre.north_mps), 1e-9)
    left_east, left_north = -centre.north_mps / speed, centre.east_mps / speed
    aside = shift(centre, error.across_km * left_east, error.across_km * left_north)
    wind = np.maximum(centre.vmax_mps + error.wind_mps, WEAKEST * centre.vmax_mps)
    deficit = scenario.storm.environment_hpa - centre.pressure_hpa
    stronger = wind / np.maximum(centre.vmax_mps, 1e-9)
    return replace(
        aside,
        at=when,
        vmax_mps=np.where(alive, wind, 0.0),
        pressure_hpa=scenario.storm.environment_hpa - deficit * stronger**2,
    )


def _process(name: str, lead_h: FloatArray, memory_h: float, seed: int, replication: int) -> FloatArray:
    """Return a standard normal process at lead times: first-order autoregression on knots, a cubic between."""
    knots = np.arange(0.0, MOST_LEAD_H + KNOT_H, KNOT_H)
    draws = rng.normals(seed, replication, f"forecast.{name}", np.arange(len(knots)))
    keep = math.exp(-KNOT_H / memory_h)
    values = [float(draws[0])]
    for draw in draws[1:].tolist():
        values.append(keep * values[-1] + math.sqrt(1 - keep**2) * draw)
    return cubic(knots, np.array(values), lead_h)[0]
