"""`drill new`: write a small commented scenario that runs."""

from __future__ import annotations

import shlex
from pathlib import Path

import click


@click.command()
@click.argument("scenario", type=click.Path(path_type=Path, dir_okay=False))
def new(scenario: Path) -> None:
    """Write SCENARIO, a small commented scenario that runs as it is. An existing file is never overwritten."""
    from sim.errors import InputError
    from sim.scenario import template

    if scenario.suffix != ".toml":
        raise InputError.one(str(scenario), "", None, "a scenario is a .toml file", f"{scenario.stem}.toml")
    if not scenario.parent.is_dir():
        raise InputError.one(str(scenario), "", None, f"the folder {scenario.parent} does not exist")
    try:
        file = scenario.open("x", encoding="utf-8", newline="\n")
    except FileExistsError:
        raise InputError.one(str(scenario), "", None, "the file exists already; name another") from None
    try:
        with file:
            file.write(template())
    except OSError:
        scenario.unlink()  # half a scenario, on a full disk, is none, and would stand in the way of the next try
        raise
    name = shlex.quote(str(scenario))
    click.echo(f"Wrote {name}. Next: drill check {name}, then drill run {name}")
