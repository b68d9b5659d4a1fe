"""`drill check`: say what is wrong with a scenario, and what its inputs amount to, in words and pictures."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.cli.options import find_scenario, json_option, lang_option, scenario_argument, set_option

if TYPE_CHECKING:
    from sim.report import Inputs
    from sim.scenario.model import Scenario
    from sim.words import Words


@click.command()
@scenario_argument
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=None,
    metavar="FOLDER",
    help="Folder for the figures; must be new or empty. Default: results/<scenario>/check/, written anew.",
)
@click.option("--no-figures", is_flag=True, help="Write nothing.")
@set_option
@lang_option
@json_option
def check(
    scenario: Path, out: Path | None, no_figures: bool, sets: tuple[str, ...], lang: str, as_json: bool
) -> None:  # fmt: skip
    """Read SCENARIO and its data files, say what is wrong, and sum up and draw its inputs.

    The figures show gusts, network and expected damage (PNG, SVG and their data as CSV). Nothing is played.
    """
    import json

    from sim import grid, report, results
    from sim.cli.inputs import prepare, read_asked
    from sim.words import words

    if out and no_figures:
        raise click.UsageError("--no-figures writes nothing, so --out has nothing to do")
    text = words(lang)
    loaded = read_asked(find_scenario(scenario), sets)
    network, track = prepare(loaded)
    for line in loaded.overruled:
        click.echo(line, err=True)
    coast = grid.read_coast(loaded.resolve(loaded.scenario.network.coast))
    given = report.inputs_of(loaded.scenario, network, coast, track)
    folder = out or Path("results") / loaded.path.stem / "check"
    if not no_figures:
        if out:
            results.make_empty(out, "check")
        for message in report.write_inputs(given, folder, lang).messages:
            click.echo(message, err=True)
    if as_json:
        said = {
            "network": grid.describe(network),
            "greatest_gust_mps": round(float(given.gust.max()), 1),
            "rmax_km": round(given.radius_km, 1),
            "rmax_from": given.radius_from,
            "expected_faults": {name: round(float(n.sum()), 1) for name, n in given.expected.items()},
            "expected_faults_by_rmax_factor": dict(
                zip(map(str, report.RADIUS_FACTORS), (round(n, 1) for n in given.faults_by_radius), strict=True)
            ),
            "figures": None if no_figures else str(folder),
        }
        click.echo(json.dumps(said, ensure_ascii=False))
        return
    for line in _summary(loaded.path.name, given, text):
        click.echo(line)
    key = "done.check_only" if no_figures else "done.check"
    click.echo(text(key, folder=shlex.quote(str(folder)), scenario=_what_to_run(scenario, loaded.scenario, sets)))


def _what_to_run(path: Path, scenario: Scenario, sets: tuple[str, ...]) -> str:
    """Return what stands behind `drill run` to play what has been checked."""
    from sim.scenario.plans import plan

    changes = [part for change in sets for part in ("--set", change)]
    rules = [plan(scenario, name).settings.dispatch.rule for name in scenario.plans]
    rules += [action.rule for each in scenario.plans.values() for action in each.actions if action.rule]
    return shlex.join([str(path), *changes, *(["--allow-code"] if any(":" in rule for rule in rules) else [])])


def _summary(name: str, given: Inputs, text: Words) -> list[str]:
    """Return what the inputs amount to, a line each."""
    network, scenario = given.network, given.scenario
    faults = [
        text("inputs.fault", work=text(f"inputs.{work}"), n=text.number(float(number.sum())))
        for work, number in given.expected.items()
    ]
    return [
        text(
            "inputs.sound", scenario=name, plans=text.count("plans", len(scenario.plans)),
            runs=text.count("runs", scenario.replications),
        ),
        text(
            "inputs.network", customers=text.number(network.n_customers), sections=text.number(network.n_sections),
            feeders=text.number(len(network.feeder_name)), substations=text.number(len(network.substation_name)),
            poles=text.number(int(network.n_poles.sum())),
        ),
        text("inputs.wind", gust=text.number(float(given.gust.max())), area=given.windiest_area),
        text("inputs.damage", faults=text("list.comma").join(faults)),
        text(
            "inputs.radius", km=text.number(given.radius_km), source=text(f"inputs.radius_{given.radius_from}"),
            low=text.number(given.faults_by_radius[0]), high=text.number(given.faults_by_radius[1]),
            n=text.number(sum(float(n.sum()) for n in given.expected.values())),
        ),
    ]  # fmt: skip
