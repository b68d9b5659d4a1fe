"""Plans out of the race get no more storms: by a known rule, seldom the best one, and said plainly."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.experiment import compare, make_setting
from sim.experiment.race import allowance, judged
from sim.experiment.series import run
from sim.experiment.stopping import growth
from sim.report import as_text
from sim.report.figures.differences import draw as draw_differences
from sim.report.material import Material
from sim.report.style import look_for
from sim.results import open_run
from sim.rng import stream
from sim.scenario.model import Scenario
from sim.words import words
from tests.desk import SCENARIO, digests, drill, install, lay
from tests.tiny import tiny_network, tiny_scenario

OPEN = {"half_width": 0.5, "minimum": 20, "batch": 10, "maximum": 60}


def scenario(**precision: Any) -> Scenario:
    """A scenario whose precision is open; what matters: 3 h, and 3 % of customer-hours and complaints."""
    shares = {"customer_hours_fraction": 0.03, "complaints_fraction": 0.03}
    return tiny_scenario(precision=OPEN | precision, matters={"t95_h": 3.0} | shares)


def never(values: np.ndarray) -> np.ndarray:
    return np.zeros(values.shape, bool)


def alike(values: np.ndarray) -> np.ndarray:
    """One measure as all three; at a reference mean of 100 three of each matter."""
    return np.repeat(values[:, :, None], 3, axis=2)


# The rule


def test_the_allowance_is_that_of_kim_and_nelson() -> None:
    # three first storms of variance 1: 2 alpha = 1 / 30, so eta = (30 - 1) / 2 and h^2 = 2 x 14.5 x 2 = 58
    first = np.array([0.0, 1.0, 2.0])
    assert allowance(first, 3, 2, 2.0) == pytest.approx(2 / 6 * (58 / 4 - 3))
    assert allowance(first, 10, 2, 2.0) == pytest.approx(2 / 20 * (58 / 4 - 10))
    assert allowance(first, 15, 2, 2.0) == 0
    # of four plans each of three others may beat the best: 2 alpha / 3 = 1 / 90
    assert allowance(first, 3, 4, 2.0) == pytest.approx(2 / 6 * (2 * 44.5 * 2 / 4 - 3))


def test_without_a_zone_nothing_is_lost_but_by_what_never_differs() -> None:
    assert allowance(np.array([0.0, 1.0]), 10, 2, 0.0) == np.inf
    assert allowance(np.array([4.0, 4.0]), 10, 2, 0.0) == 0
    assert allowance(np.array([4.0, np.nan]), 10, 2, 1.0) == np.inf


def test_a_plan_is_out_when_it_is_behind_in_all_three_measures() -> None:
    worse = alike(np.array([np.full(20, 100.0), np.full(20, 120.0)]))
    (out,) = judged(worse, never(worse), (0, 1), scenario())
    assert (out.plan, out.losses) == (1, ((0, 20.0),) * 3)
    for measure in range(3):
        good = worse.copy()
        good[1, :, measure] = 99.0
        assert judged(good, never(good), (0, 1), scenario()) == []


def test_the_rival_told_is_the_one_that_is_furthest_ahead_and_the_reference_stays() -> None:
    values = alike(np.array([np.full(20, 110.0), np.full(20, 120.0), np.full(20, 100.0)]))
    (out,) = judged(values, never(values), (0, 1, 2), scenario())
    assert (out.plan, out.losses) == (1, ((2, 20.0),) * 3)


def test_plans_that_are_level_do_not_drop_each_other_but_the_reference_drops_them() -> None:
    values = alike(np.array([np.full(20, 110.0), np.full(20, 100.0), np.full(20, 100.0)]))
    assert judged(values, never(values), (0, 1, 2), scenario()) == []
    level = alike(np.full((2, 20), 100.0))
    assert [out.plan for out in judged(level, never(level), (0, 1), scenario())] == [1]


def test_a_plan_that_the_horizon_flatters_drops_no_other() -> None:
    values = alike(np.array([np.full(20, 130.0), np.full(20, 120.0), np.full(20, 100.0)]))
    cut = never(values)
    cut[2, 3] = True
    assert judged(values, cut, (0, 1, 2), scenario()) == []


@pytest.mark.parametrize("n_plans", [2, 5])
@pytest.mark.parametrize("skewed", [False, True])
@pytest.mark.parametrize("common", [0.0, 0.9])
def test_the_best_plan_is_seldom_dropped(n_plans: int, skewed: bool, common: float) -> None:
    """The hardest case: all others worse by just what matters, all judged again and again at the batch ends."""
    trials, lost, n_played = 400, 0, 0
    for trial in range(trials):
        draw = stream(7, trial, f"test.race {n_plans} {skewed} {common}")
        noise = draw.exponential(size=(n_plans + 1, 100)) - 1 if skewed else draw.standard_normal((n_plans + 1, 100))
        values = 100 + 6 * (np.sqrt(common) * noise[0] + np.sqrt(1 - common) * noise[1:])
        values[: n_plans - 1] += 3.0
        three, standing = alike(values), tuple(range(n_plans))
        for n in range(20, 101, 10):
            n_played += 10 * len(standing)
            gone = {out.plan for out in judged(three[:, :n], never(three[:, :n]), standing, scenario())}
            lost += n_plans - 1 in gone
            standing = tuple(plan for plan in standing if plan not in gone)
    assert lost <= 0.05 * trials
    if n_plans > 2 and common > 0:
        assert n_played < 0.7 * trials * 90 * n_plans  # and the others are


# A run


def three_plans(folder: Path, precision: str = "half_width = 0.2\nminimum = 10\nbatch = 5\nmaximum = 30") -> Path:
    """Two line crews as the reference, three, and one: the last is slower in every storm, complaints are level."""
    path = lay(folder)
    text = SCENARIO.replace('kind = "line"\ncount = 1', 'kind = "line"\ncount = 2')
    fewer = "[plans.fewer]\ncrews.line.count = 1\n[matters]\ncustomer_hours_fraction = 0.5\n"
    path.write_text(f"{text}{fewer}[precision]\n{precision}\n", encoding="utf-8")
    return path


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    install(monkeypatch)
    return three_plans(tmp_path)


def played(folder: Path) -> dict[str, list[int]]:
    """Replications by plan, as the table tells them."""
    out: dict[str, list[int]] = {}
    for row in open_run(folder).table("per_replication"):
        out.setdefault(row["plan"], []).append(int(row["replication"]))
    return out


def test_a_plan_out_of_the_race_is_played_no_more_and_said_to_be(desk: Path, tmp_path: Path) -> None:
    drill(desk, "--out", tmp_path / "run", "--quiet", "--jobs", 1)
    opened = open_run(tmp_path / "run")
    (out,) = opened.experiment.dropped
    n = len(opened.experiment.replications)
    assert (out.plan, out.n) == ("fewer", 10)
    assert n > 10
    assert opened.experiment.plans == ("plain", "more")
    assert opened.experiment.raced == ("plain", "more", "fewer")
    assert played(tmp_path / "run") == {"plain": [*range(n)], "more": [*range(n)], "fewer": [*range(10)]}
    first = opened.experiment.of("t95_h")[:, :10]
    assert (out.losses[0].measure, out.losses[0].rival) == ("t95_h", "more")
    assert out.losses[0].behind == pytest.approx(float((out.beside.of("t95_h")[1] - first[1]).mean()))
    # its difference is of the storms that it shares with the reference, and corrected for all three plans
    comparison = compare(opened.experiment, opened.scenario)
    pair = comparison.dropped_paired[0]
    assert (pair.plan, pair.measure, pair.n) == ("fewer", "t95_h", 10)
    assert pair.difference == pytest.approx(float((out.beside.of("t95_h")[1] - first[0]).mean()))
    assert comparison.n_comparisons == 6
    table = {(row["plan"], row["measure"]): row for row in opened.table("paired")}
    assert table["fewer", "t95_h"]["n"] == "10"
    assert [row["plan"] for row in opened.table("dropped")] == ["fewer"] * 3
    said = as_text(comparison, (), opened.scenario, words("en"), opened.experiment)
    assert "fewer after 10 runs" in " ".join(said.split())
    sheet = draw_differences(Material(opened.experiment, comparison, opened.scenario), look_for("en")[0])
    assert sheet is not None
    assert [row[0] for row in sheet.rows] == ["more"] * 3 + ["fewer"] * 3
    labels = [label.get_text() for label in sheet.figure.axes[0].get_yticklabels()]
    assert labels == ["more", "fewer\nout of the race after 10 runs"]


def test_the_same_number_asked_for_gives_the_same_bytes(desk: Path, tmp_path: Path) -> None:
    drill(desk, "--out", tmp_path / "open", "--quiet", "--jobs", 2)
    n = len(open_run(tmp_path / "open").experiment.replications)
    drill(desk, "--out", tmp_path / "fixed", "--quiet", "--jobs", 1, "-n", n)
    ours, theirs = digests(tmp_path / "open"), digests(tmp_path / "fixed")
    assert ours == theirs


def test_interrupted_after_a_plan_dropped_out_a_run_ends_with_the_same_bytes(desk: Path, tmp_path: Path) -> None:
    drill(desk, "--out", tmp_path / "whole", "--quiet", "--jobs", 1)
    drill(desk, "--out", tmp_path / "cut", "--quiet", "--jobs", 1)
    manifest = json.loads((tmp_path / "cut" / "manifest.json").read_text())
    manifest |= {"replications": None, "stopped_by": None}
    (tmp_path / "cut" / "manifest.json").write_text(json.dumps(manifest))
    for name in ("COMPLETE", "replications/rep-0009.npz", "replications/rep-0012.npz"):
        (tmp_path / "cut" / name).unlink()
    drill(desk, "--out", tmp_path / "cut", "--resume", "--quiet", "--jobs", 1)
    assert digests(tmp_path / "cut") == digests(tmp_path / "whole")


def test_when_every_other_plan_is_out_the_run_ends_and_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch)
    path = three_plans(tmp_path)
    path.write_text(path.read_text().replace("crews.line.count = 3", "crews.line.count = 2"))
    drill(path, "--out", tmp_path / "run", "--quiet", "--jobs", 1)
    opened = open_run(tmp_path / "run")
    assert json.loads((tmp_path / "run" / "manifest.json").read_text())["stopped_by"] == "race"
    assert len(opened.experiment.replications) == 10
    assert growth(opened.experiment, opened.scenario.precision).ended == "alone"


def test_a_series_that_is_no_run_keeps_all_plans(monkeypatch: pytest.MonkeyPatch) -> None:
    """`drill storms` sets plans side by side in every class of storms."""
    install(monkeypatch)
    given = tiny_scenario(
        precision={"half_width": 0.1, "minimum": 2, "batch": 2}, plans={"base": {}, "same": {}}, reference_plan="base"
    )
    setting = make_setting(given, tiny_network([-1, 0, 1, -1, 3], [100, 80, 60, 70, 50]), None)  # type: ignore[arg-type]
    assert run(setting, 4, may_drop=True).raced == run(setting, 4).plans == ("base", "same")
    assert len(run(setting, 4, may_drop=True).dropped) == 1
    assert run(setting, 4).dropped == ()


def test_plans_stay_where_it_is_so_wanted_or_the_number_of_storms_is_fixed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch)
    path = three_plans(tmp_path)
    drill(path, "--set", "precision.drop_plans=false", "--out", tmp_path / "all", "--quiet", "--jobs", 1)
    assert open_run(tmp_path / "all").experiment.dropped == ()
    fixed = three_plans(tmp_path, "minimum = 10\nbatch = 5")
    drill(fixed, "-n", "20", "--out", tmp_path / "fixed", "--quiet", "--jobs", 1)
    assert {len(numbers) for numbers in played(tmp_path / "fixed").values()} == {20}
