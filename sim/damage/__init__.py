"""Damage: strengths and gusts become faults, repair times and hours too windy to work."""

from sim.damage.draw import Drawn, draw
from sim.damage.faults import WORK_CLASSES, Faults, expected_faults, faults
from sim.damage.repair import repair_minutes, stand_downs, tree_minutes

__all__ = [
    "WORK_CLASSES",
    "Drawn",
    "Faults",
    "draw",
    "expected_faults",
    "faults",
    "repair_minutes",
    "stand_downs",
    "tree_minutes",
]
