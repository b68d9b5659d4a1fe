"""The network on disk: one npz that gives back the same arrays, and CSV tables for a spreadsheet."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from sim.errors import InputError
from sim.grid.network import DEVICES, LAND_CLASSES, Network
from sim.packing import pack
from sim.units import MIN_PER_H

FORMAT_VERSION = 1


def save(network: Network, path: Path) -> None:
    """Write the network as a compressed npz file: equal networks give equal bytes."""
    columns = {field.name: getattr(network, field.name) for field in fields(Network)}
    pack(path, {"network_version": FORMAT_VERSION, **columns})


def load(path: Path) -> Network:
    """Read a network written by `save`; raises `InputError` when the file is not one."""
    try:
        with np.load(path) as data:
            version = int(data["network_version"])
            if version != FORMAT_VERSION:
                text = f"needs network format {FORMAT_VERSION}"
                raise InputError.one(str(path), "network_version", version, text)
            columns: dict[str, Any] = {field.name: data[field.name] for field in fields(Network)}
    except (OSError, ValueError, KeyError, BadZipFile) as error:
        raise InputError.one(str(path), "", None, f"is not a network file ({error})") from None
    columns["lon0"], columns["lat0"] = float(columns["lon0"]), float(columns["lat0"])
    return Network(**columns)


def write_csv(network: Network, folder: Path) -> list[Path]:
    """Write sections.csv, feeders.csv, ties.csv, critical.csv and areas.csv into a folder that exists.

    UTF-8 with a byte order mark, which spreadsheets need to show names right; units stand in the headers.
    Returns the files written.
    """
    n = network
    name = n.name.tolist()
    upstream = [name[up] if up >= 0 else "" for up in n.parent.tolist()]
    feeder = n.feeder_name[n.feeder]
    load = np.bincount(n.feeder, weights=n.customers, minlength=len(n.feeder_name)).astype(np.int64)
    line = np.bincount(n.feeder, weights=n.length_km, minlength=len(n.feeder_name))
    n_sections = np.bincount(n.feeder, minlength=len(n.feeder_name))
    n_poles = np.bincount(n.feeder, weights=n.n_poles, minlength=len(n.feeder_name)).astype(np.int64)
    substation = n.feeder_substation
    a, b = n.tie[:, 0], n.tie[:, 1]
    gap = np.hypot(n.x1[a] - n.x1[b], n.y1[a] - n.y1[b])
    in_area = np.bincount(n.area, weights=n.customers, minlength=len(n.area_name)).astype(np.int64)
    at = n.critical_section
    tables: dict[str, dict[str, Iterable[Any]]] = {
        "sections.csv": {
            "section": name, "upstream_section": upstream, "feeder": feeder, "zone": n.name[n.zone],
            "device": np.array(DEVICES)[n.device], "reports": n.reports.astype(int),
            "area": n.area_name[n.area], "land_class": np.array(LAND_CLASSES)[n.land_class],
            "lon_deg": _rounded(n.lon, 5),
            "lat_deg": _rounded(n.lat, 5), "line_km": _rounded(n.length_km, 3), "poles": n.n_poles,
            "spans": n.n_spans, "transformers": n.n_transformers, "customers": n.customers,
            "business_customers": n.business,
        },
        "feeders.csv": {
            "feeder": n.feeder_name, "substation": n.substation_name[substation],
            "substation_lon_deg": _rounded(n.substation_lon[substation], 5),
            "substation_lat_deg": _rounded(n.substation_lat[substation], 5), "sections": n_sections,
            "line_km": _rounded(line, 3), "poles": n_poles, "customers": load,
        },
        "ties.csv": {
            "section": n.name[a], "other_section": n.name[b], "feeder": feeder[a], "other_feeder": feeder[b],
            "gap_km": _rounded(gap, 3),
        },
        "critical.csv": {
            "name": n.critical_name, "kind": n.critical_kind, "section": n.name[at],
            "area": n.area_name[n.area[at]], "backup_h": _rounded(n.critical_backup_min / MIN_PER_H, 2),
        },
        "areas.csv": {
            "area": n.area_name, "lon_deg": _rounded(n.area_lon, 5), "lat_deg": _rounded(n.area_lat, 5),
            "population": n.area_population, "customers": in_area,
        },
    }  # fmt: skip
    return [_write(folder / file, columns) for file, columns in tables.items()]


def _rounded(values: np.ndarray[Any, Any], digits: int) -> list[float]:
    return [round(value, digits) for value in values.tolist()]


def _write(path: Path, columns: dict[str, Iterable[Any]]) -> Path:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(zip(*(np.asarray(column).tolist() for column in columns.values()), strict=True))
    return path
