"""Read a scenario file: everything that is wrong with it is told together, or it is right."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time
from pathlib import Path as FilePath
from typing import Any

import sim
from sim.errors import InputError, Problem, nearest_name
from sim.scenario.actions import ActionEntry
from sim.scenario.consistency import check_action, check_frame, check_means, check_settings, check_together
from sim.scenario.finding import Finding, Path, dotted, nearest_key, quoted, shown
from sim.scenario.model import OPERATIONAL, PLAN_DAMAGE_KEYS, PlanEntry, Scenario
from sim.scenario.plans import REMOVABLE, merge, without_removed
from sim.scenario.preset import with_preset
from sim.scenario.sets import Edit, apply, overruled
from sim.scenario.shape import build
from sim.scenario.shipped_risks import with_shipped, without_shipped

SHIPPED = FilePath(sim.__file__).resolve().parent.parent / "scenarios"
"""Where the data files that come with the program lie."""
DATA_FILES = (("storm", "track"), ("network", "settlements"), ("network", "coast"))

_DEEPEST = 16
_LARGEST = 4_000_000  # bytes; the default scenario has 8,000
_LINE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")
_MAY_SET = "a plan may set title, actions and parts of the tables " + ", ".join(OPERATIONAL)

Raw = dict[str, Any]


@dataclass(frozen=True)
class Loaded:
    """A scenario with the file that it was read from.

    `text` is the file's text, `sets` the edits asked for, `overruled` a line for each of a plan's own values
    that wins over an edit.
    """

    scenario: Scenario
    path: FilePath
    text: str
    sets: tuple[str, ...] = ()
    overruled: tuple[str, ...] = ()

    def resolve(self, name: str) -> FilePath:
        """Return the path of a data file: beside the scenario file, else among those shipped."""
        return _data_file(self.path, name)


def read(path: str | FilePath, sets: Sequence[str] = ()) -> Loaded:
    """Read and check a scenario file.

    Parameters
    ----------
    path : the TOML file.
    sets : edits `key.path=value` of the scenario before plans are merged; a TOML value or bare text.

    Raises
    ------
    InputError : with every problem of the file, of its plans, of the edits and of the data files' presence.
    """
    loaded, problems = examine(path, sets)
    if problems:
        raise InputError(problems)
    return loaded


def examine(path: str | FilePath, sets: Sequence[str] = ()) -> tuple[Loaded, list[Problem]]:
    """Return a scenario file as far as it is right, and all that `read` would refuse it for.

    With any problem the scenario lacks the attributes that are wrong; whoever asks for one meets AttributeError.

    Raises
    ------
    InputError : for a file that cannot be read or is no TOML.
    """
    path = FilePath(path)
    text = _text(path)
    raw = with_shipped(_parse(path, text))
    edits, wrong_sets = apply(raw, sets)
    raw = without_shipped(with_preset(raw))
    findings: list[Finding] = []
    scenario = _check(raw, findings)
    findings += _data_findings(path, scenario)
    problems = [_problem("--set", f, ()) for f in wrong_sets] + [_problem(path.name, f, edits) for f in findings]
    if problems:
        return Loaded(scenario, path, text, tuple(sets)), list(dict.fromkeys(problems))
    overrides = {name: entry["overrides"] for name, entry in raw["plans"].items()}
    return Loaded(Scenario.model_validate(raw), path, text, tuple(sets), overruled(edits, overrides)), []


def parse_file(path: FilePath) -> Raw:
    """Return the tables of any TOML file of the user's; InputError when it cannot be read or is no TOML."""
    return _parse(path, _text(path))


def _text(path: FilePath) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST + 1)
    except FileNotFoundError:
        near = nearest_name(path.name, [p.name for p in path.parent.glob("*.toml")]) if path.parent.is_dir() else ""
        raise InputError.one(str(path), "", None, "there is no such file", near) from None
    except IsADirectoryError:
        raise InputError.one(str(path), "", None, "this is a folder; a scenario is a .toml file") from None
    except (OSError, ValueError) as error:
        raise InputError.one(str(path), "", None, f"cannot be read: {_reason(error)}") from None
    if len(data) > _LARGEST:
        raise InputError.one(path.name, "", None, f"a scenario has at most {_LARGEST:,} bytes")
    if not data.strip():
        raise InputError.one(path.name, "", None, "the file is empty")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        wide = " (it looks like UTF-16)" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ""
        place = "" if wide else f"line {data[: error.start].count(bytes([10])) + 1}"
        value = f"byte {data[error.start]:#04x} at position {error.start}"
        raise InputError.one(path.name, place, value, f"the file must be saved as UTF-8{wide}") from None


