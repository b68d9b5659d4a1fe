"""A tornado: each assumption at its low and its high end, everything else fixed, in the same storms.

What is watched is the difference between plans, since a choice rests on it and not on the numbers themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from sim.experiment.cut_off import GROWING, Bound, bound_of_difference, had_it_gone_on
from sim.experiment.series import Setting, make_setting
from sim.experiment.statistics import t_interval
from sim.experiment.sweep import Scores, score
from sim.metrics.measures import MEASURE_NAMES, MEASURES
from sim.scenario.declared import Declaration, declarations
from sim.scenario.model import Scenario
from sim.scenario.plans import plan
from sim.scenario.standards import BY_FAULTS

End = Literal["low", "high"]

ENDS: tuple[End, End] = ("low", "high")
LEFT_OUT = "network."
"""Assumptions of how the network is grown: at another value all assets are others, with other random numbers."""
PRICES = "cost."
"""Assumptions that move nothing but costs."""
_COSTS = ("cost", "cost_if_storm_turns_away")
_MOVES_NO_MEASURE = ("cost.home_kw", "cost.business_kw", "crews.NAME.vehicles", "aid.NAME.vehicles")
"""Assumptions that move the energy not served and the grade of the event alone, or bulletins alone."""
_ABOUT_COMPLAINTS = (
    "complaint_desk.", "complaints.no_information_fraction", "complaints.repeat_fraction", "complaints.conduct_fraction",
)  # fmt: skip
ACTS: dict[str, Callable[[Scenario], object]] = {
    "switching.manual_": lambda s: s.switching.enabled,
    "switching.cold_": lambda s: s.switching.enabled,
    "switching.tie_": lambda s: s.switching.enabled,
    "switching.operators": lambda s: s.switching.enabled or s.preemptive.gust_limit_mps,
    "switching.remote_": lambda s: s.switching.enabled or s.preemptive.gust_limit_mps,
    "preemptive.": lambda s: s.preemptive.gust_limit_mps,
    "standards.ordinary_": lambda s: s.standards.weather == BY_FAULTS and s.standards.ordinary_faults_per_day is None,
    "training.": lambda s: s.training.enabled,
    "dispatch.area_period_h": lambda s: s.dispatch.rule == "largest_backlog_area",
    "dispatch.redispatch_factor": lambda s: s.dispatch.redispatch == "better",
    "damage.hardened_factor": lambda s: s.damage.hardened_fraction,
    "generators.capacity_kw": lambda s: s.generators.zones,
    "subtransmission.": lambda s: s.subtransmission.line_median_mps or s.subtransmission.substation_median_mps,
    "generators.refuel_": lambda s: s.generators.fuel_h,
    "work.overtime_h": lambda s: s.work.shift_end != "stop",
    "work.wait_for_second_h": lambda s: s.work.pole_two_crews_fraction or s.work.pole_people,
    "depots.NAME.resupply.lead_h": lambda s: any(any(depot.resupply.pieces) for depot in s.depots.values()),
    "aid.NAME.late_h": lambda s: any(aid.late_probability for aid in s.aid.values()),
    "fault_orders.urge_": lambda s: s.fault_orders.urge_after_h,
    "customers.followup_after_urged": lambda s: s.fault_orders.urge_after_h,
    "complaints.urged_factor": lambda s: s.fault_orders.urge_after_h,
    "fault_orders.": lambda s: s.fault_orders.staff,
    "province.": lambda s: s.province.agents or s.province.night_agents,
    "customers.important.": lambda s: s.customers.important.fraction,
    "customers.life_support.": lambda s: s.customers.life_support.fraction,
    "customers.after_restoration_": lambda s: s.customers.after_restoration_fraction,
    "notices.manager_": lambda s: s.notices.manager_fraction,
    "mobile.": lambda s: s.mobile.fails,
    "knowledge.monitor_loss_fraction": lambda s: s.knowledge.monitored_fraction,
    "knowledge.meter_loss_fraction": lambda s: s.knowledge.metered_fraction,
    "knowledge.diagnosis_min": lambda s: s.knowledge.wrong_diagnosis_fraction,
    "knowledge.estimate_log_sd": lambda s: s.knowledge.estimates_work,
    "mishaps.phones_left_": lambda s: s.mishaps.phones_probability,
    "mishaps.": lambda s: max(s.mishaps.phones_probability, s.mishaps.map_probability, s.mishaps.notices_probability),
}
"""What does nothing unless a plan has it, by the beginning of the keys."""


@dataclass(frozen=True)
class Assumption:
    """A key of grade X with its ends; `NAME` in `key` stands for every entry. base : values in force, one or more."""

    key: str
    unit: str
    low: float
    high: float
    base: tuple[float, ...]

    def at(self, end: End) -> float:
        """Return the value at an end."""
        return self.low if end == "low" else self.high


@dataclass(frozen=True)
class Variant:
    """The scenario with one assumption at one end, ready to be played."""

    assumption: Assumption
    end: End
    setting: Setting


@dataclass(frozen=True)
class Effect:
    """What an assumption does at one end to one measure.

    difference, lo, hi : the watched plan minus the reference, storm by storm, with the 95 % interval for itself.
    best : the plan with the best mean there. clear : whether it differs from the best of the base and is better
    than that, in the same storms, beyond the 95 % interval of their difference.
    bound : what the difference is really. is_open : which plan is best hangs on what was cut off by the horizon.
    n_censored : storms in which any plan is cut off.
    """

    difference: float
    lo: float
    hi: float
    best: str
    clear: bool
    bound: Bound
    is_open: bool
    n_censored: int


@dataclass(frozen=True)
class Swing:
    """One assumption and one measure: the effects at both ends.

    base, base_bound : the difference as everything stands, and what it is really.
    """

    assumption: Assumption
    measure: str
    base: float
    low: Effect
    high: Effect
    base_bound: Bound

    @property
    def size(self) -> float:
        """Return how far apart the difference comes, at the ends and as everything stands."""
        found = (self.base, self.low.difference, self.high.difference)
        return max(found) - min(found)

    def changes(self, best: str) -> list[tuple[End, Effect]]:
        """Return the ends at which another plan than `best` has the best mean, as far as that is not open."""
        ends: list[tuple[End, Effect]] = [("low", self.low), ("high", self.high)]
        return [(end, effect) for end, effect in ends if effect.best != best and not effect.is_open]

    @property
    def is_cut(self) -> bool:
        """Return whether its size rests on a difference that was cut off by the horizon."""
        return bool(self.base_bound or self.low.bound or self.high.bound)

    @property
    def n_open(self) -> int:
        """Return at how many ends it is open which plan is best."""
        return self.low.is_open + self.high.is_open


@dataclass(frozen=True)
class Tornado:
    """Everything found: per measure the difference in force and the swings, the largest first.

    plans : those played, the reference first. watched : the plan whose difference to the reference is drawn.
    base : measure -> effect with every assumption as it stands. left_out : keys of grade X that were not tried.
    """

    plans: tuple[str, ...]
    watched: str
    base: dict[str, Effect]
    swings: dict[str, tuple[Swing, ...]]
    left_out: tuple[str, ...]
    n: int
    seed: int


def assumptions(scenario: Scenario, measures: Sequence[str]) -> tuple[list[Assumption], list[str]]:
    """Return the assumptions to try, and the keys of grade X that are left out.

    Left out are keys without stated ends (mostly means of the utility, which a sweep varies), those of the
    network's growth, of what no plan has (ACTS), prices when no cost is watched, and what moves complaints' causes and
    answers or satisfaction alone when none of these is.
    """
    found, left_out = [], []
    settings = [plan(scenario, name).settings for name in scenario.plans]
    idle = [part for part, acts in ACTS.items() if not any(acts(each) for each in settings)]
    idle += [] if any(name.startswith("complaints_") for name in measures) else list(_ABOUT_COMPLAINTS)
    idle += [] if "live_wires_down" in measures else ["damage.high_impedance_fraction"]
    idle += [] if any(name.startswith("satisfaction") for name in measures) else ["survey."]
    for declared in declarations():
        if declared.grade != "X":
            continue
        values = tuple(value for value in _values(scenario, declared.key.split(".")) if value is not None)
        priced = declared.key.startswith(PRICES) and not any(measure in _COSTS for measure in measures)
        unused = declared.key in _MOVES_NO_MEASURE or declared.key.startswith(tuple(idle))
        if declared.low is None or declared.high is None or declared.key.startswith(LEFT_OUT) or priced or unused:
            left_out.append(declared.key)
        elif values:
            low, high = _typed(declared, declared.low), _typed(declared, declared.high)
            found.append(Assumption(declared.key, declared.unit, low, high, values))
    return found, left_out


def with_value(scenario: Scenario, key: str, value: float) -> Scenario:
    """Return the scenario with one key changed before plans are merged; `NAME` changes every entry."""
    raw = scenario.model_dump()
    *path, last = key.split(".")
    for table in _tables(raw, path):
        table[last] = value
    return Scenario.model_validate(raw)


def variants(setting: Setting, found: Sequence[Assumption]) -> list[Variant]:
    """Return every assumption at each of its ends, low before high, with the setting's plans and seed."""
    names = [plan.name for plan in setting.plans]
    out = []
    for assumption in found:
        for end in ENDS:
            changed = with_value(setting.scenario, assumption.key, assumption.at(end))
            made = make_setting(changed, setting.network, setting.track, names, setting.seed, setting.allow_code)
            out.append(Variant(assumption, end, made))
    return out


