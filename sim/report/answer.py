"""The answer to the question, as one short paragraph for a planner who has never seen the program."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np

from sim.experiment.check import CheckRow
from sim.experiment.compare import JUDGED, Comparison, PairedRow, SummaryRow
from sim.experiment.replicate import Experiment
from sim.experiment.spending import part_rows, unpriced
from sim.experiment.statistics import t_interval
from sim.metrics.measures import HOURS_BY_STAGE
from sim.report.headlines import hours_text, with_verdict
from sim.report.trials import FEWEST, trials
from sim.scenario.model import Scenario
from sim.words import Words

_NAMED = 3  # parts without a price that the answer names; of more it tells the number


def answer(
    comparison: Comparison,
    scenario: Scenario,
    check: Sequence[CheckRow],
    w: Words,
    experiment: Experiment | None = None,
) -> str:
    """Return the answer as one paragraph; see `sentences`."""
    return w("answer.join").join(sentences(comparison, scenario, check, w, experiment))


def sentences(
    comparison: Comparison,
    scenario: Scenario,
    check: Sequence[CheckRow],
    w: Words,
    experiment: Experiment | None = None,
) -> list[str]:
    """Return the sentences of the answer.

    First which plan; then how much sooner, how many customer-hours and complaints fewer, critical customers, where
    the gain comes from, cost; then the other plans, and how far to trust it. With `experiment` the best plan is also
    set against the runner-up, in the same storms.
    """
    if not comparison.row(comparison.reference, "affected").mean > 0:
        return [w("answer.none", runs=w.count("runs", comparison.n))]
    if len(comparison.plans) == 1:
        alone = "answer.last_plan" if comparison.dropped else "answer.one_plan"
        parts = [_setup(comparison, w), w(alone, reference=comparison.reference)]
        parts += _cost_of_reference(comparison, scenario, w, experiment)
    elif comparison.n < 2:
        parts = [_setup(comparison, w), w("answer.one_run"), *_cost_of_reference(comparison, scenario, w, experiment)]
    else:
        parts = _choice(comparison, scenario, w, experiment)
    parts += [dropped(comparison, w), _cut_off(comparison, scenario, w), _trust(check, w)]
    return [part for part in parts if part]


def dropped(comparison: Comparison, w: Words) -> str:
    """Say which plans were out of the race, and after how many runs; empty where none was."""
    pieces = [w("race.piece", plan=out.plan, n=out.n) for out in comparison.dropped]
    return w("race.answer", pieces=w.listed(pieces)) if pieces else ""


def _choice(comparison: Comparison, scenario: Scenario, w: Words, experiment: Experiment | None) -> list[str]:
    """Return the sentences that set the plans against each other."""
    better = {measure: with_verdict(comparison, measure, "better") for measure in JUDGED}
    leaders = list(dict.fromkeys(rows[0].plan for rows in better.values() if rows))
    said_first = len(leaders) == 1 and bool(better["t95_h"] and better["complaints"])
    if not leaders:
        opening = [w("answer.opening_none", reference=comparison.reference), _setup(comparison, w)]
    elif said_first:
        opening = [w("answer.opening_one", plan=leaders[0])]
    else:
        opening = [w("answer.opening_mixed")]
    names = {leaders[0]: w("answer.it")} if len(leaders) == 1 else {plan: w("answer.named", plan=plan) for plan in leaders}

    parts = [*opening]
    if better["t95_h"]:
        parts.append(_sooner(comparison, better["t95_h"], w("answer.it_inside") if said_first else "", w))
    else:
        parts += [w("answer.no_sooner", reference=comparison.reference)] if leaders else []
        parts.append(_closest(comparison, w))
    if better["customer_hours"]:
        parts.append(_hours(better["customer_hours"][0], names[better["customer_hours"][0].plan], w))
        parts.append(_gain(comparison, better["customer_hours"][0].plan, w))
    elif leaders:
        parts.append(w("answer.no_hours", reference=comparison.reference))
    if better["complaints"]:
        parts.append(_complaints(comparison, scenario, better["complaints"][0], names[better["complaints"][0].plan], w))
    elif leaders:
        parts.append(w("answer.no_complaints", reference=comparison.reference))
    parts.append(_assumption(comparison, w))
    if said_first and experiment is not None and comparison.n >= FEWEST:
        parts.append(_holds(experiment, comparison, leaders[0], w))
    if leaders:
        parts.append(_critical(comparison, leaders[0], w))
        left_out = _without_price(experiment, scenario)
        parts += dict.fromkeys(_cost(comparison, scenario, plan, name, left_out, w) for plan, name in names.items())
        parts.append(_left_out_of_cost(comparison, left_out, w))
    else:
        parts += _cost_of_reference(comparison, scenario, w, experiment)
    if len(better["t95_h"]) > 1:
        parts.append(_runner_up(comparison, better["t95_h"], w, experiment))
    parts += _others(comparison, leaders, w)
    if leaders:
        parts.append(w("answer.brackets", level=w.percent(comparison.level)))
    return parts


def _setup(comparison: Comparison, w: Words) -> str:
    t95, hours = comparison.row(comparison.reference, "t95_h"), comparison.row(comparison.reference, "customer_hours")
    complaints = comparison.row(comparison.reference, "complaints")
    key = "answer.setup_cut" if t95.n_censored else "answer.setup"
    told = {"hours": w.big(hours.mean), "complaints": w.number(complaints.mean)}
    if not t95.n_censored:  # else it is said that they are counted until the end of the simulation
        told = {"hours": _at_least(hours, told["hours"], w), "complaints": _at_least(complaints, told["complaints"], w)}
    return w(
        key, runs=w.count("runs", comparison.n), reference=comparison.reference, t95=hours_text(t95.mean, w),
        average=w("answer.average") if comparison.n > 1 else "", **told,
    )  # fmt: skip


def _at_least(row: SummaryRow, number: str, w: Words) -> str:
    """Return a mean's text as a lower bound where the end of the simulation cut it off in any run."""
    return w("answer.more_than", n=number) if row.n_censored else number


