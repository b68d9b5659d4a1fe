"""Published reliability test networks, written from their data into the native form.

Conventions of all of them: single failures, devices that never fail unless said otherwise, unlimited ties. A letter
says at which ends of a section a device stands: U upstream, D downstream, B both, N none.

RBTS: Allan, Billinton, Sjarief, Goel, So (1991), "A reliability test system for educational purposes: basic
distribution system data and results", IEEE Trans. Power Systems 6(2), tables I-III (lengths, rates) and figures 3
and 5. Three load points: Billinton and Allan (1996), "Reliability evaluation of power systems", 2nd edition, section
7.4. Course feeder: NTNU course exercise as kept in RelDist.jl (SINTEF), examples/reliability_course.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ENDS = {"U": ("from_bus",), "D": ("to_bus",), "B": ("from_bus", "to_bus"), "N": ()}


@dataclass
class Textbook:
    """A network in the making: rows of the native form."""

    sections: list[dict[str, Any]] = field(default_factory=list)
    devices: list[dict[str, Any]] = field(default_factory=list)
    sources: list[dict[str, Any]] = field(default_factory=list)
    load_points: list[dict[str, Any]] = field(default_factory=list)
    ties: list[dict[str, Any]] = field(default_factory=list)

    def section(self, name: str, from_bus: str, to_bus: str, km: float, **more: Any) -> dict[str, Any]:
        row = {"section": name, "from_bus": from_bus, "to_bus": to_bus, "length_km": km, "transformers": 0} | more
        self.sections.append(row)
        return row

    def device(self, row: dict[str, Any], letter: str, kind: str, **more: Any) -> None:
        for end in ENDS[letter]:
            self.devices.append({"section": row["section"], "at_bus": row[end], "kind": kind} | more)

    def load(self, name: str, bus: str, customers: int, kw: float, **more: Any) -> None:
        self.load_points.append({"load_point": name, "bus": bus, "customers": customers, "load_kw": kw} | more)

    def tie(self, bus_a: str, bus_b: str, **more: Any) -> None:
        self.ties.append({"bus_a": bus_a, "bus_b": bus_b} | more)

    def write(self, folder: Path) -> Path:
        for table in ("sections", "devices", "sources", "load_points", "ties"):
            rows = getattr(self, table)
            if rows:
                names = list(dict.fromkeys(name for row in rows for name in row))
                with (folder / f"{table}.csv").open("w", newline="", encoding="utf-8") as file:
                    writer = csv.DictWriter(file, names)
                    writer.writeheader()
                    writer.writerows(rows)
        return folder


def three_load_points() -> Textbook:
    """Return the feeder of three load points with manual sectionalising and a second source at its end."""
    book = Textbook(sources=[{"bus": "B1"}, {"bus": "BB"}])
    main = {"fail_per_km_yr": 0.1, "repair_h": 3, "switching_h": 0.5}
    lateral = {"fail_per_km_yr": 0.25, "repair_h": 1, "switching_h": 0.5}
    book.device(book.section("MF", "B1", "B2", 0.0, **main), "U", "breaker")
    for name, a, b, km in (("S1", "B2", "B3", 2), ("S2", "B3", "B4", 3), ("S3", "B4", "B5", 1)):
        book.device(book.section(name, a, b, km, **main), "D", "disconnector")
    for name, a, b, km, customers in (("L1", "B2", "A", 3, 250), ("L2", "B3", "B", 2, 100), ("L3", "B4", "C", 1, 50)):
        book.device(book.section(name, a, b, km, **lateral), "U", "fuse")
        book.load(b, b, customers, 535)
    book.tie("B5", "BB", switching_h=1.0)
    return book


def course_feeder(
    fuse_success: float | None = None, reserve: bool = False, customers: Sequence[int] = (1, 1, 1, 1)
) -> Textbook:
    """Return the course's feeder; its laterals with disconnectors, or with fuses that clear with a probability."""
    book = Textbook(sources=[{"bus": "grid"}])
    main = {"fail_per_km_yr": 0.1, "repair_h": 4, "switching_h": 0.5}
    lateral = {"fail_per_km_yr": 0.2, "repair_h": 2, "switching_h": 0.5}
    for i, (up, km) in enumerate((("grid", 2), ("bus_1", 1), ("bus_2", 3), ("bus_3", 2)), start=1):
        row = book.section(f"line_{i}", up, f"bus_{i}", km, **main)
        book.device(row, "U", "breaker" if i == 1 else "disconnector")
    for i, (point, km, mw) in enumerate((("A", 1, 5), ("B", 3, 4), ("C", 2, 3), ("D", 1, 2))):
        row = book.section(f"section_{point.lower()}", f"bus_{i + 1}", point, km, **lateral)
        if fuse_success is None:
            book.device(row, "U", "disconnector")
        else:
            book.device(row, "U", "fuse", success=fuse_success)
        book.load(point, point, customers[i], 1000 * mw)
    if reserve:
        book.sources.append({"bus": "reserve"})
        book.tie("bus_4", "reserve")
    return book


