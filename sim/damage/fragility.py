"""Probability that an asset fails by a gust; one function for the closed form and for the draws."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.grid.network import Network
from sim.scenario.model import Damage

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Fragility:
    """Lognormal strength of one kind of asset: median gust, m/s, and log standard deviation.

    `exposed` (n_sections,) is the share exposed; an asset that is not exposed never fails.
    """

    median_mps: float
    log_sd: float
    exposed: FloatArray

    def probability(self, gust_mps: ArrayLike) -> FloatArray:
        """Return the probability that an asset has failed once the gust has reached `gust_mps`."""
        from scipy.special import ndtr

        with np.errstate(divide="ignore"):
            z = np.log(np.asarray(gust_mps, float) / self.median_mps) / self.log_sd
        return np.asarray(self.exposed * ndtr(z))

    def strength(self, probability: ArrayLike, exposed: ArrayLike) -> FloatArray:
        """Return the gust at which the probability is reached, m/s: `probability` turned round."""
        from scipy.special import ndtri

        share = np.minimum(np.asarray(probability) / exposed, 1.0)
        return np.asarray(self.median_mps * np.exp(self.log_sd * ndtri(share)))


def poles(damage: Damage, network: Network, level: float) -> Fragility:
    """Return the fragility of poles; `level` is the replication's level of all strengths."""
    median = damage.pole_median_mps * damage.pole_strength_factor * level
    return Fragility(median, damage.pole_log_sd, np.ones(network.n_sections))


def spans(damage: Damage, network: Network, level: float) -> Fragility:
    """Return the fragility of spans under trees and debris, exposed by the land class of their section."""
    by_class = np.array([damage.city_exposure, damage.rural_exposure, damage.remote_exposure])
    median = damage.tree_median_mps * damage.tree_strength_factor * level
    return Fragility(median, damage.tree_log_sd, by_class[network.land_class])


def transformers(damage: Damage, network: Network, level: float) -> Fragility:
    """Return the fragility of pole transformers."""
    median = damage.transformer_median_mps * level
    return Fragility(median, damage.transformer_log_sd, np.ones(network.n_sections))
