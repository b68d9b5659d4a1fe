"""Measures: published indices, hand-worked cases, and slow oracles beside the fast sums."""

import math
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.errors import DrillError
from sim.hotline import Calls
from sim.hotline import promises as promises_to
from sim.hotline.complaints import Complaints
from sim.log import Log, Recorder
from sim.metrics import calls, causes, cost, crews, critical, curves, intervals, promises, restoration, where
from sim.metrics import complaints as complaint_measures
from sim.metrics import measure as take
from sim.metrics.further import measure_names
from sim.metrics.measures import AREAS, COMPLAINTS_BY_CAUSE, CURVES, HOURS_BY_STAGE, MEASURES
from sim.scenario import Action
from sim.scenario.plans import plan as plan_of
from sim.world import run as run_world
from tests.tiny import tiny_drawn, tiny_faults, tiny_network, tiny_scenario


def network(parent: list[int], customers: list[int], heads: list[int] | None = None, area: list[int] | None = None):
    """A tree in preorder; `heads` are the sections with a device (default: all)."""
    n = len(parent)
    end = np.arange(1, n + 1)
    for i in reversed(range(n)):
        if parent[i] >= 0:
            end[parent[i]] = max(end[parent[i]], end[i])
    zone = np.arange(n)
    for i in range(n):
        if heads is not None and i not in heads and parent[i] >= 0:
            zone[i] = zone[parent[i]]
    return SimpleNamespace(
        parent=np.array(parent),
        end=end,
        zone=zone,
        customers=np.array(customers),
        area=np.array(area or [0] * n),
        n_sections=n,
        n_customers=int(sum(customers)),
        critical_section=np.zeros(0, np.int64),
        critical_backup_min=np.zeros(0),
    )


def dark_log(rows: list[tuple[int, float, float | None]]) -> Log:
    """A log of sections that were dark from .. to (None: still at the end)."""
    events = [(a, "section_went_dark", s) for s, a, _ in rows]
    events += [(b, "section_restored", s) for s, _, b in rows if b is not None]
    log = Recorder()
    for at, kind, section in sorted(events):
        log.add(at, kind, section=section)
    return log.finish()


# Indices


# IEEE 1366 indices of 26 metered customers over one day, as computed by GridLAB-D's reliability test
# (test_deterministic.glm): customers, duration in seconds. Two of its momentary rows say only "below 300 s".
EVENTS = [(4, 420), (7, 5), (26, 240), (7, 124), (7, 544), (11, 299), (3, 900), (8, 299), (4, 544)]


def test_indices_of_the_published_day() -> None:
    customers, minutes = [n for n, _ in EVENTS], [s / 60 for _, s in EVENTS]
    assert intervals.saifi(customers, minutes, 26) == pytest.approx(0.692308, abs=5e-7)
    assert intervals.saidi_h(customers, minutes, 26) == pytest.approx(0.110726, abs=5e-7)
    assert intervals.caidi_h(customers, minutes, 26) == pytest.approx(0.159938, abs=5e-7)
    assert intervals.maifi(customers, minutes, 26) == pytest.approx(2.26923, abs=5e-6)
    assert intervals.asai(customers, minutes, 26, 24) == pytest.approx(1 - 0.110726 / 24, abs=5e-8)


@pytest.mark.parametrize(
    ("n_events", "saifi", "saidi", "caidi", "maifi"),
    [
        (1, 0.153846, 0.0179487, 0.116667, 0.0),
        (2, 0.153846, 0.0179487, 0.116667, 0.269231),
        (3, 0.153846, 0.0179487, 0.116667, 1.26923),
        (4, 0.153846, 0.0179487, 0.116667, 1.53846),
        (5, 0.423077, 0.0586325, 0.138586, 1.53846),
        (6, 0.423077, 0.0586325, 0.138586, 1.96154),
        (8, 0.538462, 0.0874786, 0.16246, 2.26923),
        (9, 0.692308, 0.110726, 0.159938, 2.26923),
    ],
)
def test_indices_of_the_published_day_as_it_goes_on(n_events, saifi, saidi, caidi, maifi) -> None:
    customers, minutes = [n for n, _ in EVENTS[:n_events]], [s / 60 for _, s in EVENTS[:n_events]]
    assert intervals.saifi(customers, minutes, 26) == pytest.approx(saifi, rel=5e-6)
    assert intervals.saidi_h(customers, minutes, 26) == pytest.approx(saidi, rel=5e-6)
    assert intervals.caidi_h(customers, minutes, 26) == pytest.approx(caidi, rel=5e-6)
    assert intervals.maifi(customers, minutes, 26) == pytest.approx(maifi, rel=5e-6)


def test_five_minutes_exactly_are_momentary() -> None:
    assert intervals.is_sustained([5.0, np.nextafter(5.0, 6)]).tolist() == [False, True]
    assert math.isnan(intervals.caidi_h([9], [5.0], 10))


def test_long_interruptions_single_and_in_total() -> None:
    unit, customers, minutes = [1, 1, 2, 3], [10, 10, 20, 30], [600.0, 600.0, 720.0, 60.0]
    assert intervals.celid_s(unit, customers, minutes, 100, 12) == 0.2
    assert intervals.celid_t(unit, customers, minutes, 100, 20) == 0.1
    assert intervals.celid_t(unit, customers, minutes, 100, 12) == pytest.approx(0.3)
    assert intervals.cemi(unit, customers, minutes, 100, 1) == 0.1
    assert intervals.cemi(unit, customers, minutes, 100, 0) == pytest.approx(0.6)
    assert intervals.cemi(unit, customers, minutes, 100, 2) == 0.0


# Intervals


def test_open_interruptions_are_cut_at_the_horizon_and_marked() -> None:
    dark = intervals.dark_intervals(dark_log([(2, 10, 40), (0, 10, None), (2, 60, None)]), [5, 0, 7], 100.0)
    assert dark.section.tolist() == [0, 2, 2]
    assert dark.start.tolist() == [10, 10, 60]
    assert dark.end.tolist() == [100, 40, 100]
    assert dark.censored.tolist() == [True, False, True]
    assert dark.customers.tolist() == [5, 7, 7]


def test_no_interruption_at_all() -> None:
    dark = intervals.dark_intervals(Recorder().finish(), [5, 6], 100.0)
    assert len(dark) == 0
    assert restoration.peak(restoration.customers_out(dark))[0] == 0
    assert restoration.time_to_restore_h(restoration.customers_out(dark), 0.95, 0, 0, 100) == (0.0, False)


