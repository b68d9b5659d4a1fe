"""What reality shows of itself: device telemetry, monitors, smart meters, and answers when the field is asked.

The only way from truth to knowledge, besides calls and crews. A device without supply on its upstream side cannot
tell; one that does not report never does; and whatever reports needs a link that lives (sim.world.links).
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim import rng
from sim.grid.network import Network
from sim.hotline import binomial_quantile
from sim.scenario.model import Knowledge
from sim.supply import Supply
from sim.world.journal import Journal
from sim.world.links import Links

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

Asked = Callable[[IntArray], BoolArray]
"""A question about sections, (n,), and its answers, (n,)."""

Answer = Literal["held", "no_supply", "faulty", "locked"]
"""A device told to close: it held; there is no supply to it; it opened again on a fault; it may not be closed yet."""


class Report(NamedTuple):
    """A technical report: received at `at` about what was so at `event_at`; ordered by time of receipt.

    `source`: device (its own opening), substation (a feeder there has no supply), monitor (loss of supply at
    transformers), meter (at customers' smart meters) or callback (customers rung back). `meters`: how many meters of
    each section, for source meter.
    """

    at: float
    number: int
    source: str
    event_at: float
    sections: tuple[int, ...]
    meters: tuple[int, ...] = ()


class Sensors:
    """Reports on their way to the control room, and the field's answers.

    Parameters
    ----------
    network, supply : reality. settings : latencies, losses, the share of sections whose transformers report and of
    customers whose meters do; which they are hangs on the network's seed alone, so that they are the same in every
    replication and plan.
    key : seed and replication, by which reports are lost. links : which links live, None: all.

    Attributes
    ----------
    when_left_dark : called with the sections that are dark though they were declared fed, and the minute; None: nobody is.
    """

    def __init__(
        self, network: Network, supply: Supply, settings: Knowledge, network_seed: int, journal: Journal,
        key: tuple[int, int], links: Links | None = None,
    ) -> None:  # fmt: skip
        self._network, self._supply, self._settings, self._journal = network, supply, settings, journal
        self._key, self._links = key, links
        self._reports: list[bool] = network.listed("reports")
        self._is_monitored: BoolArray = _equipped(network, "monitor", network_seed) < settings.monitored_fraction
        self._any_monitored = bool(self._is_monitored.any())
        self._n_meters: IntArray | None = None
        if settings.metered_fraction:
            draw = _equipped(network, "meter", network_seed)
            self._n_meters = binomial_quantile(draw, network.customers, settings.metered_fraction)
        self._n_told: IntArray = np.zeros(network.n_sections, np.int64)  # times that a section's monitor or meters spoke
        self.when_left_dark: Callable[[IntArray, float], None] | None = None
        self._inbox: list[Report] = []
        self._n = 0

    def tripped(self, head: int, at: float) -> None:
        """Let a device with supply upstream, which has opened or opened again, report if it can."""
        if self._reports[head] and self._device_lives(head, at):
            due = at + self._settings.breaker_latency_min
            self._journal.later(due, "breaker_reported", section=head)
            self._send(due, "device", at, (head,))

    def source_lost(self, head: int, at: float) -> None:
        """Let a substation tell that there is no supply for a feeder; it has meters of its own, as breakers have."""
        due = at + self._settings.breaker_latency_min
        self._journal.later(due, "breaker_reported", section=head)
        self._send(due, "substation", at, (head,))

    def source_back(self, head: int) -> None:
        """Let the substation's later word, that there is supply again, take the place of one not acted upon yet."""
        self._inbox = [report for report in self._inbox if report.source != "substation" or report.sections != (head,)]
        heapq.heapify(self._inbox)

    def lost(self, sections: IntArray, at: float) -> None:
        """Sections have lost supply: those with monitors or meters tell."""
        if self._links is not None:
            self._links.went_dark(sections, at)
        self._tell(sections, at)

    def regained(self, sections: IntArray, at: float) -> None:
        """Sections have supply again: what reports from there has power."""
        if self._links is not None:
            self._links.restored(sections, at)

    def energised(self, fronts: Sequence[int], at: float) -> None:
        """Supply has come back as far as these devices, which close onto a fault: they open again."""
        for front in fronts:
            self.tripped(front, at)

    def after_closing(self, head: int, at: float, called: Asked) -> None:
        """Let what is still dark below an outage declared over tell so, by monitor, meter or when rung back.

        `called` says of sections (n,) whether customers there had phoned. They are rung back, as outage management
        systems do; those who are still dark say so at once.
        """
        self._left_dark(self._supply.dark_below(head), at, called)

    def still_dark(self, sections: IntArray, at: float, called: Asked) -> None:
        """Let those of the sections that are dark tell so, by monitor, meter or when rung back (`after_closing`)."""
        self._left_dark(sections[self._supply.blocks[sections] > 0], at, called)

    def _left_dark(self, dark: IntArray, at: float, called: Asked) -> None:
        if not len(dark):
            return
        if self.when_left_dark is not None:
            self.when_left_dark(dark, at)
        self._tell(dark, at)
        rung = dark[called(dark)]
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

    def _tell(self, sections: IntArray, at: float) -> None:
        """Let what stands in sections without supply speak, as far as its link lives and its report arrives."""
        if not self._any_monitored and self._n_meters is None:
            return
        if self._links is not None:
            sections = sections[self._links.live(sections, at)]
        nth = self._n_told[sections]
        self._n_told[sections] += 1
        if self._any_monitored:
            self._tell_by_monitor(sections, nth, at)
        if self._n_meters is not None:
            self._tell_by_meter(sections, nth, at, self._n_meters[sections])

    def _tell_by_monitor(self, sections: IntArray, nth: IntArray, at: float) -> None:
        settings, tells = self._settings, self._is_monitored[sections]
        if settings.monitor_loss_fraction:
            draw = rng.uniforms(*self._key, "monitor.lost", sections, nth)
            tells = tells & (draw >= settings.monitor_loss_fraction)
        seen = sections[tells]
        if len(seen):
            due = at + settings.monitor_latency_min
            self._journal.later(due, "monitor_reported", len(seen), section=seen)
            self._send(due, "monitor", at, tuple(seen.tolist()))

    def _tell_by_meter(self, sections: IntArray, nth: IntArray, at: float, n_meters: IntArray) -> None:
        settings = self._settings
        if settings.meter_loss_fraction:
            draw = rng.uniforms(*self._key, "meter.lost", sections, nth)
            n_meters = binomial_quantile(draw, n_meters, 1.0 - settings.meter_loss_fraction)
        seen, n = sections[n_meters > 0], n_meters[n_meters > 0]
        if len(seen):
            due = at + settings.meter_latency_min
            self._journal.later(due, "meter_reported", len(seen), section=seen, customers=n)
            self._send(due, "meter", at, tuple(seen.tolist()), tuple(n.tolist()))

    def _device_lives(self, head: int, at: float) -> bool:
        if self._links is None:
            return True
        return self._links.device_lives(head, at, is_feeder_head=bool(self._network.parent[head] < 0))

    def _send(
        self, at: float, source: str, event_at: float, sections: tuple[int, ...], meters: tuple[int, ...] = ()
    ) -> None:
        heapq.heappush(self._inbox, Report(at, self._n, source, event_at, sections, meters))
        self._n += 1


def _equipped(network: Network, purpose: str, seed: int) -> NDArray[np.float64]:
    """Return the draws by which sections have what reports, (n_sections,)."""
    return network.once((purpose, seed), lambda: rng.uniforms(seed, 0, purpose, np.arange(network.n_sections)))
