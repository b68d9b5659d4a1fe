"""What feeds the substations, and how the storm may take it away."""

from __future__ import annotations

from sim.scenario.fields import Table, param


class Subtransmission(Table):
    """Substations and the lines that feed them: each one strength against the gust, lost and given back as a whole.

    They are mended by their own people, not by the crews of the plan, once the wind lets anybody work there.
    """

    line_median_mps: float | None = param(
        None, unit="m/s", gt=0, le=200, cause="environment",
        doc="median gust at which a line that feeds substations is lost with all of its circuits; empty: none is",
    )  # fmt: skip
    substation_median_mps: float | None = param(
        None, unit="m/s", gt=0, le=200, cause="environment",
        doc="median gust at which a substation itself is lost; empty: none is",
    )  # fmt: skip
    log_sd: float = param(
        0.15,
        unit="log",
        grade="X",
        low=0.1,
        high=0.3,
        ge=0,
        le=1,
        cause="environment",
        doc="log spread of both strengths",
    )
    substations_per_line: int = param(
        3, unit="substations", grade="X", low=1, high=6, ge=1, le=100, cause="technology",
        doc="neighbouring substations that hang on one line",
    )  # fmt: skip
    restore_h: float = param(
        12.0, unit="h", grade="X", low=4, high=48, gt=0, le=1000, cause="environment",
        doc="median time until supply is back, counted from when the wind lets people work",
    )  # fmt: skip
    restore_log_sd: float = param(
        0.6, unit="log", grade="X", low=0.3, high=1, ge=0, le=2.5, cause="environment", doc="log spread of that time"
    )
