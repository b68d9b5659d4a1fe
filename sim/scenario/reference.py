"""The keys of the scenario file explained: one key, one table, or all of them as Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sim.errors import InputError, nearest_name
from sim.scenario.declared import Declaration, declarations
from sim.scenario.finding import shown
from sim.scenario.model import OPERATIONAL

_COLLECTIONS = ("depots", "crews", "aid", "plans", "risks", r"standards\.(?:clauses|grades|payments)")
_IN_PLAN = re.compile(rf"^plans\.[^.]+\.(?=({'|'.join(OPERATIONAL)})(\.|$))")
_NAMED = re.compile(rf"^({'|'.join(_COLLECTIONS)})\.[^.]+")
_PLACE = re.compile(r"\[#?\d*\]")


def explained(key: str) -> list[Declaration]:
    """Return the declaration of a key, or those of all keys of a table.

    key : as in the file, with names of one's own (`crews.line.count`, `plans.early.hotline.agents`) or `NAME`.

    Raises
    ------
    InputError for an unknown key, with the nearest one.
    """
    known = declarations()
    wanted = _declared(key.strip())
    found = [each for each in known if _declared(each.key) == wanted]
    found = found or [each for each in known if _declared(each.key).startswith(f"{wanted}.")]
    if not found:
        names = [*(each.key for each in known), *dict.fromkeys(_table(each.key) for each in known)]
        last = [name for name in names if name.rpartition(".")[2] == wanted.rpartition(".")[2]]
        near = last[0] if last else nearest_name(wanted, names)
        raise InputError.one("explain", "", key, "there is no such key or table", near)
    return found


def default_text(declaration: Declaration) -> str:
    """Return the default as it would stand in the file; empty where the key must be given or is left out."""
    value = declaration.default
    if value is None:
        return ""
    return shown(value.isoformat() if isinstance(value, datetime) else value)


def reference() -> str:
    """Return all keys as Markdown: one table of the file after the other."""
    blocks = []
    for table, keys in _by_table(declarations()):
        title = f"### `[{table}]`" if table else "### The file itself"
        lines = [title, "", "| key | meaning | may hold | default | grade | source |", "|---|---|---|---|---|---|"]
        for each in keys:
            name = each.key.removeprefix(f"{table}.").removeprefix(f"{table}[].")
            default = "required" if each.required else f"`{text}`" if (text := default_text(each)) else "–"
            cells = [f"`{name}`", each.doc, each.allowed, default, each.grade or "–", each.source or "–"]
            lines.append("| " + " | ".join(_cell(cell) for cell in cells) + " |")
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks) + "\n"


def _by_table(known: Iterable[Declaration]) -> list[tuple[str, list[Declaration]]]:
    tables: dict[str, list[Declaration]] = {}
    for each in known:
        tables.setdefault(_table(each.key), []).append(each)
    return list(tables.items())


def _table(key: str) -> str:
    return key.rpartition(".")[0].removesuffix("[]")


def _declared(key: str) -> str:
    """Return a key without places in arrays: names of one's own as NAME, a plan's copy of a table as the table."""
    key = _PLACE.sub("", _IN_PLAN.sub("", key))
    return _NAMED.sub(r"\1.NAME", key) if "." in key else key


def _cell(text: Any) -> str:
    return str(text).replace("|", "\\|").replace("\n", " ")
