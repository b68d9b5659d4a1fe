"""Switching: what is known to be broken is cut off, and what can be is fed again before the repair.

The desk works from knowledge alone. At every review it asks anew which parts could be fed, given the outages that are
confirmed and the faults that are known, and has the difference to what is ordered carried out: an operator at the
desk for remote devices, a crew that travels for manual ones. A part is fed again when all operations for it are done.
When nothing stands against it any more, devices and ties go back to how they were built to stand, closing before
opening, so that nobody loses supply over it; manual ones are then operated by the crew that repaired.

Before a zone is patrolled all of it counts as broken; then only the blocks with known faults. Outages that only calls
tell of are left alone.

Whoever leads may order a single tie: closed, it comes before every other way, for as long as a part needs it; opened,
it stays open until it is ordered closed.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import simpy
from numpy.typing import NDArray

from sim.etr import Learner
from sim.scenario.model import Switching
from sim.supply import Blocks, Order, PickUp, SwitchedSupply
from sim.world.book import Job
from sim.world.control import ControlRoom, Outage
from sim.world.journal import Journal
from sim.world.refeeding import Refeeding, is_sure
from sim.world.truth import Truth

IntArray = NDArray[np.int64]
Key = tuple[int, int, tuple[int, ...]]
Process = Generator[simpy.Event, Any, None]
_NO_ORDER = Order()


@dataclass
class Step:
    """A pick-up being carried out: the crews' jobs still to be done, and the event that they are."""

    done: simpy.Event
    jobs: dict[int, Job] = field(default_factory=dict)


