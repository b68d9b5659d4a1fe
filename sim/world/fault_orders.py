"""Work orders between the hotline and the control room: reports are known once the order desk has handled them."""

from __future__ import annotations

import numpy as np

from sim.grid.network import Network
from sim.hotline import Reports
from sim.hotline.fault_orders import OrderDesk
from sim.scenario.phones import OrderDesk as Settings
from sim.world.control import ControlRoom
from sim.world.journal import Journal
from sim.world.truth import Line


class WorkOrders:
    """The order desk of a run; without people every report is known at once."""

    def __init__(
        self, network: Network, settings: Settings, control: ControlRoom, journal: Journal, line: Line
    ) -> None:
        self._desk = OrderDesk(settings, network.zone) if settings.staff else None
        self._control, self._journal, self._line = control, journal, line
        self._waiting = 0

    def review(self, at: float, reports: Reports) -> Reports:
        """Let the desk work up to a review and return the reports that are known by then."""
        if self._desk is None:
            return reports
        control, journal = self._control, self._journal
        worked = self._desk.work(reports, at, control.beliefs.blocks > 0, control.declared_alive_at)
        if worked.handled:
            journal.add(at, "orders_handled", value=worked.handled)
        if worked.merged:
            journal.add(at, "orders_merged", value=worked.merged)
        if worked.waiting != self._waiting:
            journal.add(at, "orders_waiting", value=worked.waiting)
            self._waiting = worked.waiting
        for end, section, after, orders in worked.urged:
            sections, callers = (np.array(column) for column in list(zip(*orders, strict=True))[1:])
            people = np.unique(np.stack([sections, callers]), axis=1)
            told_at = max(end, at)  # calls have been served up to the review
            journal.later(told_at, "order_urged", section=section, customers=people.shape[1], value=after)
            self._line.rung_up(people[0], people[1], told_at)
        return worked.reports
