"""Customer-hours that waited for another crew, for material or for switching."""

from typing import Any

import numpy as np
import pytest

from sim.metrics.crews import crew_time
from sim.metrics.intervals import dark_intervals
from sim.metrics.where import Stages
from tests.test_crew_kinds import ALWAYS, FEEDER, pairs
from tests.test_stores import TWO_POLES, store
from tests.tiny import tiny_drawn, tiny_faults, tiny_scenario
from tests.worlds import play


def hours(log: Any, horizon: float = 14_400.0) -> dict[str, float]:
    """Return minutes per stage of the 600 customers, who are dark and back together."""
    dark = dark_intervals(log, FEEDER.customers, horizon)
    nan = np.array([np.nan])
    found = Stages(log, dark, FEEDER, crew_time(log, horizon), nan, nan, horizon).hours()
    return {stage: round(float(n) / 600 * 60, 2) for stage, n in found.items() if n}


def test_waiting_for_a_second_crew_on_site() -> None:
    # dark from 60; found at 160, on the road to 180, one crew alone until 261, both at work until 501
    assert hours(pairs({"depot": "far"})) == {"unknown": 100.0, "travel": 20.0, "other_crew": 81.0, "work": 240.0}


def test_waiting_for_a_second_crew_that_is_not_on_its_way() -> None:
    found = hours(pairs({"depot": "d", "present_from": "T+4h"}))
    # found at 160, there at 180; the second sets out at 240 and is there at 260
    assert found == {"unknown": 100.0, "travel": 20.0, "other_crew": 80.0, "work": 240.0}


def test_waiting_for_the_next_kind_and_for_the_switch() -> None:
    kinds = ("patrol", "tree", "switching")
    crews = {"line": ALWAYS | {"present_from": "T+6h"}} | {kind: {"kind": kind} | ALWAYS for kind in kinds}
    crews["switching"]["present_from"] = "T+12h"
    set_up = tiny_scenario(crews=crews, work={"switching_fraction": 1.0}, etr={"policy": "none"})
    log = play(tiny_drawn(FEEDER, set_up, given=tiny_faults((60.0, 1, "pole", True)))).log
    # tree cleared at 270; line crew from 360, there at 380, done at 620; switching crew from 720, there at 740, done at 750
    assert hours(log) == {
        "unknown": 100.0, "travel": 60.0, "work": 90 + 240 + 10.0, "other_crew": 90.0, "switching": 100.0,
    }  # fmt: skip


def test_waiting_for_material() -> None:
    set_up = tiny_scenario(depots=store(1), etr={"policy": "none"})
    log = play(tiny_drawn(FEEDER, set_up, given=TWO_POLES)).log
    # the second pole is missing from 420, when the first is mended, to 760
    assert hours(log) == {"unknown": 100.0, "travel": 40.0, "work": 480.0, "other_crew": 340.0}


def test_a_device_that_tripped_without_damage_waits_for_switching() -> None:
    from sim.scenario import Action

    trip = Action(60.0, "section_tripped", {"section": 0, "for_min": 600.0}, "lead")
    set_up = tiny_scenario(etr={"policy": "none"})
    drawn = tiny_drawn(FEEDER, set_up, given=tiny_faults())
    names = {"section": str(FEEDER.name[0]), "for_min": 600.0}
    log = play(drawn, actions=[Action(trip.at, trip.do, names, "lead")]).log
    assert set(hours(log)) == {"switching"}
    assert sum(hours(log).values()) == pytest.approx(hours(log)["switching"])
