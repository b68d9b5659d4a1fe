"""Timed actions: decisions and injects, from the plan or from a player, by the same commands."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from typing import Any

import numpy as np
import simpy

from sim.dispatch import resolve
from sim.errors import InputError, nearest_name
from sim.grid.network import Network
from sim.log import NONE
from sim.scenario.instants import at_minutes
from sim.scenario.plans import Action, Plan
from sim.units import MIN_PER_H
from sim.world.control import ControlRoom
from sim.world.fieldwork import FieldWork
from sim.world.journal import Journal
from sim.world.promises import ASSESSING, Promises
from sim.world.shifts import until
from sim.world.truth import Truth

Process = Generator[simpy.Event, Any, None]


class Desk:
    """The desk at which actions are carried out, each a process of its own that comes first in its minute."""

    def __init__(
        self, env: simpy.Environment, network: Network, plan: Plan, truth: Truth, control: ControlRoom,
        work: FieldWork, promises: Promises, journal: Journal, *, allow_code: bool,
    ) -> None:  # fmt: skip
        self._env, self._network, self._plan, self._allow_code = env, network, plan, allow_code
        self._truth, self._control, self._work = truth, control, work
        self._promises, self._journal = promises, journal
        self._do: dict[str, Callable[[Action], Process]] = {
            "set_dispatch_rule": self._set_dispatch_rule,
            "section_tripped": self._section_tripped,
            "publish_etr": self._publish_etr,
        }

    def schedule(self, actions: Iterable[Action]) -> None:
        """Start a process per action; actions of one minute come in the order given.

        Raises
        ------
        InputError for a command, section, area or rule that does not exist.
        """
        for action in actions:
            if action.do not in self._do:
                raise self._unknown(action, "do", action.do, list(self._do))
            self._env.process(self._do[action.do](self._checked(action)))

    def _checked(self, action: Action) -> Action:
        """Find names now, so that a wrong one is told before anything is played."""
        args = dict(action.args)
        if action.do == "set_dispatch_rule":
            args["loaded"] = resolve(args["rule"], self._allow_code, self._plan.name)
        if args.get("section") is not None:
            args["section"] = self._index(action, "section", args["section"], self._network.name)
        if args.get("areas"):
            args["areas"] = [self._index(action, "areas", name, self._network.area_name) for name in args["areas"]]
        if args.get("for_h") is not None:
            args["for_min"] = args["for_h"] * MIN_PER_H
        if args.get("restored_by") is not None:
            args["restored_by"] = at_minutes(args["restored_by"], self._plan.settings)
        return Action(action.at, action.do, args, action.author)

    def _index(self, action: Action, what: str, name: str, names: np.ndarray[Any, Any]) -> int:
        found = np.flatnonzero(names == name)
        if len(found) == 0:
            raise self._unknown(action, what, name, names.tolist())
        return int(found[0])

    def _unknown(self, action: Action, what: str, name: object, known: list[str]) -> InputError:
        where = f"plan '{self._plan.name}': action at minute {action.at:g}"
        allowed = f"one of {', '.join(known)}" if len(known) <= 12 else f"a known {what}"
        return InputError.one(where, what, f'"{name}"', allowed, nearest_name(str(name), known))

    def _log(self, action: Action, what: str, *, section: int = NONE, place: int = NONE) -> None:
        detail = f"{action.do} {what} by {action.author}"
        self._journal.add(self._env.now, "action_taken", section=section, place=place, detail=detail)

    def _set_dispatch_rule(self, action: Action) -> Process:
        yield until(self._env, action.at, urgent=True)
        self._log(action, action.args["rule"])
        self._work.obey(action.args["loaded"])

    def _section_tripped(self, action: Action) -> Process:
        yield until(self._env, action.at, urgent=True)
        section, for_min = action.args["section"], action.args.get("for_min")
        self._log(action, str(self._network.name[section]), section=section)
        self._truth.trip(section, self._env.now, np.inf if for_min is None else for_min)
        if for_min is None:
            return
        yield until(self._env, self._env.now + for_min)
        self._truth.untrip(section, self._env.now)
        self._control.device_closed(int(self._network.zone[section]), self._env.now)
        self._work.match()

    def _publish_etr(self, action: Action) -> Process:
        yield until(self._env, action.at, urgent=True)
        areas, promised = action.args.get("areas"), action.args.get("restored_by")
        out = self._promises.believed_out()
        where = ", ".join(str(self._network.area_name[area]) for area in areas) if areas else "all areas"
        self._log(action, f"{where}: {'assessing' if promised is None else f'minute {promised:g}'}")
        told = np.flatnonzero(out > 0).tolist()
        for area in [area for area in areas if out[area] > 0] if areas else told:
            self._promises.publish(area, self._env.now, ASSESSING if promised is None else promised, int(out[area]))
