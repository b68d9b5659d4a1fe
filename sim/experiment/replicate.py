"""One replication under all plans: nature is drawn once, every plan is played against it and measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
Float32Array = NDArray[np.float32]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True)
class Replication:
    """What one replication leaves: arrays over plans, the reference first."""

    number: int
    values: FloatArray  # (n_plans, n_measures), columns as MEASURE_NAMES
    censored: BoolArray  # (n_plans, n_measures)
    curves: dict[str, Float32Array]  # name -> (n_plans, n_grid)
    areas: dict[str, FloatArray]  # name -> (n_plans, n_areas)
    observed_out: FloatArray  # (n_plans, n_checkpoints)
    peak_at: FloatArray  # (n_plans,) minutes since start


@dataclass(frozen=True)
class Experiment:
    """All replications of all plans; a plain stack of Replications along axis 1."""

    plans: tuple[str, ...]  # reference first
    titles: tuple[str, ...]
    reference: str
    seed: int
    replications: tuple[int, ...]
    measures: tuple[str, ...]  # MEASURE_NAMES when made
    values: FloatArray  # (n_plans, n_rep, n_measures)
    censored: BoolArray  # (n_plans, n_rep, n_measures)
    grid_at: FloatArray  # (n_grid,) minutes since start
    curves: dict[str, Float32Array]  # name -> (n_plans, n_rep, n_grid)
    areas: dict[str, FloatArray]  # name -> (n_plans, n_rep, n_areas)
    observed_out: FloatArray  # (n_plans, n_rep, n_checkpoints)
    peak_at: FloatArray  # (n_plans, n_rep)

    def of(self, measure: str) -> FloatArray:
        """Return one measure of all plans and replications, (n_plans, n_rep)."""
        return self.values[:, :, self.measures.index(measure)]

    def is_censored(self, measure: str) -> BoolArray:
        """Return where that measure is cut off by the horizon, (n_plans, n_rep)."""
        return self.censored[:, :, self.measures.index(measure)]


def stack(
    replications: Sequence[Replication],
    plans: Sequence[str],
    titles: Sequence[str],
    seed: int,
    grid_at: FloatArray,
    measures: Sequence[str],
) -> Experiment:
    """Put replications side by side, in the order given."""
    if not replications:
        raise ValueError("no replications")
    first = replications[0]
    return Experiment(
        plans=tuple(plans),
        titles=tuple(titles),
        reference=plans[0],
        seed=seed,
        replications=tuple(r.number for r in replications),
        measures=tuple(measures),
        values=np.stack([r.values for r in replications], axis=1),
        censored=np.stack([r.censored for r in replications], axis=1),
        grid_at=grid_at,
        curves={name: np.stack([r.curves[name] for r in replications], axis=1) for name in first.curves},
        areas={name: np.stack([r.areas[name] for r in replications], axis=1) for name in first.areas},
        observed_out=np.stack([r.observed_out for r in replications], axis=1),
        peak_at=np.stack([r.peak_at for r in replications], axis=1),
    )
