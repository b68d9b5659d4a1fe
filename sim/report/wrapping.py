"""Where lines of text may break, and how wide text is: Latin at spaces, Chinese anywhere but before punctuation."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

_NO_BREAK_BEFORE = "，。、；：！？）》」』】…"
_NO_BREAK_AFTER = "（《「『【"


def is_wide(character: str) -> bool:
    """Return whether a character takes two columns."""
    return unicodedata.east_asian_width(character) in "WF"


def columns(text: str) -> float:
    """Return the width of text on a terminal, columns."""
    return sum(2 if is_wide(c) else 1 for c in text)


def lines(text: str, room: float, width: Callable[[str], float] = columns) -> list[str]:
    """Break text into lines no wider than `room`; a longer word keeps a line of its own."""
    out: list[str] = []
    line = ""
    for piece in pieces(text):
        if line and width(line + piece.rstrip()) > room:
            out.append(line.rstrip())
            line = piece.lstrip()
        else:
            line += piece
    return [*out, line.rstrip()]


def pieces(text: str) -> list[str]:
    """Split text into the parts between which a line may break; joined they are the text, single-spaced."""
    out: list[str] = []
    part = ""
    for c in " ".join(text.split()):
        if part and c != " " and _may_break(part[-1], c):
            out.append(part)
            part = ""
        part += c
    return [*out, part]


def _may_break(before: str, after: str) -> bool:
    if after in _NO_BREAK_BEFORE or before in _NO_BREAK_AFTER:
        return False
    return before == " " or is_wide(before) or is_wide(after)
