"""Actions as an exercise lead types them: `hold_crews crews=line count=20; set_dispatch_rule rule=nearest`."""

from __future__ import annotations

import shlex
import tomllib
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path as FilePath
from typing import Any

from pydantic import ValidationError

from sim.errors import InputError, Problem, nearest_name
from sim.scenario.actions import NAMING, ActionEntry, names_in
from sim.scenario.consistency import check_action
from sim.scenario.declared import adapter, allowed
from sim.scenario.finding import Finding, Path, dotted, shown
from sim.scenario.model import Scenario
from sim.scenario.shape import build
from sim.scenario.timed import Action, action_of, contradictions
from sim.units import MIN_PER_H

Raw = dict[str, Any]


def read_actions(
    given: str, settings: Scenario, places: dict[str, list[str]], at: str | None, author: str
) -> list[ActionEntry]:
    """Return the actions that a text or a TOML file with tables [[actions]] gives.

    Parameters
    ----------
    given : the text, actions separated by `;`, each `NAME key=value ...`; or the path of a file that ends in .toml.
    settings : the scenario as the plan has it. places : names of the network by what they name.
    at, author : for actions that do not say so themselves.

    Raises
    ------
    InputError with every problem found.
    """
    is_file = given.strip().endswith(".toml")
    source = FilePath(given).name if is_file else "--do"
    raws = _from_file(FilePath(given)) if is_file else _from_text(given)
    findings: list[Finding] = []
    entries = []
    for i, raw in enumerate(raws):
        path: Path = ("actions", i)
        if at is not None and "at" not in raw:
            raw["at"] = at
        wrong: list[Finding] = []
        entry = build(ActionEntry, {"author": author} | raw, path, wrong)
        findings += wrong + ([] if wrong else check_action(entry, path, settings) + _places(entry, path, places))
        entries.append(entry)
    if findings:
        raise InputError([Problem(source, dotted(f.path), f.value, f.allowed, f.nearest) for f in findings])
    return [ActionEntry.model_validate(entry.model_dump(exclude_none=True)) for entry in entries]


def check_against(before: Sequence[Action], entries: Sequence[ActionEntry], settings: Scenario) -> None:
    """Refuse new actions that contradict each other or those decided before.

    Raises
    ------
    InputError with every contradiction.
    """
    new = [action_of(entry, settings) for entry in entries]
    together, n = [*before, *new], len(before)
    problems = [
        Problem(
            "--do", f"actions[#{j - n + 1}]", new[j - n].do,
            f"contradicts {together[i].do} by {together[i].author} at the same minute, T+{together[i].at / MIN_PER_H:.10g}h",
        )
        for i, j in contradictions(together)
        if j >= n
    ]  # fmt: skip
    if problems:
        raise InputError(problems)


def _from_file(path: FilePath) -> list[Raw]:
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise InputError.one(str(path), "", None, f"cannot be read: {error}".rstrip(".")) from None
    tables = raw.get("actions")
    if list(raw) != ["actions"] or not isinstance(tables, list) or not all(isinstance(t, dict) for t in tables):
        raise InputError.one(path.name, "", None, "a file of actions holds tables [[actions]] and nothing else")
    return tables


def _from_text(text: str) -> list[Raw]:
    raws = []
    for part in text.split(";"):
        try:
            words = shlex.split(part)
        except ValueError as error:
            raise InputError.one("--do", "", shown(part.strip()), f"a text with paired quotes ({error})") from None
        if not words:
            continue
        raw: Raw = {"do": words[0]}
        for word in words[1:]:
            key, equals, value = word.partition("=")
            if not equals or not key:
                raise InputError.one("--do", words[0], shown(word), "key=value")
            raw[key] = _value(key, value)
        raws.append(raw)
    return raws


def _value(key: str, text: str) -> Any:
    """Return what a text means for an argument: a TOML value, names between commas, or the text itself."""
    field = ActionEntry.model_fields.get(key)
    if field is None:
        return text
    candidates: list[Any] = []
    if allowed(field).startswith("an array"):
        candidates.append([name.strip() for name in text.split(",")])
    with suppress(ValueError, RecursionError):
        candidates.insert(0, tomllib.loads(f"v = {text}")["v"])
    for candidate in [*candidates, text]:
        try:
            adapter(field).validate_python(candidate)
        except (ValidationError, OverflowError):
            continue
        return candidate
    return candidates[0] if candidates else text


def _places(entry: ActionEntry, path: Path, places: dict[str, list[str]]) -> list[Finding]:
    """Return the names of places that the network does not have."""
    return [
        Finding((*path, key), shown(name), f"no {names} of that name; there are {len(places[names])}",
                nearest_name(name, places[names]))
        for key, names in NAMING.items()
        if names in places
        for name in names_in(getattr(entry, key))
        if name not in places[names]
    ]  # fmt: skip
