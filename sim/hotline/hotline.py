"""The hotline of one run: who phones, who gets through, and what the control room hears from it.

The world says what happens in the field at exact instants (dark, restored, promise, notice) and then asks for
the slice just ended; each call is made or not according to what was so at its own instant.
Slices in which nobody phones whose report is needed may be served later, together.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim import rng
from sim.hotline.agenda import Due, joined
from sim.hotline.batch import (
    ABANDONED,
    APP,
    FINISH,
    LEAVE,
    NOTHING,
    POSTED,
    RUNG_UP,
    VOICE,
    WAITING,
    Fates,
    FloatArray,
    Given,
    IntArray,
    amend,
    was_answered,
)
from sim.hotline.callers import Callers, kind_of, parts_of, person_of, section_and_caller
from sim.hotline.kinds import STRANGERS, asks_afterwards, is_left_dark
from sim.hotline.masts import Masts
from sim.hotline.promises import Announcements, OwnPromises, Promises
from sim.hotline.queue import Desk
from sim.hotline.relief import Relief
from sim.hotline.spells import Pace
from sim.hotline.staffing import second_site, staffing
from sim.scenario.model import Scenario
from sim.units import MIN_PER_H, S_PER_MIN

if TYPE_CHECKING:
    from sim.damage import Drawn

_MOST_PUT_OFF = 1000  # calls; changes only the speed
USED = (
    "customers", "horizon_h", "hotline", "landfall", "mobile", "notices", "fault_orders", "province", "start", "timezone",
)  # fmt: skip
"""What of the scenario the hotline goes by."""
MISSED_FOR_MIN = 12 * MIN_PER_H  # a missed promise makes people phone for so long (grade X)


MayWait = Callable[[IntArray], bool]
"""Says of sections, (n,), that nobody needs to know yet of calls from there."""


@dataclass(frozen=True)
class Reports:
    """Calls that got through, dated when an agent answered or the voice system had noted them; (n,), by time.

    `caller` is the person's number within the section.
    """

    at: FloatArray
    section: IntArray
    caller: IntArray

    def __len__(self) -> int:
        return len(self.at)

    def part(self, first: int, end: int) -> Reports:
        """Return some that follow one another."""
        rows = slice(first, end)
        return NO_REPORTS if first == end else Reports(self.at[rows], self.section[rows], self.caller[rows])


NO_REPORTS = Reports(np.empty(0), np.empty(0, np.int64), np.empty(0, np.int64))


@dataclass(frozen=True)
class Calls:
    """One row per attempt, by time; arrays (n_calls,), minutes since the start.

    `episode` counts the section's interruptions from 0, `attempt` the dialling for one matter from 0; `kind`
    is a code into `callers.KINDS`, `result` into `queue.RESULTS`. `wait_min` is the time in the queue until
    the answer or the giving up, nan for all others; `answered_at` is nan unless an agent answered or called back;
    `done_at`, when the call was over, is nan for calls still waiting at the end.
    """

    at: FloatArray
    section: NDArray[Any]  # whole numbers in as few bytes as they need
    caller: NDArray[Any]
    episode: NDArray[Any]
    attempt: NDArray[Any]
    kind: NDArray[Any]
    result: NDArray[Any]
    wait_min: FloatArray
    answered_at: FloatArray
    done_at: FloatArray

    def __len__(self) -> int:
        return len(self.at)


def relief(settings: Scenario) -> Relief:
    """Return what relieves the desk of a plan when calls would wait long."""
    desk, (second_at, second) = settings.hotline, second_site(settings)
    says_more = desk.high_volume_containment_fraction > desk.containment_fraction
    return Relief(
        desk.priority_agents,
        second_at.tolist(),
        second.tolist(),
        desk.overflow_after_s / S_PER_MIN,
        desk.callback_after_s / S_PER_MIN if desk.callback_fraction else np.inf,
        desk.high_volume_after_s / S_PER_MIN if says_more else np.inf,
    )


def _firsts(due: Due, dialled: NDArray[np.bool_]) -> IntArray:
    """Return the places of people's first attempts of their first call."""
    _, nth, attempt = parts_of(due.code)
    return np.flatnonzero(dialled & (nth == 0) & (attempt == 0))


