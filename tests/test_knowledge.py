"""What the control room knows and from whom: tiny drills with exact logs, and what holds of every drill."""

import ast
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sim.world
from sim.hotline import Hotline, Masts
from sim.log import KIND_CODE
from sim.replay.layers import told
from sim.scenario.model import Knowledge, Mobile
from sim.world import World, run
from sim.world.assessment import Assessment
from tests.test_world import drills
from tests.tiny import tiny_drawn, tiny_faults, tiny_network, tiny_scenario
from tests.worlds import Telephone, at_of, is_sound, lines, plan_of, play

TRUTH = ("section_went_dark", "section_restored", "fault_occurred")
CREWS = ("shift_started", "crew_dispatched", "crew_arrived")
BLIND = [False, False]
LATE = {
    kind: {"kind": kind, "count": 1, "shift_start": "00:00", "shift_h": 24.0, "present_from": "T+5h"}
    for kind in ("line", "patrol")
}


def scenario(**overrides):
    """Return a plain scenario without promises."""
    return tiny_scenario(**({"etr": {"policy": "none"}} | overrides))


# -- meters, losses, links -------------------------------------------------------------------------------------------


def test_smart_meters_count_as_callers() -> None:
    network = tiny_network([-1, 0], [1, 1], reports=BLIND)
    know = {"metered_fraction": 1.0, "meter_loss_fraction": 0.0}
    log = play(tiny_drawn(network, scenario(knowledge=know), given=tiny_faults((60.0, 1)))).log
    assert lines(log, *TRUTH, *CREWS)[:4] == [
        "75 meter_reported section=0 customers=1",
        "75 meter_reported section=1 customers=1",
        "75 outage_inferred outage=0 section=0 value=75 probable",
        "75 job_opened job=0 outage=0 section=0",
    ]
    lone = tiny_network([-1, 0], [1, 0], reports=BLIND)
    alone = play(tiny_drawn(lone, scenario(knowledge=know), given=tiny_faults((60.0, 1)))).log
    assert lines(alone, *TRUTH, *CREWS) == ["75 meter_reported section=0 customers=1"]
    # one meter and one caller are two
    both = play(tiny_drawn(lone, scenario(knowledge=know), given=tiny_faults((60.0, 1))), calls=[(100.0, 0, 4)]).log
    assert at_of(both, "outage_inferred") == [105.0]


def test_reports_are_lost_by_draws_of_their_own() -> None:
    network = tiny_network([-1] + [0] * 199, [10] * 200, reports=[False] * 200)

    def heard(share: float, **crews: object) -> set[int]:
        know = {"monitored_fraction": 1.0, "monitor_loss_fraction": share}
        log = play(tiny_drawn(network, scenario(knowledge=know, **crews), given=tiny_faults((60.0, 0)))).log
        return set(log["section"][log.of("monitor_reported") & (log["at"] < 100)].tolist())

    some = heard(0.3)
    assert 120 < len(some) < 160
    assert some < heard(0.1) < heard(0.0) == set(range(200))
    assert heard(0.3, work={"travel_kmh": 60.0}) == some


def test_a_device_whose_battery_is_empty_does_not_report() -> None:
    network = tiny_network([-1, 0, 1], [10, 20, 30], ["breaker", "recloser", "fuse"], [True, True, False])
    faults = tiny_faults((60.0, 0), (70.0, 1))  # the recloser has been dark for 330 min when it opens on its fault
    for battery, reported in ((5.6, [61.0, 391.0]), (5.4, [61.0]), (0.0, [61.0, 391.0])):
        log = play(tiny_drawn(network, scenario(knowledge={"link_battery_h": battery}), given=faults)).log
        assert at_of(log, "breaker_reported") == reported
        assert at_of(log, "section_restored", section=0) == [390.0]
        assert bool(at_of(log, "section_restored", section=1)) == (len(reported) == 2)  # nobody calls


