"""The run folder: written so that a broken run can never look whole, and an interrupted one can go on."""

from sim.results.again import data_file, otherwise, picked, setting_of
from sim.results.branches import Branch, branches, check_name, lineage, same_storm, write_branch
from sim.results.folder import MARKER, RunFolder, create, make_empty, resume, write_tables
from sim.results.manifest import FORMAT_VERSION, MANIFEST, Request, read_manifest
from sim.results.read import Run, open_run
from sim.results.risk_history import HISTORY, keep, read_history
from sim.results.storms_tables import storms_tables
from sim.results.study import StudyFolder, study
from sim.results.sweep_tables import sweep_tables
from sim.results.target_table import target_table
from sim.results.together import Difference, Together, together
from sim.results.tornado_table import tornado_table

__all__ = [
    "FORMAT_VERSION", "HISTORY", "MANIFEST", "MARKER", "Branch", "Difference", "Request", "Run", "RunFolder", "StudyFolder",
    "Together", "branches", "check_name", "create", "data_file", "keep", "lineage", "make_empty", "open_run",
    "otherwise", "picked", "read_history", "read_manifest", "resume", "same_storm", "setting_of", "storms_tables", "study",
    "sweep_tables",
    "target_table", "together", "tornado_table", "write_branch", "write_tables",
]  # fmt: skip
