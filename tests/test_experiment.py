"""Plans side by side: intervals, verdicts on both sides of every edge, the pool's promises."""

import gc
import math
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from sim.errors import DrillError, InputError, Problem
from sim.experiment.check import check
from sim.experiment.compare import compare, verdict
from sim.experiment.pool import in_order
from sim.experiment.replicate import Experiment
from sim.experiment.series import (
    Setting,
    kept_again,
    make_setting,
    median_logs,
    n_faults,
    plan_order,
    play,
    run,
    worth_replaying,
)
from sim.experiment.statistics import t_interval
from sim.log import Recorder
from sim.metrics.measures import HOURS_BY_STAGE, MEASURE_NAMES
from tests.tiny import tiny_drawn, tiny_faults, tiny_network, tiny_scenario


def experiment(n: int = 4, plans: tuple[str, ...] = ("base", "other"), **values) -> Experiment:
    """An experiment of given measures (n_plans, n_rep); all others are 1."""
    table = np.ones((len(plans), n, len(MEASURE_NAMES)))
    censored = np.zeros(table.shape, bool)
    for name, rows in values.items():
        if name.startswith("cut_"):
            censored[:, :, MEASURE_NAMES.index(name.removeprefix("cut_"))] = rows
        else:
            table[:, :, MEASURE_NAMES.index(name)] = rows
    return Experiment(
        plans=plans,
        titles=tuple(f"plan {p}" for p in plans),
        reference=plans[0],
        seed=1,
        replications=tuple(range(n)),
        measures=MEASURE_NAMES,
        values=table,
        censored=censored,
        grid_at=np.arange(3) * 30.0,
        curves={"customers_out": np.zeros((len(plans), n, 3), np.float32)},
        areas={name: np.zeros((len(plans), n, 4)) for name in ("customers_out_worst", "customer_hours")},
        observed_out=np.zeros((len(plans), n, 0)),
        peak_at=np.zeros((len(plans), n)),
    )


# Intervals


def test_t_interval_agrees_with_scipy() -> None:
    x = np.array([3.1, 4.5, 2.2, 5.9, 4.4])
    mean, lo, hi = t_interval(x)
    expected = stats.ttest_1samp(x, 0).confidence_interval(0.95)
    assert (mean, lo, hi) == pytest.approx((x.mean(), *expected))


def test_several_intervals_are_wider() -> None:
    x = np.array([3.1, 4.5, 2.2, 5.9, 4.4])
    expected = stats.ttest_1samp(x, 0).confidence_interval(1 - 0.05 / 15)
    assert t_interval(x, n_comparisons=15)[1:] == pytest.approx(tuple(expected))


def test_one_value_has_no_interval_and_none_has_no_mean() -> None:
    assert t_interval([2.0])[0] == 2.0
    assert math.isnan(t_interval([2.0])[1])
    assert math.isnan(t_interval([])[0])


# Verdicts. The smallest difference that matters is 2; less is better.


@pytest.mark.parametrize(
    ("mean", "lo", "hi", "said"),
    [
        (-3.0, -4.0, -2.1, "better"),  # wholly beyond the threshold
        (-3.0, -6.0, -0.1, "better"),  # below zero for sure, best estimate beyond the threshold
        (-3.0, -6.0, 0.0, "cannot_tell"),  # touches zero
        (-3.0, -6.0, 0.1, "cannot_tell"),
        (-2.0, -3.9, -0.1, "better"),  # estimate at the threshold
        (-1.99, -3.9, -0.1, "cannot_tell"),  # below zero for sure, but whether it matters is open
        (-1.0, -1.99, -0.01, "too_small"),  # below zero for sure, and too small for sure
        (-1.0, -2.0, -0.01, "cannot_tell"),  # reaches the threshold
        (0.0, -1.99, 1.99, "too_small"),
        (0.0, -1.99, 2.0, "cannot_tell"),
        (0.0, -2.0, 1.99, "cannot_tell"),
        (0.0, -9.0, 9.0, "cannot_tell"),
        (1.99, 0.1, 3.9, "cannot_tell"),
        (2.0, 0.1, 3.9, "worse"),
        (3.0, 0.0, 6.0, "cannot_tell"),
        (3.0, 0.1, 6.0, "worse"),
        (3.0, math.nan, math.nan, "cannot_tell"),
    ],
)
def test_the_four_verdicts_on_both_sides_of_each_edge(mean, lo, hi, said) -> None:
    assert verdict(mean, lo, hi, 2.0) == said


