"""Event grades: which grade a share of load or customers lost comes to."""

from __future__ import annotations

from collections.abc import Sequence

LEVELS = ("I", "II", "III", "IV")
"""Grades of an event, the gravest first; the response level is the grade's."""


def graded(share: float, levels: Sequence[str], edges: Sequence[float]) -> str:
    """Return the grade of a share, empty when it is below every edge.

    levels, edges : grades, the gravest first, and the share from which each holds, falling. A share at an edge has
    that edge's grade ("50 % and more", "below 70 %").
    """
    return next((level for level, edge in zip(levels, edges, strict=True) if share >= edge), "")
