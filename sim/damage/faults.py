"""Faults: which assets fail and when, from strengths drawn once and the gusts at their section.

Every asset has one latent strength and fails once, when the gust, linear between steps, first exceeds it. Of
a section's n assets only the weak ones matter, so strengths are drawn in ascending order: the k-th smallest
of n uniform numbers follows from the one before it and one exponential number (Renyi 1953), keyed by
(section, k). That is the same as drawing all n and costs one draw per fault and one per section.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim import rng
from sim.damage import fragility
from sim.damage.draw import Drawn
from sim.damage.fragility import Fragility
from sim.grid.network import Network
from sim.scenario.model import Damage, Scenario, Work
from sim.storm import WindField

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]

WORK_CLASSES = ("wire", "pole", "transformer")
"""What has to be done: mend wires, replace a pole with its wires, replace a pole transformer."""
WIRE, POLE, TRANSFORMER = range(3)


@dataclass(frozen=True)
class Faults:
    """Faults in order of time; arrays (n_faults,).

    at: minutes since the start; work: code into WORK_CLASSES; blocked_by_tree: a tree crew must clear it
    first; difficulty: standard normal, latent; hard_access: hard to reach.
    """

    at: FloatArray
    section: IntArray
    work: IntArray
    blocked_by_tree: NDArray[np.bool_]
    difficulty: FloatArray
    hard_access: NDArray[np.bool_]
    n_poles_broken: int

    def __len__(self) -> int:
        return len(self.at)

    @property
    def assets(self) -> tuple[IntArray, NDArray[np.uint64]]:
        """What the draws of a fault are keyed by, (n_faults,) each: its section and its asset's latent difficulty.

        Both are the asset's whatever else is damaged, so that plans are compared by the same draws.
        """
        return self.section, np.ascontiguousarray(self.difficulty, np.float64).view(np.uint64)


@dataclass(frozen=True)
class _Failures:
    """Assets of one kind that failed; arrays (n,): `rank` 0 is the weakest of its section; `strength` in m/s."""

    section: IntArray
    rank: IntArray
    strength: FloatArray
    at: FloatArray


def faults(drawn: Drawn, damage: Damage, work: Work | None = None) -> Faults:
    """Return the faults under a plan's hardening, undergrounding and trimming; all else is the same for every plan.

    `work` supplies the share of faults that is hard to reach; by default the scenario's own. A pole broken by
    the wind and by a tree on its span fails once, at the earlier instant.
    """
    if drawn.given is not None:
        return drawn.given
    hard_fraction = (work or drawn.scenario.work).hard_access_fraction
    return drawn.once(("faults", damage, hard_fraction), lambda: _found(drawn, damage, hard_fraction))


def _found(drawn: Drawn, damage: Damage, hard_fraction: float) -> Faults:
    network, wind, level = drawn.network, drawn.wind, drawn.factors.fragility
    peak = wind.peak[network.cell]
    overhead = ~underground(drawn.scenario, network, damage)
    parts: list[dict[str, NDArray[Any]]] = []
    kinds = (
        ("pole", network.n_poles, fragility.poles(damage, network, level)),
        ("span", network.n_spans, fragility.spans(damage, network, level)),
        ("transformer", network.n_transformers, fragility.transformers(damage, network, level)),
    )
    for name, count, strength in kinds:
        failed = _failures(drawn, f"strength.{name}", count * overhead, strength, peak)
        failed = _hardened(drawn, damage, failed) if name == "pole" else failed
        n, ids = len(failed.at), (failed.section, failed.rank)
        parts.append(
            {
                "at": failed.at,
                "section": failed.section,
                "asset": failed.rank,
                "kind": np.full(n, len(parts)),
                "difficulty": rng.normals(drawn.seed, drawn.replication, f"difficulty.{name}", *ids),
                "access": rng.uniforms(drawn.seed, drawn.replication, f"access.{name}", *ids),
                "breaks": rng.uniforms(drawn.seed, drawn.replication, f"breaks.{name}", *ids),
                "blocks": rng.uniforms(drawn.seed, drawn.replication, f"blocks.{name}", *ids),
            }
        )
    table = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    hit = table["kind"] == 1
    breakable = hit & (network.n_poles[table["section"]] > 0)
    breaks = (table["kind"] == 0) | (breakable & (table["breaks"] < damage.tree_breaks_pole_fraction))
    found = Faults(
        at=table["at"],
        section=table["section"],
        work=np.where(table["kind"] == 2, TRANSFORMER, np.where(breaks, POLE, WIRE)),
        blocked_by_tree=hit & (table["blocks"] < damage.tree_blocks_fraction),
        difficulty=table["difficulty"],
        hard_access=table["access"] < hard_fraction,
        n_poles_broken=0,
    )
    pole = _poles_of(drawn, table["kind"], table["section"], table["asset"])
    found, kind, asset = _break_poles_once(found, pole, table["kind"], table["asset"])
    order = np.lexsort((asset, kind, found.section, found.at))
    return _take(found, order)


def underground(scenario: Scenario, network: Network, damage: Damage) -> NDArray[np.bool_]:
    """Return the sections that a plan lays underground, (n_sections,).

    A draw per section that depends on the network only: the same ones in every replication.
    """
    if damage.underground_fraction == 0:
        return np.zeros(network.n_sections, bool)
    draws = rng.uniforms(scenario.network.seed, 0, "underground", np.arange(network.n_sections))
    return np.asarray(draws < damage.underground_fraction)


def _hardened(drawn: Drawn, damage: Damage, failed: _Failures) -> _Failures:
    """Return the poles that fail though a share of them is stronger: later, or not at all.

    Which poles are stronger is drawn by (section, rank), apart from their strength, so that a larger share or factor
    only ever spares poles.
    """
    if damage.hardened_fraction == 0 or not len(failed.at):
        return failed
    ids = failed.section, failed.rank
    stronger = rng.uniforms(drawn.seed, drawn.replication, "hardened.pole", *ids) < damage.hardened_fraction
    strength = failed.strength * np.where(stronger, damage.hardened_factor, 1.0)
    cell = drawn.network.cell[failed.section]
    kept = ~stronger | (strength <= drawn.wind.peak[cell])
    later = first_exceedance(drawn.wind, cell[kept], strength[kept])
    at = np.where(stronger[kept], later, failed.at[kept])
    return _Failures(failed.section[kept], failed.rank[kept], strength[kept], at)


def expected_faults(network: Network, wind: WindField, damage: Damage, level: float = 1.0) -> dict[str, FloatArray]:
    """Return the expected number of faults of each work class per area, (n_areas,), in closed form.

    `level` is the level of all strengths (1: nominal); 'pole' counts every pole broken, by wind or by tree. Of the
    sections laid underground their share is taken, whichever they are.
    """
    peak = wind.peak[network.cell]
    poles = fragility.poles(damage, network, level)
    share, factor = damage.hardened_fraction, damage.hardened_factor
    broken = (1 - share) * poles.probability(peak) + share * poles.probability(peak / factor)
    hit = fragility.spans(damage, network, level).probability(peak)
    lost = fragility.transformers(damage, network, level).probability(peak)
    spared = 1 - hit * damage.tree_breaks_pole_fraction
    # spans stand to poles in turn: `extra` poles of a section have one span more than the others
    n_poles = np.maximum(network.n_poles, 1)
    each, extra = network.n_spans // n_poles, network.n_spans % n_poles
    whole = (1 - broken) * ((n_poles - extra) * spared**each + extra * spared ** (each + 1))
    per_section = {
        "wire": network.n_spans * hit * np.where(network.n_poles > 0, 1 - damage.tree_breaks_pole_fraction, 1.0),
        "pole": np.where(network.n_poles > 0, n_poles - whole, 0.0),
        "transformer": network.n_transformers * lost,
    }
    n_areas, overhead = len(network.area_name), 1 - damage.underground_fraction
    return {name: overhead * np.bincount(network.area, n, n_areas).astype(np.float64) for name, n in per_section.items()}


def _failures(drawn: Drawn, purpose: str, count: IntArray, kind: Fragility, peak: FloatArray) -> _Failures:
    """Return the assets whose strength the gust exceeds, weakest first within each section."""
    probability = kind.probability(peak)
    with np.errstate(divide="ignore"):
        limit = -np.log1p(-probability)  # an asset fails when its own hazard is below
    open_section = np.flatnonzero((count > 0) & (limit > 0))
    reached = np.zeros(len(open_section))
    sections, ranks, hazards = [], [], []
    for rank in range(int(count.max(initial=0))):
        step = rng.exponentials(drawn.seed, drawn.replication, purpose, open_section, rank)
        reached = reached + step / (count[open_section] - rank)
        failed = reached < limit[open_section]
        open_section, reached = open_section[failed], reached[failed]
        if not len(open_section):
            break
        sections.append(open_section)
        ranks.append(np.full(len(open_section), rank))
        hazards.append(reached)
        more = count[open_section] > rank + 1
        open_section, reached = open_section[more], reached[more]
    if not sections:
        none = np.zeros(0, np.int64)
        return _Failures(none, none, np.zeros(0), np.zeros(0))
    section, hazard = np.concatenate(sections), np.concatenate(hazards)
    strength = kind.strength(-np.expm1(-hazard), kind.exposed[section])
    cell = drawn.network.cell[section]
    return _Failures(section, np.concatenate(ranks), strength, first_exceedance(drawn.wind, cell, strength))


def first_exceedance(wind: WindField, cell: IntArray, strength: FloatArray) -> FloatArray:
    """Return when the gust at each cell, linear between instants, first reaches each strength, min, (n,).

    Each strength must be reached; one above the peak counts as the peak, which rounding can bring about.
    """
    if not len(cell):
        return np.zeros(0)
    gust = wind.gust[:, cell]
    target = np.minimum(strength, gust.max(axis=0).astype(np.float64))
    after = np.argmax(gust >= target, axis=0)
    before = np.maximum(after - 1, 0)
    column = np.arange(len(cell))
    low, high = gust[before, column].astype(np.float64), gust[after, column].astype(np.float64)
    rise = np.where(high > low, high - low, 1.0)
    share = np.clip((target - low) / rise, 0.0, 1.0)
    return np.asarray(wind.at[before] + np.where(after > before, share, 0.0) * (wind.at[after] - wind.at[before]))


def _poles_of(drawn: Drawn, kind: IntArray, section: IntArray, rank: IntArray) -> IntArray:
    """Return the pole that stands at each failed asset's place; -1 where the question does not arise.

    Ranks say which asset is the weaker, not where it stands. In sections with failed poles and failed spans a
    keyed order of each puts them in place; span j hangs at pole j, counted round when there are more spans
    than poles.
    """
    network = drawn.network
    direct = np.bincount(section[kind == 0], minlength=network.n_sections)
    hit = np.bincount(section[kind == 1], minlength=network.n_sections)
    doubtful = ((direct > 0) & (hit > 0)) | ((hit > 1) & (network.n_spans > network.n_poles))
    doubtful &= network.n_poles > 0
    pole = np.full(len(section), -1)
    asked = np.flatnonzero(doubtful)
    for code, name, count in ((0, "pole", network.n_poles), (1, "span", network.n_spans)):
        first = np.zeros(network.n_sections, np.int64)
        first[asked] = np.cumsum(count[asked]) - count[asked]
        of = np.repeat(asked, count[asked])
        number = np.arange(len(of)) - first[of]
        draws = rng.uniforms(drawn.seed, drawn.replication, f"place.{name}", of, number)
        place = number[np.lexsort((draws, of))]
        mine = np.flatnonzero((kind == code) & doubtful[section])
        pole[mine] = place[first[section[mine]] + rank[mine]] % network.n_poles[section[mine]]
    return pole


def _break_poles_once(
    found: Faults, pole: IntArray, kind: IntArray, asset: IntArray
) -> tuple[Faults, IntArray, IntArray]:
    """Keep the first of several faults that break one pole, blocked if any of them is; count the poles."""
    clash = np.flatnonzero((found.work == POLE) & (pole >= 0))
    order = clash[np.lexsort((kind[clash], found.at[clash], pole[clash], found.section[clash]))]
    first = np.ones(len(order), bool)
    first[1:] = (found.section[order[1:]] != found.section[order[:-1]]) | (pole[order[1:]] != pole[order[:-1]])
    keeper = order[np.maximum.accumulate(np.where(first, np.arange(len(order)), 0))]
    blocked = found.blocked_by_tree.copy()
    np.logical_or.at(blocked, keeper, found.blocked_by_tree[order])
    kept = np.delete(np.arange(len(found)), order[~first])
    n_broken = int((found.work[kept] == POLE).sum())
    found = _take(replace(found, blocked_by_tree=blocked, n_poles_broken=n_broken), kept)
    return found, kind[kept], asset[kept]


def _take(found: Faults, rows: IntArray) -> Faults:
    return Faults(
        found.at[rows],
        found.section[rows],
        found.work[rows],
        found.blocked_by_tree[rows],
        found.difficulty[rows],
        found.hard_access[rows],
        found.n_poles_broken,
    )