def test_a_section_that_goes_dark_twice_is_refused() -> None:
    log = Recorder()
    log.add(1.0, "section_went_dark", section=4)
    log.add(2.0, "section_went_dark", section=4)
    with pytest.raises(DrillError, match="section 4"):
        intervals.dark_intervals(log.finish(), [1] * 5, 10.0)
    log = Recorder()
    log.add(1.0, "section_restored", section=4)
    with pytest.raises(DrillError, match="section 4"):
        intervals.dark_intervals(log.finish(), [1] * 5, 10.0)


def test_dark_and_back_in_one_minute_keeps_the_recorded_order() -> None:
    log = Recorder()
    log.add(5.0, "section_went_dark", section=0)
    log.add(5.0, "section_restored", section=0)
    log.add(5.0, "section_went_dark", section=0)
    dark = intervals.dark_intervals(log.finish(), [3], 9.0)
    assert dark.minutes.tolist() == [0.0, 4.0]


# Restoration


def out_curve() -> restoration.StepCurve:
    # 100 out from 60 to 120, then 50; back to 80 at 240, 4 left from 300, none from 600
    rows = [(0, 60, 120), (1, 60, 600), (2, 60, 300), (0, 240, 300)]
    dark = intervals.dark_intervals(dark_log(rows), [50, 4, 46], 1000.0)
    return restoration.customers_out(dark)


def test_customers_out_over_time() -> None:
    out = out_curve()
    assert out([0, 59.9, 60, 119.9, 120, 240, 299.9, 300, 600, 999]).tolist() == [
        0, 0, 100, 100, 50, 100, 100, 4, 0, 0,
    ]  # fmt: skip
    assert restoration.peak(out) == (100.0, 60.0)


@pytest.mark.parametrize(
    ("share", "hours"),
    [(0.5, 4.5), (0.8, 4.5), (0.95, 4.5), (0.96, 9.5), (0.97, 9.5), (1.0, 9.5)],
)
def test_restored_means_below_the_share_for_good(share, hours) -> None:
    # landfall at 30; exactly 4 of 100 out is not yet below 4 %
    assert restoration.time_to_restore_h(out_curve(), share, 100, 30.0, 1000.0) == (hours, False)


def test_restored_counts_those_the_reference_plan_interrupted() -> None:
    assert restoration.time_to_restore_h(out_curve(), 0.95, 2000, 30.0, 1000.0) == (4.5, False)
    assert restoration.time_to_restore_h(out_curve(), 0.95, 2001, 30.0, 1000.0) == (0.0, False)


def test_not_restored_by_the_horizon_is_flagged() -> None:
    dark = intervals.dark_intervals(dark_log([(0, 60, 120), (1, 60, None)]), [95, 5], 630.0)
    out = restoration.customers_out(dark)
    assert restoration.time_to_restore_h(out, 0.95, 100, 30.0, 630.0) == (10.0, True)
    assert restoration.time_to_restore_h(out, 0.90, 100, 30.0, 630.0) == (1.5, False)


def test_all_back_before_landfall_is_no_time() -> None:
    dark = intervals.dark_intervals(dark_log([(0, 60, 120)]), [95], 630.0)
    assert restoration.time_to_restore_h(restoration.customers_out(dark), 1.0, 95, 300.0, 630.0) == (
        0.0,
        False,
    )


# Where the hours went


def crewless() -> crews.CrewTime:
    return crews.crew_time(Recorder().finish(), 1e9)


NO_WIND = (np.array([np.nan]), np.array([np.nan]))


def staged_log() -> Log:
    """Zone 1 below zone 0. Zone 0: fault 0 at 0, patrol 60..90 finds it, crew sent 120, there 150, done 300.

    Zone 1: fault 1 at 0, found 90, crew sent 300, there 330, done 360.
    """
    log = Recorder()
    log.add(0, "fault_occurred", fault=0, section=0)
    log.add(0, "fault_occurred", fault=1, section=1)
    for section in (0, 1):
        log.add(0, "section_went_dark", section=section)
    for crew in (7, 8):
        log.add(0, "shift_started", crew=crew)
    log.add(5, "job_opened", job=0, section=0)
    log.add(30, "crew_dispatched", crew=7, section=0, job=0)
    log.add(60, "crew_arrived", crew=7, section=0, job=0)
    log.add(90, "fault_found", crew=7, fault=0, section=0)
    log.add(90, "fault_found", crew=7, fault=1, section=1)
    log.add(90, "patrol_finished", crew=7, section=0, job=0)
    log.add(90, "job_opened", job=1, section=0, fault=0)
    log.add(120, "crew_dispatched", crew=8, section=0, job=1)
    log.add(150, "crew_arrived", crew=8, section=0, job=1)
    log.add(300, "repair_finished", crew=8, section=0, fault=0, job=1)
    log.add(300, "section_restored", section=0)
    log.add(300, "crew_dispatched", crew=8, section=1)
    log.add(330, "crew_arrived", crew=8, section=1)
    log.add(360, "repair_finished", crew=8, section=1, fault=1)
    log.add(360, "section_restored", section=1)
    return log.finish()


def all_stages(log: Log, net, wind=NO_WIND, horizon: float = 1000.0) -> where.Stages:
    dark = intervals.dark_intervals(log, net.customers, horizon)
    return where.Stages(log, dark, net, crews.crew_time(log, horizon), *wind, horizon)


def stages(log: Log, net, wind=NO_WIND, horizon: float = 1000.0) -> dict[str, float]:
    dark = intervals.dark_intervals(log, net.customers, horizon)
    found = all_stages(log, net, wind, horizon).hours()
    total = float((dark.customers * dark.minutes).sum()) / 60
    assert sum(found.values()) == pytest.approx(total, rel=1e-12)
    return found


def test_hours_count_for_the_topmost_broken_zone() -> None:
    found = stages(staged_log(), network([-1, 0], [60, 60]))
    # both zones wait behind zone 0 up to 300 (120 customers), then zone 1's 60 customers alone
    expected = {"unknown": 120 * 1.5, "waiting": 120 * 0.5, "travel": 120 * 0.5 + 30, "work": 120 * 2.5 + 30}
    assert found == pytest.approx({**expected, "wind": 0.0, "other_crew": 0.0, "switching": 0.0, "switched_off": 0.0})


def test_wind_comes_before_everything_else() -> None:
    found = stages(staged_log(), network([-1, 0], [60, 60]), (np.array([-50.0]), np.array([200.0])))
    assert found["wind"] == pytest.approx(120 * 200 / 60)
    assert found["work"] == pytest.approx(120 * 100 / 60 + 30)
    assert found["unknown"] == 0


