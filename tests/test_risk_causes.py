"""Causes: nominal values by group, Shapley's value by hand and in its axioms, and storms played again."""

import json
import math
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.experiment.series import Setting
from sim.experiment.statistics import t_interval
from sim.experiment.sweep import Scores
from sim.factors import draw
from sim.metrics.measures import MEASURE_NAMES
from sim.risk.causes import GROUPS, attribute, changes, coalitions, nominal_setting, shapley
from sim.scenario import plan
from sim.scenario.declared import declarations
from sim.scenario.risks import Risk
from tests.test_cli import drill
from tests.test_risk_register import RISK
from tests.tiny import tiny_network, tiny_scenario

ALL = frozenset(GROUPS)
SAMPLES = st.lists(st.lists(st.floats(-1e6, 1e6), min_size=3, max_size=3), min_size=16, max_size=16)


def worth_of(table: dict[frozenset[str], np.ndarray]):
    return lambda coalition: table[coalition]


def by_orders(table: dict[frozenset[str], np.ndarray], group: str) -> np.ndarray:
    """Return the mean of what the group adds when it joins, over all 24 orders: the definition."""
    adds = []
    for order in permutations(GROUPS):
        before = frozenset(order[: order.index(group)])
        adds.append(table[before | {group}] - table[before])
    return np.mean(adds, axis=0)


@settings(deadline=None, max_examples=50)
@given(SAMPLES)
def test_shapley_is_the_mean_over_all_orders_and_sums_to_the_whole(numbers: list[list[float]]) -> None:
    table = {coalition: np.array(row) for coalition, row in zip(coalitions(single=False), numbers, strict=True)}
    shares = shapley(worth_of(table))
    for group in GROUPS:
        assert shares[group] == pytest.approx(by_orders(table, group), abs=1e-6)
    assert sum(shares.values()) == pytest.approx(table[ALL] - table[frozenset()], abs=1e-5)


def test_shapley_by_hand() -> None:
    """Only people and process together gain 12 (6 each); technology alone gains 4; environment gains nothing."""
    table = {c: np.array([12.0 * ({"people", "process"} <= c) + 4.0 * ("technology" in c)]) for c in coalitions(False)}
    shares = shapley(worth_of(table))
    assert {group: share.tolist() for group, share in shares.items()} == {
        "people": [pytest.approx(6.0)], "process": [pytest.approx(6.0)], "environment": [pytest.approx(0.0)],
        "technology": [pytest.approx(4.0)],
    }  # fmt: skip


def test_there_are_sixteen_sets_and_five_for_single_differences() -> None:
    assert len(set(coalitions(single=False))) == 16
    assert coalitions(single=False)[0] == frozenset()
    assert coalitions(single=True) == (frozenset(), *(frozenset({group}) for group in GROUPS))


def test_every_field_with_a_cause_and_nominal_value_is_set_in_scenario_and_plan() -> None:
    scenario = tiny_scenario(
        storm={"intensity_sd": 0.1}, knowledge={"review_min": 20.0}, work={"repair_level_log_sd": 0.3},
        aid={"far": {"kind": "line", "count": 1, "requested_at": "T+0h", "delay_sd_h": 7.0}},
        plans={"base": {}, "slow": {"overrides": {"knowledge": {"review_min": 60.0}}}},
    )  # fmt: skip
    network = tiny_network([-1], [10])
    setting = Setting(scenario, network, None, (plan(scenario, "base"), plan(scenario, "slow")), 1)  # type: ignore[arg-type]
    found = {change.key: change for change in changes(setting.plans[1].settings)}
    assert found["knowledge.review_min"].values == (60.0,)
    assert found["aid.NAME.delay_sd_h"].values == (7.0,)
    assert "work.repair_time_factor" not in found
    process = nominal_setting(setting, frozenset({"process"}))
    assert [each.settings.knowledge.review_min for each in process.plans] == [5.0, 5.0]
    assert process.scenario.storm.intensity_sd == 0.1
    assert process.plans[1].settings.aid["far"].delay_sd_h == 7.0
    whole = nominal_setting(setting, ALL)
    assert whole.plans[1].settings.aid["far"].delay_sd_h == 0.0
    assert changes(whole.plans[1].settings) == []
    assert draw(whole.scenario, 1, 0).intensity == 1.0
    assert draw(whole.scenario, 1, 0).repair == 1.0
    assert nominal_setting(setting, frozenset()) is setting


