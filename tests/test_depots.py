"""Use by depot: where crews are counted, what their hours were, and what became of the material."""

import dataclasses
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from sim.experiment.depots import (
    DepotUse,
    Roster,
    at_places,
    depot_use,
    depot_uses,
    relabelled,
    restored_at,
    roster,
    struck_off,
)
from sim.experiment.series import Setting
from sim.log import Log, Recorder
from sim.metrics.crews import OFF, STATES, crew_time
from sim.metrics.curves import grid_at
from sim.metrics.stock import Supplies
from sim.report.figures import depots
from sim.report.style import look_for
from sim.scenario import Action
from sim.scenario.model import PlanEntry
from sim.world import World
from tests import synthetic
from tests.test_field_together import drills
from tests.tiny import LAT0, LON0, tiny_drawn, tiny_faults, tiny_network, tiny_scenario
from tests.worlds import Telephone, plan_of, play

FEEDER = tiny_network([-1, 0, -1, 2], [100, 200, 300, 400], x=[0.0, 1.0, 40.0, 41.0], area=[0, 0, 1, 1], n_areas=2)
FEEDER.area_lon[1] += 0.5
NORTH = {"lon": LON0, "lat": LAT0 + 0.1, "share": 1.0}
DAY = {"shift_start": "00:00", "shift_h": 12.0}


def use(log: Log, set_up: Any, until: float = 2880.0, network: Any = FEEDER) -> DepotUse:
    times = crew_time(log, set_up.horizon_min)
    return depot_use(log, times, set_up, network, ("base", 0), until, grid_at(set_up.horizon_min))


def hours(of: DepotUse, place: str) -> dict[str, float]:
    row = of.hours[of.names.index(place)]
    return {state: round(float(value), 3) for state, value in zip(STATES, row, strict=True) if value}


def test_one_depot_has_all_crews_and_jobs() -> None:
    set_up = tiny_scenario(
        horizon_h=48.0, etr={"policy": "none"}, crews={"line": {"kind": "line", "count": 1} | DAY},
        depots={"d": {"lon": LON0, "lat": LAT0, "stock": {"wire": 3}, "resupply": {"wire": 2, "lead_h": 10.0, "at_fraction": 0.7}}},
    )  # fmt: skip
    log = play(tiny_drawn(FEEDER, set_up, given=tiny_faults((400.0, 1), (400.0, 3)))).log
    made = use(log, set_up)
    assert made.names == ("d",)
    assert made.crews[0].max() == 2  # with the patrol, which is there day and night
    # landfall is at 360: of the line crew's two days 06:00 to 12:00 and all of the second shift; then it is off
    line = sum(hours(made, "d")[state] for state in ("working", "travelling", "waiting")) - 42.0
    assert line == pytest.approx(18.0 + hours_over(log))
    assert made.jobs.sum() == log.of("job_opened").sum()
    assert made.supplies == (Supplies(0, 0, 3.0, 2.0, 2.0, 2.0, 3.0, made.supplies[0].lowest, 0.0),)


def hours_over(log: Log) -> float:
    """Return the line crew's hours on shift beyond 12:00 on both days."""
    ends = log["at"][log.of("shift_ended") & (log["crew"] == 0)]
    return float((ends - np.array([720.0, 2160.0])).sum()) / 60.0


def test_crews_are_counted_where_they_are_moved_to() -> None:
    set_up = tiny_scenario(
        horizon_h=48.0, etr={"policy": "none"}, depots={"d": {"lon": LON0, "lat": LAT0}, "n": NORTH | {"share": 0.0}}
    )
    move = Action(600.0, "move_crews", {"crews": ("line",), "area": "area1"}, "lead")
    made = use(play(tiny_drawn(FEEDER, set_up), actions=[move]).log, set_up)
    assert made.names == ("d", "n", "area1")
    assert (made.crews[0][19], made.crews[0][21]) == (2, 1)
    assert (made.crews[2][19], made.crews[2][21]) == (0, 1)
    assert hours(made, "d") == {"waiting": 4.0 + 42.0}
    assert sum(hours(made, "area1").values()) == pytest.approx(38.0)
    assert hours(made, "n") == {}
    assert np.isnan(made.wait_h[1:]).all()


def test_crews_rest_where_they_lodge() -> None:
    log = Recorder()
    for at, kind, place in (
        (0, "shift_started", -1), (600, "crew_returning", 1), (660, "shift_ended", -1), (1440, "shift_started", -1),
        (2000, "crew_moving", 0), (2100, "crew_moved", -1), (2200, "shift_ended", -1), (2880, "shift_started", -1),
    ):  # fmt: skip
        log.add(at, kind, crew=0, place=place)
    time, place = at_places(
        crew_time(log.finish(), 3000.0), log.finish(), Roster(("line",), np.array([0]), np.array([1]))
    )
    told = [
        (STATES[s], float(b - a), p) for s, a, b, p in zip(time.state, time.start, time.end, place.tolist(), strict=True) if b > a
    ]
    assert told == [
        ("waiting", 600, 0), ("travelling", 60, 0), ("resting", 780, 1), ("waiting", 560, 0), ("travelling", 100, 0),
        ("waiting", 100, 0), ("resting", 680, 0), ("waiting", 120, 0),
    ]  # fmt: skip


