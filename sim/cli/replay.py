"""`drill replay`: play one plan in one storm of a finished run, in the terminal or as a page."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.cli.options import lang_option

if TYPE_CHECKING:
    from sim.words import Words

BEFORE_LANDFALL_MIN = 360.0
"""Where the tape stands at first: what comes before is quiet."""


@click.command()
@click.argument("run", type=click.Path(path_type=Path), metavar="RUN")
@click.option("--plan", default=None, metavar="NAME", help="Plan to replay. Default: the reference plan.")
@click.option(
    "--replication", type=int, default=None, metavar="N", help="Storm to replay. Default: the plan's median one."
)
@click.option("--branch", default="", metavar="NAME", help="Replay this branch, made with drill branch.")
@click.option(
    "--speed", type=click.FloatRange(1, 1_000_000), default=600.0, show_default=True,
    help="Simulated seconds per second; 3600 is one hour per second.",
)  # fmt: skip
@click.option("--at", "begin", default=None, metavar="TIME", help="Begin there: T+30h, landfall+12h, 2019-09-10T14:30.")
@click.option("--players", is_flag=True, help="Show only what the control room knows and the public was told.")
@click.option("--plain", is_flag=True, help="Plain text, one line per step; so always when the output is no terminal.")
@click.option(
    "--every", type=click.FloatRange(0.25, 24 * 30), default=6.0, show_default=True, metavar="HOURS",
    help="Step of the plain text.",
)  # fmt: skip
@click.option(
    "--html", "html_file", type=click.Path(path_type=Path, dir_okay=False), default=None, metavar="FILE",
    help="Write one page that needs no network.",
)  # fmt: skip
@click.option("--browser", is_flag=True, help="Serve the page on this machine and open it.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Port to serve on. Default: any that is free.")
@click.option(
    "--host", default="127.0.0.1", show_default=True, help="Address to serve on; the default is this machine."
)
@click.option("--allow-code", is_flag=True, help="Let a dispatch rule of your own be loaded, to play a storm again.")
@lang_option
def replay(
    run: Path, plan: str | None, replication: int | None, branch: str, speed: float, begin: str | None, players: bool, plain: bool,
    every: float, html_file: Path | None, browser: bool, port: int, host: str, allow_code: bool, lang: str,
) -> None:  # fmt: skip
    """Replay one plan in one storm of the finished run in folder RUN.

    The run keeps the median storm of each plan; any other is played again from its seed. Press ? for the keys.
    """
    from sim.replay import moment, record
    from sim.replay.playback import Playback
    from sim.results import branches, lineage, open_run, same_storm
    from sim.units import MIN_PER_H
    from sim.words import words

    text = words(lang)
    opened = open_run(run)
    line = lineage(branches(opened), branch, "--branch") if branch else []
    plan, replication = same_storm(opened, line, plan, replication)
    recording = record(opened, plan, replication, allow_code, line[-1] if line else None)
    first = max(0.0, recording.settings.landfall_at - BEFORE_LANDFALL_MIN)
    at = first if begin is None else moment(begin, recording.settings)
    if not recording.is_kept:
        click.echo(text("replay.played_again", plan=recording.plan, n=recording.replication), err=True)
    playback = Playback(recording, for_players=players)
    if html_file is not None or browser:
        from sim.replay.page import page

        _page(page(playback, text, at, speed).encode(), text, html_file, (port, host) if browser else None)
        return
    if plain or not sys.stdout.isatty():
        from sim.replay.terminal import Show, print_plain

        print_plain(Show(playback, text), sys.stdout, at=0.0 if begin is None else at, every=every * MIN_PER_H)
        return
    _check_terminal()
    from sim.replay.terminal import run_desk

    run_desk(playback, text, speed, at, None if players else lambda: Playback(recording, for_players=True))


def _page(content: bytes, text: Words, file: Path | None, served: tuple[int, str] | None) -> None:
    """Write the page, serve it, or both."""
    import webbrowser

    from sim.replay.page import serve
    from sim.results.writing import write_bytes, writing

    if file is not None:
        with writing(file, "page"):
            write_bytes(file, content)
        click.echo(text("replay.written", file=file, mb=text.number(len(content) / 1e6, 1)), err=True)
    if served is not None:

        def ready(address: str) -> None:
            click.echo(text("replay.serving", address=address), err=True)
            webbrowser.open(address)

        serve(content, *served, ready)


def _check_terminal() -> None:
    """Refuse to open the desk without a keyboard."""
    from sim.errors import InputError

    try:
        import termios  # noqa: F401
    except ImportError:
        raise InputError.one(
            "replay", "", None, "this system's terminal cannot be read; use --plain or --html"
        ) from None
    if not sys.stdin.isatty():
        raise InputError.one("replay", "", None, "the input is not a terminal, so there are no keys; use --plain")
