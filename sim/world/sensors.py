"""What reality shows of itself: device telemetry, transformer monitors, and answers when the field is asked.

The only way from truth to knowledge, besides calls and crews. A device without supply on its upstream side cannot
tell; one that does not report never does.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sim import rng
from sim.grid.network import Network
from sim.scenario.model import Knowledge
from sim.supply import Supply
from sim.world.journal import Journal

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

Answer = Literal["held", "no_supply", "faulty", "locked"]
"""A device told to close: it held; there is no supply to it; it opened again on a fault; it may not be closed yet."""


@dataclass(frozen=True, order=True)
class Report:
    """A technical report: received at `at` about what was so at `event_at`; ordered by time of receipt.

    `source`: device (its own opening), monitor (loss of supply at transformers) or callback (customers rung back).
    """

    at: float
    number: int
    source: str
    event_at: float
    sections: tuple[int, ...]


class Sensors:
    """Reports on their way to the control room, and the field's answers.

    Parameters
    ----------
    network, supply : reality. settings : latencies and the share of sections whose transformers report; which they
    are hangs on the network's seed alone, so that it is the same in every replication and plan.

    Attributes
    ----------
    when_left_dark : called with the sections that are dark though they were declared fed, and the minute; None: nobody is.
    """

    def __init__(
        self, network: Network, supply: Supply, settings: Knowledge, network_seed: int, journal: Journal
    ) -> None:
        self._network, self._supply, self._settings, self._journal = network, supply, settings, journal
        draw = rng.uniforms(network_seed, 0, "monitor", np.arange(network.n_sections))
        self._is_monitored: BoolArray = draw < settings.monitored_fraction
        self._any_monitored = bool(self._is_monitored.any())
        self.when_left_dark: Callable[[IntArray, float], None] | None = None
        self._inbox: list[Report] = []
        self._n = 0

    def tripped(self, head: int, at: float) -> None:
        """Let a device with supply upstream, which has opened or opened again, report if it can."""
        if self._network.reports[head]:
            due = at + self._settings.breaker_latency_min
            self._journal.later(due, "breaker_reported", section=head)
            self._send(due, "device", at, (head,))

    def lost(self, sections: IntArray, at: float) -> None:
        """Sections have lost supply: those with monitors tell."""
        if not self._any_monitored:
            return
        seen = sections[self._is_monitored[sections]]
        if len(seen):
            due = at + self._settings.monitor_latency_min
            self._journal.later(due, "monitor_reported", len(seen), section=seen)
            self._send(due, "monitor", at, tuple(seen.tolist()))

    def energised(self, head: int, at: float) -> None:
        """Supply has come back from `head` downwards: devices further down that close onto a fault open again."""
        for front in self._supply.fronts(head).tolist():
            self.tripped(front, at)

    def after_closing(self, head: int, at: float, called: BoolArray) -> None:
        """Let what is still dark below an outage declared over tell so, by monitor or when rung back.

        `called` (n_sections,): customers of that section had phoned. They are rung back, as outage management
        systems do; those who are still dark say so at once.
        """
        self.still_dark(np.arange(head, int(self._network.end[head])), at, called)

    def still_dark(self, sections: IntArray, at: float, called: BoolArray) -> None:
        """Let those of the sections that are dark tell so, by monitor or when rung back, as `after_closing` says."""
        dark = sections[self._supply.blocks[sections] > 0]
        if not len(dark):
            return
        if self.when_left_dark is not None:
            self.when_left_dark(dark, at)
        self.lost(dark, at)
        rung = dark[called[dark]]
        if len(rung):
            self._send(at, "callback", at, tuple(rung.tolist()))

    def close(self, head: int) -> Answer:
        """Tell a device to close, or ask a crew at it: what happens."""
        if not self._supply.is_fed(head):
            return "no_supply"
        if self._supply.zone_faults[head]:
            return "faulty"
        return "locked" if self._supply.holds[head] else "held"

    def received(self, until: float) -> list[Report]:
        """Return and forget the reports received up to `until`, in order of time."""
        out = []
        while self._inbox and self._inbox[0].at <= until:
            out.append(heapq.heappop(self._inbox))
        return out

    def _send(self, at: float, source: str, event_at: float, sections: tuple[int, ...]) -> None:
        heapq.heappush(self._inbox, Report(at, self._n, source, event_at, sections))
        self._n += 1
