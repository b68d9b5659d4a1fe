"""Bulletins as tables, and as one page that needs nothing else, to be printed or read on a telephone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sim.dates import Dates
from sim.replay.bulletins import ASSESSING, Bulletin
from sim.replay.recording import Recording
from sim.results.writing import Cell
from sim.units import MIN_PER_H
from sim.words import Words

_COUNTED = ("feeders", "transformers", "customers", "critical")
_IN_AREAS = _COUNTED[1:]
_MEANS = ("people", "vehicles", "generators")
_HTML_LANG = {"en": "en", "zh": "zh-Hans"}
Table = tuple[list[str], list[list[Cell]]]


def bulletin_tables(issued: Sequence[Bulletin], recording: Recording, dates: Dates) -> dict[str, Table]:
    """Return the tables `bulletins`, one row each, and `areas`, one row per bulletin and area; times are local."""
    pairs = [f"{name}_{state}" for name in _COUNTED for state in ("out", "restored")]
    header = ["number", "local_time", "hours_after_landfall", *pairs, "people_on_duty", "vehicles_on_duty"]
    header += ["generators_in_place", "areas_promised", "areas_overdue", "areas_assessing", "first_etr", "last_etr"]
    area_pairs = pairs[2:]
    rows: list[list[Cell]] = []
    area_rows: list[list[Cell]] = []

    def local(at: float) -> str:
        return dates.local(at).isoformat(timespec="minutes")

    for each in issued:
        counts = [count for name in _COUNTED for count in _pair(each, name)]
        promised = each.promised
        ends: list[Cell] = [local(min(promised)), local(max(promised))] if promised else ["", ""]
        after = (each.at - recording.settings.landfall_at) / MIN_PER_H
        means: list[Cell] = [getattr(each, name) for name in _MEANS]
        said: list[Cell] = [len(promised), each.n_overdue, each.n_assessing]
        rows.append([each.number, local(each.at), after, *counts, *means, *said, *ends])
        for area in each.areas:
            etr = local(area.etr) if area.etr >= 0 else "assessing" if area.etr == ASSESSING else ""
            counts = [count for name in _IN_AREAS for count in _pair(area, name)]
            area_rows.append([each.number, local(each.at), area.name, *counts, etr])
    return {
        "bulletins": (header, rows),
        "areas": (["number", "local_time", "area", *area_pairs, "etr"], area_rows),
    }


def bulletin_page(issued: Sequence[Bulletin], recording: Recording, w: Words) -> str:
    """Return the page in a language, the newest bulletin first."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "page"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    dates = Dates(recording.settings, w)
    return environment.get_template("bulletins.html.j2").render(
        w=w,
        html_lang=_HTML_LANG[w.lang],
        name=recording.settings.name,
        course=recording.course(w),
        counted=[w(f"bulletin.{name}") for name in _IN_AREAS],
        issued=[_told(each, dates, w) for each in reversed(issued)],
    )


def _told(each: Bulletin, dates: Dates, w: Words) -> dict[str, object]:
    """Return a bulletin in words."""
    promised = each.promised
    etr = w("bulletin.etr_none" if each.customers.out else "bulletin.etr_over")
    if promised:
        first, last = dates.date_time(min(promised)), dates.date_time(max(promised))
        kind = "bulletin.etr_promised" if first != last else "bulletin.etr_promised_one"
        etr = w(kind, n=w.number(len(promised)), first=first, last=last)
        if each.n_overdue:
            etr += w("bulletin.etr_overdue", n=w.number(each.n_overdue))
    if each.n_assessing:
        told = w("bulletin.etr_assessing", n=w.number(each.n_assessing))
        etr = w("list.semicolon").join([etr, told]) if promised else told
    return {
        "number": each.number,
        "when": dates.date_time(each.at),
        "state": [(w(f"bulletin.{name}"), *_shown(each, name, w)) for name in _COUNTED],
        "means": [(w(f"bulletin.{name}"), w.number(getattr(each, name))) for name in _MEANS],
        "etr": etr,
        "areas": [
            {
                "name": area.name,
                "counts": [_shown(area, name, w) for name in _IN_AREAS],
                "etr": _etr(area.etr, each.at, dates, w),
                "is_overdue": 0 <= area.etr < each.at,
            }
            for area in sorted(each.areas, key=lambda area: -area.customers.out)
            if area.customers.out
        ],
    }


def _pair(of: object, name: str) -> tuple[int, int]:
    count = getattr(of, name)
    return count.out, count.restored


def _shown(of: object, name: str, w: Words) -> tuple[str, str]:
    out, restored = _pair(of, name)
    return w.number(out), w.number(restored)


def _etr(etr: float, at: float, dates: Dates, w: Words) -> str:
    if etr >= 0:
        return dates.date_time(etr) if etr >= at else w("bulletin.overdue", when=dates.date_time(etr))
    return w("bulletin.assessing") if etr == ASSESSING else "–"
