"""Repairs that take two crews at once: who has been sent, and who is there."""

from __future__ import annotations

from dataclasses import dataclass, field

from sim.world.book import Job
from sim.world.crews import Crew


@dataclass(eq=False)
class Pair:
    """A repair and the job of its second crew; `sent` and `there` hold crews by the number of their job."""

    main: Job
    second: Job
    sent: dict[int, Crew] = field(default_factory=dict)
    there: dict[int, Crew] = field(default_factory=dict)


class Pairs:
    """The repairs for two that crews have been sent to. patience_min : how long one waits on site for the other."""

    def __init__(self, patience_min: float) -> None:
        self.patience_min = patience_min
        self._of: dict[int, Pair] = {}  # by number of either job

    def of(self, job: Job) -> Pair | None:
        """Return the pair to which a job belongs."""
        return self._of.get(job.number)

    def begin(self, main: Job, second: Job) -> None:
        """Take note of a repair for two."""
        self._of[main.number] = self._of[second.number] = Pair(main, second)

    def forget(self, main: Job) -> None:
        """Strike a pair off; no matter when there is none."""
        pair = self._of.pop(main.number, None)
        if pair is not None:
            del self._of[pair.second.number]
