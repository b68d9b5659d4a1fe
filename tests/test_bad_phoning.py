"""Bad input about the hotline and its callers: shifts, seats, rates, shares, a centre that is not the city's."""

from typing import Any

import pytest

from tests.test_bad_scenario import only, problems
from tests.test_scenario import SMALL

__all__ = ["problems"]

NIGHT = '[hotline.shifts.night]\nstart = "22:00"\nend = "06:00"\nagents = 5\n'
DAY = '[hotline.shifts.day]\nstart = "06:00"\nend = "22:00"\nagents = 40\n'
LATE = '[hotline.shifts.late]\nstart = "08:30"\nend = "22:00"\nagents = 40\n'


@pytest.mark.parametrize(
    ("lines", "where", "value", "said"),
    [
        (NIGHT + LATE, "hotline.shifts", "from 06:00 to 08:30", "no gap"),
        (DAY.replace("22:00", "24:00"), "hotline.shifts", "from 00:00 to 06:00", "no gap"),
        ("[hotline]\nseats = 30\n" + NIGHT + DAY, "hotline.shifts", "40 agents from 06:00 to 22:00", "hotline.seats, 30"),
        ("[hotline]\nseats = 50\nsurge_agents = 11\n" + NIGHT + DAY, "hotline.surge_agents", "11", "at most 10"),
        (NIGHT.replace("22:00", "25:00") + DAY, "hotline.shifts.night.start", '"25:00"', "local clock time"),
        (NIGHT.replace("agents = 5", "agents = -5") + DAY, "hotline.shifts.night.agents", "-5", "0 to 20,000"),
        (NIGHT.replace("agents = 5\n", "") + DAY, "hotline.shifts.night.agents", "", "missing"),
        ("[customers]\nfollowup_per_h = -0.1", "customers.followup_per_h", "-0.1", "0 to 5"),
        ("[customers]\ncaller_fraction = 1.2", "customers.caller_fraction", "1.2", "0 to 1"),
        ("[customers.business]\ncalls_factor = -1", "customers.business.calls_factor", "-1", "0 to 50"),
        ("[customers.important]\nfraction = 0.7\n[customers.life_support]\nfraction = 0.4",
         "customers.life_support.fraction", "0.4", "at most 0.3"),
        ("[customers]\napp_fraction = 0.8\nsocial_fraction = 0.3", "customers.social_fraction", "0.3", "at most 0.2"),
        ("[hotline]\nredial_after_busy = 1.1", "hotline.redial_after_busy", "1.1", "0 to 0.99"),
        ("[hotline]\ncallback_fraction = 2", "hotline.callback_fraction", "2", "0 to 1"),
        ("[hotline]\nhigh_volume_containment_fraction = 0.5", "hotline.high_volume_containment_fraction", "0.5",
         "not below hotline.containment_fraction, 0.65"),
        ("[province]\nagents = -1", "province.agents", "-1", "0 to 20,000"),
        ("[province]\nother_cities_fraction = 1.5", "province.other_cities_fraction", "1.5", "0 to 1"),
        ("[plans.plain.province]\nagents = 100", "plans.plain.province", "", "a plan may set"),
        ("[notices]\nmanager_fraction = 3", "notices.manager_fraction", "3", "0 to 1"),
        ("[customers.busines]\ncalls_factor = 2", "customers.busines", "", "unknown key"),
    ],
)  # fmt: skip
def test_it_is_named_with_place_value_and_what_is_allowed(
    problems: Any, lines: str, where: str, value: str, said: str
) -> None:
    found = problems(SMALL + lines)
    problem = only(found)
    assert problem.where == where
    assert value in problem.value
    assert said in problem.allowed


def test_shifts_that_meet_or_overlap_leave_no_gap(problems: Any) -> None:
    noon = '[hotline.shifts.noon]\nstart = "11:00"\nend = "24:00"\nagents = 9\n'
    assert problems(SMALL + NIGHT + DAY) == []
    assert problems(SMALL + NIGHT + DAY + noon) == []
    assert problems(SMALL + '[hotline.shifts.all]\nstart = "07:00"\nend = "07:00"\nagents = 9\n') == []
