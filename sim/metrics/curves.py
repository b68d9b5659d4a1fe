"""Curves on the fixed grid: counts at each instant, and happenings per step."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.metrics.crews import STATES, CrewTime
from sim.metrics.measures import GRID_MIN

FloatArray = NDArray[np.float64]


def grid_at(horizon: float) -> FloatArray:
    """Return the grid instants 0, 30, 60 ... minutes, the last at or before the horizon."""
    return np.arange(int(horizon // GRID_MIN) + 1, dtype=np.float64) * GRID_MIN


def running(start: ArrayLike, end: ArrayLike, grid: FloatArray) -> FloatArray:
    """Return how many intervals run at each grid instant; one that ends at that instant has ended."""
    change = _by_step(start, grid) - _by_step(end, grid)
    return np.cumsum(change)[: len(grid)].astype(float)


def lasting(start: ArrayLike, end: ArrayLike, horizon: float) -> FloatArray:
    """Return the ends of intervals, inf of those that last to the horizon: what is cut there goes on after it."""
    ends = np.asarray(end, float)
    return np.where((ends >= horizon) & (np.asarray(start, float) < horizon), np.inf, ends)


def per_step(at: ArrayLike, grid: FloatArray, weight: FloatArray | None = None) -> FloatArray:
    """Return how many happenings (or what weight of them) fall into [grid[i], grid[i] + 30 min); others are left out."""
    step = np.floor(np.asarray(at, float) / GRID_MIN).astype(np.int64)
    inside = (step >= 0) & (step < len(grid))
    return np.bincount(step[inside], None if weight is None else weight[inside], len(grid)).astype(float)


def crew_curves(crews: CrewTime, grid: FloatArray, horizon: float) -> dict[str, FloatArray]:
    """Return the number of crews in each state at the grid instants, at the horizon in that of the minutes before it."""
    out, end = {}, lasting(crews.start, crews.end, horizon)
    for state, name in enumerate(STATES):
        mask = crews.of(state)
        out[f"crews_{name}"] = running(crews.start[mask], end[mask], grid)
    return out


def _by_step(at: ArrayLike, grid: FloatArray) -> NDArray[np.int64]:
    """Return how many instants lie in (grid[i - 1], grid[i]]; the first step takes all before it."""
    step = np.clip(np.ceil(np.asarray(at, float) / GRID_MIN), 0, len(grid)).astype(np.int64)
    return np.bincount(step, minlength=len(grid) + 1)
