"""Playback: seeking equals playing, crews move on straight lines, and players see nothing of the truth."""

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.damage import Drawn
from sim.hotline import ABANDONED, BUSY, Hotline
from sim.log import KINDS, Log
from sim.metrics.crews import OFF, STATES, STOOD_DOWN, TRAVELLING, WORKING
from sim.metrics.measure import measure
from sim.metrics.minutes import BY_MINUTE, hotline_by_minute
from sim.replay.knowledge import CLOSED, CREW_ON_SITE, JOB_KINDS, PATROLLED, REPORTED, STAGES, SUPPLIED
from sim.replay.knowledge import WAITING as JOB_WAITING
from sim.replay.layers import told
from sim.replay.playback import Playback
from sim.replay.timeline import Counter, Timeline
from sim.replay.zones import Zones
from sim.scenario.plans import Action, Plan
from sim.world import Outcome, World
from tests.replays import recording, secret_pair, stopped, town, town_calls
from tests.tiny import tiny_drawn, tiny_faults, tiny_network, tiny_scenario
from tests.worlds import plan_of, play

HORIZON = 96 * 60.0


@cache
def replayed() -> Playback:
    return Playback(recording(town(), town_calls()))


# Timelines


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 5), st.integers(1, 9)), max_size=60), st.floats(-1, 41))
def test_a_timeline_is_what_playing_its_changes_gives(changes: list[tuple[int, int, int]], at: float) -> None:
    changes.sort(key=lambda change: change[0])
    at_min, key, value = (list(column) for column in zip(*changes, strict=True)) if changes else ([], [], [])
    played = [7] * 6
    for when, k, v in changes:
        if when <= at:
            played[k] = v
    assert Timeline(6, at_min, key, value, start=7)(at).tolist() == played
    assert Counter(at_min, value)(at) == sum(v for when, _, v in changes if when <= at)


def test_a_long_timeline_seeks_from_its_frames() -> None:
    rng = np.arange(5000)
    line = Timeline(17, rng, rng * 7 % 17, rng)
    for at in (-1, 0, 1023, 1024, 2500.5, 4999, 9000):
        expected = np.zeros(17, int)
        for i in range(min(int(at), 4999) + 1):
            expected[i * 7 % 17] = i
        assert line(at).tolist() == expected.tolist()


# Seeking equals playing


@settings(deadline=None, max_examples=40)
@given(st.one_of(st.floats(0, HORIZON), st.integers(0, 384).map(lambda n: n * 15.0)))
def test_seek_equals_playing_the_world_to_that_minute(at: float) -> None:
    world, state = stopped(town(), town_calls(), at), replayed()(at)
    zones, known = replayed().zones, state.known
    dark, believed = world.truth.supply.dark, world.control.beliefs.dark
    areas, customers = town().network.area, town().network.customers
    assert state.truth is not None
    assert state.truth.dark.tolist() == dark[zones.head].tolist()
    assert state.truth.out.tolist() == np.bincount(areas[dark], customers[dark], 3).tolist()
    assert state.truth.n_faults == sum(world.truth.is_open)
    assert (known.stage != SUPPLIED).tolist() == believed[zones.head].tolist()
    assert known.out.tolist() == np.bincount(areas[believed], customers[believed], 3).tolist()
    open_outages = {int(zones.of_section[head]): outage for head, outage in world.control.outages.items()}
    assert set(np.flatnonzero((known.outage != SUPPLIED) & (known.outage != CLOSED)).tolist()) == {
        outage.number for outage in open_outages.values()
    }
    for outage in open_outages.values():
        assert (known.outage[outage.number] == REPORTED) <= (outage.n_patrols == 0)
    book = world.control.book
    assert np.flatnonzero(known.job == JOB_WAITING).tolist() == [j.number for j in book.jobs if book.is_waiting(j)]
    promise = np.where(known.out > 0, world.promises._promise, np.nan)
    assert np.allclose(known.promise, promise, equal_nan=True)


