"""The state of a drill at any minute: what is so, what is known, what was told; for a controller or for players."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from sim.grid.plant import plain_switchgear
from sim.log import KIND_CODE, Log
from sim.metrics.crews import WORKING
from sim.replay.crews import Crews, CrewsNow
from sim.replay.knowledge import CLOSED, CREW_ON_SITE, PATROLLED, REPORTED, SUPPLIED, WAITING, Knowledge
from sim.replay.layers import told
from sim.replay.recording import Recording
from sim.replay.timeline import Counter, Timeline
from sim.replay.zones import Zones
from sim.supply import Blocks, Supply, SwitchedSupply

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True)
class HotlineNow:
    """The hotline's own figures at the last whole minute.

    calls : all attempts so far. lost : those given up or met by a busy tone so far. complaints : lodged so far.
    queue : callers who wait for an agent.
    """

    calls: int
    lost: int
    complaints: int
    queue: int


@dataclass(frozen=True)
class Known:
    """What the control room knows and the public was told, at one minute.

    stage : (n_zones,) into knowledge.STAGES. out : (n_areas,) customers believed without power. outage : (n_outages,)
    stage of each so far, CLOSED: over. job : (n_jobs,) into knowledge.JOB_STATES. promise : (n_areas,) minute by
    which power is promised, negative: assessing, nan: nothing said or nobody believed out.
    """

    stage: IntArray
    out: IntArray
    outage: IntArray
    job: IntArray
    promise: FloatArray
    crews: CrewsNow
    hotline: HotlineNow

    @property
    def n_outages(self) -> int:
        """Outages on record and open."""
        return int(((self.outage != SUPPLIED) & (self.outage != CLOSED)).sum())

    @property
    def n_jobs_waiting(self) -> int:
        """Jobs that wait for a crew."""
        return int((self.job == WAITING).sum())


@dataclass(frozen=True)
class Reality:
    """What is so, at one minute: dark : (n_zones,); out : (n_areas,) customers dark; n_faults : damage not repaired."""

    dark: BoolArray
    out: IntArray
    n_faults: int


@dataclass(frozen=True)
class State:
    """The drill at one minute; `truth` is None in a view for players."""

    at: float
    known: Known
    truth: Reality | None


class Playback:
    """One recording, ready to be shown at any minute.

    Attributes
    ----------
    log : the events that may be shown: for players without anything of the truth.
    """

    def __init__(self, recording: Recording, *, for_players: bool = False) -> None:
        self.recording, self.for_players = recording, for_players
        self.log: Log = told(recording.log) if for_players else recording.log
        network = recording.network
        self.zones = Zones(network)
        self.crews = Crews(self.log, network, recording.settings)
        self.knowledge = Knowledge(self.log, self.zones, _beliefs(recording))
        self.horizon = recording.horizon

    def __call__(self, at: float) -> State:
        """Return the state at a minute; what happens at that very minute has happened."""
        stage = self.knowledge.stage(at)
        out = self.zones.by_area(stage != SUPPLIED)
        promise = np.where(out > 0, self.knowledge.promise(at), np.nan)
        known = Known(
            stage, out, self.knowledge.outage(at), self.knowledge.job(at), promise, self.crews(at), self.hotline(at)
        )
        return State(at, known, None if self.for_players else self._truth(at))

    def hotline(self, at: float) -> HotlineNow:
        """Return the hotline's figures at a minute."""
        hotline = self.recording.hotline
        return HotlineNow(*(int(hotline[name][int(at)]) for name in ("calls", "lost", "complaints", "queue")))

    @cached_property
    def believed_out(self) -> Counter:
        """Return customers believed without power over time."""
        return self.knowledge.stage.total(self.zones.customers, REPORTED, PATROLLED, CREW_ON_SITE)

    @cached_property
    def outages_open(self) -> Counter:
        """Return open outages on record over time."""
        return self.knowledge.outage.total(1, REPORTED, PATROLLED, CREW_ON_SITE)

    @cached_property
    def crews_at_work(self) -> Counter:
        """Return crews on site over time."""
        return self.crews.doing(WORKING)

    @cached_property
    def truly_out(self) -> Counter:
        """Return customers without power over time."""
        return self.dark.total(self.zones.customers, 1)

    def _truth(self, at: float) -> Reality:
        dark = self.dark(at) != 0
        return Reality(dark, self.zones.by_area(dark), int(self.faults_open(at)))

    @cached_property
    def dark(self) -> Timeline:
        """Return per zone whether it is without supply: of the truth."""
        log = self.recording.log
        rows = np.flatnonzero(log.of("section_went_dark", "section_restored"))
        zone = self.zones.of_section[log["section"][rows]]
        rows, zone = rows[is_head := self.zones.head[zone] == log["section"][rows]], zone[is_head]
        return Timeline(len(self.zones), log["at"][rows], zone, log["kind"][rows] == KIND_CODE["section_went_dark"])

    @cached_property
    def faults_open(self) -> Counter:
        """Return faults that have occurred and are not repaired, over time: of the truth."""
        log = self.recording.log
        rows = np.flatnonzero(log.of("fault_occurred", "repair_finished"))
        return Counter(log["at"][rows], np.where(log["kind"][rows] == KIND_CODE["fault_occurred"], 1, -1))


def _beliefs(recording: Recording) -> Supply:
    """Return the supply as a control room believes it that knows of nothing yet."""
    if not recording.settings.switching.enabled:
        return Supply(recording.network)
    return SwitchedSupply(Blocks(recording.network, plain_switchgear(recording.network)))
