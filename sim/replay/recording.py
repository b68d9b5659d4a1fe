"""What is replayed: one plan in one replication of a finished run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.errors import InputError
from sim.experiment.series import play, worth_replaying
from sim.grid.coast import Coast, read_coast
from sim.grid.network import Network
from sim.log import LOG_VERSION, Log
from sim.metrics.curves import grid_at
from sim.metrics.intervals import dark_intervals
from sim.metrics.restoration import customers_out
from sim.results import data_file, otherwise, picked, setting_of
from sim.scenario.model import Scenario
from sim.scenario.plans import plan as plan_of

if TYPE_CHECKING:
    from sim.results import Run

FloatArray = NDArray[np.float64]
HOTLINE = ("calls_first", "calls_redial", "calls_followup", "calls_abandoned", "calls_busy", "complaints", "queue",
           "agents_busy")  # fmt: skip
"""Curves that the hotline itself counts, half hour by half hour."""


@dataclass(frozen=True)
class Recording:
    """One plan in one replication.

    settings : the scenario as the plan has it. hotline : HOTLINE curves at `grid_at`: happenings in the half hour
    that begins there, queue and busy agents at the instant. is_kept : the log was kept by the run; otherwise it was
    played again. coast : for the map, where there is one.
    """

    log: Log
    network: Network
    settings: Scenario
    plan: str
    title: str
    replication: int
    hotline: dict[str, FloatArray]
    grid_at: FloatArray
    coast: Coast | None = None
    is_kept: bool = True

    @property
    def horizon(self) -> float:
        """Last minute."""
        return self.settings.horizon_min


def record(run: Run, plan: str | None = None, replication: int | None = None, allow_code: bool = False) -> Recording:
    """Return one plan in one replication of a run; played again where the run kept no log of it.

    Parameters
    ----------
    plan : None: the reference plan. replication : None: the plan's median one, whose log every run keeps.
    allow_code : a dispatch rule `module:function` may be loaded to play again.

    Raises
    ------
    InputError for a plan or replication that the run does not have, and for a log that is changed or of another
    version; DrillError when playing again does not give what the run gave.
    """
    experiment = run.experiment
    plan, replication = picked(run, plan, replication)
    kept = worth_replaying(experiment)
    p, r = experiment.plans.index(plan), experiment.replications.index(replication)
    name = next((n for n, pick in kept.items() if pick == (plan, replication) and n in run.logs()), None)
    settings = plan_of(run.scenario, plan)
    if name is not None:
        if run.manifest["log_version"] != LOG_VERSION:
            version = run.manifest["log_version"]
            allowed = f"its logs are of version {version}; this program reads {LOG_VERSION}"
            raise InputError.one(str(run.path), "", None, allowed)
        log, network = run.log(name), run.network()
    else:
        setting = setting_of(run, (plan,), allow_code)
        drawn, outcome = play(setting, plan, replication)
        log, network = outcome.log, drawn.network
        _check(log, network, settings.settings, experiment.curves["customers_out"][p, r], run)
    hotline = {name: experiment.curves[name][p, r].astype(np.float64) for name in HOTLINE}
    coast = read_coast(data_file(run, "network", "coast"))
    return Recording(
        log, network, settings.settings, plan, settings.title, replication, hotline, experiment.grid_at, coast,
        name is not None,
    )  # fmt: skip


def _check(log: Log, network: Network, settings: Scenario, out: NDArray[np.float32], run: Run) -> None:
    """Raise DrillError unless the log gives the customers out that the run wrote down."""
    horizon = settings.horizon_min
    again = customers_out(dark_intervals(log, network.customers, horizon))(grid_at(horizon))
    if not np.array_equal(again.astype(np.float32), out):
        raise otherwise(run)
