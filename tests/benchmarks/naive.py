"""The city as a beginner would write it in SimPy: a process per damage and per call, resources for people.

The same faults, sections, crews, agents and chances; it is simpler than the product in what it leaves out (no knowledge,
no zones told apart from sections' devices, crews first come first served), so that its time is flattered.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any

import simpy

from sim import rng
from sim.damage import Drawn, repair_minutes
from sim.units import MIN_PER_H

Process = Generator[simpy.Event, Any, None]
_TRIP_MIN = 45.0


@dataclass
class Tally:
    """What the naive model counts."""

    customer_hours: float = 0.0
    calls: int = 0
    dark_since: dict[int, float] = field(default_factory=dict)


class NaiveCity:
    """One run of the naive model."""

    def __init__(self, drawn: Drawn) -> None:
        assert drawn.given is not None
        settings = drawn.scenario
        self.env, self.network, self.tally = simpy.Environment(), drawn.network, Tally()
        self._blocks = [0] * drawn.network.n_sections
        self._random = rng.stream(drawn.seed, drawn.replication, "benchmark.naive")
        self._hotline, self._who = settings.hotline, settings.customers
        self._patrols = simpy.Resource(self.env, settings.crews["patrol"].count)
        self._crews = simpy.Resource(self.env, settings.crews["line"].count)
        self._agents = simpy.Resource(self.env, settings.hotline.agents)
        self._trunks = simpy.Resource(self.env, settings.hotline.trunks)
        self._horizon = settings.horizon_min
        minutes = repair_minutes(drawn.given, settings.work, drawn.factors.repair).tolist()
        for at, section, repair in zip(drawn.given.at.tolist(), drawn.given.section.tolist(), minutes, strict=True):
            self.env.process(self._damage(at, section, repair))

    def play(self) -> Tally:
        """Run until the horizon."""
        self.env.run(until=self._horizon)
        return self.tally

    def _damage(self, at: float, section: int, repair: float) -> Process:
        yield self.env.timeout(at)
        head = int(self.network.zone[section])
        for s in range(head, int(self.network.end[head])):
            self._blocks[s] += 1
            if self._blocks[s] == 1:
                self._goes_dark(s)
        yield self.env.timeout(15.0)
        for people, minutes in ((self._patrols, 35.0), (self._crews, repair)):
            with people.request() as request:
                yield request
                yield self.env.timeout(_TRIP_MIN)
                yield self.env.timeout(minutes)
        for s in range(head, int(self.network.end[head])):
            self._blocks[s] -= 1
            if self._blocks[s] == 0:
                dark = self.env.now - self.tally.dark_since.pop(s)
                self.tally.customer_hours += dark * int(self.network.customers[s]) / MIN_PER_H

    def _goes_dark(self, section: int) -> None:
        self.tally.dark_since[section] = self.env.now
        for _ in range(self._random.binomial(int(self.network.customers[section]), self._who.caller_fraction)):
            self.env.process(self._caller(section))

    def _caller(self, section: int) -> Process:
        delay = self._who.first_call_half_time_min / 0.693
        while True:
            yield self.env.timeout(self._random.exponential(delay))
            if not self._blocks[section]:
                return
            yield self.env.process(self._call(section))
            delay = MIN_PER_H / max(self._who.followup_per_h, 1e-9)

    def _call(self, section: int) -> Process:
        desk = self._hotline
        while self._blocks[section]:
            self.tally.calls += 1
            if self._trunks.count >= self._trunks.capacity:
                chance = desk.redial_after_busy
            else:
                with self._trunks.request() as trunk:
                    yield trunk
                    yield self.env.timeout(desk.voice_s / 60.0)
                    if self._random.random() < desk.containment_fraction:
                        return
                    with self._agents.request() as agent:
                        got = yield agent | self.env.timeout(self._random.exponential(desk.patience_s / 60.0))
                        if agent in got:
                            yield self.env.timeout(self._random.exponential(desk.handling_s / 60.0))
                            return
                chance = desk.redial_after_abandon
            if self._random.random() >= chance:
                return
            yield self.env.timeout(self._random.exponential(desk.redial_delay_min))