@settings(deadline=None, max_examples=40)
@given(st.floats(0, HORIZON))
def test_crews_are_where_the_world_has_them(at: float) -> None:
    world, crews = stopped(town(), town_calls(), at), replayed()(at).known.crews
    for number, crew in world.work._crews.items():
        doing = STATES[crews.state[number]]
        if doing in ("off", "resting", "waiting"):
            assert crew.state == {"off": 0, "resting": 0, "waiting": 1}[doing]
        else:
            assert (crew.state, crew.job) == (2, crews.job[number])
        if doing in ("waiting", "working"):
            assert (crews.x[number], crews.y[number]) == (crew.x, crew.y)


@cache
def unsure() -> Playback:
    return Playback(recording(town(unsure=True), town_calls()))


@settings(deadline=None, max_examples=40)
@given(st.one_of(st.floats(0, HORIZON), st.integers(0, 384).map(lambda n: n * 15.0)))
def test_seek_equals_playing_when_little_is_sure(at: float) -> None:
    world, state = stopped(town(unsure=True), town_calls(), at), unsure()(at)
    zones, known, book = unsure().zones, state.known, world.control.book
    assert (known.stage != SUPPLIED).tolist() == world.control.beliefs.dark[zones.head].tolist()
    assert np.flatnonzero(known.job == JOB_WAITING).tolist() == [j.number for j in book.jobs if book.is_waiting(j)]
    assert [JOB_KINDS[code] for code in unsure().knowledge.jobs.kind][: len(book.jobs)] == [job.kind for job in book.jobs]
    for number, crew in world.work._crews.items():
        if STATES[known.crews.state[number]] in ("waiting", "working", "off"):
            assert (known.crews.x[number], known.crews.y[number]) == (crew.x, crew.y)


def test_much_is_unsure_in_that_town() -> None:
    log = unsure().log
    for kind in ("meter_reported", "outage_confirmed", "service_reported", "service_visited", "diagnosis_corrected",
                 "own_etr_published"):  # fmt: skip
        assert log.of(kind).any(), kind


ORDERS = [
    Action(600.0, "hold_crews", {"crews": ("line",)}, "chief"),
    Action(760.0, "release_crews", {"crews": ("line",)}, "chief"),
    Action(800.0, "move_crews", {"crews": ("patrol", "line"), "depot": "e"}, "chief"),
    Action(900.0, "move_crews", {"crews": ("near",), "depot": "e"}, "chief"),  # still to come
    Action(1250.0, "crews_lost", {"crews": ("patrol",), "count": 1, "for_min": 200.0}, "controller"),
    Action(2000.0, "stop_work", {"areas": ("area1",), "for_min": 300.0}, "chief"),
    Action(2100.0, "prioritise", {"areas": ("area0",)}, "chief"),
    Action(2200.0, "faults_added", {"areas": ("area0", "area2"), "count": 3}, "controller"),
    Action(2400.0, "crews_lost", {"crews": ("line", "near"), "count": 2, "for_min": 600.0}, "controller"),
    Action(3400.0, "road_closed", {"areas": ("area2",), "for_min": 400.0}, "controller"),
    Action(3900.0, "depot_lost", {"depot": "e"}, "controller"),
]


@cache
def ordered() -> Playback:
    return Playback(recording(town(), town_calls(), ORDERS))


@settings(deadline=None, max_examples=40)
@given(st.one_of(st.floats(0, HORIZON), st.integers(0, 384).map(lambda n: n * 15.0)))
def test_seek_equals_playing_when_much_is_ordered_and_injected(at: float) -> None:
    world, state = stopped(town(), town_calls(), at, ORDERS), ordered()(at)
    zones, known, book = ordered().zones, state.known, world.control.book
    assert state.truth is not None
    assert state.truth.dark.tolist() == world.truth.supply.dark[zones.head].tolist()
    assert (known.stage != SUPPLIED).tolist() == world.control.beliefs.dark[zones.head].tolist()
    assert np.flatnonzero(known.job == JOB_WAITING).tolist() == [j.number for j in book.jobs if book.is_waiting(j)]
    for number, crew in world.work._crews.items():
        if STATES[known.crews.state[number]] in ("waiting", "working", "off"):
            assert (known.crews.x[number], known.crews.y[number]) == (crew.x, crew.y)


