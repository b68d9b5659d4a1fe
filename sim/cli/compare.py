"""`drill compare`: set finished runs side by side."""

from __future__ import annotations

from pathlib import Path

import click

from sim.cli.options import lang_option


@click.command()
@click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="RUN RUN...")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=None,
    metavar="FOLDER",
    help="Folder to write. Default: results/compare/<the runs' names>/.",
)
@lang_option
def compare(runs: tuple[Path, ...], out: Path | None, lang: str) -> None:
    """Set two or more finished run folders side by side: a page with a table and a figure, in a folder."""
    from sim import report, results
    from sim.errors import InputError
    from sim.words import words

    text = words(lang)
    if len(runs) < 2:
        raise InputError.one("compare", "", ", ".join(map(str, runs)), "two or more run folders")
    opened = [results.open_run(path) for path in runs]
    folder = out or Path("results") / "compare" / "-".join(run.name for run in opened)[:120]
    written = report.write_comparison(opened, folder, lang)
    for message in written.messages:
        click.echo(message, err=True)
    click.echo(text("done.compare", page=str(folder / "compare.html")))
