"""`drill check`: say what is wrong with a scenario, and draw its inputs."""

from __future__ import annotations

from pathlib import Path

import click

from sim.cli.options import find_scenario, json_option, lang_option, out_option, scenario_argument, set_option


@click.command()
@scenario_argument
@out_option
@set_option
@lang_option
@json_option
@click.option("--no-figures", is_flag=True, help="Say what is wrong, draw nothing.")
def check(
    scenario: Path, out: Path | None, sets: tuple[str, ...], lang: str, as_json: bool, no_figures: bool
) -> None:
    """Read SCENARIO and its data files, say what is wrong, and draw track, network and expected damage.

    The figures go to results/<scenario>/check/ unless --out names another folder; nothing is played.
    """
    import json

    from sim import grid, report
    from sim.cli.inputs import prepare
    from sim.damage import expected_faults
    from sim.scenario import read
    from sim.words import words

    text = words(lang)
    loaded = read(find_scenario(scenario), sets)
    network, track = prepare(loaded)
    for line in loaded.overruled:
        click.echo(line, err=True)
    expected = expected_faults(loaded.scenario, network, track)
    if as_json:
        click.echo(json.dumps({"network": grid.describe(network), "expected_faults": expected}, ensure_ascii=False))
    else:
        click.echo(report.inputs_text(loaded.scenario, network, expected, text))
    if not no_figures:
        folder = out or Path("results") / loaded.path.stem / "check"
        written = report.write_inputs(loaded, network, track, expected, folder, lang)
        for message in written.messages:
            click.echo(message, err=True)
        click.echo(text("done.check", folder=str(folder), scenario=str(scenario)), err=as_json)
