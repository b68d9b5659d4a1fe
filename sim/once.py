"""What follows from an object alone, made once for all who ask for it."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import cached_property
from typing import Any, TypeVar

Made = TypeVar("Made")


class Once:
    """A mixin for objects that do not change."""

    def once(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """Return what `make` returns, made once for every key; it is shared, and must not be changed."""
        if key not in self._made:
            self._made[key] = make()
        made: Made = self._made[key]
        return made

    @cached_property
    def _made(self) -> dict[Hashable, Any]:
        return {}
