"""Crews and their groups: who is there from when, in which shifts, from which depot. No simulation here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.errors import DrillError
from sim.factors import Factors
from sim.grid import Base
from sim.grid.network import Network
from sim.scenario.instants import NEVER, at_minutes, clock_minutes, local_minute_of_day
from sim.scenario.model import Aid, Crews, Scenario
from sim.units import MIN_PER_DAY, MIN_PER_H, project_km
from sim.world.visits import Visit

OFF, IDLE, BUSY, MOVING, LOST = range(5)
"""States of a crew: off duty, free, at a job or on the way to one, on the way to a new base, out of service."""


@dataclass(eq=False)
class Group:
    """Crews that come and work alike.

    from_at : minute from which they take jobs. arrives_at : minute of arrival of foreign crews; nan for own ones.
    place : index of the aid agreement in file order, -1 for own crews. shift_at, shift_min : first start of a shift
    after or at minute 0 less a day, and its length; a length of a day means day and night by relief.
    until : end of the shift under way, inf for relief, -inf before the first. requested_at : minute of asking for
    foreign crews, -inf for own ones. after_min, delay_min, induction_min : foreign crews arrive so long after being
    asked, and then later by the delay, and need so long until their first job. pattern : (shift_at, shift_min) ordered
    for the next shift. wind_limit_mps : the 10-minute mean wind above which they do no field work. people : in each crew.
    equipment, time_factor : names of what each crew has; what scales its times on site.
    is_there, is_off : they have come; they wait for the start of a shift. leaves_at, stays_min : foreign crews go home
    at that minute, or so long after they came; is_gone: they have.
    """

    name: str
    kind: str
    from_at: float
    arrives_at: float
    planned_at: float
    place: int
    shift_at: float
    shift_min: float
    patrol_kmh: float | None
    wind_limit_mps: float
    people: float
    detection_fraction: float | None = None
    equipment: tuple[str, ...] = ()
    time_factor: float = 1.0
    requested_at: float = -np.inf
    after_min: float = 0.0
    delay_min: float = 0.0
    induction_min: float = 0.0
    leaves_at: float = np.inf
    stays_min: float = np.inf
    is_gone: bool = False
    crews: list[Crew] = field(default_factory=list)
    until: float = -np.inf
    pattern: tuple[float, float] | None = None
    is_there: bool = False
    is_off: bool = False
    process: Any = None  # the kernel's process of the group

    @cached_property
    def terms(self) -> tuple[str, float]:
        """Kind and wind limit: what decides when they may work."""
        return self.kind, self.wind_limit_mps

    @property
    def has_relief(self) -> bool:
        """Whether others take over at the end of the shift."""
        return self.shift_min >= MIN_PER_DAY

    @property
    def day_fraction(self) -> float:
        """Share of the day on shift."""
        return self.shift_min / MIN_PER_DAY

    def shift(self, at: float) -> tuple[float, float]:
        """Return start and end of the shift under way at a minute, or else of the next one."""
        n = np.floor((at - self.shift_at) / MIN_PER_DAY)
        start = self.shift_at + n * MIN_PER_DAY
        if at >= start + self.shift_min:
            start += MIN_PER_DAY
        return float(start), float(start + self.shift_min)

    def next_shift(self, at: float) -> tuple[float, float]:
        """Return start and end of the first shift that starts at a minute or later."""
        start = self.shift_at + np.ceil((at - self.shift_at) / MIN_PER_DAY) * MIN_PER_DAY
        return float(start), float(start + self.shift_min)

    def asked(self, at: float) -> None:
        """Let foreign crews be asked for at a minute: work out when they come."""
        planned = at + self.after_min
        self.requested_at = at
        self.arrives_at = max(0.0, planned + self.delay_min)
        self.from_at = self.arrives_at + self.induction_min
        self.planned_at = max(0.0, planned) + self.induction_min


class Crew:
    """One crew: where it is and what it does.

    `lodging` is where it sleeps when that is not its depot. `on_since` the minute at which it came on duty, `rested_at`
    that before which it must rest. `homeward` is the event of its coming home, while it is on its way there.
    `reserved` is a job that it goes on with in its next shift; `tried` the version of its table of jobs in which it
    found nothing to do, -1 for none. `set_out` (minute, x, y, minute of arrival) holds on the road to a job, `stay`
    (minute, visit) on site; `due_at` is when the control room expects it there, or to be done, nan for neither. `area` is
    that of its last site, -1 at its depot. Standing orders: `is_held` it takes no new job, `only` (n_areas,)
    areas in which it may, `base` that to which it has yet to move.
    """

    __slots__ = (
        "area", "base", "called", "depot", "due_at", "group", "homeward", "is_held", "job", "kind", "lodging", "number",
        "on_since", "only", "process", "reserved", "rested_at", "set_out", "state", "stay", "tried", "x", "y",
    )  # fmt: skip

    def __init__(self, number: int, group: Group, depot: tuple[float, float]) -> None:
        self.number, self.group, self.kind = number, group, group.kind
        self.depot = depot
        self.x, self.y = depot
        self.state = OFF
        self.job = self.reserved = self.tried = -1
        self.called: Any = None  # the event that the crew's process waits for
        self.process: Any = None
        self.set_out: tuple[float, float, float, float] | None = None
        self.stay: tuple[float, Visit] | None = None
        self.due_at = np.nan
        self.area = -1
        self.is_held = False
        self.only: NDArray[np.bool_] | None = None
        self.base: Base | None = None
        self.lodging: tuple[float, float] | None = None
        self.on_since = self.rested_at = -np.inf
        self.homeward: Any = None

    @property
    def home(self) -> tuple[float, float]:
        """The place of its depot, or of the base to which it has yet to move, km."""
        return self.depot if self.base is None else self.base.place

    @property
    def bed(self) -> tuple[float, float]:
        """The place where it sleeps, km."""
        return self.depot if self.lodging is None else self.lodging

    def go_home(self) -> None:
        """Be where it sleeps, off duty."""
        self.state, self.job, self.area, self.homeward = OFF, -1, -1, None
        self.x, self.y = self.bed


def apportion(n: int, shares: Sequence[float]) -> list[int]:
    """Return n split by shares: largest remainders (Hamilton), the earlier place first among equal ones.

    Raises
    ------
    DrillError when there is something to split and no share is positive.
    """
    total = float(sum(shares))
    if n == 0:
        return [0] * len(shares)
    if total <= 0:
        raise DrillError("crews have no depot to start from: every depot's share is zero")
    exact = [n * share / total for share in shares]
    out = [int(e) for e in exact]
    order = sorted(range(len(shares)), key=lambda i: (out[i] - exact[i], i))
    for i in order[: n - sum(out)]:
        out[i] += 1
    return out


def muster(settings: Scenario, network: Network, shared: Factors) -> list[Group]:
    """Return all groups with their crews, own groups first, in file order; crews are numbered in that order.

    Foreign crews arrive in `groups` equal parts from first to last arrival after the request, all delayed by the
    shared factor times `delay_sd_h`, and take jobs after the induction.
    """
    groups = [_own_group(name, entry, settings) for name, entry in settings.crews.items()]
    counts = [entry.count for entry in settings.crews.values()]
    depots = [entry.depot for entry in settings.crews.values()]
    for place, (name, entry) in enumerate(settings.aid.items()):
        first, last = entry.first_arrival_h, max(entry.first_arrival_h, entry.last_arrival_h)
        step = (last - first) / (entry.groups - 1) if entry.groups > 1 else 0.0
        for i, count in enumerate(apportion(entry.count, [1.0] * entry.groups)):
            groups.append(_aid_group(name, entry, place, first + i * step, settings, shared))
            counts.append(count)
            depots.append(entry.depot)
    number = 0
    for group, count, depot in zip(groups, counts, depots, strict=True):
        lodging = _lodging(group.name, settings, network) if group.place >= 0 else None
        for at in _depots(count, depot, settings, network):
            crew = Crew(number, group, at)
            crew.lodging = lodging
            group.crews.append(crew)
            number += 1
    return [group for group in groups if group.crews]


def _own_group(name: str, entry: Crews, settings: Scenario) -> Group:
    since = max(0.0, at_minutes(entry.present_from, settings))
    shift_at = shift_start_at(entry.shift_start, settings)
    return Group(
        name, entry.kind, since, np.nan, since, -1, shift_at, entry.shift_h * MIN_PER_H, entry.patrol_kmh,
        settings.wind_limit_of_group(entry), entry.people, entry.detection_fraction, entry.equipment, entry.time_factor,
    )  # fmt: skip


def _aid_group(name: str, entry: Aid, place: int, after_h: float, settings: Scenario, shared: Factors) -> Group:
    shift_at = shift_start_at(entry.shift_start, settings)
    group = Group(
        name, entry.kind, np.nan, np.nan, np.nan, place, shift_at, entry.shift_h * MIN_PER_H, None,
        settings.wind_limit_of_group(entry), entry.people, equipment=entry.equipment, time_factor=entry.time_factor,
        after_min=after_h * MIN_PER_H, delay_min=shared.aid_delay * entry.delay_sd_h * MIN_PER_H,
        induction_min=entry.induction_h * MIN_PER_H,
        leaves_at=np.inf if entry.leaves_at is None else at_minutes(entry.leaves_at, settings),
        stays_min=np.inf if entry.leaves_h is None else entry.leaves_h * MIN_PER_H,
    )  # fmt: skip
    group.asked(asked_at(entry, settings))
    return group


def asked_at(entry: Aid, settings: Scenario) -> float:
    """Return the minute at which an agreement is asked for, inf when only a decision asks for it."""
    return np.inf if entry.requested_at == NEVER else at_minutes(entry.requested_at, settings)


def shift_start_at(clock: str, settings: Scenario) -> float:
    """Return a minute in (-1440, 0] at which the local clock shows `clock`."""
    return -((float(local_minute_of_day(0.0, settings)) - clock_minutes(clock)) % MIN_PER_DAY)


def _lodging(name: str, settings: Scenario, network: Network) -> tuple[float, float] | None:
    """Return where the crews of an aid agreement sleep when they say so."""
    depot = settings.aid[name].lodging
    return _place(depot, settings, network) if depot else None


def _place(depot: str, settings: Scenario, network: Network) -> tuple[float, float]:
    """Return the place of a depot, km."""
    x, y = project_km(settings.depots[depot].lon, settings.depots[depot].lat, network.lon0, network.lat0)
    return float(x), float(y)


def _depots(count: int, depot: str, settings: Scenario, network: Network) -> list[tuple[float, float]]:
    """Return the place of each of a group's crews, depot by depot."""
    names = [depot] if depot else list(settings.depots)
    if count and not set(names) <= set(settings.depots):
        raise DrillError(f"crews start from depot '{depot}', which this plan does not have")
    shares = [1.0] if depot else [settings.depots[name].share for name in names]
    places = []
    for name, n in zip(names, apportion(count, shares), strict=True):
        places += [_place(name, settings, network)] * n
    return places
