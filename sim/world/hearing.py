"""What the control room makes of trouble calls: which are explained, and where enough people say the same."""

from __future__ import annotations

from collections.abc import Iterable
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
    last declared alive. Others gather per zone until enough distinct people have called.

    Attributes
    ----------
    explained_until : (n_sections,) minute of the last declaration that a section has supply, -inf for none.
    called : (n_sections,) somebody there has called since and would be rung back.
    """

    def __init__(self, network: Network, beliefs: Supply, calls_to_infer: int) -> None:
        self._zone: list[int] = network.zone.tolist()
        self._beliefs, self._enough = beliefs, calls_to_infer
        self.explained_until: FloatArray = np.full(network.n_sections, -np.inf)
        self.called: BoolArray = np.zeros(network.n_sections, bool)
        self._heard: dict[int, list[tuple[float, int, int]]] = {}  # unexplained: (at, section, caller) by zone head

    def is_explained(self, section: int, event_at: float) -> bool:
        """Say whether a loss of supply at `event_at` is known or history."""
        return bool(self._beliefs.blocks[section] > 0 or event_at < self.explained_until[section])

    def take(self, calls: Calls) -> list[tuple[int, float]]:
        """Note calls; return the zones with enough distinct unexplained callers, and the minute of the deciding one."""
        section = calls.section
        explained = self._beliefs.blocks[section] > 0
        self.called[section[explained]] = True
        new = np.flatnonzero(~explained & (calls.at > self.explained_until[section]))
        decided: dict[int, float] = {}
        for i in new.tolist():
            where = int(section[i])
            head = self._zone[where]
            if head in decided:
                self.called[where] = True
                continue
            since = self.explained_until[where]
            heard = [call for call in self._heard.get(head, ()) if call[0] > since]
            who = (where, int(calls.caller[i]))
            if who not in [call[1:] for call in heard]:
                heard.append((float(calls.at[i]), *who))
            self._heard[head] = heard
            if len(heard) >= self._enough:
                decided[head] = float(calls.at[i])
                self.forget(head)
        return list(decided.items())

    def forget(self, head: int) -> None:
        """Let the calls gathered for a zone be explained: an outage is opened there."""
        for _, section, _ in self._heard.pop(head, ()):
            self.called[section] = True

    def note(self, sections: Iterable[int]) -> None:
        """Remember to ring back customers there when their outage is over."""
        for section in sections:
            self.called[section] = True

    def declare_alive(self, sections: IntArray, at: float) -> None:
        """Take note that sections are believed to have supply from `at` on."""
        self.explained_until[sections] = at
        self.called[sections] = False
