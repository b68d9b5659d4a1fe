"""Bad input: every problem at once, each with place, value, what is allowed and the nearest name; no traceback."""

import copy
import os
import tomllib
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.errors import InputError, Problem
from sim.scenario import plan, read
from sim.scenario.consistency import check_action, check_frame, check_means, check_settings
from sim.scenario.finding import Finding, is_name, shown
from sim.scenario.model import CrewKind, Scenario
from sim.scenario.read import _check
from tests.test_scenario import SMALL

PLAN = '\n[plans.other]\ntitle = "Other"\n'
MONDAYS = ", ".join(str(date(2019, 9, 2) + timedelta(days=7 * week)) for week in range(160))
OBSERVED = """
[observed]
plan = "plain"
peak_low = 10
peak_high = 20
peak_from = 2019-09-09T05:00:00+09:00
peak_to = 2019-09-09T11:00:00+09:00
poles_low = 1
poles_high = 2
checkpoints = [{ at = 2019-09-10T10:00:00+09:00, customers_out = 5 }]
"""


@pytest.fixture
def problems(tmp_path: Path) -> Any:
    """Return what is wrong with a scenario text, data files being there."""
    for name in ("track.csv", "settlements.csv", "coast.geojson"):
        (tmp_path / name).write_text("data", encoding="utf-8")

    def found(text: str | bytes, *sets: str) -> list[Problem]:
        path = tmp_path / "small.toml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        try:
            read(path, sets)
        except InputError as error:
            return list(error.problems)
        return []

    return found


def top(line: str) -> str:
    """Return the small scenario with a line added at its top."""
    return f"{line}\n{SMALL}"


def put(key: str, value: str) -> str:
    """Return the small scenario with the first value of `key` replaced."""
    head, found, tail = SMALL.partition(f"\n{key} = ")
    assert found, key
    return f"{head}\n{key} = {value}\n{tail.partition(chr(10))[2]}"


def only(found: list[Problem]) -> Problem:
    assert len(found) == 1, "\n".join(map(str, found))
    return found[0]


# The file itself


@pytest.mark.parametrize(
    ("data", "where", "said"),
    [
        (b"", "", "empty"),
        (b" \n\t\n", "", "empty"),
        (b"# nothing\n", "", "holds no key"),
        ("name = 1\n" * 2, "line 2", "not TOML"),
        ("name = 'a\nb = 1", "line 2", "not TOML"),
        ("a = 1\nb = = 2\n", "line 2", "not TOML"),
        ("a = ", "line 1", "not TOML"),
        ('name = "台風"\n'.encode("shift_jis"), "line 1", "UTF-8"),
        (b'name = "x"\nz = "\xe9"\n', "line 2", "UTF-8"),
        ('name = "x"'.encode("utf-16"), "", "UTF-16"),
        ("x = " + "[" * 5000 + "]" * 5000, "", "nested too deeply"),
        (".".join("a" * 3000) + " = 1", "", "nested"),
        ("seed = " + "9" * 5000, "", "usable TOML"),
        (b"name = \x00", "line 1", "not TOML"),
        (b"name = 'x'\n#" + b"x" * 4_000_000, "", "at most 4,000,000 bytes"),
    ],
)
def test_a_file_that_is_no_scenario(problems: Any, data: str | bytes, where: str, said: str) -> None:
    problem = only(problems(data))
    assert (problem.where, problem.file) == (where, "small.toml")
    assert said in problem.allowed


def test_the_place_of_a_byte_that_is_not_utf8(problems: Any) -> None:
    assert only(problems(b'name = "x"\nz = "\xe9"\n')).value == "byte 0xe9 at position 16"


def test_a_missing_file_names_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "typhoon.toml").write_text("", encoding="utf-8")
    with pytest.raises(InputError, match="no such file.*typhoon.toml"):
        read(tmp_path / "tyfoon.toml")
    with pytest.raises(InputError, match="folder"):
        read(tmp_path)
    with pytest.raises(InputError, match="no such file"):
        read(tmp_path / "no" / "x.toml")
    with pytest.raises(InputError, match="cannot be read"):
        read("a\0b.toml")
    with pytest.raises(InputError):
        read("x" * 5000 + ".toml")


