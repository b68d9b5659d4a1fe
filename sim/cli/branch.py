"""`drill branch`: play a storm of a finished run again with further decisions or injects, and see what changes."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sim.cli.options import allow_code_option, jobs_option, json_option, lang_option, quiet_option

if TYPE_CHECKING:
    from sim.experiment import Setting
    from sim.results import Branch, Run
    from sim.scenario import Plan
    from sim.scenario.actions import ActionEntry


@click.command()
@click.argument("run", type=click.Path(path_type=Path), metavar="RUN")
@click.option("--at", "instant", default=None, metavar="TIME",
              help="When: 14h30 (from the start), T+30h, landfall+12h, 2019-09-10T14:30.")  # fmt: skip
@click.option("--do", "given", multiple=True, metavar="TEXT_OR_FILE",
              help="What: 'hold_crews crews=line count=20; prioritise areas=Tateyama', or a .toml file of [[actions]]. "
              "Repeatable.")  # fmt: skip
@click.option("--from", "parent", default="", metavar="BRANCH", help="Go on from this branch. Default: the run itself.")
@click.option("--plan", default=None, metavar="NAME", help="Plan. Default: the reference plan, or the branch's.")
@click.option("--replication", type=int, default=None, metavar="N", help="Storm. Default: the plan's median one.")
@click.option("--name", default=None, metavar="NAME", help="Name of the branch. Default: b1, b2, ...")
@click.option("--by", "author", default="lead", show_default=True, metavar="WHO", help="Author of the actions.")
@click.option("--expect", type=click.IntRange(2, 10_000), default=None, metavar="N",
              help="Also do the same in N other storms, and show what was to be expected.")  # fmt: skip
@click.option("--discussed", type=click.FloatRange(0, 100_000), default=0.0, metavar="MINUTES",
              help="The team talked for so long. The storm is held meanwhile, unless --running.")  # fmt: skip
@click.option("--running", is_flag=True, help="The storm went on while the team talked: it is decided later by that.")
@click.option("--list", "listing", is_flag=True, help="List and draw the branches of the run; nothing is played.")
@jobs_option
@lang_option
@json_option
@quiet_option
@allow_code_option
def branch(
    run: Path, instant: str | None, given: tuple[str, ...], parent: str, plan: str | None, replication: int | None,
    name: str | None, author: str, expect: int | None, discussed: float, running: bool, listing: bool,
    jobs: int | None, lang: str, as_json: bool, quiet: bool, allow_code: bool,
) -> None:  # fmt: skip
    """Play a storm of the finished run in folder RUN again, with further actions, and compare.

    The storm and all its random numbers stay the same, and nothing changes before the first new action. The branch is
    kept in RUN/branches/NAME and may be branched again with --from. All of the parent's own actions stay, later ones
    too. `drill explain actions` says what may be done.
    """
    from sim import report, results
    from sim.words import words

    text = words(lang)
    opened = results.open_run(run)
    known = results.branches(opened)
    if listing:
        if as_json:
            click.echo(report.tree_json(known))
        else:
            report.print_tree(known, opened.scenario, text)
        return
    line = results.lineage(known, parent)
    plan, replication = results.same_storm(opened, line, plan, replication)
    if name is not None:
        results.check_name(opened, name)
    setting = results.setting_of(opened, (plan,), allow_code)
    chosen = next(p for p in setting.plans if p.name == plan)
    at = _when(instant, chosen, discussed if running else 0.0)
    new = _entries(given, chosen, setting, at, author)
    _branch(
        opened, setting, chosen, line, new, name, replication, expect or 0, jobs, text, lang, as_json=as_json,
        quiet=quiet, facts={"command": ["drill", *sys.argv[1:]], "discussed_min": discussed, "clock_ran": running},
    )  # fmt: skip


def _branch(
    run: Run, setting: Setting, plan: Plan, line: list[Branch], new: list[ActionEntry], wanted: str | None,
    replication: int, expect: int, jobs: int | None, text: Any, lang: str, *, as_json: bool, quiet: bool, facts: dict[str, Any],
) -> None:  # fmt: skip
    """Check, play, write and tell one branch."""
    from sim import report, results
    from sim.cli.playing import cores, progress
    from sim.experiment import branching
    from sim.metrics.curves import grid_at
    from sim.scenario.doing import check_against
    from sim.scenario.timed import action_of

    before = [action_of(entry, plan.settings) for ancestor in line for entry in ancestor.entries]
    check_against([*plan.actions, *before], new, plan.settings)
    actions = [action_of(entry, plan.settings) for entry in new]
    interrupted = _interrupted(run, plan.name, replication)
    jobs = jobs or cores()
    parent_name = line[-1].name if line else ""
    with results.write_branch(run, wanted, parent_name, plan.name, replication, new, facts) as folder:
        parent, child = branching.play_both(setting, plan, before, actions, replication, interrupted, jobs)
        _check_parent(run, line, plan.name, replication, parent)
        numbers = branching.other_storms(expect, replication) if expect else ()
        with progress(quiet or as_json or not expect, text("branch.playing")) as bar:
            elsewhere = branching.others(setting, plan, before, actions, numbers, jobs, bar)
        fork = report.Fork(
            folder.name, parent_name, plan.name, replication, setting.seed, plan.settings, setting.network,
            grid_at(plan.settings.horizon_min), parent, child, report.new_said(parent, child),
            branching.first_difference(parent, child),
            branching.effects(parent.measures, child.measures, elsewhere, report.SHOWN),
        )  # fmt: skip
        folder.add_log(child.kept)
        for message in report.write_fork(fork, folder, lang):
            click.echo(message, err=True)
    name = folder.name
    place = run.path / "branches" / name
    if as_json:
        click.echo(report.fork_json(fork, place))
    elif not quiet:
        report.print_fork(fork, text)
        if (waiting := len(new) - len(fork.said)) > 0:
            click.echo(text("branch.waited", n=waiting))
        click.echo(text("branch.done", folder=shlex.quote(str(place)), run=shlex.quote(str(run.path)), name=name))


def _when(instant: str | None, plan: Plan, later_min: float) -> float | None:
    """Return the minute of the new actions, None when each says so itself."""
    from sim.errors import InputError
    from sim.replay import moment

    if instant is None:
        return None
    at = moment(instant, plan.settings) + later_min
    if at > plan.settings.horizon_min:
        raise InputError.one("--discussed", "", f"{later_min:g}", "a talk that ends before the run does")
    return at


def _entries(given: tuple[str, ...], plan: Plan, setting: Setting, at: float | None, author: str) -> list[ActionEntry]:
    """Return the new actions; InputError with the problems of all texts and files together."""
    from sim.errors import InputError, Problem
    from sim.scenario.doing import read_actions

    problems: list[Problem] = []
    entries: list[ActionEntry] = []
    written = None if at is None else f"T+{at:.6f}min"
    for one in given:
        try:
            entries += read_actions(one, plan.settings, setting.network.places, written, author)
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    return entries


def _interrupted(run: Run, plan: str, replication: int) -> float | None:
    """Return the customers of whom t50 to t100 are shares, as in the run: those under the reference plan."""
    experiment = run.experiment
    if plan == experiment.reference:
        return None
    return float(experiment.of("affected")[0, experiment.replications.index(replication)])


def _check_parent(run: Run, line: list[Branch], plan: str, replication: int, parent: Any) -> None:
    """Refuse to branch where the parent, played again, is not what it was."""
    import numpy as np

    from sim.errors import DrillError
    from sim.results import otherwise

    if line:
        kept = line[-1].log()
        if any(kept[name].tobytes() != parent.log[name].tobytes() for name in kept.columns):
            raise DrillError(
                f"played again, the branch in {line[-1].path} comes out otherwise; it was made by another version"
            )
        return
    experiment = run.experiment
    was = experiment.values[experiment.plans.index(plan), experiment.replications.index(replication)]
    values = parent.measures.values
    now = np.array([values[name] for name in experiment.measures if name in values])
    if experiment.measures == tuple(values) and not np.array_equal(was, now, equal_nan=True):
        raise otherwise(run)
