"""Use by depot: who is based where over time, what crews of each place do with their hours, and what its material was for.

A place is a depot of the plan, or the middle of an area to which a decision has moved crews. A crew counts where it is
based, and while it rests where it sleeps: foreign crews may lodge at another depot than they work from.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.experiment.replicate import Experiment
from sim.experiment.series import Setting
from sim.factors import NOMINAL
from sim.grid import bases
from sim.grid.network import Network
from sim.log import KINDS, NONE, Log
from sim.metrics.crews import OFF, RESTING, STATES, CrewTime, crew_time, gone_home
from sim.metrics.curves import lasting, running
from sim.metrics.standby import held_by_wind
from sim.metrics.stock import Supplies, supplies
from sim.scenario.model import OPERATIONAL, Scenario
from sim.scenario.plans import plan as plan_of
from sim.units import MIN_PER_DAY, MIN_PER_H
from sim.world.crews import muster

if TYPE_CHECKING:
    from sim.damage.draw import Drawn

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_AFTERWARDS = ("complaint_desk", "treatment")
"""Tables of a plan that cannot move crews: they are about what is measured when all is over. Promises and notices can,
since they change who calls, from which the control room learns."""
_FIELD = tuple(table for table in OPERATIONAL if table not in _AFTERWARDS)
UNCUT_MIN = 5 * MIN_PER_DAY
"""How long after landfall crews are counted, at most, where the minute of 95 % restored is not known."""


@dataclass(frozen=True)
class DepotUse:
    """What the places of one plan were used for in one replication, from landfall until 95 % were back.

    since, until : these minutes, as of `restored_at`. names : of places, the plan's depots first. crews, on_site :
    (n_places, n_grid) crews there, in whatever state but off, and those of them at work. hours : (n_places, n_states)
    crew-hours. jobs : (n_places,) jobs for crews opened nearest to it, generators' left out. wait_h : (n_places,) median
    hours from a job to the first crew that sets out for it; inf where most were not begun, nan without jobs. supplies :
    of material that is limited.
    """

    plan: str
    replication: int
    since: float
    until: float
    names: tuple[str, ...]
    crews: FloatArray
    on_site: FloatArray
    hours: FloatArray
    jobs: IntArray
    wait_h: FloatArray
    supplies: tuple[Supplies, ...]
    like: str = ""  # an earlier plan that differs in nothing that can move crews


@dataclass(frozen=True)
class Roster:
    """All crews of a plan by number: kind, number of the place it is based at at first, and of the place where it sleeps."""

    kinds: tuple[str, ...]
    base: IntArray
    bed: IntArray


def roster(settings: Scenario, network: Network) -> Roster:
    """Return the crews of a plan as they are before anything happens."""
    number = {base.place: base.number for base in reversed(bases(settings.depots, network))}
    groups = muster(settings, network, NOMINAL)
    crews = sorted((crew for group in groups for crew in group.crews), key=lambda crew: crew.number)
    return Roster(
        tuple(crew.kind for crew in crews),
        np.array([number[crew.depot] for crew in crews], np.int64),
        np.array([number[crew.bed] for crew in crews], np.int64),
    )


def restored_at(experiment: Experiment, scenario: Scenario, plan: str, replication: int) -> float:
    """Return the minute at which 95 % were back, at most the horizon.

    Where that is not known, because the replication is not among these or nobody was out: five days after landfall.
    """
    start, hours = scenario.landfall_at, 0.0
    if replication in experiment.replications:
        hours = float(experiment.of("t95_h")[experiment.plans.index(plan), experiment.replications.index(replication)])
    return min(start + (hours * MIN_PER_H if hours > 0 else UNCUT_MIN), scenario.horizon_min)


def depot_uses(setting: Setting, experiment: Experiment, logs: Mapping[str, tuple[int, Log]]) -> list[DepotUse]:
    """Return the use by depot of every plan of which a log (replication, log) is there, in the plans' order."""
    from sim.damage import draw

    scenario, network = setting.scenario, setting.network
    out: list[DepotUse] = []
    seen: dict[str, tuple[object, ...]] = {}
    storms: dict[int, Drawn] = {}  # plans often have the same median storm
    for name in (plan for plan in experiment.plans if plan in logs):
        number, log = logs[name]
        plan, until = plan_of(scenario, name), restored_at(experiment, scenario, name, number)
        if number not in storms:
            storms[number] = draw(scenario, network, setting.track, number, experiment.seed)
        times = crew_time(log, scenario.horizon_min, gone_home(log, plan.settings))
        times = held_by_wind(times, storms[number], plan.settings)
        use = depot_use(log, times, plan.settings, network, (name, number), until, experiment.grid_at)
        decides = *(getattr(plan.settings, table) for table in _FIELD), plan.actions
        like = next((other for other, same in seen.items() if same == decides), "")
        seen.setdefault(name, decides)
        out.append(replace(use, like=like))
    return out


