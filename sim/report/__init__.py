"""The report: figures with their data, one page, the answer in words, tables for the terminal."""

from sim.report.answer import answer
from sim.report.branch import SHOWN, Fork, fork_json, new_said, print_fork, print_tree, tree_json, write_fork
from sim.report.inputs import RADIUS_FACTORS, Inputs, inputs_of
from sim.report.material import Material, WorstHour, median_replication, worst_hour
from sim.report.risk import print_register, register_json
from sim.report.risk_causes import print_causes
from sim.report.risk_history import Past, print_history
from sim.report.risk_page import write_register
from sim.report.storms import ByStorm, print_storms, storms_json, write_storms
from sim.report.sweep import print_sweep, sweep_json, write_sweep
from sim.report.target import print_target, target_json, write_target
from sim.report.terminal import as_text, print_result
from sim.report.tornado import print_tornado, tornado_json, write_tornado
from sim.report.treatments import print_treatments
from sim.report.write import (
    Written,
    as_json,
    get_ready,
    write,
    write_comparison,
    write_grid_figure,
    write_inputs,
    write_report,
)

__all__ = [
    "RADIUS_FACTORS",
    "SHOWN",
    "ByStorm",
    "Fork",
    "Inputs",
    "Material",
    "Past",
    "WorstHour",
    "Written",
    "answer",
    "as_json",
    "as_text",
    "fork_json",
    "get_ready",
    "inputs_of",
    "median_replication",
    "new_said",
    "print_causes",
    "print_fork",
    "print_history",
    "print_register",
    "print_result",
    "print_storms",
    "print_sweep",
    "print_target",
    "print_tornado",
    "print_treatments",
    "print_tree",
    "register_json",
    "storms_json",
    "sweep_json",
    "target_json",
    "tornado_json",
    "tree_json",
    "worst_hour",
    "write",
    "write_comparison",
    "write_fork",
    "write_grid_figure",
    "write_inputs",
    "write_register",
    "write_report",
    "write_storms",
    "write_sweep",
    "write_target",
    "write_tornado",
]
