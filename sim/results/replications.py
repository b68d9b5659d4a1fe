"""Replications on disk: one npz each, written whole or not at all, so that an interrupted run can go on."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.errors import DrillError
from sim.experiment.replicate import Replication
from sim.metrics.curves import grid_at
from sim.metrics.further import measure_names
from sim.results.writing import read_npz, write_npz

if TYPE_CHECKING:
    from sim.experiment.series import Setting

UNREADABLE = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error)
"""What reading a damaged npz raises."""


def write_replication(folder: Path, replication: Replication, setting: Setting) -> None:
    """Write folder/rep-0000.npz; raises OSError."""
    write_npz(
        folder / f"rep-{replication.number:04d}.npz",
        {
            **_common(setting),
            "number": np.array(replication.number),
            "values": replication.values,
            "censored": replication.censored,
            "observed_out": replication.observed_out,
            "peak_at": replication.peak_at,
            **{f"curve.{name}": curve for name, curve in replication.curves.items()},
            **{f"area.{name}": area for name, area in replication.areas.items()},
        },
    )


def read_replication(path: Path) -> tuple[Replication, dict[str, Any]]:
    """Return a replication and what it shares with the others of its series; raises UNREADABLE."""
    arrays = read_npz(path)
    replication = Replication(
        number=int(arrays["number"]),
        values=arrays["values"],
        censored=arrays["censored"],
        curves={name.removeprefix("curve."): arrays[name] for name in arrays if name.startswith("curve.")},
        areas={name.removeprefix("area."): arrays[name] for name in arrays if name.startswith("area.")},
        observed_out=arrays["observed_out"],
        peak_at=arrays["peak_at"],
    )
    return replication, {name: arrays[name] for name in ("plans", "titles", "grid_at", "measures", "seed")}


def finished(folder: Path, setting: Setting, most: int) -> dict[int, Replication]:
    """Return the replications of a series that lie in a folder, by number.

    Raises
    ------
    DrillError for a file that is damaged or belongs to another series; it is left as it is.
    """
    found: dict[int, Replication] = {}
    for path in sorted(folder.glob("rep-*.npz")):
        try:
            replication, common = read_replication(path)
        except UNREADABLE as error:
            raise DrillError(
                f"{path} cannot be read ({error}); delete it, and its replication is played again"
            ) from error
        ours = _common(setting)
        alike = all(np.array_equal(common[name], ours[name]) for name in ours)
        alike = alike and replication.values.shape == (len(setting.plans), len(measure_names(setting.scenario)))
        if not alike or replication.number >= most or path.name != f"rep-{replication.number:04d}.npz":
            raise DrillError(f"{path} does not belong to this run; move it elsewhere")
        found[replication.number] = replication
    return found


def _common(setting: Setting) -> dict[str, Any]:
    """Return what all replications of a series have alike."""
    return {
        "plans": np.array([plan.name for plan in setting.plans]),
        "titles": np.array([plan.title for plan in setting.plans]),
        "grid_at": grid_at(setting.scenario.horizon_min),
        "measures": np.array(measure_names(setting.scenario)),
        "seed": np.array(setting.seed),
    }
