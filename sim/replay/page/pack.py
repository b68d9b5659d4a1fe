"""Arrays as text: base64 of the narrowest whole numbers, or of single-precision floats, with what is needed to unpack."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
S_PER_MIN = 60.0
GRID = 65535
"""Places are told in so many steps across the map: 3 m on a map of 200 km."""


def whole(values: ArrayLike) -> dict[str, Any]:
    """Pack whole numbers in as few bytes each as the widest needs; a negative one makes all of them signed."""
    array = np.asarray(values, np.int64)
    low, high = (int(array.min()), int(array.max())) if array.size else (0, 0)
    names = ("i1", "i2", "i4") if low < 0 else ("u1", "u2", "u4")
    name = next((n for n in names if np.iinfo(n).min <= low and high <= np.iinfo(n).max), None)
    if name is None:
        raise ValueError(f"numbers from {low} to {high} do not fit into four bytes")
    return _packed(name, array)


def real(values: ArrayLike) -> dict[str, Any]:
    """Pack floats in single precision; nan and infinities survive."""
    return _packed("f4", np.asarray(values, np.float64))


def minutes(values: ArrayLike) -> dict[str, Any]:
    """Pack ascending instants, minutes, as seconds from one to the next."""
    seconds = np.rint(np.asarray(values, float) * S_PER_MIN).astype(np.int64)
    return whole(np.diff(seconds, prepend=0))


class Square:
    """The square of the plane, km, on which the map's places are told as whole numbers from 0 to GRID."""

    def __init__(self, x: FloatArray, y: FloatArray, margin: float = 0.06) -> None:
        half = max(float(np.ptp(x)), float(np.ptp(y)), 1.0) * (0.5 + margin)
        self.left, self.low = (float(x.min() + x.max()) / 2 - half), (float(y.min() + y.max()) / 2 - half)
        self.km = 2 * half

    def place(self, x: ArrayLike, y: ArrayLike) -> tuple[dict[str, Any], dict[str, Any]]:
        """Pack places; those outside go to the edge."""
        return self._along(np.asarray(x, float) - self.left), self._along(np.asarray(y, float) - self.low)

    def _along(self, km: FloatArray) -> dict[str, Any]:
        return whole(np.clip(np.rint(km / self.km * GRID), 0, GRID))


def _packed(name: str, array: NDArray[Any]) -> dict[str, Any]:
    data = array.astype(np.dtype(name).newbyteorder("<")).tobytes()
    return {"t": name, "b": base64.b64encode(data).decode("ascii")}
