"""One replication of a city: the product against an all-compiled reference and against a naive SimPy model.

The product is played in plain Python, as it is installed, and with the hotline's loop compiled (extra `fast`).
"""

from __future__ import annotations

import statistics
from dataclasses import replace
from unittest.mock import patch

import numpy as np

from sim.hotline import compiled
from sim.metrics.intervals import dark_intervals
from sim.world import Outcome, run
from tests.benchmarks import scene
from tests.benchmarks.timing import interleaved, ratios, seconds, spread, verdict

ROUNDS = 5
SWITCHED_OFF = (
    "shifts (all crews day and night)", "wind (calm air)", "trees", "hard access", "mutual aid", "promises", "notices",
    "mobile generators and critical customers", "transformer monitors", "patrols further down", "timed actions",
)  # fmt: skip
ONLY_PRODUCT = "the log of all events, cause and effect"


def main() -> None:
    """Time and print."""
    from tests.benchmarks import compiled_calls, compiled_field
    from tests.benchmarks.naive import NaiveCity

    drawn = scene.drawn()
    plan = scene.plan(drawn.scenario)
    compiling = seconds(lambda: compiled_field.play(*compiled_field.prepare(drawn)))
    outcomes: list[Outcome] = []
    references: list[tuple[compiled_field.Field, compiled_calls.Line]] = []

    def fast() -> None:
        outcomes[:] = [run(replace(drawn), plan)]  # a replication of its own: what is drawn once for all plans is drawn anew

    def plain() -> None:
        with patch.object(compiled, "is_there", lambda: False):
            fast()

    def reference() -> None:
        references[:] = [compiled_field.prepare(drawn)]
        compiled_field.play(*references[0])

    taken = interleaved({"fast": fast, "plain": plain, "reference": reference}, ROUNDS)
    outcome, (field, line) = outcomes[0], references[0]
    _describe(outcome, compiling)
    _compare(outcome, field, line)
    print(", ".join(f"{name} {spread(taken[name], '.3f')} s" for name in taken))
    for name, limit in (("plain", 6), ("fast", 2)):
        against = ratios(taken[name], taken["reference"])
        print(f"{name} / all compiled: {spread(against)} ({verdict(statistics.median(against), limit)})")
    naive: list[float] = []
    slower: dict[str, list[float]] = {"plain": [], "fast": [], "reference": []}
    for _ in range(2):
        model = NaiveCity(drawn)
        naive.append(seconds(model.play))
        for name, work in (("plain", plain), ("fast", fast), ("reference", reference)):
            slower[name].append(naive[-1] / seconds(work))
    print(
        f"naive: {model.tally.customer_hours:,.0f} customer-hours, {model.tally.calls:,} calls, {spread(naive, '.1f')} s"
    )
    print(f"naive / plain: {spread(slower['plain'], '.1f')} ({verdict(statistics.median(slower['plain']), 40, at_least=True)})")
    print(f"naive / fast: {spread(slower['fast'], '.1f')}, naive / all compiled: {spread(slower['reference'], '.1f')}")


def _describe(outcome: Outcome, compiling: float) -> None:
    net = scene.network()
    print(
        f"{net.n_customers:,} customers, {net.n_sections:,} sections, {len(outcome.faults):,} faults,"
        f" {scene.N_CREWS} crews, {len(outcome.calls):,} calls, {len(outcome.log):,} log rows"
    )
    print("draws of callers are made inside both timings, by the same keys; faults and their difficulty outside both")
    print(f"switched off in both: {', '.join(SWITCHED_OFF)}")
    print(f"only the product keeps {ONLY_PRODUCT}; compiling and the first run took {compiling:.0f} s, not counted")


def _compare(outcome: Outcome, field: object, line: object) -> None:
    """Refuse to print ratios of models that do not do the same."""
    from tests.benchmarks import compiled_calls, compiled_field

    assert isinstance(field, compiled_field.Field)
    assert isinstance(line, compiled_calls.Line)
    settings, customers = scene.scenario(), scene.network().customers
    dark = dark_intervals(outcome.log, customers, settings.horizon_min)
    n = field.n[compiled_field.N_DARK]
    order = np.lexsort((field.dark_start[:n], field.dark_section[:n]))
    for name, theirs in (("section", field.dark_section), ("start", field.dark_start), ("end", field.dark_end)):
        assert np.array_equal(theirs[:n][order], getattr(dark, name)), f"the interruptions differ: {name}"
    calls = compiled_calls.calls_of(line, settings.horizon_min)
    for name in ("section", "caller", "kind", "result"):
        assert np.array_equal(calls[name], getattr(outcome.calls, name)), f"the calls differ: {name}"
    assert np.allclose(calls["at"], outcome.calls.at, rtol=0, atol=1e-6), "the calls differ: at"
    hours = float((dark.customers * dark.minutes).sum()) / 60.0
    print(
        f"the same in both: {hours:,.3f} customer-hours in {n:,} interruptions, and every call (instants to 1e-6 min)"
    )


if __name__ == "__main__":
    main()