@pytest.mark.parametrize(("mean", "lo", "hi"), [(-3, -4, -2.1), (-1, -1.9, -0.1), (-1.9, -3, -0.1), (-3, -6, 1)])
def test_verdicts_are_mirror_images(mean, lo, hi) -> None:
    mirror = {"better": "worse", "worse": "better"}
    said = verdict(mean, lo, hi, 2.0)
    assert verdict(-mean, -hi, -lo, 2.0) == mirror.get(said, said)


def test_without_a_threshold_only_the_sign_counts() -> None:
    assert verdict(-0.1, -0.2, -0.01, 0.0) == "better"
    assert verdict(0.1, -0.2, 0.4, 0.0) == "cannot_tell"
    assert verdict(0.0, 0.0, 0.0, 0.0) == "too_small"


# Comparison


def test_paired_difference_by_hand() -> None:
    ours, theirs = np.array([90.0, 88.0, 93.0, 91.0]), np.array([100.0, 100.0, 104.0, 100.0])
    found = compare(experiment(t95_h=np.array([theirs, ours])), tiny_scenario()).pair("other", "t95_h")
    difference = ours - theirs
    half = stats.t.ppf(1 - 0.025 / 3, 3) * difference.std(ddof=1) / 2
    assert found.difference == difference.mean() == -10.5
    assert (found.lo, found.hi) == pytest.approx((-10.5 - half, -10.5 + half))
    assert found.relative == pytest.approx(-10.5 / 101)
    assert found.threshold == 2.0
    assert found.share_better == 1.0
    assert found.verdict == "better"


def test_pairing_sees_what_independent_means_do_not() -> None:
    theirs = np.array([100.0, 300.0, 500.0, 700.0])
    found = compare(experiment(t95_h=np.array([theirs, theirs - 5 + np.array([0, 0.1, 0, -0.1])])), tiny_scenario())
    assert found.pair("other", "t95_h").verdict == "better"
    assert found.row("other", "t95_h").hi > found.row("base", "t95_h").lo


def test_intervals_widen_with_the_number_of_plans() -> None:
    rng = np.arange(8.0)
    two = compare(experiment(8, t95_h=np.array([rng, rng * 0.5])), tiny_scenario())
    rows = np.array([rng, rng * 0.5, rng * 2, rng * 3])
    four = compare(experiment(8, ("base", "other", "c", "d"), t95_h=rows), tiny_scenario())
    assert (two.n_comparisons, four.n_comparisons) == (3, 9)
    assert four.pair("other", "t95_h").lo < two.pair("other", "t95_h").lo


def test_ties_count_half() -> None:
    rows = np.array([[1.0, 1.0, 1.0, 1.0], [0.0, 1.0, 1.0, 2.0]])
    assert compare(experiment(t95_h=rows), tiny_scenario()).pair("other", "t95_h").share_better == 0.5


def test_relative_thresholds_are_of_the_reference_mean() -> None:
    rows = np.array([[100.0, 300.0, 200.0, 200.0], [90.0, 280.0, 190.0, 190.0]])
    found = compare(experiment(customer_hours=rows, complaints=rows), tiny_scenario())
    assert found.pair("other", "customer_hours").threshold == pytest.approx(4.0)
    assert found.pair("other", "complaints").threshold == pytest.approx(10.0)


