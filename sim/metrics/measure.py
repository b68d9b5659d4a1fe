"""Take all measures of one outcome."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from sim.grid.network import LAND_CLASSES, Network
from sim.hotline import Calls
from sim.log import Log
from sim.metrics.audience import audience
from sim.metrics.calls import call_curves, call_measures, desk_curves
from sim.metrics.complaints import measure_complaints
from sim.metrics.crews import CrewTime, crew_time, gone_home
from sim.metrics.critical import minutes_beyond_backup
from sim.metrics.curves import crew_curves, grid_at
from sim.metrics.further import costs, emergency_ends_at, measure_names, standards
from sim.metrics.intervals import Dark, asai, caidi_h, celid_s, dark_intervals, maifi, saidi_h, saifi
from sim.metrics.journey import journey
from sim.metrics.measures import HOURS_BY_STAGE, MEASURES, Measures
from sim.metrics.orders import order_measures
from sim.metrics.promises import STAGES as ETR_STAGES
from sim.metrics.promises import judge_stages
from sim.metrics.restoration import SHARES_RESTORED, StepCurve, customers_out, peak, time_to_restore_h
from sim.metrics.satisfaction import satisfaction
from sim.metrics.standby import held_by_wind
from sim.metrics.where import Stages
from sim.scenario.model import Scenario
from sim.units import MIN_PER_H, minutes_since

if TYPE_CHECKING:
    from sim.damage import Drawn, Faults
    from sim.scenario.plans import Plan

FloatArray = NDArray[np.float64]
OPEN_SHARE_CUT = 0.01
"""Growing sums are marked as cut off when more than this share of those affected is out at the horizon."""
_GROWING = (
    "saidi_h", *(f"saidi_h_{land}" for land in LAND_CLASSES), "caidi_h", "asai", "customer_hours", *HOURS_BY_STAGE,
    *(name for name in MEASURES if name.startswith("complaints")),
    "satisfaction", "satisfaction_low", "satisfaction_high", "satisfaction_surveyed",
)  # fmt: skip


class Outcome(Protocol):
    """What a world leaves behind, as far as it is measured."""

    @property
    def log(self) -> Log:
        """Return the log."""

    @property
    def calls(self) -> Calls:
        """Return the hotline's records."""

    @property
    def faults(self) -> Faults:
        """Return what broke."""


def measure(outcome: Outcome, drawn: Drawn, plan: Plan, reference_interrupted: float | None = None) -> Measures:
    """Return all measures of one outcome.

    Parameters
    ----------
    outcome, drawn, plan : what happened, in which storm, under which plan.
    reference_interrupted : customers ever interrupted under the reference plan in this replication, of which
        t50 to t100 are shares; None: this outcome's own, for the reference plan itself.
    """
    settings, network, log = plan.settings, drawn.network, outcome.log
    horizon = settings.horizon_min
    grid = grid_at(horizon)
    dark = dark_intervals(log, network.customers, horizon, settings.standards.sustained_min)
    out, crews = customers_out(dark), crew_time(log, horizon, gone_home(log, settings))
    values, censored = _supply(dark, out, network.n_customers, settings, reference_interrupted)
    affected = values["affected"]
    values |= _by_land(dark, network)
    stages = _stages(log, dark, drawn, crews, settings)
    values |= {f"hours_{stage}": hours for stage, hours in stages.hours().items()}
    beyond = minutes_beyond_backup(log, dark, network, horizon)
    values["critical_beyond_backup"] = float(np.count_nonzero(beyond > 0))
    values |= call_measures(outcome.calls, affected) | order_measures(log, settings.fault_orders)
    complaints, complaint_curves, dealt = measure_complaints(
        log, outcome.calls, audience(log, network.area), dark, stages, drawn, settings, affected, grid
    )
    values |= complaints
    kept = judge_stages(log, dark, network.area)
    values |= {"etr_kept_fraction": kept["all"].kept_fraction, "etr_error_h": kept["all"].error_h}
    values |= {"etr_off_h": kept["all"].off_h}
    for stage in ETR_STAGES:
        values |= {f"etr_kept_fraction_{stage}": kept[stage].kept_fraction, f"etr_off_h_{stage}": kept[stage].off_h}
    n_faults = len(outcome.faults.at) - np.count_nonzero(log.of("fault_spared"))
    values |= {"faults": float(n_faults), "poles_broken": float(outcome.faults.n_poles_broken)}
    values["live_wires_down"] = float(np.count_nonzero(log.of("live_wire_down")))
    ends_at = emergency_ends_at(values["t99_h"], settings)
    spent, growing = costs(log, outcome.calls, dark, network, settings, ends_at, values["peak_out"])
    clauses, bounds = standards(log, outcome.calls, dark, crews, dealt, drawn, settings)
    values |= spent | clauses
    censored |= growing | bounds
    if values["still_out_at_horizon"] > OPEN_SHARE_CUT * affected:
        censored |= set(_GROWING)
    if "t99_h" in censored:
        censored.add("cost")
    if kept["all"].n_open:
        censored |= {"etr_error_h", "etr_off_h"}
    censored |= {f"etr_off_h_{stage}" for stage in ETR_STAGES if kept[stage].n_open}
    people = journey(dark, outcome.calls, log, drawn, settings)
    values |= satisfaction(people, dark, drawn, settings.survey)
    peak_at = peak(out)[1]
    return Measures(
        values={name: float(values[name]) for name in measure_names(settings)},
        censored=frozenset(censored),
        curves={
            "customers_out": out(grid).astype(float),
            **call_curves(outcome.calls, grid),
            **desk_curves(outcome.calls, log, settings, grid),
            **complaint_curves,
            **crew_curves(held_by_wind(crews, drawn, settings), grid, settings.horizon_min),
        },
        areas=_areas(dark, drawn, peak_at) | {name: _by_area(numbers, network) for name, numbers in people.items()},
        observed_out=out(_checkpoints(settings)).astype(float),
        peak_at=peak_at,
        lodged_at=dealt.lodged_at,
    )


