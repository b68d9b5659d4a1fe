"""The native form of a network: which files and columns it has, declared once for reader, writer and description."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

from sim.grid.network import DEVICES, LAND_CLASSES

Kind = Literal["name", "text", "number", "whole", "choice", "degrees"]
"""What a cell holds: a name from 1 to 200 characters, any text, a number, a whole number, one of some words, an angle."""

_MOST = 1e12


@dataclass(frozen=True)
class Column:
    """A column: what its cells hold, the limits, and what an empty cell means.

    `default` None says that a cell may not be empty; UNLIMITED stands for "does not bind", UNKNOWN for "not given".
    Numbers lie from `low` to `high`, both allowed.
    """

    name: str
    kind: Kind
    doc: str
    default: Any = None
    unit: str = ""
    low: float = 0.0
    high: float = _MOST
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """A file of the folder: its columns, the one that must not repeat, and whether it may be missing."""

    file: str
    doc: str
    columns: tuple[Column, ...]
    key: str = ""
    is_required: bool = False

    @property
    def name(self) -> str:
        """The file without its ending: `sections`."""
        return self.file.removesuffix(".csv")

    @property
    def required(self) -> tuple[str, ...]:
        """Names of the columns that must be there."""
        return tuple(column.name for column in self.columns if column.default is None)


UNLIMITED, UNKNOWN = math.inf, math.nan
_CONTROLS = ("manual", "remote")
_CAPACITY = Column("capacity_kw", "number", "greatest load that it carries; empty: it does not bind", UNLIMITED, "kW")

TABLES: tuple[Table, ...] = (
    Table(
        "sections.csv",
        "Line sections, each between two buses. Together with the sources they form trees: loops are closed by ties, "
        "which are normally open. Which end is upstream follows from the sources.",
        (
            Column("section", "name", "name of the section"),
            Column("from_bus", "name", "bus at one end"),
            Column("to_bus", "name", "bus at the other end"),
            Column("length_km", "number", "length of line", unit="km", high=2000.0),
            Column("feeder", "text", "feeder to which it belongs; empty: named after the substation", ""),
            Column("kind", "choice", "how the line is built; a cable has no poles", "overhead", choices=("overhead", "cable")),
            Column("poles", "whole", "poles; empty: assumed from length and land class", UNKNOWN, high=1e6),
            Column("spans", "whole", "spans of wire; empty: as many as poles", UNKNOWN, high=1e6),
            Column("transformers", "whole", "pole transformers; empty: assumed from customers and land class", UNKNOWN, high=1e6),
            Column("area", "text", "municipality; empty: the substation's name", ""),
            Column("land_class", "choice", "land that it crosses", "rural", choices=LAND_CLASSES),
            _CAPACITY,
            Column("fail_per_km_yr", "number", "faults of the line that need a repair, a year and km", 0.0, "1/km/yr", high=1000.0),
            Column("fail_per_yr", "number", "such faults a year however long the section is, on top", 0.0, "1/yr", high=1000.0),
            Column("temporary_per_km_yr", "number", "faults that are gone when a recloser closes again", 0.0, "1/km/yr", high=1000.0),
            Column("repair_h", "number", "from fault to repaired; needed where something fails", UNKNOWN, "h", high=10000.0),
            Column(
                "switching_h", "number",
                "from fault to isolated, for devices without a time of their own; empty: nothing is switched before the repair",
                UNKNOWN, "h", high=10000.0,
            ),
            Column("transformer_fail_per_yr", "number", "failures a year of each transformer", 0.0, "1/yr", high=1000.0),
            Column("transformer_repair_h", "number", "from its failure to its repair or replacement", UNKNOWN, "h", high=10000.0),
        ),
        key="section",
        is_required=True,
    ),
    Table(
        "sources.csv",
        "Buses that are fed from above: substations.",
        (
            Column("bus", "name", "bus of the source"),
            Column("substation", "text", "its name; empty: the bus's name", ""),
            _CAPACITY,
            Column("fail_per_yr", "number", "failures of the whole source a year", 0.0, "1/yr", high=1000.0),
            Column("repair_h", "number", "from its failure until it feeds again", UNKNOWN, "h", high=10000.0),
            Column("switching_h", "number", "until its feeders are fed by ties; empty: never", UNKNOWN, "h", high=10000.0),
        ),
        key="bus",
        is_required=True,
    ),
    Table(
        "load_points.csv",
        "Customers, as many rows to a bus as are wanted.",
        (
            Column("load_point", "name", "name of the group of customers"),
            Column("bus", "name", "where they are connected"),
            Column("customers", "whole", "how many they are; 1 or more", low=1, high=50e6),
            Column("class", "text", "class of customers; all but residential are businesses", "residential"),
            Column("load_kw", "number", "mean load of the whole group; empty: assumed from customers", UNKNOWN, "kW"),
            Column("peak_kw", "number", "load of the whole group at peak; empty: the mean load", UNKNOWN, "kW"),
        ),
        key="load_point",
        is_required=True,
    ),
    Table(
        "devices.csv",
        "Switching and protective devices, each at one end of a section. Several may stand at one end: they are "
        "listed from the bus into the section.",
        (
            Column("section", "name", "section at whose end it stands"),
            Column("at_bus", "name", "bus of that end"),
            Column("kind", "choice", "what it is", choices=DEVICES[1:]),
            Column("control", "choice", "remote: the control room operates it", "manual", choices=_CONTROLS),
            Column("reports", "choice", "reports its opening; empty: breakers and remote ones do", "", choices=("", "yes", "no")),
            Column("success", "number", "probability that it clears a fault behind it", 1.0, high=1.0),
            Column("switching_h", "number", "from fault to operated; empty: as the faulted section says", UNKNOWN, "h", high=10000.0),
        ),
    ),
    Table(
        "ties.csv",
        "Normally-open ties between two buses.",
        (
            Column("bus_a", "name", "bus at one end"),
            Column("bus_b", "name", "bus at the other end"),
            Column("tie", "text", "its name; empty: made of its buses", ""),
            _CAPACITY,
            Column("control", "choice", "remote: the control room operates it", "manual", choices=_CONTROLS),
            Column("switching_h", "number", "from fault to closed; empty: as the faulted section says", UNKNOWN, "h", high=10000.0),
        ),
    ),
    Table(
        "buses.csv",
        "Where buses are; without this file the network is drawn as a diagram and cannot meet a storm.",
        (
            Column("bus", "name", "bus"),
            Column("lon", "degrees", "longitude, WGS 84", unit="degrees", low=-180.0, high=180.0),
            Column("lat", "degrees", "latitude, WGS 84", unit="degrees", low=-90.0, high=90.0),
        ),
        key="bus",
    ),
    Table(
        "critical.csv",
        "Critical customers: hospitals, waterworks, shelters, masts.",
        (
            Column("name", "name", "name of the customer"),
            Column("bus", "name", "where it is connected"),
            Column("kind", "text", "what it is", "hospital"),
            Column("backup_h", "number", "hours that it lasts on its own", 0.0, "h", high=10000.0),
        ),
        key="name",
    ),
    Table(
        "areas.csv",
        "Municipalities.",
        (
            Column("area", "name", "municipality"),
            Column("lon", "degrees", "longitude of its middle", unit="degrees", low=-180.0, high=180.0),
            Column("lat", "degrees", "latitude of its middle", unit="degrees", low=-90.0, high=90.0),
            Column("population", "whole", "people who live there", 0.0, high=1e9),
        ),
        key="area",
    ),
)  # fmt: skip


def describe_columns() -> str:
    """Return the description of all files and columns as Markdown, made from the declarations."""
    lines = [
        "# A network as a folder of CSV files",
        "",
        "UTF-8, a header line, columns in any order and parted by commas. A column without a default must be there.",
    ]
    for table in TABLES:
        needed = "needed" if table.is_required else "optional"
        lines += ["", f"## {table.file} ({needed})", "", table.doc, ""]
        lines += ["| column | unit | holds | when empty | |", "|---|---|---|---|---|"]
        lines += [_line(column) for column in table.columns]
    return "\n".join(lines) + "\n"


def _line(column: Column) -> str:
    holds = {
        "name": "a name", "text": "text", "number": f"{column.low:g} to {column.high:g}",
        "whole": f"whole, {column.low:g} to {column.high:g}", "choice": ", ".join(c or "(empty)" for c in column.choices),
        "degrees": f"{column.low:g} to {column.high:g}",
    }[column.kind]  # fmt: skip
    if column.default is None:
        empty = "not allowed"
    elif column.default == "" or column.default != column.default:
        empty = "see right"
    else:
        empty = "unlimited" if column.default == UNLIMITED else f"{column.default}"
    return f"| `{column.name}` | {column.unit} | {holds} | {empty} | {column.doc} |"