def test_a_value_cut_off_by_the_horizon_cannot_decide_for_itself() -> None:
    rows = np.array([[100.0, 100.0, 104.0, 100.0], [90.0, 88.0, 93.0, 91.0]])
    ours = np.array([[False] * 4, [True, False, False, False]])
    cut = compare(experiment(t95_h=rows, cut_t95_h=ours), tiny_scenario()).pair("other", "t95_h")
    assert (cut.verdict, cut.n_censored) == ("cannot_tell", 1)
    # the other way round the truth is only further apart
    cut = compare(experiment(t95_h=rows, cut_t95_h=ours[::-1]), tiny_scenario()).pair("other", "t95_h")
    assert (cut.verdict, cut.n_censored) == ("better", 1)


@pytest.mark.parametrize(("still_out", "said"), [(1.0, "better"), (3000.0, "cannot_tell")])
def test_few_customers_open_at_the_horizon_leave_the_verdict_on_hours(still_out: float, said: str) -> None:
    rows = np.array([[10_000.0, 10_000.0, 10_400.0, 10_000.0], [9_000.0, 8_800.0, 9_300.0, 9_100.0]])
    ours = np.array([[False] * 4, [True, False, False, False]])
    left = np.array([[0.0] * 4, [still_out, 0.0, 0.0, 0.0]])
    made = experiment(customer_hours=rows, cut_customer_hours=ours, still_out_at_horizon=left)
    assert compare(made, tiny_scenario()).pair("other", "customer_hours").verdict == said


def test_a_time_not_reached_is_never_a_difference_too_small_to_matter() -> None:
    rows = np.array([[100.0, 100.0, 104.0, 100.0], [100.1, 100.1, 104.1, 100.1]])
    ours = np.array([[False] * 4, [True, False, False, False]])
    assert compare(experiment(t95_h=rows), tiny_scenario()).pair("other", "t95_h").verdict == "too_small"
    assert (
        compare(experiment(t95_h=rows, cut_t95_h=ours), tiny_scenario()).pair("other", "t95_h").verdict == "cannot_tell"
    )


def test_customers_open_under_both_plans_leave_the_verdict() -> None:
    rows = np.array([[10_000.0, 10_000.0, 10_400.0, 10_000.0], [9_000.0, 8_800.0, 9_300.0, 9_100.0]])
    both = np.array([[True, False, False, False]] * 2)
    left = np.array([[3000.0, 0.0, 0.0, 0.0]] * 2)
    made = experiment(customer_hours=rows, cut_customer_hours=both, still_out_at_horizon=left)
    assert compare(made, tiny_scenario()).pair("other", "customer_hours").verdict == "better"


def test_one_replication_cannot_tell() -> None:
    found = compare(experiment(1, t95_h=np.array([[100.0], [10.0]])), tiny_scenario())
    assert found.pair("other", "t95_h").verdict == "cannot_tell"
    assert math.isnan(found.row("other", "t95_h").lo)


def test_a_plan_that_changes_nothing_is_too_small() -> None:
    found = compare(experiment(t95_h=np.zeros((2, 4)), customer_hours=np.zeros((2, 4))), tiny_scenario())
    assert found.pair("other", "t95_h").verdict == "too_small"
    assert found.pair("other", "customer_hours").verdict == "too_small"
    assert found.pair("other", "complaints").verdict == "too_small"


def test_measures_without_meaning_are_left_out_of_the_mean() -> None:
    rows = np.array([[math.nan] * 4, [0.5, math.nan, 0.7, 0.6]])
    found = compare(experiment(etr_kept_fraction=rows), tiny_scenario())
    assert found.row("base", "etr_kept_fraction").n == 0
    assert math.isnan(found.row("base", "etr_kept_fraction").mean)
    assert found.row("other", "etr_kept_fraction").n == 3
    assert found.row("other", "etr_kept_fraction").mean == pytest.approx(0.6)
    assert found.best["etr_kept_fraction"] == "other"


def test_the_best_plan_follows_the_direction() -> None:
    rows = np.array([[1.0] * 4, [2.0] * 4])
    found = compare(experiment(saidi_h=rows, asai=rows, faults=rows), tiny_scenario()).best
    assert (found["saidi_h"], found["asai"]) == ("base", "other")
    assert "faults" not in found


