"""Playback of one log: the state at any minute, in the terminal and in the browser."""
