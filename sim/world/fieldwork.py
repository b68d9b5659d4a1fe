"""Crews in the field: sent to jobs, on the road, on site, home; one process per crew.

A trip costs two events: the call that wakes the crew where it is to be, and the end of its visit.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Generator, Iterator, Mapping
from typing import Any

import numpy as np
import simpy
from numpy.typing import NDArray

from sim.damage import Drawn, Faults, repair_minutes, tasks, tree_minutes
from sim.dispatch import GENERATOR_POLICIES, Asking, JobTable, LargestBacklogArea, Outlook, Rule
from sim.etr import Learner
from sim.grid import bases
from sim.scenario.model import Scenario
from sim.units import MIN_PER_H, apart_km, project_km
from sim.world.assessment import Assessment
from sim.world.book import KINDS, Job
from sim.world.control import ControlRoom, Seen
from sim.world.crews import BUSY, IDLE, MOVING, OFF, Crew, Group
from sim.world.engaged import Engaged
from sim.world.generators import MobileGenerators
from sim.world.journal import Journal
from sim.world.orders import Orders
from sim.world.pairs import Pairs
from sim.world.pauses import Terms, WorkPauses
from sim.world.requirements import Requirements
from sim.world.roads import Roads, closed_areas
from sim.world.stores import Stores
from sim.world.switching import SwitchingDesk
from sim.world.truth import Truth
from sim.world.visits import Hold, Pauses, Visit, visit

BoolArray = NDArray[np.bool_]
Place = tuple[float, float]
_URGENT, _NORMAL = simpy.events.URGENT, simpy.events.NORMAL
_LAST: Any = _NORMAL + 1  # after all other events of the minute


class Call(simpy.Event):
    """An event that comes at a minute given once the future is known, as a Timeout does from the start."""

    def come_at(self, at: float, *, urgent: bool = False, last: bool = False) -> None:
        """Let the event come at minute `at`; urgent ones come before others of that minute, last ones after them."""
        self._ok, self._value, env = True, None, self.env
        env.schedule(self, _URGENT if urgent else _LAST if last else _NORMAL, at - env.now)


class FieldWork:
    """All crews and what they do.

    Attributes
    ----------
    rule : the dispatch rule in force. orders : standing orders. is_held : (n_areas,) where the wind forbids work or
    it is stopped, as of the last look. n_trips : trips so far. after_patrol : called with a patrol that is done.
    """

    def __init__(
        self, env: simpy.Environment, drawn: Drawn, settings: Scenario, faults: Faults, truth: Truth,
        control: ControlRoom, learner: Learner, journal: Journal, rule: Rule,
    ) -> None:  # fmt: skip
        self._env, self._truth, self._control, self._learner = env, truth, control, learner
        self._journal, self._faults, self._book = journal, faults, control.book
        self._take_over(rule)
        work, level = settings.work, drawn.factors.repair
        self._drawn, self._work, self._level = drawn, work, level
        self._repair_min: list[float] = repair_minutes(faults, work, level).tolist()
        self._tree_min: list[float] = tree_minutes(faults, work, level).tolist()
        self._tasks = tasks(drawn, faults, work)
        takes_two = work.pole_two_crews_fraction or work.pole_people
        self._pairs = Pairs(work.wait_for_second_h * MIN_PER_H) if takes_two else None
        self._is_second_called = False  # since crews were last asked
        self._known: set[int] = set()  # faults that a patrol has found
        self._assessment = Assessment(settings.knowledge, drawn.seed, drawn.replication)
        self._roads = Roads.of(settings, drawn.factors.travel)
        self._overtime_min = 0.0 if work.shift_end == "stop" else work.overtime_h * MIN_PER_H
        self._longest_min = work.longest_duty_h * MIN_PER_H
        self._rest_min, self._drives_home = work.rest_h * MIN_PER_H, work.travel_home
        self._hands_over = work.shift_end == "hand_over"
        self._relief: dict[int, Crew] = {}  # by crew whose shift ends this minute: who has come to take over from it
        self._outgoing: dict[int, Crew] = {}  # by job: who works on until the crew that takes over is there
        self._bases = bases(settings.depots, drawn.network)
        self._base_at = {base.place: base.number for base in reversed(self._bases)}
        self.orders = Orders(drawn.network, control.book, control.backups)
        self._join_closed(drawn, settings)
        self._pauses = WorkPauses(drawn, settings)
        self.limits_mps = self._pauses.limits_mps
        self.is_held: BoolArray = np.zeros(len(drawn.network.area_name), bool)
        self._own_held: dict[str, BoolArray] = {}  # the same of kinds of crew with rules of their own
        self._strict_held: dict[Terms, BoolArray] = {}  # the same of groups with a wind limit below their kind's highest
        self._per_km = self._roads.per_km(0.0)
        self._steady_until = -math.inf  # nothing of this changes before, but by order or by a second wind
        self._area: list[int] = drawn.network.listed("area")
        self._x, self._y = drawn.network.listed("x"), drawn.network.listed("y")
        self._left: dict[int, float] = {}  # minutes of work left of a task that was begun, by job
        self._crews: dict[int, Crew] = {}
        self._engaged = Engaged(drawn.network, self._book, learner, self._crews)
        self._idle: dict[str, set[int]] = {kind: set() for kind in KINDS}
        self._newly_idle: dict[str, list[int]] = {kind: [] for kind in KINDS}  # since the last match
        self._resuming: set[int] = set()  # idle crews that have a job reserved, and perhaps some that no longer do
        self._seen = dict.fromkeys(KINDS, 0)  # version of each table at the last match
        self._tables: list[tuple[str, JobTable]] = []  # of the kinds that crews are of
        depots = [project_km(d.lon, d.lat, drawn.network.lon0, drawn.network.lat0) for d in settings.depots.values()]
        self.generators = MobileGenerators(
            env, settings.generators, drawn.network, truth, control, journal, self._roads,
            self._pauses.road["generator", settings.wind_limit_of("generator")],
            [(float(x), float(y)) for x, y in depots], lambda crew: self._be_free(crew),
        )  # fmt: skip
        self._generator_rule = GENERATOR_POLICIES[settings.generators.policy]
        dispatch = settings.dispatch
        self._redirect_factor = dispatch.redispatch_factor if dispatch.redispatch == "better" else np.inf
        self._needs = self._requirements(settings)
        self.n_trips = 0
        truth.when_alive = lambda sections, _: self.generators.supply_is_back(sections)
        self._steps: dict[str, Callable[[Crew, Job, float], None]] = {
            "patrol": self._finish_patrol,
            "repair": self._finish_repair,
            "generator": lambda crew, job, _: self.generators.connect(crew, job),
            "switch": self._finish_switch,
            "service": self._finish_visit,
            "assist": self._finish_assist,
        }
        self.switching: SwitchingDesk | None = None
        self.after_patrol: Callable[[Job], None] = lambda _: None

    def _join_closed(self, drawn: Drawn, settings: Scenario) -> None:
        """Let crews move within what a closure cuts off."""
        places = {base.name: base.place for base in reversed(self._bases)}
        for closure in settings.closures.values():
            depots = [places[name] for name in closure.depots if name in settings.depots]
            self.orders.join(closed_areas(closure, drawn.network), depots)

    def _requirements(self, settings: Scenario) -> Requirements | None:
        """Return what repairs require besides a crew of their kind; None where nothing is ever short."""
        depots, work, stores = settings.depots, settings.work, None
        if any(n is not None for depot in depots.values() for n in depot.stock.pieces):
            stores = Stores(self._env, depots, self._bases[: len(depots)], self._journal, self._delivered)
            stores.start()
        if stores is None and not work.pole_equipment and not work.pole_people:
            return None
        return Requirements(self._book.jobs, stores, work, self._others_on_duty)

    def _others_on_duty(self, crew: Crew) -> Iterator[tuple[Crew, BoolArray]]:
        """Yield other crews of a crew's kind that are on duty and take jobs, and the areas to which each may be sent.

        Of those that are alike, one will do.
        """
        seen: set[tuple[object, ...]] = set()
        for other in self._crews.values():
            if other is crew or other.kind != crew.kind or other.state not in (IDLE, BUSY, MOVING) or other.is_held:
                continue
            alike = id(other.group), other.state, id(other.only), self.orders.any and (other.area, other.x, other.y)
            if alike not in seen:
                seen.add(alike)
                may_go = [not self.orders.any or self.orders.may_go(other, area) for area in range(len(self.is_held))]
                yield other, ~self._held_for(other) & may_go

    def _delivered(self) -> None:
        """Let crews that lacked material ask again."""
        self._tell_holds()
        self.match()

    # -- on and off duty ---------------------------------------------------------------------------------------

    def enlist(self, crew: Crew) -> None:
        """Start a crew's process; it is off duty."""
        self._crews[crew.number] = crew
        if crew.kind not in [kind for kind, _ in self._tables]:
            self._tables.append((crew.kind, self._book.tables[crew.kind]))
            self._tables.sort(key=lambda one: KINDS.index(one[0]))
        crew.called = Call(self._env)
        crew.process = self._env.process(self._live(crew))

    def start_shift(self, group: Group) -> None:
        """Put the crews of a group that are off on duty; those still at work stay at it."""
        at = self._env.now
        crews = [crew for crew in group.crews if crew.state == OFF and crew.rested_at <= at]
        self._come_on_duty(crews)
        if self._rest_min:
            for crew in group.crews:
                if crew.state == OFF:
                    self._start_late(crew)
        if self._hands_over:
            self._set_apart(crews)

    def _come_on_duty(self, crews: list[Crew]) -> None:
        self._log_crews("shift_started", crews)
        for crew in crews:
            crew.on_since = self._env.now
            self._be_idle(crew)
        if crews and self._work.pole_people:  # those that lacked people ask again
            self._tell_holds()

    def end_shift(self, group: Group) -> None:
        """Send home the crews of a group that have nothing to do; the others follow when they are done."""
        crews = [crew for crew in group.crews if crew.state == IDLE]
        self._idle[group.kind].difference_update([crew.number for crew in crews])
        self._end_duty(crews)

    def let_go(self, group: Group) -> None:
        """Let the crews of a group go home for good: any crew may go on with what they had reserved."""
        for crew in group.crews:
            if crew.reserved >= 0 and crew.state != BUSY:
                self._give_back(crew)
        self.match()

    def _end_duty(self, crews: list[Crew]) -> None:
        """Let crews that have nothing to do go off duty: at once, or when they have driven home."""
        by_road = [crew for crew in crews if (self._drives_home or crew.lodging) and self._is_away(crew)]
        at_once = [crew for crew in crews if crew not in by_road] if by_road else crews
        self._log_crews("shift_ended", at_once)
        for crew in at_once:
            self._go_home(crew)
            if self._rest_min:
                self._start_late(crew)
        for crew in by_road:
            self._drive_home(crew)

    def _is_away(self, crew: Crew) -> bool:
        """Say whether a crew is not where it sleeps and can get there."""
        return (crew.x, crew.y) != crew.bed and not self._is_cut_off(crew)

    def _is_cut_off(self, crew: Crew) -> bool:
        return crew.area >= 0 and bool(self.orders.is_closed[crew.area])

    def _drive_home(self, crew: Crew) -> None:
        x, y = crew.bed
        minutes = apart_km(x - crew.x, y - crew.y) * self._roads.per_km(self._env.now)
        crew.state, crew.job = MOVING, -1
        self._journal.add(
            self._env.now, "crew_returning", crew=crew.number, place=self._base_at[crew.bed], value=minutes
        )
        call = crew.homeward = Call(self._env)
        call.callbacks.append(lambda _: self._come_home(crew, call))
        call.come_at(self._env.now + minutes)

    def _come_home(self, crew: Crew, call: Call) -> None:
        if crew.homeward is call:  # else it was lost or given another base on the way
            self._log_crews("shift_ended", [crew])
            self._go_home(crew)
            self._start_late(crew)

    def _go_home(self, crew: Crew) -> None:
        """Go to the depot; a crew that is cut off rests where it is."""
        if self._is_cut_off(crew):
            crew.state, crew.job = OFF, -1
        else:
            crew.go_home()
        crew.rested_at = self._env.now + self._rest_min

    def _start_late(self, crew: Crew) -> None:
        """Let a crew that missed the start of its shift, on its way home or resting, start when it may."""
        at, group = max(self._env.now, crew.rested_at), crew.group
        if not at < group.until:
            return
        call = Call(self._env)

        def start(_: object) -> None:
            if crew.state == OFF and self._env.now < group.until and crew.rested_at <= self._env.now:
                self._come_on_duty([crew])
                self.match()

        call.callbacks.append(start)
        call.come_at(at)

    def _log_crews(self, kind: str, crews: list[Crew]) -> None:
        if len(crews) == 1:
            self._journal.add(self._env.now, kind, crew=crews[0].number)
        elif crews:
            numbers = np.array([crew.number for crew in crews], np.int64)
            self._journal.add_many(self._env.now, kind, len(crews), crew=numbers)

    def _be_idle(self, crew: Crew) -> None:
        """Let a crew wait for the next job."""
        crew.state, crew.job, crew.tried = IDLE, -1, -1
        self._idle[crew.kind].add(crew.number)
        self._newly_idle[crew.kind].append(crew.number)
        if crew.reserved >= 0:
            self._resuming.add(crew.number)

    def _be_free(self, crew: Crew) -> None:
        """Let a crew that has left a job wait for the next one or go home."""
        if self._env.now >= crew.group.until or (self._rest_min and self._must_rest(crew)):
            self._end_duty([crew])
        else:
            self._be_idle(crew)

    def _must_rest(self, crew: Crew) -> bool:
        """Say whether a crew is still on duty from the shift before."""
        return not crew.group.has_relief and self._env.now - crew.on_since >= crew.group.shift_min

    def _overtime_of(self, crew: Crew) -> float:
        """Return the minutes that a crew may stay after its shift to finish a task."""
        if not self._longest_min:
            return self._overtime_min
        return max(0.0, min(self._overtime_min, crew.on_since + self._longest_min - crew.group.until))

    # -- taking over at the end of a shift ---------------------------------------------------------------------

    def _set_apart(self, incoming: list[Crew]) -> None:
        """Keep a crew that comes on duty for each one of its kind and depot that leaves work behind this minute."""
        at, free = self._env.now, list(incoming)
        for crew in self._crews.values():
            if crew.stay is None or crew.stay[1].is_done or crew.stay[1].until != at or at < crew.group.until:
                continue
            job, near = self._book.jobs[crew.job], [one for one in free if one.depot == crew.depot and not one.is_held]
            relief = next((one for one in near if self._may_take_over(one, crew, job)), None)
            if relief is not None:
                free.remove(relief)
                relief.is_held = True
                self._relief[crew.number] = relief
        if self._relief:
            call = Call(self._env)
            call.callbacks.append(lambda _: self._set_free())
            call.come_at(at, last=True)

    def _set_free(self) -> None:
        """Let crews that were kept for a task which nobody hands over take any job."""
        for crew in self._relief.values():
            crew.is_held = False
            self._newly_idle[crew.kind].append(crew.number)
        self._relief.clear()
        self.match()

    def _hand_over(self, crew: Crew, job: Job, stay: Visit) -> Generator[simpy.Event, Any, Visit]:
        """At the end of its shift, let a crew finish its task, or work on until another is there to take over.

        It finishes where nobody can come, or comes too late to be needed, and overtime allows. With nobody there it
        leaves otherwise at once.
        """
        at, left, end = self._env.now, self._left[job.number], Call(self._env)
        start = crew.stay[0] if crew.stay else at
        hold, latest = self._hold_on(crew, job), at + self._overtime_of(crew)
        factor = crew.group.time_factor
        relief, done_at = self._relief.pop(crew.number, None), hold.ends_after(at, left * factor)
        if relief is None:
            relief = self._find_relief(crew, job)
        else:
            relief.is_held = False
        there_at = math.inf
        if relief is not None:
            travel, road = self._trip(relief, job, at)
            there_at = road.ends_after(at, travel)
        if done_at <= min(there_at, latest):
            more = Visit(done_at, left * factor, True)
            end.come_at(done_at)
            if relief is not None:
                self._newly_idle[relief.kind].append(relief.number)
        elif relief is not None:
            until = min(there_at, latest)
            more = Visit(until, until - at - hold.minutes_within(at, until), False)
            self._outgoing[job.number] = crew
            end.come_at(until)  # before the other's arrival
            self._send(relief, job)
        else:
            return stay
        self._log_hold(crew, job, hold, at, more.until)
        self._left[job.number] = left - more.worked_min / factor
        total = Visit(more.until, stay.worked_min + more.worked_min, more.is_done)
        crew.stay = start, total
        yield end
        return total

    def _is_handing_over(self, crew: Crew, job: Job) -> bool:
        """Say whether a crew's shift is over and its task one that another can take over."""
        is_paired = self._pairs is not None and self._pairs.of(job) is not None
        return self._env.now >= crew.group.until and not is_paired

    def _find_relief(self, crew: Crew, job: Job) -> Crew | None:
        """Return the first idle crew of the same kind and depot that may go to a job and be there within its shift."""
        at, area = self._env.now, self._area[job.section]
        for number in sorted(self._idle[crew.kind]):
            other = self._crews[number]
            fits = other.depot == crew.depot and not other.is_held and other.reserved < 0
            fits = fits and self._may_take_over(other, crew, job)
            if fits and self.orders.may_go(other, area) and at + self._trip(other, job, at)[0] <= other.group.until:
                return other
        return None

    def _may_take_over(self, other: Crew, crew: Crew, job: Job) -> bool:
        return other.kind == crew.kind and (self._needs is None or self._needs.may_alone(other, job))

    def obey(self, rule: Rule) -> None:
        """Dispatch by another rule from now on."""
        self._take_over(rule)
        self._tell_holds()  # crews that found nothing by the old rule ask again

    def _take_over(self, rule: Rule) -> None:
        self.rule = rule
        if isinstance(rule, LargestBacklogArea):
            rule.note = lambda at, crew, area, until: self._log_term(at, crew, area, until)

    def _log_term(self, at: float, crew: int, area: int, until: float) -> None:
        self._journal.add(at, "crew_given_to_area", crew=crew, place=area, value=until)

    # -- who does what -----------------------------------------------------------------------------------------

    def watch(self) -> None:
        """Look round when something may have changed by itself; who orders or makes a change looks round at once."""
        if self._env.now >= self._steady_until:
            self.look_round()

    def look_round(self) -> None:
        """Bring up to date where the wind forbids work, and how fast the roads are."""
        at = self._env.now
        self._steady_until = min(self._pauses.steady_until(at), self._roads.steady_until(at))
        held = self._pauses.is_windy(at) | self.orders.is_stopped
        per_km = self._roads.per_km(at)
        own = {kind: held_here | self.orders.is_stopped for kind, held_here in self._pauses.own_held(at)}
        strict = {terms: held_here | self.orders.is_stopped for terms, held_here in self._pauses.stricter_held(at)}
        changed = _differs(own, self._own_held) or _differs(strict, self._strict_held)
        if changed or (held != self.is_held).any() or per_km != self._per_km:
            self.is_held, self._own_held, self._strict_held, self._per_km = held, own, strict, per_km
            self._tell_holds()

    def _tell_holds(self) -> None:
        """Let the tables of jobs know where the wind, the night or an order forbids work, and crews ask again."""
        self._book.hold(self.is_held)
        for kind, held in self._own_held.items():
            self._book.tables[kind].hold(held)

    def _held_for(self, crew: Crew) -> BoolArray:
        """Return the areas in which a crew may not work now, (n_areas,)."""
        held = self._strict_held.get(crew.group.terms) if self._strict_held else None
        return self._own_held.get(crew.kind, self.is_held) if held is None else held

    def _may_not_work(self, crew: Crew, area: int) -> bool:
        return bool(self._held_for(crew)[area])

    def match(self) -> None:
        """Give every idle crew, in order of number, the best job for it; a job reserved by a crew comes first."""
        for kind, table in self._tables:
            idle = self._idle[kind] if table.version != self._seen[kind] else self._newly_idle[kind]
            if not idle:
                continue
            self._seen[kind] = table.version
            self._newly_idle[kind] = []
            self._ask(idle, table)
        if self._is_second_called:  # crews asked before it was may come
            self._is_second_called = False
            self.match()

    def _ask(self, idle: Collection[int], table: JobTable) -> None:
        """Give each of some crews of a kind, told by their numbers, the best job for it."""
        barren: set[tuple[object, ...]] = set()  # crews like which one has found nothing just now
        last: Crew | None = None  # the last of those
        is_work = table.n_workable > 0
        last_resuming = max(self._resuming.intersection(idle), default=-1) if self._resuming else -1
        if not is_work and last_resuming < 0:
            return
        for number in sorted(idle):
            if not is_work and number > last_resuming:  # nobody else has a job to go on with
                return
            crew = self._crews[number]
            if crew.state != IDLE or crew.is_held:
                continue
            if crew.reserved >= 0:
                area = self._area[self._book.jobs[crew.reserved].section]
                if not self._may_not_work(crew, area) and self.orders.may_go(crew, area):
                    self._send(crew, self._book.jobs[crew.reserved])
                    is_work = table.n_workable > 0
            elif is_work:
                # in order of number, those of one group and depot follow one another: most are told by the last
                if (
                    last is not None and crew.group is last.group and crew.x == last.x and crew.y == last.y
                    and crew.only is last.only and crew.depot == last.depot
                ):  # fmt: skip
                    crew.tried = table.version
                    continue
                alike = self._alike(crew) if barren else None
                job = None if alike in barren else self._best(crew)
                if job is not None:
                    self._book.take(job)
                    self._send(crew, job)
                    is_work = table.n_workable > 0
                else:
                    barren.add(alike or self._alike(crew))
                    crew.tried, last = table.version, crew

    def _alike(self, crew: Crew) -> tuple[object, ...]:
        """Return where a crew is, for how long, and what it may do: crews of a kind alike in this find the same."""
        group, needs = crew.group, self._needs
        return crew.x, crew.y, group.until, id(crew.only), needs and needs.key(crew), group.wind_limit_mps

    def n_idle(self, kind: str) -> int:
        """Return how many crews of a kind are free."""
        return len(self._idle[kind])

    def _best(self, crew: Crew) -> Job | None:
        """Return the best job for a crew; one that found none is asked again only when something changed."""
        at, table, roads = self._env.now, self._book.tables[crew.kind], self._roads
        left, per_km = crew.group.until - at, roads.per_km(at)
        urgent = self._nearest_urgent(crew, left, per_km) if self._book.urgent else None
        if urgent is not None:
            return urgent
        reach_km = (left - roads.mobilise_min) / per_km
        if reach_km < 0 or (crew.tried >= 0 and not table.has_new(crew.tried, crew.x, crew.y, reach_km)):
            return None
        return self._choose(crew, Asking(crew.x, crew.y, at, per_km, roads.mobilise_min, crew.kind, left, crew.number))

    def _choose(self, crew: Crew, asking: Asking) -> Job | None:
        """Return the job that the rule and the orders give to a crew."""
        table, orders = self._book.tables[crew.kind], self.orders
        rule = self._generator_rule if crew.kind == "generator" else self.rule
        view = table.view(asking, lambda: self._outlook(crew))
        if self._needs is not None:
            view = self._needs.narrowed(view, crew)
        held = self._strict_held.get(crew.group.terms) if self._strict_held else None
        if held is not None:
            view = view.narrowed(~held[view.area])
        job = orders.choose(table, rule, view, crew) if orders.any else table.choose(rule, view)
        return self._book.jobs[job] if job >= 0 else None

    def _outlook(self, crew: Crew) -> Outlook:
        """Return what is known beyond the open jobs when a crew asks."""
        idle = [self._crews[number] for number in self._idle[crew.kind]]
        return self._engaged.outlook(crew, idle, self._env.now)

    def _nearest_urgent(self, crew: Crew, left_min: float, per_km: float) -> Job | None:
        """Return the nearest job that comes before all others, of those that the crew can do and reach."""
        best: tuple[float, int] | None = None
        for number, job in self._book.urgent.items():
            if job.kind == "assist" and self._needs is not None and not self._needs.may_help(crew, job):
                continue
            if job.crew_kind == crew.kind and not self._may_not_work(crew, self._area[job.section]):
                km = apart_km(self._x[job.section] - crew.x, self._y[job.section] - crew.y)
                may_go = not self.orders.any or self.orders.may_go(crew, self._area[job.section])
                if may_go and self._roads.mobilise_min + km * per_km <= left_min and (best is None or (km, number) < best):
                    best = (km, number)
        return None if best is None else self._book.jobs[best[1]]

    def _send(self, crew: Crew, job: Job) -> None:
        """Send an idle crew to a job; the wind may hold it up on the road."""
        at = self._env.now
        self._idle[crew.kind].remove(crew.number)
        crew.state, crew.job, crew.reserved = BUSY, job.number, -1
        self._resuming.discard(crew.number)
        if self._needs is not None and job.step == "repair":
            self._needs.set_out(crew, job)
        if job.kind == "generator":
            self._control.generator_on_its_way(job, is_covered=True)
        travel, road = self._trip(crew, job, at)
        arrives = road.ends_after(at, travel)
        self._journal.add(
            at, "crew_dispatched", crew=crew.number, job=job.number, task=job.task, section=job.section, value=travel
        )
        crew.due_at = at + travel
        self.n_trips += 1
        self._learner.trip.add(travel)
        self._log_hold(crew, job, road, at, arrives)
        crew.set_out = at, crew.x, crew.y, arrives
        crew.called.come_at(arrives)
        if self._pairs is not None:
            self._send_for_second(crew, job)

    def _trip(self, crew: Crew, job: Job, at: float) -> tuple[float, Hold]:
        """Return the minutes on the road to a job of a crew that sets out at `at`, and when the wind holds it up there."""
        section, roads = job.section, self._roads
        km = apart_km(self._x[section] - crew.x, self._y[section] - crew.y)
        travel = km * roads.per_km(at) + roads.mobilise_min
        return travel, self._pauses.road[crew.group.terms][self._area[section]]

    def _hold_on(self, crew: Crew, job: Job, other: Crew | None = None) -> Hold | Pauses:
        """Return the time in which a crew may not work at a job, together with another one of its kind if there is one."""
        strictest = crew.group if other is None else min(crew.group, other.group, key=lambda group: group.wind_limit_mps)
        return self._pauses.site[strictest.terms][self._area[job.section]]

    def _log_hold(self, crew: Crew, job: Job, hold: Hold | Pauses, start: float, end: float) -> None:
        for at, until, is_night in hold.pieces(start, end):
            self._journal.later(
                at, "crew_stopped_for_night" if is_night else "crew_stood_down", crew=crew.number,
                section=job.section, job=job.number, value=until,
            )  # fmt: skip

    # -- a crew's life -----------------------------------------------------------------------------------------

    def _live(self, crew: Crew) -> Generator[simpy.Event, Any, None]:
        while True:
            try:
                yield crew.called
                crew.called = Call(self._env)
                job = self._book.jobs[crew.job]
                stay = self._arrive(crew, job)
                while True:
                    end = Call(self._env)
                    end.come_at(stay.until, last=self._hands_over and not stay.is_done)
                    try:
                        yield end
                        break
                    except simpy.Interrupt as told:  # the second crew has come
                        if not isinstance(told.cause, Visit):
                            raise
                        stay = told.cause
                if self._hands_over and not stay.is_done and self._is_handing_over(crew, job):
                    stay = yield from self._hand_over(crew, job, stay)
            except simpy.Interrupt:  # it broke off
                continue
            crew.stay = None
            self._leave(crew, job, stay)
            if self.switching is not None:
                self.switching.review()
            self.match()

    def _arrive(self, crew: Crew, job: Job) -> Visit:
        at = self._env.now
        section, group = job.section, crew.group
        crew.x, crew.y = self._x[section], self._y[section]
        expected = self._book.expected_min(job, group.patrol_kmh)
        self._journal.add(
            at, "crew_arrived", crew=crew.number, job=job.number, task=job.task, section=section, value=expected
        )
        crew.due_at = at + expected
        if self._pairs is not None and self._pairs.of(job) is not None:
            return self._meet(crew, job)
        left = self._left.get(job.number)
        if left is None:
            left = self._on_site_min(crew, job)
        hold, factor = self._hold_on(crew, job), group.time_factor
        stay = visit(at, left * factor, hold, group.until, 0.0 if self._hands_over else self._overtime_of(crew))
        self._log_hold(crew, job, hold, at, stay.until)
        self._left[job.number] = left - stay.worked_min / factor
        crew.set_out, crew.stay, crew.area = None, (at, stay), self._area[section]
        return stay

    def _on_site_min(self, crew: Crew, job: Job) -> float:
        """Return the minutes that the present task really takes."""
        step = job.step
        if step == "generator" and not self.generators.is_of_use(job):
            return 0.0
        if step == "tree":
            return self._tree_min[job.fault]
        if step not in ("repair", "assist"):
            return self._book.expected_min(job, crew.group.patrol_kmh)
        if self._is_in_vain(job):
            return self._assessment.diagnosis_min
        return self._repair_min[job.fault] + (0.0 if "tree" in job.steps else self._tree_min[job.fault])

    def _leave(self, crew: Crew, job: Job, stay: Visit) -> None:
        at = self._env.now
        crew.due_at = math.nan
        if not stay.is_done:
            if self._pairs is not None and self._pairs.of(job) is not None:
                self._leave_second(crew, job, stay)
                return
            if self._hands_over and (at >= crew.group.until or self._outgoing.get(job.number) is crew):
                self._leave_to_others(crew, job, stay)
                return
            crew.reserved = job.number
            if at >= crew.group.leaves_at:
                self._give_back(crew)
            if at < crew.group.until:  # its shift was prolonged while it was there: it sets out anew
                self._journal.add(
                    at, "crew_broke_off", crew=crew.number, job=job.number, task=job.task, section=job.section,
                    value=stay.worked_min,
                )  # fmt: skip
            self._be_free(crew)
            return
        self._left.pop(job.number, None)
        crew.reserved = -1
        self._steps[job.kind](crew, job, at)

    def _is_in_vain(self, job: Job) -> bool:
        """Say whether a crew has come to repair what is there for want of the right things: the diagnosis was wrong."""
        if not self._assessment.may_be_wrong:
            return False
        return job.step == "repair" and job.work != int(self._faults.work[job.fault])

    def _finish_visit(self, crew: Crew, job: Job, at: float) -> None:
        is_dark = bool(self._truth.supply.blocks[job.section] > 0)
        self._journal.add(
            at, "service_visited", crew=crew.number, job=job.number, task=job.task, section=job.section, value=is_dark
        )
        self._control.visited(job, at, is_dark=is_dark)
        self._be_free(crew)

    def _leave_to_others(self, crew: Crew, job: Job, stay: Visit) -> None:
        """Leave the rest of a task to the crew that takes over, else to any."""
        if self._outgoing.pop(job.number, None) is crew:
            self._journal.add(
                self._env.now, "task_handed_over", crew=crew.number, job=job.number, task=job.task, section=job.section,
                value=stay.worked_min,
            )  # fmt: skip
        else:
            crew.reserved = job.number
            self._give_back(crew)
        self._be_free(crew)

    def _give_back(self, crew: Crew) -> None:
        """Let the job that a crew has reserved wait for any crew."""
        job = self._book.jobs[crew.reserved]
        crew.reserved = -1
        self._resuming.discard(crew.number)
        self._journal.add(self._env.now, "job_given_back", crew=crew.number, job=job.number, section=job.section)
        if job.kind == "generator":
            self._control.generator_given_up(job)
        if self._needs is not None and job.number not in self._left:
            self._needs.give_back(crew, job)
            self._tell_holds()
        self._book.put(job)

    def _finish_patrol(self, crew: Crew, job: Job, at: float) -> None:
        there = [fault for fault in self._truth.faults_in(job.head) if fault not in self._known]
        seen = self._assessment.found(there, self._faults, crew.group.detection_fraction)
        self._known.update(seen)
        self._truth.make_safe(seen)
        self._journal.add(
            at, "patrol_finished", crew=crew.number, job=job.number, task=job.task, section=job.head,
            outage=job.outage, value=len(seen),
        )  # fmt: skip
        faults = self._faults
        rows = [
            Seen(
                f, faults.section.item(f), self._assessment.work(f, faults), faults.blocked_by_tree.item(f),
                self._assessment.minutes(f, faults, self._repair_min[f]), self._tasks.mender[f], self._tasks.is_switched[f],
            )
            for f in seen
        ]  # fmt: skip
        self._control.patrolled(job, crew.number, at, rows)
        self.after_patrol(job)
        self._be_free(crew)

    def _lose_trip(self, crew: Crew, job: Job, at: float) -> None:
        """Let a crew leave that lacks what the repair needs; the job waits again, as what it really is."""
        work = int(self._faults.work[job.fault])
        ids: dict[str, Any] = {"crew": crew.number, "job": job.number, "section": job.section}
        self._journal.add(at, "crew_broke_off", task=job.task, value=self._assessment.diagnosis_min, **ids)
        self._journal.add(at, "diagnosis_corrected", fault=job.fault, task=job.task, value=work, **ids)
        self._journal.add(at, "job_given_back", **ids)
        if self._needs is not None:
            self._needs.give_back(crew, job)
        self._control.rediagnosed(job, work)
        if self._needs is not None:
            self._needs.rediagnosed(job)
            self._tell_holds()
        self._be_free(crew)

    def _finish_repair(self, crew: Crew, job: Job, at: float) -> None:
        if self._pairs is not None:
            self._pairs.forget(job)
        if self._is_in_vain(job):
            self._lose_trip(crew, job, at)
            return
        minutes = self._on_site_min(crew, job) * crew.group.time_factor
        if self._needs is not None and job.step == "repair":
            self._needs.mended(job)
        kind = "repair_finished"
        if job.task < len(job.needs) - 1:
            kind = "tree_cleared" if job.step == "tree" else "task_finished"
        done = self._journal.add(
            at, kind, fault=job.fault, section=job.section, crew=crew.number, job=job.number, task=job.task,
            value=minutes,
        )  # fmt: skip
        if kind != "repair_finished":
            self._control.task_done(job, minutes)
        else:
            self._truth.repair(job.fault, at, done)
            self._control.repaired(job, at, minutes)
        self._be_free(crew)

    def _finish_assist(self, crew: Crew, job: Job, at: float) -> None:
        self._journal.add(
            at, "assist_finished", crew=crew.number, job=job.number, task=job.task, section=job.section,
            value=self._on_site_min(crew, job) * crew.group.time_factor,
        )  # fmt: skip
        self._be_free(crew)

    # -- two crews at once -------------------------------------------------------------------------------------

    def _send_for_second(self, crew: Crew, job: Job) -> None:
        """Take note of who is sent to a repair that takes two crews, and order the second."""
        pairs = self._pairs
        assert pairs is not None
        if job.kind == "repair" and job.step == "repair" and pairs.of(job) is None and self._takes_two(crew, job):
            second = Job(
                self._book.new_number(), "assist", job.outage, job.head, job.section, self._env.now, (job.crew_kind,),
                job.fault, job.work,
            )  # fmt: skip
            pairs.begin(job, second)
            self._journal.add(
                self._env.now, "job_opened", job=second.number, outage=job.outage, section=job.section, fault=job.fault
            )
            self._book.add(second)
            self._is_second_called = True
            if self._needs is not None:
                self._needs.call_second(crew, job, second)
        pair = pairs.of(job)
        if pair is not None:
            pair.sent[job.number] = crew

    def _takes_two(self, crew: Crew, job: Job) -> bool:
        """Say whether a repair takes a second crew, or the one that is sent has too few people to do it alone."""
        too_few = self._needs is not None and self._needs.needs_second(crew, job)
        return too_few or self._tasks.takes_two[job.fault]

    def _meet(self, crew: Crew, job: Job) -> Visit:
        """Let a crew wait on site for the other one, or both begin when it is the second."""
        assert self._pairs is not None
        pair, at = self._pairs.of(job), self._env.now
        assert pair is not None
        pair.there[job.number] = crew
        crew.set_out, crew.area = None, self._area[job.section]
        ids: dict[str, Any] = {"job": job.number, "task": job.task, "section": job.section}
        if len(pair.there) == 1:
            stay = Visit(max(at, min(at + self._pairs.patience_min, crew.group.until)), 0.0, False)
            self._journal.add(at, "crew_awaited_second", crew=crew.number, value=stay.until, **ids)
            crew.stay = at, stay
            return stay
        main = pair.main
        number = pair.second.number if job is main else main.number
        other, factor = pair.there[number], pair.there[main.number].group.time_factor
        left = self._left.get(main.number, self._on_site_min(crew, main))
        hold, until = self._hold_on(crew, main, other), min(crew.group.until, other.group.until)
        stay = visit(at, left * factor, hold, until, min(self._overtime_of(crew), self._overtime_of(other)))
        self._left[main.number] = left - stay.worked_min / factor
        self._journal.add(
            at, "work_begun", crew=other.number, job=number, task=self._book.jobs[number].task, section=job.section
        )
        for one, its in ((other, self._book.jobs[number]), (crew, job)):
            self._log_hold(one, its, hold, at, stay.until)
            one.stay = at, stay
        other.process.interrupt(stay)
        return stay

    def _leave_second(self, crew: Crew, job: Job, stay: Visit) -> None:
        """Let a crew leave a repair for two that is not done: so does the other, and the job is open again."""
        if self._env.now < crew.group.until:  # it has waited long enough
            self._journal.add(
                self._env.now, "crew_broke_off", crew=crew.number, job=job.number, task=job.task, section=job.section,
                value=stay.worked_min,
            )  # fmt: skip
        self._part(crew, job)
        self._be_free(crew)

    def _part(self, crew: Crew, job: Job) -> None:
        """Open a repair for two anew that a crew has left; the other one, on site or on its way, is free."""
        assert self._pairs is not None
        pair = self._pairs.of(job)
        assert pair is not None
        self._pairs.forget(pair.main)
        for mine in (pair.main, pair.second):
            one = pair.sent.get(mine.number)
            if one is None or (one is not crew and one.job != mine.number):
                if self._book.is_waiting(mine):
                    self._call_off(mine)
                continue
            if one is not crew:
                self._turn_back(one, mine, np.nan)
            if mine is pair.main:
                one.reserved = mine.number
                self._give_back(one)
            else:
                self._journal.add(self._env.now, "job_called_off", job=mine.number, section=mine.section)
            if one is not crew:
                self._be_free(one)

    def _call_off(self, job: Job) -> None:
        self._book.cancel(job)
        self._journal.add(self._env.now, "job_called_off", job=job.number, section=job.section)

    def _turn_back(self, crew: Crew, job: Job, worked: float, detail: str = "") -> None:
        """Take a crew off its job, on site or on the road."""
        at = self._env.now
        if crew.set_out is not None:
            crew.x, crew.y = self._on_the_road(crew, job)
            crew.area = -1
        crew.stay = crew.set_out = None
        crew.due_at = math.nan
        crew.called = Call(self._env)
        crew.process.interrupt()
        self._journal.add(
            at, "crew_broke_off", crew=crew.number, job=job.number, task=job.task, section=job.section, value=worked,
            detail=detail,
        )  # fmt: skip

    def _on_the_road(self, crew: Crew, job: Job) -> Place:
        """Return where a crew is that has set out for a job, km."""
        assert crew.set_out is not None
        start, x, y, arrives = crew.set_out
        share = (self._env.now - start) / (arrives - start) if arrives > start else 1.0
        return x + share * (self._x[job.section] - x), y + share * (self._y[job.section] - y)

    def _finish_switch(self, crew: Crew, job: Job, at: float) -> None:
        self._journal.add(
            at, "device_operated", crew=crew.number, job=job.number, task=job.task, section=job.section,
            value=self._on_site_min(crew, job) * crew.group.time_factor,
        )  # fmt: skip
        if self.switching is not None:
            self.switching.operated(job)
        self._be_free(crew)


def _differs(now: Mapping[Any, BoolArray], before: Mapping[Any, BoolArray]) -> bool:
    """Say whether any of some arrays is not what it was, or was not there."""
    return any((held != before.get(key, ~held)).any() for key, held in now.items())