def test_complaints_that_depend_on_the_assumption() -> None:
    low, middle, high = (np.array([[100.0, 101, 99, 100], row]) for row in ([50.0] * 4, [80.0] * 4, [200.0] * 4))
    found = compare(experiment(complaints_low=low, complaints=middle, complaints_high=high), tiny_scenario())
    band = found.complaint_band
    assert [band.rows[end][0].verdict for end in ("low", "middle", "high")] == ["better", "better", "worse"]
    assert band.ranking == {"low": ("other", "base"), "middle": ("other", "base"), "high": ("base", "other")}
    assert band.ranking_changes
    assert band.verdict_changes == ("other",)


def test_complaints_that_do_not_depend_on_it() -> None:
    rows = np.array([[100.0, 101, 99, 100], [80.0, 80, 80, 81]])
    values = {"complaints_low": 0.3 * rows, "complaints": rows, "complaints_high": 3 * rows}
    band = compare(experiment(**values), tiny_scenario()).complaint_band
    assert not band.ranking_changes
    assert band.verdict_changes == ()


# Which to replay, in what order


def test_median_and_worst_replications() -> None:
    hours = np.array([[5.0, 1.0, 9.0, 3.0], [2.0, 8.0, 4.0, 6.0]])
    assert worth_replaying(experiment(customer_hours=hours)) == {
        "median-base": ("base", 3),
        "median-other": ("other", 2),
        "worst-base": ("base", 2),
    }


def test_median_logs_are_those_kept() -> None:
    hours = np.array([[5.0, 1.0, 9.0, 3.0], [2.0, 8.0, 4.0, 6.0]])
    log = Recorder().finish()
    assert median_logs(experiment(customer_hours=hours), {"median-other": log, "worst-base": log}.get) == {"other": (2, log)}


def test_the_reference_is_always_played_and_comes_first() -> None:
    scenario = tiny_scenario(plans={"a": {}, "b": {}})
    assert plan_order(scenario) == ("base", "a", "b")
    assert plan_order(scenario, ["b", "a", "b"]) == ("base", "b", "a")
    assert plan_order(scenario, ["b", "base"]) == ("base", "b")


# Calibration


OBSERVED = {
    "plan": "base", "peak_low": 100, "peak_high": 200, "poles_low": 5, "poles_high": 9,
    "peak_from": "2020-08-01T06:00:00+09:00", "peak_to": "2020-08-01T12:00:00+09:00",
    "worst_areas": ["area0", "area1"], "tolerance_fraction": 0.2, "tolerance_customers": 10,
    "checkpoints": [
        {"at": "2020-08-02T00:00:00+09:00", "customers_out": 100},
        {"at": "2020-08-03T00:00:00+09:00", "customers_out": 20},
        {"at": "2020-08-04T00:00:00+09:00", "customers_out": 5, "bound": "below"},
    ],
}  # fmt: skip


def checked(out: list[float], hours: list[float], **values) -> dict[str, object]:
    made = replace(
        experiment(3, **values),
        observed_out=np.array([[out] * 3] * 2),
        peak_at=np.full((2, 3), 480.0),
        areas={"customer_hours": np.array([[hours] * 3] * 2)},
    )
    net = tiny_network([-1] * 4, [10, 10, 10, 0], area=[0, 1, 2, 3], n_areas=4)
    rows = check(made, tiny_scenario(observed=OBSERVED), net)
    return {f"{row.what}{'' if math.isnan(row.at_min) else round(row.at_min / 1440)}": row for row in rows}


@pytest.mark.parametrize(
    ("out", "ok"),
    [
        ([80.0, 10.0, 5.0], (True, True, True)),
        ([79.9, 9.9, 5.1], (False, False, False)),
        ([120.0, 30.0, 0.0], (True, True, True)),
        ([120.1, 30.1, 0.0], (False, False, True)),
    ],
)
def test_checkpoints_within_the_larger_tolerance(out, ok) -> None:
    rows = checked(out, [4.0, 3.0, 2.0, 9.0])
    assert (rows["out1"].ok, rows["out2"].ok, rows["out3"].ok) == ok


