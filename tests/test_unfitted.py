"""A storm that nothing was fitted to: wind and damage of Soudelor over Yilan, Taiwan, 8 August 2015.

Taipower published the interruptions of customers by township, some of them cut off more than once: 220,916 among 227,529
meters. More than 150,000 were cut off at once or after another: the head of the county said so of Dujuan in September
2015, with 150,000, that they were fewer than in Soudelor.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import spearmanr

from sim.damage import draw, faults
from sim.grid import Network
from sim.supply import dark_by_search
from tests.test_growth_ranges import yilan
from tests.test_storm import soudelor_track
from tests.tiny import tiny_scenario

INTERRUPTED = {
    "Yilan": 11_202, "Luodong": 9_959, "Su'ao": 30_676, "Toucheng": 12_712, "Jiaoxi": 16_991, "Zhuangwei": 29_588,
    "Yuanshan": 25_034, "Dongshan": 29_690, "Wujie": 20_804, "Sanxing": 23_500, "Datong": 5_988, "Nan'ao": 4_772,
}  # fmt: skip
CITIES = ("Yilan", "Luodong")
STORMS = 20


@pytest.fixture(scope="module")
def storms(tmp_path_factory: pytest.TempPathFactory) -> tuple[Network, np.ndarray, np.ndarray]:
    """Return the network, customers cut off by area, (STORMS, n_areas), and the poles broken in each storm."""
    network, track = yilan(), soudelor_track(tmp_path_factory.mktemp("track"))
    scenario = tiny_scenario(
        timezone="Asia/Taipei", start="2015-08-07T08:00:00+08:00", landfall="2015-08-08T04:40:00+08:00", horizon_h=48,
        storm={"intensity_sd": 0.05, "track_sd_km": 8.0, "gust_residual_sd": 0.05}, damage={"fragility_log_sd": 0.06},
    )  # fmt: skip
    out, poles = [], []
    for replication in range(STORMS):
        found = faults(draw(scenario, network, track, replication), scenario.damage)
        dark = network.customers * dark_by_search(network, np.unique(found.section).tolist())  # without any switching
        out.append(np.bincount(network.area, dark, len(network.area_name)))
        poles.append(found.n_poles_broken)
    return network, np.array(out), np.array(poles)


def test_as_many_are_cut_off_as_were(storms: tuple[Network, np.ndarray, np.ndarray]) -> None:
    _, out, poles = storms
    assert 150_000 < np.median(out.sum(axis=1)) < 220_916
    # How many poles broke is not known; nearly all customers were back after two days, so it was not one in twenty.
    assert np.median(poles) < 0.02 * 54_288


def test_towns_are_hit_less_than_the_country(storms: tuple[Network, np.ndarray, np.ndarray]) -> None:
    network, out, _ = storms
    served = np.bincount(network.area, network.customers)
    names = network.area_name.tolist()
    share = np.median(out / served, axis=0)
    observed = np.array([INTERRUPTED[name] for name in names]) / served
    assert spearmanr(share, observed).statistic > 0.4
    in_town = np.isin(names, CITIES)
    assert share[in_town].max() < share[~in_town].min()
    assert observed[in_town].max() < observed[~in_town].min()
