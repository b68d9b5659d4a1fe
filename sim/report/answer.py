"""The answer to the question, as one paragraph for a planner."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from sim.experiment.check import CheckRow
from sim.experiment.compare import Comparison, PairedRow
from sim.experiment.replicate import Experiment
from sim.experiment.statistics import t_interval
from sim.report.headlines import hours_text, with_verdict
from sim.scenario.model import Scenario
from sim.words import Words


def answer(
    comparison: Comparison,
    scenario: Scenario,
    check: Sequence[CheckRow],
    w: Words,
    experiment: Experiment | None = None,
) -> str:
    """Return the answer: soonest, fewest complaints, what cannot be told, cost, and how far to trust it.

    With `experiment` the best plan is also set against the runner-up, in the same storms.
    """
    if not comparison.row(comparison.reference, "affected").mean > 0:
        return w("answer.none", n=comparison.n)
    parts = [_setup(comparison, w)]
    if len(comparison.plans) > 1:
        if comparison.n < 2:
            parts.append(w("answer.one_run"))
        else:
            parts += [
                _restoration(comparison, w, experiment),
                _customer_hours(comparison, w),
                _complaints(comparison, w),
            ]
            parts.append(_rest(comparison, w))
        parts.append(_cost(comparison, scenario, w))
    else:
        parts.append(w("answer.one_plan"))
    parts += [_cut_off(comparison, scenario, w), _trust(check, w)]
    return w("answer.join").join(part for part in parts if part)


def _setup(comparison: Comparison, w: Words) -> str:
    t95, hours = comparison.row(comparison.reference, "t95_h"), comparison.row(comparison.reference, "customer_hours")
    complaints = comparison.row(comparison.reference, "complaints")
    key = "answer.setup_cut" if t95.n_censored else "answer.setup"
    return w(
        key, n=comparison.n, reference=comparison.reference, t95=hours_text(t95.mean, w), hours=w.big(hours.mean),
        complaints=w.number(complaints.mean),
    )  # fmt: skip


def _between(lo: float, hi: float, w: Words, digits: int = 0) -> dict[str, str]:
    """Return the two ends of a gain as text, the smaller first, given the interval of a difference."""
    ends = sorted((-lo, -hi))
    return {"lo": w.number(ends[0], digits), "hi": w.number(ends[1], digits)}


def _restoration(comparison: Comparison, w: Words, experiment: Experiment | None) -> str:
    better = with_verdict(comparison, "t95_h", "better")
    if not better:
        return _nobody_sooner(comparison, w)
    first = better[0]
    digits = 0 if abs(first.difference) >= 10 else 1
    text = w(
        "answer.sooner", plan=first.plan, reference=comparison.reference, hours=w.number(-first.difference, digits),
        level=w.percent(comparison.level), m=comparison.n_comparisons, share=w.percent(first.share_better),
        **_between(first.lo, first.hi, w, digits),
    )  # fmt: skip
    if len(better) > 1:
        text = w("answer.join").join((text, _runner_up(comparison, better, w, experiment)))
    return text


def _nobody_sooner(comparison: Comparison, w: Words) -> str:
    """Say that no plan is shown to be sooner, and which has the lowest mean if one is below the reference."""
    least = min((row for row in comparison.paired if row.measure == "t95_h"), key=lambda row: row.difference)
    if not least.difference < 0 or least.verdict != "cannot_tell":
        return w("answer.no_sooner", reference=comparison.reference)
    gain = hours_text(-least.difference, w)
    return w("answer.no_sooner_but", reference=comparison.reference, plan=least.plan, hours=gain, n=comparison.n)


def _runner_up(comparison: Comparison, better: list[PairedRow], w: Words, experiment: Experiment | None) -> str:
    """Say how far the second of the better plans is behind the first, judged in the same storms."""
    first, second = better[0].plan, better[1].plan
    lo = math.nan
    if experiment is not None:
        values = experiment.of("t95_h")
        behind = values[experiment.plans.index(second)] - values[experiment.plans.index(first)]
        _, lo, _hi = t_interval(behind, comparison.level, comparison.n_comparisons)
    if np.isfinite(lo) and lo > 0:
        gap = w.number(better[1].difference - better[0].difference, 1)
        return w("answer.second_behind", first=first, second=second, hours=gap)
    return w("answer.second_alike", first=first, second=second)


def _customer_hours(comparison: Comparison, w: Words) -> str:
    better = with_verdict(comparison, "customer_hours", "better")
    if not better:
        return w("answer.no_hours", reference=comparison.reference)
    first = better[0]
    gain = _between(100 * first.relative_lo, 100 * first.relative_hi, w)
    return w(
        "answer.hours", plan=first.plan, share=w.percent(-first.relative), runs=w.percent(first.share_better),
        lo=gain["lo"], hi=w("number.percent", n=gain["hi"]),
    )  # fmt: skip


def _complaints(comparison: Comparison, w: Words) -> str:
    better, band = with_verdict(comparison, "complaints", "better"), comparison.complaint_band
    if better:
        first = better[0]
        gain = _between(100 * first.relative_lo, 100 * first.relative_hi, w)
        said = w(
            "answer.complaints", plan=first.plan, reference=comparison.reference, share=w.percent(-first.relative),
            runs=w.percent(first.share_better), lo=gain["lo"], hi=w("number.percent", n=gain["hi"]),
        )  # fmt: skip
    else:
        said = w("answer.no_complaints", reference=comparison.reference)
    leaders = {end: order[0] for end, order in band.ranking.items()}
    if len(set(leaders.values())) > 1:
        rests = w("answer.assumption_leader", low=leaders["low"], middle=leaders["middle"], high=leaders["high"])
    elif band.verdict_changes:
        rests = w("answer.assumption_verdict", plans=w.listed(band.verdict_changes))
    elif band.ranking_changes:
        rests = w("answer.assumption_ranking")
    else:
        rests = w("answer.assumption_holds")
    return w("answer.join").join((said, rests))


def _rest(comparison: Comparison, w: Words) -> str:
    """Name what is worse, what makes no difference that matters, and what cannot be told, by measure."""
    parts = []
    for verdict in ("worse", "too_small", "cannot_tell"):
        pieces = []
        for measure in ("t95_h", "customer_hours", "complaints"):
            plans = [row.plan for row in with_verdict(comparison, measure, verdict)]
            if plans:
                pieces.append(w("answer.rest_piece", plans=w.listed(plans), measure=w(f"measure_in_text.{measure}")))
        if pieces:
            parts.append(w(f"answer.rest_{verdict}", pieces=w("list.semicolon").join(pieces)))
    return w("answer.join").join(parts)


def _cost(comparison: Comparison, scenario: Scenario, w: Words) -> str:
    """Say what the winning plans cost beside the reference, and what is lost if the storm turns away."""
    winners: list[str] = []
    for measure in ("t95_h", "customer_hours", "complaints"):
        better = with_verdict(comparison, measure, "better")
        if better and better[0].plan not in winners:
            winners.append(better[0].plan)
    currency = scenario.cost.currency
    base = comparison.row(comparison.reference, "cost").mean
    parts = [w("answer.cost_reference", reference=comparison.reference, cost=w.big(base), currency=currency)]
    for plan in winners:
        cost, lost = comparison.row(plan, "cost").mean, comparison.row(plan, "cost_if_storm_turns_away").mean
        key = "answer.cost_lost" if lost > 0 else "answer.cost_nothing_lost"
        parts.append(w(key, plan=plan, cost=w.big(cost), lost=w.big(lost), currency=currency))
    return w("answer.join").join(parts)


def _cut_off(comparison: Comparison, scenario: Scenario, w: Words) -> str:
    cut = [plan for plan in comparison.plans if comparison.row(plan, "t95_h").n_censored]
    return w("answer.cut_off", plans=w.listed(cut), days=f"{scenario.horizon_h / 24:g}") if cut else ""


def _trust(check: Sequence[CheckRow], w: Words) -> str:
    if not check:
        return w("answer.unchecked")
    passed = sum(row.ok for row in check)
    if passed == len(check):
        return w("answer.fits_all", total=passed)
    below = sum(row.what == "out" and row.median < row.allowed_lo for row in check)
    above = sum(row.what == "out" and row.median > row.allowed_hi for row in check)
    parts = [w("answer.fits", passed=passed, total=len(check))]
    parts += [w("answer.fits_below", n=below)] if below else []
    parts += [w("answer.fits_above", n=above)] if above else []
    return w("answer.join").join((*parts, w("answer.fitted")))
