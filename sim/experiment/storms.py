"""Results by the storm that came: its strength and where it passed, and the plan that is regretted least."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sim import factors
from sim.experiment.cut_off import GROWING, Bound, bound_of_difference, had_it_gone_on
from sim.experiment.replicate import Experiment
from sim.experiment.series import Setting
from sim.experiment.statistics import t_interval
from sim.metrics.measures import MEASURES
from sim.storm import as_it_comes
from sim.units import MIN_PER_H, distance_km

FloatArray = NDArray[np.float64]

STRENGTHS = (("weak", 0.0), ("strong", 33.0), ("very_strong", 44.0), ("violent", 54.0))
"""Classes of the greatest 10-minute wind, m/s, from the stated value on: the Japan Meteorological Agency's typhoon
intensity scale (33, 44, 54)."""
PLACES = ("direct", "strong_side", "weak_side", "far")
DIRECT_KM = 50.0
FAR_KM = 150.0
FEWEST = 3
"""Storms that a class must have to count in the choice of a plan."""
_STEP_MIN = 10.0


@dataclass(frozen=True)
class Storm:
    """The storm of one replication at its closest pass to the middle of the customers.

    at : minutes since the start. distance_km : of the centre. wind_mps : greatest 10-minute mean wind over the sea.
    strength : of STRENGTHS. place : of PLACES; direct: within 50 km; far: beyond 150 km; strong_side: the customers
    lie where wind and motion add up (to the right of the track in the north), weak_side: on the other side.
    lon, lat : the track in steps of ten minutes, degrees, (n_t,).
    """

    number: int
    at: float
    distance_km: float
    wind_mps: float
    strength: str
    place: str
    lon: FloatArray
    lat: FloatArray


@dataclass(frozen=True)
class Class:
    """A class of storms: `kind` strength or place, `name` of it, and the replications that fall into it."""

    kind: str
    name: str
    numbers: tuple[int, ...]


@dataclass(frozen=True)
class RegretRow:
    """One plan in one class: its mean of the measure, and by how much it is worse than the class's best plan.

    `lo`, `hi` : 95 % interval of the regret, storm by storm against the best plan of the class, all plans of the
    class together (Bonferroni); nan for the best itself. `counts`: the class has storms enough for the choice.
    n_censored : storms of the class in which the plan is cut off by the horizon. bound : what the regret is really.
    """

    kind: str
    name: str
    n: int
    plan: str
    mean: float
    regret: float
    lo: float
    hi: float
    counts: bool
    n_censored: int
    bound: Bound


@dataclass(frozen=True)
class Regret:
    """A regret table: a row per class and plan, and per plan the greatest regret over the classes that count.

    robust : the plan whose greatest regret is least, the first of several; empty when no class counts.
    best : the plan with the best mean over all storms; empty where that hangs on what was cut off by the horizon.
    alike : plans whose greatest regret is not shown to be above that of the robust one: in no class that counts does
    the 95 % interval of their regret lie above it, all these intervals together (Bonferroni).
    is_open : which plan is robust, or whether it is the best everywhere, hangs on what was cut off.
    n_censored : storms in which any plan is cut off, of `n`.
    """

    measure: str
    rows: tuple[RegretRow, ...]
    greatest: dict[str, float]
    robust: str
    best: str
    alike: tuple[str, ...]
    is_open: bool
    n_censored: int
    n: int

    def row(self, kind: str, name: str, plan: str) -> RegretRow:
        """Return the row of one plan in one class."""
        return next(r for r in self.rows if (r.kind, r.name, r.plan) == (kind, name, plan))

    @property
    def least(self) -> float:
        """Return the greatest regret of the robust plan; nan where there is none."""
        return self.greatest.get(self.robust, math.nan)

    def bound(self, plan: str) -> Bound:
        """Return what a plan's greatest regret is really."""
        rows = [row for row in self.rows if row.counts and row.plan == plan]
        found = {row.bound for row in rows if row.bound != "less" or row.regret == self.greatest[plan]} - {""}
        return "either" if len(found) > 1 else found.pop() if found else ""


def storm_of(setting: Setting, number: int) -> Storm:
    """Return the storm of one replication, from its key alone: nothing is played."""
    scenario, network = setting.scenario, setting.network
    shared = factors.draw(scenario, setting.seed, number)
    fixes = setting.track.at(scenario.start)
    at = np.arange(math.floor(fixes[0]), math.ceil(fixes[-1]) + 1, _STEP_MIN)
    came = as_it_comes(setting.track, scenario, shared, setting.seed, number, at)
    lon0 = float(np.average(network.lon, weights=network.customers))
    lat0 = float(np.average(network.lat, weights=network.customers))
    away = distance_km(came.lon, came.lat, lon0, lat0)
    first = int(np.argmin(np.where(came.vmax_mps > 0, away, np.inf)))
    wind = float(came.vmax_mps[first] * shared.intensity)
    east = (lon0 - came.lon[first]) * math.cos(math.radians(lat0))
    north = lat0 - came.lat[first]
    # to the right of the motion when the cross product of motion and offset points down
    right = came.east_mps[first] * north - came.north_mps[first] * east < 0
    return Storm(
        number=number,
        at=float(at[first]),
        distance_km=float(away[first]),
        wind_mps=wind,
        strength=strength_of(wind),
        place=place_of(float(away[first]), bool(right) == (lat0 >= 0)),
        lon=came.lon[came.vmax_mps > 0],
        lat=came.lat[came.vmax_mps > 0],
    )


