"""All rules of the field at once: what holds of every drill, whatever crews, shifts, material, roads and help there are."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.damage import stand_downs
from sim.log import KIND_CODE
from sim.metrics.crews import OFF, STATES, crew_time, gone_home
from sim.metrics.curves import crew_curves, grid_at
from sim.metrics.intervals import dark_intervals
from sim.metrics.where import Stages
from sim.scenario import Action
from sim.world import World
from tests.tiny import LAT0, LON0, tiny_drawn, tiny_faults, tiny_network, tiny_scenario, wind_of
from tests.worlds import Telephone, at_of, is_sound, plan_of

NETWORK = tiny_network(
    [-1, 0, 1, -1, 3], [9, 8, 7, 6, 5], ["breaker", "none", "recloser", "breaker", "fuse"], [True] * 5, area=[0, 0, 0, 1, 1],
    n_areas=2, x=[0.0, 8.0, 16.0, 30.0, 40.0], critical=[(2, 120.0)],
)  # fmt: skip
LIMIT = 10.0


@st.composite
def drills(draw: st.DrawFn) -> tuple[Any, list[Action]]:
    def pick(*of: Any) -> Any:
        return draw(st.sampled_from(of))

    shift = {"shift_start": pick("00:00", "07:00", "19:00"), "shift_h": pick(9.0, 12.0, 24.0)}
    crews = {
        "line": {"kind": "line", "count": draw(st.integers(2, 3)), "equipment": ["digger"], "depot": "d",
                 "people": pick(2.0, 4.0)} | shift,
        "night": {
            "kind": "line",
            "count": draw(st.integers(1, 2)),
            "shift_start": "19:00",
            "shift_h": 12.0,
            "depot": pick("d", "e"),
            "people": pick(2.0, 4.0),
            "wind_limit_mps": pick(None, 7.0),
        },
        "drones": {"kind": "patrol", "count": draw(st.integers(0, 1)), "shift_h": 24.0, "wind_limit_mps": pick(6.0, 14.0)},
        "patrol": {"kind": "patrol", "count": draw(st.integers(1, 2)), "shift_h": 24.0},
        "tree": {"kind": "tree", "count": draw(st.integers(0, 1))} | shift,
        "cable": {"kind": "underground", "count": 1} | shift,
        "switching": {"kind": "switching", "count": draw(st.integers(0, 1))} | shift,
        "generator": {"kind": "generator", "count": draw(st.integers(0, 1))} | shift,
    }
    aid = {
        "kind": "line", "count": 2, "requested_at": "T+2h", "first_arrival_h": 5.0, "last_arrival_h": 9.0, "groups": 2,
        "release_h": pick(0.0, 3.0), "refused_probability": pick(0.0, 0.5), "late_probability": pick(0.0, 0.5),
        "leaves_h": pick(None, 20.0), "lodging": pick("", "e"), "equipment": [pick("digger", "ladder")], "time_factor": pick(1.0, 1.4),
        "people": pick(2.0, 4.0), "wind_limit_mps": pick(None, 13.0),
    } | shift  # fmt: skip
    stops_at_night = shift["shift_start"] != "19:00" and draw(st.booleans())  # else two hours of a shift are left for work
    work = {
        "shift_end": pick("finish", "stop", "hand_over"), "rest_h": pick(0.0, 8.0), "travel_home": draw(st.booleans()),
        "overtime_h": pick(0.0, 4.0), "wind_limit_mps": LIMIT, "duration_log_sd": 0.6, "pole_equipment": pick("", "digger"),
        "pole_two_crews_fraction": pick(0.0, 0.5), "switching_fraction": pick(0.0, 0.5), "wait_for_second_h": pick(1.0, 4.0),
        "pole_people": pick(0.0, 4.0),
        "kinds": {"underground": {"wire_fraction": pick(0.0, 0.5)}, "line": {"night_stop": stops_at_night},
                  "tree": {"wind_limit_mps": 7.0}},
        "night_from": "21:00", "night_until": "04:00",
    }  # fmt: skip
    stock = {"stock": {"poles": pick(0, 2, None)}}
    resupply = {"resupply": {"poles": 2, "lead_h": pick(5.0, 30.0)}} if stock["stock"]["poles"] is not None else {}
    depots = {"d": {"lon": LON0, "lat": LAT0} | stock | resupply, "e": {"lon": LON0, "lat": LAT0 + 0.1, "share": 1.0}}
    shut = {"areas": ["area1"], "closed_from": "T+3h", "open_at": "T+30h", "depots": pick([], ["e"])}
    set_up = tiny_scenario(
        horizon_h=1500.0, crews=crews, aid={"friends": aid}, work=work, depots=depots, etr={"policy": "none"},
        closures={"bridge": shut} if draw(st.booleans()) else {}, knowledge={"patrol_scope": pick("zone", "downstream")},
    )  # fmt: skip
    blows_at = draw(st.floats(100.0, 1500.0))
    instants = [0.0, blows_at, blows_at + 5, blows_at + 300, blows_at + 305, set_up.horizon_min]
    gust = pick(12.0, 40.0)  # 8 m/s, or far above all limits
    wind = wind_of(NETWORK, set_up, instants, [0, 0, gust, gust, 0, 0])
    rows = st.tuples(
        st.floats(0, 1500), st.integers(0, 4), st.sampled_from(["wire", "pole"]), st.booleans(), st.floats(-2, 2)
    )
    faults = tiny_faults(*draw(st.lists(rows, max_size=8, unique_by=lambda row: row[4])))
    at = st.floats(100, 2500)
    actions = [Action(draw(at), "crews_lost", {"crews": ("line",), "count": 1, "for_min": 200.0}, "lead")]
    actions += [Action(draw(at), "stop_work", {"for_min": 100.0}, "lead")]
    actions += [Action(draw(at), "move_crews", {"crews": ("line",), "depot": "e"}, "lead")]
    actions = actions[: draw(st.integers(0, 3))]
    which = pick(("line",), ("night", "friends"), ("patrol",))
    spans: list[tuple[tuple[str, dict[str, Any]], tuple[str, dict[str, Any]] | None]] = [
        (("hold_crews", {"crews": which}), ("release_crews", {"crews": which})),
        (("assign_crews", {"crews": which, "areas": (pick("area0", "area1"),)}), ("assign_crews", {"crews": which})),
        (("stop_work", {"areas": ("area1",)}), ("resume_work", {"areas": ("area1",)})),
        (("road_closed", {"areas": (pick("area0", "area1"),), "for_min": 500.0}), None),
        (("set_shift", {"crews": which, "shift_min": pick(540.0, 720.0)}), None),
        (("depot_lost", {"depot": "e", "for_min": 400.0}), None),
        (("prioritise", {"areas": (pick("area0", "area1"),)}), None),
        (("set_dispatch_rule", {"rule": pick("largest_backlog_area", "nearest", "rollout")}), None),
    ]
    for begin, end in draw(st.lists(st.sampled_from(spans), max_size=4)):
        since = draw(at)
        actions.append(Action(since, *begin, "lead"))
        if end is not None:
            actions.append(Action(since + draw(st.floats(10, 900)), *end, "lead"))
    return tiny_drawn(NETWORK, set_up, wind, faults), sorted(actions, key=lambda action: action.at)


@given(drills())
@settings(max_examples=40, deadline=None)
def test_what_holds_of_every_drill(case: tuple[Any, list[Action]]) -> None:
    drawn, actions = case
    calls = [(480.0 * k + s, s, k % 3) for s in range(NETWORK.n_sections) for k in range(1, 180)]
    world = World(drawn, plan_of(drawn.scenario), Telephone(calls), actions)
    outcome = world.play()
    log, horizon = outcome.log, drawn.scenario.horizon_min
    is_sound(log)
    # every fault is mended, and each of its tasks done once
    assert sorted(log["fault"][log.of("repair_finished")].tolist()) == list(range(len(outcome.faults)))
    for kind in ("tree_cleared", "task_finished"):
        done = log["fault"][log.of(kind)].tolist()
        assert len(done) == len(set(done))
    assert log.of("section_went_dark").sum() == log.of("section_restored").sum()
    assert not any(map(any, world.control.book.backlog))
    assert (log["value"][log.of("stock_drawn", "stock_returned", "stock_delivered")] >= 0).all()
    # nobody works on site in the wind, nor after it has gone home for good
    gone = gone_home(log, drawn.scenario)
    assert gone.tolist() == sorted(n for n, crew in world.work._crews.items() if crew.group.is_gone)
    times = crew_time(log, horizon, gone)
    works = times.state == STATES.index("working")
    for crew, (kind, limit) in enumerate(crews_of(drawn.scenario)):
        windy_from, windy_to = (at[0] for at in stand_downs(drawn, limit))
        overlap = np.minimum(times.end, windy_to) - np.maximum(times.start, windy_from)
        assert kind == "generator" or not (overlap[works & (times.crew == crew)] > 0.01).any()
    # every minute of every crew is in one state
    for crew in np.unique(log["crew"][log["crew"] >= 0]).tolist():
        mine = times.crew == crew
        assert [times.start[mine][0], times.end[mine][-1]] == [0.0, horizon]
        assert times.start[mine][1:].tolist() == times.end[mine][:-1].tolist()
        assert (times.end[mine] >= times.start[mine]).all()
        # after its first event it is off only while it is lost, or when it has gone home
        off_at = times.start[mine & (times.state == OFF) & (times.start > 0)]
        assert crew in gone or set(off_at.tolist()) <= set(at_of(log, "crew_lost", crew=crew))
    n_crews = len(np.unique(times.crew))
    assert (times.end - times.start).sum() == pytest.approx(horizon * n_crews)
    on_grid = crew_curves(times, grid_at(horizon), horizon)
    np.testing.assert_array_equal(sum(on_grid.values()), n_crews)
    # nobody starts a shift before the rest is over, and shifts begin and end by turns
    for crew in np.unique(times.crew).tolist():
        rows = log["crew"] == crew
        kinds = log["kind"][rows & log.of("shift_started", "shift_ended")].tolist()
        assert kinds[::2] == [KIND_CODE["shift_started"]] * len(kinds[::2])
        assert kinds[1::2] == [KIND_CODE["shift_ended"]] * len(kinds[1::2])
        for end, begin in zip(
            at_of(log, "shift_ended", crew=crew), at_of(log, "shift_started", crew=crew)[1:], strict=False
        ):
            lost = any(end <= at <= begin for at in at_of(log, "crew_returned", crew=crew))
            assert lost or begin - end >= drawn.scenario.work.rest_h * 60.0 - 1e-6
    # every hour in the dark has its cause
    dark = dark_intervals(log, NETWORK.customers, horizon)
    Stages(log, dark, NETWORK, times, *stand_downs(drawn, LIMIT), horizon).hours()


def crews_of(settings: Any) -> list[tuple[str, float]]:
    """Return kind and wind limit of every crew, by number."""
    groups = [*settings.crews.values(), *settings.aid.values()]
    return [(group.kind, settings.wind_limit_of_group(group)) for group in groups for _ in range(group.count)]
