"""The correlated local residual of the gust: what terrain and gusts of one storm add to a smooth vortex."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim import rng
from sim.units import project_km

_REACH = 3  # nodes on each side that count: the kernel is 0.011 there
_ORIGIN = 1 << 31  # node numbers are counted from here, so that keys are never negative


def residual(
    lon: ArrayLike, lat: ArrayLike, lat0: float, length_km: float, seed: int, replication: int
) -> NDArray[np.float64]:
    """Return a standard normal residual at each place, correlated exp(-d^2 / (2 length^2)) at d km.

    Keyed normals on a lattice fixed to the earth (spacing length / sqrt 2, about latitude `lat0`) are
    smoothed with a Gaussian kernel and divided by the root of the summed squared weights, so that the
    variance is 1 everywhere. A place's residual depends on nothing but the place and the key.
    """
    x, y = project_km(lon, lat, 0.0, lat0)
    step = length_km / math.sqrt(2)
    u, v = x / step, y / step
    reach = np.arange(-_REACH, _REACH + 1)
    column = np.floor(u).astype(np.int64)[:, None] + reach
    row = np.floor(v).astype(np.int64)[:, None] + reach
    across = np.exp(-((u[:, None] - column) ** 2) / 2)
    along = np.exp(-((v[:, None] - row) ** 2) / 2)
    # every node once: places share most of theirs
    first_column, first_row = column.min(initial=0), row.min(initial=0)
    width = int(column.max(initial=0) - first_column + 1)
    node = (row[:, :, None] - first_row) * width + (column[:, None, :] - first_column)
    used, place = np.unique(node, return_inverse=True)
    normals = rng.normals(
        seed,
        replication,
        "gust_residual",
        used % width + first_column + _ORIGIN,
        used // width + first_row + _ORIGIN,
    )
    weight = along[:, :, None] * across[:, None, :]
    total = (weight * normals[place.reshape(node.shape)]).sum(axis=(1, 2))
    return np.asarray(total / np.sqrt((weight**2).sum(axis=(1, 2))))