# Keys


@pytest.mark.parametrize(
    ("text", "where", "nearest"),
    [
        (top("horizn_h = 3"), "horizn_h", "horizon_h"),
        (SMALL.replace("horizon_h", "horizon_min"), "horizon_min", "horizon_h"),
        (SMALL.replace("horizon_h", "horizon"), "horizon", "horizon_h"),
        (SMALL.replace("horizon_h", "horizon_hours"), "horizon_hours", "horizon_h"),
        (SMALL + "[hotlin]\nagents = 3", "hotlin", "hotline"),
        (SMALL + "[Hotline]\nagents = 3", "Hotline", "hotline"),
        (SMALL + "[hotline]\nagent = 3", "hotline.agent", "agents"),
        (SMALL + "[hotline]\nhandling_min = 4", "hotline.handling_min", "handling_s"),
        (SMALL + "[work]\ntravel_mph = 4", "work.travel_mph", "travel_kmh"),
        (top("agents = 4"), "agents", "hotline.agents"),
        (SMALL.replace("count = 3", "count = 3\nshift = 12"), "crews.line.shift", "shift_h"),
        (SMALL + "[plans.plain.hotline]\nagnets = 4", "plans.plain.hotline.agnets", "agents"),
        (SMALL + "[plans.plain.hotlines]\nagents = 4", "plans.plain.hotlines", "hotline"),
        (SMALL + '[plans.plain.aid.kanto]\nrequested = "T"', "plans.plain.aid.kanto.requested", "requested_at"),
        (SMALL + "[plans.plain.overrides.hotline]\nagents = 4", "plans.plain.overrides", ""),
        (
            SMALL + '[[plans.plain.actions]]\nat = "T"\ndo = "publish_etr"\nrestore_by = "T+1h"',
            "plans.plain.actions[#1].restore_by",
            "restored_by",
        ),
    ],
)
def test_a_misspelt_key(problems: Any, text: str, where: str, nearest: str) -> None:
    problem = only(problems(text))
    assert (problem.where, problem.nearest) == (where, nearest)
    assert "unknown key" in problem.allowed


@pytest.mark.parametrize(
    ("drop", "where"),
    [
        ('name = "Small"\n', "name"),
        ('timezone = "Asia/Tokyo"\n', "timezone"),
        ("horizon_h = 120\n", "horizon_h"),
        ('track = "track.csv"\n', "storm.track"),
        ("customers = 1000\n", "network.customers"),
        ('kind = "patrol"\n', "crews.patrol.kind"),
        ('requested_at = "landfall+6h"\n', "aid.kanto.requested_at"),
    ],
)
def test_a_missing_key(problems: Any, drop: str, where: str) -> None:
    problem = only(problems(SMALL.replace(drop, "")))
    assert problem.where == where
    assert problem.allowed.startswith("missing; ")


def test_all_problems_are_told_together(problems: Any) -> None:
    text = put("timezone", '"Asia/Tokio"').replace("count = 3", "count = -3").replace("140.0", '"140 E"')
    text += '[hotline]\nagents = "many"\nhandling_s = nan\n[plans.other.crews.line]\ncount = 1.5\n'
    found = problems(text, "etr.confidance=2")
    assert len(set(found)) == len(found)
    assert {(p.file, p.where, p.value) for p in found} == {
        ("--set", "etr.confidance", "2"),
        ("small.toml", "timezone", '"Asia/Tokio"'),
        ("small.toml", "crews.line.count", "-3"),
        ("small.toml", "depots.a.lon", '"140 E"'),
        ("small.toml", "hotline.agents", '"many"'),
        ("small.toml", "hotline.handling_s", "nan"),
        ("small.toml", "plans.other.crews.line.count", "1.5"),
    }


# Values


