"""`drill explain` and `drill schema`: what a key of the scenario file means, for people and for editors."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from sim.cli.completion import complete_key, complete_lang
from sim.cli.options import json_option

if TYPE_CHECKING:
    from sim.scenario import Declaration
    from sim.scenario.actions import ActionKind
    from sim.words import Words


@click.command()
@click.argument("keys", nargs=-1, metavar="[KEY]...", shell_complete=complete_key)
@click.option("--all", "everything", is_flag=True, help="Print the reference of all keys as Markdown.")
@click.option("--lang", default="en", show_default=True, shell_complete=complete_lang, help="Language: en, zh.")
@json_option
def explain(keys: tuple[str, ...], everything: bool, lang: str, as_json: bool) -> None:
    """Say what each KEY means: unit, what it may hold, default, how sure its value is, source.

    KEY is written as in the scenario file, such as hotline.agents or crews.line.count; a table's name, such as
    hotline, explains all its keys. The name of an action, such as hold_crews, explains that; `actions` all of them.
    """
    from sim.errors import InputError
    from sim.scenario.reference import explained, reference
    from sim.words import words

    text = words(lang)
    if everything:
        click.echo(reference(), nl=False)
        return
    if not keys:
        raise InputError.one("explain", "", None, "name a key, such as hotline.agents, or --all")
    acts = _actions(keys)
    found = list(dict.fromkeys(each for key in keys if key not in acts and key != "actions" for each in explained(key)))
    if as_json:
        facts = [_facts(each) for each in found] + [asdict(kind) | {"action": name} for name, kind in acts.items()]
        click.echo(json.dumps(facts, ensure_ascii=False, indent=1, default=str))
        return
    for name, kind in acts.items():
        click.echo(f"{kind.usage(name)}\n    {kind.side}: {kind.doc}")
    for i, each in enumerate(found):
        click.echo(("\n" if i else "") + _shown(each, text))


@click.command()
def schema() -> None:
    """Print the JSON Schema of the scenario file, for editors that complete and check TOML."""
    from sim.scenario import schema as json_schema

    click.echo(json.dumps(json_schema(), ensure_ascii=False, indent=1))


def _actions(keys: tuple[str, ...]) -> dict[str, ActionKind]:
    """Return the actions that the keys name."""
    from sim.scenario.actions import ACTIONS

    return {name: kind for name, kind in ACTIONS.items() if "actions" in keys or name in keys}


def _facts(each: Declaration) -> dict[str, object]:
    return {
        "key": each.key, "meaning": each.doc, "unit": each.unit, "allowed": each.allowed, "required": each.required,
        "default": each.default, "grade": each.grade, "source": each.source, "cause": each.cause,
        "nominal": each.nominal,
    }  # fmt: skip


def _shown(each: Declaration, w: Words) -> str:
    """Return one key as lines of text; what is not stated is left out."""
    from sim.report.wrapping import columns, lines
    from sim.scenario.reference import default_text

    rows = {
        "meaning": each.doc,
        "unit": each.unit,
        "allowed": each.allowed,
        "default": w("explain.required") if each.required else default_text(each) or w("explain.none"),
        "grade": w(f"grade.{each.grade}") if each.grade else "",
        "source": each.source,
    }
    names = {name: w(f"explain.{name}") for name, value in rows.items() if value}
    width = int(max(columns(name) for name in names.values()))
    out = [each.key]
    for row, name in names.items():
        pad = " " * (width - int(columns(name)))
        first, *rest = lines(rows[row], 96 - width)
        out += [f"  {name}{pad}  {first}", *(" " * (width + 4) + line for line in rest)]
    return "\n".join(out)
