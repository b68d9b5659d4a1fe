"""Crews over time: what each does and where it is, moving on straight lines between known places."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.factors import NOMINAL
from sim.grid import bases
from sim.grid.network import Network
from sim.log import KIND_CODE, NONE, Log
from sim.metrics.crews import HELD, OFF, RESTING, TRAVELLING, WORKING, changes, gone_home
from sim.replay.timeline import Counter, Timeline
from sim.scenario.model import Scenario
from sim.world.crews import muster

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Place = tuple[float, float]  # km

_BROKE_OFF, _MOVING, _BASED, _RETURNING = (
    KIND_CODE[name] for name in ("crew_broke_off", "crew_moving", "crew_based", "crew_returning")
)
_RESUMES = -1  # stands for the end of a hold, which the log dates in advance
_INSTANT = 1e-9  # minutes of a leg that goes nowhere


@dataclass(frozen=True)
class Legs:
    """Stretches of a crew in one state, in order of time; arrays (n,).

    A crew on leg i is at (x0, y0) + (x1 - x0, y1 - y0) min(1, (t - from_at) / minutes) km. `job` is what it is on or
    -1.
    """

    at: FloatArray
    crew: IntArray
    state: IntArray
    job: IntArray
    x0: FloatArray
    y0: FloatArray
    x1: FloatArray
    y1: FloatArray
    from_at: FloatArray
    minutes: FloatArray


@dataclass(frozen=True)
class CrewsNow:
    """All crews at one minute, (n_crews,): `state` into STATES, place in km, job or -1."""

    state: IntArray
    x: FloatArray
    y: FloatArray
    job: IntArray


class Crews:
    """All crews of a plan over one log.

    Attributes
    ----------
    kind : (n_crews,) kind of crew. legs : what they did. depot_x, depot_y : (n_crews,) km.
    """

    def __init__(self, log: Log, network: Network, settings: Scenario) -> None:
        crews = [crew for group in muster(settings, network, NOMINAL) for crew in group.crews]
        self.kind: list[str] = [crew.kind for crew in crews]
        self.depot_x = np.array([crew.depot[0] for crew in crews], float)
        self.depot_y = np.array([crew.depot[1] for crew in crews], float)
        places = [base.place for base in bases(settings.depots, network)]
        self.legs = _legs(log, network, [crew.depot for crew in crews], places, gone_home(log, settings))
        self._leg = Timeline(len(crews), self.legs.at, self.legs.crew, np.arange(len(self.legs.at)), start=NONE)

    def __call__(self, at: float) -> CrewsNow:
        """Return the crews at a minute."""
        leg, legs = self._leg(at), self.legs
        there = leg >= 0
        state, job = np.full(len(leg), OFF), np.full(len(leg), NONE)
        x, y = self.depot_x.copy(), self.depot_y.copy()
        leg = leg[there]
        share = np.clip((at - legs.from_at[leg]) / legs.minutes[leg], 0.0, 1.0)
        state[there], job[there] = legs.state[leg], legs.job[leg]
        x[there] = legs.x0[leg] + (legs.x1[leg] - legs.x0[leg]) * share
        y[there] = legs.y0[leg] + (legs.y1[leg] - legs.y0[leg]) * share
        return CrewsNow(state, x, y, job)

    def doing(self, state: int) -> Counter:
        """Return how many crews are in a state over time; not for OFF, in which they begin."""
        return Timeline(len(self.kind), self.legs.at, self.legs.crew, self.legs.state).total(1, state)


class _Leg(NamedTuple):
    """One row of Legs, without its time and crew."""

    state: int
    job: int
    x0: float
    y0: float
    x1: float
    y1: float
    from_at: float
    minutes: float

    def place(self, at: float) -> tuple[float, float]:
        share = min(max((at - self.from_at) / self.minutes, 0.0), 1.0)
        return self.x0 + (self.x1 - self.x0) * share, self.y0 + (self.y1 - self.y0) * share

    def resumed(self, held_at: float, at: float) -> _Leg:
        """Return the leg as it goes on at a minute after a hold: what was done is done."""
        return self._replace(from_at=at - (held_at - self.from_at))


def _legs(log: Log, network: Network, depots: list[Place], places: list[Place], gone: IntArray) -> Legs:
    """Return the stretches of all crews; `depots` are where they begin, `places` those of all bases, `gone` who left."""
    rows = _rows(log, network, depots, places, gone)
    columns = list(zip(*rows, strict=True)) if rows else [()] * (2 + len(_Leg._fields))
    crew, state, job = (np.array(columns[i], np.int64) for i in (1, 2, 3))
    at, x0, y0, x1, y1, from_at, minutes = (np.array(columns[i], float) for i in (0, 4, 5, 6, 7, 8, 9))
    return Legs(at, crew, state, job, x0, y0, x1, y1, from_at, minutes)


def _rows(
    log: Log, network: Network, depots: list[Place], places: list[Place], gone: IntArray
) -> list[tuple[Any, ...]]:
    """Return rows (at, crew, *leg), in one pass over the crews' events."""
    section_x, section_y = network.x.tolist(), network.y.tolist()
    now = [_still(OFF, NONE, depot, 0.0) for depot in depots]
    held: dict[int, tuple[float, _Leg]] = {}
    rows: list[tuple[Any, ...]] = []
    base, bed = list(depots), dict[int, Place]()  # where crews rest and work from, and where they sleep when elsewhere
    for at, code, crew, job, section, value, place, state in _events(log, gone):
        here = now[crew].place(at)
        stays = section == NONE or code == _BROKE_OFF  # also on the road
        there = here if stays else (section_x[section], section_y[section])
        if code in (_MOVING, _BASED):
            there = base[crew] = places[place]
            bed.pop(crew, None)
        if code == _RETURNING:
            there = bed[crew] = places[place]
        if code == _BASED:
            if now[crew].state not in (OFF, RESTING):
                continue
            leg = _still(now[crew].state, NONE, there, at)
        elif code == _RESUMES:
            if now[crew].state not in HELD:
                continue
            held_at, before = held[crew]
            leg = before.resumed(held_at, at)
        else:
            if state == TRAVELLING:
                leg = _Leg(state, job, here[0], here[1], there[0], there[1], at, max(value, _INSTANT))
            elif state in HELD:
                held[crew] = at, now[crew]
                leg = _still(state, job, here, at)
            elif state in (OFF, RESTING):
                leg = _still(state, NONE, bed.get(crew, base[crew]), at)
            else:
                leg = _still(state, job if state == WORKING else NONE, there, at)
        now[crew] = leg
        rows.append((at, crew, *leg))
    return rows


def _still(state: int, job: int, place: Place, at: float) -> _Leg:
    return _Leg(state, job, place[0], place[1], place[0], place[1], at, _INSTANT)


def _events(log: Log, gone: IntArray) -> list[tuple[float, int, int, int, int, float, int, int]]:
    """Return (at, kind code, crew, job, section, value, place, state) of crews' events in order, ends of holds among them."""
    changing, puts = changes(log, gone)
    state = np.full(len(log), NONE)
    state[changing] = puts
    rows = np.flatnonzero((state != NONE) | (log.of("crew_based") & (log["crew"] != NONE)))
    names = ("at", "kind", "crew", "job", "section", "value", "place")
    events = list(zip(*(log[name][rows].tolist() for name in names), state[rows].tolist(), strict=True))
    ends = [(e[5], _RESUMES, *e[2:]) for e in events if e[7] in HELD and math.isfinite(e[5])]
    return sorted([*ends, *events], key=lambda event: event[0])  # stable: a hold ends before what else happens then
