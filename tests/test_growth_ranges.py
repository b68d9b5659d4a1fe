"""Grown networks are believable: what one looks like lies within ranges that were observed elsewhere.

Two places are grown: Chiba, to which the defaults belong, and Yilan in Taiwan, known by nothing but the meters of its
townships (Taipower, published with the interruptions of typhoon Soudelor in 2015).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import spearmanr

from sim.grid import Coast, Network, Settlements, check, describe, grow, read_coast, read_settlements
from sim.scenario.model import Network as Config

FAXAI = Path(__file__).parents[1] / "scenarios" / "faxai"

YILAN = (
    # township, longitude and latitude of its meters' middle, meters, poles that carry a readable number
    ("Yilan", 121.745, 24.754, 48_281, 3_237), ("Luodong", 121.760, 24.679, 32_868, 1_499),
    ("Su'ao", 121.833, 24.599, 17_998, 3_514), ("Toucheng", 121.819, 24.869, 15_536, 4_045),
    ("Jiaoxi", 121.759, 24.816, 24_450, 5_829), ("Zhuangwei", 121.793, 24.760, 11_551, 4_683),
    ("Yuanshan", 121.706, 24.744, 16_582, 6_921), ("Dongshan", 121.763, 24.653, 27_268, 7_555),
    ("Wujie", 121.789, 24.689, 20_431, 4_121), ("Sanxing", 121.672, 24.675, 9_410, 7_273),
    ("Datong", 121.509, 24.567, 1_788, 3_954), ("Nan'ao", 121.779, 24.470, 1_366, 1_657),
)  # fmt: skip

RANGES: dict[str, tuple[float, float, str]] = {
    # what of a network, least and most, and where such values are found
    "city line km": (
        4.0,
        20.0,
        "feeders of SimBench's 20 kV urban and semi-urban networks: 3.4 to 14.1 km",
    ),
    "rural line km": (10.0, 40.0, "SimBench's rural network: 10.0 to 25.0 km; branches to single farms come on top"),
    "customers": (
        500.0,
        3500.0,
        "RBTS bus 4: 1,080 to 1,300 on each of its four feeders of small users; the key's 1,900 doubled at most",
    ),
    "switches": (2.0, 22.0, "two at least, which part a feeder into three (Japan); SimBench's rural feeders have 21"),
    "ties": (
        1.0,
        3.0,
        "SimBench's rural network: 12 ends of ties on 9 feeders; a feeder in three parts has up to 3 (Japan)",
    ),
    "overhead share": (0.9, 1.0, "Japan and eastern Taiwan build overhead; SimBench's German rural network has 0.40"),
}


def chiba() -> Network:
    config = Config(settlements="-", coast="-", customers=2_800_000)
    return grow(config, read_settlements(FAXAI / "settlements.csv"), read_coast(FAXAI / "coast.geojson"))


def yilan() -> Network:
    name, lon, lat, meters, _ = (np.array(column) for column in zip(*YILAN, strict=True))
    land = Coast((np.array([(121.3, 24.3), (121.95, 24.3), (121.95, 25.0), (121.3, 25.0), (121.3, 24.3)]),))
    config = Config(settlements="-", coast="-", customers=int(meters.sum()), poles_per_customer=54_288 / 227_529)
    return grow(config, Settlements(name, lon, lat, meters.astype(np.int64), name), land)


@pytest.fixture(scope="module", params=[chiba, yilan], ids=["chiba", "yilan"])
def network(request: pytest.FixtureRequest) -> Network:
    made: Network = request.param()
    check(made)
    return made


def test_a_grown_network_lies_within_ranges_found_elsewhere(network: Network) -> None:
    facts: dict[str, Any] = describe(network)
    by_class = facts["by_land_class"]
    n_feeders = facts["feeders"]
    found = {
        "city line km": by_class["city"]["feeder_line_km"]["median"],
        "rural line km": by_class["rural"]["feeder_line_km"]["median"],
        "customers": facts["customers_per_feeder"]["median"],
        "switches": (sum(facts["devices"].values()) - n_feeders) / n_feeders,
        "ties": facts["ties_per_feeder"],
        "overhead share": float(network.length_km[network.n_spans > 0].sum() / network.length_km.sum()),
    }
    outside = {
        name: (value, RANGES[name]) for name, value in found.items() if not RANGES[name][0] <= value <= RANGES[name][1]
    }
    assert not outside


def test_the_emptier_the_land_the_longer_the_line(network: Network) -> None:
    by_class = describe(network)["by_land_class"]
    classes = [by_class[name] for name in ("city", "rural", "remote") if by_class[name]["customers"]]
    assert len(classes) >= 2
    for fuller, emptier in zip(classes, classes[1:], strict=False):
        assert fuller["poles_per_customer"] < emptier["poles_per_customer"]
        assert fuller["line_km"] / fuller["customers"] < emptier["line_km"] / emptier["customers"]
        assert not emptier["feeders"] or fuller["feeder_route_km"]["median"] < emptier["feeder_route_km"]["median"]


def test_townships_of_yilan_with_more_poles_to_a_meter_get_more() -> None:
    network = yilan()
    poles = np.bincount(network.area, network.n_poles)
    customers = np.bincount(network.area, network.customers)
    grown = dict(zip(network.area_name.tolist(), (poles / customers).tolist(), strict=True))
    observed = {name: poles / meters for name, _, _, meters, poles in YILAN}
    rank = spearmanr([grown[name] for name in observed], list(observed.values()))
    assert rank.statistic > 0, rank
    assert rank.pvalue < 0.05, rank
    assert network.n_poles.sum() == 54_288
