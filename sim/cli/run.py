"""`drill run`: play a scenario under all its plans and say which one serves customers best."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import click

from sim.cli.completion import complete_plan
from sim.cli.options import (
    allow_code_option,
    find_scenario,
    jobs_option,
    json_option,
    lang_option,
    out_option,
    quiet_option,
    replications_option,
    scenario_argument,
    seed_option,
    set_option,
)
from sim.cli.playing import cores, progress


@click.command()
@scenario_argument
@click.option(
    "--plan", "plans", multiple=True, metavar="NAME", shell_complete=complete_plan,
    help="Play only this plan, and the reference. Repeatable.",
)
@replications_option
@seed_option
@jobs_option
@out_option
@set_option
@lang_option
@json_option
@quiet_option
@allow_code_option
def run(
    scenario: Path, plans: tuple[str, ...], replications: int | None, seed: int | None, jobs: int | None,
    out: Path | None, sets: tuple[str, ...], lang: str, as_json: bool, quiet: bool, allow_code: bool,
) -> None:  # fmt: skip
    """Play SCENARIO under its plans and compare them.

    Draws storms, plays every plan against each of them, and writes a run folder with figures, tables and a report.
    SCENARIO is a TOML file; `drill run typhoon.toml` also finds scenarios/typhoon.toml.
    """
    from sim import experiment, report, results
    from sim.cli.inputs import check_plans, check_rules, check_seed, prepare
    from sim.scenario import read
    from sim.words import words

    text = words(lang)
    loaded = read(find_scenario(scenario), sets)
    check_seed(seed)
    check_plans(loaded, plans)
    network, track = prepare(loaded)
    setting = experiment.make_setting(loaded.scenario, network, track, plans, seed, allow_code)
    check_rules(setting, loaded.path.name)
    for line in loaded.overruled:
        click.echo(line, err=True)
    n = replications or loaded.scenario.replications
    folder = results.create(loaded, network, setting, n, _command(), out)
    with progress(quiet or as_json, text("progress.playing")) as tell:
        played = experiment.run(setting, n, jobs or cores(), tell, folder.add_replication)
    comparison = experiment.compare(played, loaded.scenario)
    checked = experiment.check(played, loaded.scenario, network)
    folder.add_tables(played, comparison, checked, loaded.scenario, network)
    for name, log in experiment.kept_logs(setting, played, jobs or cores()):
        folder.add_log(name, log)
    for message in report.write_report(folder, setting, played, comparison, checked, loaded, lang):
        click.echo(message, err=True)
    folder.complete()
    if as_json:
        click.echo(report.as_json(comparison, checked, folder.path))
    elif not quiet:
        report.print_result(comparison, checked, loaded.scenario, text, played)
        click.echo(text("done.run", folder=shlex.quote(str(folder.path)), report=shlex.quote(str(folder.report))))


def _command() -> list[str]:
    return ["drill", *sys.argv[1:]]
