"""The hotline alone: 300,000 calls with redials, in plain Python and with the extra `fast`, against the kernel.

The kernel is the compiled loop over all calls in one go, with the same draws. The others advance in slices of
15 min. A desk that many callers cannot get through to: four in ten calls are redials.
"""

from __future__ import annotations

import statistics
from unittest.mock import patch

import numpy as np

from sim import rng
from sim.hotline import CallRecords, Redial, alone, compiled, exponential, queue, run_alone
from sim.hotline.batch import Given, Rules
from sim.hotline.occupied import Occupied
from tests.benchmarks.timing import interleaved, ratios, spread, verdict

N, AGENTS, LINES, PER_MIN = 186_000, 150, 260, 60.0
SERVICE, PATIENCE, AGAIN = exponential(4.0), exponential(3.0), Redial(0.5, 0.8, 10.0)


def _arrivals() -> np.ndarray:
    return np.cumsum(rng.exponentials(1, 0, "benchmark.gap", np.arange(N))) / PER_MIN


def _alone(first: np.ndarray, slice_min: float = 15.0) -> CallRecords:
    return run_alone(first, SERVICE, PATIENCE, staffing=AGENTS, lines=LINES, redial=AGAIN, slice_min=slice_min)


def _plain(first: np.ndarray) -> CallRecords:
    with patch.object(compiled, "is_there", lambda: False):
        return _alone(first)


def _kernel(first: np.ndarray) -> int:
    """Run the kernel over all calls and return the number of calls made."""
    state = Occupied([-np.inf], [AGENTS])
    state.free_at.extend([0.0] * N)
    draws = alone.KeyedDraws((0, "hotline.alone"), SERVICE, PATIENCE, AGAIN.delay_min, 0.0)
    given = Given(first, np.arange(N), np.zeros(N, np.int64), np.zeros(N, bool), np.full(N, np.inf))
    rules = Rules(LINES, 0.0, AGAIN.after_abandon, AGAIN.after_busy)
    fates = compiled.run(state, given, draws, AGAIN.after_abandon, np.inf, rules).fates
    return int(np.count_nonzero(fates.result >= 0))


def main(rounds: int = 9) -> None:
    """Time and print."""
    first = _arrivals()
    with patch.object(queue, "_WORTH_COMPILED", 0):
        fast, plain = _alone(first), _plain(first)
    for name in CallRecords.__dataclass_fields__:
        assert getattr(fast, name).tobytes() == getattr(plain, name).tobytes(), name
    assert _kernel(first) == len(plain.at)
    print(f"{len(plain.at):,} calls, {np.mean(plain.attempt > 0):.0%} of them redials; the same records, bit for bit")
    works = {"kernel": lambda: _kernel(first), "fast": lambda: _alone(first), "plain": lambda: _plain(first)}
    taken = interleaved(works, rounds)
    print("seconds: " + ", ".join(f"{name} {spread(taken[name], '.3f')}" for name in works))
    for name, limit in (("fast", 1.3), ("plain", 10.0)):
        times = ratios(taken[name], taken["kernel"])
        print(f"{name} / kernel: {spread(times)} ({verdict(statistics.median(times), limit)})")


if __name__ == "__main__":
    main()
