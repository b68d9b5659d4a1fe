"""Replications, plans side by side, intervals, and the check against what happened."""

from sim.experiment.chances import BestRow, PercentileRow, best_plans, percentiles
from sim.experiment.check import CheckRow, check
from sim.experiment.compare import JUDGED, Comparison, ComplaintBand, PairedRow, SummaryRow, compare
from sim.experiment.depots import DepotUse, depot_uses
from sim.experiment.replicate import Experiment, Replication
from sim.experiment.series import (
    Kept,
    Setting,
    kept_again,
    make_setting,
    plan_order,
    play,
    play_kept,
    run,
    worth_replaying,
)
from sim.experiment.stopping import Enough, Growth, GrowthRow, growth
from sim.experiment.storms import classes, regret, storm_of
from sim.experiment.sweep import (
    Scores,
    Sweep,
    design,
    enough,
    gather,
    gather_scores,
    play_points,
    score,
    seconds_per_play,
)
from sim.experiment.target import Case, Goal, Target, find, most_tried, read_goal
from sim.experiment.tornado import (
    Assumption,
    Tornado,
    Variant,
    assumptions,
    leaders,
    score_all_task,
    score_task,
    tornado,
    variants,
)

__all__ = [
    "JUDGED", "Assumption", "BestRow", "Case", "CheckRow", "Comparison", "ComplaintBand", "DepotUse", "Enough", "Experiment",
    "Goal", "Growth", "GrowthRow", "Kept", "PairedRow", "PercentileRow", "Replication", "Scores", "Setting", "SummaryRow",
    "Sweep", "Target", "Tornado", "Variant", "assumptions", "best_plans", "check", "classes", "compare", "depot_uses",
    "design", "enough", "find", "gather", "gather_scores", "growth", "kept_again", "leaders", "make_setting",
    "most_tried", "percentiles", "plan_order", "play", "play_kept", "play_points", "read_goal", "regret", "run", "score",
    "score_all_task", "score_task", "seconds_per_play", "storm_of", "tornado", "variants", "worth_replaying",
]  # fmt: skip
