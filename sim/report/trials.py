"""What would change the choice: each plan's gain in mild and severe storms, and if people complain less or more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.experiment.compare import Comparison
from sim.experiment.replicate import Experiment

FEWEST = 6  # runs: two in each third
_ENDS = ("low", "middle", "high")


@dataclass(frozen=True)
class Trial:
    """One panel: gain over the reference of each plan in each case; more is better.

    gain : (n_cases, n_plans - 1). runs : in each case. unit : "h" or "%".
    """

    measure: str
    cases: tuple[str, ...]
    runs: tuple[int, ...]
    gain: np.ndarray[tuple[int, int], np.dtype[np.float64]]
    unit: str

    def first(self, plans: Sequence[str]) -> list[str]:
        """Return the plan with the greatest gain in each case; the reference (the first) where none gains."""
        return [plans[1 + int(row.argmax())] if row.max() > 0 else plans[0] for row in self.gain]


def trials(experiment: Experiment, comparison: Comparison) -> list[Trial]:
    """Return gains in the mildest, middle and severest third of the runs, and at both ends of the assumption.

    A run is as severe as the number of customers cut off under the reference plan.
    """
    order = np.argsort(experiment.of("affected")[0], kind="stable")
    thirds = [np.sort(part) for part in np.array_split(order, 3)]
    out = []
    for measure in ("t95_h", "customer_hours"):
        values = experiment.of(measure)
        gains = []
        for part in thirds:
            saved = (values[0, part] - values[1:, part]).mean(axis=1)
            scale = 1.0 if measure == "t95_h" else 100 / max(float(values[0, part].mean()), 1e-9)
            gains.append(saved * scale)
        cases = ("mild", "medium", "severe")
        runs = tuple(len(part) for part in thirds)
        out.append(Trial(measure, cases, runs, np.array(gains), "h" if measure == "t95_h" else "%"))
    rows = comparison.complaint_band.rows
    fewer = [[-100 * row.relative for row in rows[end]] for end in _ENDS]
    n = len(experiment.replications)
    out.append(Trial("complaints", _ENDS, (n, n, n), np.nan_to_num(np.array(fewer)), "%"))
    return out
