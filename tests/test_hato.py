"""The scenario of Typhoon Hato runs, and is held against the promises of China Southern."""

from datetime import UTC
from pathlib import Path

import numpy as np
import pytest

from sim import experiment
from sim.cli.inputs import prepare
from sim.experiment.service import clause_rows, grade_rows
from sim.experiment.spending import part_rows
from sim.scenario import read
from sim.standards import preset

HATO = Path(__file__).parent.parent / "scenarios" / "hato-zhuhai.toml"


@pytest.fixture(scope="module")
def small():
    """The scenario with a hundredth of its customers, crews and agents, and the track that it names."""
    means = ["crews.line.count=4", "crews.patrol.count=2", "crews.tree.count=1"]
    loaded = read(HATO, ["network.customers=30000", "hotline.agents=2", "hotline.night_agents=1", *means])
    network, track = prepare(loaded)
    return loaded, network, track


def test_the_track_passes_zhuhai_at_landfall(small) -> None:
    loaded, network, track = small
    at = np.datetime64(loaded.scenario.landfall.astimezone(UTC).replace(tzinfo=None), "s")
    fixes = track.at_utc.astype(float)
    lon, lat = (np.interp(at.astype(float), fixes, column) for column in (track.lon, track.lat))
    assert (lon, lat) == pytest.approx((113.2, 22.1), abs=0.3)
    assert "Zhuhai" in network.area_name


def test_a_storm_is_held_against_china_southern_and_nothing_is_priced(small) -> None:
    loaded, network, track = small
    scenario = loaded.scenario
    setting = experiment.make_setting(scenario, network, track, ["called_after"])
    played = experiment.run(setting, 1)
    rows = clause_rows(played, scenario)
    assert [row.clause for row in rows] == [*preset("csg")["clauses"], "complaint_contact"]
    assert all(row.n + row.n_none == 1 for row in rows)
    assert sum(row.chance.share for row in grade_rows(played, scenario)) == 1
    parts = part_rows(played, scenario.cost)
    assert parts
    assert not [row.part for row in parts if row.is_priced]
    assert np.isnan(played.of("cost")).all()
