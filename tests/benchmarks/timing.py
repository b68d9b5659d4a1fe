"""Rounds of timings, interleaved, and how they are printed."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping, Sequence


def seconds(work: Callable[[], object]) -> float:
    """Return the seconds on the clock that some work takes."""
    gc.collect()
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def processor_seconds(work: Callable[[], object]) -> float:
    """Return the seconds of the processor that some work takes: for works so short that others on the machine disturb."""
    gc.collect()
    start = time.process_time()
    work()
    return time.process_time() - start


def interleaved(
    works: Mapping[str, Callable[[], object]], rounds: int, clock: Callable[[Callable[[], object]], float] = seconds
) -> dict[str, list[float]]:
    """Return the seconds of each work in each round; a round does all of them, one after the other."""
    taken: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            taken[name].append(clock(work))
    return taken


def spread(values: Sequence[float], form: str = ".2f") -> str:
    """Return smallest, middle and largest as text."""
    return " / ".join(format(v, form) for v in (min(values), statistics.median(values), max(values)))


def ratios(above: Sequence[float], below: Sequence[float]) -> list[float]:
    """Return the ratios round by round."""
    return [a / b for a, b in zip(above, below, strict=True)]


def verdict(value: float, limit: float, *, at_least: bool = False) -> str:
    """Return the goal and whether the value meets it."""
    met = value >= limit if at_least else value <= limit
    return f"goal {'>=' if at_least else '<='} {limit:g}: {'met' if met else 'MISSED'}"
