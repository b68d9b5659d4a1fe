"""Damage: strengths and gusts become faults, repair times and hours too windy to work."""

from sim.damage.draw import Drawn, draw
from sim.damage.faults import POLE, WORK_CLASSES, Faults, expected_faults, faults
from sim.damage.further import band, by_band, joined, laid_down, too_windy
from sim.damage.live import OnLiveLines, on_live_lines
from sim.damage.repair import repair_minutes, stand_downs, tree_minutes
from sim.damage.supply_points import SourceLoss, joined_spans, source_losses
from sim.damage.tasks import Tasks, tasks

__all__ = [
    "POLE",
    "WORK_CLASSES",
    "Drawn",
    "Faults",
    "OnLiveLines",
    "SourceLoss",
    "Tasks",
    "band",
    "by_band",
    "draw",
    "expected_faults",
    "faults",
    "joined",
    "joined_spans",
    "laid_down",
    "on_live_lines",
    "repair_minutes",
    "source_losses",
    "stand_downs",
    "tasks",
    "too_windy",
    "tree_minutes",
]