def _between(lo: float, hi: float, w: Words, digits: int = 0) -> dict[str, str]:
    """Return the two ends of a gain as text, the smaller first, given the interval of a difference."""
    ends = sorted((-lo, -hi))
    return {"lo": w.number(ends[0], digits), "hi": w.number(ends[1], digits)}


def _percents(row: PairedRow, w: Words) -> dict[str, str]:
    """Return a gain in per cent of the reference with the two ends of its interval."""
    ends = _between(100 * row.relative_lo, 100 * row.relative_hi, w)
    return {"share": w.percent(-row.relative), "lo": ends["lo"], "hi": w("number.percent", n=ends["hi"])}


def _sooner(comparison: Comparison, better: list[PairedRow], name: str, w: Words) -> str:
    """Say how much sooner the first plan is; `name` stands for it where it was just named."""
    first = better[0]
    digits = 0 if abs(first.difference) >= 10 else 1
    share = first.share_better
    runs = w("answer.every_run") if share == 1 else w("answer.share_of_runs", share=w.percent(share))
    return w(
        "answer.sooner", plan=name or w("answer.named", plan=first.plan), reference=comparison.reference,
        hours=w.number(-first.difference, digits), after=hours_text(first.plan_mean, w), n=comparison.n, runs=runs,
        **_between(first.lo, first.hi, w, digits),
    )  # fmt: skip


def _closest(comparison: Comparison, w: Words) -> str:
    """Name the plan with the lowest mean time if it is below the reference's and not settled; else nothing."""
    least = min((row for row in comparison.paired if row.measure == "t95_h"), key=lambda row: row.difference)
    if not least.difference < 0 or least.verdict != "cannot_tell":
        return ""
    return w("answer.closest", plan=least.plan, hours=hours_text(-least.difference, w), n=comparison.n)


