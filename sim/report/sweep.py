"""A sweep told: the sentence that answers "how many", the table of its points, its figures, and JSON."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import IO, TYPE_CHECKING

from sim.experiment.cut_off import bound_of_mean
from sim.experiment.sweep import Enough, Sweep, SweepRow, enough
from sim.metrics.measures import MEASURES
from sim.report.differences_text import bounded
from sim.report.figures.sweep import MOST_PANELS, draw_all, value_text
from sim.report.style import look_for
from sim.report.terminal import console_for, say
from sim.report.write import cleaned, write_sheets
from sim.results.writing import writing
from sim.scenario.model import Scenario
from sim.scenario.vary import Value, Vary
from sim.words import Words, words

if TYPE_CHECKING:
    from rich.table import Table

    from sim.results.study import StudyFolder

MOST_ROWS = 60
_MOST_SENTENCES = 4


def write_sweep(
    sweep: Sweep, measures: tuple[str, ...], scenario: Scenario, folder: StudyFolder, lang: str = "en"
) -> list[str]:
    """Write a figure per measure (PNG, SVG, CSV) into the study's folder; return messages for the user."""
    text = words(lang)
    look, messages = look_for(lang)
    sheets = draw_all(sweep, measures, scenario, look)
    if not sheets:
        messages.append(text("sweep.no_figures", most=MOST_PANELS))
    with writing(folder.path, folder.kind):
        _, missing = write_sheets(sheets, folder.figures, look)
    if missing:
        messages.append(text("message.missing_glyphs"))
    return messages


def print_sweep(
    sweep: Sweep, measures: tuple[str, ...], scenario: Scenario, w: Words, file: IO[str] | None = None
) -> None:
    """Print how much is enough by each measure, then the table of points."""
    console = console_for(file or sys.stdout)
    for measure in measures:
        for sentence in answer(sweep, measure, scenario, w):
            say(console, sentence)
    console.print()
    console.print(table(sweep, measures, w))
    if any(sweep.is_censored(measure).any() for measure in measures):
        say(console, w("table.cut_note").strip(), "dim")
    if len(sweep.design.points) > MOST_ROWS:
        say(console, w("sweep.more_rows", n=len(sweep.design.points) - MOST_ROWS), "dim")


def sweep_json(sweep: Sweep, measures: Sequence[str], scenario: Scenario, folder: Path) -> str:
    """Return the sweep for scripts: keys, every point's rows, how much is enough; nan as null."""
    said = {
        "folder": str(folder),
        "storms": len(sweep.numbers),
        "seed": sweep.design.setting.seed,
        "plans": sweep.design.plans,
        "vary": {vary.key: vary.values for vary in sweep.design.varies},
        "points": [asdict(row) for measure in measures for row in sweep.rows(measure)],
        "enough": [asdict(found) for measure in measures for found in enough(sweep, measure, scenario)],
    }
    return json.dumps(cleaned(said), ensure_ascii=False, indent=1)


def answer(sweep: Sweep, measure: str, scenario: Scenario, w: Words) -> list[str]:
    """Return a sentence per plan and per value of the other keys: how much is enough, as far as can be said."""
    found = enough(sweep, measure, scenario)
    told = [_enough(one, sweep.design.varies, w) for one in found[:_MOST_SENTENCES]]
    if len(found) > _MOST_SENTENCES:
        told.append(w("sweep.more_sentences", n=len(found) - _MOST_SENTENCES))
    return told


