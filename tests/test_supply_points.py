"""Substations and the lines that feed them: lost by the gust, taking their feeders along, and given back as a whole."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from sim.damage import source_losses
from sim.log import Log
from sim.scenario import Action
from sim.world.mishaps import losses_of_supply
from tests.tiny import LAT0, LON0, tiny_drawn, tiny_faults, tiny_network, tiny_scenario, wind_of
from tests.worlds import at_of, is_sound, lines, play

#  substation a: 0 -- 1 -tie- 3 -- 2 : substation b; each feeder breaker and recloser
FEEDERS = replace(
    tiny_network(
        [-1, 0, -1, 2], [100, 200, 300, 400], ["breaker", "recloser"] * 2, [True] * 4, x=[-2.0, -1.0, 2.0, 1.0], tie=[(1, 3)]
    ),
    feeder_substation=np.array([0, 1]), substation_name=np.array(["a", "b"]),
    substation_lon=np.array([LON0 - 0.03, LON0 + 0.03]), substation_lat=np.array([LAT0, LAT0]),
)  # fmt: skip
CREWS = ("shift_started", "crew_dispatched", "crew_arrived", "job_opened")
NEVER = {"log_sd": 0.0, "restore_log_sd": 0.0}


def scenario(**subtransmission: Any) -> Any:
    return tiny_scenario(etr={"policy": "none"}, subtransmission=NEVER | subtransmission)


def wind(settings: Any, *gust: float) -> Any:
    """Return gusts at 0, 60, 120, ... minutes, still afterwards."""
    at = [60.0 * i for i in range(len(gust) + 1)]
    return wind_of(FEEDERS, settings, [*at, settings.horizon_min], [*gust, 0.0, 0.0])


def lost(substation: str, at: float, for_min: float) -> Action:
    return Action(at, "substation_tripped", {"substation": substation, "for_min": for_min}, "lead")


def supply(log: Log) -> list[str]:
    return lines(log, *CREWS, "inject_given")


def test_nothing_is_lost_unless_a_strength_is_given() -> None:
    settings = scenario()
    assert source_losses(tiny_drawn(FEEDERS, settings, wind(settings, 0.0, 80.0)), settings) == []


def test_a_substation_is_lost_when_the_gust_reaches_its_strength_and_back_so_long_after_the_wind_is_down() -> None:
    """The gust rises from 0 at 00:00 to 60 m/s at 01:00: 45 m/s at 00:45; it is below the limit of work at 01:45."""
    settings = scenario(substation_median_mps=45.0, restore_h=2.0)
    drawn = tiny_drawn(FEEDERS, settings, wind(settings, 0.0, 60.0))
    calm = 120.0 - 60.0 * settings.work.wind_limit_mps * settings.storm.gust_factor / 60.0
    losses = source_losses(drawn, settings)
    assert [(loss.at, loss.substation) for loss in losses] == [(45.0, 0), (45.0, 1)]
    assert [loss.until for loss in losses] == pytest.approx([calm + 120.0] * 2)


def test_the_time_until_supply_is_back_counts_from_when_line_crews_may_work() -> None:
    own = {"kinds": {"line": {"wind_limit_mps": 5.0}}}
    until = []
    for work in ({}, own):
        settings = scenario(substation_median_mps=45.0).model_copy(update={"work": tiny_scenario(work=work).work})
        until.append(source_losses(tiny_drawn(FEEDERS, settings, wind(settings, 0.0, 60.0)), settings)[0].until)
    assert until[1] - until[0] == pytest.approx((10.0 - 5.0) * 1.5), "the gust falls by 1 m/s a minute, 1.5 times the mean"


def test_a_line_takes_all_its_substations_along_and_the_longer_loss_counts() -> None:
    both = {"line_median_mps": 45.0, "substation_median_mps": 50.0, "restore_h": 2.0}
    settings = scenario(**both, substations_per_line=2)
    losses = source_losses(tiny_drawn(FEEDERS, settings, wind(settings, 0.0, 60.0)), settings)
    assert [(loss.at, loss.substation) for loss in losses] == [(45.0, 0), (45.0, 1)], (
        "each once, from the line's loss on"
    )
    apart = scenario(line_median_mps=45.0, substations_per_line=1, log_sd=0.5)
    strengths = {
        loss.at
        for seed in range(9)
        for loss in source_losses(tiny_drawn(FEEDERS, apart, wind(apart, 0.0, 60.0), seed=seed), apart)
    }
    assert len(strengths) > 9, "substations on lines of their own have strengths of their own"


def test_losses_come_as_often_as_the_strength_says() -> None:
    """A gust of 45 m/s meets a lognormal strength of median 45: half of the lines are lost."""
    settings = scenario(line_median_mps=45.0, substations_per_line=1, log_sd=0.3)
    drawn = [tiny_drawn(FEEDERS, settings, wind(settings, 0.0, 45.0), replication=r) for r in range(1000)]
    n = sum(len(source_losses(each, settings)) for each in drawn)
    assert n == pytest.approx(1000, abs=4.5 * np.sqrt(500))


def test_no_plan_moves_what_the_storm_takes_away() -> None:
    settings = scenario(substation_median_mps=45.0, log_sd=0.3)
    drawn = tiny_drawn(FEEDERS, settings, wind(settings, 0.0, 60.0))
    more = settings.model_copy(update={"crews": {}})
    assert source_losses(drawn, settings) == source_losses(drawn, more)
    assert losses_of_supply(drawn, settings)[0].do == "substation_tripped"


def test_nobody_looks_along_the_line_for_what_the_substation_has_lost() -> None:
    log = play(tiny_drawn(FEEDERS, scenario(), given=tiny_faults()), actions=[lost("a", 60.0, 300.0)]).log
    assert supply(log) == [
        "60 section_tripped section=0 value=300",
        "60 section_went_dark section=0 interruption=0 customers=100",
        "60 section_went_dark section=1 interruption=1 customers=200",
        "61 breaker_reported section=0",
        "75 outage_inferred outage=0 section=0 value=61 substation",
        "360 section_restored section=0 interruption=0 customers=100 value=300",
        "360 section_restored section=1 interruption=1 customers=200 value=300",
        "360 outage_closed outage=0 section=0",
    ]
    assert not log.of("job_opened").any()
    is_sound(log)


def test_a_loss_that_is_over_before_it_is_read_is_no_outage() -> None:
    log = play(tiny_drawn(FEEDERS, scenario(), given=tiny_faults()), actions=[lost("a", 62.0, 4.0)]).log
    assert at_of(log, "section_restored") == [66.0, 66.0]
    assert not log.of("outage_inferred", "job_opened").any()
    is_sound(log)


def test_damage_behind_a_lost_substation_shows_when_supply_is_back() -> None:
    """A wire falls in the feeder's first zone and one behind the recloser: nobody can know before 06:00."""
    faults = tiny_faults((90.0, 0), (100.0, 1))
    log = play(tiny_drawn(FEEDERS, scenario(), given=faults), actions=[lost("a", 60.0, 300.0)]).log
    assert min(at_of(log, "job_opened")) == 360.0
    assert sorted(log["fault"][log.of("repair_finished")].tolist()) == [0, 1]
    assert log.of("section_restored").sum() == log.of("section_went_dark").sum()
    is_sound(log)


def test_neighbours_take_over_a_lost_substation_where_devices_are_operated() -> None:
    switching = {"enabled": True, "tie_remote_fraction": 1.0, "operators": 1, "tie_capacity_kw": 1e6}
    settings = tiny_scenario(etr={"policy": "none"}, switching=switching)
    log = play(tiny_drawn(FEEDERS, settings, given=tiny_faults()), actions=[lost("a", 60.0, 300.0)]).log
    assert at_of(log, "tie_closed") == [78.0], "one remote operation of 3 min after the review at 75"
    assert at_of(log, "section_restored") == [78.0, 78.0]
    assert at_of(log, "tie_opened")[0] > 360.0, "and gives it back when supply is there again"
    assert log.of("section_went_dark").sum() == 2, "nobody goes dark for that"
    is_sound(log)
