"""Published facts about restoration show in a world of the south of Chiba: which causes weigh most, and what overlaps.

Cagnan and Davidson (2006) and Walsh and others (2018): the number of outages, the spread of repair times and the number
of crews dominate restoration; where crews start and how fast they travel matters little. Ahmad and Dobson (2026):
restoration begins before the interruptions have ended.

Ends of what is varied are those of the keys' own declarations (grade X) or what is known of Chiba in 2019; none was
chosen for what comes out.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.cli.inputs import prepare
from sim.damage import Drawn, draw
from sim.log import Log
from sim.metrics.intervals import dark_intervals
from sim.metrics.restoration import StepCurve, customers_out, time_to_restore_h
from sim.scenario import read
from sim.scenario.declared import declarations
from sim.scenario.plans import plan
from sim.units import MIN_PER_H
from sim.world import run

SCENARIOS = Path(__file__).parents[1] / "scenarios"
NORTH_OF_ALL = 35.32  # degrees: the southern third of the peninsula, from Futtsu to Tateyama
STORMS = (0, 1, 2)
CUSTOMERS_EACH = 2_800_000 / 6_358_271  # of one person, as in the default scenario
DEPOTS = {"futtsu": (139.82, 35.31), "katsuura": (140.31, 35.15), "tateyama": (139.87, 34.99)}
KINDS = {"line": 0.72, "patrol": 0.18, "tree": 0.10}  # as in the default scenario, aid included
SOUTHERN = 0.35  # share of all faults of the default scenario that fall there, and so of its crews
CREWS = (160, 400, 790)  # least and most at work in Chiba from 9 to 13 September 2019 (scenarios/typhoon.toml)


@pytest.fixture(scope="module")
def south(tmp_path_factory) -> Any:
    """Return what plays the south under settings, for each storm: `play(*sets) -> [(drawn, log)]`."""
    folder = tmp_path_factory.mktemp("south")
    with (SCENARIOS / "faxai" / "settlements.csv").open(encoding="utf-8", newline="") as file:
        rows = [r for r in csv.DictReader(file) if float(r["lat"]) < NORTH_OF_ALL and int(r["population"])]
    with (folder / "settlements.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    customers = round(CUSTOMERS_EACH * sum(int(r["population"]) for r in rows))
    text = f"""
name = "The south of Chiba"
timezone = "Asia/Tokyo"
start = 2019-09-07T00:00:00+09:00
landfall = 2019-09-09T05:00:00+09:00
horizon_h = 700
seed = 2019
reference_plan = "all"
[storm]
track = "{(SCENARIOS / "faxai" / "track.csv").as_posix()}"
rmax_km = 25.0
[network]
settlements = "settlements.csv"
coast = "{(SCENARIOS / "faxai" / "coast.geojson").as_posix()}"
customers = {customers}
[hotline]
agents = 8
night_agents = 3
trunks = 100
seats = 20
[etr]
policy = "none"
[plans.all]
"""
    text += "".join(f"[depots.{name}]\nlon = {lon}\nlat = {lat}\n" for name, (lon, lat) in DEPOTS.items())
    text += "".join(f'[crews.{kind}]\nkind = "{kind}"\ncount = {n}\n' for kind, n in crews(CREWS[1]).items())
    (folder / "south.toml").write_text(text, encoding="utf-8")
    network, track = prepare(read(folder / "south.toml"))
    assert 1000 < network.n_sections < 3000

    def play(*sets: str) -> list[tuple[Drawn, Log]]:
        scenario = read(folder / "south.toml", sets).scenario
        worlds = [draw(scenario, network, track, storm) for storm in STORMS]
        return [(drawn, run(drawn, plan(scenario, "all")).log) for drawn in worlds]

    return play


def crews(in_chiba: int) -> dict[str, int]:
    """Return the crews of the south by kind when so many are at work in all of Chiba."""
    return {kind: round(SOUTHERN * in_chiba * share) for kind, share in KINDS.items()}


def ends(key: str) -> tuple[str, str]:
    """Return the settings of a key of grade X at the two ends of its declaration."""
    (found,) = (d for d in declarations() if d.key == key)
    assert found.grade == "X"
    return f"{key}={found.low}", f"{key}={found.high}"


def course(drawn: Drawn, log: Log) -> tuple[StepCurve, int]:
    """Return customers out over time and how many ever were."""
    sections = np.unique(log["section"][log.of("section_went_dark")])
    dark = dark_intervals(log, drawn.network.customers, drawn.scenario.horizon_min)
    return customers_out(dark), int(drawn.network.customers[sections].sum())


def outcome(drawn: Drawn, log: Log) -> tuple[float, float]:
    """Return hours until 95 % are back, and customer-hours without power."""
    out, ever = course(drawn, log)
    scenario = drawn.scenario
    t95, is_cut_short = time_to_restore_h(out, 0.95, ever, scenario.landfall_at, scenario.horizon_min)
    assert not is_cut_short
    minutes = np.diff(np.append(out.at, scenario.horizon_min))
    return t95, float(out.value @ minutes) / MIN_PER_H


def test_spread_of_repairs_and_crews_outweigh_start_places_and_speed(south) -> None:
    """Each cause is varied alone, in the same storms; its effect is the mean logarithm of the worst over the best."""

    def effect(variants: Sequence[Sequence[str]]) -> Any:
        logs = np.log([[outcome(*world) for world in south(*sets)] for sets in variants])  # variant, storm, measure
        return (logs.max(axis=0) - logs.min(axis=0)).mean(axis=0)

    places = [[f"depots.{name}.share={float(name == only)}" for name in DEPOTS] for only in DEPOTS]
    of = {
        "crews": effect([[f"crews.{k}.count={n}" for k, n in crews(total).items()] for total in CREWS[::2]]),
        "spread": effect([[end] for end in ends("work.duration_log_sd")]),
        "places": effect([[], *places]),
        "speed": effect([[end] for end in ends("work.travel_kmh")]),
    }
    for measure in ("t95", "customer-hours"):
        column = ("t95", "customer-hours").index(measure)
        matters_little = max(of["places"][column], of["speed"][column])
        assert of["crews"][column] > 1.75 * matters_little, (measure, of)
        assert of["spread"][column] > 1.5 * matters_little, (measure, of)


def test_restoration_begins_before_the_interruptions_have_ended(south) -> None:
    """With devices operated from afar it does; with crews alone, who wait for the wind to fall, it does not.

    Two shares of all customers cut off: who were back before the 99th in a hundred was cut off, and who were cut off
    after the first was back.
    """

    def overlap(drawn: Drawn, log: Log) -> tuple[float, float]:
        assert log.of("fault_occurred").sum() > 100
        at, customers = log["at"], log["customers"]
        dark, back = log.of("section_went_dark"), log.of("section_restored")
        total = customers[dark].sum()
        ended = at[dark][np.searchsorted(np.cumsum(customers[dark]) / total, 0.99)]
        later = dark & (at > at[back].min())
        return customers[back & (at < ended)].sum() / total, customers[later].sum() / total

    switched = np.array([overlap(*world) for world in south("switching.enabled=true")])
    assert switched.min() > 0
    back_before, dark_after = np.median(switched, axis=0)
    assert back_before > 0.01
    assert dark_after > 0.5
    assert [overlap(*world) for world in south()] == [(0.0, 0.0)] * len(STORMS)
