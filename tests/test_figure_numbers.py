"""The numbers behind the figures: percentiles with their error, trapezoids, deals, trials, use of crews."""

import dataclasses
import math
from typing import Any

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from sim import rng
from sim.experiment.spending import Deal, deals
from sim.experiment.statistics import percentile_interval
from sim.grid.network import LAND_CLASSES
from sim.metrics.crews import STATES, CrewTime
from sim.report import style
from sim.report.figures import backlog, cost, cost_parts, critical, depots, gantt, percentiles, places, trapezoid
from sim.report.style import look_for
from sim.report.trials import Trial, trials
from tests import synthetic
from tests.tiny import tiny_network

# Percentiles


@pytest.mark.parametrize(
    ("n", "share", "lo", "hi"),
    [
        (20, 0.5, 6, 15),  # David and Nagaraja (2003), table of the sign test: ranks 6 and 15 hold 95.9 %
        (10, 0.5, 2, 9),  # 97.9 %
        (20, 0.95, 17, math.inf),
        (20, 0.05, -math.inf, 4),
        (5, 0.5, -math.inf, math.inf),  # even the extremes hold only 93.8 %
    ],
)
def test_order_statistics_hold_a_percentile(n: int, share: float, lo: float, hi: float) -> None:
    value, low, high = percentile_interval(np.arange(1, n + 1), share)
    assert value == pytest.approx(np.quantile(np.arange(1, n + 1), share))
    assert (low, high) == (lo, hi)


@pytest.mark.parametrize("n", [20, 40, 101])
@pytest.mark.parametrize("share", [0.05, 0.5, 0.9, 0.95])
def test_intervals_of_percentiles_hold_the_truth_as_often_as_they_say(n: int, share: float) -> None:
    draws = rng.stream(7, n, "test.percentile").random((2000, n))
    held = [lo <= share <= hi for _, lo, hi in (percentile_interval(row, share) for row in draws)]
    assert np.mean(held) >= 0.94  # 0.95 less three standard errors of the simulation


def test_no_values_have_no_percentile() -> None:
    assert all(math.isnan(v) for v in percentile_interval([], 0.5))


def test_spreads_are_those_of_the_runs() -> None:
    material = synthetic.material(("base", "other"), 8, speed=(1.0, 1.4), anger=(1.0, 1.0))
    first = percentiles.spreads(material)[0]
    values = material.experiment.of("t95_h")[0]
    assert first.statistics["mean"][0] == pytest.approx(values.mean())
    assert first.statistics["median"][0] == pytest.approx(np.median(values))
    assert first.statistics["median"][1] <= first.statistics["median"][0] <= first.statistics["median"][2]


@pytest.mark.parametrize(("n", "said"), [(8, "in the worst of 8 runs"), (20, "one run in twenty takes more than")])
def test_one_run_in_twenty_is_told_of_twenty_runs_or_more(n: int, said: str) -> None:
    material = synthetic.material(("base", "other"), n, speed=(1.0, 1.4), anger=(1.0, 1.0))
    sheet = percentiles.draw(material, look_for("en")[0])
    assert sheet is not None
    assert said in sheet.title
    worst = material.experiment.of("t95_h")[0].max()
    assert (f"after {worst:.0f} h" in sheet.title) == (n < 20)


# Trapezoid


def test_a_trapezoid_is_read_back() -> None:
    at = np.arange(0.0, 1201.0, 1.0)
    out = np.interp(at, [0, 100, 200, 500, 900, 1200], [0, 0, 0.4, 0.4, 0, 0])
    each = trapezoid.trapezoid(at, out)
    assert (each.depth, each.lost_h) == pytest.approx((0.4, 0.4 * (50 + 300 + 200) / 60))
    # corners lie where 5 and 95 % of the depth are passed
    assert (each.falls, each.down, each.rises, each.back) == pytest.approx((105, 195, 520, 880), abs=1)
    depth, fall, hours, rise = each.numbers
    assert (depth, fall, hours, rise) == pytest.approx((0.4, 0.4 * 60 / 90, 325 / 60, 0.4 * 60 / 360), rel=0.02)


def test_nothing_lost_is_a_flat_line_and_what_never_comes_back_ends_at_the_end() -> None:
    at = np.arange(0.0, 100.0)
    assert trapezoid.trapezoid(at, np.zeros(100)).numbers[0] == 0
    gone = trapezoid.trapezoid(at, np.where(at > 20, 0.3, 0.0))
    assert (gone.back, gone.is_cut) == (99, True)
    assert not trapezoid.trapezoid(at, np.where((at > 20) & (at < 50), 0.3, 0.0)).is_cut


# Cost and choice


