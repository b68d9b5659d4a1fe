"""Hold one outcome against the clauses of the standards: find each clause's cases in the log, and judge them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.grid.network import LAND_CLASSES
from sim.hotline import ABANDONED, BUSY, VOICE, Calls, is_answered, is_call
from sim.log import Log
from sim.metrics.complaints import Dealt
from sim.metrics.crews import WORKING, CrewTime
from sim.metrics.intervals import Dark
from sim.metrics.outages import outages
from sim.scenario.instants import local_minute_of_day
from sim.scenario.model import Scenario
from sim.scenario.standards import Clause
from sim.standards import Cases, Judged, judge, judge_share
from sim.units import MIN_PER_DAY, MIN_PER_H, S_PER_MIN

if TYPE_CHECKING:
    from sim.damage import Drawn

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]



@dataclass(frozen=True)
class Evidence:
    """What one outcome left, as far as clauses look at it. dealt : how long complaints took."""

    log: Log
    calls: Calls
    dark: Dark
    crews: CrewTime
    dealt: Dealt
    drawn: Drawn
    settings: Scenario


def judge_clauses(evidence: Evidence) -> dict[str, Judged]:
    """Return how each enabled clause fared, by name, in the scenario's order."""
    return {
        name: _SUBJECTS[clause.about](evidence, clause) for name, clause in evidence.settings.standards.judged.items()
    }


def _arrival(evidence: Evidence, clause: Clause) -> Judged:
    """Judge the minutes from the report that opened an outage to the first crew on site.

    An outage closed before any crew came is no case.
    """
    records = outages(evidence.log)
    never = np.isnan(records.on_site_at)
    cases = ~(never & ~np.isnan(records.closed_at)) & _on(evidence, records.section, clause)
    since, until = records.reported_at[cases], records.on_site_at[cases]
    return _lasting(evidence, clause, records.section[cases], since, until, 1.0)


def _restoration(evidence: Evidence, clause: Clause) -> Judged:
    """Judge the hours from the first crew on site until the outage is closed."""
    records = outages(evidence.log)
    cases = ~np.isnan(records.on_site_at) & _on(evidence, records.section, clause)
    cases &= ~(records.closed_at < records.on_site_at)
    since, until = records.on_site_at[cases], records.closed_at[cases]
    return _lasting(evidence, clause, records.section[cases], since, until, MIN_PER_H)


def _interruption(evidence: Evidence, clause: Clause) -> Judged:
    """Judge the hours of every sustained interruption, each customer counting once for each."""
    dark = evidence.dark
    cases = dark.sustained & _on(evidence, dark.section, clause)
    until = np.where(dark.censored, np.nan, dark.end)[cases]
    weight = dark.customers[cases].astype(float)
    return _lasting(evidence, clause, dark.section[cases], dark.start[cases], until, MIN_PER_H, weight)


def _lasting(
    evidence: Evidence, clause: Clause, section: IntArray, since: FloatArray, until: FloatArray, unit_min: float,
    weight: FloatArray | None = None,
) -> Judged:  # fmt: skip
    """Judge durations; `until` is nan where they had not ended by the horizon."""
    is_open = np.isnan(until)
    lasted = (np.where(is_open, evidence.settings.horizon_min, until) - since) / unit_min
    exempt = np.zeros(len(since), bool)
    if clause.exempt == "weather":
        exempt = _is_windy(evidence, section, since, since + clause.limit * unit_min)
    return _judged(Cases.of(lasted, weight, exempt, is_open), clause)


def _answer(evidence: Evidence, clause: Clause) -> Judged:
    """Judge the seconds of waiting: of all calls offered, or, for a mean, of those answered.

    A call that the voice system settles waits 0 s, one called back until then; one given up, met by a busy line or still
    waiting is not answered.
    """
    phoned = is_call(evidence.calls.result)
    result, by_person = evidence.calls.result[phoned], is_answered(evidence.calls.result[phoned])
    answered = by_person | (result == VOICE)
    wait = np.where(by_person, evidence.calls.wait_min[phoned], 0.0) * S_PER_MIN
    wait = wait[answered] if clause.mean else np.where(answered, wait, np.inf)
    return _judged(Cases.of(wait), clause)


def _abandoned(evidence: Evidence, clause: Clause) -> Judged:
    result = evidence.calls.result
    bad = (result[is_call(result)] == ABANDONED).astype(float)
    return judge_share(bad, np.ones(len(bad)), clause.limit, strict=clause.strict)


