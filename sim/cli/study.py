"""What `drill sweep`, `drill target` and their like share: options, sizes, and playing what is not there yet."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from sim.cli.completion import complete_plan
from sim.cli.options import (
    allow_code_option,
    cluster_option,
    jobs_option,
    json_option,
    lang_option,
    out_option,
    quiet_option,
    replications_option,
    seed_option,
    set_option,
)
from sim.cli.playing import progress
from sim.errors import InputError, Problem, nearest_name

if TYPE_CHECKING:
    from sim.experiment import Scores, Setting
    from sim.experiment.pool import Engine
    from sim.results import StudyFolder
    from sim.scenario import Vary
    from sim.words import Words

MOST_PLAYS = 5000
LONGEST_S = 2 * 3600.0
_DEFAULT_MEASURES = ("t95_h", "customer_hours", "complaints")


def study_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of every study."""
    large = click.option("--large", is_flag=True, help="Play however many storms and however long it takes.")
    for option in (
        allow_code_option, large, quiet_option, json_option, lang_option, set_option, out_option, cluster_option, jobs_option,
        seed_option, replications_option,
    ):  # fmt: skip
        command = option(command)
    return command


def vary_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--vary key=values`."""
    return click.option(
        "--vary",
        "varies",
        multiple=True,
        metavar="KEY=VALUES",
        help="A key that a plan may set, with from:to:step or a list, as in --vary crews.line.count=60:300:20. It acts"
        " after the plan is merged. Repeatable: all combinations.",
    )(command)


def plan_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--plan`."""
    return click.option(
        "--plan",
        "plans",
        multiple=True,
        metavar="NAME",
        shell_complete=complete_plan,
        help="Plan to vary. Repeatable. Default: the reference.",
    )(command)


def measure_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--measure`."""
    return click.option(
        "--measure",
        "measures",
        multiple=True,
        metavar="NAME",
        help="Measure to show. Repeatable. Default: the judged ones.",
    )(command)


def chosen_measures(asked: Sequence[str], directed: bool = False) -> tuple[str, ...]:
    """Return the measures asked for, by default those that are judged; refuse names that are none.

    `directed` leaves only measures of which less, or more, is better.
    """
    from sim.metrics import MEASURES

    known = [name for name, measure in MEASURES.items() if measure.better or not directed]
    problems = [
        Problem("--measure", "", f'"{name}"', "one of " + ", ".join(known), nearest_name(name, known))
        for name in asked
        if name not in known
    ]
    if problems:
        raise InputError(problems)
    return tuple(dict.fromkeys(asked)) or _DEFAULT_MEASURES


def check_varied_rules(varies: Sequence[Vary], allow_code: bool) -> None:
    """Refuse dispatch rules among the varied values that cannot be had."""
    from sim.dispatch import resolve

    problems: list[Problem] = []
    for vary in varies:
        for rule in vary.values if vary.path == ("dispatch", "rule") else ():
            try:
                resolve(str(rule), allow_code)
            except InputError as error:
                problems += [replace(problem, file="--vary", where=vary.key) for problem in error.problems]
    if problems:
        raise InputError(problems)


def check_plays(points: int, storms: int, large: bool) -> None:
    """Refuse a study of too many plays before anything is read or timed, unless told that it may be large."""
    if points * storms > MOST_PLAYS and not large:
        raise InputError.one(
            "--vary", "", f"{points:,} points x {storms:,} storms = {points * storms:,} plays",
            f"at most {MOST_PLAYS:,} plays; take fewer values or fewer storms (-n), or add --large",
        )  # fmt: skip


def announce(setting: Setting, points: int, storms: int, jobs: int, large: bool, hidden: bool, w: Words) -> None:
    """Say how many plays a study has and about how long they take, by timing one; refuse a very long study."""
    from sim.experiment import seconds_per_play

    plays = points * storms
    if hidden and (large or plays <= MOST_PLAYS // 10):
        return
    seconds = seconds_per_play(setting) * plays / min(jobs, storms)
    if seconds > LONGEST_S and not large:
        raise InputError.one(
            "--vary", "", f"{plays:,} plays, about {said_time(seconds, w)} on {jobs} processes",
            f"at most {said_time(LONGEST_S, w)}; take fewer values or fewer storms (-n), or add --large",
        )  # fmt: skip
    if not hidden:
        time = said_time(seconds, w)
        click.echo(w("sweep.begins", points=points, storms=storms, plays=plays, time=time, jobs=jobs), err=True)


def said_time(seconds: float, w: Words) -> str:
    """Return a length of time in the unit that suits it."""
    if seconds < 100:
        return w("sweep.seconds", n=w.number(seconds))
    if seconds < 100 * 60:
        return w("sweep.minutes", n=w.number(seconds / 60))
    return w("sweep.hours", n=w.number(seconds / 3600, 1))


def play_storms(
    setting: Setting, folder: StudyFolder, storms: int, players: Engine, hidden: bool, w: Words
) -> dict[int, Scores]:
    """Return the scores of storms 0 to `storms` - 1 under all plans of the setting; plays those not written yet."""
    from sim.experiment import score

    found = {
        number: scores for number in range(storms) if (scores := folder.scores(_storm(number), (len(setting.plans), 1)))
    }
    if found and not hidden:
        click.echo(w("sweep.goes_on", done=len(found), storms=storms), err=True)
    missing = [number for number in range(storms) if number not in found]
    with (
        progress(hidden, w("sweep.playing")) as count,
        closing(players.in_order(score, setting, missing)) as played,
    ):
        for number, scores in zip(missing, played, strict=True):
            folder.add_scores(_storm(number), scores)
            found[number] = scores
            if count is not None:
                count(len(found), storms)
    return found


def complete(folder: StudyFolder, messages: Iterable[str]) -> None:
    """Say what the writer of the figures has to say, and mark the study as whole."""
    for message in messages:
        click.echo(message, err=True)
    folder.complete()


def tell(as_json: bool, quiet: bool, json: Callable[[], str], show: Callable[[], None], done: str) -> None:
    """Put a study's result on stdout: as JSON, or shown, with where it lies and what comes next; nothing when quiet."""
    if as_json:
        click.echo(json())
    elif not quiet:
        show()
        click.echo(done)


def _storm(number: int) -> str:
    return f"storm-{number:04d}"
