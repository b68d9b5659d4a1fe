"""A search for a target told: the answer with its own uncertainty, what was tried, its figures, and JSON."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import IO, TYPE_CHECKING

from sim.experiment.target import Case, Target, Tried
from sim.report.differences_text import bounded
from sim.report.figures.sweep import value_text
from sim.report.figures.target import MOST_CASES, draw_all
from sim.report.style import look_for
from sim.report.sweep import amount, with_others
from sim.report.terminal import console_for, say
from sim.report.write import cleaned, write_sheets
from sim.results.writing import writing
from sim.scenario.model import Scenario
from sim.words import Words, words

if TYPE_CHECKING:
    from rich.table import Table

    from sim.results.study import StudyFolder

_MOST_NAMED = 6


def write_target(target: Target, scenario: Scenario, folder: StudyFolder, lang: str = "en") -> list[str]:
    """Write a figure per case (PNG, SVG, CSV) into the study's folder; return messages for the user."""
    text = words(lang)
    look, messages = look_for(lang)
    if len(target.cases) > MOST_CASES:
        messages.append(text("target.some_figures", most=MOST_CASES, n=len(target.cases)))
    with writing(folder.path, folder.kind):
        _, missing = write_sheets(draw_all(target, scenario, look), folder.figures, look)
    if missing:
        messages.append(text("message.missing_glyphs"))
    return messages


def print_target(target: Target, w: Words, file: IO[str] | None = None) -> None:
    """Print the answer to each case, the cheapest of several, and the values that were tried."""
    console = console_for(file or sys.stdout)
    for case in target.cases:
        for sentence in answer(target, case, w):
            say(console, sentence)
    if len(target.cases) > 1 and target.cheapest is not None:
        say(console, _cheapest(target, w))
    say(console, w("target.meaning", confidence=w.percent(target.goal.confidence)), "dim")
    console.print()
    console.print(table(target, w))
    if any(n for case in target.cases for counts in case.n_censored.values() for n in counts.values()):
        say(console, w("table.cut_note").strip(), "dim")


def target_json(target: Target, folder: Path) -> str:
    """Return the search for scripts: goal, and per case the answer and every value tried; nan as null."""
    first, *rest = target.varies

    def value(index: int | None) -> object:
        return None if index is None else first.values[index]

    said = {
        "folder": str(folder),
        "until": str(target.goal),
        "confidence": target.goal.confidence,
        "storms": target.n,
        "seed": target.seed,
        "key": first.key,
        "cheapest": target.cheapest,
        "cases": [
            {
                "plan": case.plan,
                "others": {vary.key: v for vary, v in zip(rest, case.others, strict=True)},
                "least": value(case.found.least),
                "steady": value(case.found.steady),
                "best": value(case.found.best),
                "fails_beyond": [value(i) for i in case.found.failed_beyond],
                "tried": [
                    asdict(one)
                    | {"value": value(one.index), "share": one.share, "means": case.means[one.index]}
                    | {"n_censored": case.n_censored[one.index]}
                    for one in case.found.tried
                ],
            }
            for case in target.cases
        ],
    }
    return json.dumps(cleaned(said), ensure_ascii=False, indent=1)


def answer(target: Target, case: Case, w: Words) -> list[str]:
    """Return the answer of a case: the least value, how sure it is, and whether more always helps."""
    found, first = case.found, target.varies[0]
    common = {"plan": case.plan, "others": with_others(target.varies[1:], case.others, w), "name": first.key,
              "goal": str(target.goal), "confidence": w.percent(target.goal.confidence)}  # fmt: skip
    if found.least is None:
        return [w("target.unreachable", **common, **_said(target, found.at(found.best), w))]
    one = found.at(found.least)
    key = "target.already" if found.least == 0 else "target.least"
    told = [w(key, **common, **_said(target, one, w))]
    if one.lo < target.goal.confidence:
        sure = next((t for t in found.tried if t.lo >= target.goal.confidence), None)
        needed = target.goal.storms_to_be_sure
        if sure is not None:
            told.append(w("target.sure_from", **_said(target, sure, w)))
        elif target.n < needed:
            told.append(w("target.too_few", lo=w.percent(one.lo), needed=needed))
        else:
            told.append(w("target.not_sure", lo=w.percent(one.lo)))
    failed = found.failed_beyond
    if failed:
        named = [value_text(first.values[i], w) for i in failed[:_MOST_NAMED]]
        told.append(w("target.not_monotone", values=w.listed(named) + ("…" if len(failed) > _MOST_NAMED else "")))
        if found.steady is not None:
            told.append(w("target.steady", value=value_text(first.values[found.steady], w)))
    return told


def table(target: Target, w: Words) -> Table:
    """Return the values tried, with the share of storms, its interval, and the means."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    first = target.varies[0]
    made = Table(
        title=Text(w("target.table", runs=w.count("runs", target.n))), title_justify="left", title_style="bold",
        box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0),
    )  # fmt: skip
    several = len({case.plan for case in target.cases}) > 1
    if several:
        made.add_column(w("table.plan"), overflow="fold")
    for name in (*(vary.key for vary in target.varies[1:]), first.key, w("target.held")):
        made.add_column(name, justify="right", overflow="fold")
    made.add_column(w("target.share"), justify="right", no_wrap=True)
    for measure in target.goal.measures:
        made.add_column(w("target.mean", measure=w(f"measure.{measure}")), justify="right", overflow="fold")
    for case in target.cases:
        for one in case.found.tried:
            cells = [case.plan] if several else []
            cells += [value_text(value, w) for value in (*case.others, first.values[one.index])]
            mark = " *" if one.index == case.found.least else ""
            cells += [f"{one.held}/{one.n}", share_text(one, w) + mark]
            cells += [_mean(case, one.index, name, w) for name in target.goal.measures]
            made.add_row(*(Text(cell) for cell in cells))
    return made


def _mean(case: Case, index: int, measure: str, w: Words) -> str:
    return bounded(amount(case.means[index][measure], measure, w), case.bound(index, measure), w)


def share_text(one: Tried, w: Words) -> str:
    """Return `90 % (70 % to 97 %)`."""
    return w("target.interval", share=w.percent(one.share), lo=w.percent(one.lo), hi=w.percent(one.hi))


def _said(target: Target, one: Tried, w: Words) -> dict[str, object]:
    value = value_text(target.varies[0].values[one.index], w)
    ends = [value_text(target.varies[0].values[i], w) for i in (0, -1)]
    return {"value": value, "held": one.held, "n": one.n, "lo": w.percent(one.lo), "hi": w.percent(one.hi),
            "first": ends[0], "last": ends[1]}  # fmt: skip


def _cheapest(target: Target, w: Words) -> str:
    assert target.cheapest is not None
    case = target.cases[target.cheapest]
    assert case.found.least is not None
    value = value_text(target.varies[0].values[case.found.least], w)
    cost = _mean(case, case.found.least, "cost", w)
    others = with_others(target.varies[1:], case.others, w)
    return w("target.cheapest", plan=case.plan, others=others, name=target.varies[0].key, value=value, cost=cost)