@pytest.mark.parametrize(
    ("text", "where", "value", "allowed"),
    [
        (put("horizon_h", '"100 h"'), "horizon_h", '"100 h"', "a number in h, above 0 and at most 2,880; without"),
        (put("horizon_h", "-1"), "horizon_h", "-1", "a number in h"),
        (put("horizon_h", "inf"), "horizon_h", "inf", "a number in h"),
        (put("horizon_h", "nan"), "horizon_h", "nan", "a number in h"),
        (put("horizon_h", "true"), "horizon_h", "true", "a number in h"),
        (put("horizon_h", "0x" + "f" * 6000), "horizon_h", "0xfff", "a number in h"),
        (put("horizon_h", "[1]"), "horizon_h", "[1]", "a number in h"),
        (put("customers", "1e3"), "network.customers", "1000.0", "a whole number of customers"),
        (put("customers", "0"), "network.customers", "0", "above 0"),
        (put("name", '""'), "name", '""', "a text of 1 to 200 characters in one line"),
        (put("name", '"a\\nb"'), "name", '"a\\nb"', "in one line"),
        (put("name", '"\\u001b[31m"'), "name", '"\\u001b', "in one line"),
        (put("name", f'"{"x" * 201}"'), "name", '"xxx', "1 to 200 characters"),
        (SMALL + '[plans.x]\ntitle = "a\\rb"', "plans.x.title", '"a\\rb"', "0 to 200 characters in one line"),
        (put("name", "3"), "name", "3", "a text"),
        (put("lat", "95"), "depots.a.lat", "95", "-90 to 90"),
        (put("kind", '"lines"'), "crews.line.kind", '"lines"', "one of " + ", ".join(get_args(CrewKind))),
        (put("start", "2019-09-08T00:00:00"), "start", "2019-09-08T00:00:00", "with offset"),
        (put("start", '"8 September"'), "start", '"8 September"', "with offset"),
        (put("start", "0001-01-01T00:00:00+23:59"), "start", "0001-01-01T00:00:00+23:59", "between 1850"),
        (put("landfall", "2019-09-09"), "landfall", "2019-09-09", "with offset"),
        (put("timezone", '"JST"'), "timezone", '"JST"', "IANA"),
        (put("timezone", '"../etc"'), "timezone", '"../etc"', "IANA"),
        (put("timezone", '""'), "timezone", '""', "IANA"),
        (put("requested_at", '"landfall-8"'), "aid.kanto.requested_at", '"landfall-8"', "an instant: landfall-48h"),
        (put("requested_at", "2019-09-08"), "aid.kanto.requested_at", "2019-09-08", "an instant"),
        (SMALL + '[hotline]\nday_start = "25:00"', "hotline.day_start", '"25:00"', '"00:00" to "23:59"'),
        (SMALL + "[hotline]\nday_start = 07:00:30", "hotline.day_start", "07:00:30", '"00:00" to "23:59"'),
        (SMALL + '[storm.x]\na = "b"', "storm.x", "{ a", "unknown key"),
        (SMALL + "[work]\nshift_end = 'go'", "work.shift_end", '"go"', "one of finish, stop, hand_over"),
        (top("hotline = 5"), "hotline", "5", "a table, written [hotline]"),
        (SMALL + "[[hotline]]\nagents = 5", "hotline", "[{ agents", "a table, written [hotline]"),
        (top("aid = 5").replace("[aid.kanto]", "[crews.kanto]"), "aid", "5", "[aid.NAME]"),
        (SMALL + "[aid]\nx = 5", "aid.x", "5", "a table with the keys kind"),
        (SMALL + "[plans]\nx = 5", "plans.x", "5", "a table with the keys title"),
        (SMALL + "[plans.x]\nactions = 5", "plans.x.actions", "5", "[[plans.x.actions]]"),
        (SMALL + "[plans.x]\nactions = [5]", "plans.x.actions[#1]", "5", "a table with the keys at"),
        (SMALL + "[plans.x]\nhotline = 5", "plans.x.hotline", "5", "a table, written [hotline]"),
        (SMALL + "[plans.x]\ndamage = 5", "plans.x.damage", "5", "a table, written [damage]"),
        (SMALL + "[plans.x]\ntitle = 5", "plans.x.title", "5", "a text"),
    ],
)
def test_a_wrong_value(problems: Any, text: str, where: str, value: str, allowed: str) -> None:
    found = [p for p in problems(text) if p.where == where]
    problem = only(found)
    assert problem.value.startswith(value)
    assert allowed in problem.allowed
    assert len(str(problem)) < 400


