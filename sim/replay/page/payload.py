"""What the page is given: the playback as compact arrays. A players' page gets nothing of the truth."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.damage import WORK_CLASSES
from sim.dates import Dates
from sim.events import action_in_words
from sim.log import KINDS
from sim.metrics.crews import STATES
from sim.replay.deciding import branch_command
from sim.replay.feed import FEED, MARKS, Feed, feed_of, marks_of
from sim.replay.knowledge import CREW_ON_SITE, JOB_STATES, PATROLLED, REPORTED
from sim.replay.page.pack import Square, minutes, real, whole
from sim.replay.playback import Playback
from sim.replay.timeline import Counter, Timeline
from sim.units import project_km
from sim.words import Words

_LAYER = {kind.name: kind.layer for kind in KINDS}


def payload(playback: Playback, w: Words, at: float = 0.0, speed: float = 600.0) -> dict[str, Any]:
    """Return everything that a page shows, as JSON takes it; it opens at a minute and plays at a speed.

    Times are seconds since the start, ascending and told as differences; places are steps on one square.
    """
    recording = playback.recording
    network, settings = recording.network, recording.settings
    x, y = np.concatenate((network.x0, network.x1)), np.concatenate((network.y0, network.y1))
    square, feed, dates = Square(x, y), feed_of(playback), Dates(settings, w)
    out: dict[str, Any] = {
        "lang": w.lang,
        "name": settings.name,
        "players": playback.for_players,
        "branch_command": branch_command(recording),
        "start_ms": int(settings.start.timestamp() * 1000),
        "timezone": settings.timezone,
        "horizon": settings.horizon_min,
        "landfall": settings.landfall_at,
        "at": at,
        "speed": speed,
        "midnights": dates.midnights(0.0, settings.horizon_min),
        "km": square.km,
        "words": _words(playback, w),
        "map": _map(playback, square),
        "stage": _timeline(playback.knowledge.stage),
        "promise": _timeline(playback.knowledge.promise, is_real=True),
        "outages": _counter(playback.outages_open),
        "waiting": _counter(playback.knowledge.job.total(1, JOB_STATES.index("waiting"))),
        "hotline": _hotline(playback),
        "crews": _crews(playback, square),
        "feed": _feed(feed, w, dates),
        "marks": [{"at": m.at, "kind": MARKS[m.kind], "event": m.event} for m in marks_of(playback, feed)],
        "stages": {"reported": REPORTED, "patrolled": PATROLLED, "crew_on_site": CREW_ON_SITE},
    }
    if not playback.for_players:
        out |= {"dark": _timeline(playback.dark), "faults": _counter(playback.faults_open)}
    return out


def _words(playback: Playback, w: Words) -> dict[str, str]:
    """Return the words that the page says, without their table; those about the truth only for a controller."""
    truth = {"out_true", "n_faults", "series_out_true", "stage_unknown", "stage_falsely_out", "mark_inject"}
    truth |= {"for_controller", "page_show_controller", "page_show_players", "page_next_inject"}
    truth |= {f"event_{kind}" for kind in FEED if _LAYER[kind] == "truth"} | {f"event_work_{name}" for name in WORK_CLASSES}
    events = (*FEED, "etr_assessing", *(f"work_{name}" for name in WORK_CLASSES))
    own = {key.removeprefix("replay."): text for key, text in w.texts.items() if key.startswith("replay.")}
    own |= {f"event_{name}": w.texts[f"event.{name}"] for name in events}
    dates = {key.removeprefix("date."): text for key, text in w.texts.items() if key.startswith("date.")}
    dates["time_of_day"] = dates.pop("time")
    for_terminal = ("column_", "keys", "key_")
    shown = {key: text for key, text in own.items() if not key.startswith(for_terminal)}
    return {key: text for key, text in shown.items() if not (playback.for_players and key in truth)} | dates


def _map(playback: Playback, square: Square) -> dict[str, Any]:
    recording, zones = playback.recording, playback.zones
    network, settings = recording.network, recording.settings
    order = np.argsort(zones.of_section, kind="stable")
    first = np.searchsorted(zones.of_section[order], np.arange(len(zones) + 1))
    rings = []
    for ring in recording.coast.rings if recording.coast is not None else ():
        x, y = project_km(ring[:, 0], ring[:, 1], network.lon0, network.lat0)
        rings.append([real((x - square.left) / square.km), real((y - square.low) / square.km)])
    depots = [project_km(d.lon, d.lat, network.lon0, network.lat0) for d in settings.depots.values()]
    area_at = project_km(network.area_lon, network.area_lat, network.lon0, network.lat0)
    served = np.bincount(network.area, network.customers, len(network.area_name))
    pair_zone, pair_area, pair_customers = zones.pairs
    return {
        "zone_first": whole(np.diff(first)),
        "x0y0": square.place(network.x0[order], network.y0[order]),
        "x1y1": square.place(network.x1[order], network.y1[order]),
        "feeder": whole(zones.feeder),
        "area": whole(zones.area),
        "customers": whole(zones.customers),
        "pair_zone": whole(pair_zone), "pair_area": whole(pair_area), "pair_customers": whole(pair_customers),
        "feeders": network.feeder_name.tolist(),
        "areas": network.area_name.tolist(),
        "area_at": square.place(*area_at),
        "served": whole(served),
        "coast": rings,
        "depot_at": square.place([float(x) for x, _ in depots], [float(y) for _, y in depots]),
    }  # fmt: skip


def _timeline(timeline: Timeline, *, is_real: bool = False) -> dict[str, Any]:
    value = real(timeline.value) if is_real else whole(timeline.value)
    return {"n": timeline.n, "at": minutes(timeline.at_min), "key": whole(timeline.key), "value": value}


def _counter(counter: Counter) -> dict[str, Any]:
    change = np.diff(counter.total)
    kept = change != 0
    return {"at": minutes(counter.at_min[kept]), "change": whole(change[kept])}


def _hotline(playback: Playback) -> dict[str, Any]:
    """Return the changes from minute to minute."""
    return {name: whole(np.diff(counted, prepend=0)) for name, counted in playback.recording.hotline.items()}


def _crews(playback: Playback, square: Square) -> dict[str, Any]:
    crews, legs = playback.crews, playback.crews.legs
    kinds = list(dict.fromkeys(crews.kind))
    return {
        "states": list(STATES),
        "kinds": kinds,
        "kind": whole([kinds.index(kind) for kind in crews.kind]),
        "depot": square.place(crews.depot_x, crews.depot_y),
        "at": minutes(legs.at),
        "crew": whole(legs.crew),
        "state": whole(legs.state),
        "from": square.place(legs.x0, legs.y0),
        "to": square.place(legs.x1, legs.y1),
        "done": real(legs.at - legs.from_at),
        "minutes": real(legs.minutes),
    }


def _feed(feed: Feed, w: Words, dates: Dates) -> dict[str, Any]:
    used = sorted(set(feed.kind.tolist()))
    return {
        "kinds": [{"name": FEED[kind], "layer": _LAYER[FEED[kind]]} for kind in used],
        "at": minutes(feed.at),
        "kind": whole(np.searchsorted(used, feed.kind)),
        "zone": whole(feed.zone),
        "crew": whole(feed.crew),
        "n": whole(feed.n),
        "value": real(feed.value),
        "text": {str(i): action_in_words(text, w, dates) for i, text in feed.text.items()},
    }