def _hours(first: PairedRow, name: str, w: Words) -> str:
    return w("answer.hours", plan=name, hours=w.big(-first.difference), **_percents(first, w))


def _gain(comparison: Comparison, plan: str, w: Words) -> str:
    """Name the stage in which the plan saves most customer-hours; it may save more there than in all."""
    saved = {
        stage: comparison.row(comparison.reference, stage).mean - comparison.row(plan, stage).mean
        for stage in HOURS_BY_STAGE
    }
    most = max(saved, key=lambda stage: saved[stage])
    if not saved[most] > 0:
        return ""
    whole = comparison.row(comparison.reference, "customer_hours").mean - comparison.row(plan, "customer_hours").mean
    key = "answer.gain" if saved[most] <= whole else "answer.gain_spent"
    return w(key, hours=w.big(saved[most]), phrase=w(f"stage_phrase.{most}"))


def _complaints(comparison: Comparison, scenario: Scenario, first: PairedRow, name: str, w: Words) -> str:
    ends = [
        next(-row.difference for row in comparison.complaint_band.rows[end] if row.plan == first.plan)
        for end in ("low", "high")
    ]
    anger = scenario.complaints
    return w(
        "answer.complaints", plan=name, n=w.number(-first.difference), low=w.number(ends[0]), high=w.number(ends[1]),
        low_factor=f"{anger.low_factor:g}", high_factor=f"{anger.high_factor:g}", **_percents(first, w),
    )  # fmt: skip


def _assumption(comparison: Comparison, w: Words) -> str:
    """Say when the readiness to complain decides which plan is first, or a verdict; empty when it does not."""
    band = comparison.complaint_band
    leaders = {end: order[0] for end, order in band.ranking.items()}
    if len(set(leaders.values())) > 1:
        return w("answer.assumption_leader", low=leaders["low"], middle=leaders["middle"], high=leaders["high"])
    if band.verdict_changes:
        return w("answer.assumption_verdict", plans=w.listed(band.verdict_changes))
    return ""


def _holds(experiment: Experiment, comparison: Comparison, leader: str, w: Words) -> str:
    """Say whether the leader stays ahead in mild, middle and severe storms, or where another plan's mean is better."""
    pieces = [
        w("answer.change_piece", measure=w(f"measure_in_text.{trial.measure}"), storms=w(f"choice.{case}"), plan=first)
        for trial in trials(experiment, comparison)
        if trial.measure != "complaints"
        for case, first in zip(trial.cases, trial.first(comparison.plans), strict=True)
        if first != leader
    ]
    return w("answer.changes", pieces=w.listed(pieces)) if pieces else w("answer.holds")


def _critical(comparison: Comparison, plan: str, w: Words) -> str:
    ours, theirs = (comparison.row(name, "critical_beyond_backup").mean for name in (plan, comparison.reference))
    if not max(ours, theirs) > 0:
        return ""
    told = {"n": hours_text(ours, w), "m": hours_text(theirs, w), "reference": comparison.reference}
    return w("answer.critical", **told)


def _without_price(experiment: Experiment | None, scenario: Scenario) -> list[str]:
    """Return the parts of the cost that plans use and no sum holds."""
    return [] if experiment is None else unpriced(part_rows(experiment, scenario.cost))


def _currency(left_out: Sequence[str], scenario: Scenario, w: Words) -> str:
    """Return the currency as it follows a sum, which may hold only what has a price."""
    currency = scenario.cost.currency
    return w("answer.cost_priced", currency=currency) if left_out else currency


def _left_out_of_cost(comparison: Comparison, left_out: Sequence[str], w: Words) -> str:
    """Say what has no price and is in no sum; empty where all has one, or no sum is told."""
    if not left_out or not math.isfinite(comparison.row(comparison.reference, "cost").mean):
        return ""
    if len(left_out) > _NAMED:
        return w("answer.cost_left_out_many", n=len(left_out))
    return w("answer.cost_left_out", parts=w.listed([w(f"cost_part.{part}") for part in left_out]))


