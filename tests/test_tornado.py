"""A tornado: the ends of assumptions, one change at a time in the same storms, effects and changed choices."""

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from sim.experiment.series import Setting, make_setting
from sim.experiment.statistics import t_interval
from sim.experiment.sweep import Scores, gather_scores, score
from sim.experiment.tornado import (
    Assumption,
    Variant,
    assumptions,
    leaders,
    score_task,
    tornado,
    variants,
    with_value,
)  # fmt: skip
from sim.metrics.measures import MEASURE_NAMES
from sim.report.tornado import _table, answer
from sim.scenario.declared import adapter, declarations
from sim.scenario.model import Scenario
from sim.words import words
from tests.test_cli import SCENARIO, drill
from tests.tiny import tiny_drawn, tiny_faults, tiny_network, tiny_scenario

MEANS_OF_THE_UTILITY = {f"hotline.{key}" for key in ("trunks", "agents", "night_agents", "seats", "surge_lead_h")}
BANDS = {f"{table}.{end}_factor" for table in ("complaints", "survey") for end in ("low", "high")}
JUDGED = ("t95_h", "customer_hours", "complaints")


def field_of(key: str):
    model = Scenario
    for part in key.split("."):
        if part == "NAME":
            continue
        field = model.model_fields[part]
        kind = field.annotation
        inner = getattr(kind, "__args__", (None,))[-1]
        model = kind if isinstance(kind, type) and hasattr(kind, "model_fields") else inner
    return field


def test_every_assumption_states_ends_about_its_default_or_has_a_reason() -> None:
    for declared in declarations():
        if declared.grade != "X" or declared.key.startswith("network."):
            assert declared.low is declared.high is None
            continue
        if declared.key in MEANS_OF_THE_UTILITY | BANDS:
            assert declared.low is declared.high is None
            continue
        assert declared.low is not None, declared.key
        assert declared.high is not None, declared.key
        assert declared.low <= declared.default <= declared.high, declared.key
        assert declared.low < declared.high, declared.key
        for end in (declared.low, declared.high):
            whole = isinstance(declared.default, int)
            adapter(field_of(declared.key)).validate_python(int(end) if whole else float(end))


def test_assumptions_are_tried_where_they_can_move_what_is_watched() -> None:
    scenario = tiny_scenario(aid={"a": {"kind": "line", "count": 1, "requested_at": "T+0h"}})
    found, left_out = assumptions(scenario, JUDGED)
    keys = {one.key for one in found}
    assert {"work.travel_kmh", "aid.NAME.delay_sd_h", "complaints.hazard_factor"} <= keys
    assert {"network.zone_sections", "cost.crew_h", "hotline.agents"} <= set(left_out)
    assert not keys & set(left_out)
    assert "cost.crew_h" in {one.key for one in assumptions(scenario, ["cost"])[0]}
    no_aid = {one.key for one in assumptions(tiny_scenario(), JUDGED)[0]}
    assert "aid.NAME.delay_sd_h" not in no_aid


def test_one_key_changes_and_nothing_else_and_a_plans_own_value_wins() -> None:
    aid = {name: {"kind": "line", "count": 1, "requested_at": "T+0h"} for name in ("a", "b")}
    scenario = tiny_scenario(aid=aid, plans={"own": {"overrides": {"work": {"travel_kmh": 55.0}}}})
    changed = with_value(scenario, "aid.NAME.delay_sd_h", 9.0)
    assert [changed.aid[name].delay_sd_h for name in "ab"] == [9.0, 9.0]
    assert with_value(changed, "aid.NAME.delay_sd_h", 4.0) == scenario
    slow = make_setting(with_value(scenario, "work.travel_kmh", 20.0), tiny_network([-1], [1]), None)
    assert [plan.settings.work.travel_kmh for plan in slow.plans] == [20.0, 55.0]


@pytest.fixture
def setting(monkeypatch: pytest.MonkeyPatch) -> Setting:
    """One feeder with a broken wire that a crew must reach; each storm breaks it at another minute."""
    net = tiny_network([-1, 0], [100, 80], x=[0.0, 20.0])
    scenario = tiny_scenario(plans={"more": {"overrides": {"crews": {"line": {"count": 2}}}}})

    def draw(scenario, network, track, number, seed):
        given = tiny_faults((300.0 + number, 0, "wire"), (310.0, 1, "wire"))
        return replace(tiny_drawn(network, scenario, seed=seed, replication=number), given=given)

    monkeypatch.setattr("sim.damage.draw", draw)
    return make_setting(scenario, net, None)


