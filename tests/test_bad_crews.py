"""Bad input about crews, shifts, material and aid: told before the run, with key, value and what is allowed."""

from pathlib import Path
from typing import Any

import pytest

from sim.errors import InputError, Problem
from sim.scenario import read
from sim.scenario.template import template
from tests.test_scenario import SCENARIOS, SMALL


@pytest.fixture
def problems(tmp_path: Path) -> Any:
    """Return what is wrong with the small scenario with some text behind it."""
    for name in ("track.csv", "settlements.csv", "coast.geojson"):
        (tmp_path / name).write_text("data", encoding="utf-8")

    def found(more: str) -> list[Problem]:
        path = tmp_path / "small.toml"
        path.write_text(SMALL + more, encoding="utf-8")
        try:
            read(path, ())
        except InputError as error:
            return list(error.problems)
        return []

    return found


def told(found: list[Problem]) -> tuple[str, str | None, str]:
    assert len(found) == 1, "\n".join(map(str, found))
    return found[0].where, found[0].value, found[0].allowed


AID = '[aid.kin]\nkind = "line"\ncount = 2\nrequested_at = "landfall-12h"\n'


def test_rules_of_duty_that_the_day_has_no_room_for(problems: Any) -> None:
    where, value, allowed = told(problems("[work]\nrest_h = 12.0\n"))
    assert (where, value) == ("work.rest_h", "12.0")
    assert allowed.startswith("at most 10, what the 14 h shift of")
    where, _, allowed = told(problems("[plans.plain.work]\nlongest_duty_h = 8\n"))
    assert where == "plans.plain.work.longest_duty_h"
    assert allowed.startswith("at least 14")


def test_nobody_to_hand_over_to(problems: Any) -> None:
    where, value, allowed = told(problems('[work]\nshift_end = "hand_over"\n'))
    assert (where, value) == ("work.shift_end", '"hand_over"')
    assert "come off duty with nobody there" in allowed
    night = '[crews.night]\nkind = "line"\ncount = 1\nshift_start = "19:00"\n'
    assert problems('[work]\nshift_end = "hand_over"\n' + night) == []


def test_the_comments_say_which_crews_a_plan_needs(tmp_path: Path) -> None:
    text, path = template(), tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    assert "every plan needs a patrol and a line crew" in text
    assert "one without tree crews gives their work to line crews" in text
    for kind, said in (("tree", ""), ("patrol", "without any no damage is ever found"), ("line", "is ever mended")):
        edits = (f"crews.{kind}.enabled=false", *(["aid.neighbours.enabled=false"] if kind == "line" else []))
        try:
            read(path, edits)
        except InputError as error:
            assert said
            assert all(said in problem.allowed for problem in error.problems)
        else:
            assert not said


def test_wind_and_night(problems: Any) -> None:
    where, value, allowed = told(problems("[work.kinds.lines]\nnight_stop = true\n"))
    assert (where, value) == ("work.kinds.lines", "")
    assert allowed.startswith("a kind of crew: patrol, line")
    where, value, allowed = told(problems('[work]\nwind_limit_by = "standards"\n'))
    assert (where, value) == ("work.wind_limit_by", '"standards"')
    assert problems('[work]\nwind_limit_by = "standards"\n[standards]\npreset = "japan"\n') == []
    where, value, _ = told(problems('[work]\nnight_from = "05:00"\n'))
    assert (where, value) == ("work.night_until", '"05:00"')
    late = '[crews.late]\nkind = "line"\ncount = 1\nshift_start = "20:00"\nshift_h = 8\n'
    where, value, allowed = told(problems(late + "[work.kinds.line]\nnight_stop = true\n"))
    assert (where, value) == ("crews.late.shift_start", '"20:00"')
    assert "stop work from 19:00 to 05:00" in allowed


def test_lodging_that_is_no_depot(problems: Any) -> None:
    where, value, allowed = told(problems(AID + 'lodging = "inn"\n'))
    assert (where, value) == ("aid.kin.lodging", '"inn"')
    assert allowed.startswith("a depot that is enabled")


def test_material_and_equipment(problems: Any) -> None:
    (problem,) = problems("[depots.a.stock]\npole = 3\n")
    assert (problem.where, problem.nearest) == ("depots.a.stock.pole", "poles")
    assert "unknown key; the keys here are wire, poles, transformers" in problem.allowed
    assert told(problems("[depots.a.stock]\npoles = -1\n"))[0] == "depots.a.stock.poles"
    where, value, allowed = told(problems("[depots.a.resupply]\npoles = 3\n"))
    assert (where, value) == ("depots.a.resupply.poles", "3")
    assert "stock.poles" in allowed
    where, value, allowed = told(problems('[plans.plain.work]\npole_equipment = "digger"\n'))
    assert (where, value) == ("plans.plain.work.pole_equipment", '"digger"')
    assert "they have none" in allowed


