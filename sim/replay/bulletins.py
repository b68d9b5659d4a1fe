"""Bulletins: what a command post would issue at fixed local hours, from what it knew and had told by then alone."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from sim.factors import NOMINAL
from sim.metrics.crews import ON_SHIFT, WORKING
from sim.replay.knowledge import SUPPLIED
from sim.replay.playback import Playback
from sim.scenario.instants import clock_minutes
from sim.scenario.model import Scenario
from sim.units import instant_at, minutes_since
from sim.world.crews import muster

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

ASSESSING = -1.0
"""In place of a promised minute: people have been told that the damage is being assessed."""


@dataclass(frozen=True)
class Count:
    """Of one kind of thing: how many are believed without power, and how many had none before and have it again."""

    out: int
    restored: int


@dataclass(frozen=True)
class AreaLine:
    """One area in a bulletin; `etr` is the minute promised, ASSESSING, or nan: nothing said or nobody out."""

    name: str
    transformers: Count
    customers: Count
    critical: Count
    etr: float


@dataclass(frozen=True)
class Bulletin:
    """What was known at minute `at`.

    feeders : those whose breaker at the substation is believed open or without supply. transformers : areas fed by one
    distribution transformer. critical : critical users; those with a mobile generator count as out, since the network
    does not feed them. people, vehicles : of all crews on duty, also on the road, standing by or held by the wind.
    generators : mobile ones that stand at critical users. areas : those where somebody is or was out.
    """

    number: int
    at: float
    feeders: Count
    transformers: Count
    customers: Count
    critical: Count
    people: int
    vehicles: int
    generators: int
    areas: tuple[AreaLine, ...]

    @property
    def promised(self) -> list[float]:
        """Minutes that are promised to areas."""
        return [area.etr for area in self.areas if area.etr >= 0]

    @property
    def n_overdue(self) -> int:
        """Areas where people are out though the minute promised has passed."""
        return sum(0 <= area.etr < self.at for area in self.areas)

    @property
    def n_assessing(self) -> int:
        """Areas that have been told that the damage is being assessed."""
        return sum(area.etr == ASSESSING for area in self.areas)


def bulletins(playback: Playback) -> tuple[Bulletin, ...]:
    """Return the bulletins of a playback made for players, in order of time.

    The first is that of the first hour after something is known to be out, or after landfall where that is earlier;
    the last is the first one in which nobody is out any more for good, or the last of the run.
    """
    assert playback.for_players, "a command post knows nothing of the truth"
    post = _Post(playback)
    settings = playback.recording.settings
    begin = min(settings.landfall_at, post.first_at)
    issued = [at for at in instants(settings) if at >= begin]
    after = [at for at in issued if at >= post.over_at]
    return tuple(post.bulletin(i + 1, at) for i, at in enumerate(issued) if not after or at <= after[0])


def instants(settings: Scenario) -> list[float]:
    """Return the minutes of the run at which bulletins are issued: each day at the local hours of the scenario."""
    zone = ZoneInfo(settings.timezone)
    out: list[float] = []
    day = instant_at(settings.start, 0.0, settings.timezone).replace(
        hour=0, minute=0, second=0, microsecond=0, tzinfo=None
    )
    while True:
        midnight = minutes_since(settings.start, day.replace(tzinfo=zone))
        if midnight > settings.horizon_min:
            return sorted(at for at in set(out) if 0 <= at <= settings.horizon_min)
        for clock in settings.bulletins.hours:
            out.append(
                minutes_since(settings.start, (day + timedelta(minutes=clock_minutes(clock))).replace(tzinfo=zone))
            )
        day += timedelta(days=1)


class _Post:
    """What does not change from one bulletin to the next."""

    def __init__(self, playback: Playback) -> None:
        self._playback = playback
        recording = playback.recording
        network, zones = recording.network, playback.zones
        self._network = network
        stage = playback.knowledge.stage
        self._first_out = np.full(len(zones), np.inf)
        went = stage.value != SUPPLIED
        np.minimum.at(self._first_out, stage.key[went], stage.at_min[went])
        self.first_at = float(self._first_out.min(initial=math.inf))
        out = playback.believed_out
        still_out = np.flatnonzero(out.total[1:] > 0)
        last = int(still_out[-1]) + 1 if len(still_out) else 0
        self.over_at = float(out.at_min[last]) if last < len(out.at_min) else math.inf
        self._top: IntArray = zones.of_section[np.flatnonzero(network.parent < 0)]
        added = playback.log.of("critical_added")
        self._critical: IntArray = np.concatenate((network.critical_section, playback.log["section"][added]))
        n = len(network.critical_section)
        self._critical_from = np.concatenate((np.full(n, -np.inf), playback.log["at"][added]))
        sizes = list(_sizes(recording.settings, playback))
        self._people, self._vehicles = (np.array([size[i] for size in sizes], float) for i in (0, 1))
        self._brings = np.array(playback.crews.kind) == "generator"

    def bulletin(self, number: int, at: float) -> Bulletin:
        """Return the bulletin of a minute."""
        network, known = self._network, self._playback(at).known
        is_out = known.stage != SUPPLIED
        was_out = (self._first_out <= at) & ~is_out
        of = self._playback.zones.of_section
        dark, back = is_out[of], was_out[of]
        on_duty = np.isin(known.crews.state, ON_SHIFT)
        critical = self._critical[self._critical_from <= at]
        n = len(network.area_name)

        def by_area(section: IntArray, weight: IntArray) -> _Areas:
            area = network.area[section]
            out, restored = (np.bincount(area, weight * state[section], n).astype(np.int64) for state in (dark, back))
            return _Areas(out, restored)

        every = np.arange(network.n_sections)
        transformers, customers = by_area(every, network.n_transformers), by_area(every, network.customers)
        users = by_area(critical, np.ones(len(critical), np.int64))
        touched = np.flatnonzero(transformers.any + customers.any + users.any)
        areas = tuple(
            AreaLine(
                str(network.area_name[area]), transformers.of(area), customers.of(area), users.of(area),
                _promise(float(known.promise[area])),
            )
            for area in touched.tolist()
        )  # fmt: skip
        return Bulletin(
            number, at, Count(int(is_out[self._top].sum()), int(was_out[self._top].sum())), transformers.total,
            customers.total, users.total, people=round(float(self._people[on_duty].sum())),
            vehicles=round(float(self._vehicles[on_duty].sum())),
            generators=int((self._brings & (known.crews.state == WORKING)).sum()), areas=areas,
        )  # fmt: skip


@dataclass(frozen=True)
class _Areas:
    """Of one kind of thing, by area (n_areas,): how many are out, how many restored."""

    out: IntArray
    restored: IntArray

    @property
    def any(self) -> IntArray:
        return self.out + self.restored

    @property
    def total(self) -> Count:
        return Count(int(self.out.sum()), int(self.restored.sum()))

    def of(self, area: int) -> Count:
        return Count(int(self.out[area]), int(self.restored[area]))


def _promise(value: float) -> float:
    return ASSESSING if value < 0 else value


def _sizes(settings: Scenario, playback: Playback) -> Iterator[tuple[float, float]]:
    """Yield people and vehicles of each crew, in order of number."""
    for group in muster(settings, playback.recording.network, NOMINAL):
        entry = settings.aid[group.name] if group.place >= 0 else settings.crews[group.name]
        for _ in group.crews:
            yield entry.people, entry.vehicles
