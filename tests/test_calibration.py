"""The default scenario comes near what happened: calibration, kept as it was reached."""

from pathlib import Path

from sim import experiment
from sim.cli.inputs import prepare
from sim.scenario import read

SCENARIO = Path(__file__).parents[1] / "scenarios" / "typhoon.toml"


def test_as_2019_comes_near_what_happened() -> None:
    loaded = read(SCENARIO)
    network, track = prepare(loaded)
    setting = experiment.make_setting(loaded.scenario, network, track, ("as_2019",))
    played = experiment.run(setting, loaded.scenario.replications, jobs=2)
    rows = experiment.check(played, loaded.scenario, network)
    assert len(rows) == 14
    assert [f"{row.what} {row.at_min:g}: {row.median:g}" for row in rows if not row.ok] == []