def test_no_message_comes_raw_from_pydantic(problems: Any) -> None:
    for problem in problems(SMALL.replace("count = 3", "count = 'x'").replace("100", "'y'")):
        assert "Input should" not in str(problem)
        assert "pydantic" not in str(problem)


# Between keys


@pytest.mark.parametrize(
    ("text", "where", "said"),
    [
        (put("horizon_h", "29"), "horizon_h", "more than 29 h"),
        (put("landfall", "2019-09-07T23:00:00+09:00"), "landfall", "not before start"),
        (put("reference_plan", '"plan"'), "reference_plan", "plain"),
        (put("requested_at", '"T+121h"'), "aid.kanto.requested_at", "within the run"),
        (put("requested_at", '"landfall-30h"'), "aid.kanto.requested_at", "within the run"),
        (put("requested_at", '"T"\nlast_arrival_h = 2'), "aid.kanto.last_arrival_h", "first_arrival_h, 24"),
        (put("requested_at", '"T"\ndepot = "c"'), "aid.kanto.depot", "a, b"),
        (SMALL.replace("count = 3", 'count = 3\npresent_from = "T+200h"'), "crews.line.present_from", "within"),
        (SMALL.replace("count = 3", "count = 3\npatrol_kmh = 3"), "crews.line.patrol_kmh", "line crews"),
        (SMALL.replace("count = 3", "count = 3\ndetection_fraction = 0.5"), "crews.line.detection_fraction", "line crews"),
        (SMALL + "[etr]\nfirst_after_h = 500", "etr.first_after_h", "below"),
        (SMALL + "[mobile]\nbattery_h = 0", "mobile.battery_h", "above 0"),
        (SMALL + "[plans.plain.mobile]\nfails = true", "plans.plain.mobile", ""),
        (SMALL + "[knowledge]\nwrong_diagnosis_fraction = 1.5", "knowledge.wrong_diagnosis_fraction", "0 to 1"),
        (SMALL + "[hotline]\nagents = 300", "hotline.agents", "at most hotline.seats, 200"),
        (SMALL + "[hotline]\nsurge_agents = 141", "hotline.surge_agents", "at most 140"),
        (SMALL + '[hotline]\nsurge_called_at = "T-1h"', "hotline.surge_called_at", "within the run"),
        (SMALL + '[hotline]\nday_end = "08:00"', "hotline.day_end", "after hotline.day_start"),
        (SMALL + '[complaint_desk]\ncloses_at = "09:00"', "complaint_desk.closes_at", "after complaint_desk.opens_at"),
        (SMALL + "[complaint_desk]\ncontact_days = 9", "complaint_desk.answer_days", "at least complaint_desk.contact"),
        (SMALL + f"[complaint_desk]\nworkdays = ['mon']\nholidays = [{MONDAYS}]", "complaint_desk.holidays", "more working days"),
        (SMALL + "[fault_orders]\nmerging = true", "fault_orders.merging", "fault_orders.staff at least 1"),
        (SMALL + "[fault_orders]\nurge_after_h = 2", "fault_orders.urge_after_h", "fault_orders.staff at least 1"),
        (SMALL + "[fault_orders]\nmerge_min = 4", "fault_orders.merge_min", "fault_orders.handle_min, 3"),
        (SMALL + "[plans.plain.fault_orders]\nmerging = true", "plans.plain.fault_orders.merging", "fault_orders.staff at least 1"),
        (SMALL + '[hotline]\nleave_mid_call = "stay"', "hotline.leave_mid_call", "finish, hand_over, drop"),
        (SMALL + "[customers]\nleft_dark_fraction = 1.1", "customers.left_dark_fraction", "0 to 1"),
        (SMALL + '[dispatch]\nrule = "nearst"', "dispatch.rule", "first_come, nearest"),
        (SMALL + '[dispatch]\nrule = "a/b:c"', "dispatch.rule", "--allow-code"),
        (SMALL + OBSERVED.replace('"plain"', '"plane"'), "observed.plan", "plain"),
        (SMALL + OBSERVED.replace("peak_low = 10", "peak_low = 30"), "observed.peak_high", "peak_low, 30"),
        (SMALL + OBSERVED.replace("poles_low = 1", "poles_low = 3"), "observed.poles_high", "poles_low, 3"),
        (SMALL + OBSERVED.replace("T11:", "T04:"), "observed.peak_to", "peak_from"),
        (SMALL + OBSERVED.replace("09-10T", "10-10T"), "observed.checkpoints[#1].at", "within the run"),
        (SMALL.replace("[depots.a]", "[depots.a]\nshare = 0").replace("[depots.b]", "[depots.b]\nshare = 0"),
         "depots", "share above 0"),
        (SMALL.replace('kind = "patrol"', 'kind = "tree"'), "crews", 'kind "patrol"'),
        (SMALL.replace("count = 3", "count = 0").replace("count = 10", "count = 0"), "crews", 'kind "line"'),
        (SMALL + "[plans.PLAIN]", "plans.PLAIN", "upper and lower case"),
        (SMALL + '[plans."caf\u00e9"]\n[plans."cafe\u0301"]', 'plans."cafe\u0301"', "does not look like"),
    ],
)  # fmt: skip
def test_keys_that_do_not_fit_each_other(problems: Any, text: str, where: str, said: str) -> None:
    problem = only(problems(text))
    assert problem.where == where
    assert said in problem.allowed


