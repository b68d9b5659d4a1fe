"""Events of the simulation kernel against their budget: they must not grow with customers or calls."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from sim.cli.inputs import prepare
from sim.damage import Drawn, draw
from sim.scenario import read
from sim.scenario.plans import Plan
from sim.scenario.plans import plan as plan_of
from sim.world import Outcome, run
from tests.benchmarks import scene

DEFAULT = Path(__file__).parents[2] / "scenarios" / "typhoon.toml"


def budget(outcome: Outcome, plan: Plan) -> dict[str, float]:
    """Return the events allowed, by their reason."""
    settings, log = plan.settings, outcome.log
    groups = len(settings.crews) + sum(entry.groups for entry in settings.aid.values())
    in_shifts = sum(entry.shift_h < 24 for entry in settings.crews.values())
    in_shifts += sum(entry.groups for entry in settings.aid.values() if entry.shift_h < 24)
    crews = sum(entry.count for entry in settings.crews.values()) + sum(e.count for e in settings.aid.values())
    days = int(np.ceil(settings.horizon_h / 24.0)) + 1
    return {
        "1.2 per fault": 1.2 * len(outcome.faults),
        "2.5 per trip": 2.5 * float(log.of("crew_dispatched").sum()),
        "crews": crews,
        "shift changes": 2 * in_shifts * days,
        "ticks": settings.horizon_min / settings.knowledge.review_min,
        "scheduled actors": len(plan.actions) + groups + len(settings.aid),
    }


def report(name: str, drawn: Drawn, plan: Plan) -> None:
    """Play and print."""
    outcome = run(drawn, plan)
    allowed = budget(outcome, plan)
    total = sum(allowed.values())
    print(f"{name}: {outcome.n_events:,} events, {len(outcome.calls):,} calls; budget {total:,.0f}", end=" ")
    print(f"({', '.join(f'{reason} {count:,.0f}' for reason, count in allowed.items())})", end=" ")
    print("met" if outcome.n_events <= total else "MISSED")


def main() -> None:
    """Print the count for the default scenario's reference plan and for the city."""
    loaded = read(DEFAULT)
    network, track = prepare(loaded)
    plan = plan_of(loaded.scenario, loaded.scenario.reference_plan)
    report("default, reference plan", draw(loaded.scenario, network, track, 0), plan)
    drawn = scene.drawn()
    report("city", drawn, scene.plan(drawn.scenario))
    drawn = scene.drawn(4 * scene.N_CUSTOMERS)
    report("city of four million", drawn, scene.plan(drawn.scenario))


if __name__ == "__main__":
    main()