def test_what_is_left_unfound_in_a_zone_is_unknown_again() -> None:
    log = Recorder()
    log.add(0, "fault_occurred", fault=0, section=0)
    log.add(0, "fault_occurred", fault=1, section=0)
    log.add(0, "section_went_dark", section=0)
    log.add(60, "fault_found", fault=0, section=0)
    log.add(120, "repair_finished", fault=0, section=0, crew=1)
    log.add(180, "fault_found", fault=1, section=0)
    log.add(240, "repair_finished", fault=1, section=0, crew=2)
    log.add(240, "section_restored", section=0)
    found = stages(log.finish(), network([-1], [60]))
    # unknown 0..60 and again 120..180: what is left has not been found
    assert found["unknown"] == pytest.approx(120)
    assert found["waiting"] + found["work"] == pytest.approx(120)


def test_a_zone_switched_off_waits_for_switching() -> None:
    found = stages(dark_log([(0, 0, 60), (1, 0, 60)]), network([-1, 0], [10, 20]))
    assert found == pytest.approx(dict.fromkeys(where.STAGES, 0) | {"switching": 30})


def test_a_section_alive_below_a_dark_one_is_refused() -> None:
    with pytest.raises(DrillError, match="add up"):
        stages(dark_log([(0, 0, 60)]), network([-1, 0], [10, 20]))


@st.composite
def worlds(draw):
    n = draw(st.integers(1, 8))
    parent = [-1]
    for i in range(1, n):  # preorder: the parent is the last one or one of its ancestors
        line = [i - 1]
        while line[-1] >= 0:
            line.append(parent[line[-1]])
        parent.append(draw(st.sampled_from(line)))
    heads = [0] + [i for i in range(1, n) if parent[i] < 0 or draw(st.booleans())]
    customers = draw(st.lists(st.integers(0, 9), min_size=n, max_size=n))
    minute = st.integers(0, 40)
    faults = draw(st.lists(st.tuples(st.integers(0, n - 1), minute, minute, minute), max_size=6))
    trips = draw(st.lists(st.tuples(st.integers(0, n - 1), minute, st.integers(0, 9), st.integers(1, 9)), max_size=4))
    wind = draw(st.tuples(minute, minute))
    return network(parent, customers, heads), faults, trips, sorted(wind)


def test_work_beyond_the_horizon_is_of_its_own_zone_alone() -> None:
    log = Recorder()
    for section in (0, 1):
        log.add(0, "fault_occurred", fault=section, section=section)
        log.add(0, "section_went_dark", section=section)
    log.add(30, "crew_dispatched", crew=0, section=0)
    log.add(40, "crew_arrived", crew=0, section=0)
    log.add(60, "shift_ended", crew=0, section=0)
    found = all_stages(log.finish(), network([-1, -1], [2, 8]), horizon=50).at(np.array([1, 0]), np.array([4.5, 45.0]))
    assert [where.STAGES[code] for code in found] == ["unknown", "work"]


@settings(max_examples=150, deadline=None)
@given(worlds())
def test_where_agrees_with_looking_at_every_minute(world) -> None:
    net, faults, trips, (calm_from, calm_to) = world
    horizon = 50
    # a fault: section, at, found and repaired this much later
    faults = [(s, a, min(a + f, a + f + r), a + f + r) for s, a, f, r in faults]
    events: list[tuple[float, int, str, dict[str, int]]] = []
    for i, (s, a, f, r) in enumerate(faults):
        events.append((a, 0, "fault_occurred", {"fault": i, "section": s}))
        if f <= horizon:
            events.append((f, 1, "fault_found", {"fault": i, "section": s}))
        if r <= horizon:
            events.append((r, 2, "repair_finished", {"fault": i, "section": s}))
    for crew, (s, a, travel, work) in enumerate(trips):
        events.append((a, 3, "crew_dispatched", {"crew": crew, "section": s}))
        events.append((a + travel, 4, "crew_arrived", {"crew": crew, "section": s}))
        events.append((a + travel + work, 5, "shift_ended", {"crew": crew, "section": s}))

    def is_open(zone: int, minute: int) -> bool:
        return any(net.zone[s] == zone and a <= minute < r for s, a, _, r in faults)

    def topmost(section: int, minute: int) -> int:
        found, up = -1, section
        while up >= 0:
            if is_open(net.zone[up], minute):
                found = int(net.zone[up])
            up = net.parent[up]
        return found

    was_dark = [False] * net.n_sections
    expected = dict.fromkeys(where.STAGES, 0.0)
    instants: list[tuple[int, float, str]] = []
    for minute in range(horizon):
        for section in range(net.n_sections):
            zone = topmost(section, minute)
            if (zone >= 0) != was_dark[section]:
                kind = "section_restored" if was_dark[section] else "section_went_dark"
                events.append((minute, 6, kind, {"section": section}))
                was_dark[section] = zone >= 0
            if zone < 0:
                continue
            if calm_from <= minute < calm_to:
                stage = "wind"
            elif any(net.zone[s] == zone and a + t <= minute < a + t + w for s, a, t, w in trips):
                stage = "work"
            elif any(net.zone[s] == zone and a <= minute < a + t for s, a, t, _ in trips):
                stage = "travel"
            elif any(net.zone[s] == zone and a <= minute < r and f <= minute for s, a, f, r in faults):
                stage = "waiting"
            else:
                stage = "unknown"
            expected[stage] += net.customers[section] / 60
            instants.append((section, minute + 0.5, stage))
    log = Recorder()
    for at, _, kind, ids in sorted(events, key=lambda e: (e[0], e[1])):
        log.add(at, kind, **ids)
    made, wind = log.finish(), (np.array([calm_from]), np.array([calm_to]))
    assert stages(made, net, wind, horizon) == pytest.approx(expected, abs=1e-9)
    if instants:
        section, at, stage = zip(*instants, strict=True)
        told = all_stages(made, net, wind, horizon).at(np.array(section), np.array(at))
        assert [where.STAGES[code] for code in told] == list(stage)


# What complaints are about


def about(*rows: tuple[int, float, int], promised: promises_to.Promises | None = None, **shares: float) -> list[str]:
    """The causes of complaints (section, minute, code of the hazard's cause) in the staged world."""
    net, log = network([-1, 0], [60, 60]), staged_log()
    section, at, code = (np.array(column) for column in zip(*rows, strict=True))
    zero = np.zeros(len(at), np.int64)
    lodged = Complaints(at + 0.0, zero, section, code, at + 0.0, section, np.arange(len(at)))
    shares = {"no_information_fraction": 0.0, "repeat_fraction": 0.0, "conduct_fraction": 0.0} | shares
    settings_ = tiny_scenario(complaints=shares).complaints
    dark = intervals.dark_intervals(log, net.customers, 1000.0)
    told = promised or promises_to.Promises()
    found = causes.causes(lodged, dark, all_stages(log, net), told, settings_, (1, 0))
    return [causes.CAUSES[code] for code in found]


