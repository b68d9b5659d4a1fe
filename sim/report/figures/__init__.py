"""The figures, in the order in which a board wants them."""

from __future__ import annotations

from sim.report.figures import (
    calls,
    choice,
    complaints,
    cost,
    crews,
    critical,
    customers_out,
    differences,
    gantt,
    hours,
    percentiles,
    places,
    storm_map,
    trapezoid,
)
from sim.report.frame import Sheet
from sim.report.material import Material
from sim.report.style import Look

MAIN = {
    "1-customers-out": customers_out.draw,
    "2-differences": differences.draw,
    "3-customer-hours": hours.draw,
    "4-complaints": complaints.draw,
    "8-cost": cost.draw,
    "9-choice": choice.draw,
}
"""What decides. Each draws a Sheet of that name, or None when its data are not there (one plan has no differences)."""

APPENDIX = {
    "5-calls": calls.draw,
    "6-map": storm_map.draw,
    "7-crews": crews.draw,
    "14-gantt": gantt.draw,
    "10-percentiles": percentiles.draw,
    "11-trapezoid": trapezoid.draw,
    "12-critical": critical.draw,
    "13-places": places.draw,
}
"""What explains."""


def draw_all(material: Material, look: Look) -> list[Sheet]:
    """Return all sheets that the material allows."""
    drawers = (MAIN | APPENDIX).values()
    return [sheet for draw in drawers if (sheet := draw(material, look)) is not None]
