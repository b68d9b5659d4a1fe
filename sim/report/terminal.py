"""The result on the terminal: the answer, the plans side by side, and the check against what happened."""

from __future__ import annotations

import io
import math
import sys
from collections.abc import Sequence
from typing import IO, TYPE_CHECKING, Literal

from sim.experiment.check import CheckRow
from sim.experiment.compare import JUDGED, Comparison
from sim.experiment.replicate import Experiment
from sim.experiment.spending import is_open
from sim.metrics.measures import LOST_CALLS
from sim.report.answer import answer
from sim.report.checked import check_cells
from sim.report.clock import Clock
from sim.report.service import lacking_line, standards_lines, weather_line
from sim.report.wrapping import columns, lines
from sim.scenario.model import Scenario
from sim.words import Words

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

WIDTH = 100
COLUMNS = ("t95_h", "customer_hours", "complaints", "lost_calls", "cost", "cost_if_storm_turns_away")
"""Measures of the table; lost_calls is the share of calls given up or met by a busy line."""


def print_result(
    comparison: Comparison, check: Sequence[CheckRow], scenario: Scenario, w: Words,
    experiment: Experiment | None = None, file: IO[str] | None = None,
) -> None:  # fmt: skip
    """Print the answer, then the tables; without colour where the output is not a terminal."""
    console = console_for(file or sys.stdout)
    say(console, answer(comparison, scenario, check, w, experiment))
    console.print()
    cost_open = experiment is not None and is_open(experiment, scenario.cost)
    plans = plans_table(comparison, scenario, w, cost_open)
    if _fits(plans, console):
        console.print(plans)
    else:
        _say_plans(console, comparison, scenario, w, cost_open)
    say(console, w("table.note", reference=comparison.reference), "dim")
    for line in _service(scenario, experiment, w):
        say(console, line)
    if check:
        console.print()
        checked = check_table(check, scenario, w)
        if _fits(checked, console):
            console.print(checked)
        else:
            _say_check(console, check, scenario, w)


def _service(scenario: Scenario, experiment: Experiment | None, w: Words) -> list[str]:
    """Return what is said of parts without a price, of payments and standards; nothing where all is silent."""
    if experiment is None:
        return []
    money = [lacking_line(experiment, scenario, w), weather_line(experiment, scenario, w)]
    lines = standards_lines(experiment, scenario, w)
    return [*(line for line in money if line), *(["", *lines] if lines else [])]


def as_text(
    comparison: Comparison,
    check: Sequence[CheckRow],
    scenario: Scenario,
    w: Words,
    experiment: Experiment | None = None,
) -> str:
    """Return what `print_result` prints, without colour."""
    file = io.StringIO()
    print_result(comparison, check, scenario, w, experiment, file)
    return file.getvalue()


def plans_table(comparison: Comparison, scenario: Scenario, w: Words, cost_open: bool = False) -> Table:
    """Return plans by key measures: mean and half the width of its interval, and the verdict below.

    cost_open : as for `plan_cell`.
    """
    from rich.text import Text

    table = _table(_plans_title(comparison, w))
    widest = max(int(columns(name)) for name in (*comparison.plans, w("table.reference")))
    table.add_column(w("table.plan"), overflow="fold", width=min(widest, 20))
    for measure in COLUMNS:
        cells_of = [plan_cell(comparison, plan, measure, w, cost_open)[0] for plan in comparison.plans]
        said = [verdict_cell(comparison, plan, measure, w) for plan in comparison.plans]
        width = max(9, *(int(columns(text)) for text in cells_of), *(min(int(columns(text)), 11) for text in said))
        table.add_column(column_title(measure, scenario, w), justify="right", overflow="fold", width=width)
    for plan in comparison.plans:
        cells = [Text(plan, style="bold")]
        for measure in COLUMNS:
            text, best = plan_cell(comparison, plan, measure, w, cost_open)
            word = verdict_cell(comparison, plan, measure, w)
            style = "bold green" if best else ""
            cells.append(Text(text, style=style) + Text(f"\n{word}" if word else "", style="dim"))
        if plan == comparison.reference:
            cells[0].append(f"\n{w('table.reference')}", style="dim")
        table.add_row(*cells)
    return table


def check_table(check: Sequence[CheckRow], scenario: Scenario, w: Words) -> Table:
    """Return the check of the model against what happened."""
    from rich.text import Text

    clock = Clock(scenario, w)
    rows = [check_cells(row, clock, w) for row in check]
    # the numbers keep to one line where there is room for it, the names wrap
    widths = {"what": 27, "simulated": 30, "observed": 8, "allowed": 20, "fits": 4}
    table = _table(_check_title(check, scenario, w))
    for name in ("what", "simulated", "observed", "allowed", "fits"):
        side: Literal["left", "right"] = "left" if name in ("what", "fits") else "right"
        table.add_column(w(f"check.{name}"), justify=side, overflow="fold", width=widths[name])
    for row, cells in zip(check, rows, strict=True):
        what = "\n".join(lines(cells[0], widths["what"]))
        table.add_row(
            what, *(Text(cell) for cell in cells[1:-1]), Text(cells[-1], style="green" if row.ok else "bold red")
        )
    return table


