"""Results by the storm that came: classes of strength and place, regret, the robust choice."""

import csv
import io
import json
import math
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from sim.experiment.series import Setting
from sim.experiment.statistics import t_interval
from sim.experiment.storms import Class, classes, place_of, regret, storm_of, strength_of
from sim.report.storms import _table, sentence
from sim.words import words
from tests.test_cli import drill
from tests.test_experiment import experiment
from tests.test_storm import straight
from tests.tiny import LAT0, LON0, tiny_network, tiny_scenario

NET = tiny_network([-1, 0], [100, 50])


def passing(east_kmh: float, north_km: float, vmax: float = 40.0, lat: float = LAT0, **storm) -> Setting:
    """A storm that passes `north_km` north of the customers at landfall, going east (or west)."""
    scenario = tiny_scenario(storm=storm)
    track = straight(east_kmh=east_kmh, lat=lat + north_km / 111.195, vmax=vmax)
    return Setting(scenario, NET, track, (), 1)


@pytest.mark.parametrize(
    ("wind", "name"),
    [(0, "weak"), (32.9, "weak"), (33, "strong"), (44, "very_strong"), (53.9, "very_strong"), (54, "violent")],
)
def test_strength_is_the_class_of_the_greatest_wind(wind: float, name: str) -> None:
    assert strength_of(wind) == name


@pytest.mark.parametrize(
    ("km", "strong", "name"),
    [
        (50, True, "direct"),
        (51, True, "strong_side"),
        (51, False, "weak_side"),
        (150, False, "weak_side"),
        (151, True, "far"),
    ],
)
def test_place_is_the_class_of_distance_and_side(km: float, strong: bool, name: str) -> None:
    assert place_of(km, strong) == name


@pytest.mark.parametrize(
    ("east_kmh", "north_km", "place"),
    [
        (30, 100, "strong_side"),  # goes east, north of them: they lie on its right
        (30, -100, "weak_side"),
        (-30, 100, "weak_side"),
        (-30, -100, "strong_side"),
        (30, 10, "direct"),
        (30, 200, "far"),
    ],
)
def test_a_storm_is_known_by_its_closest_pass(east_kmh: float, north_km: float, place: str) -> None:
    storm = storm_of(passing(east_kmh, north_km), 0)
    assert storm.place == place
    assert storm.at == pytest.approx(360.0, abs=10.0)
    assert storm.distance_km == pytest.approx(abs(north_km), abs=1.0)
    assert (storm.wind_mps, storm.strength) == (40.0, "strong")


def test_storms_of_a_forecast_differ_and_are_the_same_each_time() -> None:
    setting = passing(30.0, 0.0, forecast_lead_h=48.0)
    storms = [storm_of(setting, number) for number in range(40)]
    again = storm_of(setting, 7)
    assert (again.wind_mps, again.distance_km, again.place) == (
        storms[7].wind_mps, storms[7].distance_km, storms[7].place,
    )  # fmt: skip
    found = classes(storms)
    for kind in ("strength", "place"):
        numbers = [number for group in found if group.kind == kind for number in group.numbers]
        assert sorted(numbers) == list(range(40))
    assert {group.name for group in found} >= {"strong", "direct", "strong_side", "weak_side"}


GROUPS = [Class("strength", "weak", (0, 1, 2)), Class("strength", "strong", (3, 4, 5)), Class("place", "far", (6,))]
HOURS = [
    [1.0, 2.0, 3.0, 30.0, 30.0, 33.0, 999.0],  # best in weak storms
    [4.0, 5.0, 9.0, 20.0, 22.0, 21.0, 0.0],  # best in strong ones
    [3.0, 3.0, 6.0, 22.0, 23.0, 24.0, 500.0],  # never best, never far off
]


def test_regret_is_the_distance_to_the_best_plan_of_the_class() -> None:
    made = experiment(7, ("a", "b", "c"), customer_hours=HOURS)
    table = regret(made, GROUPS, "customer_hours")
    assert [table.row("strength", "weak", p).regret for p in "abc"] == [0.0, 4.0, 2.0]
    assert [table.row("strength", "strong", p).regret for p in "abc"] == [10.0, 0.0, 2.0]
    worst = table.row("strength", "strong", "a")
    assert (worst.lo, worst.hi) == t_interval([10.0, 8.0, 12.0], n_comparisons=2)[1:]
    assert math.isnan(table.row("strength", "strong", "b").lo)


def test_the_robust_plan_is_the_one_with_the_least_greatest_regret() -> None:
    """The class of a single storm does not decide, though its numbers are shown."""
    made = experiment(7, ("a", "b", "c"), customer_hours=HOURS)
    table = regret(made, GROUPS, "customer_hours")
    assert table.greatest == {"a": 10.0, "b": 4.0, "c": 2.0}
    assert (table.robust, table.best) == ("c", "b")
    assert [row.counts for row in table.rows if row.plan == "a"] == [True, True, False]


def test_where_more_is_better_regret_turns_round() -> None:
    made = experiment(3, ("a", "b"), asai=[[0.9, 0.9, 0.9], [0.8, 0.7, 0.9]])
    table = regret(made, [Class("place", "direct", (0, 1, 2))], "asai")
    assert [row.regret for row in table.rows] == pytest.approx([0.0, 0.1])
    assert table.robust == "a"


def test_without_a_class_that_counts_there_is_no_robust_plan() -> None:
    made = experiment(2, ("a", "b"), customer_hours=[[1.0, 2.0], [2.0, 1.0]])
    table = regret(made, [Class("place", "direct", (0, 1))], "customer_hours")
    assert table.robust == ""
    assert np.isnan(list(table.greatest.values())).all()