def test_material_that_ran_out() -> None:
    set_up = tiny_scenario(depots={"d": {"lon": LON0, "lat": LAT0, "stock": {"poles": 1}}})
    log = Recorder()
    for at, kind, value in (
        (100, "stock_drawn", 0), (130, "stock_returned", 1), (160, "stock_drawn", 0), (200, "stock_ordered", 5),
        (400, "stock_delivered", 5), (500, "stock_drawn", 4),
    ):  # fmt: skip
        log.add(at, kind, place=0, value=value, detail="pole")
    made = use(log.finish(), set_up, 450.0)
    assert made.supplies == (Supplies(0, 1, 1.0, 1.0, 5.0, 5.0, 5.0, 0.0, 4.5),)


def test_a_patrol_that_became_needless_is_no_job() -> None:
    network = tiny_network([-1, 0, 1], [9, 9, 90], ["breaker", "none", "fuse"], [False] * 3)
    late = {"present_from": "T+10h"}
    set_up = tiny_scenario(
        horizon_h=48.0, etr={"policy": "none"}, knowledge={"calls_to_infer": 2}, crews={"line": late, "patrol": late}
    )
    calls = [(70.0, 2, 1), (71.0, 2, 2), (100.0, 1, 1), (110.0, 0, 1)]
    log = play(tiny_drawn(network, set_up, given=tiny_faults((60.0, 0))), calls=calls).log
    opened = log.of("job_opened")
    assert list(zip(log["at"][opened].tolist(), log["section"][opened].tolist(), strict=True))[:2] == [(75, 2), (120, 0)]
    assert struck_off(log).tolist() == [0]  # its outage was merged into the one above
    assert opened.sum() == 3
    made = use(log, set_up, network=network)
    assert made.jobs.tolist() == [2]  # the patrol above, at 600, and the repair that it found, at 670
    assert made.wait_h.tolist() == [0.0]
    early = use(log, set_up, 640.0, network)
    assert (early.jobs.tolist(), early.wait_h.tolist()) == ([1], [8.0])


def test_only_the_patrol_of_an_outage_in_its_own_zone_is_struck_off() -> None:
    log = Recorder()
    for zone in range(4):
        log.add(10, "outage_inferred", outage=zone, section=zone)
        log.add(10, "job_opened", job=zone, outage=zone, section=zone)
    log.add(10, "job_opened", job=4, outage=0, section=5)  # of a zone further down
    log.add(10, "job_opened", job=5, outage=1, section=1, fault=0)
    log.add(10, "job_opened", job=6, section=1)  # a device
    log.add(10, "job_opened", job=8, outage=0, section=0)
    log.add(15, "crew_dispatched", job=8, section=0, crew=0)
    log.add(20, "patrol_finished", job=9, section=2, outage=0, value=1)
    log.add(20, "patrol_finished", job=9, section=3, outage=0, value=0)
    log.add(30, "outage_closed", outage=0, section=0)
    log.add(30, "outage_closed", outage=1, section=1)
    log.add(40, "job_opened", job=7, outage=2, section=2)  # again, since it did not hold
    log.add(50, "job_called_off", job=6, section=1)
    assert struck_off(log.finish()).tolist() == [0, 1, 2, 6]


def test_hours_end_with_the_run() -> None:
    stock = {"stock": {"poles": 1}}
    set_up = tiny_scenario(horizon_h=24.0, depots={"d": {"lon": LON0, "lat": LAT0} | stock})
    played = synthetic.experiment(("base",), 2, size=0.0, speed=(1.0,), anger=(1.0,))
    assert played.of("t95_h").tolist() == [[0.0, 0.0]]
    assert restored_at(played, set_up, "base", 0) == 1440.0  # not five days after landfall
    assert restored_at(played, set_up, "base", 7) == 1440.0
    assert restored_at(played, tiny_scenario(), "base", 7) == 360.0 + 5 * 1440
    times = played.values.copy()
    times[:, :, played.measures.index("t95_h")] = 4.0
    known = dataclasses.replace(played, values=times)
    assert restored_at(known, set_up, "base", 0) == 360.0 + 240.0
    log = Recorder()
    log.add(1200, "stock_drawn", place=0, value=0, detail="pole")
    assert [s.out_h for s in use(log.finish(), set_up, restored_at(played, set_up, "base", 0)).supplies] == [4.0]


