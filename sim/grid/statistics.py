"""What a network looks like in numbers: for `drill check` and for the documentation."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.grid.equipment import main_line
from sim.grid.network import DEVICES, LAND_CLASSES, Network


def describe(network: Network) -> dict[str, Any]:
    """Return counts, means and percentiles of a network; plain Python numbers, units in the names.

    `line` counts branches; `route` runs from the substation to the farthest section along straight lines
    between demand points. A feeder's land class is that of most of its customers.
    """
    head = np.flatnonzero(network.parent < 0)
    n_feeders = len(head)
    n_devices = int((network.device > 0).sum())
    per_feeder: NDArray[np.float64] = np.asarray(
        np.bincount(network.feeder, weights=network.customers, minlength=n_feeders), np.float64
    )
    straight = np.hypot(network.x1 - network.x0, network.y1 - network.y0)
    reach = np.maximum.reduceat(_way(network, straight), head)
    _, _, main_sections = main_line(network.parent, head, network.feeder)
    kinds, counts = np.unique(network.critical_kind, return_counts=True)
    return {
        "customers": network.n_customers,
        "business_customers": int(network.business.sum()),
        "areas": len(network.area_name),
        "substations": len(network.substation_name),
        "feeders": n_feeders,
        "sections": network.n_sections,
        "poles": int(network.n_poles.sum()),
        "transformers": int(network.n_transformers.sum()),
        "line_km": round(float(network.length_km.sum()), 1),
        "poles_per_line_km": round(float(network.n_poles.sum() / max(network.length_km.sum(), 1e-9)), 1),
        "poles_per_customer": round(float(network.n_poles.sum() / max(network.n_customers, 1)), 4),
        "feeders_per_substation": round(n_feeders / max(len(network.substation_name), 1), 2),
        "customers_per_feeder": _spread(per_feeder),
        "customers_per_section": _spread(network.customers),
        "sections_per_feeder": _spread(np.bincount(network.feeder, minlength=n_feeders)),
        "main_line_sections_per_feeder": _spread(main_sections),
        "sections_per_zone": round(network.n_sections / max(n_devices, 1), 2),
        "devices": {DEVICES[code]: int((network.device == code).sum()) for code in range(1, len(DEVICES))},
        "reporting_devices": int(network.reports.sum()),
        "ties": len(network.tie),
        "ties_per_feeder": round(2 * len(network.tie) / n_feeders, 2),
        "critical": {str(kind): int(count) for kind, count in zip(kinds, counts, strict=True)},
        "wind_cells": len(network.cell_lon),
        "by_land_class": _by_class(network, per_feeder, reach),
    }


def _way(network: Network, straight: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return km from the substation to the downstream end of each section."""
    way = straight.tolist()
    for i, up in enumerate(network.parent.tolist()):
        if up >= 0:
            way[i] += way[up]
    return np.array(way)


def _by_class(
    network: Network, per_feeder: NDArray[np.float64], reach: NDArray[np.float64]
) -> dict[str, dict[str, Any]]:
    n_feeders, n_classes = len(per_feeder), len(LAND_CLASSES)
    load = np.bincount(
        network.feeder * n_classes + network.land_class,
        weights=network.customers,
        minlength=n_feeders * n_classes,
    )
    class_of = np.argmax(load.reshape(n_feeders, n_classes), axis=1)
    line = np.bincount(network.feeder, weights=network.length_km, minlength=n_feeders)
    out: dict[str, dict[str, Any]] = {}
    for code, name in enumerate(LAND_CLASSES):
        sections, feeders = network.land_class == code, class_of == code
        customers = int(network.customers[sections].sum())
        out[name] = {
            "sections": int(sections.sum()),
            "customers": customers,
            "poles": int(network.n_poles[sections].sum()),
            "poles_per_customer": round(float(network.n_poles[sections].sum() / max(customers, 1)), 3),
            "line_km": round(float(network.length_km[sections].sum()), 1),
            "feeders": int(feeders.sum()),
            "customers_per_feeder": _spread(per_feeder[feeders]),
            "feeder_route_km": _spread(reach[feeders]),
            "feeder_line_km": _spread(line[feeders]),
        }
    return out


def _spread(values: NDArray[Any]) -> dict[str, float]:
    if len(values) == 0:
        return {}
    p5, p50, p95 = np.percentile(values, (5, 50, 95))
    rows = {"mean": values.mean(), "p5": p5, "median": p50, "p95": p95, "max": values.max()}
    return {name: round(float(value), 2) for name, value in rows.items()}