def test_an_assumption_that_has_no_say_moves_nothing_and_one_that_has_does(setting) -> None:
    """The same random numbers: without aid and complaints the lodging time leaves every score as it was."""
    base = gather_scores({n: score(setting, n) for n in range(2)})
    chosen = [Assumption("complaints.lodging_mean_h", "h", 4.0, 48.0, (12.0,)),
              Assumption("work.travel_kmh", "km/h", 20.0, 40.0, (30.0,))]  # fmt: skip
    ends = variants(setting, chosen)
    assert [(v.assumption.key, v.end) for v in ends] == [(one.key, end) for one in chosen for end in ("low", "high")]
    work = ([v.setting for v in ends], 2)
    scores = [score_task(work, task) for task in range(8)]
    column = MEASURE_NAMES.index("t95_h")
    for task in range(4):
        assert scores[task].values[:, 0, column].tolist() == base.values[:, task % 2, column].tolist()
    slow, fast = scores[4].values[0, 0, column], scores[6].values[0, 0, column]
    assert fast < base.values[0, 0, column] < slow


# Effects, on made-up scores of three storms. Reference a, watched b, and c.


def made_up(rows: list[list[float]], measure: str = "t95_h") -> Scores:
    values = np.zeros((len(rows), len(rows[0]), len(MEASURE_NAMES)))
    values[:, :, MEASURE_NAMES.index(measure)] = rows
    return Scores(values, np.zeros(values.shape, bool))


BASE = made_up([[60.0, 62.0, 64.0], [50.0, 52.0, 54.0], [55.0, 57.0, 59.0]])


def ends_of(key: str, low: Scores, high: Scores) -> list[tuple[Variant, Scores]]:
    one = Assumption(key, "", 0.0, 1.0, (0.5,))
    return [(Variant(one, "low", None), low), (Variant(one, "high", None), high)]


def test_effects_are_paired_differences_sorted_by_size() -> None:
    small = ends_of("small", BASE, made_up([[60, 62, 64], [51, 53, 55], [55, 57, 59]]))
    large = ends_of("large", made_up([[60, 62, 64], [44, 48, 46], [55, 57, 59]]), BASE)
    found = tornado(("a", "b", "c"), "b", BASE, [*small, *large], ["t95_h"], ["network.x"], 7, 200.0)
    assert [swing.assumption.key for swing in found.swings["t95_h"]] == ["large", "small"]
    assert [swing.size for swing in found.swings["t95_h"]] == [6.0, 1.0]
    assert (found.base["t95_h"].difference, found.base["t95_h"].best) == (-10.0, "b")
    low = found.swings["t95_h"][0].low
    assert (low.difference, low.lo, low.hi) == t_interval([-16.0, -14.0, -18.0])
    assert (found.n, found.left_out, found.swings["t95_h"][0].changes("b")) == (3, ("network.x",), [])


def test_both_ends_on_one_side_count_from_where_things_stand() -> None:
    one_side = ends_of(
        "k", made_up([[60, 62, 64], [48, 50, 52], [55, 57, 59]]), made_up([[60, 62, 64], [46, 48, 50], [0, 0, 0]])
    )
    (swing,) = tornado(("a", "b", "c"), "b", BASE, one_side, ["t95_h"], [], 7, 200.0).swings["t95_h"]
    assert swing.size == 4.0


def test_another_best_plan_is_told_with_whether_it_is_beyond_chance() -> None:
    """At the low end c is better than b in every storm by the same; at the high one only on average."""
    low = made_up([[60, 62, 64], [50, 52, 54], [49, 51, 53]])
    high = made_up([[60, 62, 64], [50, 52, 54], [40, 60, 53]])
    (swing,) = tornado(("a", "b", "c"), "b", BASE, ends_of("k", low, high), ["t95_h"], [], 7, 200.0).swings["t95_h"]
    assert [(end, effect.best, effect.clear) for end, effect in swing.changes("b")] == [
        ("low", "c", True), ("high", "c", False),
    ]  # fmt: skip


def cut_off(scores: Scores, plan: int, measure: str = "t95_h") -> Scores:
    """The scores with the last storm of a plan cut off by the horizon."""
    censored = scores.censored.copy()
    censored[plan, -1, MEASURE_NAMES.index(measure)] = True
    return replace(scores, censored=censored)


def test_no_plan_is_best_by_a_time_that_it_did_not_reach() -> None:
    """The best plan's time may be any longer one; those of the others do not undo its lead."""
    plans, text = ("a", "b", "c"), words("en")
    ends = ends_of("work.travel_kmh", BASE, BASE)
    open_base = tornado(plans, "b", cut_off(BASE, 1), ends, ["t95_h"], [], 7, 200.0)
    (said,) = answer(open_base, "t95_h", text)
    assert "which plan is the best cannot be told, since in 1 of 3 storms a plan was cut off" in said
    others = tornado(plans, "b", cut_off(BASE, 0), ends, ["t95_h"], [], 7, 200.0)
    assert (others.base["t95_h"].is_open, others.base["t95_h"].bound) == (False, "less")
    console = Console(file=io.StringIO(), width=100)
    console.print(_table(others, "t95_h", text))
    assert "< −10.0 with everything as it stands" in console.file.getvalue()
    low = cut_off(made_up([[60, 62, 64], [50, 52, 54], [49, 51, 53]]), 2)
    one_open = tornado(plans, "b", BASE, ends_of("work.travel_kmh", low, BASE), ["t95_h"], [], 7, 200.0)
    assert one_open.swings["t95_h"][0].changes("b") == []
    (said,) = answer(one_open, "t95_h", text)
    assert "keeps it at the 1 of 2 ends at which that can be told" in said


