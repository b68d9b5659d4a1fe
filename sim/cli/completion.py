"""What the shell offers while a command is typed: keys, plans, languages."""

from __future__ import annotations

from pathlib import Path

import click


def complete_key(_context: click.Context, _argument: click.Parameter, typed: str) -> list[str]:
    """Return the keys of the scenario file that begin with what was typed; names of one's own stay open."""
    from sim.scenario import declarations

    keys = [each.key for each in declarations() if "[]" not in each.key]
    return [key for key in keys if key.startswith(typed) and "NAME" not in key]


def complete_set(context: click.Context, argument: click.Parameter, typed: str) -> list[str]:
    """Return keys with an equals sign, for --set."""
    return [f"{key}=" for key in complete_key(context, argument, typed)]


def complete_lang(_context: click.Context, _argument: click.Parameter, typed: str) -> list[str]:
    """Return the languages."""
    from sim.words import LANGUAGES

    return [lang for lang in LANGUAGES if lang.startswith(typed)]


def complete_plan(context: click.Context, _argument: click.Parameter, typed: str) -> list[str]:
    """Return the plans of the scenario already named on the line; none while it cannot be read."""
    import tomllib

    from sim.cli.options import find_scenario
    from sim.errors import InputError

    # an option still without its value leaves the arguments before it unread
    named = context.params.get("scenario") or next(iter(context.args), "")
    try:
        with find_scenario(Path(named)).open("rb") as file:
            plans = tomllib.load(file)["plans"]
    except (KeyError, TypeError, ValueError, OSError, InputError):
        return []
    return [name for name in plans if name.startswith(typed)]
