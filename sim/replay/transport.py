"""The desk's tape: play, pause, steps both ways, speeds, seek; two clocks. It knows nothing of what is played."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

SPEEDS = (1, 2, 4, 8, 16, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400)
"""Simulated seconds per second: 1 to 16 times real time, then minutes, up to hours; 3600 is one hour per second."""
S_PER_MIN = 60.0
_NEAR = 1e-6


@dataclass
class Transport:
    """Where the tape is, in minutes since the scenario's start.

    Parameters
    ----------
    horizon : last minute. clock : real seconds, rising. speed : simulated seconds per second. at : where to begin.

    Attributes
    ----------
    is_playing : the tape runs. reached : the farthest minute shown so far. stop_at : where playing will pause, or inf.
    n_pauses : pauses since the first play, the present one included.
    talk_at : the minute at which the talk under way began, None when nobody talks. talked_s : real seconds of it.
    holds : the storm is held while a team talks; otherwise it goes on meanwhile, second by second.
    """

    horizon: float
    clock: Callable[[], float]
    speed: float = 600.0
    at: float = 0.0
    is_playing: bool = field(default=False, init=False)
    reached: float = field(default=0.0, init=False)
    stop_at: float = field(default=float("inf"), init=False)
    n_pauses: int = field(default=0, init=False)
    talk_at: float | None = field(default=None, init=False)
    talked_s: float = field(default=0.0, init=False)
    holds: bool = field(default=True, init=False)
    _began: float = field(default=0.0, init=False)
    _last: float = field(default=0.0, init=False)
    _paused_s: float = field(default=0.0, init=False)

    def __post_init__(self) -> None:
        self._began = self._last = self.clock()
        self.at = self.reached = min(max(self.at, 0.0), self.horizon)

    def tick(self) -> None:
        """Let the time pass that has passed on the real clock."""
        now = self.clock()
        seconds, self._last = now - self._last, now
        if self.talk_at is not None:
            self.talked_s += seconds
            if not self.holds:
                self._show(min(self.at + seconds / S_PER_MIN, self.horizon))
                return
        if not self.is_playing:
            self._paused_s += seconds
            return
        end = min(self.stop_at, self.horizon)
        self._show(min(self.at + seconds * self.speed / S_PER_MIN, end))
        if self.at >= end:
            self.pause()

    def play(self, to: float = float("inf")) -> None:
        """Run the tape, up to a minute where it pauses."""
        self.tick()
        self.talk_at = None
        if self.at < self.horizon and to > self.at:
            self.is_playing, self.stop_at = True, to

    def pause(self) -> None:
        """Stop the tape where it is."""
        if self.is_playing:
            self.n_pauses += 1
        self.is_playing, self.stop_at = False, float("inf")

    def toggle(self) -> None:
        """Play when paused, pause when playing."""
        if self.is_playing:
            self.tick()
            self.pause()
        else:
            self.play()

    def talk(self) -> None:
        """Stop for a talk before a decision, which is timed; end the one under way."""
        self.tick()
        self.pause()
        self.talk_at, self.talked_s = (self.at, 0.0) if self.talk_at is None else (None, self.talked_s)

    def hold(self) -> None:
        """Change between holding the storm while a team talks, and letting it go on."""
        self.tick()
        self.holds = not self.holds

    def seek(self, at: float) -> None:
        """Go to a minute; a running tape runs on from there."""
        self.tick()
        self.stop_at = float("inf")
        self._show(min(max(at, 0.0), self.horizon))

    def step(self, instants: Sequence[float], direction: int) -> None:
        """Pause, and go to the next (1) or the previous (-1) of some instants, ascending; without one stay."""
        self.tick()
        self.pause()
        if direction > 0:
            i = bisect_right(instants, self.at + _NEAR)
            found = instants[i : i + 1]
        else:
            i = bisect_left(instants, self.at - _NEAR)
            found = instants[max(i - 1, 0) : i]
        if found:
            self._show(min(max(found[0], 0.0), self.horizon))

    def faster(self, direction: int) -> None:
        """Take the next speed of SPEEDS up (1) or down (-1)."""
        self.tick()
        rest = [s for s in SPEEDS if (s > self.speed if direction > 0 else s < self.speed)]
        if rest:
            self.speed = rest[0] if direction > 0 else rest[-1]

    @property
    def shows_past(self) -> bool:
        """Whether what is shown lies before what was shown already."""
        return self.at < self.reached - _NEAR

    @property
    def real_s(self) -> float:
        """Seconds on the real clock since the tape was put in."""
        return self._last - self._began

    @property
    def paused_s(self) -> float:
        """Those of them in which the tape stood still."""
        return self._paused_s

    def _show(self, at: float) -> None:
        self.at = at
        self.reached = max(self.reached, at)
