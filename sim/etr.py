"""Estimated times of restoration: from the known backlog, the crews known and the times learned so far.

Plain on purpose, as a control room would reckon: so much work is left, so many crew-minutes per minute are there to
do it. It knows nothing that the control room does not know.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from statistics import NormalDist

LEVEL_LOG_SD = 0.3
"""Log spread of the whole estimate about the truth: the work not yet seen, the level of the times (grade X)."""
JOB_CV = 0.8
"""Coefficient of variation of one job's time about its learned mean (grade X; a lognormal of log-sd 0.6 has 0.66)."""
PRIOR_WEIGHT = 5.0
"""A prior counts as so many observations (grade X)."""


class LearnedMean:
    """A mean that starts at a prior and moves to what is observed: (w m0 + sum) / (w + n)."""

    def __init__(self, prior: float, weight: float = PRIOR_WEIGHT) -> None:
        self._sum = prior * weight
        self._n = weight

    def add(self, value: float) -> None:
        """Take an observation into account."""
        self._sum += value
        self._n += 1.0

    @property
    def mean(self) -> float:
        """The present mean."""
        return self._sum / self._n


class Learner:
    """What finished work has taught: minutes on site by class of work, minutes per trip, faults per outage.

    Parameters
    ----------
    repair_min : prior minutes on site per class of repair. tree_min : prior minutes to clear a tree, the last class.
    trip_min : prior minutes of a trip. faults_per_outage : prior number of faults that a patrol finds.
    """

    def __init__(
        self, repair_min: Sequence[float], tree_min: float, trip_min: float, faults_per_outage: float = 1.0
    ) -> None:
        self.on_site = [LearnedMean(minutes) for minutes in (*repair_min, tree_min)]
        self.trip = LearnedMean(trip_min)
        self.faults_per_outage = LearnedMean(faults_per_outage)
        self._tree = len(repair_min)
        self._repairs = LearnedMean(sum(repair_min) / len(repair_min))

    def finished(self, work: int, minutes: float) -> None:
        """Learn from a finished task of that class of work."""
        self.on_site[work].add(minutes)
        if work != self._tree:
            self._repairs.add(minutes)

    @property
    def repair_min(self) -> float:
        """Mean minutes on site of a repair of whatever class."""
        return self._repairs.mean


@dataclass(frozen=True)
class Capacity:
    """Crews at work over time: from each instant `at[i]` on, `crews[i]` on the average of day and night.

    `at` rises; before `at[0]` nobody works.
    """

    at: tuple[float, ...]
    crews: tuple[float, ...]

    def at_work(self, at: float) -> float:
        """Return the crews at work at a minute; those of the first step before it."""
        return self.crews[max(0, bisect_right(self.at, at) - 1)]


def may_revise(standing_at: float, promised_at: float, now: float, policy: str, change_min: float) -> bool:
    """Say whether a new promise is published, given the one that stands; negative ones say "assessing".

    A first promise, after nothing or after "assessing", always is. Of revisions those are that change the time by more
    than `change_min`, and by policy always; later: unless it would be an earlier time; due: only when the standing time
    has come.

    Parameters
    ----------
    standing_at : minute promised, nan where nothing was. promised_at : the new one.
    """
    if not standing_at >= 0:
        return not abs(promised_at - standing_at) <= change_min
    if policy == "due" and now < standing_at:
        return False
    if policy == "later" and 0 <= promised_at < standing_at:
        return False
    return not abs(promised_at - standing_at) <= change_min


def finish_at(now: float, work_min: float, capacity: Capacity) -> float:
    """Return the minute at which `work_min` crew-minutes are done, starting at `now`; inf when never."""
    left = work_min
    if left <= 0:
        return now
    for i, crews in enumerate(capacity.crews):
        start = max(now, capacity.at[i])
        end = capacity.at[i + 1] if i + 1 < len(capacity.at) else math.inf
        if end <= start or crews <= 0:
            continue
        if left <= crews * (end - start):
            return start + left / crews
        left -= crews * (end - start)
    return math.inf


def area_promise(
    now: float,
    works: Sequence[tuple[float, Capacity]],
    last_job_min: float,
    n_jobs: float,
    confidence: float,
) -> float:
    """Return the minute by which an area's power is promised; inf when there is nobody to do the work.

    now + max_k (finish_k - now + last job (1 - 1 / crews_k)) exp(z sigma): the slowest of the backlogs decides, and
    at its end the other crews run out of work while one still does the last job (of C crews with W minutes in jobs
    of length p the last is done at about W / C + p (1 - 1 / C)). z is the normal quantile of the confidence and
    sigma^2 = LEVEL_LOG_SD^2 + JOB_CV^2 / n_jobs.

    Parameters
    ----------
    works : per kind of crew the backlog in crew-minutes and the crews for it: the backlog of all areas that these
        crews serve with all of them, or the area's own with its share of them.
    last_job_min : minutes of one job, travel included. n_jobs : jobs expected in the area.
    confidence : probability with which the promise is to be kept.
    """
    longest = 0.0
    for work_min, capacity in works:
        done_at = finish_at(now, work_min, capacity)
        if done_at == math.inf:
            return math.inf
        longest = max(longest, done_at - now + last_job_min * max(0.0, 1.0 - 1.0 / capacity.at_work(done_at)))
    return now + stretched(longest, n_jobs, confidence)


def stretched(minutes: float, n_jobs: float, confidence: float) -> float:
    """Return the minutes to promise for work expected to take `minutes`, made up of so many jobs."""
    sigma = math.hypot(LEVEL_LOG_SD, JOB_CV / math.sqrt(max(n_jobs, 1.0)))
    return minutes * math.exp(_quantile(confidence) * sigma)


@cache
def _quantile(confidence: float) -> float:
    return NormalDist().inv_cdf(confidence)
