"""The scenario as read, seen through its plans, and as declared."""

import json
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.errors import InputError
from sim.scenario import (
    Scenario,
    at_minutes,
    clock_minutes,
    declarations,
    local_minute_of_day,
    plan,
    read,
    schema,
    template,
)
from sim.scenario.actions import ACTIONS, FRAME_KEYS
from sim.scenario.declared import inside
from sim.scenario.model import OPERATIONAL, PlanEntry
from sim.scenario.plans import merge

SCENARIOS = Path(__file__).parent.parent / "scenarios"

SMALL = """
name = "Small"
timezone = "Asia/Tokyo"
start = 2019-09-08T00:00:00+09:00
landfall = 2019-09-09T05:00:00+09:00
horizon_h = 120
reference_plan = "plain"
[storm]
track = "track.csv"
[network]
settlements = "settlements.csv"
coast = "coast.geojson"
customers = 1000
[depots.a]
lon = 140.0
lat = 35.5
[depots.b]
lon = 140.2
lat = 35.5
[crews.line]
kind = "line"
count = 3
[crews.patrol]
kind = "patrol"
count = 2
[aid.kanto]
kind = "line"
count = 10
requested_at = "landfall+6h"
[plans.plain]
"""


@pytest.fixture
def write(tmp_path: Path) -> Any:
    """Write a scenario with data files beside it and return its path."""

    def to_file(text: str) -> Path:
        for name in ("track.csv", "settlements.csv", "coast.geojson"):
            (tmp_path / name).write_text("data", encoding="utf-8")
        path = tmp_path / "small.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return to_file


# Reading


def test_the_default_scenario_reads_and_each_plan_has_settings() -> None:
    loaded = read(SCENARIOS / "typhoon.toml")
    assert loaded.scenario.horizon_min == 438 * 60
    assert loaded.scenario.landfall_at == 53 * 60
    assert loaded.resolve("faxai/track.csv") == SCENARIOS / "faxai" / "track.csv"
    for name in loaded.scenario.plans:
        assert plan(loaded.scenario, name).settings.plans == {}


def test_dates_may_be_toml_dates_or_texts(write: Any) -> None:
    as_text = SMALL.replace("2019-09-09T05:00:00+09:00", '"2019-09-08T20:00:00Z"')
    native = read(write(SMALL)).scenario
    assert native.landfall_at == 29 * 60
    assert read(write(as_text)).scenario.landfall_at == 29 * 60


def test_instants_and_clocks_may_be_toml_dates_and_times(write: Any) -> None:
    text = SMALL.replace('"landfall+6h"', "2019-09-09T11:00:00+09:00").replace(
        "[aid.kanto]", "shift_start = 06:30:00\n[aid.kanto]"
    )
    text += "[plans.plain.aid.kanto]\nrequested_at = 2019-09-08T02:00:00+09:00\nshift_start = 05:00:00\n"
    scenario = read(write(text)).scenario
    assert at_minutes(scenario.aid["kanto"].requested_at, scenario) == scenario.landfall_at + 360
    assert scenario.crews["patrol"].shift_start == "06:30"
    aid = plan(scenario, "plain").settings.aid["kanto"]
    assert at_minutes(aid.requested_at, scenario) == 120
    assert aid.shift_start == "05:00"
    assert Scenario.model_validate_json(scenario.model_dump_json()) == scenario


def test_a_byte_order_mark_and_windows_lines_are_no_problem(write: Any) -> None:
    path = write(SMALL)
    plain = read(path).scenario
    path.write_bytes(b"\xef\xbb\xbf" + SMALL.replace("\n", "\r\n").encode())
    assert read(path).scenario == plain


def test_whole_numbers_pass_for_numbers(write: Any) -> None:
    assert read(write(SMALL)).scenario.horizon_h == 120.0


def test_data_files_are_found_beside_the_file_before_those_shipped(write: Any, tmp_path: Path) -> None:
    loaded = read(write(SMALL.replace('"track.csv"', '"faxai/track.csv"')))
    assert loaded.resolve("faxai/track.csv") == SCENARIOS / "faxai" / "track.csv"
    (tmp_path / "faxai").mkdir()
    (tmp_path / "faxai" / "track.csv").write_text("own", encoding="utf-8")
    assert loaded.resolve("faxai/track.csv") == tmp_path / "faxai" / "track.csv"


def test_the_template_reads_anywhere_and_explains_every_key(tmp_path: Path) -> None:
    path = tmp_path / "new.toml"
    path.write_text(template(), encoding="utf-8")
    loaded = read(path)
    assert len(loaded.scenario.plans) == 2
    assert loaded.scenario.replications == 5
    assert plan(loaded.scenario, "ready_early").actions
    lines = template().splitlines()
    for before, line in zip(lines, lines[1:], strict=False):
        if " = " in line and not line.startswith("#"):
            assert "  # " in line or before.startswith("# "), line


