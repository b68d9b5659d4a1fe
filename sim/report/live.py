"""What a reader of the page can hover over and switch on and off: curves of all plans in one chart."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.report import style
from sim.report.clock import Clock
from sim.report.material import Material, mean_over_runs
from sim.units import MIN_PER_DAY, minutes_since
from sim.words import Words

_MOST = 240  # instants in a chart: one per pixel or two


def charts(material: Material, w: Words) -> list[dict[str, Any]]:
    """Return the charts as plain data for `live.js`: customers out (median) and complaints so far (mean).

    x in minutes; days: (x, label) of midnights; plans: name, colour, dash and values per instant; points: what was
    reported, (x, value, text).
    """
    experiment = material.experiment
    out = np.median(experiment.curves["customers_out"].astype(float), axis=1)
    lodged = np.cumsum(mean_over_runs(experiment.curves["complaints"]), axis=1)
    made = [("customers_out", out, out > 0.005 * max(float(out.max()), 1.0), _reported(material, w))]
    made.append(("complaints", lodged, lodged < 0.995 * np.maximum(lodged[:, -1:], 1e-9), []))
    return [_chart(material, w, *each) for each in made]


def as_script(data: object) -> str:
    """Return data as JSON that may stand inside a script element: no text of the user can end it."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _chart(
    material: Material, w: Words, name: str, values: NDArray[np.float64], active: NDArray[np.bool_], points: list[Any]
) -> dict[str, Any]:
    clock, at = Clock(material.scenario, w), material.experiment.grid_at
    start, end = clock.window(at, active.any(axis=0), max((point[0] for point in points), default=0.0))
    inside = np.flatnonzero((at >= start) & (at <= end))
    inside = inside[:: max(1, -(-len(inside) // _MOST))]
    plans = [
        {"name": plan, "colour": colour, "dash": dash, "values": [round(v, 1) for v in values[p, inside].tolist()]}
        for p, (plan, (colour, dash)) in enumerate(
            zip(material.experiment.plans, _looks(len(values)), strict=True)
        )
    ]  # fmt: skip
    days = clock.midnights(start, end)
    every = max(1, round((end - start) / MIN_PER_DAY / 8))
    return {
        "name": name,
        "title": w(f"live.{name}_reported" if points else f"live.{name}"),
        "y": w(f"{name}.y"),
        "at": at[inside].tolist(),
        "times": [clock.date_time(minute) for minute in at[inside].tolist()],
        "days": [[day, clock.date(day)] for day in days[::every]],
        "plans": plans,
        "points": points,
    }


def _looks(n: int) -> list[tuple[str, str]]:
    """Return colour and SVG dash of every plan, the reference first."""
    out = [(style.REFERENCE, "6 3")]
    for p in range(n - 1):
        colour, dash = style.LINES[p % len(style.LINES)][:2]
        out.append((colour, "" if isinstance(dash, str) else " ".join(f"{3 * part:g}" for part in dash[1])))
    return out


def _reported(material: Material, w: Words) -> list[Any]:
    scenario = material.scenario
    points = scenario.observed.checkpoints if scenario.observed else ()
    return [
        [
            minutes_since(scenario.start, point.at), float(point.customers_out),
            w("live.at_most" if point.bound == "below" else "live.reported", n=w.number(point.customers_out)),
        ]
        for point in points
    ]  # fmt: skip