def test_a_plan_that_costs_more_and_avoids_less_is_dominated() -> None:
    def deal(plan: str, money: float, hours: float) -> Deal:
        return Deal(plan, (money, math.nan, math.nan), (hours, math.nan, math.nan))

    good, dear, same = deal("good", 1.0, 10.0), deal("dear", 2.0, 9.0), deal("same", 1.0, 10.0)
    assert good.beats(dear)
    assert not dear.beats(good)
    assert not good.beats(same)
    assert deal("cheap", 0.0, 5.0).beats(dear) is False
    assert (good.price, deal("worse", 1.0, -1.0).price) == (0.1, pytest.approx(math.nan, nan_ok=True))


def test_deals_are_paired_differences() -> None:
    material = synthetic.material(("base", "other"), 8, speed=(1.0, 1.4), anger=(1.0, 1.0))
    first, other = deals(material.experiment, material.scenario.cost)
    hours, money = material.experiment.of("customer_hours"), material.experiment.of("cost")
    row = material.comparison.pair("other", "customer_hours")
    assert first.cost[0] == first.avoided[0] == 0
    assert other.avoided == pytest.approx((float((hours[0] - hours[1]).mean()), -row.hi, -row.lo))
    assert other.cost[0] == pytest.approx(float((money[1] - money[0]).mean()))


def test_names_stand_nearest_to_their_own_points() -> None:
    material = synthetic.material(("base", "near", "far"), 8, speed=(1.0, 1.0, 1.5), anger=(1.0, 1.0, 1.0))
    played = material.experiment
    values = played.values.copy()
    values[:, :, played.measures.index("cost")] = np.array([90e6, 92.4e6, 130e6])[:, None]
    values[1, :, played.measures.index("customer_hours")] = values[0, :, played.measures.index("customer_hours")]
    sheet = cost.draw(dataclasses.replace(material, experiment=dataclasses.replace(played, values=values)), look_for("en")[0])
    assert sheet is not None
    axes = sheet.figure.axes[0]
    canvas = FigureCanvasAgg(sheet.figure)
    canvas.draw()
    points = {str(row[0]): axes.transData.transform((row[1] / 1e6, row[4] / 1e6)) for row in sheet.rows}
    for text in axes.texts:
        if text.get_text() in points:
            box = text.get_window_extent(canvas.get_renderer())
            apart = {plan: np.hypot(*(np.clip(at, box.min, box.max) - at)) for plan, at in points.items()}
            assert min(apart, key=lambda plan: apart[plan]) == text.get_text()


def test_none_of_several_that_cost_as_much_is_the_dearest() -> None:
    material = synthetic.material(("base", "other", "third"), 8, speed=(1.0, 1.0, 1.5), anger=(1.0, 1.0, 1.0))
    words, spent = look_for("en")[0].words, np.zeros((3, len(cost_parts.GROUPS)))
    spent[:, 1] = 90e6, 113.4e6, 113.3e6
    assert cost_parts._title(spent, material, words) == "100 % of the cost of other is for: foreign crews"
    spent[2, 1] = 112e6
    assert cost_parts._title(spent, material, words) == "other costs most, 100 % of it for: foreign crews"


def test_stages_of_the_backlog_are_told_apart_in_grey() -> None:
    def grey(colour: str) -> float:
        return float(np.dot([int(colour[i : i + 2], 16) for i in (1, 3, 5)], [0.299, 0.587, 0.114]))

    looks = list(backlog._LOOK.values())
    for i, (colour, hatch) in enumerate(looks):
        for other, its in looks[:i]:
            assert hatch != its or abs(grey(colour) - grey(other)) > 20


def test_the_choice_is_tried_in_mild_and_severe_storms() -> None:
    material = synthetic.material(("base", "calm", "storm"), 9, speed=(1.0, 1.2, 1.2), anger=(1.0, 0.5, 0.8))
    played = material.experiment
    values, hours = played.values.copy(), played.measures.index("customer_hours")
    severity = np.argsort(np.argsort(played.of("affected")[0]))
    values[0, :, hours] = 100.0
    values[1, :, hours] = np.where(severity < 6, 50.0, 90.0)
    values[2, :, hours] = np.where(severity < 6, 80.0, 60.0)
    trial = trials(dataclasses.replace(played, values=values), material.comparison)[1]
    np.testing.assert_allclose(trial.gain, [[50, 20], [50, 20], [10, 40]])
    assert trial.first(("base", "calm", "storm")) == ["calm", "calm", "storm"]
    assert Trial("t95_h", ("a",), (1,), np.array([[-1.0, 0.0]]), "h").first(("base", "x", "y")) == ["base"]


# Crews, critical customers, places


