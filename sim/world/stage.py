"""The parts of a world that actions work on, and what an action says of itself before it is done."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import simpy
from numpy.typing import NDArray

from sim.damage import Drawn
from sim.grid import Base, bases
from sim.grid.network import Network
from sim.log import NONE
from sim.scenario.model import Scenario
from sim.scenario.timed import Action
from sim.world.command import CommandedWork
from sim.world.control import ControlRoom
from sim.world.crews import Group
from sim.world.fieldwork import Call
from sim.world.journal import Journal
from sim.world.orders import Refused
from sim.world.promises import Promises
from sim.world.shifts import Roster
from sim.world.truth import Line, Truth


@dataclass(frozen=True)
class Told:
    """What the log says of an action: to whom and how, and the section or place that it concerns."""

    what: str
    section: int = NONE
    place: int = NONE


Steps = Iterator[Told]
"""How an action is carried out: a generator that checks first whether it is possible (else it raises Refused, having
changed nothing), then yields what the log is to say, then does it."""


@dataclass(frozen=True)
class Stage:
    """The parts of one world."""

    env: simpy.Environment
    drawn: Drawn
    settings: Scenario
    truth: Truth
    control: ControlRoom
    work: CommandedWork
    promises: Promises
    roster: Roster
    journal: Journal
    line: Line

    @property
    def network(self) -> Network:
        """The network."""
        return self.drawn.network

    def after(self, minutes: float | None, do: Callable[[], None]) -> None:
        """Do something so many minutes from now, None: never."""
        if minutes is not None:
            call = Call(self.env)
            call.callbacks.append(lambda _: do())
            call.come_at(self.env.now + minutes)

    def until(self, minutes: float | None) -> float:
        """Return the minute that lies so far from now, None: inf."""
        return np.inf if minutes is None else self.env.now + minutes

    def groups(self, action: Action) -> list[Group]:
        """Return the groups of crews that an action names."""
        return [group for group in self.roster.groups if group.name in action.args["crews"]]

    def areas(self, action: Action) -> list[int]:
        """Return the areas that an action names, all when it names none."""
        return list(action.args.get("areas") or range(len(self.network.area_name)))

    def areas_out(self, action: Action, out: NDArray[np.int64]) -> list[int]:
        """Return those of an action's areas where customers are believed out; `out` (n_areas,) says how many.

        Raises
        ------
        Refused when there are none.
        """
        areas = [area for area in self.areas(action) if out[area] > 0]
        if not areas:
            raise Refused("nobody there is believed to be out")
        return areas

    def listed(self, action: Action) -> str:
        """Return the names of the areas that an action names."""
        areas = action.args.get("areas")
        return ", ".join(str(self.network.area_name[area]) for area in areas) if areas else "all areas"

    @cached_property
    def bases(self) -> list[Base]:
        """Return where crews can be based."""
        return bases(self.settings.depots, self.network)

    def depot(self, name: str) -> Base:
        """Return a depot."""
        return self.bases[list(self.settings.depots).index(name)]

    def middle(self, area: int) -> Base:
        """Return the middle of an area."""
        return self.bases[len(self.settings.depots) + area]