SWITCHED = [Action(380.0, "switch_tie", {"tie": "s2-s12", "to": "open"}, "chief")]


@cache
def switched() -> Playback:
    return Playback(recording(town(switched=True), town_calls(), SWITCHED))


@settings(deadline=None, max_examples=40)
@given(st.one_of(st.floats(0, HORIZON), st.integers(0, 384).map(lambda n: n * 15.0)))
def test_seek_equals_playing_where_feeders_are_switched(at: float) -> None:
    world, state = stopped(town(switched=True), town_calls(), at, SWITCHED), switched()(at)
    zones, known, book = switched().zones, state.known, world.control.book
    dark = world.truth.supply.dark
    assert state.truth is not None
    assert state.truth.dark[zones.of_section].tolist() == dark.tolist()
    assert (known.stage != SUPPLIED)[zones.of_section].tolist() == world.control.beliefs.dark.tolist()
    assert known.n_outages == len(world.control.outages)
    assert np.flatnonzero(known.job == JOB_WAITING).tolist() == [j.number for j in book.jobs if book.is_waiting(j)]
    kinds = [JOB_KINDS[code] for code in switched().knowledge.jobs.kind]
    assert kinds[: len(book.jobs)] == [job.kind for job in book.jobs]


def test_devices_and_ties_are_operated_in_that_town() -> None:
    log = switched().log
    assert log.of("action_taken").sum() == len(SWITCHED)
    for kind in ("device_opened", "device_closed", "tie_closed", "tie_opened", "device_operated", "outage_cut_off"):
        assert log.of(kind).any(), kind


def test_orders_and_injects_are_carried_out_in_that_town() -> None:
    log = ordered().log
    assert log.of("action_refused", "inject_refused").sum() == 0
    for kind in (
        "crew_broke_off",
        "job_given_back",
        "crew_moving",
        "crew_moved",
        "crew_based",
        "crew_lost",
        "crew_returned",
        "road_closed",
    ):
        assert log.of(kind).any(), kind


def test_what_is_out_over_time_agrees_with_the_states() -> None:
    playback = replayed()
    for at in np.linspace(0, HORIZON, 300):
        state = playback(at)
        assert state.truth is not None
        assert playback.truly_out(at) == state.truth.out.sum()
        assert playback.believed_out(at) == state.known.out.sum()


@cache
def busy_line() -> tuple[Drawn, Plan, Outcome]:
    """Return a town of 40,000 that loses power, and phones a hotline of two agents."""
    hotline = {"agents": 2, "night_agents": 2, "trunks": 20, "seats": 2}
    hasty = {"hazard_factor": 20.0, "lodging_mean_h": 1.0}
    scenario = tiny_scenario(horizon_h=20.0, hotline=hotline, complaints=hasty)
    drawn = tiny_drawn(tiny_network([-1], [40000]), scenario, given=tiny_faults((60.0, 0)))
    plan = plan_of(scenario)
    return drawn, plan, play(drawn, line=Hotline(drawn, scenario))


@cache
def by_minute() -> dict[str, np.ndarray]:
    drawn, plan, whole = busy_line()
    return hotline_by_minute(whole.calls, measure(whole, drawn, plan).lodged_at, plan.settings.horizon_min)


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 1200))
def test_the_hotline_of_a_minute_is_that_of_a_world_played_so_far(minute: int) -> None:
    drawn, plan, whole = busy_line()
    counted = {name: int(at[minute]) for name, at in by_minute().items()}
    line = Hotline(drawn, plan.settings)
    world = World(drawn, plan, line)
    while world._env.peek() <= minute:
        world._env.step()
    line.advance(float(minute))
    assert counted["calls"] == line.n_calls
    calls = whole.calls
    queued = (calls.at + plan.settings.hotline.voice_s / 60 <= minute) & (calls.wait_min > 0)
    left = calls.at + plan.settings.hotline.voice_s / 60 + calls.wait_min
    assert counted["queue"] == (queued & (left > minute)).sum()
    gave_up = (calls.result == ABANDONED) & (calls.done_at <= minute)
    assert counted["lost"] == (gave_up | ((calls.result == BUSY) & (calls.at <= minute))).sum()