def test_a_best_plan_by_a_sum_that_was_cut_off_must_win_had_it_gone_on() -> None:
    for out, is_open in ((0.001, False), (10.0, True)):
        base = cut_off(made_up([[3.0, 3.0], [2.0, 2.0]], "customer_hours"), 1, "customer_hours")
        base.values[:, :, MEASURE_NAMES.index("still_out_at_horizon")] = out
        made = tornado(("a", "b"), "b", base, ends_of("k", base, base), ["customer_hours"], [], 7, 200.0)
        assert (made.base["customer_hours"].best, made.base["customer_hours"].is_open) == ("b", is_open)


def test_the_leaders_are_the_best_plans_besides_the_reference() -> None:
    plans = ("a", "b", "c", "d")
    rows = made_up([[1.0], [4.0], [2.0], [3.0]])
    assert leaders(rows, plans, "t95_h") == ["c", "d"]
    assert leaders(made_up([[9.0], [4.0], [2.0], [3.0]], "asai"), plans, "asai") == ["b", "d"]


# The command line


def test_the_command_sorts_by_effect_and_goes_on_where_it_was(tmp_path: Path) -> None:
    assert drill("new", "mine.toml", folder=tmp_path).returncode == 0
    asked = ("tornado", "mine.toml", "--key", "complaints.hazard_factor", "--key", "complaints.lodging*", "-n", "2")
    done = drill(*asked, "--measure", "complaints", "--json", "--out", "one", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert [swing["assumption"]["key"] for swing in said["swings"]["complaints"]] == [
        "complaints.hazard_factor", "complaints.lodging_mean_h",
    ]  # fmt: skip
    assert (said["plans"], said["watched"]) == (["as_now", "ready_early"], "ready_early")
    kept = {path: path.stat().st_mtime_ns for path in (tmp_path / "one" / "scores").iterdir()}
    again = drill(*asked, "--measure", "complaints", "--jobs", "1", "--lang", "zh", "--out", "one", folder=tmp_path)
    assert again.returncode == 0, again.stderr
    assert "假设及其两端" in again.stdout
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "one" / "scores").iterdir()} == kept
    with (tmp_path / "one" / "tables" / "tornado.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["assumption"], row["end"]) for row in rows[:2]] == [
        ("complaints.hazard_factor", "low"), ("complaints.hazard_factor", "high"),
    ]  # fmt: skip
    assert float(rows[0]["difference"]) == pytest.approx(said["swings"]["complaints"][0]["low"]["difference"])


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["--key", "work.travel_kph"], ["--key", "work.travel_kph", "work.travel_kmh"]),
        (["--key", "network.*"], ["--key", "network.*"]),
        (["--plan", "as_2019"], ["plans", "a second plan"]),
        (["--measure", "faults"], ["--measure", "faults"]),
        (["-n", "100"], ["plays", "--large"]),
    ],
)
def test_wrong_input_ends_with_two_and_writes_nothing(args: list[str], words: list[str], tmp_path: Path) -> None:
    done = drill("tornado", str(SCENARIO), *args, folder=tmp_path)
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    assert "Traceback" not in done.stderr
    for word in words:
        assert word in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_assumptions_about_what_no_plan_has_are_left_out() -> None:
    """Rates of customers on life support count once there are some; failures once they may happen."""
    _, left_out = assumptions(tiny_scenario(), JUDGED)
    keys = ["customers.life_support.calls_factor", "customers.important.patience_factor", "mishaps.for_h",
            "province.other_cities_fraction", "notices.manager_lead_h", "customers.after_restoration_mean_h"]  # fmt: skip
    assert set(keys) <= set(left_out)
    assert "customers.business.calls_factor" not in left_out
    there = tiny_scenario(
        customers={"life_support": {"fraction": 0.01}}, mishaps={"map_probability": 0.1}, province={"agents": 9},
        plans={"base": {}, "met": {"overrides": {"notices": {"manager_fraction": 0.2}}}},
    )  # fmt: skip
    tried, _ = assumptions(there, JUDGED)
    found = {one.key for one in tried}
    assert {keys[0], *keys[2:5]} <= found
    assert {"mishaps.phones_left_fraction", keys[1], keys[5]}.isdisjoint(found)
