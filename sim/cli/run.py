"""`drill run`: play a scenario under all its plans and say which one serves customers best."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from sim.cli.completion import complete_plan
from sim.cli.options import (
    allow_code_option,
    cluster_option,
    find_scenario,
    jobs_option,
    json_option,
    lang_option,
    out_option,
    precision_options,
    precision_sets,
    quiet_option,
    replications_option,
    seed_option,
    set_option,
)
from sim.cli.playing import cores, engine, progress
from sim.errors import DrillError

if TYPE_CHECKING:
    from sim.experiment import Experiment
    from sim.experiment.pool import Engine
    from sim.grid import Network
    from sim.results import Request, RunFolder
    from sim.scenario import Scenario
    from sim.words import Words

_FROM_FOLDER = (
    "plans", "replications", "seed", "sets", "lang", "allow_code", "precision", "minimum", "maximum", "time_budget",
)  # fmt: skip
"""Options that `--resume` without a scenario takes from the run's own manifest."""


@dataclass(frozen=True)
class _Asked:
    """What to play: options of the command line, or those that an interrupted run was begun with."""

    scenario: Path
    plans: tuple[str, ...]
    replications: int | None
    seed: int | None
    sets: tuple[str, ...]
    lang: str
    allow_code: bool


@click.command()
@click.argument("scenario", type=click.Path(path_type=Path), required=False)
@click.option(
    "--plan", "plans", multiple=True, metavar="NAME", shell_complete=complete_plan,
    help="Play only this plan, and the reference. Repeatable.",
)
@replications_option
@seed_option
@precision_options
@jobs_option
@cluster_option
@out_option
@click.option(
    "--resume",
    is_flag=True,
    help="Go on with the interrupted run in --out; its scenario and options may be left out.",
)
@set_option
@lang_option
@json_option
@quiet_option
@allow_code_option
@click.pass_context
def run(
    context: click.Context, scenario: Path | None, plans: tuple[str, ...], replications: int | None, seed: int | None,
    precision: str | None, minimum: int | None, maximum: int | None, time_budget: str | None, jobs: int | None,
    cluster: str | None, out: Path | None, resume: bool, sets: tuple[str, ...], lang: str, as_json: bool, quiet: bool,
    allow_code: bool,
) -> None:  # fmt: skip
    """Play SCENARIO under its plans and compare them.

    Draws storms, plays every plan against each of them, and writes a run folder with figures, tables and a report.
    SCENARIO is a TOML file; `drill run typhoon.toml` also finds scenarios/typhoon.toml.
    """
    from sim import experiment, report, results
    from sim.cli.inputs import check_rules, prepare, read_asked
    from sim.report.figures.precision import ended
    from sim.words import words

    if resume and out is None:
        raise click.UsageError("--resume needs --out, the folder of the interrupted run.")
    if scenario is None:
        asked = _begun(context, out if resume else None)
    else:
        edits = (*sets, *precision_sets(precision, minimum, maximum, time_budget))
        asked = _Asked(find_scenario(scenario), plans, replications, seed, edits, lang, allow_code)
    text = words(asked.lang)
    loaded = read_asked(asked.scenario, asked.sets, asked.plans, asked.seed)
    network, track = prepare(loaded)
    setting = experiment.make_setting(loaded.scenario, network, track, asked.plans, asked.seed, asked.allow_code)
    check_rules(setting, loaded.path.name)
    for line in loaded.overruled:
        click.echo(line, err=True)
    fixed = None if loaded.scenario.precision.is_open else loaded.scenario.replications
    request = results.Request(loaded, setting, asked.replications or fixed, asked.lang, _command())
    _say_of_precision(context, loaded.scenario, request.replications, text)
    with engine(cluster, jobs or cores()) as players:
        if resume and out is not None and not (out / results.MANIFEST).is_file():
            click.echo(text("progress.nothing_begun", folder=shlex.quote(str(out))), err=True)
        folder = _open(request, network, out, resume)
        whole = folder.is_whole
        with _kept(folder, text):
            played = _play(folder, players, cluster is None, quiet or as_json, text)
            comparison = experiment.compare(played, loaded.scenario)
            checked = experiment.check(played, loaded.scenario, network)
            if whole:
                click.echo(text("progress.whole", folder=shlex.quote(str(folder.path))), err=True)
            else:
                folder.add_logs(played, players)
                logs = folder.median_logs(played)
                uses = experiment.depot_uses(setting, played, logs)
                tables = partial(
                    results.write_tables, folder.tables, played, comparison, checked, loaded.scenario, network, uses
                )
                told = report.write_report(
                    folder, setting, played, comparison, checked, loaded, uses, asked.lang, jobs or cores(), beside=tables
                )
                for message in told:
                    click.echo(message, err=True)
                folder.complete()
    if as_json:
        click.echo(report.as_json(comparison, checked, folder.path))
    elif not quiet:
        report.print_result(comparison, checked, loaded.scenario, text, played)
        if loaded.scenario.precision.is_open:
            click.echo(ended(experiment.growth(played, loaded.scenario.precision), text))
        click.echo(text("done.run", folder=shlex.quote(str(folder.path)), report=shlex.quote(str(folder.report))))


