"""Sweeps: the same storms at every point, how much is enough, what is refused, going on where it was interrupted."""

import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sim.errors import DrillError
from sim.experiment.pool import Processes
from sim.experiment.series import Setting, make_setting, run
from sim.experiment.statistics import t_interval
from sim.experiment.sweep import Design, Point, Scores, Sweep, design, enough, gather, play_points, score
from sim.metrics.measures import MEASURE_NAMES
from sim.report import style
from sim.report.figures.sweep import draw_all
from sim.report.style import look_for
from sim.report.sweep import answer
from sim.scenario.vary import Vary, read_varies
from sim.words import words
from tests.test_cli import CALL, SCENARIO, drill
from tests.tiny import tiny_drawn, tiny_faults, tiny_network, tiny_scenario

LINE, AGENTS = ("crews", "line", "count"), ("hotline", "agents")


@pytest.fixture
def setting(monkeypatch: pytest.MonkeyPatch) -> Setting:
    """Four feeders of one broken wire each, and one patrol; every storm has faults of its own, laid down by hand."""
    net = tiny_network([-1, -1, -1, -1], [100, 80, 60, 40])
    scenario = tiny_scenario(plans={"more": {"overrides": {"crews": {"line": {"count": 2}}}}})

    def draw(scenario, network, track, number, seed):
        given = tiny_faults(*((300.0 + number, feeder, "wire") for feeder in range(4)))
        return replace(tiny_drawn(network, scenario, seed=seed, replication=number), given=given)

    monkeypatch.setattr("sim.damage.draw", draw)
    return make_setting(scenario, net, None, ["more"])


def played(setting: Setting, texts: list[str], plans: list[str], n: int = 2) -> Sweep:
    made = design(setting, read_varies(texts, setting.scenario, plans), plans)
    return gather(made, {number: score(made.setting, number) for number in range(n)})


def test_a_point_is_the_plan_with_that_value_in_the_same_storms(setting) -> None:
    """Four repairs of 4 h by 1, 2 and 4 crews; the plan `more`, as it stands, is the point of 2."""
    swept = played(setting, ["crews.line.count=1,2,4"], ["more"])
    assert swept.design.points == tuple(Point("more", (count,)) for count in (1, 2, 4))
    own = run(setting, 2)
    hours = own.of("customer_hours")
    assert swept.of("customer_hours")[0].tolist() == hours[0].tolist()  # the reference has one crew
    assert swept.of("customer_hours")[1].tolist() == hours[1].tolist()
    assert swept.own("customer_hours").tolist() == [hours[1].tolist()] * 3
    # as it stands it is played once: reference, more, and the points of 1 and 4
    assert [plan.name for plan in swept.design.setting.plans] == [
        "base", "more", "more: crews.line.count=1", "more: crews.line.count=4",
    ]  # fmt: skip
    mean = swept.of("customer_hours").mean(axis=1)
    assert mean[0] > mean[1] > mean[2]


def test_the_rows_are_means_and_paired_differences(setting) -> None:
    swept = played(setting, ["crews.line.count=1,4"], ["more"])
    values, own = swept.of("t95_h"), swept.own("t95_h")
    for i, row in enumerate(swept.rows("t95_h")):
        assert (row.plan, row.values, row.n) == ("more", swept.design.points[i].values, 2)
        assert (row.mean, row.lo, row.hi) == t_interval(values[i])
        assert (row.difference, row.difference_lo, row.difference_hi) == t_interval(values[i] - own[i])
        assert row.median == np.median(values[i])


def test_grids_of_several_keys_and_plans_hold_every_combination(setting) -> None:
    swept = played(setting, ["crews.line.count=1,2", "hotline.agents=5,6"], ["more", "base"], n=1)
    assert [(point.plan, point.values) for point in swept.design.points] == [
        (plan, (count, agents)) for plan in ("more", "base") for count in (1, 2) for agents in (5, 6)
    ]
    assert swept.of("cost").shape == (8, 1)