def _plans_title(comparison: Comparison, w: Words) -> str:
    """Return the title of the table of plans; a single run has neither mean nor interval."""
    key = "table.plans_title_one" if comparison.n == 1 else "table.plans_title"
    return w(key, runs=w.count("runs", comparison.n))


def column_title(measure: str, scenario: Scenario, w: Words) -> str:
    """Return the heading of a column of the table of plans, with its unit."""
    return w(f"column.{measure}", currency=scenario.cost.currency, unit=w("number.big_unit_name"))


def line_title(measure: str, scenario: Scenario, w: Words) -> str:
    """Return the heading of a column as it stands in a line."""
    return column_title(measure, scenario, w).replace("-\n", "-")


def plan_cell(
    comparison: Comparison, plan: str, measure: str, w: Words, cost_open: bool = False
) -> tuple[str, bool]:
    """Return `mean ± half width` of a measure in the unit of its column, a star at the best, and whether it is.

    cost_open : prices that are missing could make another plan the cheapest, so that none has the star.
    """
    if measure == "lost_calls":
        lost = [sum(comparison.row(p, name).mean for name in LOST_CALLS) for p in comparison.plans]
        mean, best = lost[comparison.plans.index(plan)], _is_best(lost, comparison.plans.index(plan))
        return w.percent(mean, 1) + (" *" if best else ""), best
    row = comparison.row(plan, measure)
    scale = w.big_unit if measure in ("customer_hours", "cost", "cost_if_storm_turns_away") else 1.0
    half = (row.hi - row.mean) / scale
    mean = row.mean / scale
    digits = _digits(measure, mean, scale)
    means = [comparison.row(p, measure).mean for p in comparison.plans]
    best = _is_best(means, comparison.plans.index(plan)) and measure != "cost_if_storm_turns_away"
    best = best and not (measure == "cost" and cost_open)
    at_least = w("table.at_least") if row.n_censored and math.isfinite(mean) else ""
    text = f"{at_least}{w.number(mean, digits)}"
    if math.isfinite(half) and half > 0 and measure != "cost_if_storm_turns_away":
        text += f" ± {w.number(half, digits)}"
    return text + (" *" if best else ""), best


def verdict_cell(comparison: Comparison, plan: str, measure: str, w: Words) -> str:
    """Return the verdict of a judged measure against the reference, empty elsewhere."""
    if plan == comparison.reference or measure not in JUDGED:
        return ""
    said = comparison.pair(plan, measure).verdict
    return w(f"verdict.{said}")


def _fits(table: Table, console: Console) -> bool:
    """Whether a table has room for all its columns as they are."""
    return console.measure(table, options=console.options.update(width=10 * WIDTH)).maximum <= console.width


def _say_plans(console: Console, comparison: Comparison, scenario: Scenario, w: Words, cost_open: bool) -> None:
    """Print the table of plans as a list, a line for each measure, where it has no room."""
    say(console, _plans_title(comparison, w), "bold")
    for plan in comparison.plans:
        say(console, plan if plan != comparison.reference else w("figure.reference", plan=plan), "bold")
        for measure in COLUMNS:
            text, best = plan_cell(comparison, plan, measure, w, cost_open)
            word = verdict_cell(comparison, plan, measure, w)
            said = w("table.line", title=line_title(measure, scenario, w), text=text)
            say(console, said + (w("table.line_verdict", verdict=word) if word else ""), "green" if best else "", indent="  ")


def _check_title(check: Sequence[CheckRow], scenario: Scenario, w: Words) -> str:
    plan = scenario.observed.plan if scenario.observed else scenario.reference_plan
    return w("check.title", plan=plan, passed=sum(row.ok for row in check), total=len(check))


def _say_check(console: Console, check: Sequence[CheckRow], scenario: Scenario, w: Words) -> None:
    """Print the check as a list, where its table has no room."""
    clock = Clock(scenario, w)
    say(console, _check_title(check, scenario, w), "bold")
    for row in check:
        what, *cells = check_cells(row, clock, w)
        names = ("simulated", "observed", "allowed", "fits")
        told = [w("table.line", title=w(f"check.{name}"), text=cell) for name, cell in zip(names, cells, strict=True)]
        say(console, w("table.line", title=what, text=w("list.semicolon").join(told)), "" if row.ok else "red")


def _digits(measure: str, mean: float, scale: float) -> int:
    if measure == "complaints" or (measure == "t95_h" and mean >= 100):
        return 0
    return Words.digits(mean) if scale > 1 else 1


def _is_best(means: list[float], index: int) -> bool:
    """Return whether a mean is the single lowest of several."""
    return len(means) > 1 and means[index] == min(means) and means.count(means[index]) == 1


def _table(title: str) -> Table:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    return Table(
        title=Text(title),
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        padding=(0, 1, 0, 0),
    )


def say(console: Console, text: str, style: str = "", indent: str = "") -> None:
    """Print a paragraph, broken where its language breaks lines."""
    for line in lines(text, min(console.width, WIDTH) - len(indent)):
        console.print(indent + line, markup=False, highlight=False, style=style, no_wrap=True, overflow="ignore", crop=False)


def console_for(file: IO[str]) -> Console:
    """Return a console that writes plainly, 100 columns wide, where the output is not a terminal."""
    from rich.console import Console

    if file.isatty():
        return Console(file=file)
    return Console(file=file, width=WIDTH, color_system=None, force_terminal=False)
