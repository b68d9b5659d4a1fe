"""Peak memory and time per extra million customers: the city with the same lines and faults and fuller sections."""

from __future__ import annotations

import json
import subprocess
import sys

from tests.benchmarks.timing import spread, verdict

MILLIONS = (1, 2, 4)
_CHILD = """
import json, resource, sys, time
from sim.metrics.measure import measure
from sim.world import run
from tests.benchmarks import scene
drawn = scene.drawn(int(sys.argv[1]))
plan = scene.plan(drawn.scenario)
start = time.perf_counter()
outcome = run(drawn, plan)
taken = time.perf_counter() - start
played = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
measure(outcome, drawn, plan)
measured = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps([taken, played / 1024, measured / 1024, len(outcome.calls)]))
"""


def main(rounds: int = 3) -> None:
    """Time each size in a process of its own, interleaved, and print."""
    seen: dict[int, list[list[float]]] = {size: [] for size in MILLIONS}
    for _ in range(rounds):
        for size in MILLIONS:
            command = [sys.executable, "-c", _CHILD, str(size * 1_000_000)]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            seen[size].append(json.loads(done.stdout))
    for size, rows in seen.items():
        columns = list(zip(*rows, strict=True))
        print(f"{size} million: {spread(columns[0])} s, {columns[3][0]:,.0f} calls, peak MB played"
              f" {spread(columns[1], '.0f')}, measured {spread(columns[2], '.0f')}")  # fmt: skip
    for column, name in ((1, "to play"), (2, "to play and measure")):
        extra = [(b[column] - a[column]) / 3 for a, b in zip(seen[1], seen[4], strict=True)]
        print(f"MB per extra million {name}: {spread(extra, '.0f')} ({verdict(sorted(extra)[len(extra) // 2], 50)})")
    slower = sorted(b[0] / a[0] for a, b in zip(seen[1], seen[4], strict=True))
    print(f"time of four million / one million: {spread(slower)}")


if __name__ == "__main__":
    main()
