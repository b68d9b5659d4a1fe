"""Who would phone, when, and again: pure functions of their keys.

How many would is reckoned for all sections at once, all else only for those that go dark.

A section's would-be callers are people 0, 1, ... of that section, the same at each of its interruptions. Each
phones once, a while after the lights go out, sooner by day than by night, and perhaps again while it is dark.
"""

from __future__ import annotations

import math
from copy import copy
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim import rng
from sim.hotline.agenda import Agenda, Due
from sim.hotline.batch import Drawn as CallDraws
from sim.hotline.batch import FloatArray, IntArray
from sim.hotline.counting import binomial_quantile
from sim.hotline.kinds import LIFE_SUPPORT, Kinds, afterwards, kind_of_customer, left_dark
from sim.hotline.kinds import STRANGERS as STRANGERS
from sim.hotline.order import time_order
from sim.hotline.relief import ACCEPTS, SETTLED
from sim.hotline.relief import FIRST as GOES_FIRST
from sim.scenario.instants import local_minute_of_day
from sim.scenario.model import Scenario
from sim.units import MIN_PER_DAY, MIN_PER_H, S_PER_MIN

if TYPE_CHECKING:
    from sim.damage import Drawn

NIGHT_END_MIN = 360.0  # the night of the awareness clock is 00:00 to 06:00 local time
KINDS = ("first", "redial", "followup")
FIRST, REDIAL, FOLLOWUP = range(3)

# A call's key holds three numbers: interruption of the section, nth call of the person in it, attempt.
_BITS = 20
_LOW = (1 << _BITS) - 1
_PERSON_BITS = 32
# The draws of one call by their number: handling, patience, redial, its delay, and whether the voice system settles
# it; a further call has one more, whether it is made; and whether the caller would rather be called back.
_COLUMNS = (0,), (1,), (2,), (3,), (5,)
_CHANCE, _CONTAINED, _BACK = 4, 5, 6
_OF_SERVICE = (0,), (_CONTAINED,)
_SURE = -1.0  # chance of a call that nothing but restoration or a notice prevents
_FOLLOW_MIN = 720.0  # further calls are put on the agenda this far ahead; another length changes only the speed


def parts_of(code: IntArray) -> tuple[IntArray, IntArray, IntArray]:
    """Split call keys into (interruption of the section, nth call of the person, attempt)."""
    return code >> (2 * _BITS), (code >> _BITS) & _LOW, code & _LOW


def kind_of(nth: NDArray[Any], attempt: NDArray[Any]) -> NDArray[np.int8]:
    """Return codes into KINDS: an attempt after the first is a redial, whatever the call was about."""
    kind = np.where(nth > 0, np.int8(FOLLOWUP), np.int8(FIRST))
    kind[attempt > 0] = REDIAL
    return kind


def person_of(section: NDArray[Any], caller: NDArray[Any]) -> IntArray:
    """Return the id of a section's numbered caller."""
    return np.asarray((section.astype(np.int64) << _PERSON_BITS) | caller)


def section_and_caller(person: IntArray) -> tuple[IntArray, IntArray]:
    """Split a person's id into section and the caller's number within it."""
    return person >> _PERSON_BITS, person & ((1 << _PERSON_BITS) - 1)


def numbered(counts: IntArray, first: IntArray) -> IntArray:
    """Return numbers for people in groups, those of one place together: counts (n_kinds, n), first number by kind."""
    flat = counts.T.ravel()
    begins = np.tile(first, counts.shape[1]) - (np.cumsum(flat) - flat)
    return np.asarray(np.arange(flat.sum()) + np.repeat(begins, flat))


class AwarenessClock:
    """The clock on which people notice and act: by night, 00 to 06 local time, it runs at `night_pace`."""

    def __init__(self, first_minute: float, night_pace: float) -> None:
        self._first, self._pace = first_minute, night_pace
        self._night = NIGHT_END_MIN * night_pace
        self._day = self._night + MIN_PER_DAY - NIGHT_END_MIN

    def aware(self, at: ArrayLike) -> FloatArray:
        """Return the reading of the clock, minutes, at instants in minutes since the start."""
        local = np.asarray(at, np.float64) + self._first
        days = np.floor(local / MIN_PER_DAY)
        minute = local - MIN_PER_DAY * days
        return days * self._day + np.where(
            minute < NIGHT_END_MIN, minute * self._pace, minute - NIGHT_END_MIN + self._night
        )

    def instant(self, aware: ArrayLike) -> FloatArray:
        """Return the instant at which the clock shows `aware`."""
        reading = np.asarray(aware, np.float64)
        days = np.floor(reading / self._day)
        rest = reading - days * self._day
        minute = np.where(rest < self._night, rest / self._pace, rest - self._night + NIGHT_END_MIN)
        return days * MIN_PER_DAY + minute - self._first