@pytest.mark.parametrize(
    ("lines", "where", "said"),
    [
        ("[plans.other.hotline]\nagents = 201", "plans.other.hotline.agents", "hotline.seats, 200"),
        ("[plans.other.hotline]\nseats = 30", "plans.other.hotline.agents", "hotline.seats, 30"),
        ('[plans.other.aid.kanto]\nrequested_at = "T-1h"', "plans.other.aid.kanto.requested_at", "within"),
        ('[plans.other.aid.kanto]\ndepot = "z"', "plans.other.aid.kanto.depot", "a, b"),
        ("[plans.other.aid.kanto]\nlast_arrival_h = 2", "plans.other.aid.kanto.last_arrival_h", "24"),
        ("[plans.other.crews.patrol]\nenabled = false", "plans.other.crews", 'kind "patrol"'),
        ("[plans.other.crews.patrol]\ncount = 0", "plans.other.crews", 'kind "patrol"'),
        ("[plans.other.depots.a]\nenabled = false\n[plans.other.depots.b]\nenabled = false",
         "plans.other.depots", "at least one depot"),
        ('[plans.other.dispatch]\nrule = "x"', "plans.other.dispatch.rule", "first_come"),
        ("[plans.other.storm]\ngust_factor = 1", "plans.other.storm", "the same for all plans"),
        ("[plans.other.network]\nseed = 1", "plans.other.network", "the same for all plans"),
        ("[plans.other.customers]\nburst_cv = 0", "plans.other.customers", "the same for all plans"),
        ("[plans.other.complaints]\nfactor_cap = 1", "plans.other.complaints", "the same for all plans"),
        ("[plans.other.cost]\nnotice = 1", "plans.other.cost", "the same for all plans"),
        ("[plans.other]\nhorizon_h = 1", "plans.other.horizon_h", "the same for all plans"),
        ("[plans.other.damage]\ntree_log_sd = 1", "plans.other.damage.tree_log_sd", "pole_strength_factor"),
        ("[plans.other.damage]\npole_strength_factor = -1", "plans.other.damage.pole_strength_factor", "above 0"),
        ("[plans.other.aid.kant]\nenabled = false", "plans.other.aid.kant", "nothing to remove"),
        ('[[plans.other.actions]]\nat = "T+121h"\ndo = "publish_etr"', "plans.other.actions[#1].at", "within"),
        ('[[plans.other.actions]]\nat = "T"\ndo = "set_dispatch_rule"', "plans.other.actions[#1].rule", "missing"),
        ('[[plans.other.actions]]\nat = "T"\ndo = "section_tripped"', "plans.other.actions[#1].section", "missing"),
        ('[[plans.other.actions]]\nat = "T"\ndo = "publish_etr"\nrule = "nearest"',
         "plans.other.actions[#1].rule", "no argument of publish_etr"),
        ('[[plans.other.actions]]\nat = "T"\ndo = "set_dispatch_rule"\nrule = "n"',
         "plans.other.actions[#1].rule", "first_come"),
        ('[[plans.other.actions]]\nat = "T+2h"\ndo = "publish_etr"\nrestored_by = "T+1h"',
         "plans.other.actions[#1].restored_by", "after the action's own"),
        ('[[plans.other.actions]]\nat = "T"\ndo = "explode"', "plans.other.actions[#1].do", "one of set_dispatch"),
    ],
)  # fmt: skip
def test_a_plan_that_does_not_fit(problems: Any, lines: str, where: str, said: str) -> None:
    problem = only(problems(f"{SMALL}\n{lines}\n"))
    assert problem.where == where
    assert said in problem.allowed


