"""The run's tables as header and rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

import numpy as np
from numpy.typing import NDArray

from sim.experiment.chances import BestRow, PercentileRow
from sim.experiment.check import CheckRow
from sim.experiment.compare import Comparison, PairedRow
from sim.experiment.replicate import Experiment, Loss
from sim.experiment.stopping import Growth, GrowthRow
from sim.metrics.measures import AREAS, MEASURES
from sim.results.writing import Cell
from sim.scenario.model import Scenario
from sim.units import MIN_PER_H, instant_at, minutes_since

FloatArray = NDArray[np.float64]
Table = tuple[list[str], list[list[Cell]]]
BANDS = ((0.05, "p05"), (0.25, "p25"), (0.50, "median"), (0.75, "p75"), (0.95, "p95"))


def plans_table(comparison: Comparison) -> Table:
    """Plan by measure: mean with its 95 % interval, spread and number of replications."""
    header = [
        "plan",
        "measure",
        "unit",
        "better",
        "mean",
        "lo",
        "hi",
        "sd",
        "median",
        "p05",
        "p95",
        "n",
        "n_censored",
    ]
    rows: list[list[Cell]] = []
    for r in (*comparison.summary, *comparison.dropped_summary):
        kind = MEASURES[r.measure]
        spread: list[Cell] = [r.mean, r.lo, r.hi, r.sd, r.median, r.p05, r.p95, r.n, r.n_censored]
        rows.append([r.plan, r.measure, kind.unit, kind.better, *spread])
    return header, rows


def paired_table(comparison: Comparison) -> Table:
    """Plan minus reference of the judged measures, then of complaints at both ends of the assumption."""
    header = [field.name for field in fields(PairedRow)]
    band = comparison.complaint_band.rows
    rows = [*comparison.paired, *band["low"], *band["high"], *comparison.dropped_paired]
    return header, [[getattr(row, name) for name in header] for row in rows]


def precision_table(growth: Growth) -> Table:
    """How sure each plan's difference from the reference was after each batch of storms."""
    header = ["measure", *(field.name for field in fields(GrowthRow))]
    return header, [[growth.measure, *(getattr(row, name) for name in header[1:])] for row in growth.rows]


def percentiles_table(rows: Sequence[PercentileRow]) -> Table:
    """Percentiles with their 95 % intervals by order statistics."""
    header = [field.name for field in fields(PercentileRow)]
    return header, [[getattr(row, name) for name in header] for row in rows]


def best_table(rows: Sequence[BestRow]) -> Table:
    """How likely each plan is as good as the best one."""
    header = [field.name for field in fields(BestRow)]
    return header, [[getattr(row, name) for name in header] for row in rows]


def per_replication_table(experiment: Experiment) -> Table:
    """One row per plan and replication played; `censored` names the values cut off by the horizon."""
    header = ["plan", "replication", *experiment.measures, "censored"]
    rows: list[list[Cell]] = []
    played = [(experiment, p) for p in range(len(experiment.plans))] + [(out.beside, 1) for out in experiment.dropped]
    for of, p in played:
        for r, number in enumerate(of.replications):
            cut = [m for m, c in zip(of.measures, of.censored[p, r], strict=True) if c]
            rows.append([of.plans[p], number, *of.values[p, r].tolist(), " ".join(cut)])
    return header, rows


def dropped_table(experiment: Experiment) -> Table:
    """Plans out of the race: after how many replications, and behind which plan in each judged measure."""
    header = ["plan", "n", *(field.name for field in fields(Loss))]
    return header, [
        [out.plan, out.n, *(getattr(loss, name) for name in header[2:])]
        for out in experiment.dropped
        for loss in out.losses
    ]


def check_table(check: Sequence[CheckRow], scenario: Scenario) -> Table:
    """Model against what happened."""
    header = [
        "what",
        "local_time",
        "median",
        "p05",
        "p95",
        "observed",
        "allowed_lo",
        "allowed_hi",
        "ok",
        "detail",
    ]
    rows: list[list[Cell]] = []
    for row in check:
        numbers: list[Cell] = [row.median, row.lo, row.hi, row.observed, row.allowed_lo, row.allowed_hi]
        rows.append([row.what, local_time(row.at_min, scenario), *numbers, row.ok, row.detail])
    return header, rows


def areas_table(experiment: Experiment, area_names: Sequence[str], area_customers: Sequence[int]) -> Table:
    """Plan by area: means over the replications."""
    names = [name for name in AREAS if name in experiment.areas]
    header = ["plan", "area", "customers", *names]
    means = {name: experiment.areas[name].mean(axis=1) for name in names}
    rows: list[list[Cell]] = []
    for p, plan in enumerate(experiment.plans):
        for a, area in enumerate(area_names):
            rows.append([plan, str(area), int(area_customers[a]), *(float(means[name][p, a]) for name in names)])
    return header, rows


def curves_table(experiment: Experiment, scenario: Scenario) -> Table:
    """Plan by grid instant: bands of customers out, means of the other curves."""
    others = [name for name in experiment.curves if name != "customers_out"]
    header = ["plan", "hours_after_landfall", "local_time"]
    header += [f"customers_out_{label}" for _, label in BANDS] + [f"{name}_mean" for name in others]
    shares = [share for share, _ in BANDS]
    landfall = minutes_since(scenario.start, scenario.landfall)
    times = [local_time(at, scenario) for at in experiment.grid_at]
    rows: list[list[Cell]] = []
    for p, plan in enumerate(experiment.plans):
        columns = [*np.quantile(experiment.curves["customers_out"][p].astype(float), shares, axis=0)]
        columns += [experiment.curves[name][p].astype(float).mean(axis=0) for name in others]
        numbers = np.stack(columns, axis=1).tolist()
        for g, at in enumerate(experiment.grid_at.tolist()):
            rows.append([plan, (at - landfall) / MIN_PER_H, times[g], *numbers[g]])
    return header, rows


def local_time(at_min: float, scenario: Scenario) -> str:
    """Return local date and time to the minute, with offset; empty for nan."""
    if np.isnan(at_min):
        return ""
    return instant_at(scenario.start, at_min, scenario.timezone).isoformat(timespec="minutes")
