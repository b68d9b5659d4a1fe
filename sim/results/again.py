"""Play a finished run again: the same scenario, network, storm and seed give the same logs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sim.errors import InputError
from sim.experiment.series import Setting, make_setting
from sim.grid import tables
from sim.grid.network import Network
from sim.results.data import kept
from sim.results.folder import sha256
from sim.scenario.read import SHIPPED

if TYPE_CHECKING:
    from sim.results.read import Run


def network_of(run: Run) -> Network:
    """Return the network that a run grew."""
    return tables.load(run.path / "network" / "network.npz")


def setting_of(run: Run, plans: Sequence[str] = (), allow_code: bool = False) -> Setting:
    """Return the setting of a finished run, to play its replications again.

    Parameters
    ----------
    plans : names; empty: all that the run played. allow_code : a dispatch rule `module:function` may be loaded.

    Raises
    ------
    InputError when the track is missing or not what the run read.
    """
    from sim.storm import read_track

    storm = run.scenario.storm
    track = read_track(data_file(run, "storm", "track"), storm.track_id, storm.wind_average_min)
    chosen = plans or run.experiment.plans
    return make_setting(run.scenario, network_of(run), track, chosen, run.experiment.seed, allow_code)


def data_file(run: Run, table: str, key: str) -> Path:
    """Return a data file of a run: the copy kept in its folder, else the file of that name among those shipped.

    Raises
    ------
    InputError when there is none, or it is not what the run read.
    """
    name = getattr(getattr(run.scenario, table), key)
    place = next((p for p in (kept(run.path, key, name), SHIPPED / name) if p.is_file()), None)
    if place is None:
        raise InputError.one(str(run.path), "", None, f"cannot be played again: its {key} '{name}' is no longer there")
    if sha256(place) != run.manifest["sha256"].get(name):
        raise InputError.one(str(place), "", None, f"is not the {key} that the run in {run.path} read: it was changed since")
    return place
