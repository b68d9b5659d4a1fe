"""From log and drawn arrays to numbers: free functions, named by the standards."""

from sim.metrics.curves import grid_at
from sim.metrics.further import further_names, measure_names
from sim.metrics.measure import Outcome, measure
from sim.metrics.measures import (
    AREAS,
    COMPLAINTS_BY_CAUSE,
    CURVES,
    GRID_MIN,
    HOURS_BY_STAGE,
    MEASURE_NAMES,
    MEASURES,
    Measure,
    Measures,
)

__all__ = [
    "AREAS", "COMPLAINTS_BY_CAUSE", "CURVES", "GRID_MIN", "HOURS_BY_STAGE", "MEASURES", "MEASURE_NAMES", "Measure", "Measures",
    "Outcome", "further_names", "grid_at", "measure", "measure_names",
]  # fmt: skip
