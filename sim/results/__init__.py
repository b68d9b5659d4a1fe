"""The run folder: written so that a broken run can never look whole."""

from sim.results.again import data_file, network_of, setting_of
from sim.results.folder import FORMAT_VERSION, MANIFEST, MARKER, RunFolder, create, make_empty, write_tables
from sim.results.read import Run, open_run
from sim.results.storms_tables import storms_tables
from sim.results.study import StudyFolder, study
from sim.results.sweep_tables import sweep_tables
from sim.results.target_table import target_table
from sim.results.together import Difference, Together, together

__all__ = [
    "FORMAT_VERSION", "MANIFEST", "MARKER", "Difference", "Run", "RunFolder", "StudyFolder", "Together", "create",
    "data_file", "make_empty", "network_of", "open_run", "setting_of", "storms_tables", "study",
    "sweep_tables", "target_table", "together", "write_tables",
]  # fmt: skip
