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
from sim.scenario.shape import build
from sim.scenario.shipped_risks import with_shipped, without_shipped

_TABLES = ("risk", "risks")


def with_risks(scenario: Scenario, file: FilePath | None = None, storms_per_year: float | None = None) -> Scenario:
    """Return the scenario with the risks to grade.

    Parameters
    ----------
    file : a TOML file of tables [risk] and [risks.NAME], laid over the scenario's own and those that ship.
    storms_per_year : takes the place of the scenario's.

    Raises
    ------
    InputError with every problem of the file.
    """
    raw = scenario.model_dump(mode="json", include=set(_TABLES), exclude_defaults=True)
    findings: list[Finding] = []
    if file is not None:
        given = parse_file(file)
        for key in [key for key in given if key not in _TABLES]:
            allowed = "unknown table; a file of risks has [risk] and [risks.NAME]"
            findings.append(Finding((key,), shown(given.pop(key)), allowed, nearest_key(key, _TABLES)))
        raw = without_shipped(merge(with_shipped(raw), given))
    elif not scenario.risks and scenario.risk.preset == "standard":
        raw = with_shipped(raw)  # a run that was played before risks shipped
    storm = scenario.storm
    if storms_per_year is not None:
        storm = storm.model_copy(update={"per_year": storms_per_year})
    changed = build(Scenario, scenario.model_dump(exclude_none=True) | raw, (), findings).model_copy(update={"storm": storm})
    findings += check_risks(changed)
    if findings:
        source = str(file) if file is not None else "scenario"
        raise InputError([Problem(source, dotted(f.path), f.value, f.allowed, f.nearest) for f in findings])
    return scenario.model_copy(update={"risk": changed.risk, "risks": changed.risks, "storm": storm})