def test_monitors_in_the_dark_fall_silent_with_their_batteries() -> None:
    network = tiny_network([-1, 0], [9, 9], ["breaker", "fuse"], [True, False])
    faults = tiny_faults((60.0, 0), (70.0, 1))
    for battery, reported in ((6.0, [65.0, 65.0, 395.0]), (5.0, [65.0, 65.0])):
        know = {"monitored_fraction": 1.0, "link_battery_h": battery}
        log = play(tiny_drawn(network, scenario(knowledge=know), given=faults)).log
        assert at_of(log, "monitor_reported") == reported


# -- mobile masts ----------------------------------------------------------------------------------------------------


def test_a_mast_is_silent_from_the_end_of_its_battery_until_it_is_fed_again() -> None:
    network = tiny_network([-1, 0, 0], [5, 9, 2])
    network.cell[:] = [0, 0, 1]
    masts = Masts(network, 120.0)
    assert masts.fed_from.tolist() == [1, 1, 2]
    masts.went_dark([0, 1], 60.0)
    at = np.array([179.0, 180.0, 250.0])
    assert masts.silent(np.array([0, 0, 1]), at).tolist() == [False, True, True]
    assert not masts.silent(np.array([2]), np.array([1e4])).any()
    masts.restored([0], 200.0)  # the mast hangs on section 1
    assert masts.silent(np.array([0]), np.array([250.0])).all()
    masts.restored([1], 300.0)
    masts.went_dark([1], 310.0)
    times = np.array([299.0, 300.0, 320.0, 430.0])
    assert masts.silent(np.array([0, 0, 0, 0]), times).tolist() == [True, False, False, True]
    other = masts.copy()
    masts.forget(300.0)
    assert not masts.silent(np.array([0]), np.array([250.0])).any()
    assert other.silent(np.array([0]), np.array([250.0])).all()


def phoning(**mobile):
    """Return draws of one feeder of 20,000 customers that breaks at 60, and plays of them."""
    network = tiny_network([-1, 0], [20_000, 10_000], reports=BLIND)
    made = scenario(mobile=mobile, hotline={"trunks": 4000, "agents": 900, "night_agents": 900})
    return tiny_drawn(network, made, given=tiny_faults((60.0, 0, "wire", False, 0.0, True)))


def test_phones_fall_silent_with_the_masts_and_speak_again() -> None:
    usual, muted = (
        run(drawn, plan_of(drawn.scenario)) for drawn in (phoning(), phoning(fails=True, landline_fraction=0.0))
    )
    back = at_of(muted.log, "section_restored", section=0)[0]
    silent_at = 60.0 + 4 * 60.0
    calls = muted.calls
    fresh = calls.attempt == 0
    assert not (fresh & (calls.at >= silent_at) & (calls.at < back)).any()
    before = usual.calls.at < silent_at
    assert before.sum() > 500
    for name in ("at", "section", "caller", "attempt"):
        np.testing.assert_array_equal(getattr(usual.calls, name)[before], getattr(calls, name)[calls.at < silent_at])
    assert ((usual.calls.at > silent_at) & (usual.calls.attempt == 0)).sum() > 100
    some = run((drawn := phoning(fails=True, landline_fraction=0.5)), plan_of(drawn.scenario)).calls
    wired = ((some.at >= silent_at) & (some.at < back) & (some.attempt == 0)).sum()
    assert 0 < wired < ((usual.calls.at > silent_at) & (usual.calls.attempt == 0)).sum()


