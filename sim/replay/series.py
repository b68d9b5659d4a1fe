"""The curves that a replay shows beside the map, as functions of time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.replay.playback import Playback

FloatArray = NDArray[np.float64]
_HALF_HOUR = 30


@dataclass(frozen=True)
class Series:
    """One curve: name of its words `replay.series_NAME`, and its values at any minutes (n,) -> (n,)."""

    name: str
    at: Callable[[FloatArray], FloatArray]


def series_of(playback: Playback) -> list[Series]:
    """Return the curves that may be shown, the most telling first; the truth only to a controller."""
    counted = [
        ("out_believed", playback.believed_out), ("outages", playback.outages_open), ("crews", playback.crews_at_work),
    ]  # fmt: skip
    if not playback.for_players:
        counted.insert(0, ("out_true", playback.truly_out))
    out = [Series(name, counter) for name, counter in counted]
    return [*out, *(Series(name, _last_half_hour(playback, name)) for name in ("calls", "complaints"))]


def _last_half_hour(playback: Playback, name: str) -> Callable[[FloatArray], FloatArray]:
    """Return how many calls or complaints there were in the half hour up to a minute."""
    so_far = playback.recording.hotline[name].astype(float)
    recent = so_far.copy()
    recent[_HALF_HOUR:] -= so_far[:-_HALF_HOUR]
    return lambda at: recent[np.asarray(at, np.int64)]
