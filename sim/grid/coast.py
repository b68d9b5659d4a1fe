"""Land polygons: what is land, how far the sea is, and which straight line would cross it."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.errors import InputError, Problem
from sim.units import EARTH_RADIUS_KM, distance_km, project_km

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

COASTLINE_STEP_KM = 0.2  # the coastline is held as points this far apart; distances are right to half of it
SEGMENT_STEP_KM = 0.25  # a line is looked at this often when asked whether it crosses water
_PAIRS_AT_ONCE = 2_000_000  # point-edge pairs in memory at a time


@dataclass(frozen=True)
class Coast:
    """Land as polygon rings in degrees; holes are rings too, told apart by the even-odd rule.

    Parameters
    ----------
    rings : closed rings, each (n, 2) longitude and latitude; no ring crosses the date line.
    clipped_to : (west, south, east, north) box to which the polygons were cut, or None; ring edges on that
        box are cuts and not coast.
    """

    rings: tuple[FloatArray, ...]
    clipped_to: tuple[float, float, float, float] | None = None

    def inside(self, lon: ArrayLike, lat: ArrayLike) -> BoolArray:
        """Return which points lie on land (even-odd ray casting); arguments broadcast."""
        x, y = np.broadcast_arrays(np.asarray(lon, float), np.asarray(lat, float))
        shape, x, y = x.shape, x.ravel(), y.ravel()
        out = np.zeros(len(x), bool)
        south, height, start, edges, ax, ay, bx, by = self._bands
        n_bands = len(start) - 1
        band = np.floor((y - south) / height).astype(np.int64)
        (at,) = np.nonzero((band >= 0) & (band < n_bands))
        band = band[at]
        count = start[band + 1] - start[band]
        limits = np.searchsorted(np.cumsum(count), np.arange(_PAIRS_AT_ONCE, count.sum(), _PAIRS_AT_ONCE))
        for part in np.split(np.arange(len(at)), limits):
            pairs = count[part]
            owner = np.repeat(np.arange(len(part)), pairs)
            first = np.repeat(start[band[part]] - np.cumsum(pairs) + pairs, pairs)
            e = edges[first + np.arange(len(owner))]
            px, py = x[at[part]][owner], y[at[part]][owner]
            straddles = (ay[e] > py) != (by[e] > py)
            with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
                east = px < ax[e] + (py - ay[e]) / (by[e] - ay[e]) * (bx[e] - ax[e])
            crossings = np.bincount(owner[straddles & east], minlength=len(part))
            out[at[part]] = crossings % 2 == 1
        return out.reshape(shape)

    def distance_km(self, lon: ArrayLike, lat: ArrayLike) -> FloatArray:
        """Return the distance to any coast, bay or open sea alike, km, right to 0.1; inf without coast."""
        tree, lon0, lat0 = self._coastline
        x, y = project_km(lon, lat, lon0, lat0)
        if tree is None:
            return np.full(x.shape, np.inf)
        return np.asarray(tree.query(np.stack([x, y], axis=-1))[0], dtype=np.float64)

    def crosses(
        self, lon1: ArrayLike, lat1: ArrayLike, lon2: ArrayLike, lat2: ArrayLike, tolerance_km: float = 0.0
    ) -> BoolArray:
        """Return which straight lines pass over water, looked at every 0.25 km and at both ends.

        Water within `tolerance_km` of the coast is forgiven: coastlines are drawn coarsely.
        """
        ends = np.broadcast_arrays(*(np.asarray(a, float) for a in (lon1, lat1, lon2, lat2)))
        shape = ends[0].shape
        x1, y1, x2, y2 = (a.ravel() for a in ends)
        n = 1 + np.ceil(distance_km(x1, y1, x2, y2) / SEGMENT_STEP_KM).astype(np.int64)
        owner = np.repeat(np.arange(len(n)), n)
        along = (np.arange(len(owner)) - np.repeat(np.cumsum(n) - n, n)) / np.maximum(n[owner] - 1, 1)
        lon, lat = x1[owner] + along * (x2 - x1)[owner], y1[owner] + along * (y2 - y1)[owner]
        (wet,) = np.nonzero(~self.inside(lon, lat))
        if tolerance_km > 0 and len(wet):
            wet = wet[self.distance_km(lon[wet], lat[wet]) > tolerance_km]
        out = np.zeros(len(n), bool)
        out[owner[wet]] = True
        return out.reshape(shape)

    @cached_property
    def _edges(self) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        a = np.concatenate([ring[:-1] for ring in self.rings])
        b = np.concatenate([ring[1:] for ring in self.rings])
        return a[:, 0], a[:, 1], b[:, 0], b[:, 1]

    @cached_property
    def _bands(self) -> tuple[Any, ...]:
        """Edges listed by band of latitude: a point need only look at the edges of its own band."""
        ax, ay, bx, by = self._edges
        south, north = float(min(ay.min(), by.min())), float(max(ay.max(), by.max()))
        n_bands = int(np.clip(len(ax) // 2, 1, 4000))
        height = max((north - south) / n_bands * (1 + 1e-12), 1e-12)
        low = np.floor((np.minimum(ay, by) - south) / height).astype(np.int64)
        high = np.minimum(np.floor((np.maximum(ay, by) - south) / height).astype(np.int64), n_bands - 1)
        span = high - low + 1
        edge = np.repeat(np.arange(len(ax)), span)
        band = np.repeat(low - np.cumsum(span) + span, span) + np.arange(len(edge))
        order = np.argsort(band, kind="stable")
        start = np.searchsorted(band[order], np.arange(n_bands + 1))
        return south, height, start, edge[order], ax, ay, bx, by

    @cached_property
    def _coastline(self) -> tuple[Any, float, float]:
        from scipy.spatial import cKDTree

        ax, ay, bx, by = self._edges
        lon0, lat0 = float((ax.min() + ax.max()) / 2), float((ay.min() + ay.max()) / 2)
        if self.clipped_to is not None:
            west, south, east, north = self.clipped_to
            cut = np.zeros(len(ax), bool)
            for a, b, side in ((ax, bx, west), (ax, bx, east), (ay, by, south), (ay, by, north)):
                cut |= (a == side) & (b == side)
            ax, ay, bx, by = ax[~cut], ay[~cut], bx[~cut], by[~cut]
        if len(ax) == 0:
            return None, lon0, lat0
        x1, y1 = project_km(ax, ay, lon0, lat0)
        x2, y2 = project_km(bx, by, lon0, lat0)
        n = np.maximum(1, np.ceil(np.hypot(x2 - x1, y2 - y1) / COASTLINE_STEP_KM).astype(np.int64))
        edge = np.repeat(np.arange(len(n)), n)
        along = (np.arange(len(edge)) - np.repeat(np.cumsum(n) - n, n)) / n[edge]
        points = np.stack([x1[edge] + along * (x2 - x1)[edge], y1[edge] + along * (y2 - y1)[edge]], axis=1)
        return cKDTree(points), lon0, lat0


def degrees(x_km: ArrayLike, y_km: ArrayLike, lon0: float, lat0: float) -> tuple[FloatArray, FloatArray]:
    """Return longitude and latitude of plane km about (lon0, lat0): the inverse of `units.project_km`."""
    lon = lon0 + np.degrees(np.asarray(x_km, float) / (EARTH_RADIUS_KM * math.cos(math.radians(lat0))))
    return lon, lat0 + np.degrees(np.asarray(y_km, float) / EARTH_RADIUS_KM)


def read_coast(path: str | Path) -> Coast:
    """Read land polygons from a GeoJSON file (RFC 7946): Polygon or MultiPolygon, alone or in features.

    A `bbox` member of the top object says to which box the polygons were cut. Raises `InputError` with every
    problem found, naming the polygon.
    """
    file = str(path)
    try:
        data = json.loads(Path(path).read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise InputError.one(file, "", None, f"cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        raise InputError.one(file, f"byte {error.start + 1}", None, "is not UTF-8; save the file as UTF-8") from None
    except json.JSONDecodeError as error:
        raise InputError.one(file, f"line {error.lineno}", None, f"is not JSON: {error.msg}") from None
    except RecursionError:
        raise InputError.one(file, "", None, "is nested too deeply for GeoJSON") from None
    except ValueError:  # a whole number of thousands of digits
        raise InputError.one(file, "", None, "holds a number that is none of degrees") from None
    problems: list[Problem] = []
    rings: list[FloatArray] = []
    for where, geometry in _geometries(data, file, problems):
        _add_polygons(geometry, where, file, rings, problems)
    if not problems and not rings:
        problems.append(Problem(file, "", "", "needs at least one Polygon or MultiPolygon of land"))
    box = _box(data, file, problems)
    if problems:
        raise InputError(problems)
    return Coast(tuple(rings), box)


def _geometries(data: Any, file: str, problems: list[Problem]) -> list[tuple[str, dict[str, Any]]]:
    if not isinstance(data, dict):
        problems.append(Problem(file, "", "", "needs a GeoJSON object at the top"))
        return []
    kind = data.get("type")
    if kind == "FeatureCollection":
        features = data.get("features")
        if not isinstance(features, list):
            problems.append(Problem(file, "features", "", "needs a list of features"))
            return []
        return [
            (f"features[{i}]", f.get("geometry") or {}) if isinstance(f, dict) else (f"features[{i}]", {})
            for i, f in enumerate(features)
        ]
    return [("geometry", data.get("geometry") or {})] if kind == "Feature" else [("", data)]


def _add_polygons(geometry: Any, where: str, file: str, rings: list[FloatArray], problems: list[Problem]) -> None:
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if kind not in ("Polygon", "MultiPolygon"):
        shown = kind if isinstance(kind, str) else ""
        problems.append(Problem(file, where, shown, "needs a geometry of type Polygon or MultiPolygon"))
        return
    polygons = geometry.get("coordinates")
    polygons = [polygons] if kind == "Polygon" else polygons
    if not isinstance(polygons, list) or not all(isinstance(polygon, list) for polygon in polygons):
        problems.append(Problem(file, f"{where}.coordinates".lstrip("."), "", "needs a list of rings"))
        return
    for p, polygon in enumerate(polygons):
        for r, ring in enumerate(polygon):
            place = f"{where} polygon {p + 1} ring {r + 1}".strip()
            allowed = _ring_problem(ring)
            if allowed:
                problems.append(Problem(file, place, "", allowed))
            else:
                rings.append(np.array([position[:2] for position in ring], dtype=np.float64))


def _ring_problem(ring: Any) -> str:
    """Return what is wrong with a ring, as a phrase, or an empty string."""
    if not isinstance(ring, list) or len(ring) < 4:
        return "needs at least four positions [longitude, latitude]"
    try:
        points = np.array([position[:2] for position in ring], dtype=np.float64)
    except (TypeError, ValueError, IndexError, KeyError):
        return "needs positions of two numbers, [longitude, latitude]"
    if points.ndim != 2 or points.shape[1] != 2 or not np.isfinite(points).all():
        return "needs positions of two finite numbers, [longitude, latitude]"
    if (np.abs(points[:, 0]) > 180).any() or (np.abs(points[:, 1]) > 90).any():
        worst = points[(np.abs(points[:, 0]) > 180) | (np.abs(points[:, 1]) > 90)][0]
        metres = "; this looks like metres of a map projection" if np.abs(worst).max() > 1000 else ""
        return f"needs degrees, longitude -180 to 180 and latitude -90 to 90, not {worst.tolist()}{metres}"
    if not np.array_equal(points[0], points[-1]):
        return "must be closed: its last position must equal its first"
    return ""


def _box(data: Any, file: str, problems: list[Problem]) -> tuple[float, float, float, float] | None:
    box = data.get("bbox") if isinstance(data, dict) else None
    if box is None:
        return None
    numbers = isinstance(box, list) and len(box) == 4 and all(isinstance(v, int | float) for v in box)
    if not numbers or not (-180 <= box[0] < box[2] <= 180 and -90 <= box[1] < box[3] <= 90):
        allowed = "needs four numbers in degrees: west, south, east, north, with west below east, south below north"
        problems.append(Problem(file, "bbox", str(box)[:80], allowed))
        return None
    return float(box[0]), float(box[1]), float(box[2]), float(box[3])
