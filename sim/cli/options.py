"""Options and arguments that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from sim.cli.completion import complete_lang, complete_set
from sim.errors import InputError, nearest_name

Command = Callable[..., Any]


def scenario_argument(command: Command) -> Command:
    """Add the argument that names the scenario file."""
    return click.argument("scenario", type=click.Path(path_type=Path))(command)


def set_option(command: Command) -> Command:
    """Add `--set key=value`."""
    return click.option(
        "--set",
        "sets",
        multiple=True,
        metavar="KEY=VALUE",
        shell_complete=complete_set,
        help="Change one value of the scenario before plans are merged, as in --set hotline.agents=80. Repeatable.",
    )(command)


def precision_options(command: Command) -> Command:
    """Add `--precision`, `--min`, `--max` and `--time-budget`: short ways to set the scenario's [precision]."""
    options = (
        click.option(
            "--precision",
            metavar="MEASURE=WIDTH",
            default=None,
            help="Without -n, draw storms until every plan's difference in MEASURE is known to within WIDTH, as in t95_h=3 or"
            " customer_hours=5% (of the reference plan's mean).",
        ),
        click.option("--min", "minimum", type=int, default=None, help="Storms before precision is judged."),
        click.option("--max", "maximum", type=int, default=None, help="Most storms to draw."),
        click.option(
            "--time-budget", metavar="MIN", default=None, help="Begin no batch of storms that would end after so long."
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def precision_sets(
    precision: str | None, minimum: int | None, maximum: int | None, time_budget: str | None
) -> tuple[str, ...]:
    """Return the `--set` edits that the options of `precision_options` stand for.

    Raises
    ------
    InputError when `precision` is not MEASURE=WIDTH.
    """
    sets: list[str] = []
    if precision is not None:
        measure, equals, width = (part.strip() for part in precision.partition("="))
        share = width.endswith("%")
        try:
            half = float(width.removesuffix("%")) / (100 if share else 1)
        except ValueError:
            half = 0.0
        if not (measure and equals and 0 < half < float("inf")):
            allowed = "MEASURE=WIDTH, such as t95_h=3 or customer_hours=5%"
            raise InputError.one("--precision", "", f'"{precision}"', allowed)
        sets = [f"measure={measure}", f"half_width={half!r}", f"relative={'true' if share else 'false'}"]
    given = {"minimum": minimum, "maximum": maximum, "time_budget_min": time_budget}
    sets += [f"{key}={value}" for key, value in given.items() if value is not None]
    return tuple(f"precision.{edit}" for edit in sets)


def lang_option(command: Command) -> Command:
    """Add `--lang`."""
    return click.option(
        "--lang", default="en", show_default=True, shell_complete=complete_lang,
        help="Language of figures, tables and report: en, zh.",
    )(command)


def json_option(command: Command) -> Command:
    """Add `--json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print the result as JSON on stdout.")(command)


def replications_option(command: Command) -> Command:
    """Add `-n`."""
    return click.option(
        "-n",
        "--replications",
        type=click.IntRange(1, 100_000),
        default=None,
        help="Storms to draw. Default: the scenario's.",
    )(command)


def seed_option(command: Command) -> Command:
    """Add `--seed`."""
    return click.option(
        "--seed", type=click.IntRange(0), default=None, help="Seed of nature's draws. Default: the scenario's."
    )(command)


def jobs_option(command: Command) -> Command:
    """Add `--jobs`."""
    return click.option(
        "--jobs",
        type=click.IntRange(1, 1024),
        default=None,
        help="Processes. Default: one per core. Results do not depend on it.",
    )(command)


def cluster_option(command: Command) -> Command:
    """Add `--cluster`."""
    return click.option(
        "--cluster",
        metavar="ADDRESS",
        default=None,
        help="Play on the workers of a Dask scheduler, as in tcp://host:8786; `local` starts one here, with --jobs"
        " workers. Results do not depend on it.",
    )(command)


def quiet_option(command: Command) -> Command:
    """Add `--quiet`."""
    return click.option("--quiet", is_flag=True, help="No progress and no tables; errors only.")(command)


def allow_code_option(command: Command) -> Command:
    """Add `--allow-code`."""
    return click.option(
        "--allow-code", is_flag=True, help="Let the scenario name a dispatch rule of your own, module:function."
    )(command)


def out_option(command: Command) -> Command:
    """Add `--out`."""
    return click.option(
        "--out",
        type=click.Path(path_type=Path),
        default=None,
        metavar="FOLDER",
        help="Folder to write; must be new or empty. Default: results/<scenario>/<run id>/.",
    )(command)


def find_scenario(path: Path) -> Path:
    """Return the scenario file: as given, or of that name in `scenarios/` here or beside the program.

    Raises
    ------
    InputError : if there is no such file, or none that may be looked at; names the nearest one.
    """
    try:
        if path.exists():
            return path
    except OSError as error:
        raise InputError.one(str(path), "", None, f"cannot be read: {error.strerror}") from None
    folders = [Path("scenarios"), Path(__file__).resolve().parents[2] / "scenarios"]
    for folder in folders:
        if path.parent == Path() and (folder / path.name).is_file():
            return folder / path.name
    known = sorted({p.name for folder in folders for p in folder.glob("*.toml")})
    raise InputError.one(
        str(path), "", None, "there is no such file, here or in scenarios/", nearest_name(path.name, known)
    )