def _parse(path: FilePath, text: str) -> Raw:
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = _LINE.search(str(error))
        lines = text.splitlines() or [""]
        number = int(found[1]) if found and found[1] else len(lines)
        line = lines[number - 1].strip() if number <= len(lines) else ""
        allowed = f"not TOML: {_LINE.sub('', str(error))}"
        raise InputError.one(path.name, f"line {number}", quoted(line) if line else None, allowed) from None
    except (ValueError, RecursionError) as error:
        raise InputError.one(path.name, "", None, f"not usable TOML: {_reason(error)}") from None
    if not raw:
        raise InputError.one(path.name, "", None, "the file holds no key; `drill new` writes a scenario that runs")
    if _depth(raw) > _DEEPEST:
        raise InputError.one(path.name, "", None, f"tables and arrays may be nested at most {_DEEPEST} deep")
    return raw


def _depth(raw: Raw) -> int:
    level: list[Any] = [raw]
    depth = 0
    while level and depth <= _DEEPEST:
        depth += 1
        inner = [v for node in level for v in (node.values() if isinstance(node, dict) else node)]
        level = [v for v in inner if isinstance(v, dict | list)]
    return depth


def _check(raw: Raw, findings: list[Finding]) -> Scenario:
    """Check the whole file, plans included; moves each plan's tables into its overrides, in place."""
    if isinstance(raw.get("plans"), dict):
        raw["plans"] = {name: _split(name, entry, findings) for name, entry in raw["plans"].items()}
    shape: list[Finding] = []
    scenario = build(Scenario, raw, (), shape)
    own = without_removed(scenario)
    findings += [_meant(finding, raw) for finding in shape] + check_frame(scenario)
    settings = check_settings(own)
    findings += settings
    known = {*shape, *settings}
    means = set(check_means(own))
    for name, entry in getattr(scenario, "plans", {}).items():
        over, under = getattr(entry, "overrides", None), own
        shape_under: list[Finding] = []
        if isinstance(over, dict):
            under = without_removed(build(Scenario, merge(raw, over), (), shape_under))
            findings += _check_overrides(name, over, raw, under, shape_under, known, means)
        findings += _check_actions(name, getattr(entry, "actions", ()), under, told=bool(findings))
    return scenario


def _meant(finding: Finding, raw: Raw) -> Finding:
    """Return the finding; a clause of standards that lacks its subject may be one of the preset's, misspelt."""
    if finding.path[:2] != ("standards", "clauses") or not finding.allowed.startswith("missing"):
        return finding
    name = str(finding.path[2])
    near = nearest_key(name, [other for other in raw["standards"]["clauses"] if other != name])
    return replace(finding, nearest=f"standards.clauses.{near}" if near else "")


def _check_actions(name: str, entries: tuple[ActionEntry, ...], under: Scenario, *, told: bool) -> list[Finding]:
    """Check a plan's actions one by one; together only in a file in which nothing is wrong so far."""
    path: Path = ("plans", name, "actions")
    found = [f for i, entry in enumerate(entries) for f in check_action(entry, (*path, i), under)]
    return found if found or told else check_together(entries, path, under)


def _split(name: str, entry: Any, findings: list[Finding]) -> Any:
    """Return a plan with its tables moved into `overrides`; what it may not set is told and left out."""
    if not isinstance(entry, dict):
        return entry
    own = [key for key in PlanEntry.model_fields if key != "overrides"]
    over: Raw = {}
    for key, value in entry.items():
        if key in own:
            continue
        if key in Scenario.model_fields and key not in OPERATIONAL:
            findings.append(Finding(("plans", name, key), shown(value), f"the same for all plans; {_MAY_SET}"))
        elif key not in OPERATIONAL:
            near = nearest_key(key, [*own, *OPERATIONAL])
            findings.append(Finding(("plans", name, key), shown(value), f"unknown key; {_MAY_SET}", near))
        else:
            over[key] = _hardening(name, value, findings) if key == "damage" else value
    return {key: entry[key] for key in own if key in entry} | {"overrides": _as_texts(over)}


def _hardening(name: str, damage: Any, findings: list[Finding]) -> Any:
    if not isinstance(damage, dict):
        return damage
    for key in damage:
        if key not in PLAN_DAMAGE_KEYS:
            allowed = "of damage a plan may set " + ", ".join(PLAN_DAMAGE_KEYS)
            near = nearest_key(key, PLAN_DAMAGE_KEYS)
            findings.append(Finding(("plans", name, "damage", key), shown(damage[key]), allowed, near))
    return {key: value for key, value in damage.items() if key in PLAN_DAMAGE_KEYS}


