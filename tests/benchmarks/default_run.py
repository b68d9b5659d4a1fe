"""`drill run scenarios/typhoon.toml`, from the command to the figures."""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.benchmarks.events import DEFAULT
from tests.benchmarks.timing import seconds, verdict


def main() -> None:
    """Time and print."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    call = "import sys; from sim.cli import main; main()"
    with tempfile.TemporaryDirectory() as folder:
        out = str(Path(folder) / "run")
        command = [sys.executable, "-c", call, "run", str(DEFAULT), "--quiet", "--out", out]
        taken = seconds(lambda: subprocess.run(command, check=True, stderr=subprocess.DEVNULL))
        n_files = sum(1 for path in Path(out).rglob("*") if path.is_file())
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    busy = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(f"drill run {DEFAULT.name}: {taken:.1f} s, {n_files} files ({verdict(taken, 60)})")
    print(f"processor time {busy:.1f} s; with the cores to itself it could not take less than {busy / 2:.1f} s on two")


if __name__ == "__main__":
    main()
