"""The curves that a replay shows beside the map, as functions of time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.replay.playback import Playback

FloatArray = NDArray[np.float64]


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
    return [*out, *(Series(name, _half_hours(playback, name)) for name in ("calls", "complaints"))]


def _half_hours(playback: Playback, name: str) -> Callable[[FloatArray], FloatArray]:
    """Return the hotline's count of the last half hour completed."""
    curves, grid = playback.recording.hotline, playback.recording.grid_at
    calls = ("calls_first", "calls_redial", "calls_followup")
    counts = sum((curves[n] for n in calls), np.zeros(len(grid))) if name == "calls" else curves[name]
    shown = np.concatenate(([0.0, 0.0], counts))
    return lambda at: shown[np.searchsorted(grid, at, side="right")]
