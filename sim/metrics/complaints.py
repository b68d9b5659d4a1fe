"""Complaints measured: how many, about what, how grave, where they go, and how the complaint desk copes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, get_args

import numpy as np
from numpy.typing import NDArray

from sim import rng
from sim.hotline.answering import Answers, Cases, answers
from sim.hotline.complaints import Complaints, Intervals, complaints_band
from sim.hotline.promises import Announcements, Promises
from sim.hotline.workdays import OpeningHours
from sim.metrics.audience import Audience
from sim.metrics.causes import CAUSES, causes
from sim.metrics.curves import per_step, running
from sim.metrics.intervals import Dark
from sim.metrics.where import Stages
from sim.scenario.instants import clock_minutes
from sim.scenario.model import Scenario
from sim.scenario.public import Weekday
from sim.units import MIN_PER_DAY, MIN_PER_H

if TYPE_CHECKING:
    from sim.damage import Drawn
    from sim.hotline import Calls
    from sim.log import Log

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True)
class Dealt:
    """How long each complaint took, (n,).

    lodged_at : minute. contact_days, answer_days : working days after the day of lodging by whose end the complainant was
    contacted and answered; inf: never.
    """

    lodged_at: FloatArray
    contact_days: FloatArray
    answer_days: FloatArray


SERIOUS, GRAVE = 1, 2
_SERIOUS_H, _GRAVE_H = 24.0, 48.0
_GRAVER = tuple(CAUSES.index(name) for name in ("repeat", "conduct"))


def measure_complaints(
    log: Log, calls: Calls, heard: Audience, dark: Dark, stages: Stages, drawn: Drawn, settings: Scenario,
    affected: float, grid: FloatArray,
) -> tuple[dict[str, float], dict[str, FloatArray], Dealt]:
    """Return measures and curves of the complaints, those lodged past the horizon included, and how long each took.

    Parameters
    ----------
    log, calls, heard, dark, stages : what happened, who phoned, what was promised, who was dark and waiting for what.
    affected : customers with a sustained interruption. grid : instants of the curves, minutes.
    """
    told = heard.promises(settings.hotline.entry_min)
    made, ends = _lodged(log, calls, told, heard, dark, drawn, settings)
    band = {"complaints": made.at, "complaints_low": ends[0], "complaints_high": ends[1]}
    values = {name: float(len(lodged_at)) for name, lodged_at in band.items()}
    values["complaints_per_1000_interrupted"] = 1000 * values["complaints"] / affected if affected else math.nan
    cause = causes(made, dark, stages, told, settings.complaints, (drawn.seed, drawn.replication))
    by_cause = np.bincount(cause, minlength=len(CAUSES)).tolist()
    values |= {f"complaints_{name}": n for name, n in zip(CAUSES, by_cause, strict=True)}
    grade = severity(cause, made.arose_at - since(dark, made.section, made.arose_at))
    answered, away, dealt = _answered(made, grade, drawn, settings)
    values |= {"complaints_serious": float((grade >= SERIOUS).sum()), "complaints_grave": float((grade == GRAVE).sum())}
    values |= away | _coped(made, answered)
    curves = {name: per_step(lodged_at, grid) for name, lodged_at in band.items()}
    curves["complaints_open"] = running(made.at, answered.answer_at, grid)
    return values, curves, dealt


def severity(cause: IntArray, dark_min: FloatArray) -> IntArray:
    """Return 0, SERIOUS or GRAVE (n,): grave after 48 h dark, serious after 24 h, on repetition or about conduct.

    The limits are an assumption (X).
    """
    is_serious = (dark_min >= _SERIOUS_H * MIN_PER_H) | np.isin(cause, _GRAVER)
    return np.where(dark_min >= _GRAVE_H * MIN_PER_H, GRAVE, np.where(is_serious, SERIOUS, 0))


def since(dark: Dark, section: IntArray, at: FloatArray) -> FloatArray:
    """Return since when sections, dark at an instant each, have been dark, (n,)."""
    begun = Announcements(dark.section, dark.start, dark.start)
    return begun.latest(section, at)


def _lodged(
    log: Log, calls: Calls, told: Promises, heard: Audience, dark: Dark, drawn: Drawn, settings: Scenario
) -> tuple[Complaints, list[FloatArray]]:
    """Return the complaints, and when they would be lodged at the low and the high hazard."""
    rows = log.of("notice_sent")
    notices = Announcements(log["place"][rows], log["at"][rows] + settings.hotline.entry_min, log["value"][rows])
    notices = heard.spread(notices, drawn.network.area)
    intervals = Intervals(dark.section, dark.start, dark.end)
    factors = (1.0, settings.complaints.low_factor, settings.complaints.high_factor)
    return complaints_band(intervals, told, notices, calls, drawn, settings, factors, heard.group)


def _answered(
    made: Complaints, grade: IntArray, drawn: Drawn, settings: Scenario
) -> tuple[Answers, dict[str, float], Dealt]:
    """Return what the desk made of the complaints, and how many went where; all draws are the complaint's own."""
    desk, key = settings.complaint_desk, (drawn.seed, drawn.replication)
    ids = (made.cause, made.who, made.nth)
    hours = _hours(settings.start, settings.timezone, desk.opens_at, desk.closes_at, desk.workdays, desk.holidays)
    per_day = clock_minutes(desk.closes_at) - clock_minutes(desk.opens_at)
    minutes = rng.exponentials(*key, "complaint.handling", *ids, np.arange(2)[:, None]) * desk.handle_min
    look_into = rng.exponentials(*key, "complaint.looking_into", *ids) * desk.investigate_days * per_day
    chance = rng.uniforms(*key, "complaint.elsewhere", *ids, np.arange(6)[:, None])
    cases = Cases(made.at, grade, minutes[0], minutes[1], look_into, chance[0] < desk.further_fraction)
    found = answers(cases, hours, desk.staff, desk.contact_days, desk.answer_days)
    further = np.isfinite(found.further_at)
    to_regulator = further & (chance[1] < desk.further_to_regulator_fraction)
    by_phone = chance[2] < desk.by_phone_fraction
    away = {
        "complaints_by_phone": by_phone,
        "complaints_in_writing": ~by_phone,
        "complaints_taken_further": further,
        "complaints_to_government": (chance[3] < desk.government_fraction) | (further & ~to_regulator),
        "complaints_to_regulator": (chance[4] < desk.regulator_fraction) | to_regulator,
        "complaints_in_public": chance[5] < desk.social_fraction,
    }
    dealt = Dealt(made.at, hours.days_until(made.at, found.contact_at), hours.days_until(made.at, found.answer_at))
    return found, {name: float(np.count_nonzero(which)) for name, which in away.items()}, dealt


def _coped(made: Complaints, answered: Answers) -> dict[str, float]:
    """Return how late the desk was and how much lay there; nan shares when nobody complained."""
    n = len(made)
    open_then = np.arange(1, n + 1) - np.searchsorted(np.sort(answered.answer_at), made.at, "right")
    is_answered = np.isfinite(answered.answer_at)
    days = (answered.answer_at - made.at)[is_answered] / MIN_PER_DAY
    return {
        "complaints_contacted_late_fraction": float(answered.contact_late.mean()) if n else math.nan,
        "complaints_answered_late_fraction": float(answered.answer_late.mean()) if n else math.nan,
        "complaints_open_peak": float(open_then.max(initial=0)),
        "complaints_answer_days": float(days.mean()) if len(days) else math.nan,
    }


@lru_cache(maxsize=16)
def _hours(
    start: datetime, timezone: str, opens: str, closes: str, workdays: tuple[Weekday, ...], holidays: tuple[date, ...]
) -> OpeningHours:
    days = [get_args(Weekday).index(day) for day in workdays]
    return OpeningHours(start, timezone, clock_minutes(opens), clock_minutes(closes), days, holidays)
