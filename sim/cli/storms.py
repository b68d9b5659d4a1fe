"""`drill storms`: plans by the storm that comes, and the plan that is regretted least."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from sim.cli.completion import complete_plan
from sim.cli.options import find_scenario, scenario_argument
from sim.cli.playing import cores, engine, progress
from sim.cli.study import announce, check_plays, chosen_measures, complete, measure_option, study_options, tell


@click.command()
@scenario_argument
@click.option(
    "--plan",
    "plans",
    multiple=True,
    metavar="NAME",
    shell_complete=complete_plan,
    help="Play only this plan, and the reference. Repeatable.",
)
@measure_option
@study_options
def storms(
    scenario: Path, plans: tuple[str, ...], measures: tuple[str, ...], replications: int | None, seed: int | None,
    jobs: int | None, cluster: str | None, out: Path | None, sets: tuple[str, ...], lang: str, as_json: bool, quiet: bool, large: bool,
    allow_code: bool,
) -> None:  # fmt: skip
    """Play SCENARIO under its plans and set the results out by the storm that came.

    Classes of storms are made by strength and by where the storm passed; in each, a plan's regret is by how much it
    is worse than the best plan there. The robust plan is the one whose greatest regret is least.

    \b
    drill storms typhoon.toml --set storm.forecast_lead_h=48 -n 60
    """  # noqa: D301 (click wants the character)
    from sim import experiment, grid, report, results
    from sim.cli.inputs import check_rules, prepare, read_asked
    from sim.words import words

    text = words(lang)
    shown = chosen_measures(measures, directed=True)
    loaded = read_asked(find_scenario(scenario), sets, plans, seed)
    number = replications or loaded.scenario.replications
    check_plays(len(experiment.plan_order(loaded.scenario, plans)), number, large)
    network, track = prepare(loaded)
    setting = experiment.make_setting(loaded.scenario, network, track, plans, seed, allow_code)
    check_rules(setting, loaded.path.name)
    for line in loaded.overruled:
        click.echo(line, err=True)
    hidden, processes = quiet or as_json, jobs or cores()
    announce(setting, len(setting.plans), number, processes, large, hidden, text)
    asked = {"plans": [plan.name for plan in setting.plans], "storms": number}
    with engine(cluster, processes) as players, results.study("storms", loaded, setting.seed, asked, out) as folder:
        with progress(hidden, text("progress.playing")) as count:
            played = experiment.run(setting, number, progress=count, engine=players)
        came = tuple(experiment.storm_of(setting, n) for n in played.replications)
        groups = tuple(experiment.classes(came))
        regrets = tuple(experiment.regret(played, groups, measure) for measure in shown)
        for name, (header, rows) in results.storms_tables(came, regrets, loaded.scenario).items():
            folder.add_table(name, header, rows)
        found = report.ByStorm(setting, played, came, groups, regrets)
        coast = grid.read_coast(loaded.resolve(loaded.scenario.network.coast))
        complete(folder, report.write_storms(found, coast, folder, lang))
    tell(
        as_json, quiet, lambda: report.storms_json(found, folder.path),
        lambda: report.print_storms(found, text), text("storms.done", folder=shlex.quote(str(folder.path))),
    )  # fmt: skip