def test_peak_poles_and_worst_areas() -> None:
    three = np.array([[100.0, 150.0, 900.0]] * 2)
    rows = checked([100.0, 20.0, 0.0], [40.0, 30.0, 20.0, 9.0], peak_out=three, poles_broken=three / 100)
    assert rows["peak_out"].ok
    assert rows["peak_out"].median == 150.0
    assert rows["peak_at"].ok
    assert not rows["poles_broken"].ok
    # the worst quarter of the three areas with customers is one area, and one named of two is enough
    assert rows["worst_areas"].ok
    assert rows["worst_areas"].detail == "area0"
    assert not checked([100.0, 20.0, 0.0], [10.0, 10.0, 50.0, 9.0])["worst_areas"].ok


def test_nothing_observed_gives_no_check() -> None:
    net = tiny_network([-1], [10])
    assert check(experiment(), tiny_scenario(), net) == ()
    assert check(experiment(), tiny_scenario(observed=OBSERVED | {"plan": "elsewhere"}), net) == ()


# Replications


@pytest.fixture
def setting(monkeypatch: pytest.MonkeyPatch) -> Setting:
    """Two feeders and three plans; each replication has faults of its own, laid down by hand."""
    net = tiny_network([-1, 0, 1, -1, 3], [100, 80, 60, 70, 50], area=[0, 0, 0, 1, 1], n_areas=2)
    scenario = tiny_scenario(
        horizon_h=96.0, replications=4, customers={"caller_fraction": 0.3},
        plans={"none": {"overrides": {"crews": {"line": {"count": 0}}}}, "more": {"overrides": CREWS}},
    )  # fmt: skip

    def draw(scenario, network, track, number, seed):
        given = tiny_faults((300.0, 1, "pole"), (320.0 + number, 4, "wire", True), (330.0, 2 + number % 2, "wire"))
        return replace(tiny_drawn(network, scenario, seed=seed, replication=number), given=given)

    monkeypatch.setattr("sim.damage.draw", draw)
    return make_setting(scenario, net, None, seed=5)


CREWS = {"crews": {"line": {"count": 3}, "tree": {"kind": "tree", "count": 1, "shift_h": 24.0}}}


def bytes_of(made: Experiment) -> bytes:
    arrays = [
        made.values,
        made.censored,
        made.observed_out,
        made.peak_at,
        *made.curves.values(),
        *made.areas.values(),
    ]
    return b"".join(array.tobytes() for array in arrays)


def test_the_number_of_workers_changes_no_byte(setting) -> None:
    assert bytes_of(run(setting, jobs=1)) == bytes_of(run(setting, jobs=2))


def test_a_longer_series_begins_with_the_shorter_one(setting) -> None:
    short, long = run(setting, 2), run(setting, 3)
    np.testing.assert_array_equal(long.values[:, :2], short.values)
    np.testing.assert_array_equal(long.curves["customers_out"][:, :2], short.curves["customers_out"])


def test_a_plan_meets_the_same_storm_whatever_other_plans_are_played(setting) -> None:
    alone = run(make_setting(setting.scenario, setting.network, None, ["more"], seed=5), 2)
    together = run(setting, 2)
    assert (alone.plans, together.plans) == (("base", "more"), ("base", "none", "more"))
    np.testing.assert_array_equal(alone.values, together.values[[0, 2]])


def test_a_replication_weighs_what_its_storm_breaks(setting) -> None:
    assert [n_faults(setting, number) for number in (0, 3)] == [3, 3]
    assert len(play(setting, "none", 0)[1].faults) == 3


def test_replications_and_progress_come_in_order(setting) -> None:
    seen, said = [], []
    run(
        setting,
        3,
        jobs=2,
        progress=lambda *now: said.append(now),
        on_replication=lambda r: seen.append(r.number),
    )
    assert seen == [0, 1, 2]
    assert said == [(1, 3), (2, 3), (3, 3)]


