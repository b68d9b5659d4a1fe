"""What the control room makes of trouble calls: which are explained, and where enough people say the same."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from sim.grid.network import Network
from sim.supply import Supply

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


class Calls(Protocol):
    """Calls that got through, in order of time; arrays (n,)."""

    @property
    def at(self) -> FloatArray:
        """When they were noted."""

    @property
    def section(self) -> IntArray:
        """Where the callers live."""

    @property
    def caller(self) -> IntArray:
        """The person's number within the section."""


class Hearing:
    """Calls set against what is believed.

    A call from a section believed dark is explained by the outage there, and so is one noted before the section was
    last declared alive. Others gather per zone until enough distinct people have called; a smart meter that reports
    counts as one of them.

    Calls that are explained tell no more than who would be rung back. They may come late, when that is asked.

    Attributes
    ----------
    explained_until : (n_sections,) minute of the last declaration that a section has supply, -inf for none.
    catch_up : returns calls that were put off, dated before the last review, those from given sections (n,) among them;
        None: none ever are.
    """

    def __init__(self, network: Network, beliefs: Supply, calls_to_infer: int) -> None:
        self._zone: list[int] = network.listed("zone")
        self._beliefs, self._enough = beliefs, calls_to_infer
        self.explained_until: FloatArray = np.full(network.n_sections, -np.inf)
        self.catch_up: Callable[[IntArray], Calls] | None = None
        self._called: BoolArray = np.zeros(network.n_sections, bool)  # somebody has called since, and would be rung back
        self._reviewed_at = self._declared_at = -np.inf  # the last review, the last time that any section was declared alive
        self._heard: dict[int, list[tuple[float, int, int]]] = {}  # unexplained: (at, section, caller) by zone head
        self._fresh: set[int] = set()  # zones where somebody has called

    def is_explained(self, section: int, event_at: float) -> bool:
        """Say whether a loss of supply at `event_at` is known or history."""
        return bool(self._beliefs.blocks[section] > 0 or event_at < self.explained_until[section])

    def is_all_explained(self, sections: IntArray) -> bool:
        """Say whether calls from these sections are explained, wherever they come from, and were at the last review."""
        if not len(sections):
            return True
        if np.count_nonzero(self._beliefs.blocks[sections]) < len(sections):
            return False
        if self._declared_at <= self._reviewed_at:
            return True
        return not np.count_nonzero(self.explained_until[sections] > self._reviewed_at)

    def have_called(self, sections: IntArray) -> BoolArray:
        """Say of which sections somebody has called since they were last declared alive, (n,); they would be rung back."""
        known = self._called[sections]
        if self.catch_up is not None and not known.all():
            self._take_late(self.catch_up(sections[~known]))
            known = self._called[sections]
        return known

    def _take_late(self, calls: Calls) -> int:
        """Note calls that were explained when they came, before the last review; return how many they are."""
        n = int(calls.at.searchsorted(self._reviewed_at)) if len(calls.at) else 0
        if n:
            at, section = calls.at[:n], calls.section[:n]
            self._called[section[at >= self.explained_until[section]]] = True
        return n

    def take(self, calls: Calls, at: float) -> list[tuple[int, float]]:
        """Note calls; return the zones with enough distinct unexplained callers, and the minute of the deciding one.

        Those put off at earlier reviews may be among them.
        """
        n_late, self._reviewed_at = self._take_late(calls), at
        if n_late == len(calls.at):
            return []
        noted_at, section, caller = calls.at[n_late:], calls.section[n_late:], calls.caller[n_late:]
        explained = self._beliefs.blocks[section] > 0
        self._called[section[explained]] = True
        new = np.flatnonzero(~explained & (noted_at > self.explained_until[section]))
        decided: dict[int, float] = {}
        for i in new.tolist():
            where = int(section[i])
            head = self._zone[where]
            if head in decided:
                self._called[where] = True
            elif self._gather(head, where, [int(caller[i])], float(noted_at[i])):
                decided[head] = float(noted_at[i])
        return list(decided.items())

    def metered(self, section: int, n_meters: int, event_at: float, at: float) -> bool:
        """Note that smart meters of a section lost supply at `event_at`; say whether that is enough for its zone."""
        if self.is_explained(section, event_at):
            return False
        return self._gather(self._zone[section], section, [-1 - nth for nth in range(min(n_meters, self._enough))], at)

    def lone(self) -> list[tuple[int, int, float]]:
        """Return callers who wait for more of them, where some called since last asked: (section, caller, minute noted)."""
        fresh, self._fresh = sorted(self._fresh), set()
        return [
            (section, caller, at)
            for head in fresh
            for at, section, caller in self._heard.get(head, ())
            if at > self.explained_until[section]
        ]

    def _gather(self, head: int, where: int, who: Iterable[int], at: float) -> bool:
        """Add callers of a section to those of its zone; say whether they are enough, and forget them then."""
        since = self.explained_until[where]
        heard = [call for call in self._heard.get(head, ()) if call[0] > since]
        there = {call[1:] for call in heard}
        heard += [(at, where, caller) for caller in who if (where, caller) not in there]
        self._heard[head] = heard
        if len(heard) < self._enough:
            self._fresh.add(head)
            return False
        self.forget(head)
        return True

    def forget(self, head: int) -> None:
        """Let the calls gathered for a zone be explained: an outage is opened there."""
        for _, section, caller in self._heard.pop(head, ()):
            if caller >= 0:
                self._called[section] = True

    def note(self, sections: Iterable[int]) -> None:
        """Remember to ring back customers there when their outage is over."""
        for section in sections:
            self._called[section] = True

    def declare_alive(self, sections: IntArray, at: float) -> None:
        """Take note that sections are believed to have supply from `at` on."""
        self.explained_until[sections] = at
        self._declared_at = at
        self._called[sections] = False
