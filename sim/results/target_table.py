"""The table of a search for a target: every value that was tried."""

from __future__ import annotations

from sim.experiment.target import Target
from sim.results.tables import Table
from sim.results.writing import Cell


def target_table(target: Target) -> Table:
    """Return a row per plan, per values of the other keys, per value tried."""
    first, *rest = target.varies
    measures = target.goal.measures
    header = ["plan", *(vary.key for vary in rest), first.key, "storms", "held", "share", "lo", "hi", "met", "answer"]
    rows: list[list[Cell]] = [
        [
            case.plan, *case.others, first.values[one.index], one.n, one.held, one.share, one.lo, one.hi, one.met,
            one.index == case.found.least, *(case.means[one.index][name] for name in measures),
            *(case.n_censored[one.index][name] for name in measures),
        ]
        for case in target.cases
        for one in case.found.tried
    ]  # fmt: skip
    return [*header, *(f"{column}_{name}" for column in ("mean", "n_censored") for name in measures)], rows