def test_the_hotline_of_that_town_is_busy() -> None:
    drawn, plan, whole = busy_line()
    counted = by_minute()
    assert {name: bool(at.max() > 5) for name, at in counted.items()} == dict.fromkeys(BY_MINUTE, True)
    assert all(np.all(np.diff(counted[name]) >= 0) for name in ("calls", "lost", "complaints"))


# Crews


def test_a_crew_drives_straight_and_waits_for_the_wind_on_the_road() -> None:
    network = tiny_network([-1], [100], x=[30.0], y=[40.0])
    plain = {"work": {"travel_kmh": 60.0, "road_factor": 1.0, "mobilise_min": 0.0}, "etr": {"policy": "none"}}
    drawn = tiny_drawn(network, tiny_scenario(**plain), given=tiny_faults((60.0, 0)))
    playback = Playback(recording(drawn))
    log = playback.log
    sent = log["at"][log.of("crew_dispatched")][0]
    came = log["at"][log.of("crew_arrived")][0]
    assert came - sent == pytest.approx(50.0)  # 50 km at 60 km/h, started from the depot at (0, 0)
    for share in (0.0, 0.25, 0.5, 0.75, 0.999):
        crews = playback(sent + share * 50.0).known.crews
        assert crews.state[1] == TRAVELLING
        assert (crews.x[1], crews.y[1]) == (pytest.approx(30 * share), pytest.approx(40 * share))
    assert playback(came).known.crews.state[1] == WORKING


def test_the_wind_stops_a_crew_where_it_is_and_lets_it_go_on() -> None:
    playback = replayed()
    legs = playback.crews.legs
    held = np.flatnonzero(legs.state == STOOD_DOWN)
    assert len(held)
    for i in held.tolist():
        crew, at = int(legs.crew[i]), float(legs.at[i])
        after = next(j for j in range(i + 1, len(legs.at)) if legs.crew[j] == crew)
        until = float(legs.at[after])
        assert until > at
        first, last = playback(at).known.crews, playback(np.nextafter(until, 0)).known.crews
        assert (first.x[crew], first.y[crew]) == (last.x[crew], last.y[crew])
        assert first.state[crew] == last.state[crew] == STOOD_DOWN
        then = playback(until).known.crews
        assert then.x[crew] == pytest.approx(first.x[crew])
        assert then.y[crew] == pytest.approx(first.y[crew])


def test_nobody_jumps_but_home_from_duty() -> None:
    playback = replayed()
    for at in np.arange(0.0, HORIZON, 7.0):
        before, after = playback(at).known.crews, playback(at + 0.01).known.crews
        moved = np.hypot(after.x - before.x, after.y - before.y)
        assert moved[(after.state != OFF)].max(initial=0.0) < 0.1


# What is known


def test_an_outage_goes_through_its_stages() -> None:
    network = tiny_network([-1, 0, 1], [100, 200, 300], device=["breaker", "fuse", "none"])
    drawn = tiny_drawn(network, tiny_scenario(etr={"policy": "none"}), given=tiny_faults((60.0, 0)))
    playback = Playback(recording(drawn))
    stages = [STAGES[playback(at).known.stage[1]] for at in (74.9, 75.0, 94.9)]
    assert stages == ["supplied", "reported", "reported"]
    log = playback.log
    (patrolled,), (arrived,) = log["at"][log.of("patrol_finished")], log["at"][log.of("crew_arrived")][1:]
    (done,) = log["at"][log.of("repair_finished")]
    assert playback(patrolled).known.stage.tolist() == [PATROLLED, PATROLLED]
    assert playback(arrived).known.stage.tolist() == [CREW_ON_SITE, CREW_ON_SITE]
    assert playback(done).known.stage.tolist() == [SUPPLIED, SUPPLIED]
    assert playback(done).known.outage.tolist() == [CLOSED]