def table(sweep: Sweep, measures: tuple[str, ...], w: Words) -> Table:
    """Return the points with mean and half width of each measure's interval, at most 60 of them."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    made = Table(
        title=Text(w("sweep.table", runs=w.count("runs", len(sweep.numbers)))), title_justify="left", title_style="bold",
        box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0),
    )  # fmt: skip
    several = len(sweep.design.plans) > 1
    if several:
        made.add_column(w("table.plan"), overflow="fold")
    for vary in sweep.design.varies:
        made.add_column(vary.key, justify="right" if vary.is_numeric else "left", overflow="fold")
    for measure in measures:
        made.add_column(w(f"measure.{measure}"), justify="right", overflow="fold")
    rows = [sweep.rows(measure) for measure in measures]
    for i, point in enumerate(sweep.design.points[:MOST_ROWS]):
        cells = [point.plan] if several else []
        cells += [value_text(value, w) for value in point.values]
        made.add_row(*(Text(cell) for cell in [*cells, *(mean_text(column[i], w) for column in rows)]))
    return made


def mean_text(row: SweepRow, w: Words) -> str:
    """Return `mean ± half width`, marked as a bound where the horizon cuts storms off: less is better, so really more."""
    half = row.hi - row.mean
    text = bounded(amount(row.mean, row.measure, w), bound_of_mean(row.measure, row.n_censored), w)
    return f"{text} ± {amount(half, row.measure, w)}" if math.isfinite(half) and half > 0 else text


def amount(value: float, measure: str, w: Words) -> str:
    """Return a measure's value without its unit, large ones in the language's large unit."""
    return w.big(value) if abs(value) >= 1e6 else w.number(value, MEASURES[measure].digits)


def with_unit(value: float, measure: str, w: Words, currency: str = "") -> str:
    """Return a measure's value with its unit, as far as it has one that the measure's name does not say."""
    text, unit = amount(value, measure, w), MEASURES[measure].unit
    if f"sweep.by_{measure}" in w:
        return w(f"sweep.by_{measure}", n=text)
    named = currency if unit == "currency" else w(f"unit.{unit}") if f"unit.{unit}" in w else ""
    return w("standards.figure", n=text, unit=named) if named else text


def _enough(found: Enough, varies: tuple[Vary, ...], w: Words) -> str:
    key, others = varies[0].key, with_others(varies[1:], found.others, w)

    def level(value: float) -> str:
        least = w("sweep.at_least") if found.at_least else ""
        return least + w(f"sweep.level_{found.measure}", n=amount(value, found.measure, w))

    def difference(value: float) -> str:
        return with_unit(value, found.measure, w)

    common = {"plan": found.plan, "name": key, "others": others, "threshold": difference(found.threshold)}
    if found.is_open:
        return w("sweep.cannot_tell", value=value_text(found.value, w), level=level(found.mean), **common)
    no_more = w("sweep.no_more", last=value_text(found.last, w), gain=difference(found.gain), threshold=common["threshold"])
    if found.value == found.first:
        common |= {"first": value_text(found.first, w), "level": level(found.first_mean)}
        if found.worse_at is None:
            return w("sweep.no_matter", last=value_text(found.last, w), **common) + _chance(found, difference, w)
        told = w("sweep.first_best" if found.best == found.first else "sweep.first_enough", **common)
        return told + no_more + _chance(found, difference, w) + w("sweep.worse_from", worse=value_text(found.worse_at, w))
    ends = {"first": value_text(found.first, w), "from": level(found.first_mean), "to": level(found.mean)}
    if found.value == found.last:
        said = "sweep.still_pays" if found.gained > 0 else "sweep.may_pay"
        return w(said, last=value_text(found.last, w), **ends, **common)
    told = w("sweep.enough", value=value_text(found.value, w), **ends, **common) + no_more + _chance(found, difference, w)
    if found.worse_at is not None:
        told += w("sweep.worse_at", worse=value_text(found.worse_at, w))
    return told


def _chance(found: Enough, difference: Callable[[float], str], w: Words) -> str:
    """Return what the storms leave open of a gain that is too small to matter; empty where nothing that matters."""
    if math.isnan(found.at_most):
        return w("sweep.one_storm")
    return "" if found.at_most <= found.threshold else w("sweep.not_sure", most=difference(found.at_most))


def with_others(varies: tuple[Vary, ...], values: tuple[Value, ...], w: Words) -> str:
    """Return the other keys at their values, in brackets of the language; empty when there is only one key."""
    if not varies:
        return ""
    named = w.listed([f"{vary.key} = {value_text(value, w)}" for vary, value in zip(varies, values, strict=True)])
    return w("sweep.with", others=named)