KM = {0.60: "2 6 10 14 17 21 25 28 30 34 38 41 43 46 49 51 55 58 61 64 67",
      0.75: "1 4 7 9 12 16 19 22 24 27 29 32 35 37 40 42 45 48 50 53 56 60 63 65",
      0.80: "3 5 8 11 13 15 18 20 23 26 31 33 36 39 44 47 52 54 57 59 62 66"}  # fmt: skip
"""Lengths of the sections of buses 2 and 4, which number theirs alike."""
LINE = {"fail_per_km_yr": 0.065, "repair_h": 5, "switching_h": 1}


def rbts_bus2(fuses: bool, transformer_repair_h: float) -> Textbook:
    """Return bus 2: four feeders from one busbar, two ties; feeder 2 has no transformers of the utility's.

    `fuses`: the laterals have protection of their own.
    """
    feeders = (  # (main sections, the load points at the end of each)
        ((1, "1 2"), (4, "3 4"), (7, "5 6"), (10, "7")),
        ((12, "8"), (14, "9")),
        ((16, "10"), (18, "11 12"), (21, "13 14"), (24, "15")),
        ((26, "16 17"), (29, "18 19"), (32, "20"), (34, "21 22")),
    )
    book = Textbook(sources=[{"bus": "33kV"}])
    book.device(book.section("supply", "33kV", "11kV", 0.0, **LINE), "D", "breaker")
    for number, main in enumerate(feeders):
        _feeder(book, "11kV", main, fuses, transformer_repair_h if number != 1 else None, "U")
    book.tie("n10", "n14", switching_h=1)
    book.tie("n24", "n34", switching_h=1)
    residential, institution, commercial = (210, 535), (1, 566), (10, 454)
    for points, (customers, kw) in (
        ((1, 2, 3, 10, 11), residential), ((12, 17, 18, 19), (200, 450)), ((4, 5, 13, 14, 20, 21), institution),
        ((6, 7, 15, 16, 22), commercial), ((8,), (1, 1000)), ((9,), (1, 1150)),
    ):  # fmt: skip
        _loads(book, points, customers, kw)
    return book


def rbts_bus4(transformer_repair_h: float = 200.0) -> Textbook:
    """Return bus 4: seven feeders of their own sources, four ties; disconnectors at both ends of main sections."""
    feeders = (
        ((1, "1"), (3, "2"), (5, "3"), (7, "4 5"), (10, "6 7")),
        ((13, "8"), (15, "9"), (17, "10")),
        ((19, "11"), (21, "12"), (23, "13 14"), (26, "15"), (28, "17 16")),
        ((31, "18"), (33, "19 20"), (36, "21 22"), (39, "23"), (41, "24 25")),
        ((44, "26"), (46, "27"), (48, "28")),
        ((50, "29"), (52, "30"), (54, "31")),
        ((56, "32"), (58, "33"), (60, "34 35"), (63, "36"), (65, "37 38")),
    )
    book = Textbook(sources=[{"bus": f"bar{i}"} for i in range(7)])
    for number, main in enumerate(feeders):
        _feeder(book, f"bar{number}", main, True, None if number in (1, 4, 5) else transformer_repair_h, "B")
    for a, b in (("n10", "n65"), ("n17", "n48"), ("n28", "n41"), ("n48", "n54")):
        book.tie(a, b, switching_h=1)
    _loads(book, (*range(1, 5), *range(11, 14), *range(18, 22), *range(32, 36)), 220, 545)
    _loads(book, (5, 14, 15, 22, 23, 36, 37), 200, 500)
    _loads(book, (6, 7, 16, 17, 24, 25, 38), 10, 415)
    _loads(book, (8, 10, 26, 27, 28, 29, 30), 1, 1000)
    _loads(book, (9, 31), 1, 1500)
    return book


def _feeder(
    book: Textbook,
    bus: str,
    main: Iterable[tuple[int, str]],
    fuses: bool,
    transformer_repair_h: float | None,
    ends: str,
) -> None:
    """Add a feeder: laterals are numbered after the main section at whose end they leave.

    `ends`: where disconnectors stand on main sections; the first has a breaker, and a disconnector only downstream.
    """
    for place, (number, points) in enumerate(main):
        row = book.section(f"S{number}", bus, f"n{number}", _km(number), **LINE)
        if place == 0:
            book.device(row, "U", "breaker")
            book.device(row, "D" if ends == "B" else "N", "disconnector")
        else:
            book.device(row, ends, "disconnector")
        bus = f"n{number}"
        for step, point in enumerate(points.split(), start=1):
            lateral = book.section(f"S{number + step}", bus, f"LP{point}", _km(number + step), **LINE)
            book.device(lateral, "U" if fuses else "N", "fuse")
            if transformer_repair_h is not None:
                lateral |= {
                    "transformers": 1,
                    "transformer_fail_per_yr": 0.015,
                    "transformer_repair_h": transformer_repair_h,
                }


def _loads(book: Textbook, points: Iterable[int], customers: int, kw: float) -> None:
    for point in points:
        book.load(f"LP{point}", f"LP{point}", customers, kw)


def _km(number: int) -> float:
    return next(km for km, numbers in KM.items() if str(number) in numbers.split())
