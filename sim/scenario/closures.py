"""Roads that are closed for a time, and islands that only a ferry leads to."""

from __future__ import annotations

from sim.scenario.fields import Table, param
from sim.scenario.instants import Clock, Instant
from sim.scenario.utility import Names


class Closure(Table):
    """Areas that no crew comes into or out of for a time; those inside go on working there.

    With a wind limit or sailing times it is a ferry: closed in the wind, and outside those times, else open.
    """

    areas: Names = param((), names="area", doc="areas that are cut off")
    west: float | None = param(
        None, unit="deg", ge=-180, le=180, doc="or all areas whose middle lies east of this longitude,"
    )
    south: float | None = param(None, unit="deg", ge=-90, le=90, doc="north of this latitude,")
    east: float | None = param(None, unit="deg", ge=-180, le=180, doc="west of this longitude")
    north: float | None = param(None, unit="deg", ge=-90, le=90, doc="and south of this latitude")
    depots: Names = param((), names="depot", doc="depots that lie inside: their crews reach these areas all the time")
    closed_from: Instant = param("T+0h", doc="instant from which it holds")
    open_at: Instant | None = param(None, doc="instant at which the roads are open again; empty: never, for ferries")
    ferry_wind_limit_mps: float | None = param(
        None, unit="m/s", gt=0, le=60, cause="environment",
        doc="a ferry: it sails up to this 10-minute mean wind in the areas, and not before the last of it is over",
    )  # fmt: skip
    ferry_from: Clock | None = param(
        None, doc="a ferry: local clock time from which it sails each day; empty: at all hours"
    )
    ferry_until: Clock | None = param(None, doc="a ferry: local clock time until which it sails each day")
    enabled: bool = param(True, doc="false removes the closure")

    @property
    def rectangle(self) -> tuple[float | None, float | None, float | None, float | None]:
        """West, south, east and north."""
        return self.west, self.south, self.east, self.north

    @property
    def is_ferry(self) -> bool:
        """Whether it is open at times while it holds."""
        return self.ferry_wind_limit_mps is not None or self.ferry_from is not None