def test_complaints_about_the_waiting_name_what_was_waited_for() -> None:
    # zone 0 keeps both dark until 300: found at 90, crew on its way from 120, at work from 150; then zone 1's own crew
    rows = [(1, 50.0, 0), (1, 100.0, 0), (1, 130.0, 0), (1, 200.0, 0), (1, 310.0, 0), (1, 340.0, 0)]
    assert about(*rows) == ["dispatch", "dispatch", "travel", "repair", "travel", "repair"]


def test_complaints_after_a_missed_promise_or_a_failed_call_keep_their_cause() -> None:
    rows = [(0, 200.0, 1), (0, 200.0, 2)]
    assert about(*rows, conduct_fraction=1.0, no_information_fraction=1.0) == ["missed_etr", "failed_contact"]


def test_who_was_promised_nothing_may_miss_information() -> None:
    told = promises_to.Promises([0, 0], [100.0, 150.0], [290.0, -1.0])  # from 150 on: assessing
    rows = [(0, 50.0, 0), (0, 110.0, 0), (0, 200.0, 0)]
    assert about(*rows, promised=told, no_information_fraction=1.0) == ["no_information", "dispatch", "no_information"]


def test_conduct_needs_a_crew_in_sight() -> None:
    assert about((0, 100.0, 0), (0, 130.0, 0), (0, 200.0, 0), conduct_fraction=1.0) == ["dispatch", "conduct", "conduct"]


def test_power_that_fails_again_is_a_cause_of_its_own() -> None:
    rows = [(0, 10.0, 70.0), (0, 100.0, 160.0), (1, 10.0, 13.0), (1, 100.0, 160.0)]  # section 1's first was momentary
    net, log = network([-1, -1], [60, 60]), dark_log(rows)
    dark = intervals.dark_intervals(log, net.customers, 1000.0)
    zero, at, section = np.zeros(3, np.int64), np.array([30.0, 130.0, 130.0]), np.array([0, 0, 1])
    lodged = Complaints(at, zero, section, zero, at, section, np.arange(3))
    shares = {"no_information_fraction": 0.0, "repeat_fraction": 1.0, "conduct_fraction": 0.0}
    settings_ = tiny_scenario(complaints=shares).complaints
    found = causes.causes(lodged, dark, all_stages(log, net), promises_to.Promises(), settings_, (1, 0))
    assert [causes.CAUSES[code] for code in found] == ["dispatch", "repeat", "dispatch"]


def test_what_is_entered_late_calms_late() -> None:
    drawn = tiny_drawn(tiny_network([-1], [200_000]), given=tiny_faults((60.0, 0)))
    said = {"publish_etr": {"restored_by": 9000.0}, "send_notice": {"reach_fraction": 1.0}}
    word = [Action(100.0, do, args, "lead") for do, args in said.items()]

    def lodged(entry_min: float) -> float:
        plan = plan_of(
            tiny_scenario(
                complaints={"hazard_factor": 30.0, "accurate_notice_factor": 0.0}, hotline={"entry_min": entry_min}
            ),
            "base",
        )
        return take(run_world(drawn, plan, word), drawn, plan).values["complaints"]

    assert lodged(0.0) < lodged(120.0) < lodged(300.0)


def test_shares_are_drawn_by_the_complaint() -> None:
    rows = [(0, 50.0, 0)] * 4000
    found = about(*rows, no_information_fraction=0.3)
    assert found.count("no_information") == pytest.approx(1200, abs=4.5 * math.sqrt(4000 * 0.3 * 0.7))
    assert found[:100] == about(*rows[:100], no_information_fraction=0.3)


def test_complaints_are_graver_the_longer_it_is_dark_again_and_about_people() -> None:
    waiting, again, conduct = (causes.CAUSES.index(name) for name in ("dispatch", "repeat", "conduct"))
    hours = np.array([23.9, 24.0, 47.9, 48.0, 1.0, 1.0, 50.0])
    cause = np.array([waiting] * 4 + [again, conduct, conduct])
    assert complaint_measures.severity(cause, 60 * hours).tolist() == [0, 1, 1, 2, 1, 1, 2]


def test_each_complaint_is_somewhere_and_some_go_further() -> None:
    network_ = tiny_network([-1], [200_000])
    drawn = tiny_drawn(network_, given=tiny_faults((60.0, 0)))
    desk = {"staff": 5, "further_fraction": 1.0, "further_to_regulator_fraction": 0.0, "regulator_fraction": 0.0}

    def taken(**more: float) -> dict[str, float]:
        plan = plan_of(tiny_scenario(complaints={"hazard_factor": 30.0}, complaint_desk=desk | more), "base")
        return take(run_world(drawn, plan), drawn, plan).values

    found = taken()
    n = found["complaints"]
    assert n > 300
    assert sum(found[name] for name in COMPLAINTS_BY_CAUSE) == n
    assert found["complaints_by_phone"] + found["complaints_in_writing"] == n
    assert 0 < found["complaints_contacted_late_fraction"] <= 1
    assert found["complaints_taken_further"] >= found["complaints_contacted_late_fraction"] * n
    assert found["complaints_to_regulator"] == 0
    more = taken(staff=5000)
    assert more["complaints_taken_further"] < found["complaints_taken_further"]
    assert more["complaints_answer_days"] < found["complaints_answer_days"]
    assert [more[name] for name in COMPLAINTS_BY_CAUSE] == [found[name] for name in COMPLAINTS_BY_CAUSE]


# Crews


def test_what_a_crew_did() -> None:
    time = crews.crew_time(staged_log(), 400.0)
    mine = time.crew == 8
    said = [(crews.STATES[s], a, b) for s, a, b in zip(time.state[mine], time.start[mine], time.end[mine], strict=True)]
    assert said == [
        ("waiting", 0, 120), ("travelling", 120, 150), ("working", 150, 300), ("waiting", 300, 300),
        ("travelling", 300, 330), ("working", 330, 360), ("waiting", 360, 400),
    ]  # fmt: skip
    assert not time.mends[time.crew == 7].any()
    assert time.mends[mine].tolist() == [False, True, True, False, True, True, False]


def test_several_repairs_in_one_visit_are_all_work() -> None:
    log = Recorder()
    log.add(0, "shift_started", crew=1)
    log.add(10, "crew_dispatched", crew=1, section=4)
    log.add(20, "crew_arrived", crew=1, section=4)
    log.add(50, "repair_finished", crew=1, section=4)
    log.add(90, "repair_finished", crew=1, section=5)
    log.add(100, "shift_ended", crew=1)
    time = crews.crew_time(log.finish(), 200.0)
    work = time.of(crews.WORKING)
    assert list(zip(time.start[work], time.end[work], time.section[work], strict=True)) == [
        (20, 50, 4),
        (50, 90, 5),
    ]


