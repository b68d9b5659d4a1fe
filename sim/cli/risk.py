"""`drill risk`: the risk register of a finished run."""

from __future__ import annotations

import shlex
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sim.cli.options import (
    allow_code_option,
    jobs_option,
    json_option,
    lang_option,
    quiet_option,
    replications_option,
)
from sim.cli.risk_causes import play_causes

if TYPE_CHECKING:
    from sim.report import Past
    from sim.results import Run
    from sim.risk import Register
    from sim.scenario import Scenario


@click.command()
@click.argument("run", type=click.Path(path_type=Path), metavar="RUN")
@click.option("--plan", "plans", multiple=True, metavar="NAME",
              help="Plan to grade, the first in full. Repeatable. Default: all, the reference in full.")  # fmt: skip
@click.option("--risks", "file", type=click.Path(path_type=Path), default=None, metavar="FILE",
              help="TOML file of tables [risk] and [risks.NAME], laid over the run's own: nothing is played again.")  # fmt: skip
@click.option("--storms-per-year", type=click.FloatRange(0, 100, min_open=True), default=None, metavar="N",
              help="Storms of this kind in an average year, in place of storm.per_year.")  # fmt: skip
@click.option("--out", type=click.Path(path_type=Path), default=None, metavar="FOLDER",
              help="Folder for risk.html and risk/. Default: the run's own.")  # fmt: skip
@click.option("--history", is_flag=True,
              help="Keep this register beside those of earlier exercises, and show what moved since the last one.")  # fmt: skip
@click.option("--history-file", type=click.Path(path_type=Path), default=None, metavar="FILE",
              help="Where registers are kept. Default: risk-history.jsonl beside the run folder.")  # fmt: skip
@click.option("--causes", is_flag=True,
              help="Play the storms again with each group of causes at its nominal values: what people, process, "
              "environment and technology add.")  # fmt: skip
@click.option("--single", is_flag=True, help="With --causes: groups one by one only; faster, but they do not add up.")
@click.option("--large", is_flag=True, help="With --causes: play however long it takes.")
@replications_option
@jobs_option
@allow_code_option
@lang_option
@json_option
@quiet_option
def risk(
    run: Path, plans: tuple[str, ...], file: Path | None, storms_per_year: float | None, out: Path | None, history: bool,
    history_file: Path | None, causes: bool, single: bool, large: bool, replications: int | None, jobs: int | None,
    allow_code: bool, lang: str, as_json: bool, quiet: bool,
) -> None:  # fmt: skip
    """Grade the service risks of the finished run in folder RUN: how likely, how bad, how sure.

    A risk is a condition on a storm's measures, [risks.NAME] in the scenario; more than a dozen ship. Writes risk.html,
    tables as CSV and XLSX, and pictures into RUN.
    """
    from sim import report, results
    from sim.errors import InputError
    from sim.risk import assess, compare, uninsurable
    from sim.words import words

    text = words(lang)
    if not causes and (single or large or replications is not None):
        raise click.UsageError("--single, --large and -n go with --causes.")
    opened = results.open_run(run)
    scenario = _risks(opened, file, storms_per_year)
    chosen = _plans(opened, plans)
    served = int(opened.network().n_customers)
    if problems := uninsurable(scenario, str(file or run), opened.experiment.measures):
        raise InputError(problems)
    register = assess(opened.experiment, scenario, served, chosen, str(file) if file else str(run))
    folder, currency = out or opened.path, scenario.cost.currency
    kept_in = history_file or (opened.path.resolve().parent / results.HISTORY if history else None)
    if kept_in is not None:
        results.read_history(kept_in)  # refused before anything is played
    compared = compare(opened.experiment, scenario, register) if len(chosen) > 1 else ()
    added = None
    if causes:
        hidden = quiet or as_json
        added = play_causes(opened, register, replications, jobs, single, large, allow_code, hidden, text)
    past = _kept(opened, register, kept_in) if kept_in is not None else None
    for message in report.write_register(
        register, folder, scenario.name, ["drill", *sys.argv[1:]], lang, past, added, compared, currency
    ):
        click.echo(message, err=True)
    if as_json:
        more: dict[str, Any] = {"treatments": [asdict(each) | {"residual": each.residual} for each in compared]}
        more |= {"moved": past and [asdict(each) for each in past.moved()], "causes": added and asdict(added)}
        click.echo(report.register_json(register, folder, **more))
    elif not quiet:
        report.print_register(register, text)
        if compared:
            report.print_treatments(compared, register, currency, text)
        if added is not None:
            report.print_causes(added, register, text)
        if past is not None:
            report.print_history(past, text)
        click.echo(text("risk.done", folder=shlex.quote(str(folder))))


def _risks(run: Run, file: Path | None, storms_per_year: float | None) -> Scenario:
    """Return the run's scenario with the risks to grade; refuse one that has none."""
    from sim.errors import InputError
    from sim.scenario.risks_file import with_risks

    scenario = with_risks(run.scenario, file, storms_per_year)
    if not any(each.enabled for each in scenario.risks.values()):
        raise InputError.one(str(file or run.path), "risks", None, "at least one risk, [risks.NAME], that is enabled")
    return scenario


def _kept(run: Run, register: Register, file: Path) -> Past:
    """Keep the register; return all that are kept."""
    from sim.report import Past
    from sim.results import keep
    from sim.risk.history import to_keep

    entry = to_keep(register, run.name, str(run.manifest["started_utc"]), run.scenario.name)
    return Past(tuple(keep(file, entry)))


def _plans(run: Run, plans: tuple[str, ...]) -> tuple[str, ...]:
    """Return the plans to grade; refuse names that the run does not have."""
    from sim.errors import InputError, Problem, nearest_name

    known = list(run.experiment.plans)
    problems = [
        Problem("--plan", "", f'"{name}"', f"the run has {', '.join(known)}", nearest_name(name, known))
        for name in plans
        if name not in known
    ]
    if problems:
        raise InputError(problems)
    return tuple(dict.fromkeys(plans)) or run.experiment.plans
