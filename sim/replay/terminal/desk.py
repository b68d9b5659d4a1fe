"""The exercise lead's desk in a terminal: keys in, pictures out."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from rich.console import Console, RenderableType
from rich.live import Live

from sim.errors import InputError
from sim.replay.feed import DECISION, INJECT
from sim.replay.moments import moment
from sim.replay.playback import Playback
from sim.replay.terminal.keys import keyboard
from sim.replay.terminal.screen import VIEWS, Show, screen
from sim.replay.transport import Transport
from sim.units import MIN_PER_H
from sim.words import Words

FRAME_S = 0.1
_SMALL_MIN, _LARGE_MIN = 10.0, 6 * MIN_PER_H


@dataclass
class Desk:
    """What is shown and what the keys do; holds no terminal.

    Parameters
    ----------
    show : the view it opens with. tape : where it stands. players : makes the players' view when asked for, or None
    where there is no other view.
    """

    show: Show
    tape: Transport
    players: Callable[[], Playback] | None = None
    view: str = "areas"
    is_over: bool = field(default=False, init=False)
    help_shown: bool = field(default=False, init=False)
    typed: str | None = field(default=None, init=False)
    _play_there: bool = field(default=False, init=False)
    _other: Show | None = field(default=None, init=False)

    def press(self, key: str) -> None:
        """Do what a key says; unknown keys do nothing."""
        if self.typed is not None:
            self._type(key)
            return
        tape = self.tape
        keys: dict[str, Callable[[], None]] = {
            "space": tape.toggle, "q": self._leave, "?": self._help, "h": self._help, "v": self._next_view,
            "+": lambda: tape.faster(1), "=": lambda: tape.faster(1), "-": lambda: tape.faster(-1),
            "right": lambda: tape.seek(tape.at + _SMALL_MIN), "left": lambda: tape.seek(tape.at - _SMALL_MIN),
            "pagedown": lambda: tape.seek(tape.at + _LARGE_MIN), "pageup": lambda: tape.seek(tape.at - _LARGE_MIN),
            "home": lambda: tape.seek(0.0), "end": lambda: tape.seek(tape.horizon),
            "r": lambda: tape.seek(tape.reached),
            ".": lambda: tape.step(self._events(), 1), ",": lambda: tape.step(self._events(), -1),
            "i": lambda: tape.step(self._marks(INJECT), 1), "I": lambda: tape.step(self._marks(INJECT), -1),
            "d": lambda: tape.step(self._marks(DECISION), 1), "D": lambda: tape.step(self._marks(DECISION), -1),
            "g": lambda: self._ask(play_there=False), "p": lambda: self._ask(play_there=True), "t": self._switch,
            "b": tape.talk, "o": tape.hold,
        }  # fmt: skip
        if key in keys:
            keys[key]()
        elif key.isdigit() and 1 <= int(key) <= len(VIEWS):
            self.view = VIEWS[int(key) - 1]

    def picture(self, width: int, height: int) -> RenderableType:
        """Return what a terminal of a size shows now."""
        return screen(self.show, self.tape, self.view, width, height, help_shown=self.help_shown, typed=self.typed)

    def _leave(self) -> None:
        self.is_over = True

    def _help(self) -> None:
        self.help_shown = not self.help_shown

    def _next_view(self) -> None:
        self.view = VIEWS[(VIEWS.index(self.view) + 1) % len(VIEWS)]

    def _switch(self) -> None:
        """Change between the controller's and the players' view."""
        if self.players is None:
            return
        other = self._other or Show(self.players(), self.show.words)
        self.show, self._other = other, self.show

    def _events(self) -> list[float]:
        return list(self.show.feed.at.tolist())

    def _marks(self, kind: int) -> list[float]:
        return [mark.at for mark in self.show.marks if mark.kind == kind]

    def _ask(self, *, play_there: bool) -> None:
        self.typed, self._play_there = "", play_there

    def _type(self, key: str) -> None:
        """Take a key of a time being entered."""
        text = self.typed or ""
        if key == "escape":
            self.typed = None
        elif key == "enter":
            self._go(text)
        elif key == "backspace":
            self.typed = text[:-1]
        else:
            self.typed = text + {"space": " "}.get(key, key if len(key) == 1 else "")

    def _go(self, text: str) -> None:
        """Seek or play to the time entered; what is no time stays to be mended."""
        try:
            at = moment(text, self.show.playback.recording.settings, self.tape.at)
        except InputError:
            return
        self.typed = None
        if self._play_there:
            self.tape.play(to=at)
        else:
            self.tape.seek(at)


def run_desk(
    playback: Playback, words: Words, speed: float, at: float = 0.0, players: Callable[[], Playback] | None = None
) -> None:
    """Replay in this terminal until the user leaves.

    Parameters
    ----------
    speed : simulated seconds per second. at : minute to begin at. players : makes the players' view for the key that
    switches.
    """
    desk = Desk(Show(playback, words), Transport(playback.horizon, time.monotonic, speed, at), players)
    console = Console()
    with keyboard(sys.stdin.fileno()) as keys, Live(console=console, screen=True, auto_refresh=False) as live:
        while not desk.is_over:
            began = time.monotonic()
            desk.tape.tick()
            live.update(desk.picture(console.width, console.height), refresh=True)
            for key in keys.read(max(FRAME_S - (time.monotonic() - began), 0.001)):
                desk.press(key)