def test_one_wrong_argument_of_an_action_does_not_hide_the_others(problems: Any) -> None:
    action = '[[plans.other.actions]]\nat = "T"\ndo = "move_crews"\ncrews = "line"\n'
    found = problems(SMALL + PLAN + action + 'depot = "nowhere"\nrule = "nearest"')
    at = "plans.other.actions[#1]"
    assert {problem.where for problem in found} == {f"{at}.crews", f"{at}.depot", f"{at}.rule"}
    assert '["line", "tree"]' in next(problem for problem in found if problem.where.endswith("crews")).allowed
    wrong_and_missing = problems(SMALL + PLAN + action + 'count = "two"')
    assert {problem.where for problem in wrong_and_missing} == {f"{at}.crews", f"{at}.count", f"{at}.depot"}


def test_a_plan_that_is_no_table_is_told_only_keys_that_a_file_may_have(problems: Any) -> None:
    problem = only(problems(SMALL + "\n[[plans.other]]"))
    assert problem.allowed == "a table with the keys title, actions"


def test_a_new_entry_of_a_plan_that_lacks_keys_is_taken_for_a_misspelt_one(problems: Any) -> None:
    found = problems(SMALL + "[plans.other.aid.kantoo]\ncount = 2\n")
    assert {(p.where, p.nearest) for p in found} == {
        ("plans.other.aid.kantoo.kind", "aid.kanto"),
        ("plans.other.aid.kantoo.requested_at", "aid.kanto"),
    }


def test_a_mistake_of_the_scenario_is_told_once_and_not_again_for_each_plan(problems: Any) -> None:
    text = SMALL + PLAN + "[plans.third.hotline]\nnight_agents = 3\n[hotline]\nagents = 500\n"
    assert only(problems(text)).where == "hotline.agents"


def test_means_that_every_plan_brings_need_not_be_the_scenarios_own(problems: Any) -> None:
    text = SMALL.replace("[crews.patrol]", "[crews.patrol]\nenabled = false")
    assert only(problems(text)).where == "crews"
    assert problems(text + "[plans.plain.crews.patrol]\nenabled = true\n") == []


@pytest.mark.parametrize("name", ["a/b", "", ".x", "-x", "a b", "a\\\\b", "x" * 61, "a\\nb", "..", "a:b", "☂"])
def test_a_plan_name_that_could_be_no_file_name(problems: Any, name: str) -> None:
    problem = only(problems(f'{SMALL}[plans."{name}"]\n'))
    assert problem.where.startswith("plans.")
    assert "letters, digits" in problem.allowed


@pytest.mark.parametrize("name", ["早期支援", "as_2019", "früh-x", "2019", "प्रारंभिक", "_x"])
def test_a_plan_name_in_any_script(problems: Any, name: str) -> None:
    assert is_name(name)
    assert problems(f'{SMALL}[plans."{name}"]\n', f"plans.{name}.hotline.agents=3") == []


# Data files


@pytest.mark.parametrize(
    ("value", "said", "nearest"),
    [
        ('"trak.csv"', "there is none", "track.csv"),
        ('"sub"', "folder", ""),
        ('"sub/../trak.csv"', "there is none", "sub/../track.csv"),
        ('"empty.csv"', "not empty", ""),
        ('""', "the name of a file", ""),
        ('"a\\u0000b"', "there is none", ""),
        (f'"{"x" * 5000}"', "can be read", ""),
        ('"no/such/file.csv"', "there is none", ""),
        ('"/dev/null"', "an ordinary file", ""),
    ],
)
def test_a_data_file_that_is_none(problems: Any, tmp_path: Path, value: str, said: str, nearest: str) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "empty.csv").touch()
    problem = only(problems(SMALL.replace('"track.csv"', value)))
    assert (problem.where, problem.nearest) == ("storm.track", nearest)
    assert said in problem.allowed