def test_hours_of_crews_on_shift() -> None:
    waiting, working, resting = (STATES.index(name) for name in ("waiting", "working", "resting"))
    times = CrewTime(
        np.array([0, 0, 1, 1]), np.array([waiting, working, working, resting]), np.array([0.0, 60.0, 0.0, 270.0]),
        np.array([60.0, 180.0, 270.0, 600.0]), np.array([-1, 0, 0, -1]), np.array([False, True, True, False]),
    )  # fmt: skip
    hours = gantt.spent(times, 30.0, 300.0)
    assert {state: value for state, value in hours.items() if value} == {"waiting": 0.5, "working": 6.0}


def test_crews_are_picked_from_every_kind() -> None:
    n = 200
    kinds = ["line"] * 180 + ["tree"] * 20
    none = np.zeros(n)
    times = CrewTime(np.arange(n), none.astype(int), none, none + 1, none.astype(int), none > 0)
    picked = gantt.pick(times, kinds)
    assert len(picked) == 36
    assert sum(crew >= 180 for crew in picked) == 4
    assert picked == sorted(picked)


def test_bars_of_crews_are_those_drawn_one_crew_at_a_time() -> None:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    crew, turn = np.repeat(np.arange(12), 30), np.tile(np.arange(30), 12)
    start, end = turn * 100.0, turn * 100.0 + 20.0 + (turn * 37 + crew * 11) % 80
    times = CrewTime(crew, (turn * 3 + crew) % len(STATES), start, end, crew, crew > 0)
    picked, window = [1, 2, 5, 11], (250.0, 2800.0)

    def one_by_one(axes: Any) -> None:
        for y, each in enumerate(picked):
            for state, name in enumerate(STATES):
                at = (crew == each) & (times.state == state) & (end > window[0]) & (start < window[1])
                colour, hatch = style.CREWS[f"crews_{name}"]
                spans = list(zip(start[at], end[at] - start[at], strict=True))
                axes.broken_barh(spans, (y - 0.42, 0.84), facecolor=colour, hatch=hatch, edgecolor="#FFFFFF", linewidth=0)

    drawn = []
    for draw in (one_by_one, lambda axes: gantt.draw_bars(axes, times, picked, window)):
        canvas = FigureCanvasAgg(Figure(figsize=(8, 4)))
        axes = canvas.figure.subplots()
        draw(axes)
        axes.set(xlim=window, ylim=(-1, 4))
        canvas.draw()
        drawn.append(np.array(canvas.buffer_rgba()))
    np.testing.assert_array_equal(*drawn)


def test_outages_of_critical_customers_against_their_backup() -> None:
    made = synthetic.log(tiny_network([-1, -1, -1], [10, 10, 10]))  # sections 1 and 2 dark from 480 to 900 and 960
    network = tiny_network([-1, -1, -1], [10, 10, 10], critical=[(0, 60.0), (1, 120.0), (2, 600.0)])
    backup, outage, beyond = critical.against_backup(made, network, 20_160.0)
    assert backup.tolist() == [1, 2, 10]
    assert outage.tolist() == [0, 7, 8]
    assert beyond.tolist() == [0, 5, 0]


def test_places_where_nobody_lives_are_left_out() -> None:
    material = synthetic.material(("base", "other"), 3, speed=(1.0, 1.4), anger=(1.0, 1.0))
    values = material.experiment.values.copy()
    values[:, :, material.experiment.measures.index("saidi_h_rural")] = np.nan
    played = dataclasses.replace(material.experiment, values=values)
    sheet = places.draw(dataclasses.replace(material, experiment=played), look_for("en")[0])
    assert sheet is not None
    assert {row[1] for row in sheet.rows} == set(LAND_CLASSES) - {"rural"}
    values[:, :, material.experiment.measures.index("saidi_h_remote")] = np.nan
    assert places.draw(dataclasses.replace(material, experiment=played), look_for("en")[0]) is None


# Depots


def test_steps_with_corners_only_at_turns_are_the_same_picture() -> None:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    at = np.arange(1200.0)
    height = np.floor(3 * np.sin(at / 90)) / 7  # constant for a while, above and below the floor
    drawn = []
    for plain in (True, False):
        canvas = FigureCanvasAgg(Figure(figsize=(8, 4)))
        axes = canvas.figure.subplots()
        if plain:
            axes.fill_between(at, 0.1, height, step="post", color="#12344D", linewidth=0, snap=False)
        else:
            depots.draw_steps(axes, at, 0.1, height, "#12344D")
            assert len(axes.collections[0].get_paths()[0].vertices) < 200
        canvas.draw()
        drawn.append(np.array(canvas.buffer_rgba()))
    np.testing.assert_array_equal(*drawn)