# --set


def test_a_set_changes_the_scenario_and_plans_inherit_it(write: Any) -> None:
    loaded = read(write(SMALL), ["hotline.agents=40", "dispatch.rule = nearest", "crews.line.count=7"])
    under = plan(loaded.scenario, "plain").settings
    assert (under.hotline.agents, under.dispatch.rule, under.crews["line"].count) == (40, "nearest", 7)
    assert loaded.overruled == ()
    assert loaded.sets[0] == "hotline.agents=40"


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        ("name=2019", "2019"),
        ("name=true", "true"),
        ('name="a = b"', "a = b"),
        ("name=a=b", "a=b"),
        ("name=高桥", "高桥"),
    ],
)
def test_the_value_of_a_set_may_be_bare_text(write: Any, edit: str, expected: str) -> None:
    assert read(write(SMALL), [edit]).scenario.name == expected


def test_a_set_may_reach_into_plans_and_add_a_whole_group(write: Any) -> None:
    sets = ["plans.plain.hotline.agents=50", 'crews.tree={kind="tree", count=1}', "plans.plain.crews.line.count=9"]
    under = plan(read(write(SMALL), sets).scenario, "plain").settings
    assert (under.hotline.agents, under.crews["tree"].count, under.crews["line"].count) == (50, 1, 9)


def test_a_plan_that_wins_over_a_set_is_told(write: Any) -> None:
    text = SMALL + "[plans.early.hotline]\nagents = 80\n[plans.early.aid.kanto]\nenabled = false\n"
    loaded = read(write(text), ["hotline.agents=40", "aid.kanto.count=5", "hotline.seats=90"])
    assert loaded.overruled == (
        "plans.early.hotline.agents = 80 wins over --set hotline.agents=40",
        "plans.early.aid.kanto.enabled = false wins over --set aid.kanto.count=5",
    )
    assert plan(loaded.scenario, "early").settings.hotline.agents == 80


# Plans


PLANS = """
[plans.early]
title = "Early"
[plans.early.aid.kanto]
requested_at = "landfall-24h"
[plans.early.crews.drones]
kind = "patrol"
count = 1
patrol_kmh = 20
[plans.early.crews.patrol]
enabled = false
[plans.early.depots.b]
enabled = false
[plans.early.damage]
tree_strength_factor = 1.2
[[plans.early.actions]]
at = "T+40h"
do = "section_tripped"
section = "s3"
for_h = 2
[[plans.early.actions]]
at = "landfall"
do = "publish_etr"
restored_by = "landfall+2d"
author = "chief"
[[plans.early.actions]]
at = "2019-09-08T06:00:00+09:00"
do = "set_dispatch_rule"
rule = "first_come"
"""


def test_a_plan_merges_removes_and_adds(write: Any) -> None:
    scenario = read(write(SMALL + PLANS)).scenario
    early = plan(scenario, "early")
    under = early.settings
    assert early.title == "Early"
    assert under.aid["kanto"].requested_at == "landfall-24h"
    assert under.aid["kanto"].count == 10
    assert list(under.crews) == ["line", "drones"]
    assert list(under.depots) == ["a"]
    assert under.damage.tree_strength_factor == 1.2
    assert under.storm == scenario.storm
    assert plan(scenario, "plain").settings.model_copy(update={"plans": scenario.plans}) == scenario


def test_actions_come_in_order_of_time_in_minutes(write: Any) -> None:
    actions = plan(read(write(SMALL + PLANS)).scenario, "early").actions
    assert [(a.at, a.do, a.args, a.author) for a in actions] == [
        (360.0, "set_dispatch_rule", {"rule": "first_come"}, "plan"),
        (1740.0, "publish_etr", {"restored_by": 1740.0 + 2880.0}, "chief"),
        (2400.0, "section_tripped", {"section": "s3", "for_min": 120.0}, "plan"),
    ]


def test_the_scenario_itself_may_hold_an_entry_that_only_a_plan_enables(write: Any) -> None:
    text = SMALL.replace("[aid.kanto]", "[aid.kanto]\nenabled = false")
    text += "[plans.helped.aid.kanto]\nenabled = true\n"
    scenario = read(write(text)).scenario
    assert plan(scenario, "plain").settings.aid == {}
    assert list(plan(scenario, "helped").settings.aid) == ["kanto"]


def test_a_plan_that_is_not_there_is_refused_with_the_nearest(write: Any) -> None:
    with pytest.raises(InputError) as raised:
        plan(read(write(SMALL)).scenario, "plane")
    assert raised.value.problems[0].nearest == "plain"


