"""The figures, in the order in which a board wants them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from sim.report.figures import (
    arrival,
    backlog,
    calls,
    causes,
    choice,
    complaint_desk,
    complaints,
    cost,
    cost_parts,
    crews,
    critical,
    customers_out,
    depots,
    desk,
    differences,
    gantt,
    hours,
    journey,
    percentiles,
    places,
    precision,
    promises,
    satisfaction,
    stock,
    storm_map,
    trapezoid,
    unreached,
)
from sim.report.frame import Drawn, Sheet, write_sheet
from sim.report.material import Material
from sim.report.style import Look
from sim.results.writing import writing

MAIN = {
    "1-customers-out": customers_out.draw,
    "2-differences": differences.draw,
    "3-customer-hours": hours.draw,
    "4-complaints": complaints.draw,
    "8-cost": cost.draw,
    "21-cost-parts": cost_parts.draw,
    "9-choice": choice.draw,
}
"""What decides. Each draws a Sheet of that name, or None when its data are not there (one plan has no differences)."""

APPENDIX = {
    "5-calls": calls.draw,
    "18-desk": desk.draw,
    "19-journey": journey.draw,
    "20-unreached": unreached.draw,
    "16-complaint-causes": causes.draw,
    "17-complaint-desk": complaint_desk.draw,
    "22-satisfaction": satisfaction.draw,
    "6-map": storm_map.draw,
    "7-crews": crews.draw,
    "14-gantt": gantt.draw,
    "23-depots": depots.draw,
    "29-stock": stock.draw,
    "33-backlog": backlog.draw,
    "34-promises": promises.draw,
    "35-arrival": arrival.draw,
    "10-percentiles": percentiles.draw,
    "11-trapezoid": trapezoid.draw,
    "12-critical": critical.draw,
    "13-places": places.draw,
    "15-precision": precision.draw,
}
"""What explains."""


def write_all(
    material: Material, look: Look, folder: Path, jobs: int = 1, beside: Callable[[], None] | None = None,
    what: str = "run",
) -> list[Drawn]:  # fmt: skip
    """Draw and write all sheets that the material allows into a folder, in `jobs` processes; the files are the same.

    beside : other work to be done by one of the processes, before its first sheet. what : that of which the folder is
    a part, in the message of what cannot be written.

    Raises
    ------
    DrillError when a file cannot be written.
    """
    load()
    from sim.experiment.pool import in_order

    work = (material, look, folder, beside, what)
    numbers = range(-1 if beside else 0, len(MAIN | APPENDIX))
    with closing(in_order(_do, work, numbers, jobs, called=_called)) as done:
        return [drawn for drawn in done if drawn is not None]


def load() -> None:
    """Import what drawing needs, once before workers are forked."""
    import matplotlib.backends.backend_agg
    import matplotlib.backends.backend_svg
    import matplotlib.figure  # noqa: F401


def _called(number: int) -> str:
    return f"figure {[*(MAIN | APPENDIX)][number]}" if number >= 0 else "the tables beside the figures"


def _do(work: tuple[Material, Look, Path, Callable[[], None] | None, str], number: int) -> Drawn | None:
    """Draw and write the sheet of a number, or do the work beside it."""
    material, look, folder, beside, what = work
    with writing(folder.parent, what):
        if number < 0:
            assert beside is not None
            beside()
            return None
        sheet = [*(MAIN | APPENDIX).values()][number](material, look)
        if sheet is None:
            return None
        files, missing = write_sheet(sheet, folder, look)
    width = float(sheet.figure.get_figwidth())
    return Drawn(sheet.name, sheet.title, sheet.says, sheet.alt, width, tuple(files), tuple(missing))


def draw_all(material: Material, look: Look) -> list[Sheet]:
    """Return all sheets that the material allows."""
    drawers = (MAIN | APPENDIX).values()
    return [sheet for draw in drawers if (sheet := draw(material, look)) is not None]