@pytest.mark.parametrize(("step", "battery_h"), [(5, 1.0), (30, 1.0), (480, 1.0), (480, 5.0)])
def test_silent_phones_do_not_depend_on_the_slices(step: int, battery_h: float) -> None:
    """Nor is a call lost because its caller would phone again in the same slice, when the mast is silent."""
    drawn = phoning(fails=True, battery_h=battery_h, landline_fraction=0.2)
    told = [(0.0, "went_dark", [0, 1]), (700.0, "restored", [0]), (710.0, "went_dark", [0]), (1300.0, "restored", [0, 1]),
            (1301.0, "went_dark", [0, 1])]  # fmt: skip

    def calls(step: int):
        line, left = Hotline(drawn, drawn.scenario), list(told)
        for to in range(step, 2881, step):
            while left and left[0][0] < to:
                at, what, sections = left.pop(0)
                getattr(line, what)(sections, at)
            line.advance(float(to))
        return line.finish()

    fine, coarse = calls(1), calls(step)
    assert len(fine) > 1000
    for name in ("at", "section", "caller", "attempt", "result"):
        np.testing.assert_array_equal(getattr(fine, name), getattr(coarse, name))


def test_silence_is_not_health() -> None:
    """A fault in an area that has fallen silent is not known, and what was known before stays as it was."""
    network = tiny_network([-1, 0, -1], [500, 500, 500], ["breaker", "fuse", "breaker"], [True, False, True])
    network.cell[:] = 0  # one mast for all, fed from the first section
    drawn = tiny_drawn(
        network, scenario(mobile={"fails": True, "battery_h": 2.0, "landline_fraction": 0.0}, crews={
            kind: {"kind": kind, "count": 1, "shift_start": "00:00", "shift_h": 24.0, "present_from": "T+100h"}
            for kind in ("line", "patrol")
        }), given=tiny_faults((60.0, 0), (400.0, 1)),
    )  # fmt: skip
    world = World(
        drawn,
        plan_of(drawn.scenario),
        line=__import__("sim.hotline", fromlist=["Hotline"]).Hotline(drawn, drawn.scenario),
    )
    log = world.play().log
    assert at_of(log, "outage_closed")
    assert min(at_of(log, "outage_closed")) > 6000.0


def test_the_mast_takes_links_of_devices_along_but_not_of_feeder_heads() -> None:
    network = tiny_network([-1, 0, 1], [10, 20, 30], ["breaker", "recloser", "fuse"], [True, True, False])
    faults = tiny_faults((60.0, 0), (70.0, 1))
    mobile = {"fails": True, "battery_h": 2.0}
    network.cell[:] = 2  # fed from section 2, behind the recloser: still dark when it opens again
    log = play(tiny_drawn(network, scenario(mobile=mobile), given=faults)).log
    assert at_of(log, "breaker_reported") == [61.0]
    network.cell[:] = [0, 0, 2]
    network.customers[0] = 900  # the mast of the recloser hangs on the first section, which has supply again
    log = play(tiny_drawn(network, scenario(mobile=mobile), given=faults)).log
    assert at_of(log, "breaker_reported") == [61.0, 391.0]


# -- one caller, several, a device -----------------------------------------------------------------------------------


def test_one_call_opens_a_job_at_the_callers_own_service() -> None:
    network = tiny_network([-1, 0], [9, 9], reports=BLIND)
    drawn = tiny_drawn(network, scenario(knowledge={"single_call": "visit"}), given=tiny_faults((60.0, 1)))
    log = play(drawn, calls=[(70.0, 1, 3)]).log
    is_sound(log)
    assert lines(log, *TRUTH, "shift_started")[:11] == [
        "75 service_reported job=0 section=1 customers=1 value=70",
        "75 job_opened job=0 section=1",
        "75 crew_dispatched crew=1 job=0 task=0 section=1 value=20",
        "95 crew_arrived crew=1 job=0 task=0 section=1 value=20",
        "115 service_visited crew=1 job=0 task=0 section=1 value=1",
        "115 outage_inferred outage=0 section=0 value=115",  # a crew has seen it: confirmed from the start
        "115 job_opened job=1 outage=0 section=0",
        "115 crew_dispatched crew=1 job=1 task=0 section=0 value=20",
        "135 crew_arrived crew=1 job=1 task=0 section=0 value=50",
        "185 patrol_finished crew=1 job=1 task=0 section=0 outage=0 value=1",
        "185 fault_found fault=0 section=1 crew=1 outage=0 job=2 value=0",
    ]


