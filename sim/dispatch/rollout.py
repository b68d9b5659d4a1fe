"""Rollout: an index rule improved by simulating ahead on what is known (Bertsekas, Tsitsiklis and Wu 1997).

Whenever a crew asks, the jobs that the index rule ranks first are put in the rule's order and given to the crew and
the other crews in the order in which these are expected to be free. What that costs, customers times minutes until
everything known above and around them is mended, is compared with every order in which two of the jobs are exchanged
or one of them is moved; the best one is taken, and so on until none is better or the budget is used up. The crew gets
the first job of the order that is left. The next time the course is simulated anew, on what is known by then.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
from numpy.typing import NDArray

from sim.dispatch.view import Outlook, View

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Rule = Callable[[View], FloatArray]

_LEAST_GAIN = 1e-9  # relative; smaller gains are rounding


class Rollout:
    """An index rule improved by look-ahead.

    Parameters
    ----------
    base : the index rule. steps : the budget of one decision: how many times a job may be given to a crew in all
    simulated courses together. It also bounds how many jobs are looked at: as many as leave room for one round.
    """

    def __init__(self, base: Rule, steps: int) -> None:
        self._base, self._steps = base, steps
        self._window = 1
        while n_moves(self._window + 1) * (self._window + 1) <= steps:
            self._window += 1

    def __call__(self, view: View) -> FloatArray:
        """Score by the index rule, but the job that looking ahead puts first above all."""
        scores = self._base(view)
        look = view.outlook
        if look is None:
            return scores
        rows = _first_rows(scores, view, self._window)
        if len(rows) < 2:
            return scores
        out = scores.copy()
        out[rows[_Ahead(view, look, rows).first(self._steps)]] = np.inf
        return out


def n_moves(n: int) -> int:
    """Return the number of other orders that n jobs have by an exchange of two or a move of one."""
    return n * (n - 1) // 2 + max(0, (n - 1) * (n - 2))


def _first_rows(scores: FloatArray, view: View, n: int) -> IntArray:
    """Return the n rows with the highest scores that the crew may take, best first; among equals the oldest job."""
    rows = np.flatnonzero(view.may & (scores > -np.inf))
    if len(rows) > n:
        rows = rows[np.argpartition(-scores[rows], n - 1)[:n]]
    return rows[np.lexsort((view.job[rows], -scores[rows]))]


class _Ahead:
    """What can be simulated of some jobs: crews, ways, times, and who is back when. Minutes from now.

    With n jobs, c crews (the asking one first) and z zones: `_free` (c,) when each crew is free, `_legs` (c + n, n)
    travel and work from each crew's place or job to each job, `_needs` (z, n) 1 where a zone's customers need a job,
    `_floor` (z,) until when other work keeps them dark, `_customers` (z,).
    """

    def __init__(self, view: View, look: Outlook, rows: IntArray) -> None:
        asking, n = view.asking, len(rows)
        x, y, work = view.x[rows], view.y[rows], view.expected_min[rows]
        others = look.others[: n - 1]
        self._free = np.array([0.0, *(max(0.0, at - view.now) for at, _, _ in others)])
        from_x = np.concatenate(([asking.x], [o[1] for o in others], x))
        from_y = np.concatenate(([asking.y], [o[2] for o in others], y))
        way = np.hypot(from_x[:, None] - x, from_y[:, None] - y)
        self._legs = way * asking.min_per_km + (asking.mobilise_min + work)
        self._zones(view.head[rows].tolist(), view.job[rows].tolist(), look, view.now)

    def first(self, steps: int) -> int:
        """Return which job comes first in the best order found within a budget of steps."""
        n = self._legs.shape[1]
        moves = _moves(n)
        order: IntArray = np.arange(n)
        cost = float(self._costs(order[None])[0])
        left = steps
        while left >= moves.size:
            left -= moves.size
            tried = order[moves]
            costs = self._costs(tried)
            best = int(costs.argmin())
            if costs[best] >= cost * (1 - _LEAST_GAIN):
                break
            order, cost = tried[best], float(costs[best])
        return int(order[0])

    def _zones(self, heads: list[int], jobs: list[int], look: Outlook, now: float) -> None:
        """Find out which jobs each zone's customers need, what else keeps them dark, and how many they are.

        The zones are those of the jobs, and those below them in which others are at work: their customers wait for both.
        """
        jobs_of: dict[int, list[int]] = {}
        for i, head in enumerate(heads):
            jobs_of.setdefault(head, []).append(i)
        zones = sorted({*jobs_of, *(below for head in jobs_of for below in look.busy_below(head))})
        at = {head: z for z, head in enumerate(zones)}
        mine = frozenset(jobs)
        pending: dict[int, float] = {}
        self._needs = np.zeros((len(zones), len(heads)))
        self._customers = np.array([look.behind[head] for head in zones], float)
        self._floor = np.zeros(len(zones))
        far = float(self._legs.mean(axis=0).sum())  # about as long as one crew would be busy with all of them
        for z, head in enumerate(zones):
            above, is_nearest = head, True
            while above >= 0:
                if above not in pending:
                    pending[above] = min(look.pending_at(above, mine) - now, far)
                self._floor[z] = max(self._floor[z], pending[above])
                self._needs[z, jobs_of.get(above, ())] = 1.0
                if above != head and above in at and is_nearest:
                    self._customers[at[above]] -= look.behind[head]
                    is_nearest = False
                above = look.upper[above]

    def _costs(self, orders: IntArray) -> FloatArray:
        """Return the customer-minutes of some orders (m, n), (m,)."""
        done = self._done_alone(orders) if len(self._free) == 1 else self._done(orders)
        back = np.maximum((done[:, None, :] * self._needs).max(axis=2), self._floor)
        return np.asarray(back @ self._customers)

    def _done_alone(self, orders: IntArray) -> FloatArray:
        """Return when one crew has done each job, (m, n), job by job."""
        m, n = orders.shape
        come_from = np.zeros((m, n), np.int64)
        come_from[:, 1:] = orders[:, :-1] + 1
        done = np.empty((m, n))
        np.put_along_axis(done, orders, self._legs[come_from, orders].cumsum(axis=1), axis=1)
        return done

    def _done(self, orders: IntArray) -> FloatArray:
        """Return when each job is done, (m, n): whoever is free first takes the next one of the order."""
        m, n = orders.shape
        n_crews, rows = len(self._free), np.arange(m)
        free = np.tile(self._free, (m, 1))
        place = np.tile(np.arange(n_crews), (m, 1))
        done = np.empty((m, n))
        for i in range(n):
            job, crew = orders[:, i], free.argmin(axis=1)
            at = free[rows, crew] + self._legs[place[rows, crew], job]
            done[rows, job] = at
            free[rows, crew] = at
            place[rows, crew] = n_crews + job
        return done


@cache
def _moves(n: int) -> IntArray:
    """Return the orders of n places that one exchange or move makes, (n_moves(n), n)."""
    out: dict[tuple[int, ...], None] = {}
    for i in range(n):
        for j in range(i + 1, n):
            order = list(range(n))
            order[i], order[j] = order[j], order[i]
            out[tuple(order)] = None
    for i in range(n):
        for j in range(n):
            order = list(range(n))
            order.insert(j, order.pop(i))
            if i != j:
                out[tuple(order)] = None
    return np.array(list(out), np.int64).reshape(-1, n)