def test_zones_share_their_customers_out_to_areas() -> None:
    network = tiny_network(
        [-1, 0, 1, 2], [5, 7, 11, 13], ["breaker", "none", "fuse", "none"], area=[0, 1, 1, 0], n_areas=2
    )
    zones = Zones(network)
    assert zones.head.tolist() == [0, 2]
    assert zones.of_section.tolist() == [0, 0, 1, 1]
    assert zones.end.tolist() == [2, 2]
    assert zones.customers.tolist() == [12, 24]
    assert zones.by_area([True, False]).tolist() == [5, 7]
    assert zones.by_area([False, True]).tolist() == [13, 11]


# Layers


def same_logs(one: Log, other: Log) -> None:
    assert one.lines() == other.lines()
    assert one.detail == other.detail
    for name in one.columns:
        assert one[name].tobytes() == other[name].tobytes(), name


def test_worlds_that_differ_only_in_the_truth_look_alike_to_players() -> None:
    plain, other = secret_pair()
    assert plain.recording.log.lines() != other.recording.log.lines()
    assert other.recording.log.of("fault_occurred").sum() == 6
    same_logs(plain.log, other.log)
    for at in np.linspace(0, 1200, 97):
        one, two = plain(at), other(at)
        assert one.truth is None
        assert two.truth is None
        assert one.known.stage.tobytes() == two.known.stage.tobytes()
        assert one.known.promise.tobytes() == two.known.promise.tobytes()
        assert (one.known.crews.x.tobytes(), one.known.crews.y.tobytes()) == (
            two.known.crews.x.tobytes(),
            two.known.crews.y.tobytes(),
        )
    assert plain.knowledge.job.value.tobytes() == other.knowledge.job.value.tobytes()


def test_what_players_get_holds_no_event_and_no_number_of_the_truth() -> None:
    log = told(recording(town(), town_calls()).log)
    assert len(log)
    assert {KINDS[code].layer for code in np.unique(log["kind"])} == {"known", "reported"}
    assert (log["interruption"] == -1).all()
    assert (log["cause_seq"] == -1).all()
    assert log["seq"].tolist() == list(range(len(log)))
    found = log["fault"][log.of("fault_found")].tolist()
    assert found == list(range(len(found)))


def test_knowledge_reads_nothing_of_the_truth() -> None:
    whole = recording(town(), town_calls())
    one, two = Playback(whole), Playback(whole, for_players=True)
    for name in ("stage", "outage", "job", "promise"):
        first, second = getattr(one.knowledge, name), getattr(two.knowledge, name)
        assert first.at_min.tobytes() == second.at_min.tobytes()
        assert first.key.tobytes() == second.key.tobytes()
        assert first.value.tobytes() == second.value.tobytes()
    assert one.crews.legs.x1.tobytes() == two.crews.legs.x1.tobytes()


def test_players_are_not_told_of_injects() -> None:
    drawn = tiny_drawn(tiny_network([-1], [100]), tiny_scenario())
    actions = [
        Action(100.0, "set_dispatch_rule", {"rule": "customers_per_hour"}, "chief"),
        Action(200.0, "section_tripped", {"section": "s0", "for_min": 60.0}, "controller"),
    ]
    whole = recording(drawn, actions=actions)
    assert whole.log.of("action_taken", "inject_given").sum() == 2
    log = told(whole.log)
    assert [log.detail[i] for i in np.flatnonzero(log.of("action_taken")).tolist()] == [
        "set_dispatch_rule customers_per_hour by chief"
    ]
