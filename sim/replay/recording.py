"""What is replayed: one plan in one replication of a finished run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.errors import InputError
from sim.experiment.series import play_kept, worth_replaying
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
    from sim.results import Branch, Run
    from sim.words import Words



@dataclass(frozen=True)
class Recording:
    """One plan in one replication.

    settings : the scenario as the plan has it. hotline : metrics.minutes.BY_MINUTE, arrays (n_minutes,). is_kept : the
    log was kept by the run; otherwise it was played again. coast : for the map, where there is one. branch : name of
    the branch, empty for the run itself. run : path of the run.
    """

    log: Log
    network: Network
    settings: Scenario
    plan: str
    title: str
    replication: int
    hotline: dict[str, NDArray[np.int32]]
    coast: Coast | None = None
    is_kept: bool = True
    branch: str = ""
    run: str = ""

    @property
    def horizon(self) -> float:
        """Last minute."""
        return self.settings.horizon_min

    def course(self, w: Words) -> str:
        """Return plan, storm and branch in a language."""
        parts = [self.plan, w("replay.storm", n=self.replication)]
        return " · ".join([*parts, w("replay.branch", name=self.branch)] if self.branch else parts)


def record(
    run: Run, plan: str | None = None, replication: int | None = None, allow_code: bool = False,
    branch: Branch | None = None,
) -> Recording:  # fmt: skip
    """Return one plan in one replication of a run; played again where the run kept no log of it.

    Parameters
    ----------
    plan : None: the reference plan. replication : None: the plan's median one, whose log every run keeps.
    branch : one of the run's branches, of that plan and replication, to be replayed instead.
    allow_code : a dispatch rule `module:function` may be loaded to play again.

    Raises
    ------
    InputError for a plan or replication that the run does not have, and for a log that is changed or of another
    version; DrillError when playing again does not give what the run gave.
    """
    experiment = run.experiment
    plan, replication = picked(run, plan, replication)
    worth = worth_replaying(experiment)
    name = next((n for n, pick in worth.items() if pick == (plan, replication) and n in run.logs()), None)
    settings = plan_of(run.scenario, plan)
    if branch is not None:
        kept, network = branch.kept(), run.network()
    elif name is not None:
        if run.manifest["log_version"] != LOG_VERSION:
            version = run.manifest["log_version"]
            allowed = f"its logs are of version {version}; this program reads {LOG_VERSION}"
            raise InputError.one(str(run.path), "", None, allowed)
        kept, network = run.kept(name), run.network()
    else:
        setting = setting_of(run, (plan,), allow_code)
        kept, network = play_kept(setting, plan, replication), setting.network
        out = experiment.curves["customers_out"]
        place = experiment.plans.index(plan), experiment.replications.index(replication)
        _check(kept.log, network, settings.settings, out[place], run)
    coast = read_coast(data_file(run, "network", "coast"))
    return Recording(
        kept.log, network, settings.settings, plan, settings.title, replication, kept.hotline, coast,
        name is not None or branch is not None, branch.name if branch is not None else "",
        str(run.path),
    )  # fmt: skip


def _check(log: Log, network: Network, settings: Scenario, out: NDArray[np.float32], run: Run) -> None:
    """Raise DrillError unless the log gives the customers out that the run wrote down."""
    horizon = settings.horizon_min
    again = customers_out(dark_intervals(log, network.customers, horizon))(grid_at(horizon))
    if not np.array_equal(again.astype(np.float32), out):
        raise otherwise(run)
