"""Two processes against one on replications of four plans of the default scenario: speed, and the same bytes.

    python -m tests.benchmarks.workers 200    # replications; the goal is stated for 200, and is harder for fewer
"""

from __future__ import annotations

import hashlib
import statistics
import sys
from multiprocessing import get_context

from sim import experiment
from sim.cli.inputs import prepare
from sim.experiment import Experiment
from sim.scenario import read
from tests.benchmarks.events import DEFAULT
from tests.benchmarks.timing import interleaved, ratios, spread, verdict

PLANS = 4


def digest(played: Experiment) -> str:
    """Return a hash of all values and curves."""
    out = hashlib.sha256(played.values.tobytes() + played.censored.tobytes() + played.observed_out.tobytes())
    for table in (played.curves, played.areas):
        for name, array in table.items():
            out.update(name.encode() + array.tobytes())
    return out.hexdigest()


def _count(n: int) -> int:
    total = 0
    for i in range(n):
        total += i & 7
    return total


def _burn(jobs: int) -> None:
    """Do the same plain counting four times, in one process or in several: what the machine itself can give."""
    work = [10_000_000] * 4
    if jobs == 1:
        for n in work:
            _count(n)
        return
    with get_context("fork").Pool(jobs) as pool:
        pool.map(_count, work, chunksize=1)


def main(n: int = 8, rounds: int = 3) -> None:
    """Time and print."""
    loaded = read(DEFAULT)
    network, track = prepare(loaded)
    plans = experiment.plan_order(loaded.scenario)[:PLANS]
    setting = experiment.make_setting(loaded.scenario, network, track, plans)
    digests: set[str] = set()

    def play(jobs: int) -> None:
        digests.add(digest(experiment.run(setting, n, jobs)))

    works = {
        "one": lambda: play(1), "two": lambda: play(2), "count in one": lambda: _burn(1), "count in two": lambda: _burn(2),
    }  # fmt: skip
    taken = interleaved(works, rounds)
    faster, machine = ratios(taken["one"], taken["two"]), ratios(taken["count in one"], taken["count in two"])
    print(f"{n} replications of {PLANS} plans: one {spread(taken['one'])} s, two {spread(taken['two'])} s")
    print(
        f"two workers / one: {spread(faster)} times as fast ({verdict(statistics.median(faster), 1.9, at_least=True)})"
    )
    print(f"plain counting in two processes / one: {spread(machine)}: what this machine gives at best just now")
    print(f"results: {'the same bytes' if len(digests) == 1 else 'DIFFERENT BYTES'}")


if __name__ == "__main__":
    main(*(int(text) for text in sys.argv[1:2]))
