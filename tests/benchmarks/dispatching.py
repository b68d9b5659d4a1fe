"""Dispatch of a city's 5,000 jobs to 300 crews: its share of a replication, and what looking ahead costs."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from sim.scenario.plans import Plan
from sim.world import run
from sim.world.command import CommandedWork
from tests.benchmarks import scene
from tests.benchmarks.timing import interleaved, processor_seconds, ratios, spread, verdict

ROUNDS = 3


@contextmanager
def timed() -> Iterator[dict[str, float]]:
    """Add up the seconds of matching crews and jobs, and those of sending crews out within it."""
    taken = {"match": 0.0, "_send": 0.0}
    old = {name: getattr(CommandedWork, name) for name in taken}

    def clocked(name: str, method: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*args: Any) -> Any:
            start = time.process_time()
            try:
                return method(*args)
            finally:
                taken[name] += time.process_time() - start

        return wrapped

    for name, method in old.items():
        setattr(CommandedWork, name, clocked(name, method))
    try:
        yield taken
    finally:
        for name, method in old.items():
            setattr(CommandedWork, name, method)


def by_rule(plan: Plan, rule: str) -> Plan:
    """Return the plan with another dispatch rule."""
    dispatch = plan.settings.dispatch.model_copy(update={"rule": rule})
    return replace(plan, settings=plan.settings.model_copy(update={"dispatch": dispatch}))


def main() -> None:
    """Time and print."""
    drawn = scene.drawn()
    plan = scene.plan(drawn.scenario)
    shares = []
    for _ in range(ROUNDS):
        with timed() as taken:
            whole = processor_seconds(lambda: run(drawn, plan))
        shares.append((taken["match"] - taken["_send"]) / whole)
    print(f"dispatch over replication: {spread(shares, '.3f')} ({verdict(statistics.median(shares), 0.3)})")
    plans = {rule: by_rule(plan, rule) for rule in ("customers_per_hour", "rollout")}
    works = {rule: (lambda each=each: run(drawn, each)) for rule, each in plans.items()}
    took = interleaved(works, ROUNDS, processor_seconds)
    ahead = ratios(took["rollout"], took["customers_per_hour"])
    print(f"rollout over customers_per_hour: {spread(ahead)} ({verdict(statistics.median(ahead), 5)})")


if __name__ == "__main__":
    main()
