"""What must hold within the standards: the limit that a clause needs, edges in order, currencies that agree."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from sim.errors import nearest_name
from sim.scenario.finding import Finding, Path, shown
from sim.scenario.model import Scenario
from sim.scenario.standards import BY_FAULTS, LIMITS, Clause, Grades, Standards
from sim.standards import LEVELS

Findings = Iterator[Finding]

_BY_PLACE = ("arrival", "restoration", "interruption")
_ONLY: dict[str, tuple[str, ...]] = {
    "land": _BY_PLACE,
    "exempt": _BY_PLACE,
    "mean": (*_BY_PLACE, "answer", "complaint_contact", "complaint_answer"),
    "at_least_fraction": (*_BY_PLACE, "answer", "complaint_contact", "complaint_answer", "wind"),
    "per_day": ("busy",),
    "busy_hours": ("busy",),
}
"""What a clause must be about for a key of it to have a meaning."""


def clause_findings(path: Path, clause: Clause) -> Findings:
    """Find a limit that is missing or does not belong to the clause, and keys that mean nothing for it."""
    for about, key in LIMITS.items():
        if about == clause.about and getattr(clause, key) is None:
            yield Finding((*path, key), "", f'missing; about = "{about}" needs it')
    for key in dict.fromkeys(LIMITS.values()):
        if key != LIMITS[clause.about] and getattr(clause, key) is not None:
            allowed = f'no limit of about = "{clause.about}", which has {LIMITS[clause.about]}'
            yield Finding((*path, key), shown(getattr(clause, key)), allowed)
    for key, subjects in _ONLY.items():
        value = getattr(clause, key)
        if value != Clause.model_fields[key].default and clause.about not in subjects:
            yield Finding((*path, key), shown(value), "only where a clause is about " + ", ".join(subjects))
    if clause.mean and clause.at_least_fraction != 1.0:
        allowed = "not with mean = true: either the mean or a share of the cases is held against the limit"
        yield Finding((*path, "at_least_fraction"), shown(clause.at_least_fraction), allowed)
    if clause.busy_hours and not clause.per_day:
        yield Finding((*path, "busy_hours"), shown(clause.busy_hours), "only with per_day = true")


def grades_findings(path: Path, grades: Grades) -> Findings:
    """Find grades that do not exist or are out of order, and edges that do not fall from grade to grade."""
    places = [LEVELS.index(level) for level in grades.levels if level in LEVELS]
    if len(places) < len(grades.levels) or not places or any(b <= a for a, b in pairwise(places)):
        allowed = f"at least one of {', '.join(LEVELS)}, the gravest first, each once"
        yield Finding((*path, "levels"), shown(grades.levels), allowed)
    for key in ("load_fraction", "customers_fraction"):
        edges = getattr(grades, key)
        if len(edges) != len(grades.levels):
            yield Finding((*path, key), shown(edges), f"one number for each of the {len(grades.levels)} levels")
        elif not all(0 < edge <= 1 for edge in edges):
            yield Finding((*path, key), shown(edges), "shares above 0 and at most 1")
        elif any(b >= a for a, b in pairwise(edges)):
            yield Finding((*path, key), shown(edges), "edges that fall from one level to the next")


def choice_findings(standards: Standards) -> Findings:
    """Find a kind of place or a class of weather that is none of those declared."""
    for key, table in (("area_class", "grades"), ("weather", "payments")):
        name, known = getattr(standards, key), list(getattr(standards, table))
        if key == "weather" and name == BY_FAULTS:
            if not standards.classes:
                yield Finding(("standards", key), shown(name), "needs standards.payments with faults_from; there are none")
        elif name and name not in known:
            allowed = f"one of standards.{table}: " + (", ".join(known) or "there are none")
            yield Finding(("standards", key), shown(name), allowed, nearest_name(name, known))
    for key in ("graded_areas", "key_areas"):
        if getattr(standards, key) and not standards.area_class:
            allowed = "only with standards.area_class, the kind of place that is graded"
            yield Finding(("standards", key), shown(getattr(standards, key)), allowed)


def payment_findings(scenario: Scenario) -> Findings:
    """Find payments in another currency than the scenario's, and steps without their length."""
    standards = scenario.standards
    for name, paid in standards.payments.items():
        path = ("standards", "payments", name)
        if paid.further and paid.further_h is None:
            yield Finding((*path, "further_h"), "", "missing; further needs it")
    applied = standards.classes if standards.weather == BY_FAULTS else (standards.weather,)
    for name in applied:
        due = standards.payments.get(name)
        if due is not None and due.currency != scenario.cost.currency:
            allowed = (
                f"{due.currency}, the currency of standards.payments.{name}; amounts of one country are not "
                f'applied in another. Or set standards.weather = "" to pay nothing'
            )
            yield Finding(("cost", "currency"), shown(scenario.cost.currency), allowed)
            return
