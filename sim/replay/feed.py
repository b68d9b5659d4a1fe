"""The event feed: what happened, one short line each, and the marks on the time bar."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.dates import Dates
from sim.events import counts, naming, place_of, sentence
from sim.log import KIND_CODE, KINDS, NONE, Log
from sim.replay.playback import Playback
from sim.words import Words

IntArray = NDArray[np.int64]

FEED = (
    "fault_occurred", "section_tripped", "section_restored", "outage_inferred", "outage_closed", "patrol_finished",
    "tree_cleared", "repair_finished", "generator_connected", "generator_released", "generator_ran_dry",
    "generator_not_needed", "crew_stood_down", "shift_started", "aid_requested", "aid_arrived", "etr_published",
    "notice_sent", "action_taken", "action_refused", "inject_given", "inject_refused", "tie_closed", "tie_opened",
    "warning_sent", "line_switched_off", "line_switched_on", "aid_refused", "aid_delayed",
)  # fmt: skip
"""Kinds in the feed. What crews do on their way, when each goes home, what a device or monitor reports and each section
apart would drown the rest; they show on the map, in the crews' curve and in the outage that follows."""
_TOGETHER = {"section_restored", "shift_started", "etr_published", "notice_sent", "warning_sent", "crew_stood_down"}
MARKS = ("landfall", "decision", "inject", "answer")
LANDFALL, DECISION, INJECT, ANSWER = range(4)


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
    network, settings = playback.recording.network, playback.recording.settings
    counted = np.bincount(group, counts(log, rows, network), int(first.sum())).astype(np.int64)
    names = np.array([FEED.index(KINDS[code].name) if KINDS[code].name in FEED else NONE for code in range(len(KINDS))])
    text = {i: words for i, row in enumerate(lead.tolist()) if (words := naming(log, row, network, settings))}
    return Feed(
        at[first], names[kind[first]], zone, log["crew"][lead], counted, log["value"][lead].astype(np.float64), text
    )


def marks_of(playback: Playback, feed: Feed) -> list[Mark]:
    """Return landfall, decisions, injects and refusals of aid in order of time; requests for aid count as decisions."""
    marks = [Mark(playback.recording.settings.landfall_at, LANDFALL)]
    acts = {"action_taken": DECISION, "aid_requested": DECISION, "inject_given": INJECT, "aid_refused": ANSWER}
    for i in np.flatnonzero(np.isin(feed.kind, [FEED.index(name) for name in acts])).tolist():
        marks.append(Mark(float(feed.at[i]), acts[FEED[feed.kind[i]]], i))
    return sorted(marks, key=lambda mark: (mark.at, mark.kind))


def line(playback: Playback, feed: Feed, i: int, w: Words, dates: Dates) -> str:
    """Return event i of a feed as one line in a language."""
    zone = int(feed.zone[i])
    place = place_of(playback.recording.network, int(playback.zones.head[zone])) if zone >= 0 else ""
    return sentence(
        FEED[feed.kind[i]], w, dates, place=place, crew=int(feed.crew[i]), n=float(feed.n[i]),
        value=float(feed.value[i]), what=feed.text.get(i, ""),
    )  # fmt: skip


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