def test_a_visit_where_there_is_supply_is_a_lost_trip() -> None:
    network = tiny_network([-1, 0], [9, 9], reports=BLIND)
    drawn = tiny_drawn(network, scenario(knowledge={"single_call": "visit"}), given=tiny_faults())

    class Mistaken(Telephone):
        def is_dark(self, section, at):
            return True

    log = play(drawn, line=Mistaken([(70.0, 1, 3)])).log
    assert lines(log, "shift_started") == [
        "75 service_reported job=0 section=1 customers=1 value=70",
        "75 job_opened job=0 section=1",
        "75 crew_dispatched crew=1 job=0 task=0 section=1 value=20",
        "95 crew_arrived crew=1 job=0 task=0 section=1 value=20",
        "115 service_visited crew=1 job=0 task=0 section=1 value=0",
    ]


def test_what_was_rolled_up_in_vain_is_looked_at_by_itself() -> None:
    network = tiny_network([-1, 0, 0], [9, 9, 9], ["breaker", "fuse", "fuse"], [False] * 3)
    drawn = tiny_drawn(
        network, scenario(knowledge={"outages_to_roll_up": 2, "calls_to_infer": 1}), given=tiny_faults((60.0, 1), (60.0, 2))
    )
    calls = [(70.0 + 500.0 * n, section, n) for n in range(12) for section in (1, 2)]
    log = play(drawn, calls).log
    assert len(at_of(log, "outage_inferred", section=0)) == 1  # a patrol found nothing, and the device held
    assert len(at_of(log, "repair_finished")) == 2
    assert log.of("section_restored").sum() == log.of("section_went_dark").sum()


def test_calls_of_several_roll_up_into_the_device() -> None:
    network = tiny_network([-1, 0], [9, 9], reports=BLIND)
    drawn = tiny_drawn(network, scenario(knowledge={"single_call": "visit"}, crews=LATE), given=tiny_faults((60.0, 1)))
    log = play(drawn, calls=[(70.0, 1, 3), (100.0, 0, 1)]).log
    assert lines(log, *TRUTH, *CREWS)[:8] == [
        "75 service_reported job=0 section=1 customers=1 value=70",
        "75 job_opened job=0 section=1",
        "105 outage_inferred outage=0 section=0 value=100 probable",
        "105 job_called_off job=0 section=1",
        "105 job_opened job=1 outage=0 section=0",
        "370 patrol_finished crew=1 job=1 task=0 section=0 outage=0 value=1",
        "370 outage_confirmed outage=0 section=0",
        "370 fault_found fault=0 section=1 crew=1 outage=0 job=2 value=0",
    ]
    is_sound(log)


def test_an_outage_above_spares_the_visit() -> None:
    network = tiny_network([-1, 0], [9, 9], ["breaker", "fuse"], [True, False])
    drawn = tiny_drawn(
        network, scenario(knowledge={"single_call": "visit"}, crews=LATE), given=tiny_faults((60.0, 1), (80.0, 0))
    )
    log = play(drawn, calls=[(70.0, 1, 3)]).log
    assert [line for line in lines(log) if "service" in line or "called_off" in line] == [
        "75 service_reported job=0 section=1 customers=1 value=70",
        "90 job_called_off job=0 section=1",
    ]
    is_sound(log)