def test_a_crew_held_by_the_wind_does_not_work_until_it_may() -> None:
    log = Recorder()
    log.add(0, "crew_arrived", crew=1, section=4)
    log.add(30, "crew_stood_down", crew=1, section=4, value=100)
    log.add(130, "repair_finished", crew=1, section=4)
    time = crews.crew_time(log.finish(), 140.0)
    said = [(crews.STATES[s], a, b) for s, a, b in zip(time.state, time.start, time.end, strict=True)]
    assert said == [("working", 0, 30), ("stood_down", 30, 100), ("working", 100, 130), ("waiting", 130, 140)]


def test_a_crew_held_on_the_road_travels_on_and_one_held_at_its_shift_end_has_not_worked() -> None:
    log = Recorder()
    log.add(0, "crew_dispatched", crew=1, section=4)
    log.add(10, "crew_stood_down", crew=1, section=4, value=50)
    log.add(70, "crew_arrived", crew=1, section=4)
    log.add(80, "crew_stood_down", crew=1, section=4, value=200)
    log.add(120, "shift_ended", crew=1)
    time = crews.crew_time(log.finish(), 140.0)
    said = [(crews.STATES[s], a, b) for s, a, b in zip(time.state, time.start, time.end, strict=True)]
    assert said == [
        ("travelling", 0, 10), ("stood_down", 10, 50), ("travelling", 50, 70), ("working", 70, 80),
        ("stood_down", 80, 120), ("resting", 120, 140),
    ]  # fmt: skip


def test_a_crew_stays_with_its_generator_and_mends_nothing() -> None:
    log = Recorder()
    log.add(0, "job_opened", job=3, section=4)
    log.add(0, "crew_dispatched", crew=1, section=4, job=3)
    log.add(10, "crew_arrived", crew=1, section=4, job=3)
    log.add(40, "generator_connected", crew=1, section=4, job=3, place=0)
    log.add(90, "generator_released", crew=1, section=4, job=3, place=0)
    time = crews.crew_time(log.finish(), 100.0)
    assert [crews.STATES[s] for s in time.state] == ["travelling", "working", "working", "waiting"]
    assert not time.mends.any()


def test_crew_curves_count_each_crew_once() -> None:
    time = crews.crew_time(staged_log(), 400.0)
    grid = curves.grid_at(400.0)
    found = curves.crew_curves(time, grid, 400.0)
    assert grid.tolist() == [0, 30, 60, 90, 120, 150, 180, 210, 240, 270, 300, 330, 360, 390]
    total = sum(found.values())
    assert total.tolist() == [2.0] * len(grid)
    assert found["crews_travelling"].tolist() == [0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0]
    assert found["crews_working"].tolist() == [0, 0, 1, 0, 0, 1, 1, 1, 1, 1, 0, 1, 0, 0]


def test_what_crews_do_to_the_horizon_they_do_at_the_last_instant() -> None:
    time = crews.crew_time(staged_log(), 360.0)  # its last repair ends just there
    found = curves.crew_curves(time, curves.grid_at(360.0), 360.0)
    assert sum(found.values()).tolist() == [2.0] * 13
    assert found["crews_working"].tolist()[-2:] == [1, 1]
    ends = curves.lasting([0.0, 50.0, 360.0, 10.0], [360.0, 70.0, 360.0, np.inf], 360.0)
    assert ends.tolist() == [np.inf, 70.0, 360.0, np.inf]


# Critical customers


def test_backup_generator_and_supply() -> None:
    net = network([-1, 0, 0], [5, 5, 5])
    net.critical_section = np.array([1, 1, 2, 0])
    net.critical_backup_min = np.array([120.0, 300.0, 0.0, 0.0])
    log = Recorder()
    log.add(0, "section_went_dark", section=1)
    log.add(0, "section_went_dark", section=2)
    log.add(60, "generator_connected", crew=3, section=2, place=2)
    log.add(200, "section_restored", section=1)
    log.add(300, "generator_released", crew=3, section=2, place=2)
    log.add(400, "section_restored", section=2)
    done = log.finish()
    dark = intervals.dark_intervals(done, net.customers, 1000.0)
    assert critical.minutes_beyond_backup(done, dark, net, 1000.0).tolist() == [80.0, 0.0, 160.0, 0.0]


def test_a_generator_brought_in_time_leaves_no_gap() -> None:
    net = network([-1], [5])
    net.critical_section, net.critical_backup_min = np.array([0]), np.array([120.0])
    log = Recorder()
    log.add(0, "section_went_dark", section=0)
    log.add(100, "generator_connected", crew=3, section=0)
    done = log.finish()
    dark = intervals.dark_intervals(done, net.customers, 500.0)
    assert critical.minutes_beyond_backup(done, dark, net, 500.0).tolist() == [0.0]


def test_two_generators_at_once_count_once() -> None:
    net = network([-1], [5])
    net.critical_section, net.critical_backup_min = np.array([0]), np.array([0.0])
    log = Recorder()
    log.add(0, "section_went_dark", section=0)
    log.add(100, "generator_connected", crew=3, section=0)
    log.add(150, "generator_connected", crew=4, section=0)
    log.add(200, "generator_released", crew=3, section=0)
    log.add(300, "generator_released", crew=4, section=0)
    done = log.finish()
    dark = intervals.dark_intervals(done, net.customers, 500.0)
    assert critical.minutes_beyond_backup(done, dark, net, 500.0).tolist() == [300.0]


# Promises


def test_promises_are_judged_for_those_in_the_dark_when_made() -> None:
    dark = intervals.dark_intervals(dark_log([(0, 0, 100), (1, 0, 400), (2, 0, 90)]), [10, 30, 60], 1000.0)
    # area 0 holds sections 0 and 1; section 2 lies in area 1, where nothing was promised but "assessing"
    kept = promises.judge([50, 60, 120, 50], [0, 0, 0, 1], [200, 90, 460, -1], dark, [0, 0, 1])
    # at 50, by 200: 10 kept (100 early), 30 missed (200 late); at 60, by 90: 10 missed by 10, 30 by 310;
    # at 120, by 460: only section 1 is still dark: 30 kept, 60 early
    assert kept.n_promises == 110
    assert kept.kept_fraction == pytest.approx(40 / 110)
    late = 10 * -100 + 30 * 200 + 10 * 10 + 30 * 310 + 30 * -60
    assert kept.error_h == pytest.approx(late / 110 / 60)


