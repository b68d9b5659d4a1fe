"""Treatments told: which to choose among, and the table of plans by money, harm and safety."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from typing import IO

from sim.report.risk import plain_table
from sim.report.terminal import console_for, say
from sim.results.risk_tables import title_of
from sim.risk.register import Register
from sim.risk.treatments import Compared, Mean, best
from sim.words import Words


def told(rows: Sequence[Compared], register: Register, currency: str, w: Words) -> list[str]:
    """Return which treatment to take or to choose among, what breaks a floor, and what may stay as it is."""
    chosen = best(rows)
    lacking = without_price(rows)
    valued = any(math.isfinite(row.total.mean) for row in rows) and not lacking
    said = []
    if not all(math.isfinite(row.cash.mean) for row in rows):
        said.append(w("treatments.unpriced", currency=currency))
    elif not chosen:
        said.append(w("treatments.none_safe"))
    elif valued:
        one = chosen[0]
        value = f"{register.rules.customer_hour_value:g}"
        said.append(
            w("treatments.least_total", plan=one.plan, kind=w(f"risk.{one.kind}"), value=value, currency=currency)
        )
    elif len(chosen) == 1:
        said.append(w("treatments.one_best", plan=chosen[0].plan, kind=w(f"risk.{chosen[0].kind}")))
    else:
        key = "treatments.choose_open" if lacking else "treatments.choose"
        said.append(w(key, plans=w.listed([row.plan for row in chosen])))
    if lacking and all(math.isfinite(row.cash.mean) for row in rows):
        parts = w.listed([w(f"cost_part.{part}") for part in lacking])
        said.append(w("treatments.part_priced", currency=currency, parts=parts))
    broken = [row for row in rows if row.safety == "broken"]
    for row in broken:
        names = w.listed([w("risk.quoted", title=title_of(register, name, w)) for name in row.endangered])
        said.append(w("treatments.breaks", plan=row.plan, risks=names))
    accepted = [row for row in register.of(register.plans[0]) if register.is_accepted(row)]
    key = "treatments.accept_some" if accepted else "treatments.accept_none"
    names = w.listed([w("risk.quoted", title=title_of(register, row.name, w)) for row in accepted])
    said.append(w(key, plan=register.plans[0], appetite=w(f"risk.{register.rules.appetite}"), risks=names))
    return said


def without_price(rows: Sequence[Compared]) -> list[str]:
    """Return the parts of the cost that plans use differently and cash does not hold for want of a price."""
    return list(dict.fromkeys(part for row in rows for part in row.lacking))


def print_treatments(
    rows: Sequence[Compared], register: Register, currency: str, w: Words, file: IO[str] | None = None
) -> None:
    """Print what to choose among, then the table."""
    console = console_for(file or sys.stdout)
    console.print()
    for sentence in told(rows, register, currency, w):
        say(console, sentence)
    console.print()
    cells = treatment_cells(rows, register, currency, w)
    console.print(plain_table(w("treatments.table", n=register.n), cells, console.width))
    say(console, w("treatments.note"), "dim")


def treatment_cells(
    rows: Sequence[Compared], register: Register, currency: str, w: Words
) -> tuple[list[str], list[list[str]]]:
    """Return heading and rows: plan and kind, cash, customer-hours, tail, price of an hour saved, safety, levels left."""
    valued = any(math.isfinite(row.total.mean) for row in rows)
    tail = w("treatments.tail", share=w.percent(register.rules.tail_fraction))
    header = [
        w("treatments.plan"),
        w("treatments.cash_priced" if without_price(rows) else "treatments.cash", currency=currency),
        w("treatments.more"),
        w("treatments.hours"),
        tail,
    ]
    header += [w("treatments.price")] + ([w("treatments.total")] if valued else [])
    header += [w("treatments.safety"), w("treatments.left")]
    out = []
    for row in rows:
        cells = [w("treatments.plan_kind", plan=row.plan, kind=w(f"risk.{row.kind}")), _amount(row.cash.mean, w)]
        cells += [_interval(row.more, w), _amount(row.hours.mean, w), _amount(row.hours_tail, w)]
        cells += [_amount(row.price, w)] + ([_amount(row.total.mean, w)] if valued else [])
        cells += [
            w(f"treatments.{row.safety}"),
            w("treatments.counts", **{name: row.levels[name] for name in row.levels}),
        ]
        out.append(cells)
    return header, out


def _amount(value: float, w: Words) -> str:
    if abs(value) >= 1e6:
        return w.big(value)
    return w.number(value, 0 if abs(value) >= 100 or value == 0 else 1)


def _interval(mean: Mean, w: Words) -> str:
    if mean.mean == mean.lo == mean.hi == 0:
        return "–"
    sign = "+" if mean.mean > 0 else ""
    if not math.isfinite(mean.lo):
        return sign + _amount(mean.mean, w)
    return w("treatments.interval", mean=sign + _amount(mean.mean, w), lo=_amount(mean.lo, w), hi=_amount(mean.hi, w))
