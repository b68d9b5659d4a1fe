"""Play a plan against nature's draws: the assembly of one run, and its clockwork."""

from __future__ import annotations

import gc
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np
import simpy
from numpy.typing import NDArray

from sim import rng
from sim.damage import Drawn, Faults, faults, on_live_lines
from sim.dispatch import resolve
from sim.etr import Learner
from sim.grid import KW_PER_CUSTOMER, EquippedNetwork, Network, Switchgear, plain_switchgear
from sim.hotline import Calls, Hotline, Masts
from sim.log import Log
from sim.scenario.model import Scenario
from sim.supply import Blocks, Supply, SwitchedSupply
from sim.units import MIN_PER_H
from sim.world.actions import Desk
from sim.world.backups import Backups
from sim.world.book import JobBook
from sim.world.command import CommandedWork
from sim.world.control import ControlRoom
from sim.world.crews import Group, muster
from sim.world.fault_orders import WorkOrders
from sim.world.journal import Journal
from sim.world.links import Links
from sim.world.mishaps import losses_of_supply, mishaps
from sim.world.preemptive import SwitchedOff
from sim.world.promises import Promises
from sim.world.protection import Protection
from sim.world.roads import Roads, closures
from sim.world.sensors import Sensors
from sim.world.shifts import Roster, fates, until
from sim.world.stage import Stage
from sim.world.switching import SwitchingDesk
from sim.world.truth import Line, Truth

if TYPE_CHECKING:
    from sim.scenario.plans import Plan
    from sim.scenario.timed import Action

PRIOR_TRIP_KM = 10.0
"""Straight distance of a trip before any has been made (grade X)."""


@dataclass(frozen=True)
class Outcome:
    """What a run leaves behind. `n_events` counts the events of the simulation kernel."""

    log: Log
    calls: Calls
    n_events: int
    faults: Faults


def run(
    drawn: Drawn, plan: Plan, actions: Sequence[Action] = (), allow_code: bool = False, line: Line | None = None
) -> Outcome:
    """Play a plan, with its own timed actions and any given, until the horizon.

    The same arguments give the same log. An action at minute t changes nothing before t; none gives the plain run.

    Parameters
    ----------
    allow_code : a dispatch rule may be loaded as `module:function`.
    line : the hotline, where runs of several plans share one; by default a new one.

    Raises
    ------
    InputError for an action that names what does not exist; DrillError when a rule of one's own fails.
    """
    with _no_collection():
        return World(drawn, plan, line or Hotline(drawn, plan.settings), actions, allow_code=allow_code).play()


@contextmanager
def _no_collection() -> Iterator[None]:
    """Let the collector of reference cycles rest: a run leaves few before its end, and looking for them costs a tenth."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


class World:
    """One run, ready to be played once. `line` is the hotline, or something that stands for it."""

    def __init__(
        self, drawn: Drawn, plan: Plan, line: Line, actions: Sequence[Action] = (), *, allow_code: bool = False
    ) -> None:
        settings, network = plan.settings, drawn.network
        self._horizon, self._review_min = settings.horizon_min, settings.knowledge.review_min
        self._env, self._journal, self._line = simpy.Environment(), Journal(), line
        self.faults = faults(drawn, settings.damage)
        switching = settings.switching
        tree, protection = _equipment(drawn, settings)
        supply, beliefs = (SwitchedSupply(tree), SwitchedSupply(tree)) if tree else (Supply(network), None)
        key = drawn.seed, drawn.replication
        sensors = Sensors(
            network, supply, settings.knowledge, settings.network.seed, self._journal, key, _links(network, settings)
        )
        if settings.customers.left_dark_fraction:
            sensors.when_left_dark = line.left_dark
        self.truth = Truth(
            network, self.faults, supply, sensors, line, self._journal, protection,
            lambda found: on_live_lines(drawn, found, settings.damage),
        )  # fmt: skip
        groups = muster(settings, network, drawn.factors)
        learner, backups = _learner(settings), Backups(network)
        hook_up_min = settings.generators.hook_up_min
        book = JobBook(network, settings.work, learner, backups, _hands(groups), switching, hook_up_min)
        self.control = ControlRoom(network, settings.knowledge, sensors, book, backups, learner, self._journal, beliefs)
        self._orders = WorkOrders(network, settings.fault_orders, self.control, self._journal, line)
        rule = resolve(settings.dispatch.rule, allow_code, plan.name, settings)
        self.work = CommandedWork(
            self._env, drawn, settings, self.faults, self.truth, self.control, learner, self._journal, rule
        )
        if switching.enabled and tree and beliefs:
            self.work.switching = SwitchingDesk(
                self._env, switching, tree, self.truth, beliefs, self.control, learner, self._journal
            )
        self._small = _small_zones(network, settings)
        self.promises = Promises(network, settings, self.control, learner, groups, self._journal, line)
        self._switched_off = SwitchedOff(
            self._env, drawn, settings, self.truth, self.control, self.promises, self._journal, line,
            sum(len(group.crews) for group in groups if group.kind == book.hands["patrol"]),
        )  # fmt: skip
        self.work.after_patrol = self._switched_off.patrolled
        self._env.process(self._onset())
        roster = Roster(self._env, groups, settings, self.work, self._journal, fates(drawn, settings))
        roster.start()
        self._env.process(self._tick())
        stage = Stage(
            self._env, drawn, settings, self.truth, self.control, self.work, self.promises, roster, self._journal, line
        )
        self._desk = Desk(stage, plan, allow_code=allow_code)
        by_nature = mishaps(drawn, settings), losses_of_supply(drawn, settings), closures(drawn, settings)
        self._has_order_desk = settings.fault_orders.staff > 0
        self._may_wait = self.control.hearing.is_all_explained
        self.control.hearing.catch_up = line.catch_up
        self._desk.schedule(sorted([*plan.actions, *chain(*by_nature), *actions], key=lambda action: action.at))

    def play(self) -> Outcome:
        """Run until the horizon; what is open then stays open in the log."""
        n_events, peek, step, horizon = 0, self._env.peek, self._env.step, self._horizon
        while peek() < horizon:
            step()
            n_events += 1
        self._line.advance(self._horizon)
        return Outcome(self._journal.finish_at(self._horizon), self._line.finish(), n_events, self.truth.faults)

    def _onset(self) -> Generator[simpy.Event, Any, None]:
        """Let the faults happen, those of one minute by one event."""
        instants, n_at = np.unique(self.faults.at, return_counts=True)
        fault = 0
        for at, n in zip(instants.tolist(), n_at.tolist(), strict=True):
            yield until(self._env, at)
            for _ in range(n):
                self.truth.occur(fault, self._env.now)
                fault += 1

    def _tick(self) -> Generator[simpy.Event, Any, None]:
        """Serve the hotline's slice and review what has been reported, every `review_min`."""
        n = 1
        while True:
            yield until(self._env, n * self._review_min)
            at, n = self._env.now, n + 1
            self.work.watch()
            if at < self.control.blind_until:
                continue
            calls = self._orders.review(at, self._line.advance(at, None if self._hears_all() else self._may_wait))
            self.control.review(at, calls)
            self._switched_off.review(self.work.is_held)
            if self._small is not None:
                n_free = self.work.n_idle("generator")
                n_short = self.control.offer_zones(at, n_free, self._small, self.work.is_held)
                self.work.generators.recall(n_short)
            if self.work.switching is not None:
                self.work.switching.review()
            self.promises.review(at, self.work.is_held)
            self._desk.review(at, len(calls.at))
            self.work.match()
            self.work.redirect()

    def _hears_all(self) -> bool:
        """Say whether calls count that tell nothing new."""
        return self._has_order_desk or self._desk.counts_calls