def score_task(work: tuple[Sequence[Setting], int], task: int) -> Scores:
    """Play one task of (settings, n storms): storm `task % n` under setting `task // n`."""
    settings, n = work
    return score(settings[task // n], task % n)


def score_all_task(work: tuple[Sequence[Setting], int], task: int) -> Scores:
    """Play such a task and keep all measures, those that depend on the scenario too."""
    settings, n = work
    return score(settings[task // n], task % n, None)


def leaders(scores: Scores, plans: Sequence[str], measure: str, most: int = 2) -> list[str]:
    """Return the plans with the best means, best first; at most `most`, without the reference."""
    means = scores.values[:, :, MEASURE_NAMES.index(measure)].mean(axis=1) * _sign(measure)
    return [plans[i] for i in np.argsort(means, kind="stable") if i > 0][:most]


def tornado(
    plans: Sequence[str],
    watched: str,
    base: Scores,
    at_ends: Sequence[tuple[Variant, Scores]],
    measures: Sequence[str],
    left_out: Sequence[str],
    seed: int,
    horizon_h: float,
) -> Tornado:
    """Set the ends beside the base.

    Parameters
    ----------
    plans : of the first axis of every Scores, the reference first. watched : one of the others.
    base, at_ends : scores of the same storms, with every assumption as it stands and with one at an end; low
        before high. horizon_h : length of the simulation.
    """
    effects, swings = {}, {}
    for measure in measures:
        effects[measure] = _effect(base, plans, watched, measure, "", horizon_h)
        best = effects[measure].best
        pairs = zip(at_ends[::2], at_ends[1::2], strict=True)
        made = [
            Swing(
                low[0].assumption,
                measure,
                effects[measure].difference,
                _effect(low[1], plans, watched, measure, best, horizon_h),
                _effect(high[1], plans, watched, measure, best, horizon_h),
                effects[measure].bound,
            )
            for low, high in pairs
        ]
        swings[measure] = tuple(sorted(made, key=lambda swing: (-swing.size, swing.assumption.key)))
    n = base.values.shape[1]
    return Tornado(tuple(plans), watched, effects, swings, tuple(left_out), n, seed)


def _effect(
    scores: Scores, plans: Sequence[str], watched: str, measure: str, base_best: str, horizon_h: float
) -> Effect:
    """Return the effect on one measure, from the scores of all plans."""
    sign, column = _sign(measure), MEASURE_NAMES.index(measure)
    values, cut = scores.values[:, :, column], scores.censored[:, :, column]
    difference = t_interval(values[plans.index(watched)] - values[0])
    leader = int(np.argmin(sign * values.mean(axis=1)))
    best = plans[leader]
    if measure in GROWING:
        gone_on = had_it_gone_on(scores.values, scores.censored, measure, horizon_h)
        is_open = int(np.argmin(gone_on.mean(axis=1))) != leader
    else:  # what the best plan did not reach may be as bad as can be
        is_open = bool(cut[leader].any())
    ours, theirs = (bool(cut[p].any()) for p in (plans.index(watched), 0))
    bound = bound_of_difference(ours, theirs) if sign > 0 else bound_of_difference(theirs, ours)
    clear = False
    if base_best and best != base_best:
        _, lo, _ = t_interval(sign * (values[plans.index(base_best)] - values[plans.index(best)]))
        clear = lo > 0
    return Effect(*difference, best, clear, bound, is_open, int(cut.any(axis=0).sum()))


def _sign(measure: str) -> float:
    return -1.0 if MEASURES[measure].better == "high" else 1.0


def _values(node: Any, path: Sequence[str]) -> Iterator[float]:
    """Yield the values in force at a key; one per entry where `NAME` stands for several."""
    if not path:
        yield node
    elif path[0] == "NAME":
        for entry in node.values():
            yield from _values(entry, path[1:])
    else:
        yield from _values(getattr(node, path[0]), path[1:])


def _tables(raw: dict[str, Any], path: Sequence[str]) -> list[dict[str, Any]]:
    tables = [raw]
    for part in path:
        tables = [inner for table in tables for inner in (table.values() if part == "NAME" else [table[part]])]
    return tables


def _typed(declared: Declaration, value: float) -> float:
    return int(value) if isinstance(declared.default, int) and not isinstance(declared.default, bool) else float(value)
