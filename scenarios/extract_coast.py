"""Cut the land of a box out of Natural Earth, for the coast file of a scenario; run once per scenario.

    npm pack world-atlas@2.0.2 && tar xzf world-atlas-2.0.2.tgz
    python extract_coast.py package/land-10m.json faxai/coast.geojson 138.5 34.5 142.0 37.0
    python extract_coast.py package/land-10m.json hato/coast.geojson 111.8 21.3 114.6 23.3
    python extract_coast.py package/land-10m.json doksuri/coast.geojson 117.0 23.9 120.2 26.2

The box is west, south, east, north. Land is Natural Earth 1:10m (naturalearthdata.com, public domain), through the package
world-atlas.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

Box = tuple[float, float, float, float]


def coast(topology_file: str, out: str, box: Box) -> None:
    """Write a coast file from the TopoJSON of world-atlas: decode, cut to the box, round to 4 decimals."""
    topology = json.loads(Path(topology_file).read_text(encoding="utf-8"))
    arcs = [_decoded(arc, topology["transform"]) for arc in topology["arcs"]]
    polygons = []
    for geometry in topology["objects"]["land"]["geometries"]:
        several = geometry["arcs"] if geometry["type"] == "MultiPolygon" else [geometry["arcs"]]
        for polygon in several:
            rings = [_cut([p for i in ring for p in _arc(arcs, i)], box) for ring in polygon]
            rings = [ring for ring in rings if len(ring) >= 4]
            if rings:
                polygons.append(rings)
    data = {
        "type": "Feature",
        "bbox": list(box),
        "properties": {"source": "Natural Earth 1:10m land, public domain, through world-atlas 2.0.2"},
        "geometry": {"type": "MultiPolygon", "coordinates": polygons},
    }
    Path(out).write_text(json.dumps(data, separators=(",", ":")) + "\n", encoding="utf-8")
    print(f"{len(polygons)} polygons, {sum(len(r) for p in polygons for r in p)} positions")


def _decoded(arc: list[list[int]], transform: dict[str, list[float]]) -> list[tuple[float, float]]:
    """Undo TopoJSON's quantisation: positions are integer steps from the one before."""
    (kx, ky), (dx, dy) = transform["scale"], transform["translate"]
    x = y = 0
    out = []
    for step_x, step_y in arc:
        x, y = x + step_x, y + step_y
        out.append((x * kx + dx, y * ky + dy))
    return out


def _arc(arcs: list[list[tuple[float, float]]], number: int) -> list[tuple[float, float]]:
    """Return an arc without its last position, which the next arc repeats; ~n means arc n backwards."""
    return arcs[number][:-1] if number >= 0 else arcs[~number][:0:-1]


def _cut(ring: list[tuple[float, float]], box: Box) -> list[list[float]]:
    """Cut a ring to the box, one side after the other (Sutherland and Hodgman 1974), round and close it."""
    west, south, east, north = box
    for axis, limit, sign in ((0, west, 1), (1, south, 1), (0, east, -1), (1, north, -1)):
        out: list[tuple[float, float]] = []
        for a, b in zip(ring, ring[1:] + ring[:1], strict=True):
            inside_a, inside_b = sign * (a[axis] - limit) >= 0, sign * (b[axis] - limit) >= 0
            if inside_a:
                out.append(a)
            if inside_a != inside_b:
                t = (limit - a[axis]) / (b[axis] - a[axis])
                other = a[1 - axis] + t * (b[1 - axis] - a[1 - axis])
                out.append((limit, other) if axis == 0 else (other, limit))
        ring = out
    rounded = [[round(x, 4), round(y, 4)] for x, y in ring]
    kept = [p for p, before in zip(rounded, rounded[-1:] + rounded[:-1], strict=True) if p != before]
    return [*kept, kept[0]] if len(kept) >= 3 else []


if __name__ == "__main__":
    if len(sys.argv) != 7:
        sys.exit(__doc__)
    west, south, east, north = (float(edge) for edge in sys.argv[3:])
    coast(sys.argv[1], sys.argv[2], (west, south, east, north))