def test_a_data_file_behind_links_that_lead_nowhere(problems: Any, tmp_path: Path) -> None:
    (tmp_path / "a.csv").symlink_to("b.csv")
    (tmp_path / "b.csv").symlink_to("a.csv")
    problem = only(problems(put("track", '"a.csv"')))
    assert (problem.allowed, problem.nearest) == ("a file; this is a link that leads nowhere", "")


def test_all_data_files_are_looked_for(tmp_path: Path) -> None:
    (tmp_path / "small.toml").write_text(SMALL, encoding="utf-8")
    with pytest.raises(InputError) as raised:
        read(tmp_path / "small.toml")
    assert [p.where for p in raised.value.problems] == ["storm.track", "network.settlements", "network.coast"]


@pytest.mark.skipif(os.geteuid() == 0 if hasattr(os, "geteuid") else True, reason="root reads everything")
def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    path = tmp_path / "small.toml"
    path.write_text(SMALL, encoding="utf-8")
    path.chmod(0)
    with pytest.raises(InputError, match="cannot be read"):
        read(path)


# --set


@pytest.mark.parametrize(
    ("edit", "where", "said", "nearest"),
    [
        ("hotline.agnts=3", "hotline.agnts", "unknown key", "hotline.agents"),
        ("hotlin.agents=3", "hotlin.agents", "unknown key", "hotline.agents"),
        ("agents=3", "agents", "unknown key", "hotline.agents"),
        ("crews.lin.count=3", "crews.lin.count", "has no 'lin'; it has line, patrol", "crews.line.count"),
        ("closures.x.open_at=T+3h", "closures.x.open_at", "write [closures.x] into it first", ""),
        (
            "work.kinds.patrl.night_stop=true", "work.kinds.patrl.night_stop", "has no 'patrl'; it has patrol, line",
            "work.kinds.patrol.night_stop",
        ),
        ("crews.line.cont=3", "crews.line.cont", "unknown key", "crews.line.count"),
        ("plans.plane.hotline.agents=3", "plans.plane.hotline.agents", "has no 'plane'", "plans.plain.hotline.agents"),
        ("plans.plain.storm.step_min=3", "plans.plain.storm.step_min", "unknown key", ""),
        ("plans.plain.overrides.a=3", "plans.plain.overrides.a", "unknown key", ""),
        ("plans.plain.actions.0.at=T", "plans.plain.actions.0.at", "an array, which is replaced whole", ""),
        ("horizon_h.x=3", "horizon_h.x", "horizon_h is a value", ""),
        ("hotline.agents=many", "hotline.agents", "a whole number of agents", ""),
        ("hotline.agents=-1", "hotline.agents", "0 to 20,000", ""),
        ("hotline=3", "hotline", "a table", ""),
        ("hotline.agents", "", "key.path=value", ""),
        ("=3", "", "key.path=value", ""),
        ("a..b=3", "", "key.path=value", ""),
        ("a\nb=3", "", "key.path=value", ""),
        ("", "", "key.path=value", ""),
    ],
)  # fmt: skip
def test_a_set_that_cannot_be(problems: Any, edit: str, where: str, said: str, nearest: str) -> None:
    problem = only(problems(SMALL, edit))
    assert (problem.file, problem.where, problem.nearest) == ("--set", where, nearest)
    assert said in problem.allowed


@pytest.mark.parametrize("above", ["", "plans.plain."])
def test_rules_of_a_kind_of_crew_can_be_set_without_a_table_in_the_file(tmp_path: Path, above: str) -> None:
    for name in ("track.csv", "settlements.csv", "coast.geojson"):
        (tmp_path / name).write_text("data", encoding="utf-8")
    (tmp_path / "small.toml").write_text(SMALL, encoding="utf-8")
    loaded = read(tmp_path / "small.toml", (f"{above}work.kinds.patrol.night_stop=true",))
    assert plan(loaded.scenario, "plain").settings.work.kinds["patrol"].night_stop
    assert ("patrol" in loaded.scenario.work.kinds) == (not above)


