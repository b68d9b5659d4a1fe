"""A series of replications of all plans: drawn once each, played under every plan, measured."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.errors import DrillError
from sim.experiment.pool import Engine, Processes
from sim.experiment.race import Race, is_run, settle
from sim.experiment.replicate import Experiment, Replication, stack
from sim.grid.network import Network
from sim.log import Log
from sim.metrics.curves import grid_at
from sim.metrics.further import measure_names
from sim.metrics.measures import Measures
from sim.scenario.model import Scenario

if TYPE_CHECKING:
    from sim.damage.draw import Drawn
    from sim.scenario.plans import Plan
    from sim.storm.track import Track
    from sim.world import Outcome


Enough = Callable[[Sequence[Replication], Sequence[int]], bool]


@dataclass(frozen=True)
class Setting:
    """What every replication of a series shares; plans with the reference first."""

    scenario: Scenario
    network: Network
    track: Track
    plans: tuple[Plan, ...]
    seed: int
    allow_code: bool = False


def run(
    setting: Setting,
    n: int | None = None,
    jobs: int = 1,
    progress: Callable[[int, int], None] | None = None,
    on_replication: Callable[[Replication], None] | None = None,
    finished: Mapping[int, Replication] | None = None,
    enough: Enough | None = None,
    engine: Engine | None = None,
    on_kept: Callable[[str, int, Kept], None] | None = None,
    may_drop: bool = False,
) -> Experiment:
    """Play n replications under all plans of the setting.

    Parameters
    ----------
    setting : made by `make_setting`. n : replications, 0 to n - 1; None: the scenario's.
    jobs : processes; engine : what plays instead of them. Results depend on neither.
    progress : called with (done, total), in replications, after each.
    on_replication : called with each replication played, in order, before `progress`.
    finished : replications played before, by number; they are not played again.
    enough : asked after each replication, in order, with all up to it and the plans still in the race; the series ends
        when it says so.
    on_kept : called with plan, replication and what is kept of everything played, by whoever plays it.
    may_drop : plans may drop out of the race, where the scenario's [precision] has it so.
    """
    total = setting.scenario.replications if n is None else n
    had, players = finished or {}, engine or Processes(jobs)
    race = Race(setting.scenario, len(setting.plans)) if may_drop and is_run(setting.scenario) else None
    standing = tuple(range(len(setting.plans)))
    done: list[Replication] = []
    ended = False
    while not ended:  # once, and again each time that plans drop out
        left = [number for number in range(len(done), total) if number not in had]
        racing = replace(setting, plans=tuple(setting.plans[place] for place in standing))
        with closing(players.in_order(partial(replicate, on_kept=on_kept), racing, left, n_faults)) as played:
            for number in range(len(done), total):
                if number in had:
                    done.append(had[number])
                else:
                    done.append(next(played).of_plans(standing, len(setting.plans)))
                    if on_replication is not None:
                        on_replication(done[-1])
                if progress is not None:
                    progress(len(done), total)
                before, standing = standing, race(done) if race is not None else standing
                ended = len(done) == total or (enough is not None and enough(done, standing))
                if ended or standing != before:
                    break
    names, titles = [plan.name for plan in setting.plans], [plan.title for plan in setting.plans]
    grid = grid_at(setting.scenario.horizon_min)
    raw = stack(done, names, titles, setting.seed, grid, measure_names(setting.scenario))
    return settle(raw, setting.scenario) if may_drop else raw


def plan_order(scenario: Scenario, plans: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the plans to play: the reference first, then those asked for (empty: all), each once."""
    return tuple(dict.fromkeys((scenario.reference_plan, *(plans or scenario.plans))))


def make_setting(
    scenario: Scenario,
    network: Network,
    track: Track,
    plans: Sequence[str] = (),
    seed: int | None = None,
    allow_code: bool = False,
) -> Setting:
    """Return the setting of a series.

    Parameters
    ----------
    scenario, network, track : the scenario in force, and what was made of its files.
    plans : names; empty: all of the scenario. The reference plan is always played, and comes
        first.
    seed : of nature's draws; None: the scenario's.
    allow_code : a dispatch rule `module:function` may be loaded.
    """
    from sim.scenario.plans import plan

    chosen = tuple(plan(scenario, name) for name in plan_order(scenario, plans))
    return Setting(scenario, network, track, chosen, scenario.seed if seed is None else seed, allow_code)


def n_faults(setting: Setting, number: int) -> int:
    """Return how many faults the storm of a replication brings: about what it takes to play it goes by that."""
    from sim.damage import draw, faults

    drawn = draw(setting.scenario, setting.network, setting.track, number, setting.seed)
    return len(faults(drawn, setting.scenario.damage))


