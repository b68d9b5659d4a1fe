"""The log in the making, in order of time, with room for events that are already certain to come."""

from __future__ import annotations

import heapq
import math
from typing import Any

from sim.log import Log, Recorder


class Journal(Recorder):
    """A recorder that also takes events dated later than now: they are written when their time has come.

    What is certain (a report under way, a crew that must pause for the wind) is thus logged at its own instant
    without costing an event of the simulation.
    """

    def __init__(self) -> None:
        super().__init__()
        self._later: list[tuple[float, int, str, int, dict[str, Any]]] = []
        self._n_later = 0

    def later(self, at: float, kind: str, n: int = 1, **columns: Any) -> None:
        """Record n events of one kind when `at` has come."""
        heapq.heappush(self._later, (at, self._n_later, kind, n, columns))
        self._n_later += 1
        self._due_at = self._later[0][0]

    def flush(self, until: float) -> None:
        """Write the events that were dated up to `until`."""
        later, self._due_at = self._later, math.inf
        while later and later[0][0] <= until:
            at, _, kind, n, columns = heapq.heappop(later)
            self.add_many(at, kind, n, **columns)
        if later:
            self._due_at = later[0][0]

    def finish_at(self, until: float) -> Log:
        """Return the log; what is dated after `until` is dropped."""
        self.flush(until)
        return self.finish()
