"""`drill reliability`: the textbook's indices of a network."""

from __future__ import annotations

import csv
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sim.cli.grids import load_grid, say_notes
from sim.cli.options import json_option, lang_option

if TYPE_CHECKING:
    from sim.grid import Grid
    from sim.reliability import PointIndices, Simulated, SystemIndices
    from sim.words import Words

_WORST = 10


@click.command()
@click.argument("source", metavar="GRID")
@click.option(
    "--sustained-min", type=click.FloatRange(0, 60), default=5.0, show_default=True,
    help="An interruption is sustained when it lasts longer than this many minutes.",
)  # fmt: skip
@click.option(
    "--cold-load-factor", type=click.FloatRange(0.1, 10), default=1.0, show_default=True,
    help="Load when it comes back through a tie, over load at peak.",
)  # fmt: skip
@click.option(
    "--simulate", "n_years", type=click.IntRange(2, 10_000_000), default=None, metavar="YEARS",
    help="Simulate so many years besides, faults that overlap included, and give 95 % intervals.",
)  # fmt: skip
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Seed of the simulated years.")
@click.option("--csv", "as_csv", is_flag=True, help="Print the load points as CSV on stdout.")
@lang_option
@json_option
def reliability(
    source: str, sustained_min: float, cold_load_factor: float, n_years: int | None, seed: int, as_csv: bool,
    lang: str, as_json: bool,
) -> None:  # fmt: skip
    """Compute the reliability indices of GRID from its failure rates, repair and switching times.

    Load points: failures and hours a year; system: SAIFI, SAIDI, CAIDI, ASAI, ENS, MAIFI. GRID is a folder of CSV
    files; `drill grid columns` says which columns give rates and times.
    """
    from sim.errors import InputError
    from sim.reliability import point_indices, simulated_indices, system_indices
    from sim.words import words

    if as_csv and as_json:
        raise click.UsageError("--csv and --json are two forms of one result; choose one")
    text = words(lang)
    grid = load_grid(Path(source))
    if not _fails(grid):
        text_of = "needs failure rates: no section and no source fails"
        raise InputError.one(str(Path(source) / "sections.csv"), "fail_per_km_yr", None, text_of)
    points = point_indices(grid, sustained_min, cold_load_factor)
    system = system_indices(grid.load_points, points)
    rows = _rows(grid, points)
    simulated = simulated_indices(grid, n_years, seed, sustained_min, cold_load_factor) if n_years else None
    if as_json:
        said: dict[str, Any] = {"system": asdict(system), "load_points": rows}
        if simulated:
            estimates = {name: asdict(estimate) for name, estimate in simulated.system.items()}
            said["simulated"] = {"years": n_years, "seed": seed, "system": estimates}
        click.echo(json.dumps(said, ensure_ascii=False))
    elif as_csv:
        writer = csv.DictWriter(sys.stdout, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    else:
        say_notes(grid, text)
        for line in [*_system(system, text, simulated), "", *_worst(rows, text)]:
            click.echo(line)
        if n_years:
            click.echo(text("reliability.simulated", years=text.number(n_years), seed=seed))


def _fails(grid: Grid) -> bool:
    rates = grid.rates
    every = (rates.fail_per_yr, rates.temporary_per_yr, rates.transformer_fail_per_yr, rates.substation_fail_per_yr)
    return any(bool((rate > 0).any()) for rate in every)


def _rows(grid: Grid, of: PointIndices) -> list[dict[str, Any]]:
    points, mean = grid.load_points, of.hours_per_failure
    return [
        {
            "load_point": str(name), "class": str(points.customer_class[i]), "customers": int(points.customers[i]),
            "failures_per_yr": round(float(of.failures[i]), 9), "hours_per_yr": round(float(of.hours[i]), 9),
            "hours_per_failure": round(float(mean[i]), 9) if of.failures[i] > 0 else None,
            "momentary_per_yr": round(float(of.momentary[i]), 9),
            "ens_mwh_per_yr": round(float(of.hours[i] * points.load_kw[i]) / 1000, 9),
        }
        for i, name in enumerate(points.name)
    ]  # fmt: skip


def _system(system: SystemIndices, text: Words, simulated: Simulated | None) -> list[str]:
    """Return the system's indices, a line each; beside them the simulated means and half their intervals."""
    shown = (("saifi", 4), ("saidi_h", 4), ("caidi_h", 4), ("asai", 7), ("ens_mwh", 3), ("aens_kwh", 3), ("maifi", 4))
    values = [text.number(getattr(system, name), digits) for name, digits in shown]
    lines = [f"{value:>{max(map(len, values))}}" for value in values]
    if simulated:
        found = [(simulated.system[name], digits) for name, digits in shown]
        means = [f"{text.number(e.mean, digits)} ± {text.number(e.half_width, digits)}" for e, digits in found]
        lines = [f"{line}  {mean:>{max(map(len, means))}}" for line, mean in zip(lines, means, strict=True)]
    return [f"{line}  {text(f'reliability.{name}')}" for line, (name, _) in zip(lines, shown, strict=True)]


def _worst(rows: list[dict[str, Any]], text: Words) -> list[str]:
    """Return the load points with most hours a year, a line each."""
    worst = sorted(rows, key=lambda row: -row["hours_per_yr"])[:_WORST]
    lines = [text("reliability.worst", n=text.number(len(worst)), all=text.number(len(rows)))]
    lines += [
        "  "
        + text(
            "reliability.point", name=row["load_point"], hours=text.number(row["hours_per_yr"], 4),
            failures=text.number(row["failures_per_yr"], 4), customers=text.number(row["customers"]),
        )
        for row in worst
    ]  # fmt: skip
    return lines
