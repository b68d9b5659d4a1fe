"""A Dask cluster of this machine against the process pool: the whole job, from start to the last result; same bytes.

    python -m tests.benchmarks.cluster 200    # replications; the goal is stated for 200, and is harder for fewer
"""

from __future__ import annotations

import statistics
import sys

from sim import experiment
from sim.cli.inputs import prepare
from sim.experiment.cluster import connect
from sim.scenario import read
from tests.benchmarks.events import DEFAULT
from tests.benchmarks.timing import interleaved, ratios, spread, verdict
from tests.benchmarks.workers import digest

PLANS, WORKERS = 4, 2


def main(n: int = 24, rounds: int = 2) -> None:
    """Time and print."""
    loaded = read(DEFAULT)
    network, track = prepare(loaded)
    plans = experiment.plan_order(loaded.scenario)[:PLANS]
    setting = experiment.make_setting(loaded.scenario, network, track, plans)
    digests: set[str] = set()

    def pool() -> None:
        digests.add(digest(experiment.run(setting, n, WORKERS)))

    def cluster() -> None:
        with connect("local", WORKERS) as engine:
            digests.add(digest(experiment.run(setting, n, engine=engine)))

    taken = interleaved({"pool": pool, "cluster": cluster}, rounds)
    slower = ratios(taken["cluster"], taken["pool"])
    print(f"{n} replications of {PLANS} plans, {WORKERS} workers: pool {spread(taken['pool'])} s")
    print(f"cluster {spread(taken['cluster'])} s, with its start and end")
    print(f"cluster / pool: {spread(slower)} ({verdict(statistics.median(slower), 1.25)})")
    print(f"results: {'the same bytes' if len(digests) == 1 else 'DIFFERENT BYTES'}")


if __name__ == "__main__":
    main(*(int(text) for text in sys.argv[1:2]))