# Anything at all


def _values() -> st.SearchStrategy[Any]:
    scalars = (
        st.none().map(lambda _: {})
        | st.booleans()
        | st.integers()
        | st.sampled_from([0, -1, 1 << 62, 1 << 70, 10**400])
        | st.floats()
        | st.text(max_size=8)
        | st.sampled_from(["landfall+1h", "T", "08:00", "Asia/Tokyo", "plain", "line", "a:b", "track.csv", "."])
        | st.sampled_from([datetime(2019, 9, 9), date(2019, 9, 9), time(8, 0), time(8, 0, 1)])
    )
    return scalars | st.lists(scalars, max_size=2) | st.dictionaries(st.text(max_size=4), scalars, max_size=2)


def _places(node: Any, here: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    keys = list(node) if isinstance(node, dict) else list(range(len(node))) if isinstance(node, list) else []
    return [p for key in keys for p in ((*here, key), *_places(node[key], (*here, key)))]


WHOLE = tomllib.loads(
    SMALL
    + OBSERVED
    + """
[hotline]
agents = 5
day_start = "07:00"
[dispatch]
rule = "nearest"
[work]
shift_end = "stop"
[plans.other]
title = "Other"
[plans.other.aid.kanto]
requested_at = "T"
[plans.other.crews.patrol]
count = 4
[plans.other.depots.b]
enabled = false
[plans.other.damage]
tree_strength_factor = 1.1
[[plans.other.actions]]
at = "T"
do = "set_dispatch_rule"
rule = "nearest"
[[plans.other.actions]]
at = "T+1h"
do = "publish_etr"
restored_by = "landfall+1h"
"""
)
PLACES = _places(WHOLE)


@settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_any_mutation_is_found_or_fits(data: st.DataObject) -> None:
    """After mutations a scenario either has findings that can be told, or is valid under all its plans."""
    raw = copy.deepcopy(WHOLE)
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.sampled_from(PLACES))
        node: Any = raw
        for key in place[:-1]:
            fits = isinstance(node, dict) or (isinstance(node, list) and isinstance(key, int))
            node = node[key] if fits and (key in node if isinstance(node, dict) else key < len(node)) else None
        last = place[-1]
        if isinstance(node, list) and isinstance(last, int) and last < len(node):
            node[last] = data.draw(_values())
        elif isinstance(node, dict):
            match data.draw(st.sampled_from(["replace", "delete", "rename"])):
                case "replace":
                    node[last] = data.draw(_values())
                case "delete":
                    node.pop(last, None)
                case "rename":
                    node[data.draw(st.text(max_size=6))] = node.pop(last, 0)
    findings: list[Finding] = []
    _check(raw, findings)
    for finding in findings:
        assert finding.allowed
        assert len(finding.value) < 80
    if not findings:
        scenario = Scenario.model_validate(raw)
        for name in scenario.plans:
            assert plan(scenario, name).settings.crews


@settings(deadline=None, max_examples=100)
@given(st.lists(st.text(max_size=30) | st.sampled_from(["hotline.agents=1", "plans.=", "a.b.c=1", "name={}"]), max_size=3))
def test_any_set_is_found_or_fits(sets: list[str]) -> None:
    from sim.scenario.sets import apply

    raw = copy.deepcopy(WHOLE)
    edits, findings = apply(raw, sets)
    assert len(edits) + len(findings) == len(sets)


@settings(deadline=None, max_examples=100)
@given(_values())
def test_any_value_can_be_shown_in_one_short_line(value: Any) -> None:
    text = shown(value)
    assert len(text) <= 64
    assert text.isprintable()


def test_checks_of_a_scenario_that_lacks_everything_find_nothing_and_do_not_break() -> None:
    from sim.scenario.model import ActionEntry

    bare, entry = Scenario.model_construct(), ActionEntry.model_construct()
    for table in (bare, entry):
        table.__dict__.clear()
    assert check_frame(bare) + check_settings(bare) + check_means(bare) + check_action(entry, (), bare) == []