def test_workers_and_batches_give_the_same_scores(setting) -> None:
    made = design(setting, read_varies(["crews.line.count=1,3"], setting.scenario, ["more"]), ["more"])
    points = made.setting.plans[2:]
    one, two = play_points(setting, points, 3), play_points(setting, points, 3, engine=Processes(2))
    apart = [play_points(setting, [point], 3)[0] for point in points]
    together = gather(made, {number: score(made.setting, number) for number in range(3)})
    for i in range(2):
        assert one[i].values.tobytes() == two[i].values.tobytes() == apart[i].values.tobytes()
        assert one[i].values.tobytes() == together.scores.values[[2 + i]].tobytes()


# How much is enough


def made_up(t95: dict[int, list[float]], cut: int | None = None, first: str = "count") -> Sweep:
    """A sweep whose t95_h is given per value of the first key; the plan as it stands is the first of them."""
    values = np.ones((len(t95), len(next(iter(t95.values()))), len(MEASURE_NAMES)))
    values[:, :, MEASURE_NAMES.index("t95_h")] = list(t95.values())
    censored = np.zeros(values.shape, bool)
    if cut is not None:
        censored[list(t95).index(cut), 0, MEASURE_NAMES.index("t95_h")] = True
    points = tuple(Point("base", (value,)) for value in t95)
    rows = tuple(range(len(t95)))
    empty = Setting(tiny_scenario(), None, None, (), 1)
    made = Design(empty, (Vary(LINE, tuple(t95)),), ("base",), points, rows, (0,) * len(rows))
    return Sweep(made, tuple(range(values.shape[1])), Scores(values, censored))


def test_enough_is_the_least_value_beyond_which_more_no_longer_matters() -> None:
    """What matters is 2 h: 30 is within 2 h of the best, at 50; 20 is not."""
    swept = made_up({10: [90.0, 92.0], 20: [61.0, 63.0], 30: [51.0, 53.0], 40: [50.5, 52.5], 50: [50.0, 52.0]})
    (found,) = enough(swept, "t95_h", swept.design.setting.scenario)
    assert (found.value, found.best, found.first, found.last) == (30, 50, 10, 50)
    assert (found.first_mean, found.mean, found.best_mean, found.gain) == (91.0, 52.0, 51.0, 1.0)
    assert found.at_most == 1.0  # in every storm 40 is better by 0.5 h and 50 by 1 h
    assert (found.threshold, found.worse_at, found.at_least) == (2.0, None, False)


def test_a_gain_that_a_few_storms_leave_open_is_not_sure() -> None:
    swept = made_up({10: [50.0, 54.0], 20: [52.0, 50.0], 30: [50.0, 52.0]})
    (found,) = enough(swept, "t95_h", swept.design.setting.scenario)
    beyond = [np.array([-2.0, 4.0]), np.array([0.0, 2.0])]
    assert found.value == 10
    assert found.at_most == max(t_interval(x, n_comparisons=2)[2] for x in beyond) > found.threshold


def test_more_that_is_worse_again_and_values_cut_off_are_told() -> None:
    swept = made_up({10: [60.0, 60.0], 20: [50.0, 50.0], 30: [53.0, 53.0], 40: [50.0, 50.0]}, cut=20)
    (found,) = enough(swept, "t95_h", swept.design.setting.scenario)
    assert (found.value, found.worse_at, found.at_least) == (20, 30, True)


def told(swept: Sweep, lang: str = "en") -> str:
    (sentence,) = answer(swept, "t95_h", swept.design.setting.scenario, words(lang))
    return sentence


def test_where_the_first_value_is_best_it_is_said_from_where_more_is_worse() -> None:
    """The means rise by far more than the 2 h that matter: that is no key that changes nothing."""
    worse = {10: [50.0, 52.0], 20: [51.0, 53.0], 30: [60.0, 62.0]}
    assert told(made_up(worse)) == (
        "base: crews.line.count = 10, the first that was tried, is best: 95 % are back after 51.0 h. More than that, up "
        "to 30, would improve this by 0.0 h at most, less than the 2.0 h that matter. At 30 it is worse."
    )
    assert "到 30 时更差" in told(made_up(worse), "zh")
    level = told(made_up({10: [50.0, 52.0], 20: [49.0, 51.0], 30: [60.0, 62.0]}))
    assert "is enough already: 95 % are back after 51.0 h" in level
    assert "changes nothing that matters (2.0 h)" in told(made_up({10: [50.0, 52.0], 20: [51.0, 53.0]}))