def strength_of(wind_mps: float) -> str:
    """Return the class of a greatest 10-minute wind."""
    return [name for name, least in STRENGTHS if wind_mps >= least][-1]


def place_of(distance_km: float, strong_side: bool) -> str:
    """Return the class of a pass at a distance, on the side where wind and motion add up or on the other."""
    if distance_km <= DIRECT_KM:
        return "direct"
    if distance_km > FAR_KM:
        return "far"
    return "strong_side" if strong_side else "weak_side"


def classes(storms: Sequence[Storm]) -> list[Class]:
    """Return the classes that have a storm: by strength, weakest first, then by place."""
    found = []
    for kind, names in (("strength", [name for name, _ in STRENGTHS]), ("place", list(PLACES))):
        for name in names:
            numbers = tuple(storm.number for storm in storms if getattr(storm, kind) == name)
            if numbers:
                found.append(Class(kind, name, numbers))
    return found


def regret(experiment: Experiment, found: Sequence[Class], measure: str) -> Regret:
    """Return by how much each plan is worse than the best one, class by class; for a measure with a better end."""
    values, cut = experiment.of(measure), experiment.is_censored(measure)
    made = _regret(experiment, found, measure, values)
    if measure in GROWING:
        horizon_h = float(experiment.grid_at[-1]) / MIN_PER_H
        gone_on = had_it_gone_on(experiment.values, experiment.censored, measure, horizon_h)
        other = _regret(experiment, found, measure, gone_on)
        is_open = other.robust != made.robust or (other.least == 0) != (made.least == 0)
        best_is_open = other.best != made.best
    else:  # what was not reached may be as bad as can be, and may undo what speaks for its plan
        decide = [row for row in made.rows if row.counts and (row.regret == 0 or row.plan == made.robust)]
        is_open = any(row.n_censored for row in decide)
        best_is_open = bool(cut[experiment.plans.index(made.best)].any())
    best = "" if best_is_open else made.best
    return replace(made, best=best, is_open=is_open, n_censored=int(cut.any(axis=0).sum()))


def _regret(experiment: Experiment, found: Sequence[Class], measure: str, values: FloatArray) -> Regret:
    """Return the table of these values of a measure, (n_plans, n_rep), whatever of it was cut off."""
    sign = -1.0 if MEASURES[measure].better == "high" else 1.0
    cut = experiment.is_censored(measure)
    rows, surely = [], []
    n_compared = max(1, len(experiment.plans) - 1)
    n_classes = max(1, sum(len(group.numbers) >= FEWEST for group in found))
    for group in found:
        members = [experiment.replications.index(number) for number in group.numbers]
        chosen, of_cut = values[:, members], cut[:, members].sum(axis=1)
        means = chosen.mean(axis=1)
        best = int(np.argmin(sign * means))
        for p, plan in enumerate(experiment.plans):
            worse_by = sign * (chosen[p] - chosen[best])
            _, lo, hi = t_interval(worse_by, n_comparisons=n_compared)
            surely.append(t_interval(worse_by, n_comparisons=n_compared * n_classes)[1])
            ends = (math.nan, math.nan) if p == best else (lo, hi)
            worse = float(sign * (means[p] - means[best]))
            n = len(group.numbers)
            bound = bound_of_difference(bool(of_cut[p]), bool(of_cut[best]))
            rows.append(
                RegretRow(group.kind, group.name, n, plan, float(means[p]), worse, *ends, n >= FEWEST, int(of_cut[p]), bound)
            )
    counted = [row for row in rows if row.counts]
    greatest = {
        plan: max((row.regret for row in counted if row.plan == plan), default=math.nan) for plan in experiment.plans
    }
    overall = experiment.plans[int(np.argmin(sign * values.mean(axis=1)))]
    robust = min(experiment.plans, key=greatest.__getitem__) if counted else ""
    shown = {row.plan for row, lo in zip(rows, surely, strict=True) if row.counts and lo > greatest.get(robust, math.nan)}
    alike = tuple(plan for plan in experiment.plans if robust and plan != robust and plan not in shown)
    return Regret(measure, tuple(rows), greatest, robust, overall, alike, False, 0, values.shape[1])
