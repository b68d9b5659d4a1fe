"""What may fail in the control centre while the storm blows, by chance and whatever the plan."""

from __future__ import annotations

from sim.scenario.fields import Table, param


class Mishaps(Table):
    """Failures of phones, outage map and notices, each at most once in a storm."""

    phones_probability: float = param(
        0.0, unit="probability", ge=0, le=1, cause="technology",
        doc="chance that telephone lines fail in a storm; 0: they do not",
    )  # fmt: skip
    phones_left_fraction: float = param(
        0.2, unit="fraction", grade="X", low=0.0, high=0.5, ge=0, le=1, cause="technology",
        doc="share of the lines that work then, at least one",
    )  # fmt: skip
    map_probability: float = param(
        0.0, unit="probability", ge=0, le=1, cause="technology",
        doc="chance that the outage map fails in a storm; 0: it does not",
    )  # fmt: skip
    notices_probability: float = param(
        0.0, unit="probability", ge=0, le=1, cause="technology",
        doc="chance that the system that sends notices fails in a storm; 0: it does not",
    )  # fmt: skip
    within_h: float = param(
        48.0, unit="h", grade="X", low=12, high=96, gt=0, le=1000,
        doc="a failure begins at an instant by chance, so long after landfall at most",
    )  # fmt: skip
    for_h: float = param(4.0, unit="h", grade="X", low=1, high=12, gt=0, le=500, doc="and lasts so long")