def test_kinds_that_a_plan_lacks(problems: Any) -> None:
    where, value, allowed = told(problems("[plans.plain.work.kinds.underground]\nwire_fraction = 0.2\n"))
    assert (where, value) == ("plans.plain.work.kinds.underground.wire_fraction", "0.2")
    assert 'crews of kind "underground", own or aid' in allowed
    where, _, allowed = told(problems("[work.kinds.tree]\npole_fraction = 0.2\n"))
    assert where == "work.kinds.tree.pole_fraction"
    assert "tree crews do no share of the repairs" in allowed
    crews = "".join(f'[crews.{kind}]\nkind = "{kind}"\ncount = 1\n' for kind in ("underground", "substation"))
    shares = "[work.kinds.underground]\nwire_fraction = 0.6\n[work.kinds.substation]\nwire_fraction = 0.6\n"
    where, _, allowed = told(problems(crews + shares))
    assert where == "work.kinds.substation.wire_fraction"
    assert allowed == "at most 1 with the shares of the other kinds"
    where, _, allowed = told(
        problems("[plans.plain.crews.line]\ncount = 1\n[plans.plain.aid.kanto]\nenabled = false\n"
                 "[plans.plain.work]\npole_two_crews_fraction = 0.1\n")
    )  # fmt: skip
    assert where == "plans.plain.work.pole_two_crews_fraction"
    assert allowed.endswith("on duty at the same time")


def test_a_wind_limit_of_a_group(problems: Any) -> None:
    where, value, allowed = told(problems("[plans.plain.crews.line]\nwind_limit_mps = 0\n"))
    assert (where, value) == ("plans.plain.crews.line.wind_limit_mps", "0")
    assert allowed == "a number in m/s, above 0 and at most 60"
    assert told(problems(AID + 'wind_limit_mps = "calm"\n'))[0] == "aid.kin.wind_limit_mps"


def test_the_patrols_of_the_readme_are_understood(problems: Any) -> None:
    text = (SCENARIOS / "README.md").read_text(encoding="utf-8")
    begin = text.index("    [crews.foot]")
    example = "\n".join(line.strip() for line in text[begin : text.index("\n\n", begin)].splitlines())
    assert example.count("wind_limit_mps") == 1
    assert problems(example) == []


def test_poles_that_nobody_has_the_people_for(problems: Any) -> None:
    where, value, allowed = told(problems("[plans.plain.work]\npole_people = 12\n"))
    assert (where, value) == ("plans.plain.work.pole_people", "12.0")
    assert allowed == "at most 10: line crews, own or aid, have 5 people at most, two that are on duty at the same time 10"
    assert problems("[plans.plain.work]\npole_people = 10\n") == []
    alone = "[plans.plain.crews.line]\ncount = 1\n[plans.plain.aid.kanto]\nenabled = false\n"
    where, _, allowed = told(problems(alone + "[plans.plain.work]\npole_people = 5\n"))
    assert where == "plans.plain.work.pole_people"
    assert allowed == "at most 4: line crews, own or aid, have 4 people at most, and no two are on duty together"
    cable = '[crews.cable]\nkind = "underground"\ncount = 1\n[work.kinds.underground]\npole_fraction = 0.1\n'
    where, value, allowed = told(problems(cable + "[work]\npole_people = 8\n"))
    assert (where, value) == ("work.pole_people", "8.0")
    assert allowed.startswith("at most 4: underground crews")
    assert told(problems("[work]\npole_people = -1\n"))[0] == "work.pole_people"


@pytest.mark.parametrize(
    ("keys", "where", "allowed"),
    [
        ("first_arrival_h = 110\nlast_arrival_h = 112", "first_arrival_h", "at most 103: the run ends 103 h after asking, before a"),
        ("last_arrival_h = 110", "last_arrival_h", "at most 103: the run ends 103 h after asking, before the last of them come"),
        ("last_arrival_h = 102\ninduction_h = 6", "last_arrival_h", "on duty from T+127h, and the run ends at T+120h"),
        ("last_arrival_h = 98\nshift_h = 8", "last_arrival_h", "who comes at T+115h is on duty from T+127h, and the run ends at"),
        ("leaves_h = 6\nshift_h = 8", "leaves_h", "who comes at T+41h is on duty from T+55h, and they go home at T+47h"),
        ('last_arrival_h = 24\nshift_h = 8\nleaves_at = "T+45h"', "leaves_at", "from T+55h, and they go home at T+45h"),
    ],
)
def test_aid_that_comes_too_late_or_never_works(problems: Any, keys: str, where: str, allowed: str) -> None:
    given = {line.split(" = ")[0]: line for line in keys.splitlines()}
    key, value, text = told(problems(AID + "groups = 2\n" + keys + "\n"))
    assert key == f"aid.kin.{where}"
    assert value.strip('"').removesuffix(".0") == given[where].split(" = ")[1].strip('"')
    assert allowed in text


def test_aid_that_comes_in_one_group_has_no_last_one(problems: Any) -> None:
    assert problems(AID + "last_arrival_h = 110\ngroups = 1\n") == []
    assert problems(AID.replace("count = 2", "count = 1") + "last_arrival_h = 110\n") == []
