"""One replication under all plans: nature is drawn once, every plan is played against it and measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
Float32Array = NDArray[np.float32]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True)
class Replication:
    """What one replication leaves: arrays over plans, the reference first."""

    number: int
    values: FloatArray  # (n_plans, n_measures), columns as measure_names(scenario)
    censored: BoolArray  # (n_plans, n_measures)
    curves: dict[str, Float32Array]  # name -> (n_plans, n_grid)
    areas: dict[str, FloatArray]  # name -> (n_plans, n_areas)
    observed_out: FloatArray  # (n_plans, n_checkpoints)
    peak_at: FloatArray  # (n_plans,) minutes since start


    def of_plans(self, places: Sequence[int], n_plans: int) -> Replication:
        """Return a replication of `n_plans` plans, of which this one's are those at `places`; the others are nan."""

        def widened(array: NDArray[Any], blank: Any) -> NDArray[Any]:
            wide = np.full((n_plans, *array.shape[1:]), blank, array.dtype)
            wide[list(places)] = array
            return wide

        if len(places) == n_plans:
            return self
        return Replication(
            number=self.number,
            values=widened(self.values, np.nan),
            censored=widened(self.censored, False),
            curves={name: widened(curve, np.nan) for name, curve in self.curves.items()},
            areas={name: widened(each, np.nan) for name, each in self.areas.items()},
            observed_out=widened(self.observed_out, np.nan),
            peak_at=widened(self.peak_at, np.nan),
        )


@dataclass(frozen=True)
class Loss:
    """How a plan lost a measure: its mean was `behind` that of the rival, in the measure's unit; `zone` matters."""

    measure: str
    rival: str
    behind: float
    zone: float


@dataclass(frozen=True)
class Dropped:
    """A plan that was played in the first n replications only.

    place : among all plans at the start. beside : this plan beside the reference, in those replications.
    """

    plan: str
    place: int
    title: str
    n: int
    losses: tuple[Loss, ...]  # one for each judged measure
    beside: Experiment


@dataclass(frozen=True)
class Experiment:
    """All replications of all plans; a plain stack of Replications along axis 1.

    dropped : plans that are not among these, since they were out of the race early. is_decided : at the end every plan
    but the reference was out of it.
    """

    plans: tuple[str, ...]  # reference first
    titles: tuple[str, ...]
    reference: str
    seed: int
    replications: tuple[int, ...]
    measures: tuple[str, ...]  # measure_names(scenario) when made
    values: FloatArray  # (n_plans, n_rep, n_measures)
    censored: BoolArray  # (n_plans, n_rep, n_measures)
    grid_at: FloatArray  # (n_grid,) minutes since start
    curves: dict[str, Float32Array]  # name -> (n_plans, n_rep, n_grid)
    areas: dict[str, FloatArray]  # name -> (n_plans, n_rep, n_areas)
    observed_out: FloatArray  # (n_plans, n_rep, n_checkpoints)
    peak_at: FloatArray  # (n_plans, n_rep)
    dropped: tuple[Dropped, ...] = ()
    is_decided: bool = False

    @property
    def raced(self) -> tuple[str, ...]:
        """Return the plans that were there at the start, in their order."""
        names = list(self.plans)
        for out in sorted(self.dropped, key=lambda each: each.place):
            names.insert(out.place, out.plan)
        return tuple(names)

    @property
    def n_raced(self) -> int:
        """Return how many plans were there at the start."""
        return len(self.plans) + len(self.dropped)

    def cut(self, plans: Sequence[int], replications: Sequence[int]) -> Experiment:
        """Return the plans and replications at these places; the reference has to be the first of the plans."""
        p, r = np.array(plans), np.array(replications)
        places = np.ix_(p, r)
        return replace(
            self,
            plans=tuple(self.plans[place] for place in plans),
            titles=tuple(self.titles[place] for place in plans),
            replications=tuple(self.replications[place] for place in replications),
            values=self.values[places],
            censored=self.censored[places],
            curves={name: curve[places] for name, curve in self.curves.items()},
            areas={name: each[places] for name, each in self.areas.items()},
            observed_out=self.observed_out[places],
            peak_at=self.peak_at[places],
        )

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