def _cost(
    comparison: Comparison, scenario: Scenario, plan: str, name: str, left_out: Sequence[str], w: Words
) -> str:
    """Say what a winning plan costs beside the reference, and what is lost if the storm turns away."""
    rows = [comparison.row(each, "cost") for each in (comparison.reference, plan)]
    base, cost = (_at_least(row, w.big(row.mean), w) for row in rows)
    lost = comparison.row(plan, "cost_if_storm_turns_away").mean
    if not math.isfinite(rows[1].mean):
        return w("answer.cost_unpriced", currency=scenario.cost.currency)
    key = "answer.cost_lost" if lost > 0 else "answer.cost_nothing_lost" if lost == 0 else "answer.cost_lost_unpriced"
    return w(
        key, plan=name, reference=comparison.reference, cost=cost, base=base, lost=w.big(lost),
        currency=_currency(left_out, scenario, w),
    )  # fmt: skip


def _cost_of_reference(
    comparison: Comparison, scenario: Scenario, w: Words, experiment: Experiment | None
) -> list[str]:
    row = comparison.row(comparison.reference, "cost")
    if not math.isfinite(row.mean):
        return [w("answer.cost_unpriced", currency=scenario.cost.currency)]
    cost, left_out = _at_least(row, w.big(row.mean), w), _without_price(experiment, scenario)
    told = {"reference": comparison.reference, "cost": cost, "currency": _currency(left_out, scenario, w)}
    return [w("answer.cost_reference", **told), _left_out_of_cost(comparison, left_out, w)]


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


def _others(comparison: Comparison, leaders: Sequence[str], w: Words) -> list[str]:
    """Say of the plans that lead nowhere which are better, worse, no different, or not to be told apart."""
    said: dict[str, dict[str, str]] = {plan: {} for plan in comparison.plans[1:]}
    for row in comparison.paired:
        said[row.plan][row.measure] = row.verdict
    reference, parts = comparison.reference, []
    for verdict in ("better", "worse"):
        pieces = [
            _piece(plan, [measure for measure in JUDGED if verdicts[measure] == verdict], w)
            for plan, verdicts in said.items()
            if verdict in verdicts.values() and not (verdict == "better" and plan in leaders)
        ]
        if pieces:
            parts.append(w(f"answer.rest_{verdict}", reference=reference, pieces=w.listed(pieces)))
    open_ones = {plan: set(verdicts.values()) for plan, verdicts in said.items() if not _judged(verdicts.values())}
    alike = [plan for plan, verdicts in open_ones.items() if verdicts == {"too_small"}]
    unknown = [plan for plan, verdicts in open_ones.items() if verdicts != {"too_small"}]
    if alike:
        parts.append(w("answer.rest_too_small", reference=reference, plans=w.listed(alike)))
    if unknown:
        parts.append(w("answer.rest_cannot_tell", reference=reference, plans=w.listed(unknown)))
    return parts


def _judged(verdicts: Iterable[str]) -> bool:
    return bool({"better", "worse"} & set(verdicts))


def _piece(plan: str, measures: Sequence[str], w: Words) -> str:
    if len(measures) == len(JUDGED):
        return w("answer.piece_all", plan=plan)
    return w("answer.piece", plan=plan, measures=w.listed([w(f"measure_in_text.{each}") for each in measures]))


def _cut_off(comparison: Comparison, scenario: Scenario, w: Words) -> str:
    cut = [plan for plan in comparison.plans if comparison.row(plan, "t95_h").n_censored]
    key = "answer.cut_off_one" if comparison.n == 1 else "answer.cut_off"
    return w(key, plans=w.listed(cut), days=f"{round(scenario.horizon_h / 24, 2):g}") if cut else ""


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
