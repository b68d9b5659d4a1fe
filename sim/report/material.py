"""What the report is made from: the experiment and what stands around it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.experiment.check import CheckRow
from sim.experiment.compare import Comparison
from sim.experiment.depots import DepotUse
from sim.experiment.replicate import Experiment
from sim.grid.coast import Coast
from sim.grid.network import Network
from sim.log import Log
from sim.scenario.model import Scenario

if TYPE_CHECKING:
    from sim.storm.track import Track


@dataclass(frozen=True)
class WorstHour:
    """The sections without supply at the instant of the most customers out, in one played replication.

    dark : (n_sections,). at : minutes since the start. replication : its number.
    """

    dark: NDArray[np.bool_]
    at: float
    plan: str
    replication: int


@dataclass(frozen=True)
class Material:
    """Everything that figures, page and answer draw on; what is missing (None) is left out of the report."""

    experiment: Experiment
    comparison: Comparison
    scenario: Scenario
    check: tuple[CheckRow, ...] = ()
    network: Network | None = None
    coast: Coast | None = None
    track: Track | None = None
    worst_hour: WorstHour | None = None
    log: Log | None = None  # of the replication and plan that worst_hour shows
    uses: tuple[DepotUse, ...] = ()  # of the plans of which a log was kept
    is_of_several: bool = False  # runs compared: map, log and uses are of the first one only


def worst_hour(log: Log, network: Network, plan: str, replication: int) -> WorstHour:
    """Return the sections that were dark when the most customers were out; the first such instant counts.

    A section is dark between `section_went_dark` and `section_restored`.
    """
    rows = np.flatnonzero(log.of("section_went_dark", "section_restored"))
    section, at = log["section"][rows], log["at"][rows]
    step = np.where(log.of("section_went_dark")[rows], 1, -1)
    order = np.argsort(at, kind="stable")
    section, at, step = section[order], at[order], step[order]
    out = np.cumsum(step * network.customers[section])
    last = np.ones(len(at), bool)  # several changes at one instant count once all are made
    last[:-1] = at[1:] > at[:-1]
    if not len(at) or not (out[last] > 0).any():
        return WorstHour(np.zeros(network.n_sections, bool), 0.0, plan, replication)
    peak = int(np.flatnonzero(last)[np.argmax(out[last])])
    state = np.bincount(section[: peak + 1], step[: peak + 1], minlength=network.n_sections)
    return WorstHour(state > 0.5, float(at[peak]), plan, replication)


def median_replication(experiment: Experiment, plan: str | None = None) -> int:
    """Return the number of the replication with the median customer-hours under a plan (the reference)."""
    index = experiment.plans.index(plan or experiment.reference)
    order = np.argsort(experiment.of("customer_hours")[index], kind="stable")
    return experiment.replications[int(order[(len(order) - 1) // 2])]


def mean_over_runs(curves: NDArray[Any]) -> NDArray[np.float64]:
    """Return the mean over replications of curves (n_plans, n_rep, n_grid)."""
    mean: NDArray[np.float64] = np.asarray(curves, float).mean(axis=1)
    return mean
