"""What may be shown to whom: the log as the control room and the public know it, with nothing of the truth left."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.log import NONE, Log


def told(log: Log) -> Log:
    """Return the part of a log that players may see: its known and reported events, and nothing that betrays others.

    Injects are of the truth and left out, so that players learn of them by their effects only. Sequence numbers count
    what is left; causes and interruptions, which point at the truth, are blank; faults are numbered in the order in
    which they were found.
    """
    keep = log.layer("known", "reported")
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
