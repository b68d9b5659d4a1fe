"""Play a finished run again: the same scenario, network, storm and seed give the same logs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sim.errors import DrillError, InputError, nearest_name
from sim.experiment.series import Setting, make_setting, worth_replaying
from sim.results.data import kept
from sim.results.writing import sha256
from sim.scenario.read import SHIPPED

if TYPE_CHECKING:
    from sim.results.read import Run


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
    return make_setting(run.scenario, run.network(), track, chosen, run.experiment.seed, allow_code)


def picked(run: Run, plan: str | None, replication: int | None) -> tuple[str, int]:
    """Return plan and replication of a run that are meant: by default the reference plan, and the plan's median storm.

    Raises
    ------
    InputError for a plan or replication that the run does not have.
    """
    experiment = run.experiment
    plan = experiment.reference if plan is None else plan
    if plan not in experiment.plans:
        known = list(experiment.plans)
        raise InputError.one("--plan", "", f'"{plan}"', f"the run has {', '.join(known)}", nearest_name(plan, known))
    if replication is None:
        return plan, worth_replaying(experiment)[f"median-{plan}"][1]
    if replication not in experiment.replications:
        last = max(experiment.replications)
        raise InputError.one("--replication", "", replication, f"the run has replications 0 to {last}")
    return plan, replication


def otherwise(run: Run) -> DrillError:
    """Return the error for a storm of a run that, played again, does not come out as it did."""
    made = ", ".join(f"{name} {run.manifest[name]}" for name in ("program", "numpy", "scipy", "simpy"))
    return DrillError(f"played again, the run in {run.path} comes out otherwise; it was made with {made}")


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
