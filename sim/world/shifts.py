"""Who comes when: requests for aid, arrivals, and the start and end of shifts; one process per group of crews."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import simpy

from sim import rng
from sim.damage import Drawn
from sim.scenario.model import Scenario
from sim.units import MIN_PER_DAY, MIN_PER_H
from sim.world.crews import Group, asked_at
from sim.world.fieldwork import Call, FieldWork
from sim.world.journal import Journal
from sim.world.orders import Refused

Process = Generator[simpy.Event, Any, None]
Fate = Literal["", "refused", "late"]
"""What chance makes of an aid agreement."""


def until(env: simpy.Environment, at: float, *, urgent: bool = False) -> Call:
    """Return an event that comes at minute `at`, or at once when that is past."""
    call = Call(env)
    call.come_at(max(at, env.now), urgent=urgent)
    return call


@dataclass(eq=False)
class Agreement:
    """One aid agreement: `place` in file order, minute of asking, and whether it was refused.

    release_min : minutes until the answer. fate : what it says by chance; late_min : how much later it says they come.
    """

    place: int
    name: str
    count: int
    requested_at: float
    release_min: float = 0.0
    late_min: float = 0.0
    fate: Fate = ""
    is_asked: bool = False
    is_refused: bool = False
    process: Any = None


def fates(drawn: Drawn, settings: Scenario) -> dict[str, Fate]:
    """Return what chance makes of each agreement in one replication, by name, the same under every plan."""
    found: dict[str, Fate] = {}
    for name, entry in settings.aid.items():
        if entry.refused_probability or entry.late_probability:
            u = rng.uniforms(drawn.seed, drawn.replication, f"aid.{name}", np.arange(2))
            if u[0] < entry.refused_probability:
                found[name] = "refused"
            elif u[1] < entry.late_probability:
                found[name] = "late"
    return found


class Roster:
    """All groups and aid agreements, and what may be ordered of them while the run goes on.

    Attributes
    ----------
    groups : all groups, own first. agreements : by name.
    """

    def __init__(
        self, env: simpy.Environment, groups: Sequence[Group], settings: Scenario, work: FieldWork, journal: Journal,
        by_chance: Mapping[str, Fate],
    ) -> None:  # fmt: skip
        self._env, self._work, self._journal = env, work, journal
        self.groups = groups
        self.agreements = {
            name: Agreement(
                place, name, entry.count, asked_at(entry, settings), entry.release_h * MIN_PER_H,
                entry.late_h * MIN_PER_H, by_chance.get(name, ""),
            )
            for place, (name, entry) in enumerate(settings.aid.items())
        }

    def start(self) -> None:
        """Start the processes of all requests for aid and of all groups."""
        for agreement in self.agreements.values():
            agreement.process = self._env.process(self._request(agreement))
        for group in self.groups:
            for crew in group.crews:
                self._work.enlist(crew)
            group.process = self._env.process(self._duty(group))

    # -- what may be ordered -----------------------------------------------------------------------------------

    def may_ask(self, name: str) -> Agreement:
        """Return the agreement of that name; Refused when it was asked for or refused."""
        agreement = self.agreements[name]
        if agreement.is_asked:
            raise Refused(f"it was asked for at minute {agreement.requested_at:g}")
        if agreement.is_refused:
            raise Refused("it has been refused")
        return agreement

    def ask(self, agreement: Agreement) -> None:
        """Ask now for the crews of an agreement."""
        agreement.requested_at = self._env.now
        agreement.process.interrupt()
        for group in self._coming(agreement):
            group.asked(self._env.now)
            group.process.interrupt()

    def still_coming(self, name: str) -> Agreement:
        """Return the agreement of that name; Refused when all of its crews are there or it was refused."""
        agreement = self.agreements[name]
        if agreement.is_refused:
            raise Refused("it has been refused")
        if not self._coming(agreement):
            raise Refused("its crews are there")
        return agreement

    def refuse(self, agreement: Agreement) -> None:
        """Let the crews of an agreement that are not there never come."""
        agreement.is_refused, coming = True, self._coming(agreement)
        n = sum(len(group.crews) for group in coming)
        self._journal.add(self._env.now, "aid_refused", place=agreement.place, value=n)
        for group in coming:
            group.arrives_at = group.from_at = group.planned_at = math.inf
            group.process.interrupt()

    def delay(self, agreement: Agreement, minutes: float) -> None:
        """Let the crews of an agreement that are not there come later than announced."""
        self._journal.add(self._env.now, "aid_delayed", place=agreement.place, value=minutes)
        for group in self._coming(agreement):
            group.after_min += minutes
            group.asked(group.requested_at)
            group.process.interrupt()

    def set_shift(self, group: Group, shift_at: float | None, shift_min: float) -> None:
        """Give a group another pattern from its next shift on; `shift_at` as in Group, None: as before.

        A group on shift ends that shift first. A group off shift starts at the pattern's next start. One with relief
        day and night goes on until its pattern's present shift ends, or goes home where there is none.
        """
        pattern = group.shift_at if shift_at is None else shift_at, shift_min
        numbers = np.array([crew.number for crew in group.crews], np.int64)
        self._journal.add_many(self._env.now, "shift_set", len(numbers), crew=numbers, value=shift_min)
        if group.is_there and group.until == math.inf:
            group.shift_at, group.shift_min = pattern
            if not group.has_relief:
                group.process = self._env.process(self._relieved(group))
        elif group.is_there:
            group.pattern = pattern
            if group.is_off:
                group.process.interrupt()
        else:
            group.shift_at, group.shift_min = pattern

    def _coming(self, agreement: Agreement) -> list[Group]:
        return [g for g in self.groups if g.place == agreement.place and not g.is_there and not g.is_gone]

    # -- processes ---------------------------------------------------------------------------------------------

    def _until(self, when: Callable[[], float]) -> Process:
        """Wait for the minute that `when` gives; asked again when the wait is interrupted."""
        while True:
            try:
                yield until(self._env, when())
            except simpy.Interrupt:
                continue
            return

    def _request(self, agreement: Agreement) -> Process:
        yield from self._until(lambda: agreement.requested_at)
        agreement.is_asked = True
        self._journal.add(self._env.now, "aid_requested", place=agreement.place, value=agreement.count)
        if not agreement.release_min and not agreement.fate:
            return
        yield from self._until(lambda: agreement.requested_at + agreement.release_min)
        if agreement.is_refused:
            return
        if agreement.fate == "refused":
            self.refuse(agreement)
            return
        if agreement.fate == "late":
            self.delay(agreement, agreement.late_min)
        if agreement.release_min:
            self._journal.add(self._env.now, "aid_released", place=agreement.place, value=agreement.count)

    def _duty(self, group: Group) -> Process:
        env = self._env
        if group.place >= 0:
            yield from self._until(lambda: group.arrives_at)
            group.is_there = True
            group.leaves_at = min(group.leaves_at, env.now + group.stays_min)
            self._journal.add(env.now, "aid_arrived", place=group.place, value=len(group.crews))
        if group.from_at > env.now:
            yield from self._until(lambda: group.from_at)
        group.is_there = True
        if group.pattern is not None:
            (group.shift_at, group.shift_min), group.pattern = group.pattern, None
        start, end = (env.now, math.inf) if group.has_relief else group.shift(env.now)
        yield from self._shifts(group, start, end)

    def _relieved(self, group: Group) -> Process:
        """Go over from relief day and night to shifts."""
        start, end = group.shift(self._env.now)
        if start > self._env.now:
            self._work.end_shift(group)
        else:
            group.until = end
            yield until(self._env, end)
            self._work.end_shift(group)
            start, end = start + MIN_PER_DAY, end + MIN_PER_DAY
        group.until = -math.inf
        yield from self._shifts(group, start, end)

    def _shifts(self, group: Group, start: float, end: float) -> Process:
        env = self._env
        while True:
            group.is_off = True
            while min(start, group.leaves_at) > env.now:
                try:
                    yield until(env, min(start, group.leaves_at))
                except simpy.Interrupt:
                    start, end = self._renewed(group, start, end)
            group.is_off = False
            if env.now >= group.leaves_at:
                break
            group.until = end = min(end, group.leaves_at)
            self._work.start_shift(group)
            self._work.match()
            if end == math.inf:
                return
            yield until(env, end)
            self._work.end_shift(group)
            if env.now >= group.leaves_at:
                break
            start, end = self._renewed(group, start + MIN_PER_DAY, end + MIN_PER_DAY)

        self._go(group)

    def _go(self, group: Group) -> None:
        """Let foreign crews go home; those still at work follow when they have done what they may in overtime."""
        group.is_gone, group.is_there = True, False
        self._journal.add(self._env.now, "aid_left", place=group.place, value=len(group.crews))
        self._work.let_go(group)

    def _renewed(self, group: Group, start: float, end: float) -> tuple[float, float]:
        """Return the next shift: the one given, or the first of a pattern ordered meanwhile."""
        if group.pattern is None:
            return start, end
        (group.shift_at, group.shift_min), group.pattern = group.pattern, None
        return (self._env.now, math.inf) if group.has_relief else group.next_shift(self._env.now)
