"""What crews did when: rest between shifts, the night, and when nobody could call them."""

from typing import Any

import numpy as np

from sim.factors import NOMINAL
from sim.log import Log, Recorder
from sim.metrics.crews import STATES, CrewTime, crew_time, gone_home
from sim.metrics.standby import crew_limits, held_by_wind
from sim.world.crews import muster
from tests.tiny import tiny_drawn, tiny_faults, tiny_network, tiny_scenario, wind_of
from tests.worlds import play

FEEDER = tiny_network([-1, 0], [100, 200])
SHIFTS = {"shift_start": "07:00", "shift_h": 10.0}


def spent(log: Log, horizon: float, crew: int = 0) -> list[tuple[str, float, float]]:
    """Return the stretches of one crew that take time, those of one state together."""
    return told(crew_time(log, horizon), crew)


def told(times: CrewTime, crew: int) -> list[tuple[str, float, float]]:
    out: list[tuple[str, float, float]] = []
    for i in (times.crew == crew).nonzero()[0].tolist():
        state, start, end = STATES[times.state[i]], round(float(times.start[i])), round(float(times.end[i]))
        if end > start:
            if out and out[-1][0] == state:
                start = out.pop()[1]
            out.append((state, start, end))
    return out


def test_a_crew_rests_between_two_shifts_and_is_off_before_the_first_and_when_it_has_left() -> None:
    log = Recorder()
    for at, kind in ((420, "shift_started"), (1020, "shift_ended"), (1860, "shift_started"), (2460, "shift_ended")):
        log.add(at, kind, crew=0)
    seen = [("off", 0, 420), ("waiting", 420, 1020), ("resting", 1020, 1860), ("waiting", 1860, 2460)]
    assert spent(log.finish(), 3000.0) == [*seen, ("resting", 2460, 3000)]  # its next shift starts after the horizon
    assert told(crew_time(log.finish(), 3000.0, gone=(0,)), 0) == [*seen, ("off", 2460, 3000)]


def test_foreign_crews_that_have_left_are_off_and_the_others_rest_in_the_last_night() -> None:
    friends = {"kind": "line", "requested_at": "T+0h", "first_arrival_h": 0.0, "induction_h": 0.0, "delay_sd_h": 0.0} | SHIFTS
    set_up = tiny_scenario(
        horizon_h=46.0, etr={"policy": "none"}, crews={"line": {"kind": "line", "count": 1} | SHIFTS},
        aid={
            "stay": friends | {"count": 1, "last_arrival_h": 0.0},
            "go": friends | {"count": 2, "groups": 2, "last_arrival_h": 30.0, "leaves_h": 16.0},
        },
    )  # fmt: skip
    log = play(tiny_drawn(FEEDER, set_up, given=tiny_faults())).log
    gone = gone_home(log, set_up)
    times = crew_time(log, 2760.0, gone)
    day = [("off", 0, 420), ("waiting", 420, 1020), ("resting", 1020, 1860), ("waiting", 1860, 2460), ("resting", 2460, 2760)]
    assert told(times, 0) == day
    assert told(times, 2) == day
    assert gone.tolist() == [3]  # the second group of its agreement stays until after the end
    assert told(times, 3) == [("off", 0, 420), ("waiting", 420, 960), ("off", 960, 2760)]
    assert told(times, 4) == [("off", 0, 1860), ("waiting", 1860, 2460), ("resting", 2460, 2760)]


def test_a_crew_out_of_service_does_not_rest() -> None:
    log = Recorder()
    for at, kind in (
        (0, "shift_started"), (100, "shift_ended"), (100, "crew_lost"), (300, "crew_returned"), (400, "shift_started"),
        (500, "shift_ended"), (600, "crew_lost"),
    ):  # fmt: skip
        log.add(at, kind, crew=0)
    assert spent(log.finish(), 700.0) == [
        ("waiting", 0, 100), ("off", 100, 300), ("resting", 300, 400), ("waiting", 400, 500), ("resting", 500, 600),
        ("off", 600, 700),
    ]  # fmt: skip


def played(**work: Any) -> Log:
    """Play 60 hours with one fault, which a patrol finds by night, and a line crew from 07:00 to 17:00."""
    set_up = tiny_scenario(
        horizon_h=60.0, etr={"policy": "none"}, crews={"line": {"kind": "line", "count": 1} | SHIFTS}, work=work
    )
    return play(tiny_drawn(FEEDER, set_up, given=tiny_faults((60.0, 1)))).log


