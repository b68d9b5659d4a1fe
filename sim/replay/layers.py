"""What may be shown to whom: the log as the control room and the public know it, with nothing of the truth left."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.log import NONE, Log

DECISIONS = frozenset({"set_dispatch_rule", "publish_etr"})
"""Commands by which the utility decides. Every other one is an inject, which players learn of by its effects only."""


def command_of(log: Log, seq: int) -> str:
    """Return the command that an `action_taken` event carried out."""
    return log.detail.get(seq, "").partition(" ")[0]


def is_decision(command: str) -> bool:
    """Return whether a command is one by which the utility decides."""
    return command in DECISIONS


def told(log: Log) -> Log:
    """Return the part of a log that players may see: its known and reported events, and nothing that betrays others.

    Injects are left out. Sequence numbers count what is left; causes and interruptions, which point at the truth, are
    blank; faults are numbered in the order in which they were found.
    """
    keep = log.layer("known", "reported")
    acted = np.flatnonzero(log.of("action_taken"))
    keep[[i for i in acted.tolist() if not is_decision(command_of(log, i))]] = False
    rows = np.flatnonzero(keep)
    columns = {name: column[rows] for name, column in log.columns.items()}
    columns["seq"] = np.arange(len(rows), dtype=np.int64)
    for name in ("cause_seq", "interruption"):
        columns[name] = np.full(len(rows), NONE)
    columns["fault"] = _by_finding(log, columns["fault"])
    return Log(columns, {new: log.detail[old] for new, old in enumerate(rows.tolist()) if old in log.detail})


def _by_finding(log: Log, fault: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return fault numbers in order of being found, NONE where there is none."""
    found = log["fault"][log.of("fault_found")]
    number = np.full(max(int(log["fault"].max(initial=NONE)), 0) + 2, NONE)
    number[found] = np.arange(len(found))
    return number[fault]  # the last place answers for NONE
