"""What the control room knows at this moment, as the numbers that conditions may name."""

from __future__ import annotations

from collections.abc import Callable

from sim.grid.network import Network
from sim.scenario.model import Scenario
from sim.units import MIN_PER_H
from sim.world.control import ControlRoom
from sim.world.crews import BUSY, IDLE, MOVING, Group
from sim.world.promises import Promises


class Known:
    """Known quantities by name, worked out when asked for; the names are those of `sim.scenario.conditions`.

    Attributes
    ----------
    at : minute of the review. n_calls : calls that got through since the one before.
    """

    def __init__(
        self, network: Network, settings: Scenario, control: ControlRoom, promises: Promises, groups: list[Group]
    ) -> None:
        self._control, self._promises, self._groups = control, promises, groups
        self._n_customers, self._landfall_at = network.n_customers, settings.landfall_at
        self.at, self.n_calls = 0.0, 0
        self.quantities: dict[str, Callable[[], float]] = {
            "out_fraction": lambda: self._out() / self._n_customers,
            "customers_out": self._out,
            "outages": lambda: len(control.outages),
            "faults_open": lambda: sum(control.book.known_open),
            "jobs_waiting": lambda: sum(table.n for table in control.book.tables.values()),
            "critical_out": lambda: control.backups.n_dark,
            "crews_on_duty": lambda: self._crews(IDLE, BUSY, MOVING),
            "crews_idle": lambda: self._crews(IDLE),
            "aid_crews": lambda: sum(len(g.crews) for g in groups if g.place >= 0 and g.is_there),
            "calls_last_review": lambda: self.n_calls,
            "hours_after_landfall": lambda: (self.at - self._landfall_at) / MIN_PER_H,
        }

    def __call__(self, name: str) -> float:
        """Return the present value of a quantity."""
        return float(self.quantities[name]())

    def _out(self) -> float:
        return float(self._promises.believed_out().sum())

    def _crews(self, *states: int) -> int:
        return sum(crew.state in states for group in self._groups for crew in group.crews)
