"""`drill tornado`: each assumption at its low and its high end, and whether the choice of a plan changes."""

from __future__ import annotations

import shlex
from contextlib import closing
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.cli.options import find_scenario, scenario_argument
from sim.cli.playing import cores, engine, progress
from sim.cli.study import (
    announce,
    check_plays,
    chosen_measures,
    complete,
    measure_option,
    play_storms,
    study_options,
    tell,
)
from sim.errors import InputError, Problem, nearest_name

if TYPE_CHECKING:
    from sim.experiment import Assumption, Scores, Variant
    from sim.experiment.pool import Engine
    from sim.results import StudyFolder
    from sim.words import Words


@click.command()
@scenario_argument
@click.option(
    "--plan", "plans", multiple=True, metavar="NAME",
    help="Plan to set against the reference; the first is the one drawn. Repeatable. Default: the two best.",
)  # fmt: skip
@click.option(
    "--key", "keys", multiple=True, metavar="KEY",
    help="Assumption to try; * stands for anything, as in --key 'work.*'. Repeatable. Default: all.",
)  # fmt: skip
@measure_option
@study_options
def tornado(
    scenario: Path, plans: tuple[str, ...], keys: tuple[str, ...], measures: tuple[str, ...],
    replications: int | None, seed: int | None, jobs: int | None, cluster: str | None, out: Path | None,
    sets: tuple[str, ...], lang: str, as_json: bool, quiet: bool, large: bool, allow_code: bool,
) -> None:  # fmt: skip
    """Put each assumption of SCENARIO at its low and its high end, everything else fixed, in the same storms.

    Assumptions are the keys of evidence grade X that state their ends. They act before plans are merged, so a plan's
    own value wins. What is watched is the difference between plans, and whether another plan becomes the best.

    \b
    drill tornado typhoon.toml --plan balanced --key 'work.*' --key 'complaints.*' -n 10
    """  # noqa: D301 (click wants the character)
    from sim import experiment, report, results
    from sim.cli.inputs import check_rules, prepare, read_asked
    from sim.words import words

    text = words(lang)
    shown = chosen_measures(measures, directed=True)
    loaded = read_asked(find_scenario(scenario), sets, plans, seed)
    order = experiment.plan_order(loaded.scenario, plans)
    if len(order) < 2:
        raise InputError.one(
            loaded.path.name, "plans", ", ".join(order), "a second plan; a tornado shows how a difference moves"
        )
    storms = replications or loaded.scenario.replications
    found, left_out = experiment.assumptions(loaded.scenario, shown)
    found, left_out = _chosen(found, left_out, keys)
    at_ends = min(len(order), 3) if not plans else len(order)
    points = len(order) + 2 * len(found) * at_ends
    check_plays(points, storms, large)
    network, track = prepare(loaded)
    setting = experiment.make_setting(loaded.scenario, network, track, plans, seed, allow_code)
    check_rules(setting, loaded.path.name)
    for line in loaded.overruled:
        click.echo(line, err=True)
    hidden, processes = quiet or as_json, jobs or cores()
    announce(setting, points, storms, processes, large, hidden, text)
    asked = {"plans": list(order), "storms": storms, "first_measure": shown[0]}
    with engine(cluster, processes) as players, results.study("tornado", loaded, setting.seed, asked, out) as folder:
        base = experiment.gather_scores(play_storms(setting, folder, storms, players, hidden, text))
        chosen = plans or tuple(experiment.leaders(base, order, shown[0]))
        setting = experiment.make_setting(loaded.scenario, network, track, chosen, seed, allow_code)
        rows = [order.index(plan.name) for plan in setting.plans]
        ends = experiment.variants(setting, found)
        scores = _play(ends, folder, storms, players, hidden, text)
        made = experiment.tornado(
            [order[row] for row in rows], chosen[0] if chosen[0] != order[0] else order[rows[1]],
            experiment.Scores(base.values[rows], base.censored[rows]), list(zip(ends, scores, strict=True)), shown,
            left_out, setting.seed, loaded.scenario.horizon_h,
        )  # fmt: skip
        folder.add_table("tornado", *results.tornado_table(made))
        complete(folder, report.write_tornado(made, loaded.scenario, folder, lang))
    tell(
        as_json, quiet, lambda: report.tornado_json(made, folder.path),
        lambda: report.print_tornado(made, text), text("tornado.done", folder=shlex.quote(str(folder.path))),
    )  # fmt: skip


def _chosen(found: list[Assumption], left_out: list[str], keys: tuple[str, ...]) -> tuple[list[Assumption], list[str]]:
    """Return the assumptions that the user named and the keys that are not tried; refuse names that match none."""
    known = [one.key for one in found]
    problems = [
        Problem(
            "--key", "", f'"{key}"', f"an assumption with stated ends, of which there are {len(known)}",
            nearest_name(key, known),
        )
        for key in keys
        if not any(fnmatchcase(name, key) for name in known)
    ]  # fmt: skip
    if problems:
        raise InputError(problems)
    if not keys:
        return found, left_out
    mine = [one for one in found if any(fnmatchcase(one.key, key) for key in keys)]
    return mine, left_out + [one.key for one in found if one not in mine]


def _play(
    ends: list[Variant], folder: StudyFolder, storms: int, players: Engine, hidden: bool, w: Words
) -> list[Scores]:
    """Return the scores of every variant; plays those that the folder does not hold, in one pool, and keeps them."""
    from sim.experiment import gather_scores, score_task

    names = [f"{variant.assumption.key}-{variant.end}" for variant in ends]
    shapes = [(len(variant.setting.plans), storms) for variant in ends]
    found = {name: folder.scores(name, shape) for name, shape in zip(names, shapes, strict=True)}
    missing = [i for i, name in enumerate(names) if found[name] is None]
    work = ([ends[i].setting for i in missing], storms)
    done: dict[int, Scores] = {}
    with (
        progress(hidden, w("tornado.playing")) as count,
        closing(players.in_order(score_task, work, range(len(missing) * storms))) as played,
    ):
        for task, scores in enumerate(played):
            done[task % storms] = scores
            if len(done) == storms:
                name = names[missing[task // storms]]
                found[name] = gather_scores(done)
                folder.add_scores(name, gather_scores(done))
                done = {}
            if count is not None:
                count(task + 1, len(missing) * storms)
    return [scores for scores in found.values() if scores is not None]
