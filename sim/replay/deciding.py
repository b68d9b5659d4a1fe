"""From a talk before the replay to the branch that shows what follows: the command that is to be typed."""

from __future__ import annotations

import shlex

from sim.replay.recording import Recording
from sim.units import MIN_PER_H


def branch_command(recording: Recording) -> str:
    """Return the command that branches a recording, without when and what."""
    parts = ["drill", "branch", shlex.quote(recording.run)]
    if recording.branch:
        return " ".join([*parts, "--from", shlex.quote(recording.branch)])
    return " ".join([*parts, "--plan", shlex.quote(recording.plan), "--replication", str(recording.replication)])


def decided(recording: Recording, at: float, talked_s: float, *, holds: bool) -> str:
    """Return the command for a decision after a talk that began at minute `at` and has lasted so many seconds.

    Held, the storm waits for the decision; otherwise `--running` dates it later by the talk.
    """
    hours, minutes = divmod(int(at + 1e-6), int(MIN_PER_H))
    running = "" if holds else " --running"
    when = f"--at {hours}h{minutes:02d} --discussed {talked_s / 60:.1f}{running}"
    return f"{branch_command(recording)} {when} --do '...'"
