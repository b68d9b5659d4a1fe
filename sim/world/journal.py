"""The log in the making, in order of time, with room for events that are already certain to come."""

from __future__ import annotations

import heapq
from typing import Any

from sim.log import Log, Recorder


class Journal:
    """A recorder that also takes events dated later than now: they are written when their time has come.

    What is certain (a report under way, a crew that must pause for the wind) is thus logged at its own instant
    without costing an event of the simulation.
    """

    def __init__(self) -> None:
        self._recorder = Recorder()
        self._later: list[tuple[float, int, str, int, dict[str, Any]]] = []
        self._n_later = 0

    def add(self, at: float, kind: str, **columns: Any) -> int:
        """Record one event now, its columns as `Recorder.add` takes them; return its sequence number."""
        if self._later and self._later[0][0] <= at:
            self.flush(at)
        return self._recorder.add(at, kind, **columns)

    def add_many(self, at: float, kind: str, n: int, **columns: Any) -> int:
        """Record n events of one kind now; return the sequence number of the first."""
        if self._later and self._later[0][0] <= at:
            self.flush(at)
        return self._recorder.add_many(at, kind, n, **columns)

    def later(self, at: float, kind: str, n: int = 1, **columns: Any) -> None:
        """Record n events of one kind when `at` has come."""
        heapq.heappush(self._later, (at, self._n_later, kind, n, columns))
        self._n_later += 1

    def flush(self, until: float) -> None:
        """Write the events that were dated up to `until`."""
        while self._later and self._later[0][0] <= until:
            at, _, kind, n, columns = heapq.heappop(self._later)
            self._recorder.add_many(at, kind, n, **columns)

    def finish(self, until: float) -> Log:
        """Return the log; what is dated after `until` is dropped."""
        self.flush(until)
        return self._recorder.finish()