def test_a_rest_lasts_as_long_as_the_pattern_and_the_rest_rule_keep_the_crew_from_work() -> None:
    day = [("off", 0, 420), ("travelling", 420, 440), ("working", 440, 680), ("waiting", 680, 1020)]
    assert spent(played(), 3600.0) == [
        *day, ("resting", 1020, 1860), ("waiting", 1860, 2460), ("resting", 2460, 3300), ("waiting", 3300, 3600),
    ]  # fmt: skip
    assert spent(played(rest_h=16.0), 3600.0) == [
        *day, ("resting", 1020, 1980), ("waiting", 1980, 2460), ("resting", 2460, 3420), ("waiting", 3420, 3600),
    ]  # fmt: skip


def test_a_crew_stopped_for_the_night_is_not_held_by_the_wind() -> None:
    log = played(kinds={"line": {"night_stop": True}}, night_from="08:00", night_until="10:00")
    assert spent(log, 3600.0)[:6] == [
        ("off", 0, 420), ("travelling", 420, 440), ("working", 440, 480), ("night", 480, 600), ("working", 600, 800),
        ("waiting", 800, 1020),
    ]  # fmt: skip


def windy(areas: int, calm: int, **overrides: Any) -> Any:
    """Return draws with wind too strong for work from 100 to 700 in all areas but `calm` ones, with nothing broken."""
    set_up = tiny_scenario(horizon_h=20.0, etr={"policy": "none"}, **overrides)
    network = tiny_network([-1] * areas, [10] * areas, area=list(range(areas)), n_areas=areas)
    blows = np.where(np.arange(areas) < areas - calm, 40.0, 0.0)
    wind = wind_of(network, set_up, [0.0, 99.9, 100.0, 700.0, 700.1, set_up.horizon_min], np.outer([0, 0, 1, 1, 0, 0], blows))
    return tiny_drawn(network, set_up, wind, tiny_faults())


def test_a_crew_without_a_task_is_held_while_the_wind_forbids_work_everywhere() -> None:
    drawn = windy(2, 0)
    log = play(drawn).log
    assert spent(log, 1200.0) == [("waiting", 0, 1200)]
    held = held_by_wind(crew_time(log, 1200.0), drawn, drawn.scenario)
    assert told(held, 0) == [("waiting", 0, 100), ("stood_down", 100, 700), ("waiting", 700, 1200)]
    assert held.section.tolist() == [-1] * len(held.section)
    calm = windy(2, 1)
    assert told(held_by_wind(crew_time(play(calm).log, 1200.0), calm, calm.scenario), 0) == [("waiting", 0, 1200)]
    strong = windy(2, 0, work={"kinds": {"patrol": {"wind_limit_mps": 30.0}}})
    times = held_by_wind(crew_time(play(strong).log, 1200.0), strong, strong.scenario)
    assert told(times, 0) == [("waiting", 0, 100), ("stood_down", 100, 700), ("waiting", 700, 1200)]
    assert told(times, 1) == [("waiting", 0, 1200)]  # the patrol may go out


def test_a_group_with_a_limit_of_its_own_is_held_by_it() -> None:
    drawn = windy(2, 0, crews={"patrol": {"wind_limit_mps": 30.0}})
    times = held_by_wind(crew_time(play(drawn).log, 1200.0), drawn, drawn.scenario)
    assert told(times, 0) == [("waiting", 0, 100), ("stood_down", 100, 700), ("waiting", 700, 1200)]
    assert told(times, 1) == [("waiting", 0, 1200)]


def test_crews_have_the_limits_of_their_groups() -> None:
    friends = {"kind": "tree", "count": 5, "requested_at": "T+1h", "first_arrival_h": 1.0, "last_arrival_h": 9.0, "groups": 3}
    crews = {"line": {"count": 3}, "saws": {"kind": "tree", "count": 2, "wind_limit_mps": 7.0}}
    set_up = tiny_scenario(crews=crews, aid={"friends": friends | {"wind_limit_mps": 6.0}})
    crews_there = (crew for group in muster(set_up, FEEDER, NOMINAL) for crew in group.crews)
    limits = [crew.group.wind_limit_mps for crew in sorted(crews_there, key=lambda crew: crew.number)]
    assert crew_limits(set_up).tolist() == limits
    assert limits == [10.0] * 3 + [10.0] + [7.0] * 2 + [6.0] * 5
