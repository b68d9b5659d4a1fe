"""The replay in a terminal: a screen with a keyboard, and plain text for pipes."""

from sim.replay.terminal.desk import Desk, run_desk
from sim.replay.terminal.plain import print_plain
from sim.replay.terminal.screen import Show

__all__ = ["Desk", "Show", "print_plain", "run_desk"]