def _say_of_precision(context: click.Context, scenario: Scenario, replications: int | None, text: Words) -> None:
    """Refuse bounds of a search for a precision that there is not; say that -n overrules one given beside it."""
    given = [
        max(parameter.opts, key=len)
        for parameter in context.command.params
        if parameter.name in ("precision", "minimum", "maximum", "time_budget")
        and context.get_parameter_source(parameter.name) is ParameterSource.COMMANDLINE
    ]
    if given and not scenario.precision.is_open:
        raise click.UsageError(f"{' and '.join(given)} need --precision or --time-budget, or a goal in the scenario's [precision].")
    if given and replications is not None:
        click.echo(text("progress.n_overrules", n=replications, options=text.listed(given)), err=True)


def _open(request: Request, network: Network, out: Path | None, resume: bool) -> RunFolder:
    from sim import results

    if resume and out is not None:
        return results.resume(request, network, out)
    return results.create(request, network, out)


@contextmanager
def _kept(folder: RunFolder, text: Words) -> Iterator[None]:
    """Say how to go on when a run ends before it is whole."""
    try:
        yield
    except (KeyboardInterrupt, DrillError):
        if not folder.is_whole:
            click.echo(text("progress.go_on", folder=shlex.quote(str(folder.path))), err=True)
        raise


def _begun(context: click.Context, out: Path | None) -> _Asked:
    """Return what the interrupted run in `out` was asked for."""
    from sim import results

    if out is None:
        raise click.UsageError("Missing argument 'SCENARIO'.")
    given = [
        max(parameter.opts, key=len)
        for parameter in context.command.params
        if parameter.name in _FROM_FOLDER
        and context.get_parameter_source(parameter.name) is ParameterSource.COMMANDLINE
    ]
    if given:
        raise click.UsageError(f"--resume without SCENARIO takes {', '.join(given)} from {out}; leave it out.")
    begun = results.read_manifest(out)
    try:
        return _Asked(
            Path(begun["scenario"]), tuple(begun["plans"]), None if begun["open_ended"] else begun["replications"],
            begun["seed"], tuple(begun["sets"]), begun["lang"], begun["allow_code"],
        )  # fmt: skip
    except (KeyError, TypeError) as error:
        raise DrillError(f"the run in {out} cannot be read: {results.MANIFEST}: {error}") from error


def _play(folder: RunFolder, players: Engine, here: bool, hidden: bool, text: Words) -> Experiment:
    """Play what the folder does not hold yet, and keep each replication in it; `here`: players write to our disk."""
    from sim import experiment, report, results
    from sim.metrics.measures import MEASURE_NAMES

    if folder.is_whole:
        return results.open_run(folder.path).experiment
    precision = folder.setting.scenario.precision
    n, enough = folder.replications, None
    if n is None:
        n, enough = precision.maximum, experiment.Enough(precision, MEASURE_NAMES)
    with progress(hidden, text("progress.playing")) as tell:

        def told(done: int, total: int) -> None:
            if tell is not None:
                tell(done, total)
            if done == total - 1:  # one process plays on, the others have nothing left to do
                report.get_ready(text.lang)

        played = experiment.run(
            folder.setting, n, progress=told, on_replication=folder.add_replication, finished=folder.finished(),
            enough=enough, engine=players, on_kept=folder.spool.keep if here else None, may_drop=True,
        )  # fmt: skip
    if enough is not None:
        folder.end_series(len(played.replications), enough.why or "maximum")
    return played


def _command() -> list[str]:
    return ["drill", *sys.argv[1:]]
