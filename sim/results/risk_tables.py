"""The risk register as tables for spreadsheets, in the columns in which registers are kept."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from sim.results.tables import Table
from sim.results.workbook import write_xlsx
from sim.results.writing import Cell, write_csv
from sim.risk.causes import Attribution, Causes
from sim.risk.grade import TABLE
from sim.risk.register import Assessed, Register
from sim.scenario.risks import LEVELS, Risks
from sim.words import Words

REGISTER = (
    "no", "risk", "title", "source", "cause", "owner", "treatment", "plan", "level", "level_low", "level_high",
    "likelihood_grade", "impact_grade", "runs_needed", "likelihood_per", "likelihood", "likelihood_lo", "likelihood_hi", "in_a_year",
    "storms_judged", "storms_happened", "unit", "impact_mean", "impact_lo", "impact_hi", "impact_tail", "expected_loss",
    "expected_loss_lo", "expected_loss_hi", "loss_tail", "at_least", "safety", "when", "impact",
)  # fmt: skip


def risk_tables(register: Register, w: Words) -> dict[str, Table]:
    """Return name -> table: the register, and the rules by which it was graded."""
    return {"register": register_table(register, w), "rules": rules_table(register.rules)}


def register_table(register: Register, w: Words) -> Table:
    """Return a row per risk and plan, the reference plan first; what is not known stays empty."""
    return list(REGISTER), [_row(register, row, w) for row in register.rows]


def rules_table(rules: Risks) -> Table:
    """Return the cut-offs in force and the table by which levels are looked up."""
    rows: list[list[Cell]] = [[field, getattr(rules, field)] for field in type(rules).model_fields]
    for likelihood, levels in zip(LEVELS, TABLE, strict=True):
        for impact, level in zip(LEVELS, levels, strict=True):
            rows.append([f"likelihood {likelihood}, impact {impact}", level])
    return ["rule", "value"], rows


def causes_table(causes: Causes) -> Table:
    """Return a row per measure or risk and group of causes: what it adds, with its interval."""
    header = ["what", "as_is", "all_nominal", "cause", "adds", "lo", "hi", "storms", "adds_up"]
    rows: list[list[Cell]] = [
        [row.what, row.as_is, row.nominal, share.group, share.mean, share.lo, share.hi, row.n, causes.adds_up]
        for row in causes.rows
        for share in row.shares
    ]
    return header, rows


def what_text(row: Attribution, register: Register, w: Words) -> str:
    """Return what an attribution is of: a measure, or the expected loss of a risk."""
    if not row.is_risk:
        return w(f"measure.{row.what}")
    unit = unit_text(register.row(row.what, register.plans[0]).unit, w)
    return w("risk_causes.loss_of", no=register.number(row.what), title=title_of(register, row.what, w), unit=unit)


def write_risk_tables(folder: Path, tables: Mapping[str, Table]) -> None:
    """Write every table as CSV and all of them as one workbook, risk-register.xlsx; raises OSError."""
    for name, (header, rows) in tables.items():
        write_csv(folder / f"risk-{name}.csv", header, rows)
    write_xlsx(folder / "risk-register.xlsx", tables)


def title_of(register: Register, name: str, w: Words) -> str:
    """Return what a risk of the register is called."""
    return risk_name(name, register.risks[name].title, w)


def risk_name(name: str, title: str, w: Words) -> str:
    """Return the title where there is one, else the words for a risk that ships, else its name."""
    return title or (w(f"risk_name.{name}") if f"risk_name.{name}" in w else name)


def owner_of(register: Register, name: str, w: Words) -> str:
    """Return who answers for a risk, in words where it is an owner of those that ship."""
    owner = register.risks[name].owner
    return w(f"risk_owner.{owner}") if f"risk_owner.{owner}" in w else owner


def unit_text(unit: str, w: Words) -> str:
    """Return a unit of impact in words."""
    key = f"risk_unit.{unit.replace(' ', '_').replace('-', '_')}"
    return w(key) if key in w else unit


def _row(register: Register, row: Assessed, w: Words) -> list[Cell]:
    risk = register.risks[row.name]
    needed = row.needed if row.needed not in (0, float("inf")) else None
    return [
        register.number(row.name), row.name, title_of(register, row.name, w), risk.source, risk.cause,
        owner_of(register, row.name, w), risk.treatment, row.plan, row.level.best, row.level.low, row.level.high,
        row.likelihood_grade.best, row.impact_grade.best, needed, register.rules.likelihood_per, row.likelihood, row.lo,
        row.hi, row.in_a_year, row.n, row.n_happened, row.unit, row.impact, row.impact_lo, row.impact_hi, row.impact_tail, row.loss,
        row.loss_lo, row.loss_hi, row.loss_tail, row.at_least, risk.safety, risk.when, risk.impact,
    ]  # fmt: skip
