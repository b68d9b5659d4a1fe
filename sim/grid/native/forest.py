"""Buses and sections become trees of conductors: each section hung below the bus that feeds it."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from sim.errors import nearest_name
from sim.grid.native.sheets import Row, Sheets


@dataclass(frozen=True)
class Conductor:
    """A piece of line without a device inside: a section, or the stub between two devices that stand together.

    `up` is the number of the conductor above, -1 at a feeder head; `device` the row of the device at the upstream end
    or None; `section` the section's row, None for a busbar or stub; `bus` the bus at the downstream end.
    """

    name: str
    up: int
    source: int
    device: Row | None
    section: Row | None
    bus: str


@dataclass
class Forest:
    """All conductors, those above before those below; which one each bus belongs to."""

    conductors: list[Conductor] = field(default_factory=list)
    of_bus: dict[str, int] = field(default_factory=dict)


def hang(sheets: Sheets) -> Forest:
    """Hang every section below its source; problems go to the sheets.

    Named are: devices at a bus that is no end of their section, buses that nothing else names, loops of closed
    devices, buses with two parents, and islands without a source.
    """
    forest, names = Forest(), {row["section"] for row in sheets["sections"]}
    at_bus: dict[str, list[Row]] = {}
    for row in sheets["sections"]:
        at_bus.setdefault(row["from_bus"], []).append(row)
        at_bus.setdefault(row["to_bus"], []).append(row)
    devices = _devices(sheets, {row["section"]: row for row in sheets["sections"]})
    sources = {row["bus"]: (number, row) for number, row in enumerate(sheets["sources"])}
    _refuse_unknown_buses(sheets, at_bus, sources)
    wanted = _busbars(sheets, sources)
    entered: dict[str, tuple[int, Row | None]] = {}  # bus -> its source, and the section that feeds it
    used: set[int] = set()
    for bus, (number, row) in sources.items():
        if bus in entered:
            other, _ = entered[bus]
            feeding = sheets["sources"][other]
            text = (
                f"is already fed by the source on {feeding.place}; open the way between them and give it as a tie"
            )
            sheets.refuse("sources", row.place, "bus", bus, text)
            continue
        entered[bus] = (number, None)
        if bus in wanted:
            forest.of_bus[bus] = _grow(forest, names, f"{bus} busbar", -1, number, None, None, bus)
        queue = deque([bus])
        while queue:
            here = queue.popleft()
            for section in at_bus.get(here, ()):
                if section.number in used:
                    continue
                used.add(section.number)
                there = section["to_bus"] if section["from_bus"] == here else section["from_bus"]
                if there in entered or there in sources:
                    _refuse_second_way(sheets, section, there, number, entered, sources)
                    continue
                up = -1 if here == bus else forest.of_bus[here]
                forest.of_bus[there] = _add_section(forest, names, section, up, number, here, there, devices)
                entered[there] = (number, section)
                queue.append(there)
    _refuse_islands(sheets, at_bus, used)
    return forest


def refuse_own_ends(sheets: Sheets) -> None:
    """Name sections and ties whose two ends are one bus."""
    kinds = (("sections", "from_bus", "to_bus", "both ends are the same bus: a loop"),
             ("ties", "bus_a", "bus_b", "the tie joins a bus with itself"))  # fmt: skip
    for table, one, other, text in kinds:
        for row in sheets[table]:
            if row[one] == row[other]:
                sheets.refuse(table, row.place, other, row[other], text)


def _add_section(
    forest: Forest, names: set[str], section: Row, up: int, source: int, here: str, there: str,
    devices: dict[tuple[str, str], list[Row]],
) -> int:  # fmt: skip
    """Add a section with its devices, a stub for each beyond the first; return the conductor at the far bus."""
    name = section["section"]
    near, far = devices.get((name, here), []), devices.get((name, there), [])
    for device in near[:-1]:
        up = _grow(forest, names, f"{name}@{here}", up, source, device, None, here)
    up = _grow(forest, names, name, up, source, near[-1] if near else None, section, there)
    for device in reversed(far):
        up = _grow(forest, names, f"{name}@{there}", up, source, device, None, there)
    return up


def _grow(
    forest: Forest, names: set[str], name: str, up: int, source: int, device: Row | None, section: Row | None, bus: str
) -> int:
    """Add a conductor and return its number; a stub whose name is taken gets marks behind it."""
    if section is None:
        while name in names:
            name += "'"
        names.add(name)
    forest.conductors.append(Conductor(name, up, source, device, section, bus))
    return len(forest.conductors) - 1


def _devices(sheets: Sheets, sections: dict[str, Row]) -> dict[tuple[str, str], list[Row]]:
    found: dict[tuple[str, str], list[Row]] = {}
    for row in sheets["devices"]:
        name, bus = row["section"], row["at_bus"]
        section = sections.get(name)
        if section is None:
            near = nearest_name(name, list(sections))
            sheets.refuse("devices", row.place, "section", name, "there is no such section", near)
        elif bus not in (section["from_bus"], section["to_bus"]):
            text = f"section {name} ends at {section['from_bus']} and {section['to_bus']}"
            sheets.refuse("devices", row.place, "at_bus", bus, text)
        else:
            found.setdefault((name, bus), []).append(row)
    return found


def _busbars(sheets: Sheets, sources: dict[str, tuple[int, Row]]) -> set[str]:
    """Return the source buses on which customers, ties or critical customers hang directly."""
    at = [row["bus"] for table in ("load_points", "critical") for row in sheets[table]]
    at += [row[end] for row in sheets["ties"] for end in ("bus_a", "bus_b")]
    return {bus for bus in at if bus in sources}


def _refuse_unknown_buses(sheets: Sheets, at_bus: dict[str, list[Row]], sources: dict[str, tuple[int, Row]]) -> None:
    known = [*at_bus, *(bus for bus in sources if bus not in at_bus)]
    is_known = set(known)
    ends = {"load_points": ("bus",), "critical": ("bus",), "ties": ("bus_a", "bus_b")}
    for table, columns in ends.items():
        for row in sheets[table]:
            for column in columns:
                if row[column] not in is_known:
                    text = "no section or source has such a bus"
                    if table == "ties":
                        text = f"leads nowhere: {text}"
                    sheets.refuse(table, row.place, column, row[column], text, nearest_name(row[column], known))


def _refuse_second_way(
    sheets: Sheets, section: Row, there: str, source: int, entered: dict[str, tuple[int, Row | None]],
    sources: dict[str, tuple[int, Row]],
) -> None:  # fmt: skip
    """Name a section whose far bus has supply already: a loop, two parents, or two sources joined."""
    other, feeding = entered.get(there, (sources[there][0] if there in sources else source, None))
    if other != source or feeding is None:
        what = f"joins source {sheets['sources'][source]['bus']} with source {sheets['sources'][other]['bus']}"
        if other == source:
            what = f"closes a loop back to source {there}"
    elif there == section["to_bus"] and there == feeding["to_bus"]:
        what = (
            f"is a second parent of bus {there}, which section {feeding['section']} ({feeding.place}) feeds: a loop"
        )
    else:
        what = f"closes a loop: bus {there} already has supply by section {feeding['section']} ({feeding.place})"
    text = f"{what}; networks are radial, so give the normally open way as a tie"
    sheets.refuse("sections", section.place, "", section["section"], text)


def _refuse_islands(sheets: Sheets, at_bus: dict[str, list[Row]], used: set[int]) -> None:
    """Name each part of the network that no source reaches, once, at its first section."""
    seen = set(used)
    for row in sheets["sections"]:
        if row.number in seen:
            continue
        island, queue = [row], [row]
        seen.add(row.number)
        while queue:
            section = queue.pop()
            for bus in (section["from_bus"], section["to_bus"]):
                for other in at_bus[bus]:
                    if other.number not in seen:
                        seen.add(other.number)
                        island.append(other)
                        queue.append(other)
        text = f"no source feeds this section ({len(island)} in this island)"
        sheets.refuse("sections", row.place, "", row["section"], text)
