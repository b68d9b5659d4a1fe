"""Keys that a plan may set, tried at several values: how they are read, what is refused, what the plan becomes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.errors import InputError
from sim.scenario import Scenario, plan
from sim.scenario.vary import Vary, combinations, described, read_varies, varied
from tests.tiny import tiny_scenario


def scenario(**over) -> Scenario:
    plans = {
        "base": {},
        "early": {"overrides": {"hotline": {"agents": 30}, "crews": {"line": {"count": 4}, "extra": {"kind": "tree"}}}},
        "without": {"overrides": {"aid": {"friends": {"enabled": False}}}},
    }
    plans["early"]["overrides"]["crews"]["extra"]["count"] = 2
    aid = {"friends": {"kind": "line", "count": 5, "requested_at": "landfall-4h"}}
    return tiny_scenario(plans=plans, aid=aid, hotline={"agents": 20, "night_agents": 10, "seats": 40}, **over)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("crews.line.count=60:300:60", (60, 120, 180, 240, 300)),
        ("crews.line.count=60:100:15", (60, 75, 90)),
        ("crews.line.count=3:5", (3, 4, 5)),
        ("crews.line.count=5:3", (5, 4, 3)),
        ("crews.line.count = 9, 3 ,5", (9, 3, 5)),
        ("etr.confidence=0.1:0.4:0.1", (0.1, 0.2, 0.3, 0.4)),
        ("work.wind_limit_mps=10", (10,)),
        ("dispatch.rule=nearest,critical_first", ("nearest", "critical_first")),
        ("crews.line.shift_start=06:00,07:00", ("06:00", "07:00")),
        ("aid.friends.requested_at=landfall-3h,landfall+0h", ("landfall-3h", "landfall+0h")),
        ("aid.friends.enabled=true,false", (True, False)),
        ("damage.pole_strength_factor=1:1.5:0.25", (1.0, 1.25, 1.5)),
    ],
)
def test_values_are_read_as_the_key_holds_them(text: str, values: tuple) -> None:
    (vary,) = read_varies([text], scenario(), ["base"])
    assert vary.key == text.partition("=")[0].strip()
    assert vary.values == values
    assert [type(value) for value in vary.values] == [type(value) for value in values]


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        ([], "at least one key=values"),
        (["crews.line.count"], "key=values, such as"),
        (["crews.line.count="], "key=values, such as"),
        (["=3"], "key=values, such as"),
        (["crews.line.cuont=3"], "Did you mean 'crews.line.count'?"),
        (["crews.lnie.count=3"], "crews has no 'lnie'; it has line, patrol"),
        (["hotlin.agents=3"], "Did you mean 'hotline.agents'?"),
        (["agents=3"], "Did you mean 'hotline.agents'?"),
        (["storm.rmax_km=20,30"], "the same for all plans, so it cannot be varied"),
        (["network.customers=10"], "the same for all plans"),
        (["horizon_h=10"], "the same for all plans"),
        (["title=x"], "unknown key"),
        (["damage.pole_median_mps=60"], "a plan may set pole_strength_factor, hardened_fraction"),
        (["damage.pole_strength=1"], "Did you mean 'damage.pole_strength_factor'?"),
        (["crews.line=3"], "a table; name one key in it"),
        (["crews.line.count=a"], "a whole number of crews, 0 to 20,000"),
        (["crews.line.count=1:2:0.5"], "crews.line.count = 1.5: a whole number"),
        (["crews.line.count=-1"], "crews.line.count = -1: a whole number"),
        (["crews.line.count=1:9:0"], "with a step that leads from the first to the second"),
        (["crews.line.count=9:1:2"], "with a step that leads from the first to the second"),
        (["crews.line.count=0:20000"], "at most 1,000 values, and these are 20,001"),
        (["crews.line.count=1:999999999999999999"], "at most 1,000 values"),
        (["etr.confidence=0.1:0.9"], "without a step only whole numbers"),
        (["crews.line.count=3,4,3"], "crews.line.count = 3: each value once"),
        (["crews.line.count=3", "crews.line.count=4"], "each key once"),
        (["hotline.agents=20:50:30"], "with hotline.agents=50: at most hotline.seats, 40"),
        (["dispatch.rule=nearst"], "Did you mean 'nearest'?"),
        (["crews.extra.count=3"], "crews has no 'extra'"),
    ],
)
def test_what_cannot_be_varied_is_refused_with_its_name(texts: list[str], said: str) -> None:
    with pytest.raises(InputError) as error:
        read_varies(texts, scenario(), ["base"])
    assert said in str(error.value)
    assert str(error.value).startswith("--vary")


def test_a_plans_own_group_can_be_varied_in_that_plan_only() -> None:
    (vary,) = read_varies(["crews.extra.count=1:3"], scenario(), ["early"])
    assert vary.values == (1, 2, 3)
    with pytest.raises(InputError, match="crews has no 'extra'"):
        read_varies(["crews.extra.count=1:3"], scenario(), ["early", "base"])


def test_a_group_that_the_plan_removes_is_named() -> None:
    with pytest.raises(InputError, match="the plan 'without' removes it"):
        read_varies(["aid.friends.count=1:3"], scenario(), ["without"])


def test_all_problems_are_told_together() -> None:
    with pytest.raises(InputError) as error:
        read_varies(["storm.rmax_km=1", "crews.line.cuont=3", "hotline.agents=x"], scenario(), ["base"])
    assert len(error.value.problems) == 3


def test_combinations_change_the_last_key_fastest() -> None:
    varies = read_varies(["crews.line.count=1,2", "hotline.agents=10,20"], scenario(), ["base"])
    assert list(combinations(varies)) == [(1, 10), (1, 20), (2, 10), (2, 20)]
    assert described(varies, (2, 10)) == "crews.line.count=2, hotline.agents=10"


def test_a_varied_key_wins_over_the_plan_and_leaves_everything_else() -> None:
    """`--vary` acts after the plan is merged."""
    here = scenario()
    varies = read_varies(["hotline.agents=12,30", "crews.line.count=9"], here, ["early"])
    changed, own = varied(here, "early", varies, (12, 9)), plan(here, "early")
    assert (own.settings.hotline.agents, own.settings.crews["line"].count) == (30, 4)
    assert (changed.settings.hotline.agents, changed.settings.crews["line"].count) == (12, 9)
    assert changed.settings.crews["extra"] == own.settings.crews["extra"]
    assert changed.settings.model_copy(
        update={"hotline": own.settings.hotline, "crews": own.settings.crews}
    ) == own.settings  # fmt: skip
    assert varied(here, "early", varies, (30, 4)).settings == own.settings


@given(st.integers(0, 500), st.integers(1, 50), st.integers(1, 60))
def test_a_range_is_the_numbers_from_its_start_by_its_step(start: int, step: int, n: int) -> None:
    text = f"crews.line.count={start}:{start + step * n}:{step}"
    (vary,) = read_varies([text], HERE, ["base"])
    assert vary == Vary(("crews", "line", "count"), tuple(range(start, start + step * n + 1, step)))


HERE = scenario()
