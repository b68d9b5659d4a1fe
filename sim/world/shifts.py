"""Who comes when: requests for aid, arrivals, and the start and end of shifts; one process per group of crews."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from typing import Any

import simpy

from sim.scenario.instants import at_minutes
from sim.scenario.model import Scenario
from sim.units import MIN_PER_DAY
from sim.world.crews import Group
from sim.world.fieldwork import Call, FieldWork
from sim.world.journal import Journal

Process = Generator[simpy.Event, Any, None]


def until(env: simpy.Environment, at: float, *, urgent: bool = False) -> Call:
    """Return an event that comes at minute `at`, or at once when that is past."""
    call = Call(env)
    call.come_at(max(at, env.now), urgent=urgent)
    return call


def start_all(
    env: simpy.Environment, groups: Iterable[Group], settings: Scenario, work: FieldWork, journal: Journal
) -> None:
    """Start the processes of all groups and of all requests for aid."""
    for place, entry in enumerate(settings.aid.values()):
        env.process(_request(env, place, entry.count, at_minutes(entry.requested_at, settings), journal))
    for group in groups:
        for crew in group.crews:
            work.enlist(crew)
        env.process(_duty(env, group, work, journal))


def _request(env: simpy.Environment, place: int, count: int, at: float, journal: Journal) -> Process:
    yield until(env, at)
    journal.add(env.now, "aid_requested", place=place, value=count)


def _duty(env: simpy.Environment, group: Group, work: FieldWork, journal: Journal) -> Process:
    if group.place >= 0:
        yield until(env, group.arrives_at)
        journal.add(env.now, "aid_arrived", place=group.place, value=len(group.crews))
    if group.from_at > env.now:
        yield until(env, group.from_at)
    start, end = (env.now, float("inf")) if group.has_relief else group.shift(env.now)
    while True:
        if start > env.now:
            yield until(env, start)
        group.until = end
        work.start_shift(group)
        work.match()
        if group.has_relief:
            return
        yield until(env, end)
        work.end_shift(group)
        start, end = start + MIN_PER_DAY, end + MIN_PER_DAY