def test_a_lead_within_chance_is_said_to_be_so_and_regrets_have_their_unit() -> None:
    """In weak storms b is 1 to 9 h worse, in strong ones a is 1 h worse on average: three of each do not settle it."""
    a, b = [50.0, 52.0, 54.0, 61.0, 63.0, 62.0], [55.0, 53.0, 63.0, 60.0, 60.0, 63.0]
    found = regret(experiment(6, ("a", "b"), t95_h=[a, b]), GROUPS[:2], "t95_h")
    assert (found.greatest, found.robust, found.alike) == ({"a": 1.0, "b": 5.0}, "a", ("b",))
    said = sentence(found, words("en"))
    assert "by at most 1.0 h (storms: strong). These storms cannot tell a from b: its lead is within chance" in said
    sure = regret(experiment(6, ("a", "b"), t95_h=[a, [x + 9.0 for x in a]]), GROUPS[:2], "t95_h")
    assert (sure.robust, sure.alike) == ("a", ())
    assert "chance" not in sentence(sure, words("en"))
    console = Console(file=io.StringIO(), width=100)
    console.print(_table(sure, ("a", "b"), words("en")))
    assert "[h]" in console.file.getvalue()
    dear = regret(experiment(6, ("a", "b"), cost=[[1e6] * 3 + [3e6] * 3, [4e6] * 3 + [2e6] * 3]), GROUPS[:2], "cost")
    assert "by at most 1.00 million USD" in sentence(dear, words("en"), "USD")


def test_times_cut_off_by_the_horizon_choose_no_plan() -> None:
    """A time that was not reached may be any longer one: of the best plan it undoes the choice, of others it does not."""
    weak, text = [GROUPS[0]], words("en")
    tied = experiment(3, ("a", "b"), t95_h=[[97.0] * 3] * 2, cut_t95_h=[[True] * 3] * 2)
    table = regret(tied, weak, "t95_h")
    assert (table.is_open, table.n_censored, table.bound("a"), table.best) == (True, 3, "either", "")
    assert "cannot be told, since in 3 of 3 storms a plan was cut off" in sentence(table, text)
    ours = experiment(3, ("a", "b"), t95_h=[[50.0] * 3, [97.0] * 3], cut_t95_h=[[False] * 3, [False, False, True]])
    table = regret(ours, weak, "t95_h")
    assert (table.robust, table.is_open, table.best) == ("a", False, "a")
    assert [(row.n_censored, row.bound) for row in table.rows] == [(0, ""), (1, "more")]
    assert "a is the best in every class" in sentence(table, text)
    console = Console(file=io.StringIO(), width=100)
    console.print(_table(table, ("a", "b"), text))
    assert "> 47.0" in console.file.getvalue()


def test_sums_cut_off_by_the_horizon_choose_a_plan_that_would_win_had_they_gone_on() -> None:
    """Of a, twice as good at the horizon, all customers are still out, of b none: going on would turn that round."""
    cut = {"cut_customer_hours": [[True] * 3, [False] * 3]}
    for out, is_open in ((10.0, False), (1000.0, True)):
        still = [[out] * 3, [0.0] * 3]
        made = experiment(3, ("a", "b"), customer_hours=[[100.0] * 3, [200.0] * 3], still_out_at_horizon=still, **cut)
        table = regret(made, [GROUPS[0]], "customer_hours")
        assert (table.robust, table.is_open) == ("a", is_open)
        assert [row.bound for row in table.rows] == ["either", "less"]


def test_the_middle_of_the_customers_decides_the_distance() -> None:
    assert storm_of(passing(30.0, 0.0), 0).distance_km < 1.0
    assert (NET.lon[0], NET.lat[0]) == pytest.approx((LON0, LAT0))


def test_the_command_writes_storms_regret_and_figures_and_says_the_same_as_json(tmp_path: Path) -> None:
    assert drill("new", "mine.toml", folder=tmp_path).returncode == 0
    asked = ("storms", "mine.toml", "--set", "storm.forecast_lead_h=48", "-n", "4", "--measure", "customer_hours")
    done = drill(*asked, "--json", "--out", "one", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert (said["forecast_lead_h"], len(said["storms"])) == (48.0, 4)
    with (tmp_path / "one" / "tables" / "regret.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    (table,) = said["regret"]
    assert [row["plan"] for row in rows] == [row["plan"] for row in table["rows"]]
    assert [float(row["regret"]) for row in rows] == pytest.approx([row["regret"] for row in table["rows"]])
    names = {path.name for path in (tmp_path / "one" / "figures").iterdir()}
    drawn = ("storms-tracks", "storms-curves", "storms-regret-customer_hours")
    assert names == {f"{name}.{ending}" for name in drawn for ending in ("png", "svg", "csv")}
    spoken = drill(*asked, "--jobs", "1", "--lang", "zh", "--out", "two", folder=tmp_path)
    assert spoken.returncode == 0, spoken.stderr
    assert "稳健" in spoken.stdout
    for name in ("regret", "storms"):
        tables = [(tmp_path / run / "tables" / f"{name}.csv").read_bytes() for run in ("one", "two")]
        assert tables[0] == tables[1]


def test_a_measure_without_a_better_end_has_no_regret(tmp_path: Path) -> None:
    done = drill("storms", "typhoon.toml", "--measure", "faults", folder=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert '--measure = "faults"' in done.stderr
    assert list(tmp_path.iterdir()) == []
