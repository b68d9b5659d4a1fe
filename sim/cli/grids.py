"""`drill grid`: bring networks in, write them out, look at them."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.cli.options import find_scenario, json_option, lang_option, set_option

if TYPE_CHECKING:
    from sim.grid import Grid
    from sim.words import Words


@click.group()
def grid() -> None:
    """Bring networks in, write them out, look at them.

    GRID is a folder of CSV files (`drill grid columns` describes them), such a folder as a .zip file, or a scenario,
    whose network is then grown; or what another program has written: pandapower's JSON, a SimBench code
    (1-MV-rural--0-sw), an OpenDSS script (.dss), GeoJSON lines and points (.geojson). A .zip file can stand for the
    settlements in a scenario: its network is then used as it is.
    """


@grid.command()
@click.argument("scenario", type=click.Path(path_type=Path))
@click.argument("folder", type=click.Path(path_type=Path))
@set_option
@lang_option
def export(scenario: Path, folder: Path, sets: tuple[str, ...], lang: str) -> None:
    """Write the network of SCENARIO into FOLDER, as CSV files that can be changed and read again."""
    from sim.words import words

    text = words(lang)
    written_to(load_grid(scenario, sets), folder)
    click.echo(text("grid.done_written", folder=shlex.quote(str(folder))))


@grid.command("import")
@click.argument("source", metavar="GRID")
@click.argument("folder", type=click.Path(path_type=Path))
@lang_option
def import_(source: str, folder: Path, lang: str) -> None:
    """Read GRID, say what had to be assumed and what cannot be used, and write it into FOLDER as CSV files."""
    from sim.words import words

    text = words(lang)
    read = load_grid(Path(source))
    written_to(read, folder)
    say(read, text)
    click.echo(text("grid.done_written", folder=shlex.quote(str(folder))))


@grid.command()
@click.argument("source", metavar="GRID")
@click.option(
    "--out", type=click.Path(path_type=Path), default=None, metavar="FOLDER",
    help="Folder for the figure. Default: results/grid/<name>/, written anew.",
)  # fmt: skip
@click.option("--no-figures", is_flag=True, help="Write nothing.")
@set_option
@lang_option
@json_option
def show(
    source: str, out: Path | None, no_figures: bool, sets: tuple[str, ...], lang: str, as_json: bool
) -> None:  # fmt: skip
    """Say what GRID amounts to and what had to be assumed, and draw it (PNG, SVG, and its feeders as CSV)."""
    import json

    from sim import report
    from sim.grid import describe
    from sim.words import words

    text = words(lang)
    read = load_grid(Path(source), sets)
    folder = out or Path("results") / "grid" / (Path(source).stem or "grid")
    if not no_figures:
        for message in report.write_grid_figure(read, Path(source).name, folder, lang).messages:
            click.echo(message, err=True)
    if as_json:
        notes = [{"note": note.key, **dict(note.values)} for note in read.notes]
        figure = None if no_figures else str(folder)
        click.echo(
            json.dumps({"network": describe(read.network), "notes": notes, "figure": figure}, ensure_ascii=False)
        )
        return
    say(read, text)
    if not no_figures:
        click.echo(text("grid.done_drawn", folder=shlex.quote(str(folder))))


@grid.command()
def columns() -> None:
    """Describe the CSV files of a network column by column (Markdown)."""
    from sim.grid import describe_columns

    click.echo(describe_columns(), nl=False)


def load_grid(source: Path, sets: tuple[str, ...] = ()) -> Grid:
    """Return the network of a native folder, of another program's file, or that which a scenario grows."""
    from sim import grid as networks
    from sim.cli.inputs import network_of
    from sim.errors import InputError
    from sim.scenario import read

    if source.suffix == ".toml":
        loaded = read(find_scenario(source), sets)
        source = loaded.resolve(loaded.scenario.network.settlements)
        return networks.read_grid(source) if source.suffix == ".zip" else networks.equipped(network_of(loaded))
    if sets:
        raise InputError.one("--set", "", sets[0], "only a scenario has values to set")
    if networks.is_foreign(str(source)) and not source.is_dir():
        return networks.read_foreign(str(source))
    return networks.read_grid(source)


def written_to(read: Grid, folder: Path) -> None:
    """Write a network into a folder that is new or empty, or as a new .zip file: whole, or DrillError and nothing."""
    from sim import results
    from sim.errors import InputError
    from sim.grid import write_grid, write_zip
    from sim.results.writing import writing

    if folder.suffix == ".zip":
        if folder.exists():
            raise InputError.one(str(folder), "", None, "the file exists already; name another")
        with writing(folder, "grid"), _nothing_left(folder):
            write_zip(read, folder)
        return
    results.make_empty(folder, "grid")
    with writing(folder, "grid"), _nothing_left(folder):
        write_grid(read, folder)


@contextmanager
def _nothing_left(place: Path) -> Iterator[None]:
    """Remove what was written to a new file or an empty folder when the system refuses more: half a network looks whole."""
    try:
        yield
    except OSError:
        for file in place.iterdir() if place.is_dir() else [place]:
            file.unlink(missing_ok=True)
        raise


def say(read: Grid, text: Words) -> None:
    """Print what a network amounts to, and what was assumed or could not be used."""
    from sim.grid import describe

    facts = describe(read.network)
    click.echo(text("grid.counts", **{
        name: text.number(float(facts[name]), digits)
        for name, digits in (("customers", 0), ("sections", 0), ("feeders", 0), ("substations", 0), ("line_km", 1), ("ties", 0))
    }))  # fmt: skip
    say_notes(read, text)


def say_notes(read: Grid, text: Words) -> None:
    """Print what was assumed or could not be used."""
    for note in read.notes:
        values = {name: text(f"grid.device.{value}") if name == "device" else value for name, value in note.values}
        click.echo("  " + text(f"grid.note.{note.key}", **values))
