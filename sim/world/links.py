"""Links of telemetry: devices, monitors and meters speak over them, and they need power themselves.

A link is fed from its own section. Without supply it lives on a battery, and where it goes by a mobile mast, it also
needs the mast. The devices at the heads of feeders stand in substations and need no mast.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.hotline import Masts

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


class Links:
    """Which links live, given who went dark and came back.

    Parameters
    ----------
    battery_min : minutes that a link lives without supply, inf: no limit. masts : those that they need, None: none.
    """

    def __init__(self, n_sections: int, battery_min: float, masts: Masts | None) -> None:
        self._battery_min, self._masts = battery_min, masts
        self._dark_at: FloatArray = np.full(n_sections, np.inf)

    def went_dark(self, sections: IntArray, at: float) -> None:
        """Take note that sections lost supply."""
        self._dark_at[sections] = at
        if self._masts is not None:
            self._masts.went_dark(sections, at)

    def restored(self, sections: IntArray, at: float) -> None:
        """Take note that sections have supply again."""
        self._dark_at[sections] = np.inf
        if self._masts is not None:
            self._masts.restored(sections, at)
            self._masts.forget(at)

    def live(self, sections: IntArray, at: float) -> BoolArray:
        """Say whether what stands in sections can report at a minute, (n,)."""
        alive = at - self._dark_at[sections] <= self._battery_min
        return alive if self._masts is None else alive & ~self._masts.silent(sections, at)

    def device_lives(self, head: int, at: float, *, is_feeder_head: bool) -> bool:
        """Say whether the device at a section's upstream end can report at a minute."""
        if is_feeder_head:
            return bool(at - self._dark_at[head] <= self._battery_min)
        return bool(self.live(np.array([head]), at)[0])
