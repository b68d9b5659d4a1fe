"""What of a circuit is feeders: cut off from the grid above, with one source at each busbar, and nothing dead."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from sim.grid.foreign.circuit import Branch, Circuit, Source

MEDIUM_KV = 36.0
"""Highest voltage of a feeder: medium voltage ends at 36 kV (IEC 60038:2009, table 3); above is sub-transmission."""


def cut_off_above(circuit: Circuit) -> None:
    """Put a source at the low side of every transformer from above `MEDIUM_KV`, and leave out what is above."""
    above = {bus.name for bus in circuit.buses.values() if bus.kv > MEDIUM_KV}
    if not above:
        return
    kept: list[Branch] = []
    n_lines = n_switches = 0
    for branch in circuit.branches:
        ends = [bus in above for bus in (branch.a, branch.b)]
        if not any(ends):
            kept.append(branch)
        elif all(ends):
            n_lines += branch.kind != "switch"
            n_switches += branch.kind == "switch"
        elif branch.kind != "transformer":
            circuit.refuse(branch.place, branch.name, f"joins buses above and below {MEDIUM_KV:g} kV")
        elif not branch.open_at:
            low = branch.b if ends[0] else branch.a
            cells = {"capacity_kw": branch.cells.get("capacity_kw")}
            circuit.sources.append(Source(branch.name, branch.place, low, cells))
    if not kept:
        text = f"needs a network of feeders: nothing is below {MEDIUM_KV:g} kV"
        circuit.refuse("", None, text)
    n_loads = sum(load.bus in above for load in circuit.loads)
    circuit.branches = kept
    circuit.sources = [source for source in circuit.sources if source.bus not in above]
    circuit.loads = [load for load in circuit.loads if load.bus not in above]
    circuit.buses = {name: bus for name, bus in circuit.buses.items() if name not in above}
    counts = {"buses": len(above), "lines": n_lines, "switches": n_switches, "loads": n_loads}
    circuit.note("unused_above", kv=f"{MEDIUM_KV:g}", sources=len(circuit.sources), **counts)


def merge_busbars(circuit: Circuit) -> None:
    """Make one bus of the busbars that closed couplers join, so that each bay is the head of its own feeder."""
    bars = {bus.name for bus in circuit.buses.values() if bus.is_busbar}
    couplers = [b for b in circuit.branches if b.kind == "switch" and {b.a, b.b} <= bars]
    names = {b.name for b in couplers}
    one = _groups((b.a, b.b) for b in couplers if not b.open_at)
    if not one:
        return

    def of(bus: str) -> str:
        return one.get(bus, bus)

    kept = [
        replace(
            b, a=of(b.a), b=of(b.b), open_at=frozenset(map(of, b.open_at)),
            devices=tuple(replace(device, bus=of(device.bus)) for device in b.devices),
        )
        for b in circuit.branches
        if b.name not in names or of(b.a) != of(b.b)
    ]  # fmt: skip
    circuit.note("assumed_one_busbar", n=len(one), bars=len(set(one.values())), couplers=len(circuit.branches) - len(kept))
    circuit.branches = kept
    circuit.loads = [replace(load, bus=of(load.bus)) for load in circuit.loads]
    circuit.sources = [replace(source, bus=of(source.bus)) for source in circuit.sources]
    circuit.buses = {name: bus for name, bus in circuit.buses.items() if of(name) == name}


def merge_sources(circuit: Circuit) -> None:
    """Make one source of those that closed switches join on one busbar; their capacities add up."""
    joined = _groups((b.a, b.b) for b in circuit.branches if b.kind == "switch" and not b.open_at)
    first: dict[str, int] = {}
    merged: list[Source] = []
    for source in circuit.sources:
        at = joined.get(source.bus, source.bus)
        if at not in first:
            first[at] = len(merged)
            merged.append(source)
            continue
        one = merged[first[at]]
        ratings = [s.cells.get("capacity_kw") for s in (one, source)]
        total = None if None in ratings else sum(float(rating or 0.0) for rating in ratings)
        merged[first[at]] = replace(one, cells={**one.cells, "capacity_kw": total})
    if len(merged) < len(circuit.sources):
        circuit.note("assumed_busbars", n=len(circuit.sources), sources=len(merged))
    circuit.sources = merged


def drop_dead(circuit: Circuit) -> None:
    """Leave out buses and switches that no source feeds and where nothing hangs, and what is open towards them."""
    joined = _groups((b.a, b.b) for b in circuit.branches if not b.open_at)
    group = {name: joined.get(name, name) for name in circuit.buses}
    used = {group[source.bus] for source in circuit.sources} | {group[load.bus] for load in circuit.loads}
    used |= {group[end] for b in circuit.branches if b.kind == "line" for end in (b.a, b.b) if end not in b.open_at}
    dead = {name for name, its in group.items() if its not in used}
    if not dead:
        return
    kept = [b for b in circuit.branches if b.a not in dead and b.b not in dead]
    ends = {end for b in circuit.branches for end in (b.a, b.b)}
    circuit.note("unused_dead", n=len(dead), first=min(dead), branches=len(circuit.branches) - len(kept))
    circuit.branches = kept
    circuit.buses = {name: bus for name, bus in circuit.buses.items() if name not in dead or name not in ends}


def _groups(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return for everything that pairs join one name of its group."""
    up: dict[str, str] = {}

    def root(name: str) -> str:
        while up.setdefault(name, name) != name:
            up[name] = up[up[name]]
            name = up[name]
        return name

    for a, b in pairs:
        up[root(a)] = root(b)
    return {name: root(name) for name in up}