class Hotline:
    """Callers, voice system, queue and agents, advanced in slices whose length changes nothing.

    Parameters
    ----------
    drawn : nature's draws; used are network (customers, area), factors.burst, seed and replication.
    settings : the plan's scenario, of which USED is used.
    """

    def __init__(self, drawn: Drawn, settings: Scenario) -> None:
        desk = settings.hotline
        self._key = drawn.seed, drawn.replication
        self._area = drawn.network.area
        self._by_app = settings.customers.app_fraction
        self._not_by_phone = self._by_app + settings.customers.social_fraction
        self._has_strangers = self._has_left_dark = False
        self._who, self._fewer = settings.customers, settings.notices.fewer_calls_fraction
        self._rumour = self._who.rumour_per_h / MIN_PER_H
        self._managers = settings.notices.manager_fraction, settings.notices.manager_lead_h * MIN_PER_H
        mobile = settings.mobile
        self._masts = Masts(drawn.network, mobile.battery_h * MIN_PER_H) if mobile.fails else None
        self._landline = mobile.landline_fraction
        self._over_at = np.inf
        self._voice_min, self._entry_min = desk.voice_s / S_PER_MIN, desk.entry_min
        leave = LEAVE.index(desk.leave_mid_call)
        since, agents = staffing(settings)
        if leave != FINISH:  # whoever leaves later cuts nobody off any more
            self._over_at = settings.horizon_h * MIN_PER_H
            since, agents = since[since < self._over_at], agents[since < self._over_at]
        self._callers = Callers(drawn, settings)
        self._desk = Desk(
            self._callers, since.tolist(), agents.tolist(), desk.trunks, self._voice_min,
            desk.redial_after_abandon, desk.redial_after_busy, relief(settings), leave,
        )  # fmt: skip
        self._promises, self._notices, self._in_person = Promises(), Announcements(), Announcements()
        self._own = OwnPromises(drawn.network.n_sections)
        self._warnings = Announcements()  # to sections, not areas
        self._to = self._asked_to = self._looked_to = 0.0  # up to when calls were served, to be served, and looked at
        self._unheard: IntArray = np.empty(0, np.int64)  # sections of calls put off
        self._dialled: list[Due] = []  # calls put off that are known to be dialled, and other contacts
        self._elsewhere: list[Fates] = []
        # What is asked of calls served: whom agents cut off, who reported.
        self._can_put_off = leave == FINISH and not settings.fault_orders.urge_after_h
        self.n_calls = 0  # calls made so far
        self._made: list[tuple[NDArray[Any], ...]] = []
        self._amended: list[Fates] = []
        self._heard: tuple[FloatArray, IntArray] = np.empty(0), np.empty(0, np.int64)
        self._row_of: dict[int, int] | None = (
            {} if settings.fault_orders.urge_after_h else None
        )  # by person, of the last report

    def went_dark(self, sections: ArrayLike, at: float) -> None:
        """Say that sections (n,) lost supply at `at`, not before the last slice's end."""
        self._callers.went_dark(sections, at)
        if self._masts is not None:
            self._masts.went_dark(sections, at)

    def restored(self, sections: ArrayLike, at: float) -> None:
        """Say that sections (n,) have supply again at `at`."""
        self._callers.restored(sections, at)
        if self._masts is not None:
            self._masts.restored(sections, at)

    def etr(self, area: int, at: float, promised_at: float) -> None:
        """Say that an area was promised supply by `promised_at` (nan or negative: told "assessing")."""
        self._promises.announce(area, at + self._entry_min, promised_at)
        fraction, lead = self._managers
        if fraction and promised_at > at:
            self._in_person.announce(area, at + lead, fraction)

    def own_etr(self, sections: ArrayLike, at: float, promised_at: float) -> None:
        """Say that the customers of sections (n,) alone were promised supply by `promised_at`."""
        if self.is_behind:  # what was promised before is forgotten
            self._serve_until(self._asked_to)
        self._own.announce(np.asarray(sections, np.int64), at + self._entry_min, promised_at)

    def notice(self, area: int, at: float, reach: float) -> None:
        """Say that a notice went to an area, reaching this share of its customers."""
        self._notices.announce(area, at + self._entry_min, reach)

    def warn(self, sections: ArrayLike, at: float, reach: float) -> None:
        """Say that sections (n,) were warned of being switched off, reaching this share; 0: it has lost its force."""
        for section in np.asarray(sections, np.int64).tolist():
            self._warnings.announce(section, at, reach)

    def set_lines(self, lines: int, at: float) -> None:
        """Say that from `at` on so many telephone lines work."""
        self._serve_until(at)
        self._desk.set_lines(lines)

    def call_in(self, n: int, at: float, from_at: float, until: float) -> None:
        """Say at `at` that n more agents will sit at the desk from an instant on until another."""
        self._serve_until(at)
        self._desk.call_in(n, from_at, until if until < self._over_at else np.inf)

    def surge(self, sections: ArrayLike, first_at: ArrayLike, at: float) -> None:
        """Say at `at` that people of sections (n,) will phone with questions at instants (n,) after it."""
        self._serve_until(at)
        self._callers.strangers(np.asarray(sections, np.int64), np.asarray(first_at, np.float64))
        self._desk.add_parties(len(np.asarray(sections)), np.inf)
        self._has_strangers = True

    def left_dark(self, sections: ArrayLike, at: float) -> None:
        """Say at `at` that sections (n,) are dark though their outage was declared over: some there will phone to say so."""
        self._serve_until(at)
        self._desk.add_parties(self._callers.left_dark(np.asarray(sections, np.int64), at), np.inf)
        self._has_left_dark = True

    def rung_up(self, sections: ArrayLike, callers: ArrayLike, at: float) -> None:
        """Say that customers (n,) whose reports have been returned are rung up at an instant, not before the last slice."""
        assert self._row_of is not None
        person = person_of(np.asarray(sections, np.int64), np.asarray(callers, np.int64))
        row = np.array([self._row_of[each] for each in person.tolist()])
        when, code = np.full(len(row), at), self._callers.rung_up(row, at)
        result = np.full(len(row), RUNG_UP, np.int8)
        self._made.append(Fates(when, row.astype(np.int32), code, result, np.full(len(row), np.nan), when))
        self.n_calls += len(row)

    def advance(self, to: float, may_wait: MayWait | None = None) -> Reports:
        """Serve all calls before `to` and return the reports dated before it and not returned earlier.

        Where `may_wait` is given it may put this off, as long as all who may have reported may wait, and return nothing.
        """
        self._asked_to = to
        # where all has been served, for what was said at this very minute, reports are owed and nothing is left to put off
        if may_wait is not None and self._to < to and self._puts_off(to, may_wait):
            return NO_REPORTS
        self._serve_until(to)
        return self._reports(to)

    def catch_up(self, sections: IntArray | None = None) -> Reports:
        """Serve what was put off and return its reports, unless none of them can come from given sections, (n,)."""
        if self.is_behind:
            if sections is not None and set(sections.tolist()).isdisjoint(self._unheard.tolist()):
                return NO_REPORTS
            self._serve_until(self._asked_to)
        return self._reports(self._asked_to)

    @property
    def is_behind(self) -> bool:
        """Say whether something has been put off."""
        return self._to < self._asked_to

    def _puts_off(self, to: float, may_wait: MayWait) -> bool:
        """Say whether serving can wait: all sections from which a report might come before `to` may wait.

        Only where they may not, it is looked at who of them will in fact have dialled.
        """
        if not self._can_put_off:
            return False
        self._let_phone(to)
        callers = self._callers
        if self._looked_to == self._to:  # the first time since calls were served: reports may be left of these
            self._unheard = callers.reporting(self._heard[1])
        if len(self._unheard) + callers.agenda.count(self._looked_to, to) > _MOST_PUT_OFF:
            return False
        new = callers.may_report(self._looked_to, to)
        if len(new):
            self._unheard = np.concatenate([self._unheard, new])
        self._looked_to = to
        if may_wait(self._unheard):
            return True
        self._dial(to)
        rows = self._heard[1], *(due.row for due in self._dialled), *(fates.party for fates in self._elsewhere)
        self._unheard = callers.reporting(np.concatenate(rows))
        return may_wait(self._unheard)

    def _let_phone(self, to: float) -> None:
        """Put on the agenda all calls that may come before `to`."""
        callers = self._callers
        new = callers.meet()
        if new:
            self._desk.add_parties(new, np.inf)
        asking = callers.ask_afterwards()
        if asking:
            self._desk.add_parties(asking, np.inf)
            self._has_strangers = True
        callers.follow_up(to)

    def _serve_until(self, to: float) -> None:
        self._let_phone(to)
        self._to = self._looked_to = to
        self._dial(to)
        if self._dialled or self._elsewhere or self._desk.parts_before(to):
            self._serve(to)
        if self._masts is not None:
            self._masts.forget(to)

    def _dial(self, to: float) -> None:
        """Take the calls before `to` from the agenda and keep those dialled.

        Whether a call is dialled does not depend on the desk, which looks only whether the caller is still busy.
        """
        due = self._callers.agenda.pop(to)
        if not len(due.at):
            return
        row, at = due.row, due.at
        dialled = at < self._callers.until(row)
        asked = (dialled & (due.chance >= 0.0)).nonzero()[0]
        if len(asked):
            dialled[asked] = due.chance[asked] * self._callers.fastest < self._pace(row[asked], at[asked])
        if self._masts is not None:
            self._mute(due, dialled, self._masts)
        if len(self._notices) or len(self._in_person) or len(self._warnings):
            self._spare(due, dialled)
        if self._not_by_phone:
            self._reach_otherwise(due, dialled)
        self._dialled.append(due.part(dialled.nonzero()[0]))

    def _reach_otherwise(self, due: Due, dialled: NDArray[np.bool_]) -> None:
        """Take from the calls dialled the first contacts made by app or on social media, and keep these apart."""
        asked = _firsts(due, dialled)
        person = self._callers.person[due.row[asked]]
        asked = asked[section_and_caller(person)[1] < STRANGERS]
        way = rng.uniforms(*self._key, "caller.channel", self._callers.person[due.row[asked]])
        chosen = way < self._not_by_phone
        asked, result = asked[chosen], np.where(way[chosen] < self._by_app, np.int8(APP), np.int8(POSTED))
        dialled[asked] = False
        at, row = due.at[asked], due.row[asked]
        self._desk.set_free(row, at)
        if len(row):
            self._elsewhere.append(Fates(at, row, due.code[asked], result, np.full(len(at), np.nan), at))

    def _pace(self, row: IntArray, at: FloatArray) -> FloatArray:
        """Return the multiplier of further calls by kind of customer, the area's last news and broken promises."""
        callers, who = self._callers, self._who
        usual = callers.kinds.followup[callers.kind(row)] if callers.kinds.are_told_apart else np.ones(len(row))
        if self._row_of is not None:
            usual = usual * np.where(callers.rung_at[row] <= at, who.followup_after_urged, 1.0)
        if not len(self._promises) and not len(self._own) and not self._rumour:
            return usual
        episode = callers.episode[row]
        area = self._area[callers.section[episode]]
        running, missed_at = self._promises.standing(area, at)
        if len(self._own):
            own_running, own_missed_at = self._own.standing(callers.section[episode], at)
            running, missed_at = running | own_running, np.maximum(missed_at, own_missed_at)
        pace = np.where(running, who.followup_with_etr, 1.0)
        angry = (missed_at > callers.dark_at[episode]) & (at < missed_at + MISSED_FOR_MIN)
        if self._rumour:
            angry |= self._is_moved(row, at)
        return usual * np.where(angry, who.followup_after_missed, pace)

    def _mute(self, due: Due, dialled: NDArray[np.bool_], masts: Masts) -> None:
        """Take from the calls dialled those of people whose phones no mast serves; they may phone later."""
        asked = np.flatnonzero(dialled & (parts_of(due.code)[2] == 0))  # who dials again does so at once
        person, at = self._callers.person[due.row[asked]], due.at[asked]
        mute = masts.silent(section_and_caller(person)[0], at)
        mute[mute] = rng.uniforms(*self._key, "caller.landline", person[mute]) >= self._landline
        dialled[asked[mute]] = False
        # who has phoned before is free when that call is over, which may have still to be served
        firsts = asked[mute & (parts_of(due.code[asked])[1] == 0)]
        self._desk.set_free(due.row[firsts], due.at[firsts])

    def _is_moved(self, row: IntArray, at: FloatArray) -> NDArray[np.bool_]:
        """Say whom rumour has reached by an instant, (n,): it spreads in the dark while no promise is running."""
        callers, promises = self._callers, self._promises
        promises.sort()
        due = promises.value > promises.at  # false for nan
        areas = np.arange(int(self._area.max()) + 1)
        area = np.concatenate([areas, promises.area, promises.area[due]])
        since = np.concatenate([np.zeros(len(areas)), promises.at, promises.value[due]])
        order = np.lexsort((since, area))
        area, since = area[order], since[order]
        alone = Pace(
            area, since, (~promises.running(area, since)).astype(float), max(float(since.max()), float(at.max())) + 1.0
        )
        episode = callers.episode[row]
        where = self._area[callers.section[episode]]
        untold = alone.run(where, at) - alone.run(where, callers.dark_at[episode])
        patience = rng.exponentials(*self._key, "rumour.reached", callers.person[row])
        return np.asarray(untold * self._rumour > patience)

    def _spare(self, due: Due, dialled: NDArray[np.bool_]) -> None:
        """Take from the calls dialled those that a notice spares: first ones of people reached and content.

        A promise that has come due unkept comforts nobody. Who is spared may phone later, as those who have phoned.
        """
        asked = _firsts(due, dialled)
        if not len(asked):
            return
        row, at, callers = due.row[asked], due.at[asked], self._callers
        section = callers.section[callers.episode[row]]
        area, person = self._area[section], callers.person[row]
        reached = rng.uniforms(*self._key, "notice.reached", person) < self._notices.latest(area, at)
        if len(self._in_person):
            reached |= rng.uniforms(*self._key, "notice.in_person", person) < self._in_person.latest(area, at)
        if len(self._warnings):
            reached |= rng.uniforms(*self._key, "notice.warned", person) < self._warnings.latest(section, at)
        content = rng.uniforms(*self._key, "notice.content", person, due.code[asked]) < self._fewer
        unkept = self._promises.due_unkept(area, at)
        if len(self._own):
            section = callers.section[callers.episode[row]]
            unkept = (unkept & ~self._own.standing(section, at)[0]) | self._own.due_unkept(section, at)
        reached &= content & ~unkept
        if self._rumour:
            reached &= ~self._is_moved(row, at)
        if self._has_strangers or self._has_left_dark:
            caller = section_and_caller(person)[1]
            reached &= ~(asks_afterwards(caller) | is_left_dark(caller))
        spared = asked[reached]
        dialled[spared] = False
        self._desk.set_free(due.row[spared], due.at[spared])

    def _serve(self, to: float) -> None:
        """Serve the calls dialled and take note of all contacts, of the redials to come, and of what there is to report."""
        due = joined(self._dialled)
        fates, elsewhere = NOTHING, self._elsewhere
        self._dialled, self._elsewhere = [], []
        if len(due.at) or self._desk.parts_before(to):
            given = Given(due.at, due.row, due.code, due.chance >= 0.0, self._callers.until(due.row))
            fates, later_at, later_keys, amended = self._desk.serve(given, to)
            self._amended.append(amended)
            self._callers.redial(later_at, later_keys)
        for others in elsewhere:
            fates = fates.with_others(others).made()
        if not len(fates.at):
            return
        row, result, answered, done = fates.party, fates.result, fates.answered, fates.done
        self._made.append(fates._replace(party=row.astype(np.int32)))
        self.n_calls += len(row)
        by_agent = was_answered(result)
        through = (by_agent | (result == VOICE) | (result == APP)).nonzero()[0]
        if self._has_strangers:
            through = through[section_and_caller(self._callers.person[row[through]])[1] < STRANGERS]
        heard = np.where(by_agent, answered, done)[through]
        self._heard = np.concatenate([self._heard[0], heard]), np.concatenate([self._heard[1], row[through]])

    def _reports(self, to: float) -> Reports:
        at, row = self._heard
        due = at < to
        if not due.any():
            return NO_REPORTS
        now, person = at[due], self._callers.person[row[due]]
        if self._row_of is not None:
            self._row_of.update(zip(person.tolist(), row[due].tolist(), strict=True))
        self._heard = at[~due], row[~due]
        order = now.argsort()
        in_order = now[order]
        if (in_order[1:] == in_order[:-1]).any():  # several are answered at one instant when agents sit down together
            order = np.lexsort((person, now))
        now, person = now[order], person[order]
        return Reports(now, *section_and_caller(person))

    def copy(self) -> Hotline:
        """Return a hotline in the same state that goes on by itself."""
        other = copy(self)
        other._callers = self._callers.copy()
        other._desk = self._desk.copy(other._callers)
        other._promises, other._notices = self._promises.copy(), self._notices.copy()
        other._in_person, other._own = self._in_person.copy(), self._own.copy()
        other._warnings = self._warnings.copy()
        other._masts = None if self._masts is None else self._masts.copy()
        other._made, other._amended = self._made.copy(), self._amended.copy()
        other._dialled, other._elsewhere = self._dialled.copy(), self._elsewhere.copy()
        other._row_of = None if self._row_of is None else self._row_of.copy()
        return other

    def finish(self) -> Calls:
        """Return all calls made before the end of the last slice; the hotline is over then."""
        person = self._callers.person
        del self._callers, self._desk
        types = (np.float64, np.int32, np.int64, np.int8, np.float64, np.float64)
        parts, self._made = [tuple(np.empty(0, kind) for kind in types), *self._made], []
        columns = list(zip(*parts, strict=True))
        del parts
        for i, column in enumerate(columns):  # one by one, for the sake of memory
            columns[i] = np.concatenate(column)
        if self._row_of:  # those rung up were noted ahead of time
            before = np.flatnonzero(columns[0] < self._to)
            order = before[np.argsort(columns[0][before], kind="stable")]
            columns = [column[order] for column in columns]
        at, row, code, result, answered, done = columns
        del columns, column
        amend(Fates(at, row, code, result, answered, done), self._amended)
        left = np.where(was_answered(result), answered, done)
        result[left >= self._to] = WAITING
        by_agent = was_answered(result)
        answered[~by_agent] = np.nan
        done[result == WAITING] = np.nan
        left -= at + self._voice_min
        left[~by_agent & (result != ABANDONED)] = np.nan
        person = person[row]
        del row
        section, caller = (part.astype(np.int32) for part in section_and_caller(person))
        del person
        episode, nth, attempt = (part.astype(np.int32) for part in parts_of(code))
        del code
        kind = kind_of(nth, attempt)
        return Calls(at, section, caller, episode, attempt, kind, result, left, answered, done)
