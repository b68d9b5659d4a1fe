"""The event feed: what happened, one short line each, and the marks on the time bar."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.damage import WORK_CLASSES
from sim.dates import Dates
from sim.log import KIND_CODE, KINDS, NONE, Log
from sim.replay.playback import Playback
from sim.units import MIN_PER_H
from sim.words import Words

IntArray = NDArray[np.int64]

FEED = (
    "fault_occurred", "section_tripped", "section_restored", "outage_inferred", "outage_closed", "patrol_finished",
    "tree_cleared", "repair_finished", "generator_connected", "generator_released", "crew_stood_down",
    "shift_started", "aid_requested", "aid_arrived", "etr_published", "notice_sent", "action_taken", "action_refused",
    "inject_given", "inject_refused",
)  # fmt: skip
"""Kinds in the feed. What crews do on their way, when each goes home, what a device or monitor reports and each section
apart would drown the rest; they show on the map, in the crews' curve and in the outage that follows."""
_TOGETHER = {"section_restored", "shift_started", "etr_published", "notice_sent", "crew_stood_down"}
MARKS = ("landfall", "decision", "inject")
LANDFALL, DECISION, INJECT = range(3)
_MINUTE = re.compile(r"\bminute (\d+(?:\.\d+)?)\b")


@dataclass(frozen=True)
class Mark:
    """An instant marked on the time bar; `kind` is a code into MARKS, `event` its place in the feed, -1: none."""

    at: float
    kind: int
    event: int = NONE


@dataclass(frozen=True)
class Feed:
    """Events in order, arrays (n,), those of one kind, instant and cause told together.

    kind : code into FEED. zone : where, of several the first; -1: nowhere. crew : or -1. n : customers, crews, areas or
    faults, by kind. value : hours of work, minute promised, work class code, by kind. text : by row, of actions and
    names that the network does not have.
    """

    at: NDArray[np.float64]
    kind: IntArray
    zone: IntArray
    crew: IntArray
    n: IntArray
    value: NDArray[np.float64]
    text: dict[int, str]

    def __len__(self) -> int:
        return len(self.at)

    def until(self, at: float) -> int:
        """Return how many events have happened by a minute."""
        return int(np.searchsorted(self.at, at, side="right"))


def feed_of(playback: Playback) -> Feed:
    """Return the feed of what a playback may show."""
    log = playback.log
    rows, first = _groups(log)
    kind, at = log["kind"][rows], log["at"][rows]
    group = np.cumsum(first) - 1
    lead = rows[first]
    section = log["section"][lead]
    zone = np.where(section >= 0, playback.zones.of_section[section], NONE)
    counted = np.bincount(group, _counts(log, rows, playback), int(first.sum())).astype(np.int64)
    names = np.array([FEED.index(KINDS[code].name) if KINDS[code].name in FEED else NONE for code in range(len(KINDS))])
    text = {i: words for i, row in enumerate(lead.tolist()) if (words := _text(log, row, playback))}
    return Feed(
        at[first], names[kind[first]], zone, log["crew"][lead], counted, log["value"][lead].astype(np.float64), text
    )


def marks_of(playback: Playback, feed: Feed) -> list[Mark]:
    """Return landfall, decisions and injects in order of time; requests for aid count as decisions."""
    marks = [Mark(playback.recording.settings.landfall_at, LANDFALL)]
    acts = [FEED.index(name) for name in ("action_taken", "aid_requested", "inject_given")]
    for i in np.flatnonzero(np.isin(feed.kind, acts)).tolist():
        given = FEED[feed.kind[i]] == "inject_given"
        marks.append(Mark(float(feed.at[i]), INJECT if given else DECISION, i))
    return sorted(marks, key=lambda mark: (mark.at, mark.kind))


def line(playback: Playback, feed: Feed, i: int, w: Words, dates: Dates) -> str:
    """Return event i of a feed as one line in a language."""
    name, zone, value = FEED[feed.kind[i]], int(feed.zone[i]), float(feed.value[i])
    network, zones = playback.recording.network, playback.zones
    place = f"{network.feeder_name[zones.feeder[zone]]} ({network.area_name[zones.area[zone]]})" if zone >= 0 else ""
    when = w("replay.assessing") if not value >= 0 else dates.date_time(value)
    work = w(f"replay.work_{WORK_CLASSES[int(value)]}") if name == "fault_occurred" else ""
    return w(
        f"replay.feed_{name}", place=place, crew=int(feed.crew[i]) + 1, n=w.number(float(feed.n[i])), work=work,
        hours=w.number(value / MIN_PER_H, 1), when=when, what=said(feed.text.get(i, ""), dates),
    )  # fmt: skip


def said(text: str, dates: Dates) -> str:
    """Return an action's text with its minutes as local dates."""
    return _MINUTE.sub(lambda found: dates.date_time(float(found[1])), text)


def _groups(log: Log) -> tuple[IntArray, NDArray[np.bool_]]:
    """Return the rows of the feed, and which of them begin a group told together."""
    rows = np.flatnonzero(log.of(*FEED))
    kind, at, cause, value = (log[name][rows] for name in ("kind", "at", "cause_seq", "value"))
    together = np.isin(kind, [KIND_CODE[name] for name in _TOGETHER])
    power_back = kind == KIND_CODE["section_restored"]  # `value` are minutes dark, which differ within a group
    alike = (value[1:] == value[:-1]) | (np.isnan(value[1:]) & np.isnan(value[:-1])) | power_back[1:]
    same = (kind[1:] == kind[:-1]) & (at[1:] == at[:-1]) & (cause[1:] == cause[:-1])
    first = np.ones(len(rows), bool)
    first[1:] = ~(same & alike & together[1:])
    return rows, first


def _counts(log: Log, rows: IntArray, playback: Playback) -> NDArray[np.float64]:
    """Return what each row adds to the number that its line tells."""
    ones = np.ones(len(log))
    customers = np.maximum(log["customers"], 0).astype(float)
    below = np.concatenate(([0], np.cumsum(playback.recording.network.customers)))
    network = playback.recording.network
    behind = np.where(log["section"] >= 0, below[network.end[log["section"]]] - below[log["section"]], 0).astype(float)
    lost = np.bincount(
        np.maximum(log["cause_seq"], 0), customers * log.of("section_went_dark"), minlength=max(len(log), 1)
    )[: len(log)].astype(float)
    told = np.nan_to_num(log["value"], nan=0.0, posinf=0.0)
    by_kind: dict[str, Callable[[], NDArray[np.float64]]] = {
        "fault_occurred": lambda: lost, "section_tripped": lambda: lost, "section_restored": lambda: customers,
        "outage_inferred": lambda: behind, "outage_closed": lambda: behind, "patrol_finished": lambda: told,
        "notice_sent": lambda: customers, "aid_requested": lambda: told, "aid_arrived": lambda: told,
    }  # fmt: skip
    out = ones
    for name, count in by_kind.items():
        out = np.where(log.of(name), count(), out)
    return np.asarray(out[rows])


def _text(log: Log, row: int, playback: Playback) -> str:
    """Return what only the event itself can say: an action, an aid agreement, a critical customer, an area."""
    kind, place = KINDS[log["kind"][row]].name, int(log["place"][row])
    if kind in ("aid_requested", "aid_arrived"):
        return list(playback.recording.settings.aid)[place]
    if kind.startswith("generator"):
        names = playback.recording.network.critical_name
        return str(names[place]) if place < len(names) else ""  # one that became critical meanwhile
    if kind == "etr_published":
        return str(playback.recording.network.area_name[place])
    return log.detail.get(row, "")
