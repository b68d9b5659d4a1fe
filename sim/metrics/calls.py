"""What the hotline did, counted from its call records.

Offered calls are all attempts by telephone: settled by the voice system, served by an agent, given up in the queue, met by
a busy tone, cut off by an agent who left, or still waiting at the end. Answered are those settled or served, also by the
second site or by a call back, which has waited for it; a call that the voice system settles waits 0 s.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from sim.hotline import (
    ABANDONED,
    BUSY,
    CUT_OFF,
    FIRST,
    FOLLOWUP,
    REDIAL,
    VOICE,
    Calls,
    agents_at,
    is_answered,
    is_call,
    was_answered,
)
from sim.log import Log
from sim.metrics.curves import per_step, running
from sim.scenario.model import Scenario
from sim.units import S_PER_MIN

FloatArray = NDArray[np.float64]
PROMPT_MIN = 0.5  # "within 30 s", as in Maryland's standard (COMAR 20.50.12)


def call_measures(calls: Calls, affected: float) -> dict[str, float]:
    """Return the call measures; shares are nan when no call was offered (or answered).

    `calls_per_affected` counts first and follow-up calls, redials apart, per customer of `affected`.
    `mean_wait_s` is the mean time in the queue of those who joined it and left it, answered or not.
    """
    by_phone = is_call(calls.result)
    kind = np.bincount(calls.kind[by_phone], minlength=3)
    result = np.bincount(calls.result, minlength=5)
    by_agent = is_answered(calls.result)
    offered, answered = int(np.count_nonzero(by_phone)), int(result[VOICE] + np.count_nonzero(by_agent))
    prompt = int(result[VOICE]) + int(np.count_nonzero(calls.wait_min[by_agent] <= PROMPT_MIN))
    queued = calls.wait_min[by_agent | (calls.result == ABANDONED)]
    return {
        "calls_first": float(kind[FIRST]),
        "calls_redial": float(kind[REDIAL]),
        "calls_followup": float(kind[FOLLOWUP]),
        "calls_offered": float(offered),
        "calls_per_affected": _share(float(kind[FIRST] + kind[FOLLOWUP]), affected),
        "service_level_30s_offered": _share(prompt, offered),
        "service_level_30s_answered": _share(prompt, answered),
        "abandoned_fraction": _share(float(result[ABANDONED]), offered),
        "busy_fraction": _share(float(result[BUSY]), offered),
        "cut_off_fraction": _share(float(np.count_nonzero(calls.result == CUT_OFF)), offered),
        "mean_wait_s": float(queued.mean()) * S_PER_MIN if len(queued) else math.nan,
    }


def call_curves(calls: Calls, grid: FloatArray) -> dict[str, FloatArray]:
    """Return calls per step by kind and fate, and the queue and busy agents at the grid instants."""
    by_phone = is_call(calls.result)
    out = {
        name: per_step(calls.at[(calls.kind == code) & by_phone], grid)
        for name, code in (("calls_first", FIRST), ("calls_redial", REDIAL), ("calls_followup", FOLLOWUP))
    }
    served, gone = was_answered(calls.result), calls.result == ABANDONED
    out["calls_abandoned"] = per_step(calls.at[gone], grid)
    out["calls_busy"] = per_step(calls.at[calls.result == BUSY], grid)
    queued = served | gone
    left = np.where(served, calls.answered_at, calls.done_at)[queued]
    out["queue"] = running(left - calls.wait_min[queued], left, grid)
    out["agents_busy"] = running(calls.answered_at[served], calls.done_at[served], grid)
    return out


def desk_curves(calls: Calls, log: Log, settings: Scenario, grid: FloatArray) -> dict[str, FloatArray]:
    """Return agents at the desk at the grid instants, and calls queued and their waits by step."""
    agents = agents_at(settings, grid) + settings.hotline.priority_agents
    rows = log.of("agents_seated")
    order = np.argsort(log["at"][rows], kind="stable")
    called_in = np.concatenate([[0.0], np.cumsum(log["value"][rows][order])])
    agents = agents + called_in[np.searchsorted(log["at"][rows][order], grid, side="right")]
    waited = np.flatnonzero(~np.isnan(calls.wait_min))
    return {
        "agents_on_duty": agents.astype(float),
        "calls_queued": per_step(calls.at[waited], grid),
        "queued_min": per_step(calls.at[waited], grid, calls.wait_min[waited]),
    }


def _share(part: float, whole: float) -> float:
    return part / whole if whole > 0 else math.nan
