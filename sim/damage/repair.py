"""Time on site, from a fault's latent difficulty, the plan's means and the shared level; hours too windy."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.damage.draw import Drawn
from sim.damage.faults import Faults
from sim.scenario.model import Work
from sim.units import MIN_PER_H

FloatArray = NDArray[np.float64]


def repair_minutes(faults: Faults, work: Work, level: float) -> FloatArray:
    """Return the repair's time on site, min, (n_faults,), without clearing trees.

    Lognormal about the work class's median with `duration_log_sd`, plus `hard_access_h` where access is hard,
    times `repair_time_factor` and the replication's `level`.
    """
    median_h = np.array([work.wire_h, work.pole_h, work.transformer_h])[faults.work]
    hours = median_h * np.exp(work.duration_log_sd * faults.difficulty) + work.hard_access_h * faults.hard_access
    return np.asarray(hours * MIN_PER_H * work.repair_time_factor * level)


def tree_minutes(faults: Faults, work: Work, level: float) -> FloatArray:
    """Return a tree crew's time on site, min, (n_faults,); 0 where no tree blocks.

    Its difficulty is the repair's: a hard place is hard for both crews.
    """
    hours = work.tree_h * np.exp(work.duration_log_sd * faults.difficulty) * faults.blocked_by_tree
    return np.asarray(hours * MIN_PER_H * work.repair_time_factor * level)


def stand_downs(drawn: Drawn, wind_limit_mps: float) -> tuple[FloatArray, FloatArray]:
    """Return per area the first and the last minute too windy to work, (n_areas,) each, NaN without any.

    An area is too windy while the 10-minute mean wind exceeds the limit at any of its wind cells. Wind is
    linear between the field's instants; between first and last the area counts as stood down throughout, the
    eye's calm included.
    """
    return drawn.once(("stand_downs", wind_limit_mps), lambda: _stand_downs(drawn, wind_limit_mps))


def _stand_downs(drawn: Drawn, wind_limit_mps: float) -> tuple[FloatArray, FloatArray]:
    network, wind = drawn.network, drawn.wind
    n_areas = len(network.area_name)
    start, end = np.full(n_areas, np.inf), np.full(n_areas, -np.inf)
    limit_gust = wind_limit_mps * wind.gust_factor
    windy = np.flatnonzero(np.max(wind.gust, axis=0, initial=0.0) > limit_gust)
    if len(windy):
        gust = wind.gust[:, windy].astype(np.float64)
        first, last = (
            _first_above(wind.at, gust, limit_gust),
            -_first_above(-wind.at[::-1], gust[::-1], limit_gust),
        )
        n_cells = len(network.cell_lon)
        cell_start, cell_end = np.full(n_cells, np.inf), np.full(n_cells, -np.inf)
        cell_start[windy], cell_end[windy] = first, last
        np.minimum.at(start, network.area, cell_start[network.cell])
        np.maximum.at(end, network.area, cell_end[network.cell])
    never = ~np.isfinite(start)
    start[never] = end[never] = np.nan
    return start, end


def _first_above(at: FloatArray, gust: FloatArray, limit: float) -> FloatArray:
    """Return when each column first crosses the limit upwards; the first instant where it starts above."""
    after = np.argmax(gust > limit, axis=0)
    before = np.maximum(after - 1, 0)
    column = np.arange(gust.shape[1])
    low, high = gust[before, column], gust[after, column]
    share = np.where(after > before, (limit - low) / np.where(high > low, high - low, 1.0), 0.0)
    return np.asarray(at[before] + share * (at[after] - at[before]))