def test_probable_outages_roll_up_to_the_device_above() -> None:
    network = tiny_network([-1, 0, 0, 0], [9, 9, 9, 9], ["breaker", "fuse", "fuse", "fuse"], [False] * 4)
    calls = [(70.0, 1, 1), (71.0, 1, 2), (80.0, 2, 1), (81.0, 2, 2)]
    for enough, heads in ((0, [1, 2]), (2, [1, 2, 0]), (3, [1, 2])):
        made = scenario(knowledge={"outages_to_roll_up": enough}, crews=LATE)
        log = play(tiny_drawn(network, made, given=tiny_faults((60.0, 0))), calls=calls).log
        early = log.of("outage_inferred") & (log["at"] < 200)
        assert log["section"][early].tolist() == heads
        if enough == 2:
            assert lines(log, *TRUTH, *CREWS)[4:8] == [
                "90 outage_inferred outage=2 section=0 value=90 probable",
                "90 outage_closed outage=0 section=1 merged into outage 2",
                "90 outage_closed outage=1 section=2 merged into outage 2",
                "90 job_opened job=2 outage=2 section=0",
            ]
    tells = tiny_network([-1, 0, 0], [9, 9, 9], ["breaker", "fuse", "fuse"], [True, False, False])
    made = scenario(knowledge={"outages_to_roll_up": 2}, crews=LATE)
    log = play(tiny_drawn(tells, made, given=tiny_faults((60.0, 1), (60.0, 2))), calls=calls).log
    assert log["section"][log.of("outage_inferred")].tolist() == [1, 2]  # the breaker would have told


# -- damage assessment -----------------------------------------------------------------------------------------------

FEEDER = tiny_network([-1, 0, 1], [100, 200, 300])


def test_what_one_look_misses_a_later_one_finds() -> None:
    sure = play(tiny_drawn(FEEDER, scenario(), given=tiny_faults((60.0, 1)))).log
    poor = scenario(knowledge={"detection_fraction": 0.15})
    log = play(tiny_drawn(FEEDER, poor, given=tiny_faults((60.0, 1)))).log
    looks = at_of(log, "patrol_finished")
    assert len(looks) > 1
    assert looks[0] == at_of(sure, "patrol_finished")[0] == 160.0
    assert looks[1] == 160.0 + 20 + 65  # told to close, the device opens again: another look
    assert at_of(log, "fault_found") == looks[-1:]
    assert len(at_of(log, "outage_closed")) == 1
    is_sound(log)


def test_patrols_that_see_more_find_what_others_find_and_more() -> None:
    network = tiny_network([-1] + [0] * 99, [10] * 100)
    faults = tiny_faults(*[(60.0, s) for s in range(100)])

    def first_look(**patrol: object) -> set[int]:
        crew = {"kind": "patrol", "count": 1, "shift_start": "00:00", "shift_h": 24.0}
        made = scenario(crews={"patrol": crew | patrol}, knowledge={"detection_fraction": 0.5})
        log = play(tiny_drawn(network, made, given=faults)).log
        return set(log["section"][log.of("fault_found") & (log["at"] == at_of(log, "patrol_finished")[0])].tolist())

    usual, drones = first_look(), first_look(detection_fraction=0.8)
    assert usual < drones
    assert 35 < len(usual) < 65 < len(drones) < 95


def test_a_wrong_diagnosis_costs_the_trip() -> None:
    wrong = scenario(knowledge={"wrong_diagnosis_fraction": 1.0})
    log = play(tiny_drawn(FEEDER, wrong, given=tiny_faults((60.0, 1)))).log
    taken_for = log["value"][log.of("fault_found")][0]
    assert taken_for in (1, 2)
    expected = {1: 240, 2: 360}[int(taken_for)]
    assert lines(log, *TRUTH, "shift_started")[6:] == [
        f"160 fault_found fault=0 section=1 crew=1 outage=0 job=1 value={taken_for:g}",
        "160 job_opened job=1 outage=0 section=1 fault=0",
        "160 crew_dispatched crew=0 job=1 task=0 section=1 value=20",
        f"180 crew_arrived crew=0 job=1 task=0 section=1 value={expected}",
        "200 crew_broke_off crew=0 job=1 task=0 section=1 value=20",
        "200 diagnosis_corrected fault=0 section=1 crew=0 job=1 task=0 value=0",
        "200 job_given_back crew=0 job=1 section=1",
        "200 crew_dispatched crew=0 job=1 task=0 section=1 value=20",
        "220 crew_arrived crew=0 job=1 task=0 section=1 value=240",
        "460 repair_finished fault=0 section=1 crew=0 job=1 task=0 value=240",
        "460 outage_closed outage=0 section=0",
    ]
    is_sound(log)