def test_a_first_value_that_is_enough_is_told_with_what_few_storms_leave_open() -> None:
    open_yet = told(made_up({10: [50.0, 54.0], 20: [52.0, 50.0]}))
    assert "so more of them are needed to be sure" in open_yet
    assert "One storm cannot tell" in told(made_up({10: [50.0], 20: [50.5]}))
    assert told(made_up({10: [90.0], 20: [50.0], 30: [60.0]})).endswith(
        "less than the 2.0 h that matter. One storm cannot tell how far that holds; add some with -n. At 30 it is worse "
        "again: more can end later, because jobs are then taken in another order."
    )


def test_how_much_is_enough_is_not_told_from_runs_that_were_cut_off() -> None:
    """At 10 and 20 nobody is back by the horizon: lower bounds that are alike are no key that changes nothing."""
    said = told(made_up({10: [97.0, 97.0], 20: [97.0, 97.0]}, cut=10))
    assert said == (
        "base: how much of crews.line.count is enough cannot be told, since at 10 runs were cut off by the end of the "
        "simulation: at least 95 % are back after 97.0 h. A larger horizon_h may tell."
    )
    swept = made_up({10: [60.0, 60.0], 20: [50.0, 50.0], 30: [50.0, 50.0]}, cut=20)
    (sheet,) = draw_all(swept, ("t95_h",), swept.design.setting.scenario, look_for("en")[0])
    assert "enough" not in sheet.title
    values, hours = swept.scores.values, MEASURE_NAMES.index("customer_hours")
    values[:, :, hours] = [[900.0] * 2, [905.0] * 2, [910.0] * 2]
    swept.scores.censored[0, :, hours] = True
    for out, is_open in ((0.01, False), (1.0, True)):  # going on as long again would bring 10 so many more
        values[:, :, MEASURE_NAMES.index("still_out_at_horizon")] = out
        (found,) = enough(swept, "customer_hours", swept.design.setting.scenario)
        assert (found.value, found.at_least, found.is_open) == (10, True, is_open)


def test_that_more_still_pays_is_told_beyond_chance_alone() -> None:
    """From 10 to 20 it gains 10 h in every storm, or 10 h on average of two storms that disagree."""
    assert "more still pays" in told(made_up({10: [60.0, 63.0], 20: [50.0, 52.0]}))
    for few in ({10: [60.0], 20: [50.0]}, {10: [60.0, 60.0], 20: [38.0, 62.0]}):
        assert "more still pays at" not in told(made_up(few))
        assert "These storms cannot tell whether more still pays" in told(made_up(few))
    (found,) = enough(made_up({10: [70.0, 72.0], 20: [60.0, 63.0], 30: [50.0, 52.0]}), "t95_h", tiny_scenario())
    assert found.gained == t_interval([10.0, 11.0], n_comparisons=2)[1]


def test_points_that_were_cut_off_are_marked_in_the_figure_and_its_table() -> None:
    """A point of which every storm ends with the simulation has no spread; it must not look the surest of all."""
    swept = made_up({10: [50.0, 54.0], 20: [97.0, 97.0], 30: [60.0, 62.0]}, cut=20)
    (sheet,) = draw_all(swept, ("t95_h",), swept.design.setting.scenario, look_for("en")[0])
    assert [row[sheet.header.index("n_censored")] for row in sheet.rows] == [0, 1, 0]
    for axes in sheet.figure.axes:
        opened = [line.get_xdata() for line in axes.lines if line.get_markerfacecolor() == style.PAPER]
        assert [x.tolist() for x in map(np.asarray, opened)] == [[20.0]]
        (arrow,) = [text for text in axes.texts if text.arrow_patch]
        assert (arrow.xy[0], arrow.xyann[1] > 0) == (20, True)
    assert [row.difference_bound for row in swept.rows("t95_h")] == ["", "more", ""]
    own_cut = made_up({10: [50.0, 54.0], 20: [40.0, 41.0]}, cut=10)
    assert [row.difference_bound for row in own_cut.rows("t95_h")] == ["", "less"]