def _links(network: Network, settings: Scenario) -> Links | None:
    """Return the links of telemetry where they may fail."""
    battery_h, mobile = settings.knowledge.link_battery_h, settings.mobile
    if not battery_h and not mobile.fails:
        return None
    masts = Masts(network, mobile.battery_h * MIN_PER_H) if mobile.fails else None
    return Links(network.n_sections, battery_h * MIN_PER_H if battery_h else np.inf, masts)


def _hands(groups: list[Group]) -> dict[str, str]:
    """Return which kind of crew does the work of each kind.

    Without patrols or tree crews, line crews do theirs; without switching crews, those who patrol.
    """
    there = {group.kind for group in groups}
    hands = {"line": "line"} | {kind: kind if kind in there else "line" for kind in ("patrol", "tree")}
    hands["switching"] = "switching" if "switching" in there else hands["patrol"]
    return hands | ({"generator": "generator"} if "generator" in there else {})


def _equipment(drawn: Drawn, settings: Scenario) -> tuple[Blocks | None, Protection | None]:
    """Return the devices where they are operated or may fail, and protection where it may fail."""
    network = drawn.network
    if not settings.switching.enabled and not isinstance(network, EquippedNetwork):
        return None, None
    switching = settings.switching
    key = "blocks", settings.network.seed, switching.tie_capacity_kw, switching.tie_remote_fraction
    tree = network.once(key, lambda: Blocks(network, _switchgear(network, settings)))
    protection = Protection(tree, drawn.seed, drawn.replication)
    if protection.may_fail:
        return tree, protection
    return (tree, None) if settings.switching.enabled else (None, None)


def _switchgear(network: Network, settings: Scenario) -> Switchgear:
    """Return a network's own switchgear, or a plain one with ties as the scenario says."""
    if isinstance(network, EquippedNetwork):
        return network.switchgear
    switching, n_ties = settings.switching, len(network.tie)
    draw = rng.uniforms(settings.network.seed, 0, "tie_remote", np.arange(n_ties))
    return replace(
        plain_switchgear(network), tie_capacity_kw=np.full(n_ties, switching.tie_capacity_kw),
        tie_is_remote=draw < switching.tie_remote_fraction,
    )  # fmt: skip


def _small_zones(network: Network, settings: Scenario) -> NDArray[np.bool_] | None:
    """Return the sections that one mobile generator can feed, (n_sections,); None where none feeds zones."""
    generators = settings.generators
    if not generators.zones or all(group.kind != "generator" for group in settings.groups):
        return None
    peak_kw = (
        network.switchgear.peak_kw if isinstance(network, EquippedNetwork) else network.customers * KW_PER_CUSTOMER
    )
    load_kw = peak_kw * settings.switching.cold_load_factor
    return np.asarray((network.customers > 0) & (load_kw <= generators.capacity_kw))


def _learner(settings: Scenario) -> Learner:
    """Return a learner that starts from the medians of the scenario, scaled by the plan's training."""
    work = settings.work
    per_h, roads = MIN_PER_H * work.repair_time_factor, Roads.of(settings, 1.0)
    repairs = [hours * per_h for hours in (work.wire_h, work.pole_h, work.transformer_h)]
    return Learner(repairs, work.tree_h * per_h, roads.mobilise_min + PRIOR_TRIP_KM * roads.min_per_km)