_OF_EPISODES = ("section", "_index", "dark_at", "end_at", "_is_left")
_OF_ROWS = ("person", "episode", "_taken", "first_at", "rung_at")
_OF_SECTIONS = ("_n_dark", "_current")


class Crowd(NamedTuple):
    """Everyone who would phone in some interruptions if these lasted, whatever the utility plans.

    counts : people by interruption, (n,).
    person, taken, first_at : who, the same as the draws of calls begin, and when they first call; (m,), those of one
        interruption together. `by_time` are their places in order of `first_at`.
    further : further calls at the fastest pace, by time; `row` is the caller's place among the people.
    """

    counts: IntArray
    person: IntArray
    taken: NDArray[np.uint64]
    first_at: FloatArray
    by_time: NDArray[np.int32]
    further: Due


class Callers:
    """Everyone who would phone, of the sections that have gone dark so far, and their calls to come.

    `row` numbers a person in one interruption. Arrays over rows: `person`, `episode` (index into `dark_at`,
    `end_at`, `section`), `first_at`, `rung_at` (when the order desk rang up, inf for not yet).
    """

    def __init__(self, drawn: Drawn, settings: Scenario) -> None:
        who, desk = settings.customers, settings.hotline
        self._key = drawn.seed, drawn.replication
        self._calls = rng.Begun(*self._key, "caller.call")
        asked = who.model_dump_json()
        # By section, index and `dark_at` of interruptions; every plan finds here what others have drawn, and adds to it.
        self._crowds: dict[tuple[bytes, ...], Crowd] = drawn.once(
            ("crowds", asked, settings.start, settings.timezone), dict
        )
        self._customers = drawn.network.customers
        self._left_fraction = who.left_dark_fraction
        self._afterwards = who.after_restoration_fraction, who.after_restoration_mean_h * MIN_PER_H
        self.kinds = Kinds(drawn, who)
        self._clock = AwarenessClock(float(local_minute_of_day(0.0, settings)), who.night_awareness)
        self._first_mean = who.first_call_half_time_min / math.log(2.0)
        # Further calls are thinned from the fastest pace that any news could cause.
        self.fastest = max(1.0, who.followup_with_etr, who.followup_after_missed)
        if self.kinds.are_told_apart:
            self.fastest *= max(1.0, float(self.kinds.followup.max()))
        self._fade_min = MIN_PER_H * who.followup_half_life_h / math.log(2.0)
        self._total = who.followup_per_h / MIN_PER_H * self.fastest * self._fade_min
        spread = math.log1p(desk.handling_cv**2)
        self._service = math.log(desk.handling_s / S_PER_MIN) - spread / 2.0, math.sqrt(spread)
        self._patience, self._redial_delay = desk.patience_s / S_PER_MIN, desk.redial_delay_min
        self._contained = desk.containment_fraction
        self._reasons = np.array([1.0, desk.followup_handling_factor, desk.question_handling_factor])
        self._reasons_differ = bool((self._reasons != 1.0).any())
        self._accepting, self._crowded = desk.callback_fraction, desk.high_volume_containment_fraction
        self._has_first = desk.priority_agents > 0

        n = drawn.network.n_sections
        every, kinds = np.arange(n), self.kinds
        self._n_callers: IntArray = drawn.once(("would-be callers", asked), lambda: kinds.callers(every))
        self._n_dark = np.zeros(n, np.int64)  # interruptions of each section so far
        self._current = np.full(n, -1, np.int64)  # the episode going on
        self.n_episodes = self._n_met = 0
        self.section, self._index = np.empty(64, np.int64), np.empty(64, np.int64)
        self.dark_at, self.end_at = np.empty(64), np.empty(64)
        self._is_left = np.zeros(64, bool)  # those still dark have been let phone
        self.n_rows = self.n_strangers = 0
        self.person, self.episode = np.empty((2, 64), np.int64)
        self._taken = np.empty(64, np.uint64)  # the person, as the draws of calls begin
        self.first_at, self.rung_at = np.empty((2, 64))
        self._further, self._followed_to = Agenda(_FOLLOW_MIN), 0.0  # further calls not before an instant
        self._over: list[IntArray] = []  # episodes that have ended since `ask_afterwards`
        self.agenda = Agenda()

    def copy(self) -> Callers:
        """Return the same state, to go on by itself."""
        other = copy(self)
        sizes = (_OF_EPISODES, self.n_episodes), (_OF_ROWS, self.n_rows), (_OF_SECTIONS, None)
        for names, n in sizes:
            for name in names:
                setattr(other, name, getattr(self, name)[:n].copy())
        other.agenda, other._further, other._over = self.agenda.copy(), self._further.copy(), self._over.copy()
        return other

    def went_dark(self, sections: ArrayLike, at: float) -> None:
        """Open an episode for each section, (n,)."""
        dark = np.asarray(sections, np.int64)
        self._open(dark, self._n_dark[dark], at)
        self._n_dark[dark] += 1
        self._current[dark] = np.arange(self.n_episodes - len(dark), self.n_episodes)

    def _open(self, sections: IntArray, index: IntArray, at: float | FloatArray) -> None:
        first, self.n_episodes = self.n_episodes, self.n_episodes + len(sections)
        if self.n_episodes > len(self.section):
            for name in _OF_EPISODES:
                setattr(self, name, np.resize(getattr(self, name), 2 * self.n_episodes))
        new = slice(first, self.n_episodes)
        self.section[new], self._index[new] = sections, index
        self.dark_at[new], self.end_at[new], self._is_left[new] = at, np.inf, False

    def restored(self, sections: ArrayLike, at: float) -> None:
        """Close the episodes of the sections, (n,)."""
        over = self._current[np.asarray(sections, np.int64)]
        self.end_at[over] = at
        if self._afterwards[0]:
            self._over.append(over)

    def draw(self, row: IntArray, code: IntArray) -> CallDraws:
        """Draw what nature says of calls."""
        u = self._calls.uniforms(self._taken[row], code, _COLUMNS)
        service = self._served(row, code, u[0], u[4])
        patience, delay = -self._patience * np.log(u[1]), -self._redial_delay * np.log(u[3])
        if self.kinds.are_told_apart:
            patience = patience * self.kinds.patience[self.kind(row)]
        return CallDraws(service, patience, u[2], delay, self._traits(row, code, u[4]))

    def serving(self, row: IntArray, code: IntArray) -> FloatArray:
        """Draw the service of calls alone."""
        return self._served(row, code, *self._calls.uniforms(self._taken[row], code, _OF_SERVICE))

    def _served(self, row: IntArray, code: IntArray, handling: FloatArray, voice: FloatArray) -> FloatArray:
        from scipy.special import ndtri

        mean, sd = self._service
        length = np.exp(mean + sd * ndtri(handling))
        if self._reasons_differ:
            length = length * self._reasons[self._reason(row, code)]
        return np.where(voice < self._contained, -1.0, length)

    def until(self, row: IntArray) -> FloatArray:
        """Return when power is back for people, as far as is known, (n,)."""
        return self.end_at[self.episode[row]]

    def kind(self, row: IntArray) -> IntArray:
        """Return what kind of customers people are, (n,)."""
        return kind_of_customer(section_and_caller(self.person[row])[1])

    def _reason(self, row: IntArray, code: IntArray) -> IntArray:
        """Return why people phone: 0 to report an outage, 1 to ask again, 2 with another question; (n,)."""
        asks = section_and_caller(self.person[row])[1] >= STRANGERS
        return np.where(asks, 2, parts_of(code)[1] > 0)

    def _traits(self, row: IntArray, code: IntArray, voice: FloatArray) -> NDArray[np.int8]:
        traits = np.zeros(len(row), np.int8)
        if self._crowded > self._contained:
            traits[voice < self._crowded] += SETTLED
        if self._accepting:
            traits[self._calls.uniforms(self._taken[row], code, _BACK) < self._accepting] += ACCEPTS
        if self._has_first and self.kinds.are_told_apart:
            traits[self.kind(row) == LIFE_SUPPORT] += GOES_FIRST
        return traits

    def contained(self, row: IntArray, code: IntArray) -> NDArray[np.bool_]:
        """Say which calls the voice system settles, (n,)."""
        u = self._calls.uniforms(self._taken[row], code, _CONTAINED)
        return np.asarray(u < self._contained)

    def meet(self) -> int:
        """Put the first calls of the sections newly dark on the agenda and return the number of new rows."""
        if self._n_met == self.n_episodes:
            return 0
        new, self._n_met = slice(self._n_met, self.n_episodes), self.n_episodes
        section, index, dark_at = self.section[new], self._index[new], self.dark_at[new]
        which = section.tobytes(), index.tobytes(), dark_at.tobytes()
        if which not in self._crowds:
            self._crowds[which] = self._crowd(section, index, dark_at)
        crowd = self._crowds[which]
        episode = np.repeat(np.arange(new.start, new.stop), crowd.counts)
        by_time, further, code = crowd.by_time, crowd.further, self._index[episode] << (2 * _BITS)
        phones = crowd.first_at < self.end_at[episode]  # power is not back before
        person, taken, first_at, row = crowd.person, crowd.taken, crowd.first_at, self.n_rows + np.arange(len(episode))
        if not phones.all():
            row = self.n_rows + np.cumsum(phones) - 1
            by_time, still = by_time[phones[by_time]], phones[further.row]
            person, taken, episode, first_at = person[phones], taken[phones], episode[phones], first_at[phones]
            further = further.part(still)
        n = len(self._add(person, taken, episode, first_at))
        self.agenda.push(Due(crowd.first_at[by_time], row[by_time], code[by_time], np.full(n, _SURE)))
        self._put_further(further._replace(row=row[further.row]))
        return n

    def _put_further(self, calls: Due) -> None:
        """Put further calls, by time, on the agenda, or keep them until their time draws near."""
        soon = int(calls.at.searchsorted(self._followed_to))
        self.agenda.push(calls.part(slice(soon)))
        self._further.push(calls.part(slice(soon, None)))

    def _crowd(self, section: IntArray, index: IntArray, dark_at: FloatArray) -> Crowd:
        """Draw who would phone in interruptions, (n,), given by section, number among those of the section, and instant."""
        counts = self._n_callers[:, section]
        of = np.repeat(np.arange(len(section)), counts.sum(axis=0))
        person, index, dark_at = person_of(section[of], numbered(counts, self.kinds.first)), index[of], dark_at[of]
        delay = self._first_mean * rng.exponentials(*self._key, "caller.first", person, index)
        first_at = self._clock.instant(self._clock.aware(dark_at) + delay)
        taken, by_time = self._calls.take(person), time_order(first_at).astype(np.int32)
        further = self._further_calls(person, taken, index << (2 * _BITS), dark_at, first_at)
        return Crowd(counts.sum(axis=0), person, taken, first_at, by_time, further)

    def _further_calls(
        self, person: IntArray, taken: NDArray[np.uint64], code: IntArray, dark_at: FloatArray, first_at: FloatArray
    ) -> Due:
        """Draw the points after people's first calls, (n,), of Poisson processes whose rate fades with time dark, by inversion."""
        who, mass, nth = np.arange(len(person) if self._total > 0.0 else 0), np.zeros(len(person)), 0
        parts = [(np.empty(0), who[:0], who[:0])]
        while len(who):
            nth += 1
            key = code[who] | (nth << _BITS)
            mass = mass + rng.exponentials(*self._key, "caller.again", person[who], key)
            comes = mass / self._total < 1.0
            who, mass, key = who[comes], mass[comes], key[comes]
            at = dark_at[who] - self._fade_min * np.log1p(-(mass / self._total))
            later = at > first_at[who]
            parts.append((at[later], who[later], key[later]))
        at, who, key = (np.concatenate(column) for column in zip(*parts, strict=True))
        order = time_order(at)
        at, who, key = at[order], who[order], key[order]
        return Due(at, who, key, self._calls.uniforms(taken[who], key, _CHANCE))

    def strangers(self, sections: IntArray, first_at: FloatArray) -> None:
        """Let people phone once, at instants (n,) not before the last slice's end, who do not report an outage.

        They belong to sections (n,) and are numbered behind STRANGERS. All sections newly dark must have been met.
        """
        callers = STRANGERS + self.n_strangers + np.arange(len(sections))
        self._ask(sections, callers, first_at)

    def left_dark(self, sections: IntArray, at: float) -> int:
        """Let people phone who are still dark at `at`, when their outage is declared over; return how many may.

        Each does so once in an interruption, as soon after as with a first call. All sections newly dark must have been met.
        """
        episode = self._current[sections]
        episode = episode[np.isinf(self.end_at[episode]) & ~self._is_left[episode]]
        self._is_left[episode] = True
        section, index = self.section[episode], self._index[episode]
        u = rng.uniforms(*self._key, "caller.left_dark.number", section, index)
        counts = binomial_quantile(u, self._customers[section], self._left_fraction)
        of = np.repeat(np.arange(len(episode)), counts)
        callers = left_dark(index[of], numbered(counts[None, :], np.zeros(1, np.int64)))
        delay = self._first_mean * rng.exponentials(*self._key, "caller.left_dark", section[of], callers, index[of])
        first_at = self._clock.instant(self._clock.aware(np.full(len(of), at)) + delay)
        person = person_of(section[of], callers)
        rows = self._add(person, self._calls.take(person), episode[of], first_at)
        self._let_call(first_at, rows, index[of] << (2 * _BITS))
        return len(of)

    def _add(self, person: IntArray, taken: NDArray[np.uint64], episode: IntArray, first_at: FloatArray) -> IntArray:
        """Add rows of people and return their numbers."""
        first = self.n_rows
        self.n_rows += len(person)
        if self.n_rows > len(self.person):
            self._widen(self.n_rows + self.n_rows // 2)
        new = slice(first, self.n_rows)
        self.person[new], self._taken[new], self.episode[new], self.first_at[new] = person, taken, episode, first_at
        self.rung_at[new] = np.inf
        return np.arange(first, self.n_rows)

    def ask_afterwards(self) -> int:
        """Let people phone once with a question, a while after an interruption; return how many will.

        They belong to the sections restored since this was last called.
        """
        if not self._over:
            return 0
        over, self._over = np.concatenate(self._over), []
        fraction, mean = self._afterwards
        section, index = self.section[over], self._index[over]
        u = rng.uniforms(*self._key, "caller.after.number", section, index)
        counts = binomial_quantile(u, self._customers[section], fraction)
        of = np.repeat(np.arange(len(over)), counts)
        number = numbered(counts[None, :], np.zeros(1, np.int64))
        delay = mean * rng.exponentials(*self._key, "caller.after", section[of], index[of], number)
        first_at = self._clock.instant(self._clock.aware(self.end_at[over[of]]) + delay)
        self._ask(section[of], afterwards(index[of], number), first_at)
        return len(of)

    def _ask(self, sections: IntArray, callers: IntArray, first_at: FloatArray) -> None:
        n = len(sections)
        self._open(sections, np.zeros(n, np.int64), first_at)
        self._n_met = self.n_episodes
        self.n_strangers += n
        episodes = np.arange(self.n_episodes - n, self.n_episodes)
        person = person_of(sections, callers)
        rows = self._add(person, self._calls.take(person), episodes, first_at)
        self._let_call(first_at, rows, np.zeros(n, np.int64))

    def rung_up(self, rows: IntArray, at: float) -> IntArray:
        """Take note that people are rung up at an instant, and return a key for each of these contacts, (n,)."""
        self.rung_at[rows] = np.minimum(self.rung_at[rows], at)
        return np.asarray((self._index[self.episode[rows]] << (2 * _BITS)) | (_LOW << _BITS))

    def may_report(self, since: float, to: float) -> IntArray:
        """Return the sections of those whose calls to come may report a loss of supply between two instants, (n,).

        There may be some who call later, or not at all.
        """
        at, row = self.agenda.look(since, to)
        if not len(row):
            return row
        return self.reporting(row[at < self.until(row)])

    def reporting(self, row: IntArray) -> IntArray:
        """Return the sections of those people, (n,), who report a loss of supply when they call."""
        if self.n_strangers:
            row = row[section_and_caller(self.person[row])[1] < STRANGERS]
        return self.section[self.episode[row]]

    def redial(self, at: FloatArray, keys: IntArray) -> None:
        """Put redials on the agenda: at (n,), keys (row, code), (2, n)."""
        if len(at):
            self._let_call(at, keys[0], keys[1])

    def _let_call(self, at: FloatArray, row: IntArray, code: IntArray) -> None:
        """Put calls on the agenda that come for certain, (n,) each, in any order."""
        self.agenda.push(Due(at, row, code, np.full(len(at), _SURE)).in_order())

    def follow_up(self, to: float) -> None:
        """Put the further calls that may come before `to` on the agenda."""
        if to <= self._followed_to:
            return
        self._followed_to = math.ceil(to / _FOLLOW_MIN) * _FOLLOW_MIN
        calls = self._further.pop(self._followed_to)
        self.agenda.push(calls.part(calls.at < self.until(calls.row)))

    def _widen(self, n: int) -> None:
        for name in _OF_ROWS:
            setattr(self, name, np.resize(getattr(self, name), n))
