"""Field work that can be commanded: crews held, moved, assigned, taken off their jobs, lost and brought back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from sim.damage import Faults, joined, repair_minutes, tasks, tree_minutes
from sim.dispatch import Asking
from sim.grid import Base
from sim.units import apart_km
from sim.world.book import Job
from sim.world.crews import BUSY, IDLE, LOST, MOVING, OFF, Crew, Group
from sim.world.fieldwork import Call, FieldWork
from sim.world.orders import Refused

BoolArray = NDArray[np.bool_]
Place = tuple[float, float]


class CommandedWork(FieldWork):
    """Field work with what decisions and injects may ask of it. Every method ends with all crews matched anew."""

    # -- crews under way ---------------------------------------------------------------------------------------

    def redirect(self) -> None:
        """Let crews under way turn to a better job, as the plan's dispatch says; what they give up waits for others."""
        if self._redirect_factor == np.inf:
            return
        turned = False
        for crew in self._crews.values():
            job = self._better(crew)
            if job is not None:
                turned = True
                self._break_off(crew, keep=False, detail=f"for job {job.number}")
                self._be_idle(crew)
                self._book.take(job)
                self._send(crew, job)
        if turned:
            self.match()

    def _better(self, crew: Crew) -> Job | None:
        """Return the job to which a crew under way turns, None: it goes on."""
        at, left, table = self._env.now, crew.group.until - self._env.now, self._book.tables[crew.kind]
        if crew.state != BUSY or crew.set_out is None or crew.is_held or crew.base is not None or not table.n_workable:
            return None
        own = self._book.jobs[crew.job]
        if own.kind not in ("patrol", "repair") or own.number in self._left:
            return None
        x, y = self._on_the_road(crew, own)
        per_km, mobilise_min = self._roads.per_km(at), self._roads.mobilise_min
        best = self._choose(crew, Asking(x, y, at, per_km, mobilise_min, crew.kind, left, crew.number))
        if best is None or best.kind not in ("patrol", "repair"):
            return None
        km = apart_km(self._x[best.section] - x, self._y[best.section] - y)
        travel = km * per_km + mobilise_min
        to_come = self._engaged.done_at(crew) - at
        worth = self._worth(best, travel + self._book.expected_min(best, crew.group.patrol_kmh))
        return best if worth >= self._redirect_factor * self._worth(own, to_come) else None

    def _worth(self, job: Job, minutes: float) -> float:
        """Return the customers behind a job's device per minute still needed, shared among the zone's known faults."""
        return self._book.behind[job.head] / (max(1, self._book.known_open[job.head]) * max(minutes, 1e-9))

    # -- which crews -------------------------------------------------------------------------------------------

    def pick(self, groups: Iterable[Group], count: int | None, fits: Callable[[Crew], bool]) -> list[Crew]:
        """Return the crews of groups that fit, in order of number: all, or `count` of those that are there.

        Raises
        ------
        Refused when none fits, or fewer than asked for.
        """
        chosen = [
            crew
            for group in groups
            for crew in group.crews
            if crew.state != LOST and not group.is_gone and fits(crew) and (count is None or group.is_there)
        ]
        if not chosen:
            raise Refused("there is no crew that it could concern")
        if count is not None and count > len(chosen):
            raise Refused(f"only {len(chosen)} crews are there that it could concern")
        return chosen[:count]

    # -- decisions ---------------------------------------------------------------------------------------------

    def hold(self, crews: Iterable[Crew], *, is_held: bool) -> None:
        """Let crews take no new job, or take jobs again."""
        for crew in crews:
            crew.is_held = is_held
        self._ask_again()

    def assign(self, crews: Iterable[Crew], only: BoolArray | None) -> None:
        """Let crews take jobs only in the areas marked (n_areas,), None: everywhere."""
        self.orders.any = True
        for crew in crews:
            crew.only = only
            if crew.reserved >= 0 and not self.orders.may_go(crew, self._area_of(crew.reserved)):
                self._give_back(crew)
        self._ask_again()

    def move(self, crews: Iterable[Crew], base: Base) -> None:
        """Give crews a new base; they go there as soon as they have nothing to do, those to come at once."""
        for crew in crews:
            if not crew.group.is_there:
                crew.depot, (crew.x, crew.y), crew.lodging = base.place, base.place, None
                self._log_base(crew, base)
                continue
            crew.base = base
            if crew.state == IDLE:
                self._idle[crew.kind].remove(crew.number)
                self._set_off(crew)
        self.match()

    def stop(self, areas: Sequence[int]) -> None:
        """Stop work in areas: crews on site keep their job for later, those on the way there turn back."""
        self.orders.is_stopped[areas] = True
        self._stand_down(areas, np.inf)

    def resume(self, areas: Sequence[int]) -> None:
        """Let work go on in areas."""
        self.orders.is_stopped[areas] = False
        self.look_round()
        self.match()

    def blow(self, areas: Sequence[int], limit_mps: float) -> None:
        """Let a second wind stop the crews in areas whose limit is this or lower."""
        self._pauses.blow(areas, limit_mps)
        self._stand_down(areas, limit_mps)

    def calm(self, areas: Sequence[int], limit_mps: float) -> None:
        """Let a second wind fall below a limit in areas."""
        self._pauses.calm(areas, limit_mps)
        self.look_round()
        self.match()

    def _stand_down(self, areas: Sequence[int], limit_mps: float) -> None:
        """Take crews whose wind limit is this or lower off what they do in areas, or are on the way to."""
        self.look_round()
        for crew in self._under_way(areas):
            # not taken off already with the one that was to take over from it
            if crew.state == BUSY and crew.group.wind_limit_mps <= limit_mps:
                self._break_off(crew, keep=True)
                self._be_free(crew)
        self.match()

    def put_first(self, areas: Iterable[int], places: Iterable[int]) -> None:
        """Let jobs in areas and for critical customers come before all others."""
        self.orders.put_first(areas, places)
        self._ask_again()

    def send_generators(self, places: Iterable[int]) -> None:
        """Let mobile generators go to these critical customers before others."""
        self.orders.put_generators_first(places)
        self._ask_again()

    # -- what happens to crews ---------------------------------------------------------------------------------

    def close_roads(self, areas: Sequence[int]) -> None:
        """Cut areas off: crews on the way there turn back, those inside stay there and work there."""
        self.orders.any = True
        self.orders.is_closed[areas] = True
        for crew in self._under_way(areas):
            if crew.set_out is not None and not self.orders.may_go(crew, self._area_of(crew.job)):
                self._break_off(crew, keep=False)
                self._be_free(crew)
        for crew in self._crews.values():
            outside = crew.reserved >= 0 and crew.state != BUSY
            if outside and not self.orders.may_go(crew, self._area_of(crew.reserved)):
                self._give_back(crew)
        self._ask_again()

    def open_roads(self, areas: Sequence[int]) -> None:
        """Let crews come in and out again."""
        self.orders.is_closed[areas] = False
        self._ask_again()

    def lose(self, crews: Iterable[Crew], until: float) -> None:
        """Put crews out of service until a minute; what they did or had reserved is open again."""
        at = self._env.now
        for crew in crews:
            if crew.state == BUSY:
                self._break_off(crew, keep=False)
            elif crew.state == IDLE:
                self._idle[crew.kind].remove(crew.number)
            if crew.reserved >= 0:
                self._give_back(crew)
            if crew.state != OFF:
                self._log_crews("shift_ended", [crew])
            self._go_home(crew)
            crew.state = LOST
            self._journal.add(at, "crew_lost", crew=crew.number, value=until)
        self._ask_again()

    def bring_back(self, crews: Iterable[Crew]) -> None:
        """Put crews that were lost back into service."""
        for crew in crews:
            crew.state = OFF
            self._journal.add(self._env.now, "crew_returned", crew=crew.number)
            if self._env.now < crew.group.until:
                self._come_on_duty([crew])
        self.match()

    def add_faults(self, more: Faults) -> None:
        """Be ready to mend faults that were added in reality; nobody knows of them yet."""
        self._faults = joined(self._faults, more)
        self._tasks.extend(tasks(self._drawn, more, self._work))
        self._repair_min += repair_minutes(more, self._work, self._level).tolist()
        self._tree_min += tree_minutes(more, self._work, self._level).tolist()

    def can_leave(self, crew: Crew) -> bool:
        """Say whether a crew can be taken away: not when it stands by with its generator connected."""
        return crew.state != BUSY or crew.set_out is not None or crew.stay is not None

    def rebase(self, crews: Iterable[Crew], old: Base, new: Base) -> None:
        """Let crews that are not at their base, or yet to move there, have another one; those to come start there."""
        for crew in crews:
            if crew.base == old:
                crew.base = new
            if crew.depot != old.place:
                continue
            if crew.state == MOVING:
                crew.base = new
                self._set_off(crew)
                continue
            if (crew.x, crew.y) == crew.depot:
                crew.x, crew.y = new.place
            crew.depot = new.place
            self._log_base(crew, new)

    def _log_base(self, crew: Crew, base: Base) -> None:
        self._journal.add(self._env.now, "crew_based", crew=crew.number, place=base.number)

    # -- how ---------------------------------------------------------------------------------------------------

    def _area_of(self, job: int) -> int:
        return self._area[self._book.jobs[job].section]

    def _ask_again(self) -> None:
        """Let crews that found nothing by the old orders ask again."""
        self._tell_holds()
        self.match()

    def _under_way(self, areas: Sequence[int]) -> list[Crew]:
        """Return the crews on the way to or at work on a job in areas."""
        return [
            crew
            for crew in self._crews.values()
            if crew.state == BUSY and self.can_leave(crew) and self._area_of(crew.job) in areas
        ]

    def _break_off(self, crew: Crew, *, keep: bool, detail: str = "") -> None:
        """Take a crew off its job; `keep`: it goes on with work that it had begun as soon as it may."""
        at, job, worked = self._env.now, self._book.jobs[crew.job], np.nan
        pair = None if self._pairs is None else self._pairs.of(job)
        if crew.stay is not None and (pair is None or len(pair.there) == 2):
            (start, stay), main = crew.stay, job if pair is None else pair.main
            other = None if pair is None else next(one for one in pair.there.values() if one is not crew)
            hold, by = self._hold_on(crew, job, other), crew if pair is None else pair.there[main.number]
            worked = max(0.0, at - start - hold.minutes_within(start, at))
            self._left[main.number] += (stay.worked_min - worked) / by.group.time_factor
        self._turn_back(crew, job, worked, detail)
        if pair is not None:
            self._part(crew, job)
            return
        outgoing = self._outgoing.pop(job.number, None)
        if outgoing is crew:  # the crew that was to take over does so
            return
        if outgoing is not None:  # it was to take over: who is still there leaves at once
            self._break_off(outgoing, keep=False)
            self._be_free(outgoing)
            return
        crew.reserved = job.number
        if not keep or job.number not in self._left:
            self._give_back(crew)

    def _be_idle(self, crew: Crew) -> None:
        """Let a crew wait for the next job; one that has a new base goes there first."""
        if crew.base is not None:
            self._set_off(crew)
        else:
            super()._be_idle(crew)

    def _set_off(self, crew: Crew) -> None:
        """Send a crew to its new base; it may be sent to a job when it is there."""
        base = crew.base
        assert base is not None
        crew.state, crew.job, crew.area, crew.homeward = MOVING, -1, -1, None
        crew.depot, crew.base, crew.lodging = base.place, None, None
        x, y = base.place
        minutes = apart_km(x - crew.x, y - crew.y) * self._roads.per_km(self._env.now) + self._roads.mobilise_min
        self._journal.add(self._env.now, "crew_moving", crew=crew.number, place=base.number, value=minutes)
        call = Call(self._env)
        call.callbacks.append(lambda _: self._moved(crew, (x, y)))
        call.come_at(self._env.now + minutes)

    def _moved(self, crew: Crew, there: Place) -> None:
        if crew.state != MOVING or crew.depot != there:
            return  # lost on the way
        crew.x, crew.y = there
        self._journal.add(self._env.now, "crew_moved", crew=crew.number)
        self._be_free(crew)
        self.match()
