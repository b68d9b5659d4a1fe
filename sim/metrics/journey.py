"""How customers lived through it: out, aware, in touch, answered, told, let down, or never reached; by section.

What is drawn for callers is counted; whom notices reach, and who notices that it is dark, is drawn for callers alone, so
for all other customers the expected number stands.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.hotline import APP, RUNG_UP, VOICE, Calls, is_answered
from sim.hotline.blocks import by_sections, number_people
from sim.hotline.callers import STRANGERS, AwarenessClock
from sim.hotline.promises import Promises
from sim.log import Log
from sim.metrics.audience import Audience, audience
from sim.metrics.intervals import Dark
from sim.metrics.promises import promises_published
from sim.scenario.instants import local_minute_of_day
from sim.scenario.model import Scenario
from sim.units import MIN_PER_H

if TYPE_CHECKING:
    from sim.damage import Drawn

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


class _Told(NamedTuple):
    """Share of a section's customers told by notice or in person, by section, (n_sections,): ever, and before a miss."""

    ever: FloatArray
    before: FloatArray


def journey(dark: Dark, calls: Calls, log: Log, drawn: Drawn, settings: Scenario) -> dict[str, FloatArray]:
    """Return the numbers of AREAS that begin with `journey_`, by section, (n_sections,) each.

    Parameters
    ----------
    dark, calls, log : what happened; log for the promises and notices published.
    drawn : network. settings : the plan's scenario.
    """
    network = drawn.network
    heard = audience(log, network.area)
    promises, missed_at = _promises(heard, dark, settings.hotline.entry_min)
    n, section = network.n_sections, dark.section[dark.sustained]
    out = np.zeros(n)
    out[section] = network.customers[section]
    last_miss = np.full(n, -np.inf)
    np.maximum.at(last_miss, dark.section, missed_at)
    was_missed = last_miss > -np.inf
    told = _told(dark, missed_at, log, network.area, settings)
    people = _people(calls, promises, heard.group, last_miss, n)
    answered = np.minimum(people["answered"], out)
    others = out - answered
    by_phone, in_time = np.minimum(people["told"], answered), np.minimum(people["told_before"], answered)
    return {
        "journey_out": out,
        "journey_aware": np.maximum(out * _aware(dark, n, settings), np.minimum(people["in_touch"], out)),
        "journey_in_touch": np.minimum(people["in_touch"], out),
        "journey_answered": answered,
        "journey_told_answered": by_phone + (answered - by_phone) * told.ever,
        "journey_told_others": others * told.ever,
        "journey_missed": was_missed * (in_time + (out - in_time) * told.before),
        "journey_unreached": others * (1.0 - told.ever),
    }


def _aware(dark: Dark, n: int, settings: Scenario) -> FloatArray:
    """Return the share of customers who noticed, by section: first calls come at the same pace."""
    who = settings.customers
    clock = AwarenessClock(float(local_minute_of_day(0.0, settings)), who.night_awareness)
    awake = np.bincount(dark.section, clock.aware(dark.end) - clock.aware(dark.start), minlength=n)
    return np.asarray(1.0 - 2.0 ** (-awake / who.first_call_half_time_min))


def _promises(heard: Audience, dark: Dark, entry_min: float) -> tuple[Promises, FloatArray]:
    """Return the promises as told, and the last instant in each interval at which one came due unkept; -inf: none."""
    promises = heard.promises(entry_min)
    missed_at = promises.missed_at(heard.group[dark.section], np.nextafter(dark.end, -np.inf))
    return promises, np.where(missed_at > dark.start, missed_at, -np.inf)


def _told(dark: Dark, missed_at: FloatArray, log: Log, area: IntArray, settings: Scenario) -> _Told:
    """Return the shares told by notices and in person while dark."""
    rows, entry = log.of("notice_sent"), settings.hotline.entry_min
    notices = log["place"][rows], log["at"][rows] + entry, log["value"][rows]
    at, place, value = promises_published(log)
    definite, told = value > at, settings.notices
    lead = at[definite] + told.manager_lead_h * MIN_PER_H
    managers = place[definite], lead, np.full(int(definite.sum()), told.manager_fraction)
    ends = dark.end, np.minimum(dark.end, missed_at)
    return _Told(*(1.0 - _untold(dark, end, notices, area) * _untold(dark, end, managers, area) for end in ends))


def _untold(
    dark: Dark, until: FloatArray, said: tuple[IntArray, FloatArray, FloatArray], area: IntArray
) -> FloatArray:
    """Return the shares, by section, whom none of these announcements reached from when it went dark until an instant.

    until : of each interval. said : area, minute and share reached of each announcement, in any order.

    The same people are reached each time, so the widest announcement counts.
    """
    where, at, reach = said
    instants = np.unique(at)

    def placed(of: IntArray, when: FloatArray) -> IntArray:
        return of * (len(instants) + 1) + np.searchsorted(instants, when)

    order = np.argsort(placed(where, at), kind="stable")
    key, reach = placed(where, at)[order], np.append(reach[order], 0.0)
    ends = [np.searchsorted(key, placed(area[dark.section], when)) for when in (dark.start, until)]
    heard = np.flatnonzero(ends[0] < ends[1])
    widest = np.maximum.reduceat(reach, np.stack(ends, axis=1)[heard].ravel())[::2] if len(heard) else np.empty(0)
    most = np.zeros(len(area))
    np.maximum.at(most, dark.section[heard], widest)
    return 1.0 - most


def _people(calls: Calls, promises: Promises, area: IntArray, last_miss: FloatArray, n: int) -> dict[str, FloatArray]:
    """Return numbers of people by section, (n,): in touch, answered, told when power would be back, told before a miss."""
    found = {name: np.zeros(n) for name in ("in_touch", "answered", "told", "told_before")}
    for rows in by_sections(calls.section, n):
        rows = rows[calls.caller[rows] < STRANGERS]
        section, result = calls.section[rows].astype(np.int64), calls.result[rows]
        by_agent = is_answered(result)
        got_through = np.flatnonzero(by_agent | (result == VOICE) | (result == APP) | (result == RUNG_UP))
        of, through = section[got_through], rows[got_through]
        answered_at = np.where(by_agent[got_through], calls.answered_at[through], calls.done_at[through])
        told = promises.running(area[of], answered_at) if len(promises) else np.zeros(len(of), bool)
        before = told & (answered_at < last_miss[of])
        person, of_section = number_people(section, calls.caller[rows])
        chosen = slice(None), got_through, got_through[told], got_through[before]
        for numbers, some in zip(found.values(), chosen, strict=True):
            is_there = np.zeros(len(of_section), bool)
            is_there[person[some]] = True
            numbers += np.bincount(of_section[is_there], minlength=n)
    return found