def relabelled(uses: Iterable[DepotUse], labels: Mapping[str, str]) -> list[DepotUse]:
    """Return the uses with their plans called by the labels given, by the plans' names."""
    return [replace(use, plan=labels[use.plan], like=labels[use.like] if use.like else "") for use in uses]


def depot_use(
    log: Log, times: CrewTime, settings: Scenario, network: Network, of: tuple[str, int], until: float, grid: FloatArray
) -> DepotUse:
    """Return the use by depot of one log, and of what its crews did when.

    of : its plan and replication. grid : the instants of the curves.
    """
    places, since = bases(settings.depots, network), settings.landfall_at
    time, place = at_places(times, log, roster(settings, network))
    n, n_depots = len(places), len(settings.depots)
    spent = np.clip(np.minimum(time.end, until) - np.maximum(time.start, since), 0, None) / MIN_PER_H
    cells = np.bincount(place * len(STATES) + time.state, spent, n * len(STATES))
    hours = cells.astype(np.float64).reshape(n, len(STATES))
    there, at_work = time.state != OFF, time.state == STATES.index("working")
    open_ended = replace(time, end=lasting(time.start, time.end, settings.horizon_min))
    used = np.unique(place[there])
    kept = [number for number in range(n) if number < n_depots or number in used]
    jobs, wait_h = _jobs(log, network, np.array([base.place for base in places[:n_depots]]), until)
    more = len(kept) - n_depots
    return DepotUse(
        plan=of[0], replication=of[1], since=since, until=until, names=tuple(places[number].name for number in kept),
        crews=_counted(open_ended, place, there, kept, grid), on_site=_counted(open_ended, place, at_work, kept, grid),
        hours=hours[kept], jobs=np.append(jobs, np.zeros(more, np.int64)),
        wait_h=np.append(wait_h, np.full(more, np.nan)), supplies=tuple(supplies(log, settings, until)),
    )  # fmt: skip


def _counted(
    time: CrewTime, place: IntArray, which: NDArray[np.bool_], places: list[int], grid: FloatArray
) -> FloatArray:
    """Return how many crews in the stretches marked are at each place at each instant, (n_places, n_grid)."""
    chosen = [which & (place == number) for number in places]
    return np.array([running(time.start[some], time.end[some], grid) for some in chosen])


