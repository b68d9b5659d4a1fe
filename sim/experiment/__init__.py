"""Replications, plans side by side, intervals, and the check against what happened."""

from sim.experiment.check import CheckRow, check
from sim.experiment.compare import JUDGED, Comparison, ComplaintBand, PairedRow, SummaryRow, compare
from sim.experiment.replicate import Experiment, Replication
from sim.experiment.series import Setting, kept_logs, make_setting, plan_order, play, run, worth_replaying

__all__ = [
    "JUDGED", "CheckRow", "Comparison", "ComplaintBand", "Experiment", "PairedRow", "Replication", "Setting",
    "SummaryRow", "check", "compare", "kept_logs", "make_setting", "plan_order", "play", "run",
    "worth_replaying",
]  # fmt: skip
