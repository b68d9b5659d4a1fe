"""What is so: faults that are open, who is dark. Nothing here is known to anybody until it is reported."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.damage import Faults, OnLiveLines, joined
from sim.grid.network import Network
from sim.supply import Order, Supply, SwitchedSupply
from sim.world.journal import Journal
from sim.world.protection import Protection
from sim.world.sensors import Sensors

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


class Line(Protocol):
    """The hotline as the world drives it."""

    def went_dark(self, sections: ArrayLike, at: float) -> None:
        """Take note that sections lost supply."""

    def restored(self, sections: ArrayLike, at: float) -> None:
        """Take note that sections have supply again."""

    def etr(self, area: int, at: float, promised_at: float) -> None:
        """Take note of a promise."""

    def own_etr(self, sections: ArrayLike, at: float, promised_at: float) -> None:
        """Take note of a promise to the customers of some sections alone."""

    def notice(self, area: int, at: float, reach: float) -> None:
        """Take note of a message to customers."""

    def warn(self, sections: ArrayLike, at: float, reach: float) -> None:
        """Take note of a warning to sections that they will be switched off; reach 0: it has lost its force."""

    def set_lines(self, lines: int, at: float) -> None:
        """Take note of how many telephone lines work from now on."""

    def call_in(self, n: int, at: float, from_at: float, until: float) -> None:
        """Take note of agents called in."""

    def surge(self, sections: ArrayLike, first_at: ArrayLike, at: float) -> None:
        """Take note of people who will phone with questions."""

    def left_dark(self, sections: ArrayLike, at: float) -> None:
        """Take note that sections are dark though their outage was declared over."""

    def rung_up(self, sections: ArrayLike, callers: ArrayLike, at: float) -> None:
        """Take note of customers whom the order desk rings up."""

    def advance(self, to: float, may_wait: Callable[[NDArray[np.int64]], bool] | None = None) -> Any:
        """Serve the slice up to `to` and return the calls that got through: columns at, section, caller.

        That may be put off as long as all calls come from sections that may wait.
        """

    def catch_up(self, sections: NDArray[np.int64]) -> Any:
        """Serve what was put off if calls from these sections, (n,), may be among it; return those that got through."""

    def finish(self) -> Any:
        """Return all calls."""


class Truth:
    """Open faults and supply, with every change of supply logged as an interruption of its own.

    Attributes
    ----------
    faults : all faults, those added last behind. supply : the present supply. is_open : by fault, whether it has occurred
    and is not repaired.
    when_alive : called with the sections that gained supply and the minute, after all else. when_island_lost : called
    with a section fed by a mobile generator on which a fault occurred.
    """

    def __init__(
        self, network: Network, faults: Faults, supply: Supply, sensors: Sensors, line: Line, journal: Journal,
        protection: Protection | None = None, on_live_lines: Callable[[Faults], OnLiveLines] | None = None,
    ) -> None:  # fmt: skip
        self._network, self.faults, self._sensors = network, faults, sensors
        self._line, self._journal = line, journal
        self.supply = supply
        self.is_open: list[bool] = []
        self._section: list[int] = []  # by fault
        self._work: list[int] = []
        self._protection = protection
        self._cleared_at: list[int] = []  # by fault: the zone head whose device clears it
        self._faults_behind: dict[int, list[int]] = {}  # by that zone head
        self._on_live_lines = on_live_lines
        self._spared: list[bool] = []  # by fault: it comes about on live lines alone
        self._unseen: list[bool] = []  # by fault: protection does not see it
        self._lying: set[int] = set()  # faults that protection would not see, on lines dead so far, known to nobody
        self._take_in(faults)
        self._above: list[int] = network.listed("parent")
        self._interruption: IntArray = np.full(network.n_sections, -1)
        self._dark_at: FloatArray = np.zeros(network.n_sections)
        self._n_interruptions = 0
        self.when_alive: Callable[[IntArray, float], None] | None = None
        self.when_island_lost: Callable[[int], None] | None = None
        self._is_island: BoolArray = np.zeros(network.n_sections, bool)  # fed by a mobile generator
        self._n_islands = 0

    def occur(self, fault: int, at: float) -> None:
        """Let a fault happen, unless the line is dead and it is one that only live lines have."""
        section, work = self._section[fault], self._work[fault]
        is_alive = self.supply.blocks.item(section) == 0
        if self._spared[fault] and not is_alive:
            self._journal.add(at, "fault_spared", fault=fault, section=section, value=work)
            return
        cause = self._journal.add(at, "fault_occurred", fault=fault, section=section, value=work)
        self.is_open[fault] = True
        if self._unseen[fault] and is_alive:
            self._journal.add(at, "live_wire_down", fault=fault, section=section, cause_seq=cause)
        elif self._unseen[fault]:
            self._lying.add(fault)
        fails = self._fails(section)
        if fails:
            assert isinstance(self.supply, SwitchedSupply)
            opens, lost = self.supply.tripping(section, fails), self.supply.fault(section, fails)
        else:
            opens, lost = self.supply.tripping(section), self.supply.fault(section)
        self._went_dark(lost, opens, at, cause)
        if self._is_island[section] and self.when_island_lost is not None:
            self.when_island_lost(section)

    def is_sound(self, section: int) -> bool:
        """Say whether nothing is broken in a section itself."""
        return all(self._section[fault] != section for fault in self.faults_in_zone(section))

    def feed(self, section: int, at: float, cause: int) -> None:
        """Feed a sound section from a mobile generator, cut off from the rest."""
        if self._is_island[section]:  # as when it is refuelled before it runs dry
            return
        if self.supply.blocks[section] > 0:
            self._log_back(np.array([section]), at, cause)
        self._n_islands += 1
        self._is_island[section] = True

    def unfeed(self, section: int, at: float, cause: int) -> None:
        """Take a mobile generator away from a section that it fed, or let it run dry."""
        if self._is_island[section]:
            self._is_island[section] = False
            self._n_islands -= 1
            if self.supply.blocks[section] > 0:
                self._log_dark(np.array([section]), at, cause)

    def add(self, more: Faults) -> range:
        """Add faults that may occur, and return their numbers."""
        first = len(self.faults)
        self.faults = joined(self.faults, more)
        self._take_in(more)
        return range(first, len(self.faults))

    def repair(self, fault: int, at: float, cause: int) -> None:
        """Let a fault be repaired; `cause` is the sequence number of the log event that says so."""
        self.is_open[fault] = False
        self._lying.discard(fault)
        head, section = self._cleared_at[fault], self._section[fault]
        fails = self._fails(section)
        if fails:
            assert isinstance(self.supply, SwitchedSupply)
            gained = self.supply.repair(section, fails)
        else:
            gained = self.supply.repair(section)
        self._came_back(gained, (head,), at, cause)

    def trip(self, section: int, at: float, for_min: float, *, of_source: bool = False) -> None:
        """Open the device of a section's zone without a fault; `of_source`: what feeds the feeder is lost."""
        head = int(self._network.zone[section])
        cause = self._journal.add(at, "section_tripped", section=section, value=for_min)
        opens = self.supply.tripping(head)
        gained, lost = self.supply.trip(head)
        self._went_dark(lost, -1 if of_source else opens, at, cause)
        self._came_back(gained, self._tops(gained), at, cause)
        if of_source:
            self._sensors.source_lost(head, at)

    def switch_off(self, head: int, at: float, cause: int) -> None:
        """Let the device of a zone be opened on order; it reports no opening of its own."""
        gained, lost = self.supply.trip(head)
        self._went_dark(lost, -1, at, cause)
        self._came_back(gained, self._tops(gained), at, cause)

    def untrip(self, section: int, at: float, cause: int = -1) -> None:
        """Close a device again that was tripped or switched off, as far as that goes."""
        head = int(self._network.zone[section])
        self._sensors.source_back(head)
        gained, lost = self.supply.untrip(head)
        self._went_dark(lost, self.supply.blocking_head(head) if len(lost) else -1, at, cause)
        self._came_back(gained, (head,), at, cause)

    def allows(self, order: Order) -> bool:
        """Say whether an order leaves no loop of closed devices."""
        return isinstance(self.supply, SwitchedSupply) and self.supply.allows(order)

    def switch(self, order: Order, at: float, cause: int) -> None:
        """Let devices and ties be operated at one instant, which was found to be allowed."""
        assert isinstance(self.supply, SwitchedSupply)
        gained, lost = self.supply.operate(order)
        self._went_dark(lost, -1, at, cause)
        self._came_back(gained, self._tops(gained), at, cause)

    def _tops(self, sections: IntArray) -> list[int]:
        """Return those of some sections that lie below none of them."""
        listed = sections.tolist()
        among = set(listed)
        return [section for section in listed if self._above[section] not in among]

    def faults_in(self, head: int) -> list[int]:
        """Return the open faults that a device clears, in order of occurring: what a patrol behind it sees.

        They lie in its zone, or beyond a device that should have cleared them: that it did not is plain to see.
        """
        return [fault for fault in self._faults_behind.get(head, ()) if self.is_open[fault]]

    def faults_in_zone(self, section: int) -> list[int]:
        """Return the open faults that the device clears which clears one on this section."""
        head = int(self._network.zone[section])
        if self._protection is not None:
            head = self._protection.clears(section)
        return self.faults_in(head)

    def make_safe(self, faults: Iterable[int]) -> None:
        """Let faults be known to a crew: it cuts them off and earths them, so that no wire there comes alive again."""
        self._lying.difference_update(faults)

    def _take_in(self, more: Faults) -> None:
        """Find out of the faults that come next in number which device clears each, and what hangs on a live line."""
        sections = more.section
        self._section += sections.tolist()
        self._work += more.work.tolist()
        self.is_open += [False] * len(more)
        if self._on_live_lines is None:
            self._spared += [False] * len(more)
            self._unseen += [False] * len(more)
        else:
            drawn = self._on_live_lines(more)
            self._spared += drawn.spared_if_dead.tolist()
            self._unseen += drawn.unseen.tolist()
        heads = self._network.zone[sections].tolist()
        if self._protection is not None:
            heads = [self._protection.clears(section) for section in sections.tolist()]
        for fault, head in enumerate(heads, start=len(self._cleared_at)):
            self._faults_behind.setdefault(head, []).append(fault)
        self._cleared_at += heads

    def _fails(self, section: int) -> frozenset[int]:
        return self._protection.fails(section) if self._protection is not None else frozenset()

    def _went_dark(self, sections: IntArray, opened: int, at: float, cause: int) -> None:
        """Log and tell that sections lost supply; `opened` is the device that opened under supply, or -1."""
        sections = self._but_islands(sections)
        if len(sections):
            self._log_dark(sections, at, cause)
        if opened >= 0:
            self._sensors.tripped(opened, at)

    def _log_dark(self, sections: IntArray, at: float, cause: int) -> None:
        n = len(sections)
        ids = np.arange(self._n_interruptions, self._n_interruptions + n)
        self._n_interruptions += n
        self._interruption[sections], self._dark_at[sections] = ids, at
        self._journal.add_many(
            at, "section_went_dark", n, section=sections, interruption=ids,
            customers=self._network.customers[sections], cause_seq=cause,
        )  # fmt: skip
        self._line.went_dark(sections, at)
        self._sensors.lost(sections, at)

    def _came_back(self, sections: IntArray, tops: Iterable[int], at: float, cause: int) -> None:
        """Log and tell that sections have supply again, from `tops` downwards."""
        if len(sections) == 0:
            return
        new = self._but_islands(sections)
        if len(new):
            self._log_back(new, at, cause)
        for top in tops:
            fronts = self.supply.fronts(top)
            self._sensors.energised(fronts, at)
            if self._lying:
                self._come_alive(fronts, at, cause)
        if self.when_alive is not None:
            self.when_alive(sections, at)

    def _log_back(self, sections: IntArray, at: float, cause: int) -> None:
        self._journal.add_many(
            at, "section_restored", len(sections), section=sections, interruption=self._interruption[sections],
            customers=self._network.customers[sections], value=at - self._dark_at[sections], cause_seq=cause,
        )  # fmt: skip
        self._line.restored(sections, at)
        self._sensors.regained(sections, at)

    def _but_islands(self, sections: IntArray) -> IntArray:
        """Return those of some sections that no mobile generator feeds."""
        return sections[~self._is_island[sections]] if self._n_islands else sections

    def _come_alive(self, fronts: Iterable[int], at: float, cause: int) -> None:
        """Supply has come back as far as these devices: wires that lie unknown behind them come alive.

        The device that closes onto them does not see them, as little as it would have on a live line.
        """
        for front in fronts:
            for fault in self._faults_behind.get(front, ()):
                if fault in self._lying:
                    self._lying.remove(fault)
                    self._journal.add(
                        at, "live_wire_down", fault=fault, section=self._section[fault], cause_seq=cause
                    )
