"""What is so: faults that are open, who is dark. Nothing here is known to anybody until it is reported."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.damage import Faults, joined
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

    def notice(self, area: int, at: float, reach: float) -> None:
        """Take note of a message to customers."""

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

    def advance(self, to: float) -> Any:
        """Serve the slice up to `to` and return the calls that got through: columns at, section, caller."""

    def finish(self) -> Any:
        """Return all calls."""


class Truth:
    """Open faults and supply, with every change of supply logged as an interruption of its own.

    Attributes
    ----------
    faults : all faults, those added last behind. supply : the present supply. is_open : (n_faults,) faults that have
    occurred and are not repaired.
    when_alive : called with the sections that gained supply and the minute, after all else.
    """

    def __init__(
        self, network: Network, faults: Faults, supply: Supply, sensors: Sensors, line: Line, journal: Journal,
        protection: Protection | None = None,
    ) -> None:  # fmt: skip
        self._network, self.faults, self._sensors = network, faults, sensors
        self._line, self._journal = line, journal
        self.supply = supply
        self.is_open: BoolArray = np.zeros(len(faults), bool)
        self._protection = protection
        self._cleared_at: list[int] = []  # by fault: the zone head whose device clears it
        self._faults_behind: dict[int, list[int]] = {}  # by that zone head
        self._take_in(faults.section)
        self._interruption: IntArray = np.full(network.n_sections, -1)
        self._dark_at: FloatArray = np.zeros(network.n_sections)
        self._n_interruptions = 0
        self.when_alive: Callable[[IntArray, float], None] | None = None

    def occur(self, fault: int, at: float) -> None:
        """Let a fault happen."""
        section, work = int(self.faults.section[fault]), int(self.faults.work[fault])
        cause = self._journal.add(at, "fault_occurred", fault=fault, section=section, value=work)
        self.is_open[fault] = True
        fails = self._fails(section)
        if fails:
            assert isinstance(self.supply, SwitchedSupply)
            opens, lost = self.supply.tripping(section, fails), self.supply.fault(section, fails)
        else:
            opens, lost = self.supply.tripping(section), self.supply.fault(section)
        self._went_dark(lost, opens, at, cause)

    def add(self, more: Faults) -> range:
        """Add faults that may occur, and return their numbers."""
        first = len(self.faults)
        self.faults = joined(self.faults, more)
        self.is_open = np.concatenate([self.is_open, np.zeros(len(more), bool)])
        self._take_in(more.section)
        return range(first, len(self.faults))

    def repair(self, fault: int, at: float, cause: int) -> None:
        """Let a fault be repaired; `cause` is the sequence number of the log event that says so."""
        self.is_open[fault] = False
        head, section = self._cleared_at[fault], int(self.faults.section[fault])
        fails = self._fails(section)
        if fails:
            assert isinstance(self.supply, SwitchedSupply)
            gained = self.supply.repair(section, fails)
        else:
            gained = self.supply.repair(section)
        self._came_back(gained, (head,), at, cause)

    def trip(self, section: int, at: float, for_min: float) -> None:
        """Open the device of a section's zone without a fault."""
        head = int(self._network.zone[section])
        cause = self._journal.add(at, "section_tripped", section=section, value=for_min)
        opens = self.supply.tripping(head)
        self._went_dark(self.supply.trip(head), opens, at, cause)

    def untrip(self, section: int, at: float) -> None:
        """Close that device again, as far as the trip goes."""
        head = int(self._network.zone[section])
        self._came_back(self.supply.untrip(head), (head,), at, -1)

    def allows(self, order: Order) -> bool:
        """Say whether an order leaves no loop of closed devices."""
        return isinstance(self.supply, SwitchedSupply) and self.supply.allows(order)

    def switch(self, order: Order, at: float, cause: int) -> None:
        """Let devices and ties be operated at one instant; ValueError when that would close a loop."""
        assert isinstance(self.supply, SwitchedSupply)
        gained, lost = self.supply.switch(order)
        self._went_dark(lost, -1, at, cause)
        above = self._network.parent[gained]
        tops = gained[(above < 0) | ~np.isin(above, gained)]
        self._came_back(gained, tops, at, cause)

    def faults_in(self, head: int) -> list[int]:
        """Return the open faults that a device clears, in order of occurring: what a patrol behind it sees.

        They lie in its zone, or beyond a device that should have cleared them: that it did not is plain to see.
        """
        return [fault for fault in self._faults_behind.get(head, ()) if self.is_open[fault]]

    def _take_in(self, sections: IntArray) -> None:
        """Find out which device clears each of the faults that come next in number."""
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
        n = len(sections)
        if n:
            ids = np.arange(self._n_interruptions, self._n_interruptions + n)
            self._n_interruptions += n
            self._interruption[sections], self._dark_at[sections] = ids, at
            self._journal.add_many(
                at, "section_went_dark", n, section=sections, interruption=ids,
                customers=self._network.customers[sections], cause_seq=cause,
            )  # fmt: skip
            self._line.went_dark(sections, at)
            self._sensors.lost(sections, at)
        if opened >= 0:
            self._sensors.tripped(opened, at)

    def _came_back(self, sections: IntArray, tops: Iterable[int], at: float, cause: int) -> None:
        """Log and tell that sections have supply again, from `tops` downwards."""
        n = len(sections)
        if n == 0:
            return
        self._journal.add_many(
            at, "section_restored", n, section=sections, interruption=self._interruption[sections],
            customers=self._network.customers[sections], value=at - self._dark_at[sections], cause_seq=cause,
        )  # fmt: skip
        self._line.restored(sections, at)
        for top in tops:
            self._sensors.energised(int(top), at)
        if self.when_alive is not None:
            self.when_alive(sections, at)
