"""What relieves a crowded desk: agents for some callers alone, a second site, calls back, a voice system that says more.

A call that joins the queue knows how long it would wait for the desk's own agents, because it is served in its turn.
What relieves the desk is decided by that wait and nothing else, so the fate of a call stays known when it arrives.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from typing import NamedTuple

FIRST, ACCEPTS, SETTLED, ELSEWHERE = 1, 2, 4, 8
"""Traits of a call, to be added up: reserved agents may take it; it takes the offer to be called back; the voice system
settles it while it says more than usual; and, noted once it is so, others than the desk's own agents have it in hand."""


class Thresholds(NamedTuple):
    """Waits, minutes, beyond which something relieves the desk; inf: nothing does.

    any : the least of the others, 0 where agents are reserved.
    voice : the voice system says more and settles calls with the trait SETTLED.
    second : a call stands in the second site's queue too, and is taken by who is free first.
    back : callers with the trait ACCEPTS hang up, keep their place and are called back in their turn.
    """

    any: float = inf
    voice: float = inf
    second: float = inf
    back: float = inf


@dataclass(frozen=True)
class Relief:
    """How a desk is relieved.

    reserved : agents who take calls with the trait FIRST and no others, besides the desk's own.
    second_at, second : from `second_at[i]` on the second site has `second[i]` agents free for the desk; ascending min.
    second_after_min, back_after_min, voice_after_min : see Thresholds.
    """

    reserved: int = 0
    second_at: Sequence[float] = (-inf,)
    second: Sequence[int] = (0,)
    second_after_min: float = inf
    back_after_min: float = inf
    voice_after_min: float = inf

    @property
    def thresholds(self) -> Thresholds:
        """The waits from which each kind of relief is at hand."""
        second = self.second_after_min if max(self.second) > 0 else inf
        after = self.voice_after_min, second, self.back_after_min
        return Thresholds(min(*after, 0.0 if self.reserved else inf), *after)


NO_RELIEF = Relief()
