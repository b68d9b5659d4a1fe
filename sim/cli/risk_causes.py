"""`drill risk --causes`: play a run's storms again with groups of causes at their nominal values."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import click

from sim.cli.playing import cores, engine, progress
from sim.cli.study import LONGEST_S, MOST_PLAYS, said_time
from sim.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sim.results import Run
    from sim.risk.causes import Causes
    from sim.risk.register import Register
    from sim.words import Words


def play_causes(
    run: Run, register: Register, storms: int | None, jobs: int | None, single: bool, large: bool, allow_code: bool,
    hidden: bool, w: Words,
) -> Causes:  # fmt: skip
    """Play the register's first plan under every coalition of causes, and share out what they add.

    All 16 coalitions where that takes at most 5,000 plays and two hours, else the four groups singly; what it takes is
    said before it begins.

    Raises
    ------
    InputError when there are fewer storms than asked for, or even single groups take longer than that.
    """
    from sim import results
    from sim.experiment import gather_scores, score_all_task, seconds_per_play
    from sim.risk import causes

    plan = register.plans[0]
    n = len(run.experiment.replications) if storms is None else storms
    if n > len(run.experiment.replications):
        raise InputError.one("-n", "", n, f"at most the {len(run.experiment.replications)} storms of the run")
    setting = results.setting_of(run, (plan,), allow_code)
    processes = jobs or cores()
    seconds = seconds_per_play(setting) * len(setting.plans)

    def is_short(sets: int) -> bool:
        plays = sets * n * len(setting.plans)
        return large or (plays <= MOST_PLAYS and seconds * sets * n / min(processes, n) <= LONGEST_S)

    single = single or not is_short(len(causes.coalitions(single=False)))
    sets = causes.coalitions(single)
    if not is_short(len(sets)):
        time = said_time(seconds * len(sets) * n / min(processes, n), w)
        allowed = f"at most {MOST_PLAYS:,} plays and {said_time(LONGEST_S, w)}; take fewer storms (-n), or add --large"
        raise InputError.one("--causes", "", f"{len(sets) * n * len(setting.plans):,} plays, about {time}", allowed)
    settings = [causes.nominal_setting(setting, coalition) for coalition in sets]
    if not hidden:
        key = "risk_causes.begins_single" if single else "risk_causes.begins"
        time = said_time(seconds * len(sets) * n / min(processes, n), w)
        click.echo(w(key, sets=len(sets), storms=n, plays=len(sets) * n * len(setting.plans), time=time), err=True)
    done = []
    with (
        engine(None, processes) as players,
        progress(hidden, w("risk_causes.playing")) as tell,
        closing(players.in_order(score_all_task, (settings, n), range(len(sets) * n))) as played,
    ):
        for task, scores in enumerate(played):
            done.append(scores)
            if tell is not None:
                tell(task + 1, len(sets) * n)
    row = [each.name for each in setting.plans].index(plan)
    gathered = {}
    for i, coalition in enumerate(sets):
        whole = gather_scores(dict(enumerate(done[i * n : (i + 1) * n])))
        gathered[coalition] = type(whole)(whole.values[[row]], whole.censored[[row]])
    _check_as_is(run, plan, gathered[frozenset()].values[0], n)
    changed = causes.changes(setting.plans[row].settings)
    return causes.attribute(plan, gathered, run.experiment.measures, changed, register.risks, register.seed)


def _check_as_is(run: Run, plan: str, values: NDArray[np.float64], n: int) -> None:
    """Refuse to share out what, played again with nothing changed, does not come out as it did."""
    import numpy as np

    from sim.results import otherwise

    experiment = run.experiment
    was = experiment.values[experiment.plans.index(plan), :n]
    if not np.array_equal(was, values, equal_nan=True):
        raise otherwise(run)