@given(drills())
@settings(max_examples=15, deadline=None)
def test_every_hour_has_one_place(case: tuple[Any, list[Action]]) -> None:
    drawn, actions = case
    log = World(drawn, plan_of(drawn.scenario), Telephone(), actions).play().log
    times = crew_time(log, drawn.scenario.horizon_min)
    pieces, place = at_places(times, log, roster(drawn.scenario, drawn.network))
    assert len(place) == len(pieces.crew)
    for crew in np.unique(times.crew).tolist():
        mine, whole = pieces.crew == crew, times.crew == crew
        assert pieces.start[mine][1:].tolist() == pieces.end[mine][:-1].tolist()
        for state in range(len(STATES)):
            of, now = whole & (times.state == state), mine & (pieces.state == state)
            assert (pieces.end - pieces.start)[now].sum() == pytest.approx((times.end - times.start)[of].sum())
    made = use(log, drawn.scenario, drawn.scenario.horizon_min, drawn.network)
    assert sum(s.left for s in made.supplies) == sum(s.at_start - s.drawn + s.delivered for s in made.supplies)
    there = np.clip(times.end - np.maximum(times.start, drawn.scenario.landfall_at), 0, None)
    assert made.hours.sum() - made.hours[:, OFF].sum() == pytest.approx(there[times.state != OFF].sum() / 60)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_many_places_and_plans_fit_the_page(lang: str) -> None:
    from tests.test_report import assert_legible

    material = synthetic.material(n=6)
    names = tuple(f"depot of the {i}th district" for i in range(15))
    rng_hours = np.arange(15 * len(STATES), dtype=float).reshape(15, len(STATES)) + 1.0
    made = [
        dataclasses.replace(
            each, names=names, crews=np.outer(np.arange(15.0), np.ones(len(material.experiment.grid_at))),
            on_site=np.zeros((15, len(material.experiment.grid_at))), hours=rng_hours, jobs=np.full(15, 1234),
            wait_h=np.where(np.arange(15) % 4, 12.3, np.inf),
            supplies=tuple(Supplies(d, work, 20.0, 12.0, 0.0, 5.0, 13.0, 0.0, 30.0) for d in range(15) for work in range(3)),
        )
        for each in material.uses
    ]  # fmt: skip
    sheet = depots.draw(dataclasses.replace(material, uses=tuple(made)), look_for(lang)[0])
    assert sheet is not None
    assert_legible(sheet, lang)
    assert len(sheet.rows) == 6 * 15


def test_plans_are_alike_only_where_nothing_differs_that_can_move_crews() -> None:
    differ = {
        "sturdy": {"damage": {"pole_strength_factor": 1.2}}, "trained": {"training": {"enabled": True}},
        "phones": {"hotline": {"agents": 99}}, "clerks": {"fault_orders": {"staff": 3}}, "word": {"etr": {"policy": "none"}},
        "desk": {"complaint_desk": {"staff": 9}}, "insured": {"treatment": {"premium": 5.0}},
    }  # fmt: skip
    plans = ("base", *differ)
    entries = {name: PlanEntry(overrides=differ.get(name, {})) for name in plans}
    made = synthetic.scenario(plans).model_copy(update={"plans": entries})
    network, _, track = synthetic.island()
    played = synthetic.experiment(plans, 2, speed=(1.0,) * len(plans), anger=(1.0,) * len(plans))
    setting = Setting(made, network, track, (), played.seed)
    uses = depot_uses(setting, played, dict.fromkeys(plans, (0, synthetic.log(network))))
    assert {use.plan: use.like for use in uses} == dict.fromkeys(plans, "") | {"desk": "base", "insured": "base"}


def test_plans_with_the_same_crews_are_not_drawn_twice() -> None:
    material = synthetic.material(("base", "other"), 6, speed=(1.0, 1.5), anger=(1.0, 0.5))
    sheet = depots.draw(material, look_for("en")[0])
    assert sheet is not None
    said = " ".join(text.get_text().replace("\n", " ") for text in sheet.figure.texts)
    assert "Not drawn: other (crews and depots as in base)." in said
    assert {row[0] for row in sheet.rows} == {"base", "other"}
    assert "first run" not in said
    labels = {"base": "base (1)", "other": "other"}
    of_first = dataclasses.replace(material, uses=tuple(relabelled(material.uses, labels)), is_of_several=True)
    sheet = depots.draw(of_first, look_for("en")[0])
    assert sheet is not None
    said = " ".join(text.get_text().replace("\n", " ") for text in sheet.figure.texts)
    assert "Only plans of the first run compared. Not drawn: other (crews and depots as in base (1))." in said
    assert {row[0] for row in sheet.rows} == {"base (1)", "other"}
    assert depots.draw(dataclasses.replace(material, uses=()), look_for("en")[0]) is None
