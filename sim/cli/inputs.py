"""What several commands make of a scenario's files before anything is played."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from sim.errors import InputError, Problem, nearest_name

if TYPE_CHECKING:
    from sim.experiment import Setting
    from sim.grid import Network
    from sim.scenario import Loaded
    from sim.storm import Track

Made = TypeVar("Made")


def prepare(loaded: Loaded) -> tuple[Network, Track]:
    """Return the network grown and the track read; raise InputError with the problems of all files together."""
    from sim import grid, storm

    config, weather = loaded.scenario.network, loaded.scenario.storm
    problems: list[Problem] = []
    track = _tried(
        lambda: storm.read_track(loaded.resolve(weather.track), weather.track_id, weather.wind_average_min), problems
    )
    settlements = _tried(lambda: grid.read_settlements(loaded.resolve(config.settlements)), problems)
    coast = _tried(lambda: grid.read_coast(loaded.resolve(config.coast)), problems)
    if track is None or settlements is None or coast is None:
        raise InputError(problems)
    network = grid.grow(config, settlements, coast)
    problems += storm.check_track(track, loaded.scenario, network.cell_lon, network.cell_lat)
    problems += _unknown_places(loaded, network)
    if problems:
        raise InputError(problems)
    return network, track


def _tried(reader: Callable[[], Made], problems: list[Problem]) -> Made | None:
    """Return what the reader makes, or None with its problems added."""
    try:
        return reader()
    except InputError as error:
        problems += error.problems
        return None


def _unknown_places(loaded: Loaded, network: Network) -> list[Problem]:
    """Return the areas and sections that plans and observations name and the network does not have."""
    areas, sections = network.area_name.tolist(), network.name.tolist()
    named = [
        (f"plans.{name}.actions[{i}].{key}", value, known)
        for name, entry in loaded.scenario.plans.items()
        for i, action in enumerate(entry.actions)
        for key, value, known in (
            ("section", action.section, sections),
            *(("areas", name, areas) for name in action.areas or ()),
        )
    ]
    observed = loaded.scenario.observed
    named += [("observed.worst_areas", value, areas) for value in (observed.worst_areas if observed else ())]
    return [
        Problem(
            loaded.path.name, where, f'"{value}"', f"not in the network, which has {len(known)} such names",
            nearest_name(value, known),
        )
        for where, value, known in named
        if value is not None and value not in set(known)
    ]  # fmt: skip


def check_plans(loaded: Loaded, plans: tuple[str, ...]) -> None:
    """Refuse plans asked for that the scenario does not have."""
    known = list(loaded.scenario.plans)
    problems = [
        Problem(
            "--plan",
            "",
            f'"{name}"',
            f"the plans of {loaded.path.name} are {', '.join(known)}",
            nearest_name(name, known),
        )
        for name in plans
        if name not in known
    ]
    if problems:
        raise InputError(problems)


def check_rules(setting: Setting) -> None:
    """Refuse dispatch rules that cannot be had, before anything is written."""
    from sim.dispatch import resolve

    problems: list[Problem] = []
    for plan in setting.plans:
        rules = [plan.settings.dispatch.rule]
        rules += [action.args["rule"] for action in plan.actions if action.do == "set_dispatch_rule"]
        for rule in rules:
            try:
                resolve(rule, setting.allow_code, plan.name)
            except InputError as error:
                problems += error.problems
    if problems:
        raise InputError(list(dict.fromkeys(problems)))