def test_power_back_at_the_promised_minute_keeps_the_promise() -> None:
    dark = intervals.dark_intervals(dark_log([(0, 0, 100)]), [1], 1000.0)
    assert promises.judge([50], [0], [100], dark, [0]).kept_fraction == 1.0
    assert promises.judge([50], [0], [99.9], dark, [0]).kept_fraction == 0.0
    assert promises.judge([0], [0], [100], dark, [0]).n_promises == 1
    assert promises.judge([100], [0], [100], dark, [0]).n_promises == 0


def test_no_promise_has_no_share() -> None:
    dark = intervals.dark_intervals(dark_log([(0, 0, 100)]), [1], 1000.0)
    assert math.isnan(promises.judge([50], [0], [-1], dark, [0]).kept_fraction)


def test_open_at_the_horizon_is_missed_only_when_the_promise_has_passed() -> None:
    dark = intervals.dark_intervals(dark_log([(0, 0, None)]), [1], 1000.0)
    assert promises.judge([50], [0], [700], dark, [0]).kept_fraction == 0.0
    assert promises.judge([50], [0], [1200], dark, [0]).n_promises == 0


# Curves


def test_happenings_fall_into_the_step_that_begins_before_them() -> None:
    grid = curves.grid_at(100.0)
    assert grid.tolist() == [0, 30, 60, 90]
    assert curves.per_step([0, 29.9, 30, 95, 140, -3], grid).tolist() == [2, 1, 0, 1]


def test_the_stages_are_the_measures() -> None:
    assert tuple(f"hours_{stage}" for stage in where.STAGES) == HOURS_BY_STAGE
    assert set(HOURS_BY_STAGE) < set(MEASURES)


# Calls


def some_calls() -> Calls:
    """One settled by voice, two served (after 0.5 and 3 min), one given up after 6, one busy, its redial."""
    kind, result = [0, 0, 0, 2, 0, 1], [0, 1, 1, 2, 3, 4]
    wait = [np.nan, 0.5, 3.0, 6.0, np.nan, np.nan]
    answered = [np.nan, 11.5, 34.0, np.nan, np.nan, np.nan]
    done = [11.0, 15.5, 64.0, 67.0, 61.0, np.nan]
    at = [10.0, 10.0, 30.0, 60.0, 61.0, 70.0]
    none = np.zeros(6, np.int64)
    numbers = [np.array(c, float) for c in (wait, answered, done)]
    return Calls(np.array(at), none, none, none, none, np.array(kind), np.array(result), *numbers)


def test_call_measures_name_their_denominators() -> None:
    found = calls.call_measures(some_calls(), affected=50)
    assert (found["calls_first"], found["calls_redial"], found["calls_followup"]) == (4, 1, 1)
    assert found["calls_offered"] == 6
    assert found["calls_per_affected"] == 0.1
    # settled by voice and served within 30 s sharp: 2 of 6 offered, of 3 answered
    assert found["service_level_30s_offered"] == pytest.approx(2 / 6)
    assert found["service_level_30s_answered"] == pytest.approx(2 / 3)
    assert found["abandoned_fraction"] == found["busy_fraction"] == pytest.approx(1 / 6)
    # those who gave up waited too
    assert found["mean_wait_s"] == pytest.approx((0.5 + 3 + 6) / 3 * 60)


def test_no_calls_have_no_shares() -> None:
    nothing = np.zeros(0)
    none = nothing.astype(np.int64)
    found = calls.call_measures(Calls(nothing, *[none] * 6, nothing, nothing, nothing), affected=0)
    assert found["calls_offered"] == 0
    assert math.isnan(found["busy_fraction"])
    assert math.isnan(found["calls_per_affected"])


def test_call_curves() -> None:
    found = calls.call_curves(some_calls(), curves.grid_at(90.0))
    assert found["calls_first"].tolist() == [2, 1, 1, 0]
    assert found["calls_redial"].tolist() == [0, 0, 1, 0]
    assert found["calls_followup"].tolist() == [0, 0, 1, 0]
    assert found["calls_abandoned"].tolist() == [0, 0, 1, 0]
    assert found["calls_busy"].tolist() == [0, 0, 1, 0]
    # in the queue 11..11.5, 31..34, 61..67; with an agent 11.5..15.5, 34..64
    assert found["queue"].tolist() == [0, 0, 0, 0]
    assert found["agents_busy"].tolist() == [0, 0, 1, 0]


def test_running_counts_agree_with_looking() -> None:
    start = np.array([0.0, 29.0, 30.0, 31.0, 60.0, 200.0])
    end = np.array([30.0, 31.0, 60.0, 95.0, 60.0, 300.0])
    grid = curves.grid_at(120.0)
    expected = [int(((start <= g) & (end > g)).sum()) for g in grid]
    assert curves.running(start, end, grid).tolist() == expected


# Everything at once


def no_calls() -> Calls:
    nothing = np.zeros(0)
    none = nothing.astype(np.int64)
    return Calls(nothing, *[none] * 6, nothing, nothing, nothing)


def played(log: Log, net, scenario=None, reference: float | None = None):
    """Measure a log that was written by hand, in calm air, without calls."""
    scenario = scenario or tiny_scenario()
    faults = tiny_faults((0.0, 0, "pole"), (0.0, 0, "wire"))
    outcome = SimpleNamespace(log=log, calls=no_calls(), faults=faults)
    return take(outcome, tiny_drawn(net, scenario), plan_of(scenario, "base"), reference)


def two_feeders():
    return tiny_network([-1, -1, -1], [300, 600, 100], area=[0, 0, 1], n_areas=2, critical=[(0, 60.0)])


def test_measures_of_a_small_world() -> None:
    # landfall at 360; 300 customers out from 300 to 660, 100 of them in the other area for 3 min, 600 never
    log = dark_log([(0, 300, 660), (2, 400, 403)])
    found = played(log, two_feeders())
    values = found.values
    assert tuple(values) == measure_names(tiny_scenario())
    assert set(found.curves) == set(CURVES)
    assert set(found.areas) == set(AREAS)
    assert found.censored == frozenset()
    expected = {
        "saifi": 0.3, "saidi_h": 1.8, "caidi_h": 6.0, "asai": 1 - 1.8 / 240, "customer_hours": 1805.0,
        "peak_out": 400, "peak_at_h": 40 / 60, "affected": 300, "customers_over_24h": 0, "t50_h": 5,
        "t95_h": 5, "t100_h": 5, "still_out_at_horizon": 0, "critical_beyond_backup": 1, "calls_offered": 0,
        "faults": 2, "poles_broken": 1, "hours_switching": 1805.0, "hours_unknown": 0,
        "cost_if_storm_turns_away": 0,
    }  # fmt: skip
    assert {name: values[name] for name in expected} == pytest.approx(expected)
    assert sum(values[name] for name in HOURS_BY_STAGE) == pytest.approx(values["customer_hours"])
    # two crews day and night for the 11 h until fewer than 1 % are out, and agents by night and day
    assert values["cost"] == pytest.approx(400 * 2 * 11 + 40 * (20 * 8 + 60 * 3))
    assert math.isnan(values["etr_kept_fraction"])
    assert math.isnan(values["busy_fraction"])
    assert found.areas["customers_out_worst"].tolist() == [300, 100]
    assert found.areas["customer_hours"].tolist() == pytest.approx([1800, 5])
    assert found.peak_at == 400
    assert len(found.curves["customers_out"]) == 481
    assert found.curves["customers_out"][9:24].tolist() == [0] + [300] * 12 + [0, 0]
    assert found.values["complaints_low"] <= found.values["complaints"] <= found.values["complaints_high"]


