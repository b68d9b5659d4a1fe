"""Complaints to the operator: grievances of customers in the dark, lodged some time later.

Three kinds of unit-rate Poisson processes run against integrated hazards, so that a plan moves complaints in
time or spares them but never draws others: one per section for the waiting itself, one per section for what a
missed promise adds, one per caller for what a failed call adds. Their hazards sum to the hazard with its
capped product of factors.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim import rng
from sim.hotline.batch import ABANDONED, BUSY, CUT_OFF, RUNG_UP, FloatArray, IntArray
from sim.hotline.blocks import by_sections, number_people
from sim.hotline.callers import STRANGERS, person_of, section_and_caller
from sim.hotline.hotline import Calls
from sim.hotline.kinds import KINDS_OF_CUSTOMERS, Kinds, are_told_apart, kind_of_customer
from sim.hotline.promises import Announcements, Promises
from sim.hotline.spells import Exposure, Pace, Points, Spells, Strikes, hazard_per_min
from sim.scenario.model import Complaints as Hazards
from sim.scenario.model import Customers, Scenario
from sim.units import MIN_PER_H

if TYPE_CHECKING:
    from sim.damage import Drawn

CAUSES = ("waiting", "missed_etr", "failed_contact")
WAITED, MISSED_ETR, FAILED_CONTACT = range(3)
_CAUSE_OF = {"waiting": WAITED, "missed": MISSED_ETR, "failed": FAILED_CONTACT}


@dataclass(frozen=True)
class Intervals:
    """When sections were dark; arrays (n,), minutes; an interruption still open ends at the horizon."""

    section: IntArray
    start_at: FloatArray
    end_at: FloatArray


@dataclass(frozen=True)
class Complaints:
    """Complaints by the instant of lodging, perhaps after the horizon; (n,).

    `cause` is a code into CAUSES, `arose_at` the instant of the grievance. `who` and `nth` tell complaints of one cause
    apart: the key of their process and their number in it. `area` is the area, or the group of sections told the same.
    """

    at: FloatArray
    area: IntArray
    section: IntArray
    cause: IntArray
    arose_at: FloatArray
    who: IntArray
    nth: IntArray

    def __len__(self) -> int:
        return len(self.at)


def complaints(
    intervals: Intervals,
    promises: Promises,
    notices: Announcements,
    calls: Calls | None,
    drawn: Drawn,
    settings: Scenario,
    factor: float = 1.0,
) -> Complaints:
    """Return the complaints that arise from one run; parameters as in `complaints_band`, with one factor."""
    return complaints_band(intervals, promises, notices, calls, drawn, settings, (factor,))[0]


def complaints_band(
    intervals: Intervals,
    promises: Promises,
    notices: Announcements,
    calls: Calls | None,
    drawn: Drawn,
    settings: Scenario,
    factors: Sequence[float],
    group: IntArray | None = None,
) -> tuple[Complaints, list[FloatArray]]:
    """Return the complaints that arise from one run, and when they would be lodged, in no order, at other hazards.

    Parameters
    ----------
    intervals : when sections were dark, those of one section not overlapping, in any order.
    promises, notices : what areas were told, or groups; the values of notices are the shares reached.
    calls : records of the hotline; None: no failed calls.
    drawn : network (customers, business, area), seed and replication.
    settings : the plan's scenario; used are the tables `complaints` and `customers`.
    factors : each scales every hazard, on top of `hazard_factor`: of the complaints, and of the assumption band's ends.
    group : (n_sections,) of sections that were told the same; None: areas.
    """
    hazards, network = settings.complaints, drawn.network
    group = network.area if group is None else group
    order = np.lexsort((intervals.start_at, intervals.section))
    section = np.asarray(intervals.section, np.int64)[order]
    start = np.asarray(intervals.start_at, np.float64)[order]
    end = np.asarray(intervals.end_at, np.float64)[order]
    area, end_at = group[section], float(end.max(initial=0.0))
    dark = Spells(section, section, area, start, start, end, network.customers[section].astype(np.float64))
    n_groups = max(len(network.area_name), int(group.max(initial=-1)) + 1)
    rung_up = None if calls is None else _rung_up(calls, dark)
    heights = [hazard_per_min(hazards) * factor * hazards.hazard_factor for factor in factors]
    strikes: dict[str, Strikes] = {}

    def struck(name: str) -> Strikes:
        return strikes.setdefault(name, Strikes(heights, (drawn.seed, drawn.replication, f"complaint.{name}")))

    failing: list[tuple[_Class, Pace]] = []
    for each in _classes(settings.customers, drawn, section):
        news = _News(promises, notices, hazards, n_groups, end_at, each.factor)
        own = dark if each.weight is None else replace(dark, who=section | each.tag, weight=each.weight)
        told_of = None if rung_up is None else rung_up.of(each.kinds)
        eased = _eased(own, told_of, hazards.urged_factor)
        struck("waiting" + each.name).add(Exposure(eased, news.waiting))
        if len(promises):
            # Only those who were dark when the promise came due were let down by it.
            told = np.minimum(news.after_miss(area, start), end)
            let_down = _eased(replace(own, start=told), told_of, hazards.urged_factor)
            struck("missed" + each.name).add(Exposure(let_down, news.missed))
        failing.append((each, news.failed))
    for failed in _failed(calls, dark, len(network.customers)) if calls is not None else ():
        for each, pace in failing:
            struck("failed" + each.name).add(Exposure(_of_kinds(failed, each.kinds), pace))
    points = [{name: each.points(height) for name, each in strikes.items()} for height in range(len(factors))]
    made = _complaints(points[0], _lodged_at(points[0], drawn, hazards), group)
    return made, [_lodged_at(each, drawn, hazards) for each in points[1:]]


def _lodged_at(points: dict[str, Points], drawn: Drawn, hazards: Hazards) -> FloatArray:
    """Return when the complaints of all kinds of process are lodged, kind by kind, (n,)."""
    key, mean = (drawn.seed, drawn.replication), MIN_PER_H * hazards.lodging_mean_h
    return np.concatenate([
        part.at + mean * rng.exponentials(*key, f"complaint.{name}.lodged", part.who, part.nth)
        for name, part in points.items()
    ])  # fmt: skip


def _complaints(points: dict[str, Points], at: FloatArray, group: IntArray) -> Complaints:
    """Return the complaints of all kinds of process by the instants of lodging, (n,)."""
    cause = np.repeat([_CAUSE_OF[name.partition(".")[0]] for name in points], [len(part.at) for part in points.values()])
    arose_at, where, who, nth = (np.concatenate(column) for column in zip(*points.values(), strict=True))
    order = np.argsort(at, kind="stable")
    where = where[order]
    return Complaints(at[order], group[where], where, cause[order], arose_at[order], who[order], nth[order])


class _News:
    """How the news in each area changes the hazards: for the waiting, a missed promise, a failed call.

    `usual` is the factor of a class of customers.
    """

    def __init__(
        self, promises: Promises, notices: Announcements, hazards: Hazards, n_areas: int, end_at: float,
        usual: float = 1.0,
    ) -> None:  # fmt: skip
        promises.sort()
        notices.sort()
        self._promises, self._notices = promises, notices
        due = promises.value > promises.at  # false for nan
        made = ~np.isnan(promises.value)
        # announcements that end a missed promise: those that promise anew; the value is their own instant
        self._made = Announcements(promises.area[made], promises.at[made], promises.at[made])
        area = np.concatenate([np.arange(n_areas), promises.area, promises.area[due], notices.area])
        at = np.concatenate([np.zeros(n_areas), promises.at, promises.value[due], notices.at])
        order = np.lexsort((at, area))
        area, at = area[order], at[order]
        span = max(end_at, float(at.max(initial=0.0))) + 1.0

        missed = self._missed(area, at)
        reach = np.nan_to_num(notices.latest(area, at))
        reach = np.where(promises.running(area, at) & ~missed, reach, 0.0)
        cap, let_down, calmed = hazards.factor_cap, hazards.missed_etr_factor, hazards.accurate_notice_factor
        failed = hazards.failed_contact_factor

        def with_factor(extra: float) -> FloatArray:
            """Mean capped factor over those reached and not reached, times `extra` before the cap."""
            told = reach * min(cap, calmed * extra) + (1.0 - reach) * min(cap, extra)
            return np.where(missed, min(cap, let_down * extra), told)

        base = np.where(missed, min(cap, usual), with_factor(usual))
        self.waiting = Pace(area, at, base, span)
        self.missed = Pace(area, at, np.maximum(with_factor(usual) - base, 0.0), span)
        self.failed = Pace(area, at, np.maximum(with_factor(failed * usual) - with_factor(usual), 0.0), span)

    def _missed(self, area: IntArray, at: FloatArray) -> NDArray[np.bool_]:
        """Say where a promise came due unrevoked and no new one has been made since."""
        missed_at = self._promises.missed_at(area, at)
        return np.isfinite(missed_at) & ~(self._made.latest(area, at) > missed_at)

    def after_miss(self, area: IntArray, at: FloatArray) -> FloatArray:
        """Return, where a promise stands missed, the instant of the next one (inf: none), elsewhere `at`."""
        following = self._made.position(area, at) + 1
        areas, instants = np.append(self._made.area, -1), np.append(self._made.at, np.inf)
        over_at = np.where(areas[following] == area, instants[following], np.inf)
        return np.where(self._missed(area, at), over_at, at)


class _Class(NamedTuple):
    """Customers who complain alike: what the names of their draws end in, their factor, and which kinds they are of.

    `weight`, by interval: how many, None for all customers; `tag` tells their processes from those of others.
    """

    name: str
    factor: float
    kinds: tuple[int, ...]
    weight: FloatArray | None
    tag: int


_ALL = _Class("", 1.0, (), None, 0)
_TAG_BITS = 48


def _classes(who: Customers, drawn: Drawn, section: IntArray) -> list[_Class]:
    """Return the classes of customers: those who complain as ordinary ones do first, then each kind that does otherwise."""
    if not are_told_apart(who):
        return [_ALL]
    kinds = Kinds(drawn, who)
    customers = [n.astype(np.float64) for n in kinds.customers(section)]
    alike = tuple(kind for kind, factor in enumerate(kinds.complaints) if factor == 1.0)
    ordinary = _Class("", 1.0, alike, np.sum([customers[kind] for kind in alike], axis=0), 0)
    others = [
        _Class(f".{KINDS_OF_CUSTOMERS[kind]}", float(factor), (kind,), customers[kind], kind << _TAG_BITS)
        for kind, factor in enumerate(kinds.complaints)
        if factor != 1.0
    ]
    return [ordinary, *others]


def _of_kinds(spells: Spells, kinds: tuple[int, ...]) -> Spells:
    """Return the spells of callers of some kinds; of all where none is named."""
    if not kinds:
        return spells
    kept = np.isin(kind_of_customer(section_and_caller(spells.who)[1]), kinds)
    return Spells(*(getattr(spells, each.name)[kept] for each in fields(Spells)))


class _RungUp(NamedTuple):
    """Customers in the dark whom the order desk rang up, each once in an interruption: its place among the spells, when."""

    spell: IntArray
    at: FloatArray
    kind: IntArray

    def of(self, kinds: tuple[int, ...]) -> _RungUp:
        """Return those of some kinds; all where none is named."""
        return _RungUp._make(column[np.isin(self.kind, kinds)] for column in self) if kinds else self


def _rung_up(calls: Calls, dark: Spells) -> _RungUp | None:
    """Return who was rung up in the dark, by spell and time; None: nobody."""
    row = np.flatnonzero(calls.result == RUNG_UP)
    if not len(row):
        return None
    section, at = calls.section[row].astype(np.int64), calls.at[row]
    spell = Announcements(dark.section, dark.start, dark.end).position(section, at)
    kept = np.flatnonzero((spell >= 0) & (at < dark.end[spell]))
    person = person_of(section[kept], calls.caller[row[kept]])
    first = np.unique(np.stack([spell[kept], person]), axis=1, return_index=True)[1]
    kept = kept[np.sort(first)]
    order = np.lexsort((at[kept], spell[kept]))
    kept = kept[order]
    return _RungUp(spell[kept], at[kept], kind_of_customer(calls.caller[row[kept]]))


def _eased(spells: Spells, rung_up: _RungUp | None, factor: float) -> Spells:
    """Return spells in parts: each customer rung up counts with a factor from then on."""
    if rung_up is None or factor == 1.0:
        return spells
    n = len(spells.who)
    spell = np.concatenate([np.arange(n), rung_up.spell])
    since = np.concatenate([spells.start, np.maximum(rung_up.at, spells.start[rung_up.spell])])
    order = np.lexsort((np.arange(len(spell)) >= n, since, spell))
    spell, since = spell[order], since[order]
    less = np.cumsum(np.where(order >= n, 1.0 - factor, 0.0))
    weight = spells.weight[spell] - (less - less[np.searchsorted(spell, spell)])
    until = np.append(since[1:], np.inf)
    until[np.append(spell[1:] != spell[:-1], True)] = np.inf
    end = np.minimum(until, spells.end[spell])
    return Spells(
        spells.who[spell], spells.section[spell], spells.area[spell], spells.dark_at[spell], np.minimum(since, end), end,
        np.maximum(weight, 0.0),
    )  # fmt: skip


def _failed(calls: Calls, dark: Spells, n_sections: int) -> Iterator[Spells]:
    """Yield the spells in which a caller in the dark has a failed call as the latest one, some sections at a time."""
    interruptions = Announcements(dark.section, dark.start, dark.end)
    fails = (calls.result == ABANDONED) | (calls.result == BUSY) | (calls.result == CUT_OFF)
    for rows in by_sections(calls.section, n_sections):
        rows = rows[calls.caller[rows] < STRANGERS]
        person, of_section = number_people(calls.section[rows].astype(np.int64), calls.caller[rows])
        has_failed = np.zeros(len(of_section), bool)
        has_failed[person[fails[rows]]] = True
        mine = np.flatnonzero(has_failed[person])
        if not len(mine):
            continue
        order = mine[np.argsort(person[mine] * len(rows) + mine)]  # by person; calls are in order of time
        rows, person = rows[order], person[order]
        last = np.append(person[1:] != person[:-1], True)
        next_at = np.where(last, np.inf, calls.at[np.append(rows[1:], rows[-1])])
        place = np.flatnonzero(fails[rows])
        row, section, at = rows[place], calls.section[rows[place]].astype(np.int64), calls.at[rows[place]]
        interval = interruptions.position(section, at)
        kept = (interval >= 0) & (at < dark.end[interval])
        row, place, section, interval = row[kept], place[kept], section[kept], interval[kept]
        who = person_of(section, calls.caller[row])
        end = np.minimum(dark.end[interval], next_at[place])
        start = np.minimum(calls.done_at[row], end)
        one = np.ones(len(interval))
        yield Spells(who, section, dark.area[interval], dark.dark_at[interval], start, end, one)
