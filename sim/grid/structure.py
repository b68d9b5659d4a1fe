"""What must be true of every network, whoever made it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

import numpy as np

from sim.errors import DrillError
from sim.grid.network import DEVICES, LAND_CLASSES, SELF_ACTING, Network

_TABLES = {  # field that gives a table its length -> the prefixes or names of its other fields
    "area_name": ("area_",),
    "cell_lon": ("cell_",),
    "feeder_name": ("feeder_",),
    "substation_name": ("substation_",),
    "critical_section": ("critical_",),
}


def check(network: Network) -> None:
    """Raise `DrillError` naming everything that breaks the structure that the program relies on."""
    problems = list(_lengths(network)) or [*_trees(network), *_codes(network), *_amounts(network)]
    if problems:
        raise DrillError("the network is broken: " + "; ".join(problems))


def _lengths(network: Network) -> Iterator[str]:
    n = network.n_sections
    if n == 0:
        yield "it has no section"
    for field in fields(network):
        value = getattr(network, field.name)
        if not isinstance(value, np.ndarray) or field.name == "tie":
            continue
        table = next((key for key, starts in _TABLES.items() if field.name.startswith(starts)), "parent")
        wanted = len(getattr(network, table))
        if value.shape != (wanted,):
            yield f"{field.name} has shape {value.shape} instead of ({wanted},)"
    if network.tie.ndim != 2 or network.tie.shape[1:] != (2,):
        yield f"tie has shape {network.tie.shape} instead of (n_ties, 2)"


def _trees(network: Network) -> Iterator[str]:
    n, index = network.n_sections, np.arange(network.n_sections)
    parent, end, zone = network.parent, network.end, network.zone
    if (parent < -1).any() or (parent >= index).any():
        yield "a section stands before its parent"
        return
    has = parent >= 0
    size = np.ones(n, np.int64)
    for i in range(n - 1, -1, -1):
        if has[i]:
            size[parent[i]] += size[i]
    if (end != index + size).any():
        wrong = np.flatnonzero(end != index + size)[0]
        yield f"end of section {wrong} is not one past the last section below it"
    elif (end[parent[has]] <= index[has]).any():
        yield "sections are not in preorder: one lies outside its parent's slice"
    heads = np.flatnonzero(~has)
    n_feeders = len(network.feeder_name)
    if len(heads) != n_feeders or (network.feeder[heads] != np.arange(len(heads))).any():
        yield "feeders do not each have one head, in their order"
    if (network.feeder[has] != network.feeder[parent[has]]).any():
        yield "a section belongs to another feeder than its parent"
    own = np.isin(network.device, np.flatnonzero(SELF_ACTING))
    if not own[heads].all():
        yield "a feeder head has no device that cuts off a fault by itself"
    right = np.where(own, index, np.where(has, zone[parent], -1))
    if (zone != right).any():
        yield f"zone of section {np.flatnonzero(zone != right)[0]} is not the nearest device upstream"
    gap = np.hypot(network.x0 - network.x1[parent], network.y0 - network.y1[parent])[has]
    if (gap > 1e-6).any():
        yield "a section does not begin where its parent ends"


def _codes(network: Network) -> Iterator[str]:
    limits = {
        "feeder": len(network.feeder_name), "device": len(DEVICES), "area": len(network.area_name),
        "land_class": len(LAND_CLASSES), "cell": len(network.cell_lon), "cell_land": len(LAND_CLASSES),
        "feeder_substation": len(network.substation_name), "tie": network.n_sections,
        "critical_section": network.n_sections,
    }  # fmt: skip
    for name, limit in limits.items():
        value = getattr(network, name)
        if value.size and (value.min() < 0 or value.max() >= limit):
            yield f"{name} holds a number outside 0 to {limit - 1}"
    for name in ("name", "feeder_name", "substation_name", "area_name", "critical_name"):
        value = getattr(network, name)
        if len(np.unique(value)) != len(value):
            yield f"{name} holds a name twice"
    if len(network.tie) and (network.tie[:, 0] == network.tie[:, 1]).any():
        yield "a tie joins a section with itself"


def _amounts(network: Network) -> Iterator[str]:
    for name in ("customers", "business", "n_poles", "n_spans", "n_transformers", "length_km",
                 "area_population", "critical_backup_min"):  # fmt: skip
        if (getattr(network, name) < 0).any():
            yield f"{name} holds a negative number"
    if (network.business > network.customers).any():
        yield "a section has more businesses than customers"
    for field in fields(network):
        value = getattr(network, field.name)
        if isinstance(value, np.ndarray) and value.dtype.kind == "f" and field.name != "cell_coast_km":
            if not np.isfinite(value).all():
                yield f"{field.name} holds a number that is not finite"
        elif field.name == "cell_coast_km" and np.isnan(value).any():
            yield "cell_coast_km holds a number that is not one"
