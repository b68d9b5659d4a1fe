"""What several commands make of a scenario's files before anything is played."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from sim.errors import InputError, Problem, nearest_name
from sim.scenario.actions import NAMING, names_in
from sim.units import MIN_PER_H, distance_km

if TYPE_CHECKING:
    from sim.experiment import Setting
    from sim.grid import Network
    from sim.scenario import Loaded
    from sim.storm import Track

Made = TypeVar("Made")

FAR_DEPOT_KM = 300.0  # no crew drives farther than this from where it rests, morning and evening
CLOCK_AND_SUN_H = 4.0  # no country's clock is farther from its sun than about 3.2 h


def read_asked(path: Path, sets: tuple[str, ...] = (), plans: tuple[str, ...] = (), seed: int | None = None) -> Loaded:
    """Return the scenario that a command names, read and checked.

    Raises
    ------
    InputError : with what is wrong with the scenario, with the plans and the seed asked for and, when anything is,
        with the data files too: whoever mends the one need not come back for the other.
    """
    from sim.scenario import examine

    loaded, problems = examine(path, sets)
    files = partial(_wrong_files, loaded, problems.copy()) if problems else partial(_unprepared, loaded)
    problems += _unfit_precision(loaded) + _unknown_plans(loaded, plans) + _unfit_seed(seed)
    if problems:
        raise InputError(list(dict.fromkeys(problems + files())))
    return loaded


def _wrong_files(loaded: Loaded, told: list[Problem]) -> list[Problem]:
    """Return what is wrong inside the data files that a scenario names, which is wrong itself in what is told."""
    from sim import grid

    def settlements() -> object:
        source = loaded.resolve(loaded.scenario.network.settlements)
        return grid.read_grid(source) if source.suffix.lower() == ".zip" else grid.read_settlements(source)

    readers: dict[str, Callable[[], object]] = {
        "storm.track": lambda: _track(loaded),
        "network.settlements": settlements,
        "network.coast": lambda: grid.read_coast(loaded.resolve(loaded.scenario.network.coast)),
    }
    problems: list[Problem] = []
    for where, reader in readers.items():
        if not any(problem.where == where for problem in told):
            with suppress(AttributeError):  # the table is not there, or what is needed of it is wrong
                tried(reader, problems)
    return problems


def _unprepared(loaded: Loaded) -> list[Problem]:
    """Return why a scenario that is right in itself cannot be prepared."""
    problems: list[Problem] = []
    tried(lambda: prepare(loaded), problems)
    return problems


def _track(loaded: Loaded) -> Track:
    from sim import storm

    weather = loaded.scenario.storm
    return storm.read_track(loaded.resolve(weather.track), weather.track_id, weather.wind_average_min)


def prepare(loaded: Loaded) -> tuple[Network, Track]:
    """Return the network grown and the track read; raise InputError with the problems of all files together."""
    from sim import risk, storm
    from sim.metrics import measure_names

    problems = risk.unfit(loaded.scenario.risks, loaded.path.name, measure_names(loaded.scenario))
    problems += risk.uninsurable(loaded.scenario, loaded.path.name, measure_names(loaded.scenario))
    track = tried(lambda: _track(loaded), problems)
    network = tried(lambda: network_of(loaded), problems)
    if track is None or network is None or problems:
        raise InputError(problems)
    problems += storm.check_track(track, loaded.scenario, network.cell_lon, network.cell_lat)
    problems += _far_depots(loaded, network) + _foreign_clock(loaded, network)
    problems += _unknown_places(loaded, network)
    if problems:
        raise InputError(problems)
    return network, track


def network_of(loaded: Loaded) -> Network:
    """Return the network of a scenario: its own, or one grown from settlements; InputError when that cannot be."""
    from sim import grid

    config, problems = loaded.scenario.network, list[Problem]()
    source = loaded.resolve(config.settlements)
    coast = tried(lambda: grid.read_coast(loaded.resolve(config.coast)), problems)
    if source.suffix.lower() == ".zip":
        own = tried(lambda: grid.read_grid(source), problems)
        if own is not None and not own.is_placed:
            problems.append(Problem(str(source), "buses.csv", "", "is needed: a storm meets what has coordinates"))
        if own is not None and own.network.n_customers != config.customers:
            allowed = f"the number of {config.settlements}, {own.network.n_customers}"
            problems.append(Problem(loaded.path.name, "network.customers", str(config.customers), allowed))
        if own is None or coast is None or problems:
            raise InputError(problems)
        return grid.own_network(own, coast)
    settlements = tried(lambda: grid.read_settlements(source), problems)
    if settlements is None or coast is None:
        raise InputError(problems)
    return grid.grow(config, settlements, coast)


def tried(reader: Callable[[], Made], problems: list[Problem]) -> Made | None:
    """Return what the reader makes, or None with its problems added."""
    try:
        return reader()
    except InputError as error:
        problems += error.problems
        return None


def _far_depots(loaded: Loaded, network: Network) -> list[Problem]:
    """Return the depots, the scenario's and the plans' own, from which no part of the network can be reached."""
    from sim.scenario import plan

    scenario = loaded.scenario
    depots = {f"depots.{name}": depot for name, depot in scenario.depots.items() if depot.enabled}
    for name in scenario.plans:
        own = plan(scenario, name).settings.depots
        depots |= {f"plans.{name}.depots.{key}": d for key, d in own.items() if d != scenario.depots.get(key)}
    found = []
    for where, depot in depots.items():
        away = float(distance_km(depot.lon, depot.lat, network.cell_lon, network.cell_lat).min())
        if away > FAR_DEPOT_KM:
            swapped = float(distance_km(depot.lat, depot.lon, network.cell_lon, network.cell_lat).min()) < away
            allowed = f"a place within {FAR_DEPOT_KM:.0f} km of the network, not {away:,.0f} km away"
            allowed += "; lon and lat look swapped" if swapped else ""
            value = f"lon {depot.lon:g}, lat {depot.lat:g}"
            found.append(Problem(loaded.path.name, where, value, allowed))
    return found


def _foreign_clock(loaded: Loaded, network: Network) -> list[Problem]:
    """Return a time zone whose clock is not that of the network's place, which would move shifts and nights."""
    from sim.scenario.instants import utc_offset_min

    sun_h = float(network.cell_lon[0]) / 15
    apart_h = abs((utc_offset_min(loaded.scenario) / MIN_PER_H - sun_h + 12) % 24 - 12)
    if apart_h <= CLOCK_AND_SUN_H:
        return []
    allowed = f"the zone of the network's clocks; this one is {apart_h:.0f} h off the sun there"
    return [Problem(loaded.path.name, "timezone", f'"{loaded.scenario.timezone}"', allowed)]