def test_what_the_plans_did(setting) -> None:
    made = run(setting, 2)
    out = made.of("still_out_at_horizon")
    assert (out[1] > 0).all()  # nobody repairs
    assert made.is_censored("t95_h")[1].all()
    assert (out[2] == 0).all()
    assert (made.of("customer_hours")[2] < made.of("customer_hours")[1]).all()
    stages = sum(made.of(name) for name in HOURS_BY_STAGE)
    np.testing.assert_allclose(stages, made.of("customer_hours"), rtol=1e-12)
    assert (made.of("affected")[0] == made.of("affected")[1]).all()


def test_a_replication_can_be_played_again_for_its_log(setting) -> None:
    first, again = (play(setting, "more", 1)[1].log.lines() for _ in range(2))
    assert first == again
    assert first
    with pytest.raises(DrillError, match="no plan 'less'"):
        play(setting, "less", 1)


@pytest.mark.parametrize("jobs", [1, 2])
def test_the_logs_worth_keeping_are_those_of_the_replications_named(setting, jobs) -> None:
    made = run(setting, 3)
    logs = dict(kept_again(setting, worth_replaying(made), jobs))
    assert list(logs) == ["median-base", "median-none", "median-more", "worst-base"]
    plan, number = worth_replaying(made)["median-more"]
    assert logs["median-more"].log.lines() == play(setting, plan, number)[1].log.lines()


# The pool


def squares(setting: int, task: int) -> tuple[int, int]:
    time.sleep(0.02 if task % 2 else 0.0)  # results come back in another order than they were asked for
    return task, setting * task * task


def refuses(setting: str, task: int) -> int:
    if task == 2:
        raise InputError([Problem("f.toml", "a.b", "1", "two")])
    return task


def dies(setting: tuple[str, int], task: int) -> int:
    """Die over task 1 as often as the setting says; each death leaves a file."""
    folder, times = setting
    deaths = len(list(Path(folder).iterdir()))
    if task == 1 and deaths < times:
        (Path(folder) / str(deaths)).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return 10 * task


def stumbles(setting: str, task: int) -> int:
    return 1 // (task - 2)


def frozen(setting: None, task: int) -> int:
    return gc.get_freeze_count()


@pytest.mark.parametrize("jobs", [1, 2, 8])
def test_results_come_in_order_whatever_the_number_of_workers(jobs) -> None:
    assert list(in_order(squares, 3, range(9), jobs)) == [(i, 3 * i * i) for i in range(9)]


def begins(folder: str, task: int) -> int:
    """Note the task; the first two go on when both have begun and the others are weighed, the next two when both have."""
    begun, weighed = Path(folder) / "begun", Path(folder) / "weighed"
    with begun.open("a") as file:
        file.write(f"{task}\n")
    while len(begun.read_text().split()) < (2 if task < 2 else 4) or not weighed.exists():
        time.sleep(0.01)
    return task


def test_the_last_tasks_begin_with_the_heaviest(tmp_path) -> None:
    weights, asked = {2: 5.0, 3: 3.0, 4: 4.0}, []

    def weigh(_: str, task: int) -> float:
        asked.append(task)
        if len(asked) == 3:
            (tmp_path / "weighed").touch()
        return weights[task]

    found = list(in_order(begins, str(tmp_path), range(5), 2, weigh))
    begun = [int(line) for line in (tmp_path / "begun").read_text().split()]
    assert (set(begun[:2]), set(begun[2:4]), begun[4:]) == ({0, 1}, {2, 4}, [3])
    assert (found, asked) == ([0, 1, 2, 3, 4], [2, 3, 4])


def test_only_the_last_tasks_are_weighed() -> None:
    asked: list[int] = []
    found = list(in_order(squares, 1, range(40), 2, lambda _, task: asked.append(task) or -float(task)))
    assert (found, set(asked) <= set(range(34, 40))) == ([(i, i * i) for i in range(40)], True)


@pytest.mark.parametrize("jobs", [1, 2])
def test_an_error_on_purpose_comes_home(jobs) -> None:
    found = []
    with pytest.raises(DrillError, match=r"f\.toml: a\.b = 1: two"):
        found.extend(in_order(refuses, "", range(5), jobs))


