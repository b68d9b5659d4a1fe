"""A small scenario that runs, every key with its meaning and unit from the declarations."""

from __future__ import annotations

import re

from sim.scenario.declared import Declaration, declarations

Keys = tuple[tuple[str, str], ...]

_HEAD = """\
# A small drill: the wind of typhoon Faxai (Chiba, September 2019), a utility of 60,000 customers, two plans.
# Every key has its meaning and [unit] beside it; keys left out keep their defaults. Instants are written
# landfall-48h, landfall+12h, T+6h (from the start), or as a date and time with offset. The data files are
# looked for beside this file first, then among those that come with the program.
"""

_FRAME: Keys = (
    ("name", '"A small typhoon drill"'),
    ("timezone", '"Asia/Tokyo"'),
    ("start", "2019-09-07T00:00:00+09:00"),
    ("landfall", "2019-09-09T05:00:00+09:00"),
    ("horizon_h", "240"),
    ("seed", "1"),
    ("replications", "5"),
    ("reference_plan", '"as_now"'),
)
_TABLES: tuple[tuple[str, str, Keys], ...] = (
    ("storm", "", (("track", '"faxai/track.csv"'),)),
    (
        "network",
        "",
        (
            ("settlements", '"faxai/settlements.csv"'),
            ("coast", '"faxai/coast.geojson"'),
            ("customers", "60_000"),
        ),
    ),
    (
        "depots.north",
        "Depots and groups of crews have names of your own.",
        (("lon", "140.12"), ("lat", "35.60")),
    ),
    ("depots.south", "", (("lon", "139.98"), ("lat", "35.15"))),
    ("crews.patrol", "", (("kind", '"patrol"'), ("count", "4"))),
    (
        "crews.line",
        "",
        (("kind", '"line"'), ("count", "6"), ("shift_start", '"07:00"'), ("shift_h", "14")),
    ),
    ("crews.tree", "", (("kind", '"tree"'), ("count", "2"))),
    (
        "aid.neighbours",
        "",
        (
            ("kind", '"line"'),
            ("count", "6"),
            ("requested_at", '"landfall+12h"'),
            ("first_arrival_h", "24"),
            ("last_arrival_h", "48"),
        ),
    ),
    ("work", "", (("wind_limit_mps", "10"),)),
    ("dispatch", "", (("rule", '"most_customers"'),)),
    ("etr", "", (("policy", '"computed"'), ("confidence", "0.5"))),
    (
        "hotline",
        "",
        (("trunks", "60"), ("agents", "6"), ("night_agents", "2"), ("seats", "20")),
    ),
    (
        "plans.as_now",
        "Plans: each says only what it changes in the tables above; `enabled = false` removes an entry.",
        (("title", '"As we would do it today"'),),
    ),
    ("plans.ready_early", "", (("title", '"Help asked for two days ahead, promises more careful"'),)),
    ("plans.ready_early.aid.neighbours", "", (("requested_at", '"landfall-48h"'),)),
    ("plans.ready_early.etr", "", (("confidence", "0.8"),)),
    (
        "[plans.ready_early.actions]",
        "A timed decision; any number of such tables.",
        (("at", '"landfall+36h"'), ("do", '"set_dispatch_rule"'), ("rule", '"customers_per_hour"')),
    ),
)
_WIDEST = 110
_NAMED = re.compile(r"^(depots|crews|aid|plans)\.[^.]+")


def template() -> str:
    """Return a small commented scenario that runs with the data files that come with the program."""
    known = {declaration.key: declaration for declaration in declarations()}
    blocks = [_HEAD + "\n" + _lines("", _FRAME, known)]
    for header, remark, keys in _TABLES:
        note = f"# {remark}\n" if remark else ""
        blocks.append(f"{note}[{header}]\n{_lines(_declared_prefix(header), keys, known)}")
    return "\n".join(blocks)


def _declared_prefix(header: str) -> str:
    """Return the key prefix under which a table's keys are declared."""
    if header.startswith("["):
        return "plans.NAME.actions[]."
    inside_plan = re.sub(r"^plans\.[^.]+\.", "", header)
    return _NAMED.sub(r"\1.NAME", inside_plan) + "."


def _lines(prefix: str, keys: Keys, known: dict[str, Declaration]) -> str:
    """Return one line per key, its comment beside it or, where that is too long, above it."""
    texts = [f"{key} = {value}" for key, value in keys]
    width = max(len(text) for text in texts)
    lines = ""
    for text, (key, _) in zip(texts, keys, strict=True):
        comment = f"# {_comment(known[prefix + key])}"
        beside = f"{text:<{width}}  {comment}"
        lines += beside + "\n" if len(beside) <= _WIDEST else f"{comment}\n{text}\n"
    return lines


def _comment(declaration: Declaration) -> str:
    return declaration.doc + (f" [{declaration.unit}]" if declaration.unit else "")
