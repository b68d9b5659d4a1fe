"""The replay as one HTML file: no network, no second request."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from sim.replay.page.payload import payload
from sim.replay.playback import Playback
from sim.words import Words

_HTML_LANG = {"en": "en", "zh": "zh-Hans"}
_FACTS = ("known", "faults", "outages", "waiting", "site", "road", "held", "queue")
_OF_THE_TRUTH = {"known", "faults"}


def page(playback: Playback, w: Words, at: float = 0.0, speed: float = 600.0) -> str:
    """Return the page of a playback in a language; made for players it holds nothing of the truth.

    at, speed : the minute at which it opens, and simulated seconds per second.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    recording = playback.recording
    facts = [name for name in _FACTS if not (playback.for_players and name in _OF_THE_TRUTH)]
    return environment.get_template("page.html.j2").render(
        w=w,
        html_lang=_HTML_LANG[w.lang],
        name=recording.settings.name,
        course=recording.course(w),
        players=playback.for_players,
        horizon=int(recording.horizon),
        facts=[(name, w(f"replay.fact_{name}")) for name in facts],
        keys=_keys(w, for_players=playback.for_players),
        data=_embedded(payload(playback, w, at, speed)),
    )


def _keys(w: Words, *, for_players: bool) -> list[tuple[str, str]]:
    """Return (keys, what they do); players have neither injects nor another view."""
    rows = [tuple(row.split("\t")) for row in w("replay.page_keys").splitlines()]
    return [(keys, does) for keys, does in rows if not (for_players and keys[:1] in ("i", "t"))]


def _embedded(told: dict[str, Any]) -> object:
    """Return the data as JSON that cannot end the element it stands in."""
    from markupsafe import Markup

    text = json.dumps(told, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return Markup(text.replace("<", "\\u003c"))
