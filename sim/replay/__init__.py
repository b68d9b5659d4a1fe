"""Playback of one log: the state at any minute, in the terminal and in the browser."""

from sim.replay.moments import moment
from sim.replay.playback import Playback
from sim.replay.recording import Recording, record

__all__ = ["Playback", "Recording", "moment", "record"]
