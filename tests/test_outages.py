"""Records of outages and the backlog by stage, and promises by stage: hand-worked from small logs."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim import rng
from sim.hotline import Hotline
from sim.hotline.promises import Announcements, OwnPromises, Promises
from sim.log import Recorder
from sim.metrics import promises
from sim.metrics.audience import audience
from sim.metrics.crews import crew_time
from sim.metrics.intervals import dark_intervals
from sim.metrics.outages import BACKLOG, backlog, outages
from sim.world import run
from tests.test_world import drills
from tests.tiny import tiny_drawn, tiny_faults, tiny_network, tiny_scenario
from tests.worlds import plan_of, play

BLIND = tiny_network([-1, 0, -1], [9, 9, 9], ["breaker", "none", "breaker"], [False, False, True])


def blind_log():
    """Return the log of a fault that callers tell of (105) and one that a breaker tells of (75), a crew and a patrol."""
    made = tiny_scenario(etr={"policy": "none"})
    drawn = tiny_drawn(BLIND, made, given=tiny_faults((60.0, 1), (61.0, 2)))
    return play(drawn, calls=[(100.0, 0, 1), (101.0, 1, 1)]).log


def test_an_outage_is_confirmed_by_its_device_or_by_who_finds_the_damage() -> None:
    found = outages(blind_log())
    assert found.section.tolist() == [2, 0]
    assert found.reported_at.tolist() == [62.0, 101.0]
    assert found.inferred_at.tolist() == [75.0, 105.0]
    # one patrol: from 75 at the breaker's fault (130), then 20 min on the road and 50 on site
    assert found.on_site_at.tolist() == [95.0, 150.0]
    assert found.confirmed_at.tolist() == [75.0, 200.0]
    assert found.closed_at.tolist() == [390.0, 650.0]  # one line crew, 20 and 240 min for each, from 130


def test_the_backlog_by_stage_is_read_from_the_log() -> None:
    log = blind_log()
    grid = np.array([0.0, 60.0, 70.0, 80.0, 105.0, 129.0, 130.0, 150.0, 200.0, 390.0, 410.0, 649.0, 650.0])
    found = backlog(log, BLIND, crew_time(log, 14_400.0), grid, 14_400.0)
    table = np.stack([found[stage] for stage in BACKLOG]).astype(int).T.tolist()
    assert table == [
        [0, 0, 0, 0, 0],
        [1, 0, 0, 0, 0],
        [2, 0, 0, 0, 0],
        [1, 0, 1, 0, 0],  # the breaker's, on record since 75
        [0, 1, 1, 0, 0],  # two callers
        [0, 1, 1, 0, 0],
        [0, 1, 0, 1, 0],  # the breaker's is patrolled, and the crew is on its way
        [0, 1, 0, 0, 1],
        [0, 0, 1, 0, 1],  # the other one too
        [0, 0, 0, 1, 0],
        [0, 0, 0, 0, 1],
        [0, 0, 0, 0, 1],
        [0, 0, 0, 0, 0],
    ]


def test_what_is_not_done_at_the_horizon_is_in_the_last_row() -> None:
    set_up = tiny_scenario(etr={"policy": "none"}, horizon_h=9.0)  # 540 min: a crew is at the second fault until 650
    log = play(tiny_drawn(BLIND, set_up, given=tiny_faults((60.0, 1), (61.0, 2))), calls=[(100.0, 0, 1), (101.0, 1, 1)]).log
    found = backlog(log, BLIND, crew_time(log, 540.0), np.array([0.0, 510.0, 540.0]), 540.0)
    assert [found[stage].tolist() for stage in BACKLOG] == [[0, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0], [0, 1, 1]]


@given(drills())
@settings(max_examples=25, deadline=None)
def test_every_broken_or_suspected_part_is_at_one_stage(drawn) -> None:
    log = run(drawn, plan_of(drawn.scenario)).log
    horizon = drawn.scenario.horizon_min
    grid = np.append(np.arange(0.0, horizon, 97.0), horizon)
    found = backlog(log, drawn.network, crew_time(log, horizon), grid, horizon)
    zone = drawn.network.zone
    known = outages(log)
    for i in (*range(0, len(grid), 7), len(grid) - 1):
        at, there = grid[i], set()
        for fault in np.flatnonzero(log.of("fault_occurred") & (log["at"] <= at)):
            mended = log.of("repair_finished") & (log["fault"] == log["fault"][fault]) & (log["at"] <= at)
            if not mended.any():
                there.add(int(zone[log["section"][fault]]))
        is_open = (known.inferred_at <= at) & ~(known.closed_at <= at)
        there |= set(zone[known.section[is_open]].tolist())
        assert sum(found[stage][i] for stage in BACKLOG) == len(there)


# -- promises --------------------------------------------------------------------------------------------------------


def promised_log():
    """Two sections of one area, dark from 0 to 100 and 400; promised 200 for all, 300 for the area, 350 for one alone."""
    log = Recorder()
    for section, customers in ((0, 10), (1, 30)):
        log.add(0.0, "section_went_dark", section=section, customers=customers)
    log.add(10.0, "etr_published", place=0, value=-1.0)
    log.add(20.0, "etr_published", place=0, value=200.0, detail="global")
    log.add(50.0, "etr_published", place=0, value=300.0)
    log.add(60.0, "own_etr_published", section=1, outage=0, customers=30, value=350.0)
    log.add(100.0, "section_restored", section=0)
    log.add(120.0, "etr_published", place=0, value=500.0)
    log.add(360.0, "etr_published", place=0, value=390.0)
    log.add(400.0, "section_restored", section=1)
    return log.finish()


def test_promises_are_judged_by_stage() -> None:
    log = promised_log()
    dark = dark_intervals(log, np.array([10, 30]), 1000.0)
    found = promises.judge_stages(log, dark, np.zeros(2, np.int64))
    # by 200: 10 kept, 100 early; 30 missed, 200 late
    assert found["global"].kept_fraction == pytest.approx(10 / 40)
    assert found["global"].error_h == pytest.approx((10 * -100 + 30 * 200) / 40 / 60)
    assert found["global"].off_h == pytest.approx((10 * 100 + 30 * 200) / 40 / 60)
    # by 300 for both, by 500 and by 390 for the one still dark
    assert found["area"].kept_fraction == pytest.approx((10 + 30) / (40 + 30 + 30))
    assert found["area"].off_h == pytest.approx((10 * 200 + 30 * 100 + 30 * 100 + 30 * 10) / 100 / 60)
    assert found["individual"] == promises.Kept(0.0, 50 / 60, 50 / 60, 30, 0)
    assert found["all"].n_promises == found["global"].n_promises + found["area"].n_promises


def test_own_promises_are_judged_as_those_to_areas_are() -> None:
    """Promises to single sections, judged as if each section were an area, fare the same."""
    log = Recorder()
    whole = [(1000 * rng.uniforms(3, 0, purpose, np.arange(300))).astype(int) for purpose in ("a", "b", "c", "d")]
    spells = [(s, *sorted((int(whole[0][s]), int(whole[1][s])))) for s in range(40)]
    events = [(a, "section_went_dark", s) for s, a, _ in spells] + [
        (b, "section_restored", s) for s, _, b in spells if b < 800
    ]
    for at, kind, section in sorted(events):
        log.add(float(at), kind, section=section)
    dark = dark_intervals(log.finish(), np.arange(1, 41), 1000.0)
    at, section = whole[2].astype(float), whole[3] % 40
    promised = at + 1 + whole[0] % 600
    plain = promises.judge(at, section, promised, dark, np.arange(40))
    own = promises.judge_own(at, section, promised, dark)
    for name in ("kept_fraction", "error_h", "off_h", "n_promises", "n_open"):
        assert getattr(own, name) == pytest.approx(getattr(plain, name))
    nobody = promises.judge_own(np.zeros(0), np.zeros(0, np.int64), np.zeros(0), dark)
    assert math.isnan(nobody.kept_fraction)


def test_who_has_a_time_of_their_own_does_not_heed_the_areas_while_it_runs() -> None:
    area = np.zeros(2, np.int64)
    heard = audience(promised_log(), area)
    assert heard.group.tolist() == [0, 1]
    told = heard.promises(0.0)
    at = np.array([30.0, 60.0, 130.0, 351.0, 365.0])
    assert told.latest(np.zeros(5, np.int64), at).tolist() == [200.0, 300.0, 500.0, 500.0, 390.0]
    assert told.latest(np.ones(5, np.int64), at).tolist() == [200.0, 350.0, 350.0, 350.0, 390.0]
    assert told.missed_at(np.array([0, 1]), np.array([355.0, 355.0])).tolist() == [-np.inf, 350.0]
    notices = heard.spread(Announcements([0], [70.0], [0.4]), area)
    assert notices.latest(np.array([0, 1]), np.array([80.0, 80.0])).tolist() == [0.4, 0.4]


def test_without_times_of_their_own_areas_are_the_audience() -> None:
    log = Recorder()
    log.add(10.0, "etr_published", place=1, value=90.0)
    area = np.array([0, 1, 1])
    heard = audience(log.finish(), area)
    assert heard.group is area
    notices = Announcements([1], [5.0], [0.3])
    assert heard.spread(notices, area) is notices


@given(
    st.lists(st.tuples(st.integers(0, 3), st.floats(1, 50), st.floats(1, 200)), min_size=1, max_size=25),
    st.integers(0, 99),
)
@settings(max_examples=100, deadline=None)
def test_the_last_own_promise_and_the_last_miss_are_enough(given_out, shift) -> None:
    """Looked up at any minute after the last announcement, they say what a full table of all promises says."""
    own, table, now = OwnPromises(4), Promises(), np.zeros(4)
    for section, later, lasts in given_out:
        at = now[section] + later  # after the one before has come due
        own.announce(np.array([section]), at, at + lasts)
        table.announce(section, at, at + lasts)
        now[section] = at + lasts
        asked = np.array([at, at + lasts / 2, at + lasts, at + lasts + shift])
        where_ = np.full(4, section)
        running, missed_at = own.standing(where_, asked)
        expected = table.standing(where_, asked)
        assert running.tolist() == expected[0].tolist()
        np.testing.assert_allclose(missed_at, expected[1], atol=1e-6)
        assert own.due_unkept(where_, asked).tolist() == table.due_unkept(where_, asked).tolist()
        assert not own.standing(where_[:1], asked[:1] - later / 2)[0].any()


def test_a_time_of_ones_own_calms_callers_as_the_areas_does() -> None:
    made = tiny_scenario(
        customers={"followup_per_h": 0.5}, hotline={"trunks": 4000, "agents": 900, "night_agents": 900}
    )
    drawn = tiny_drawn(tiny_network([-1, 0], [5000, 5000]), made)

    def calls(tell):
        line = Hotline(drawn, made)
        line.went_dark([0, 1], 0.0)
        for at in range(15, 3000, 15):
            line.advance(float(at))
            if at == 60:
                tell(line)
        return line.finish()

    none, area, own = (
        calls(tell) for tell in (
            lambda _: None, lambda line: line.etr(0, 60.0, 1500.0), lambda line: line.own_etr([0, 1], 60.0, 1500.0),
        )
    )  # fmt: skip
    for name in ("at", "section", "caller", "kind", "result"):
        np.testing.assert_array_equal(getattr(area, name), getattr(own, name))
    calm, late = (none.at > 200) & (none.at < 1500), (none.at > 1500) & (none.at < 2200)
    assert ((own.at > 200) & (own.at < 1500)).sum() < 0.8 * calm.sum()
    assert ((own.at > 1500) & (own.at < 2200)).sum() > 1.5 * late.sum()  # let down
    half_told = calls(lambda line: line.own_etr([1], 60.0, 1500.0))
    np.testing.assert_array_equal(half_told.at[half_told.section == 1], own.at[own.section == 1])
    np.testing.assert_array_equal(half_told.at[half_told.section == 0], none.at[none.section == 0])
