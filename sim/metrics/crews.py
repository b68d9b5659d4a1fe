"""What every crew did when, from the log: on the road, on site, waiting, held by the wind, off."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.log import KIND_CODE, NONE, Log

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

STATES = ("waiting", "travelling", "working", "stood_down", "off")
WAITING, TRAVELLING, WORKING, STOOD_DOWN, OFF = range(5)

_AFTER = {  # the state that an event puts its crew into
    "shift_started": WAITING,
    "crew_dispatched": TRAVELLING,
    "crew_arrived": WORKING,
    "patrol_finished": WAITING,
    "tree_cleared": WAITING,
    "repair_finished": WAITING,
    "generator_connected": WAITING,
    "generator_released": WAITING,
    "crew_stood_down": STOOD_DOWN,
    "shift_ended": OFF,
}
_FINISHES = ("patrol_finished", "tree_cleared", "repair_finished")


@dataclass(frozen=True)
class CrewTime:
    """Stretches of one crew in one state, (n,), ordered by crew, then time, without gaps.

    state : index into STATES. section : where the task is (travelling, working), else -1. patrol : the crew
    is one that patrols. A crew's time begins with its first event and ends at the horizon.
    """

    crew: IntArray
    state: IntArray
    start: FloatArray
    end: FloatArray
    section: IntArray
    patrol: BoolArray

    def of(self, *states: int) -> BoolArray:
        """Return the mask of stretches in the given states."""
        return np.isin(self.state, states)


def crew_time(log: Log, horizon: float) -> CrewTime:
    """Return the stretches of all crews.

    A stretch that ends with a finished task was work, also when no new arrival was logged for it (several
    repairs in one visit); where the wind held the crew first, the part up to the logged end of the hold was
    not.
    """
    after = np.full(max(KIND_CODE.values()) + 1, -1)
    for name, put in _AFTER.items():
        after[KIND_CODE[name]] = put
    rows = np.flatnonzero((after[log["kind"]] >= 0) & (log["crew"] != NONE))
    rows = rows[np.lexsort((rows, log["crew"][rows]))]
    crew, kind, start = log["crew"][rows], log["kind"][rows], log["at"][rows]
    state = after[kind]
    last = np.ones(len(rows), bool)
    last[:-1] = crew[:-1] != crew[1:]
    end = np.where(last, float(horizon), np.roll(start, -1)) if len(rows) else start
    finishes = np.isin(kind, [KIND_CODE[finish] for finish in _FINISHES])
    ends_in_finish = ~last & np.roll(finishes, -1)
    section = log["section"][rows]
    # the section of a stretch that ends in a finished task is that task's
    section = np.where(ends_in_finish, np.roll(section, -1), section) if len(rows) else section
    held = ends_in_finish & (state == STOOD_DOWN)
    resumes = np.clip(np.where(held, np.nan_to_num(log["value"][rows], nan=0.0), start), start, end)
    state = np.where(ends_in_finish & ~held, WORKING, state)
    section = np.where(np.isin(state, (TRAVELLING, WORKING, STOOD_DOWN)), section, NONE)
    patrols = np.unique(crew[kind == KIND_CODE["patrol_finished"]])
    out = CrewTime(crew, state, start, end, section, np.isin(crew, patrols))
    return _split_holds(out, held, resumes) if held.any() else out


def _split_holds(time: CrewTime, held: BoolArray, resumes: FloatArray) -> CrewTime:
    """Cut each held stretch at the minute of resuming: held before, at work after."""
    n = len(time.crew)
    take = np.repeat(np.arange(n), 1 + held)
    second = np.zeros(len(take), bool)
    second[1:] = take[1:] == take[:-1]
    first = held[take] & ~second
    return CrewTime(
        crew=time.crew[take],
        state=np.where(second, WORKING, time.state[take]),
        start=np.where(second, resumes[take], time.start[take]),
        end=np.where(first, resumes[take], time.end[take]),
        section=time.section[take],
        patrol=time.patrol[take],
    )