def _unknown_places(loaded: Loaded, network: Network) -> list[Problem]:
    """Return the places that plans and observations name and the network does not have."""
    there = network.places
    named = [
        (f"plans.{plan}.actions[#{i + 1}].{key}", name, there[names])
        for plan, entry in loaded.scenario.plans.items()
        for i, action in enumerate(entry.actions)
        for key, names in NAMING.items()
        if names in there
        for name in names_in(getattr(action, key))
    ]
    observed = loaded.scenario.observed
    named += [("observed.worst_areas", value, there["area"]) for value in (observed.worst_areas if observed else ())]
    for closure, closed in loaded.scenario.closures.items():
        named += [(f"closures.{closure}.areas", value, there["area"]) for value in closed.areas]
    for key in ("graded_areas", "key_areas"):
        named += [(f"standards.{key}", value, there["area"]) for value in getattr(loaded.scenario.standards, key)]
    return [
        Problem(
            loaded.path.name, where, f'"{value}"', f"not in the network, which has {len(known)} such names",
            nearest_name(value, known),
        )
        for where, value, known in named
        if value not in known
    ]  # fmt: skip


def _unknown_plans(loaded: Loaded, plans: tuple[str, ...]) -> list[Problem]:
    """Return the plans asked for that the scenario does not have."""
    from sim.scenario.finding import nearest_key

    known = list(getattr(loaded.scenario, "plans", {}))
    if not known:
        return []  # that is told of the scenario
    allowed = f"the plans of {loaded.path.name} are {', '.join(known)}"
    return [
        Problem("--plan", "", f'"{name}"', allowed, nearest_key(name, known)) for name in plans if name not in known
    ]


def _unfit_precision(loaded: Loaded) -> list[Problem]:
    """Return a measure to judge precision by that is unknown or has no better direction."""
    from sim.metrics.measures import MEASURES

    known = [name for name, measure in MEASURES.items() if measure.better]
    measure = getattr(getattr(loaded.scenario, "precision", None), "measure", known[0])
    if measure in known:
        return []
    allowed = "one of " + ", ".join(known)
    return [Problem(loaded.path.name, "precision.measure", f'"{measure}"', allowed, nearest_name(measure, known))]


def _unfit_seed(seed: int | None) -> list[Problem]:
    """Return a seed that a scenario could not have."""
    from sim.scenario.nature import LARGEST_SEED

    if seed is None or seed <= LARGEST_SEED:
        return []
    return [Problem("--seed", "", str(seed), f"a whole number, 0 to {LARGEST_SEED:,}")]


def check_rules(setting: Setting, file: str = "scenario") -> None:
    """Refuse dispatch rules of the scenario `file` that cannot be had, before anything is written."""
    from sim.dispatch import resolve

    problems: list[Problem] = []
    for plan in setting.plans:
        entry = setting.scenario.plans[plan.name]
        here = f"plans.{plan.name}."
        own = here if "rule" in entry.overrides.get("dispatch", {}) else ""
        rules = {f"{own}dispatch.rule": plan.settings.dispatch.rule}
        rules |= {f"{here}actions[#{i + 1}].rule": a.rule for i, a in enumerate(entry.actions) if a.rule is not None}
        for where, rule in rules.items():
            try:
                resolve(rule, setting.allow_code, plan.name)
            except InputError as error:
                problems += [replace(problem, file=file, where=where) for problem in error.problems]
    if problems:
        raise InputError(list(dict.fromkeys(problems)))
