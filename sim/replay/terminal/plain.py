"""The replay as plain text: one line per step, decisions and injects between them; for pipes and paper."""

from __future__ import annotations

from typing import IO

import numpy as np
from rich.cells import cell_len

from sim.log import NONE
from sim.metrics.crews import TRAVELLING, WORKING
from sim.replay.feed import INJECT, MARKS, Mark
from sim.replay.playback import State
from sim.replay.terminal.screen import Show

EVERY_MIN = 360.0


def print_plain(show: Show, out: IO[str], *, at: float = 0.0, every: float = EVERY_MIN) -> None:
    """Write the course of a drill from a minute to its end, a line every so many minutes."""
    w, recording = show.words, show.playback.recording
    audience = w("replay.for_players" if show.playback.for_players else "replay.for_controller")
    out.write(f"{w('replay.drill')}  {recording.settings.name}\n")
    out.write(f"{recording.course(w)} · {audience}\n\n")
    rows, marks = [], [mark for mark in show.marks if mark.at >= at]
    instants = np.arange(at, show.playback.horizon + 1e-9, every).tolist()
    names = _names(show)
    rows = [_row(show, show.playback(instant)) for instant in instants]
    heads = [w("replay.time"), *(w(f"replay.column_{name}") for name in names)]
    widths = [max(cell_len(row[i]) for row in [heads, *rows]) for i in range(len(heads))]
    out.write(_line(heads, widths))
    for instant, row in zip(instants, rows, strict=True):
        while marks and marks[0].at <= instant:
            out.write(_mark(show, marks.pop(0)))
        out.write(_line(row, widths))
    for mark in marks:
        out.write(_mark(show, mark))


def _names(show: Show) -> list[str]:
    names = ["out_believed", "outages", "waiting", "working", "travelling", "calls", "queue", "complaints"]
    return names if show.playback.for_players else ["out_true", *names]


def _row(show: Show, state: State) -> list[str]:
    known, w = state.known, show.words
    crews = np.bincount(known.crews.state, minlength=WORKING + 1)
    numbers = [
        int(known.out.sum()), known.n_outages, known.n_jobs_waiting, int(crews[WORKING]), int(crews[TRAVELLING]),
        known.hotline.calls, known.hotline.queue, known.hotline.complaints,
    ]  # fmt: skip
    if state.truth is not None:
        numbers.insert(0, int(state.truth.out.sum()))
    return [show.dates.date_time(state.at), *(w.number(number) for number in numbers)]


def _line(cells: list[str], widths: list[int]) -> str:
    """Return cells set right but for the first."""
    first = cells[0] + " " * (widths[0] - cell_len(cells[0]))
    rest = (" " * (width - cell_len(cell)) + cell for cell, width in zip(cells[1:], widths[1:], strict=True))
    return "  ".join([first, *rest]).rstrip() + "\n"


def _mark(show: Show, mark: Mark) -> str:
    kind = show.words(f"replay.mark_{MARKS[mark.kind]}")
    said = [] if mark.event == NONE else [show.line(mark.event)]
    said = said if mark.kind == INJECT else [kind, *said]  # an inject's own line says what it is
    return f"{show.dates.date_time(mark.at)}  * {': '.join(said)}\n"