def test_a_mistake_in_a_worker_comes_home_with_its_trace() -> None:
    with pytest.raises(RuntimeError, match=r"(?s)ZeroDivisionError.*stumbles"):
        list(in_order(stumbles, "", range(5), 2))


def test_workers_leave_what_was_there_before_them_out_of_collections() -> None:
    assert min(in_order(frozen, None, range(2), 2)) > 1000


@pytest.mark.parametrize("jobs", [2, 3])
@pytest.mark.parametrize("times", [1, 2])
def test_a_dead_worker_is_replaced_and_its_task_done_again(tmp_path, jobs, times) -> None:
    assert list(in_order(dies, (str(tmp_path), times), range(7), jobs)) == [0, 10, 20, 30, 40, 50, 60]
    assert len(list(tmp_path.iterdir())) == times


def test_a_task_that_kills_every_worker_is_one_clear_error(tmp_path) -> None:
    found = []
    with pytest.raises(DrillError, match="3 worker processes died, one after the other, over replication 1,"):
        found.extend(in_order(dies, (str(tmp_path), 99), range(7), 2))
    assert len(list(tmp_path.iterdir())) == 3


def test_a_task_that_kills_every_worker_is_called_by_its_name(tmp_path) -> None:
    with pytest.raises(DrillError, match="over the map, perhaps"):
        list(in_order(dies, (str(tmp_path), 99), range(7), 2, called=lambda task: "the map" if task == 1 else "another"))


def test_workers_killed_from_outside_are_replaced() -> None:
    import multiprocessing

    results = in_order(squares, 3, range(40), 2)
    found = [next(results)]
    for result in results:
        found.append(result)
        if len(found) in (3, 9, 20):
            os.kill(multiprocessing.active_children()[-1].pid, signal.SIGKILL)
    assert found == [(i, 3 * i * i) for i in range(40)]
    assert not multiprocessing.active_children()


def test_stopping_early_ends_the_workers() -> None:
    import multiprocessing

    before = set(multiprocessing.active_children())
    results = in_order(squares, 1, range(100), 2)
    next(results)
    results.close()
    assert set(multiprocessing.active_children()) <= before


INTERRUPTED = """
import time
from sim.experiment.pool import in_order
def slow(setting, task):
    time.sleep(0 if task == 0 else 60)
    return task
if __name__ == "__main__":
    try:
        for result in in_order(slow, None, range(8), 2):
            print("first", flush=True)
    except KeyboardInterrupt:
        print("interrupted")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_ctrl_c_ends_all_workers_at_once_and_quietly(tmp_path: Path) -> None:
    script = tmp_path / "slow.py"
    script.write_text(INTERRUPTED, encoding="utf-8")
    root = str(Path(__file__).parents[1])
    with subprocess.Popen(
        [sys.executable, str(script)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        start_new_session=True, env={**os.environ, "PYTHONPATH": root},
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stdout.readline() == "first\n"
        os.killpg(process.pid, signal.SIGINT)  # as the terminal does: to the parent and the workers
        out, err = process.communicate(timeout=15)
    assert out == "interrupted\n"
    assert err == ""
    assert process.returncode == 0


KILLED = """
import time
from multiprocessing import active_children
from sim.experiment.pool import in_order
def slow(setting, task):
    time.sleep(0 if task == 0 else 60)
    return task
for result in in_order(slow, None, range(8), 2):
    print(*(child.pid for child in active_children()), flush=True)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="processes are looked up in /proc")
def test_workers_end_when_the_program_is_killed(tmp_path: Path) -> None:
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    with subprocess.Popen([sys.executable, "-c", KILLED], stdout=subprocess.PIPE, text=True, env=env) as process:
        assert process.stdout is not None
        workers = [int(pid) for pid in process.stdout.readline().split()]
        assert len(workers) == 2
        process.kill()
    for _ in range(100):
        if not any(Path(f"/proc/{pid}").exists() for pid in workers):
            break
        time.sleep(0.05)
    else:
        pytest.fail("a worker outlived its parent by five seconds")