def at_places(time: CrewTime, log: Log, first: Roster) -> tuple[CrewTime, IntArray]:
    """Return the stretches cut where a crew was given another place, and the number of the place of each, (n,)."""
    rows = np.flatnonzero(log.of("crew_moving", "crew_based", "crew_returning") & (log["crew"] != NONE))
    base, bed = first.base.copy(), first.bed.copy()
    cuts = [(number, -np.inf, int(base[number]), int(bed[number])) for number in np.unique(time.crew).tolist()]
    for row in rows.tolist():
        number, place = int(log["crew"][row]), int(log["place"][row])
        if KINDS[log["kind"][row]].name != "crew_returning":
            base[number] = place  # it sleeps there, too, until it is seen to drive elsewhere
        bed[number] = place
        cuts.append((number, float(log["at"][row]), int(base[number]), int(bed[number])))
    crew = np.concatenate([time.crew, np.array([cut[0] for cut in cuts], np.int64)])
    start = np.concatenate([time.start, np.array([cut[1] for cut in cuts])])
    is_cut = np.arange(len(crew)) >= len(time.crew)
    order = np.lexsort((~is_cut, start, crew))
    index = np.arange(len(order))
    cut = np.maximum.accumulate(np.where(is_cut[order], index, 0)) if len(order) else index
    stretch = np.maximum.accumulate(np.where(is_cut[order], 0, index)) if len(order) else index
    which = order[stretch]
    ends = np.append(crew[order][1:] != crew[order][:-1], True)  # a crew's last
    end = np.where(ends, np.inf, np.append(start[order][1:], np.inf))
    whole = np.flatnonzero((which < len(time.crew)) & (crew[which] == crew[order]))  # not before a crew's first
    which, begin = which[whole], np.maximum(start[order][whole], time.start[which[whole]])
    until = np.minimum(end[whole], time.end[which])
    where = np.array([cut[2:] for cut in cuts], np.int64).reshape(-1, 2)[order[cut[whole]] - len(time.crew)]
    state = time.state[which]
    pieces = CrewTime(time.crew[which], state, begin, np.maximum(until, begin), time.section[which], time.mends[which])
    return pieces, np.where(state == RESTING, where[:, 1], where[:, 0])


def _jobs(log: Log, network: Network, depots: FloatArray, until: float) -> tuple[IntArray, FloatArray]:
    """Return how many jobs opened up to a minute are nearest to each depot, and the median hours until a crew sets out.

    Jobs struck off before any crew set out for them are left out: they needed none.
    """
    sent = np.full(int(log["job"].max(initial=NONE)) + 2, np.inf)  # the last place is that of NONE
    rows = np.flatnonzero(log.of("crew_dispatched"))[::-1]
    sent[log["job"][rows]] = log["at"][rows]  # the first counts
    for_crews = log.of("job_opened") & (log["place"] == NONE) & (log["at"] <= until)  # the others are for generators
    rows = np.flatnonzero(for_crews & ~np.isin(log["job"], struck_off(log)))
    section = log["section"][rows]
    x, y = network.x[section][:, None], network.y[section][:, None]
    nearest = np.hypot(x - depots[:, 0], y - depots[:, 1]).argmin(axis=1)
    wait = np.where(sent[log["job"][rows]] <= until, sent[log["job"][rows]], np.inf) - log["at"][rows]
    medians = [
        float(np.quantile(wait[mine], 0.5, method="lower")) / MIN_PER_H if (mine := nearest == d).any() else np.nan
        for d in range(len(depots))
    ]
    return np.bincount(nearest, minlength=len(depots)).astype(np.int64), np.array(medians)


def struck_off(log: Log) -> IntArray:
    """Return the jobs that became needless before any crew set out for them.

    The log tells of jobs called off. It does not tell of patrols, so that the control room's rules are followed: an
    outage's patrol of its own zone, not of one further down, is struck off when the outage is closed, merged into
    another one or not, and when another patrol has found the damage of that zone.
    """
    rows = np.flatnonzero(log.of("job_opened") & (log["fault"] == NONE) & (log["place"] == NONE) & (log["outage"] != NONE))
    outage, section = log["outage"][rows], log["section"][rows]
    inferred, found = log.of("outage_inferred"), log.of("patrol_finished") & (log["value"] > 0)
    head = dict(zip(log["outage"][inferred].tolist(), log["section"][inferred].tolist(), strict=True))
    last = dict(zip(log["section"][found].tolist(), np.flatnonzero(found).tolist(), strict=True))  # find in each zone
    is_own = np.array([head.get(o, NONE) for o in outage.tolist()], np.int64) == section
    is_found = np.array([last.get(s, NONE) for s in section.tolist()], np.int64) > rows
    is_closed = np.isin(outage, log["outage"][log.of("outage_closed")])
    needless = np.concatenate([log["job"][log.of("job_called_off")], log["job"][rows[is_own & (is_closed | is_found)]]])
    return np.setdiff1d(needless, log["job"][log.of("crew_dispatched")])
