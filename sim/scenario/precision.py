"""When enough storms have been drawn."""

from __future__ import annotations

from sim.scenario.fields import Table, param


class Precision(Table):
    """Stopping once the plans' differences are known well enough, or the time is up.

    Without `half_width` and `time_budget_min` the number of storms is `replications`.
    """

    measure: str = param("t95_h", min_length=1, max_length=60, doc="measure whose paired differences are judged")
    half_width: float | None = param(
        None, unit="the measure's unit", gt=0, le=1e15,
        doc="draw storms until the interval of every plan's mean difference from the reference plan reaches at most"
        " this far to either side",
    )  # fmt: skip
    relative: bool = param(False, doc="half_width is a share of the reference plan's mean")
    minimum: int = param(20, unit="storms", ge=2, le=100_000, doc="not judged before so many storms")
    maximum: int = param(200, unit="storms", ge=2, le=100_000, doc="never more storms than this")
    batch: int = param(10, unit="storms", ge=1, le=10_000, doc="judged at multiples of this number only")
    time_budget_min: float | None = param(
        None, unit="min", gt=0, le=100_000,
        doc="draw no further batch that would end later than so long after the first storm's start",
    )  # fmt: skip

    drop_plans: bool = param(
        True,
        doc="where the number of storms is open, play no more of them for a plan that cannot be the best in any judged"
        " measure by what matters (only if `measure` is a judged one)",
    )

    @property
    def is_open(self) -> bool:
        """Whether the number of storms depends on what is found."""
        return self.half_width is not None or self.time_budget_min is not None
