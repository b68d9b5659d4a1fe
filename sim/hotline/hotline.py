"""The hotline of one run: who phones, who gets through, and what the control room hears from it.

The world says what happens in the field at exact instants (dark, restored, promise, notice) and then asks for
the slice just ended; each call is made or not according to what was so at its own instant.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim import rng
from sim.hotline.callers import Callers, kind_of, parts_of, section_and_caller
from sim.hotline.promises import Announcements, Promises
from sim.hotline.queue import ABANDONED, SERVED, WAITING, Batch, Desk, FloatArray, IntArray
from sim.hotline.staffing import staffing
from sim.scenario.model import Scenario
from sim.units import MIN_PER_H

if TYPE_CHECKING:
    from sim.damage import Drawn

MISSED_FOR_MIN = 12 * MIN_PER_H  # a missed promise makes people phone for so long (grade X)


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


@dataclass(frozen=True)
class Calls:
    """One row per attempt, by time; arrays (n_calls,), minutes since the start.

    `episode` counts the section's interruptions from 0, `attempt` the dialling for one matter from 0; `kind`
    is a code into `callers.KINDS`, `result` into `queue.RESULTS`. `wait_min` is the time in the queue until
    the answer or the giving up, nan for all others; `answered_at` is nan unless served; `done_at`, when the
    line became free, is nan for calls still waiting at the end.
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


