"""One picture of the replay for a terminal: clocks, time bar, table or map, curves, feed."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from rich.console import Group, RenderableType
from rich.layout import Layout
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from sim.dates import Dates
from sim.metrics.crews import STATES
from sim.replay.deciding import decided
from sim.replay.feed import ANSWER, DECISION, INJECT, Feed, Mark, feed_of, line, marks_of
from sim.replay.knowledge import STAGES
from sim.replay.playback import Playback, State
from sim.replay.series import Series, series_of
from sim.replay.terminal.sketch import Sketch
from sim.replay.transport import Transport
from sim.units import MIN_PER_H
from sim.words import Words

VIEWS = ("areas", "map", "crews", "feed")
_BARS = " ▁▂▃▄▅▆▇█"
_CALM, _LOUD, _WARN = "bright_black", "bold", "bold black on yellow"
RANKS = ("supplied", "falsely_out", "crew_on_site", "patrolled", "reported", "unknown")
STYLES = ["bright_black", "cyan", "bold green", "bold dark_orange", "bold bright_blue", "bold magenta"]


@dataclass
class Show:
    """Everything about one view for controller or players that does not change while it plays."""

    playback: Playback
    words: Words
    dates: Dates = field(init=False)
    feed: Feed = field(init=False)
    marks: list[Mark] = field(init=False)
    series: list[Series] = field(init=False)
    _sketches: dict[tuple[int, int], Sketch] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        self.dates = Dates(self.playback.recording.settings, self.words)
        self.feed = feed_of(self.playback)
        self.marks = marks_of(self.playback, self.feed)
        self.series = series_of(self.playback)

    def line(self, event: int) -> str:
        """Return an event of the feed in words."""
        return line(self.playback, self.feed, event, self.words, self.dates)

    def sketch(self, width: int, height: int) -> Sketch:
        """Return the map of a size, made once."""
        key = width, height
        if key not in self._sketches:
            recording = self.playback.recording
            self._sketches = {key: Sketch(recording.network, self.playback.zones, recording.coast, *key)}
        return self._sketches[key]


def rank(state: State) -> NDArray[np.int64]:
    """Return how each zone is drawn, (n_zones,), an index into RANKS."""
    shown = np.array([RANKS.index(stage) for stage in STAGES])
    out = shown[state.known.stage]
    if state.truth is not None:
        out = np.where(state.truth.dark & (state.known.stage == 0), RANKS.index("unknown"), out)
        out = np.where(~state.truth.dark & (state.known.stage > 0), RANKS.index("falsely_out"), out)
    return out


_ROOM_FOR_SHARES = 60


def screen(
    show: Show,
    tape: Transport,
    view: str,
    width: int,
    height: int,
    *,
    help_shown: bool = False,
    typed: str | None = None,
) -> RenderableType:
    """Return the picture of a minute for a terminal of a size; `typed` is what is being entered, or None."""
    state = show.playback(tape.at)
    w = show.words
    layout = Layout()
    bottom = 1 if height < 20 else max(4, min(9, height // 4))
    layout.split_column(
        Layout(_header(show, tape), name="head", size=3),
        Layout(_bar(show, tape, width), name="bar", size=2),
        Layout(name="body"),
        *([] if view == "feed" else [Layout(_feed(show, state, bottom - 1), name="feed", size=bottom)]),
        Layout(_footer(show, tape, typed), name="foot", size=1),
    )
    room = height - 6 - (0 if view == "feed" else bottom)
    if help_shown:
        layout["body"].update(_help(w))
        return layout
    if width < 70:
        layout["body"].update(_view(show, state, view, width, room))
        return layout
    side = min(46, max(30, width * 2 // 5)) if width >= 100 else 30
    layout["body"].split_row(
        Layout(_view(show, state, view, width - side - 2, room), name="main"),
        Layout(Padding(_side(show, state, side - 2, room), (0, 0, 0, 2)), name="side", size=side),
    )
    return layout


def _header(show: Show, tape: Transport) -> RenderableType:
    w, recording = show.words, show.playback.recording
    audience = w("replay.for_players" if show.playback.for_players else "replay.for_controller")
    title = Text.assemble(
        (f" {w('replay.drill')} ", "bold white on dark_orange3"), "  ", (recording.settings.name, _LOUD),
        (f"   {recording.course(w)} · {audience}", _CALM), no_wrap=True, overflow="ellipsis",
    )  # fmt: skip
    after = (tape.at - recording.settings.landfall_at) / MIN_PER_H
    sign = "replay.after_landfall" if after >= 0 else "replay.before_landfall"
    playing, paused = (w("replay.playing"), "bold black on green"), (w("replay.paused"), "bold white on red")
    words, style = playing if tape.is_playing else paused
    if tape.talk_at is not None:
        words = w("replay.talk_held" if tape.holds else "replay.talk_running", span=_span(tape.talked_s))
        style = _WARN
    clock = Text.assemble((show.dates.date_time(tape.at), "bold bright_white"), "  ", (f" {words} ", style))
    if tape.shows_past:
        clock.append("  ").append(f" {w('replay.past', when=show.dates.date_time(tape.reached))} ", _WARN)
    clock.append(f"  {w('replay.speed', n=f'{tape.speed:g}')}   {w(sign, hours=w.number(abs(after), 1))}")
    clock.append(f"   {recording.settings.timezone}", _CALM)
    clock.no_wrap, clock.overflow = True, "ellipsis"
    real = Text(
        w("replay.real_clock", real=_span(tape.real_s), paused=_span(tape.paused_s), n=tape.n_pauses), _CALM,
        no_wrap=True, overflow="ellipsis",
    )  # fmt: skip
    return Group(title, clock, real)


def _bar(show: Show, tape: Transport, width: int) -> RenderableType:
    """Return the time bar: how far, and above it landfall (L), decisions (D) and injects (I)."""
    n = max(width, 2)

    def column(at: float) -> int:
        return min(int(at / show.playback.horizon * (n - 1)), n - 1)

    marks = [" "] * n
    for mark in show.marks:
        letter, at = {DECISION: "D", INJECT: "I", ANSWER: "A"}.get(mark.kind, "L"), column(mark.at)
        while marks[at] not in (" ", letter) and at < n - 1:  # beside another that stands there
            at += 1
        marks[at] = letter
    top = Text("".join(marks), "bold")
    for i, letter in enumerate(marks):
        if letter != " ":
            top.stylize({"D": "bright_blue", "I": "magenta", "A": "cyan", "L": "red"}[letter], i, i + 1)
    here, far = column(tape.at), column(tape.reached)
    line_ = Text.assemble(("━" * here, "green"), ("●", "bold bright_white"), ("━" * max(far - here, 0), "yellow"))
    line_.append("─" * max(n - 1 - max(far, here), 0), _CALM)
    return Group(top, line_)


def _view(show: Show, state: State, view: str, width: int, room: int) -> RenderableType:
    if view == "map":
        picture = show.sketch(max(width, 10), max(room - 2, 4)).draw(rank(state), STYLES, "blue")
        return Group(picture, _legend(show))
    if view == "crews":
        return _crews(show, state)
    if view == "feed":
        return _feed(show, state, room - 1)
    return _areas(show, state, room - 2, width)


def _areas(show: Show, state: State, rows: int, width: int) -> Table:
    """Return the areas with most customers out, worst first; their share as a bar where there is room for it."""
    w, network = show.words, show.playback.recording.network
    table = Table(box=None, padding=(0, 1, 0, 0), expand=True, header_style=_CALM)
    table.add_column(w("replay.area"), no_wrap=True, ratio=3, min_width=10)
    if state.truth is not None:
        table.add_column(w("replay.out_true"), justify="right", no_wrap=True)
    table.add_column(w("replay.out_believed"), justify="right", no_wrap=True)
    if width >= _ROOM_FOR_SHARES:
        table.add_column(w("replay.share"), no_wrap=True, width=10)
    table.add_column(w("replay.promise"), no_wrap=True, ratio=2, min_width=12)
    served = np.bincount(network.area, network.customers, len(network.area_name))
    known = state.known.out
    out = known if state.truth is None else np.maximum(state.truth.out, known)
    order = np.argsort(-out, kind="stable")[: max(rows, 1)]
    for area in order.tolist():
        share = out[area] / served[area] if served[area] else 0.0
        cells = [Text(str(network.area_name[area]), "" if out[area] else _CALM)]
        if state.truth is not None:
            cells.append(Text(w.number(int(state.truth.out[area])), "" if state.truth.out[area] else _CALM))
        cells.append(Text(w.number(int(known[area])), "" if known[area] else _CALM))
        if width >= _ROOM_FOR_SHARES:
            cells.append(Text("█" * round(share * 10), "dark_orange"))
        cells.append(Text(_promise(show, float(state.known.promise[area])), _CALM if known[area] == 0 else ""))
        table.add_row(*cells)
    return table


def _promise(show: Show, promised: float) -> str:
    if np.isnan(promised):
        return ""
    return show.words("replay.assessing") if promised < 0 else show.dates.date_time(promised)


def _crews(show: Show, state: State) -> Table:
    """Return how many crews of each kind are in each state."""
    w, kinds = show.words, show.playback.crews.kind
    table = Table(box=None, padding=(0, 2, 0, 0), header_style=_CALM)
    table.add_column(w("replay.crew_kind"), no_wrap=True)
    order = [STATES.index(name) for name in ("working", "travelling", "waiting", "stood_down", "night", "resting", "off")]
    for code in order:
        table.add_column(w(f"replay.crew_{STATES[code]}"), justify="right")
    codes = np.array([*dict.fromkeys(kinds)])
    for kind in codes.tolist():
        mine = np.array(kinds) == kind
        count = np.bincount(state.known.crews.state[mine], minlength=len(STATES))
        table.add_row(w(f"replay.kind_{kind}"), *(w.number(int(count[code])) for code in order))
    return table


def _side(show: Show, state: State, width: int, room: int) -> RenderableType:
    """Return the numbers of the minute and the curves up to it."""
    w, known = show.words, state.known
    numbers = Table.grid(padding=(0, 1), expand=True)
    numbers.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
    numbers.add_column(justify="right", no_wrap=True)
    rows = [("n_outages", known.n_outages), ("n_waiting", known.n_jobs_waiting), ("queue", known.hotline.queue),
            ("all_calls", known.hotline.calls), ("all_complaints", known.hotline.complaints)]  # fmt: skip
    if state.truth is not None:
        rows.insert(0, ("n_faults", state.truth.n_faults))
    for name, value in rows[: max(room, 0)]:
        numbers.add_row(Text(w(f"replay.{name}"), _CALM), Text(w.number(value), _LOUD))
    tall = 2
    fitting = show.series[: max((room - len(rows)) // tall, 0)]
    return Group(numbers, *(part for series in fitting for part in _curve(show, series, state.at, width)))


def _curve(show: Show, series: Series, at: float, width: int) -> list[RenderableType]:
    """Return name, value and sparkline of a curve; what is still to come stays blank."""
    columns = (np.arange(width) + 1) * show.playback.horizon / width
    values = np.asarray(series.at(columns), float)
    now = float(np.asarray(series.at(np.array([at]))[0]))
    top = max(float(values.max()), now, 1.0)
    level = np.ceil(values / top * (len(_BARS) - 1)).astype(int)
    cursor = min(int(at / show.playback.horizon * width), width - 1)
    past = "".join(_BARS[i] for i in level[:cursor].tolist()) + _BARS[int(np.ceil(now / top * (len(_BARS) - 1)))]
    head = Table.grid(expand=True)
    head.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
    head.add_column(justify="right", no_wrap=True)
    head.add_row(Text(show.words(f"replay.series_{series.name}"), _CALM), Text(show.words.number(now), _LOUD))
    return [head, Text.assemble((past[:-1], "steel_blue1"), (past[-1], "bold bright_white"), no_wrap=True)]


def _legend(show: Show) -> Text:
    names = ["unknown", "reported", "patrolled", "crew_on_site", "falsely_out"]
    if show.playback.for_players:
        names = ["reported", "patrolled", "crew_on_site"]
    parts = []
    for name in names:
        parts += [("■ ", STYLES[RANKS.index(name)]), (show.words(f"replay.stage_{name}") + "  ", _CALM)]
    return Text.assemble(*parts, overflow="ellipsis")


def _feed(show: Show, state: State, rows: int) -> RenderableType:
    """Return the latest events, the newest first."""
    last = show.feed.until(state.at)
    lines = []
    for i in range(last - 1, max(last - 1 - max(rows, 1), -1), -1):
        at = show.dates.date_time(float(show.feed.at[i]))
        lines.append(Text.assemble((f"{at}  ", _CALM), show.line(i), no_wrap=True, overflow="ellipsis"))
    return Group(Text(show.words("replay.events"), _CALM), *lines)


def _footer(show: Show, tape: Transport, typed: str | None) -> Text:
    w = show.words
    if typed is not None:
        return Text(w("replay.type_time", typed=typed), _WARN, no_wrap=True, overflow="ellipsis")
    if tape.talk_at is not None:
        told = decided(show.playback.recording, tape.talk_at, tape.talked_s, holds=tape.holds)
        return Text(w("replay.decide", command=told), _WARN, no_wrap=True, overflow="ellipsis")
    return Text(w("replay.keys_short"), _CALM, no_wrap=True, overflow="ellipsis")


def _help(w: Words) -> RenderableType:
    table = Table.grid(padding=(0, 2))
    for row in w("replay.keys").splitlines():
        key, _, does = row.partition("\t")
        table.add_row(Text(key, _LOUD), does)
    return table


def _span(seconds: float) -> str:
    """Return a span of real time as h:mm:ss."""
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}"
