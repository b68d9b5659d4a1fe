"""The keyboard of a terminal, key by key, without waiting for a line."""

from __future__ import annotations

import os
import select
from collections.abc import Iterator
from contextlib import contextmanager

_SEQUENCES = {
    "[A": "up", "[B": "down", "[C": "right", "[D": "left", "[H": "home", "[F": "end", "OA": "up", "OB": "down",
    "OC": "right", "OD": "left", "OH": "home", "OF": "end", "[1~": "home", "[4~": "end", "[5~": "pageup",
    "[6~": "pagedown",
}  # fmt: skip
_NAMED = {
    " ": "space",
    "\r": "enter",
    "\n": "enter",
    "\x7f": "backspace",
    "\x08": "backspace",
    "\x03": "q",
    "\x04": "q",
}


class Keyboard:
    """Keys from a file descriptor: printable ones as they are, others by name; unknown sequences are dropped."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._pending = b""

    def read(self, wait_s: float) -> list[str]:
        """Return the keys pressed, waiting at most so long for the first; ["q"] when the terminal is gone."""
        ready, _, _ = select.select([self._descriptor], [], [], wait_s)
        if not ready:
            return _keys(self._take())
        try:
            data = os.read(self._descriptor, 1024)
        except OSError:  # a terminal whose other end was closed
            data = b""
        if not data:
            return ["q"]
        self._pending += data
        return _keys(self._take())

    def _take(self) -> str:
        """Return what has come in so far, but for a character that is only half there."""
        for cut in range(min(4, len(self._pending) + 1)):
            whole = self._pending[: len(self._pending) - cut]
            try:
                text = whole.decode()
            except UnicodeDecodeError:
                continue
            self._pending = self._pending[len(whole) :]
            return text
        self._pending = b""
        return ""


@contextmanager
def keyboard(descriptor: int) -> Iterator[Keyboard]:
    """Return the keyboard of a terminal, read key by key without echo until the context is left."""
    import termios
    import tty

    before = termios.tcgetattr(descriptor)
    try:
        tty.setcbreak(descriptor)
        yield Keyboard(descriptor)
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)


def _keys(text: str) -> list[str]:
    """Return the keys that some input stands for."""
    keys, i = [], 0
    while i < len(text):
        if text[i] != "\x1b":
            keys.append(_NAMED.get(text[i], text[i] if text[i].isprintable() else ""))
            i += 1
            continue
        found = next((s for s in _SEQUENCES if text.startswith(s, i + 1)), None)
        if found is not None:
            keys.append(_SEQUENCES[found])
            i += 1 + len(found)
        else:
            keys.append("escape")
            i = len(text) if text[i + 1 : i + 2] in ("[", "O") else i + 1
    return [key for key in keys if key]