class Hotline:
    """Callers, voice system, queue and agents, advanced in slices whose length changes nothing.

    Parameters
    ----------
    drawn : nature's draws; used are network (customers, area), factors.burst, seed and replication.
    settings : the plan's scenario; used are hotline, customers, notices, start, time zone and horizon.
    """

    def __init__(self, drawn: Drawn, settings: Scenario) -> None:
        desk = settings.hotline
        self._key = drawn.seed, drawn.replication
        self._area = drawn.network.area
        self._who, self._fewer = settings.customers, settings.notices.fewer_calls_fraction
        self._voice_min = desk.voice_s / 60.0
        since, agents = staffing(settings)
        self._desk = Desk(
            since.tolist(), agents.tolist(), desk.trunks, self._voice_min,
            desk.redial_after_abandon, desk.redial_after_busy,
        )  # fmt: skip
        self._callers = Callers(drawn, settings)
        self._promises, self._notices = Promises(), Announcements()
        self._to = 0.0
        self._levels = 0
        self._made: list[tuple[NDArray[Any], ...]] = []
        self._heard: tuple[FloatArray, IntArray] = np.empty(0), np.empty(0, np.int64)

    def went_dark(self, sections: ArrayLike, at: float) -> None:
        """Say that sections (n,) lost supply at `at`, not before the last slice's end."""
        self._callers.went_dark(sections, at)

    def restored(self, sections: ArrayLike, at: float) -> None:
        """Say that sections (n,) have supply again at `at`."""
        self._callers.restored(sections, at)

    def etr(self, area: int, at: float, promised_at: float) -> None:
        """Say that an area was promised supply by `promised_at` (nan or negative: told "assessing")."""
        self._promises.announce(area, at, promised_at)

    def notice(self, area: int, at: float, reach: float) -> None:
        """Say that a notice went to an area, reaching this share of its customers."""
        self._notices.announce(area, at, reach)

    def advance(self, to: float) -> Reports:
        """Serve all calls before `to` and return the reports dated before it and not returned earlier."""
        callers = self._callers
        self._to = to
        new = callers.meet()
        if new:
            self._desk.free_at += [np.inf] * new
        callers.follow_up(to)
        at, keys = callers.agenda.pop(to)
        if len(at):
            until = callers.end_at[callers.episode[keys[0]]]
            dialled, again = self._dialled(at, keys, until)
            if dialled.any():
                self._serve(at[dialled], keys[:, dialled], until[dialled], again[dialled], to)
        return self._reports(to)

    def _dialled(
        self, at: FloatArray, keys: IntArray, until: FloatArray
    ) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Return which calls are dialled, and which only if the caller is not busy with an earlier one."""
        row, code = keys
        _, nth, attempt = parts_of(code)
        dialled = at < until
        again = (nth > 0) & (attempt == 0)
        asked = np.flatnonzero(dialled & again)
        if len(asked):
            pace = self._pace(row[asked], at[asked])
            dialled[asked] = self._callers.chance(row[asked], code[asked]) * self._callers.fastest < pace
        if len(self._notices):
            asked = np.flatnonzero(dialled & (nth == 0) & (attempt == 0))
            spared = asked[self._spared(row[asked], code[asked], at[asked])]
            dialled[spared] = False
            for one, instant in zip(row[spared].tolist(), at[spared].tolist(), strict=True):
                self._desk.free_at[one] = instant  # may phone later, as those who have phoned
        return dialled, again

    def _pace(self, row: IntArray, at: FloatArray) -> FloatArray:
        """Return the multiplier of further calls by the area's last news and by broken promises."""
        if not len(self._promises):
            return np.ones(len(row))
        callers, who = self._callers, self._who
        episode = callers.episode[row]
        area = self._area[callers.section[episode]]
        pace = np.where(self._promises.running(area, at), who.followup_with_etr, 1.0)
        missed_at = self._promises.missed_at(area, at)
        angry = (missed_at > callers.dark_at[episode]) & (at < missed_at + MISSED_FOR_MIN)
        return np.where(angry, who.followup_after_missed, pace)

    def _spared(self, row: IntArray, code: IntArray, at: FloatArray) -> NDArray[np.bool_]:
        """Say whom a notice spares the first call: reached, content, and the promise not overdue."""
        callers = self._callers
        area = self._area[callers.section[callers.episode[row]]]
        reach = self._notices.latest(area, at)
        person = callers.person[row]
        reached = rng.uniforms(*self._key, "notice.reached", person) < reach
        content = rng.uniforms(*self._key, "notice.content", person, code) < self._fewer
        return reached & content & ~self._promises.due_unkept(area, at)

    def _serve(
        self, dialled_at: FloatArray, keys: IntArray, until: FloatArray, again: NDArray[np.bool_], to: float
    ) -> None:
        batch = Batch(dialled_at, keys[0], keys[1], again, until, self._callers.draw, self._levels)
        self._callers.agenda.push(*self._desk.serve(batch, to))
        self._levels = batch.worth_drawing_ahead()
        at, row, code, result, answered, done = batch.made()
        order = np.argsort(at, kind="stable")
        kept = at, row.astype(np.int32), code, result.astype(np.int8), answered, done
        self._made.append(tuple(column[order] for column in kept))
        through = np.flatnonzero(result <= SERVED)
        heard = np.where(result == SERVED, answered, done)[through]
        self._heard = np.concatenate([self._heard[0], heard]), np.concatenate([self._heard[1], row[through]])

    def _reports(self, to: float) -> Reports:
        at, row = self._heard
        due = at < to
        now, person = at[due], self._callers.person[row[due]]
        if len(now):
            self._heard = at[~due], row[~due]
            # several calls are answered at one instant when agents sit down together
            order = np.lexsort((person, now))
            now, person = now[order], person[order]
        return Reports(now, *section_and_caller(person))

    def finish(self) -> Calls:
        """Return all calls made before the end of the last slice; the hotline is over then."""
        person = self._callers.person
        self._desk.free_at.clear()
        del self._callers
        types = (np.float64, np.int32, np.int64, np.int8, np.float64, np.float64)
        parts, self._made = [tuple(np.empty(0, kind) for kind in types), *self._made], []
        columns = list(zip(*parts, strict=True))
        del parts
        for i, column in enumerate(columns):  # one by one, for the sake of memory
            columns[i] = np.concatenate(column)
        at, row, code, result, answered, done = columns
        del columns, column
        left = np.where(result == SERVED, answered, done)
        result[left >= self._to] = WAITING
        answered[result != SERVED] = np.nan
        done[result == WAITING] = np.nan
        left -= at + self._voice_min
        left[(result != SERVED) & (result != ABANDONED)] = np.nan
        person = person[row]
        del row
        section, caller = (part.astype(np.int32) for part in section_and_caller(person))
        del person
        episode, nth, attempt = (part.astype(np.int32) for part in parts_of(code))
        del code
        kind = kind_of(nth, attempt)
        return Calls(at, section, caller, episode, attempt, kind, result, left, answered, done)