def test_training_spares_wrong_diagnoses_and_makes_no_new_ones() -> None:
    network = tiny_network([-1] + [0] * 99, [10] * 100)
    faults = tiny_faults(*[(60.0, s, "pole") for s in range(100)])

    def wrong(share: float) -> set[int]:
        log = play(tiny_drawn(network, scenario(knowledge={"wrong_diagnosis_fraction": share}), given=faults)).log
        return set(log["section"][log.of("fault_found") & (log["value"] != 1)].tolist())

    assert wrong(0.0) == set()
    assert wrong(0.1) < wrong(0.3)
    assert 15 < len(wrong(0.3)) < 45


def test_patrols_may_estimate_the_work() -> None:
    hard = tiny_faults((60.0, 1, "wire", False, 0.0, True))  # 4 and 24 h
    for know, expected in (({}, 240.0), ({"estimates_work": True, "estimate_log_sd": 0.0}, 1680.0)):
        log = play(tiny_drawn(FEEDER, scenario(knowledge=know), given=hard)).log
        assert log["value"][log.of("crew_arrived")][-1] == expected
    log = play(tiny_drawn(FEEDER, scenario(knowledge={"estimates_work": True}), given=hard)).log
    assert log["value"][log.of("crew_arrived")][-1] not in (240.0, 1680.0)


# -- reality and knowledge -------------------------------------------------------------------------------------------


WORLD = Path(sim.world.__file__).parent
KNOWS = ("control", "hearing", "promises", "known", "services", "book", "backups", "orders")
"""Modules of the world that hold or use knowledge alone."""
REALITY = ("sim.world.truth", "sim.damage", "sim.world.links", "sim.world.protection", "sim.world.assessment")


