"""Material at the depots over time in one replication."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.damage import WORK_CLASSES
from sim.metrics.stock import hours_out, stock_levels
from sim.report import style
from sim.report.clock import Clock
from sim.report.frame import Sheet, counted, footer, framed, shortened
from sim.report.material import Material, WorstHour
from sim.report.style import Look
from sim.results.writing import Cell
from sim.units import MIN_PER_DAY

if TYPE_CHECKING:
    from matplotlib.artist import Artist

    from sim.log import Log
    from sim.scenario.model import Scenario

HEADER = ["depot", "material", "local_time", "hours_after_landfall", "pieces"]
_LINES: tuple[Any, ...] = tuple(style.LINES[i] for i in (0, 1, 2, 5, 4, 7))  # depots drawn: unlike in grey, too


def draw(material: Material, look: Look) -> Sheet | None:
    """Draw the pieces left at each depot, one panel for each material that is limited; None where none is."""
    log, shown = material.log, material.worst_hour
    if log is None or shown is None:
        return None
    from sim.scenario.plans import plan as plan_of

    settings = plan_of(material.scenario, shown.plan).settings
    levels = stock_levels(log, settings)
    if not levels:
        return None
    w, clock = look.words, Clock(material.scenario, look.words)
    works = [work for work in range(len(WORK_CLASSES)) if any(key[1] == work for key in levels)]
    names = list(settings.depots)
    lowest = {depot: min(min(n for _, n in steps) for (d, _), steps in levels.items() if d == depot) for depot, _ in levels}
    picked = sorted(lowest, key=lambda depot: (lowest[depot], depot))[: len(_LINES)]
    title, told = _title(log, works, look, settings), []
    start = max(0.0, material.scenario.landfall_at - MIN_PER_DAY / 2)
    last = max((at for steps in levels.values() for at, _ in steps), default=start)
    window = start, min(max(last + MIN_PER_DAY / 4, material.scenario.landfall_at + MIN_PER_DAY), settings.horizon_min)
    with style.styled(look):
        figure = framed(look, title, _subtitle(shown, look), footer(material, w), 11.0, 3.4, _keys(names, picked))
        panels = figure.subplots(1, len(works), squeeze=False, sharex=True)[0]
        for axes, work in zip(panels, works, strict=True):
            for rank, depot in enumerate(picked):
                steps = levels.get((depot, work))
                if steps is not None:
                    colour, dash, _ = _LINES[rank]
                    at, n = [*(s[0] for s in steps), window[1]], [*(s[1] for s in steps), steps[-1][1]]
                    axes.step(at, n, where="post", color=colour, linestyle=dash, linewidth=1.6)
                    told.append(w("stock.alt_depot", depot=names[depot], material=_name(work, look), n=w.number(min(n))))
            axes.set_title(_name(work, look))
            axes.set_ylim(0, 1.12 * max(1.0, axes.get_ylim()[1]))
            counted(axes.yaxis, w)
            clock.landfall(axes)
            clock.mark(axes, window, 8 if len(works) == 1 else 4)
            axes.set_xlabel(w("axis.local_time", zone=material.scenario.timezone))
        panels[0].set_ylabel(w("stock.y"))
    rows: list[list[Cell]] = [
        [names[depot], WORK_CLASSES[work], clock.iso([at])[0], float(clock.after_landfall_h(at)), n]
        for (depot, work), steps in levels.items()
        for at, n in steps
    ]
    alt = w("stock.alt", depots=w.listed(told))
    return Sheet("29-stock", figure, title, w("stock.says"), alt, HEADER, rows)


def _title(log: Log, works: list[int], look: Look, settings: Scenario) -> str:
    w = look.words
    out = {work: hours_out(log, work, settings.horizon_min) for work in works}
    worst = max(works, key=lambda work: out[work])
    if out[worst] > 0:
        return w("stock.title_out", material=_name(worst, look), hours=w.number(out[worst]))
    return w("stock.title")


def _subtitle(shown: WorstHour, look: Look) -> str:
    return look.words("stock.subtitle", plan=shown.plan, replication=shown.replication)


def _name(work: int, look: Look) -> str:
    return look.words(f"stock.material_{WORK_CLASSES[work]}")


def _keys(names: list[str], picked: list[int]) -> list[tuple[Artist, str]]:
    from matplotlib.lines import Line2D

    out: list[tuple[Artist, str]] = []
    for rank, depot in enumerate(picked):
        colour, dash, _ = _LINES[rank]
        out.append((Line2D([], [], color=colour, linestyle=dash, linewidth=1.6), shortened(names[depot], 90, style.LABEL_PT)))
    return out
