"""Service standards without a drill: presets as data, when a set of cases keeps a clause, event grades, payments."""

from sim.standards.cases import STATES, Cases, Judged, State, judge, judge_share, state
from sim.standards.grading import LEVELS, graded
from sim.standards.payments import payment
from sim.standards.presets import PRESETS, preset

__all__ = [
    "LEVELS", "PRESETS", "STATES", "Cases", "Judged", "State", "graded", "judge", "judge_share", "payment", "preset",
    "state",
]  # fmt: skip