def _busy(evidence: Evidence, clause: Clause) -> Judged:
    """Judge the share of calls that met a busy line, of all calls or on the worst local day."""
    phoned = is_call(evidence.calls.result)
    at, bad = evidence.calls.at[phoned], (evidence.calls.result[phoned] == BUSY).astype(float)
    if not clause.per_day:
        return judge_share(bad, np.ones(len(bad)), clause.limit, strict=clause.strict)
    days, day = np.unique(_day(at, evidence.settings), return_inverse=True)
    share = np.bincount(day, bad, len(days)) / np.bincount(day, minlength=len(days))
    counts = _hours_over(at, bad, day, len(days), clause, evidence.settings) >= clause.busy_hours
    over = (share >= clause.limit if clause.strict else share > clause.limit) & counts
    if not len(days):
        return Judged(math.nan, math.nan, math.nan, math.nan, math.nan)
    missed = float(over.mean())
    return Judged(float(share.max()), 1.0 - missed, missed, 0.0, float(not over.any()))


def _hours_over(
    at: FloatArray, bad: FloatArray, day: IntArray, n_days: int, clause: Clause, settings: Scenario
) -> IntArray:
    """Return in how many clock hours of each day the share of busy calls is over the limit, (n_days,)."""
    hour = np.floor(local_minute_of_day(at, settings) / MIN_PER_H).astype(np.int64)
    cell = np.asarray(day) * 24 + hour
    calls, busy = np.bincount(cell, minlength=24 * n_days), np.bincount(cell, bad, 24 * n_days)
    share = busy / np.maximum(calls, 1)
    over = (share >= clause.limit if clause.strict else share > clause.limit) & (calls > 0)
    return np.asarray(over.reshape(n_days, 24).sum(axis=1))


def _complaint_contact(evidence: Evidence, clause: Clause) -> Judged:
    """Judge the working days until a complainant is contacted, also past the horizon."""
    return _judged(Cases.of(evidence.dealt.contact_days), clause)


def _complaint_answer(evidence: Evidence, clause: Clause) -> Judged:
    """Judge the working days until a complaint is answered, also past the horizon."""
    return _judged(Cases.of(evidence.dealt.answer_days), clause)


def _wind(evidence: Evidence, clause: Clause) -> Judged:
    """Judge the crew-minutes on site: those while the area's wind is over the limit have missed it."""
    crews = evidence.crews
    works = crews.of(WORKING) & (crews.section >= 0)
    start, end = crews.start[works], crews.end[works]
    windy_from, windy_to = _wind_interval(evidence, crews.section[works], clause.limit)
    windy = np.nan_to_num(np.clip(np.minimum(end, windy_to) - np.maximum(start, windy_from), 0.0, None))
    minutes = np.concatenate([windy, end - start - windy])
    value = np.repeat([np.inf, 0.0], len(windy))
    return _judged(Cases.of(value[minutes > 0], minutes[minutes > 0]), clause)


def _judged(cases: Cases, clause: Clause) -> Judged:
    return judge(cases, clause.limit, mean=clause.mean, strict=clause.strict, at_least=clause.at_least_fraction)


def _on(evidence: Evidence, section: IntArray, clause: Clause) -> BoolArray:
    """Return which sections lie in the clause's class of area."""
    if clause.land == "all":
        return np.ones(len(section), bool)
    return np.asarray(evidence.drawn.network.land_class[section] == LAND_CLASSES.index(clause.land))


def _is_windy(evidence: Evidence, section: IntArray, since: FloatArray, until: FloatArray) -> BoolArray:
    """Return where work was forbidden at some time within [since, until], by the standard's limit or else the plan's."""
    limits = [c.limit for c in evidence.settings.standards.judged.values() if c.about == "wind"]
    limit = min(limits, default=evidence.settings.usual_limit_of("line"))
    windy_from, windy_to = _wind_interval(evidence, section, limit)
    return np.asarray((windy_from <= until) & (windy_to >= since))


def _wind_interval(evidence: Evidence, section: IntArray, limit_mps: float) -> tuple[FloatArray, FloatArray]:
    from sim.damage import stand_downs

    area = evidence.drawn.network.area[section]
    start, end = stand_downs(evidence.drawn, limit_mps)
    return start[area], end[area]


def _day(at: FloatArray, settings: Scenario) -> IntArray:
    """Return the local day of each instant, counted from the day of the start."""
    first = float(local_minute_of_day(0.0, settings))
    return np.floor((np.asarray(at, float) + first) / MIN_PER_DAY).astype(np.int64)


_SUBJECTS: dict[str, Callable[[Evidence, Clause], Judged]] = {
    "arrival": _arrival,
    "restoration": _restoration,
    "interruption": _interruption,
    "answer": _answer,
    "abandoned": _abandoned,
    "busy": _busy,
    "complaint_contact": _complaint_contact,
    "complaint_answer": _complaint_answer,
    "wind": _wind,
}
