"""The risks of a finished run: those of its scenario, changed by a file of their own where one is given.

A register is worked on long after the storms were played: thresholds, owners and cut-offs change, the measures do not.
"""

from __future__ import annotations

from pathlib import Path as FilePath

from sim.errors import InputError, Problem
from sim.scenario.consistency import check_risks
from sim.scenario.finding import Finding, dotted, nearest_key, shown
from sim.scenario.model import Scenario
from sim.scenario.plans import merge
from sim.scenario.read import parse_file
from sim.scenario.risks import Treatment
from sim.scenario.shape import build
from sim.scenario.shipped_risks import with_shipped, without_shipped

_TABLES = ("risk", "risks")
_FORM = "a file of risks has [risk], [risks.NAME] and [plans.NAME.treatment]"


def with_risks(scenario: Scenario, file: FilePath | None = None, storms_per_year: float | None = None) -> Scenario:
    """Return the scenario with the risks to grade.

    Parameters
    ----------
    file : a TOML file of tables [risk], [risks.NAME] and [plans.NAME.treatment], laid over the scenario's own and
        those that ship.
    storms_per_year : takes the place of the scenario's.

    Raises
    ------
    InputError with every problem of the file.
    """
    raw = scenario.model_dump(mode="json", include=set(_TABLES), exclude_defaults=True)
    findings: list[Finding] = []
    if file is not None:
        given = parse_file(file)
        scenario = _with_treatments(scenario, given.pop("plans", {}), findings)
        for key in [key for key in given if key not in _TABLES]:
            findings.append(
                Finding((key,), shown(given.pop(key)), f"unknown table; {_FORM}", nearest_key(key, _TABLES))
            )
        raw = without_shipped(merge(with_shipped(raw), given))
    elif not scenario.risks and scenario.risk.preset == "standard":
        raw = with_shipped(raw)  # a run that was played before risks shipped
    storm = scenario.storm
    if storms_per_year is not None:
        storm = storm.model_copy(update={"per_year": storms_per_year})
    changed = build(Scenario, scenario.model_dump(exclude_none=True) | raw, (), findings).model_copy(
        update={"storm": storm}
    )
    findings += check_risks(changed)
    if findings:
        source = str(file) if file is not None else "scenario"
        raise InputError([Problem(source, dotted(f.path), f.value, f.allowed, f.nearest) for f in findings])
    return scenario.model_copy(update={"risk": changed.risk, "risks": changed.risks, "storm": storm})


def _with_treatments(scenario: Scenario, given: object, findings: list[Finding]) -> Scenario:
    """Return the scenario with the treatments of plans that a file gives; what is wrong is added to `findings`."""
    if not isinstance(given, dict):
        findings.append(Finding(("plans",), shown(given), _FORM))
        return scenario
    plans = dict(scenario.plans)
    for name, tables in given.items():
        path = ("plans", name)
        if name not in plans:
            known = ", ".join(plans)
            findings.append(Finding(path, "", f"a plan of the run: {known}", nearest_key(name, plans)))
        elif not isinstance(tables, dict) or set(tables) != {"treatment"} or not isinstance(tables["treatment"], dict):
            findings.append(Finding(path, shown(tables), _FORM))
        else:
            build(Treatment, tables["treatment"], (*path, "treatment"), findings)
            over = merge(plans[name].overrides, tables)
            plans[name] = plans[name].model_copy(update={"overrides": over})
    return scenario.model_copy(update={"plans": plans})
