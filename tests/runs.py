"""A finished run of the small scenario that `drill new` writes, without figures."""

from __future__ import annotations

from pathlib import Path

from sim import experiment, results
from sim.cli.inputs import prepare
from sim.results import RunFolder
from sim.scenario import read
from sim.scenario.template import template


def small_run(folder: Path, n: int = 2, sets: tuple[str, ...] = ()) -> RunFolder:
    """Play n storms of both plans and keep them in `folder`/run."""
    path = folder / "small.toml"
    path.write_text(template(), encoding="utf-8")
    loaded = read(path, sets)
    network, track = prepare(loaded)
    setting = experiment.make_setting(loaded.scenario, network, track)
    request = results.Request(loaded, setting, n, "en", ["drill", "run", "small.toml"])
    run = results.create(request, network, folder / "run")
    played = experiment.run(setting, n, 1, None, run.add_replication)
    for name, kept in experiment.kept_again(setting, experiment.worth_replaying(played)):
        run.add_log(name, kept)
    run.complete()
    return run