def imported(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found


@pytest.mark.parametrize("path", [*(WORLD / f"{name}.py" for name in KNOWS), *sorted((WORLD.parent / "dispatch").glob("*.py")),
                                  WORLD.parent / "etr.py"], ids=lambda path: path.stem)  # fmt: skip
def test_knowledge_has_no_way_to_reality(path: Path) -> None:
    """It imports nothing that holds reality, but for the type of the telephone line and the names of classes of work."""
    real = {name for name in imported(path) if name.startswith(REALITY)}
    assert real <= {"sim.world.truth.Line", "sim.damage.WORK_CLASSES"}


def reachable(root: object, stop: tuple[type, ...]) -> dict[int, tuple[object, str]]:
    """Return every object that attributes, items and closures lead to from a root, without passing `stop`."""
    found: dict[int, tuple[object, str]] = {}
    left: list[tuple[object, str]] = [(root, type(root).__name__)]
    while left:
        thing, way = left.pop()
        if id(thing) in found or isinstance(thing, (str, bytes, int, float, np.ndarray, type(None), type)):
            continue
        found[id(thing)] = thing, way
        if isinstance(thing, stop):
            continue
        inner = list(getattr(thing, "__dict__", {}).items())
        for owner in type(thing).__mro__:
            inner += [(name, getattr(thing, name)) for name in getattr(owner, "__slots__", ()) if hasattr(thing, name)]
        if isinstance(thing, dict):
            inner += [(f"[{key}]", value) for key, value in thing.items()]
        elif isinstance(thing, (list, tuple, set, frozenset)):
            inner += [(f"[{i}]", value) for i, value in enumerate(thing)]
        cells = getattr(thing, "__closure__", None) or ()
        inner += [(f"closure {i}", cell.cell_contents) for i, cell in enumerate(cells)]
        if hasattr(thing, "__self__"):
            inner.append(("self", thing.__self__))
        left += [(value, f"{way}.{name}") for name, value in inner]
    return found


def test_the_control_room_meets_reality_only_through_the_sensors() -> None:
    from sim.hotline import Hotline
    from sim.world.journal import Journal
    from sim.world.sensors import Sensors
    from sim.world.truth import Truth

    drawn = tiny_drawn(FEEDER, tiny_scenario(), given=tiny_faults((60.0, 1)))
    world = World(drawn, plan_of(drawn.scenario), Hotline(drawn, drawn.scenario))
    assert world.truth.supply is not world.control.beliefs
    held = reachable(world.control, (Sensors, Journal))
    held |= reachable(world.promises, (Sensors, Journal, Hotline))
    held |= reachable(world.work.rule, ())
    ways = [
        way
        for thing, way in held.values()
        if isinstance(thing, Truth) or thing is world.truth.supply or thing is world.faults
    ]
    assert ways == []


def rows(log) -> list[tuple]:
    """Return what a player may see of a log, event by event."""
    seen = told(log)
    columns = [np.nan_to_num(column, nan=-9.0).tolist() for column in seen.columns.values()]
    return [(*row, seen.detail.get(i, "")) for i, row in enumerate(zip(*columns, strict=True))]


@st.composite
def two_realities(draw: st.DrawFn):
    """Return a drill, and the same one with another fault that begins at some later minute."""
    drawn = draw(drills())
    given_faults = drawn.given
    late = draw(st.floats(100, 1500))
    section = draw(st.integers(0, drawn.network.n_sections - 1))
    more = [(float(a), int(s), ("wire", "pole", "transformer")[w], bool(b), float(d), bool(h)) for a, s, w, b, d, h in zip(
        given_faults.at, given_faults.section, given_faults.work, given_faults.blocked_by_tree, given_faults.difficulty,
        given_faults.hard_access, strict=True)]  # fmt: skip
    know = {
        "metered_fraction": draw(st.sampled_from([0.0, 0.5])), "meter_loss_fraction": 0.3,
        "link_battery_h": draw(st.sampled_from([0.0, 3.0])), "single_call": draw(st.sampled_from(["gather", "visit"])),
        "outages_to_roll_up": draw(st.integers(0, 2)), "detection_fraction": draw(st.sampled_from([1.0, 0.6])),
        "wrong_diagnosis_fraction": draw(st.sampled_from([0.0, 0.4])), "estimates_work": draw(st.booleans()),
    }  # fmt: skip
    made = drawn.scenario
    made = made.model_copy(update={
        "knowledge": made.knowledge.model_copy(update=know), "mobile": Mobile(fails=draw(st.booleans()), battery_h=2.0),
        "etr": tiny_scenario().etr, "horizon_h": 300.0,
    })  # fmt: skip
    one = tiny_drawn(drawn.network, made, drawn.wind, tiny_faults(*more))
    two = tiny_drawn(drawn.network, made, drawn.wind, tiny_faults(*more, (late, section, "wire", False, 0.1)))
    return one, two, late


def calls_of(n_sections: int) -> list[tuple[float, int, int]]:
    return [(480.0 * k + 7.0 * s, s, k % 3) for s in range(n_sections) for k in range(1, 40)]


@given(two_realities())
@settings(max_examples=40, deadline=None)
def test_another_reality_is_known_no_sooner_than_somebody_tells(pair) -> None:
    """What players see is the same until a source speaks: a device, a monitor, meters, a caller, a crew on site.

    Each may speak from the moment on at which reality differs; nothing may differ before the first that does.
    """
    one, two, late = pair
    logs = [play(drawn, calls_of(drawn.network.n_sections)).log for drawn in (one, two)]
    seen = [rows(log) for log in logs]
    first = next((i for i, (a, b) in enumerate(zip(*seen, strict=False)) if a != b), None)
    if first is None:
        return
    at = min(row[1] for row in (seen[0][first], seen[1][first]))
    assert at >= late
    sources = ("breaker_reported", "monitor_reported", "meter_reported", "patrol_finished", "repair_finished", "service_visited",
               "fault_found")  # fmt: skip
    spoke = min(
        (float(log["at"][i]) for log in logs for i in np.flatnonzero(log.of(*sources)) if log["at"][i] >= late),
        default=np.inf,
    )
    called = min((c for c, _, _ in calls_of(one.network.n_sections) if c >= late), default=np.inf)
    assert at >= min(spoke, called)


@given(two_realities())
@settings(max_examples=30, deadline=None)
def test_knowledge_is_never_ahead_of_its_source(pair) -> None:
    _, drawn, _ = pair
    network, know = drawn.network, drawn.scenario.knowledge
    log = play(drawn, calls_of(network.n_sections)).log
    is_sound(log)
    latency = {"monitor_reported": know.monitor_latency_min, "meter_reported": know.meter_latency_min}
    dark = np.full(network.n_sections, np.inf)
    spells: list[list[tuple[float, float]]] = [[] for _ in range(network.n_sections)]
    occurred: dict[int, float] = {}
    patrolled: dict[int, float] = {}
    for i in range(len(log)):
        at, kind, section = float(log["at"][i]), int(log["kind"][i]), int(log["section"][i])
        if kind == KIND_CODE["section_went_dark"]:
            dark[section] = at
        elif kind == KIND_CODE["section_restored"]:
            spells[section].append((dark[section], at))
            dark[section] = np.inf
        elif kind == KIND_CODE["fault_occurred"]:
            occurred[int(log["fault"][i])] = at
        elif kind == KIND_CODE["patrol_finished"]:
            patrolled[int(log["crew"][i])] = at
        elif kind == KIND_CODE["fault_found"]:
            assert occurred[int(log["fault"][i])] <= at == patrolled[int(log["crew"][i])]
        elif kind == KIND_CODE["outage_inferred"]:
            assert log["value"][i] <= at
        for name, minutes in latency.items():
            if kind == KIND_CODE[name]:
                then = at - minutes
                assert dark[section] <= then + 1e-6 or any(
                    a <= then + 1e-6 and then <= b + 1e-6 for a, b in spells[section]
                )


def test_what_a_patrol_sees_of_an_asset_does_not_hang_on_what_else_is_broken() -> None:
    unsure = Knowledge(wrong_diagnosis_fraction=0.5, detection_fraction=0.5, estimates_work=True)
    few = tiny_faults((60.0, 0, "wire", False, 0.5))
    more = tiny_faults((50.0, 1, "pole", False, 0.1), (60.0, 0, "wire", False, 0.5))
    seen = set()
    for replication in range(40):
        here, there = Assessment(unsure, 1, replication), Assessment(unsure, 1, replication)
        mine = len(here.found([0], few)), here.work(0, few), here.minutes(0, few, 60.0)
        assert mine == (len(there.found([1], more)), there.work(1, more), there.minutes(1, more, 60.0))
        seen.add(mine[:2])
    assert len(seen) > 2


def test_a_device_that_opens_again_on_a_fault_nobody_saw_confirms_the_outage() -> None:
    network = tiny_network([-1, 0], [9, 9], reports=BLIND)
    blind = scenario(knowledge={"detection_fraction": 0.01})
    log = play(tiny_drawn(network, blind, given=tiny_faults((60.0, 1))), calls=[(70.0, 1, 3), (71.0, 0, 1)]).log
    assert [line for line in lines(log) if "outage=0" in line][:6] == [
        "75 outage_inferred outage=0 section=0 value=71 probable",
        "75 job_opened job=0 outage=0 section=0",
        "145 patrol_finished crew=1 job=0 task=0 section=0 outage=0 value=0",
        "145 outage_confirmed outage=0 section=0",
        "145 job_opened job=1 outage=0 section=0",
        "215 patrol_finished crew=1 job=1 task=0 section=0 outage=0 value=0",
    ]
    is_sound(log)