def replicate(
    setting: Setting, number: int, on_kept: Callable[[str, int, Kept], None] | None = None
) -> Replication:
    """Draw one replication, play every plan against it and measure.

    The number ever interrupted under the reference plan decides t50 to t100 of all plans. `on_kept` is called with each
    plan's name, the replication's number and what is kept of it.
    """
    from sim.damage import draw
    from sim.hotline import SharedHotlines
    from sim.metrics.measure import measure
    from sim.world import run as run_world

    drawn = draw(setting.scenario, setting.network, setting.track, number, setting.seed)
    lines = SharedHotlines(drawn)
    columns = measure_names(setting.scenario)
    measured: list[Measures] = []
    for plan in setting.plans:
        outcome = run_world(drawn, plan, allow_code=setting.allow_code, line=lines.of(plan.settings))
        interrupted = measured[0].values["affected"] if measured else None
        measured.append(measure(outcome, drawn, plan, interrupted))
        if on_kept is not None:
            on_kept(plan.name, number, keep(outcome, measured[-1], setting.scenario))
    return Replication(
        number=number,
        values=np.array([[m.values[name] for name in columns] for m in measured]),
        censored=np.array([[name in m.censored for name in columns] for m in measured]),
        curves={name: np.array([m.curves[name] for m in measured], np.float32) for name in measured[0].curves},
        areas={name: np.array([m.areas[name] for m in measured]) for name in measured[0].areas},
        observed_out=np.array([m.observed_out for m in measured]),
        peak_at=np.array([m.peak_at for m in measured]),
    )


def play(setting: Setting, plan_name: str, number: int) -> tuple[Drawn, Outcome]:
    """Play one replication of one plan again, for its log: the same draws give the same outcome."""
    from sim.damage import draw
    from sim.world import run as run_world

    plan = next((p for p in setting.plans if p.name == plan_name), None)
    if plan is None:
        raise DrillError(f"no plan '{plan_name}' was played")
    drawn = draw(setting.scenario, setting.network, setting.track, number, setting.seed)
    return drawn, run_world(drawn, plan, allow_code=setting.allow_code)


@dataclass(frozen=True)
class Kept:
    """What is kept of a replication for a replay: the log, and the hotline by the minute (metrics.minutes)."""

    log: Log
    hotline: dict[str, NDArray[np.int32]]


def kept_again(
    setting: Setting, picks: Mapping[str, tuple[str, int]], jobs: int = 1, engine: Engine | None = None
) -> Iterator[tuple[str, Kept]]:
    """Play replications again and yield (name, what is kept) of each; `picks` as `worth_replaying` gives them."""
    replays = (setting, tuple(picks.values()))
    with closing((engine or Processes(jobs)).in_order(_kept, replays, range(len(picks)))) as logs:
        yield from zip(picks, logs, strict=True)


def _kept(replays: tuple[Setting, tuple[tuple[str, int], ...]], index: int) -> Kept:
    setting, picks = replays
    return play_kept(setting, *picks[index])


def play_kept(setting: Setting, plan_name: str, number: int) -> Kept:
    """Play one replication of one plan again and return what is kept of it."""
    from sim.metrics.measure import measure

    drawn, outcome = play(setting, plan_name, number)
    plan = next(plan for plan in setting.plans if plan.name == plan_name)
    return keep(outcome, measure(outcome, drawn, plan), setting.scenario)


def keep(outcome: Outcome, measures: Measures, scenario: Scenario) -> Kept:
    """Return what is kept of one replication played and measured under a plan."""
    from sim.metrics.minutes import hotline_by_minute

    return Kept(outcome.log, hotline_by_minute(outcome.calls, measures.lodged_at, scenario.horizon_min))


def worth_replaying(experiment: Experiment) -> dict[str, tuple[str, int]]:
    """Return name -> (plan, replication) of the logs to keep.

    `median-PLAN`: the replication of median customer-hours of each plan (the lower of two middle ones);
    `worst-REFERENCE`: the replication with the most, under the reference plan.
    """
    hours = experiment.of("customer_hours")
    out = {}
    for p, plan in enumerate(experiment.plans):
        order = np.argsort(hours[p], kind="stable")
        out[f"median-{plan}"] = (plan, experiment.replications[order[(len(order) - 1) // 2]])
    worst = experiment.replications[int(hours[0].argmax())]
    return out | {f"worst-{experiment.reference}": (experiment.reference, worst)}


def median_logs(experiment: Experiment, read: Callable[[str], Log | None]) -> dict[str, tuple[int, Log]]:
    """Return replication and log of the median storm of each plan; `read` gives a log by its name, None: not kept."""
    picks = [(name, *pick) for name, pick in worth_replaying(experiment).items()]
    found = [(plan, number, read(name)) for name, plan, number in picks if name == f"median-{plan}"]
    return {plan: (number, log) for plan, number, log in found if log is not None}