def test_every_group_has_fields_and_nominal_values_are_allowed() -> None:
    with_nominal = [d for d in declarations() if d.nominal is not None]
    assert {d.cause for d in with_nominal} == set(GROUPS)
    assert all(type(d.nominal) is type(d.default) for d in with_nominal if not d.required)


def scores(hours: list[float], late: list[float]) -> Scores:
    values = np.zeros((1, len(hours), len(MEASURE_NAMES)))
    values[0, :, MEASURE_NAMES.index("customer_hours")] = hours
    values[0, :, MEASURE_NAMES.index("t95_h")] = late
    values[0, :, MEASURE_NAMES.index("complaints")] = math.nan
    return Scores(values, np.zeros(values.shape, bool))


def test_harm_of_measures_and_risks_is_shared_out_storm_by_storm() -> None:
    """People add 10 and 30 hours; process makes the second storm late no more; others add nothing."""
    played = {}
    for coalition in coalitions(single=False):
        hours = [100.0 - 10 * ("people" in coalition), 200.0 - 30 * ("people" in coalition)]
        played[coalition] = scores(hours, [10.0, 10.0 if "process" in coalition else 99.0])
    found = attribute("base", played, MEASURE_NAMES, [], {"late": Risk.model_validate(RISK)}, 1)
    assert found.adds_up
    rows = {row.what: row for row in found.rows}
    assert "complaints" not in rows  # without meaning in every storm
    hours_row = rows["customer_hours"]
    assert (hours_row.as_is, hours_row.nominal, hours_row.n) == (150.0, 130.0, 2)
    assert [share.mean for share in hours_row.shares] == pytest.approx([20.0, 0.0, 0.0, 0.0])
    assert (hours_row.shares[0].lo, hours_row.shares[0].hi) == pytest.approx(t_interval([10.0, 30.0])[1:])
    late = rows["late"]
    assert late.is_risk
    # the loss of 0 and 200 hours: gone with process; people take 30 of the 200 where it still happens
    assert (late.as_is, late.nominal) == (100.0, 0.0)
    assert [share.mean for share in late.shares] == pytest.approx([7.5, 92.5, 0.0, 0.0])
    for row in found.rows:
        assert sum(share.mean for share in row.shares) == pytest.approx(row.as_is - row.nominal)


def test_single_differences_say_that_they_do_not_add_up() -> None:
    played = {coalition: scores([50.0 if coalition else 100.0], [10.0]) for coalition in coalitions(single=True)}
    found = attribute("base", played, MEASURE_NAMES, [], {}, 1)
    assert not found.adds_up
    assert [share.mean for share in found.rows[0].shares] == [50.0] * 4
    assert math.isnan(found.rows[0].nominal)


def test_the_command_plays_all_sets_and_the_parts_make_up_the_whole(tmp_path: Path) -> None:
    small = ("--set", "network.customers=6000", "-n", "2", "--jobs", "1", "--quiet")
    assert drill("new", "mine.toml", folder=tmp_path).returncode == 0
    assert drill("run", "mine.toml", *small, "--out", "run", folder=tmp_path).returncode == 0
    done = drill("risk", "run", "--causes", "--json", "--jobs", "1", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)["causes"]
    assert told["adds_up"]
    assert {change["group"] for change in told["changes"]} == set(GROUPS)
    for row in told["rows"]:
        whole = row["as_is"] - row["nominal"]
        assert sum(share["mean"] for share in row["shares"]) == pytest.approx(
            whole, abs=1e-6 + 1e-9 * abs(row["as_is"])
        )
    assert any(share["mean"] for row in told["rows"] for share in row["shares"])
    assert (tmp_path / "run" / "risk" / "risk-causes.png").is_file()
    single = drill("risk", "run", "--causes", "--single", "-n", "1", "--jobs", "1", "--lang", "zh", folder=tmp_path)
    assert "不可相加" in single.stdout
    assert "5 种设置" in single.stderr
    page = (tmp_path / "run" / "risk.html").read_text(encoding="utf-8")
    assert "各类成因带来的影响" in page
    wrong = drill("risk", "run", "--causes", "-n", "3", folder=tmp_path)
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert drill("risk", "run", "--single", folder=tmp_path).returncode == 2
    assert "-n = 3: at most the 2 storms of the run" in wrong.stderr
