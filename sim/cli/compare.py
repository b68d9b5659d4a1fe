"""`drill compare`: the report of several finished runs of the same storms."""

from __future__ import annotations

import shlex
from functools import partial
from pathlib import Path

import click

from sim.cli.options import json_option, lang_option
from sim.cli.playing import cores


@click.command()
@click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="RUN RUN...")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=None,
    metavar="FOLDER",
    help="Folder to write; must be new or empty. Default: results/compare/<the runs' names>/, written anew.",
)
@lang_option
@json_option
def compare(runs: tuple[Path, ...], out: Path | None, lang: str, as_json: bool) -> None:
    """Set the plans of two or more finished runs side by side, against the first run's reference plan.

    Writes the same report, figures and tables as a run. The runs must have met the same storms and differ only in
    what a plan may decide; a plan that several runs played differently is numbered by run, as in `balanced (2)`.
    """
    from sim import experiment, report, results
    from sim.cli.inputs import tried
    from sim.errors import InputError, Problem
    from sim.words import words

    text = words(lang)
    if len(runs) < 2:
        raise InputError.one("compare", "", ", ".join(map(str, runs)), "two or more run folders")
    problems: list[Problem] = []
    opened = [tried(partial(results.open_run, path), problems) for path in runs]
    if problems:
        raise InputError(list(dict.fromkeys(problems)))
    joined = results.together([run for run in opened if run is not None])
    folder = out or Path("results") / "compare" / "-".join(run.name for run in joined.runs)[:120]
    if out:
        results.make_empty(out, "comparison")
    comparison = experiment.compare(joined.experiment, joined.scenario)
    checked = experiment.check(joined.experiment, joined.scenario, joined.runs[0].network())
    for message in report.write_comparison(joined, comparison, checked, folder, lang, cores()).messages:
        click.echo(message, err=True)
    if as_json:
        click.echo(report.as_json(comparison, checked, folder, joined))
        return
    report.print_result(comparison, checked, joined.scenario, text, joined.experiment)
    page = shlex.quote(str(folder / "report.html"))
    click.echo(text("done.compare", folder=shlex.quote(str(folder)), report=page))