def _supply(
    dark: Dark, out: StepCurve, served: int, settings: Scenario, reference_interrupted: float | None
) -> tuple[dict[str, float], set[str]]:
    """Return the measures of supply and the names of those cut off by the horizon."""
    minutes, longer = _sustained_min(dark), dark.sustained_min
    horizon, landfall = settings.horizon_min, settings.landfall_at
    height, at = peak(out)
    first = np.unique(dark.section[dark.sustained], return_index=True)[1]
    affected = float(dark.customers[dark.sustained][first].sum())
    values = {
        "saifi": saifi(dark.customers, minutes, served, longer),
        "maifi": maifi(dark.customers, minutes, served, longer),
        "saidi_h": saidi_h(dark.customers, minutes, served, longer),
        "caidi_h": caidi_h(dark.customers, minutes, served, longer),
        "asai": asai(dark.customers, minutes, served, horizon / MIN_PER_H, longer),
        "customer_hours": float((dark.customers * dark.minutes).sum()) / MIN_PER_H,
        "peak_out": height,
        "peak_at_h": (at - landfall) / MIN_PER_H,
        "affected": affected,
        "still_out_at_horizon": float(dark.customers[dark.censored].sum()),
    }
    censored = set()
    for hours in (24, 48):
        name = f"customers_over_{hours}h"
        values[name] = float(round(served * celid_s(dark.section, dark.customers, dark.minutes, served, hours)))
        if np.any(dark.censored & (dark.minutes < hours * MIN_PER_H) & (dark.customers > 0)):
            censored.add(name)
    ever = affected if reference_interrupted is None else reference_interrupted
    for share in SHARES_RESTORED:
        name = f"t{round(100 * share)}_h"
        values[name], is_open = time_to_restore_h(out, share, ever, landfall, horizon)
        if is_open:
            censored.add(name)
    return values, censored


def _by_land(dark: Dark, network: Network) -> dict[str, float]:
    """Return SAIDI of the customers in cities, in the country and in remote places; nan where nobody lives."""
    land, minutes = network.land_class[dark.section], _sustained_min(dark)
    served = np.bincount(network.land_class, network.customers, len(LAND_CLASSES)).tolist()
    return {
        f"saidi_h_{name}": saidi_h(
            dark.customers[land == code], minutes[land == code], served[code], dark.sustained_min
        )
        if served[code]
        else math.nan
        for code, name in enumerate(LAND_CLASSES)
    }


def _sustained_min(dark: Dark) -> FloatArray:
    """Return the minutes dark; an interruption open at the horizon is sustained whatever its length so far."""
    longer = np.nextafter(dark.sustained_min, np.inf)
    return np.where(dark.censored, np.maximum(dark.minutes, longer), dark.minutes)


def _stages(log: Log, dark: Dark, drawn: Drawn, crews: CrewTime, settings: Scenario) -> Stages:
    from sim.damage import stand_downs

    wind_from, wind_to = stand_downs(drawn, settings.usual_limit_of("line"))
    return Stages(log, dark, drawn.network, crews, wind_from, wind_to, settings.horizon_min)


def _areas(dark: Dark, drawn: Drawn, peak_at: float) -> dict[str, FloatArray]:
    n, area = len(drawn.network.area_name), drawn.network.area[dark.section]
    at_peak = (dark.start <= peak_at) & ((dark.end > peak_at) | dark.censored)
    return {
        "customers_out_worst": np.bincount(area, dark.customers * at_peak, minlength=n).astype(np.float64),
        "customer_hours": np.bincount(area, dark.customers * dark.minutes, minlength=n) / MIN_PER_H,
    }


def _by_area(numbers: FloatArray, network: Network) -> FloatArray:
    return np.bincount(network.area, numbers, len(network.area_name)).astype(float)


def _checkpoints(settings: Scenario) -> FloatArray:
    """Return the observed checkpoints' instants, minutes."""
    points = settings.observed.checkpoints if settings.observed is not None else ()
    return np.array([minutes_since(settings.start, point.at) for point in points], dtype=np.float64)