def test_only_numbers_and_judged_measures_have_an_enough() -> None:
    assert enough(made_up({10: [1.0], 20: [1.0]}), "cost", tiny_scenario()) == []
    named = made_up({10: [1.0], 20: [1.0]})
    named = replace(named, design=replace(named.design, varies=(Vary(("dispatch", "rule"), ("a", "b")),)))
    assert enough(named, "t95_h", tiny_scenario()) == []


# The command line


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A desk with a small scenario and a finished sweep of it, in the folder `one`."""
    folder = tmp_path_factory.mktemp("desk")
    assert drill("new", "mine.toml", folder=folder).returncode == 0
    done = drill(*SWEEP, "-n", "3", "--jobs", "2", "--json", "--out", "one", folder=folder)
    assert done.returncode == 0, done.stderr
    (folder / "said.json").write_text(done.stdout)
    return folder


QUESTION_OF_SWEEP = {"plans": ["ready_early"], "vary": {"crews.line.count": [4, 12]}}
SWEEP = ("sweep", "mine.toml", "--vary", "crews.line.count=4,12", "--plan", "ready_early")


def files_of(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_a_sweep_writes_a_table_a_figure_per_measure_and_says_the_same_as_json(desk: Path) -> None:
    said = json.loads((desk / "said.json").read_text())
    assert (said["storms"], said["plans"], said["vary"]) == (3, ["ready_early"], {"crews.line.count": [4, 12]})
    names = set(files_of(desk / "one"))
    for measure in ("t95_h", "customer_hours", "complaints"):
        assert {f"figures/sweep-{measure}.{ending}" for ending in ("png", "svg", "csv")} <= names
    lines = (desk / "one" / "tables" / "sweep.csv").read_text(encoding="utf-8-sig").splitlines()
    row = next(line for line in lines if line.startswith("ready_early,12,t95_h"))
    point = next(p for p in said["points"] if p["values"] == [12] and p["measure"] == "t95_h")
    assert float(row.split(",")[5]) == pytest.approx(point["mean"], rel=1e-9)


def test_a_sweep_goes_on_where_it_was_and_ends_with_the_same_files(desk: Path) -> None:
    """Interrupted after one storm, with another number of workers: no finished storm is played again."""
    begun = drill(*SWEEP, "-n", "1", "--jobs", "1", "--quiet", "--out", "two", folder=desk)
    assert begun.returncode == 0, begun.stderr
    kept = (desk / "two" / "scores" / "storm-0000.npz").stat().st_mtime_ns
    done = drill(*SWEEP, "-n", "3", "--jobs", "1", "--quiet", "--out", "two", folder=desk)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert (desk / "two" / "scores" / "storm-0000.npz").stat().st_mtime_ns == kept
    assert files_of(desk / "two") == files_of(desk / "one")


def test_a_folder_of_another_question_is_left_alone(desk: Path) -> None:
    before = files_of(desk / "one")
    other = drill(*SWEEP[:3], "crews.line.count=4,13", "-n", "1", "--out", "one", folder=desk)
    assert (other.returncode, "another question" in other.stderr) == (1, True)
    (desk / "letters").mkdir()
    (desk / "letters" / "letter.txt").write_text("mine")
    strange = drill(*SWEEP, "-n", "1", "--out", "letters", folder=desk)
    assert (strange.returncode, "not empty" in strange.stderr) == (1, True)
    assert files_of(desk / "letters") == {"letter.txt": b"mine"}
    onto_file = drill(*SWEEP, "-n", "1", "--out", "mine.toml", folder=desk)
    assert (onto_file.returncode, "is a file" in onto_file.stderr) == (1, True)
    assert files_of(desk / "one") == before


def test_two_at_once_in_one_folder_are_refused(desk: Path, tmp_path: Path) -> None:
    from sim.results import study
    from sim.scenario import read

    with study("sweep", read(desk / "mine.toml"), 1, {}, tmp_path / "s"):
        second = drill(*SWEEP, "-n", "1", "--out", str(tmp_path / "s"), folder=desk)
    assert second.returncode == 1
    assert "another question" in second.stderr
    with study("sweep", read(desk / "mine.toml"), 1, QUESTION_OF_SWEEP, tmp_path / "t"):
        second = drill(*SWEEP, "-n", "1", "--out", str(tmp_path / "t"), folder=desk)
    assert second.returncode == 1
    assert "another run is writing" in second.stderr
    assert not (tmp_path / "t" / "COMPLETE").exists()


def test_damaged_scores_are_named(desk: Path, tmp_path: Path) -> None:
    from sim.results import study
    from sim.scenario import read

    with study("sweep", read(desk / "mine.toml"), 1, {}, tmp_path / "s") as folder:
        zeros = np.zeros((1, 1, len(MEASURE_NAMES)))
        folder.add_scores("storm-0000", Scores(zeros, zeros > 0))
        with pytest.raises(DrillError, match="is of another study"):
            folder.scores("storm-0000", (2, 1))
        (tmp_path / "s" / "scores" / "storm-0001.npz").write_bytes(b"no archive")
        with pytest.raises(DrillError, match="cannot be read"):
            folder.scores("storm-0001", (1, 1))


def test_a_sweep_killed_at_any_moment_ends_with_the_same_files(desk: Path) -> None:
    begun = subprocess.Popen(
        [sys.executable, "-c", CALL, *SWEEP, "-n", "3", "--jobs", "2", "--quiet", "--out", "killed"],
        cwd=desk, env=os.environ | {"PYTHONPATH": str(SCENARIO.parents[1])}, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    while not list(desk.glob("killed/scores/*.npz")) and begun.poll() is None:
        time.sleep(0.01)
    begun.kill()
    begun.wait()
    done = drill(*SWEEP, "-n", "3", "--quiet", "--out", "killed", folder=desk)
    assert done.returncode == 0, done.stderr
    assert files_of(desk / "killed") == files_of(desk / "one")


def test_a_target_is_searched_for_and_kept(desk: Path) -> None:
    asked = ("target", "mine.toml", "--vary", "crews.line.count=2:12", "--until", "t95_h <= 150", "--confidence", "0.6")
    done = drill(*asked, "-n", "3", "--json", "--out", "target", folder=desk)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    (case,) = said["cases"]
    tried = {one["value"]: one["held"] for one in case["tried"]}
    assert case["least"] == min((value for value, held in tried.items() if held >= 2), default=None)
    assert {2, 12} <= set(tried)
    before = files_of(desk / "target")
    assert "figures/target-1.png" in before
    again = drill(*asked, "-n", "3", "--out", "target", folder=desk, PYTHONHASHSEED="7")
    assert again.returncode == 0, again.stderr
    assert "Confidence means the share of simulated storms" in again.stdout
    assert files_of(desk / "target") == before


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["sweep", str(SCENARIO)], ["--vary", "crews.line.count=60:300:20"]),
        (["sweep", str(SCENARIO), "--vary", "crews.lin.count=1:3"], ["--vary", "crews.line.count"]),
        (["sweep", str(SCENARIO), "--vary", "storm.rmax_km=20:30:5"], ["storm.rmax_km", "same for all plans"]),
        (["sweep", str(SCENARIO), "--vary", "crews.line.count=1:900"], ["900 points x 20 storms = 18,000", "--large"]),
        (["sweep", str(SCENARIO), "--vary", "crews.line.count=1:3", "--measure", "t95"], ["--measure", "t95_h"]),
        (["sweep", str(SCENARIO), "--vary", "crews.line.count=1:3", "--plan", "balance"], ["--plan", "balanced"]),
        (["sweep", str(SCENARIO), "--vary", "dispatch.rule=mine:best"], ["--vary: dispatch.rule", "--allow-code"]),
        (["sweep", str(SCENARIO), "--vary", "crews.line.count=1:3", "--seed", str(2**63)], ["--seed"]),
        (["target", str(SCENARIO), "--vary", "crews.line.count=1:3"], ["--until"]),
        (["target", str(SCENARIO), "--vary", "crews.line.count=1:3", "--until", "t95 < 3"], ["--until", "t95_h"]),
        (
            ["target", str(SCENARIO), "--vary", "crews.line.count=1:3", "--until", "t95_h < 48", "--confidence", "2"],
            ["--confidence = 2"],
        ),
    ],
)
def test_wrong_input_ends_with_two_and_writes_nothing(args: list[str], words: list[str], tmp_path: Path) -> None:
    done = drill(*args, folder=tmp_path)
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    for word in words:
        assert word in done.stderr
    assert list(tmp_path.iterdir()) == []
