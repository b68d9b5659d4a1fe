"""The run folder: written so that a broken run can never look whole."""

from sim.results.folder import FORMAT_VERSION, MANIFEST, MARKER, RunFolder, create, make_empty
from sim.results.read import Run, open_run

__all__ = ["FORMAT_VERSION", "MANIFEST", "MARKER", "Run", "RunFolder", "create", "make_empty", "open_run"]
