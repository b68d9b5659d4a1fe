"""Further damage beyond the storm's own: laid down over areas by chance, or by a second band of wind."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
from numpy.typing import NDArray

from sim import rng
from sim.damage.draw import Drawn
from sim.damage.faults import POLE, TRANSFORMER, WORK_CLASSES, Faults, faults
from sim.damage.repair import stand_downs
from sim.scenario.model import Scenario
from sim.storm import WindField

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
RISE_MIN = 60.0
"""A second band of wind rises and falls within so long (grade X)."""


def joined(first: Faults, more: Faults) -> Faults:
    """Return two sets of faults as one; those added later keep their place behind."""
    columns = {
        field.name: np.concatenate([getattr(first, field.name), getattr(more, field.name)])
        for field in fields(Faults)
        if field.name != "n_poles_broken"
    }
    return Faults(**columns, n_poles_broken=first.n_poles_broken + more.n_poles_broken)


def laid_down(drawn: Drawn, settings: Scenario, area: int, n: int, work: str, at: float, nth: int) -> Faults:
    """Return n faults of one work class at minute `at`, spread over an area's line by its number of poles.

    Sections, difficulties, trees in the way and access are drawn by (area, running number from `nth` on), so that
    the damage of one inject does not hang on others. A tree blocks with the scenario's share, except at transformers.

    Parameters
    ----------
    nth : faults laid down in that area before. Where the area has no poles, its sections are alike.
    """
    network, key = drawn.network, (drawn.seed, drawn.replication)
    ids = np.arange(nth, nth + n)
    sections = np.flatnonzero(network.area == area)
    weight = np.cumsum(np.maximum(network.n_poles[sections], 1e-9))
    where = np.searchsorted(weight, rng.uniforms(*key, "further.section", area, ids) * weight[-1])
    code = WORK_CLASSES.index(work)
    blocks = rng.uniforms(*key, "further.blocks", area, ids) < settings.damage.tree_blocks_fraction
    return Faults(
        at=np.full(n, at),
        section=sections[where],
        work=np.full(n, code),
        blocked_by_tree=blocks & (code != TRANSFORMER),
        difficulty=rng.normals(*key, "further.difficulty", area, ids),
        hard_access=rng.uniforms(*key, "further.access", area, ids) < settings.work.hard_access_fraction,
        n_poles_broken=n if code == POLE else 0,
    )


def band(drawn: Drawn, areas: IntArray, at: float, gust_mps: float, for_min: float) -> Drawn:
    """Return the draws with a band of wind over areas in place of the storm's wind.

    The gust rises from calm at minute `at`, stays at `gust_mps` for `for_min`, and falls, each within RISE_MIN.
    """
    network = drawn.network
    instants = at + np.array([0.0, RISE_MIN, RISE_MIN + for_min, 2 * RISE_MIN + for_min])
    inside = np.isin(np.arange(len(network.cell_lon)), network.cell[np.isin(network.area, areas)])
    gust = np.array([0.0, gust_mps, gust_mps, 0.0])[:, None] * inside
    return replace(drawn, wind=WindField(instants, gust.astype(np.float32), drawn.wind.gust_factor))


def by_band(second: Drawn, settings: Scenario, before: Faults) -> Faults:
    """Return what a band of wind breaks beyond what is broken: assets have one strength and fail once.

    An asset is known again by its section and its latent difficulty.
    """
    found = faults(second, settings.damage, settings.work)
    broken = set(zip(before.section.tolist(), before.difficulty.tolist(), strict=True))
    new = [i for i, asset in enumerate(zip(found.section.tolist(), found.difficulty.tolist(), strict=True))
           if asset not in broken]  # fmt: skip
    columns = {f.name: getattr(found, f.name)[new] for f in fields(Faults) if f.name != "n_poles_broken"}
    return Faults(**columns, n_poles_broken=int((columns["work"] == POLE).sum()))


def too_windy(second: Drawn, wind_limit_mps: float) -> list[tuple[int, float, float]]:
    """Return (area, first minute, last minute) of the areas in which a band of wind forbids work."""
    start, end = stand_downs(second, wind_limit_mps)
    return [(int(area), float(start[area]), float(end[area])) for area in np.flatnonzero(~np.isnan(start))]
