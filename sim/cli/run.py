"""`drill run`: play a scenario under all its plans and say which one serves customers best."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from sim.cli.options import find_scenario, json_option, lang_option, out_option, scenario_argument, set_option

Progress = Callable[[int, int], None]


@click.command()
@scenario_argument
@click.option(
    "--plan", "plans", multiple=True, metavar="NAME", help="Play only this plan, and the reference. Repeatable."
)
@click.option(
    "-n",
    "--replications",
    type=click.IntRange(1, 100_000),
    default=None,
    help="Storms to draw. Default: the scenario's.",
)
@click.option("--seed", type=click.IntRange(0), default=None, help="Seed of nature's draws. Default: the scenario's.")
@click.option(
    "--jobs",
    type=click.IntRange(1, 1024),
    default=None,
    help="Processes. Default: one per core. Results do not depend on it.",
)
@out_option
@set_option
@lang_option
@json_option
@click.option("--quiet", is_flag=True, help="No progress and no tables; errors only.")
@click.option("--allow-code", is_flag=True, help="Let the scenario name a dispatch rule of your own, module:function.")
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
    with _progress(quiet or as_json, text("progress.playing")) as progress:
        played = experiment.run(setting, n, jobs or _cores(), progress, folder.add_replication)
    comparison = experiment.compare(played, loaded.scenario)
    checked = experiment.check(played, loaded.scenario, network)
    folder.add_tables(played, comparison, checked, loaded.scenario, network)
    for name, log in experiment.kept_logs(setting, played, jobs or _cores()):
        folder.add_log(name, log)
    for message in report.write_report(folder, setting, played, comparison, checked, loaded, lang):
        click.echo(message, err=True)
    folder.complete()
    if as_json:
        click.echo(report.as_json(comparison, checked, folder.path))
    elif not quiet:
        report.print_result(comparison, checked, loaded.scenario, text, played)
        click.echo(text("done.run", folder=shlex.quote(str(folder.path)), report=shlex.quote(str(folder.report))))


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _command() -> list[str]:
    return ["drill", *sys.argv[1:]]


@contextmanager
def _progress(hidden: bool, title: str) -> Iterator[Progress | None]:
    """Show a bar with the time left on stderr while replications are played."""
    if hidden:
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