def test_hours_without_power_in_cities_in_the_country_and_in_remote_places() -> None:
    net = tiny_network([-1, -1, -1, -1], [300, 600, 100, 100], land=["city", "city", "remote", "remote"])
    values = played(dark_log([(0, 300, 660), (2, 300, 900), (3, 400, 403)]), net).values
    assert (values["saidi_h_city"], values["saidi_h_remote"]) == (300 * 6 / 900, 100 * 10 / 200)
    assert math.isnan(values["saidi_h_rural"])
    assert values["saidi_h"] == pytest.approx((900 * values["saidi_h_city"] + 200 * values["saidi_h_remote"]) / 1100)


def test_measures_of_a_world_that_is_not_restored() -> None:
    found = played(dark_log([(0, 300, None), (1, 300, 660)]), two_feeders())
    values = found.values
    assert values["still_out_at_horizon"] == 300
    assert values["customer_hours"] == pytest.approx((300 * (14400 - 300) + 600 * 360) / 60)
    assert values["customers_over_48h"] == 300
    assert (values["t50_h"], values["t80_h"], values["t95_h"]) == (5, 234, 234)
    assert {"t80_h", "t95_h", "t100_h", "customer_hours", "complaints", "satisfaction", "cost"} <= found.censored
    assert "t50_h" not in found.censored
    assert "customers_over_48h" not in found.censored
    assert found.curves["customers_out"][-1] == 300


def test_dark_for_a_minute_at_the_horizon_is_sustained_and_perhaps_long() -> None:
    found = played(dark_log([(0, 14399, None)]), two_feeders())
    assert found.values["saifi"] == 0.3
    assert found.values["affected"] == 300
    assert {"customers_over_24h", "customers_over_48h"} <= found.censored


def test_the_reference_plan_sets_what_the_shares_are_of() -> None:
    log = dark_log([(0, 300, 660), (2, 300, 1260)])
    assert played(log, two_feeders()).values["t50_h"] == 5
    assert played(log, two_feeders(), reference=900).values["t50_h"] == 0
    assert played(log, two_feeders(), reference=900).values["t80_h"] == 5
    assert played(log, two_feeders(), reference=900).values["t90_h"] == 15


def test_nothing_happened() -> None:
    found = played(Recorder().finish(), two_feeders())
    assert found.values["customer_hours"] == found.values["saifi"] == found.values["t100_h"] == 0
    assert math.isnan(found.values["peak_at_h"])
    assert math.isnan(found.values["complaints_per_1000_interrupted"])
    assert found.areas["customers_out_worst"].tolist() == [0, 0]


def test_customers_out_at_the_observed_instants() -> None:
    points = [{"at": f"2020-08-01T{hour:02d}:00:00+09:00", "customers_out": 1} for hour in (5, 11, 12)]
    start, end = "2020-08-01T00:00:00+09:00", "2020-08-02T00:00:00+09:00"
    observed = {
        "plan": "base", "peak_low": 0, "peak_high": 1, "peak_from": start, "peak_to": end,
        "poles_low": 0, "poles_high": 1, "checkpoints": points,
    }  # fmt: skip
    found = played(dark_log([(0, 300, 660)]), two_feeders(), tiny_scenario(observed=observed))
    assert found.observed_out.tolist() == [300, 0, 0]


# Cost. Crews work 08:00 to 20:00; the run starts at midnight, landfall is at 30 h, work ends at 60 h.

SHIFT = {"shift_start": "08:00", "shift_h": 12.0}
PRICES = {
    "crew_h": 1.0, "aid_crew_h": 10.0, "aid_mobilise": 1000.0, "standby_h": 3.0, "generator_day": 50.0,
    "agent_h": 2.0, "agent_call": 7.0, "voice_call": 0.5, "notice": 0.1,
}  # fmt: skip


def priced(**over):
    base = {
        "landfall": "2020-08-02T06:00:00+09:00",
        "crews": {"line": {"count": 4} | SHIFT, "patrol": {"count": 0}},
        "hotline": {"agents": 0, "night_agents": 0},
        "cost": PRICES,
    }
    return tiny_scenario(**(base | over))


def nothing() -> Log:
    return Recorder().finish()


def spent(settings, log: Log, by_agents: int = 0, by_voice: int = 0, until: float = 60 * 60.0) -> dict[str, float]:
    """Return what each part costs."""
    return cost.amounts(cost.used(settings, log, by_agents, by_voice, until), settings.cost)


def lost(settings, log: Log) -> float:
    """Return what is spent if the storm turns away."""
    return cost.total(cost.amounts(cost.committed(settings, log), settings.cost))


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        (0, 1440, 12),
        (480, 1200, 12),
        (0, 480, 0),
        (500, 560, 1),
        (1000, 2000, 1000 / 60 - 12),
        (0, 6300, 49),
    ],
)
def test_hours_of_a_daily_shift(start, end, hours) -> None:
    assert cost.daily_hours(start, end, 480.0, 720.0, tiny_scenario()) == pytest.approx(hours)


def test_a_shift_past_midnight_and_one_round_the_clock() -> None:
    assert cost.daily_hours(0, 1440, 22 * 60, 600.0, tiny_scenario()) == pytest.approx(10)
    assert cost.daily_hours(100, 1000, 480.0, 1440.0, tiny_scenario()) == pytest.approx(15)


def test_own_crews_are_paid_on_shift_until_the_emergency_ends() -> None:
    found = spent(priced(), nothing())
    # 12 h on each of the first two days, 08:00 to 12:00 on the third
    assert found["own_line"] == 4 * 28
    assert cost.total(found) == found["own_line"]


