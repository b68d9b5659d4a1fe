"""`drill check`: say what is wrong with a scenario, and what its inputs amount to."""

from __future__ import annotations

from pathlib import Path

import click

from sim.cli.options import find_scenario, json_option, scenario_argument, set_option


@click.command()
@scenario_argument
@set_option
@json_option
def check(scenario: Path, sets: tuple[str, ...], as_json: bool) -> None:
    """Read SCENARIO and its data files, say what is wrong, and sum up network and expected damage.

    Nothing is played and nothing is written.
    """
    import json

    from sim import factors, grid
    from sim.cli.inputs import prepare
    from sim.damage import Drawn, expected_faults
    from sim.scenario import read
    from sim.storm import wind_at

    loaded = read(find_scenario(scenario), sets)
    network, track = prepare(loaded)
    for line in loaded.overruled:
        click.echo(line, err=True)
    place = (network.cell_lon, network.cell_lat, network.cell_land, network.cell_coast_km)
    config = loaded.scenario
    wind = wind_at(track, config, factors.NOMINAL, *place, config.seed, 0)
    drawn = Drawn(config, network, factors.NOMINAL, wind, config.seed, 0)
    expected = expected_faults(network, drawn.wind, config.damage)
    faults = {name: round(float(number.sum()), 1) for name, number in expected.items()}
    if as_json:
        click.echo(json.dumps({"network": grid.describe(network), "expected_faults": faults}, ensure_ascii=False))
        return
    click.echo(f"{loaded.path} is sound: {len(config.plans)} plans, {config.replications} storms.")
    click.echo(
        f"Network: {network.n_customers:,} customers, {network.n_sections:,} sections, "
        f"{len(network.feeder_name):,} feeders, {int(network.n_poles.sum()):,} poles."
    )
    click.echo(f"Greatest gust: {float(wind.peak.max()):.0f} m/s in the storm as reported.")
    click.echo("Expected faults: " + ", ".join(f"{name} {number:,.0f}" for name, number in faults.items()))
    click.echo(f"Next: drill run {scenario}")
