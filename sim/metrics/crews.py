"""What every crew did when, from the log: on the road, on site, waiting, held by the wind or the night, resting, off.

A crew rests between two of its shifts, whether the rest rule or only the pattern of shifts keeps it from work, and
wherever it sleeps, also when its next shift would start after the horizon. It is off before its first shift, while it is
out of service, and after its last shift where it goes home for good: then nobody could call it to work. So the minutes of
every crew from the scenario's start to the horizon are in one state each.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.log import KIND_CODE, NONE, Log, narrow

if TYPE_CHECKING:
    from sim.scenario.model import Scenario

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

STATES = ("off", "waiting", "travelling", "working", "stood_down", "night", "resting")
OFF, WAITING, TRAVELLING, WORKING, STOOD_DOWN, NIGHT, RESTING = range(7)
HELD = (STOOD_DOWN, NIGHT)
"""By the wind, and where work stops at night: a crew goes on afterwards with what it did before."""
ON_SHIFT = (WORKING, TRAVELLING, WAITING, *HELD)
_IS_HELD = np.isin(np.arange(len(STATES)), HELD)
_IS_SOMEWHERE = np.isin(np.arange(len(STATES)), (TRAVELLING, WORKING, *HELD))

AFTER = {
    "shift_started": WAITING,
    "crew_dispatched": TRAVELLING,
    "crew_arrived": WORKING,
    "patrol_finished": WAITING,
    "tree_cleared": WAITING,
    "repair_finished": WAITING,
    "device_operated": WAITING,
    "service_visited": WAITING,
    "generator_connected": WORKING,  # the crew stays with its generator
    "generator_released": WAITING,
    "generator_not_needed": WAITING,
    "crew_stood_down": STOOD_DOWN,
    "crew_stopped_for_night": NIGHT,
    "crew_broke_off": WAITING,
    "crew_moving": TRAVELLING,  # to a new base
    "crew_moved": WAITING,
    "task_handed_over": WAITING,
    "task_finished": WAITING,
    "crew_awaited_second": WAITING,
    "work_begun": WORKING,
    "assist_finished": WAITING,
    "crew_returning": TRAVELLING,  # to where it sleeps
    "shift_ended": RESTING,
    "crew_lost": OFF,
    "crew_returned": RESTING,  # until its next shift starts
}
"""The state into which a kind of event puts its crew; one that goes home for good is off from the end of its last shift."""
_COME = ("shift_started", "crew_lost")  # what may end a rest
_FINISHES = (
    "patrol_finished", "tree_cleared", "task_finished", "repair_finished", "assist_finished", "device_operated",
    "service_visited", "generator_not_needed",
)  # fmt: skip


@dataclass(frozen=True)
class CrewTime:
    """Stretches of one crew in one state, (n,), ordered by crew, then time, without gaps.

    state : index into STATES. section : where the task is (travelling, working, held), else -1.
    mends : the task is to clear a tree or to repair, not to patrol or to bring a generator. The time of a crew that
    ever has an event runs from minute 0 to the horizon.
    """

    crew: IntArray
    state: IntArray
    start: FloatArray
    end: FloatArray
    section: IntArray
    mends: BoolArray

    def of(self, *states: int) -> BoolArray:
        """Return the mask of stretches in the given states."""
        return np.isin(np.arange(len(STATES)), states)[self.state]


def crew_time(log: Log, horizon: float, gone: Collection[int] = ()) -> CrewTime:
    """Return the stretches of all crews; `gone` are those that went home for good, see `gone_home`.

    A stretch that ends with a finished task was work, also when no new arrival was logged for it (several
    repairs in one visit). A crew held by the wind or the night goes on with what it did before at the logged end of the
    hold. A job opened without a fault is a patrol or a generator's.
    """
    rows, state = changes(log, gone)
    crew, start = log["crew"][rows], log["at"][rows]
    section, job = log["section"][rows], log["job"][rows]
    last = np.ones(len(rows), bool)
    last[:-1] = crew[:-1] != crew[1:]
    end, at_end, job_at_end = np.full(len(rows), float(horizon)), section.copy(), job.copy()
    end[:-1], at_end[:-1], job_at_end[:-1] = start[1:], section[1:], job[1:]
    end[last] = horizon
    finishes = np.zeros(len(rows), bool)
    finishes[:-1] = log.of(*_FINISHES)[rows[1:]]
    finishes &= ~last
    held = _IS_HELD[state]
    since = np.maximum.accumulate(np.where(held, 0, np.arange(len(rows)))) if len(rows) else np.arange(0)
    before = np.full(len(rows), WORKING)
    before[1:] = np.where(last[:-1], WORKING, state[since[:-1]])  # of several holds in a row, before the first
    before = np.where(finishes, WORKING, before)
    resumes = np.clip(np.where(held, np.nan_to_num(log["value"][rows], nan=np.inf), start), start, end)
    state = np.where(finishes & ~held, WORKING, state)
    # the section and the job of a stretch that ends in a finished task are that task's
    section, job = np.where(finishes, at_end, section), np.where(finishes, job_at_end, job)
    section = np.where(_IS_SOMEWHERE[state], section, NONE)
    is_other = np.zeros(int(log["job"].max(initial=NONE)) + 2, bool)  # the last place is for no job
    is_other[_other_jobs(log)] = True
    mends = ~is_other[job] & (section != NONE)
    spent = _split(CrewTime(crew, state, start, end, section, mends), held & (resumes < end), resumes, before)
    return _from_start(spent)


def gone_home(log: Log, settings: Scenario) -> IntArray:
    """Return the numbers of foreign crews that went home for good.

    The log tells how many of an agreement left. Its groups leave in the order in which they came, which is that of their
    numbers; own crews are numbered first, then those of the agreements, in file order.
    """
    left = log.of("aid_left")
    n_left = np.bincount(log["place"][left], log["value"][left], len(settings.aid)).astype(np.int64).tolist()
    out: list[int] = []
    first = sum(entry.count for entry in settings.crews.values())
    for n, entry in zip(n_left, settings.aid.values(), strict=True):
        out += range(first, first + n)
        first += entry.count
    return np.array(out, np.int64)


def changes(log: Log, gone: Collection[int] = ()) -> tuple[IntArray, IntArray]:
    """Return the rows of events that change a crew's state, by crew and time, and the state each puts its crew into.

    gone : crews that went home for good.
    """
    after = np.full(max(KIND_CODE.values()) + 1, -1)
    for name, put in AFTER.items():
        after[KIND_CODE[name]] = put
    rows = np.flatnonzero((after[log["kind"]] >= 0) & (log["crew"] != NONE))
    rows = rows[np.argsort(narrow(log["crew"][rows]), kind="stable")]
    crew, state = log["crew"][rows], after[log["kind"][rows]]
    comes = log.of(*_COME)[rows]
    final = np.full(int(crew.max(initial=-1)) + 1, -1)
    np.maximum.at(final, crew[comes], rows[comes])
    has_left = (rows > final[crew]) & np.isin(crew, list(gone))
    return rows, np.where((state == RESTING) & has_left, OFF, state)


def _from_start(time: CrewTime) -> CrewTime:
    """Let every crew be off from minute 0 to its first event."""
    first = np.unique(time.crew, return_index=True)[1]
    first = first[time.start[first] > 0]
    return CrewTime(
        crew=np.insert(time.crew, first, time.crew[first]),
        state=np.insert(time.state, first, OFF),
        start=np.insert(time.start, first, 0.0),
        end=np.insert(time.end, first, time.start[first]),
        section=np.insert(time.section, first, NONE),
        mends=np.insert(time.mends, first, False),
    )


def _other_jobs(log: Log) -> IntArray:
    """Return the jobs that are not repairs."""
    opened = log.of("job_opened")
    return np.asarray(log["job"][opened][log["fault"][opened] == NONE])


def _split(time: CrewTime, held: BoolArray, resumes: FloatArray, before: IntArray) -> CrewTime:
    """Cut each held stretch at the minute of resuming: from there on the crew does what it did before."""
    take = np.repeat(np.arange(len(time.crew)), 1 + held)
    second = np.zeros(len(take), bool)
    second[1:] = take[1:] == take[:-1]
    first = held[take] & ~second
    return CrewTime(
        crew=time.crew[take],
        state=np.where(second, before[take], time.state[take]),
        start=np.where(second, resumes[take], time.start[take]),
        end=np.where(first, resumes[take], time.end[take]),
        section=time.section[take],
        mends=time.mends[take],
    )