def test_every_do_has_its_arguments_declared() -> None:
    entry = schema()["$defs"]["ActionEntry"]["properties"]
    assert {name for kind in ACTIONS.values() for name in kind.takes} == set(entry) - set(FRAME_KEYS)
    assert set(ACTIONS) == set(entry["do"]["enum"])
    assert all(set(kind.targets) <= set(kind.takes) for kind in ACTIONS.values())


_tables = st.recursive(
    st.integers() | st.text(max_size=2),
    lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)


@settings(deadline=None, max_examples=50)
@given(
    st.dictionaries(st.sampled_from("abc"), _tables, max_size=3),
    st.dictionaries(st.sampled_from("abc"), _tables, max_size=3),
)
def test_merging_is_idempotent_and_keeps_what_is_not_named(under: Any, over: Any) -> None:
    merged = merge(under, over)
    assert merge(merged, over) == merged
    assert merge(under, {}) == under
    assert merge({}, over) == over
    for key in under:
        if key not in over:
            assert merged[key] == under[key]


# Instants


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("T", 0.0),
        ("T+6h", 360.0),
        ("landfall", 1740.0),
        ("landfall-24h", 300.0),
        ("landfall + 1.5h", 1830.0),
        ("landfall+90min", 1830.0),
        ("T+1d", 1440.0),
        ("2019-09-07T16:00:00+00:00", 60.0),
    ],
)
def test_instants_in_minutes_since_the_start(write: Any, text: str, minutes: float) -> None:
    assert at_minutes(text, read(write(SMALL)).scenario) == minutes


@pytest.mark.parametrize("text", ["", "landfall*2h", "T+h", "T+1e3h", "2019-09-09T05:00:00", "tomorrow", "T+nanh"])
def test_an_instant_that_is_none_is_refused(write: Any, text: str) -> None:
    scenario = read(write(SMALL)).scenario
    with pytest.raises(InputError):
        at_minutes(text, scenario)


def test_the_local_clock_follows_the_time_zone_not_the_offset_written(write: Any) -> None:
    text = SMALL.replace("start = 2019-09-08T00:00:00+09:00", "start = 2019-09-07T16:30:00Z")
    scenario = read(write(text)).scenario
    assert scenario.start.astimezone(UTC) == datetime(2019, 9, 7, 16, 30, tzinfo=UTC)
    assert local_minute_of_day(np.array([0.0, 60.0, 1440.0, 22.5 * 60]), scenario).tolist() == [90, 150, 90, 0]


def test_clock_times_in_minutes() -> None:
    assert [clock_minutes(t) for t in ("00:00", "08:00", "23:59", "24:00")] == [0, 480, 1439, 1440]
    for wrong in ("25:00", "24:01", "8:00", "08:60", "٠٨:٠٠", ""):
        with pytest.raises(ValueError, match="24:00|clock time"):
            clock_minutes(wrong)


# Declarations


def test_every_fact_with_evidence_names_its_source() -> None:
    assert [d.key for d in declarations() if d.grade in ("A", "B", "C", "D") and not d.source] == []


def test_every_number_has_a_unit() -> None:
    numbers = [d for d in declarations() if d.allowed.startswith(("a number", "a whole number"))]
    assert len(numbers) > 100
    assert [d.key for d in numbers if not d.unit and not d.key.endswith("seed")] == []


def test_every_key_says_what_it_means_and_defaults_are_allowed() -> None:
    assert [d.key for d in declarations() if not d.doc or not d.allowed] == []
    assert len({d.key for d in declarations()}) == len(declarations())


def test_the_keys_suffix_agrees_with_its_unit() -> None:
    suffixes = {"_min": "min", "_h": "h", "_km": "km", "_kmh": "km/h", "_mps": "m/s", "_hpa": "hPa", "_s": "s"}
    for d in declarations():
        for suffix, unit in suffixes.items():
            if d.key.endswith(suffix) and not d.key.startswith("cost."):
                assert d.unit in (unit, f"1/{unit}"), d.key


def test_the_schema_is_json_and_takes_tables_beneath_a_plan() -> None:
    whole = schema()
    assert json.loads(json.dumps(whole)) == whole
    entry = whole["$defs"]["PlanEntry"]
    assert set(entry["properties"]) == {"title", "actions", *OPERATIONAL}
    assert entry["additionalProperties"] is False
    assert "required" not in entry["properties"]["crews"]["additionalProperties"]
    assert whole["properties"]["horizon_h"]["unit"] == "h"


def test_the_declarations_cover_the_file(write: Any) -> None:
    known = {d.key for d in declarations()}
    raw = tomllib.loads((SCENARIOS / "typhoon.toml").read_text(encoding="utf-8"))
    assert {f"storm.{key}" for key in raw["storm"]} <= known
    assert "crews.NAME.count" in known
    assert "plans.NAME.actions[].restored_by" in known
    assert inside(Scenario.model_fields["plans"]) == ("named", PlanEntry)
