"""Write the report of a run: figures, their data, and the page."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from sim.experiment.check import CheckRow
from sim.experiment.compare import Comparison
from sim.experiment.depots import DepotUse, depot_uses, relabelled
from sim.experiment.replicate import Experiment
from sim.log import Log
from sim.report import page
from sim.report.figures import load, write_all
from sim.report.frame import Sheet, write_sheet
from sim.report.inputs import Inputs
from sim.report.material import Material, median_replication, worst_hour
from sim.report.style import Look, look_for
from sim.results.again import data_file, setting_of
from sim.results.folder import write_tables
from sim.results.writing import write_bytes, writing
from sim.words import words

if TYPE_CHECKING:
    from sim.experiment.series import Setting
    from sim.grid.plant import Grid
    from sim.results.folder import RunFolder
    from sim.results.together import Together
    from sim.scenario.read import Loaded


@dataclass(frozen=True)
class Written:
    """What was written, and what the user should be told (a font that is missing)."""

    files: tuple[Path, ...]
    messages: tuple[str, ...]


def write_report(
    folder: RunFolder, setting: Setting, experiment: Experiment, comparison: Comparison, check: Sequence[CheckRow],
    loaded: Loaded, uses: Sequence[DepotUse] = (), lang: str = "en", jobs: int = 1,
    beside: Callable[[], None] | None = None,
) -> list[str]:  # fmt: skip
    """Write figures and report.html into a run folder whose logs are written; return messages for the user.

    `jobs` processes draw, and do the work `beside` it: the tables, which the page links. uses : by depot, of each plan.
    The map shows the replication of median customer-hours under the reference plan, from the log kept of it.
    """
    from sim.grid import read_coast

    reference = experiment.reference
    kept = folder.path / "logs" / f"median-{reference}.npz"
    log = Log.load(kept) if kept.is_file() else None
    shown = worst_hour(log, setting.network, reference, median_replication(experiment)) if log else None
    material = Material(
        experiment, comparison, loaded.scenario, tuple(check), setting.network,
        read_coast(loaded.resolve(loaded.scenario.network.coast)), setting.track, shown, log, tuple(uses),
    )  # fmt: skip
    with folder.writing():
        command = again(loaded, experiment)
        written = write(material, folder.figures, folder.report, command, lang, jobs=jobs, beside=beside)
    return list(written.messages)


def write(
    material: Material, figures: Path, report: Path, command: Sequence[str], lang: str = "en",
    joined: Together | None = None, jobs: int = 1, beside: Callable[[], None] | None = None,
) -> Written:  # fmt: skip
    """Write all figures (PNG, SVG, CSV) into `figures` and the page to `report`; `joined` where it is of several runs.

    `beside` is done meanwhile, and before the page is written.

    Raises
    ------
    InputError for an unknown language; OSError or DrillError when a file cannot be written.
    """
    text = words(lang)
    look, messages = look_for(lang)
    figures.mkdir(parents=True, exist_ok=True)
    sheets = write_all(material, look, figures, jobs, beside, "comparison" if joined else "run")
    if any(sheet.missing for sheet in sheets):
        messages.append(text("message.missing_glyphs"))
    write_bytes(report, page.report_page(material, sheets, report, text, command, figures, joined).encode())
    return Written((*(file for sheet in sheets for file in sheet.files), report), tuple(messages))


def get_ready(lang: str) -> None:
    """Import what a report needs, which takes half a second, and look for its fonts: for while there is time to spare."""
    import jinja2  # noqa: F401
    import xlsxwriter  # noqa: F401

    load()
    look_for(lang)


def write_comparison(
    joined: Together, comparison: Comparison, check: Sequence[CheckRow], folder: Path, lang: str = "en",
    jobs: int = 1,
) -> Written:  # fmt: skip
    """Write the report of several runs into a folder: the same page, figures and tables as of one run.

    The map and the crews shown are those of the first run, as is the use by depot.

    Raises
    ------
    InputError for an unknown language; DrillError when a file cannot be written.
    """
    from sim.grid import read_coast

    first = joined.runs[0]
    setting = setting_of(first)
    network = setting.network
    kept = f"median-{first.experiment.reference}"
    log = first.log(kept) if kept in first.logs() else None
    number = median_replication(first.experiment)
    shown = worst_hour(log, network, joined.experiment.reference, number) if log else None
    coast = read_coast(data_file(first, "network", "coast"))
    uses = tuple(relabelled(depot_uses(setting, first.experiment, first.median_logs()), joined.labels))
    material = Material(
        joined.experiment, comparison, joined.scenario, tuple(check), network, coast, setting.track, shown, log, uses,
        is_of_several=True,
    )  # fmt: skip
    command = ["drill", "compare", *(str(run.path) for run in joined.runs)]
    with writing(folder, "comparison"):
        (folder / "tables").mkdir(parents=True, exist_ok=True)
        tables = partial(
            write_tables, folder / "tables", joined.experiment, comparison, check, joined.scenario, network, uses
        )
        return write(material, folder / "figures", folder / "report.html", command, lang, joined, jobs, tables)


def write_inputs(given: Inputs, folder: Path, lang: str = "en") -> Written:
    """Write the pictures of a scenario's inputs for `drill check`: gusts, network, expected damage.

    Raises
    ------
    InputError for an unknown language; DrillError when a file cannot be written.
    """
    from sim.report.figures import inputs

    text = words(lang)
    look, messages = look_for(lang)
    with writing(folder, "check"):
        folder.mkdir(parents=True, exist_ok=True)
        files, missing = write_sheets(inputs.draw_all(given, look), folder, look)
    if missing:
        messages.append(text("message.missing_glyphs"))
    return Written(tuple(files), tuple(messages))


def write_grid_figure(grid: Grid, name: str, folder: Path, lang: str = "en") -> Written:
    """Write the picture of a network for `drill grid show`.

    Raises
    ------
    InputError for an unknown language; DrillError when a file cannot be written.
    """
    from sim.report.figures.grid import draw_grid

    text = words(lang)
    look, messages = look_for(lang)
    with writing(folder, "grid"):
        folder.mkdir(parents=True, exist_ok=True)
        files, missing = write_sheets([draw_grid(grid, name, look)], folder, look)
    if missing:
        messages.append(text("message.missing_glyphs"))
    return Written(tuple(files), tuple(messages))


def write_sheets(sheets: Sequence[Sheet], folder: Path, look: Look) -> tuple[list[Path], list[str]]:
    """Write every sheet; return the files and the characters that no font could show."""
    files: list[Path] = []
    missing: list[str] = []
    for sheet in sheets:
        wrote, absent = write_sheet(sheet, folder, look)
        files += wrote
        missing += absent
    return files, missing


def again(loaded: Loaded, experiment: Experiment) -> list[str]:
    """Return the command that makes the same run again, free of time and place."""
    command = [
        "drill",
        "run",
        loaded.path.name,
        "-n",
        str(len(experiment.replications)),
        "--seed",
        str(experiment.seed),
    ]
    for change in loaded.sets:
        command += ["--set", change]
    if set(experiment.raced) != set(loaded.scenario.plans):
        for plan in experiment.raced:
            command += ["--plan", plan]
    return command


def as_json(
    comparison: Comparison, check: Sequence[CheckRow], folder: Path, joined: Together | None = None
) -> str:
    """Return the result for scripts: summary, paired differences, check, folder, runs compared; nan as null."""
    result: dict[str, object] = {
        "folder": str(folder),
        "reference": comparison.reference,
        "plans": comparison.plans,
        "replications": comparison.n,
        "level": comparison.level,
        "comparisons": comparison.n_comparisons,
        "best": comparison.best,
        "summary": [asdict(row) for row in comparison.summary],
        "paired": [asdict(row) for row in comparison.paired],
        "complaint_assumption": asdict(comparison.complaint_band),
        "check": [asdict(row) for row in check],
        "dropped": [
            {"plan": out.plan, "replications": out.n, "losses": [asdict(loss) for loss in out.losses]}
            for out in comparison.dropped
        ],
        "dropped_paired": [asdict(row) for row in comparison.dropped_paired],
    }
    if joined is not None:
        result["runs"] = [str(run.path) for run in joined.runs]
        result["differences"] = {row.key: list(row.values) for row in joined.differences}
    return json.dumps(cleaned(result), ensure_ascii=False, indent=1)


def cleaned(value: object) -> object:
    """Return a value for JSON: numbers that are none (nan, infinity) become null."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: cleaned(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [cleaned(item) for item in value]
    return value