def test_kinds_of_crews_have_prices_of_their_own() -> None:
    crews = {"line": {"count": 4} | SHIFT, "patrol": {"count": 2} | SHIFT}
    found = spent(priced(crews=crews, cost=PRICES | {"patrol_crew_h": 0.5}), nothing())
    assert (found["own_line"], found["own_patrol"]) == (4 * 28, 2 * 28 * 0.5)


def test_contractors_are_paid_for_from_when_they_are_hired() -> None:
    crews = {"line": {"count": 4} | SHIFT, "hired": {"kind": "line", "count": 3, "employer": "contractor"} | SHIFT}
    crews["hired"]["present_from"] = "T+20h"
    found = spent(priced(crews=crews, cost=PRICES | {"contractor_crew_h": 5.0}), nothing())
    assert found["own_line"] == 4 * 28
    assert found["contractors"] == 5 * 3 * 16  # from 20:00 on: the second day's 12 h and 4 h of the third
    assert spent(priced(crews=crews), nothing())["contractors"] == 3 * 16
    # landfall is at 06:00 of the second day: nothing yet; had they come at midnight a whole shift would be spent
    assert lost(priced(crews=crews, cost=PRICES), nothing()) == 0
    crews["hired"]["present_from"] = "T+0h"
    assert lost(priced(crews=crews, cost=PRICES), nothing()) == 3 * 12


def test_foreign_crews_before_landfall_cost_mobilisation_hours_and_standby() -> None:
    aid = {"far": {"kind": "line", "count": 6, "requested_at": "T+1h"} | SHIFT}
    log = Recorder()
    log.add(60.0, "aid_requested", place=0, value=6)
    log.add(20 * 60.0, "aid_arrived", place=0, value=2)
    log.add(34 * 60.0, "aid_arrived", place=0, value=4)
    settings, done = priced(aid=aid), log.finish()
    found = spent(settings, done)
    assert found["mobilisation"] == 6000
    # two: the second day's 12 h and 4 h of the third; four: from 10:00 of the second day, 10 h, and 4 h
    assert found["aid_line"] == 10 * (2 * 16 + 4 * 14)
    # two crews from 20:00 to 06:00
    assert found["standby"] == 3 * 2 * 10
    assert lost(settings, done) == 6000 + 3 * 2 * 10
    # crews of five: two crews for the midnights after the first and the second day, four for the second
    assert cost.used(settings, done, 0, 0, 60 * 60.0)["lodging"] == 5 * (2 * 2 + 4 * 1)
    assert cost.committed(settings, done)["lodging"] == 5 * 2 * 1


def test_crews_that_refuse_are_not_paid_for() -> None:
    aid = {"kind": "line", "count": 6, "requested_at": "T+1h"} | SHIFT
    settings, log = priced(aid={"far": aid, "near": aid}), Recorder()
    for place in (0, 1):
        log.add(60.0, "aid_requested", place=place, value=6)
    assert spent(settings, log.finish())["mobilisation"] == 12_000
    log.add(150.0, "aid_refused", place=1, value=6)
    assert spent(settings, log.finish())["mobilisation"] == 6000
    log.add(settings.landfall_at + 60.0, "aid_refused", place=0, value=4)  # two of them were there
    found = log.finish()
    assert spent(settings, found)["mobilisation"] == lost(settings, found) == 2000


def test_a_part_without_a_price_is_in_no_sum() -> None:
    aid = {"far": {"kind": "line", "count": 6, "requested_at": "T+1h"} | SHIFT}
    log = Recorder()
    log.add(60.0, "aid_requested", place=0, value=6)
    log.add(20 * 60.0, "aid_arrived", place=0, value=2)
    settings, done = priced(aid=aid), log.finish()
    found = spent(settings, done)
    assert math.isnan(found["lodging"])
    assert cost.total(found) == sum(value for name, value in found.items() if name != "lodging")
    with_beds = spent(priced(aid=aid, cost=PRICES | {"lodging_night": 2.0}), done)
    assert with_beds["lodging"] == 2 * 5 * 2 * 2
    assert cost.total(with_beds) == cost.total(found) + with_beds["lodging"]


def test_prices_of_one_country_are_not_used_in_another() -> None:
    found = spent(tiny_scenario(cost={"currency": "CNY"}), nothing())
    assert math.isnan(found["own_line"])
    assert math.isnan(cost.total(found))
    assert found["notices"] == 0  # none was sent: it costs nothing at whatever price
    given = spent(tiny_scenario(cost={"currency": "CNY", "crew_h": 2.0}), nothing())
    # a line crew and a patrol, day and night; agents are not priced
    assert cost.total(given) == 2 * 60 * 2.0
    assert math.isnan(given["agents"])


def test_aid_asked_for_after_landfall_is_not_lost_when_the_storm_turns_away() -> None:
    aid = {"far": {"kind": "line", "count": 6, "requested_at": "landfall+1h"} | SHIFT}
    log, settings = Recorder(), priced(aid=aid)
    log.add(settings.landfall_at + 60.0, "aid_requested", place=0, value=6)
    done = log.finish()
    assert lost(settings, done) == 0
    assert spent(settings, done)["mobilisation"] == 6000
    assert spent(settings, done, until=30 * 60.0)["mobilisation"] == 0
    # asked for by decision only, and nobody did
    never = priced(aid={"far": aid["far"] | {"requested_at": "never"}})
    assert spent(never, nothing())["mobilisation"] == 0


def test_agents_calls_and_notices() -> None:
    desk = {
        "agents": 10,
        "night_agents": 1,
        "surge_agents": 20,
        "surge_called_at": "landfall-2h",
        "surge_for_h": 5.0,
    }
    settings = priced(hotline=desk, crews={"line": {"count": 0}, "patrol": {"count": 0}})
    log = Recorder()
    log.add(5.0, "notice_sent", place=0, customers=1000, value=0.4)
    found = spent(settings, log.finish(), 3, 8, 24 * 60.0)
    # 14 h by day, 10 by night
    assert found["agents"] == 2 * (140 + 10 + 20 * 5)
    assert (found["agent_calls"], found["voice_calls"]) == (3 * 7, 8 * 0.5)
    assert found["notices"] == pytest.approx(40)
    assert lost(settings, nothing()) == 2 * 20 * 5
    later = priced(hotline=desk | {"surge_called_at": "landfall+2h"})
    assert lost(later, nothing()) == 0


def test_generators_are_hired_by_begun_days() -> None:
    crew = {"kind": "generator", "count": 3, "present_from": "landfall-12h"} | SHIFT
    settings = priced(crews={"line": {"count": 0}, "patrol": {"count": 0}, "power": crew})
    # from 18 h to 60 h: two days; to landfall at 30 h: one
    assert spent(settings, nothing())["generators"] == 3 * 2 * 50
    assert lost(settings, nothing()) == 3 * 50
