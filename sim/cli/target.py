"""`drill target`: the least of a key at which a condition holds in a stated share of storms."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from functools import partial
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.cli.options import find_scenario, scenario_argument
from sim.cli.playing import cores, engine, progress
from sim.cli.study import (
    announce,
    check_plays,
    check_varied_rules,
    complete,
    plan_option,
    study_options,
    tell,
    vary_option,
)

if TYPE_CHECKING:
    from sim.experiment import Scores, Setting
    from sim.experiment.pool import Engine
    from sim.results import StudyFolder
    from sim.scenario import Plan


@click.command()
@scenario_argument
@vary_option
@click.option(
    "--until",
    required=True,
    metavar="CONDITION",
    help='What must hold in a storm, as in --until "t95_h <= 48" or "t95_h <= 48 and complaints <= 3000".',
)
@click.option(
    "--confidence", type=float, default=0.9, show_default=True, help="Share of the storms in which it must hold."
)
@plan_option
@study_options
def target(
    scenario: Path, varies: tuple[str, ...], until: str, confidence: float, plans: tuple[str, ...],
    replications: int | None, seed: int | None, jobs: int | None, cluster: str | None, out: Path | None,
    sets: tuple[str, ...], lang: str, as_json: bool, quiet: bool, large: bool, allow_code: bool,
) -> None:  # fmt: skip
    """Find the least of a key of a plan of SCENARIO at which a condition holds in the stated share of storms.

    The first --vary is searched, its first value taken for the least effort; further ones are tried at every value.
    Every value meets the same storms. That more always helps is not taken for granted: neighbours are tried too.

    \b
    drill target typhoon.toml --vary crews.line.count=60:300 --until "t95_h <= 120" --confidence 0.9 -n 40
    """  # noqa: D301 (click wants the character)
    from sim import experiment, report, results
    from sim.cli.inputs import check_rules, prepare, read_asked
    from sim.scenario import combinations, read_varies
    from sim.words import words

    text = words(lang)
    loaded = read_asked(find_scenario(scenario), sets, plans, seed)
    names = tuple(dict.fromkeys(plans)) or (loaded.scenario.reference_plan,)
    varied = read_varies(varies, loaded.scenario, names)
    goal = experiment.read_goal(until, confidence, (loaded.scenario.horizon_min - loaded.scenario.landfall_at) / 60)
    storms = replications or loaded.scenario.replications
    cases = list(product(names, combinations(varied[1:])))
    points = len(cases) * experiment.most_tried(len(varied[0].values))
    check_plays(points, storms, large)
    network, track = prepare(loaded)
    setting = experiment.make_setting(loaded.scenario, network, track, names, seed, allow_code)
    check_rules(setting, loaded.path.name)
    check_varied_rules(varied, allow_code)
    for line in loaded.overruled:
        click.echo(line, err=True)
    hidden, processes = quiet or as_json, jobs or cores()
    announce(setting, points, storms, processes, large, hidden, text)
    asked = {
        "plans": list(names), "vary": {vary.key: list(vary.values) for vary in varied}, "until": str(goal),
        "confidence": confidence, "storms": storms,
    }  # fmt: skip
    with engine(cluster, processes) as players, results.study("target", loaded, setting.seed, asked, out) as folder:
        found = []
        for number, (name, others) in enumerate(cases):
            title = text("target.playing", number=number + 1, of=len(cases))
            play = partial(_play, setting, folder, number, storms, players, None if hidden else title)
            found.append(experiment.find(setting, name, varied, others, goal, play))
        reached = experiment.Target(goal, varied, tuple(found), storms, setting.seed)
        folder.add_table("target", *results.target_table(reached))
        complete(folder, report.write_target(reached, loaded.scenario, folder, lang))
    tell(
        as_json, quiet, lambda: report.target_json(reached, folder.path),
        lambda: report.print_target(reached, text), text("target.done", folder=shlex.quote(str(folder.path))),
    )  # fmt: skip


def _play(
    setting: Setting, folder: StudyFolder, case: int, storms: int, players: Engine, title: str | None,
    points: Mapping[int, Plan],
) -> dict[int, Scores]:  # fmt: skip
    """Return the scores of points by index; plays those that the folder does not hold, and keeps them there."""
    from sim.experiment import play_points

    kept = {i: folder.scores(f"case-{case:03d}-{i:04d}", (1, storms)) for i in points}
    found = {i: scores for i, scores in kept.items() if scores is not None}
    missing = [i for i in points if i not in found]
    if missing:
        with progress(title is None, title or "") as count:
            played = play_points(setting, [points[i] for i in missing], storms, count, engine=players)
        for i, scores in zip(missing, played, strict=True):
            folder.add_scores(f"case-{case:03d}-{i:04d}", scores)
            found[i] = scores
    return found
