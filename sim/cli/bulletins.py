"""`drill bulletins`: what the command post would have issued at fixed hours, in one storm of a finished run."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from sim.cli.options import allow_code_option, lang_option


@click.command()
@click.argument("run", type=click.Path(path_type=Path), metavar="RUN")
@click.option("--plan", default=None, metavar="NAME", help="Plan. Default: the reference plan.")
@click.option("--replication", type=int, default=None, metavar="N", help="Storm. Default: the plan's median one.")
@click.option("--branch", default="", metavar="NAME", help="Of this branch, made with drill branch.")
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), default=None, metavar="FOLDER",
    help="Folder to write, new or empty. Default: a folder in RUN/bulletins, named by plan, storm and branch.",
)  # fmt: skip
@allow_code_option
@lang_option
def bulletins(
    run: Path, plan: str | None, replication: int | None, branch: str, out: Path | None, allow_code: bool, lang: str,
) -> None:  # fmt: skip
    """Write the bulletins of one plan in one storm of the finished run in folder RUN.

    At each of the local hours of [bulletins] hours: feeders, transformer areas, customers and critical users out and
    restored, people, vehicles and generators at work, and what areas were promised, as the command post knew and had
    told it. Writes bulletins.csv, areas.csv and bulletins.html, to be printed.
    """
    from sim.dates import Dates
    from sim.replay import record
    from sim.replay.bulletin_page import bulletin_page, bulletin_tables
    from sim.replay.bulletins import bulletins as issued_by
    from sim.replay.playback import Playback
    from sim.results import branches, lineage, make_empty, open_run, same_storm
    from sim.results.writing import write_bytes, write_csv, writing
    from sim.words import words

    text = words(lang)
    opened = open_run(run)
    line = lineage(branches(opened), branch, "--branch") if branch else []
    plan, replication = same_storm(opened, line, plan, replication)
    recording = record(opened, plan, replication, allow_code, line[-1] if line else None)
    issued = issued_by(Playback(recording, for_players=True))
    name = "-".join([recording.plan, str(recording.replication), *([branch] if branch else [])])
    folder = out or run / "bulletins" / name
    if out is not None:
        make_empty(out, "folder of bulletins")
    with writing(folder, "folder of bulletins"):
        folder.mkdir(parents=True, exist_ok=True)
        for table, (header, rows) in bulletin_tables(issued, recording, Dates(recording.settings, text)).items():
            write_csv(folder / f"{table}.csv", header, rows)
        write_bytes(folder / "bulletins.html", bulletin_page(issued, recording, text).encode())
    click.echo(text("bulletin.done", n=text.number(len(issued)), folder=shlex.quote(str(folder))))
