"""The figures, in the order in which a board wants them."""

from __future__ import annotations

from sim.report.figures import calls, complaints, crews, customers_out, differences, hours, storm_map
from sim.report.frame import Sheet
from sim.report.material import Material
from sim.report.style import Look

DRAWERS = (
    customers_out.draw,
    differences.draw,
    hours.draw,
    complaints.draw,
    calls.draw,
    storm_map.draw,
    crews.draw,
)
"""Each returns a Sheet, or None when its data are not there (one plan has no differences)."""


def draw_all(material: Material, look: Look) -> list[Sheet]:
    """Return all sheets that the material allows."""
    return [sheet for draw in DRAWERS if (sheet := draw(material, look)) is not None]
