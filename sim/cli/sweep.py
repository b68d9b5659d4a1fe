"""`drill sweep`: play a plan at many values of its own keys, in the same storms."""

from __future__ import annotations

import math
import shlex
from pathlib import Path

import click

from sim.cli.options import find_scenario, scenario_argument
from sim.cli.playing import cores, engine
from sim.cli.study import (
    announce,
    check_plays,
    check_varied_rules,
    chosen_measures,
    complete,
    measure_option,
    plan_option,
    play_storms,
    study_options,
    tell,
    vary_option,
)


@click.command()
@scenario_argument
@vary_option
@plan_option
@measure_option
@study_options
def sweep(
    scenario: Path, varies: tuple[str, ...], plans: tuple[str, ...], measures: tuple[str, ...],
    replications: int | None, seed: int | None, jobs: int | None, cluster: str | None, out: Path | None,
    sets: tuple[str, ...], lang: str, as_json: bool, quiet: bool, large: bool, allow_code: bool,
) -> None:  # fmt: skip
    """Play a plan of SCENARIO at every combination of the varied keys and say how much is enough.

    Every point meets the same storms. The folder holds a table of all points and a figure per measure; the same
    command goes on where it was interrupted, and a larger -n adds storms.

    \b
    drill sweep typhoon.toml --vary crews.line.count=60:300:20
    drill sweep typhoon.toml --vary crews.line.count=60:300:60 --vary hotline.agents=40,80,120 --plan balanced
    """  # noqa: D301 (click wants the character)
    from sim import experiment, report, results
    from sim.cli.inputs import check_rules, prepare, read_asked
    from sim.scenario import read_varies
    from sim.words import words

    text = words(lang)
    shown = chosen_measures(measures)
    loaded = read_asked(find_scenario(scenario), sets, plans, seed)
    names = tuple(dict.fromkeys(plans)) or (loaded.scenario.reference_plan,)
    varied = read_varies(varies, loaded.scenario, names)
    storms = replications or loaded.scenario.replications
    check_plays(len(names) * math.prod(len(vary.values) for vary in varied), storms, large)
    network, track = prepare(loaded)
    setting = experiment.make_setting(loaded.scenario, network, track, names, seed, allow_code)
    design = experiment.design(setting, varied, names)
    check_rules(setting, loaded.path.name)
    check_varied_rules(varied, allow_code)
    for line in loaded.overruled:
        click.echo(line, err=True)
    hidden, processes = quiet or as_json, jobs or cores()
    announce(design.setting, len(design.setting.plans), storms, processes, large, hidden, text)
    asked = {"plans": list(names), "vary": {vary.key: list(vary.values) for vary in varied}}
    with (
        engine(cluster, processes) as players,
        results.study("sweep", loaded, design.setting.seed, asked, out) as folder,
    ):
        found = experiment.gather(design, play_storms(design.setting, folder, storms, players, hidden, text))
        for name, (header, rows) in results.sweep_tables(found, shown, loaded.scenario).items():
            folder.add_table(name, header, rows)
        complete(folder, report.write_sweep(found, shown, loaded.scenario, folder, lang))
    tell(
        as_json, quiet, lambda: report.sweep_json(found, shown, loaded.scenario, folder.path),
        lambda: report.print_sweep(found, shown, loaded.scenario, text), text("sweep.done", folder=shlex.quote(str(folder.path))),
    )  # fmt: skip