def _as_texts(value: Any) -> Any:
    """Return overrides with TOML dates and times as texts, the form in which they are kept and stored."""
    if isinstance(value, dict):
        return {key: _as_texts(inner) for key, inner in value.items()}
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, time) and not value.second and not value.microsecond:
        return value.strftime("%H:%M")
    return value


def _check_overrides(
    name: str, over: Raw, raw: Raw, settings: Scenario, shape: list[Finding], known: set[Finding], means: set[Finding]
) -> list[Finding]:
    """Return what is wrong with the scenario under a plan only, named by the plan's key paths.

    `settings` is the scenario under the plan, `shape` what is wrong with it in itself. A lack of means that the
    scenario has by itself is told once, at the scenario.
    """
    wrong_removals = _removals(name, over, raw)
    lacking = check_means(settings)
    findings = shape + check_settings(settings) + [f for f in lacking if f not in means]
    told = [_in_plan(name, f, raw) for f in findings if f not in known]
    silent = {f.path for f in wrong_removals}
    told = [f for f in told if f.path[:4] not in silent]
    return wrong_removals + told + [f for f in lacking if f in means]


def _removals(name: str, over: Raw, raw: Raw) -> list[Finding]:
    """Return the entries that a plan removes though the scenario has none of that name."""
    found = []
    for table in REMOVABLE:
        entries, names = over.get(table), raw.get(table)
        names = list(names) if isinstance(names, dict) else []
        for entry, value in entries.items() if isinstance(entries, dict) else ():
            if entry not in names and isinstance(value, dict) and value.get("enabled") is False:
                allowed = f"nothing to remove; {table} are " + (", ".join(names) or "none")
                near = nearest_key(entry, names)
                found.append(Finding(("plans", name, table, entry), "enabled = false", allowed, near))
    return found


def _in_plan(name: str, finding: Finding, raw: Raw) -> Finding:
    """Return the finding at the plan's key path; a new entry that lacks keys may be an old one misspelt."""
    near = finding.nearest
    if not near and finding.allowed.startswith("missing") and len(finding.path) == 3:
        table, entry = finding.path[:2]
        names = raw.get(str(table))
        near = nearest_key(str(entry), names) if isinstance(names, dict) and entry not in names else ""
        near = f"{table}.{near}" if near else ""
    return replace(finding, path=("plans", name, *finding.path), nearest=near)


def _problem(file: str, finding: Finding, edits: Sequence[Edit]) -> Problem:
    set_here = any(finding.path[: len(edit.path)] == edit.path for edit in edits)
    where = dotted(finding.path)
    return Problem("--set" if set_here else file, where, finding.value, finding.allowed, finding.nearest)


def _data_file(scenario_path: FilePath, name: str) -> FilePath:
    beside = scenario_path.parent / name
    shipped = SHIPPED / name
    return shipped if not beside.exists() and shipped.exists() else beside


def _data_findings(path: FilePath, scenario: Scenario) -> list[Finding]:
    found = []
    for table, key in DATA_FILES:
        name = getattr(getattr(scenario, table, None), key, None)
        if name is not None:
            found += _data_finding((table, key), path, name)
    return found


def _data_finding(key: Path, path: FilePath, name: str) -> list[Finding]:
    try:
        if not name.strip():
            return [Finding(key, shown(name), "the name of a file")]
        file = _data_file(path, name)
        if file.is_dir():
            return [Finding(key, shown(name), "a file; this is a folder")]
        if not file.exists():
            if file.is_symlink():
                return [Finding(key, shown(name), "a file; this is a link that leads nowhere")]
            near = nearest_name(file.name, [p.name for p in file.parent.iterdir()]) if file.parent.is_dir() else ""
            allowed = f"a file, looked for in {path.parent.resolve()} and among those shipped; there is none"
            return [Finding(key, shown(name), allowed, (FilePath(name).parent / near).as_posix() if near else "")]
        if not file.is_file():
            return [Finding(key, shown(name), "an ordinary file")]
        with file.open("rb") as stream:
            return [] if stream.read(1) else [Finding(key, shown(name), "a file that is not empty")]
    except (OSError, ValueError) as error:
        return [Finding(key, shown(name), f"a file that can be read: {_reason(error)}")]


def _reason(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "nested too deeply"
    return (getattr(error, "strerror", None) or str(error) or type(error).__name__).rstrip(".")
