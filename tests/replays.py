"""Small recordings to replay, and a world stopped at a minute to compare with."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np

from sim.damage import Drawn
from sim.metrics.minutes import BY_MINUTE
from sim.replay.playback import Playback
from sim.replay.recording import Recording
from sim.scenario.plans import Action
from sim.world import World
from tests.tiny import LAT0, LON0, tiny_drawn, tiny_faults, tiny_network, tiny_scenario, wind_of
from tests.worlds import Telephone, plan_of, play


def recording(drawn: Drawn, calls: Sequence[tuple[float, int, int]] = (), actions: Sequence[Action] = ()) -> Recording:
    """Play a drawn world with a scripted telephone and return its recording; nobody rings the hotline that counts."""
    outcome = play(drawn, calls, actions)
    quiet = {name: np.zeros(int(drawn.scenario.horizon_min) + 1, np.int32) for name in BY_MINUTE}
    settings = plan_of(drawn.scenario).settings
    return Recording(outcome.log, drawn.network, settings, "base", "as it was", 0, quiet)


UNSURE = {
    "calls_to_infer": 4, "single_call": "visit", "outages_to_roll_up": 2, "monitor_loss_fraction": 0.3, "monitored_fraction": 0.1,
    "metered_fraction": 0.05, "link_battery_h": 3.0, "detection_fraction": 0.6, "wrong_diagnosis_fraction": 0.4,
    "estimates_work": True,
}  # fmt: skip


@cache
def town(*, switched: bool = False, unsure: bool = False) -> Drawn:
    """Return a town of two feeders and three areas, with trees, generators, shifts, wind and 24 faults in a day.

    `switched`: disconnectors stand along the feeders, a tie joins them, and the plan switches. `unsure`: single callers
    are visited, patrols miss and mistake damage, meters and links fail, and outages have times of their own.
    """
    parent = [-1, 0, 1, 2, 0, 4, 5, -1, 7, 8, 9, 7, 11, 12]
    apart = "disconnector" if switched else "none"
    device = ["breaker", apart, "recloser", "fuse", "fuse", apart, "fuse"] * 2
    network = tiny_network(
        parent, [40, 0, 30, 7, 25, 60, 11, 80, 15, 0, 9, 33, 21, 5], device=device,
        area=[0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 1, 1, 0, 0], n_areas=3,
        x=[0, 1, 2, 3, 1, 2, 3, 10, 11, 12, 13, 11, 12, 13], y=[0, 0, 1, 2, -1, -2, -2, 5, 5, 6, 7, 4, 3, 3],
        critical=[(3, 60.0), (6, 600.0), (13, 30.0)], tie=[(2, 12)] if switched else (),
    )  # fmt: skip
    scenario = tiny_scenario(
        horizon_h=96.0,
        depots={"e": {"lon": LON0 + 0.06, "lat": LAT0 + 0.03, "share": 0}},
        knowledge={"monitored_fraction": 0.3, "patrol_scope": "downstream"} | (UNSURE if unsure else {}),
        mobile={"fails": unsure, "battery_h": 2.0},
        crews={
            "line": {"kind": "line", "count": 2, "shift_start": "06:00", "shift_h": 12.0},
            "patrol": {"kind": "patrol", "count": 3 if unsure else 1, "shift_start": "00:00", "shift_h": 24.0},
            "tree": {"kind": "tree", "count": 1, "shift_start": "08:00", "shift_h": 10.0},
            "generator": {"kind": "generator", "count": 1, "shift_start": "00:00", "shift_h": 24.0},
        },
        aid={
            "near": {"kind": "line", "count": 2, "requested_at": "T+10h", "first_arrival_h": 10, "last_arrival_h": 20}
        },
        etr={"policy": "computed", "individual": unsure, "area_after_patrolled_fraction": 0.7 * unsure},
        switching={"enabled": switched},
    )
    works = ("wire", "pole", "transformer")
    rows = [(100.0 + 53.0 * i, (5 * i + i // 7) % 14, works[i % 3], i % 4 == 1) for i in range(24)]
    wind = wind_of(network, scenario, [0.0, 780.0, 900.0, 1020.0, 1140.0, 5760.0], [0.0, 0.0, 30.0, 30.0, 0.0, 0.0])
    return tiny_drawn(network, scenario, wind, tiny_faults(*rows))


def town_calls() -> list[tuple[float, int, int]]:
    """Return calls from all over the town, for the hotline's part of knowledge."""
    return [(110.0 + 31.0 * i, (3 * i) % 14, i) for i in range(120)]


def stopped(drawn: Drawn, calls: Sequence[tuple[float, int, int]], at: float, actions: Sequence[Action] = ()) -> World:
    """Return the world played up to and with minute `at`."""
    world = World(drawn, plan_of(drawn.scenario), Telephone(calls), actions)
    while world._env.peek() <= at:
        world._env.step()
    return world


def secret_pair() -> tuple[Playback, Playback]:
    """Return players' views of two worlds that differ only in damage that nobody ever reports or finds."""
    parent, device = [-1, 0, 1, -1], ["breaker", "fuse", "fuse", "breaker"]
    network = tiny_network(parent, [100, 20, 3, 50], device=device, reports=[True, False, False, False])
    scenario = tiny_scenario(horizon_h=20.0, etr={"policy": "computed"})
    seen = (60.0, 0), (300.0, 0, "pole")
    secret = (20.0, 2), (61.0, 2, "transformer", True), (700.0, 1), (30.0, 3)
    inject = Action(500.0, "section_tripped", {"section": "s3", "for_min": 100.0}, "controller")
    plain = recording(tiny_drawn(network, scenario, given=tiny_faults(*seen)))
    other = recording(tiny_drawn(network, scenario, given=tiny_faults(*seen, *secret)), actions=[inject])
    return Playback(plain, for_players=True), Playback(other, for_players=True)
