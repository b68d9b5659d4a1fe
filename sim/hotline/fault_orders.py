"""The order desk: every report of an outage makes a work order, and a few people handle them one after the other.

What a report says is known once its order has been handled. Most orders repeat an earlier one: they are about a zone
believed dark already, or about one with an order on file. With merging such an order is put to the earlier one in a
moment; without, it is handled like any other, and reports of new outages wait behind it. An order still open after a
set time is urged: the desk finds out how things stand and rings up its customer, and with merging all customers whose
orders were put to it hear the same, for the work of one.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from heapq import heappop, heappush, heapreplace
from math import inf

import numpy as np
from numpy.typing import NDArray

from sim.hotline.batch import FloatArray, IntArray
from sim.hotline.hotline import Reports
from sim.scenario.phones import OrderDesk as Settings
from sim.units import MIN_PER_H

Order = tuple[float, int, int]
"""Minute at which it was made, section, caller."""


@dataclass(slots=True)
class _File:
    """Orders put together, the first one at the front."""

    orders: list[Order]


@dataclass
class Worked:
    """What the desk did since it was last asked.

    reports : those whose orders have been handled, dated by the end of that. handled, merged : numbers of orders handled
    like a first one, and merged. urged : (minute, section of the first order, minutes since it was made, its customers)
    of every order urged. waiting : orders that nobody has taken up yet.
    """

    reports: Reports
    handled: int = 0
    merged: int = 0
    urged: list[tuple[float, int, float, list[Order]]] = field(default_factory=list)
    waiting: int = 0


class OrderDesk:
    """People who handle work orders and urge overdue ones, whatever has waited longest first.

    Parameters
    ----------
    settings : at least one person. zone : zone head of each section, (n_sections,).
    """

    def __init__(self, settings: Settings, zone: IntArray) -> None:
        self._settings, self._zone = settings, zone.tolist()
        self._free = [0.0] * settings.staff
        self._new: deque[Order] = deque()
        self._due: list[tuple[float, int, _File]] = []  # when to be urged; a number that breaks ties
        self._on_file: dict[int, tuple[float, _File]] = {}  # by zone: when last put on file, and with which orders
        self._done: list[Order] = []  # heap of reports by when they are known
        self._n = 0

    def work(self, reports: Reports, to: float, is_dark: NDArray[np.bool_], alive_at: FloatArray) -> Worked:
        """Handle what is there up to `to`, with what was known at the last review.

        Parameters
        ----------
        reports : new ones, in order of time. is_dark : (n_sections,) believed dark.
        alive_at : (n_sections,) minute at which a section was last declared to have supply, -inf for never; orders made
            before it are closed.
        """
        self._new.extend(zip(reports.at.tolist(), reports.section.tolist(), reports.caller.tolist(), strict=True))
        out = Worked(reports)
        while True:
            new_at, due_at = self._new[0][0] if self._new else inf, self._due[0][0] if self._due else inf
            start = max(min(new_at, due_at), self._free[0])
            if start >= to:
                break
            if new_at <= due_at:
                self._handle(self._new.popleft(), start, is_dark, alive_at, out)
            else:
                self._urge(heappop(self._due)[2], start, alive_at, out)
        out.reports, out.waiting = self._known(to), len(self._new)
        return out

    def _handle(
        self, order: Order, start: float, is_dark: NDArray[np.bool_], alive_at: FloatArray, out: Worked
    ) -> None:
        at, section, caller = order
        zone, desk = self._zone[section], self._settings
        is_over = at <= alive_at[section]
        filed_at, file = self._on_file.get(zone, (-inf, None))
        on_file = file if filed_at > alive_at[section] else None
        merges = desk.merging and (is_over or on_file is not None or bool(is_dark[section]))
        end = start + (desk.merge_min if merges else desk.handle_min)
        heapreplace(self._free, end)
        if merges:
            out.merged += 1
        else:
            out.handled += 1
        if is_over:
            return
        heappush(self._done, (end, section, caller))
        if merges and on_file is not None:
            on_file.orders.append(order)
            return
        new = _File([order])
        self._on_file[zone] = start, new
        if desk.urge_after_h:
            self._n += 1
            heappush(self._due, (at + desk.urge_after_h * MIN_PER_H, self._n, new))

    def _urge(self, file: _File, start: float, alive_at: FloatArray, out: Worked) -> None:
        """Ring up the customers of an order that is still open; a closed one costs nothing."""
        still_open = [order for order in file.orders if order[0] > alive_at[order[1]]]
        if not still_open:
            return
        end = start + self._settings.urge_min
        heapreplace(self._free, end)
        made_at, section, _ = file.orders[0]
        out.urged.append((end, section, start - made_at, still_open))

    def _known(self, to: float) -> Reports:
        known: list[Order] = []
        while self._done and self._done[0][0] < to:
            known.append(heappop(self._done))
        at, section, caller = zip(*known, strict=True) if known else ((), (), ())
        return Reports(np.array(at, np.float64), np.array(section, np.int64), np.array(caller, np.int64))
