"""Single-customer outages: callers alone, to each of whose own service a patrol is sent to look."""

from __future__ import annotations

from sim.grid.network import Network
from sim.world.book import Job, JobBook
from sim.world.journal import Journal


class Services:
    """Jobs at single customers' services, by section and caller."""

    def __init__(self, network: Network, book: JobBook, journal: Journal) -> None:
        self._zone: list[int] = network.listed("zone")
        self._book, self._journal = book, journal
        self._jobs: dict[tuple[int, int], Job] = {}

    def order(self, section: int, caller: int, noted_at: float, at: float) -> None:
        """Open a single-customer outage for somebody who phoned; meters, which are numbered below 0, wait for more."""
        if caller < 0 or (section, caller) in self._jobs:
            return
        number = self._book.new_number()
        job = Job(number, "service", -1, self._zone[section], section, at, (self._book.hands["patrol"],))
        self._jobs[section, caller] = job
        self._journal.add(at, "service_reported", job=number, section=section, customers=1, value=noted_at)
        self._journal.add(at, "job_opened", job=number, section=section)
        self._book.add(job)

    def call_off(self, first: int, end: int, at: float) -> None:
        """Take those in sections [first, end) into an outage above them; a patrol on the way still arrives."""
        for key, job in list(self._jobs.items()):
            if first <= job.section < end and not job.is_taken:
                self._book.cancel(job)
                del self._jobs[key]
                self._journal.add(at, "job_called_off", job=job.number, section=job.section)

    def looked_at(self, job: Job) -> None:
        """Take note that a patrol has been there."""
        self._jobs = {key: other for key, other in self._jobs.items() if other is not job}