class SwitchingDesk:
    """The people who operate devices, and what they have in hand.

    Parameters
    ----------
    beliefs : supply as the control room believes it; what is ordered is ordered in `truth` too.
    """

    def __init__(
        self, env: simpy.Environment, settings: Switching, tree: Blocks, truth: Truth, beliefs: SwitchedSupply,
        control: ControlRoom, learner: Learner, journal: Journal,
    ) -> None:  # fmt: skip
        self._env, self._settings, self._tree, self._truth = env, settings, tree, truth
        self._beliefs, self._control, self._journal = beliefs, control, journal
        self._operators = simpy.Resource(env, settings.operators)
        self._again = Refeeding(settings, tree, beliefs, control, learner)
        gear = tree.switchgear
        self._is_remote: list[bool] = gear.is_remote[tree.head].tolist()
        self._tie_is_remote: list[bool] = gear.tie_is_remote.tolist()
        self._head = tree.head_list
        self._steps: dict[Key, Step] = {}
        self._wanted: dict[Key, PickUp] = {}
        self._keeps_open: set[int] = set()  # what they need open, blocks
        self._keeps_ties: set[int] = set()  # and which ties closed
        self._looked_at: list[PickUp] | None = None  # the plan of which all that is not in effect is being carried out
        self._is_returning = False
        self._opening: dict[int, Step] = {}  # ties being opened on order

    def review(self) -> None:
        """Set going what knowledge now asks for, if something became known since the last time."""
        if self._again.is_stale():
            self._review()

    def _review(self) -> None:
        plan = self._again.plan()
        if plan is not self._looked_at:
            self._want(plan)
        for key, step in list(self._steps.items()):
            if key not in self._wanted:
                self._call_off(step)
        if not self._is_returning and self._to_put_back():
            self._is_returning = True
            self._env.process(self._return())

    def _want(self, plan: list[PickUp]) -> None:
        """Begin what a plan asks for that is neither in effect nor under way.

        The same plan need not be looked at twice: whatever was switched or became known where one of its parts lies would
        have changed it.
        """
        self._looked_at = plan
        self._wanted = {(p.tie, p.into, p.opens): p for p in plan}
        self._keeps_open = set()
        for p in plan:
            self._keeps_open.update(p.opens)
            if p.tie < 0:
                self._keeps_open.discard(p.into)
        self._keeps_ties = {p.tie for p in plan}
        self._let_orders_lapse()
        for key, p in self._wanted.items():
            if key not in self._steps and not self._is_in_effect(p):
                self._begin(key, p)

    def _let_orders_lapse(self) -> None:
        """Forget the ties ordered closed that nothing needs any more."""
        ordered = self._again.ordered & self._keeps_ties
        if ordered != self._again.ordered:
            self._again.ordered = ordered
            self._again.forget()

    def operated(self, job: Job) -> None:
        """Take in that a crew has done a manual operation."""
        for step in (*self._steps.values(), *self._opening.values()):
            if step.jobs.pop(job.number, None) is not None and not step.jobs:
                step.done.succeed()

    # -- what is ordered ---------------------------------------------------------------------------------------

    def may_close(self, tie: int) -> str:
        """Return why closing a tie is not possible by what is known now, empty when it is."""
        if tie in self._opening:
            return "it is being opened on order"
        if any(key[0] == tie for key in self._steps):
            return "it is being closed already"
        if tie in self._beliefs.closed_ties:
            return "it is closed already"
        if any(p.tie == tie for p in self._again.plan_with(tie)):
            return ""
        dark = [block for block in self._tree.ties[tie] if self._beliefs.blocks[self._head[block]] > 0]
        if not dark:
            return "both its ends have supply, and closing it would join two sources"
        if len(dark) == 2:
            return "neither of its ends has supply"
        if not any(is_sure(outage) and self._is_behind(dark[0], outage) for outage in self._control.outages.values()):
            return "no device or crew has confirmed yet that the part behind it is out"
        return "the part behind it cannot be cut off from what may be broken, or is more than it can carry"

    def may_open(self, tie: int) -> str:
        """Return why opening a tie is not possible now, empty when it is."""
        if tie in self._opening:
            return "it is being opened already"
        if tie in self._again.kept_open:
            return "it is open, and stays so, already"
        if tie in self._beliefs.closed_ties and all(key[0] != tie for key in self._wanted):
            return "it is being put back to normal already"
        return ""

    def close_tie(self, tie: int) -> None:
        """Feed what is dark behind a tie through it, before any other way."""
        self._again.kept_open.discard(tie)
        self._again.ordered.add(tie)
        self._again.forget()
        self._review()

    def open_tie(self, tie: int) -> None:
        """Open a tie, or leave it open, until it is ordered closed; a manual one is opened by a crew."""
        self._again.ordered.discard(tie)
        self._again.forget()
        if tie not in self._beliefs.closed_ties:
            self._again.kept_open.add(tie)
            self._review()
            return
        step = self._opening[tie] = Step(self._env.event())
        if not self._tie_is_remote[tie]:
            self._send_crews(step, [int(self._tree.network.tie[tie, 0])])
        self._env.process(self._open(tie, step))

    def _open(self, tie: int, step: Step) -> Process:
        if step.jobs:
            yield step.done
        else:
            yield from self._at_the_desk(self._settings.remote_min)
        del self._opening[tie]
        self._again.kept_open.add(tie)
        self._again.forget()
        if tie in self._beliefs.closed_ties and any(key[0] == tie for key in self._wanted):  # else it goes back as usual
            lost = self._switch(Order(tie_opens=frozenset({tie})))[1]
            self._control.cut_off(lost, self._env.now)
        self._review()

    # -- what is wanted ----------------------------------------------------------------------------------------

    def _is_behind(self, block: int, outage: Outage) -> bool:
        top = int(self._tree.of[outage.head])
        return top <= block < self._tree.end[top]

    def _is_in_effect(self, p: PickUp) -> bool:
        if p.tie >= 0 and p.tie not in self._beliefs.closed_ties:
            return False
        if not self._beliefs.opened.issuperset(p.opens):
            return False
        if p.tie >= 0:
            return True
        outage = self._control.outages.get(self._head[p.into])
        return p.into not in self._beliefs.opened and (outage is None or not outage.is_held)

    def _to_normal(self) -> Order:
        """Return what is opened or closed on order and not wanted any more."""
        if self._beliefs.opened <= self._keeps_open and self._beliefs.closed_ties <= self._keeps_ties:
            return _NO_ORDER
        return Order(
            closes=frozenset(self._beliefs.opened - self._keeps_open),
            tie_opens=frozenset(self._beliefs.closed_ties - self._keeps_ties),
        )

    def _to_put_back(self) -> Order:
        """Return what may go back to normal now: not what feeds a part that a tie on order has still to take over."""
        order, feeder = self._to_normal(), self._tree.feeder
        if not order or not self._again.ordered:
            return order
        taken_over = [p for key, p in self._wanted.items() if p.tie in self._again.ordered and key in self._steps]
        waits = {feeder[block] for p in taken_over for block in p.blocks}
        return Order(
            closes=frozenset(b for b in order.closes if feeder[b] not in waits),
            tie_opens=frozenset(
                tie for tie in order.tie_opens if not any(feeder[block] in waits for block in self._tree.ties[tie])
            ),
        )

    # -- carrying out ------------------------------------------------------------------------------------------

    def _begin(self, key: Key, p: PickUp) -> None:
        """Order all operations of a pick-up: crews to what is manual, the desk for the rest."""
        devices = [b for b in p.opens if not self._beliefs.is_open(b)]
        if p.tie < 0:
            devices.append(p.into)
        n_remote = sum(self._is_remote[b] for b in devices)
        manual = [self._head[b] for b in devices if not self._is_remote[b]]
        if p.tie >= 0 and self._tie_is_remote[p.tie]:
            n_remote += 1
        elif p.tie >= 0:
            manual.append(int(self._tree.network.tie[p.tie, 0]))
        step = self._steps[key] = Step(self._env.event())
        self._send_crews(step, manual)
        self._env.process(self._carry_out(key, p, n_remote))

    def _carry_out(self, key: Key, p: PickUp, n_remote: int) -> Process:
        """Let a pick-up be in force when all is done for it, if it is still wanted then."""
        step = self._steps[key]
        if n_remote:
            yield from self._at_the_desk(n_remote * self._settings.remote_min)
        if step.jobs:
            yield step.done
        del self._steps[key]
        if key in self._wanted:
            self._put_in_force(p)
            self._looked_at = None  # it may not have been allowed
        self._review()

    def _at_the_desk(self, minutes: float) -> Process:
        with self._operators.request() as request:
            yield request
            yield self._env.timeout(minutes)

    def _send_crews(self, step: Step, sections: Iterable[int]) -> None:
        """Order a crew to each place where something must be operated by hand."""
        network, book = self._tree.network, self._control.book
        for section in sections:
            head = int(network.zone[section])
            job = Job(book.new_number(), "switch", -1, head, section, self._env.now, (book.hands["switching"],))
            step.jobs[job.number] = job
            self._journal.add(self._env.now, "job_opened", job=job.number, section=section)
            book.add(job)

    def _call_off(self, step: Step) -> None:
        """Strike off the manual operations that no crew is on the way to yet."""
        for number, job in list(step.jobs.items()):
            if self._control.book.is_waiting(job):
                self._control.book.cancel(job)
                self._journal.add(self._env.now, "job_called_off", job=number, section=job.section)
                del step.jobs[number]
        if not step.jobs and not step.done.triggered:
            step.done.succeed()

    def _put_in_force(self, p: PickUp) -> None:
        order = Order(
            opens=frozenset(p.opens) - self._beliefs.opened,
            closes=frozenset({p.into}) & self._beliefs.opened if p.tie < 0 else frozenset(),
            tie_closes=frozenset({p.tie}) - self._beliefs.closed_ties if p.tie >= 0 else frozenset(),
        )
        if not self._is_allowed(order):  # the part is fed another way that is not wanted any more: change over
            unwanted = self._to_normal()
            order = replace(order, closes=order.closes | unwanted.closes, tie_opens=unwanted.tie_opens)
            if not self._is_allowed(order):
                return
        outage = self._control.outages.get(self._head[p.into]) if p.tie < 0 else None
        fed, _ = self._switch(order, closed=p.into if p.tie < 0 else -1)
        if outage is not None and outage.is_held:
            was_dark = self._beliefs.blocks > 0
            self._journal.add(self._env.now, "outage_cut_off", outage=outage.number, section=outage.head)
            self._control.let_go(outage)
            fed = np.union1d(fed, np.flatnonzero(was_dark & (self._beliefs.blocks == 0)))
        if len(fed):
            self._control.fed_again(fed, self._env.now)

    def _is_allowed(self, order: Order) -> bool:
        """Say whether an order closes no loop, as believed and by the interlocks in the field.

        The interlocks know where devices stand, not where faults are.
        """
        return self._beliefs.allows(order) and self._truth.allows(order)

    def _switch(self, order: Order, closed: int = -1) -> tuple[IntArray, IntArray]:
        """Log an allowed order and let it be in force; return the sections believed fed by it, and those believed cut off.

        `closed` is the block whose device is closed besides, after protection opened it.
        """
        at, add = self._env.now, self._journal.add
        cause = -1
        for block in sorted(order.opens):
            cause = add(at, "device_opened", section=self._head[block])
        for block in sorted(order.closes | ({closed} if closed >= 0 else set())):
            cause = add(at, "device_closed", section=self._head[block])
        for kind, ties in (("tie_closed", order.tie_closes), ("tie_opened", order.tie_opens)):
            for tie in sorted(ties):
                cause = add(at, kind, place=tie, section=int(self._tree.network.tie[tie, 0]))
        fed, lost = self._beliefs.operate(order)
        self._again.touch({*order.opens, *order.closes, *({closed} - {-1})})
        for tie in order.tie_closes | order.tie_opens:
            self._again.touch(self._tree.ties[tie])
        self._truth.switch(order, at, cause)
        return fed, lost

    def _return(self) -> Process:
        """Have devices and ties put back, group by group of joined feeders."""
        order = self._to_normal()
        remote = [*(self._is_remote[b] for b in order.closes), *(self._tie_is_remote[t] for t in order.tie_opens)]
        if any(remote):
            yield from self._at_the_desk(sum(remote) * self._settings.remote_min)
        if not all(remote):
            yield self._env.timeout(self._settings.manual_min)
        self._is_returning = False
        now = self._to_put_back()
        order = Order(closes=order.closes & now.closes, tie_opens=order.tie_opens & now.tie_opens)
        if order and self._is_allowed(order):
            fed, _ = self._switch(order)
            if len(fed):
                self._control.fed_again(fed, self._env.now)
        self._review()
